"""A list of some of the options and no others, under words that introduce it: the chosen ones.

"The ACE inhibitors are:\\n1. Lisinopril\\n2. Ramipril". Only where several options may be
right. A list of all options is the question again, and so is one under words such
as "options" or "consider"; of two lists neither says which one is meant.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from cgr_nb.answers.evidence import WEAK, Statement
from cgr_nb.answers.folding import fold
from cgr_nb.answers.heads import Head, heads_of_lines
from cgr_nb.answers.labels import Choices
from cgr_nb.answers.languages import NOT_CHOSEN, NOT_INTRODUCED
from cgr_nb.answers.lazy_pattern import LazyPattern
from cgr_nb.answers.polarity import polarity
from cgr_nb.answers.view import View

__all__ = ["chosen_list"]

_LONGEST = 240
"""Characters of the line that introduces a list."""
_NOT_INTRODUCED = LazyPattern(r"[?]\s?\Z|[.!;]\s?\Z")


def chosen_list(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """The one list of some options.

    Example:
        "The following work:\\n1. (A) SOCl₂\\n2. (B) PCl₅", "True statements:\\nB. x\\nD. y"
    """
    if not multi or len(choices.letters) < 3:
        return
    heads = heads_of_lines(view, choices)
    if len(heads) > 2 * len(choices.letters):
        return
    titled = _under_right(view, heads)
    sure, heads = len(titled) < len(heads), titled
    letters = tuple(dict.fromkeys(head.letter for head in heads))
    if not 0 < len(letters) == len(heads) < len(choices.letters) or len(letters) < 2:
        return
    if list(letters) != sorted(letters, key=choices.letters.index):
        return
    if any(head.ticked is False or head.cell for head in heads):
        return
    lead = view.text[view.start : heads[0].start].rstrip()
    line = lead[lead.rfind("\n") + 1 :].strip()
    end = _end(view, heads[-1])
    if (not line or len(line) > _LONGEST or _NOT_INTRODUCED.search(line)) and lead:
        return
    if NOT_INTRODUCED.search(line) and not sure:
        return
    if not lead and letters == choices.letters[: len(letters)]:
        return  # the options told again, and cut
    if not _adjacent(view, heads) or _is_cut(view, heads[-1], end, choices):
        return
    if any(
        NOT_CHOSEN.search(view.text[head.end : min(_end(view, head), head.end + 160)])
        for head in heads
    ):
        return
    yield Statement("chosen_list", WEAK, letters, heads[0].start, end)


def _under_right(view: View, heads: list[Head]) -> list[Head]:
    """Without the lists that stand under a line such as "Incorrect:", where another stands under
    "Correct:"."""
    titles = [_title(view, heads, place) for place in range(len(heads))]
    if {True, False} <= set(titles):
        return [head for head, title in zip(heads, titles, strict=True) if title]
    return heads


def _title(view: View, heads: list[Head], place: int) -> bool | None:
    """What the line above the list of this head judges."""
    for at in range(place, -1, -1):
        above = view.text[view.start : heads[at].start].rstrip().rsplit("\n", 1)[-1]
        if at == 0 or view.text.rfind("\n", view.start, heads[at].start - 1) > _end(
            view, heads[at - 1]
        ):
            return polarity(above)
    return None


def _end(view: View, head: Head) -> int:
    line = view.text.find("\n", head.end, view.stop)
    return view.stop if line < 0 else line


def _adjacent(view: View, heads: list[Head]) -> bool:
    """Whether hardly anything stands between the lines of the list."""
    return all(
        view.text.count("\n", one.end, two.start) <= 3 and two.start - one.end <= 600
        for one, two in itertools.pairwise(heads)
    )


def _is_cut(view: View, head: Head, end: int, choices: Choices) -> bool:
    """Whether the reply ends within the last one's text."""
    if end < view.stop or head.worded:
        return False
    given, own = fold(view.text[head.end : end].lstrip(" ).:]-–—,")), choices.keys[head.letter]
    return bool(own) and own.startswith(given) and given != own and bool(given)
