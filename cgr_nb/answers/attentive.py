"""What a reply in prose decides, as an attentive reader takes it: by its last word, or as a whole.

The reply is taken apart into utterances (utterances.py). Three things decide, in this order:

- its conclusion: the last utterance that concludes, and affirms options; what follows it may
  explain, deny others and repeat, but not affirm others;
- a list: a line that introduces, and the options below it, where the others are not in it;
- the whole: every option is named, each is affirmed or denied, and none both.

Nothing is decided where the conclusion supposes, doubts, asks, or is cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cgr_nb.answers.claims import is_wordy
from cgr_nb.answers.hedges import DOUBT, PLANNED, SUPPOSED
from cgr_nb.answers.labels import Choices
from cgr_nb.answers.naming import Run
from cgr_nb.answers.polarity import polarity
from cgr_nb.answers.roles import BEFORE_LABEL, COPULA, CUT_OFF, FURTHER, ONLY, SO
from cgr_nb.answers.utterances import Stance, Utterance, utterances_of
from cgr_nb.answers.view import ENDS_WELL, View

__all__ = ["Reading", "conflicts", "joined", "read_attentively"]

_CUE = re.compile(
    r"\b(?:(?:correct|right|best|true|only|closest|nearest|final|chosen|selected|matching|valid"
    r"|suitable)\s(?:answers?|options?|choices?|statements?|ones?|match|pick|selections?|combination)"
    r"|(?:choose|pick|select|tick|mark|take|recommend|go\swith|opt\sfor|vote\sfor|settle\son)|the\s(?!remaining|other|rest|first|second|third"
    r"|last|next)(?:(?:\w{3,14}\s){0,2}(?:ones?|things?|items?)|(?!given|available|possible|following|answer"
    r"|two|three|four|five)(?:\w{3,14}\s){1,2}(?:options?|choices?|statements?))\s(?:\w{1,14}\s){0,8}?(?:is"
    r"|are)|closest|nearest|bottom\sline|to\ssum\sup|summing\sup|in\sshort|that\sleaves|leaving|leaves"
    r"|we\s(?:can\s)?conclude|to\sconclude|on\sbalance|all\stold|in\sother\swords)\b",
    re.IGNORECASE,
)
_HEAD_CUE = re.compile(
    r"\A[\s\"'#]{0,4}(?:final\s)?(?:result|conclusion|summary|verdict|takeaway|decision|answers?"
    r"|solution|outcome|correct|right|true)\s?[:—–-]\s",
    re.IGNORECASE,
)
_JOINS = re.compile(
    r"(?:,|;|\band|&|\bplus|\+|\bas\swell\sas|\bund|\bet|\by|\be)\s(?:\w{1,8}\s){0,3}[(\[\"'“]{0,2}\Z",
    re.IGNORECASE,
)
_BREAKS_OFF = re.compile(
    r"\b(?:while|whereas|but|although|though|however|not|than|unlike|or|arguably|possibly|perhaps|maybe)\b|n['’]t\b",
    re.IGNORECASE,
)
_TURN = re.compile(
    r"\b(?:but|however|still|yet|so|nevertheless|nonetheless|though)\b", re.IGNORECASE
)
_TITLE = re.compile(r"\A[\s\"']{0,3}[^:.!?\n]{3,70}:\s?[(\[\"'“{]{0,2}\Z")
_EXAMINES = re.compile(
    r"\b(?:each|options?\sare|choices\sare|analy[sz]\w{1,4}|examin\w{1,3}|evaluat\w{1,4}|consider\w{0,3}"
    r"|check\w{0,3}|let['’]?s|look\w{0,3}|go(?:ing)?\sthrough|given|breakdown|rundown|one\sby\sone"
    r"|others?|incorrect|wrong|why|explanation|reason\w{0,3}|compar\w{1,4}|step|question|process)\b",
    re.IGNORECASE,
)
_INTRODUCES = re.compile(r"\b(?:following|these|are|is|include|includes|correct|answers?)\b", re.I)
_LABEL_IN = re.compile(r"(?<![\w'’])[(\[]?([A-Z])(?![\w'’])")
_NUMBER = re.compile(r"\d|[=≈×*/^+<>≠·÷]")
_SUPPOSES = re.compile(r"\s?(?:but\s|and\s|so\s)?(?:if|suppose|assuming|unless)\b", re.IGNORECASE)
_WITHDRAWN = re.compile(
    r"\b(?:can['’]t\sbe\sright|wait|recompute|recalculate|reconsider|scratch\sthat|on\ssecond\sthought"
    r"|let\sme\s(?:check|re\w{2,12}|think|start)|start\sover|i\swas\swrong|disregard)\b",
    re.IGNORECASE,
)
_ADDS = re.compile(
    r"\b(?:also|too|as\swell|likewise|similarly|furthermore|moreover|in\saddition|additionally"
    r"|besides|on\stop\sof\s(?:that|this)|another|so\sdoes|so\sdo|so\sis|so\sare|equally|both|all\sthree)\b",
    re.IGNORECASE,
)
_HEDGE = re.compile(
    r"\A\W{0,6}(?:(?:most|almost|very|quite|pretty)\s)?(?:probably|likely|certainly|definitely|surely"
    r"|clearly|presumably|obviously|sure|yes|okay|ok|well|it['’]s|it\sis|that['’]s|my\s(?:best\s)?guess(?:\swould\sbe"
    r"|\sis)?|i['’]d\ssay|i\s(?:think|believe|guess|suppose))[\s,:!]{1,3}(?:(?:it['’]s|it\sis|that['’]s|it\smust\sbe)\s)?"
    r"(?:option\s)?[(\[\"'“]{0,2}\Z",
    re.IGNORECASE,
)
_ENDS_CLAUSE = re.compile(r"[)\]\"'”}]{0,2}\s?(?:[.,;:!–—(-]|\Z|(?:because|since|as|due)\b)")
_PRONOUN = re.compile(
    r"\W{0,4}(?:(?:so\s)?(?:that|this)(?:\sone)?|it|he|she|they|these|those|that\sstatement|this\soption)"
    r"(?:['’]s|['’]re|\s(?:is|are|must\sbe|would\sbe))\s(?:clearly\s|indeed\s|therefore\s|thus\s|then\s)?(?:the\s|our\s|my\s)?"
    r"(?:\w{3,10}\s)?(?:correct|right|true|answer|ones?|match|best|winner|pick|choice)\b(?![^.!?\n]{0,40}\b(?:if|but)\b)",
    re.IGNORECASE,
)
_UNREAD_BEHIND = re.compile(
    r"[)\]\"'”}]{0,2}\s?,?\sand\s(?:the|an?|your|some)\s\w{3,16}(?:\s\w{2,16}){0,3}\s?[.!]?\s?\Z"
)
_UNREAD_BEFORE = re.compile(
    r"(?P<first>[^,;:]*)(?:,|\sand|\s&)\s(?:the\s|an?\s|your\s|some\s)?[(\[\"'“]{0,2}\Z"
)
_LEADS_OFF = re.compile(
    r"\A\W{0,4}(?:(?:so|thus|hence|therefore|and|but|now|well)[,:]?\s)?(?:so|thus|hence|therefore|in|for|of"
    r"|among|from|with|since|as|because|when|while|if|by|on|at|after|given|out|under|to|unlike|finally|overall"
    r"|all|here|historically|conclusion|answer|summary|result|also|not|both|there|then|still|however|again)\b",
    re.IGNORECASE,
)
_SO_WORD = re.compile(r"\A\W{0,4}(?:so|thus|hence|therefore|and|but)[,:]?\s", re.IGNORECASE)
_LINKS = re.compile(
    r"(?:\b(?:is|are|was|were|include|includes|including|involves?|comprises?|requires?|needs?|means?"
    r"|namely|as|contains?|uses?|by|of|with|to|for|both)|:)\s(?:(?:the|an?|both|either|your)\s){0,2}[(\[\"'“]{0,2}\Z",
    re.IGNORECASE,
)
_SO_AMID = re.compile(
    r"[,;:—–]\s(?:and\s)?(?:so(?!\s(?:that|is|are|does|do|did|was|has|can|much)\b)|thus|hence|therefore|which\smeans|meaning|this\smeans|leaving"
    r"|which\sleaves|donc|quindi)\b",
    re.IGNORECASE,
)
_NONE_OF = re.compile(r"\bnone\sof\s(?:the|these|those|them)\b", re.IGNORECASE)
_CONTRASTED = re.compile(r"\b(?:but|and)\snot\s(?:\w{2,12}\s){1,3}", re.IGNORECASE)
_AND_MORE = re.compile(
    r"[)\]\"'”}]{0,2}\s(?:and|or|&)\s(?:the\s|an?\s)?(?!(?:also|thus|then|hence|therefore|have|they|that"
    r"|this|these|with|only|more|most|will|does|were|there|because|since|would|thereby|causes?|makes?|gives?"
    r"|leads?|helps?|shows?|uses?|when|while|where|which|what|like|take|begins?|becomes?|produces?|needs?"
    r"|contains?|carries|acts?|works?|occurs?|increases?|decreases?|remains?|nothing|others?|neither|definitely"
    r"|converts?|turns?|releases?|provides?|allows?|protects?|prevents?|depends?|lies|stands|\w+ed|\w+ly|not)\b)"
    r"[a-z]{4,}",
    re.IGNORECASE,
)
_THAN = re.compile(r"\bthan\s", re.IGNORECASE)
_SO_WIDE = re.compile(
    "因此|所以|因而|综上|綜上|故|答案|よって|したがって|ゆえに|答え|正解|따라서|그러므로|정답"
)
_CONCLUDES = re.compile(
    r"\W{0,4}(?:so|thus|hence|therefore|consequently|finally|in\sconclusion|(?:the\s)?final\sanswer)\b"
    r"(?!\s(?:i\shope|let\sme\sknow|feel\sfree))",
    re.IGNORECASE,
)
_IS_RIGHT = re.compile(
    r"[)\]\"'”}]{0,2}\s(?:is|are)\s(?:also\s|indeed\s)?(?:correct|right|true|valid)\b",
    re.IGNORECASE,
)
_LEADS = re.compile(
    r"(?:\b(?:so|thus|hence|therefore|only|just|answer|is|be|with|choose|pick|select|leaves|leaving|and"
    r"|option)|[,:→⇒—–-])\s?(?:the\s|both\s)?\Z|\A\W*\Z",
    re.IGNORECASE,
)
_CLEFT = re.compile(
    r"\A\W{0,4}(?:(?:so|thus|but|and)\s)?(?:what|the\sones?)\s[^,;:?]{3,90}\b(?:is|are|was|were)\s"
    r"(?:the\s|an?\s|both\s|only\s|just\s){0,2}[(\[\"'“]{0,2}\Z",
    re.IGNORECASE,
)
_BUT_IS = re.compile(
    r",?\s(?:but|rather)\s(?:rather\s|instead\s)?(?:it['’]s\s|it\sis\s)?(?:the\s|an?\s)?\Z",
    re.IGNORECASE,
)
_VERB_BEFORE = re.compile(
    r"\w\s(?!(?:in|between|from|than|like|unlike|without|versus|on|at|under|over|into|about|if|whether"
    r"|when|while|because|since|and|or|but|so|not|no|only|all|some|the|an?)\s)[a-z]{3,14}\s"
    r"(?:(?:the|an?|both|your)\s){0,2}[(\[\"'“]{0,2}\Z"
)
_NOTED = re.compile(r"[\s\"'“(\[*✓✔✅☑•-]{0,6}(?:\d{1,2}[.)]\s)?[^\w\s]{0,3}\s?\Z")


@dataclass(frozen=True, slots=True)
class Reading:
    """What an attentive reader takes from a reply."""

    letters: tuple[str, ...]
    start: int
    end: int
    how: str
    """ "conclusion", "list", "whole" or "opening"; "contested" where what is read in other ways is
    doubtful, but decides nothing itself."""


def read_attentively(view: View, choices: Choices, multi: bool) -> Reading | None:
    """What a reply in prose decides; None where that is not sure."""
    if not choices.letters or view.start >= view.stop:
        return None
    said = utterances_of(view, choices)
    if not said:
        return None
    listed = _listed(view, choices, said, multi)
    if listed and listed.how != "contested":
        return listed
    return (
        _concluded(view, choices, said, multi)
        or _whole(view, choices, said, multi)
        or _opening(view, choices, said, multi)
        or listed
    )


def _fits(letters: set[str], choices: Choices, multi: bool) -> bool:
    return 0 < len(letters) < len(choices.letters) if multi else len(letters) == 1


def _reading(choices: Choices, letters: set[str], start: int, end: int, how: str) -> Reading:
    return Reading(choices.in_order(letters), start, end, how)


def _concluded(
    view: View, choices: Choices, said: Sequence[Utterance], multi: bool
) -> Reading | None:
    text = view.text
    later: set[str] = set()
    for each in reversed(said):
        if each.asks:
            return None
        if not each.runs:
            before = said[each.place - 1] if each.place else None
            if (
                not multi and before and before.runs and _PRONOUN.match(text, each.start, each.end)
                and not before.asks and before.stances[-1] in (Stance.YES, Stance.TOLD)
            ):  # fmt: skip
                named = set(before.runs[-1].letters)
                if _fits(named, choices, multi) and not later - named:
                    last = before.runs[-1]
                    return _reading(choices, named, last.start, each.end, "conclusion")
            if any(
                words.search(text, each.start, each.end) for words in (DOUBT, PLANNED, _WITHDRAWN)
            ):
                return None
            if _CONCLUDES.match(text, each.start, each.end):
                return None  # the last word, and it names no option
            continue
        begin = _cue(view, said, each)
        if begin is None:
            if each.letters(Stance.UNSURE):
                return None
            later |= each.letters(Stance.YES)
            continue
        letters = _affirmed(text, each, begin)
        if letters is None or not _fits(letters, choices, multi) or later - letters:
            return None
        if each is not said[-1] and view.text[view.stop - 1] not in ENDS_WELL:
            return None
        words = text[each.start : each.end].strip()
        if len(words) > 15 and words in text[view.start : each.start]:
            return None  # a loop, or one of several such conclusions
        if not _labels_stand(text, each, letters) or _judged_before(text, said, each, letters):
            return None
        if _SUPPOSES.match(text, each.start, each.end) or not _are_values(view, each, choices):
            return None
        if multi and len(letters) == 1 and not _is_only(view, each, said, letters):
            return None
        if each is said[-1] and _is_cut(view, each):
            return None
        turn = [found.end() for found in _TURN.finditer(text, each.start, each.runs[-1].start)]
        doubt = DOUBT.search(text, max([each.start, *turn]), each.end)
        doubt = doubt or (not turn and _NONE_OF.search(text, view.start, each.end))
        if doubt or SUPPOSED.search(text, max([begin, *turn[-1:]]), each.end):
            return None
        return _reading(choices, letters, each.runs[0].start, each.runs[-1].end, "conclusion")
    return None


def _labels_stand(text: str, each: Utterance, letters: set[str]) -> bool:
    """Whether bare capitals stand as labels do, and not as names of quantities."""
    for run in each.runs:
        if not set(run.letters) & letters or run.text or not run.label:
            continue
        if not text[run.start].isupper() or len(text[run.start : run.end]) > 1:
            continue  # a bracket, a noun, or several
        before = text[each.start : run.start]
        if not (BEFORE_LABEL.search(before) and _ENDS_CLAUSE.match(text, run.end, each.end)):
            return False
        if not (_LINKS.search(before) or COPULA.search(before) or _LEADS.search(before)):
            return False
    return True


def _judged_before(
    text: str, said: Sequence[Utterance], each: Utterance, letters: set[str]
) -> bool:
    """Whether other options were called right before, one by one: this one is a step, too."""
    for one in said[: said.index(each)]:
        for run, stance in zip(one.runs, one.stances, strict=True):
            judged = stance == Stance.YES and _IS_RIGHT.match(text, run.end, one.end)
            if judged and set(run.letters) - letters:
                return True
    return False


def _is_only(view: View, each: Utterance, said: Sequence[Utterance], letters: set[str]) -> bool:
    """Whether one option is all that is affirmed, where several might be."""
    others: set[str] = set()
    for one in said:
        affirming = Stance.YES, Stance.TOLD, Stance.UNSURE
        if one is not each and (one.place < each.place or one.opens_line):
            others |= one.letters(*affirming) - letters
    before = view.text[each.start : each.runs[0].start]
    return ONLY.search(before) is not None or not others and _CUE.search(before) is not None


def _are_values(view: View, each: Utterance, choices: Choices) -> bool:
    """Whether numbers for options are what the utterance comes to, not some among others."""
    if all(is_wordy(run, choices) or len(run.letters) > 1 for run in each.runs):
        return True
    around, pos = "", each.start
    for run in each.runs:
        around, pos = around + " " + view.text[pos : run.start], run.end
    return len(each.runs) == 1 and not _NUMBER.search(around + " " + view.text[pos : each.end])


def _cue(view: View, said: Sequence[Utterance], each: Utterance) -> int | None:
    """Where the conclusion of an utterance begins; None where it draws none."""
    text = view.text
    affirming = (Stance.YES, Stance.TOLD, Stance.UNSURE)
    named = [
        run for run, stance in zip(each.runs, each.stances, strict=True) if stance in affirming
    ]
    if not named:
        return None
    first = named[0]
    amid = [
        found
        for found in _SO_AMID.finditer(text, each.start, named[-1].start)
        if found.start() >= each.start
    ]
    if amid:
        return amid[-1].start()
    before = text[each.start : first.start]
    if (
        _CLEFT.search(before)
        or _SO_WIDE.search(before)
        or SO.search(before)
        or _HEAD_CUE.match(before)
        or ONLY.search(before)
    ):
        return each.start
    if _CUE.search(text, each.start, min(each.end, first.end + 40)):
        return each.start
    at = said.index(each)
    above = said[at - 1] if at else None
    if above and not above.runs and above.closes_line and _heading(text[above.start : above.end]):
        return each.start
    last = each is said[-1] and each.opens_line
    title = _TITLE.match(before)
    if title and any(
        one is not each and one.opens_line and one.runs
        and _TITLE.match(text[one.start : one.runs[0].start])
        for one in said[max(0, at - 3) : at]
    ):  # fmt: skip
        return None  # "Metals: A, C" and "Nonmetals: B, D"
    if last and title and all(run.label for run in each.runs) and not _EXAMINES.search(before):
        if not text[each.runs[-1].end : each.end].strip(" .!)]*\"'"):
            return each.start if polarity(before) is not False else None
    return None


def _heading(line: str) -> bool:
    """Whether a line of its own announces a conclusion."""
    line = line.strip(" :*#")
    return len(line) <= 40 and (
        _HEAD_CUE.match(line + ": ") is not None or _CUE.search(line) is not None
    )


def _affirmed(text: str, each: Utterance, begin: int) -> set[str] | None:
    """The letters that a concluding utterance affirms from a place on; None where it is not clear
    that they belong together."""
    pairs = [
        (run, stance)
        for run, stance in zip(each.runs, each.stances, strict=True)
        if run.end > begin
    ]
    if any(run.either for run, stance in pairs if stance != Stance.NO):
        return None
    if len(pairs) > 1 and _compares(text, pairs):
        return None
    unsure = [run for run, stance in pairs if stance == Stance.UNSURE]
    chosen = [run for run, stance in pairs if stance == Stance.YES]
    told = [run for run, stance in pairs if stance == Stance.TOLD]
    if unsure:
        return None
    taken = told + chosen if told and not chosen else chosen
    if told and chosen:
        # "So the soup, with peas, and the hummus are fine": one row, or two sentences.
        taken = sorted(told + chosen, key=lambda run: run.start)
        same = {letter for run in told for letter in run.letters}
        if len({letter for run in taken for letter in run.letters}) > 1 and not (
            same <= {letter for run in chosen for letter in run.letters}
        ):
            if not _one_row(text, taken):
                return None
    elif not _one_row(text, taken):
        return None
    if not taken:
        return None
    if CUT_OFF.search(text[begin : taken[0].start]) or (
        taken[-1].label and FURTHER.match(text[taken[-1].end : each.end])
    ):
        return None
    if _has_unread(text, each, begin, taken):
        return None
    letters = {letter for run in taken for letter in run.letters}
    denied = each.letters(Stance.NO)
    return None if letters & denied else letters


def _compares(text: str, pairs: Sequence[tuple[Run, str]]) -> bool:
    """ "So convection is slower than conduction.": told of one by the other, and no more."""
    (one, first), (two, second) = pairs[0], pairs[1]
    between = text[one.end : two.start]
    return first == Stance.TOLD and second == Stance.BESIDE and _THAN.search(between) is not None


def _has_unread(text: str, each: Utterance, begin: int, taken: Sequence[Run]) -> bool:
    """Whether the row of what is named has members that name no option as far as we see."""
    if all(run.label for run in taken):
        return False
    if _UNREAD_BEHIND.match(text, taken[-1].end, each.end):
        return True
    found = _UNREAD_BEFORE.match(text[max(begin, each.start) : taken[0].start])
    if found is None:
        return False
    first = _SO_WORD.sub("", found["first"].strip())
    return len(first.split()) > 2 and not _LEADS_OFF.match(first)


def _one_row(text: str, runs: Sequence[Run]) -> bool:
    """Whether runs stand in one row: only joints, with remarks before them, part them."""
    for one, two in zip(runs, runs[1:], strict=False):
        between = text[one.end : two.start]
        if set(two.letters) <= set(one.letters):
            continue
        if len(between) > 120 or not _JOINS.search(between) or _BREAKS_OFF.search(between):
            return False
    return True


def _is_cut(view: View, each: Utterance) -> bool:
    """Whether the reply ends amid its last utterance, behind what it names."""
    if view.text[view.stop - 1] in ENDS_WELL:
        return False
    rest = view.text[each.runs[-1].end : each.end].strip(" *\"'")
    return bool(rest) or not (each.runs[-1].label or each.opens_line)


def _listed(view: View, choices: Choices, said: Sequence[Utterance], multi: bool) -> Reading | None:
    """The last list that a line introduces, where what is not in it is denied or not named."""
    if not multi:
        return None
    found: tuple[int, list[Utterance]] | None = None
    for each in said:
        line = view.text[each.start : each.end].rstrip(" *")
        if not line.endswith(":") or not each.closes_line:
            continue
        if any(run.label for run in each.runs):
            continue
        items = list(_items(view, said[each.place + 1 :]))
        if items:
            found = each.place, items
    if found is None:
        return None
    title, items = said[found[0]], found[1]
    words = _CONTRASTED.sub("", view.text[title.start : title.end])
    firm = _CUE.search(words) or SO.search(words)
    if _EXAMINES.search(words) and not firm:
        return None
    if (
        polarity(words) is False
        or SUPPOSED.search(words)
        or re.search(r"\b(?:not|incorrect|wrong|false)\b|n['’]t\b", words)
    ):
        return None
    if not firm and not _INTRODUCES.search(words):
        return None
    letters = {letter for each in items for letter in each.runs[0].letters}
    if not _fits(letters, choices, multi) or len(letters) < 2:
        return None
    rest = said[items[-1].place + 1 :]
    if any(each.asks for each in rest):
        return None
    others = set(choices.letters) - letters
    for each in rest:
        if DOUBT.search(view.text, each.start, each.end) or each.letters(Stance.UNSURE):
            return None
        affirmed = each.letters(Stance.YES) & others
        if affirmed or each.letters(Stance.NO) & letters:
            if affirmed and firm and _cue(view, said, each) is None:
                continue
            return _reading(choices, letters, items[0].start, items[-1].end, "contested")
    if not rest and view.text[view.stop - 1] not in ENDS_WELL:
        last = items[-1]
        if view.text[last.runs[0].end : view.stop].strip(" *.)"):
            return None
    return _reading(choices, letters, items[0].start, items[-1].end, "list")


def _items(view: View, rest: Sequence[Utterance]) -> Iterator[Utterance]:
    """The lines of a list: each begins with an option, and does not deny it."""
    spaced: bool | None = None
    inside = False
    for each in rest:
        if not each.opens_line:
            if not inside:
                return
            continue  # more about the last item
        heads = bool(each.runs) and _NOTED.match(view.text[each.start : each.runs[0].start])
        if not heads or each.asks or each.stances[0] in (Stance.NO, Stance.UNSURE):
            return
        if inside:
            if spaced is None:
                spaced = each.after_gap
            elif each.after_gap and not spaced:
                return
        inside = True
        yield each


def _whole(view: View, choices: Choices, said: Sequence[Utterance], multi: bool) -> Reading | None:
    """Every option is named, each is affirmed or denied, and none both."""
    text = view.text
    if text[view.stop - 1] not in ENDS_WELL or any(
        words.search(text, view.start, view.stop) for words in (DOUBT, _WITHDRAWN)
    ):
        return None
    said = [each for each in said if each.runs]
    for each in said:
        if each.asks or each.letters(Stance.UNSURE) or any(run.either for run in each.runs):
            return None
        if SUPPOSED.search(text, each.start, each.runs[-1].end):
            return None
        if not _are_values(view, each, choices):
            return None
        if _cue(view, said, each) is not None:
            return None  # a conclusion, that the rules for conclusions did not read
    yes: set[str] = set()
    for each in said:
        yes |= each.letters(Stance.YES)
        if yes and _ADDS.search(text, each.start, each.end):
            yes |= each.letters(Stance.TOLD)
    no = {letter for each in said for letter in each.letters(Stance.NO)}
    rest = set(choices.letters) - yes - no
    told = [each for each in said if each.letters(Stance.TOLD) & rest]
    if rest and not yes and len(told) == 1 and told[0].letters(Stance.TOLD) == rest:
        # "Tuples and strings are immutable. Lists are not, nor are sets."
        yes, rest = rest, set()
    if yes & no or rest or not no or not _fits(yes, choices, multi):
        return None
    return _reading(choices, yes, said[0].start, said[-1].end, "whole")


def _opening(
    view: View, choices: Choices, said: Sequence[Utterance], multi: bool
) -> Reading | None:
    """What the first utterance that names options affirms, where no other is affirmed behind it."""
    text = view.text
    if text[view.stop - 1] not in ENDS_WELL or any(
        words.search(text, view.start, view.stop) for words in (DOUBT, _WITHDRAWN)
    ):
        return None
    first, *rest = [each for each in said if each.runs] or [None]
    if first is None or first.asks or SUPPOSED.search(text, first.start, first.runs[-1].end):
        return None
    letters = _affirmed(text, first, first.start)
    if letters is None or not _fits(letters, choices, multi):
        return None
    before = text[first.start : first.runs[0].start]
    if not multi and first.letters(Stance.NO) and not first.letters(Stance.TOLD):
        last = first.runs[-1]
        gap = text[first.runs[-2].end : last.start]
        if first.stances[-1] != Stance.YES or not (_BUT_IS.search(gap) and last.text):
            return None
    elif not multi and _TITLE.match(before) and first.place == 0:
        title = _EXAMINES.search(before) or polarity(before) is False
        if title or text[first.runs[-1].end : first.end].strip(" .!)`*\"'"):
            return None
    elif not multi:
        if not (
            first.place == 0 and first.runs[0].label and _HEDGE.match(before)
            and _ENDS_CLAUSE.match(text, first.runs[0].end)
        ):  # fmt: skip
            return None
    elif len(letters) < 2 or first.letters(Stance.TOLD) or not _is_object(before):
        return None
    named: set[str] = set()
    for each in rest:
        if each.asks or each.letters(Stance.UNSURE) or PLANNED.search(text, each.start, each.end):
            return None
        if (each.letters(Stance.YES) - letters) or each.letters(Stance.NO) & letters:
            return None
        if _cue(view, said, each) is not None and each.letters(Stance.TOLD) - letters:
            return None
        named |= {letter for run in each.runs for letter in run.letters}
    apart = named - letters == set(choices.letters) - letters
    if multi and not apart and not (len(said) < 4 and all(run.text for run in first.runs)):
        return None
    return _reading(choices, letters, first.runs[0].start, first.runs[-1].end, "opening")


def _under_conclusion(view: View, each: Utterance) -> bool:
    """Whether the line above is a heading such as "Conclusion"."""
    above = view.text[max(view.start, each.start - 60) : each.start].rstrip().rsplit("\n", 1)[-1]
    return _heading(above)


def _is_object(before: str) -> bool:
    """Whether what follows these words is what their verb is about: no subject, no place."""
    return _LINKS.search(before) is not None or (
        _VERB_BEFORE.search(before) is not None and len(before.split()) < 12
    )


def conflicts(
    view: View,
    choices: Choices,
    span: tuple[int, int],
    letters: set[str],
    multi: bool,
    rule: str,
) -> bool:
    """Whether the utterance that a reading of others rests on names more than it took: another
    option in the same comparison, or a row with a member that names no option as far as we see.

    Args:
        view: The reply.
        choices: The item's options, prepared for reading.
        span: Where in the reply the others read.
        letters: What they read.
        multi: Whether several options may be right.
        rule: By which rule.
    """
    for each in reversed(utterances_of(view, choices) or ()):
        start, end = view.span(each.start, each.end)
        pairs = list(zip(each.runs, each.stances, strict=True))
        own = [run for run, _ in pairs if set(run.letters) & letters]
        if not (start < span[1] and span[0] < end) or not own:
            continue
        denied = all(said == Stance.NO for run, said in pairs if set(run.letters) & letters)
        if denied and not _under_conclusion(view, each):
            return True
        if len(letters) > 1:
            return _has_unread(view.text, each, each.start, own)
        if not multi and any(set(run.letters) - letters and is_wordy(run, choices) for run in own):
            return True
        if multi or own[0].label:
            return False
        named = each.letters(Stance.YES, Stance.TOLD)
        if rule == "only_named" and named - letters:
            return True
        more = _AND_MORE.match(view.text, own[-1].end, each.end) is not None
        return more or bool(
            each.letters(Stance.BESIDE) - letters and _THAN.search(view.text, own[-1].end, each.end)
        )
    return False


def joined(
    view: View, choices: Choices, span: tuple[int, int], letters: set[str]
) -> tuple[str, ...]:
    """The options of the one row in which others read some; empty where they read all of it."""
    for each in reversed(utterances_of(view, choices) or ()):
        start, end = view.span(each.start, each.end)
        if not (start < span[1] and span[0] < end):
            continue
        for run in each.runs:
            first, last = view.span(run.start, run.end)
            if letters < set(run.letters) and first < span[1] and span[0] < last:
                return () if run.either else choices.in_order(set(run.letters))
    return ()
