"""Records that were taken out of a study, and studies of the schema before they could be."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import resources

import pytest
from test_store_records import call, execution, row

from cgr_nb.errors import StoreError
from cgr_nb.records import ModelCard, Scaffold
from cgr_nb.store import SCHEMA_VERSION, Store
from cgr_nb.store.superseding import Chosen, call_facts, redos, spent_tokens, supersede

NOW = "2026-01-01T00:00:00+00:00"


@pytest.fixture
def store(tmp_path):
    with Store.create(tmp_path / "study") as opened:
        opened.want(["r1"])
        opened.add_call(call("k1"))
        opened.add_call(call("k2", model="other"))
        opened.add_scaffold(Scaffold("s1", "i1", "g", "p1", "source", "k1", "hash", 7))
        opened.add_execution("e1", "p1", "i1", "s", execution())
        opened.add_row(row())
        opened.add_dependence("p1", "i1", None, [], None, [])
        yield opened


ALL = Chosen(*map(frozenset, (["k1"], ["s1"], ["e1"], ["r1"], [], ["p1"])))


def test_what_is_taken_out_is_in_no_table_that_counts(store):
    redo = supersede(store, ALL, NOW, "why")
    assert store.call("k1") is None
    assert store.scaffold("s1") is None
    assert store.execution("e1") is None
    assert store.rows() == []
    assert store.dependence_ids() == set()
    assert store.call("k2") is not None
    assert (redo.scaffolds, redo.executions, redo.rows, redo.audits) == (1, 1, 1, 1)
    assert (dict(redo.calls), dict(redo.tokens)) == ({"m": 1}, {"m": (3, 2)})
    assert redos(store) == [redo]
    assert spent_tokens(store) == {"other": (3, 2)}


def test_a_record_that_takes_the_place_of_another_has_its_id(store):
    supersede(store, ALL, NOW, "why")
    again = call("k1", reply=replace(call().reply, text="another"))
    store.add_call(again)
    assert store.call("k1") == again
    supersede(store, Chosen(calls=frozenset(["k1"])), NOW, "once more")
    kept = store.connection.execute(
        "SELECT redo, reply FROM superseded_calls WHERE id = 'k1' ORDER BY redo"
    )
    assert [tuple(line) for line in kept] == [(1, " A\n"), (2, "another")]


def test_the_source_of_a_program_stays_whatever_becomes_of_its_scaffold(store):
    supersede(store, ALL, NOW, "why")
    assert store.program("p1") == "source"


def test_a_call_knows_when_it_was_made_and_what_came_of_it(store):
    store.add_call(call("k3", reply=None, error="refused: no"))
    store.add_call(call("k4", reply=replace(call().reply, text=" \n", finish="length")))
    facts = {one.id: one for one in call_facts(store)}
    age = datetime.now(UTC) - datetime.fromisoformat(facts["k1"].made)
    assert timedelta(0) <= age < timedelta(days=1)
    assert (facts["k1"].empty, facts["k1"].cut, facts["k1"].error) == (False, False, None)
    assert (facts["k3"].empty, facts["k3"].error) == (False, "refused: no")
    assert (facts["k4"].empty, facts["k4"].cut) == (True, True)


def older(folder, *statements):
    """A study of the schema before this one."""
    folder.mkdir()
    schema = resources.files("cgr_nb.store").joinpath("schema.sql").read_text("utf-8")
    with sqlite3.connect(folder / "study.sqlite") as connection:
        connection.executescript(schema)
        connection.execute("INSERT INTO meta VALUES ('schema', '2')")
        connection.execute(
            "INSERT INTO calls VALUES ('k1', 'm', '[]', '{}', 'hi', 'stop', 'p', 5, 2, 0.1, NULL)"
        )
        connection.execute("INSERT INTO wanted VALUES ('r1')")
        card = '{"name":"m","roles":["solver"],"backend":"b","family":"f","parameters":null,'
        card += '"quantisation":"q","context_tokens":9,"licence":"l","source":"s","sha256":null}'
        connection.execute("INSERT INTO models VALUES ('m', 'x', ?)", (card,))
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_an_older_study_is_brought_up_to_date_and_keeps_its_records(tmp_path):
    older(tmp_path / "study")
    for _ in range(2):
        with Store.open(tmp_path / "study") as store:
            (facts,) = call_facts(store)
            assert (facts.id, facts.made) == ("k1", None)
            assert spent_tokens(store) == {"m": (5, 2)}
            assert redos(store) == []
            assert store.counts().wanted == 1
            assert store.models()[0].price_input is None
            assert store.meta("schema") == int(SCHEMA_VERSION)
    with Store.open(tmp_path / "study") as store:
        supersede(store, Chosen(calls=frozenset(["k1"])), NOW, "why")
        assert [redo.number for redo in redos(store)] == [1]


def test_an_older_study_that_can_not_be_written_to_is_read_as_it_lies(tmp_path, monkeypatch):
    older(tmp_path / "study")
    before = (tmp_path / "study" / "study.sqlite").read_bytes()
    # A privileged user may write anywhere, so the answer of the system is put in its mouth.
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with Store.open(tmp_path / "study") as store:
        assert redos(store) == []
        assert spent_tokens(store) == {"m": (5, 2)}
        assert store.counts().wanted == 1
    assert (tmp_path / "study" / "study.sqlite").read_bytes() == before


def test_an_older_study_that_can_not_be_brought_up_to_date_stays_as_it_is(tmp_path):
    older(tmp_path / "study", "CREATE TABLE superseded_rows (id TEXT)")
    with pytest.raises(StoreError, match="superseded_rows already exists"):
        Store.open(tmp_path / "study")
    with sqlite3.connect(tmp_path / "study" / "study.sqlite") as connection:
        names = {line[0] for line in connection.execute("SELECT name FROM sqlite_master")}
        assert "redos" not in names
        assert connection.execute("SELECT value FROM meta").fetchone() == ("2",)


def test_a_card_and_its_price_are_those_of_the_last_run(store):
    card = ModelCard("m", ("solver",), "scripted", "f", None, "none", 64, "MIT", "here", None)
    store.add_model(card)
    store.add_model(replace(card, price_input=0.15, licence="other"))
    assert store.models() == [replace(card, price_input=0.15, licence="other")]
    store.add_model(card)
    assert store.models() == [card]
