"""Options that stand inside the question's text: "... is (A) 3 (B) 4", "[A] ...", "A) up B) down".

The options are the longest run of labels A, B, C ...; of runs of equal length the last one, because
a question may mention "P (A)" before its options begin. Labels at the start of lines are believed
before labels within lines. Everything before the run is the question; what follows the last label
is the last option.
"""

from __future__ import annotations

import re
import string

from cgr_nb.items.options import Options, paired
from cgr_nb.items.rejection import Reject

__all__ = ["cut_out", "numbered_out", "split_any", "split_out"]

# A label may stand inside LaTeX: "$[\mathrm{A}] x$". The dollar sign belongs to the text.
_IN_BRACKETS = (
    r"(?P<math>\$?)[(\[]\s*(?:\\(?:mathrm|text|mathbf)\{\s*)?(?P<label>[A-Z])\s*(?:\}\s*)?[)\]]"
)
_STYLES = (
    re.compile(r"^[ \t]*" + _IN_BRACKETS, re.MULTILINE),
    re.compile(r"^[ \t]*(?P<math>)(?P<label>[A-Z])[).:](?=\s|$)", re.MULTILINE),
    re.compile(r"(?<![\w)])" + _IN_BRACKETS),
    re.compile(r"(?<![\w(\[])(?P<math>)(?P<label>[A-Z])\)"),
    re.compile(r"(?<![\w(\[])(?P<math>)(?P<label>[A-Z])[.:](?=\s)"),
)
_SEPARATORS = ",;|"
_TOLD = re.compile(r"\b(?:correct )?(?:answer|solution)\s*:(?P<rest>.*)", re.IGNORECASE | re.DOTALL)


def split_out(text: str) -> tuple[str, Options]:
    """Split a text with lettered options into question and options.

    Returns:
        The text before the options without the white space around it, and the options.

    Raises:
        Reject: no two options in a row are found, or the answer stands behind them.
    """
    run: list[re.Match[str]] = []
    for style in _STYLES:
        found = list(style.finditer(text))
        longest = _longest_run(found)
        if len(longest) < 2 or len(longest) <= len(run):
            continue
        run = longest
        if not _goes_on(found, run[-1]):
            break
    if not run:
        raise Reject("no_options", "no options such as '(A) ... (B) ...' in the text")
    ends = [match.start() for match in run[1:]] + [len(text)]
    texts = [
        match["math"] + text[match.end() : end].strip()
        for match, end in zip(run, ends, strict=True)
    ]
    texts[-1] = _without_answer(texts[-1])
    labels = [match["label"] for match in run]
    return text[: run[0].start()].strip(), paired(labels, _without_separator(texts))


_LOWER = (
    re.compile(r"^[ \t]*\(?(?P<label>[a-z])\s?[).](?=\s)", re.MULTILINE),
    re.compile(r"(?<![\w(\[])\((?P<label>[a-z])\)"),
    re.compile(r"(?<![\w(\[])(?P<label>[A-Z])\s\)"),
    re.compile(r"(?<![\w(\[])(?P<label>[a-z])\s?\)"),
    re.compile(r"^[ \t]*(?P<label>[A-Z])(?=[、．])[、．]", re.MULTILINE),
    re.compile(r"(?<!\w)(?P<label>[A-Z])[、．]"),
    re.compile(r"^[ \t]*\(?(?P<label>[1-9])\s?[).](?=\s)", re.MULTILINE),
)
_NUMBERED = re.compile(r"\b(?P<word>answer|option|choice|solution|ending)\s?1\s?:", re.IGNORECASE)
_BULLETS = re.compile(
    r"\n\s*(?:options|choices|answer choices)\s*:\s*(?P<list>(?:\n\s*[-*•]\s+[^\n]+){2,})\s*$",
    re.IGNORECASE,
)
_HEAD = r"(?:the\s+)?(?:answer choices|answer options|options|choices)"
_HEADING = re.compile(rf"(?:^|\s){_HEAD}\s*:?\s*$", re.IGNORECASE)
_BEHIND = re.compile(rf"(?:^|\s){_HEAD}\s*:", re.IGNORECASE)


def split_any(text: str) -> tuple[str, Options]:
    """Split a text with options in any usual style into question and options.

    Wider than `split_out`: also "a) x", "A、x", "1. x", "Option1: x" and bulleted options, and a
    heading such as "Options:" above them is taken off.

    Raises:
        Reject: As `split_out`.
    """
    bullets = _BULLETS.search(text)
    if bullets:
        lines = bullets["list"].strip().split("\n")
        listed = [re.sub(r"^\s*[-*•]\s+", "", line).strip() for line in lines]
        glued = [re.match(r"\(?([A-Z])[).]\s+", line) for line in listed]
        if not all(glued):
            return text[: bullets.start()].strip(), paired(None, listed)
    numbered = _NUMBERED.search(text)
    if numbered:
        stem, options = numbered_out(text.partition("Answer format:")[0].strip(), numbered["word"])
        options = paired([str(number) for number in range(1, len(options) + 1)], options.texts)
        return _HEADING.sub("", stem).strip(), options
    # Letters before a heading, such as P(A), are no labels.
    headings = list(_BEHIND.finditer(text))
    start = headings[-1].end() if headings else 0
    try:
        stem, options = _split(text[start:])
        stem = text[:start] + stem
    except Reject:
        if not start:
            raise
        stem, options = _split(text)
    if any(_opens_more(option) for option in options.texts):
        raise Reject("no_options", "what looks like labels stands within formulas")
    return _HEADING.sub("", stem.rstrip()).strip(), options


def _split(text: str) -> tuple[str, Options]:
    try:
        stem, options = split_out(text)
    except Reject as reject:
        if reject.reason != "no_options":
            raise
        return _split_lower(text, reject)
    # Statements a) to c) above options A to D are usual; a longer list of small letters may be the
    # options themselves, with capitals within them.
    try:
        _, others = _split_lower(text, Reject("no_options", ""))
    except Reject:
        return stem, options
    if len(others) > len(options):
        what = f"two lists, of {len(options)} and of {len(others)} labels, may be the options"
        raise Reject("bad_options", what, "write the options as a list")
    return stem, options


def _opens_more(text: str) -> bool:
    """Tell whether a text ends within brackets: then it was cut at what is no label."""
    return any(
        text.count(opening) > text.count(closing) and text.rstrip().endswith(opening)
        for opening, closing in ("()", "[]", "{}")
    )


def cut_out(text: str, options: Options) -> str:
    """Return a question without the lettered list of its own options, when it holds one."""
    pattern = r"\s*".join(
        rf"(?:[-*]\s*)?[(\[]?{letter}\s*[)\].:、．]+\s*{re.escape(option.strip())}[,;|]?"
        for letter, option in zip(options.letters, options.texts, strict=True)
    )
    found = re.search(rf"(?<!\w){pattern}", text)
    return _HEADING.sub("", text[: found.start()].rstrip()).strip() if found else text


def _split_lower(text: str, otherwise: Reject) -> tuple[str, Options]:
    for style in _LOWER:
        run: list[re.Match[str]] = []
        first = ("a", "A", "1")
        for match in style.finditer(text):
            if not run and match["label"] in first:
                run = [match]
            elif run and ord(match["label"]) == ord(run[-1]["label"]) + 1:
                run.append(match)
        if len(run) < 2:
            continue
        ends = [match.start() for match in run[1:]] + [len(text)]
        texts = [text[match.end() : end].strip() for match, end in zip(run, ends, strict=True)]
        texts[-1] = _without_answer(texts[-1])
        labels = [match["label"] for match in run]
        return text[: run[0].start()].strip(), paired(labels, _without_separator(texts))
    raise otherwise


def numbered_out(text: str, word: str) -> tuple[str, Options]:
    """Split a text with options "<word>1: ... <word>2: ..." into question and options.

    Raises:
        Reject: "no_options" when no two options in a row are found.
    """
    run: list[re.Match[str]] = []
    for match in re.finditer(rf"\b{re.escape(word)}(\d+):", text):
        if int(match[1]) == len(run) + 1:
            run.append(match)
    if not run:
        raise Reject("no_options", f"no options such as '{word}1: ... {word}2: ...' in the text")
    ends = [match.start() for match in run[1:]] + [len(text)]
    texts = [text[match.end() : end].strip() for match, end in zip(run, ends, strict=True)]
    return text[: run[0].start()].strip(), paired(None, texts)


def _longest_run(markers: list[re.Match[str]]) -> list[re.Match[str]]:
    best: list[re.Match[str]] = []
    run_length = 0
    # Backwards, so that the run from each label on is known when an earlier label looks for its
    # next; linear in the number of labels.
    following: dict[str, list[re.Match[str]]] = {}
    for marker in reversed(markers):
        label = marker["label"]
        position = string.ascii_uppercase.index(label)
        after = following.get(string.ascii_uppercase[position + 1 : position + 2], [])
        following[label] = [marker, *after]
        if label == "A" and len(following[label]) > run_length:
            best, run_length = following[label], len(following[label])
    return best


def _goes_on(markers: list[re.Match[str]], last: re.Match[str]) -> bool:
    """Tell whether labels behind a run skip one: A, B, D means that C stands elsewhere."""
    skipped = [marker for marker in markers if marker.start() > last.start()]
    return any(marker["label"] > last["label"] for marker in skipped)


def _without_answer(text: str) -> str:
    """Take a closing "Answer:" off the last option; an answer behind it spoils the item."""
    match = _TOLD.search(text)
    if match is None:
        return text
    if match["rest"].strip():
        what = "the answer stands in the text behind the options"
        raise Reject("bad_options", what, "take it out")
    return text[: match.start()].rstrip()


def _without_separator(texts: list[str]) -> list[str]:
    last = {text[-1:] for text in texts[:-1]}
    if len(last) == 1 and (mark := last.pop()) and mark in _SEPARATORS:
        return [text.removesuffix(mark).rstrip() for text in texts[:-1]] + texts[-1:]
    return texts
