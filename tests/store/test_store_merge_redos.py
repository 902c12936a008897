"""Stores of one study become one where some of it was to be done again."""

from __future__ import annotations

from dataclasses import replace

from made_rows import ids_of, raw_sql
from test_store_merge import NOW, make, merge
from test_store_records import call

from cgr_nb.records import Scaffold
from cgr_nb.scaffolds import program_id
from cgr_nb.store import Store
from cgr_nb.store.superseding import Chosen, redos, supersede


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
