"""A made-up study of 20,000 items, rows and programs in 54 pairs: as large as the paper's, written
in seconds and run by nobody."""

from __future__ import annotations

import random
from pathlib import Path

from made_rows import add_row, expect

from cgr_nb.records import Ask, Execution, Item, ModelCard, Scaffold
from cgr_nb.scaffolds import program_id
from cgr_nb.store import Store
from cgr_nb.study import StudyConfig
from cgr_nb.study.config import ItemSource, ModelChoice

SETS = ("aime", "medqa", "physicsqa", "mmlu_pro", "supergpqa", "time_mqa", "correctbench")
SETS += ("openbookqa", "failuresensoriq")
SOLVERS = tuple(f"solver-{letter}" for letter in "abcdef")
WORDS = ("cart", "river", "engine", "cell", "market", "verb")
STATUSES = ("exception", "no_answer", "timeout", "call_limit")

SOLVES = """GENERATOR_ANSWER = "B"
DIFFICULTY = "medium"

def solve(item, ask):
    # program {number}
    first = int(ask("What is {a} times {b}?"))
    second = int(ask(f"What is {{first}} plus {c}?"))
    for letter, text in item["options"].items():
        if str(second) in text:
            return letter
    return "A"
"""
LITERAL = """GENERATOR_ANSWER = "C"
DIFFICULTY = "hard"

def solve(item, ask):
    # program {number}
    check = ask(item["question"])
    return "C"
"""


def item(number: int) -> Item:
    options = {"A": "it moves", "B": "it stays", "C": f"it turns {number % 7} times", "D": "none"}
    word = WORDS[number % 6]
    question = f"Item {number}: what does the {word} do when it is pushed {number % 31} times?"
    return Item(f"{number:020x}", SETS[number % 9], "default", question, options, ("A",))


def make(folder: Path, count: int = 20_000) -> Path:
    """Write the study and give its folder back."""
    chance = random.Random(0)
    # One transaction: a commit of each record takes a minute for all of them.
    with Store.create(folder) as store, store.transaction():
        store.add_items(item(number) for number in range(count))
        for name in (*SOLVERS, "writer"):
            role = "generator" if name == "writer" else "solver"
            store.add_model(
                ModelCard(name, (role,), "scripted", "x", None, "none", 4096, "MIT", "script", None)
            )
        expect(store, (f"{number:020x}" for number in range(count)))
        for number in range(count):
            _one(store, item(number), number, chance)
    config = StudyConfig(
        name="big",
        items=ItemSource(files=("items.jsonl",)),
        models=ModelChoice(SOLVERS, ("writer",)),
    )
    (folder / "study.toml").write_text(config.to_toml(), "utf-8")
    return folder


def _one(store: Store, item: Item, number: int, chance: random.Random) -> None:
    hard = chance.random() < 0.1
    template = LITERAL if hard else SOLVES
    source = template.format(
        number=number, a=number % 19, b=number % 23, c=chance.randrange(10, 99)
    )
    pid, solver = program_id(source), SOLVERS[number // 9 % 6]
    status = "ok" if chance.random() < 0.9 else chance.choice(STATUSES)
    letter = chance.choices("ABCD", (6, 2, 1, 1))[0] if status == "ok" else None
    asks = (Ask(0, "What is it?", (), None, None, "it is 41", 6),)
    run = Execution(status, letter, "B", "medium", "", asks, "", None, 0.1, 0.2, "strict")
    store.add_scaffold(Scaffold(item.id, item.id, "writer", pid, source, "call", "hash", 0))
    store.add_execution(item.id, pid, item.id, solver, run)
    read = chance.random() < 0.93
    add_row(
        store,
        item.id,
        item_id=item.id,
        solver=solver,
        generator="writer",
        direct_letter=chance.choices("ABCD", (4, 3, 2, 1))[0] if read else None,
        direct_status="answered" if read else "none",
        direct_rule="lone" if read else None,
        direct_retries=0 if read else 1,
        assisted_letter=letter,
        assisted_status=status,
        assisted_detail="",
        asks=chance.randrange(1, 9),
        generator_letter=chance.choice("ABCD"),
        difficulty="medium",
        scaffold_id=item.id,
        program_id=pid,
        execution_id=item.id,
        direct_tokens=chance.randrange(60, 200),
        assisted_tokens=chance.randrange(200, 1800),
    )
