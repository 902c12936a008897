"""A study that was made elsewhere is read on a system that has no POSIX, such as Windows: in a
child process from which all of that is taken away (see `windows_like`)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from loopback_endpoint import running_endpoint

TESTS = Path(__file__).resolve().parent.parent
HEAD = """import contextlib, io, sys
from pathlib import Path

def command(*arguments):
    "Exit code, stdout and stderr of the command line."
    from cgr_nb.cli import main
    sys.argv = ["cgr-nb", *arguments]
    with contextlib.redirect_stdout(io.StringIO()) as out:
        with contextlib.redirect_stderr(io.StringIO()) as errors:
            code = main()
    return [code, out.getvalue(), errors.getvalue()]
"""
COMMANDS = (
    "study status study",
    "report study",
    "export study -o again.zip",
    "export study -o for-inspect --format inspect",
    "export study -o for-lm-eval --format lm-eval",
    "items check study/items.jsonl",
    "models list",
    "verify --no-replay package.zip",
)
REFUSED = ("verify package.zip", "audit plain", "study run study --out again")


NUMBERS = ("numpy", "pandas", "altair", "vl_convert")
PANELS = ("anywidget", "IPython.display")


def without_posix(script, place, *arguments, packages=()):
    """Run a script in such a process; its text files have an old code page unless they name one."""
    script = f"import windows_like\nwindows_like.begin(*{packages!r})\n{HEAD}{script}"
    environment = {
        **os.environ,
        "PYTHONPATH": str(TESTS),
        "PYTHONIOENCODING": "utf-8",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "LC_ALL": "C",
    }
    found = subprocess.run(
        [sys.executable, "-X", "warn_default_encoding", "-c", script, *arguments],
        cwd=place,
        env=environment,
        capture_output=True,
        encoding="utf-8",
    )
    assert found.returncode == 0, found.stderr
    return found.stdout


@pytest.fixture(scope="module")
def place(full_folder, study_folder, full_package, tmp_path_factory):
    """A finished study with all arms and audits, and its package, as a colleague would get them."""
    place = tmp_path_factory.mktemp("elsewhere")
    shutil.copytree(full_folder, place / "study")
    shutil.copytree(study_folder, place / "plain")
    shutil.copy(full_package, place / "package.zip")
    return place


@pytest.fixture(scope="module")
def told(place):
    """What commands said, and then what a study and its panels told, in one such process."""
    script = """
import json
said = {line: command(*line.split()) for line in json.loads(sys.argv[1])}

from cgr_nb import Auditor, Results, Stepper, Study, Workbench
from cgr_nb.records import Verdict

study = Study.open("study")
rows = study.rows()
program = rows["program_id"].dropna().iloc[0]
study.judge(Verdict(program, "colleague", "clean", "", "2026-01-02T00:00:00+00:00"))
Stepper(study, rows.query("execution_id.notna()")["id"].iloc[0]).save_html("stepper.html")
for panel in (Auditor, Results, Workbench):
    panel(study).save_html(panel.__name__.lower() + ".html")
counts = study.summary().rows, len(study.arms()), len(study.verdicts())
drawings = study.report().read_text("utf-8").count("<svg")
print(json.dumps({"commands": said, "counts": counts, "drawings": drawings}))
"""
    lines = json.dumps([*COMMANDS, *REFUSED])
    return json.loads(
        without_posix(script, place, lines, packages=NUMBERS + PANELS).splitlines()[-1]
    )


def test_a_study_is_opened_summed_up_judged_and_shown_by_all_panels(told, place):
    rows, arms, verdicts = told["counts"]
    assert rows
    assert arms
    assert verdicts == 2
    assert told["drawings"] > 0
    saved = {page.name for page in place.glob("*.html")}
    assert saved == {"auditor.html", "results.html", "stepper.html", "workbench.html"}


def test_commands_that_run_no_program_work_and_others_say_where_they_can_run(told):
    found = told["commands"]
    for line in COMMANDS:
        code, out, errors = found[line]
        assert code == 0, f"{line}: {errors}{out}"
        assert out.strip(), line
    assert found[COMMANDS[-1]][1].splitlines()[-1] == "verified"
    for line in REFUSED:
        code, _, errors = found[line]
        assert code == 2, line
        (words,) = errors.strip().splitlines()
        assert "programs can't be run on this system" in words
        assert "WSL 2" in words


def test_an_endpoint_is_added_and_answers(tmp_path):
    script = """
import asyncio
from cgr_nb.models import Registry, open_model
from cgr_nb.records import Message, Sampling

code, _, errors = command("models", "add", sys.argv[1], "--name", "far", "--model", "m")
assert code == 0, errors

async def ask():
    model = open_model(Registry.load(Path("models.toml")).get("far"))
    try:
        return await model.reply([Message("user", "A or B?")], Sampling(max_tokens=8))
    finally:
        await model.close()

print(asyncio.run(ask()).text)
"""
    with running_endpoint() as endpoint:
        told = without_posix(script, tmp_path, endpoint.url, packages=("httpx2",))
    assert told.strip() == "Answer: A"


def test_one_writer_a_study_is_held_with_the_locks_of_that_system(tmp_path):
    script = """
import os, subprocess
from cgr_nb.store.lock import FolderLock

with FolderLock(Path(".")):
    if len(sys.argv) == 1:
        again = [sys.executable, "-c", sys.orig_argv[-1], "second"]
        done = subprocess.run(again, capture_output=True, encoding="utf-8")
        print(done.returncode, os.getpid(), done.stderr.splitlines()[-1])
with FolderLock(Path(".")):
    print("free again")
"""
    refused, free = without_posix(script, tmp_path).splitlines()
    code, process, words = refused.split(maxsplit=2)
    assert code != "0"
    assert f"a lock held by process {process}" in words
    assert free == "free again"


def test_the_child_really_has_nothing_of_it(tmp_path):
    script = """
import json, os, signal, socket
missing = []
for name in ("fcntl", "resource", "pwd", "grp", "termios"):
    try:
        __import__(name)
    except ModuleNotFoundError:
        missing.append(name)
left = [hasattr(os, "fork"), hasattr(signal, "SIGKILL"), hasattr(socket, "AF_UNIX")]
print(json.dumps([missing, left]))
"""
    gone = ["fcntl", "resource", "pwd", "grp", "termios"]
    assert json.loads(without_posix(script, tmp_path)) == [gone, [False, False, False]]
