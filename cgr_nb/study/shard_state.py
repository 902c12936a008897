"""How far the shards of a study are: each read where it lies, all of them added up.

A shard is stale when it belongs to another study than the shard that was run last: of an older
`study.toml`, of other items, models or templates. Its answers are none of the study any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from cgr_nb.errors import CgrError, StoreError
from cgr_nb.store.database import FILE_NAME
from cgr_nb.store.foreign_store import ForeignStore
from cgr_nb.store.lock import FolderLock
from cgr_nb.store.merge_meta import MADE_OF, difference
from cgr_nb.study.manifest import MANIFEST, MANIFEST_BYTES, Manifest, ShardCounts, read_manifest
from cgr_nb.study.shard import Shard
from cgr_nb.study.shard_place import Place, is_address, place_of

__all__ = [
    "ShardState",
    "ShardStates",
    "are_shards",
    "manifest_of",
    "shard_places",
    "shard_states",
    "state_of_store",
]

_GENERATE = "generate"
_NONE = ShardCounts(0, 0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class ShardState:
    """One shard."""

    place: str
    """Its folder, or where it was published."""
    shard: Shard | None
    """None: a whole study, or nothing that can be read."""
    counts: ShardCounts
    finished: bool
    running: bool
    """A process of this machine is at it."""
    published: bool
    """What was published of it is told here, not its own folder."""
    started: str
    """When its last run began, ISO 8601, UTC; empty where that is not on record."""
    phase: str | None = None
    """Phase of the study that it is of ("generate": programs and no answers); None: both."""
    overlap: float = 0.0
    """Share of the items of another shard that it answers too."""
    stale: str | None = None
    """What it differs in from the shard that was run last; None where it does not."""
    problem: str | None = None
    """Why it can't be read."""
    made_of: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """See `cgr_nb.study.made_of`."""

    @property
    def words(self) -> str:
        """In one or two words."""
        if self.problem is not None:
            return "unreadable"
        if self.stale is not None:
            return "stale"
        if self.phase == _GENERATE and not self.running:
            return "programs"
        if self.finished:
            return "finished"
        return "running" if self.running else "unfinished"

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        told = {**asdict(self), "shard": self.shard and str(self.shard), "state": self.words}
        del told["made_of"]
        return told


@dataclass(frozen=True, slots=True)
class ShardStates:
    """All shards of a study."""

    shards: tuple[ShardState, ...]
    missing: tuple[str, ...]
    """Shards, as NAME:K/N, that there should be beside those that are there."""
    without: tuple[str, ...]
    """Solvers of the study of which there is no shard at all."""

    @property
    def counts(self) -> ShardCounts:
        """Of all shards that are not stale, added up; what two of them answer counts twice."""
        ours = [one.counts for one in self.shards if one.problem is None and one.stale is None]
        return ShardCounts(
            **{name: sum(getattr(one, name) for one in ours) for name in asdict(_NONE)}
        )

    @property
    def is_finished(self) -> bool:
        """Whether every shard is there and done, so that a merge makes the whole study."""
        return not (self.missing or self.without) and all(
            one.words in ("finished", "programs") for one in self.shards
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "finished": self.is_finished,
            **asdict(self.counts),
            "shards": [one.to_dict() for one in self.shards],
            "missing": list(self.missing),
            "without": list(self.without),
        }


def shard_places(places: Iterable[str | Path]) -> list[str | Path]:
    """The places of shards among some places: each itself, or those in it where it is none."""
    found: dict[str, str | Path] = {}
    for one in places:
        place = place_of(one)
        names = set(place.names())
        inner: list[str | Path] = []
        if not names & {FILE_NAME, MANIFEST}:
            for name in sorted(names):
                if set(place.within(name).names()) & {FILE_NAME, MANIFEST}:
                    inner.append(f"{one}/{name}" if is_address(one) else Path(one, name))
        for each in inner or [one]:
            found.setdefault(str(each), each)
    return list(found.values())


def are_shards(places: Sequence[str | Path]) -> bool:
    """Whether these are shards to be added up, and not the folder of one study."""
    if len(places) != 1 or is_address(places[0]):
        return True
    return shard_places(places) != list(places) or MANIFEST in place_of(places[0]).names()


def shard_states(places: Iterable[str | Path]) -> ShardStates:
    """See how far shards are.

    Args:
        places: Folders of shards, folders or addresses where they were published, or what holds
            several of these.
    """
    states = [_state(place) for place in shard_places(places)]
    latest = max((one for one in states if one.made_of), key=lambda one: one.started, default=None)
    if latest is not None:
        states = [
            one
            if one is latest or not one.made_of
            else replace(one, stale=difference(_plain(one.made_of), _plain(latest.made_of)))
            for one in states
        ]
    current = [one for one in states if one.stale is None and one.shard is not None]
    told = latest.made_of.get("study", {}).get("solvers") if latest else None
    solvers = [name for name in told if isinstance(name, str)] if isinstance(told, list) else []
    return ShardStates(
        tuple(states),
        tuple(map(str, _missing([one.shard for one in current if one.shard is not None]))),
        tuple(
            name
            for name in solvers
            if current and name not in {one.shard.solver for one in current if one.shard}
        ),
    )


def _plain(made_of: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    return {part: dict(facts) for part, facts in made_of.items()}


def _missing(there: Sequence[Shard]) -> list[Shard]:
    """Shards of the same solvers and counts that are not there."""
    found = []
    for solver, count in sorted({(one.solver, one.count) for one in there}):
        numbers = {one.number for one in there if (one.solver, one.count) == (solver, count)}
        found += [Shard(solver, number, count) for number in range(count) if number not in numbers]
    return found


def _state(place: str | Path) -> ShardState:
    try:
        found = place_of(place)
        if is_address(place) or not Path(place, FILE_NAME).is_file():
            return _published(found)
        with ForeignStore(Path(place)) as store:
            state = replace(state_of_store(store), running=_is_running(Path(place)))
        if MANIFEST not in found.names():
            return state
        # It was filled in its place and elsewhere: what is further tells how far it is.
        return max(state, _published(found), key=lambda one: one.counts.answers_done)
    except CgrError as error:
        return ShardState(
            str(place), None, _NONE, False, False, is_address(place), "", problem=str(error)
        )


def state_of_store(store: ForeignStore) -> ShardState:
    """How far the shard in a store is.

    Raises:
        StoreError: It can't be read.
    """
    part, run = _facts(store, "part"), _facts(store, "run")
    failures = store.meta("failures")
    units = sum(_number(one.get("units")) for one in failures or () if isinstance(one, dict))
    counts = ShardCounts(**store.progress(), failures=units)
    made_of = {
        str(key): value for key, value in _facts(store, MADE_OF).items() if isinstance(value, dict)
    }
    told = part.get("shard")
    return ShardState(
        place=store.name,
        shard=Shard.parse(told) if isinstance(told, str) else None,
        counts=counts,
        # Failures are on record once a run has come to its end; a shard may have no items.
        finished=counts.is_whole and (counts.answers > 0 or failures is not None),
        running=False,
        published=False,
        started=str(run.get("started", "")),
        phase=phase if isinstance(phase := part.get("phase"), str) else None,
        overlap=_share(part.get("overlap")),
        made_of=made_of,
    )


def _published(place: Place) -> ShardState:
    manifest = manifest_of(place)
    return ShardState(
        place=place.name,
        shard=Shard.parse(manifest.shard) if manifest.shard is not None else None,
        counts=manifest.counts,
        finished=manifest.finished,
        running=False,
        published=True,
        started=manifest.started,
        phase=manifest.phase,
        overlap=manifest.overlap,
        made_of=manifest.made_of,
    )


def manifest_of(place: Place) -> Manifest:
    """What a published shard says of itself.

    Raises:
        StoreError: There is none, or it can't be read.
    """
    data = place.read(MANIFEST, MANIFEST_BYTES)
    if data is None:
        raise StoreError(
            "neither a study nor a published shard",
            where=place.name,
            fix=f"give a folder that holds {FILE_NAME} or {MANIFEST}",
        )
    return read_manifest(data, f"{place.name}/{MANIFEST}")


def _facts(store: ForeignStore, key: str) -> dict[str, Any]:
    found = store.meta(key)
    return found if isinstance(found, dict) else {}


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _share(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _is_running(folder: Path) -> bool:
    """Whether a process of this machine holds the folder's lock."""
    if not (folder / ".lock").exists():
        return False
    try:
        with FolderLock(folder):
            return False
    except (StoreError, OSError):
        return True
