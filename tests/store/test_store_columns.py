"""Tables read column by column say what their records say."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from random import Random

import pandas as pd
import pytest
from made_rows import add_row, expect, ids_of, made_answer, raw_sql
from test_store_merge import make
from test_store_records import call, item

from cgr_nb.analysis.codes import uncoded
from cgr_nb.answer_record import CHANNELS, AnswerSteps
from cgr_nb.store import Store, frames
from cgr_nb.store.row_columns import COLUMNS, row_of_number, unsorted_columns
from cgr_nb.store.row_counts import arm_statuses, channel_statuses, row_errors
from cgr_nb.store.row_view import row_views
from cgr_nb.store.trails import Trails, read_answers
from cgr_nb.util.surrogates import escape_surrogates


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Three rows. Read only."""
    with Store.open(make(tmp_path_factory.mktemp("columns"), 0, 1, 2, machine="a")) as store:
        yield store


def test_rows_by_column_are_the_rows_of_their_records(store):
    frame, views = frames.untimed_rows(store), list(row_views(store))
    assert len(frame) == len(views) == 3
    for name in frame.columns:
        told = [None if isinstance(one, float) and pd.isna(one) else one for one in frame[name]]
        asked = [getattr(view, name) for view in views]
        assert told == [escape_surrogates(a) if isinstance(a, str) else a for a in asked], name


def test_statuses_counted_at_once_are_those_of_the_rows_and_answers(store):
    rows, answers = frames.rows(store), frames.row_answers(store)
    for counted, name in zip(
        channel_statuses(store), ("direct_status", "assisted_status"), strict=True
    ):
        assert list(counted.items()) == list(rows[name].value_counts().to_dict().items())
    others = answers[~answers["arm"].isin(CHANNELS)]
    assert arm_statuses(store) == {
        arm: lines["status"].value_counts().to_dict() for arm, lines in others.groupby("arm")
    }
    assert row_errors(store) == rows["error"].dropna().value_counts().to_dict()


def test_answers_read_at_once_are_those_of_the_rows_and_of_their_records(store):
    answered = read_answers(store)
    keys = ["row_id", "arm"]
    ours = uncoded(answered.lines).sort_values(keys, ignore_index=True)
    theirs = frames.row_answers(store).sort_values(keys, ignore_index=True)
    pd.testing.assert_frame_equal(ours, theirs[ours.columns], check_dtype=False)
    by_id = {answer.id: AnswerSteps.of(answer) for answer in store.answers()}
    assert answered.trails == Trails.of(by_id[id] for id in answered.trails.ids)


def test_rows_made_of_answers_are_those_that_sqlite_joins(tmp_path):
    with Store.create(tmp_path / "study") as store:
        store.add_items([item("i1"), item("i2")])
        kinds = {
            "plain": {},
            "retried": {"direct_retries": 2, "direct_letter": None, "direct_status": "none"},
            "refused": {"direct_status": "refused", "assisted_status": "overflow"},
            "several letters": {"direct_letter": "PQ", "item_id": "i2", "solver": "other"},
            "no program": {"assisted_status": "no_program", "program_id": None},
            "not done": {},
        }
        asked = {id: ids_of(id) for id in kinds}
        asked["alone"] = {"direct": ids_of("plain")["direct"]}
        asked["no direct"] = {"cgr": ids_of("plain")["cgr"]}
        # Of another arm, and of no row any more.
        asked["plain"] = {**asked["plain"], "vote": "vote of plain"}
        asked["not done"] = {**asked["not done"], "cgr": "lost"}
        store.set_expected(asked.items())
        for id, row in kinds.items():
            add_row(store, id, **row)
        add_row(store, "left out")
        store.add_answer(made_answer("vote", "vote of plain", letters=("Q",)))
        found = read_answers(store).channels
        read = unsorted_columns(store, tuple(found))
    assert set(found) == set(COLUMNS) - {
        *("dataset", "config", "gold", "multi", "options", "item_meta"),
        *("execution_id", "difficulty"),
    }
    ours, theirs = (
        sorted(zip(*(list(of[name]) for name in found), strict=True)) for of in (found, read)
    )
    assert ours == theirs
    assert [line[0] for line in ours] == sorted(set(asked) - {"not done", "no direct"})


def test_a_row_is_found_by_its_number_from_either_end(tmp_path):
    # More rows than are looked at one by one.
    numbers = range(420)
    with Store.create(tmp_path / "study") as store, store.transaction():
        store.add_items([item(f"i{number}") for number in numbers])
        for number in numbers:
            for solver in ("s", "t")[: 1 + number % 2]:
                add_row(store, f"r{solver}{number}", item_id=f"i{number}", solver=solver)
        expect(store, [f"r{solver}{number}" for solver in "st" for number in numbers])
        told = [view.id for view in row_views(store)]
        assert len(told) == 630
        for number in (*range(-632, 632, 9), -631, -630, -601, -600, 599, 600, 629, 630):
            there = told[number] if -630 <= number < 630 else None
            assert row_of_number(store, number) == there, number


def test_rows_that_are_not_done_have_no_number_with_indexes_or_without(tmp_path):
    ids = [f"r{number}" for number in range(9)]
    with Store.create(tmp_path / "study") as store:
        with store.transaction():
            store.add_items([item(f"i{number // 3}") for number in range(0, 9, 3)])
            for number, id in enumerate(ids):
                add_row(store, id, item_id=f"i{number // 3}", solver=f"s{number % 3}")
            lost = {"r1": "cgr", "r3": "generator_only", "r8": "direct"}
            asked = {id: ids_of(id) for id in ids}
            for id, arm in lost.items():
                asked[id] = {**asked[id], arm: f"{arm} of nobody"}
            store.set_expected(asked.items())
        told = [view.id for view in row_views(store)]
        assert sorted(told) == sorted(set(ids) - set(lost))
        wanted = [*told, None, *told]
        numbers = [*range(7), *range(-6, 0)]
        assert [row_of_number(store, number) for number in numbers] == wanted
        for index in ("answers_direct", "expected_assisted"):
            raw_sql(store, f"DROP INDEX {index}")
        assert [row_of_number(store, number) for number in numbers] == wanted


@pytest.mark.parametrize("count", [1, 2, 5, 12, 39, 40, 41, 60, 80])
def test_a_row_of_any_study_is_found_by_its_number(tmp_path, count):
    """Units that failed or are absent, rows of one answer, in part on record or taken out."""
    random = Random(count)
    with Store.create(tmp_path / "study") as store:
        with store.transaction():
            store.set_expected(_made_at_random(store, random, count).items())
        told = [view.id for view in row_views(store)]
        ends = {
            *range(-2, 2),
            *range(-len(told) - 1, 2 - len(told)),
            *range(len(told) - 2, len(told) + 2),
        }
        numbers = [*ends, *(random.randint(-len(told), len(told)) for _ in range(40))]
        there = dict(enumerate(told)) | {n - len(told): id for n, id in enumerate(told)}
        wanted = [there.get(number) for number in numbers]
        assert [row_of_number(store, number) for number in numbers] == wanted
        for index in ("items_sorted", "answers_direct", "expected_assisted", "expected_direct"):
            raw_sql(store, f"DROP INDEX {index}")
        assert [row_of_number(store, number) for number in numbers] == wanted


def _made_at_random(store, random, count):
    """Row id -> arm -> answer id, of units some of which are recorded."""
    items = [
        item(f"i{number}", dataset=random.choice("de"), config=random.choice("ab"))
        for number in random.sample(range(99), count)
    ]
    store.add_items(items)
    asked = {}
    for number, (one, solver) in enumerate(product([*items, item("unknown")], "stu")):
        if random.random() < 0.2:
            continue
        id = f"{random.random()}"
        failed = random.random() < 0.2
        read = {"direct_status": "refused", "direct_letter": None} if failed else {}
        add_row(store, id, item_id=one.id, solver=solver, **read)
        some = random.sample(sorted(ids_of(id)), random.randint(1, 3))
        rows = {
            f"one {id}": ids_of(id),
            f"again {id}": ids_of(id) | {"vote": "of another arm"},
            f"lost {id}": ids_of(id) | {arm: f"{arm} of nobody {number}" for arm in some},
            f"part {id}": {arm: ids_of(id)[arm] for arm in some},
        }
        asked |= dict(random.sample(sorted(rows.items()), random.choice((0, 1, 1, 1, 2))))
    return asked


def test_a_file_without_indexes_is_read_alike_and_gets_them_with_its_next_run(tmp_path):
    with Store.open(make(tmp_path / "study", 0, 1, machine="a")) as store:
        with_it = frames.call_spending(store).sort_values("id", ignore_index=True)
        raw_sql(store, "DROP INDEX calls_spent")
        without = frames.call_spending(store).sort_values("id", ignore_index=True)
        pd.testing.assert_frame_equal(with_it, without)
        store.begin_run("2026-01-01T00:00:00+00:00", {"machine": "a"})
        [plan] = raw_sql(store, "EXPLAIN QUERY PLAN SELECT id, duration_s FROM calls")
        assert "COVERING INDEX calls_spent" in str(plan)


def test_text_that_is_no_valid_unicode_is_read_with_the_lines_around_it(tmp_path):
    folder = make(tmp_path, 0, machine="a")
    with Store.open(folder) as store:
        for id, text in (("x1", "one"), ("x2", "two \ud800"), ("x3", "three")):
            store.add_call(call(id, reply=replace(call().reply, text=text)))
        read = frames.calls(store).set_index("id")
        assert read.index.is_unique
        assert list(read.loc[["x1", "x2", "x3"], "reply"]) == [
            "one",
            escape_surrogates("two \ud800"),
            "three",
        ]
