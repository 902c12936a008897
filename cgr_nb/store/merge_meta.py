"""The facts of several stores of one study, as one: what must be alike, and what is added up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from cgr_nb.errors import StoreError
from cgr_nb.store.declarations import Declaration
from cgr_nb.store.foreign_store import ForeignStore
from cgr_nb.util.surrogates import escape_surrogates

if TYPE_CHECKING:
    from cgr_nb.store.database import Store

__all__ = ["MADE_OF", "MergedMeta", "difference"]

MADE_OF = "made of"
"""Key of the fact that says what a study is made of: settings, items, models, templates."""

Facts = dict[str, Any]
_OWN = frozenset({"schema", "merge", "part"})
"""Facts about one file, which are of no other."""
_OF_INPUTS = (MADE_OF, "items", "item remarks")
"""Facts about what was read for a run."""
_STUDY = "the study"
_BY_NAME = frozenset({"models", "templates"})
"""Parts of what a study is made of that a shard may know less of than the study."""
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class _ItemFile:
    source: str
    adapter: str
    rows: int
    accepted: int
    rejected: dict[str, int]
    options_made: int
    sha256: str


@dataclass(frozen=True, slots=True)
class _Failure:
    error: str
    units: int
    rows: tuple[str, ...]
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Given:
    writer: str | None
    where: str
    text: str


@dataclass(frozen=True, slots=True)
class _Import:
    time: str
    file: str
    sha256: str
    lines: int
    outcomes: dict[str, int]
    writers: dict[str, int]
    calls: dict[str, _Given]


_KINDS: Mapping[str, Any] = {
    "run": Facts,
    "items": tuple[_ItemFile, ...],
    "item remarks": tuple[str, ...],
    "failures": tuple[_Failure, ...],
    "declarations": tuple[Declaration, ...],
    "imports": tuple[_Import, ...],
    MADE_OF: dict[str, Facts],
}
"""What stands under the keys that this package writes."""


def difference(one: Mapping[str, Facts], other: Mapping[str, Facts]) -> str | None:
    """The first thing that two studies are not alike in, in words; None where they are alike."""
    for part in dict.fromkeys((*one, *other)):
        left, right = one.get(part, {}), other.get(part, {})
        names = dict.fromkeys((*left, *right))
        for name in names:
            if part in _BY_NAME and (name not in left or name not in right):
                continue
            if left.get(name) != right.get(name):
                return f"{part} {name}: {_short(left.get(name))} and {_short(right.get(name))}"
    return None


class MergedMeta:
    """Facts of stores that are merged into a study; nothing is written before `write`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._name = _STUDY
        self.renewed = False
        """The study is made of something else from now on, and so are its rows."""
        self._found: dict[str, list[Any]] = {}
        for key in store.meta_keys():
            if key not in _OWN:
                self._found[key] = [store.meta(key)]

    def add(self, source: ForeignStore) -> None:
        """Take the facts of a store. What a study was made of may have changed since it was merged
        last, but for its settings: then it is what stores say that were run later.

        Raises:
            StoreError: They can't be read, or it is a store of another study.
        """
        facts = {key: _read(source, key) for key in source.meta_keys() if key not in _OWN}
        if self._is_renewed_by(facts):
            self.renewed, self._name = True, source.name
            for key in _OF_INPUTS:
                self._found.pop(key, None)
        for key, what in ((MADE_OF, "settings"), ("items", "item files")):
            known = self._found.get(key)
            wrong = None
            if known and key in facts:
                wrong = _COMPARED[key](known[0], facts[key])
            if wrong is not None:
                raise StoreError(
                    f"belongs to another study than {self._name}: {what} differ",
                    where=source.name,
                    got=wrong,
                    fix="merge shards of one study.toml; run those of an older one again",
                )
        if not self._found:
            self._name = source.name
        for key, value in facts.items():
            self._found.setdefault(key, []).append(value)

    def _is_renewed_by(self, facts: Facts) -> bool:
        if self._name != _STUDY or not self._found.get(MADE_OF) or MADE_OF not in facts:
            return False
        known, given = self._found[MADE_OF][0], facts[MADE_OF]
        later = _started(facts.get("run")) > _started(self._found.get("run", [None])[0])
        same_settings = known.get("settings") == given.get("settings")
        return later and same_settings and difference(known, given) is not None

    def write(self) -> None:
        """Put the facts of all on record."""
        with self._store.transaction():
            for key, values in self._found.items():
                value = _JOINED.get(key, _first)(values)
                if key == "failures":
                    value = [left for one in value if (left := self._not_answered(one))]
                self._store.set_meta(key, value)

    def _not_answered(self, failure: Facts) -> Facts | None:
        """What is left of a failure: some of its rows may be answered by now."""
        rows = [row for row in failure["rows"] if self._store.lacks_answers(row)]
        if not rows:
            return None
        units = max(failure["units"] - (len(failure["rows"]) - len(rows)), len(rows))
        return {**failure, "units": units, "rows": rows}


def _read(source: ForeignStore, key: str) -> Any:  # noqa: ANN401 - whatever JSON was kept
    value = source.meta(key)
    if value is None or key not in _KINDS:
        return value
    from pydantic import ValidationError

    try:
        return _reader(key).dump_python(_reader(key).validate_python(value), mode="json")
    except ValidationError as error:
        raise StoreError(
            f"table meta, key '{key}' holds something else",
            where=source.name,
            got=_short(error.errors(include_url=False, include_input=False)[0]["msg"]),
            fix="restore it from a copy or run it again in a new folder; nothing was taken from it",
        ) from error


@cache
def _reader(key: str) -> Any:  # noqa: ANN401 - pydantic is imported late
    from pydantic import TypeAdapter

    return TypeAdapter(_KINDS[key])


def _other_files(one: list[Facts], other: list[Facts]) -> str | None:
    """The first item file that is another one in two stores, in words."""
    ours = {file["source"]: file["sha256"] for file in one}
    theirs = {file["source"]: file["sha256"] for file in other}
    for name in dict.fromkeys((*ours, *theirs)):
        if ours.get(name) != theirs.get(name):
            both = name in ours and name in theirs
            return f"{_short(name)} {'has other bytes' if both else 'is read by one of them only'}"
    return None


_COMPARED: Mapping[str, Callable[[Any, Any], str | None]] = {
    MADE_OF: difference,
    "items": _other_files,
}


def _first(values: list[Any]) -> Any:  # noqa: ANN401
    return values[0]


def _latest_run(values: list[Facts]) -> Facts:
    return max(values, key=_started)


def _started(run: Facts | None) -> str:
    return str((run or {}).get("started", ""))


def _failures(values: list[list[Facts]]) -> list[Facts]:
    """Each kind of failure once."""
    units: Counter[str] = Counter()
    # In the order in which they came, each once: of many shards there are many.
    rows: dict[str, dict[str, None]] = {}
    items: dict[str, dict[str, None]] = {}
    for one in (one for told in values for one in told):
        error = one["error"]
        known = rows.setdefault(error, {})
        new = [row for row in one["rows"] if row not in known]
        # What was merged before, and is said again, counts once.
        units[error] += one["units"] if len(new) == len(one["rows"]) else len(new)
        known.update(dict.fromkeys(new))
        items.setdefault(error, {}).update(dict.fromkeys(one["items"]))
    return [
        {"error": error, "units": units[error], "rows": [*rows[error]], "items": [*items[error]]}
        for error in rows
    ]


def _declarations(values: list[list[Facts]]) -> list[Facts]:
    """Every choice, the oldest first; the same one by several shards was made once."""
    ordered = sorted((one for told in values for one in told), key=lambda one: one["created"])
    found: list[Facts] = []
    for one in ordered:
        if not found or list(found[-1]["primary"]) != list(one["primary"]):
            found.append(one)
    return found


def _imports(values: list[list[Facts]]) -> list[Facts]:
    found: list[Facts] = []
    for one in sorted((one for told in values for one in told), key=lambda one: one["time"]):
        if one not in found:
            found.append(one)
    return found


_JOINED: Mapping[str, Callable[[list[Any]], Any]] = {
    "run": _latest_run,
    "failures": _failures,
    "declarations": _declarations,
    "imports": _imports,
}


def _short(value: object) -> str:
    text = escape_surrogates(str(value))
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} ..."
