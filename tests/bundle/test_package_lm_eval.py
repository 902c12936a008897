"""Samples and results of lm-evaluation-harness, opened by the harness's own functions."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from cgr_nb.api import Study
from cgr_nb.bundle import export_package
from cgr_nb.export import export_inspect, export_lm_eval

lm_utils = pytest.importorskip("lm_eval.utils", reason="lm-eval is not installed")


@pytest.fixture(scope="module")
def folder(full_folder, tmp_path_factory):
    return export_lm_eval(full_folder, tmp_path_factory.mktemp("harness") / "out")


@pytest.fixture(scope="module")
def files(folder) -> list[str]:
    return [path.as_posix() for path in folder.rglob("*.json*")]


@pytest.fixture(scope="module")
def results(files):
    found = lm_utils.get_results_filenames(files)
    return json.loads(Path(lm_utils.get_latest_filename(found)).read_text("utf-8"))


def samples_of(files, task):
    found = [
        name
        for name in lm_utils.get_sample_results_filenames(files)
        if lm_utils.get_file_task_name(Path(name).name) == task
    ]
    text = Path(lm_utils.get_latest_filename(found)).read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_the_harness_finds_the_files_of_every_task(files, results):
    names = [Path(name).name for name in lm_utils.get_sample_results_filenames(files)]
    tasks = {lm_utils.get_file_task_name(name) for name in names}
    assert tasks == set(results["results"]) == set(results["configs"])
    assert "sums.default.cgr" in tasks
    assert len(tasks) == 9


def test_the_harness_prints_its_table_of_results(results):
    table = lm_utils.make_table(results)
    assert "sums.default.direct" in table
    assert "exact_match" in table


def test_accuracies_are_those_of_the_study_and_of_the_samples(full_folder, files, results):
    with Study.open(full_folder) as study:
        frame = study.arm_frame()
    for task, numbers in results["results"].items():
        answers = frame[(frame["arm"] == task.split(".")[-1]) & frame["retained"]]
        scores = [sample["exact_match"] for sample in samples_of(files, task)]
        assert len(scores) == numbers["sample_len"] == len(answers)
        assert numbers["exact_match,none"] == pytest.approx(sum(scores) / len(scores))
        assert numbers["exact_match,none"] == pytest.approx(answers["correct"].mean())
        counts = results["n-samples"][task]
        assert counts == {"original": 7, "effective": 6}
        assert results["cgr_nb"]["not_retained"][task] == {"no_gold": 1}


def test_hashes_are_those_that_the_harness_would_make(files, results):
    for task in results["results"]:
        samples = samples_of(files, task)
        for sample in samples:
            doc = json.dumps(sample["doc"], indent=2, ensure_ascii=False)
            assert sample["doc_hash"] == lm_utils.hash_string(doc)
            assert sample["target_hash"] == lm_utils.hash_string(sample["target"])
        marks = [s["doc_hash"] + s["prompt_hash"] + s["target_hash"] for s in samples]
        assert results["task_hashes"][task] == lm_utils.hash_string("".join(marks))


def test_a_sample_has_every_field_of_the_harness_and_every_call(files):
    from lm_eval.result_schema import SampleResult

    samples = samples_of(files, "sums.default.cgr")
    assert set(SampleResult.__annotations__) <= set(samples[0])
    sample = next(s for s in samples if s["doc"]["question"] == "1 + 2 n1")
    assert sample["resps"][:2] == [["3"], ["yes"]]
    assert sample["filtered_resps"] == ["A"]
    assert sample["target"] == "A"
    assert "sum of 1 + 2 n1" in sample["arguments"]["gen_args_0"]["arg_0"]
    assert sample["cgr_nb"]["calls"] == 2
    unread = next(s for s in samples if s["doc"]["question"] == "no program 1 + 2")
    assert unread["filtered_resps"] == ["[invalid]"]


def test_samples_load_as_a_dataset_as_the_harness_publishes_them(files, tmp_path):
    datasets = pytest.importorskip("datasets", reason="datasets is not installed")
    (name,) = [name for name in files if "samples_sums.default.cgr_" in name]
    found = datasets.load_dataset(
        "json", data_files=name, split="train", cache_dir=str(tmp_path / "cache")
    )
    assert found.num_rows == 6
    assert set(found["target"]) == {"A"}


def test_a_document_has_one_number_in_every_task_of_its_dataset(files, results):
    numbers: dict[str, set[int]] = {}
    for task in results["results"]:
        for sample in samples_of(files, task):
            numbers.setdefault(sample["doc"]["id"], set()).add(sample["doc_id"])
    assert all(len(of) == 1 for of in numbers.values())
    assert len(set.union(*numbers.values())) == len(numbers)


def test_no_export_changes_when_a_run_finds_nothing_to_do(full_folder, tmp_path):
    exports = {"lm-eval": export_lm_eval, "inspect": export_inspect, "package": export_package}
    again = shutil.copytree(full_folder, tmp_path / "again")
    for name, export in exports.items():
        export(full_folder, tmp_path / "first" / name)
    with Study.run(again, progress=False) as study:
        runs = study.store.provenance()
    assert len(runs) > 1
    for name, export in exports.items():
        export(again, tmp_path / "second" / name)
    first, second = (
        {path.relative_to(of): path.read_bytes() for path in of.rglob("*") if path.is_file()}
        for of in (tmp_path / "first", tmp_path / "second")
    )
    assert first == second
    assert len(first) > 20
