"""Stores of one study become one, whatever is in them and whenever it is stopped."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from made_rows import expect, ids_of, made_answer, raw_sql
from test_store_records import call, execution, item

from cgr_nb.answer_record import CHANNELS, RunEntry, TrailEntry
from cgr_nb.errors import StoreError
from cgr_nb.records import ModelCard, Scaffold, Verdict
from cgr_nb.scaffolds import program_id
from cgr_nb.store import BehaviouralAudit, Store
from cgr_nb.store.declarations import declarations
from cgr_nb.store.merge import is_unfinished
from cgr_nb.store.superseding import Chosen, redos, supersede

NOW = "2026-01-01T00:00:00+00:00"
TABLES = (
    *("items", "models", "prompts", "programs", "calls", "scaffolds", "executions", "setups"),
    *("answers", "dependence", "expected", "provenance", "verdicts", "redos", "meta"),
    *("superseded_calls", "superseded_answers"),
)
CARD = ModelCard("m", ("solver",), "scripted", "f", None, "none", 512, "MIT", "here", "ab" * 32)


def make(folder: Path, *numbers: int, machine: str, **changes) -> Path:
    """A shard that has answered some items, on a machine; `changes` are of its replies' text."""
    with Store.create(folder) as store:
        store.add_items([item(f"i{number}") for number in range(9)])
        store.add_model(replace(CARD, path=f"/{machine}/weights.gguf"))
        store.add_prompt("hash", "direct", 1, "full", "the template")
        store.set_meta("made of", {"settings": {"seed": 0}, "models": {"m": CARD.identity}})
        expect(store, [f"r{number}" for number in numbers])
        store.begin_run(NOW, {"machine": machine})
        for number in numbers:
            add_unit(store, number, **changes)
    return folder


def add_unit(store: Store, number: int, text: str = "A", letter: str = "P") -> None:
    """A row whose direct answer and whose run of a program rest on one call each."""
    source = f"x = {number}"
    pid, ids, of = program_id(source), ids_of(f"r{number}"), {"item_id": f"i{number}"}
    for kind in "da":
        reply = replace(call().reply, text=text)
        store.add_call(call(f"{kind}{number}", reply=reply))
    store.add_scaffold(Scaffold(f"s{number}", f"i{number}", "g", pid, source, "gone", "hash", 7))
    store.add_execution(f"e{number}", pid, f"i{number}", "m", execution(output=text))
    store.audits.add(BehaviouralAudit(pid, f"i{number}", "dependent", ("P",), None, ()))
    for arm, kind in zip(CHANNELS, "da", strict=False):
        key = "ask/0" if kind == "a" else arm
        trail = (TrailEntry(key, "solver", f"{kind}{number}"),)
        runs = (RunEntry("program", f"e{number}"),) if kind == "a" else ()
        made = made_answer(arm, ids[arm], letters=(letter,), trail=trail, runs=runs, **of)
        store.add_answer(replace(made, solver="m"))
    store.add_answer(made_answer("generator_only", ids["generator_only"], solver=None, **of))


def tables_of(folder: Path) -> dict[str, list[str]]:
    """All lines of a study, whatever their order."""
    with closing(sqlite3.connect(folder / "study.sqlite")) as raw:
        raw.text_factory = bytes
        return {
            name: sorted(
                repr(line)
                for line in raw.execute(f"SELECT * FROM {name}")
                if name != "meta" or line[0] != b"merge"
            )
            for name in TABLES
        }


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    """Two shards that have nothing in common but their items."""
    folder = tmp_path_factory.mktemp("shards")
    one = make(folder / "one", 0, 1, 2, machine="a")
    two = make(folder / "two", 3, 4, machine="b")
    with Store.open(two) as store:
        store.add_verdict(Verdict(program_id("x = 3"), "ann", "clean", "a note", NOW))
        add_unit(store, 5)
        gone = Chosen(frozenset(["d5"]), answers=frozenset([ids_of("r5")["direct"]]), rows=1)
        supersede(store, gone, NOW, "why")
    return one, two


@pytest.fixture(scope="module")
def merged(shards, tmp_path_factory):
    folder = tmp_path_factory.mktemp("merged")
    with Store.create(folder) as store:
        store.merge(shards)
    return folder


def merge(folder: Path, *shards: Path, **how):
    with Store.create(folder) as store:
        return store.merge(shards, **how)


def test_the_merge_holds_every_record_of_every_store_once(shards, merged):
    one, two, whole = map(tables_of, (*shards, merged))
    for name in ("items", "calls", "executions", "answers", "expected", "programs", "verdicts"):
        assert len(whole[name]) == len({*one[name], *two[name]}) > 0, name
    with Store.open(merged) as store, Store.open(shards[1]) as shard:
        assert store.execution("e3") == shard.execution("e3")
        assert (store.counts().expected, store.counts().done) == (5, 5)
        assert [replace(redo, number=1) for redo in redos(store)] == redos(shard)
        assert store.item("i0") == item("i0")
        runs = {line["run"]: line["facts"]["machine"] for line in store.provenance()}
        made = raw_sql(store, "SELECT id, run FROM calls")
    assert {runs[run] for id, run in made if id in ("d0", "a2")} == {"a"}
    assert {runs[run] for id, run in made if id in ("d3", "a4")} == {"b"}


def test_what_each_store_brings_is_counted(shards, tmp_path):
    found = merge(tmp_path / "out", *shards)
    assert [store.new.get("calls") for store in found.stores] == [6, 5]
    assert [store.new.get("items", 0) for store in found.stores] == [9, 0]
    assert (found.clash_count, found.overlap["calls"]) == (0, 0)
    again = merge(tmp_path / "out", *shards)
    assert again.total("new") == {}
    assert again.total("lines") == found.total("lines")


def test_a_merge_repeated_or_in_parts_gives_the_same_study(shards, merged, tmp_path):
    merge(tmp_path / "out", shards[0])
    merge(tmp_path / "out", shards[1])
    merge(tmp_path / "out", *shards)
    assert tables_of(tmp_path / "out") == tables_of(merged)


def test_a_dry_run_says_the_same_and_writes_nothing(shards, tmp_path):
    Store.create(tmp_path / "out").close()
    before = tables_of(tmp_path / "out")
    found = merge(tmp_path / "out", *shards, dry_run=True)
    assert tables_of(tmp_path / "out") == before
    assert found.total("new") == merge(tmp_path / "out", *shards).total("new")


def ended(
    folder: Path, shards: tuple[Path, ...], size: int, *, is_killed: bool = True, **how
) -> int:
    """How a process ends that merges while no file of it can be larger than this: killed by the
    system, or with a full disk. 0: it did it; 1: with one clear error."""
    pid = os.fork()
    if not pid:
        code = 2
        try:
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL if is_killed else signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
            with Store.open(folder) as store:
                store.merge(shards, **how)
            code = 0
        except StoreError:
            code = 1
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_a_merge_killed_at_any_point_and_repeated_gives_the_same_study(shards, merged, tmp_path):
    whole, counts = tables_of(merged), set()
    empty = tmp_path / "empty"
    Store.create(empty).close()
    for size in range(20_000, 600_000, 40_000):
        folder = tmp_path / str(size)
        shutil.copytree(empty, folder)
        if ended(folder, shards, size) == 0:
            break
        with Store.open(folder) as store:
            counts.add(len(list(store.calls())) + len(store.answer_ids()))
            assert is_unfinished(store) or not counts - {0}
        merge(folder, *shards)
        assert tables_of(folder) == whole
        with Store.open(folder) as store:
            assert not is_unfinished(store)
    assert len(counts) > 2  # it was killed before, amid and after what it wrote first


def test_a_full_disk_is_one_clear_error_and_the_merge_goes_on_once_there_is_room(
    shards, merged, tmp_path
):
    folder = tmp_path / "out"
    Store.create(folder).close()
    assert ended(folder, shards, 150_000, is_killed=False) == 1
    with Store.open(folder) as store:
        assert is_unfinished(store)
    merge(folder, *shards)
    assert tables_of(folder) == tables_of(merged)


def test_stores_that_answer_otherwise_are_refused_and_nothing_is_written(tmp_path):
    one = make(tmp_path / "one", 0, 1, machine="a")
    two = make(tmp_path / "two", 1, 2, machine="b", text="B", letter="Q")
    Store.create(tmp_path / "out").close()
    before = tables_of(tmp_path / "out")
    with pytest.raises(StoreError, match=r"2 of table calls.*--on-clash first"):
        merge(tmp_path / "out", one, two)
    assert tables_of(tmp_path / "out") == before


def test_the_first_reply_stands_with_all_that_rests_on_it(tmp_path):
    one = make(tmp_path / "one", 0, 1, machine="a")
    two = make(tmp_path / "two", 1, 2, machine="b", text="B", letter="Q")
    found = merge(tmp_path / "out", one, two, on_clash="first")
    assert found.overlap == {"calls": 2, "differing": 2, "scores": 0}
    assert found.stores[1].clashes == {"calls": 2, "executions": 1, "answers": 2}
    with Store.open(tmp_path / "out") as store:
        assert {store.call(id).reply.text for id in ("d0", "d1", "a1")} == {"A"}
        assert store.answer(ids_of("r1")["cgr"]).letters == ("P",)
        assert store.answer(ids_of("r2")["cgr"]).letters == ("Q",)
        (pair,) = store.meta("merge")["overlaps"]
        runs = {line["run"]: line["facts"]["machine"] for line in store.provenance()}
    assert [runs[number] for number in pair["runs"]] == ["a", "b"]
    assert merge(tmp_path / "out", one, two, on_clash="first").overlap == found.overlap


def test_what_rests_on_a_reply_that_does_not_stand_is_left_to_the_next_run(tmp_path):
    one = make(tmp_path / "one", 0, machine="a")
    with Store.open(one) as store:
        store.begin_run(NOW, {"machine": "a", "again": True})
        store.add_call(call("a1"))  # stopped before it had the answer
    two = make(tmp_path / "two", 1, 2, machine="b", text="B", letter="Q")
    found = merge(tmp_path / "out", one, two, on_clash="first")
    assert found.stores[1].left_out == {"executions": 1, "answers": 3}
    with Store.open(tmp_path / "out") as store:
        assert not store.answer_ids() & set(ids_of("r1").values())
        assert store.execution("e1") is None
        assert store.call("a1").reply.text == " A\n"
        assert store.call("d1").reply.text == "B"
        assert set(ids_of("r2").values()) <= store.answer_ids()
        assert (store.counts().expected, store.counts().done) == (3, 2)


def test_failures_are_those_of_all_stores_that_nobody_has_answered(tmp_path):
    one, two = make(tmp_path / "one", 0, machine="a"), make(tmp_path / "two", 1, machine="b")
    for folder, rows in ((one, ["r0", "r1", "r2"]), (two, ["r2", "r3"])):
        with Store.open(folder) as store:
            store.set_expected([*store.expected().items(), ("r2", {"direct": "d"})])
            units = {"units": len(rows), "rows": rows, "items": ["i0"]}
            store.set_meta("failures", [{"error": "the server is down", **units}])
    for _ in range(2):
        merge(tmp_path / "out", one, two)
        with Store.open(tmp_path / "out") as store:
            (failure,) = store.meta("failures")
            assert (failure["rows"], failure["units"]) == (["r2"], 1)


def test_a_choice_made_beforehand_is_one_choice_however_many_shards_made_it(tmp_path):
    folders = [make(tmp_path / machine, 0, machine=machine) for machine in "ab"]
    for number, folder in enumerate(folders):
        with Store.open(folder) as store:
            said = {"created": f"2026-01-0{number + 1}", "answers": 0, "primary": ["cot"]}
            store.set_meta("declarations", [said])
    merge(tmp_path / "out", *reversed(folders), on_clash="first")
    with Store.open(tmp_path / "out") as store:
        assert [one.created for one in declarations(store)] == ["2026-01-01"]


def test_scores_that_differ_are_told_from_replies_that_differ(tmp_path):
    from cgr_nb.records import Score

    folders = []
    for machine, logprob in (("a", -1.0), ("b", -1.0000001)):
        folders.append(make(tmp_path / machine, machine=machine))
        with Store.open(folders[-1]) as store:
            store.begin_run(NOW, {"machine": machine})
            reply = replace(call().reply, scores=(Score(logprob, 1, 1), Score(-2.0, 1, 1)))
            store.add_call(call("k", reply=reply))
    found = merge(tmp_path / "out", *folders, on_clash="first")
    assert found.overlap == {"calls": 1, "differing": 0, "scores": 1}
    assert [clash.what for clash in found.clashes] == ["scores"]


def test_calls_that_were_handed_on_are_no_overlap(tmp_path, shards):
    shutil.copytree(shards[0], tmp_path / "copy")
    found = merge(tmp_path / "out", shards[0], tmp_path / "copy")
    assert (found.overlap["calls"], found.clash_count) == (0, 0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda store: store.set_meta("made of", {"settings": {"seed": 1}}), "settings seed: 0"),
        (lambda store: store.add_model(replace(CARD, context_tokens=9)), "another context_tokens"),
        (lambda store: store.add_prompt("hash", "direct", 1, "full", "x"), "direct@1 differs"),
        (
            lambda store: store.add_items([item("i0", config="other")]),
            "item i0 differs from the item of that id",
        ),
        (lambda store: store.set_expected([("r0", {"direct": "x"})]), "row r0 has other settings"),
    ],
    ids=["settings", "model", "template", "item", "arm"],
)
def test_a_store_of_another_study_is_refused_with_what_differs(shards, tmp_path, change, message):
    with Store.create(tmp_path / "other") as store:
        change(store)
    Store.create(tmp_path / "out").close()
    with pytest.raises(StoreError, match=message) as caught:
        merge(tmp_path / "out", shards[0], tmp_path / "other")
    assert caught.value.where == str(tmp_path / "other")
    with Store.open(tmp_path / "out") as store:
        assert not store.answer_ids()


def spoil(statement: str):
    def change(folder: Path) -> None:
        with closing(sqlite3.connect(folder / "study.sqlite")) as raw, raw:
            raw.executescript(statement)

    return change


def cut(folder: Path) -> None:
    path = folder / "study.sqlite"
    path.write_bytes(path.read_bytes()[:9000])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda folder: (folder / "study.sqlite").unlink(), "no study here"),
        (lambda folder: (folder / "study.sqlite").write_bytes(b"text" * 999), "not a study file"),
        (cut, "not a study file, or damaged|can't be read"),
        (spoil("UPDATE meta SET value = '99' WHERE key = 'schema'"), "schema version 99"),
        (spoil("DROP TABLE calls"), "table calls is not that of a study"),
        (spoil("ALTER TABLE calls ADD COLUMN more"), "table calls is not that of a study"),
        (
            spoil("ALTER TABLE calls RENAME TO c; CREATE VIEW calls AS SELECT * FROM c"),
            "table calls is not that of a study",
        ),
        (spoil("UPDATE calls SET messages = '[{\"role\": 1}]'"), "line 1 of table calls.*messages"),
        (spoil("UPDATE calls SET sampling = 'no'"), "table calls.*sampling"),
        (spoil("UPDATE calls SET prompt_tokens = 'many'"), "prompt_tokens is a text"),
        (spoil("UPDATE answers SET trail = '[[1]]'"), "table answers.*trail"),
        (spoil("UPDATE executions SET asks = zeroblob(9)"), "asks is bytes"),
        (
            spoil("UPDATE executions SET output = zeroblob(70000000) WHERE id = 'e0'"),
            "damaged|can't be read",
        ),
        (spoil("UPDATE programs SET source = 'other'"), "its id is of another program"),
        (spoil("UPDATE answers SET detail = CAST(x'ff' AS TEXT)"), "text that is not valid UTF-8"),
        (spoil("INSERT INTO meta VALUES ('failures', '[{}]')"), "key 'failures'"),
        (spoil("INSERT INTO meta VALUES ('failures', '[')"), "meta"),
    ],
)
def test_a_broken_or_hostile_store_is_one_clear_error_and_nothing_is_written(
    shards, tmp_path, change, message
):
    bad = tmp_path / "bad"
    shutil.copytree(shards[0], bad)
    change(bad)
    with pytest.raises(StoreError, match=message) as caught:
        merge(tmp_path / "out", bad, shards[1])
    assert caught.value.where == str(bad)
    assert "\n" not in str(caught.value)
    with Store.open(tmp_path / "out") as store:
        assert not store.answer_ids()


def test_all_stores_that_are_wrong_are_told_together(shards, tmp_path):
    with pytest.raises(StoreError, match=r"2 of 3 stores.*no study here.*no study here"):
        merge(tmp_path / "out", tmp_path / "x", shards[0], tmp_path / "y")


def test_the_stores_that_are_merged_stay_as_they_are(shards, tmp_path):
    before = [hash((shard / "study.sqlite").read_bytes()) for shard in shards]
    merge(tmp_path / "out", *shards)
    assert [hash((shard / "study.sqlite").read_bytes()) for shard in shards] == before
