"""Every arm of the project holds what an arm must; an arm that does not is told so."""

from __future__ import annotations

import random
from typing import ClassVar

import pytest

from cgr_nb.arms import ArmPrompt, Decoding, Expected, NoParameters, Outcome, register_arm
from cgr_nb.arms.roster import arm_names
from cgr_nb.testing import check_arm

SOLVER = [
    # What can't be read is asked again, and this time the options' letters are scored.
    ("Reply with one letter and nothing else", "Answer: A"),
    ("Is it 4", "yes"),
    ("Is it", "no"),
    ("What is 3", "I would rather not say"),
    ("What is 5", "Answer: B"),
]
BUNDLED = ("cot", "foreign_scaffold", "pal", "readout", "self_consistency", "stub_solver")


@pytest.mark.parametrize("arm", BUNDLED)
def test_an_arm_of_the_project_holds_what_every_arm_must(arm, tmp_path):
    done = check_arm(arm, {"solver": SOLVER}, folder=tmp_path / "check", stops=6)
    assert (len(done.answers), done.stops > 3, done.calls > 10) == (6, True, True)


def test_the_arms_of_the_project_are_all_checked():
    assert set(BUNDLED) <= set(arm_names())


class Plain:
    """An arm that each test spoils in one way."""

    Parameters = NoParameters
    summary: ClassVar[str] = "one question"
    version: ClassVar[int] = 1
    roles = ("solver",)
    prompts: ClassVar[dict] = {"direct": ArmPrompt("solver")}

    def __init__(self, parameters):
        del parameters

    def expected(self, asks):
        return Expected(solver_calls=1)

    async def answer(self, ctx):
        reply = await ctx.call("solver", ctx.prompt("direct"), Decoding(), key="plain")
        return Outcome.read(ctx.read(reply))


class Moody(Plain):
    """Answers otherwise each time."""

    async def answer(self, ctx):
        said = await super().answer(ctx)
        return Outcome(said.letters, said.status, f"{random.random()}")


class ByItsId(Plain):
    """Asks with the item's id, which depends on gold."""

    async def answer(self, ctx):
        await ctx.call("solver", f"Item {ctx.item.id}", Decoding(), key="id")
        return await super().answer(ctx)


class Chatty(Plain):
    """Goes round the budget."""

    async def answer(self, ctx):
        for number in range(4):
            asked = f"again {number}: {ctx.item.question}"
            ctx._spending.solver_calls = 0
            reply = await ctx.call("solver", asked, Decoding(), key=f"again/{number}")
        return Outcome.read(ctx.read(reply))


@pytest.mark.parametrize(
    ("arm", "said"),
    [
        (Moody, "different answers"),
        (ByItsId, "gold changes what is asked"),
        (Chatty, "the budget is 2"),
    ],
)
def test_an_arm_that_does_not_hold_is_told_what(arm, said, tmp_path):
    name = arm.__name__.lower()
    register_arm(name, arm)
    with pytest.raises(AssertionError, match=said):
        check_arm(name, {"solver": SOLVER}, folder=tmp_path / "check", stops=1)


def test_a_plain_arm_passes(tmp_path):
    register_arm("plain", Plain)
    assert (
        check_arm("plain", {"solver": SOLVER}, folder=tmp_path / "check", stops=2).statuses[
            "answered"
        ]
        == 5
    )
