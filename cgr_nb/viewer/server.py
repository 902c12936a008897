"""The viewer's server: one address on this machine, and nothing behind it can be changed.

It listens on the loopback interface alone. The address holds a random token, so that no other user
or program of the machine can read the study by trying ports; and requests must name that interface
as their host, so that no page of the web can make a browser read it under a name of its own (DNS
rebinding). Whoever sees the address can read the study while the viewer runs. Pages are shown in a
frame without rights beyond their own scripts, which may ask this server, and nobody else, for what
they show next.
"""

from __future__ import annotations

import html
import json
import logging
import secrets
import sqlite3
import threading
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cgr_nb.errors import CgrError
from cgr_nb.viewer.pages import ASK, StudyPages

__all__ = ["Viewer"]

LOOPBACK = "127.0.0.1"
MOST_REQUESTS = 32
"""Most connections at a time; more are closed."""
MOST_QUERY = 2_000
"""Most characters of a query."""
MOST_BODY = 100_000
"""Most bytes of what a page asks."""
HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'self'; base-uri 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_log = logging.getLogger(__name__)


class Viewer:
    """Serves the pages of a study. Use it in a `with`, or close it.

    Args:
        pages: The pages.
        port: Where to listen; 0: where there is room.

    Raises:
        CgrError: The port can't be had.
    """

    def __init__(self, pages: StudyPages, port: int = 0) -> None:
        self.token = secrets.token_urlsafe(24)
        """What the address holds beside the port."""
        try:
            self._server = _Server((LOOPBACK, port), _Handler)
        except (OSError, OverflowError) as error:
            raise CgrError(
                "this port can't be used",
                where=f"{LOOPBACK}:{port}",
                got=str(error),
                fix="choose another, or omit it to use a free one",
            ) from error
        self._server.pages, self._server.token = pages, self.token

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def address(self) -> str:
        """What to open in a browser."""
        return f"http://{LOOPBACK}:{self.port}/{self.token}/"

    def serve(self) -> None:
        """Answer requests until `stop` is called from another thread, or Ctrl-C."""
        self._server.serve_forever(poll_interval=0.2)

    def stop(self) -> None:
        """Have `serve` return; from another thread."""
        self._server.shutdown()

    def close(self) -> None:
        """Listen no more."""
        self._server.server_close()

    def __enter__(self) -> Viewer:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # No page that is still being made keeps Ctrl-C waiting.
    block_on_close = False
    pages: StudyPages
    token: str

    def __init__(self, *where: Any) -> None:  # noqa: ANN401 - as the library has it
        self._room = threading.BoundedSemaphore(MOST_REQUESTS)
        super().__init__(*where)

    @property
    def hosts(self) -> tuple[str, ...]:
        """What a request may call this server."""
        port = self.server_address[1]
        return tuple(f"{name}:{port}" for name in (LOOPBACK, "localhost"))

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as there
        """Take a connection if there is room."""
        if self._room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Answer it, and make room."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(
        self,
        request: socket | tuple[bytes, socket],
        client_address: object,
    ) -> None:
        """A browser that went away is no news."""
        del request, client_address
        _log.debug("a request was not answered", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    server_version = "cgr-nb"
    sys_version = ""
    timeout = 60

    def do_GET(self) -> None:
        """Answer with a page, or why there is none."""
        if (refusal := self._refusal()) is not None:
            self._answer(*refusal)
            return
        parts = urlsplit(self.path)
        name = parts.path.removeprefix(f"/{self.server.token}").lstrip("/")
        if name not in self.server.pages.names:
            self._answer(HTTPStatus.NOT_FOUND, _error("there is no such page"))
            return
        query = dict(parse_qsl(parts.query[:MOST_QUERY], max_num_fields=None))
        try:
            self._answer(HTTPStatus.OK, self.server.pages.page(name, query))
        except CgrError as error:
            self._answer(HTTPStatus.UNPROCESSABLE_ENTITY, _error(str(error)))
        except (OSError, sqlite3.Error) as error:
            if isinstance(error, ConnectionError):
                raise
            self._answer(HTTPStatus.INTERNAL_SERVER_ERROR, _error(str(error)))

    do_HEAD = do_GET

    def do_POST(self) -> None:
        """Answer what a page of ours asks for."""
        if (refusal := self._refusal() or self._not_from_a_page()) is not None:
            self.close_connection = True
            self._answer(*refusal)
            return
        try:
            message = self.rfile.read(int(self.headers["Content-Length"]))
            body = self.server.pages.ask(message)
        except (CgrError, sqlite3.Error) as error:
            body = json.dumps({"error": str(error)}).encode()
        self._answer(HTTPStatus.OK, body, "application/json")

    def _not_from_a_page(self) -> tuple[HTTPStatus, bytes] | None:
        """Why nothing is answered to what a page did not ask; None where one did."""
        if self.path != f"/{self.server.token}/{ASK}":
            return HTTPStatus.METHOD_NOT_ALLOWED, _error("pages are requested with GET")
        if self.headers.get("Origin") not in {f"http://{host}" for host in self.server.hosts}:
            return HTTPStatus.FORBIDDEN, _error("the request comes from another page")
        if self.headers.get_content_type() != "application/json":
            return HTTPStatus.UNSUPPORTED_MEDIA_TYPE, _error("requests must be JSON")
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit() and len(length) < 9):
            return HTTPStatus.LENGTH_REQUIRED, _error("the length of the request is missing")
        if int(length) > MOST_BODY:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _error("the request is too long")
        return None

    def _refusal(self) -> tuple[HTTPStatus, bytes] | None:
        """Why a request is not for us; None where it is."""
        hosts = self.headers.get_all("Host") or []
        if len(hosts) != 1 or hosts[0].strip().lower() not in self.server.hosts:
            return HTTPStatus.MISDIRECTED_REQUEST, _error("wrong host name for this server")
        given = self.path.split("?")[0].split("/")
        token = given[1] if len(given) == 3 and not given[0] else ""
        if not secrets.compare_digest(token.encode(), self.server.token.encode()):
            return HTTPStatus.FORBIDDEN, _error(
                "the address lacks the token: open the one that `cgr-nb view` printed"
            )
        return None

    def _answer(self, status: HTTPStatus, body: bytes, kind: str = "text/html") -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: ANN401 - as the library has it
        """Nothing to stderr, and the token nowhere."""
        _log.debug("request answered")


def _error(text: str) -> bytes:
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="color-scheme" content="light dark">'
        '<link rel="icon" href="data:,"><title>cgr-nb</title>'
        "<style>body {margin: 0; padding: 24px; background: light-dark(#f4f5f7, #101114);"
        " color: light-dark(#1c2127, #e4e7eb); font: 15px/1.45 system-ui, sans-serif}</style>"
        f'<p role="alert">{html.escape(text)}</p></html>'
    ).encode("utf-8", "replace")
