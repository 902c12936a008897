"""The level told is the level in force: also where a layer is missing."""

import asyncio
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from cgr_nb.errors import ConfigError
from cgr_nb.sandbox import LEVELS, Sandbox, probe, run_program

HERE = Path(__file__).parent
HOLDS = "leave a child that holds the channel"
ITEM = {"question": "1 or 2?", "options": {"A": "1", "B": "2"}}

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="needs Linux on x86_64"
)


def without(layers, *attacks):
    """What is left on a machine that lacks some layers, and how attacks end there."""
    done = subprocess.run(
        [sys.executable, HERE / "sandbox_crippled.py", layers, *attacks],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE.parent.parent), str(HERE)])},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_this_machine_is_strict_with_nothing_missing():
    report = probe()
    assert report.level == "strict"
    assert report.missing == ()
    assert "seccomp" in str(report)


def test_probing_is_done_once():
    assert probe() is probe()


def test_every_execution_is_stamped():
    assert run_program("def solve(item, ask): return 'A'", ITEM, str).isolation == "strict"


def test_without_landlock_it_is_partial_and_files_are_closed_all_the_same():
    left = without("landlock", "read a file", "overwrite a file", "TCP", "fork", "kill the host")
    assert left["level"] == "partial"
    assert any("landlock" in text for text in left["missing"])
    assert "'partial'" in left["refused"]
    assert set(map(tuple, left["outcomes"].values())) == {("ok", "A", "partial")}


@pytest.fixture(scope="module")
def left_without_seccomp():
    names = ("read a file", "overwrite a file", "TCP", "web", HOLDS)
    left = without("seccomp", *names)
    return left, left["outcomes"].pop(HOLDS)


def test_without_seccomp_it_is_partial_and_says_what_a_program_can_do(left_without_seccomp):
    left, _ = left_without_seccomp
    assert left["level"] == "partial"
    assert any("seccomp" in text for text in left["missing"])
    assert "a program is able to start processes" in left["missing"]
    assert any("threads" in text for text in left["missing"])
    assert "'partial'" in left["refused"]
    assert set(map(tuple, left["outcomes"].values())) == {("ok", "A", "partial")}


def test_without_seccomp_a_child_that_holds_the_channel_does_not_hold_the_host(
    left_without_seccomp,
):
    assert left_without_seccomp[1][0] == "killed"


def test_without_namespaces_the_two_walls_still_make_it_strict():
    left = without("namespaces", "kill the host", "kill the worker", "TCP", "fork", "read a file")
    assert left["level"] == "strict"
    assert any("namespaces" in text for text in left["missing"])
    assert left["refused"] == ""
    assert set(map(tuple, left["outcomes"].values())) == {("ok", "A", "strict")}


def test_with_nothing_but_limits_it_says_limits():
    harm = ("loop", "exit 0 before the end", "kill the worker, and wait", "read a file")
    left = without("landlock,seccomp,namespaces", *harm)
    assert left["level"] == "limits"
    assert len([text for text in left["missing"] if "able to" in text]) >= 4
    assert left["outcomes"]["loop"][0] == "cpu_limit"
    assert left["outcomes"]["exit 0 before the end"][0] == "killed"
    assert left["outcomes"]["kill the worker, and wait"][0] == "killed"
    assert left["outcomes"]["read a file"][1] == "B"  # the truth about this level


def test_levels_are_ordered_and_an_unknown_one_is_refused():
    assert LEVELS == ("strict", "partial", "limits")
    with pytest.raises(ConfigError, match="isolation level"):
        Sandbox(minimum="iron")


def test_the_report_of_a_sandbox_is_that_of_the_machine():
    async def main():
        async with Sandbox() as box:
            return box.isolation

    assert asyncio.run(main()) == probe()
