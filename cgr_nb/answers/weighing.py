"""Statements of one reply weighed against each other: which stand, fall or compete.

1. A reply that is nothing but a label is that label.
2. A firmer statement overrides those before it: final > stated > in passing.
3. A later statement overrides an earlier one that it takes back: after "wait", "actually",
   "correction" ..., after the earlier letters were called wrong, or when it picks one of what was
   left open ("A or B ... so B").
4. Equally firm statements for different letters, with nothing between them that takes one back, are
   ambiguous. A weaker later one neither overrides nor contests; one step below the final answer it
   contests.
5. In multi mode, judgements of single options add up, and several letters of one statement are one
   answer.
6. Judgements of single options are steps: an answer stated after them overrides them. Letters that
   are no option count only where nothing within the options is stated as firmly.
7. Of two readings of one place the one that contains the other counts.
8. Only when nobody states anything do first and last labels and the options' own words count.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from cgr_nb.answers.evidence import STATED, WEAK, Statement
from cgr_nb.answers.labels import Choices
from cgr_nb.answers.languages import TAKES_BACK
from cgr_nb.answers.lazy_pattern import LazyPattern
from cgr_nb.answers.view import ENDS_WELL, View
from cgr_nb.records import Extraction

__all__ = ["weigh"]

_TAKES_BACK = LazyPattern(
    r"\b(?:wait|actually|correction|on\ssecond\sthought|re-?consider\w{0,4}|re-?examin\w{1,4}"
    r"|re-?check\w{0,4}"
    r"|re-?calculat\w{1,4}|re-?evaluat\w{1,4}|scratch\sthat|oops|hmm|instead|i\swas\swrong"
    r"|my\smistake|apolog\w{2,5}|sorry"
    r"|(?:made|is|was|spotted|found)\s(?:a|an)\s(?:mistake|error)|changed?\smy\s(?:mind|answer)"
    r"|revis\w{2,4}|corrected)\b"
    r"|\bhold\son\b|\bon\sreflection\b"
    r"|(?:^|[.,;:!?\n—-])\s{0,4}(?:(?:but|oh|ah|well),?\s)?no\s{0,2}[,:.!—-]",
    re.IGNORECASE,
)
_CHECKS = LazyPattern(
    r"\b(?:double[\s-]?check\w{0,3}|(?:check|verify|confirm|test|look\sat)\s(?:this|that|it"
    r"|the\s\w{3,12}"
    r"|my\s\w{3,12})\b|(?:check|look|think|read)\w{0,3}\s(?:\w{2,8}\s)?again|re-?read\w{0,3}"
    r"|let\sme\s(?:verify|check|see|think|review)|second\slook|closer\slook|not\squite)",
    re.IGNORECASE,
)
"""Words by which an answer is checked: another answer behind them takes its place."""
_BESIDE = 4
"""Readings that may overlap at one place."""
_NEAR = 400
"""Characters from the beginning or end of a reply within which a judgement is its conclusion."""
_BUT = LazyPattern(r"[,;]?\s(?:but|though|although)\b[^.!?\n]{0,240}\Z", re.IGNORECASE)
_TURNS = LazyPattern(r"\b(?:but|however|yet|rather|now)\b[^.\n!?]{0,40}\Z", re.IGNORECASE)


class _Standing:
    """The statements that hold so far: the latest for each set of letters, so that repetition costs
    nothing."""

    def __init__(self) -> None:
        self.statements: dict[frozenset[str], Statement] = {}
        self.letters: set[str] = set()
        self.strength = 0

    def restart(self, new: Statement) -> None:
        """Let this statement override all others."""
        self.statements = {frozenset(new.letters): new}
        self.letters = set(new.letters)
        self.strength = new.strength

    def take(self, new: Statement) -> bool:
        """Weigh a statement against those that hold; False when it is too weak to count."""
        steps = not new.one_of_many and all(old.one_of_many for old in self.statements.values())
        if new.strength > self.strength or (steps and new.strength >= min(STATED, self.strength)):
            self.restart(new)
        elif new.strength == WEAK < self.strength and set(new.letters) != self.letters:
            return False
        elif set(new.letters) < self.letters and all(
            old.either for old in self.statements.values()
        ):
            self.restart(new)
        elif len(self.statements) > 1 and set(new.letters) == self.letters and not new.either:
            self.restart(new)  # it sums up what was said one by one
        else:
            key = frozenset(new.letters)
            old = self.statements.pop(key, None)
            firmest = max(old, new, key=lambda each: (each.strength, each.end)) if old else new
            self.statements[key] = firmest
            self.letters.update(new.letters)
        return True

    def withdraw(self, letters: tuple[str, ...]) -> bool:
        """Drop statements whose letters are all called wrong; whether there were any."""
        kept = {key: old for key, old in self.statements.items() if not key <= set(letters)}
        dropped = len(kept) < len(self.statements)
        if dropped:
            self.statements = kept
            self.letters = {letter for key in kept for letter in key}
            self.strength = max((old.strength for old in kept.values()), default=0)
        return dropped

    def doubt(self, letters: tuple[str, ...]) -> None:
        """Leave open a set of which letters are taken back: a later statement may settle it."""
        for key, old in self.statements.items():
            if key & set(letters):
                self.statements[key] = replace(old, either=True)


def weigh(seen: View, said: list[Statement], choices: Choices, multi: bool) -> Extraction | None:
    """Let statements stand, fall or compete in the order of the text.

    Args:
        seen: The reply.
        said: What the rules read in it.
        choices: The item's options, prepared for reading.
        multi: Whether several options may be right.

    Returns:
        What was read; None where nothing was affirmed at all.
    """
    said = _within(said, choices)
    said = _whole(said)
    standing = _Standing()
    taken_back: Statement | None = None
    before = seen.start
    for each in said:
        if each.denies:
            if standing.withdraw(each.letters) or each.rule == "no_option":
                taken_back = each
            elif _revised(seen.text, before, each):
                standing.doubt(each.letters)
        elif standing.statements and (
            _revised(seen.text, before, each) or _checked(seen.text, before, each, standing)
        ):
            standing.restart(each)
        else:
            standing.take(each)
        before = max(before, each.end)
    held = list(standing.statements.values())
    if held and _withdrawn(seen, before):
        return Extraction("none", None, (), None)
    if held and all(each.one_of_many for each in held):
        complete = any(each.complete for each in held)
        if multi and not complete and _cut_off(seen, before):
            return None
        if multi and not complete and _goes_on(seen, before, standing.letters, said, choices):
            return None
        added_up = complete or (multi and len(standing.letters) > 1)
        if not (added_up or _closing(seen, said, held, multi)):
            return None
    if held:
        return _outcome(seen, held, choices, multi)
    if taken_back:
        span = seen.span(taken_back.start, taken_back.end)
        return Extraction("none", None, (), taken_back.rule, span)
    return None


def _within(said: list[Statement], choices: Choices) -> list[Statement]:
    """Without statements of letters that are no option, unless nothing else is said as firmly:
    "P: 35" names a quantity."""
    options = set(choices.letters)
    within, outside = [], []
    for each in said:
        if options & set(each.letters) or not each.letters:
            within.append(each)
        elif each.strength > WEAK:
            outside.append(each)
    firmest = max((each.strength for each in within if not each.denies), default=0)
    firmer = [each for each in outside if each.strength > firmest and not each.denies]
    return [*within, *firmer] if within else outside


def _whole(said: list[Statement]) -> list[Statement]:
    """In the order of the text, without readings that another one at the same place contains: two
    boxes joined by "and" are more than the first."""
    said.sort(key=lambda statement: (statement.end, statement.start))
    kept = []
    for index, each in enumerate(said):
        later = said[index + 1 : index + 1 + _BESIDE]
        letters = set(each.letters)
        if each.denies or not any(
            other.start < each.end and letters < set(other.letters) and not other.denies
            for other in later
        ):
            kept.append(each)
    return kept


_WITHDRAWS = LazyPattern(
    r"\b(?:on\ssecond\sthought|scratch\sthat|i\s(?:can't|cannot|can\snot)\s(?:answer|say"
    r"|tell|decide"
    r"|choose|determine)|let\sme\s(?:recompute|recalculate|reconsider|think\sagain)|i\swas\swrong"
    r"|look\sit\sup|disregard|wait,\s(?:but|no|that))\b",
    re.IGNORECASE,
)
_CHECKING = LazyPattern(
    r"\b(?:let\sme|let['’]s|i['’]ll|i\s(?:will|should"
    r"|need\sto))\s(?:\w{2,8}\s)?(?:double[\s-]?check|check"
    r"|verify|re-?read|re-?think|look)\b[^.!?\n]{0,40}[.:!]?\s?\Z",
    re.IGNORECASE,
)
"""The reply ends with the intention to check."""
_CAPITAL = LazyPattern(r"(?<![A-Za-z'’])[A-Z](?![A-Za-z'’])")
_OPEN = LazyPattern(r"\s(?:whether|if|which)\b")
_STANDS = LazyPattern(
    r"\b(?:yes|indeed|confirm\w{0,3}|correct|consistent|match(?:es)?|stands?|stay|stick|keep|holds?"
    r"|still|fine|good|right)\b",
    re.IGNORECASE,
)
_RULER = LazyPattern(r"\s?\n\s?[-—_=#]{3,80}\s?\Z")


def _withdrawn(seen: View, end: int) -> bool:
    """Whether the words after the last statement take it back and nothing stands in its place."""
    if _CHECKING.search(seen.text[max(end, seen.stop - 120) : seen.stop]):
        return True
    found = _WITHDRAWS.search(seen.text, end, seen.stop)
    if found and _OPEN.match(seen.text, found.end(), seen.stop):
        return True
    return found is not None and not _STANDS.search(seen.text, found.end(), seen.stop)


def _cut_off(seen: View, end: int) -> bool:
    """Whether a reply that judges its options one by one ends amid a sentence, after the last
    judgement."""
    line = _RULER.search(seen.text, max(0, seen.stop - 120), seen.stop)
    stop = line.start() if line else seen.stop
    return stop - end > 10 and seen.text[stop - 1] not in ENDS_WELL


def _goes_on(
    seen: View, end: int, letters: set[str], said: Sequence[Statement], choices: Choices
) -> bool:
    """Whether options are talked about behind the only judgement, that nothing was said of."""
    if len(letters) > 1:
        return False
    known = letters | {letter for each in said for letter in each.letters}
    later = {each[0] for each in _CAPITAL.finditer(seen.text, end, min(seen.stop, end + _NEAR))}
    return bool(later & set(choices.letters) - known)


def _closing(seen: View, said: Sequence[Statement], held: Sequence[Statement], multi: bool) -> bool:
    """Whether judgements of single options conclude the reply, or open it; in between they are
    steps of reasoning. Where several options may be right, the first words open it, no more."""
    at_end = seen.stop - max(each.end for each in said) <= _NEAR
    near = _NEAR // 4 if multi else _NEAR
    return at_end or (len(held) == 1 and held[0].start - seen.start <= near)


def _revised(text: str, before: int, new: Statement) -> bool:
    """Whether the words between the last statement and this one take the last one back."""
    start = min(before, new.start)
    if _TAKES_BACK.search(text, start, new.start) or TAKES_BACK.search(text, start, new.start):
        return True
    if new.start - start <= 250 and _BUT.match(text, start, new.start):
        return True
    return _TURNS.search(text, max(start, new.start - 60), new.start) is not None


def _checked(text: str, before: int, new: Statement, standing: _Standing) -> bool:
    """Whether an answer is given anew, after the last one was checked."""
    if new.one_of_many or new.strength < max(STATED, standing.strength):
        return False
    if any(old.one_of_many for old in standing.statements.values()):
        return False
    return _CHECKS.search(text, min(before, new.start), new.start) is not None


def _outcome(seen: View, held: Sequence[Statement], choices: Choices, multi: bool) -> Extraction:
    last = max(held, key=lambda each: (each.strength, each.end))
    named = {letter for each in held for letter in each.letters}
    letters = choices.written(choices.in_order(named))
    span = seen.span(last.start, last.end)
    if len(named) == 1 and letters:
        return Extraction("answered", letters[0], letters, last.rule, span)
    agreed = all(set(each.letters) == named for each in held) and not any(
        each.either for each in held
    )
    added_up = all(each.one_of_many for each in held) and not any(each.either for each in held)
    if not letters or (multi and agreed and len(letters) < len(named)):
        return Extraction("out_of_range", None, (), last.rule, span)
    if multi and (agreed or added_up) and len(letters) == len(named):
        return Extraction("answered", None, letters, last.rule, span)
    return Extraction("ambiguous", None, letters, last.rule, span)
