"""A run from beginning to end, from plain code: where its folder is, how far it is shown to be."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from cgr_nb.errors import ConfigError
from cgr_nb.records import content_id
from cgr_nb.store import Store
from cgr_nb.store.database import FILE_NAME
from cgr_nb.store.foreign_store import ForeignStore
from cgr_nb.store.lock import FolderLock
from cgr_nb.study.caller import OnText
from cgr_nb.study.caps import Caps
from cgr_nb.study.config import StudyConfig
from cgr_nb.study.merging import merge_shards
from cgr_nb.study.part import RunPhase
from cgr_nb.study.publishing import fetch_shard, publish_shard, take_up_folder
from cgr_nb.study.run import Progress, check_or_write_config, run_study
from cgr_nb.study.shard import SHARDS, Shard, shard_folder
from cgr_nb.util.blocking import run_blocking
from cgr_nb.util.progress import Show, progress_bar

__all__ = ["PartOptions", "run_to_end"]


@dataclass(frozen=True, slots=True)
class PartOptions:
    """What of a study is run, and where."""

    shard: Shard | str | None = None
    phase: RunPhase | None = None
    programs: str | Path | None = None
    """See `cgr_nb.study.part.StudyPart`; None: for a shard, the folder of the study."""
    scratch: str | Path | None = None
    """Folder on a disk of this machine, with variables such as $TMPDIR: a shard, or the programs of
    phase "generate", are filled in there and brought to their place at the end, whatever the end
    is; None: they are filled in in their place."""


def run_to_end(
    config: StudyConfig,
    folder: Path,
    part: PartOptions,
    caps: Caps,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    on_text: OnText | None = None,
    progress: Show = True,
) -> tuple[Path, Progress | None]:
    """Run a study, or a part of it. Blocks; an event loop may be running.

    Args:
        config: What to run.
        folder: The study's; a shard has its own within.
        part: What of it.
        caps: Where to end before the end.
        on_progress: See `run_study`.
        on_text: See `run_study`.
        progress: Show a progress bar; "lines" writes a line to stderr every half minute.

    Returns:
        The folder that was filled, and how far it had got at last.

    Raises:
        CgrError: See `run_study`.
    """
    phase = part.phase
    if phase == "merge":
        if _is_whole_merged(config, folder, part):
            return folder, None
        phase, part = None, replace(part, phase=None)
    shard = Shard.parse(part.shard) if isinstance(part.shard, str) else part.shard
    programs = None if part.programs is None else Path(part.programs)
    if shard is not None and part.phase == "answer":
        programs = programs or folder
    last: Progress | None = None
    with (
        _place(config, folder, shard, part) as place,
        progress_bar(progress, "prompts" if part.phase == "generate" else "rows") as bar,
    ):

        def tell(now: Progress) -> None:
            nonlocal last
            if now.loading is None:
                last = now
            bar(now.done, now.total, now.words)
            if on_progress is not None:
                on_progress(now)

        run_blocking(
            lambda: run_study(
                *(config, place, tell, on_text),
                caps=caps,
                shard=shard,
                phase=phase,
                programs=programs,
            )
        )
    return place, last


def _is_whole_merged(config: StudyConfig, folder: Path, part: PartOptions) -> bool:
    """Merge the shards of a study; whether nothing is left to be run then, so that no model of the
    study need be here.

    Raises:
        CgrError: See `merge_shards`.
    """
    if part.shard is not None or part.scratch is not None:
        raise ConfigError(
            "phase 'merge' is for a whole study",
            got=str(part.shard or part.scratch),
            fix="leave out the shard and the scratch folder",
        )
    check_or_write_config(config, folder)
    states = merge_shards([folder / SHARDS], folder).states
    with ForeignStore(folder) as store:
        counts = store.progress()
    is_there = not (states.missing or states.without)
    return is_there and counts["answers"] == counts["answers_done"]


@contextmanager
def _place(
    config: StudyConfig, folder: Path, shard: Shard | None, part: PartOptions
) -> Iterator[Path]:
    """The folder that is filled."""
    there = folder if shard is None else shard_folder(folder, shard)
    if part.scratch is None:
        if shard is not None:
            fetch_shard(there, there)  # it may have been filled elsewhere before
        yield there
        return
    if shard is None and part.phase != "generate":
        raise ConfigError(
            "a scratch folder is for a shard, or for phase 'generate'",
            got=str(part.scratch),
            fix="name a shard, or leave it out",
        )
    if shard is None:
        # Its programs are brought there, which must be a study of these settings.
        folder.mkdir(parents=True, exist_ok=True)
        check_or_write_config(config, folder)
    # Studies of several folders may be at work on one disk.
    whose = content_id("scratch", str(folder.absolute()))[:8]
    place = _expanded(str(part.scratch)) / whose / ("generate" if shard is None else there.name)
    if shard is not None:
        fetch_shard(there, place)
        take_up_folder(there, place)
    elif not (place / FILE_NAME).exists() and (folder / FILE_NAME).exists():
        place.mkdir(parents=True, exist_ok=True)
        with ForeignStore(folder) as store:
            store.copy_to(place / FILE_NAME)
    try:
        yield place
    finally:
        if not (place / FILE_NAME).exists():
            pass
        elif shard is not None:
            publish_shard(place, folder / SHARDS)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            with FolderLock(folder), Store.create(folder) as study:
                study.merge([place])


def _expanded(path: str) -> Path:
    """A path with variables of the machine in it."""
    found = os.path.expandvars(path)
    if "$" in found:
        raise ConfigError(
            "an environment variable in the scratch folder's path is not set on this machine",
            got=path,
            fix="name a folder, or a variable that the scheduler sets",
        )
    return Path(found)
