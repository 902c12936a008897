"""A bad hour: half of the programs mean harm, the server misbehaves in every tenth reply, and the run
is killed again and again. It ends with every row that can be had, and a report that names the rest."""

from __future__ import annotations

import itertools
import json
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest
from loopback_endpoint import Act, running_endpoint
from made_rows import rows_of as rows_in_store
from test_study_endpoint import BAD, CARD, PROGRAM, STUDY
from test_study_hostile import ANSWERED, HOSTILE, TOP

from cgr_nb import Study
from cgr_nb.bundle import export_package
from cgr_nb.store import Store
from cgr_nb.verify.check import verify_package

LONG_S = 30.0
"""With `--fuzz-seconds` of at least so much: 200 programs and ten kills; else 60 and four."""
KINDS = list(HOSTILE)


def kind_of(number):
    """The harm that the program of an item does; None for a good one."""
    return KINDS[number // 2 % len(KINDS)] if number % 2 else None


class Server:
    """Writes programs, good ones and others, and answers; each tenth reply is none."""

    def __init__(self):
        self._replies = itertools.count(1)
        self._bad = itertools.cycle(BAD)

    def __call__(self, asked):
        if next(self._replies) % 10 == 0:
            return next(self._bad)
        text = json.dumps(asked["messages"])
        if asked["model"] != "generator":
            return Act("3" if "sum of" in text else "Answer: A")
        number = int(text.rpartition("item number ")[2].split(".")[0])
        kind = kind_of(number)
        body = PROGRAM if kind is None else f"```python\n{TOP}{HOSTILE[kind]}\n```"
        return Act(f"{body}\n")


@pytest.fixture
def programs(fuzz_seconds):
    return 200 if fuzz_seconds >= LONG_S else 60


@pytest.fixture
def study_file(tmp_path, programs):
    items = [
        {"dataset": "sums", "question": f"1 + 2, item number {number}.", "options": ["3", "4"],
         "gold": "A"}
        for number in range(programs)
    ]  # fmt: skip
    (tmp_path / "items.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items))
    study = STUDY.replace('arms = ["cot"]\n', "").replace("concurrency = 4", "concurrency = 16")
    limits = "[limits]\nwall_s = 1\ncpu_s = 1\n[generator]\nmax_tokens = 2000\n[run]"
    (tmp_path / "study.toml").write_text(
        study.replace("[run]", limits).replace('limits"\n', 'limits"\n')
    )
    with running_endpoint() as endpoint:
        endpoint.choose = Server()
        cards = [CARD.format(role=role, url=endpoint.url) for role in ("solver", "generator")]
        (tmp_path / "registry.toml").write_text("".join(cards))
        yield tmp_path / "study.toml"


def run(study_file, folder):
    words = [sys.executable, "-m", "cgr_nb.cli", "study", "run", study_file, "--out", folder]
    return subprocess.Popen(
        list(map(str, words)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


def rows_in(folder):
    """Finished rows, as they can be seen while another process writes them."""
    file = folder / "study.sqlite"
    if not file.exists():
        return 0
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=30)) as connection:
        try:
            return connection.execute(
                "SELECT count(*) FROM answers WHERE arm = 'generator_only'"  # the last channel
            ).fetchone()[0]
        except sqlite3.OperationalError:
            return 0  # its tables are being made


def test_a_study_comes_out_of_a_bad_hour_whole(study_file, tmp_path, programs):
    folder, done, killed = tmp_path / "out", 0, 0
    kills = 10 if programs > 60 else 4
    for number in range(1, kills + 1):
        # At a place in the work, not at a time: so a fast machine is killed as often as a slow one.
        enough = number * programs // (kills + 2)
        process = run(study_file, folder)
        while process.poll() is None and rows_in(folder) < enough:
            time.sleep(0.05)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            killed += 1
        process.stderr.close()
        process.wait()
        # Nothing that was finished is ever lost.
        assert rows_in(folder) >= max(done, 1)
        done = rows_in(folder)
    assert killed >= kills // 2
    assert 0 < done < programs
    # What is not there is named, as far as it came.
    with Study.open(folder) as study:
        missing = study.store.counts().expected - done
        page = study.report(tmp_path / "part.html").read_text("utf-8")
    assert missing > 0
    assert "rows: not run yet." in page or "The next run requests them again." in page
    for _ in range(10):
        process = run(study_file, folder)
        complaints = process.communicate()[1]
        assert process.returncode == 0, complaints
        assert "Traceback" not in complaints
        with Store.open(folder) as store:
            if store.counts().done == programs:
                break
    with Store.open(folder) as store:
        assert store.counts().done == programs
        numbers = {item.id: int(item.question.split()[-1][:-1]) for item in store.items()}
        for row in rows_in_store(store):
            kind = kind_of(numbers[row.item_id])
            if kind is None:
                assert (row.assisted_status, row.assisted_letter) == ("ok", "A")
            else:
                assert (row.assisted_status == "ok") == (kind in ANSWERED), kind
            assert row.direct_letter == "A"
    with Study.open(folder) as study:
        page = study.report(tmp_path / "whole.html").read_text("utf-8")
    assert "rows: not run yet." not in page
    package = export_package(folder, tmp_path / "study.zip")
    found = verify_package(package, isolation="limits")
    assert found.ok, found.problems
