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
from cgr_nb.models.choices import why_no_scores
from cgr_nb.models.decoding import Decoding
from cgr_nb.prompts import RenderedPrompt
from cgr_nb.prompts.trimmed import trimmed
from cgr_nb.records import Score

__all__ = ["NO_SETS", "By", "Over", "rank_options", "rankings", "score_options", "scored_texts"]

Over: TypeAlias = Literal["letters", "texts"]
"""What is scored behind the prompt: the options' letters, or their texts."""
By: TypeAlias = Literal["acc", "acc_norm", "acc_bytes"]
"""Which of the three rankings is the answer; all are on record."""

NO_SETS = "a set of letters can't be ranked one by one"

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
        return Outcome.impossible(NO_SETS)
    texts = scored_texts(ctx.item.options, over)
    scores = await score_options(ctx, ctx.prompt(template), texts, by, key=key)
    if scores is None:
        return Outcome.impossible(why_no_scores(ctx.card("solver")))
    found = rankings(texts, [scores])
    letter = found[by]
    ctx.step((letter,))
    facts = {"over": over, "by": by, **found}
    return Outcome((letter,), "answered", f"the likeliest of the options' {over} by {by}", facts)


def scored_texts(options: Mapping[str, str], over: Over) -> dict[str, str]:
    """Letter -> the text that is scored for it."""
    return {letter: letter if over == "letters" else trimmed(options[letter]) for letter in options}


async def score_options(
    ctx: ArmContext, prompt: RenderedPrompt, texts: Mapping[str, str], by: By, *, key: str
) -> dict[str, Score] | None:
    """Score the options behind one prompt; None where the solver tells no log-probabilities.

    Args:
        ctx: Of the arm.
        prompt: What they stand behind.
        texts: As `scored_texts` returns them.
        by: The ranking whose first letter is noted on record.
        key: Names the call on record.

    Returns:
        Text -> its score.

    Raises:
        OutOfBudget, Refusal: As `ArmContext.call`.
    """
    choices = tuple(dict.fromkeys(texts.values()))
    # Nothing is written: the limit has no part in it.
    reply = await ctx.call("solver", prompt, Decoding(max_tokens=16), key=key, choices=choices)
    if reply.scores is None:
        ctx.note(reply, "none")
        return None
    scores = dict(zip(choices, reply.scores, strict=True))
    ctx.note(reply, "answered", (rankings(texts, [scores])[by],), RULE)
    return scores


def rankings(texts: Mapping[str, str], scores: Sequence[Mapping[str, Score]]) -> dict[str, str]:
    """Measure -> the letter that is first by it, over the mean of its values behind some prompts.

    Args:
        texts: Letter -> text.
        scores: Of each prompt, text -> score; at least one.
    """

    def first(measure: Callable[[str, Score], float]) -> str:
        sums = {
            letter: sum(measure(text, one[text]) for one in scores)
            for letter, text in texts.items()
        }
        return max(sums, key=lambda letter: sums[letter])

    return {name: first(measure) for name, measure in _MEASURES.items()}
