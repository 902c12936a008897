"""A study on scripted models whose items are asked in two orders of their options."""

from __future__ import annotations

import json
from pathlib import Path

from scripted_study import STUDY, card

__all__ = ["write_orders_study"]

PROGRAM = """GENERATOR_ANSWER = None
DIFFICULTY = "easy"

def solve(item, ask):
    for letter, text in item["options"].items():
        if "yes" in ask("right: " + text):
            return letter
"""
ARMS = 'arms = ["foreign_scaffold", "readout"]\n'


def write_orders_study(folder: Path) -> Path:
    """Four items of three options, one whose options speak of each other, one with one option. The
    solver says C whatever it is asked directly, and knows the text when a program asks it."""
    lines = [
        {"question": f"Which is even, case {n}?", "options": ["2", "x", "y"], "gold": "A"}
        for n in range(4)
    ]
    lines.append({"question": "Which?", "options": ["x", "2", "none of the above"], "gold": "B"})
    lines.append({"question": "Only this?", "options": ["2"], "gold": "A"})
    made = [
        {"dataset": "sums", **line, "options": dict(zip("ABC", line["options"], strict=False))}
        for line in lines
    ]
    (folder / "items.jsonl").write_text("\n".join(map(json.dumps, made)) + "\n")
    solver = '["right: 2", "yes"], ["right", "no"], ["Only this", "Answer: A"], ["", "Answer: C"]'
    generator = json.dumps(f"```python\n{PROGRAM}```")
    (folder / "registry.toml").write_text(
        card("solver", f"rules = [{solver}]") + card("generator", f'rules = [["", {generator}]]')
    )
    path = folder / "study.toml"
    text = STUDY.replace('files = ["items.jsonl"]', 'files = ["items.jsonl"]\npermutations = 2')
    path.write_text(ARMS + text)
    return path
    return path
