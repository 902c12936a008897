from __future__ import annotations

import sqlite3
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest
from made_rows import add_row, expect, made_answer, raw_sql, rows_of

from cgr_nb import answer_record, records
from cgr_nb.answer_record import CHANNELS, ReadOut, RunEntry, Setup, Step, Totals, TrailEntry
from cgr_nb.errors import StoreError
from cgr_nb.records import (
    Ask,
    Execution,
    Item,
    Message,
    ModelCall,
    ModelCard,
    Reply,
    Sampling,
    Scaffold,
    Score,
    Verdict,
)
from cgr_nb.store import Store, connecting, database, frames
from cgr_nb.store.lock import FolderLock
from cgr_nb.store.row_columns import COLUMNS, row_columns
from cgr_nb.store.row_view import RowView


def item(id: str = "i1", **changes) -> Item:
    values = {
        "id": id,
        "dataset": "d",
        "config": "c",
        "question": "Which?\n  two spaces, \u00a0, \x00 and \ud800",
        "options": {"P": "first", "Q": "second"},
        "gold": ("Q",),
        "context": None,
        "meta": {"row": 3},
    }
    return Item(**{**values, **changes})


def call(id: str = "k1", **changes) -> ModelCall:
    values = {
        "id": id,
        "model": "m",
        "messages": (Message("user", "hello"),),
        "sampling": Sampling(stop=("x",), choices=("A", "B")),
        "reply": Reply(" A\n", "stop", "<u>hello", 3, 2, 0.25),
        "error": None,
    }
    return ModelCall(**{**values, **changes})


def execution(**changes) -> Execution:
    values = {
        "status": "ok",
        "solver_answer": "A",
        "generator_answer": None,
        "difficulty": "hard",
        "detail": "",
        "calls": (Ask(0, "q", ("A", "B"), None, 0.5, "A", 7),),
        "output": "printed",
        "line": None,
        "cpu_s": 0.01,
        "wall_s": 0.02,
        "isolation": "strict",
    }
    return Execution(**{**values, **changes})


@pytest.fixture
def store(tmp_path):
    with Store.create(tmp_path / "study") as opened:
        opened.add_items([item(), item("i0"), item("i2")])
        expect(opened, ["r1", "r2"])
        yield opened


def test_an_item_comes_back_as_it_was_even_with_nul_and_lone_surrogates(store):
    store.add_items([item("i3"), item("i4", gold=None, context="a table")])
    assert store.item("i3") == item("i3")
    assert store.items()[-2:] == [item("i3"), item("i4", gold=None, context="a table")]


def test_what_an_item_is_used_for_is_as_the_last_run_says(store):
    store.add_items([item("i3")])
    store.add_items([item("i3", use="support", multi=True)])
    assert store.item("i3") == item("i3", use="support", multi=True)
    store.add_items([item("i3")])
    assert store.item("i3") == item("i3")


def test_a_call_comes_back_as_it_was(store):
    failed = call("k2", reply=None, error="context_overflow: too long")
    store.add_call(call())
    store.add_call(failed)
    assert store.call("k1") == call()
    assert store.call("k2") == failed
    assert store.call("nothing") is None


def test_a_scaffold_without_a_program_comes_back_as_it_was(store):
    without = Scaffold("s1", "i1", "g", None, None, "k1", "hash", 7)
    having = Scaffold("s2", "i1", "g", "p1", "def solve(): ...", "k1", "hash", 8)
    store.add_scaffold(without)
    store.add_scaffold(having)
    assert store.scaffold("s1") == without
    assert store.scaffold("s2") == having
    assert store.program("p1") == "def solve(): ..."


def test_an_execution_comes_back_as_it_was(store):
    store.add_execution("e1", "p1", "i1", "s", execution())
    assert store.execution("e1") == execution()


TRAIL = (
    TrailEntry("direct", "solver", "k1", ReadOut("answered", ("A", "C"), "answer_is", (3, 9))),
    TrailEntry("ask/0", "solver", "k2"),
    TrailEntry("generator", "generator", "k3", ReadOut("no_program")),
)


def test_an_answer_comes_back_as_it_was(store):
    answer = made_answer(
        "mine",
        generator="g",
        letters=("A", "C"),
        trail=TRAIL,
        runs=(RunEntry("first", "e1"), RunEntry("second", "e2")),
        steps=(Step(1, 0, ()), Step(3, 2, ("A", "C"))),
        setup="s1",
        totals=Totals(1, 2, 3, 4, 5, 6),
        facts={"share": 0.25, "route": ["a", None]},
        difficulty="hard",
        isolation="strict",
        error="refused: no",
    )
    store.add_answer(answer)
    assert store.answer("a1") == answer
    assert list(store.answers(everything=True)) == [answer]


def test_a_setup_comes_back_as_it_was(store):
    setup = Setup("s1", "mine", "d", None, "g", "text", "p1", TRAIL, (), "ok", "", {"score": 3})
    store.add_setup(setup)
    assert store.setup("s1") == setup
    assert list(store.setups()) == [setup]


def test_scores_of_choices_come_back_as_they_were(store):
    scored = replace(call().reply, scores=(Score(-1.5, 2, 3), Score(-0.25, 1, 1)))
    store.add_call(call("k9", reply=scored))
    assert store.call("k9").reply == scored


def test_a_record_is_written_once_and_never_changed(store):
    store.add_answer(made_answer("direct"))
    store.add_answer(made_answer("direct", letters=("B",)))
    assert store.answer("a1") == made_answer("direct")


def test_a_row_joins_the_channels_of_its_item_solver_and_generator(store):
    add_row(store, "r1", direct_call_ids=("k1", "k2"), ask_call_ids=("k3",))
    (row,) = rows_of(store)
    assert (row.id, row.item_id, row.solver, row.generator) == ("r1", "i1", "s", "g")
    assert (row.direct_letter, row.direct_rule, row.direct_retries) == ("P", "answer_is", 1)
    assert (row.assisted_status, row.assisted_letter, row.asks) == ("exception", None, 1)
    assert (row.generator_letter, row.gold, row.gold_text) == ("Q", ("Q",), "second")
    assert (row.direct_correct, row.assisted_correct, row.flip) == (False, False, "both_wrong")
    assert (row.direct_call_ids, row.ask_call_ids) == (("k1", "k2"), ("k3",))


def test_columns_read_one_by_one_are_those_of_the_rows(store):
    add_row(store, "r1", direct_letter=None, direct_status="overflow", direct_retries=1)
    add_row(store, "r2", item_id="i2", assisted_letter="Q", assisted_status="ok")
    names = [name for name in COLUMNS if hasattr(RowView, name) and name not in ("gold", "options")]
    assert len(names) == 21
    whole = [tuple(getattr(row, name) for name in names) for row in rows_of(store)]
    assert row_columns(store, names) == whole


def test_a_row_of_which_a_channel_is_missing_is_not_done(store):
    add_row(store, "r1")
    raw_sql(store, "DELETE FROM answers WHERE arm = 'cgr'")
    assert rows_of(store) == []
    assert (store.counts().done, store.counts().expected) == (0, 2)


def test_one_direct_answer_serves_the_rows_of_two_generators(store):
    for generator in ("g", "h"):
        add_row(store, f"r {generator}", generator=generator)
    shared = {"direct": "direct r g"}
    store.set_expected(
        (f"r {g}", {**{arm: f"{arm} r {g}" for arm in CHANNELS}, **shared}) for g in ("g", "h")
    )
    assert [row.generator for row in rows_of(store)] == ["g", "h"]
    assert [answer.id for answer in store.answers() if answer.arm == "direct"] == ["direct r g"]
    assert store.counts().unasked == 1


def test_a_study_without_a_generator_has_rows_with_empty_channels(store):
    add_row(store, "r1")
    store.set_expected([("r1", {"direct": "direct r1"})])
    (row,) = rows_of(store)
    assert (row.direct_letter, row.generator, row.assisted_status) == ("P", None, None)
    assert (row.flip, row.assisted_correct, row.program_id) == (None, None, None)


def test_rows_stand_in_an_order_that_does_not_depend_on_when_they_came(store):
    add_row(store, "r1")
    add_row(store, "r2", item_id="i0")
    assert [row.id for row in rows_of(store)] == ["r2", "r1"]


def test_a_row_that_the_study_no_longer_asks_for_stays_on_record_and_out_of_the_rows(store):
    add_row(store, "r1")
    add_row(store, "r2", item_id="i2")
    expect(store, ["r2", "r3"])
    assert [one.id for one in rows_of(store)] == ["r2"]
    assert list(frames.rows(store)["id"]) == ["r2"]
    assert len(store.answer_ids()) == 6
    counts = store.counts()
    assert (counts.expected, counts.done, counts.unasked) == (2, 1, 3)


def test_there_are_no_records_and_tables_of_rows(store):
    names = {line[0] for line in raw_sql(store, "SELECT name FROM sqlite_master")}
    assert {"answers", "expected", "setups"} <= names
    assert names.isdisjoint({"rows", "arms", "wanted", "wanted_arms"})
    assert not {"Row", "ArmAnswer"} & {*vars(records), *vars(answer_record)}


def test_a_record_that_does_not_fit_its_table_is_an_error_and_not_dropped(store):
    with pytest.raises(sqlite3.IntegrityError):
        store.add_answer(made_answer("direct", detail=None))


def test_a_withdrawn_verdict_leaves_the_first_one_on_record(store):
    first = Verdict("p1", "me", "clean", "", "2026-01-01T00:00:00Z")
    second = Verdict("p1", "me", "withdrawn", "slip", "2026-01-01T00:00:05Z")
    store.add_verdict(first)
    store.add_verdict(second)
    assert store.verdicts() == [first, second]


def test_a_model_card_comes_back_as_it_was(store):
    card = ModelCard("m", ("solver",), "scripted", "f", None, "none", 64, "MIT", "here", None)
    store.add_model(card)
    assert store.models() == [card]


def test_frames_hold_every_record(store):
    store.add_call(call())
    add_row(store)
    store.add_execution("e", "p1", "i1", "s", execution())
    assert frames.rows(store).iloc[0]["gold"] == ("Q",)
    assert frames.items(store).iloc[0]["options"] == {"P": "first", "Q": "second"}
    assert frames.calls(store).iloc[0]["reply"] == " A\n"
    assert frames.executions(store).iloc[0]["asks"] == 1
    assert frames.verdicts(store).empty


def test_a_process_killed_while_writing_leaves_every_finished_answer(tmp_path):
    folder = tmp_path / "study"
    script = textwrap.dedent(
        f"""
        import os, signal, sys
        from pathlib import Path
        sys.path.insert(0, {str(Path(__file__).parents[1])!r})
        from made_rows import made_answer
        from cgr_nb.store import Store
        store = Store.create(Path({str(folder)!r}))
        for number in range(50):
            store.add_answer(made_answer("direct", f"a{{number}}"))
        with store.transaction():
            store.add_answer(made_answer("direct", "unfinished"))
            os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    died = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert died.returncode == -9, died.stderr
    with Store.open(folder) as store:
        assert store.answer_ids() == {f"a{number}" for number in range(50)}


def test_a_new_file_is_whole_before_it_has_its_name(tmp_path, monkeypatch):
    seen = []

    def connect(path):
        seen.append((sorted(part.name for part in path.parent.iterdir()), path.read_bytes()))
        return connecting.connect(path)

    monkeypatch.setattr(database, "connect", connect)
    with Store.create(tmp_path) as store:
        store.add_item(item())
    ((names, data),) = seen
    assert names == ["study.sqlite"]
    assert data[18:20] == b"\x02\x02"  # it has a write-ahead log, and nobody waits for that later
    assert b"CREATE TABLE answers" in data


@pytest.mark.parametrize("gone", ["study.sqlite", "study.sqlite-wal"])
def test_what_goes_away_within_a_transaction_is_noticed_at_its_end(tmp_path, gone):
    with Store.create(tmp_path) as store:
        store.add_item(item("i0"))

        def write():
            with store.transaction():
                store.add_item(item("i1"))
                (tmp_path / gone).unlink()
                store.add_item(item("i2"))

        with pytest.raises(StoreError, match="deleted, moved or replaced"):
            write()
        assert [one.id for one in store.items()] == ["i0"]


def test_lines_kept_together_may_hold_texts_in_other_columns_each(store):
    lone = "\ud800 and \x00"
    several = [item("i3", context=None), item("i4", context=lone), item("i5", gold=None)]
    store.add_items(several)
    store.add_items([item("i6", context=lone)])
    assert [store.item(one.id) for one in several] == several
    assert store.item("i6") == item("i6", context=lone)


def test_a_folder_without_a_study_is_a_clear_error(tmp_path):
    with pytest.raises(StoreError, match=r"no study here.*give the folder that holds study.sqlite"):
        Store.open(tmp_path)


def test_a_file_that_is_no_database_is_a_clear_error(tmp_path):
    (tmp_path / "study.sqlite").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError, match="not a study file"):
        Store.open(tmp_path)


def test_an_unknown_schema_version_is_refused(tmp_path):
    Store.create(tmp_path).close()
    with sqlite3.connect(tmp_path / "study.sqlite") as connection:
        connection.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")
    with pytest.raises(StoreError, match=r"schema version 99.*run it again in a new folder"):
        Store.open(tmp_path)


def test_a_half_made_file_of_a_crash_is_made_anew(tmp_path):
    (tmp_path / "study.making").write_bytes(b"half")
    with Store.create(tmp_path) as store:
        assert rows_of(store) == []


def test_two_writers_are_kept_apart_and_the_lock_goes_with_its_holder(tmp_path):
    with (
        FolderLock(tmp_path),
        pytest.raises(StoreError, match="another process is running this study"),
        FolderLock(tmp_path),
    ):
        pass
    with FolderLock(tmp_path):
        pass


def test_an_archived_study_that_can_not_be_written_to_can_still_be_read(tmp_path, monkeypatch):
    with Store.create(tmp_path) as store:
        store.add_items([item()])
        expect(store, ["r1"])
        add_row(store)
    files = set(tmp_path.iterdir())
    # A privileged user may write anywhere, so the answer of the system is put in its mouth.
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with Store.open(tmp_path) as store:
        assert [row.id for row in rows_of(store)] == ["r1"]
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            add_row(store, "r2")
    assert set(tmp_path.iterdir()) == files


def test_an_empty_file_is_no_study(tmp_path):
    (tmp_path / "study.sqlite").write_bytes(b"")
    with pytest.raises(StoreError, match="not a study file"):
        Store.open(tmp_path)
