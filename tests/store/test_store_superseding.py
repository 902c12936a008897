"""Records that were taken out of a study."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from made_rows import add_row, expect, raw_sql, rows_of
from test_store_records import call, execution, item

from cgr_nb.answer_record import CHANNELS
from cgr_nb.errors import StoreError
from cgr_nb.records import ModelCard, Scaffold
from cgr_nb.store import SCHEMA_VERSION, BehaviouralAudit, Store
from cgr_nb.store.superseding import Chosen, call_facts, redos, spent_tokens, supersede

NOW = "2026-01-01T00:00:00+00:00"


@pytest.fixture
def store(tmp_path):
    with Store.create(tmp_path / "study") as opened:
        opened.add_items([item()])
        expect(opened, ["r1"])
        opened.add_call(call("k1"))
        opened.add_call(call("k2", model="other"))
        opened.add_scaffold(Scaffold("s1", "i1", "g", "p1", "source", "k1", "hash", 7))
        opened.add_execution("e1", "p1", "i1", "s", execution())
        add_row(opened)
        opened.audits.add(BehaviouralAudit("p1", "i1", None, (), None, ()))
        yield opened


ALL = Chosen(
    calls=frozenset(["k1"]),
    scaffolds=frozenset(["s1"]),
    executions=frozenset(["e1"]),
    answers=frozenset(f"{arm} r1" for arm in CHANNELS),
    audits=frozenset(["p1"]),
    rows=1,
)


def test_what_is_taken_out_is_in_no_table_that_counts(store):
    redo = supersede(store, ALL, NOW, "why")
    assert store.call("k1") is None
    assert store.scaffold("s1") is None
    assert store.execution("e1") is None
    assert rows_of(store) == []
    assert store.answer_ids() == set()
    assert store.audits.program_ids() == set()
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
    kept = raw_sql(store, "SELECT redo, reply FROM superseded_calls WHERE id = 'k1' ORDER BY redo")
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


def test_a_study_of_an_older_schema_is_refused_in_one_line_and_left_as_it_is(tmp_path):
    folder = tmp_path / "study"
    Store.create(folder).close()
    with sqlite3.connect(folder / "study.sqlite") as connection:
        connection.execute("UPDATE meta SET value = '3' WHERE key = 'schema'")
    connection.close()
    before = (folder / "study.sqlite").read_bytes()
    with pytest.raises(StoreError, match=f"schema version 3, this program reads {SCHEMA_VERSION}"):
        Store.open(folder)
    assert (folder / "study.sqlite").read_bytes() == before


def test_a_card_and_its_price_are_those_of_the_last_run(store):
    card = ModelCard("m", ("solver",), "scripted", "f", None, "none", 64, "MIT", "here", None)
    store.add_model(card)
    store.add_model(replace(card, price_input=0.15, licence="other"))
    assert store.models() == [replace(card, price_input=0.15, licence="other")]
    store.add_model(card)
    assert store.models() == [card]
