"""Shards from one disk to another: published where all can read them, and fetched from there.

A shard is run on the disk of its own machine: SQLite's write-ahead log needs memory that all who
use the file share, which no network file system gives. What is published is a file at rest, named
by its content, and a manifest that is written last: who reads sees a whole shard or the one that
was published before, never a part.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from glob import escape
from pathlib import Path

from cgr_nb import __version__
from cgr_nb.errors import StoreError
from cgr_nb.store import Store
from cgr_nb.store.database import FILE_NAME
from cgr_nb.store.foreign_store import ForeignStore
from cgr_nb.store.lock import FolderLock
from cgr_nb.study.config import BUNDLED, StudyConfig
from cgr_nb.study.manifest import MANIFEST, VERSION, Manifest
from cgr_nb.study.run import CONFIG_NAME
from cgr_nb.study.shard_place import Place, place_of
from cgr_nb.study.shard_state import manifest_of, state_of_store
from cgr_nb.util.atomic_write import replacing, write_text

__all__ = ["fetch_file", "fetch_shard", "publish_shard", "take_up_folder"]

_WORK = ".publishing"
"""Folder in that of the shard for files on their way; what a killed process left is removed."""
_STORED = re.compile("study-[0-9a-f]{16}[.]sqlite")
_TRIES = 5
_KNOWN = ".published"
"""File in that of the shard that names what was published or fetched last: that, and nothing else
that lies there, is known to be on record here."""


def publish_shard(folder: Path, to: str | Path) -> Manifest:
    """Publish a shard as it is now, finished or not; it may be running.

    Published again, it takes the place of what was published before. What another machine has
    published meanwhile, or publishes at the same moment, is taken up: nothing of it is lost.

    Args:
        folder: Of the shard, or of any study.
        to: Folder or address that is to hold it; there it has a folder of its own, named as the
            shard's is.

    Raises:
        StoreError: There is no study, or the place can't be written to.
        ConfigError: Its `study.toml` can't be read.
    """
    config = StudyConfig.load(folder / CONFIG_NAME, check=False)
    with ForeignStore(folder) as store:
        shard = state_of_store(store).shard
    place = place_of(to).within(shard.folder_name if shard else folder.resolve().name)
    for _ in range(_TRIES):
        try:
            _take_up(place, folder)
        except StoreError as error:
            raise StoreError(
                f"holds another shard, which can't be resumed: {error}",
                where=place.name,
                fix="wait until it has finished, remove what was published there, or publish"
                " elsewhere",
            ) from error
        manifest = _put(place, folder, config)
        # Another machine may have published at the same moment: then its records are taken up.
        standing = manifest_of(place)
        if standing.store == manifest.store and manifest.store in place.names():
            break
    else:
        raise StoreError(
            "is published again and again by another machine",
            where=place.name,
            fix="let one machine run this shard, and repeat the command",
        )
    write_text(folder / _KNOWN, manifest.store)
    for old in place.names():
        # What was there before, and what a killed publication left.
        if old.endswith(".making") or (_STORED.fullmatch(old) and old != manifest.store):
            place.remove(old)
    return manifest


def _put(place: Place, folder: Path, config: StudyConfig) -> Manifest:
    """Copy a shard as it is now to its place, the manifest last."""
    with _work_folder(folder) as work:
        copy, text = work / FILE_NAME, work / CONFIG_NAME
        with ForeignStore(folder) as store:
            store.copy_to(copy)
        write_text(text, _placed(config).to_toml())
        with ForeignStore(copy, str(folder)) as store:
            state = state_of_store(store)
            runs = list(store.lines("provenance"))
        digest = _sha256(copy)
        stored = f"study-{digest[:16]}.sqlite"
        manifest = Manifest(
            version=VERSION,
            cgr_nb=__version__,
            study=config.name,
            shard=str(state.shard) if state.shard else None,
            phase=state.phase,
            overlap=state.overlap,
            counts=state.counts,
            finished=state.finished,
            started=state.started,
            published=datetime.now(UTC).isoformat(timespec="seconds"),
            files={stored: digest, CONFIG_NAME: _sha256(text)},
            store=stored,
            store_bytes=copy.stat().st_size,
            machine=_machine(runs[-1]["facts"]) if runs else {},
            made_of={part: dict(facts) for part, facts in state.made_of.items()},
        )
        place.put(copy, stored)
        place.put(text, CONFIG_NAME)
        whole = work / MANIFEST
        whole.write_text(manifest.to_json(), "utf-8", newline="\n")
        place.put(whole, MANIFEST)
    return manifest


def fetch_shard(place: str | Path, folder: Path) -> bool:
    """Take up a published shard on this machine, so that its run goes on from there.

    Args:
        place: Where it was published: its own folder there.
        folder: Of the shard on this machine; what it has already, it keeps.

    Returns:
        Whether anything was fetched; False: nothing is published there yet, or it is known here.

    Raises:
        StoreError: It can't be read, its bytes are not those that were published, or the shard is
            running here.
    """
    return _take_up(place_of(place), folder)


def take_up_folder(there: Path, folder: Path) -> None:
    """Take up what a shard's own folder holds, where it was filled in its place before; nothing
    where it was not.

    Args:
        there: The shard's folder in that of the study.
        folder: Where it is filled now; what it has already, it keeps.

    Raises:
        StoreError: It can't be read, or it is of another study.
    """
    if not (there / FILE_NAME).is_file():
        return
    folder.mkdir(parents=True, exist_ok=True)
    with FolderLock(folder):
        if (folder / FILE_NAME).exists():
            with Store.open(folder) as store:
                store.merge([there], on_clash="first")
            return
        with ForeignStore(there) as found, replacing(folder / FILE_NAME) as unfinished:
            found.copy_to(unfinished)


def _take_up(place: Place, folder: Path) -> bool:
    """Add what was published to what is here, unless it was published or taken up from here."""
    if MANIFEST not in place.names():
        return False
    manifest, known = manifest_of(place), folder / _KNOWN
    if (
        (folder / FILE_NAME).exists()
        and known.is_file()
        and known.read_text("utf-8").strip() == manifest.store
    ):
        return False
    folder.mkdir(parents=True, exist_ok=True)
    with FolderLock(folder), _work_folder(folder) as work:
        copy = work / FILE_NAME
        manifest = fetch_file(place, manifest, copy)
        if (folder / FILE_NAME).exists():
            with Store.open(folder) as store:
                store.merge([(place.name, copy)], on_clash="first")
        else:
            if not (folder / CONFIG_NAME).exists():
                _fetch_checked(place, manifest, CONFIG_NAME, folder / CONFIG_NAME)
            os.replace(copy, folder / FILE_NAME)
        write_text(known, manifest.store)
    return True


def fetch_file(place: Place, manifest: Manifest, to: Path) -> Manifest:
    """Copy the records of a published shard to this machine.

    Returns:
        The manifest that they are of: a newer one where the shard was published again meanwhile.

    Raises:
        StoreError: It can't be read, or its bytes are not those that were published.
    """
    for _ in range(_TRIES):
        try:
            _fetch_checked(place, manifest, manifest.store, to)
        except StoreError:
            now = manifest_of(place)
            if now.store == manifest.store:
                raise
            manifest = now
        else:
            return manifest
    raise StoreError(
        "was replaced repeatedly while it was read",
        where=place.name,
        fix="find out what publishes it, and repeat the command",
    )


def _fetch_checked(place: Place, manifest: Manifest, name: str, to: Path) -> None:
    place.fetch(name, to)
    if _sha256(to) != manifest.files.get(name):
        to.unlink()
        raise StoreError(
            "is not what was published",
            where=f"{place.name}/{name}",
            fix="publish the shard again",
        )


@contextmanager
def _work_folder(folder: Path) -> Iterator[Path]:
    work = folder / _WORK
    shutil.rmtree(work, ignore_errors=True)
    try:
        work.mkdir(parents=True)
    except OSError as error:
        raise StoreError(
            f"can't be written to: {error.strerror}", where=str(folder), fix="see its permissions"
        ) from error
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _machine(facts: str) -> dict[str, object]:
    found = json.loads(facts).get("machine", {})
    return found if isinstance(found, dict) else {}


def _placed(config: StudyConfig) -> StudyConfig:
    """The config with paths that hold from any folder of this machine."""

    def placed(path: str, base: str) -> str:
        if path.startswith(BUNDLED) or Path(path).is_absolute():
            return path
        return os.path.normpath(os.path.join(base, path))

    base = str(Path(config.base).resolve())
    files = tuple(placed(path, escape(base)) for path in config.items.files)
    tables = tuple(replace(one, path=placed(one.path, escape(base))) for one in config.items.file)
    registry, prompts = config.models.registry, config.prompts
    return replace(
        config,
        items=replace(config.items, files=files, file=tables),
        models=replace(config.models, registry=placed(registry, base) if registry else registry),
        prompts=placed(prompts, base) if prompts else prompts,
    )
