"""Which columns of a file are question, context, options and answer: by name, and by what they
hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cgr_nb.items.fields import Row, is_missing
from cgr_nb.items.groups import Group, groups
from cgr_nb.items.item_file import Columns
from cgr_nb.items.names import (
    CONFIG,
    CONTEXT,
    CORRECT_TEXT,
    DISTRACTOR_PREFIXES,
    DISTRACTORS,
    FLAGS,
    GOLD,
    ID,
    LABELS,
    LEAKS,
    OPTION_PREFIXES,
    OPTIONS,
    QUESTION,
    SENTENCE_PREFIXES,
    bare,
    by_bare_name,
)
from cgr_nb.items.rejection import Reject
from cgr_nb.items.shapes import read_choices

__all__ = ["Layout", "find_layout"]

_LOOK_AT = 200
_LISTS = ("answers", "responses", "solutions", "candidates", "choice", "option", "opts")
"""Names under which a list is the options, and anything else is not."""
_WEAK = ("sentence", "statement", "premise", "text", "body")


@dataclass(frozen=True, slots=True)
class Layout:
    """What the columns of a file are. A row uses the first of several that it fills."""

    question: tuple[str, ...]
    """In order of preference; when `joined`, all of them together."""
    joined: bool = False
    context: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    """Columns that list all options, in order of preference."""
    group: Group | None = None
    """Columns of one option each."""
    right: tuple[str, ...] = ()
    """Columns with the right option's text, where the wrong ones stand apart."""
    wrong: tuple[str, ...] = ()
    """Columns with the wrong options: lists, or one each."""
    labels: str | None = None
    flags: str | None = None
    gold: tuple[str, ...] = ()
    """Columns that may hold the answer, in order of preference."""
    id: str | None = None
    config: str | None = None
    dataset: str | None = None
    said: frozenset[str] = field(default_factory=frozenset)
    """Columns that were named by hand."""

    @property
    def has_options(self) -> bool:
        """Whether there are columns of options at all."""
        return bool(self.options or self.group or self.wrong)

    def used(self) -> tuple[str, ...]:
        """All columns that are read."""
        group = self.group.columns if self.group else ()
        several = (*self.question, *self.context, *self.options, *group, *self.right, *self.wrong)
        single = (self.labels, self.flags, self.id, self.config, self.dataset)
        return tuple(
            dict.fromkeys((*several, *self.gold, *(name for name in single if name is not None)))
        )


def find_layout(rows: Sequence[Row], said: Columns) -> Layout:
    """Find what the columns are.

    Args:
        rows: Rows of the file; the first of them tell what a column holds.
        said: Columns that are named by hand; they go before any finding.
    """
    look = rows[:_LOOK_AT]
    filled: dict[str, list[object]] = {}
    for row in look:
        for name, value in row.items():
            if not is_missing(value):
                filled.setdefault(str(name), []).append(value)
    names = list(dict.fromkeys(str(name) for row in look for name in row))
    short = by_bare_name(name for name in names if name in filled)

    def present(wanted: Sequence[str], besides: Sequence[str] = ()) -> tuple[str, ...]:
        return tuple(short[name] for name in wanted if name in short and short[name] not in besides)

    options, group = _options(short, filled, said)
    taken = (*options, *(group.columns if group else ()))
    wrong = said.distractors or _wrong(short, filled, taken)
    right: tuple[str, ...] = ()
    if wrong and not (options or group):
        right = (said.gold,) if said.gold is not None else present(CORRECT_TEXT, wrong)
    else:
        wrong = ()
    taken = (*taken, *wrong, *right)
    beside = [name for name in present(FLAGS, taken) if _is_list_of_flags(filled[name])]
    flags = beside[0] if options and beside else None
    labels = next(
        (name for name in present(LABELS, taken) if name != flags and _is_lists(filled[name])), None
    )
    question, joined = _question(short, filled, taken, said)
    gold = (said.gold,) if said.gold is not None else present(GOLD, (*taken, *question))
    context = said.context or present(CONTEXT, (*taken, *question, *gold))
    context = tuple(name for name in context if bare(name) not in LEAKS)
    if "lecture" in short and "hint" in short and not said.context:
        context = (*context, short["hint"])
    if not question and context:
        question, context = context[:1], context[1:]
    used = {*taken, *question, *gold, *context}
    own = [name for name in present(ID) if name not in used]
    config = said.config or next(
        (name for name in present(CONFIG) if name not in used and _is_kind(filled[name])), None
    )
    return Layout(
        question=question,
        joined=joined,
        context=context,
        options=options,
        group=group,
        right=right,
        wrong=wrong,
        labels=labels,
        flags=flags if said.gold is None else None,
        gold=tuple(name for name in gold if name != flags and name not in right),
        id=said.id or (own[0] if own else None),
        config=config,
        dataset=short.get("dataset"),
        said=frozenset(said.named()),
    )


def _options(
    short: Mapping[str, str], filled: Mapping[str, list[object]], said: Columns
) -> tuple[tuple[str, ...], Group | None]:
    if len(said.options) == 1:
        return said.options, None
    if said.options:
        labels = _shared_labels(said.options)
        return (), Group("", said.options, labels)
    if said.distractors:
        return (), None
    found = tuple(
        short[name]
        for name in OPTIONS
        if name in short and _holds_options(name, filled[short[name]])
    )
    known = [one for one in groups(short.values()) if one.prefix in ("", *OPTION_PREFIXES)]
    known = [one for one in known if not (one.prefix == "" and one.labels[0] == "0")]
    known.sort(key=lambda one: (-len(one.columns), one.prefix == "a"))
    return found, (known[0] if known else None)


def _shared_labels(columns: Sequence[str]) -> tuple[str, ...]:
    """Return what columns named by hand count, when they do, else letters by place."""
    for one in groups(columns):
        if set(one.columns) == set(columns):
            order = {name: label for name, label in zip(one.columns, one.labels, strict=True)}
            return tuple(order[name] for name in columns)
    return tuple(chr(65 + place) for place in range(len(columns)))


def _holds_options(name: str, values: Sequence[object]) -> bool:
    good = 0
    for value in values:
        if isinstance(value, str) and name in ("targetscores", "answers", "responses", "solutions"):
            if not value.strip().startswith(("[", "{")):
                continue
        elif not isinstance(value, str | list | tuple | Mapping):
            continue
        try:
            count = len(read_choices(value).options)
        except Reject:
            continue
        good += count > 1 or name not in _LISTS
    if name in ("options", "choices") and any(not isinstance(value, int) for value in values):
        return True  # what it holds may be no list: its rows say so
    return 2 * good > len(values)


def _wrong(
    short: Mapping[str, str], filled: Mapping[str, list[object]], taken: Sequence[str]
) -> tuple[str, ...]:
    lists = [short[name] for name in DISTRACTORS if name in short and short[name] not in taken]
    if lists:
        return (lists[0],)
    known = [one for one in groups(short.values()) if one.prefix in DISTRACTOR_PREFIXES]
    if known:
        return known[0].columns
    single = [
        short[name]
        for name in (*DISTRACTOR_PREFIXES, *(f"{p}1" for p in DISTRACTOR_PREFIXES))
        if name in short and filled[short[name]]
    ]
    return (single[0],) if single else ()


def _question(
    short: Mapping[str, str],
    filled: Mapping[str, list[object]],
    taken: Sequence[str],
    said: Columns,
) -> tuple[tuple[str, ...], bool]:
    if said.question is not None:
        return (said.question,), False
    others = (*taken, *said.context, *((said.gold,) if said.gold else ()))
    found = tuple(
        short[name]
        for name in QUESTION
        if name in short
        and short[name] not in others
        and any(isinstance(value, str | list) for value in filled[short[name]])
    )
    strong = tuple(name for name in found if bare(name) not in _WEAK)
    if not strong:
        ending = (name for short_name, name in short.items() if short_name.endswith("question"))
        strong = tuple(name for name in ending if name not in others)[:1]
    if strong:
        return strong, False
    sentences = [one for one in groups(short.values()) if one.prefix in SENTENCE_PREFIXES]
    if sentences and not found:
        return sentences[0].columns, True
    if found and any(name in short for name in CONTEXT if short.get(name) not in found):
        # "text" or "sentence" beside a passage is the question; alone, the first of them.
        return found[:1], False
    return found[:1], False


def _is_kind(values: Sequence[object]) -> bool:
    """Tell whether a column names a kind of rows: short words that come again."""
    if not all(isinstance(value, str | int) and len(str(value)) <= 80 for value in values):
        return False
    return len(values) < 4 or 2 * len({str(value) for value in values}) <= len(values)


def _is_lists(values: Sequence[object]) -> bool:
    return all(
        isinstance(value, list | tuple)
        or (isinstance(value, str) and value.strip().startswith("["))
        for value in values
    )


def _is_list_of_flags(values: Sequence[object]) -> bool:
    return all(
        isinstance(value, list | tuple)
        and bool(value)
        and all(isinstance(part, bool) or part in (0, 1, 0.0, 1.0) for part in value)
        for value in values
    )
