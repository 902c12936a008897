"""Arms of a user's own, installed for the time of a test as a wheel would be: by entry point."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

MODULE = '''
from cgr_nb.arms import ArmPrompt, Decoding, Expected, NoParameters, Outcome, Prepared


class Draft:
    """A program, then a second one that has seen what came of it; the second decides."""

    Parameters = NoParameters
    summary = "two programs an item: the second is told what the first came to"
    version = 1
    roles = ("solver", "generator")
    needs = ()
    prompts = {
        "draft": ArmPrompt("generator"),
        "second": ArmPrompt("generator", fields=("first",)),
    }

    def __init__(self, parameters):
        del parameters

    def expected(self, asks):
        return Expected(solver_calls=2 * asks, generator_calls=2)

    async def answer(self, ctx):
        run = None
        for key in ("draft", "second"):
            told = {"first": run.solver_answer or run.status} if run else {}
            written = await ctx.write(ctx.prompt(key, **told), key=key)
            if written.program_id is None:
                return Outcome.of_run(None, at=key)
            run = await ctx.run(written, key=key)
            ctx.step(run.solver_answer or ())
        return Outcome.of_run(run, program_id=written.program_id)


class Shots:
    """Prepares a line of examples for a dataset; every answer is given it."""

    Parameters = NoParameters
    summary = "a hint made of labelled items, once a dataset"
    version = 1
    roles = ("solver",)
    needs = ()
    needs_support = True
    prompts = {"hinted": ArmPrompt("solver", fields=("hint",))}

    def __init__(self, parameters):
        del parameters

    def expected(self, asks):
        return Expected(solver_calls=1, solver_setup=1)

    async def prepare(self, ctx, support):
        shown = "; ".join(f"{item.question}: {''.join(item.gold)}" for item in support)
        reply = await ctx.call("solver", "sum of " + shown, Decoding(max_tokens=16), key="hint")
        ctx.note(reply, "answered")
        return Prepared(f"{shown} ({reply.text})", facts={"labels": len(support)})

    async def answer(self, ctx):
        prompt = ctx.prompt("hinted", hint=ctx.setup.text)
        found = ctx.read(await ctx.call("solver", prompt, Decoding(max_tokens=32), key="hinted"))
        ctx.step(found.letters)
        return Outcome.read(found)


class After:
    """Repeats what arm draft answered."""

    Parameters = NoParameters
    summary = "what arm draft answered"
    version = 1
    roles = ()
    needs = ("draft",)
    prompts = {}

    def __init__(self, parameters):
        del parameters

    def expected(self, asks):
        return Expected()

    async def answer(self, ctx):
        return Outcome(ctx.answers["draft"].letters, "answered")
'''
NAMES = ("draft", "shots", "after")
PROMPTS = {
    "draft": "Draft a first one.\n\n{question}\n\n{options}\n",
    "second": "The first came to {first}. Write a second.\n\n{question}\n\n{options}\n",
    "hinted": "{hint}\n\n{question}\n\n{options}\n\nAnswer with a letter.\n",
}
PROGRAM = """GENERATOR_ANSWER = "A"
DIFFICULTY = "easy"

def solve(item, ask):
    total = ask("sum of " + item["question"])
    for letter, text in item["options"].items():
        if text == total:
            return letter
    return None
"""
SOLVER = r"""rules = [["Think, then", "3 it is. Answer: A"], ["^sum of", "3"], ["^again", "yes"], ["Only the letter", "Answer: B"], ["n[12]\\b", "Answer: A"], ["Answer with a letter", "I would say so"]]"""


@contextmanager
def installed(place: Path, names: Sequence[str] = NAMES) -> Iterator[None]:
    """Some of the arms, as long as this lasts."""
    place.mkdir(exist_ok=True)
    (place / "own_arms_for_test.py").write_text(MODULE, encoding="utf-8")
    info = place / "own_arms_for_test-1.0.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text("Name: own-arms-for-test\nVersion: 1.0\n", encoding="utf-8")
    points = [f"{name} = own_arms_for_test:{name.capitalize()}\n" for name in names]
    (info / "entry_points.txt").write_text("[cgr_nb.arms]\n" + "".join(points), encoding="utf-8")
    # What a folder holds is remembered until the folder is another by its time.
    os.utime(place)
    importlib.invalidate_caches()
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(place))
        yield


def write_prompts(folder: Path) -> None:
    """Their templates, for models of profile "tiny"."""
    (folder / "prompts" / "tiny").mkdir(parents=True, exist_ok=True)
    for name, text in PROMPTS.items():
        (folder / "prompts" / "tiny" / f"{name}@1.txt").write_text(text, encoding="utf-8")
