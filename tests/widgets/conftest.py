"""A study to look at, a browser to look with, and a JupyterLab to look in."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import big_study as made_up
import pytest
from small_study import own_study, study, study_folder

from cgr_nb.api import Study

__all__ = ["own_study", "study", "study_folder"]

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-dev-shm-usage",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
    "--password-store=basic",
]
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def big_folder(made_once):
    return made_once("widgets-big", made_up.make)


@pytest.fixture
def big_study(big_folder):
    """20,000 items, rows and programs. Shared between tests: read only."""
    with Study.open(big_folder) as opened:
        yield opened


@pytest.fixture(scope="session")
def browser_program():
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip(f"no browser is installed (looked for {', '.join(BROWSERS)})")
    return program


@pytest.fixture(scope="session")
def browser_address(browser_program, tmp_path_factory):
    """Where a browser is spoken to, which is started once for all files."""
    profile = tmp_path_factory.mktemp("browser")
    flags = ["--headless=new", "--remote-debugging-port=0", f"--user-data-dir={profile}", *FLAGS]
    with (profile / "browser.log").open("w") as log:
        program = subprocess.Popen([browser_program, *flags], stdout=log, stderr=log)
    told = profile / "DevToolsActivePort"
    try:
        ends = time.monotonic() + 60
        while not (told.exists() and told.read_text().count("\n")):
            assert program.poll() is None, (profile / "browser.log").read_text()[-2000:]
            assert time.monotonic() < ends, "the browser did not start"
            time.sleep(0.05)
        port, path = told.read_text().split("\n")[:2]
        yield f"ws://127.0.0.1:{port}{path}"
    finally:
        program.terminate()
        program.wait(20)


@pytest.fixture(scope="module")
def browser(browser_address):
    """Left with each file: while it is spoken to, no other event loop can run in this thread."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.connect_over_cdp(browser_address)
        yield opened
        opened.close()


class Pages:
    """Opens saved pages without a network; any error in a page fails the test."""

    def __init__(self, browser, folder: Path) -> None:
        self.folder = folder
        self.errors: list[str] = []
        self.context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900})

    def open(self, panel, **options):
        path = panel.save_html(self.folder / f"{type(panel).__name__}.html")
        return self.open_file(path, **options)

    def open_file(self, path: Path, *, width: int = 1280, dark: bool = False):
        page = self.context.new_page()
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="dark" if dark else "light")
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("requestfailed", lambda request: self.errors.append(f"asked for {request.url}"))
        page.goto(path.as_uri())
        return page


@pytest.fixture
def pages(browser, tmp_path):
    opened = Pages(browser, tmp_path)
    yield opened
    opened.context.close()
    assert opened.errors == []


class Lab:
    """One JupyterLab with one notebook open; its kernel answers the test as well."""

    def __init__(self, page, folder: Path, runtime: Path) -> None:
        self.page = page
        self.folder = folder
        self._runtime = runtime
        self._client: Any = None
        self._cells = 0

    def run(self, code: str):
        """Put code into the last, empty cell, run it as a person does, and give the cell."""
        self._cells += 1
        cell = self.page.locator(f'.jp-CodeCell[data-windowed-list-index="{self._cells - 1}"]')
        cell.locator(".cm-content").click()
        # Typed text would be indented and paired by the editor; inserted text is not.
        self.page.keyboard.insert_text(code)
        self.page.keyboard.press("Shift+Enter")
        below = f'.jp-CodeCell[data-windowed-list-index="{self._cells}"]'
        self.page.wait_for_selector(below, state="attached")
        return cell

    def value(self, expression: str) -> str:
        """The repr of an expression, evaluated in the notebook's kernel."""
        reply = self.client.execute_interactive(
            "", user_expressions={"it": expression}, timeout=20, store_history=False
        )
        found = reply["content"]["user_expressions"]["it"]
        assert found["status"] == "ok", found
        return found["data"]["text/plain"]

    def until(self, expression: str, seconds: float = 10.0) -> None:
        """Wait until an expression is true in the kernel."""
        ends = time.monotonic() + seconds
        while self.value(f"bool({expression})") != "True":
            assert time.monotonic() < ends, f"never true: {expression}"
            time.sleep(0.02)

    @property
    def client(self):
        from jupyter_client.blocking.client import BlockingKernelClient

        if self._client is None:
            files = sorted(
                self._runtime.glob("kernel-*.json"), key=lambda file: file.stat().st_mtime
            )
            self._client = BlockingKernelClient(connection_file=str(files[-1]))
            self._client.load_connection_file()
            self._client.start_channels()
        return self._client

    def close(self) -> None:
        if self._client is not None:
            self._client.stop_channels()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def lab_server(browser_program, tmp_path_factory):
    """(address, token, root folder, environment) of a JupyterLab of our own."""
    pytest.importorskip("jupyterlab", reason="jupyterlab is not installed")
    root, runtime = tmp_path_factory.mktemp("lab"), tmp_path_factory.mktemp("runtime")
    port, token = _free_port(), secrets.token_hex(8)
    # fmt: off
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}",
               f"--IdentityProvider.token={token}", "--LabApp.news_url=None", f"--ServerApp.root_dir={root}",
               "--ServerApp.port_retries=0", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    # fmt: on
    places = {
        name: str(tmp_path_factory.mktemp("jupyter"))
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")
    }
    environment = {**os.environ, **places, "JUPYTER_RUNTIME_DIR": str(runtime)}
    paths = [str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    with (runtime / "server.log").open("w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_until_up(f"{address}/api/status?token={token}", server, runtime / "server.log")
        yield address, token, root, environment
    finally:
        server.terminate()
        server.wait(20)


def _wait_until_up(address: str, server: subprocess.Popen, log: Path) -> None:
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            if server.poll() is not None:
                break
            time.sleep(0.1)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-2000:]}")


@pytest.fixture(scope="module")
def lab(browser, lab_server):
    """A notebook in JupyterLab, shared by the tests of a file: each runs cells of its own."""
    import nbformat

    address, token, root, environment = lab_server
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    empty = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("")], metadata={"kernelspec": kernel}
    )
    nbformat.write(empty, root / "panels.ipynb")
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.set_default_timeout(30_000)
    page.goto(f"{address}/lab/workspaces/panels/tree/panels.ipynb?token={token}")
    page.wait_for_selector(".jp-CodeCell .cm-content")
    # The status bar knows a kernel that answers from one that is being started; a cell that is run
    # before that is lost.
    page.get_by_text("| Idle").wait_for()
    opened = Lab(page, root, Path(environment["JUPYTER_RUNTIME_DIR"]))
    yield opened
    opened.close()
    page.close()
