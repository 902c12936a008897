"""Programs that real models wrote, made into scaffolds. They come from ../shared/data and are never run
outside the sandbox."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ITEM = {
    "question": "Which of these is right?",
    "options": {"A": "one", "B": "two", "C": "three", "D": "four", "E": "five"},
    "context": None,
}

# What the programs of ADAS call, on top of `ask`.
_AGENTS = """
from collections import namedtuple
Info = namedtuple("Info", ["name", "author", "content", "iteration_idx"])
class LLMAgentBase:
    def __init__(self, output_fields, agent_name, role="helper", temperature=0.5):
        self.output_fields, self.agent_name = output_fields, agent_name
    def __call__(self, inputs, instruction, iteration_idx=-1):
        said = "\\n".join(str(getattr(i, "content", i)) for i in inputs)
        reply = ASK[0](f"{self.agent_name}: {instruction}\\n{said}"[:4000])
        return [Info(f, self.agent_name, reply, iteration_idx) for f in self.output_fields]
    query = __call__
class AgentArchitecture:
    pass
ASK = []
"""

_AGENTS_SOLVE = """

def solve(item, ask):
    ASK.append(ask)
    answer = forward(AgentArchitecture(), Info("task", "user", item["question"], 0))
    return read_letter(str(getattr(answer, "content", answer)))
"""

_VALUE_SOLVE = """

def solve(item, ask):
    found = None
    for name in ("ans", "answer", "result"):
        found = globals().get(name, found)
    for name in ("solution", "solver", "calculate"):
        if found is None and callable(globals().get(name)):
            found = globals()[name]()
    print(found)
    return read_letter(ask(f"Which option is closest to {found}?", list(item["options"])))
"""


def scaffolds(folder: Path) -> dict[str, str]:
    """Every program of the corpus as a scaffold, by file and row."""
    found = {}
    for file in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines()):
            row: Any = json.loads(line)
            program = row.get("program")
            if program is None:  # a scaffold as it is, not a program to be made into one
                source = str(row["source"])
            elif "adas" in file.name:
                source = _AGENTS + str(program) + _AGENTS_SOLVE
            else:
                source = str(program) + _VALUE_SOLVE
            found[f"{file.stem}:{number}"] = source
    return found
