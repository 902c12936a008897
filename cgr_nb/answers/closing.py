"""A closing sentence that singles out labels, where nothing is announced: "Only B and D are one-to-one.",
"So: A and C only.", "So 14, option (B).", "A and D satisfy both conditions; B and C do not."

It is the last sentence, but for clauses that deny the other labels and one sentence without labels. A
word of denial, doubt or planning (`not_chosen` in languages.toml) in it, or a question, closes
nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgr_nb.answers.evidence import WEAK, Statement
from cgr_nb.answers.labels import Choices
from cgr_nb.answers.languages import NOT_CHOSEN
from cgr_nb.answers.listing import listed
from cgr_nb.answers.labels import Group
from cgr_nb.answers.polarity import polarity
from cgr_nb.answers.verdicts import is_wrong
from cgr_nb.answers.view import View

__all__ = ["closing_sentence"]

_CLOSING = 500
"""Characters at the end of a reply in which its closing sentence begins."""
_ENDS = re.compile(r"(?P<asks>\?)|[.!;](?=\s|\Z)|\n")
_LABEL = r"(?:[(\[]\s?[A-Z]\s?[)\]]|[A-Z])(?![\w'’^_(=+*/-])"
_GROUP = rf"(?P<group>{_LABEL}(?:\s?(?:,\s?(?:(?:and|or)\s)?|\s?&\s?|\s(?:and|or|as\swell\sas)\s){_LABEL}){{0,9}})"
_LABELS = re.compile(rf"(?<![\w\\^'’(=]){_LABEL}|[(\[]\s?[A-Z]\s?[)\]]")
_CAPITAL = re.compile(r"[A-Z]")
_NOUN = (
    r"(?:options?|statements?|choices?|answers?|functions?|equations?|reactions?|conclusions?|graphs?"
    r"|figures?|values?|relations?|sets?|cases?|items?|claims?|assertions?|letters?)"
)
_SENTENCE = re.compile(
    r"\s?(?:(?:and|but|now|well|ok|okay)[,:]?\s)?"
    r"(?P<so>(?:(?:so|thus|hence|therefore|consequently|accordingly|in\s(?:conclusion|summary|short|total"
    r"|all)|finally|overall|altogether|that\sis|i\.e\.|final\sanswers?|conclusion|result|summary|∴|⇒|→"
    r"|\\(?:Rightarrow|therefore|implies|rightarrow)|[=-]>)\s?[,:]?\s){0,3})"
    rf"(?P<only>(?:only|just)\s)?(?:(?:the|both|all)\s){{0,2}}(?P<noun>{_NOUN}\s)?{_GROUP}(?P<post>.{{0,300}})\Z",
    re.IGNORECASE | re.DOTALL,
)
_BEHIND_VALUE = re.compile(
    r"\s?(?:so|thus|hence|therefore|∴|⇒|→|that(?:'s|\sis|\sgives)|giving|this\sgives|we\sget)\s?[,:]?\s"
    rf"[^,;()]{{1,60}},\s(?:i\.e\.,?\s|that\sis,?\s|which\sis\s)?(?P<noun>{_NOUN}\s){_GROUP}(?P<post>\s?)\Z",
    re.IGNORECASE,
)
_LOOSE = re.compile(
    r"\s?(?P<so>(?:so|thus|hence|therefore|consequently|in\s(?:conclusion|summary)|finally|overall)\b[,:]?)"
    rf"\s[^\n]{{1,200}}?\s(?P<noun>{_NOUN}\s)(?:both\s)?{_GROUP}(?P<post>\s?)\Z",
    re.IGNORECASE,
)
_ALONE = re.compile(r"\s?(?:only|alone|hold|apply|remain|it\sis|survive|then)?[\s.!)*]{0,4}\Z")
_WANTED = re.compile(
    r"\s(?:is|are)\s(?:what\s(?:we|you|they|i|was|is)\b|the\sones?\b|it\b|our\b|my\b|left\b)"
)
_SAYS = re.compile(
    rf"[^\n]{{1,200}}[,;–—]\s(?:which|that|this)\sis\s(?:exactly\s|just\s)?what\s(?P<noun>{_NOUN}\s)?{_GROUP}"
    r"\s(?:says?|states?|claims?|gives?|describes?)(?P<post>)\Z",
    re.IGNORECASE,
)
_FORMS = (_SENTENCE, _BEHIND_VALUE, _LOOSE, _SAYS)
_OR = re.compile(r"\bor\b")
_MARK = re.compile(r"[(\[]")
_FURTHER = re.compile(r"[(\[][A-Z][)\]]")


def closing_sentence(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """The labels that the last sentence with labels singles out."""
    text, passed = view.text, 0
    for start, end, asks in _sentences(view):
        sentence = text[start:end]
        if not any(set(_CAPITAL.findall(each[0])) & set(choices.letters)
                   for each in _LABELS.finditer(sentence)):
            passed += 1
            if asks or passed > 1 or NOT_CHOSEN.search(sentence):
                return
            continue
        if asks:
            return
        found = next(filter(None, (form.match(sentence) for form in _FORMS)), None)
        if found is None:
            return
        letters = tuple(dict.fromkeys(_CAPITAL.findall(_no_words(found["group"]))))
        if not letters or not set(letters) <= set(choices.letters):
            return
        after = start + found.end("group")
        if is_wrong(text, after, end) and not found.groupdict().get("only"):
            continue  # what it denies is not the answer; the answer may stand before it
        if NOT_CHOSEN.search(sentence):
            return
        if _singles_out(found, letters):
            at = start + found.start("group")
            marked = _MARK.match(found["group"]) is not None
            group = Group(letters, at, after, _OR.search(found["group"]) is not None, marked)
            more = listed(text, group, choices, end)
            yield Statement("closing", WEAK, more.letters, at, more.end, either=more.either)
        return


def _sentences(view: View) -> Iterator[tuple[int, int, bool]]:
    """Start, end and whether it asks, of the last sentences, the last one first."""
    start = max(view.start, view.stop - _CLOSING)
    ends = list(_ENDS.finditer(view.text, start, view.stop))
    stop = view.stop
    asks = False
    for each in reversed(ends):
        if view.text[each.end() : stop].strip(" .*\n"):
            yield each.end(), stop, asks
        stop, asks = each.start(), each["asks"] is not None
    if start == view.start and view.text[start:stop].strip():
        yield start, stop, asks


def _no_words(group: str) -> str:
    return re.sub(r"\b(?:and|or|as|well)\b", " ", group)


def _singles_out(found: re.Match[str], letters: tuple[str, ...]) -> bool:
    said = found.groupdict()
    post, only, so = said["post"], bool(said.get("only")), bool(said.get("so"))
    noun = bool(said["noun"])
    if _ALONE.match(post):
        behind = "so" not in said
        return behind or only or "only" in post or "alone" in post or (so and (noun or len(letters) > 1))
    if only:
        return post[:1] in " ," and not post.lstrip(" ,").startswith("(")
    if so and _WANTED.match(post):
        return True
    if _FURTHER.search(post) and not post.startswith(" ("):
        return False
    marked = _MARK.match(found["group"]) is not None
    if so and (marked or noun) and len(letters) > 1:
        return True
    words = post.split(" ")[1:7]
    return len(letters) > 1 and any(
        polarity(" ".join(words[:size])) is True for size in range(len(words), 0, -1)
    )
