from __future__ import annotations

import sqlite3
import subprocess
import sys
import textwrap

import pytest

from cgr_nb.errors import StoreError
from cgr_nb.records import (
    Ask,
    Execution,
    Item,
    Message,
    ModelCall,
    ModelCard,
    Reply,
    Row,
    Sampling,
    Scaffold,
    Verdict,
)
from cgr_nb.store import Store, frames
from cgr_nb.store.lock import FolderLock


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


def row(id: str = "r1", **changes) -> Row:
    values = {
        "id": id,
        "item_id": "i1",
        "dataset": "d",
        "config": "c",
        "solver": "s",
        "generator": "g",
        "gold": ("Q",),
        "direct_letter": "P",
        "direct_status": "answered",
        "direct_rule": "answer_is",
        "direct_retries": 0,
        "assisted_letter": None,
        "assisted_status": "exception",
        "assisted_detail": "line 3: ValueError",
        "asks": 2,
        "generator_letter": "Q",
        "difficulty": "easy",
        "scaffold_id": "sc",
        "program_id": "p",
        "execution_id": "e",
        "direct_call_ids": ("k1",),
        "ask_call_ids": ("k2", "k3"),
        "direct_tokens": 10,
        "assisted_tokens": 20,
        "isolation": "strict",
        "error": None,
    }
    return Row(**{**values, **changes})


@pytest.fixture
def store(tmp_path):
    with Store.create(tmp_path / "study") as opened:
        opened.want(["r1", "r2"])
        yield opened


def test_an_item_comes_back_as_it_was_even_with_nul_and_lone_surrogates(store):
    store.add_items([item(), item("i2", gold=None, context="a table")])
    assert store.item("i1") == item()
    assert store.items() == [item(), item("i2", gold=None, context="a table")]


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


def test_a_row_comes_back_as_it_was(store):
    store.add_row(row())
    assert store.rows() == [row()]


def test_a_record_is_written_once_and_never_changed(store):
    store.add_row(row())
    store.add_row(row(direct_letter="Q"))
    assert store.rows() == [row()]


def test_rows_stand_in_an_order_that_does_not_depend_on_when_they_came(store):
    late = row("r2", item_id="i0")
    store.add_row(row())
    store.add_row(late)
    assert store.rows() == [late, row()]


def test_a_row_that_the_study_no_longer_asks_for_stays_on_record_and_out_of_the_rows(store):
    store.add_row(row())
    store.add_row(row("r2", item_id="i2"))
    store.want(["r2", "r3"])
    assert [one.id for one in store.rows()] == ["r2"]
    assert list(frames.rows(store)["id"]) == ["r2"]
    assert store.row_ids() == {"r1", "r2"}
    counts = store.counts()
    assert (counts.wanted, counts.done, counts.superseded) == (2, 1, 1)


def test_a_record_that_does_not_fit_its_table_is_an_error_and_not_dropped(store):
    with pytest.raises(sqlite3.IntegrityError):
        store.add_row(row(assisted_detail=None))


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
    store.add_items([item()])
    store.add_call(call())
    store.add_row(row())
    store.add_execution("e", "p1", "i1", "s", execution())
    assert frames.rows(store).iloc[0]["gold"] == ("Q",)
    assert frames.items(store).iloc[0]["options"] == {"P": "first", "Q": "second"}
    assert frames.calls(store).iloc[0]["reply"] == " A\n"
    assert frames.executions(store).iloc[0]["asks"] == 1
    assert frames.verdicts(store).empty


def test_a_process_killed_while_writing_leaves_every_finished_row(tmp_path):
    folder = tmp_path / "study"
    script = textwrap.dedent(
        f"""
        import os, signal, sys
        sys.path.insert(0, {str(__file__).rsplit("/", 1)[0]!r})
        from pathlib import Path
        from test_store_records import row
        from cgr_nb.store import Store
        store = Store.create(Path({str(folder)!r}))
        for number in range(50):
            store.add_row(row(f"r{{number}}"))
        store.connection.execute("BEGIN IMMEDIATE")
        store.connection.execute("DELETE FROM rows")
        os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    died = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert died.returncode == -9, died.stderr
    with Store.open(folder) as store:
        assert store.row_ids() == {f"r{number}" for number in range(50)}


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
    with pytest.raises(StoreError, match="schema version 99"):
        Store.open(tmp_path)


def test_a_half_made_file_of_a_crash_is_made_anew(tmp_path):
    (tmp_path / "study.making").write_bytes(b"half")
    with Store.create(tmp_path) as store:
        assert store.rows() == []


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
        store.want(["r1"])
        store.add_row(row())
    files = set(tmp_path.iterdir())
    # A privileged user may write anywhere, so the answer of the system is put in its mouth.
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with Store.open(tmp_path) as store:
        assert store.rows() == [row()]
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            store.add_row(row("r2"))
    assert set(tmp_path.iterdir()) == files


def test_an_empty_file_is_no_study(tmp_path):
    (tmp_path / "study.sqlite").write_bytes(b"")
    with pytest.raises(StoreError, match="not a study file"):
        Store.open(tmp_path)
