"""A study in shards and phases: together they are the study in one piece."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from shard_study import SOLVERS, records_of, union_of, write_shard_study

from cgr_nb import Study
from cgr_nb.cli import cli
from cgr_nb.errors import ConfigError, StoreError
from cgr_nb.models import Registry, ScriptedModel, card_to_toml, write_calls
from cgr_nb.records import Verdict
from cgr_nb.store import Store
from cgr_nb.study import (
    RedoChoice,
    Shard,
    StudyConfig,
    publishing,
    redo_study,
    resolve_inputs,
    shard_folder,
    shards_of,
)
from cgr_nb.study.executors import read_state
from cgr_nb.study.merging import merge_shards
from cgr_nb.study.publishing import publish_shard
from cgr_nb.study.shard_state import manifest_of
from cgr_nb.util.bundled import bundled_folder

COUNT = 3


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The study in one piece: programs first, then answers, in one folder."""
    folder = tmp_path_factory.mktemp("whole")
    file = write_shard_study(folder)
    Study.run(file, progress=False, phase="generate").close()
    Study.run(file, progress=False).close()
    return folder


@pytest.fixture(scope="module")
def sharded(tmp_path_factory):
    """The same study in shards, each answered without a generator; gives its folder."""
    folder = tmp_path_factory.mktemp("sharded")
    file = write_shard_study(folder)
    Study.run(file, progress=False, phase="generate").close()
    asked = set()
    original = ScriptedModel.reply

    async def noted(self, messages, sampling, on_text=None):
        asked.add(self.card.name)
        return await original(self, messages, sampling, on_text)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptedModel, "reply", noted)
        for shard in shards_of(SOLVERS, COUNT):
            asked.clear()
            Study.run(file, progress=False, phase="answer", shard=shard).close()
            assert asked == {shard.solver}
    return folder


def folders_of(study):
    return [study, *sorted((study / "shards").iterdir())]


def test_the_union_of_shards_is_the_study_in_one_piece_byte_for_byte(whole, sharded):
    together, alone = union_of(folders_of(sharded)), records_of(whole)
    assert {table: len(lines) for table, lines in alone.items() if lines}.keys() >= {
        *("items", "calls", "scaffolds", "programs", "executions", "answers", "expected", "models")
    }
    assert together == alone


def test_shards_without_phases_are_the_same_study_too(whole, tmp_path):
    file = write_shard_study(tmp_path)
    for shard in shards_of(SOLVERS, 2):
        Study.run(file, progress=False, shard=str(shard)).close()
    together, alone = union_of(sorted((tmp_path / "shards").iterdir())), records_of(whole)
    for table in ("answers", "executions", "expected", "calls", "scaffolds", "items"):
        assert together[table] == alone[table], table


def test_each_unit_is_in_exactly_one_shard_whatever_other_items_there_are(whole):
    inputs = resolve_inputs(StudyConfig.load(whole / "study.toml"))
    shards = [Shard(SOLVERS[0], number, 5) for number in range(5)]
    parts = [unit.row_id for shard in shards for unit in inputs.units(shard)]
    ours = [unit.row_id for unit in inputs.units() if unit.solver.name == SOLVERS[0]]
    assert sorted(parts) == sorted(ours)
    fewer = replace(inputs, items=inputs.items[::2])
    assert {item.id for item in fewer.items if Shard("x", 1, 5).holds(item)} <= {
        item.id for item in inputs.items if Shard("x", 1, 5).holds(item)
    }


def test_a_shard_expects_its_own_rows_and_can_be_opened_as_a_study(sharded):
    with Study.open(sharded) as study:
        assert study.store.counts().expected == 0
    rows = []
    for shard in shards_of(SOLVERS, COUNT):
        with Study.open(shard_folder(sharded, shard)) as study:
            counts = study.store.counts()
            assert counts.done == counts.expected == len(study.rows()) > 0
            assert set(study.rows()["solver"]) == {shard.solver}
            assert study.store.meta("part") == {"shard": str(shard), "phase": "answer"}
            rows += list(study.rows().index)
    assert len(rows) == 24


def test_a_shard_holds_only_the_programs_that_its_items_need(sharded):
    with Study.open(sharded) as study:
        everything = len(study.scaffolds())
    with Study.open(shard_folder(sharded, Shard(SOLVERS[0], 0, COUNT))) as study:
        own = len(study.scaffolds())
        asked = study.calls()
    assert 0 < own < everything
    # Times and runs came with them.
    assert set(asked[asked["model"] == "script-generator"]["time"].notna()) == {True}


def test_phases_can_be_repeated_and_ask_nothing_twice(sharded, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(sharded, copy)
    before = union_of(folders_of(copy))

    async def never(self, messages, sampling, on_text=None):
        raise AssertionError(f"{self.card.name} was asked again")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptedModel, "reply", never)
        Study.run(copy, progress=False, phase="generate").close()
        Study.run(copy, progress=False, phase="answer", shard=f"{SOLVERS[1]}:2/3").close()
    assert union_of(folders_of(copy)) == before


def test_a_study_that_is_whole_asks_generators_for_nothing_more(tmp_path, monkeypatch):
    # No program gives a letter: none is tried on twins of its item, and no twins are asked for.
    monkeypatch.setattr("shard_study.PROGRAM", "def solve(item, ask):\n    return None\n")
    file = write_shard_study(tmp_path, items=2)
    Study.run(file, progress=False).close()
    whole = records_of(tmp_path)
    Study.run(file, progress=False, phase="generate").close()
    assert records_of(tmp_path) == whole
    redo_study(tmp_path, RedoChoice(arms=("pal",)))
    Study.run(file, progress=False, phase="generate").close()
    assert len(records_of(tmp_path)["calls"]) > len(whole["calls"])


def test_answers_need_neither_weights_nor_server_of_the_generator(tmp_path):
    weights = bundled_folder("models")
    cards = []
    for name in ("tiny-solver-xs", "tiny-solver-s", "tiny-generator"):
        found = Registry.load().get(name)
        copy = tmp_path / found.path
        shutil.copy(weights / found.path, copy)
        cards.append(card_to_toml(replace(found, name=f"own-{name}", sha256=None)))
    (tmp_path / "registry.toml").write_text("\n".join(cards))
    items = (bundled_folder("items") / "mini-aime.jsonl").read_text().splitlines()[:4]
    (tmp_path / "items.jsonl").write_text("\n".join(items) + "\n")
    file = tmp_path / "study.toml"
    file.write_text(
        'arms = ["foreign_scaffold", "pal"]\n[items]\nfiles = ["items.jsonl"]\n'
        '[models]\nregistry = "registry.toml"\nsolvers = ["own-tiny-solver-xs",'
        ' "own-tiny-solver-s"]\ngenerators = ["own-tiny-generator"]\n'
        '[generator]\nmax_tokens = 200\n[run]\nisolation = "limits"\n'
        '[direct]\nunreadable = "read_out"\n'  # "auto" would ask by what the backend can
    )
    Study.run(file, progress=False, phase="generate").close()
    shutil.copytree(tmp_path, tmp_path / "whole")
    Study.run(tmp_path / "whole", progress=False).close()
    (tmp_path / Registry.load().get("tiny-generator").path).unlink()
    for number in range(2):
        # Nor are the weights of another shard's solver needed.
        other = tmp_path / Registry.load().get("tiny-solver-s").path
        hidden = other.rename(tmp_path / "hidden")
        Study.run(
            file, progress=False, phase="answer", shard=f"own-tiny-solver-xs:{number}/2"
        ).close()
        hidden.rename(other)
    Study.run(file, progress=False, phase="answer", shard="own-tiny-solver-s:0/1").close()
    together, alone = union_of(folders_of(tmp_path)), records_of(tmp_path / "whole")
    assert len(alone["answers"]) > 20
    for table in alone:
        if table != "models":  # where weights lie is told there
            assert together[table] == alone[table], table

    # The same from recorded replies, with no weights at all.
    place = tmp_path / "replayed"
    place.mkdir()
    with Study.open(tmp_path / "whole") as study:
        write_calls(place / "calls.jsonl", study.store.calls())
        cards = [
            replace(
                card, backend="replay", path=None, options={"calls": str(place / "calls.jsonl")}
            )
            for card in study.store.models()
        ]
    (place / "registry.toml").write_text("\n".join(map(card_to_toml, cards)))
    for name in ("items.jsonl", "study.toml"):
        shutil.copy(tmp_path / "whole" / name, place)
    Study.run(place, progress=False, phase="generate").close()
    for shard in shards_of(["own-tiny-solver-xs", "own-tiny-solver-s"], 2):
        Study.run(place, progress=False, phase="answer", shard=shard).close()
    together = union_of(folders_of(place))
    for table in alone:
        if table != "models":
            assert together[table] == alone[table], table


def test_a_reply_that_is_missing_is_a_failed_unit_that_says_what_to_do(tmp_path):
    file = write_shard_study(tmp_path, items=4)
    Study.run(file, progress=False, phase="generate", limit=3).close()
    said = CliRunner().invoke(
        cli, ["study", "run", str(file), "--phase", "answer", "--shard", f"{SOLVERS[0]}:0/1"]
    )
    assert said.exit_code == 75
    assert "run phase 'generate' again" in said.output
    state = tmp_path / "state.json"
    said = CliRunner().invoke(
        cli,
        [
            *("study", "run", str(file), "--phase", "answer", "--shard", f"{SOLVERS[0]}:0/1"),
            *("--state-file", str(state)),
        ],
    )
    # As a task it is not tried again by itself, which would be in vain: the merge completes it.
    assert said.exit_code == 0
    assert "units wait for replies of a generator" in read_state(state).note
    assert read_state(state).state == "left"
    Study.run(file, progress=False, phase="generate").close()
    with Study.run(file, progress=False, phase="answer", shard=f"{SOLVERS[0]}:0/1") as study:
        assert study.failures() == []
        assert study.store.counts().done == 4


def test_an_answering_phase_without_any_program_is_refused_before_anything_runs(tmp_path):
    file = write_shard_study(tmp_path)
    with pytest.raises(StoreError, match="no study here"):
        Study.run(file, progress=False, phase="answer")
    other = write_shard_study(tmp_path / "other")
    registry = other.with_name("registry.toml")
    Study.run(file, progress=False, phase="generate", limit=1).close()
    registry.write_text(registry.read_text().replace("TWIN", "x").replace("easy", "hard"))
    with pytest.raises(ConfigError, match="other weights or options"):
        Study.run(other, progress=False, phase="answer", programs=tmp_path)


@pytest.mark.parametrize("text", ["a:0/1", "llama3:8b:63/64", " a:1/2 ", "org/name:0/4"])
def test_a_shard_is_read_back_as_it_is_written(text):
    assert str(Shard.parse(text)) == text.strip()


@pytest.mark.parametrize(
    "text", ["", "a", "a:", "a:1", "a:1/", "a:/4", ":0/4", "a:4/4", "a:-1/4", "a:0/0", "a:0.0/4"]
)
def test_what_is_no_shard_is_refused_and_says_what_one_is(text):
    with pytest.raises(ConfigError, match="NAME:K/N"):
        Shard.parse(text)


def test_folders_of_shards_differ_where_shards_do():
    shards = [*shards_of(["a", "a/b", "a_b", "a:b", ".a", "-a"], 3)]
    names = {shard.folder_name for shard in shards}
    assert len(names) == len(shards)
    assert not [name for name in names if "/" in name or name[0] in ".-"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"shard": "first-solvr:0/2"}, "did you mean 'first-solver'"),
        ({"shard": "first-solver:0/2", "phase": "generate"}, "leave the shard out"),
        ({"phase": "answers"}, "did you mean 'answer'"),
        ({"programs": "elsewhere"}, "add phase 'answer'"),
    ],
)
def test_what_is_no_part_of_a_study_is_refused(tmp_path, given, message):
    file = write_shard_study(tmp_path)
    with pytest.raises(ConfigError, match=message):
        Study.run(file, progress=False, **given)
    assert not (tmp_path / "study.sqlite").exists()


def test_the_command_tells_how_far_a_part_is(sharded):
    command = ["study", "run", str(sharded), "--json"]
    told = CliRunner().invoke(cli, [*command, "--phase", "generate"])
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["programs"] == 36
    told = CliRunner().invoke(
        cli, [*command, "--phase", "answer", "--shard", f"{SOLVERS[0]}:0/{COUNT}"]
    )
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)
    assert found["done"] == found["rows"] > 0


def test_programs_that_come_from_files_are_asked_of_nobody_and_told_where_they_are_missing(
    tmp_path,
):
    file = write_shard_study(tmp_path, items=4)
    items = resolve_inputs(StudyConfig.load(file)).items
    source = 'GENERATOR_ANSWER = "A"\nDIFFICULTY = "easy"\n\ndef solve(item, ask):\n    return ask("which?")\n'
    lines = [{"item_id": item.id, "program": source} for item in items[:3]]
    (tmp_path / "programs.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    cards = Registry.load(tmp_path / "registry.toml").cards
    ours = [card for card in cards if card.name in (*SOLVERS, "script-generator")]
    ours[-1] = replace(ours[-1], backend="programs", path="programs.jsonl", options={})
    (tmp_path / "registry.toml").write_text("\n".join(map(card_to_toml, ours)))
    text = file.read_text()
    file.write_text(text[: text.index("arms")] + text[text.index("[items]") : text.index("[arm.")])
    file.write_text(file.read_text() + '[run]\nisolation = "limits"\n')
    with Study.run(file, progress=False, phase="generate") as study:
        assert (len(study.scaffolds()), study.failures()) == (3, [])
    with Study.run(file, progress=False, phase="answer", shard=f"{SOLVERS[0]}:0/1") as study:
        assert (study.store.counts().done, study.failures()[0]["units"]) == (3, 1)


def test_two_machines_that_publish_one_shard_at_the_same_moment_lose_nothing(
    sharded, tmp_path, monkeypatch
):
    shard, shared = shards_of(SOLVERS, COUNT)[0], tmp_path / "shared"
    ours, theirs = (
        Path(shutil.copytree(shard_folder(sharded, shard), tmp_path / name / shard.folder_name))
        for name in ("one", "two")
    )
    for folder in (ours, theirs):
        with Store.open(folder) as store:
            store.add_verdict(Verdict("p", folder.parent.name, "clean", "", "2026-11-30"))
    original, left = manifest_of, ["once"]

    def published_by_the_other_one_first(found):
        if left:
            left.clear()
            publish_shard(theirs, shared)
        return original(found)

    monkeypatch.setattr(publishing, "manifest_of", published_by_the_other_one_first)
    publish_shard(ours, shared)
    assert len(list((shared / shard.folder_name).iterdir())) == 3
    merge_shards([shared / shard.folder_name], tmp_path / "out")
    with Store.open(tmp_path / "out") as store:
        assert {one.rater for one in store.verdicts()} == {"one", "two"}


def test_a_shard_is_not_merged_into_itself(sharded, tmp_path):
    one, other = (shard_folder(sharded, shard) for shard in shards_of(SOLVERS, COUNT)[:2])
    ours = Path(shutil.copytree(one, tmp_path / "shard"))
    before = records_of(ours)
    with pytest.raises(ConfigError, match="is one of the shards that are merged"):
        merge_shards([other, ours], ours)
    assert records_of(ours) == before
