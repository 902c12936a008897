"""The whole path with the real tiny models: item files in, rows and a report out."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest
from made_rows import rows_of as rows_in_store

from cgr_nb import Study
from cgr_nb.arms.requests import generator_request, template_request
from cgr_nb.bundle import export_package
from cgr_nb.errors import StoreError
from cgr_nb.records import EXECUTION_STATUSES
from cgr_nb.store import Store
from cgr_nb.verify import verify_package

PER_DATASET = 3
DATASETS = 9


def demo(out, *arguments):
    return [
        *(sys.executable, "-m", "cgr_nb.cli", "demo", "--out", str(out)),
        *("--per-dataset", str(PER_DATASET), *arguments),
    ]


def rows_of(folder):
    with Store.open(folder) as store:
        return rows_in_store(store)


@pytest.fixture(scope="module")
def undisturbed(demo_of_three):
    """A finished demo, and what its command printed."""
    return demo_of_three / "study", json.loads((demo_of_three / "said.json").read_text("utf-8"))


def test_every_item_of_every_family_ends_as_a_row(undisturbed):
    rows = rows_of(undisturbed[0])
    assert len(rows) == PER_DATASET * DATASETS
    assert len({row.dataset for row in rows}) == DATASETS
    assert {row.assisted_status for row in rows} <= {*EXECUTION_STATUSES, "no_program"}
    assert all(row.error is None for row in rows)


def test_the_solver_answers_and_most_scaffolds_run_and_ask_it(undisturbed):
    rows = rows_of(undisturbed[0])
    assert all(row.direct_letter is not None for row in rows)
    ran = [row for row in rows if row.assisted_status == "ok"]
    assert len(ran) >= 0.8 * len(rows)
    assert sum(row.asks >= 1 for row in ran) >= 0.8 * len(ran)
    assert all(len(row.ask_call_ids) == row.asks for row in ran)


def test_every_answer_can_be_traced_to_the_calls_behind_it(undisturbed):
    with Study.open(undisturbed[0]) as study:
        for row in rows_in_store(study.store):
            calls = [study.store.call(id) for id in (*row.direct_call_ids, *row.ask_call_ids)]
            assert all(call is not None and call.reply is not None for call in calls)
            spent = [call.reply.prompt_tokens + call.reply.reply_tokens for call in calls]
            assert sum(spent) == row.direct_tokens + row.assisted_tokens
            assert row.program_id is None or study.store.program(row.program_id)


def test_gold_is_in_no_message_to_any_model(undisturbed):
    # The same item with another gold must have led to the very same calls.
    with Study.open(undisturbed[0]) as study:
        config = study.config
        cards = {card.name: card for card in study.store.models()}
        for row in rows_in_store(study.store):
            item = study.store.item(row.item_id)
            other = next(letter for letter in item.options if letter not in item.gold)
            flipped = dataclasses.replace(item, gold=(other,))
            asked = template_request(config, "direct", config.direct, cards[row.solver], flipped)
            assert asked.call_id(cards[row.solver]) == row.direct_call_ids[0]
            written = generator_request(config, cards[row.generator], flipped)
            scaffold = study.store.scaffold(row.scaffold_id)
            assert written.call_id(cards[row.generator]) == scaffold.call_id


def test_the_json_says_what_the_frames_say(undisturbed):
    folder, printed = undisturbed
    with Study.open(folder) as study:
        assert json.loads(json.dumps(study.summary().to_dict())) == printed["summary"]
        assert printed["summary"]["retained"] == len(study.rows())


def test_the_report_is_one_file_that_fetches_nothing_and_names_the_tiny_models_first(undisturbed):
    page = (undisturbed[0] / "report" / "index.html").read_text("utf-8")
    body = page[page.index("<body") :]
    first_words = re.sub(r"<[^>]+>", " ", body).split()[:10]
    assert "tiny" in first_words
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page.replace("https://arxiv.org", ""))


VOTES = """
name = "votes"
arms = [
  "cot", "self_consistency", "foreign_scaffold", "stub_solver", "pal", "readout",
  "consensus", "code_t",
]
generator = { temperature = 0.9, max_tokens = 320 }
[items]
files = ["bundled:mini-aime.jsonl", "bundled:mini-medqa.jsonl"]
per_dataset = 2
[models]
solvers = ["tiny-solver"]
generators = ["tiny-generator"]
[arm.consensus]
k = 3
[arm.code_t]
k = 3
twins = 2
[run]
isolation = "limits"
"""
KILLS = 3


def answers_of(folder):
    """Everything that a study has of its answers."""
    with Store.open(folder) as store:
        return {answer.id: answer for answer in store.answers()}


def killed_once_it_has(answers, study_file):
    """Start a run, and kill it with all its processes once so many answers are on record."""
    command = [sys.executable, "-m", "cgr_nb.cli", "study", "run", str(study_file)]
    running = subprocess.Popen(
        [*command, "--out", str(study_file.parent)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    found, deadline = {}, time.monotonic() + 120
    while len(found) < answers and running.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
        with contextlib.suppress(StoreError):
            found = answers_of(study_file.parent)
    os.killpg(running.pid, signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL, "the run ended before it could be killed"
    return answers_of(study_file.parent)


def test_a_study_with_votes_killed_again_and_again_ends_with_the_same_answers(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, killed):
        folder.mkdir()
        (folder / "study.toml").write_text(VOTES)
    Study.run(whole / "study.toml", progress=False).close()
    due = answers_of(whole)
    assert {"consensus", "code_t"} <= {answer.arm for answer in due.values()}
    seen = {}
    for kill in range(KILLS):
        wanted = max(len(seen) + 1, (kill + 1) * len(due) // (KILLS + 1))
        before, seen = seen, killed_once_it_has(wanted, killed / "study.toml")
        assert before.items() <= seen.items()
        assert wanted <= len(seen) < len(due)
    with Study.run(killed / "study.toml", progress=False) as study:
        assert answers_of(killed) == due
        assert rows_in_store(study.store) == rows_of(whole)
        found = verify_package(export_package(killed, tmp_path / "package.zip"), isolation="limits")
    assert found.problems == ()
