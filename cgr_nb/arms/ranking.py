"""The options of an item ranked by how likely the solver finds them: no text is generated.

As lm-evaluation-harness ranks (`multiple_choice` tasks): `acc` takes the option with the highest
sum of log-probabilities, `acc_norm` divides the sum by the option's characters, `acc_bytes` by its
bytes in UTF-8. Of equals the first one counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, TypeAlias

from cgr_nb.arms.context import ArmContext
from cgr_nb.arms.interface import Outcome
from cgr_nb.models.decoding import Decoding
from cgr_nb.prompts.trimmed import trimmed
from cgr_nb.records import Score

__all__ = ["By", "Over", "rank_options"]

Over: TypeAlias = Literal["letters", "texts"]
"""What is scored behind the prompt: the options' letters, or their texts."""
By: TypeAlias = Literal["acc", "acc_norm", "acc_bytes"]
"""Which of the three rankings is the answer; all are on record."""

RULE = "likeliest"
"""Stands on record where letters that were read say by which rule."""
_MEASURES: Mapping[By, Callable[[str, Score], float]] = {
    "acc": lambda text, score: score.logprob,
    "acc_norm": lambda text, score: score.logprob / len(text),
    "acc_bytes": lambda text, score: score.logprob / score.bytes,
}


async def rank_options(ctx: ArmContext, template: str, over: Over, by: By, *, key: str) -> Outcome:
    """Rank the options of the item.

    Args:
        ctx: Of the arm.
        template: The arm's template for the prompt.
        over: What is scored.
        by: Which ranking is the answer.
        key: Names the call on record.

    Raises:
        OutOfBudget, Refusal: As `ArmContext.call`.
    """
    if ctx.multi:
        return Outcome.impossible("a set of letters can't be ranked one by one")
    options = ctx.item.options
    texts = {
        letter: letter if over == "letters" else trimmed(options[letter]) for letter in options
    }
    choices = tuple(dict.fromkeys(texts.values()))
    # Nothing is written: the limit has no part in it.
    reply = await ctx.call(
        "solver", ctx.prompt(template), Decoding(max_tokens=16), key=key, choices=choices
    )
    if reply.scores is None:
        ctx.note(reply, "none")
        return Outcome.impossible("the solver tells no log-probabilities of texts")
    found = _rankings(texts, dict(zip(choices, reply.scores, strict=True)))
    letter = found[by]
    ctx.note(reply, "answered", (letter,), RULE)
    ctx.step((letter,))
    facts = {"over": over, "by": by, **found}
    return Outcome((letter,), "answered", f"the likeliest of the options' {over} by {by}", facts)


def _rankings(texts: Mapping[str, str], scores: Mapping[str, Score]) -> dict[str, str]:
    """Measure -> the letter that is first by it."""

    def first(measure: Callable[[str, Score], float]) -> str:
        letters: Sequence[str] = list(texts)
        return max(letters, key=lambda letter: measure(texts[letter], scores[texts[letter]]))

    return {name: first(measure) for name, measure in _MEASURES.items()}
