"""Measure the panels in a real JupyterLab and as saved pages, with a study of 20,000 rows of six
solvers, with its calls and four arms beside the three channels.

    python tests/benchmarks/panels.py             # writes docs/benchmarks/panels.md
    python tests/benchmarks/panels.py --json      # the numbers as JSON, writes nothing
    python tests/benchmarks/panels.py --study DIR # makes the study there; again: measures that one
    python tests/benchmarks/panels.py --only Results Workbench # these alone, as JSON

Needs JupyterLab, playwright and a Chromium on PATH; without them the script says so and ends with
code 0. `itables` and `ipydatagrid` draw the same rows beside it when they are installed:
`--beside DIR` names a folder with them (`pip install --target DIR itables ipydatagrid --no-deps`).

First paint: from the key press that runs the cell to the first frame with the panel in it: reading
the study, computing, sending and drawing; imports are done before, and the kernel is idle. Times
are medians of `--repeats` runs. Traffic is what goes over the notebook's websocket, both ways, headers included.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import re
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "widgets")]

ROWS = 20_000
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]

SETUP = """
import sys; sys.path[:0] = {paths!r}
import cgr_nb.widgets as w
from cgr_nb.api import Study
study = Study.open({folder!r})
shown = ["item_id", "dataset", "solver", "direct_letter", "assisted_letter", "generator_letter", "asks", "assisted_status"]
"""
# A panel that was shown before works on in the background: until the kernel has nothing to do.
REST = """
import time
while True:
    used = time.process_time(); time.sleep(0.5)
    if time.process_time() - used < 0.05: break
"""
PANELS = {
    "Results": ("panel = w.Results(study); panel", ".cgr-results .cgr-pair"),
    "Workbench": ("panel = w.Workbench(study); panel", ".cgr-workbench .cgr-item-line"),
    "Auditor": ("panel = w.Auditor(study, 'ada', probing=False); panel", ".cgr-auditor .cgr-line"),
    "Stepper": ("panel = w.Stepper(runs, 0); panel", ".cgr-stepper .cgr-line"),
}
BESIDE = {
    "itables": (
        "import itables; itables.init_notebook_mode(connected=False)",
        "itables.show(study.rows()[shown], maxBytes=0)",
        "table.dataTable tbody tr td:nth-child(3)",
    ),
    "ipydatagrid": (
        "from ipydatagrid import DataGrid",
        "DataGrid(study.rows()[shown])",
        ".jp-OutputArea-output canvas",
    ),
}

# Seconds from now to the first frame in which the newest match of a selector is drawn.
FIRST_PAINT = """(selector) => { const before = document.querySelectorAll(selector).length, from = performance.now();
  window.paint = new Promise((done) => { const look = () => {
    if (document.querySelectorAll(selector).length > before) requestAnimationFrame(() => setTimeout(() => done(performance.now() - from)));
    else if (performance.now() - from > 20000) done(null); else setTimeout(look, 4); }; look(); }); }"""
# Milliseconds from each key press to the end of the frame that shows what it did.
KEY_TIMES = """() => { window.times = []; addEventListener("keydown", () => { const from = performance.now();
  requestAnimationFrame(() => setTimeout(() => window.times.push(performance.now() - from))); }, true); }"""
SCROLL = """async (selector) => { const box = [...document.querySelectorAll(selector)].pop(); const frames = []; let last = performance.now();
  for (let n = 0; n < 120; n += 1) { box.scrollTop += 400; await new Promise(requestAnimationFrame); const now = performance.now(); frames.push(now - last); last = now; }
  return frames; }"""


@contextmanager
def lab(folder: Path, extra: Path | None) -> Iterator[tuple[str, str]]:
    """A JupyterLab in a folder: its address and token."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(8)
    environment = dict(os.environ)
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        environment[name] = str(folder / name.lower())
    if extra:
        environment["JUPYTER_PATH"] = str(extra / "share" / "jupyter")
    # fmt: off
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}",
               f"--IdentityProvider.token={token}", "--LabApp.news_url=None",
               f"--ServerApp.root_dir={folder}", "--ServerApp.port_retries=0"]
    # fmt: on
    log = (folder / "server.log").open("w")
    server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        ends = time.monotonic() + 90
        while True:
            try:
                urllib.request.urlopen(f"{address}/api/status?token={token}", timeout=2).close()
                break
            except OSError:
                if time.monotonic() > ends:
                    raise
                time.sleep(0.2)
        yield address, token
    finally:
        server.terminate()
        server.wait(20)
        log.close()


class Notebook:
    """A notebook in a browser: runs cells, times them, counts what goes over the wire."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.cells = 0
        self.bytes = 0
        page.on("websocket", self._listen)

    def _listen(self, socket: Any) -> None:
        for way in ("framesent", "framereceived"):
            socket.on(way, lambda data: self._count(data))

    def _count(self, data: str | bytes) -> None:
        self.bytes += len(data)

    def run(self, code: str, selector: str | None = None, seconds: float = 600) -> float | None:
        """Run a cell; with a selector, the seconds to its first paint."""
        index = f'.jp-CodeCell[data-windowed-list-index="{self.cells}"]'
        self.page.locator(f"{index} .cm-content").click()
        self.page.keyboard.insert_text(code)
        if selector:
            self.page.evaluate(FIRST_PAINT, selector)
        self.page.keyboard.press("Shift+Enter")
        self.cells += 1
        below = f'.jp-CodeCell[data-windowed-list-index="{self.cells}"]'
        self.page.wait_for_selector(below, state="attached")
        milliseconds = self.page.evaluate("window.paint") if selector else None
        done = f"{index} .jp-InputPrompt:not(:has-text('[*]')):not(:has-text('[ ]'))"
        self.page.wait_for_selector(done, timeout=1000 * seconds)
        return milliseconds / 1000 if milliseconds else None


def measure(browser: Any, work: Path, given: argparse.Namespace) -> dict[str, Any]:
    """All numbers, by name, as asked for on the command line."""
    import big_study
    import nbformat
    import small_study

    folder = (given.study or big_study.make(work / "big", ROWS, recorded=True)).resolve()
    runs, extra = small_study.make(work / "small"), given.beside
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("")], metadata={"kernelspec": kernel}
    )
    nbformat.write(book, work / "bench.ipynb")
    paths = [str(ROOT), *([str(extra)] if extra else [])]
    found: dict[str, Any] = {"panels": {}, "beside": {}}
    with lab(work, extra) as (address, token):
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.set_default_timeout(60_000)
        notebook = Notebook(page)
        page.goto(f"{address}/lab/tree/bench.ipynb?token={token}")
        page.wait_for_selector(".jp-CodeCell .cm-content")
        page.get_by_text("| Idle").wait_for()
        notebook.run(SETUP.format(paths=paths, folder=str(folder)))
        notebook.run(f"runs = Study.open({str(runs)!r})")
        notebook.run("w.Stepper(runs, 0)", ".cgr-stepper")  # the widget manager itself is loaded
        for name in given.only or PANELS:
            found["panels"][name] = _panel(notebook, work, browser, name, given.repeats)
        if given.only:
            return found
        found["step"] = _steps(notebook)
        found["verdict"] = _verdicts(notebook)
        found["scroll"] = _scroll(notebook)
        for name, (before, code, selector) in BESIDE.items():
            known = name_known(name, extra)
            if not known:
                found["beside"][name] = "not installed"
                continue
            try:
                notebook.run(before)
                if notebook.run(code, selector) is None:
                    found["beside"][name] = "drew nothing in 20 s here"
                    continue
                times = [notebook.run(code, selector) for _ in range(given.repeats)]
                found["beside"][name] = {
                    "first_paint_s": _median(times),
                    "bytes": _sent(notebook, code, selector),
                }
            except Exception as error:  # a rival that does not run here is a result too
                found["beside"][name] = f"did not draw here: {str(error).splitlines()[0][:90]}"
        page.close()
    return found


def _panel(notebook: Notebook, work: Path, browser: Any, name: str, repeats: int) -> dict[str, Any]:
    code, selector = PANELS[name]
    times = [_rested(notebook, code, selector) for _ in range(repeats)]
    sent = _sent(notebook, code, selector)
    path = work / f"{name}.html"
    notebook.run(f"panel.save_html({str(path)!r})")
    return {
        "first_paint_s": _median(times),
        "bytes": sent,
        "saved_bytes": path.stat().st_size,
        "saved_first_paint_s": _median([_saved_paint(browser, path) for _ in range(repeats)]),
    }


def _rested(notebook: Notebook, code: str, selector: str) -> float | None:
    notebook.run(REST)
    return notebook.run(code, selector)


def _sent(notebook: Notebook, code: str, selector: str) -> int:
    before = notebook.bytes
    notebook.run(code, selector)
    notebook.page.wait_for_timeout(1500)
    return notebook.bytes - before


def _saved_paint(browser: Any, path: Path) -> float:
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready]")
    shown = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
    page.wait_for_function(shown)
    seconds = page.evaluate(shown) / 1000
    context.close()
    return float(seconds)


def _steps(notebook: Notebook) -> dict[str, float]:
    notebook.run("stepper = w.Stepper(runs, 0); stepper", ".cgr-stepper .cgr-line")
    panel = notebook.page.locator(".cgr-stepper").last
    panel.focus()
    notebook.page.evaluate(KEY_TIMES)
    notebook.page.wait_for_timeout(1500)
    before = notebook.bytes
    for n in range(30):
        notebook.page.keyboard.press("ArrowRight" if n % 10 else "c")
        notebook.page.wait_for_timeout(120)
    notebook.page.wait_for_timeout(1500)
    times = notebook.page.evaluate("window.times")
    return {
        "ms": statistics.median(times),
        "ms_worst": max(times),
        "bytes": (notebook.bytes - before) / 30,
    }


def _verdicts(notebook: Notebook) -> dict[str, float]:
    """From the key that judges to the next program on the screen: through the kernel and back."""
    # A rater of its own: a study that is measured again holds the verdicts of the last time.
    rater = f"timed-{secrets.token_hex(4)}"
    notebook.run(
        f"auditor = w.Auditor(study, {rater!r}, probing=False); auditor", ".cgr-auditor .cgr-line"
    )
    panel = notebook.page.locator(".cgr-auditor").last
    panel.focus()
    notebook.page.wait_for_timeout(500)
    times = []
    for n in range(12):
        began = time.perf_counter()
        notebook.page.keyboard.press("3")
        panel.get_by_text(re.compile(rf"^{n + 1} of [\d,]+ judged by {rater}")).wait_for()
        times.append(1000 * (time.perf_counter() - began))
    return {"ms": statistics.median(times), "ms_worst": max(times)}


def _scroll(notebook: Notebook) -> dict[str, float]:
    notebook.run("bench = w.Workbench(study); bench", ".cgr-workbench .cgr-item-line")
    notebook.page.wait_for_timeout(1000)
    frames = sorted(notebook.page.evaluate(SCROLL, ".cgr-items"))
    return {
        "ms": statistics.median(frames),
        "ms_95": frames[int(0.95 * len(frames))],
        "over_50_ms": sum(frame > 50 for frame in frames) / len(frames),
    }


def _median(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def name_known(name: str, extra: Path | None) -> bool:
    """Whether a package is there, or in the folder beside."""
    return importlib.util.find_spec(name) is not None or bool(extra and (extra / name).is_dir())


def written(found: dict[str, Any], repeats: int) -> str:
    """The numbers as a page of Markdown."""

    def seconds(value: float | None) -> str:
        return "–" if value is None else f"{value:.2f} s"

    def size(value: float) -> str:
        return f"{value / 1000:,.0f} kB" if value >= 1000 else f"{value:,.0f} B"

    lines = [
        "# Panels: speed and size",
        "",
        f"Written by `tests/benchmarks/panels.py` on {time.strftime('%Y-%m-%d')}: a synthetic study of"
        f" {ROWS:,} items, rows and programs of six solvers, with all calls and four arms besides"
        " the three channels; headless Chromium and JupyterLab on one machine with"
        f" {os.cpu_count()} cores (load average {os.getloadavg()[0]:.1f} at the end), Python"
        f" {platform.python_version()}; medians of {repeats}.",
        "",
        "| | first paint in JupyterLab | data sent | saved page | first paint of saved page |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, one in found["panels"].items():
        about = f"{name} ({ROWS:,})" if name != "Stepper" else "Stepper (one run)"
        lines.append(
            f"| {about} | {seconds(one['first_paint_s'])} | {size(one['bytes'])} |"
            f" {size(one['saved_bytes'])} | {seconds(one['saved_first_paint_s'])} |"
        )
    for name, one in found["beside"].items():
        if isinstance(one, str):
            lines.append(f"| {name}, the same rows as a plain table | {one} | | | |")
        else:
            lines.append(
                f"| {name}, the same rows as a plain table | {seconds(one['first_paint_s'])} | {size(one['bytes'])} | | |"
            )
    step, verdict, scroll = found["step"], found["verdict"], found["scroll"]
    lines += [
        "",
        "First paint: from the key press that runs the cell to the first frame that shows the panel,"
        " including reading, summarising, sending and drawing the study. Data sent includes both the"
        " live view and the saved view.",
        "",
        f"- From key press to the next step drawn: {step['ms']:.0f} ms (worst of 30:"
        f" {step['ms_worst']:.0f} ms); {size(step['bytes'])} over the websocket per step.",
        f"- From verdict key to the next program shown, through the kernel:"
        f" {verdict['ms']:.0f} ms (worst of 12: {verdict['ms_worst']:.0f} ms).",
        f"- Scrolling through {ROWS:,} items, 400 pixels per frame: {scroll['ms']:.0f} ms per frame, 95 %"
        f" within {scroll['ms_95']:.0f} ms; {100 * scroll['over_50_ms']:.0f} % of frames over 50 ms.",
        "",
    ]
    return "\n".join(lines)


def main() -> int:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print the numbers, write nothing")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--beside", type=Path, help="folder with itables and ipydatagrid")
    parser.add_argument("--study", type=Path, help="made there before, or now")
    parser.add_argument("--only", nargs="+", choices=PANELS, help="panels in question")
    given = parser.parse_args()
    if given.study and not (given.study / "study.sqlite").exists():
        import big_study

        big_study.make(given.study, ROWS, recorded=True)
        return 0
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    missing = [name for name in ("jupyterlab", "playwright") if not importlib.util.find_spec(name)]
    if missing or program is None:
        print(f"not measured: {', '.join(missing) or 'no browser'} not installed")
        return 0
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        found = measure(browser, Path(place), given)
        browser.close()
    if given.json or given.only:
        print(json.dumps(found, indent=2))
    else:
        page = ROOT / "docs" / "benchmarks" / "panels.md"
        page.write_text(written(found, given.repeats), "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
