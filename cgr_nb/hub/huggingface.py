"""Files of a Hugging Face hub, through `hf_hub_download`: its cache, its offline mode, its rules.

A file is named `hf:OWNER/NAME/PATH` or `hf:datasets/OWNER/NAME/PATH`, with `@REVISION` behind NAME
where a commit, tag or branch is meant. It comes into the cache that all tools of the hub share, and
the hub's environment holds: HF_ENDPOINT, HF_TOKEN, HF_HOME, HF_HUB_CACHE, HF_HUB_OFFLINE. A file
that lies there, or already in its place, needs no hub. What came is held against the hub's own hash
(SHA-256 of large files, git's of small ones) and against the one that the caller names.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from cgr_nb.extras import needed
from cgr_nb.hub.hashing import sha256_of
from cgr_nb.hub.hub_file import HubFile
from cgr_nb.hub.located import DownloadError, Fetched

if TYPE_CHECKING:
    from huggingface_hub import HfFileMetadata
    from huggingface_hub.errors import HfHubHTTPError

__all__ = ["cached_file", "fetch", "fetch_weights_of"]

LOG = logging.getLogger("cgr_nb.hub")

_SHA256 = re.compile(r"[0-9a-f]{64}")
_HASH = re.compile(r"[0-9a-f]{64}|[0-9a-f]{40}")
_COMMIT = re.compile(r"[0-9a-f]{40}")


def fetch(
    file: HubFile, place: Path | None = None, sha256: str | None = None, *, show: bool = False
) -> Fetched:
    """Bring a file from the hub to this machine.

    Args:
        file: Which file.
        place: Where it shall lie, name included; folders are made. Weights are linked there from
            the cache where the file system can, other files are copied. None: it stays in the
            cache.
        sha256: What it must be, 64 hex digits; None trusts the hub's own hash.
        show: Draw a progress bar on stderr.

    Returns:
        The file. One that is here already, and is the right one, is not fetched again, and is all
        that is needed where the hub is away.

    Raises:
        DownloadError: There is no such file, it is not free to be had, the connection fails, or
            the download is not the requested file.
        ExtraError: huggingface-hub is not installed.
    """
    wanted = sha256.lower() if sha256 else None
    if place is not None and wanted is not None and place.exists():
        return _known(file, place, wanted, None)
    with needed("huggingface_hub", where=str(file)):
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError
    broken: tuple[type[Exception], ...] = (*_transport_errors(), OSError)
    try:
        facts = _facts(file, place, wanted)
        if place is not None and place.exists():
            return _known(file, place, facts.etag if facts else None, facts)
        with _bars(show):
            cached = _download(file, facts is None)
    except HFValidationError as error:
        raise DownloadError(
            f"not a valid name on a hub: {_first_line(error)}", where=str(file)
        ) from error
    except HfHubHTTPError as error:
        raise _refusal(file, error) from error
    except broken as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk's, not the hub's
        raise DownloadError(
            f"the hub can't be reached, or the connection broke: {_first_line(error)}",
            where=str(file),
            fix="try again; completed files stay in the cache",
        ) from error
    fetched = _checked(file, cached, wanted)
    # The place may be the one in the cache.
    if place is None or place.exists():
        return fetched
    return _put(fetched, place, file.kind == "model")


def fetch_weights_of(
    file: HubFile, place: Path | None = None, sha256: str | None = None, *, show: bool = False
) -> Fetched:
    """Bring weights from the hub: of a part of a split GGUF, all parts.

    Args:
        file: A GGUF file, or one part of a split one.
        place: Where it shall lie; the other parts lie beside it. None leaves them in the cache.
        sha256: What it must be: of a split one, over the bytes of all parts, in order.
        show: Draw progress bars.

    Returns:
        The first part, with hash and size of all.

    Raises:
        DownloadError: See `fetch`.
        ModelError: It has the number of a part that can't be.
    """
    names = file.part_names
    if len(names) == 1:
        return fetch(file, place, sha256, show=show)
    parts = [
        fetch(file.named(name), place.with_name(name) if place else None, show=show)
        for name in names
    ]
    found = sha256_of(part.path for part in parts)
    if sha256 is not None and found != sha256.lower():
        raise DownloadError(
            "the hub has different files under these names",
            where=str(file),
            got=f"SHA-256 {found} over all parts, wanted {sha256}",
            fix="name the revision that has them, or correct the hash if the change is intended",
        )
    return Fetched(parts[0].path, found, sum(part.size for part in parts), parts[0].source)


def cached_file(file: HubFile) -> Path | None:
    """Where a file lies in the hub's cache; nobody is asked. None where it does not, or where
    huggingface-hub is not installed."""
    try:
        from huggingface_hub import try_to_load_from_cache
    except ImportError:
        return None
    try:
        found = try_to_load_from_cache(
            file.repository, file.path, revision=file.revision, repo_type=file.kind
        )
    except (OSError, ValueError):
        return None
    return Path(found) if isinstance(found, str) else None


def _facts(file: HubFile, place: Path | None, wanted: str | None) -> HfFileMetadata | None:
    """What the hub says of a file; None where it need not be asked or can't be, and the file is
    here."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url
    from huggingface_hub.errors import HfHubHTTPError

    cached = cached_file(file)
    if cached is not None and place is None and _COMMIT.fullmatch(file.revision or ""):
        return None
    endpoint = os.environ.get("HF_ENDPOINT") or None
    address = hf_hub_url(
        file.repository,
        file.path,
        repo_type=file.kind,
        revision=file.revision,
        endpoint=endpoint,
    )
    failures: tuple[type[Exception], ...] = (HfHubHTTPError, *_transport_errors(), OSError)
    try:
        facts = get_hf_file_metadata(address, endpoint=endpoint)
    except failures as error:
        refused = isinstance(error, HfHubHTTPError) and error.response.status_code < 500
        in_place = place is not None and place.exists() and not refused
        if cached is None and not in_place:
            raise
        LOG.info("%s: the hub is away (%s), the file here is taken", file, _first_line(error))
        return None
    if facts.etag is None or facts.commit_hash is None:
        raise DownloadError(
            "the server is not a hub: its response has neither hash nor commit",
            where=str(file),
            fix="check HF_ENDPOINT",
        )
    if wanted is not None and _SHA256.fullmatch(facts.etag) and facts.etag != wanted:
        raise DownloadError(
            "the hub has a different file under this name",
            where=str(file),
            got=f"SHA-256 {facts.etag}, wanted {wanted}",
            fix="name the revision that has it, or correct the hash if the change is intended",
        )
    return facts


def _download(file: HubFile, is_here: bool) -> Path:
    from huggingface_hub import hf_hub_download

    return Path(
        hf_hub_download(
            file.repository,
            file.path,
            repo_type=file.kind,
            revision=file.revision,
            endpoint=os.environ.get("HF_ENDPOINT") or None,
            local_files_only=is_here,
        )
    )


def _checked(file: HubFile, cached: Path, wanted: str | None) -> Fetched:
    """A file of the cache, held against the hash that it is kept under there."""
    found, git = _hashes(cached)
    blob = cached.resolve()
    told = blob.name if _HASH.fullmatch(blob.name) else found
    if told not in (found, git):
        for path in (cached, blob):
            with suppress(OSError):
                path.unlink()
        raise DownloadError(
            "the download is not the requested file; it was discarded",
            where=str(file),
            got=f"SHA-256 {found}, wanted {wanted or told}",
            fix="run the same command again",
        )
    if found != (wanted or found):
        raise DownloadError(
            "the download is not the requested file",
            where=str(file),
            got=f"SHA-256 {found}, wanted {wanted}",
            fix="name the revision that has it, or correct the hash if the change is intended",
        )
    # snapshots/COMMIT/PATH
    commit = cached.parents[file.path.count("/")].name
    pinned = file.at(commit) if _COMMIT.fullmatch(commit) else file
    return Fetched(cached, found, cached.stat().st_size, str(pinned))


def _known(file: HubFile, place: Path, wanted: str | None, facts: HfFileMetadata | None) -> Fetched:
    """A file that is in its place already, if it is the one; where nobody can tell which that is,
    it is taken as it lies."""
    found, git = _hashes(place)
    cached = None if wanted else cached_file(file)
    told = wanted or (cached.resolve().name if cached else None)
    if told is not None and (wanted or _HASH.fullmatch(told)) and told not in (found, git):
        raise DownloadError(
            "a different file already exists there",
            where=str(place),
            got=f"SHA-256 {found}, wanted {told}",
            fix="move it, or choose another location",
        )
    pinned = file.at(facts.commit_hash) if facts else file
    return Fetched(place, found, place.stat().st_size, str(pinned))


def _put(fetched: Fetched, place: Path, may_link: bool) -> Fetched:
    """Put a file of the cache into its place, all of it or nothing."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{place.name}.", dir=place.parent) as folder:
        unfinished = Path(folder) / "whole"
        linked = False
        if may_link:
            # Not a symbolic link: the place outlives the cache. Some file systems know no other.
            with suppress(OSError):
                os.link(fetched.path.resolve(), unfinished)
                linked = True
        if not linked:
            shutil.copyfile(fetched.path, unfinished)
        unfinished.replace(place)
    return Fetched(place, fetched.sha256, fetched.size, fetched.source)


@contextmanager
def _bars(show: bool) -> Iterator[None]:
    """The bars of the hub's client, where they are asked for."""
    from huggingface_hub.utils.tqdm import (
        are_progress_bars_disabled,
        disable_progress_bars,
        enable_progress_bars,
    )

    if show or are_progress_bars_disabled():
        yield
        return
    disable_progress_bars()
    try:
        yield
    finally:
        enable_progress_bars()


def _transport_errors() -> tuple[type[Exception], ...]:
    """What a broken connection is raised as: the client below the hub's own has been requests,
    httpx and httpx2, and the base of that one's errors is a base of the hub's too."""
    from huggingface_hub.errors import HfHubHTTPError

    roots = ("HTTPError", "RequestException")
    return tuple(base for base in HfHubHTTPError.__mro__ if base.__name__ in roots)


def _hashes(path: Path) -> tuple[str, str]:
    """SHA-256, and the hash that git gives a file."""
    sha256 = hashlib.sha256()
    git = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            sha256.update(piece)
            git.update(piece)
    return sha256.hexdigest(), git.hexdigest()


def _refusal(file: HubFile, error: HfHubHTTPError) -> DownloadError:
    """What a hub's no means, and what to do about it."""
    from huggingface_hub import errors

    status = error.response.status_code
    if isinstance(error, errors.GatedRepoError) or status == 403:
        what = "the repository is gated: its terms must be accepted first"
        fix = f"accept them on {file.page}, put a token of that account into HF_TOKEN, try again"
    elif isinstance(error, errors.RevisionNotFoundError):
        what, fix = "the repository has no such revision", f"see {file.page}/commits/main"
    elif isinstance(error, errors.EntryNotFoundError):
        what, fix = "the repository has no such file", f"see {file.page}/tree/main"
    elif status in (401, 404):
        what = "there is no such repository, or it is private"
        fix = f"check the name on {file.page}; if it is private, put a token into HF_TOKEN"
    else:
        what, fix = f"the hub refuses: {_first_line(error)}", "try again later"
    return DownloadError(what, where=str(file), got=f"HTTP {status}", fix=fix)


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
