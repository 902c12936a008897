"""Environments of their own that take packages from this one: what `pip install` would bring for
some requirements, nothing else, without a network and without compiling anything."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

__all__ = ["Environment", "link", "make_environment", "whole"]

OURS = "cgr-nb"
"""Comes from the wheel, never from here."""


@dataclass(frozen=True)
class Environment:
    """An environment, and how to run something in it, away from every checkout."""

    place: Path

    @property
    def python(self) -> Path:
        return self.place / "bin" / "python"

    def run(self, command, where, input="", **variables) -> subprocess.CompletedProcess[str]:
        """Run a script of it, or `python`, in a folder; paths of this process are forgotten."""
        kept = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
        program, *arguments = map(str, command)
        return subprocess.run(
            [self.place / "bin" / program, *arguments],
            cwd=where,
            env={**kept, **variables},
            input=input,
            capture_output=True,
            encoding="utf-8",
        )


def whole(requirements) -> set[str]:
    """Names of all packages that some requirements bring, by the metadata of those that are here.

    Raises:
        PackageNotFoundError: One is not here.
    """
    found: set[str] = set()
    done: set[tuple[str, str]] = set()
    left = [Requirement(text) for text in requirements]
    while left:
        wanted = left.pop()
        name = canonicalize_name(wanted.name)
        found.add(name)
        for extra in wanted.extras or {""}:
            if (name, extra) in done:
                continue
            done.add((name, extra))
            for text in metadata.requires(name) or ():
                part = Requirement(text)
                if part.marker is None or part.marker.evaluate({"extra": extra}):
                    left.append(part)
    return found


def make_environment(place: Path, requirements, wheel: Path) -> Environment:
    """Make an environment with a wheel, and with what some requirements bring, linked from here.
    pip installs the wheel once; further environments have copies of what it has installed."""
    venv.create(place, symlinks=True)
    (site,) = place.glob("lib/python*/site-packages")
    for name in whole(requirements) - {OURS}:
        link(metadata.distribution(name), site)
    environment = Environment(place)
    if wheel in _INSTALLED:
        copy_installed(_INSTALLED[wheel], environment)
    else:
        install(environment, wheel)
        _INSTALLED[wheel] = environment
    return environment


_INSTALLED: dict[Path, Environment] = {}
"""Wheel -> the first environment that it was installed in."""


def install(environment: Environment, wheel: Path) -> None:
    """Install a wheel with pip, and nothing else."""
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--python", environment.python, "install", "--quiet"),
            *("--no-index", "--no-deps", wheel),
        ],
        check=True,
        capture_output=True,
    )


def copy_installed(found: Environment, environment: Environment) -> None:
    """Copy every file that pip has recorded for our package from one environment to another: its
    scripts name their own Python."""
    (site,) = found.place.glob("lib/python*/site-packages")
    (ours,) = metadata.distributions(name=OURS, path=[str(site)])
    assert ours.files
    for file in ours.files:
        source = Path(ours.locate_file(file)).resolve()
        copy = environment.place / source.relative_to(found.place.resolve())
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, copy)
        if copy.parent == environment.place / "bin":
            theirs, own = str(found.python).encode(), str(environment.python).encode()
            assert theirs in copy.read_bytes()
            copy.write_bytes(copy.read_bytes().replace(theirs, own))


def link(distribution: metadata.Distribution, site: Path) -> None:
    """Let another environment's packages hold one of ours too."""
    for top in {file.parts[0] for file in distribution.files or ()} - {"..", "__pycache__"}:
        link, target = site / top, Path(str(distribution.locate_file(top)))
        if not link.exists() and target.exists():
            link.symlink_to(target)
