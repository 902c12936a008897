"""Files from a Hugging Face hub: fetched whole, checked, and gone on with after an interruption.

A file is named `hf:OWNER/NAME/PATH` or `hf:datasets/OWNER/NAME/PATH`, with `@REVISION` behind NAME
where a commit, tag or branch is meant. `huggingface_hub` speaks to the hub, so its environment
holds: HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE. What has come of a file stays beside its place as
`.part`, named by the hub's own hash, until it is whole; then it is held against that hash (SHA-256
of large files, git's of small ones) and against the one the caller names.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cgr_nb.errors import CgrError
from cgr_nb.extras import needed

if TYPE_CHECKING:
    from huggingface_hub import HfFileMetadata
    from huggingface_hub.errors import HfHubHTTPError

__all__ = ["DownloadError", "Fetched", "HubFile", "fetch"]

_NAME = re.compile(
    r"hf:(?P<datasets>datasets/)?(?P<repository>[\w.-]+/[\w.-]+?)(?:@(?P<revision>[^/\s]+))?"
    r"/(?P<path>[^@\s][^\s]*)"
)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_HASH = re.compile(r"[0-9a-f]{64}|[0-9a-f]{40}")
_TRIES = 5
"""How often a connection that breaks in the middle of a file is made anew."""


class DownloadError(CgrError):
    """A file can't be had from where it should come from, or is not the one that was meant."""


@dataclass(frozen=True, slots=True)
class HubFile:
    """One file of one repository."""

    repository: str
    """OWNER/NAME."""
    path: str
    """Inside the repository."""
    kind: Literal["model", "dataset"] = "model"
    revision: str | None = None
    """Commit, tag or branch; None is the newest."""

    @classmethod
    def parse(cls, text: str) -> HubFile:
        """Read the `hf:` form.

        Raises:
            DownloadError: It is not of that form.
        """
        found = _NAME.fullmatch(text)
        if found is None or ".." in found["path"].split("/"):
            raise DownloadError(
                "not the name of a file on a hub",
                got=repr(text),
                fix="write hf:OWNER/NAME/FILE, or hf:datasets/OWNER/NAME/FILE",
            )
        kind: Literal["model", "dataset"] = "dataset" if found["datasets"] else "model"
        return cls(found["repository"], found["path"], kind, found["revision"])

    def at(self, revision: str | None) -> HubFile:
        """The same file at another revision."""
        return HubFile(self.repository, self.path, self.kind, revision)

    @property
    def name(self) -> str:
        """The file's name without its folders."""
        return self.path.rpartition("/")[2]

    @property
    def page(self) -> str:
        """Where a person can read the repository's terms."""
        prefix = "datasets/" if self.kind == "dataset" else ""
        return f"https://huggingface.co/{prefix}{self.repository}"

    def __str__(self) -> str:
        prefix = "datasets/" if self.kind == "dataset" else ""
        at = f"@{self.revision}" if self.revision else ""
        return f"hf:{prefix}{self.repository}{at}/{self.path}"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that is here."""

    path: Path
    sha256: str
    size: int
    """Bytes."""
    file: HubFile
    """What it is, at the commit that it was taken from."""


def fetch(file: HubFile, place: Path, sha256: str | None = None, *, show: bool = False) -> Fetched:
    """Bring a file from the hub to a place on disk.

    Args:
        file: Which file.
        place: Where it shall lie, name included; folders are made.
        sha256: What it must be, 64 hex digits; None trusts the hub's own hash.
        show: Draw a progress bar on stderr.

    Returns:
        The file. One that lies there already, and is the right one, is not fetched again.

    Raises:
        DownloadError: There is no such file, it is not free to be had, the connection fails, or
            what came is not what was named.
        ExtraError: huggingface-hub is not installed.
    """
    with needed("huggingface_hub", where=str(file)):
        from huggingface_hub.errors import HfHubHTTPError
    broken: tuple[type[Exception], ...] = (*_transport_errors(), OSError)
    try:
        return _fetch(file, place, sha256.lower() if sha256 else None, show)
    except HfHubHTTPError as error:
        raise _refusal(file, error) from error
    except broken as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk's, not the hub's
        raise DownloadError(
            f"the hub can't be reached, or the connection broke: {_first_line(error)}",
            where=str(file),
            fix="what has come is kept: the same command goes on from there",
        ) from error


def _fetch(file: HubFile, place: Path, wanted: str | None, show: bool) -> Fetched:
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    endpoint = os.environ.get("HF_ENDPOINT") or None

    def address(revision: str | None) -> str:
        return hf_hub_url(
            file.repository,
            file.path,
            repo_type=file.kind,
            revision=revision,
            endpoint=endpoint,
        )

    facts = get_hf_file_metadata(address(file.revision), endpoint=endpoint)
    if facts.etag is None or facts.commit_hash is None:
        raise DownloadError(
            "what answers is no hub: it names neither hash nor commit",
            where=str(file),
            fix="check HF_ENDPOINT",
        )
    if wanted is not None and _SHA256.fullmatch(facts.etag) and facts.etag != wanted:
        raise DownloadError(
            "the hub has another file under this name",
            where=str(file),
            got=f"SHA-256 {facts.etag}, wanted {wanted}",
            fix="name the revision that has it, or correct the hash if the change is meant",
        )
    pinned = file.at(facts.commit_hash)
    if place.exists():
        return _known(pinned, place, facts, wanted)
    part = _download(address(facts.commit_hash), place, facts, show)
    found, git = _hashes(part)
    told = facts.etag if _HASH.fullmatch(facts.etag) else found
    if found != (wanted or found) or told not in (found, git):
        part.unlink()
        raise DownloadError(
            "what came is not what was named; it is thrown away",
            where=str(file),
            got=f"SHA-256 {found}, wanted {wanted or facts.etag}",
            fix="run the same command again; if it happens twice, the named hash is wrong",
        )
    part.replace(place)
    return Fetched(place, found, place.stat().st_size, pinned)


def _known(file: HubFile, place: Path, facts: HfFileMetadata, wanted: str | None) -> Fetched:
    """A file that is there already, if it is the one."""
    found, git = _hashes(place)
    if found == wanted or (wanted is None and facts.etag in (found, git)):
        return Fetched(place, found, place.stat().st_size, file)
    raise DownloadError(
        "another file is there already",
        where=str(place),
        got=f"SHA-256 {found}, wanted {wanted or facts.etag}",
        fix="move it away, or give another place",
    )


def _download(url: str, place: Path, facts: HfFileMetadata, show: bool) -> Path:
    """Fetch into the `.part` beside the place, from where an earlier try ended."""
    from huggingface_hub import get_token
    from huggingface_hub.errors import HfHubHTTPError
    from huggingface_hub.file_download import http_get
    from tqdm.auto import tqdm

    token = get_token()
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f"{place.name}.{str(facts.etag)[:16]}.part")
    for other in place.parent.glob(f"{escape(place.name)}.*.part"):
        if other != part:
            other.unlink()  # of a version that the hub no longer has
    there = part.stat().st_size if part.exists() else 0
    if facts.size is not None and there > facts.size:
        part.unlink()
        there = 0
    with (
        part.open("r+b" if there else "wb") as target,
        _bars_off(),
        tqdm.wrapattr(
            target, "write", facts.size, desc=place.name, initial=there, disable=not show
        ) as counted,
    ):
        target.seek(there)
        for left in reversed(range(_TRIES)):
            there = target.tell()
            try:
                http_get(
                    url,
                    counted,
                    resume_size=there,
                    headers={"authorization": f"Bearer {token}"} if token else {},
                    expected_size=facts.size,
                    displayed_filename=place.name,
                )
                break
            except HfHubHTTPError:
                raise
            except _transport_errors():
                # Where something has come, more may: a hub that sends nothing is not asked again.
                if not left or target.tell() == there:
                    raise
    return part


@contextmanager
def _bars_off() -> Iterator[None]:
    """No bar of the hub's client: it draws none where the terminal is none, whatever was asked."""
    from huggingface_hub.utils.tqdm import (
        are_progress_bars_disabled,
        disable_progress_bars,
        enable_progress_bars,
    )

    if are_progress_bars_disabled():
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
