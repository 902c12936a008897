"""Reading option labels at a place in a reply: "(B)", "B) text", "C.", "B and D", "BD", "A, C".

A bare capital counts only when what follows shows that it is a label, so neither the article "A",
the pronoun "I", "T cells", "A = 5" nor "P(A)" is one. Labels that are outside the options are read
too: the caller has to know that one was named. Patterns have bounded repeats; reading at one place
takes a bounded number of steps.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from cgr_nb.answers.alphabets import EITHER, UNKNOWN, Labels
from cgr_nb.answers.folding import fold
from cgr_nb.answers.lazy_pattern import LazyPattern
from cgr_nb.answers.view import plain

__all__ = ["Choices", "Group", "read_group"]


def _normalise(text: str) -> str:
    """Case, spaces and outer punctuation taken off. Replies come here cleaned; option texts are
    cleaned first."""
    words = " ".join(text.casefold().split())
    return words.strip(" .,;:!?\"'“”‘’`()[]{}")


@dataclass(frozen=True, slots=True)
class Choices:
    """The options of one item, prepared for reading."""

    letters: tuple[str, ...]
    """The capitals that stand for the options, in presented order: their labels, where these are
    Latin capitals."""
    texts: Mapping[str, str]
    """Capital -> normalised text; empty when the text is not known."""

    keys: Mapping[str, str]
    """Capital -> folded text (folding.py); empty when the text is not known."""
    longest: int
    """Characters of the longest normalised text; 0 when no text is known."""

    labels: Labels
    """What labels of other scripts stand for."""

    @classmethod
    def of(cls, options: Mapping[str, str]) -> Choices:
        """Prepare options, letter -> text: those of an item are read a dozen times."""
        return _prepared(tuple(options.items()))

    @classmethod
    def prepared(cls, options: Mapping[str, str]) -> Choices:
        """As `of`, made anew."""
        labels = Labels.of(tuple(options), tuple(options.values()))
        texts = {labels.own[letter]: _normalise(plain(text)) for letter, text in options.items()}
        keys = {letter: fold(text) for letter, text in texts.items()}
        longest = max(map(len, texts.values()), default=0)
        return cls(tuple(labels.own.values()), texts, keys, longest, labels)

    def written(self, letters: tuple[str, ...]) -> tuple[str, ...]:
        """The options' own labels of these capitals."""
        labels = {capital: label for label, capital in self.labels.own.items()}
        return tuple(labels[letter] for letter in letters)

    def named(self, text: str) -> tuple[str, ...]:
        """Letters whose option text is this text, typography and case aside."""
        if not self.longest or len(text) > self.longest + 80:
            return ()
        wanted = _normalise(text)
        if not wanted:
            return ()
        named = tuple(letter for letter in self.letters if self.texts[letter] == wanted)
        # Braces at the end may belong to a command: \\frac{\\pi}{6}.
        keys = set() if named else {fold(wanted), fold(text.casefold().strip(" .,;:!?\n"))} - {""}
        return named or tuple(letter for letter in self.letters if self.keys[letter] in keys)

    def spelt_out(self, text: str) -> tuple[str, ...]:
        """Letters whose option text is this text, where that is no mere label: "Both A and B"."""
        named = self.named(text)
        return named if named and len(self.texts[named[0]]) > 1 else ()

    def follows(self, letter: str, rest: str) -> bool:
        """Whether the letter's own text stands at the beginning of the rest of a line."""
        own = self.texts.get(letter, "")
        if not own:
            return False
        given = _normalise(rest.split("\n", 1)[0][: len(own) + 80])
        return given[: len(own)] == own and not given[len(own) : len(own) + 1].isalnum()

    def goes_on_with_own_text(self, letter: str, rest: str) -> bool:
        """Whether marks alone stand between the letter and its own text of several words."""
        own = self.texts.get(letter, "")
        return " " in own and self.follows(letter, rest.lstrip(" ,:;-–—"))

    def begins(self, letter: str, text: str) -> bool:
        """Whether this text is the beginning of the letter's option text, or the other way
        round."""
        own, given = self.texts.get(letter, ""), _normalise(text)
        size = min(len(own), len(given))
        return size >= 3 and own[:size] == given[:size]

    def in_order(self, letters: set[str]) -> tuple[str, ...]:
        """Those of the letters that are options, in presented order."""
        return tuple(letter for letter in self.letters if letter in letters)


@lru_cache(maxsize=256)
def _prepared(options: tuple[tuple[str, str], ...]) -> Choices:
    return Choices.prepared(dict(options))


@dataclass(frozen=True, slots=True)
class Group:
    """One or several labels that stand together."""

    letters: tuple[str, ...]
    """Upper case, in the order read; may name letters outside the options."""
    start: int
    end: int
    either: bool
    """Joined by "or": a choice between them, not an answer of several."""
    marked: bool
    """The first label wears a bracket: "(B)", "[B]" or "B)"."""


_LETTER = rf"[A-Za-z{EITHER}{UNKNOWN}]"
_TOKEN = LazyPattern(rf"((?:\[\[|<<|[(\[{{<])\s?)?({_LETTER})(\s?(?:\]\]|>>|[)\]}}>]))?")
_JOINED = LazyPattern(r"[(\[{]?\s?([A-Z]{2,10})(?:\s?[)\]}]|(?![A-Za-z0-9_^(\\'’-]))")
_QUOTED = LazyPattern(
    r"[\[({]\s?(?P<mark>[\"'])[A-Z](?P=mark)(?:\s?[,;]\s?(?P=mark)[A-Z](?P=mark)){0,25}\s?[\])}]"
)
"""A list as programs write it: ["A", "C"]."""
_APART = LazyPattern(r"[A-Z](?: [A-Z]){1,9}(?=\s?\.?\s?(?:\n|\Z))")
"""Capitals with spaces between, to the end of their line: "A C"."""
_CUT = LazyPattern(r"[(\[]?([A-Z])[)\]]?\s?\(\s?(?:i{1,3}|iv|v|\d|[a-z])\s?\)")
_BARE = LazyPattern(r"([A-Z])(?=\s[a-z])")
_PLURAL = LazyPattern(r"\b(?:options|statements|choices|answers)\s\Z", re.IGNORECASE)
_OR_PERHAPS = LazyPattern(
    r",?\s(?:or|and)\s(?:perhaps|maybe|possibly|even)\s(?P<more>[A-Z](?:(?:,\s|\sand\s"
    r"|\sor\s)[A-Z]){0,5})\b"
)
_RANGE = LazyPattern(
    r"\s?(?:to|through|[-–—])\s?(?P<letter>[A-Z])(?![A-Za-z0-9])(?P<all>\s(?:are|is|all|hold)\b)?"
)
_NOUN = LazyPattern(r"\b(?:option|choice|makes)\s\Z", re.IGNORECASE)
_SMALL_WORD = LazyPattern(r"\s[a-z]{2}")
_BESIDE = LazyPattern(r"[(\[]\s?([A-Z])\s?[)\]](?![\w^])")
_NO_ARGUMENT = LazyPattern(r"[\w)\]}\\]")
_AFTER_BRACKET = LazyPattern(r"(?![a-z0-9^_\[(])")
_GLUED = LazyPattern(r"(?![\^_\[(])")
_JOINT = LazyPattern(
    r"(?:\s?\}(?=[\s,;]{0,3}(?:and|or|&)?[\s,;]{0,2}\\boxed))?\s?(?:(?P<mark>\\&|[,;/&+和与與及或]"
    r"|\|(?=[A-Z]\b))\s?)?"
    r"(?:(?<=[\s)\]}和与與及或])(?P<word>and\s?/\s?or|or\s?/\s?and|and|or|as\swell\sas|along\swith"
    r"|together\swith|plus|und|oder|et|ou|или|(?-i:[yeoи])|&|\\&)(?![A-Za-z]))?"
    r"\s?,?\s?(?:\\boxed\s?\{\s?)?"
    r"(?:(?:also|either|both|the|options?|choices?|statements?|answers?|alternatives?|opción)\b"
    r"\s?){0,3}(?:\\boxed\s?\{\s?)?",
    re.IGNORECASE,
)
_ALTERNATIVE = LazyPattern(r"\b(?:or|oder|ou|o|или)\b|或|^/$", re.IGNORECASE)
_NOT_A_LABEL = LazyPattern(r"N/A\b")
_OF_STATEMENTS = LazyPattern(
    r"\b(?:statements?|conclusions?|assumptions?|arguments?|reasons?)\s?\Z", re.IGNORECASE
)
_ROMAN = LazyPattern(r"(?:I{2,3}|IV|VI{1,3}|IX)\b")
_LABEL_ENDS = LazyPattern(
    r"\s?\Z"
    r"|\s?\n"
    r"|\s?\.(?![0-9a-z]|[A-Z]\.)"
    r"|\s?(?:[,;!?)\]}\"”’|&和与或]|</|:(?![A-Z0-9]\b)|\\&)"
    r"|\s?[/+](?=\s?[(\[]?[A-Z]\b)|\s[/|](?=\s)"
    r"|'(?![A-Za-z])"
    r"|\s?[✓✔✅☑🎯👍]"
    r"|\s?[-–—](?=\s?[A-Z](?![A-Za-z0-9]))|\sto\s[A-Z]\b|\s(?:[-–—](?=\s)|[(\[{“\"<\\])"
    r"|\s(?:because|since|as|is|isn't|are|aren't|was|were|would|cannot|can't|doesn't"
    r"|seems?|must|and|or|und|oder|et|ou|plus|along|together|only|respectively|both|option"
    r"|y|e|o|и|или|but|which|due|given|for|with|at|by|in|on|not|rather|instead|per|based|so|being"
    r"|while|whereas|hold|holds|where"
    r"|the\s(?:correct|right|best|only|most|answer|one)|here|over|after\sall|when|unless|although"
    r"|though|however|then|thus|if|from|among|alone)\b"
    r"|\s(?:ok|okay|works?|fails?|yes|no)\s?(?:[.,;\n]|\Z)"
)
_PRONOUN_ENDS = LazyPattern(r"\s?\Z|\s?(?:[\n.,;:!?)\]}\"”]|(?:because|since|is|and|or)\b)")
_SMALL_LABEL_ENDS = LazyPattern(r"\s?\Z|\s?(?:\n|[.,;:](?=\s|\Z))")


def read_group(
    text: str,
    pos: int,
    choices: Choices,
    *,
    stop: int,
    small: bool = False,
    article: bool = False,
) -> Group | None:
    """Read the labels that begin exactly at `pos`.

    Args:
        text: The cleaned reply.
        pos: Where the first label, or its bracket, begins.
        choices: The item's options.
        stop: Where the reply ends.
        small: Lower-case labels count.
        article: A bare lower-case "a" at the end of a line counts ("answer: a").

    Returns:
        The group, or None when no label stands there. Example: "(A) and (C)." gives A, C.
    """
    if pos and text[pos : pos + 1] in "([" and _NO_ARGUMENT.match(text[pos - 1]):
        return None  # P(A) is a probability
    joined = _joined(text, pos, choices, stop) or _written_apart(text, pos, choices, stop)
    if joined:
        return joined
    first = _token(text, pos, choices, stop, small=small, article=article)
    if first is None:
        return None
    letter, end, marked = first
    if letter in "IVX" and not marked and _OF_STATEMENTS.search(text, max(0, pos - 16), pos):
        return None  # "statement I" is the first one
    letters, either = list(choices.labels.readings(letter)), False
    either = len(letters) > 1
    for _ in range(max(len(choices.letters), 26)):
        if len(letters) == 1 and choices.goes_on_with_own_text(letters[0], text[end : end + 240]):
            break  # "C, both A and B" where that is the text of C
        joint = _JOINT.match(text, end, stop)
        if joint is None:
            break
        if _ROMAN.match(text, joint.end(), stop):
            return None  # "I, II and III" are statements, not labels
        if not (joint["mark"] or joint["word"]):
            beside = _BESIDE.match(text, joint.end(), stop) if marked else None
            if beside is None or joint.end() - end > 1 or beside[1] not in choices.letters:
                break
        after = _token(text, joint.end(), choices, stop, small=small and letter.islower())
        if after is None:
            cut = _CUT.match(text, joint.end(), stop)
            if cut and cut[1] in choices.letters and cut[1] not in letters:
                # "A, C, D(i)": not a label as such, nor nothing.
                letters.append(cut[1])
                either = True
            bare = _BARE.match(text, joint.end(), stop) if joint["word"] else None
            if bare and bare[1] in choices.letters and _PLURAL.search(text, max(0, pos - 16), pos):
                letters.append(bare[1])  # "options B and C contain ..."
                end = bare.end()
            break
        more = choices.labels.readings(after[0])
        if joint["mark"] == "," and not joint["word"] and set(more) & set(letters):
            break  # "of B and C, C is better": a new sentence about one of them
        letters += more
        end = after[1]
        words = f"{joint['mark'] or ''} {joint['word'] or ''}".strip()
        either = either or len(more) > 1 or _ALTERNATIVE.search(words) is not None
    perhaps = _OR_PERHAPS.match(text, end, stop)
    if perhaps:
        letters += [each for each in perhaps["more"] if each.isupper()]
        either = True
    last = _RANGE.match(text, end, stop) if len(letters) == 1 else None
    if last and (last["all"] or _PLURAL.search(text, max(0, pos - 16), pos)):
        places = [
            choices.letters.index(each)
            for each in (letters[0], last["letter"])
            if each in choices.letters
        ]
        if len(places) == 2 and places[0] < places[1]:
            letters = list(choices.letters[places[0] : places[1] + 1])
            end = last.end("letter")
    found = tuple(dict.fromkeys(each.upper() for each in letters))
    # "(B, C)": one bracket around all of them.
    marked = marked or (len(found) > 1 and text[pos] in "([{" and text[end - 1] in ")]}")
    return Group(found, pos, end, either, marked)


def _token(
    text: str, pos: int, choices: Choices, stop: int, *, small: bool = False, article: bool = False
) -> tuple[str, int, bool] | None:
    match = _TOKEN.match(text, pos, stop)
    if match is None or _NOT_A_LABEL.match(text, pos, stop):
        return None
    opened, letter, closed = match.groups()
    if (opened or "").strip() in {"<", "<<"} and not (closed or "").strip().startswith(">"):
        return None
    if not opened and (closed or "").strip().startswith((">", "}")):
        closed = None
    end = match.end(2)
    if closed:
        rest = text[match.end() : min(stop, match.end() + 240)]
        # "(C)three", "C)21": a text glued to its label; "P(A)b" and "f(C)^2" have none.
        glued = _GLUED.match(text, match.end(), stop) and (
            opened or choices.follows(letter.upper(), rest) or not choices.longest
        )
        if not (_AFTER_BRACKET.match(text, match.end(), stop) or glued):
            beside = _BESIDE.match(text, match.end(), stop) if opened else None
            if beside is None:
                return None
        # A small roman one looks the same as a small I.
        ok = not letter.islower() or (small and letter != "i")
        return (letter, match.end(), True) if ok else None
    if letter.islower():
        ok = small and (letter not in "ai" or article) and _SMALL_LABEL_ENDS.match(text, end, stop)
    elif letter == "I":
        ok = _PRONOUN_ENDS.match(text, end, stop)
    elif not letter.isascii():
        ok = not text[end : end + 1].isalnum()
    else:
        ok = (
            _LABEL_ENDS.match(text, end, stop)
            or (_NOUN.search(text, max(0, pos - 8), pos) and _SMALL_WORD.match(text, end, stop))
            or _own_text_follows(text, end, choices, letter)
            or _own_text_glued(text, end, choices, letter)
        )
    if not ok or _names_another_option(text, pos, choices, letter, stop):
        return None
    return letter, end, False


def _own_text_glued(text: str, end: int, choices: Choices, letter: str) -> bool:
    """ "C.three": the option's own words, without a space."""
    return text[end : end + 1] in {".", ":", "-"} and choices.follows(letter, text[end + 1 :][:240])


def _own_text_follows(text: str, end: int, choices: Choices, letter: str) -> bool:
    """ "D None of the above": no mark, but the option's own words follow."""
    return text[end : end + 1].isspace() and choices.begins(
        letter, text[end : end + 40].split("\n")[0]
    )


def _names_another_option(text: str, pos: int, choices: Choices, letter: str, stop: int) -> bool:
    """ "E. coli" is the text of option A, not label E."""
    own = choices.texts.get(letter, "")
    for other, words in choices.texts.items():
        lookalike = other != letter and words[:1] == letter.lower() and not words[1:2].isalnum()
        if lookalike and len(words) > 2:
            given = _normalise(text[pos : min(stop, pos + 80)].split("\n")[0])
            if given.startswith(words) and not own.startswith(words[1:].lstrip(" .):-")):
                return True
    return False


def _written_apart(text: str, pos: int, choices: Choices, stop: int) -> Group | None:
    """Several options, each in quotes within one bracket, or with nothing but a space between."""
    quoted = _QUOTED.match(text, pos, stop)
    if quoted:
        letters = tuple(dict.fromkeys(each for each in quoted[0] if each.isalpha()))
        return Group(letters, pos, quoted.end(), either=False, marked=True)
    apart = _APART.match(text, pos, stop)
    if apart is None or text[pos - 1 : pos].isalnum():
        return None
    letters = tuple(apart[0].split(" "))
    rising = all(one < two for one, two in pairwise(letters))
    if not rising or not set(letters) <= set(choices.letters):
        return None
    return Group(letters, pos, apart.end(), either=False, marked=False)


def _joined(text: str, pos: int, choices: Choices, stop: int) -> Group | None:
    """ "BD": capitals in rising order, all of them options. With many options that could be any
    word."""
    match = _JOINED.match(text, pos, stop)
    if match is None or len(choices.letters) > 10:
        return None
    letters = tuple(match[1])
    rising = all(one < two for one, two in pairwise(letters))
    if not rising or not set(letters) <= set(choices.letters):
        return None
    if match[0] in choices.labels.own or not (
        match[0][-1] in ")]}" or _LABEL_ENDS.match(text, match.end(), stop)
    ):
        return None
    return Group(letters, pos, match.end(), either=False, marked=match[0][-1] in ")]}")
