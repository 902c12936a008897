"""Texts that may follow a prompt, as tokens behind the prompt's own.

As lm-evaluation-harness does it: prompt and text are encoded together and split where the prompt
ends. Where no white space stands between the two, one space is put there; none where the prompt
ends in a control token, as most chat templates do, or in white space.

Where a text's first characters merge with the prompt's last ones into one token ("Answer: " and
"milk" are encoded "Answer", ":", " milk"), the split is moved to the last token that prompt and
all texts have in common. So every text is scored from the same place, over the characters of the
prompt behind it too, and what is scored is always the prompt and the text as the model's own
tokeniser writes them. (lm-evaluation-harness moves the prompt's white space to the text in any
case, which comes to the same here, and splits at the prompt's number of tokens even where other
characters merge; then it scores no such text.)

A text by itself is encoded, and set behind the whole prompt, where a tokeniser does not let the
prompt's end be encoded apart from what stands before it, and where encoding all of them together
would be too much work.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cgr_nb.errors import RequestError

__all__ = ["Continuations", "split_continuations"]

Continuations = tuple[list[int], tuple[tuple[int, ...], ...]]
"""Tokens of the prompt that all texts share, and those of each text behind them."""

_MOST_WORK = 4_000_000
"""Characters that are encoded for the texts of one prompt at most."""
_LINE_CHARS = 32
"""A prompt's last lines stand for all of it from so many characters on."""


def split_continuations(
    prompt: Sequence[int], tail: str, texts: Sequence[str], tokenise: Callable[[str], list[int]]
) -> Continuations:
    """Encode texts behind a prompt.

    Args:
        prompt: Tokens of the whole prompt, at least one.
        tail: What of the prompt stands behind its last control token; may be empty.
        texts: None is empty.
        tokenise: Text -> tokens, control tokens not parsed.

    Raises:
        RequestError: A text has no tokens, or two have the same.
    """
    spaced = [f"{_between(tail, text)}{text}" for text in texts]
    found = _together(prompt, tail, spaced, tokenise)
    if found is None:
        found = list(prompt), tuple(tuple(tokenise(text)) for text in spaced)
    seen: dict[tuple[int, ...], str] = {}
    for tokens, text in zip(found[1], texts, strict=True):
        if not tokens:
            raise RequestError("a choice has no tokens for this model", got=repr(text[:80]))
        if seen.setdefault(tokens, text) != text:
            raise RequestError(
                "two choices have the same tokens for this model",
                got=f"{seen[tokens][:80]!r} and {text[:80]!r}",
            )
    return found


def _between(tail: str, text: str) -> str:
    return "" if not tail or tail[-1].isspace() or text[0].isspace() else " "


def _together(
    prompt: Sequence[int], tail: str, spaced: Sequence[str], tokenise: Callable[[str], list[int]]
) -> Continuations | None:
    """See the module; None where each text is to be encoded by itself."""
    end = tokenise(tail)
    if list(prompt[len(prompt) - len(end) :]) != end:
        return None
    tail, end = _shortened(tail, end, tokenise)
    if sum(len(tail) + len(text) for text in spaced) > _MOST_WORK:
        return None
    wholes = [tokenise(tail + text) for text in spaced]
    keep = min((_common(end, whole) for whole in wholes), default=len(end))
    shared = list(prompt[: len(prompt) - len(end) + keep])
    if not shared:
        return None
    return shared, tuple(tuple(whole[keep:]) for whole in wholes)


def _shortened(
    tail: str, end: list[int], tokenise: Callable[[str], list[int]]
) -> tuple[str, list[int]]:
    """The last lines of a tail and their tokens, where they are encoded as at the end of all."""
    start = tail.rfind("\n", 0, max(0, len(tail) - _LINE_CHARS)) + 1
    tokens = tokenise(tail[start:])
    same = len(tokens) > 1 and end[len(end) - len(tokens) :] == tokens
    return (tail[start:], tokens) if same else (tail, end)


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    for place, (mine, theirs) in enumerate(zip(one, other, strict=False)):
        if mine != theirs:
            return place
    return min(len(one), len(other))
