"""Where a reply's thoughts end and its answer begins.

Reasoning models think aloud before they answer, each family between marks of its own (`FAMILIES`).
Some prompts end with the opening mark, so a reply may begin inside a thought and hold the closing
mark alone; that is told apart by whoever saw the prompt (`opened_thought`), never guessed from a
reply. A mark beside a quotation mark or in a fenced block of the answer is talked about: it neither
opens nor closes a thought.

A thought that never closes is no answer, however sure it sounds.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

__all__ = [
    "CHANNEL_TOKENS",
    "FAMILIES",
    "OPENING_MARK",
    "Marks",
    "Thoughts",
    "closing_mark",
    "closing_text",
    "find_thoughts",
    "last_mark",
    "opened_thought",
    "split_thoughts",
]


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of one family of models."""

    opens: str
    closes: str
    leads: bool = False
    """They are words that a text may hold anyway: they count at the beginning of a reply only."""


FAMILIES: tuple[Marks, ...] = (
    Marks("<think>", "</think>"),  # DeepSeek, Qwen, GLM, Phi, Nemotron, SmolLM3, Hunyuan ...
    Marks("<thinking>", "</thinking>"),
    Marks("<thought>", "</thought>"),  # EXAONE Deep
    Marks("<thoughts>", "</thoughts>"),
    Marks("<reasoning>", "</reasoning>"),
    Marks("<seed:think>", "</seed:think>"),
    Marks("<longcat_think>", "</longcat_think>"),
    Marks("[THINK]", "[/THINK]"),  # Magistral
    Marks("◁think▷", "◁/think▷"),  # Kimi
    Marks("<|begin_of_thought|>", "<|end_of_thought|>"),  # OpenThinker
    Marks("<|START_THINKING|>", "<|END_THINKING|>"),  # Cohere
    Marks("<|inner_prefix|>", "<|inner_suffix|>"),  # Apertus
    Marks("<|channel>thought", "<channel|>"),  # Gemma 4
    Marks("<unused94>thought", "<unused95>"),  # MedGemma
    Marks("<|think|>", "<|content|>"),  # Solar
    Marks("Here is my thought process:", "Here is my response:", leads=True),  # Granite
    Marks("Here's my thought process:", "Here's my response:", leads=True),
)
"""Marks of all families but those with channels, which are read apart."""
CHANNEL_TOKENS = ("<|channel|>", "<|message|>", "<|start|>", "<|end|>", "<|constrain|>")
"""Tokens of gpt-oss around its messages."""
_CHANNEL = re.compile(
    r"<\|channel\|>\s{0,2}(\w{1,20})[^<\n]{0,80}(?:<\|constrain\|>\w{0,20}\s?)?(?:<\|message\|>)?"
)
"""The head of a message of gpt-oss; its channel says whether the user is to see it."""
_MESSAGE_ENDS = "<|end|>"
_BARE_CHANNELS = re.compile(r"\A\s{0,8}analysis(?=[A-Z\"'(\[*])")
_BARE_FINAL = "assistantfinal"
"""What is left of channels where control tokens are decoded to nothing."""
_FENCE = re.compile(r"^[ \t]{0,12}(?:```|~~~)", re.MULTILINE)
_WORD = re.compile(r"\S")
_QUOTES = "\"'`“”‘’«»"
_OPENS, _CLOSES = (
    "|".join(re.escape(getattr(family, side)) for family in FAMILIES if not family.leads)
    for side in ("opens", "closes")
)
OPENING_MARK = re.compile(_OPENS, re.IGNORECASE)
# Without groups, so that `re` itself passes over what no mark begins with.
_MARK = re.compile(f"{_OPENS}|{_CLOSES}", re.IGNORECASE)
_LEADING = tuple(
    (re.compile(rf"\s{{0,8}}{re.escape(family.opens)}", re.IGNORECASE), family.closes)
    for family in FAMILIES
    if family.leads
)


@dataclass(frozen=True, slots=True)
class Thoughts:
    """The thoughts of one reply, as a place in it."""

    end: int
    """Offset in the reply where its answer begins; 0 where it thinks nothing."""
    opened_at: int | None
    """Offset of a thought that never closes; None where all are closed."""


def split_thoughts(reply: str, opened: str = "") -> tuple[str, str]:
    """A reply in two: its thoughts with their marks, and its answer. Together they are the reply.

    Where the reply is cut inside its thought all of it is thoughts, and the answer is empty. An
    answer that begins, after some words, another thought is kept whole.

    Args:
        reply: The reply as decoded.
        opened: The mark with which the prompt has opened a thought (`opened_thought`).

    Example:
        `split_thoughts("<think>A?</think>B")` is `("<think>A?</think>", "B")`.
    """
    whole = opened + reply
    found = find_thoughts(whole)
    end, cut = found.end, found.opened_at
    if cut is not None and not whole[end:cut].strip():
        end = len(whole)
    end = max(0, end - len(opened))
    return reply[:end], reply[end:]


def find_thoughts(reply: str) -> Thoughts:
    """Find the thoughts of a reply. Time is linear in its length."""
    if reply.lstrip()[:8] == "analysis" and _BARE_CHANNELS.match(reply):
        final = reply.rfind(_BARE_FINAL)
        if final < 0:
            return Thoughts(len(reply), 0)
        return _between_marks(reply, final + len(_BARE_FINAL))
    channels = list(_CHANNEL.finditer(reply))
    if not channels:
        return _between_marks(reply, 0)
    finals = [found.end() for found in channels if found[1].lower() == "final"]
    if finals:
        return _between_marks(reply, finals[-1])
    ended = reply.find(_MESSAGE_ENDS, channels[-1].end())
    if ended < 0:
        return Thoughts(len(reply), 0)
    return _between_marks(reply, ended + len(_MESSAGE_ENDS))


def opened_thought(tail: str) -> str:
    """The mark that leaves a thought open at the end of a prompt; "" where none does.

    Args:
        tail: What the chat template puts behind the last turn. Marks in what a user says open
            nothing.
    """
    mark = last_mark(tail) or ""
    is_channel = mark.startswith(CHANNEL_TOKENS[0])
    return "" if is_channel and _MESSAGE_ENDS in tail[tail.rfind(mark) :] else mark


def last_mark(text: str) -> str | None:
    """The last mark in a text, where it opens a thought; "" where it closes one, None where there
    is none."""
    channels = list(_CHANNEL.finditer(text))
    if channels:
        return "" if channels[-1][1].lower() == "final" else channels[-1][0]
    found = None
    for mark in _MARK.finditer(text):
        found = mark[0] if _opens(mark) else ""
    return found


def closing_mark(opened: str) -> str:
    """What closes a thought and leads over to the answer.

    Args:
        opened: The mark that opened it.
    """
    if opened.startswith(CHANNEL_TOKENS[0]):
        return "<|end|><|start|>assistant<|channel|>final<|message|>"
    said = opened.lower()
    for family in FAMILIES:
        if family.opens.lower() == said:
            if family.closes == "<|content|>":
                return "<|end|><|begin|>assistant<|content|>"
            return family.closes
    return "</think>"


def closing_text(opened: str) -> str:
    """What is written to close a thought and have the answer follow.

    Args:
        opened: The mark that opened it.
    """
    mark = closing_mark(opened)
    return f"\n{mark}\n\n" if mark.startswith("</") else f"\n{mark}"


def _between_marks(reply: str, start: int) -> Thoughts:
    """The thoughts from an offset on."""
    for opens, closes in _LEADING:
        if head := opens.match(reply, start):
            found = re.compile(re.escape(closes), re.IGNORECASE).search(reply, head.end())
            return Thoughts(found.end(), None) if found else Thoughts(start, start)
    end, opened_at, first = start, None, _first_word(reply, start)
    marks = list(_MARK.finditer(reply, start))
    fences = [found.start() for found in _FENCE.finditer(reply, start)] if marks else []
    for mark in marks:
        said = first < mark.start()
        if opened_at is None and said and _is_talk(reply, mark, fences, end):
            continue
        if not _opens(mark):
            # Also without its opening mark, which may stand in the prompt; the last one counts,
            # since some models go on with a thought that they have closed.
            end, opened_at, first = mark.end(), None, _first_word(reply, mark.end())
        elif opened_at is None:
            opened_at = mark.start()
    return Thoughts(end, opened_at)


def _opens(mark: re.Match[str]) -> bool:
    return OPENING_MARK.fullmatch(mark[0]) is not None


def _first_word(text: str, start: int) -> int:
    found = _WORD.search(text, start)
    return found.start() if found else len(text)


def _is_talk(reply: str, mark: re.Match[str], fences: list[int], end: int) -> bool:
    """Whether an answer that begins at `end` only talks of a mark, or has it in a program."""
    beside = reply[max(0, mark.start() - 1) : mark.start()] + reply[mark.end() : mark.end() + 1]
    fenced = (bisect_left(fences, mark.start()) - bisect_left(fences, end)) % 2 == 1
    return fenced or any(character in _QUOTES for character in beside)
