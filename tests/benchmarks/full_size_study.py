"""A study of the published size, 20,520 rows, with eight arms: answered by the arms' own code with
scripted models, written in minutes.

Programs that end well run in this process, as the sandbox is not what is measured with it; those
that fail run in the sandbox, whose words stand in the record. `cgr-nb verify` finds every run alike.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from cgr_nb.answer_record import Answer
from cgr_nb.arms.answering import answer_unit
from cgr_nb.arms.ports import Resources
from cgr_nb.models import ScriptedModel
from cgr_nb.records import (
    Ask,
    Execution,
    Item,
    Message,
    ModelCall,
    Sampling,
    Scaffold,
)
from cgr_nb.sandbox import Asker, AskReply, AskRequest, Limits, RunMode, Sandbox
from cgr_nb.study import StudyConfig
from cgr_nb.study.caller import Caller
from cgr_nb.study.run import open_to_fill

__all__ = ["ITEMS", "make"]

ITEMS = 3_420
DATASETS = ("aime", "medqa", "physicsqa", "mmlu_pro", "supergpqa", "time_mqa", "correctbench")
DATASETS += ("openbookqa", "failuresensoriq")
SOLVERS = {f"solver-{number}": 0.3 + 0.08 * number for number in range(1, 7)}
"""Name -> how often it is right."""
ARMS = ("cot", "pal", "readout", "self_consistency", "foreign_scaffold", "stub_solver")
ARMS += ("scored_direct", "consensus")
WORDS = ("river", "engine", "market", "signal", "vessel", "mirror", "carbon", "ladder", "winter")
WORDS += ("copper", "garden", "pulse")
STUDY = """
name = "full-size"
seed = 7
arms = {arms}
[items]
files = ["items.jsonl"]
[models]
registry = "registry.toml"
solvers = {solvers}
generators = ["writer"]
[generator]
max_tokens = 600
temperature = 0.7
[run]
isolation = "limits"
trace = false
"""
CARD = """
[[model]]
name = "{name}"
roles = ["{role}"]
backend = "scripted"
family = "scripted"
parameters = {parameters}
quantisation = "none"
context_tokens = 4096
licence = "Apache-2.0"
source = "a script"
prompts = "full"
price_input = 0.5
price_output = 1.5
options = {{ rules = [], default = "says the script of the study" }}
"""
HEAD = "GENERATOR_ANSWER = {belief!r}\nDIFFICULTY = {difficulty!r}\n\n# for {tag}, try {try_}\n"
BODIES = {
    "choose": """def solve(item, ask):
    ask("What is known about this? " + item["question"], max_tokens=40)
    ask("Tell me which options can be ruled out: " + item["question"])
    return ask("Which letter? " + item["question"], choices=list(item["options"]))
""",
    "check": """def solve(item, ask):
    ask("What is known about this? " + item["question"])
    for letter, text in item["options"].items():
        if ask("Is it '" + text + "'? " + item["question"]).lower().startswith("yes"):
            return letter
    return GENERATOR_ANSWER
""",
    "one": """def solve(item, ask):
    reply = ask("In one letter: " + item["question"])
    for letter in item["options"]:
        if letter in reply:
            return letter
    return "A"
""",
    "literal": """def solve(item, ask):
    ask("Tell me about " + item["question"])
    return "B"
""",
    "crash": """def solve(item, ask):
    first = ask("How many? " + item["question"])
    return int(first) / 0
""",
    "nothing": """def solve(item, ask):
    ask("Which letter? " + item["question"])
""",
    "alone": """def solve(item, ask):
    return sorted(item["options"], key=lambda letter: len(item["options"][letter]))[0]
""",
}
KINDS = ("choose", "check", "one", "check", "choose", "choose", "check", "literal", "choose")
KINDS += ("crash", "one", "check", "choose", "nothing", "check", "choose", "choose", "none")
KINDS += ("check", "check")
_TAG = re.compile(r"\[(\w+-\d+)\]")


def drawn(*parts: object) -> float:
    """A number from 0 to 1 that depends on its parts and nothing else."""
    return int(sha256(repr(parts).encode()).hexdigest()[:8], 16) / 2**32


def items(count: int) -> list[dict[str, Any]]:
    """Lines of an item file."""
    chance = random.Random(0)
    made = []
    for number in range(count):
        dataset = DATASETS[number * len(DATASETS) // count]
        words = " ".join(chance.choices(WORDS, k=45))
        texts = [" ".join(chance.choices(WORDS, k=3)) + f" {place}" for place in range(4)]
        made.append(
            {
                "dataset": dataset,
                "question": f"[{dataset}-{number}] What follows from this: {words}?",
                "options": dict(zip("ABCD", texts, strict=True)),
                "gold": "ABCD"[number % 4],
            }
        )
    return made


class Script:
    """What the models of the study say."""

    def __init__(self, lines: Sequence[Mapping[str, Any]]) -> None:
        self._items = {_TAG.search(line["question"])[1]: line for line in lines}

    def solver(self, name: str, messages: Sequence[Message], sampling: Sampling) -> str:
        """A solver's reply."""
        asked = messages[-1].content
        tag = _TAG.search("".join(message.content for message in messages))[1]
        line = self._items[tag]
        letter = self._letter(name, tag, sampling.seed if sampling.temperature else 0)
        if sampling.choices:
            return next(
                (one for one in sampling.choices if one.endswith(letter)),
                self._text(sampling.choices, line["options"][letter]),
            )
        if asked.startswith("Is it '"):
            said = asked.removeprefix("Is it '").partition("'?")[0]
            return "Yes." if line["options"][letter] == said else "No, that does not follow."
        if asked.startswith(("What is known", "Tell me", "How many")):
            words = " ".join(WORDS[int(drawn(name, asked, n) * len(WORDS))] for n in range(12))
            return f"As far as I can tell: {words}."
        if drawn("unread", name, tag, asked[:20]) < 0.06:
            return "That is hard to say without knowing more."
        return f"Let me think about it. Answer: {letter}"

    def writer(self, messages: Sequence[Message], sampling: Sampling) -> str:
        """The generator's reply."""
        asked = messages[-1].content
        tag = _TAG.findall(asked)[-1]
        number = int(tag.rpartition("-")[2])
        alone = asked.startswith("Write a Python program that computes")
        kind = "alone" if alone else KINDS[int(drawn("kind", tag, sampling.seed) * len(KINDS))]
        if kind == "none":
            return "I would rather not write one."
        belief = self._letter("writer", tag, 0) if number % 5 else None
        head = HEAD.format(
            belief=belief, difficulty=("easy", "hard")[number % 2], tag=tag, try_=sampling.seed % 97
        )
        return f"Here is the program.\n```python\n{head}{BODIES[kind]}```\n"

    def _letter(self, name: str, tag: str, seed: int) -> str:
        line = self._items[tag]
        if drawn("right", name, tag, seed) < SOLVERS.get(name, 0.85):
            return str(line["gold"])
        return "ABCD"[int(drawn("which", name, tag, seed) * 4)]

    def _text(self, choices: Sequence[str], wanted: str) -> str:
        return wanted if wanted in choices else choices[0]


class LocalRunner:
    """Runs this script's own programs in this process, those that fail in the sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.session = sandbox.session

    async def run(
        self,
        source: str,
        item: Item | Mapping[str, Any],
        ask: Asker,
        *,
        limits: Limits | None = None,
        seed: int = 0,
        trace: bool = True,
        mode: RunMode = "solve",
    ) -> Execution:
        """See `ProgramRunner.run`."""
        assert isinstance(item, Item)
        assert mode == "solve"
        given = {"question": item.question, "options": dict(item.options), "context": item.context}
        calls: list[Ask] = []
        while True:
            try:
                module, letter = _once(source, given, calls)
            except _NeedsReply as need:
                request = need.args[0]
                reply = await ask(request)
                told = reply if isinstance(reply, AskReply) else AskReply(reply)
                calls.append(_asked(request, told))
                continue
            except (ZeroDivisionError, TypeError, ValueError):
                letter = None
            if letter not in item.options:
                return await self._sandbox.run(
                    source, item, ask, limits=limits, seed=seed, trace=trace
                )
            belief = module["GENERATOR_ANSWER"]
            return Execution(
                status="ok",
                solver_answer=letter,
                generator_answer=belief if belief in item.options else None,
                difficulty=module["DIFFICULTY"],
                detail="",
                calls=tuple(calls),
                output="",
                line=None,
                cpu_s=0.001,
                wall_s=0.001,
                isolation=self._sandbox.isolation.level,
            )


class _NeedsReply(Exception):
    """A program asks something that has no reply yet."""


def _once(source: str, item: dict[str, Any], calls: Sequence[Ask]) -> tuple[dict[str, Any], Any]:
    module: dict[str, Any] = {}
    exec(compile(source, "program", "exec"), module)
    count = 0

    def ask(prompt: str, choices: Sequence[str] = (), max_tokens: int | None = None) -> str:
        nonlocal count
        count += 1
        if count <= len(calls):
            return str(calls[count - 1].reply)
        line = sys._getframe(1).f_lineno
        raise _NeedsReply(AskRequest(count - 1, prompt, tuple(choices), max_tokens, None, line))

    return module, module["solve"](item, ask)


def _asked(request: AskRequest, told: AskReply) -> Ask:
    return Ask(
        request.index,
        request.prompt,
        request.choices,
        request.max_tokens,
        request.temperature,
        told.text,
        request.line,
        request.scores,
        told.finish,
        None,
    )


class Records:
    """Calls, scaffolds and runs while they are made; written all at once in the end."""

    def __init__(self) -> None:
        self.calls: dict[str, ModelCall] = {}
        self.scaffolds: dict[str, Scaffold] = {}
        self.runs: dict[str, tuple[str, str, str, Execution]] = {}
        self.items: list[Item] = []
        self.call, self.scaffold = self.calls.get, self.scaffolds.get
        self.add_item = self.items.append

    def add_call(self, call: ModelCall) -> None:
        """See `CallStore`."""
        self.calls[call.id] = call

    def add_scaffold(self, scaffold: Scaffold) -> None:
        """See `CallStore`."""
        self.scaffolds[scaffold.id] = scaffold

    def execution(self, id: str) -> Execution | None:
        """See `CallStore`."""
        return self.runs[id][3] if id in self.runs else None

    def add_execution(
        self, id: str, program_id: str, item_id: str, solver: str, execution: Execution
    ) -> None:
        """See `CallStore`."""
        self.runs[id] = (program_id, item_id, solver, execution)


def make(folder: Path, count: int = ITEMS, arms: Sequence[str] = ARMS) -> Path:
    """Make the study of so many items and six solvers; returns its folder.

    Args:
        folder: Where it goes.
        count: Items; rows are six times as many.
        arms: Beside the three channels.
    """
    lines = items(count)
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / "items.jsonl").write_text(text, "utf-8")
    cards = [
        CARD.format(name=name, role="solver", parameters=10**9 * (place + 1))
        for place, name in enumerate(SOLVERS)
    ]
    cards.append(CARD.format(name="writer", role="generator", parameters=10**12))
    (folder / "registry.toml").write_text("".join(cards), "utf-8")
    told = STUDY.format(arms=json.dumps(list(arms)), solvers=json.dumps(list(SOLVERS)))
    (folder / "study.toml").write_text(told, "utf-8")
    asyncio.run(_answer(folder, Script(lines)))
    return folder


async def _answer(folder: Path, script: Script) -> None:
    config = StudyConfig.load(folder / "study.toml")
    records = Records()
    with open_to_fill(config, folder) as (store, inputs):
        roster = inputs.roster
        models = {
            card.name: ScriptedModel(_says(script, card.name), card)
            for card in (*inputs.solvers, *inputs.generators)
        }
        units = list(inputs.units())
        ids = [roster.ids(unit) for unit in units]
        answers: dict[str, Answer] = {}
        caller = Caller(records)
        async with Sandbox(minimum="limits") as sandbox:
            runner = LocalRunner(sandbox)
            for unit, due in zip(units, ids, strict=True):
                generator = models[unit.generator.name] if unit.generator else None
                resources = Resources(
                    config, records, caller, runner, models[unit.solver.name], generator, False
                )
                for name, id in due.items():
                    if id in answers:
                        continue
                    arm = roster.arms[name]
                    given = {need: answers[due[arm.sources[need]]] for need in arm.needs}
                    answers[id] = await answer_unit(
                        arm, resources, unit, id, roster.roles(name), given
                    )
                for model in models.values():
                    model.asked.clear()
        with store.transaction():
            store.set_expected((unit.row_id, due) for unit, due in zip(units, ids, strict=True))
            for call in records.calls.values():
                store.add_call(call)
            for scaffold in records.scaffolds.values():
                store.add_scaffold(scaffold)
            for id, run in records.runs.items():
                store.add_execution(id, *run)
            for answer in answers.values():
                store.add_answer(answer)
    print(f"{len(units):,} rows, {len(records.calls):,} calls, {len(records.runs):,} runs,"
          f" {len(answers):,} answers")  # fmt: skip


def _says(script: Script, name: str) -> Any:
    if name == "writer":
        return script.writer
    return lambda messages, sampling: script.solver(name, messages, sampling)
