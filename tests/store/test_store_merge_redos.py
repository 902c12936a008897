"""Stores of one study become one where some of it was to be done again."""

from __future__ import annotations

import shutil
import signal
from dataclasses import replace

import pytest
from made_rows import expect, ids_of, made_answer, raw_sql
from test_store_merge import NOW, add_unit, ended, make, merge, tables_of
from test_store_records import call

from cgr_nb.answer_record import TrailEntry
from cgr_nb.errors import StoreError
from cgr_nb.records import Scaffold
from cgr_nb.scaffolds import program_id
from cgr_nb.store import Store
from cgr_nb.store.merge_redos import BUILT_ON
from cgr_nb.store.superseding import Chosen, redos, supersede

LATER = "2026-01-02T00:00:00+00:00"
GONE = "SELECT id FROM superseded_calls"


def test_what_a_redo_took_out_of_the_study_does_not_come_back(tmp_path):
    folder, shard = tmp_path / "out", make(tmp_path / "one", 0, 1, machine="a")
    merge(folder, shard)
    with Store.open(folder) as store:
        supersede(store, Chosen(frozenset(["d0"])), NOW, "again")
    found = merge(folder, shard)
    assert found.stores[0].superseded == {"calls": 1}
    with Store.open(folder) as store:
        assert store.call("d0") is None


def test_what_rests_on_what_a_redo_took_out_is_left_to_the_next_run(tmp_path):
    folder, one = tmp_path / "out", make(tmp_path / "one", 0, machine="a")
    with Store.open(one) as store:
        store.add_call(call("a1", reply=replace(call().reply, text="A")))
    merge(folder, one)
    with Store.open(folder) as store:
        supersede(store, Chosen(frozenset(["a1"])), NOW, "again")
    # The same reply, of a shard that has answered with it.
    two = make(tmp_path / "two", 1, 2, machine="b")
    for reply in (None, "B"):
        if reply is not None:
            with Store.open(folder) as store:
                store.add_call(call("a1", reply=replace(call().reply, text=reply)))
        found = merge(folder, two, given={})
        assert found.stores[0].left_out == {"executions": 1, "answers": 2}
        with Store.open(folder) as store:
            done = store.answer_ids()
            assert {*ids_of("r0").values(), *ids_of("r2").values()} <= done
            assert done & set(ids_of("r1").values()) == {ids_of("r1")["direct"]}
            assert store.execution("e1") is None


def test_what_was_made_again_after_a_redo_as_it_was_takes_nothing_with_it(tmp_path):
    folder, one = tmp_path / "out", make(tmp_path / "one", 0, machine="a")
    again = call("a1", reply=replace(call().reply, text="A"))
    with Store.open(one) as store:
        store.add_call(again)
    merge(folder, one)
    with Store.open(folder) as store:
        supersede(store, Chosen(frozenset(["a1"])), NOW, "again")
        store.add_call(again)
    merge(folder, make(tmp_path / "two", 1, machine="b"))
    with Store.open(folder) as store:
        assert set(ids_of("r1").values()) <= store.answer_ids()


def test_redos_of_two_shards_that_are_told_alike_are_two(tmp_path):
    folders = [make(tmp_path / f"{number}", number, machine="a") for number in range(2)]
    for number, folder in enumerate(folders):
        with Store.open(folder) as store:
            supersede(store, Chosen(frozenset([f"d{number}"])), NOW, "at one moment")
    for _ in range(2):
        merge(tmp_path / "out", *folders)
        with Store.open(tmp_path / "out") as store:
            gone = raw_sql(store, "SELECT redo, id FROM superseded_calls ORDER BY id")
            assert gone == [(1, "d0"), (2, "d1")]
            assert len(redos(store)) == 2


def test_a_program_of_a_reply_that_does_not_stand_is_left_out_whoever_it_is_for(tmp_path):
    folders = []
    for text in "AB":
        folders.append(make(tmp_path / text, machine=text))
        with Store.open(folders[-1]) as store:
            store.begin_run(NOW, {"machine": text})
            store.add_call(call("written", reply=replace(call().reply, text=text)))
            # One prompt, two items: only the first shard's is the one that its reply is for.
            source = f"x = '{text}'"
            store.add_scaffold(
                Scaffold(text, "i0", "g", program_id(source), source, "written", "hash", 7)
            )
    found = merge(tmp_path / "out", *folders, on_clash="first")
    assert found.stores[1].left_out == {"scaffolds": 1}
    with Store.open(tmp_path / "out") as store:
        assert store.scaffold("A") is not None
        assert store.scaffold("B") is None


def do_again(folder, number, text="B"):
    """Have the assisted answer of a shard's row done again; its call says something else now."""
    ids, pid = ids_of(f"r{number}"), program_id(f"x = {number}")
    rests = frozenset(ids[arm] for arm in ("cgr", "generator_only"))
    with Store.open(folder) as store:
        gone = Chosen(
            calls=frozenset([f"a{number}"]),
            executions=frozenset([f"e{number}"]),
            answers=rests,
            audits=frozenset([pid]),
            rows=1,
        )
        supersede(store, gone, LATER, "again")
        store.begin_run(LATER, {"machine": "again"})
        add_unit(store, number, text=text, letter="Q")


@pytest.fixture(scope="module")
def done_again(tmp_path_factory):
    """A shard, a copy of it from before a row of it was done again, another shard, and the study of
    the two as they are now."""
    folder = tmp_path_factory.mktemp("again")
    new, other = make(folder / "new", 0, 1, machine="a"), make(folder / "other", 2, machine="b")
    shutil.copytree(new, folder / "old")
    do_again(new, 0)
    merge(folder / "fresh", new, other)
    return new, folder / "old", other, folder / "fresh"


def records_in(folder):
    """Lines of all tables of records, but for what is kept of runs: they are numbered as they
    came."""
    names = ("calls", "executions", "answers", "scaffolds", "dependence")
    names += ("superseded_calls", "superseded_executions", "superseded_answers", "redos")
    with Store.open(folder) as store:
        return {
            name: sorted(
                repr({key: value for key, value in dict(line).items() if key != "run"})
                for line in store._tables.all(name, "1")
            )
            for name in names
        }


def test_a_redo_in_a_shard_reaches_the_study_that_it_was_merged_into_before(done_again, tmp_path):
    new, old, other, fresh = done_again
    folder = tmp_path / "out"
    merge(folder, old, other)
    told = merge(folder, new, other, given={}, dry_run=True)
    found = merge(folder, new, other, given={})
    assert found.stores == told.stores
    assert found.stores[0].replaced == {
        "calls": 1,
        "executions": 1,
        "answers": 1,
    }
    assert (found.clash_count, found.built_on) == (0, {})
    assert records_in(folder) == records_in(fresh)
    with Store.open(folder) as store:
        assert store.call("a0").reply.text == "B"
        assert store.execution("e0").output == "B"
        assert [redo.reason for redo in redos(store)] == ["again"]
    # Again, in any order, and with what the shard was before: nothing changes any more.
    for shards in ((new, other), (other, new), (old, other), (old, new)):
        found = merge(folder, *shards)
        assert found.total("replaced") == found.total("new") == {}
        assert records_in(folder) == records_in(fresh)


@pytest.mark.parametrize("first", ["old", "new"])
def test_two_copies_of_a_shard_are_what_the_one_is_that_was_done_again(done_again, tmp_path, first):
    new, old, other, fresh = done_again
    shards = (old, new, other) if first == "old" else (new, old, other)
    merge(tmp_path / "out", *shards)
    assert records_in(tmp_path / "out") == records_in(fresh)


def test_a_merge_of_a_shard_done_again_that_is_killed_goes_on(done_again, tmp_path):
    new, old, other, fresh = done_again
    whole, before = records_in(fresh), tmp_path / "before"
    merge(before, old, other)
    codes = set()
    for size in range(20_000, 600_000, 20_000):
        folder = tmp_path / str(size)
        shutil.copytree(before, folder)
        codes.add(code := ended(folder, (new, other), size, given={}))
        with Store.open(folder) as store:
            # Superseded records and those in their place: never both, and never one without redo.
            assert bool(redos(store)) == (len(raw_sql(store, GONE)) == 1)
            said = store.call("a0")
            assert said is None or said.reply.text == ("B" if redos(store) else "A")
        merge(folder, new, other, given={})
        assert records_in(folder) == whole
        if not code:
            break
    assert codes == {0, -signal.SIGXFSZ}


def test_a_redo_in_the_study_stands_against_an_older_shard_and_clashes_with_a_newer_one(tmp_path):
    old = make(tmp_path / "old", 0, 1, machine="a")
    shutil.copytree(old, tmp_path / "new")
    merge(tmp_path / "out", old)
    do_again(tmp_path / "out", 0, text="C")
    before = records_in(tmp_path / "out")
    found = merge(tmp_path / "out", old)
    assert found.stores[0].superseded["calls"] == 1
    assert records_in(tmp_path / "out") == before
    # Each was done again, and neither knows of the other: nobody can say which one stands.
    do_again(tmp_path / "new", 0, text="B")
    with pytest.raises(StoreError, match="a0 of"):
        merge(tmp_path / "out", tmp_path / "new")
    assert records_in(tmp_path / "out") == before


def test_what_the_study_built_on_what_was_done_again_goes_with_it(tmp_path):
    shard, folder = make(tmp_path / "shard", 0, 1, machine="a"), tmp_path / "out"
    merge(folder, shard)
    # Answers of the study alone, of a row that the shard does not have.
    with Store.open(folder) as store:
        expect(store, ["r0", "r1", "r7"])
        add_unit(store, 7)
        trail = (TrailEntry("ask/0", "solver", "a0"),)
        store.add_answer(made_answer("pal", "mine", item_id="i0", trail=trail))
    do_again(shard, 0)
    found = merge(folder, shard, given={})
    assert found.built_on == {"answers": 1}
    with Store.open(folder) as store:
        assert store.answer("mine") is None
        assert set(ids_of("r7").values()) <= store.answer_ids()
        assert [redo.reason for redo in redos(store)] == ["again", BUILT_ON]
        assert raw_sql(store, "SELECT id FROM superseded_answers WHERE redo = 2") == [("mine",)]
    assert merge(folder, shard, given={}).built_on == {}


def test_what_was_done_again_as_it_was_changes_nothing_in_the_study(tmp_path):
    shard, folder = make(tmp_path / "shard", 0, 1, machine="a"), tmp_path / "out"
    merge(folder, shard)
    with Store.open(shard) as store:
        supersede(store, Chosen(calls=frozenset(["d0"])), LATER, "again")
        add_unit(store, 0)
    before = tables_of(folder)
    found = merge(folder, shard)
    assert (found.total("replaced"), found.total("new")) == ({}, {})
    assert tables_of(folder)["calls"] == before["calls"]
    with Store.open(folder) as store:
        assert len(redos(store)) == 1
