"""The whole path with the real tiny models: item files in, rows and a report out."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
import signal
import subprocess
import sys
import time

import pytest
from made_rows import rows_of as rows_in_store

from cgr_nb import Study
from cgr_nb.arms.requests import generator_request, template_request
from cgr_nb.errors import StoreError
from cgr_nb.records import EXECUTION_STATUSES
from cgr_nb.store import Store

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


def test_killed_in_the_middle_and_run_again_it_ends_with_the_same_rows(undisturbed, tmp_path):
    out = tmp_path / "killed"
    running = subprocess.Popen(
        demo(out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    finished = 0
    deadline = time.monotonic() + 120
    while finished < 4 and running.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
        with contextlib.suppress(StoreError):
            finished = len(rows_of(out))
    running.send_signal(signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL, "the demo ended before it could be killed"
    before = rows_of(out)
    assert 4 <= len(before) < PER_DATASET * DATASETS
    again = subprocess.run(demo(out), capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    assert rows_of(out) == rows_of(undisturbed[0])
    assert set(before) <= set(rows_of(out))
