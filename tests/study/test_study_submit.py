"""Shards submitted to this machine, to Dask and to Slurm: followed, killed, called off, gone on."""

from __future__ import annotations

import json
import os
import signal
import time

import pytest
from click.testing import CliRunner
from shard_study import SOLVERS, records_of, union_of, write_shard_study

from cgr_nb import Study
from cgr_nb.cli import cli
from cgr_nb.errors import CgrError, ConfigError
from cgr_nb.study import StudyConfig
from cgr_nb.study.executors import SubmitOptions, Submission, submit_study

LATE_S = 0.05


def until(found, patience_s=60):
    """Wait for something to be so, and give it back."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if value := found():
            return value
        time.sleep(0.02)
    raise AssertionError("it did not come about")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The study in one piece; gives its records."""
    folder = tmp_path_factory.mktemp("whole")
    file = write_shard_study(folder, delay_s=LATE_S)
    Study.run(file, progress=False, phase="generate").close()
    Study.run(file, progress=False).close()
    return records_of(folder)


def folders_of(study):
    return [study, *sorted((study / "shards").iterdir())]


def process_of(folder):
    """The process that fills a shard's folder."""
    lock = folder / ".lock"
    text = lock.read_text() if lock.exists() else ""
    return int(text) if text else None


def test_local_shards_of_which_one_is_killed_are_the_study_in_one_piece(whole, tmp_path):
    config = StudyConfig.load(write_shard_study(tmp_path, delay_s=LATE_S))
    at_work = submit_study(config, tmp_path, 1, options=SubmitOptions(workers=2))
    victim = tmp_path / "shards" / f"{SOLVERS[0]}-0-of-1"
    until(lambda: at_work.progress().done > 0)
    os.kill(until(lambda: process_of(victim)), signal.SIGKILL)
    found = at_work.wait(progress=False)
    assert found.is_done
    assert (found.done, found.total) == (24, 24)
    assert found.shards == {"done": 2}
    assert union_of(folders_of(tmp_path)) == whole

    # The same again finds all of it done, and starts no process.
    logs = {path: path.stat().st_mtime_ns for path in at_work.submission.place.rglob("*.log")}
    again = submit_study(config, tmp_path, 1).wait(progress=False)
    assert again.is_done
    assert {path: path.stat().st_mtime_ns for path in logs} == logs
