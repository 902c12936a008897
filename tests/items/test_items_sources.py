"""Public item sets by name: the list, fetching on loopback, and sets put there by hand."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loopback_hub import running_hub

from cgr_nb.errors import ItemError
from cgr_nb.hub import DownloadError, HubFile
from cgr_nb.items import (
    adapters,
    dataset_files,
    dataset_source,
    dataset_sources,
    fetch_dataset,
    read_items,
    write_items,
)
from cgr_nb.items.identity import item_id
from cgr_nb.records import Item

ROW = b'{"question": "?", "options": {"A": "1", "B": "2"}, "answer_idx": "A", "answer": "1"}\n'


@pytest.fixture
def hub(monkeypatch, hub_cache):
    monkeypatch.delenv("HF_TOKEN", raising=False)
    with running_hub() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        yield hub


def test_the_nine_sets_of_the_paper_are_listed():
    assert list(dataset_sources()) == [
        *("aime", "medqa", "physicsqa", "mmlu_pro", "supergpqa"),
        *("time_mqa", "correctbench", "openbookqa", "failuresensoriq"),
    ]


@pytest.mark.parametrize("source", dataset_sources().values(), ids=lambda source: source.name)
def test_every_set_says_how_to_get_it_and_what_is_known_of_it(source):
    assert source.adapter in adapters()
    assert source.checked
    assert source.licence
    assert source.page.startswith("https://")
    assert bool(source.files) != bool(source.by_hand)
    for file in source.files:
        assert HubFile.parse(file.source).kind == "dataset"
        assert file.sha256 is None or len(file.sha256) == 64


def test_an_unknown_set_is_named_with_the_nearest():
    with pytest.raises(ItemError, match="did you mean 'mmlu_pro'"):
        dataset_source("mmlu-pro")


def test_a_set_is_fetched_and_read(hub, tmp_path):
    source = dataset_source("medqa")
    hub.files["datasets/GBaker/MedQA-USMLE-4-options/phrases_no_exclude_test.jsonl"] = ROW
    assert dataset_files(source, tmp_path) == ()
    (got,) = fetch_dataset(source, tmp_path)
    assert dataset_files(source, tmp_path) == (got.path,)
    assert len(read_items(got.path).items) == 1


def test_a_set_with_another_hash_than_is_known_is_not_taken(hub, tmp_path):
    hub.files["datasets/m-a-p/SuperGPQA/SuperGPQA-all.jsonl"] = ROW
    with pytest.raises(DownloadError, match="the hub has a different file"):
        fetch_dataset(dataset_source("supergpqa"), tmp_path)


def test_a_gated_set_says_where_its_terms_are(hub, tmp_path):
    hub.files["datasets/Time-MQA/TSQA/Open_Ended_QA/open_ended_QA.csv"] = ROW
    hub.gated.add("datasets/Time-MQA/TSQA")
    with pytest.raises(DownloadError, match=r"accept them on .*datasets/Time-MQA/TSQA.*HF_TOKEN"):
        fetch_dataset(dataset_source("time_mqa"), tmp_path)


def test_a_set_without_a_source_says_whom_to_ask_and_where_to_put_it(tmp_path):
    with pytest.raises(DownloadError, match="ask the authors") as caught:
        fetch_dataset(dataset_source("physicsqa"), tmp_path)
    assert str(tmp_path / "physicsqa") in str(caught.value)


def test_files_put_there_by_hand_are_found(tmp_path):
    place = tmp_path / "physicsqa"
    place.mkdir()
    (place / "notes.txt").write_text("mine")
    (place / "mine.jsonl").write_bytes(ROW)
    assert dataset_files(dataset_source("physicsqa"), tmp_path) == (place / "mine.jsonl",)


def test_fetch_from_a_terminal_lists_goes_on_after_a_failure_and_tells_it(hub, tmp_path):
    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "cgr_nb.cli", "items", "fetch", *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )

    assert len(json.loads(run("--json").stdout)) == 9
    hub.files["datasets/GBaker/MedQA-USMLE-4-options/phrases_no_exclude_test.jsonl"] = ROW
    result = run("physicsqa", "medqa", "--json")
    assert result.returncode == 1
    found = json.loads(result.stdout)
    assert "ask the authors" in found["physicsqa"]["error"]
    assert found["medqa"]["files"] == ["items/medqa/phrases_no_exclude_test.jsonl"]


TEXT = st.text(min_size=1, max_size=12).filter(str.strip)


@settings(deadline=None, max_examples=40)
@given(
    question=TEXT,
    options=st.lists(TEXT, min_size=2, max_size=5),
    gold=st.sets(st.integers(0, 1), max_size=2),
    context=st.none() | TEXT,
)
def test_written_items_are_read_back_the_same(question, options, gold, context, tmp_path_factory):
    lettered = dict(zip("ABCDE", options, strict=False))
    letters = tuple("AB"[position] for position in sorted(gold)) or None
    item = Item(
        item_id("d", question, context, lettered, letters),
        *("d", "c", question, lettered, letters, context),
    )
    path = tmp_path_factory.mktemp("written") / "x.jsonl"
    assert write_items([item], path) == 1
    (back,) = read_items(path, "generic", gold=None if letters else "none").items
    assert (back.id, back.question, back.options) == (item.id, question, lettered)
    assert (back.gold, back.context, back.config) == (letters, context, "c")


def test_shared_sets_survive_being_written(shared_data, tmp_path):
    items = read_items(
        shared_data / "failuresensoriq" / "all_10options_complex_first500.jsonl"
    ).items
    write_items(items, tmp_path / "x.jsonl")
    assert [item.id for item in read_items(tmp_path / "x.jsonl").items] == [
        item.id for item in items
    ]


def test_hub_parquet_schemas_are_recognised_and_read(tmp_path):
    import pyarrow as pa
    from pyarrow import parquet

    rows = {
        "openbookqa": {
            "id": "7-1",
            "question_stem": "A plant needs",
            "choices": {"text": ["light", "sand", "salt", "noise"], "label": ["A", "B", "C", "D"]},
            "answerKey": "A",
        },
        "mmlu_pro": {
            "question_id": 1,
            "question": "Which?",
            "options": ["x", "y", "z"],
            "answer": "C",
            "answer_index": 2,
            "cot_content": "",
            "category": "law",
            "src": "made up",
        },
    }
    for name, row in rows.items():
        source = dataset_source(name)
        place = tmp_path / name / HubFile.parse(source.files[0].source).name
        place.parent.mkdir()
        parquet.write_table(pa.Table.from_pylist([row]), place)
        (item,) = read_items(list(dataset_files(source, tmp_path))).items
        assert item.dataset == name
        assert item.gold == ({"openbookqa": "A", "mmlu_pro": "C"}[name],)


def test_the_aime_table_of_the_hub_is_recognised_and_read(tmp_path):
    source = dataset_source("aime")
    place = tmp_path / "aime" / HubFile.parse(source.files[0].source).name
    place.parent.mkdir()
    place.write_text(
        "ID,Year,Problem Number,Question,Answer,Part\n1999-I-1,1999,1,What is 5 + 2?,7,I\n"
    )
    (item,) = read_items(list(dataset_files(source, tmp_path))).items
    assert item.dataset == "aime"
    assert "7" in item.options.values()
