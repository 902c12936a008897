"""What is told of the machines that computed the replies of a study."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from cgr_nb.calls import Message, ModelCall, Reply, Sampling
from cgr_nb.records import ModelCard
from cgr_nb.report.machines import read_machines
from cgr_nb.store import Store

CARD = ModelCard("m", ("solver",), "llama_cpp", "llama", 1, "Q8_0", 512, "MIT", "x", "ab" * 32)
AVX2 = {"version": "0.3.36", "compiler": "gcc 12", "features": "AVX2 = 1", "devices": []}


def machine(host: str, *features: str, **build) -> dict[str, object]:
    return {
        "machine": {
            "host": host,
            "architecture": "x86_64",
            "cpu_features": list(features),
            "llama_cpp": {**AVX2, "gpu_layers": {}, **build},
        }
    }


def make(folder: Path, facts: dict[str, object], *ids: str, text: str = "A", model: str = "m"):
    with Store.create(folder) as store:
        store.add_model(replace(CARD, name=model))
        store.begin_run("2026-01-01T00:00:00+00:00", {"python": "3.11"})
        store.tell_run(facts)
        for id in ids:
            reply = Reply(text, "stop", "p", 1, 1, 0.1)
            store.add_call(ModelCall(id, model, (Message("user", id),), Sampling(), reply))
    return folder


def told(folder: Path, *shards: Path) -> tuple[list[str], list[str]]:
    with Store.create(folder) as store:
        store.merge(shards, on_clash="first")
        found = read_machines(store)
    return found.lines, found.remarks


def test_machines_that_compute_alike_are_one_kind(tmp_path):
    one = make(tmp_path / "a", machine("n1", "avx2"), "k1", "k2")
    two = make(tmp_path / "b", machine("n2", "avx2"), "k3")
    lines, remarks = told(tmp_path / "out", one, two)
    assert lines == [
        "llama-cpp-python 0.3.36, CPU only, x86_64 (avx2): 3 calls in 2 runs on 2 hosts"
    ]
    assert remarks == []


@pytest.mark.parametrize(
    ("other", "what"),
    [
        (machine("n2", "avx2", "avx512f"), "CPU features"),
        (machine("n2", "avx2", version="0.4.0"), "llama.cpp build"),
        (machine("n2", "avx2", devices=["H200"]), "devices"),
        (machine("n2", "avx2", compiler="clang 17"), "compiler"),
        (machine("n2", "avx2") | {"off on this machine": ["buffers"]}, "extra buffers"),
    ],
)
def test_arithmetic_that_differs_is_told_with_what_it_differs_in(tmp_path, other, what):
    one = make(tmp_path / "a", machine("n1", "avx2"), "k1")
    lines, remarks = told(tmp_path / "out", one, make(tmp_path / "b", other, "k2"))
    assert len(lines) == 2
    assert "model 'm': replies were computed on 2 kinds of machine" in remarks[0]
    assert remarks[0].endswith(f"they differ in {what}")
    assert "no call was made on two of these machines" in remarks[1]


def test_replies_on_which_two_machines_disagree_are_counted(tmp_path):
    one = make(tmp_path / "a", machine("n1", "avx2"), "k1", "k2", "k3", "k4")
    two = make(tmp_path / "b", machine("n2", "avx512f"), "k4", "k5", text="B")
    shutil.copytree(two, tmp_path / "c")
    three = make(tmp_path / "c", machine("n3", "avx2"), "k1", "k2", "k3")
    _, remarks = told(tmp_path / "out", one, two, three)
    assert remarks[1] == (
        "calls made independently by two runs: 4; differing replies: 1 (25.00%); the first"
        " reply is used"
    )


def test_models_that_were_each_computed_on_one_kind_are_no_remark(tmp_path):
    one = make(tmp_path / "a", machine("n1", "avx2"), "k1")
    two = make(tmp_path / "b", machine("n2", "avx512f"), "k2", model="other")
    lines, remarks = told(tmp_path / "out", one, two)
    assert (len(lines), remarks) == (2, [])


def test_a_study_of_an_earlier_version_has_nothing_to_tell(tmp_path):
    one = make(tmp_path / "a", {}, "k1")
    assert told(tmp_path / "out", one) == ([], [])
