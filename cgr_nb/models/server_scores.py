"""Texts behind a prompt, scored by a server that tells log-probabilities of prompts.

The prompt is sent alone, and once with each text behind it. As the engine does it (see
`engine.continuations`), and lm-evaluation-harness with its `gguf` model: where no white space
stands between prompt and text, one space is put there, and the text's tokens begin where those of
the prompt alone end. Where a token spans that place, all texts are scored from the last token that
the prompt and all of them have in common. Where the tokens of a text end is seen from their own
texts, which must be the very characters that were sent; where they are no whole characters, from
the offsets that the server tells (`text_offset`). Some servers leave control tokens out of offsets
and lists, so offsets are counted from where the text begins, never from the start.

Behind each text stands the text with which the card's chat template ends a turn, where it is known:
the log-probability of its first token is the score's `end_logprob`. (The engine adds up all tokens
that end a reply.) It is None where that text merges with the scored one, and where a server does
not list it.

Whether a server does all this is found out by what it says of its own words: the token that it
writes behind a prompt must have nearly the same log-probability when it is part of the prompt.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from cgr_nb.errors import RequestError
from cgr_nb.models.server_prompt import ServerPrompt
from cgr_nb.models.told_tokens import TellsNothing, ToldToken, ToldTokens, Way
from cgr_nb.records import Message, Score
from cgr_nb.util.surrogates import escape_surrogates

__all__ = ["PROBES", "ScoreWay", "Scored", "find_score_way", "score_texts"]

Tell: TypeAlias = Callable[[str], Awaitable[ToldTokens]]
"""Asks a server of a text."""

PROBES = ((Message("user", "Say hello."),), (Message("user", "What is 2 plus 3?"),))
_CLOSE = 1.0
"""By how much a server may differ from itself: batches of another size round otherwise (seen: 0.1),
and neighbours' log-probabilities lie many units off the one of the likeliest token."""


@dataclass(frozen=True, slots=True)
class ScoreWay:
    """How a server tells log-probabilities of texts."""

    way: Way | None
    """None where it tells none."""
    why: str | None = None
    """Why it tells none, in words."""


@dataclass(frozen=True, slots=True)
class Scored:
    """The scores of some texts behind one prompt."""

    scores: tuple[Score, ...]
    """One each, in their order."""
    alone: ToldTokens
    """Of the prompt."""


async def find_score_way(
    ways: Sequence[Way], probes: Sequence[str], tell: Callable[[Way, str], Awaitable[ToldTokens]]
) -> ScoreWay:
    """Try ways on a server.

    Args:
        ways: The likeliest first.
        probes: Prompts that the model goes on with.
        tell: Asks the server; raises `TellsNothing` where it does not know the way.
    """
    why = "no way of asking it for them is known"
    for way in ways:
        for probe in probes:
            try:
                alone = await tell(way, probe)
                if not alone.text or not alone.written:
                    why = "it ended its replies to short questions at once, so it was not seen"
                    continue
                whole = await tell(way, probe + alone.text)
            except TellsNothing as nothing:
                why = str(nothing)
                break
            if _agrees(alone, whole):
                return ScoreWay(way)
            why = "what it tells of a prompt's tokens is not what it told when it wrote them"
    return ScoreWay(None, why)


def _agrees(alone: ToldTokens, whole: ToldTokens) -> bool:
    [wrote], told = alone.written, whole.prompt[-1]
    if len(whole.prompt) != len(alone.prompt) + 1 or told.text != wrote.text:
        return False
    return abs((told.logprob or 0.0) - (wrote.logprob or 0.0)) <= _CLOSE


async def score_texts(prompt: ServerPrompt, texts: Sequence[str], end: str, tell: Tell) -> Scored:
    """Score texts.

    Args:
        prompt: What they stand behind.
        texts: Different ones, none empty.
        end: What ends a reply; "" where it is not known.
        tell: Asks the server.

    Raises:
        RequestError: Tokens do not fit the text, or two texts are the same to the model.
    """
    alone = await tell(prompt.text)
    spaced = [escape_surrogates(f"{_between(prompt.tail, text)}{text}") for text in texts]
    wholes = [await tell(prompt.text + text + end) for text in spaced]
    keep = min(_common(alone.prompt, whole.prompt) for whole in wholes)
    found: list[Score] = []
    seen: dict[tuple[tuple[str, float | None], ...], str] = {}
    for whole, behind, text in zip(wholes, spaced, texts, strict=True):
        size = _text_size(alone, whole, keep, behind, end)
        if size is None and end:
            # What ends a reply merges with the text: then the text alone.
            whole = await tell(prompt.text + behind)
            if _common(alone.prompt, whole.prompt) >= keep:
                size = _text_size(alone, whole, keep, behind, "")
        if not keep or size is None:
            raise RequestError(
                "the server's tokens do not match the text it was given", got=repr(text[:80])
            )
        tokens = whole.prompt[keep : keep + size]
        sums = [one.logprob for one in tokens if one.logprob is not None]
        if not tokens or len(sums) < len(tokens):
            raise RequestError("a choice has no tokens for this model", got=repr(text[:80]))
        mark = tuple((one.text, one.logprob) for one in tokens)
        if seen.setdefault(mark, text) != text:
            raise RequestError(
                "two choices have the same tokens for this model",
                got=f"{seen[mark][:80]!r} and {text[:80]!r}",
            )
        found.append(
            Score(
                logprob=sum(sums),
                tokens=size,
                bytes=len(escape_surrogates(text).encode()),
                end_logprob=_end_logprob(whole.prompt[keep + size :], end),
            )
        )
    return Scored(tuple(found), alone)


def _between(tail: str, text: str) -> str:
    return "" if not tail or tail[-1].isspace() or text[0].isspace() else " "


def _common(one: Sequence[ToldToken], other: Sequence[ToldToken]) -> int:
    for place, (mine, theirs) in enumerate(zip(one, other, strict=False)):
        if (mine.text, mine.start) != (theirs.text, theirs.start):
            return place
    return min(len(one), len(other))


def _text_size(alone: ToldTokens, whole: ToldTokens, keep: int, text: str, end: str) -> int | None:
    """How many tokens from `keep` on are those of a text, the rest of the prompt before it; None
    where none ends where it does."""
    rest, tokens = alone.prompt[keep:], whole.prompt[keep:]
    size = _by_texts(tokens, "".join(one.text for one in rest) + text)
    if size is not None:
        return size
    if any("\ufffd" in one.text for one in tokens):
        # Parts of characters have lengths of their own here, and offsets go by them.
        return _before_end(tokens, end)
    ahead = _length(rest, alone.written)
    if ahead is None:
        return None
    return _by_offsets(tokens, whole.written, ahead + len(text), bool(end))


def _by_texts(tokens: Sequence[ToldToken], expected: str) -> int | None:
    said = ""
    for number, one in enumerate(tokens, 1):
        said += one.text
        if said == expected:
            return number
        if not expected.startswith(said):
            break
    return None


def _before_end(tokens: Sequence[ToldToken], end: str) -> int | None:
    said = ""
    for number in range(len(tokens), 0, -1):
        if said == end:
            return number
        said = tokens[number - 1].text + said
    return None


def _by_offsets(
    tokens: Sequence[ToldToken], written: Sequence[ToldToken], size: int, has_end: bool
) -> int | None:
    starts = [one.start for one in (*tokens, *written) if one.start is not None]
    if not starts or len(starts) < len(tokens) + len(written):
        return None
    for number, start in enumerate(starts):
        if start - starts[0] >= size:
            return number if start - starts[0] == size and number else None
    # Nothing stands behind it; the last one may be a part of a character, and have no length.
    return None if written or has_end else len(tokens)


def _length(tokens: Sequence[ToldToken], written: Sequence[ToldToken]) -> int | None:
    """Characters of tokens, by offsets."""
    if not tokens:
        return 0
    first, last = tokens[0].start, tokens[-1].start
    if first is None or last is None:
        return None
    end = written[0].start if written else None
    return (last + len(tokens[-1].text) if end is None else end) - first


def _end_logprob(behind: Sequence[ToldToken], end: str) -> float | None:
    if not end or not behind:
        return None
    first = behind[0]
    return first.logprob if end.startswith(first.text.strip(" ")) else None
