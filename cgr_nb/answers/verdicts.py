"""Judgements: options that are called right or wrong, one by one or all at once."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgr_nb.answers.evidence import STATED, WEAK, Statement
from cgr_nb.answers.labels import Choices, Group, read_group
from cgr_nb.answers.lazy_pattern import LazyPattern
from cgr_nb.answers.polarity import polarity
from cgr_nb.answers.view import View

__all__ = [
    "all_or_none",
    "is_right",
    "is_wrong",
    "judged_behind",
    "judged_in_words",
    "spared_letters",
    "verdict",
]

_BE = r"(?:is|are|was|were|seems?|appears?|must\sbe|would\sbe|should\sbe)"
_WRONG = LazyPattern(
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
_SINGULAR = LazyPattern(r"\s{0,3}(?:is|was|isn)\b", re.IGNORECASE)
_RIGHT = LazyPattern(
    r"\s{0,3}(?:(?:"
    + _BE
    + r")\s{1,2}(?:(?:the|also|all|both|indeed|most|likely|therefore|definitely|clearly|only|thus"
    r"|probably|then|always|hence|certainly|actually|both|a|an|necessarily|one|ones|our|my)\s){0,3}"
    r"(?:correct|right(?!\s(?:angle|triangle|side|hand|end))|true\b|accurate|best\b|answers?\b"
    r"|valid\b"
    r"|better\s(?:option|choice|answer|response|fit|match)|(?:most|more)\s(?:accurate|appropriate"
    r"|suitable"
    r"|plausible|logical|reasonable|fitting|consistent)"
    r"|(?:strongest|closest|likeliest|ideal|preferred)\s(?:option|choice|answer|match|fit)"
    r"|(?:only\s)?(?:one|option|choice|answer)\s(?:left|remaining|that\s(?:remains|is\sleft"
    r"|fits|works"
    r"|matches|satisfies|is\s(?:correct|right|true))))"
    r"|[-–—:]\s{0,3}(?:correct|right|true)\b"
    r"|\s(?:hold|holds)(?:\strue)?(?=\s?(?:[.,;\n]|and\b|while\b|\Z))|\s(?:would\s)?(?:both"
    r"|all)\s(?:hold|work)\b"
    r"|\s(?:makes|make)\s(?:the\s)?(?:most|more|best)\ssense\b"
    r"|\s(?:(?:best|correctly|most\s(?:accurately|closely|directly))\s(?:fits|matches|describes"
    r"|explains"
    r"|answers|reflects|represents|captures|summari[sz]es|identifies|states|completes)"
    r"|(?:fits|matches|works|describes\sit)\s(?:it\s)?(?:best|exactly|perfectly))\b"
    r"|\sfollows(?=\s?(?:[.\n]|\Z))|\sseems?\sto\s(?:fit|match|be)\s(?:the\s)?(?:best|correct"
    r"|right|answer)\b)",
    re.IGNORECASE,
)


def is_wrong(text: str, pos: int, stop: int) -> bool:
    """Whether the words at `pos` call what stands before them wrong: " is incorrect", " are
    not"."""
    return _WRONG.match(text, pos, stop) is not None


def is_right(text: str, pos: int, stop: int) -> bool:
    """Whether the words at `pos` call what stands before them right: " is correct"."""
    return _RIGHT.match(text, pos, stop) is not None


def judged_in_words(text: str, pos: int, stop: int) -> bool | None:
    """What the few words at `pos`, to the end of their clause, say of the label before them.

    Example:
        " not ok" is False, " works" is True, " 12 km" is None.
    """
    found = _ITS_WORDS.match(text, pos, stop)
    return polarity(found["words"]) if found and found["words"].strip() else None


def spared_letters(text: str, group: Group, stop: int) -> tuple[str, ...]:
    """In "the answer is A and B is wrong" only B is called wrong: the letters before it."""
    return group.letters[:-1] if _SINGULAR.match(text, group.end, stop) else ()


_JUDGEMENT = LazyPattern(
    r"(?P<noun>\b(?i:options?|choices?|answers?|statements?)\s{1,3})?"
    r"(?<![\w^\\'’])(?P<label>(?:[(\[]\s{0,2})?(?<![\w^\\'’])[A-Z])(?=[)\]\s,;/&])"
)
_LISTED_RIGHT = LazyPattern(
    r"[^.\n()\[\]]{1,80}?(?:,\s?|\s)(?P<joint>and|or|as\swell\sas)\s(?:options?\s|statements?\s)?"
    r"[(\[]\s?(?P<letter>[A-Z])\s?[)\]][^.\n()\[\]]{1,80}?\s"
    r"are\s(?:the\s|both\s)?(?:correct|right|true)\s(?:options?|answers?|statements?|choices?"
    r"|ones)\b",
    re.IGNORECASE,
)
_HYPOTHETICAL = LazyPattern(
    r"\b(?:if|whether|which|suppose|assum\w{1,5}|unless|when|that|why|since|nor|neither|none|except"
    r"|excluding|besides|without|(?:all|everything|every\sone)\sbut)\s{1,2}"
    r"(?:for\s)?"
    r"(?:\w{2,9}\s)?\Z",
    re.IGNORECASE,
)
_NONE_OF = LazyPattern(
    r"\b(?:none|neither|not\sany|no\sone)\sof\s(?:the\s|these\s|those\s|all\s)?"
    r"(?:(?:given|above|four|following|options?|choices?|statements?|answers?)\s){0,3}\Z",
    re.IGNORECASE,
)
_OR_BEFORE = LazyPattern(r"\b(?:or|either)\s(?:the\s)?\Z", re.IGNORECASE)
_MAKES = LazyPattern(r"\b(?:makes|making|leaves|leaving)\s\Z", re.IGNORECASE)
_MADE = LazyPattern(
    r"\s(?:as\s)?(?:the\s|our\s)?(?:(?:only|most|clear|likely)\s){0,2}(?:correct|right|true|best"
    r"|answer|choice|option|one)\b",
    re.IGNORECASE,
)
_LOGIC = LazyPattern(r"[⊃∨∧¬≡~∀∃⊢↔]")
_BARE_TRUTH = LazyPattern(r"\b([A-Z])\s(?:is|are)\s(?:also\s)?(?:true|false)\b")
"""Where three options and more are called true or false, a bare capital is no variable."""
_ONLY = LazyPattern(r"\bonly\s\Z", re.IGNORECASE)
_TRUE = LazyPattern(r"\s{0,3}(?:is|are)\s(?:\w{2,9}\s){0,2}true\b", re.IGNORECASE)


_CASES = LazyPattern(r"(?:\A|(?<=[.!?]\s)|(?<=\n))[Ii]f\b[^.!?\n]{1,160},")
"""Sentences that suppose: two of them set cases against each other, and judge nothing."""
_CASE = LazyPattern(r"(?:\A|[.!?]\s|\n)[Ii]f\b[^.!?\n]{1,160}\Z")
_THEN = LazyPattern(r"\b[Ii]f\b[^.!?\n]{1,140}\bthen\s\Z")
_WOULD_BE = LazyPattern(r"\s?[)\]]?\s(?:would|could|might)\s(?:have\s)?be")
_SET_OFF = LazyPattern(r"(?:[→⇒>(,;:—–]|\b(?:so|hence|thus|therefore))\s?\Z", re.IGNORECASE)
_ITS_WORDS = LazyPattern(r"[)\]]? ?(?P<words>[^\n.,;:()]{1,40})(?=\s?(?:[\n.,;:)]|\Z))")
"""Words behind a label that may judge it: "⇒ (D) not ok"."""


def _listed_right(text: str, group: Group, stop: int) -> Group | None:
    """ "(A) x = 2 and (D) y = 5 are the correct options": the label after the text of the first."""
    found = _LISTED_RIGHT.match(text, group.end, stop) if group.marked else None
    if found is None:
        return None
    either = found["joint"].lower() == "or"
    return Group((found["letter"].upper(),), found.start("letter"), found.end(), either, True)


def verdict(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """An option that is called right or wrong.

    "True" is said of a bare capital in logic and algebra too, so there the label needs a bracket, a
    noun, or the beginning of the reply.

    Example:
        "Option B is correct.", "(A) and (D) are the correct statements", "C is the best answer", "B
        is wrong"
    """
    text, pos = view.text, view.start
    polar = {each[1] for each in _BARE_TRUTH.finditer(text, pos, view.stop)}
    split = len(_CASES.findall(text, pos, view.stop)) > 1
    judges = len(polar & set(choices.letters)) > 1 and not _LOGIC.search(text, pos, view.stop)
    while found := _JUDGEMENT.search(text, pos, view.stop):
        at, pos = found.start("label"), found.end()
        group = read_group(text, at, choices, stop=view.stop)
        if group is None:
            continue
        pos = group.end
        if _NONE_OF.search(text, max(view.start, found.start() - 48), found.start()):
            none = _RIGHT.match(text, group.end, view.stop) is not None
            if none:
                whole = set(choices.letters) <= set(group.letters)
                rule = "no_option" if whole else "verdict"
                strength = STATED if whole else WEAK
                yield Statement(
                    rule, strength, group.letters, found.start(), group.end, denies=True
                )
            continue
        if _MAKES.search(text, max(view.start, found.start() - 16), found.start()):
            if _MADE.match(text, group.end, view.stop):
                yield Statement(
                    "verdict", WEAK, group.letters, found.start(), group.end,
                    either=group.either, one_of_many=True,
                )  # fmt: skip
            continue
        if _HYPOTHETICAL.search(text, max(view.start, found.start() - 24), found.start()):
            continue
        if _THEN.search(text, max(view.start, found.start() - 160), found.start()):
            continue
        if _WOULD_BE.match(text, group.end, view.stop) and _CASE.search(
            text, max(view.start, found.start() - 160), found.start()
        ):
            continue  # "if it rose, B would be right"
        if split and _CASE.search(text, max(view.start, found.start() - 160), found.start()):
            continue
        if is_wrong(text, group.end, view.stop):
            spared = spared_letters(text, group, view.stop)
            wrong = tuple(letter for letter in group.letters if letter not in spared)
            yield Statement("verdict", WEAK, wrong, found.start(), group.end, denies=True)
        elif rest := _listed_right(text, group, view.stop):
            letters = tuple(dict.fromkeys((*group.letters, *rest.letters)))
            inside = set(letters) <= set(choices.letters) and rest.letters[-1] not in group.letters
            if inside:
                either = group.either or rest.either
                yield Statement("verdict", STATED, letters, found.start(), rest.end, either=either)
                pos = rest.end
        elif _RIGHT.match(text, group.end, view.stop):
            singled = _ONLY.search(text, max(view.start, found.start() - 8), found.start())
            named = group.marked or found["noun"] or at == view.start or singled or judges
            named = named or (len(group.letters) > 1 and view.stop - group.end <= 24)
            if _TRUE.match(text, group.end, view.stop) and not named:
                continue
            doubt = _OR_BEFORE.search(text, max(view.start, found.start() - 12), found.start())
            yield Statement(
                "verdict",
                WEAK,
                group.letters,
                found.start(),
                group.end,
                either=group.either or doubt is not None,
                one_of_many=True,
            )
        elif group.marked or _SET_OFF.search(text, max(view.start, at - 8), at):
            said = judged_in_words(text, group.end, view.stop)
            if said is not None:
                yield Statement(
                    "verdict", WEAK, group.letters, found.start(), group.end,
                    denies=not said, one_of_many=said,
                )  # fmt: skip


_LABEL_BEHIND = LazyPattern(
    r"\b(?:(?P<bad>incorrect|wrong|false)|(?P<good>correct|true"
    r"|right))\s[(\[](?P<letter>[A-Z])[)\]](?=\s?[.,;\n]|\s?\Z)",
    re.IGNORECASE,
)


def judged_behind(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """ "The Sun is a star, correct (A). Stars never die, incorrect (D).": two such and more."""
    found = list(_LABEL_BEHIND.finditer(view.text, view.start, view.stop))
    if len({each["letter"] for each in found}) < 2:
        return
    for each in found:
        right = each["good"] is not None
        yield Statement(
            "verdict", WEAK, (each["letter"],), each.start(), each.end(),
            denies=not right, one_of_many=right,
        )  # fmt: skip


_ALL = LazyPattern(
    r"\b(?P<how>all|each|every\sone|none|neither)\s(?:of\s)?(?:the\s|these\s|those\s)?(?:given\s"
    r"|above\s"
    r"|provided\s|listed\s|four\s|five\s){0,2}"
    r"(?:options?|choices?|answers?|statements?)\s(?:given\s|above\s|listed\s|provided\s"
    r"|here\s){0,2}"
    r"(?:is|are|match(?:es)?|seems?|fits?|satisf\w{2,4}|correspond)\b(?P<rest>[^.\n]{0,40})",
    re.IGNORECASE,
)
_ALL_BUT = LazyPattern(
    r"\b(?:everything\s(?!but)|(?:all|every|each)\s(?:of\s)?(?:the\s|them\s|these\s)?)"
    r"(?:(?:other\s)?(?:options?|choices?|statements?|answers?)\s?,?\s?|,\s)?"
    r"(?:except|but|other\sthan|apart\sfrom|excluding|besides)\s(?:for\s)?"
    r"(?:options?\s|statements?\s|choices?\s)?(?=[(\[]?[A-Z]\b)",
    re.IGNORECASE,
)
_CLAUSE = LazyPattern(r"\s?(?:[.,;!\n]|\Z)")
_OTHERS = LazyPattern(
    r"\b(?:(?:the|all)\s)?(?:of\s)?(?:the\s)?(?:(?:other|remaining)(?:\s(?P<count>two|three|four))?"
    r"(?:\s(?:options?|statements?|choices?|ones))?|others|rest)\s(?P<said>[^.,;:!?\n]{1,40})"
    r"(?=\s?(?:[.,;!\n]|\Z))",
    re.IGNORECASE,
)
_AT_FIRST = LazyPattern(r"all\sof\s(?:the\sabove|them|these)\s?[.!](?=\s|\Z)", re.IGNORECASE)
_COUNTED = {"two": 2, "three": 3, "four": 4}
_EVERY = LazyPattern(
    r"(?:\A|[.!?]\s|\n|:\s)(?:(?:so|thus|hence|therefore|answer),?:?\s)?"
    r"(?P<all>all\sof\s(?:the\sabove|them|these)|every\s(?:statement|option|one)\s(?:is|holds)"
    r"(?:\s(?:true|correct|right))?|all\s(?:four|five|three))\s?[.!]?\s?\Z",
    re.IGNORECASE,
)
_CALLED_RIGHT = LazyPattern(r"\A\s?(?:\w{2,9}\s)?(?:correct|right|true)\b", re.IGNORECASE)


def all_or_none(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """Every option, or none of them, called right in one breath.

    Example:
        "Therefore, all the options are correct.", "None of the given options match."
    """
    for found in _ALL_BUT.finditer(view.text, view.start, view.stop):
        group = read_group(view.text, found.end(), choices, stop=view.stop)
        ends = group and multi and _CLAUSE.match(view.text, group.end, view.stop)
        if group and (ends or is_right(view.text, group.end, view.stop)):
            rest = tuple(letter for letter in choices.letters if letter not in group.letters)
            yield Statement("all_options", STATED, rest, found.start(), group.end)
    if multi and (every := _EVERY.search(view.text, max(view.start, view.stop - 120), view.stop)):
        yield Statement("all_options", STATED, choices.letters, every.start("all"), every.end())
    yield from _the_others(view, choices, multi)
    if multi and (first := _AT_FIRST.match(view.text, view.start, view.stop)):
        yield Statement("all_options", STATED, choices.letters, first.start(), first.end())
    for found in _ALL.finditer(view.text, view.start, view.stop):
        if found["how"].lower() not in {"none", "neither"}:
            if _CALLED_RIGHT.match(found["rest"]):
                strength = STATED if multi else WEAK
                yield Statement(
                    "all_options", strength, choices.letters, found.start(), found.end()
                )
        else:
            yield Statement(
                "no_option", STATED, choices.letters, found.start(), found.end(), denies=True
            )


def _the_others(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """ "Option B is false. All the others are true.": those that were not called wrong before."""
    found = list(_OTHERS.finditer(view.text, max(view.start, view.stop - 400), view.stop))[-1:]
    if not (multi and found and polarity(found[0]["said"])):
        return
    before = [each for each in verdict(view, choices, multi) if each.end <= found[0].start()]
    wrong = {letter for each in before if each.denies for letter in each.letters}
    right = {letter for each in before if not each.denies for letter in each.letters}
    rest = tuple(letter for letter in choices.letters if letter not in wrong)
    count = _COUNTED.get((found[0]["count"] or "").lower(), len(rest))
    if wrong and len(rest) == count and wrong.isdisjoint(right):
        yield Statement("all_options", STATED, rest, found[0].start(), found[0].end())
