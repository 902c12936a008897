"""Steering between text and code: a model chooses whether to answer an item by chain of thought or
by a program.

Sources: Chen et al. 2024, arXiv 2410.03524 (Steering Large Language Models between Code Execution
and Textual Reasoning), and Chen et al. 2025, arXiv 2502.04350 (CodeSteer), whose trained guide
raises GPT-4o from 53.3 to 86.4 on SymBench. `how` selects one of four variants:

- "score": the guide chooses between the words "text" and "code", and only the chosen method is run.
- "both": both methods are run, and one more call is shown both answers and the program's output,
  and decides.
- "guide": the guide chooses; the answer is checked by another program of the generator; the guide
  is shown the answer, the run, the check, and how much the program computes, and decides to
  continue (with an instruction), switch, return the answer, or give up, for at most `rounds`
  rounds.
- "rule" (not in the papers): code if every option states a number, text otherwise; no model
  chooses.

Deviations from the papers: CodeSteer's guide is trained for this task; here it is the solver or,
with `guide = "generator"`, the generator, untrained, so the published results do not transfer. With
"score", the two words are compared by their probabilities if the solver provides them; otherwise
the generated word decides. Text answers are made by the solver as in `cot`, and code answers by the
generator as in `pal`, and calls are shared with these arms. If a guide's reply cannot be parsed,
the current answer is kept.

Cost: "score" takes one call and one arm; "both" three calls, or two if the answers agree and
`skip_if_agree` is set; "guide" at most 1 + 3 per round (answer, check, guide). Report it alongside
`cot` and `pal`, which always use text and always use code, and alongside the share of items that at
least one of them answers correctly, which is an upper bound for any choice between them. Use it for
datasets that mix computation with knowledge.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, ClassVar, Literal

from cgr_nb.answer_record import Control, Role
from cgr_nb.answers import read_number
from cgr_nb.arms.checks import CheckState, state_of
from cgr_nb.arms.context import ArmContext
from cgr_nb.arms.conversation import OBSERVATION_CHARS, shortened
from cgr_nb.arms.converse.code_measure import CodeMeasure
from cgr_nb.arms.converse.ways import (
    AGAIN,
    FIRST,
    WAYS,
    Attempt,
    Way,
    answer_in,
    served,
    stated,
)
from cgr_nb.arms.interface import ArmPrompt, Expected, Outcome
from cgr_nb.arms.refusal import Refusal
from cgr_nb.arms.requests import Request, Settings, template_request
from cgr_nb.arms.solver_stand_in import NOBODY
from cgr_nb.models.decoding import Decoding
from cgr_nb.records import Item, ModelCard, Reply
from cgr_nb.util.constraints import Between

__all__ = ["Steer"]

_CHOICE = Decoding(max_tokens=8)
_TOLD = 1_500
"""Most characters of a chain, a program or an instruction in a prompt about it."""


@dataclass(frozen=True, slots=True)
class _Parameters:
    """Of arm steer."""

    how: Literal["score", "both", "guide", "rule"] = "score"
    """The variant; see above."""
    guide: Role = "solver"
    """The model that chooses, decides between two answers, or guides."""
    rounds: Annotated[int, Between(1, 20)] = 3
    """Maximum number of answers with "guide"."""
    skip_if_agree: bool = False
    """Whether "both" omits the third call if text and code give the same letters."""
    decoding: Decoding = field(default=Decoding(max_tokens=512))
    """Sampling of chains of thought and of the guide's texts."""


class Steer:
    """Can a model tell whether an item is better answered by reasoning or by computation?"""

    Parameters = _Parameters
    summary: ClassVar[str] = "chain of thought or a program without the solver; a model chooses"
    version: ClassVar[int] = 1
    roles: tuple[Role, ...] = ("solver", "generator")
    needs: tuple[str, ...] = ()
    controls: tuple[Control, ...] = ()

    def __init__(self, parameters: _Parameters) -> None:
        self._how = parameters
        guide = parameters.guide
        own: Mapping[str, Mapping[str, ArmPrompt]] = {
            "rule": {},
            "score": {"steer_score": ArmPrompt(guide)},
            "both": {
                "steer_merge": ArmPrompt(
                    guide, ("text", "text_answer", "code", "code_answer", "printed")
                )
            },
            "guide": {
                "steer_score": ArmPrompt(guide),
                "steer_check": ArmPrompt("generator", ("answer",)),
                "steer_guide": ArmPrompt(
                    guide, ("way", "told", "answer", "printed", "check", "measure")
                ),
                **AGAIN,
            },
        }
        self.prompts: Mapping[str, ArmPrompt] = {**FIRST, **own[parameters.how]}

    def expected(self, asks: float) -> Expected:
        """See `Arm.expected`; of "score" and "rule" half the items are taken to go each way."""
        del asks
        how, by_solver = self._how, self._how.guide == "solver"
        calls: Mapping[str, tuple[float, float, float]] = {
            "rule": (0.5, 0.5, 0),
            "score": (0.5, 0.5, 1),
            "both": (1, 1, 1),
            "guide": (how.rounds / 2, how.rounds * 1.5, 1 + how.rounds),
        }
        solver, generator, guide = calls[how.how]
        return Expected(
            solver_calls=solver + guide * by_solver,
            generator_calls=generator + guide * (not by_solver),
        )

    def program_requests(
        self, settings: Settings, card: ModelCard, item: Item
    ) -> Iterable[tuple[str, Request]]:
        """See `Writes.program_requests`: the first program, which need not come to be asked for."""
        return [("pal", template_request(settings, "pal", settings.generator, card, item))]

    async def answer(self, ctx: ArmContext) -> Outcome:
        """See `Arm.answer`."""
        if self._how.how == "both":
            return await self._both(ctx)
        odds: dict[str, Any] = {}
        way: Way | None
        if self._how.how == "rule":
            numbers = all(read_number(text) is not None for text in ctx.item.options.values())
            way = "code" if numbers else "text"
        else:
            way, odds = await self._chosen(ctx)
        if way is None:
            return Outcome((), "unparsed", "the guide chose neither text nor code", odds)
        if self._how.how == "guide":
            return await self._guided(ctx, way, odds)
        tried = await answer_in(way, ctx, self._how.decoding)
        facts = {**tried.outcome.facts, "route": way, **odds}
        return replace(tried.outcome, detail=f"by {way}: {tried.outcome.detail}", facts=facts)

    # ---- the choice ------------------------------------------------------------------------------

    async def _chosen(self, ctx: ArmContext) -> tuple[Way | None, dict[str, Any]]:
        """Where the guide points, and how strongly."""
        reply = await ctx.call(
            self._how.guide, ctx.prompt("steer_score"), _CHOICE, key="route", choices=WAYS
        )
        word = reply.text.strip().rstrip(".").lower()
        way = next((one for one in WAYS if one == word), None)
        ctx.note(reply, way or "unparsed")
        return way, _odds(reply)

    # ---- both ------------------------------------------------------------------------------------

    async def _both(self, ctx: ArmContext) -> Outcome:
        """Both answers, and what is decided between them."""
        text, code = [await served(way, ctx, self._how.decoding) for way in WAYS]
        found: dict[str, str] = {one.way: "".join(one.outcome.letters) for one in (text, code)}
        ctx.step(text.outcome.letters or code.outcome.letters)
        agree = bool(text.outcome.letters) and text.outcome.letters == code.outcome.letters
        if agree and self._how.skip_if_agree:
            return Outcome(
                text.outcome.letters, "answered", "text and code agree", {**found, "route": "agree"}
            )
        prompt = ctx.prompt(
            "steer_merge",
            text=shortened(text.told, _TOLD),
            text_answer=stated(ctx, text.outcome),
            code=shortened(code.told, _TOLD),
            code_answer=stated(ctx, code.outcome),
            printed=shortened(code.printed, OBSERVATION_CHARS) or "(nothing)",
        )
        reply = await ctx.call(self._how.guide, prompt, self._how.decoding, key="merge")
        merged = Outcome.read(ctx.read(reply))
        sides = [way for way in WAYS if merged.letters and found[way] == "".join(merged.letters)]
        route = "neither" if not sides else "agree" if len(sides) > 1 else sides[0]
        return replace(merged, facts={**found, "route": route})

    # ---- guide -----------------------------------------------------------------------------------

    async def _guided(self, ctx: ArmContext, way: Way, odds: dict[str, Any]) -> Outcome:
        """Answers, each checked and looked at by the guide, until it is content or gives up."""
        rounds: list[dict[str, Any]] = []
        tried = await answer_in(way, ctx, self._how.decoding)
        while True:
            number = len(rounds) + 1
            check = await self._check(ctx, tried, number)
            says, instruction = await self._guide(ctx, tried, check, number)
            letters = "".join(tried.outcome.letters)
            rounds.append({"route": tried.way, "letters": letters, "check": check, "guide": says})
            ctx.step(tried.outcome.letters)
            if says in ("return", "give up") or number == self._how.rounds:
                break
            tried = await self._again(ctx, tried, says, instruction, number + 1)
        facts = {**tried.outcome.facts, "route": tried.way, "rounds": rounds, **odds}
        if rounds[-1]["guide"] == "give up":
            return Outcome((), "none", f"the guide gave up in round {len(rounds)}", facts)
        detail = f"by {tried.way}, round {len(rounds)}: {tried.outcome.detail}"
        return replace(tried.outcome, detail=detail.rstrip(": "), facts=facts)

    async def _again(
        self, ctx: ArmContext, tried: Attempt, says: str, instruction: str, number: int
    ) -> Attempt:
        """The next answer: in the other way, or the same one better."""
        other: Way = "code" if tried.way == "text" else "text"
        way = other if says == "switch" else tried.way
        said = instruction or (
            f"The answer before was found by {tried.way}; find it by {way}."
            if says == "switch"
            else "Find the mistake in the answer before."
        )
        before = f"{shortened(tried.told, _TOLD)}\n{stated(ctx, tried.outcome)}"
        return await answer_in(
            way,
            ctx,
            self._how.decoding,
            key=f"round/{number}/{way}",
            instruction=said,
            before=before,
        )

    async def _check(self, ctx: ArmContext, tried: Attempt, number: int) -> CheckState:
        """What a program of the generator says of an answer."""
        if not tried.outcome.letters:
            return "Uncertain"
        key = f"round/{number}/check"
        prompt = ctx.prompt("steer_check", answer=stated(ctx, tried.outcome))
        try:
            written = await ctx.write(prompt, key=key)
        except Refusal:
            return "Uncertain"
        if written.source is None:
            return "Uncertain"
        return state_of(await ctx.run(written, key=key, behind=NOBODY))

    async def _guide(
        self, ctx: ArmContext, tried: Attempt, check: CheckState, number: int
    ) -> tuple[str, str]:
        """What the guide says to do, and the instruction behind it."""
        measure = CodeMeasure.of(tried.told) if tried.way == "code" else None
        prompt = ctx.prompt(
            "steer_guide",
            way=tried.way,
            told=shortened(tried.told, _TOLD),
            answer=stated(ctx, tried.outcome),
            printed=shortened(tried.printed, OBSERVATION_CHARS) or "(nothing)",
            check=check,
            measure=str(measure) if measure else "no program",
        )
        reply = await ctx.call(
            self._how.guide, prompt, self._how.decoding, key=f"round/{number}/guide"
        )
        says, instruction = _direction(reply.text)
        ctx.note(reply, says or "unparsed")
        return says or "return", shortened(instruction, _TOLD)


_DIRECTIONS = ("go on", "switch", "return", "give up")


def _direction(reply: str) -> tuple[str | None, str]:
    """What a guide's first line says to do, and what stands behind it; None where it says nothing
    of the kind."""
    text = reply.strip()
    start = text.lower()
    for known in _DIRECTIONS:
        if start.startswith(known) and not start[len(known) : len(known) + 1].isalnum():
            return known, text[len(known) :].lstrip(" .:,;-\n").strip()
    return None, ""


def _odds(reply: Reply) -> dict[str, Any]:
    """How likely each way is by the guide's scores; nothing where there are none."""
    if not reply.scores or len(reply.scores) != len(WAYS):
        return {}
    weights = [math.exp(score.logprob) for score in reply.scores]
    if not sum(weights):
        return {}
    return {
        "odds": {
            way: round(weight / sum(weights), 6) for way, weight in zip(WAYS, weights, strict=True)
        }
    }
