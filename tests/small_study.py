"""A small study made by the real sandbox and a scripted solver: what the tests of panels, and of
what stands behind them, look at. A `conftest.py` that imports its fixtures has them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from made_rows import add_row, expect, made_answer

from cgr_nb.api import Study
from cgr_nb.arms.requests import derive_seed
from cgr_nb.items import item_id
from cgr_nb.models import ScriptedModel, call_id, card_to_toml
from cgr_nb.models.scripted import Rules
from cgr_nb.records import Item, Message, ModelCall, ModelCard, Sampling, Scaffold, content_id
from cgr_nb.sandbox import Limits, Sandbox
from cgr_nb.scaffolds import program_id
from cgr_nb.store import Store
from cgr_nb.study import StudyConfig
from cgr_nb.study.config import ItemSource, ModelChoice
from cgr_nb.util.blocking import run_blocking

HOSTILE = "<script>document.title='broken'</script><img src=x onerror=alert(1)> \u202egnp.exe"

ADDS = """GENERATOR_ANSWER = "B"
DIFFICULTY = "easy"

def solve(item, ask):
    # add up, then look the sum up
    total = 0
    for n in range(12):
        total += n
    first = int(ask("What is 9 times 3?"))
    print("first is", first)
    z = int(ask(f"What is 29 plus {first}?"))
    hits = [k for k, t in item["options"].items() if t.split()[0] == str(z)]
    return hits[0] if hits else "A"
"""
LITERAL = """GENERATOR_ANSWER = "C"
DIFFICULTY = "hard"

def solve(item, ask):
    answer = "C"
    check = ask(item["question"])
    return answer
"""
RAISES = """GENERATOR_ANSWER = "B"
DIFFICULTY = "medium"

def solve(item, ask):
    reply = ask("Which letter?")
    return int(reply.split("x")[1])
"""
ASKS = """GENERATOR_ANSWER = None
DIFFICULTY = "easy"

def solve(item, ask):
    return ask("Which letter?", choices=list(item["options"]))
"""
BROKEN = "def solve(item, ask)\n    return 'A'\n"
PROGRAMS = (ADDS, LITERAL, RAISES, ASKS, BROKEN)

RULES = [("times", "27"), ("29 plus 27", "56"), ("29 plus 28", "57"), ("29 plus", "1"), (".", "B")]
CONFIG = StudyConfig(
    name="small",
    items=ItemSource(files=("items.jsonl",)),
    models=ModelChoice(("scripted-a", "scripted-b"), ("writer",), "registry.toml"),
    limits=Limits(cpu_s=2),
)


def card(name: str) -> ModelCard:
    role = "generator" if name == "writer" else "solver"
    program = f"```python\n{ADDS}```"
    rules = [(".", program.replace("\\", "\\\\"))] if role == "generator" else RULES
    options = {"rules": [list(rule) for rule in rules], "default": "B"}
    return ModelCard(
        name,
        (role,),
        "scripted",
        "scripted",
        None,
        "none",
        4096,
        "MIT",
        "a script",
        None,
        options=options,
    )


def items(count: int = 15) -> list[Item]:
    made = []
    for number in range(count):
        question = f"A cart starts at 29 m/s and gains 3 m/s in each of 9 seconds. How fast is cart {number}?"
        options = {"A": "27 m/s", "B": "56 m/s", "C": "38 m/s", "D": HOSTILE}
        dataset = ("physics", "medicine", "series")[number % 3]
        gold = None if number == 14 else ("B",) if number % 4 else ("C",)
        id = item_id(dataset, question, None, options, gold)
        made.append(Item(id, dataset, "default", question, options, gold))
    return made


def row_id(number: int, solver: str = "scripted-a") -> str:
    """The row of one item with one solver; its program is number `number % 5` of `PROGRAMS`."""
    return content_id("row", items()[number].id, solver)


async def _fill(store: Store) -> None:
    async with Sandbox(workers=1, minimum="limits") as box:
        for solver in (card("scripted-a"), card("scripted-b")):
            model = ScriptedModel(Rules(RULES, "B"), solver)
            for number, item in enumerate(items()):
                await one_row(store, box, model, item, PROGRAMS[number % len(PROGRAMS)])


async def one_row(
    store: Store, box: Sandbox, model: ScriptedModel, item: Item, source: str
) -> None:
    pid, name = program_id(source), model.card.name
    calls: list[str] = []

    async def ask(request) -> str:
        how = Sampling(seed=request.index)
        messages = (Message("user", request.prompt),)
        reply = await model.reply(messages, how)
        call = ModelCall(call_id(model.card, messages, how), name, messages, how, reply)
        store.add_call(call)
        calls.append(call.id)
        return reply.text

    seed = derive_seed(0, "program", pid)
    execution = await box.run(source, item, ask, limits=CONFIG.limits, seed=seed)
    scaffold_id = content_id("scaffold", item.id)
    execution_id = content_id("execution", pid, item.id, name)
    store.add_scaffold(Scaffold(scaffold_id, item.id, "writer", pid, source, "none", "hash", 0))
    store.add_execution(execution_id, pid, item.id, name, execution)
    direct = "B" if name == "scripted-a" and item.dataset != "series" else "C"
    add_row(
        store,
        content_id("row", item.id, name),
        item_id=item.id,
        solver=name,
        generator="writer",
        direct_letter=direct,
        direct_rule="lone",
        assisted_letter=execution.solver_answer,
        assisted_status=execution.status,
        assisted_detail=execution.detail,
        generator_letter=execution.generator_answer,
        difficulty=execution.difficulty,
        scaffold_id=scaffold_id,
        program_id=pid,
        execution_id=execution_id,
        ask_call_ids=tuple(calls),
        direct_tokens=40,
        assisted_tokens=60 * len(execution.calls),
        isolation=execution.isolation,
    )


async def _make(folder: Path) -> None:
    with Store.create(folder) as store:
        store.add_items(items())
        for name in ("scripted-a", "scripted-b", "writer"):
            store.add_model(card(name))
        solvers = ("scripted-a", "scripted-b")
        expect(store, [row_id(number, name) for number in range(len(items())) for name in solvers])
        await _fill(store)


def make(folder: Path) -> Path:
    """Write the study and give its folder back."""
    run_blocking(lambda: _make(folder))
    cards = map(card, ("scripted-a", "scripted-b", "writer"))
    (folder / "registry.toml").write_text("\n".join(map(card_to_toml, cards)), "utf-8")
    (folder / "study.toml").write_text(CONFIG.to_toml(), "utf-8")
    return folder


def make_alone(folder: Path) -> Path:
    """Write a study without a generator, of direct answers that are all B, and give its folder."""
    with Store.create(folder) as store:
        store.add_items(items())
        expected = {}
        for number, item in enumerate(items()):
            answer = made_answer(
                "direct", f"direct {number}", item_id=item.id, solver="scripted-a", letters=("B",)
            )
            store.add_answer(answer)
            expected[row_id(number)] = {"direct": answer.id}
        store.set_expected(expected.items())
    config = replace(CONFIG, models=ModelChoice(("scripted-a",), (), "registry.toml"))
    (folder / "registry.toml").write_text(card_to_toml(card("scripted-a")), "utf-8")
    (folder / "study.toml").write_text(config.to_toml(), "utf-8")
    return folder


def open_copy(folder: Path, target: Path) -> Study:
    """A study of one's own to judge in."""
    import shutil

    shutil.copytree(folder, target)
    return Study.open(target)


@pytest.fixture(scope="session")
def study_folder(made_once):
    return made_once("small-study", make)


@pytest.fixture
def study(study_folder):
    """Shared between tests: read only."""
    with Study.open(study_folder) as opened:
        yield opened


@pytest.fixture
def own_study(study_folder, tmp_path):
    """A copy that a test may write to."""
    with open_copy(study_folder, tmp_path / "own") as opened:
        yield opened
