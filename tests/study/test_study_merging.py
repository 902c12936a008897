"""Shards of a study become the study, from wherever they lie."""

from __future__ import annotations

import json
import platform
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from made_rows import raw_sql
from shard_study import SOLVERS, records_of, write_shard_study

from cgr_nb import Study
from cgr_nb.bundle import export_package
from cgr_nb.cli import cli
from cgr_nb.errors import ConfigError, StoreError
from cgr_nb.items import item_id
from cgr_nb.models import ScriptedModel
from cgr_nb.records import Item
from cgr_nb.store import Store
from cgr_nb.store.merge_redos import BUILT_ON
from cgr_nb.study import (
    Shard,
    StudyConfig,
    merging,
    publishing,
    resolve_inputs,
    shard_folder,
    shards_of,
)
from cgr_nb.study.merging import merge_shards
from cgr_nb.study.publishing import fetch_shard, publish_shard
from cgr_nb.study.shard_state import manifest_of, shard_states
from cgr_nb.verify import verify_package

COUNT = 2
SHARDS = shards_of(SOLVERS, COUNT)


def make_whole(folder: Path) -> None:
    Study.run(write_shard_study(folder, items=6), progress=False).close()


def make_sharded(folder: Path) -> None:
    file = write_shard_study(folder, items=6)
    Study.run(file, progress=False, phase="generate").close()
    for shard in SHARDS:
        Study.run(file, progress=False, phase="answer", shard=shard).close()


@pytest.fixture(scope="module")
def whole(made_once):
    """The study in one piece. Read only."""
    return made_once("merging-whole", make_whole)


@pytest.fixture(scope="module")
def sharded(made_once):
    """The same study in shards, not merged. Read only."""
    return made_once("merging-sharded", make_sharded)


def run(*words: object) -> str:
    found = CliRunner().invoke(cli, [str(word) for word in words], catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return found.output


def copy_of(folder: Path, to: Path) -> Path:
    return Path(shutil.copytree(folder, to))


def test_the_merged_study_is_the_study_in_one_piece_byte_for_byte(whole, sharded, tmp_path):
    ours = copy_of(sharded, tmp_path / "study")
    told = json.loads(run("study", "merge", ours / "shards", "--out", ours, "--json"))
    assert records_of(ours) == records_of(whole)
    assert (told["clashes"]["count"], told["shards"]["finished"]) == (0, True)
    assert told["overlap"]["differing"] == 0
    pairs = {one["model"] for one in told["overlap"]["pairs"]}
    assert pairs <= set(SOLVERS)  # replies of generators were handed on: nobody made them twice
    again = json.loads(run("study", "merge", ours / "shards", "--out", ours, "--json"))
    assert (again["new"], records_of(ours)) == ({}, records_of(whole))
    with Study.open(ours) as study:
        assert study.store.meta("part") == {}
        assert len(study.rows()) == 12
        assert (study.store.counts().done, study.failures()) == (12, [])


def test_every_run_is_on_record_with_the_machine_that_made_its_calls(sharded, tmp_path):
    merge_shards([sharded, sharded / "shards"], tmp_path / "out")
    with Study.open(tmp_path / "out") as study:
        runs = {run["run"]: run["facts"]["machine"] for run in study.store.provenance()}
        made = {run for (run,) in raw_sql(study.store, "SELECT DISTINCT run FROM calls")}
    assert made == set(runs)
    assert len(runs) == 1 + len(SHARDS)
    for machine in runs.values():
        assert machine["architecture"] == platform.machine()
        assert machine.keys() >= {"host", "cpu", "cpu_features"}


def test_a_new_folder_gets_the_settings_of_the_shards_and_can_be_run(whole, sharded, tmp_path):
    out = tmp_path / "out"
    merge_shards([sharded, sharded / "shards"], out)
    assert records_of(out) == records_of(whole)
    with Store.open(out) as store:
        calls = len(list(store.calls()))
    with Study.run(out, progress=False) as study:
        assert len(list(study.store.calls())) == calls
        assert study.store.counts().done == 12


def test_what_was_published_is_merged_and_added_up_as_the_shards_are(whole, sharded, tmp_path):
    place = tmp_path / "shared"
    left = place / SHARDS[0].folder_name / "study-.12.making"  # by a publication that was killed
    left.parent.mkdir(parents=True)
    left.write_text("half")
    for shard in SHARDS:
        run("study", "publish", shard_folder(sharded, shard), "--to", place)
    assert not list(place.rglob("*.making"))
    states = json.loads(run("study", "status", *sorted(place.iterdir()), "--json"))
    assert (states["finished"], states["rows_done"], states["missing"]) == (True, 12, [])
    assert {one["state"] for one in states["shards"]} == {"finished"}
    left = tmp_path / "out" / ".merging" / "what a killed merge left"
    left.mkdir(parents=True)
    merge_shards([sharded, place], tmp_path / "out")
    assert records_of(tmp_path / "out") == records_of(whole)
    assert {one.name for one in (tmp_path / "out").iterdir()} == {
        *(".lock", "study.sqlite", "study.toml")
    }


def test_an_object_store_serves_as_a_shared_folder_does(whole, sharded, tmp_path):
    fsspec = pytest.importorskip("fsspec")
    place = f"memory://{tmp_path.name}/shards"
    for shard in SHARDS:
        manifest = publish_shard(shard_folder(sharded, shard), place)
        publish_shard(shard_folder(sharded, shard), place)
        files = fsspec.filesystem("memory").ls(f"{place}/{shard.folder_name}", detail=False)
        assert {Path(one).name for one in files} == {
            *(manifest.store, "study.toml", "manifest.json")
        }
    assert shard_states([place]).is_finished
    publish_shard(copy_of(sharded, tmp_path / "programs"), place)
    states = shard_states([place])
    assert (states.is_finished, [one.words for one in states.shards].count("programs")) == (True, 1)
    merge_shards([place], tmp_path / "out")
    assert records_of(tmp_path / "out") == records_of(whole)


def test_a_shard_that_was_published_unfinished_goes_on_elsewhere(sharded, tmp_path):
    ours = write_shard_study(tmp_path / "study", items=6).parent
    shutil.copy(sharded / "study.sqlite", ours)
    shard, place = SHARDS[0], tmp_path / "shared"
    assert not fetch_shard(place / shard.folder_name, shard_folder(ours, shard))
    Study.run(ours, progress=False, phase="answer", shard=shard, limit=1).close()
    manifest = publish_shard(shard_folder(ours, shard), place)
    assert not manifest.finished
    shutil.rmtree(ours / "shards")
    run("study", "fetch", place / shard.folder_name, "--out", shard_folder(ours, shard))
    with Store.open(shard_folder(ours, shard)) as store:
        known = len(store.answer_ids())
    assert known == manifest.counts.answers_done > 0
    assert not fetch_shard(place / shard.folder_name, shard_folder(ours, shard))
    elsewhere = Path(shutil.copytree(shard_folder(ours, shard), tmp_path / "elsewhere"))
    Study.run(ours, progress=False, phase="answer", shard=shard).close()
    assert publish_shard(shard_folder(ours, shard), place).finished
    assert len(list((place / shard.folder_name).iterdir())) == 3
    # Another machine with an older state takes up what was done meanwhile, and takes nothing back.
    assert publish_shard(elsewhere, place).finished
    assert records_of(elsewhere) == records_of(shard_folder(ours, shard))


def test_records_that_were_deleted_here_are_fetched_again(sharded, tmp_path):
    ours = copy_of(shard_folder(sharded, SHARDS[0]), tmp_path / "shard")
    publish_shard(ours, tmp_path / "shared")
    before = records_of(ours)
    (ours / "study.sqlite").unlink()
    assert fetch_shard(tmp_path / "shared" / SHARDS[0].folder_name, ours)
    assert records_of(ours) == before


def test_a_shard_that_is_published_again_while_it_is_read_is_the_newer_one(
    sharded, tmp_path, monkeypatch
):
    place = tmp_path / "shared" / SHARDS[0].folder_name
    ours = copy_of(shard_folder(sharded, SHARDS[0]), tmp_path / "shard")
    publish_shard(ours, tmp_path / "shared")
    original, left = manifest_of, ["once"]

    def read_and_then_published(found):
        manifest = original(found)
        if left:
            left.clear()
            with Store.open(ours) as store:
                store.set_meta("note", "newer")
            publish_shard(ours, tmp_path / "shared")
        return manifest

    for module in (publishing, merging):
        monkeypatch.setattr(module, "manifest_of", read_and_then_published, raising=False)
    merge_shards([place], tmp_path / "out")
    with Store.open(tmp_path / "out") as store:
        assert store.meta("note") == "newer"


def test_what_is_missing_unfinished_or_stale_is_named(sharded, tmp_path):
    ours = copy_of(sharded, tmp_path / "study")
    first, second, third, fourth = SHARDS
    shutil.rmtree(shard_folder(ours, second))
    with Store.open(shard_folder(ours, third)) as store:
        store.set_expected([*store.expected().items(), ("r", {"direct": "not done"})])
    with Store.open(shard_folder(ours, fourth)) as store:
        made_of = store.meta("made of")
        made_of["settings"]["seed"] = 4
        store.set_meta("made of", made_of)
        store.set_meta("run", {**store.meta("run"), "started": "2020"})
    (ours / "shards" / "notes").mkdir()
    found = {str(one.shard): one.words for one in shard_states([ours / "shards"]).shards}
    assert found == {str(first): "finished", str(third): "unfinished", str(fourth): "stale"}
    told = run("study", "status", ours / "shards")
    assert f"shards that do not exist yet: {second}" in told
    assert "settings seed: 4 and 3" in told
    states = json.loads(run("study", "status", *(ours / "shards").iterdir(), "--json"))
    assert states["missing"] == [str(second), str(fourth)]
    assert [one["state"] for one in states["shards"]].count("unreadable") == 1
    with pytest.raises(StoreError, match=r"another study.*settings seed"):
        merge_shards([ours / "shards"], tmp_path / "out")


def test_a_study_that_was_changed_is_made_of_the_rows_of_its_newer_shards(sharded, tmp_path):
    ours = copy_of(sharded, tmp_path / "study")
    merge_shards([ours / "shards"], ours)
    older = copy_of(ours, tmp_path / "older")
    for shard in SHARDS:
        with Store.open(shard_folder(ours, shard)) as store:
            made_of = store.meta("made of")
            made_of["items"]["per_dataset"] = 2
            store.set_meta("made of", made_of)
            store.set_meta("run", {**store.meta("run"), "started": "2999"})
            store.set_expected(list(store.expected().items())[1:])
    merge_shards([ours / "shards"], ours)
    with Store.open(ours) as store:
        assert store.counts().expected == 12 - len(SHARDS)
    with pytest.raises(StoreError, match="items per_dataset"):
        merge_shards([older / "shards"], ours)


def test_a_dry_run_makes_nothing(sharded, tmp_path):
    told = json.loads(
        run("study", "merge", sharded / "shards", "--out", tmp_path / "out", "--dry-run", "--json")
    )
    assert told["dry_run"]
    assert told["new"]["answers"] > 0
    assert not (tmp_path / "out").exists()


def test_a_shard_of_other_settings_is_refused_with_what_differs(sharded, tmp_path):
    other = write_shard_study(tmp_path / "other", items=6)
    other.write_text(other.read_text().replace("twins = 1", "twins = 2"))
    with pytest.raises(ConfigError, match=r"another study.*arm code_t.*twins"):
        merge_shards([sharded / "shards"], other.parent)
    assert not (other.parent / "study.sqlite").exists()


def damage(place: Path) -> None:
    (store,) = place.glob("study-*.sqlite")
    store.write_bytes(store.read_bytes()[:-1] + b"x")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (damage, "is not what was published"),
        (lambda place: (place / "manifest.json").write_text("{}"), "not a manifest"),
        (lambda place: (place / "manifest.json").write_text("[" * 99999), "not a manifest"),
        (
            lambda place: (place / "manifest.json").write_text(
                (place / "manifest.json").read_text().replace('"store": "', '"store": "../')
            ),
            "does not match the files",
        ),
        (lambda place: next(place.glob("study-*.sqlite")).unlink(), "can't be reached"),
        (lambda place: (place / "study.toml").unlink(), "has no study.toml"),
    ],
)
def test_a_damaged_publication_is_one_clear_error(sharded, tmp_path, change, message):
    publish_shard(shard_folder(sharded, SHARDS[0]), tmp_path / "shared")
    place = tmp_path / "shared" / SHARDS[0].folder_name
    change(place)
    with pytest.raises(StoreError, match=message) as caught:
        merge_shards([place], tmp_path / "out")
    assert str(place) in str(caught.value)
    assert not (tmp_path / "out" / "study.sqlite").exists()


def test_an_address_that_can_not_be_had_is_one_clear_error(tmp_path):
    for place in ("nosuch://x/y", "file:///proc/1/nothing/there"):
        with pytest.raises(StoreError, match=place.partition(":")[0]):
            merge_shards([place], tmp_path / "out")
    (state,) = json.loads(run("study", "status", place, "--json"))["shards"]
    assert (state["place"], state["state"]) == (place, "unreadable")


def test_items_that_two_shards_answer_are_compared_and_the_first_reply_stands(sharded, tmp_path):
    ours = write_shard_study(tmp_path / "study", items=6).parent
    shutil.copy(sharded / "study.sqlite", ours)
    words = ("--phase", "answer", "--shard")
    run("study", "run", ours, *words, SHARDS[0])
    original = ScriptedModel.reply

    async def of_another_machine(self, messages, sampling, on_text=None):
        reply = await original(self, messages, sampling, on_text)
        return replace(reply, text=reply.text.replace("Answer: A", "Answer: B"))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptedModel, "reply", of_another_machine)
        run("study", "run", ours, *words, SHARDS[1], "--overlap", "0.7")
    told = run("study", "merge", ours / "shards", "--out", ours)
    assert "the first one was kept, the default for shards with an overlap" in told
    with Study.open(ours) as study:
        merged = study.store.meta("merge")
        assert set(study.rows()["direct_letter"]) == {"A", "B"}
    calls, differing = (
        sum(one[name] for one in merged["overlaps"]) for name in ("calls", "differing")
    )
    assert calls > differing > 0
    Study.run(ours, progress=False).close()
    found = verify_package(export_package(ours, tmp_path / "study.zip"), isolation="limits")
    assert (found.problems, found.checked["rows"]) == ((), 12)


@pytest.mark.parametrize("is_run_again", [True, False])
def test_a_shard_that_is_done_again_after_it_was_merged_gives_the_study_of_a_good_hour(
    whole, sharded, tmp_path, is_run_again
):
    ours = copy_of(sharded, tmp_path / "study")
    # Those of one solver: they share some calls.
    shards = [shard_folder(ours, shard) for shard in SHARDS[:COUNT]]
    for place in shards:
        shutil.rmtree(place)
    original, words = ScriptedModel.reply, ("study", "run", ours, "--phase", "answer", "--shard")

    async def in_a_bad_hour(self, messages, sampling, on_text=None):
        reply = await original(self, messages, sampling, on_text)
        return replace(reply, text="") if reply.text == "Answer: A" else reply

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptedModel, "reply", in_a_bad_hour)
        for shard in SHARDS[:COUNT]:
            run(*words, shard)
    old = copy_of(shards[0], tmp_path / "old")
    run("study", "merge", ours / "shards", "--out", ours)
    assert records_of(ours)["answers"] != records_of(whole)["answers"]
    for shard, place in zip(SHARDS, shards, strict=False):
        run("study", "redo", place, "--status", "empty", "--reason", "a bad hour")
        if is_run_again:
            run(*words, shard)
    told = run("study", "merge", ours / "shards", "--out", ours)
    assert "superseded by a redo in a shard: " in told
    if not is_run_again:
        with Study.open(ours) as study:
            assert study.store.counts().done < study.store.counts().expected
        Study.run(ours, progress=False).close()
    run("study", "merge", old, *sorted((ours / "shards").iterdir()), "--out", ours)
    found = records_of(ours)
    for table in ("answers", "calls", "executions", "scaffolds", "programs"):
        assert found[table] == records_of(whole)[table], table
    with Study.open(ours) as study:
        assert {redo.reason for redo in study.redos()} <= {"a bad hour", BUILT_ON}
    verified = verify_package(export_package(ours, tmp_path / "study.zip"), replay=False)
    assert (verified.problems, verified.checked["rows"]) == ((), 12)


def test_an_overlap_is_a_share_of_the_items_of_the_shard_before():
    items = []
    for number in range(4000):
        question = f"question {number}"
        name = item_id("d", question, None, {"A": "1"}, None)
        items.append(Item(name, "d", "default", question, {"A": "1"}, None))

    def held(shard: Shard) -> set[str]:
        return {item.id for item in items if shard.holds(item)}

    own, before = held(Shard("s", 2, 4)), held(Shard("s", 1, 4))
    both = held(Shard("s", 2, 4, overlap=0.1))
    more = both - own
    assert more <= before
    assert own <= both
    assert 0.05 < len(more) / len(before) < 0.15


def test_what_a_stranger_wrote_into_a_manifest_is_told_and_never_raises(sharded, tmp_path):
    publish_shard(shard_folder(sharded, SHARDS[0]), tmp_path / "shared")
    path = tmp_path / "shared" / SHARDS[0].folder_name / "manifest.json"
    good = json.loads(path.read_text())
    for changes in (
        {"shard": "\x1b[2J:1/2"},
        {"shard": "no shard"},
        {"made_of": {"study": {"solvers": 5}, "models": {"x": [1]}}},
        {"made_of": {"study": {"solvers": [5, "a\x07"]}}},
        {"started": "z" * 9999},
        {"counts": {**good["counts"], "rows": -5}},
        {"counts": 5},
    ):
        path.write_text(json.dumps({**good, **changes}))
        told = run("study", "status", tmp_path / "shared", shard_folder(sharded, SHARDS[1]))
        assert "\x1b" not in told
        assert "\x07" not in told


def test_a_shard_without_items_is_done_once_it_was_run(tmp_path):
    file = write_shard_study(tmp_path, items=2)
    shards = shards_of(SOLVERS[:1], 9)
    empty = next(
        shard
        for shard in shards
        if not any(shard.holds(item) for item in resolve_inputs(StudyConfig.load(file)).items)
    )
    Study.run(file, progress=False, phase="generate").close()
    Study.run(file, progress=False, phase="answer", shard=empty).close()
    (state,) = shard_states([shard_folder(tmp_path, empty)]).shards
    assert (state.counts.rows, state.words) == (0, "finished")
