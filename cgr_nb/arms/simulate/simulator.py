"""The solver in place of the interpreter: what it states about a line that Python could not
execute."""

from __future__ import annotations

from cgr_nb.arms.context import ArmContext
from cgr_nb.arms.simulate.literals import read_container, read_dictionary
from cgr_nb.arms.solver_stand_in import SolverStandIn
from cgr_nb.errors import RequestError
from cgr_nb.models.decoding import Decoding
from cgr_nb.records import Reply, content_id
from cgr_nb.sandbox import AskRequest
from cgr_nb.sandbox.modes.questions import TRUTH, Due, due_of, names_of
from cgr_nb.util.plain_values import written

__all__ = ["AGAIN", "STEP", "UNPARSED", "Simulator"]

STEP, AGAIN = "chain_of_code_step", "chain_of_code_again"
"""Templates: of a question, and of the same once more."""
UNPARSED = "unparsed: "
"""Before a reply that is not what was due. No literal begins so, and the walk ends there."""

_DUE_WORDS = {
    "changed": "a dictionary of the variables that the line changes",
    "missing": "a dictionary with the missing name and its value",
    "values": "the list that the loop goes through",
    "true or false": "True or False",
}
_SHOWN = 200


class Simulator:
    """Asks the solver what a walked program asks, and hands on what can be read."""

    def __init__(self, ctx: ArmContext, decoding: Decoding, reasks: int) -> None:
        """Prepare to stand in.

        Args:
            ctx: Of the arm.
            decoding: How each reply is sampled.
            reasks: How often a reply that can't be read is asked for again.
        """
        self._ctx, self._decoding, self._reasks = ctx, decoding, reasks

    def stand_in(self) -> SolverStandIn:
        """Itself, as what is behind a run."""
        ctx, how = self._ctx, self._decoding
        prompts = (
            ctx.prompt(STEP, situation="").hash,
            ctx.prompt(AGAIN, due="").hash,
        )
        card = ctx.card("solver")
        name = content_id(
            "simulator", card.identity, card.context_tokens, prompts, str(how), self._reasks
        )
        return SolverStandIn(name[:16], self._ask)

    async def _ask(self, request: AskRequest) -> str:
        due = due_of(request.prompt)
        if due is None:
            raise RequestError("no question of a walked program")
        choices = TRUTH if due == "true or false" else ()
        talk = self._ctx.conversation("solver", self._ctx.prompt(STEP, situation=request.prompt))
        key = f"ask/{request.index}"
        reply = await talk.ask(self._decoding, key=key, choices=choices)
        found = self._noted(reply, due, request.prompt)
        for number in range(1, self._reasks + 1):
            if found is not None:
                break
            talk.add(self._ctx.prompt(AGAIN, due=_DUE_WORDS[due]))
            again = f"{key}/again/{number}"
            reply = await talk.ask(self._decoding, key=again, choices=choices)
            found = self._noted(reply, due, request.prompt)
        return UNPARSED + reply.text.strip()[:_SHOWN] if found is None else found

    def _noted(self, reply: Reply, due: Due, question: str) -> str | None:
        """What a reply gives, put on record with it; None where it is not what was due."""
        found = _read(reply.text, due, question)
        self._ctx.note(reply, "unparsed" if found is None else "emulated")
        return found


def _read(reply: str, due: Due, question: str) -> str | None:
    """A reply as the walk takes it."""
    if due == "true or false":
        word = reply.strip().rstrip(".")
        return word if word in TRUTH else None
    if due == "values":
        values = read_container(reply)
        return None if values is None else written(values)
    given = read_dictionary(reply)
    if given is None or (due == "missing" and not set(names_of(question)) <= set(given)):
        return None
    return written(given)
