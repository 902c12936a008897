"""Rules for answers that are announced: "The answer is (X)", "Answer: X", "The right option is B",
{"answer": "B"}.

Each rule looks for a cue word and reads a bounded stretch after it. A cue that is negated,
conditional or asks for the wrong answer ("the answer is not", "if the answer is", "the incorrect
answer is") announces nothing. Other languages are read by `sentences.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from cgr_nb.answers.announced import (
    CLAUSE_ENDS,
    LEAD,
    LINK,
    UNSAID,
    announced,
    say,
    text_after,
)
from cgr_nb.answers.evidence import FINAL, STATED, WEAK, Statement
from cgr_nb.answers.labels import Choices, read_group
from cgr_nb.answers.lazy_pattern import LazyPattern
from cgr_nb.answers.listing import is_echo, is_name, listed
from cgr_nb.answers.verdicts import is_wrong
from cgr_nb.answers.view import View

__all__ = ["answer_is", "headed", "option_is", "tagged"]

_ANSWER = LazyPattern(
    r"(?:\b(?P<final>(?:my\s|the\s)?final\s{1,3}(?:correct\s{1,3})?(?:answers?|choices?|selection"
    r"|decision|option))"
    r"|\b(?:answers?|ans(?=[.:= ])))"
    r"(?![A-Za-z0-9_]|\s?(?:choices|options|sheet|key)\b)",
    re.IGNORECASE,
)
_ADJUNCT = LazyPattern(
    r"\.?(?:\s(?:therefore|thus|hence|then))?\s?(?:\(s\)|,[^,.\n:?!]{1,40},)?(?:\s?(?:choice"
    r"|option|letter|set|to|for|in|here|of|among|from"
    r"|that|which|i|we|you|based|according|given)\b"
    r"[^.\n:?!]{0,80}?)?\s?(?:,[^,.\n:?!]{1,40},\s?)?(?:" + LINK + r"|\]\s?:?(?=\s?[A-Z]\b))",
    re.IGNORECASE,
)
_WOULD = LazyPattern(r"\s(?:would|could|might)\s", re.IGNORECASE)
_IF_CLAUSE = LazyPattern(
    r"\bif\b(?!\s(?:i|we)\s(?:had|have|must|were|am|are)\b|\s(?:forced|pressed|asked)\b)"
    r"[^.;!?\n]{0,120},\s(?:then\s)?(?:the\s)?(?:correct\s|right\s)?\Z",
    re.IGNORECASE,
)
_MODAL = LazyPattern(r"\b(?:could|might|may)\b", re.IGNORECASE)
_OR_ELSE = LazyPattern(r"[^.!?\n]{0,80}\b(?:or|depending)\b", re.IGNORECASE)
_HEADING = LazyPattern(r"\s?:?\n{1,2}")
_LINE_START = LazyPattern(
    r"(?:\A|\n)[\s#>*\d.)]{0,12}(?:the\s|my\s)?(?:correct\s|right\s|best\s)?\Z", re.IGNORECASE
)


def answer_is(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """The word "answer" and what it is.

    Example:
        "The answer is (C).", "Final Answer: B and D", "**Answer:** b", "The answer is Paris."
    """
    text = view.text
    for cue in _ANSWER.finditer(text, view.start, view.stop):
        if UNSAID.search(text, max(view.start, cue.start() - 32), cue.start()):
            continue
        if _WOULD.match(text, cue.end(), view.stop) and _IF_CLAUSE.search(
            text, max(view.start, cue.start() - 160), cue.start()
        ):
            continue
        final = bool(cue["final"])
        name, strength = ("final_answer", FINAL) if final else ("answer_is", STATED)
        link = _ADJUNCT.match(text, cue.end(), view.stop)
        if link is None:
            link = _HEADING.match(text, cue.end(), view.stop)
            line = text[max(view.start, cue.start() - 40) : cue.start()]
            if not (link and (_LINE_START.search(line) or cue.start() == view.start)):
                yield from _bare(view, choices, cue)
                continue
        colon = not link[0].rstrip().lower().endswith(("is", "are", "was", "be"))
        found = announced(
            view, choices, multi, name, strength, cue.start(), link.end(), small=True, article=colon
        )
        for each in found:
            open_ = _MODAL.search(link[0]) and _OR_ELSE.match(
                text, each.end, min(view.stop, each.end + 160)
            )
            each = _of_several(text, each, cue[0] + link[0], multi)
            yield replace(each, either=True) if open_ and len(each.letters) > 1 else each


def _of_several(text: str, said: Statement, announced_by: str, multi: bool) -> Statement:
    """ "Correct answer(s): A/C": where several are announced a stroke joins."""
    strokes = _STROKES.fullmatch(text[said.start : said.end].removeprefix(announced_by))
    several = multi and said.either and _SEVERAL.search(announced_by)
    return replace(said, either=False) if several and strokes else said


_STROKES = LazyPattern(r"\s?[(\[]?[A-Z][)\]]?(?:\s?/\s?[(\[]?[A-Z][)\]]?){1,9}")
_SEVERAL = LazyPattern(r"\(s\)|\b(?:answers|options|choices|statements)\b", re.IGNORECASE)


def _bare(view: View, choices: Choices, cue: re.Match[str]) -> Iterator[Statement]:
    """ "ANSWER C" as a line of its own."""
    line = view.text[max(view.start, cue.start() - 40) : cue.start()]
    abbreviated = cue[0].lower() == "ans" and line.rstrip().endswith((".", "!", "?"))
    if cue.start() != view.start and not _LINE_START.search(line) and not abbreviated:
        return
    gap = _GAP.match(view.text, cue.end(), view.stop)
    pos = gap.end() if gap else cue.end()
    whole = cue.start() == view.start
    group = (
        read_group(view.text, pos, choices, stop=view.stop, small=whole)
        if pos > cue.end()
        else None
    )
    if group and (group.end >= view.stop or view.text[group.end] in ".\n"):
        yield say("answer_is", STATED, group, cue.start())


_GAP = LazyPattern(r"\.?\s")

_HEAD = LazyPattern(
    r"(?:^\s?|(?<=[.!?]\s)|(?<=[—–✅✓✔👉→]\s))(?:(?:so|thus|therefore|hence),?\s)?(?:the\s|my\s"
    r"|your\s)?"
    r"(?P<word>(?:(?:final|correct|right|best|selected|chosen|predicted)\s)?"
    r"(?:choice|selection|pick|solution|decision|guess|prediction|vote|verdict|conclusion|response"
    r"|result|option|letter|answer\sletter|assistant|model|bot|majority|key)|correct|selected"
    r"|chosen|right|true|final)"
    r"\s?(?:\((?:letter|option|choice)\))?\s?(?::|=(?!=)|[-=]>|→)\s?",
    re.IGNORECASE | re.MULTILINE,
)


def headed(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """A short heading and a label behind it, which ends its clause.

    Example:
        "Correct: C", "My choice: (B)", "Selected option = D"
    """
    for cue in _HEAD.finditer(view.text, view.start, view.stop):
        lead = LEAD.match(view.text, cue.end(), view.stop)
        at = lead.end() if lead else cue.end()
        group = read_group(view.text, at, choices, stop=view.stop, small=True)
        if group is None or is_echo(view.text, group, choices, view.stop):
            continue
        weak = cue["word"].lower() in {
            "option", "result", "letter", "conclusion", "solution", "assistant", "model", "bot",
        }  # fmt: skip
        ends = CLAUSE_ENDS.match(view.text, group.end, view.stop)
        if is_wrong(view.text, group.end, view.stop) or (weak and not ends and not group.marked):
            continue
        if not group.marked and is_name(view.text, group, choices, view.stop):
            continue
        found = listed(view.text, group, choices, view.stop)
        strength = WEAK if weak else STATED
        yield Statement(
            "headed", strength, found.letters, cue.start(), found.end, either=found.either
        )


_OPTION = LazyPattern(
    r"\b(?P<good>correct|right|best|true|only|closest|appropriate|accurate|suitable|likely|valid"
    r"|final|selected|chosen|possible)?"
    r" ?\b(?:options?|choices?|alternatives?|statements?|letters?|selections?"
    r"|(?P<thing>combinations?|reactions?|order|match(?:es)?|one|ones|conclusions?|relations?"
    r"|pairs?|sets?))"
    r"(?:\s?\(s\))?(?![A-Za-z0-9_])"
    r"(?P<more>[^.\n:?!]{0,160}?)\s?(?P<link>\b(?:is|are|would\sbe|must\sbe"
    r"|should\sbe)(?:\s?\(are\)|\b)\s?:?|:|=(?!=))",
    re.IGNORECASE,
)
_LABEL_AND_VERB = LazyPattern(r"\s[(\[]?[A-Z][)\]]?\s(?:alone\s)?[a-z]{3,20}")
_LINES = LazyPattern(r":\s?\n|\n")
_OPTION_AT_END = LazyPattern(r"\b(?:options?|choices?|answers?|statements?)\s?\Z", re.IGNORECASE)
_ARE_RIGHT = LazyPattern(
    r"\b(?:options?|statements?|choices?|answers?|ones?)\s?(?:\(s\)\s)?(?:which\s"
    r"|that\s)?(?:is|are)\s"
    r"(?:the\s|all\s|both\s)?(?:correct|right|true)(?:\sones?)?\s?(?::|are)\s?",
    re.IGNORECASE,
)
_NOT_RIGHT = LazyPattern(
    r"\b(?:not|incorrect|wrong|if|whether|check|consider|each)\b|n't\b", re.IGNORECASE
)
_CORRECT = LazyPattern(
    r"\b(?:correct|right|best|true|only|closest|answer|holds?|valid|match(?:es)?|fits?|works?"
    r"|satisf\w{2,4}|agrees?|remains?|appl(?:y|ies)|qualif\w{1,3}|makes?\ssense)\b",
    re.IGNORECASE,
)


def option_is(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """The right option, and which it is.

    Example:
        "The correct option is B", "The only statement that holds is (D)", "the correct options are
        (A) and (C)", "The following statements are true: (B)"
    """
    for head in _ARE_RIGHT.finditer(view.text, view.start, view.stop):
        if not UNSAID.search(view.text, max(view.start, head.start() - 32), head.start()):
            yield from announced(
                view, choices, multi, "option_is", STATED, head.start(), head.end(), several=True
            )
    text, pos = view.text, view.start
    while cue := _OPTION.search(text, pos, view.stop):
        pos = cue.end()
        right = cue["good"] or _CORRECT.search(cue["more"])
        if not right or UNSAID.search(text, max(view.start, cue.start() - 32), cue.start()):
            continue
        if _NOT_RIGHT.search(cue["more"]):
            continue
        if cue["link"] == "=" and len(cue["more"]) > 3:
            continue  # "Only option B works since x = 2": a formula
        if cue["link"] == ":" and _LABEL_AND_VERB.match(cue["more"]):
            continue  # "Just option C satisfies it: 2·(-2) = -4"
        for each in announced(
            view,
            choices,
            multi,
            "option_is",
            STATED,
            cue.start(),
            cue.end(),
            small=bool(cue["good"]) and len(cue["more"]) <= 12,
            marked=(
                bool(cue["thing"])
                and not _LINES.search(text, pos - 1, pos + 4)
                and not _OPTION_AT_END.search(cue["more"])
            )
            or (len(cue["more"]) > 12 and not cue[0].rstrip().endswith((":", "(are)"))),
            several=cue["link"].startswith(("are", ":"))
            or cue["link"].rstrip().endswith(("(are)", ":")),
        ):
            yield _of_several(text, each, cue[0], multi)


_TAG = LazyPattern(r"<(?:final_?)?(?:answer|choice|option|ans)>\s{0,12}", re.IGNORECASE)
_BETWEEN_TAGS = LazyPattern(r"[\s,;]{0,4}</[a-z_]{1,16}>[\s,;]{0,4}(?:and\s)?\Z", re.IGNORECASE)
_FIELD = LazyPattern(
    r"[\"'](?P<quoted>[A-Za-z][A-Za-z_ -]{1,40})[\"']\s{0,4}:\s{0,4}"
    r"|^\s?(?P<bare>[A-Za-z]{1,12}(?:_[A-Za-z]{1,12}){0,3})\s?(?P<sign>[:=])(?!=)\s{0,4}",
    re.MULTILINE,
)
_NAME = LazyPattern(r"[A-Z]?[a-z]{1,20}|[A-Z]{2,20}")
_OF_FIELDS = frozenset(
    [
        "answer",
        "answers",
        "option",
        "options",
        "choice",
        "choices",
        "letter",
        "letters",
        "label",
        "labels",
        "selection",
        "selections",
        "selected",
        "prediction",
        "response",
        "result",
        "correct",
    ]
)
_BESIDE = frozenset(
    [
        "final",
        "my",
        "the",
        "right",
        "best",
        "chosen",
        "predicted",
        "key",
        "index",
        "id",
        "ids",
        "is",
        "are",
    ]
)
_LIST_OF_ALL = frozenset({"options", "choices", "letters", "labels", "answers"})
_OPENED = LazyPattern(r"[\[({]\s{0,4}(?=[\"']?[A-Z])|(?=[\"']?[A-Za-z])")
_QUOTE = LazyPattern(r"[\"']?")
_MORE = LazyPattern(r"[\"']?[ \t]{0,4},\s{0,4}[\"']?([A-Z])(?=[\"']|\s?[\])},\n]|\Z)")
_CLOSED = LazyPattern(r"[\"']?\s?(?:[\])}]|;?\s?(?:\n|\Z))")


def tagged(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """A field that is named for the answer.

    Example:
        `{"correct_options": ["A", "C"]}`, `answer = ["B"]`, `<answer>D</answer>`
    """
    yield from _tags(view, choices, multi)
    yield from _code(view, choices)
    for cue in _FIELD.finditer(view.text, view.start, view.stop):
        names = {each.lower() for each in _NAME.findall(cue["quoted"] or cue["bare"])}
        if not names & _OF_FIELDS or not names <= _OF_FIELDS | _BESIDE:
            continue
        found = list(_field(view, choices, cue.start(), cue.end()))
        if names <= _LIST_OF_ALL and found and set(found[0].letters) == set(choices.letters):
            continue  # the options told again
        if cue["bare"] and not ("_" in cue["bare"] or cue["sign"] == "="):
            continue  # a heading, which other rules read
        if cue["bare"] and not (found and _CLOSED.match(view.text, found[0].end, view.stop)):
            continue
        yield from found


_RETURNS = LazyPattern(
    r"\b(?:return\s{1,2}|(?:print|puts|console\.log|echo|cout\s?<<)\s?\(?\s?)(?=[\[({\"'])"
)
_QUOTED = LazyPattern(
    r"[\[({]?\s?[\"'][A-Z][\"'](?:\s?,\s?[\"'][A-Z][\"']){0,25}\s?[\])}]?\s?\)?;?(?=\s|\Z)"
)


def _code(view: View, choices: Choices) -> Iterator[Statement]:
    """The quoted labels that a piece of code returns or prints."""
    for cue in _RETURNS.finditer(view.text, view.start, view.stop):
        found = _QUOTED.match(view.text, cue.end(), view.stop)
        letters = tuple(dict.fromkeys(each for each in found[0] if each.isalpha())) if found else ()
        if found and set(letters) <= set(choices.letters):
            yield Statement("tagged", STATED, letters, cue.start(), found.end())


def _tags(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """The answers in tags; several in a row are one set where several options may be right."""
    last: Statement | None = None
    for cue in _TAG.finditer(view.text, view.start, view.stop):
        for found in _field(view, choices, cue.start(), cue.end()):
            between = view.text[last.end : cue.start()] if last else ""
            if last and multi and len(between) <= 40 and _BETWEEN_TAGS.match(between):
                letters = tuple(dict.fromkeys((*last.letters, *found.letters)))
                last = replace(found, letters=letters, start=last.start)
                continue
            if last:
                yield last
            last = found
    if last:
        yield last


def _field(view: View, choices: Choices, start: int, pos: int) -> Iterator[Statement]:
    opened = _OPENED.match(view.text, pos, view.stop)
    at = opened.end() if opened else pos
    quote = _QUOTE.match(view.text, at, view.stop)
    at = quote.end() if quote else at
    group = read_group(view.text, at, choices, stop=view.stop, small=True, article=True)
    if group is None:
        yield from text_after(view, choices, "tagged", FINAL, start, pos)
        return
    letters, end = list(group.letters), group.end
    while len(letters) < 26 and (more := _MORE.match(view.text, end, view.stop)):
        letters.append(more[1])
        end = more.end()
    yield Statement("tagged", FINAL, tuple(dict.fromkeys(letters)), start, end, either=group.either)
