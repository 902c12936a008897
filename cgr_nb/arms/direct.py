"""Direct: one question to the solver; a letter is extracted from its reply, or the options are
ranked.

With method "generate", the solver writes a reply, from which a rule extracts the letter. Repeating
the same prompt after a reply without a letter would yield the same text. Instead, the solver either
has to choose a letter ("read_out", see arm readout), or is told that no letter could be extracted
and replies again, sampled at a temperature above 0 ("reask"). With method "loglikelihood", no text
is generated (see `ranking`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from cgr_nb.answer_record import Role
from cgr_nb.answers.extraction import CUT_THOUGHT
from cgr_nb.arms.context import ArmContext
from cgr_nb.arms.conversation import Conversation
from cgr_nb.arms.interface import ArmPrompt, Expected, Outcome
from cgr_nb.arms.ranking import By, Over, rank_options
from cgr_nb.arms.refusal import Refusal
from cgr_nb.models.choices import tells_scores
from cgr_nb.models.decoding import Decoding
from cgr_nb.util.constraints import Between

__all__ = ["Direct", "DirectSetting"]

Method: TypeAlias = Literal["generate", "loglikelihood"]
Unreadable: TypeAlias = Literal["auto", "read_out", "reask"]

_REASK_TEMPERATURE = 0.7


@dataclass(frozen=True, slots=True)
class DirectSetting(Decoding):
    """`[direct]` of a study.toml: how replies are sampled, and how the answer comes about."""

    max_tokens: Annotated[int, Between(1, 1_000_000)] = 64
    """Maximum number of tokens of a reply; a truncated reply is used as it is."""
    temperature: Annotated[float, Between(0, 100)] = 0.0
    """0 is greedy."""
    top_p: Annotated[float, Between(0, 1, above=True)] = 1.0
    """Nucleus sampling: sample from the most probable tokens with this total probability."""
    top_k: Annotated[int, Between(0, 10_000_000)] = 0
    """Sample from this many of the most probable tokens; 0: off."""
    min_p: Annotated[float, Between(0, 1)] = 0.0
    """Sample from tokens with at least this fraction of the highest token probability."""
    method: Method = "generate"
    """"generate": a letter is extracted from a generated reply; "loglikelihood": the options are
    ranked.
    """
    over: Over = "letters"
    """With "loglikelihood": score the letters after the direct prompt, or the option texts after
    the question alone (template "scored").
    """
    by: By = "acc"
    """With "loglikelihood": sums ("acc"), or sums divided by characters ("acc_norm") or bytes
    ("acc_bytes").
    """
    unreadable: Unreadable = "auto"
    """With "generate": what to do if no letter can be extracted. "auto": "read_out" if the solver
    provides log-probabilities, else "reask".
    """

    def said(self) -> dict[str, Any]:
        """What it says: how replies are sampled, and of the rest what is not the default."""
        sampled = {one.name for one in fields(Decoding)}
        return {
            one.name: value
            for one in fields(self)
            if (value := getattr(self, one.name)) != one.default or one.name in sampled
        }

    @property
    def decoding(self) -> Decoding:
        """How replies are sampled."""
        return Decoding(**{one.name: getattr(self, one.name) for one in fields(Decoding)})


@dataclass(frozen=True, slots=True)
class _Parameters:
    """Of arm direct: `[direct]` and `reask` of a study.toml."""

    decoding: Decoding = field(default_factory=lambda: Decoding(max_tokens=64))
    reask: int = 1
    """How often "reask" repeats the question after a reply without an extractable letter; 0: never,
    and nothing is read out either.
    """
    method: Method = "generate"
    over: Over = "letters"
    by: By = "acc"
    unreadable: Unreadable = "auto"

    @classmethod
    def of(cls, setting: Decoding, reask: int) -> _Parameters:
        """What a study says."""
        if not isinstance(setting, DirectSetting):
            return cls(setting, reask)
        return cls(
            setting.decoding, reask, setting.method, setting.over, setting.by, setting.unreadable
        )


class Direct:
    """What the solver knows by itself."""

    Parameters = _Parameters
    summary: ClassVar[str] = "one direct prompt to the solver"
    version: ClassVar[int] = 2
    roles: tuple[Role, ...] = ("solver",)
    needs: tuple[str, ...] = ()

    def __init__(self, parameters: _Parameters) -> None:
        self._how = parameters
        self.prompts: Mapping[str, ArmPrompt] = {
            "direct": ArmPrompt("solver", multi="direct_multi"),
            "reask": ArmPrompt("solver", multi="reask_multi"),
        }
        self._ranked = "direct"
        if parameters.method == "loglikelihood" and parameters.over == "texts":
            self._ranked = "scored"
            self.prompts = {**self.prompts, "scored": ArmPrompt("solver")}

    def expected(self, asks: float) -> Expected:
        """See `Arm.expected`."""
        return Expected(solver_calls=1)

    async def answer(self, ctx: ArmContext) -> Outcome:
        """See `Arm.answer`."""
        how = self._how
        if how.method == "loglikelihood":
            return await rank_options(ctx, self._ranked, how.over, how.by, key="direct")
        talk = ctx.conversation("solver", ctx.prompt("direct"))
        outcome = await self._ask(ctx, talk, how.decoding, "direct")
        if outcome.status in ("answered", "overflow", "refused") or not how.reask:
            return outcome
        last = ctx.trail.entries[-1].read
        if last is not None and last.rule == CUT_THOUGHT:
            # It had not come to its answer: a letter made now would not be the thought's.
            return outcome
        unreadable = how.unreadable
        if unreadable == "auto":
            unreadable = "read_out" if tells_scores(ctx.card("solver")) else "reask"
        if unreadable == "read_out" and not ctx.multi:
            return await self._read_out(ctx, talk)
        # At temperature 0 the same turns would mostly get the same words.
        warm = replace(how.decoding, temperature=how.decoding.temperature or _REASK_TEMPERATURE)
        for attempt in range(1, how.reask + 1):
            talk.add(ctx.prompt("reask"))
            outcome = await self._ask(ctx, talk, warm, f"reask/{attempt}")
            if outcome.status in ("answered", "overflow", "refused"):
                break
        return outcome

    async def _ask(
        self, ctx: ArmContext, talk: Conversation, decoding: Decoding, key: str
    ) -> Outcome:
        try:
            reply = await talk.ask(decoding, key=key, purpose="direct")
        except Refusal as refusal:
            return Outcome((), refusal.status, refusal.what, error=refusal.what)
        outcome = Outcome.read(ctx.read(reply))
        ctx.step(outcome.letters)
        return outcome

    async def _read_out(self, ctx: ArmContext, talk: Conversation) -> Outcome:
        talk.add(ctx.prompt("reask"))
        try:
            letter = await ctx.choose("solver", talk.turns, key="readout")
        except Refusal as refusal:
            return Outcome((), refusal.status, refusal.what, error=refusal.what)
        letters = (letter,) if letter else ()
        ctx.step(letters)
        status = "answered" if letter else "none"
        return Outcome(letters, status, "read out: no letter could be read", {"read_out": True})
