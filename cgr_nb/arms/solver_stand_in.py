"""Who answers when a program asks: the study's solver, nobody, or something of the arm's own."""

from __future__ import annotations

import random
from dataclasses import dataclass

from cgr_nb.arms.requests import derive_seed
from cgr_nb.errors import RequestError
from cgr_nb.records import Item
from cgr_nb.sandbox import Asker, AskRequest, RunMode
from cgr_nb.sandbox.modes import RUN_MODES

__all__ = ["NOBODY", "SolverStandIn", "mode_of", "recorded_behind", "stub"]


@dataclass(frozen=True, slots=True)
class SolverStandIn:
    """Something in the solver's place."""

    name: str
    """On record in the place of the solver's name, and part of the run's id: whatever changes the
    replies must change the name."""
    ask: Asker
    """The reply to one question; a function of the question and of recorded calls alone. A
    RequestError is raised in the program. With a text alone, scores that the program asks for are
    made up, at random but for that of the text, which is the highest."""


async def _nobody(request: AskRequest) -> str:
    raise RequestError("this program has no solver to ask")


NOBODY = SolverStandIn("none", _nobody)
"""`ask` raises."""


def stub(seed: int, program_id: str, item: Item) -> SolverStandIn:
    """A solver that knows nothing: one of the choices where the program gives some, else one of the
    item's options with its letter, at random. Scores are as random, that of the reply the highest.

    Args:
        seed: The study's.
        program_id: Part of the seed, so that programs do not share their luck.
        item: What it is asked about.
    """
    texts = [f"{letter}) {text}" for letter, text in item.options.items()]

    async def ask(request: AskRequest) -> str:
        drawn = derive_seed(seed, "stub", program_id, request.index)
        return random.Random(drawn).choice(request.choices or texts)

    return SolverStandIn("stub", ask)


def recorded_behind(mode: RunMode, name: str) -> str:
    """What the record of a run names as its solver: who was behind `ask`, and before it how the
    program was run, where that is another mode than "solve"."""
    return name if mode == "solve" else f"{mode}/{name}"


def mode_of(behind: str) -> RunMode:
    """How a program was run, by what the record of its run names as its solver."""
    mode, bar, _ = behind.partition("/")
    return next((known for known in RUN_MODES if bar and known == mode), "solve")
