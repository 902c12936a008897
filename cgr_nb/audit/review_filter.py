"""Which programs of the queue a rater looks at: by dataset, generator, what the audits say, and how
far people are with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, fields, replace
from typing import NamedTuple

from cgr_nb.audit.standing import Adjudication, Standing, are_apart, consensus
from cgr_nb.errors import CgrError
from cgr_nb.words import REVIEW_STATE_WORDS

__all__ = ["NAMES", "CaseFilter", "CaseIndex", "Facet", "by_value", "review_states"]

_OWN = ("open", "mine")


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What is looked for; an empty field takes all."""

    dataset: str = ""
    generator: str = ""
    evidence: str = ""
    """What both audits say: a word of `judgement.Judgement`."""
    people: str = ""
    """How far people are: a key of `words.REVIEW_STATE_WORDS`."""

    @property
    def gives_away(self) -> bool:
        """Whether a rater who may see neither evidence nor other raters would learn from it."""
        return bool(self.evidence) or self.people not in ("", *_OWN)

    def choose(self, field: str, value: str) -> CaseFilter:
        """The same with another value of one field.

        Raises:
            CgrError: No such field.
        """
        if field not in NAMES:
            fix = f"one of {', '.join(NAMES)}"
            raise CgrError("programs can't be chosen by that", got=repr(field), fix=fix)
        return replace(self, **{field: value})


NAMES = tuple(field.name for field in fields(CaseFilter))


class Facet(NamedTuple):
    """A value that can be chosen."""

    value: str
    programs: int
    """Programs that have it and fit the other fields of the filter."""


class CaseIndex:
    """Programs by what they can be chosen by.

    Args:
        programs: Ids of all programs.
        have: Field of `CaseFilter` -> value -> programs that have it. One that was written for
            items of two datasets has both.
    """

    def __init__(
        self, programs: frozenset[str], have: Mapping[str, Mapping[str, Set[str]]]
    ) -> None:
        self._all = programs
        self._have = have

    def chosen(self, by: CaseFilter, *, but: str = "") -> frozenset[str]:
        """Ids of the programs that fit a filter, one field of which may be left out.

        Args:
            by: The filter.
            but: Field that is left out.
        """
        found = self._all
        for field in NAMES:
            value = getattr(by, field)
            if value and field != but:
                found &= self._have.get(field, {}).get(value, frozenset())
        return found

    def facets(self, by: CaseFilter) -> dict[str, list[Facet]]:
        """Field -> what can be chosen there beside the rest of a filter, each value once.

        Args:
            by: The filter. What is chosen is listed even where no program fits it.
        """
        found = {}
        for field in NAMES:
            others, own = self.chosen(by, but=field), getattr(by, field)
            values = self._have.get(field, {})
            every = len(others) == len(self._all)
            counted = [
                Facet(value, len(ids) if every else len(ids & others))
                for value, ids in values.items()
            ]
            if own and own not in values:
                counted.append(Facet(own, 0))
            found[field] = [one for one in counted if one.programs or one.value == own]
        return found


def review_states(
    judged: Standing, settled: Mapping[str, Adjudication], audits: Mapping[str, str], rater: str
) -> dict[str, set[str]]:
    """How far people are -> programs, of those that somebody judged; "open" is of the rest too and
    is not among them.

    Args:
        judged: What raters say, as `standing.standing` has it.
        settled: As `standing.adjudications` has it.
        audits: Program -> what both audits say, as far as that is known.
        rater: Who looks.
    """
    states: dict[str, set[str]] = {name: set() for name in REVIEW_STATE_WORDS if name != "open"}
    for program_id, labels in judged.items():
        apart = are_apart(labels.values())
        if rater in labels:
            states["mine"].add(program_id)
        if program_id in settled:
            continue
        if len(labels) > 1:
            states["apart" if apart else "agreed"].add(program_id)
    states["adjudicated"] = set(settled)
    said = {id: consensus(labels.values()) for id, labels in judged.items()}
    said |= {id: consensus([found.label]) for id, found in settled.items()}
    states["against"] = {
        id for id, label in said.items() if label and audits.get(id, label) != label
    }
    return states


def by_value(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """(value, program) pairs -> value -> programs, the commonest value first."""
    found: dict[str, set[str]] = {}
    for value, program_id in pairs:
        found.setdefault(value, set()).add(program_id)
    sizes = Counter({value: len(ids) for value, ids in found.items()})
    return {value: found[value] for value, _ in sizes.most_common()}
