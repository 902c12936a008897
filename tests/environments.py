"""Environments of their own that take packages from this one: what `pip install` would bring for
some requirements, nothing else, without a network and without compiling anything."""

from __future__ import annotations

import os
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
    """Make an environment with a wheel, and with what some requirements bring, linked from here."""
    venv.create(place, symlinks=True)
    (site,) = place.glob("lib/python*/site-packages")
    for name in whole(requirements) - {OURS}:
        link(metadata.distribution(name), site)
    environment = Environment(place)
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--python", environment.python, "install", "--quiet"),
            *("--no-index", "--no-deps", wheel),
        ],
        check=True,
        capture_output=True,
    )
    return environment


def link(distribution: metadata.Distribution, site: Path) -> None:
    """Let another environment's packages hold one of ours too."""
    for top in {file.parts[0] for file in distribution.files or ()} - {"..", "__pycache__"}:
        link, target = site / top, Path(str(distribution.locate_file(top)))
        if not link.exists() and target.exists():
            link.symlink_to(target)
