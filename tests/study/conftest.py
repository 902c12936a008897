"""A whole study on scripted models: real rooms, no weights, milliseconds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scripted_study import STUDY, card

PROGRAM = """GENERATOR_ANSWER = "A"
DIFFICULTY = "easy"

def solve(item, ask):
    total = ask("sum of " + item["question"])
    for letter, text in item["options"].items():
        if text == total:
            return letter
    return None
"""

SOLVER = r'''rules = [["^sum of 1 \\+ (\\d+)", "3"], ["Only the letter", "Answer: B"], ["Answer with a letter", "I would say so"]], default = "nothing"'''
GENERATOR = r"""rules = [["no program", "I can not."], ["broken", "```python\ndef solve(item, ask:\n```"], ["", %s]]"""


def items_text(count: int) -> str:
    lines = []
    for number in range(count):
        question = {3: "no program 1 + 2 n3", 4: "broken 1 + 2 n4"}.get(number, f"1 + 2 n{number}")
        lines.append(
            {
                "dataset": "sums",
                "question": question,
                "options": {"A": "3", "B": "4"},
                "gold": "A",
            }
        )
    return "\n".join(map(json.dumps, lines)) + "\n"


@pytest.fixture(scope="session")
def write_study():
    """Write a study.toml with its items and registry beside it into a folder; eight items, one
    solver, one generator."""

    def write(folder: Path) -> Path:
        (folder / "items.jsonl").write_text(items_text(8))
        reply = json.dumps(f"```python\n{PROGRAM}```")
        registry = card("solver", SOLVER) + card("generator", GENERATOR % reply)
        (folder / "registry.toml").write_text(registry)
        path = folder / "study.toml"
        path.write_text(STUDY)
        return path

    return write


@pytest.fixture
def study_file(write_study, tmp_path: Path) -> Path:
    """The study.toml of a study of a test's own."""
    return write_study(tmp_path)
