"""A made-up study of 20,000 items, rows and programs in 54 pairs: as large as the paper's, written
in seconds and run by nobody. On demand with every call and four more arms, which takes a minute."""

from __future__ import annotations

import random
from pathlib import Path

from made_rows import add_row, ids_of, made_answer

from cgr_nb.answer_record import ReadOut, Step, Totals, TrailEntry
from cgr_nb.calls import Message, ModelCall, Reply, Sampling
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


ARMS = {"cot": 1, "self_consistency": 4, "foreign_scaffold": 2, "stub_solver": 0}
"""Arm -> solver calls of each of its answers."""


def make(folder: Path, count: int = 20_000, *, recorded: bool = False) -> Path:
    """Write the study and give its folder back.

    Args:
        folder: Where.
        count: Items, each of one row.
        recorded: With calls and `ARMS`.
    """
    chance = random.Random(0)
    arms = ARMS if recorded else {}
    # One transaction: a commit of each record takes a minute for all of them.
    with Store.create(folder) as store, store.transaction():
        store.add_items(item(number) for number in range(count))
        for name in (*SOLVERS, "writer"):
            role = "generator" if name == "writer" else "solver"
            store.add_model(
                ModelCard(name, (role,), "scripted", "x", None, "none", 4096, "MIT", "script", None)
            )
        ids = [f"{number:020x}" for number in range(count)]
        store.set_expected(
            (id, {**ids_of(id), **{arm: f"{arm} {id}" for arm in arms}}) for id in ids
        )
        for number in range(count):
            _one(store, item(number), number, chance, recorded=recorded)
    config = StudyConfig(
        name="big",
        items=ItemSource(files=("items.jsonl",)),
        models=ModelChoice(SOLVERS, ("writer",)),
        arms=tuple(arms),
    )
    (folder / "study.toml").write_text(config.to_toml(), "utf-8")
    return folder


def _one(store: Store, item: Item, number: int, chance: random.Random, *, recorded: bool) -> None:
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
    if recorded:
        for arm, calls in ARMS.items():
            _arm(store, item, solver, arm, _calls(store, item, solver, arm, calls))
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
        asks=(asks := chance.randrange(1, 9)),
        generator_letter=chance.choice("ABCD"),
        difficulty="medium",
        scaffold_id=item.id,
        program_id=pid,
        execution_id=item.id,
        direct_tokens=chance.randrange(60, 200),
        assisted_tokens=chance.randrange(200, 1800),
        direct_call_ids=_calls(store, item, solver, "direct", 2 - read) if recorded else (),
        ask_call_ids=_calls(store, item, solver, "ask", asks) if recorded else (),
    )


def _calls(store: Store, item: Item, solver: str, what: str, count: int) -> tuple[str, ...]:
    """Calls with prompts and replies as long as those of a real study; their ids."""
    options = "\n".join(f"{letter}) {text}" for letter, text in item.options.items())
    prompt = (
        f"{item.question}\n{options}\nThink about it, then say the letter of your answer ({what})."
    )
    ids = []
    for number in range(count):
        id = f"{what} {number} {item.id}"
        text = f"Each push moves it a little further than the one before ({number}). " * 3
        reply = Reply(f"{text}The answer is B.", "stop", f"<user>{prompt}", 90, 48, 0.2)
        store.add_call(ModelCall(id, solver, (Message("user", prompt),), Sampling(), reply))
        ids.append(id)
    return tuple(ids)


def _arm(store: Store, item: Item, solver: str, arm: str, calls: tuple[str, ...]) -> None:
    """An answer of an arm that could have been stopped after each of its calls."""
    letters = [("A", "B", "A", "C")[(int(item.id, 16) + number) % 4] for number in range(5)]
    store.add_answer(
        made_answer(
            arm,
            f"{arm} {item.id}",
            item_id=item.id,
            solver=solver,
            generator="writer" if arm in ("foreign_scaffold", "stub_solver") else None,
            letters=(letters[0],),
            trail=tuple(
                TrailEntry(f"{arm}/{n}", "solver", call, ReadOut("answered", (letters[n],), "lone"))
                for n, call in enumerate(calls)
            ),
            steps=tuple(Step(n + 1, 0, (letters[n],)) for n in range(len(calls))),
            totals=Totals(len(calls), 90 * len(calls), 48 * len(calls)),
        )
    )
