"""A folder of one's own templates: what lies there, what is copied there, and what is refused.

`<folder>/<profile>/<name>@<version>.txt` is a template, `<folder>/<name>@<version>.txt` a text that
templates quote. A file that nothing would ever read is refused: somebody wrote it to be used.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from cgr_nb.errors import PromptError, did_you_mean
from cgr_nb.prompts.template import BUNDLED, load_template

__all__ = [
    "TemplateFile",
    "bundled_names",
    "bundled_profiles",
    "check_folder",
    "copy_template",
    "template_files",
]

_NAME = re.compile(r"(?P<name>[^@]+)@(?P<version>\d+)\.txt")
_QUOTE = re.compile(r"\{([a-z_]+)@(\d+)\}")


@dataclass(frozen=True, slots=True)
class TemplateFile:
    """A template as it lies on disk."""

    profile: str
    name: str
    version: int
    bundled: bool
    used: bool
    """Whether a run takes it: the newest of the first folder that has the name."""
    hash: str
    """SHA-256 of what it says, with what it quotes; as `Template.hash`."""
    path: Path


def bundled_names() -> tuple[str, ...]:
    """Names of the templates that the package brings, of any profile."""
    return tuple(sorted({path.name.partition("@")[0] for path in BUNDLED.glob("*/*@*.txt")}))


def bundled_profiles() -> tuple[str, ...]:
    """Profiles that the package brings templates for."""
    return tuple(sorted(path.name for path in BUNDLED.iterdir() if path.is_dir()))


def template_files(folder: Path | None = None) -> list[TemplateFile]:
    """Every template by profile, name and version: the bundled ones and those of a folder.

    Args:
        folder: Of one's own; None: the bundled ones only.

    Raises:
        PromptError: One of them is malformed.
    """
    found: dict[tuple[str, str], list[tuple[bool, int, Path]]] = {}
    for root in (folder, BUNDLED):
        for path in root.glob("*/*@*.txt") if root is not None else ():
            match = _NAME.fullmatch(path.name)
            if match is not None:
                of = found.setdefault((path.parent.name, match["name"]), [])
                of.append((root is BUNDLED, int(match["version"]), path))
    files = []
    for (profile, name), versions in sorted(found.items()):
        own = [version for bundled, version, _ in versions if not bundled]
        newest = (not own, max(own or [version for _, version, _ in versions]))
        for bundled, version, path in sorted(versions, key=lambda one: (not one[0], one[1])):
            place = None if bundled else folder
            template = load_template(name, profile, version, place, fields=None)
            used = (bundled, version) == newest
            files.append(TemplateFile(profile, name, version, bundled, used, template.hash, path))
    return files


def copy_template(name: str, profile: str, folder: Path, version: int | None = None) -> Path:
    """Copy a template into a folder of one's own, as a version that is not there yet: what a file
    says never changes under its version.

    Args:
        name: Of the template.
        profile: Of the template.
        folder: Where it goes, below a folder of its profile; made where it is not there.
        version: Which one is copied; None: the one that runs with this folder take now.

    Returns:
        The file, to be edited.

    Raises:
        PromptError: There is no such template, or the file can't be written.
    """
    # Made sure of, so that a wrong name is met with those that there are.
    load_template(name, profile, version, folder, fields=None)
    versions = [
        file for file in template_files(folder) if (file.profile, file.name) == (profile, name)
    ]
    source = next(file for file in versions if _is(file, version))
    number = max(file.version for file in versions) + 1
    target = folder / profile / f"{name}@{number}.txt"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            file.write(source.path.read_bytes())
    except OSError as error:
        raise PromptError(
            "the template can't be written", where=str(target), got=str(error), fix="check the path"
        ) from error
    return target


def _is(file: TemplateFile, version: int | None) -> bool:
    return file.used if version is None else file.version == version


def check_folder(folder: Path, names: Collection[str], profiles: Collection[str]) -> None:
    """See that every template of a folder can be read by some run.

    Args:
        folder: Of one's own.
        names: Names of templates that there are, beside the bundled ones.
        profiles: Prompt profiles of models, beside the bundled ones.

    Raises:
        PromptError: There is no such folder, or a file in it is no template of any of them.
    """
    if not folder.is_dir():
        raise PromptError(
            "there is no such folder of prompt templates",
            where=str(folder),
            fix="make it with `cgr-nb prompts copy`, or leave `prompts` out of the study",
        )
    for path in sorted(_candidates(folder)):
        wrong = _wrong(path, folder, {*names, *bundled_names()}, {*profiles, *bundled_profiles()})
        if wrong is not None:
            what, fix = wrong
            raise PromptError(what, where=str(path), fix=fix)


def _candidates(folder: Path) -> Iterator[Path]:
    """What somebody may have meant to be a template; notes in other formats are not."""
    for path in folder.rglob("*"):
        if path.is_file() and (path.suffix == ".txt" or "@" in path.name):
            yield path


def _wrong(
    path: Path, folder: Path, names: Collection[str], profiles: Collection[str]
) -> tuple[str, str] | None:
    """What is wrong with a file, and what to do; None where nothing is."""
    *parents, _ = path.relative_to(folder).parts
    match = _NAME.fullmatch(path.name)
    if match is None:
        return (
            "not the name of a template",
            "name it <profile>/<name>@<version>.txt, as in full/direct@3.txt",
        )
    if not parents:
        if f"{{{match['name']}@{match['version']}}}" in _quotes(folder):
            return None
        return "no template quotes this text", "put a template into the folder of its profile"
    if len(parents) > 1 or parents[0] not in profiles:
        given = "/".join(parents)
        return f"there is no prompt profile {given!r}", did_you_mean(given, sorted(profiles))
    if match["name"] not in names:
        name, known = match["name"], ", ".join(sorted(names))
        close = get_close_matches(name, names, n=1)
        fix = f"did you mean {close[0]!r}? " if close else ""
        fix += f"install or register the arm that asks with it, or rename it; there are {known}"
        return f"nothing uses a template {name!r}", fix
    return None


def _quotes(folder: Path) -> set[str]:
    """Every quotation in the templates of a folder, and in the bundled ones."""
    return {
        match[0]
        for root in (folder, BUNDLED)
        for path in root.glob("*/*@*.txt")
        for match in _QUOTE.finditer(path.read_text("utf-8", errors="replace"))
    }
