"""A hub on loopback: files under /OWNER/NAME/resolve/REVISION/PATH as the real one serves them."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "0123456789abcdef0123456789abcdef01234567"
_FILE = re.compile(r"/((?:datasets/)?[^/]+/[^/]+)/resolve/([^/]+)/(.+)")


@dataclass
class Hub:
    """What the server has, what it was asked, and how it misbehaves."""

    files: dict[str, bytes] = field(default_factory=dict)
    """"[datasets/]OWNER/NAME/PATH" -> content."""
    gated: set[str] = field(default_factory=set)
    """Repositories that only a token "good" opens."""
    plain: set[str] = field(default_factory=set)
    """Files kept by git, not by LFS: their ETag is git's hash."""
    lies: dict[str, bytes] = field(default_factory=dict)
    """What is sent instead of a file whose hash was told."""
    breaks: dict[str, list[int]] = field(default_factory=dict)
    """File -> bytes after which each of the next connections breaks."""
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)
    """(method, path, Range header) of every request."""
    sent: int = 0
    """Bytes of files."""
    endpoint: str = ""


@contextmanager
def running_hub() -> Iterator[Hub]:
    """A hub on a free port of 127.0.0.1, for as long as the block lasts."""
    hub = Hub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *arguments: object) -> None:
            pass

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def _refuse(self, status: int, code: str) -> None:
            self.send_response(status)
            self.send_header("X-Error-Code", code)
            self.send_header("X-Error-Message", "no")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _answer(self, body: bool) -> None:
            hub.asked.append((self.command, self.path, self.headers.get("Range")))
            found = _FILE.fullmatch(self.path.partition("?")[0])
            if found is None:
                return self._refuse(404, "RepoNotFound")
            repository, revision, path = found.groups()
            name = f"{repository}/{path}"
            if not any(known.startswith(f"{repository}/") for known in hub.files):
                return self._refuse(401, "RepoNotFound")
            authorised = self.headers.get("Authorization") == "Bearer good"
            if repository in hub.gated and not authorised:
                return self._refuse(401, "GatedRepo")
            if revision not in ("main", COMMIT):
                return self._refuse(404, "RevisionNotFound")
            if name not in hub.files:
                return self._refuse(404, "EntryNotFound")
            told, content = hub.files[name], hub.lies.get(name, hub.files[name])
            start = int((self.headers.get("Range") or "bytes=0-")[6:].rstrip("-"))
            self.send_response(206 if start else 200)
            self.send_header("X-Repo-Commit", COMMIT)
            if name in hub.plain:
                blob = b"blob %d\0%b" % (len(told), told)
                self.send_header("ETag", f'"{hashlib.sha1(blob).hexdigest()}"')
            else:
                self.send_header("ETag", '"of the redirect"')
                self.send_header("X-Linked-ETag", f'"{hashlib.sha256(told).hexdigest()}"')
                self.send_header("X-Linked-Size", str(len(told)))
            if start:
                last = len(content) - 1
                self.send_header("Content-Range", f"bytes {start}-{last}/{len(content)}")
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            if not body:
                return None
            stops = hub.breaks.get(name)
            piece = content[start : start + stops.pop(0)] if stops else content[start:]
            self.wfile.write(piece)
            hub.sent += len(piece)
            if len(piece) < len(content) - start:
                self.close_connection = True
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hub.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
