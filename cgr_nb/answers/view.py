"""A reply as the rules see it: short, plain text, and where each of its characters stood.

Typography that says nothing about the answer (markdown, LaTeX wrappers, full-width letters) and
runs of white space are taken out, so that `\\boxed{\\textbf{(A)},\\ \\textbf{(D)}}` reads as
`\\boxed{ (A) , (D) }`. Parts that are not the answer are left out: a closed thought, and whatever
follows an end-of-turn mark.

Two things are not decided here, since they depend on what is read: a line "Question:", or what
follows a mark such as `<eoa>`, may be a next, invented question or only restate this one
(`View.parts` gives the places), and a thought that never closes may still hold a final answer
(`View.unfinished_thought`).

Of very long replies only the beginning and the end are read, `HEAD` and `TAIL` characters: an
answer stands there or nowhere. `View.dropped` says what was left out.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from functools import lru_cache

from cgr_nb.answers.lazy_pattern import LazyPattern
from cgr_nb.thoughts import OPENING_MARK, find_thoughts

__all__ = ["ENDS_WELL", "HEAD", "TAIL", "View", "plain", "view"]

HEAD, TAIL = 20_000, 60_000
"""Characters at the beginning and at the end of a reply that the rules look at."""
ENDS_WELL = ".!?。．…)]}✓✔✅✗✘❌\"'”*>|`।"
"""Characters that a reply which was not cut ends in."""


@dataclass(frozen=True, slots=True)
class View:
    """What the rules read of one reply."""

    text: str
    """The cleaned reply."""
    start: int
    """Offset in `text` of the first character that is not white space."""
    stop: int
    """Offset in `text` after the last character that is not white space; `start` when there is
    none."""
    unfinished_thought: bool
    """The reply is still inside a thought: only an explicit final answer counts."""
    thought_at: int | None = None
    """Offset in the reply of that thought; None where there is none."""
    parts: tuple[int, ...] = ()
    """Offsets in `text` at which a line such as "Question:" begins, after something else."""
    dropped: tuple[int, int] | None = None
    """Start and end offset in the reply of the middle that no rule sees; None when all is seen."""
    kept: tuple[int, ...] = field(default=(0,), repr=False)
    """Offsets in `text` from which on ..."""
    origins: tuple[int, ...] = field(default=(0,), repr=False)
    """... characters follow each other as they do from these offsets of the reply."""

    @property
    def short(self) -> bool:
        """A reply of so few characters may be nothing but an option's text."""
        return self.stop - self.start <= 2000

    def until(self, stop: int) -> View:
        """The same view, ended at an offset of `text`."""
        stop = len(self.text[:stop].rstrip())
        return replace(self, stop=max(self.start, stop), parts=())

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Start and end offset in the reply of a piece of `text` that is not empty."""
        return self._origin(start), self._origin(end - 1) + 1

    def _origin(self, offset: int) -> int:
        piece = bisect_right(self.kept, offset) - 1
        return self.origins[piece] + offset - self.kept[piece]


def _typography() -> dict[int, str]:
    """Map full-width, circled, squared and mathematical characters to the plain character they
    stand for.

    Circled digits are left alone: they may be labels.
    """
    ranges = (
        (0xFF01, 0xFF5F),  # full-width forms
        (0x249C, 0x24EA),  # letters in brackets and circles
        (0x1D400, 0x1D800),  # mathematical letters and digits
        (0x1F130, 0x1F14A),  # squared
    )
    table: dict[int, str] = {}
    for first, last in ranges:
        for code in range(first, last):
            normal = unicodedata.normalize("NFKC", chr(code))
            normal = normal.strip("()") if len(normal) == 3 else normal
            if len(normal) == 1 and normal.isascii():
                table[code] = normal
    for code in range(26):
        table[0x1F150 + code] = table[0x1F170 + code] = chr(ord("A") + code)  # on a dark ground
    invisible = [0x00, 0xA0, 0xAD, 0x3000, 0xFEFF, *range(0x2000, 0x2010), *range(0x202A, 0x2030)]
    invisible += [*range(0x205F, 0x2070), 0xFE0F]
    # No reply may bring the characters that stand for labels of two readings (alphabets.py).
    invisible += range(0xE000, 0xE100)
    table.update(dict.fromkeys(invisible, " "))
    marks = {"【": "[", "】": "]", "。": ".", "｡": ".", "、": ",", "،": ",", "؛": ";", "؟": "?"}
    marks |= {"।": ".", "॥": ".", "۔": ".", "『": '"', "』": '"', "「": '"', "」": '"', "〔": "("}
    marks |= {"〕": ")", "⟨": "<", "⟩": ">", "《": '"', "》": '"', "·": " "}
    table.update({ord(mark): plain for mark, plain in marks.items()})
    table.update(dict.fromkeys(map(ord, "⟹⇨"), "⇒"))
    table.update(dict.fromkeys(map(ord, "⟶➡➔➜➝🡒"), "→"))
    return table


_TYPOGRAPHY = _typography()

# Every pattern here is one pass over the text with bounded repeats only.
_WRAPPERS = LazyPattern(
    r"\\(?:text(?:bf|it|rm|sf|tt|normal)?|math(?:bf|rm|sf|it|tt|bb|cal)|mbox|hbox|boldsymbol|bm"
    r"|underline|operatorname|emph)\s?\{"
    r"|\\(?:left|right|quad|qquad|displaystyle|bf|rm|Large|large|big|Big|bigg|Bigg)(?![A-Za-z])"
    r"|\\[()\[\];,!: ]"
    r"|\$"
    r"|<\|(?:begin|end)_of_(?:box|solution)\|>|<\|(?:START|END)_(?:RESPONSE|TEXT)\|>"
    r"|</?(?:b|i|u|em|strong|p|br|span|code|mark|sub|sup|output|response|solution)\s?/?>"
    r"|<eo[b-ln-z]>"  # "end of explanation", of a thought ...: a mark between parts of one turn
)
_BRACES = LazyPattern(r"\\[{}]|[{}]")
_MARKDOWN = LazyPattern(
    r"(?<![\w\s])\*{1,3}|\*{1,3}(?![\w\s])|(?<!\w)\*{1,3}(?=\w)|(?<=\w)\*{1,3}(?!\w)"
    r"|(?<!\w)_{1,3}(?=[^\s_])|(?<=[^\s_])_{1,3}(?![\w{\\])"
    r"|`{1,3}"
    r"|^[ \t]{0,8}(?:#{1,6}|>{1,3}|[-*•◦‣·▪➤])(?=\s)",
    re.MULTILINE,
)
_TURN_MARK = LazyPattern(
    r"<\|(?!(?:begin|end)_of_(?:box|solution)\||(?:START|END)_(?:RESPONSE|TEXT)\|)"
    r"[A-Za-z0-9_ -]{1,40}\|>(?:assistant\b)?|</?s>|<(?:eos|bos|pad|end_of_turn|start_of_turn"
    r"|endoftext)>"
    r"|\[/?INST\]|<｜[^<>\n]{1,40}｜>",
    re.IGNORECASE,
)
_NEXT_PROMPT = LazyPattern(
    r"\n[ \t]{0,4}(?:(?:Question|Problem|Exercise|Human|User|Q)(?:[ \t]{0,2}\d{1,4})?[ \t]{0,2}(?::"
    r"|\.(?=\s)|(?=\s{0,2}\Z))"
    r"|(?:Pregunta|Pergunta|Quest(?:ão|ion)|Domanda|Frage|Vraag|Pytanie"
    r"|Вопрос|Питання|Câu\shỏi|Pertanyaan|Soru"
    r"|(?:请(?:你)?(?:回答)?)?(?:问题|題目|题目|問題)|请(?:你)?回答"
    r"|질문|문제|السؤال|प्रश्न|প্রশ্ন)"
    r"(?:[ \t]{0,2}\d{1,4})?[ \t]{0,2}:)"
    r"|\n(?:[^\n]{4,300}\?|(?:\d{1,3}[.)]\s)?(?:Which|What|Who|When|Where|How|下列|以下|下面"
    r"|关于)[^\n]{4,300}:)\s?(?=\n{1,2}[(\[]?A[.):\]][^\n]{0,200}\n{1,2}[(\[]?B[.):\]])"
    r"|\n\d{1,3}[.)]\s[^\n]{4,300}\?(?=\s{0,2}(?:[(\[]?A[.):\]]|\Z))"
    r"|\n(?:下一题|下一題|次の問題|다음\s문제|Next\s(?:question|problem))\b"
    r"|<eo[am]>"  # "end of answer", of machine: what follows is invented, unless nothing was said
)
_EXAMPLE = LazyPattern(
    r"(?:例子|示例|\b(?:example|ejemplo|exemple|Beispiel))\s?:\s?\n", re.IGNORECASE
)
_SPACES = LazyPattern(r"\s+")


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _unwrapped(text: str) -> str:
    """LaTeX wrappers blanked, each with the brace that closes it."""
    opened = {found.end() - 1 for found in _WRAPPERS.finditer(text) if found[0][-1] == "{"}
    blanked: list[int] = []
    stack: list[bool] = []
    for found in _BRACES.finditer(text):
        if found[0] == "{":
            stack.append(found.start() in opened)
        elif found[0] == "}" and stack and stack.pop():
            blanked.append(found.start())
    if blanked:
        characters = list(text)
        for place in blanked:
            characters[place] = " "
        text = "".join(characters)
    return _ESCAPED_BRACE.sub(" ", _WRAPPERS.sub(_blank, text))


_ESCAPED_BRACE = LazyPattern(r"\\(?=[{}])")
_CHECKBOX = LazyPattern(r"^[ \t]{0,8}(?:[-*•][ \t])?\[(?P<mark>[xX✓✔ ])\](?=[ \t])", re.MULTILINE)


def _ticked(found: re.Match[str]) -> str:
    return found[0][:-3] + ("✗  " if found["mark"] == " " else "✓  ")


def plain(text: str) -> str:
    """Typography taken off, character for character.

    Example:
        `plain("**C**")` is `"  C  "`.
    """
    text = _CHECKBOX.sub(_ticked, text.translate(_TYPOGRAPHY))
    return _MARKDOWN.sub(_blank, _unwrapped(text))


@lru_cache(maxsize=256)
def view(reply: str) -> View:
    """Clean one reply, each text once: short ones are given to many items. Time and memory are
    linear in its length, and bounded from there on.

    Example:
        `view("<think>A?</think>**B**</s>").text.strip()` is `"B"`.
    """
    thoughts = find_thoughts(reply)
    start = thoughts.end
    dropped = None
    if len(reply) - start > HEAD + TAIL:
        dropped = (start + HEAD, len(reply) - TAIL)
    pieces = [(start, len(reply))]
    if dropped is not None:
        pieces = [(start, dropped[0]), (dropped[1], len(reply))]
    text, kept, origins = "", [0], [start]
    for begin, end in pieces:
        text, ended = _add(text, reply[begin:end], begin, kept, origins)
        if ended:
            break
    stop = len(text.rstrip())
    first = len(text) - len(text.lstrip()) if stop else 0
    parts = tuple(found.start() for found in _NEXT_PROMPT.finditer(text, 0, stop))
    example = _EXAMPLE.search(text, first, stop) if parts else None
    if example and parts[-1] > example.end():
        # A prompt told again: its example is not the answer.
        parts = tuple(part for part in parts if part > example.end())
        first, parts = parts[0], parts[1:]
    return View(
        text,
        first,
        stop,
        unfinished_thought=thoughts.opened_at is not None,
        thought_at=thoughts.opened_at,
        parts=tuple(p for p in parts if text[first:p].strip()),
        dropped=dropped,
        kept=tuple(kept),
        origins=tuple(origins),
    )


def _add(
    text: str, piece: str, begin: int, kept: list[int], origins: list[int]
) -> tuple[str, bool]:
    """Clean a piece of a reply and put it behind what is there; whether the turn ended in it."""
    piece, ended = _first_turn(piece)
    cleaned = plain(OPENING_MARK.sub(_blank, piece))
    size, pos = len(text), 0
    if size:
        kept.append(size)
        origins.append(begin)
    parts = [text]
    for run in _SPACES.finditer(cleaned):
        lines = run[0].count("\n")
        space = "\n\n" if lines > 1 else "\n" if lines else " "
        if not size and not run.start():
            space = ""
        size += run.start() - pos + len(space)
        parts += [cleaned[pos : run.start()], space]
        pos = run.end()
        if len(space) != len(run[0]):
            kept.append(size)
            origins.append(begin + pos)
    parts.append(cleaned[pos:])
    return "".join(parts), ended


def _first_turn(piece: str) -> tuple[str, bool]:
    """The piece up to the first end-of-turn mark that has something before it."""
    begin = len(piece) - len(piece.lstrip())
    for found in _TURN_MARK.finditer(piece, begin):
        if found.start() > begin:
            return _TURN_MARK.sub(_blank, piece[: found.start()]), True
        begin = found.end()
        begin += len(piece[begin : begin + 200]) - len(piece[begin : begin + 200].lstrip())
    return _TURN_MARK.sub(_blank, piece), False
