"""Rules for answers that are announced: "The answer is (X)", "Answer: X", "I choose B", {"answer":
"B"}.

Each rule looks for a cue word and reads a bounded stretch after it. A cue that is negated,
conditional or asks for the wrong answer ("the answer is not", "if the answer is", "the incorrect
answer is") announces nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgr_nb.answers.labels import Choices, Group, read_group
from cgr_nb.answers.listing import (
    contradicted,
    is_echo,
    is_name,
    is_wrong,
    listed,
    spared_letters,
    verdicts_after,
)
from cgr_nb.answers.statement import FINAL, STATED, WEAK, Statement
from cgr_nb.answers.view import View

__all__ = ["answer_is", "aside", "chosen", "headed", "it_is", "option_is", "tagged"]

_LINK = (
    r"(?:\b(?:is\s?\(?are\)?|is|are|was|(?:would|should|must|will|could|might|may|(?:has|have)\sto)"
    r"\sbe|becomes|remains|corresponds?\sto)\b\)?\s?:?"
    r"|'s\b|’s\b|-(?=\s)|:|=(?!=)|[-=]>|→|⇒|—|–)"
)
# Between the link and the label: quotes, hedges, a repeated cue.
_LEAD = re.compile(
    r"(?:\n\d{1,2}[.)]\s|[\s\"“”‘’'`:…~,]|\.{2,3}|\\(?:boxed|fbox|framebox)\s?\{"
    r"|(?:most\slikely|likely|probably|possibly|either|both|indeed|clearly|simply|definitely"
    r"|therefore|thus|hence|then|just|only|as\sfollows|(?:a\scombination|all|each)\sof"
    r"|options?|choices?|letters?|statements?|alternatives?|selections?|to\sbe|closest\sto|is"
    r"|are|that|the|it's|it\sis|label(?:l?ed)?"
    r"|(?:the\s)?(?:(?:final|correct|best|right)\s){0,2}(?:answer|option|choice|statement)s?"
    r"(?:\s(?:is|are))?)(?![A-Za-z])){0,12}",
    re.IGNORECASE,
)
_UNSAID = re.compile(
    r"(?:\b(?:if|whether|suppose|assum\w{1,5}|unless|incorrect|wrong|false|thought|imagine"
    r"|previous|another|other)\b"
    r"[^.\n,;:]{0,24}|(?:\bnot|n't)\s{1,2}(?:be\s|the\s|a\s|an\s)?(?:final\s|correct\s|right\s"
    r"|best\s)?)\Z",
    re.IGNORECASE,
)
_NOT = re.compile(r"\s{0,3}(?:not|never)\b", re.IGNORECASE)
_BUT = re.compile(r"[,;]?\s{1,3}(?:but|rather)\s{1,3}(?:rather\s{1,3})?", re.IGNORECASE)
_CLAUSE_ENDS = re.compile(r"[ \t\"')]{0,6}(?:[.,;:!\n\r]|\Z)")
_TEXT_ENDS = re.compile(r"[\n\r]|[.;!?](?=\s|\Z)")

_ANSWER = re.compile(
    r"(?:\b(?P<final>(?:my\s|the\s)?final\s{1,3}(?:correct\s{1,3})?(?:answers?|choices?|selection"
    r"|decision|option))"
    r"|\b(?:answers?|ans(?=[.:= ])))"
    r"(?![A-Za-z0-9_]|\s?(?:choices|options|sheet|key)\b)",
    re.IGNORECASE,
)
_ADJUNCT = re.compile(
    r"\.?\s?(?:\(s\)|,[^,.\n:?!]{1,40},)?(?:\s?(?:choice|option|letter|to|for|in|here|of|among|from"
    r"|that|which|i|we|you|based|according|given)\b"
    r"[^.\n:?!]{0,80}?)?\s?(?:,[^,.\n:?!]{1,40},\s?)?" + _LINK,
    re.IGNORECASE,
)
_HEADING = re.compile(r"\s?:?\n{1,2}")
_LINE_START = re.compile(
    r"(?:\A|\n)[\s#>*\d.)]{0,12}(?:the\s|my\s)?(?:correct\s|right\s|best\s)?\Z", re.IGNORECASE
)


def answer_is(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """The word "answer" and what it is.

    Example:
        "The answer is (C).", "Final Answer: B and D", "**Answer:** b", "The answer is Paris."
    """
    text = view.text
    for cue in _ANSWER.finditer(text, view.start, view.stop):
        if _UNSAID.search(text, max(view.start, cue.start() - 32), cue.start()):
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
        yield from _after(
            view, choices, multi, name, strength, cue.start(), link.end(), small=True, article=colon
        )


def _bare(view: View, choices: Choices, cue: re.Match[str]) -> Iterator[Statement]:
    """ "ANSWER C" as a line of its own."""
    line = view.text[max(view.start, cue.start() - 40) : cue.start()]
    if cue.start() != view.start and not _LINE_START.search(line):
        return
    gap = _GAP.match(view.text, cue.end(), view.stop)
    pos = gap.end() if gap else cue.end()
    group = read_group(view.text, pos, choices, stop=view.stop) if pos > cue.end() else None
    if group and (group.end >= view.stop or view.text[group.end] in ".\n"):
        yield _say("answer_is", STATED, group, cue.start())


_GAP = re.compile(r"\.?\s")

_HEAD = re.compile(
    r"(?:^\s?|(?<=[.!?]\s)|(?<=[—–✅✓✔👉→]\s))(?:(?:so|thus|therefore|hence),?\s)?(?:the\s|my\s|your\s)?"
    r"(?P<word>(?:(?:final|correct|right|best|selected|chosen|predicted)\s)?"
    r"(?:choice|selection|pick|solution|decision|guess|prediction|vote|verdict|conclusion|response"
    r"|result|option|letter|answer\sletter)|correct|selected|chosen|right|final)"
    r"\s?(?:\((?:letter|option|choice)\))?\s?(?::|=(?!=)|[-=]>|→)\s?",
    re.IGNORECASE | re.MULTILINE,
)


def headed(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """A short heading and a label behind it, which ends its clause.

    Example:
        "Correct: C", "My choice: (B)", "Selected option = D"
    """
    for cue in _HEAD.finditer(view.text, view.start, view.stop):
        lead = _LEAD.match(view.text, cue.end(), view.stop)
        at = lead.end() if lead else cue.end()
        group = read_group(view.text, at, choices, stop=view.stop, small=True)
        if group is None or is_echo(view.text, group, choices, view.stop):
            continue
        weak = cue["word"].lower() in {"option", "result", "letter", "conclusion", "solution"}
        ends = _CLAUSE_ENDS.match(view.text, group.end, view.stop)
        if is_wrong(view.text, group.end, view.stop) or (weak and not ends and not group.marked):
            continue
        if not group.marked and is_name(view.text, group, choices, view.stop):
            continue
        found = listed(view.text, group, choices, view.stop)
        strength = WEAK if weak else STATED
        yield Statement(
            "headed", strength, found.letters, cue.start(), found.end, either=found.either
        )


_OPTION = re.compile(
    r"\b(?P<good>correct|right|best|true|only|closest|appropriate|accurate|suitable|likely|valid"
    r"|final|selected|chosen|possible)?"
    r"\s?\b(?:options?|choices?|alternatives?|statements?|(?P<thing>combinations?|reactions?"
    r"|order|match(?:es)?|one|ones|conclusions?|relations?|pairs?|sets?))"
    r"(?:\s?\(s\))?(?![A-Za-z0-9_])"
    r"(?P<more>[^.\n:?!]{0,160}?)\s?(?P<link>\b(?:is|are|would\sbe|must\sbe"
    r"|should\sbe)(?:\s?\(are\)|\b)\s?:?|:|=(?!=))",
    re.IGNORECASE,
)
_CORRECT = re.compile(
    r"\b(?:correct|right|best|true|only|closest|answer|holds?|valid)\b", re.IGNORECASE
)


def option_is(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """The right option, and which it is.

    Example:
        "The correct option is B", "The only statement that holds is (D)", "the correct options are
        (A) and (C)".
    """
    text, pos = view.text, view.start
    while cue := _OPTION.search(text, pos, view.stop):
        pos = cue.end()
        right = cue["good"] or _CORRECT.search(cue["more"])
        if not right or _UNSAID.search(text, max(view.start, cue.start() - 32), cue.start()):
            continue
        if re.search(r"\b(?:not|n't|incorrect|wrong)\b", cue["more"]):
            continue
        yield from _after(
            view,
            choices,
            multi,
            "option_is",
            STATED,
            cue.start(),
            cue.end(),
            small=bool(cue["good"]) and len(cue["more"]) <= 12,
            marked=bool(cue["thing"])
            or (len(cue["more"]) > 12 and not cue[0].rstrip().endswith((":", "(are)"))),
            several=cue["link"].startswith(("are", ":")) or cue["link"].rstrip().endswith(("(are)", ":")),
        )


_CHOOSE = re.compile(
    r"\b(?:(?:i|we)(?:\s(?:would|will|must|shall|should|can))?|i'd|i'll|we'd|let's|let\sme"
    r"|to)\s{1,2}"
    r"(?:therefore\s|thus\s|finally\s|then\s|confidently\s|still\s|also\s|now\s|personally\s)?"
    r"(?:choose|pick|select|go\swith|opt\sfor|vote\sfor|settle\son|settle\sfor|conclude|answer"
    r"|say|chose|picked|selected|lean\stowards?|lean\sto|prefer|favou?r|guess|bet\son|mark"
    r"|stick\swith|believe|think)\b"
    r"(?:\sthat)?(?:\s(?:it\sis|it's|it\smust\sbe|it\sis\sprobably))?"
    r"|\bmy\s(?:final\s|own\s|best\s)?(?:choice|pick|selection|guess|vote|decision|response)\s"
    r"(?:is|would\sbe|will\sbe)\b"
    r"|\b(?:(?:i'm|i\sam|we\sare|we're)\s)?(?:leaning\stowards?|going\swith|opting\sfor"
    r"|inclined\sto(?:wards?|\ssay)?|choosing|selecting|picking)\b",
    re.IGNORECASE,
)
_NEGATED = re.compile(r"\b(?:not|n't|never|cannot|if)\s{1,2}(?:\w{1,9}\s)?\Z", re.IGNORECASE)


def chosen(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """A choice put as a choice.

    Example:
        "I would choose B.", "I'll go with option (D)", "... but I lean towards B."
    """
    for cue in _CHOOSE.finditer(view.text, view.start, view.stop):
        if _NEGATED.search(view.text, max(view.start, cue.start() - 20), cue.start()):
            continue
        yield from _after(view, choices, multi, "chosen", STATED, cue.start(), cue.end())


_IT_IS = re.compile(
    r"(?P<so>(?:\b(?:so|thus|hence|therefore|then|no|wait|rather|instead|actually)\b|∴|⇒|=>|→)\s{0,3},?\s{0,3}"
    r"(?:it(?:'s|\sis|\smust\sbe|\shas\sto\sbe)\s)?(?=[(\[]?(?:option\s)?[(\[]?[A-Z]\b))"
    r"|(?P<it>\bit(?:'s|\sis|\smust\sbe|\shas\sto\sbe)\s{1,3}(?=(?:option\s)?[(\[]?[A-Z]\b))"
    r"|(?P<to>\b(?:corresponds?\sto|corresponding\sto|match(?:es)?|(?:in\s)?(?:line|aligns?"
    r"|agrees?|consistent)\swith|points?\sto|leads?\sto|namely|select(?:ing)?|equals|gives?"
    r"|closest\s(?:to|is)"
    r"|closest\s(?:option|answer|choice|value)\sis)\s(?:the\s)?(?=[(\[]|(?:option|choice"
    r"|answer)\b))"
    r"|(?P<be>\b(?:is|are|be)\b\s?:?)(?=\s{0,2}(?:\(?[A-Z][):]|(?:option|choice|answer)s?\s[(\[]?[A-Z]\b))",
    re.IGNORECASE,
)


def it_is(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """A label said in passing: a conclusion, a match, or "is" with a clearly marked label.

    Example:
        "so B.", "which corresponds to option (C)", "The most likely diagnosis is **C: Psoriasis"
    """
    for cue in _IT_IS.finditer(view.text, view.start, view.stop):
        before = max(view.start, cue.start() - 32)
        if _NEGATED.search(view.text, before, cue.start()) or _UNSAID.search(
            view.text, before, cue.start()
        ):
            continue
        if cue["so"] or cue["it"]:
            yield from _concluded(view, choices, cue)
        else:
            yield from _after(view, choices, multi, "it_is", WEAK, cue.start(), cue.end())


def _concluded(view: View, choices: Choices, cue: re.Match[str]) -> Iterator[Statement]:
    """ "so B.": the label ends its clause; "so (B) is the radius" concludes nothing."""
    lead = _LEAD.match(view.text, cue.end(), view.stop)
    at = lead.end() if lead else cue.end()
    group = read_group(view.text, at, choices, stop=view.stop, small=True)
    if group is None or not (group.marked or view.text[group.start].isupper()):
        return
    if _CLAUSE_ENDS.match(view.text, group.end, view.stop):
        yield _say("it_is", WEAK, group, group.start)


_ASIDE = re.compile(
    r"\(\s{0,3}(?:option|choice|answer)\s[(\[]?([A-Z])[)\]]?\s{0,3}\)", re.IGNORECASE
)


def aside(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """The one option that is ever named in brackets, where nothing is announced at all.

    Example:
        "The likeliest diagnosis is a common cold (option A), which ..."
    """
    for found in _ASIDE.finditer(view.text, view.start, view.stop):
        yield Statement("aside", WEAK, (found[1].upper(),), found.start(), found.end())


_TAG = re.compile(
    r"[\"'](?:final[_ ]?)?(?:answer|choice|option|letter|label|selected|prediction|response|result)"
    r"(?:[_ ]?(?:letter|choice|option|index|key))?[\"']\s{0,4}:\s{0,4}\[?\s{0,4}[\"']?"
    r"|<(?:final_?)?(?:answer|choice|option|ans)>\s{0,12}",
    re.IGNORECASE,
)
_MORE_QUOTED = re.compile(r"[\"'][ \t]{0,4},\s{0,4}[\"']([A-Z])(?=[\"'])")


def tagged(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """A field that is named for the answer.

    Example:
        `{"answer": "B"}`, `{"answers": ["A", "C"]}`, `<answer>D</answer>`
    """
    for cue in _TAG.finditer(view.text, view.start, view.stop):
        group = read_group(view.text, cue.end(), choices, stop=view.stop, small=True, article=True)
        if group is None:
            yield from _text_after(view, choices, "tagged", FINAL, cue.start(), cue.end())
            continue
        letters, end = list(group.letters), group.end
        while len(letters) < 26 and (more := _MORE_QUOTED.match(view.text, end, view.stop)):
            letters.append(more[1])
            end = more.end()
        yield Statement(
            "tagged", FINAL, tuple(dict.fromkeys(letters)), cue.start(), end, either=group.either
        )


def _after(
    view: View,
    choices: Choices,
    multi: bool,
    name: str,
    strength: int,
    start: int,
    pos: int,
    *,
    small: bool = False,
    article: bool = False,
    marked: bool = False,
    several: bool = False,
) -> Iterator[Statement]:
    """Read what a cue announces: labels, or the exact text of one option."""
    text = view.text
    spelt = next(_text_after(view, choices, name, strength, start, pos), None)
    if spelt and len(choices.texts[spelt.letters[0]]) > 1:
        yield spelt
        return
    if denial := _NOT.match(text, pos, view.stop):
        yield from _not_but(view, choices, name, strength, start, denial.end())
        return
    lead = _LEAD.match(text, pos, view.stop)
    at = lead.end() if lead else pos
    group = read_group(text, at, choices, stop=view.stop, small=small, article=article)
    if group is None:
        if not marked:
            yield from _text_after(view, choices, name, strength, start, pos)
        return
    if marked and not (group.marked or len(group.letters) > 1):
        return
    if is_wrong(text, group.end, view.stop):
        spared = spared_letters(text, group, view.stop)
        if spared:
            yield Statement(name, strength, spared, start, group.end)
        else:
            yield Statement(name, strength, group.letters, start, group.end, denies=True)
        return
    if not group.marked and is_name(text, group, choices, view.stop):
        return
    judged = verdicts_after(text, group, choices, view.stop)
    if judged:
        yield Statement(name, strength, judged, start, group.end)
        return
    if not several and is_echo(text, group, choices, view.stop):
        return
    found = listed(text, group, choices, view.stop)
    other = contradicted(text, group, choices, view.stop) if found.letters == group.letters else ()
    letters = (*found.letters, *other)
    yield Statement(name, strength, letters, start, found.end, either=found.either or bool(other))


def _not_but(
    view: View, choices: Choices, name: str, strength: int, start: int, pos: int
) -> Iterator[Statement]:
    """ "is not B but C": B is denied, C announced."""
    lead = _LEAD.match(view.text, pos, view.stop)
    group = read_group(view.text, lead.end() if lead else pos, choices, stop=view.stop)
    if group is None:
        return
    yield Statement(name, strength, group.letters, start, group.end, denies=True)
    but = _BUT.match(view.text, group.end, view.stop)
    then = read_group(view.text, but.end(), choices, stop=view.stop) if but else None
    if then:
        yield _say(name, strength, then, group.end)


def _text_after(
    view: View, choices: Choices, name: str, strength: int, start: int, pos: int
) -> Iterator[Statement]:
    """ "The answer is Paris.": the sentence or line after the cue is exactly one option's text."""
    limit = min(view.stop, pos + 40)
    while pos < limit and view.text[pos].isspace():
        pos += 1
    window = view.text[pos : min(view.stop, pos + 400)]
    ends = [end.start() for end in _TEXT_ENDS.finditer(window)][:4]
    if len(window) < 400:
        ends.append(len(window))
    for end in ends:
        named = choices.named(window[:end])
        if named:
            yield Statement(
                f"{name}_text", strength, named, start, pos + end, either=len(named) > 1
            )
            return


def _say(name: str, strength: int, group: Group, start: int) -> Statement:
    return Statement(name, strength, group.letters, start, group.end, either=group.either)
