"""Shards -> the study: their stores merged into its own, wherever they lie."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from cgr_nb.errors import CgrError, ConfigError, StoreError
from cgr_nb.store import Store
from cgr_nb.store.database import FILE_NAME
from cgr_nb.store.foreign_store import ForeignStore
from cgr_nb.store.lock import FolderLock
from cgr_nb.store.merge_meta import difference
from cgr_nb.store.merged import Merged, OnClash
from cgr_nb.study.config import StudyConfig
from cgr_nb.study.lineage import arms_given
from cgr_nb.study.made_of import said_of
from cgr_nb.study.manifest import MANIFEST
from cgr_nb.study.publishing import fetch_file
from cgr_nb.study.run import CONFIG_NAME
from cgr_nb.study.shard_place import Place, is_address, place_of
from cgr_nb.study.shard_state import (
    ShardState,
    ShardStates,
    manifest_of,
    shard_places,
    shard_states,
    state_of_store,
)
from cgr_nb.util.atomic_write import write_text

__all__ = ["MergedShards", "merge_shards"]

_LOGGER = logging.getLogger(__name__)
_CONFIG_BYTES = 8 << 20
_WORK = ".merging"
"""Folder in that of the study; what a killed merge left is removed."""


@dataclass(frozen=True, slots=True)
class MergedShards:
    """What a merge of shards came to."""

    folder: Path
    merged: Merged
    states: ShardStates
    """How far the shards are."""
    by_rule: bool
    """Records that differ were settled by the rule for items that two shards answer: the first one
    stands."""

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "study": str(self.folder),
            "settled_by_overlap_rule": self.by_rule,
            **self.merged.to_dict(),
            "shards": self.states.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class _Source:
    """One shard, with its records on this machine."""

    name: str
    path: Path
    config: StudyConfig
    state: ShardState


def merge_shards(
    places: Iterable[str | Path],
    folder: Path,
    *,
    on_clash: OnClash | None = None,
    dry_run: bool = False,
    tell: Callable[[str, int, int], None] | None = None,
) -> MergedShards:
    """Merge shards into a study; see `Store.merge` for what becomes of their records.

    Args:
        places: Folders of shards, folders or addresses where they were published, or what holds
            several of these. Of records that differ, those of earlier ones come first.
        folder: The study. One that is there is added to, a new one gets the `study.toml` of the
            first shard.
        on_clash: Whether records that differ are refused, or the first one stands. None: refused,
            unless some shard answers items of another one to compare them; then the first stands.
        dry_run: Only find out what would come of it; no study is made.
        tell: Called with the shard being read or written, steps done and steps to do.

    Raises:
        StoreError: A shard can't be read or is of another study, records clash, or the study is in
            use; nothing is merged then.
        ConfigError: A `study.toml` can't be read, or says something else than another.
    """
    wanted = shard_places(places)
    if not wanted:
        raise ConfigError("no shards to merge", fix="name their folders, as in shards/*")
    _check_target(wanted, folder)
    with _workplace(folder, is_kept=not dry_run) as work:
        sources = [
            source
            for number, place in enumerate(wanted)
            for source in _sources(place, work / str(number))
        ]
        _check_configs(sources)
        first = sources[0].config
        if (folder / CONFIG_NAME).is_file():
            _check_config(StudyConfig.load(folder / CONFIG_NAME, check=False), sources[0], folder)
        by_rule = on_clash is None and any(one.state.overlap for one in sources)
        choice: OnClash = on_clash or ("first" if by_rule else "refuse")
        named = [(one.name, one.path) for one in sources]
        target = work / "none" if dry_run and not (folder / FILE_NAME).is_file() else folder
        with Store.create(target) as store:
            merged = store.merge(
                named, on_clash=choice, dry_run=dry_run, given=arms_given(first), tell=tell
            )
            if not dry_run and store.meta("part"):
                store.set_meta("part", {})  # it may have had programs alone until now
        if not dry_run and not (folder / CONFIG_NAME).is_file():
            write_text(folder / CONFIG_NAME, first.relocated(folder.resolve()).to_toml())
    _LOGGER.info("merged %s shards into %s", len(sources), folder)
    return MergedShards(folder, merged, shard_states(wanted), by_rule and bool(merged.clash_count))


def _check_target(places: Iterable[str | Path], folder: Path) -> None:
    """See that the study is none of the shards: it would hold more than its own rows afterwards,
    and no longer be run as that shard."""
    if folder.resolve() in {Path(one).resolve() for one in places if not is_address(one)}:
        raise ConfigError(
            "is one of the shards that are merged",
            where=str(folder),
            fix="merge into the folder of the study, or into a new one",
        )


@contextmanager
def _workplace(folder: Path, *, is_kept: bool) -> Iterator[Path]:
    """Where what is fetched from afar is put until the merge is over: beside the study, which is
    locked meanwhile, or, where none is kept, among temporary files."""
    with ExitStack() as stack:
        if is_kept:
            folder.mkdir(parents=True, exist_ok=True)
            stack.enter_context(FolderLock(folder))
            work = folder / _WORK
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir()
        else:
            work = Path(mkdtemp(prefix="cgr-nb-merge-"))
        stack.callback(shutil.rmtree, work, ignore_errors=True)
        yield work


def _sources(place: str | Path, work: Path) -> Iterator[_Source]:
    """What is in a place: a shard, what was published of one, or both where it was filled in its
    place and elsewhere."""
    is_filled = not is_address(place) and (Path(place) / FILE_NAME).is_file()
    if is_filled:
        folder = Path(place)
        config = StudyConfig.load(folder / CONFIG_NAME, check=False)
        with ForeignStore(folder) as store:
            yield _Source(str(folder), folder / FILE_NAME, config, state_of_store(store))
    found = place_of(place)
    if not is_filled or MANIFEST in found.names():
        yield _published(found, work)


def _published(found: Place, work: Path) -> _Source:
    manifest = manifest_of(found)
    path = work / FILE_NAME
    fetch_file(found, manifest, path)
    with ForeignStore(path, found.name) as store:
        return _Source(found.name, path, _config(found, work), state_of_store(store))


def _config(place: Place, work: Path) -> StudyConfig:
    data = place.read(CONFIG_NAME, _CONFIG_BYTES)
    if data is None:
        raise StoreError(f"has no {CONFIG_NAME}", where=place.name, fix="publish the shard again")
    copy = work / CONFIG_NAME
    copy.write_bytes(data)
    try:
        return StudyConfig.load(copy, check=False)
    except CgrError as error:
        raise ConfigError(
            error.what, where=f"{place.name}/{CONFIG_NAME}", got=error.got, fix=error.fix
        ) from error


def _check_configs(sources: Sequence[_Source]) -> None:
    for one in sources[1:]:
        _check_config(one.config, sources[0], Path(one.name))


def _check_config(config: StudyConfig, first: _Source, folder: Path) -> None:
    """See that two settings files are of one study."""
    found = difference(said_of(first.config), said_of(config))
    if found is not None:
        raise ConfigError(
            f"belongs to another study than {first.name}: its {CONFIG_NAME} differs",
            where=str(folder),
            got=found,
            fix="merge shards of one study.toml into its own study or a new folder; run shards of"
            " an older one again",
        )
