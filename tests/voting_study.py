"""A study whose generator writes another program for each seed: they are put on record beforehand,
as programs that were written elsewhere, so each number of a vote says what a test wants it to."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from scripted_study import STUDY, card

from cgr_nb import Study
from cgr_nb.answer_record import Answer
from cgr_nb.arms.requests import request_of
from cgr_nb.models.written_reply import WrittenReply
from cgr_nb.prompts import RenderedPrompt
from cgr_nb.records import Item, ModelCall, Reply
from cgr_nb.study import StudyConfig
from cgr_nb.study.program_prompts import ProgramPrompt, program_prompts, record_reply
from cgr_nb.study.run import open_to_fill

__all__ = [
    "ITEM",
    "QUESTION",
    "answer_of",
    "by_text",
    "number_of",
    "says",
    "solver_said",
    "twin",
    "vote_on",
    "written",
]

QUESTION = "Which is even?"
OPTIONS = {"A": "2", "B": "x", "C": "y"}
ITEM = Item("i", "d", "", QUESTION, OPTIONS, None)
"""The item that a study has by default, as a model is shown it."""
HEAD = 'GENERATOR_ANSWER = None\nDIFFICULTY = "easy"\n\ndef solve(item, ask):\n'


def says(letter: str | None, **twins: str) -> str:
    """A program that answers the item and, by their questions, the twins: with these letters."""
    known = {QUESTION: letter, **{name.replace("_", " "): said for name, said in twins.items()}}
    return f'{HEAD}    ask("step")\n    return {known!r}.get(item["question"])\n'


def by_text(text: str) -> str:
    """A program that finds the letter of a text, wherever it stands."""
    return f'{HEAD}    return next(k for k, t in item["options"].items() if t == {text!r})\n'


def twin(question: str, answer: str, **more: Any) -> dict[str, Any]:
    """A twin as a generator would write it."""
    return {"question": question, "options": OPTIONS, "answer": answer, **more}


def number_of(prompt: ProgramPrompt) -> int:
    """Which program of a vote a prompt asks for: 1, 2, 3 ..."""
    found = re.search(r"/(\d+)", prompt.purpose)
    return int(found[1]) if found else 1


def vote_on(*given: Any, **options: Any) -> Study:
    """Write and run a study; takes what `written` takes."""
    return Study.run(written(*given, **options), progress=False)


def written(
    folder: Path,
    arms: Mapping[str, Mapping[str, Any]],
    programs: Sequence[str | None] | Callable[[ProgramPrompt], str | None],
    twins: str | Sequence[Mapping[str, Any]] = (),
    *,
    more: str = "",
    items: Sequence[Mapping[str, Any]] = (),
    follow_ups: Sequence[tuple[str, str]] = (),
    solver: Sequence[tuple[str, str]] = (),
    solver_name: str = "script-solver",
) -> Path:
    """Write a study, with the programs of its generator, to be run.

    Args:
        folder: Where it is put, and will be run.
        arms: Arm -> its parameters.
        programs: What the generator writes for each number; None: a reply without a program.
        twins: What it replies where it is asked for twins.
        more: At the top of study.toml.
        items: Items; by default one, whose answer is A.
        follow_ups: What the generator replies besides, as pairs of a pattern and a reply.
        solver: What the solver replies before all else, as such pairs.
        solver_name: Another solver than the scripted one.
    """
    reply_with_twins = twins if isinstance(twins, str) else json.dumps(list(twins))
    lines = items or [{"dataset": "d", "question": QUESTION, "options": OPTIONS, "gold": "A"}]
    (folder / "items.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    heard = [*solver, ("step", "done"), ("", "Answer: B")]
    registry = card("solver", _rules(heard)) + card(
        "generator", _rules([("Write \\d+ twins", reply_with_twins), *follow_ups])
    )
    (folder / "registry.toml").write_text(registry)
    tables = "".join(
        f"[arm.{name}]\n"
        + "".join(f"{key} = {json.dumps(value)}\n" for key, value in table.items())
        for name, table in arms.items()
    )
    path = folder / "study.toml"
    study = STUDY.replace("script-solver", solver_name)
    path.write_text(f"{more}arms = {json.dumps(list(arms))}\n{study}{tables}")
    config = StudyConfig.load(path)
    with open_to_fill(config, folder) as (store, inputs):
        for prompt in program_prompts(inputs):
            source = programs(prompt) if callable(programs) else programs[number_of(prompt) - 1]
            reply = "I would rather not." if source is None else f"```python\n{source}```"
            record_reply(store, prompt, WrittenReply("here", "reply", text=reply))
    return path


def solver_said(path: Path, arm: str, replies: Mapping[str, tuple[RenderedPrompt, str]]) -> None:
    """Put replies of the solver on record beforehand, so that each seed has its own.

    Args:
        path: A study of one item, from `written`.
        arm: Who asks, with a parameter `decoding`.
        replies: Key of the call -> the prompt, and the reply.
    """
    with open_to_fill(StudyConfig.load(path), path.parent) as (store, inputs):
        [card], asking = inputs.solvers, inputs.roster.arms[arm]
        how = getattr(asking.parameters, "decoding")  # noqa: B009 - of arms that have one
        for key, (prompt, text) in replies.items():
            asked = request_of(asking.settings, key, how, prompt)
            reply = Reply(text, "stop", "as shown", 9, 9, 0.0)
            id = asked.call_id(card)
            store.add_call(ModelCall(id, card.name, asked.messages, asked.sampling, reply))


def _rules(pairs: Sequence[tuple[str, str]]) -> str:
    """The rules of a scripted model, in TOML. Its replies are templates: a backslash is doubled."""
    found = [[pattern, reply.replace("\\", "\\\\")] for pattern, reply in pairs]
    return f"rules = {json.dumps(found)}"


def answer_of(study: Study, arm: str) -> Answer:
    """The only answer of an arm."""
    [found] = [answer for answer in study.store.answers() if answer.arm == arm]
    return found
