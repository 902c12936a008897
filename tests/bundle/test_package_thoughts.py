"""Thoughts in what leaves the house: the package and its verification, logs of Inspect."""

from __future__ import annotations

import json
import zipfile

import pytest
from scripted_study import STUDY, card

from cgr_nb import Study
from cgr_nb.bundle import export_package
from cgr_nb.export import export_inspect
from cgr_nb.verify import verify_package

PROGRAM = """GENERATOR_ANSWER = "A"
DIFFICULTY = "easy"

def solve(item, ask):
    return "B" if ask("is it B?") == "yes" else "A"
"""
THOUGHT = "<think>A, at first sight.</think>"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("thinking")
    item = {"dataset": "sums", "question": "q", "options": {"A": "3", "B": "4"}, "gold": "B"}
    (place / "items.jsonl").write_text(json.dumps(item) + "\n", "utf-8")
    rules = [
        ["is it B", f"{THOUGHT}yes"],
        ["Only", "<think>Final answer: A"],
        ["", f"{THOUGHT}Hm."],
    ]
    program = [["", f"{THOUGHT}```python\n{PROGRAM}```"]]
    (place / "registry.toml").write_text(
        card("solver", f"rules = {json.dumps(rules)}")
        + card("generator", f"rules = {json.dumps(program)}"),
        "utf-8",
    )
    (place / "study.toml").write_text(STUDY, "utf-8")
    with Study.run(place / "study.toml", place / "out", progress=False):
        pass
    return place / "out"


def test_a_package_has_thoughts_apart_and_stands_its_check(folder, tmp_path):
    package = export_package(folder, tmp_path / "study.zip")
    with zipfile.ZipFile(package) as archive:
        name = next(name for name in archive.namelist() if name.endswith("calls.jsonl"))
        calls = [json.loads(line) for line in archive.read(name).splitlines()]
    replies = {call["reply"]["text"]: call["reply"]["thoughts"] for call in calls}
    assert replies["yes"] == replies["Hm."] == THOUGHT
    assert replies[""] == "<think>Final answer: A"
    assert verify_package(package, isolation="limits").problems == ()


def test_inspect_gets_thoughts_as_reasoning(folder, tmp_path):
    logs = export_inspect(folder, tmp_path / "logs")
    turns = [
        turn
        for path in logs.iterdir()
        for sample in json.loads(path.read_text("utf-8"))["samples"]
        for turn in sample["messages"]
        if turn["role"] == "assistant"
    ]
    contents = [turn["content"] for turn in turns if not isinstance(turn["content"], str)]
    assert [
        {"type": "reasoning", "reasoning": THOUGHT},
        {"type": "text", "text": "yes"},
    ] in contents
