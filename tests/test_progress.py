"""How long work tells how far it is: bars, and lines where there is no terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading

import pytest
from scripted_study import STUDY, card

from cgr_nb.errors import ConfigError
from cgr_nb.study import Progress
from cgr_nb.util.progress import (
    ProgressLines,
    duration_text,
    every_seconds,
    progress_bar,
    stage_bar,
)


def test_a_bar_tells_what_is_being_loaded(capsys):
    with progress_bar(True, "rows") as bar:
        for loading in (None, ("qwen", 0.42), ("qwen", 1.0)):
            now = Progress(1, 3, None, loading)
            bar(now.done, now.total, now.words)
    drawn = capsys.readouterr().err.split("\r")
    assert any("loading qwen 42%" in line for line in drawn)
    assert "loading" not in drawn[-1]


def test_a_bar_that_is_not_shown_writes_nothing(capsys):
    with progress_bar(False, "rows") as bar:
        bar(1, 3, "loading qwen 42%")
    assert capsys.readouterr().err == ""


class Clock:
    """Seconds, as a test sets them."""

    now = 0.0

    def __call__(self):
        return self.now


def test_a_line_tells_what_is_done_of_all_how_fast_how_long_yet_and_what_is_loading():
    clock = Clock()
    lines = ProgressLines("rows", clock=clock)
    assert lines.line() == "rows: at work for 0s"
    clock.now = 40
    assert lines.line() == "rows: at work for 40s"
    lines.show("rows", 100, 400, "loading qwen 42%")
    assert lines.line() == "rows: 100 of 400 (25%), for 0s, loading qwen 42%"
    clock.now = 140
    lines.show("rows", 150, 400)
    assert lines.line() == "rows: 150 of 400 (38%), 30.0/min, 8m20s left"


def test_what_an_earlier_run_did_is_no_speed_of_this_one():
    clock = Clock()
    lines = ProgressLines("rows", clock=clock)
    lines.show("rows", 9_000, 10_000)
    clock.now = 10
    lines.show("rows", 9_020, 10_000)
    assert "2.0/s, 8m10s left" in lines.line()


def test_another_stage_has_a_rate_of_its_own():
    clock = Clock()
    lines = ProgressLines("start", clock=clock)
    lines.show("rows", 0, 10)
    clock.now = 10
    lines.show("rows", 10, 10)
    lines.show("replays", 0, 50)
    clock.now = 20
    lines.show("replays", 1, 50)
    assert lines.line() == "replays: 1 of 50 (2%), 6.0/min, 8m10s left"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (59.6, "1m"), (61, "1m1s"), (3605, "1h"), (7260, "2h1m"), (90000, "1d1h")],
)
def test_a_duration_is_told_in_its_two_largest_units(seconds, text):
    assert duration_text(seconds) == text


def test_lines_come_by_themselves_though_nothing_moves_and_the_last_one_tells_the_end():
    said, twice = [], threading.Event()

    def write(line):
        said.append(line)
        if len(said) >= 2:
            twice.set()

    with ProgressLines("rows", every_s=0.001, write=write) as lines:
        lines.show("rows", 1, 4)
        assert twice.wait(60)
        lines.show("rows", 4, 4)
    assert said[-1].startswith("rows: 4 of 4 (100%)")


def test_work_that_is_soon_done_writes_no_line(capsys):
    with progress_bar("lines", "rows") as bar:
        bar(1, 2)
    with stage_bar("lines") as stage:
        stage("rows", 1, 2)
    assert capsys.readouterr().err == ""


def test_a_line_comes_at_least_once_a_minute_unless_one_asks_for_less(monkeypatch):
    monkeypatch.delenv("CGR_NB_PROGRESS_S", raising=False)
    assert every_seconds() <= 60
    monkeypatch.setenv("CGR_NB_PROGRESS_S", "300")
    assert every_seconds() == 300


@pytest.mark.parametrize("said", ["soon", "0", "-1", "nan", "1e99"])
def test_an_interval_that_is_none_is_one_clear_error(said, monkeypatch):
    monkeypatch.setenv("CGR_NB_PROGRESS_S", said)
    with pytest.raises(ConfigError, match="CGR_NB_PROGRESS_S is not a number of seconds"):
        every_seconds()


def command(*arguments, cwd=None, every="0.01"):
    """A command as a job runs it: nowhere a terminal, and a line every so often."""
    return subprocess.run(
        [sys.executable, "-m", "cgr_nb.cli", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "CGR_NB_PROGRESS_S": every},
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A study whose solver takes its time, run without a terminal; and what its command said."""
    folder = tmp_path_factory.mktemp("job")
    program = json.dumps("```python\ndef solve(item, ask):\n    return ask('n')\n```")
    (folder / "registry.toml").write_text(
        card("solver", 'rules = [["", "Answer: A"]], delay_s = 0.03')
        + card("generator", f'rules = [["", {program}]]')
    )
    item = {"dataset": "d", "options": {"A": "1", "B": "2"}, "gold": "A"}
    (folder / "items.jsonl").write_text(
        "".join(json.dumps({**item, "question": f"n{n}"}) + "\n" for n in range(6))
    )
    (folder / "study.toml").write_text(f"{STUDY}concurrency = 1\n")
    return folder, command("study", "run", folder)


def test_a_run_without_a_terminal_writes_lines_and_no_bar(study):
    ran = study[1]
    assert ran.returncode == 0, ran.stderr
    assert "of 6 (" in ran.stderr
    assert "rows: 6 of 6 (100%)" in ran.stderr
    assert "\r" not in ran.stderr
    assert "of 6 (" not in ran.stdout


def test_lines_stand_beside_json_and_not_in_it(study):
    folder, _ = study
    ran = command("study", "run", folder, "--json")
    assert json.loads(ran.stdout)["study"] == str(folder)
    assert "rows: " in ran.stderr


@pytest.fixture(scope="module")
def exported(study, tmp_path_factory):
    """A package of the study; and what the command that wrote it said."""
    package = tmp_path_factory.mktemp("package") / "p.zip"
    return package, command("export", study[0], "-o", package)


@pytest.mark.parametrize("name", ["audit", "export", "verify"])
def test_other_long_commands_write_lines_too(study, exported, name):
    folder, _ = study
    package, writing = exported
    ran = {
        "audit": lambda: command("audit", folder),
        "export": lambda: writing,
        "verify": lambda: command("verify", package, "--isolation", "limits"),
    }[name]()
    assert ran.returncode == 0, ran.stderr
    assert ": at work for " in ran.stderr or " of " in ran.stderr
    assert "\r" not in ran.stderr


def test_the_interval_is_long_enough_to_leave_a_short_run_silent(study):
    folder, _ = study
    assert command("study", "run", folder, every="").stderr == ""


def test_notebooks_that_are_executed_without_a_terminal_write_lines(tmp_path):
    import nbformat

    cell = nbformat.v4.new_code_cell("n = 1", metadata={"tags": ["parameters"]})
    notebook = nbformat.v4.new_notebook(cells=[cell])
    nbformat.write(notebook, tmp_path / "1-first.ipynb")
    ran = command("rerun", tmp_path, "--out", tmp_path / "out", every="0.2")
    assert ran.returncode == 0, ran.stderr
    assert "notebooks: " in ran.stderr


def test_a_bar_in_a_notebook_kernel_is_not_doubled_by_lines(monkeypatch, capsys):
    # What a kernel has: a stderr that is no terminal. Only commands ask for lines.
    monkeypatch.setenv("CGR_NB_PROGRESS_S", "0.001")
    with progress_bar(True, "rows") as bar:
        bar(1, 3)
        bar(3, 3)
    written = capsys.readouterr().err
    assert "rows: 1 of 3" not in written
    assert "3/3" in written
