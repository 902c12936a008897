"""Several labels in one stretch: an answer of several options, judgements one by one, or a mere
echo of the options."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cgr_nb.answers.labels import Choices, Group, read_group
from cgr_nb.answers.statement import STATED, WEAK, Statement
from cgr_nb.answers.view import View

__all__ = [
    "Listed",
    "all_or_none",
    "concluding",
    "contradicted",
    "is_echo",
    "is_name",
    "is_right",
    "is_wrong",
    "judged_lines",
    "listed",
    "spared_letters",
    "verdict",
    "verdicts_after",
]

_BE = r"(?:is|are|was|were|seems?|appears?|must\sbe|would\sbe|should\sbe)"
_WRONG = re.compile(
    r"\s{0,3}(?:(?:options?|choices?|statements?)\s)?"
    r"(?:"
    + _BE
    + r"\s{1,2}(?:\w{2,12}\s){0,2}?(?:not\b|incorrect|wrong|false\b|untrue|invalid|ruled\sout"
    r"|eliminated"
    r"|excluded|out\b|impossible|unlikely|inaccurate|inappropriate|irrelevant|never)"
    r"|(?:isn|aren|wasn|can|could|does|do|would)'?n?'t\b|can\s?not\b|(?:does|do|could|would)\snot\b"
    r"|[-–—:]\s{0,3}(?:incorrect|wrong|false)\b)",
    re.IGNORECASE,
)
_SINGULAR = re.compile(r"\s{0,3}(?:is|was|isn)\b", re.IGNORECASE)
_RIGHT = re.compile(
    r"\s{0,3}(?:(?:"
    + _BE
    + r")\s{1,2}(?:(?:the|also|all|both|indeed|most|likely|therefore|definitely|clearly|only|thus"
    r"|probably|then|always|hence|certainly|actually|both|a|an|necessarily|one|ones|our|my)\s){0,3}(?:correct|right|true\b|accurate|best\b|answers?\b)"
    r"|[-–—:]\s{0,3}(?:correct|right|true)\b)",
    re.IGNORECASE,
)
_ITEM = re.compile(
    r"(?P<joint>[,;.]|\b(?:and\s?/\s?or|and|or|as\swell\sas)\b|&|\n)[\s}]{0,3}"
    r"(?:(?P<more>and\s?/\s?or|and|or)\s)?(?:either\s)?(?:the\s)?"
    r"(?:(?:options?|statements?|choices?)\s)?(?:\\boxed\s?\{\s?)?"
    r"(?:[(\[]\s?(?P<letter>[A-Z])\s?[)\]](?![\^_])|(?P<bare>[A-Z])[):.](?=\s)"
    r"|(?<=\n)(?:\d{1,2}[.)]\s)?(?P<alone>[A-Z])(?=[.,;]?\s?(?:\n|\Z)))",
)
_TURN = re.compile(
    r"\.\s(?!\s?(?:and\s)?[(\[][A-Z][)\]])|\n\n(?!\s?[(\[]?[A-Z][)\].:])"
    r"|\b(?:because|since|as|while|whereas|which|but|not|given|than|unlike"
    r"|where)\b|\?"
)
_SMALL_WORD = re.compile(
    r"\.[ \t]{1,4}(?!(?:because|since|as|it|the|this|that|which|so|in|for)\b)[a-z]"
)
_SENTENCE_ENDS = re.compile(r"[\n\r]|[.;!?](?=\s|\Z)")
_LIST_LABEL = re.compile(
    r"(?:[(\[]\s{0,2}([A-Z])\s{0,2}[)\]]|(?<![\w'’])([A-Z])[.):](?=\s))(?![a-z0-9^_])"
)
_JOINED_BY_WORD = re.compile(r"(?:\b(?:and|or)\b|&)[\s(\[]{0,6}\Z")
_REASON = re.compile(r"\b(?:because|since|as|while|whereas|but|not)\b")
_JUDGED = re.compile(
    r"[(\[]?\b([A-Z])[)\]]?(?=\s{1,3}(?:is|are)\s|\s{0,3}[-–:]\s{0,3}(?i:true|false|correct"
    r"|incorrect|wrong))"
)


def is_wrong(text: str, pos: int, stop: int) -> bool:
    """Whether the words at `pos` call what stands before them wrong: " is incorrect", " are
    not"."""
    return _WRONG.match(text, pos, stop) is not None


def is_right(text: str, pos: int, stop: int) -> bool:
    """Whether the words at `pos` call what stands before them right: " is correct"."""
    return _RIGHT.match(text, pos, stop) is not None


def is_name(text: str, group: Group, choices: Choices, stop: int) -> bool:
    """Whether "E. coli" goes on like a name where the option's text, which is known, does not."""
    letter = group.letters[0]
    if len(group.letters) > 1 or not choices.texts.get(letter):
        return False
    rest = text[group.end + 1 : min(stop, group.end + 80)].split("\n")[0]
    return bool(_SMALL_WORD.match(text, group.end, stop)) and not choices.begins(letter, rest)


def spared_letters(text: str, group: Group, stop: int) -> tuple[str, ...]:
    """In "the answer is A and B is wrong" only B is called wrong: the letters before it."""
    return group.letters[:-1] if _SINGULAR.match(text, group.end, stop) else ()


def is_echo(text: str, group: Group, choices: Choices, stop: int) -> bool:
    """Whether the options themselves are listed here: "A) red B) blue C) green".

    Two labels in alphabetical succession after this one (one, where there are only two options),
    each with words of its own between them and no joint, are a list of options and not an answer.
    """
    if len(group.letters) > 1 or group.letters[0] not in choices.letters:
        return False
    rest = choices.letters[choices.letters.index(group.letters[0]) + 1 :]
    if group.letters[0] != choices.letters[0] or not rest:
        return False
    pos = group.end
    for expected in rest[:2]:
        found = _LIST_LABEL.search(text, pos, min(stop, pos + 240))
        if found is None or (found[1] or found[2]) != expected:
            return False
        if _JOINED_BY_WORD.search(text, max(pos, found.start() - 12), found.start()):
            return False
        if _REASON.search(text, pos, found.start()):
            return False
        pos = found.end()
    return True


def contradicted(text: str, group: Group, choices: Choices, stop: int) -> tuple[str, ...]:
    """Another option whose exact text stands after the one label: "A: London" where B is London.

    Label and words name different options, and neither is more the answer than the other.
    """
    if len(group.letters) > 1 or not choices.longest:
        return ()
    window = text[group.end : min(stop, group.end + 240)].lstrip(" )]}.:-–—,\t")
    ends = [*[end.start() for end in _SENTENCE_ENDS.finditer(window)][:2], len(window)]
    for end in ends:
        named = choices.named(window[:end])
        if named:
            return () if group.letters[0] in named else named
    return ()


@dataclass(frozen=True, slots=True)
class Listed:
    """Labels of one sentence or list, with option text between."""

    letters: tuple[str, ...]
    """All letters, in the order read."""
    end: int
    """Where the last one ends."""
    either: bool = False
    """Some are joined by "or"."""


def listed(text: str, group: Group, choices: Choices, stop: int) -> Listed:
    """A group and further labels that go on from it: "(A) 5 atoms and (D) 4 atoms", or lines.

    Text between labels may be long, but no reason, turn or end of a sentence. An "or" between makes
    them alternatives. Lines that begin with a label go on as a list, blank lines between or not.
    """
    letters, end, either = list(group.letters), group.end, group.either
    lines = _begins_line(text, group.start)
    if letters[-1] not in choices.letters or not (
        group.marked or text[group.end : group.end + 1] in {":", "."} or lines
    ):
        return Listed(group.letters, end, either)
    while len(letters) < len(choices.letters):
        window = min(stop, end + 600)
        item = _ITEM.search(text, end, window)
        turn = _TURN.search(text, end, window)
        if item is None:
            break
        in_line = item["joint"] in {"\n"} or (item["joint"] == "." and "\n" in item[0])
        if turn and turn.start() < item.start() and not (lines and in_line):
            break
        letter = item["letter"] or item["bare"] or item["alone"]
        joined = item["joint"] not in {",", ";", ".", "\n"} or item["more"]
        if item["bare"] and not (in_line and lines or joined):
            break
        if item["joint"] == "." and not (lines and in_line):
            break
        if lines and not in_line and not joined and item["bare"]:
            break
        if (
            letter not in choices.letters
            or letter in letters
            or letter < letters[-1]
            or is_wrong(text, item.end(), stop)
        ):
            break
        either = either or _OR.search(f"{item['joint']} {item['more'] or ''}") is not None
        letters.append(letter)
        end = item.end()
    return Listed(tuple(letters), end, either)


_LINE_HEAD = re.compile(r"\s?(?:\d{1,2}[.)]\s?)?\Z")
_OR = re.compile(r"\bor\b")


def _begins_line(text: str, pos: int) -> bool:
    before = text[max(0, pos - 12) : pos]
    return _LINE_HEAD.match(before.rsplit("\n", 1)[-1]) is not None


def verdicts_after(text: str, group: Group, choices: Choices, stop: int) -> tuple[str, ...]:
    """Judgements in a row after a cue: "(A) is true. (B) is false. (C) is true" gives A, C; nothing
    else does."""
    if len(group.letters) > 1 or not _RIGHT.match(text, group.end, stop):
        return ()
    letters, pos = [group.letters[0]], group.end
    while len(letters) < 26:
        found = _JUDGED.search(text, pos, min(stop, pos + 120))
        if found is None:
            break
        pos = found.end()
        if _RIGHT.match(text, pos, stop) and not is_wrong(text, pos, stop):
            letters.append(found[1])
    return tuple(dict.fromkeys(letters)) if len(letters) > 1 else ()


_JUDGEMENT = re.compile(
    r"(?P<noun>\b(?i:options?|choices?|answers?|statements?)\s{1,3})?"
    r"(?<![\w^\\'’])(?P<label>(?:[(\[]\s{0,2})?(?<![\w^\\'’])[A-Z])(?=[)\]\s,;/&])"
)
_HYPOTHETICAL = re.compile(
    r"\b(?:if|whether|suppose|assum\w{1,5}|unless|when|that|why|since|nor|neither)\s{1,2}(?:\w{2,9}\s)?\Z",
    re.IGNORECASE,
)
_ONLY = re.compile(r"\bonly\s\Z", re.IGNORECASE)
_TRUE = re.compile(r"\s{0,3}(?:is|are)\s(?:\w{2,9}\s){0,2}true\b", re.IGNORECASE)


def verdict(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """An option that is called right or wrong.

    "True" is said of a bare capital in logic and algebra too, so there the label needs a bracket, a
    noun, or the beginning of the reply.

    Example:
        "Option B is correct.", "(A) and (D) are the correct statements", "C is the best answer", "B
        is wrong"
    """
    text, pos = view.text, view.start
    while found := _JUDGEMENT.search(text, pos, view.stop):
        at, pos = found.start("label"), found.end()
        group = read_group(text, at, choices, stop=view.stop)
        if group is None:
            continue
        pos = group.end
        if _HYPOTHETICAL.search(text, max(view.start, found.start() - 24), found.start()):
            continue
        if is_wrong(text, group.end, view.stop):
            spared = spared_letters(text, group, view.stop)
            wrong = tuple(letter for letter in group.letters if letter not in spared)
            yield Statement("verdict", WEAK, wrong, found.start(), group.end, denies=True)
        elif _RIGHT.match(text, group.end, view.stop):
            singled = _ONLY.search(text, max(view.start, found.start() - 8), found.start())
            named = group.marked or found["noun"] or at == view.start or singled
            if _TRUE.match(text, group.end, view.stop) and not named:
                continue
            yield Statement(
                "verdict",
                WEAK,
                group.letters,
                found.start(),
                group.end,
                either=group.either,
                one_of_many=True,
            )


_LINE_VERDICT = re.compile(
    r"(?:^|(?<=[,;.]\s))(?:(?:option|statement|choice)\s)?[(\[]?(?P<letter>[A-Z])(?:[)\]]|[.:])?\s?[-–—:=→]?\s?"
    r"(?:(?:is|are)\s)?(?:(?P<right>true|correct|right|yes|✓|✅|✔)|(?P<wrong>false|incorrect|wrong|no|✗|❌|✘))"
    r"(?=\s?(?:[.,;(–—\n-]|\Z))",
    re.IGNORECASE | re.MULTILINE,
)


def judged_lines(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """Lines that each judge one option, where at least two do.

    Example:
        "A) False\nB) False\nC) True"
    """
    polar = {"true", "false", "correct", "incorrect", "right", "wrong", "yes", "no"}
    if any(text in polar for text in choices.texts.values()):
        return
    lines = [
        found
        for found in _LINE_VERDICT.finditer(view.text, view.start, view.stop)
        if found["letter"] in choices.letters
    ]
    if len({found["letter"] for found in lines}) < 2:
        return
    for found in lines:
        right = found["right"] is not None
        yield Statement(
            "verdict",
            WEAK,
            (found["letter"],),
            found.start(),
            found.end(),
            denies=not right,
            one_of_many=right,
        )


_LAST_SENTENCE = re.compile(
    r"(?:\A|[.\n]\s?)(?:(?:so|thus|therefore|hence|in\sconclusion|finally|overall|consequently)\b,?"
    r"[^.\n]{0,200}?\s|(?P<start>))(?:(?P<only>only)\s(?:(?:options?|statements?|choices?)\s)?"
    r"|(?P<noun>options?|statements?|choices?|functions?|equations?|reactions?|conclusions?|both)\s)"
    r"(?=[(\[]?[A-Z]\b)",
    re.IGNORECASE,
)
_CONCLUDING = 320
"""Characters at the end of a reply in which its last sentence begins."""


def concluding(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """A last sentence that singles out labels, where nothing is announced at all.

    Example:
        "Therefore, only (C) has a solution.", "Thus, the functions [A] and [B] have a zero."
    """
    start = max(view.start, view.stop - _CONCLUDING)
    found = None
    for each in _LAST_SENTENCE.finditer(view.text, start, view.stop):
        found = each
    if found is None or (found["start"] is not None and not found["only"]):
        return
    if re.search(r"[.?!]\s[A-Z]|\n", view.text[found.end() : view.stop].rstrip()):
        return
    group = read_group(view.text, found.end(), choices, stop=view.stop)
    if group is None or not (found["only"] or len(group.letters) > 1):
        return
    if is_wrong(view.text, group.end, view.stop) or not (group.marked or found["noun"]):
        return
    more = _FURTHER.search(view.text, group.end, view.stop)
    if more:
        return
    yield Statement(
        "concluding", WEAK, group.letters, found.start(), group.end, either=group.either
    )


_FURTHER = re.compile(r"[(\[][A-Z][)\]]|\b(?:not|false|incorrect|cannot)\b")

_ALL = re.compile(
    r"\b(?P<how>all|none|neither)\s(?:of\s)?(?:the\s|these\s|those\s)?(?:given\s|above\s"
    r"|provided\s|listed\s|four\s|five\s){0,2}"
    r"(?:options?|choices?|answers?|statements?)\s(?:given\s|above\s|listed\s|provided\s"
    r"|here\s){0,2}"
    r"(?:is|are|match(?:es)?|seems?|fits?|satisf\w{2,4}|correspond)\b(?P<rest>[^.\n]{0,40})",
    re.IGNORECASE,
)
_CALLED_RIGHT = re.compile(r"\A\s?(?:\w{2,9}\s)?(?:correct|right|true)\b", re.IGNORECASE)


def all_or_none(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """Every option, or none of them, called right in one breath.

    Example:
        "Therefore, all the options are correct.", "None of the given options match."
    """
    for found in _ALL.finditer(view.text, view.start, view.stop):
        if found["how"].lower() == "all":
            if _CALLED_RIGHT.match(found["rest"]):
                strength = STATED if multi else WEAK
                yield Statement(
                    "all_options", strength, choices.letters, found.start(), found.end()
                )
        else:
            yield Statement(
                "no_option", STATED, choices.letters, found.start(), found.end(), denies=True
            )
