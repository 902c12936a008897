"""Runs the tests with the oldest packages that `pyproject.toml` allows: python tests/lower_bounds.py

Every `name>=version` of the core and of the extras in `all` becomes `name==version` in an
environment of its own; what these bring along, and the tests' own tools, are as pip finds them. Only
llama-cpp-python is taken from the environment that runs this, for it would be compiled anew.
Arguments go to pytest, in the place of the rooms that touch such packages.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
import venv
from importlib import metadata
from pathlib import Path

from environments import link
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
LINKED = "llama-cpp-python"
TOOLS = (
    *("distributed", "hypothesis", "jsonschema", "packaging", "psutil"),
    *("pytest", "pytest-timeout", "pytest-xdist"),
)
REFERENCES = ("scipy", "statsmodels")
ROOMS = (
    *("analysis", "bundle", "cli", "explore", "hub", "items", "models", "notebook", "paper"),
    *("report", "store", "study", "widgets"),
    *("test_extras.py", "test_layers.py", "test_end_to_end.py"),
)


def lower_bounds() -> dict[str, str]:
    """Package -> the oldest version that is allowed, for the core and all that `all` names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    left, found = [*map(Requirement, project["dependencies"]), *map(Requirement, extras["all"])], {}
    while left:
        wanted = left.pop()
        if wanted.name == project["name"]:
            left += [Requirement(text) for extra in wanted.extras for text in extras[extra]]
            continue
        (bound,) = [part.version for part in wanted.specifier if part.operator == ">="]
        found[wanted.name] = bound
    return found


def main(arguments: list[str]) -> int:
    """Make the environment, say what is in it, run the tests; returns pytest's exit code."""
    bounds = lower_bounds()
    pins = [f"{name}=={version}" for name, version in bounds.items() if name != LINKED]
    with tempfile.TemporaryDirectory(prefix="cgr-nb-lower-bounds-") as place:
        venv.create(place, symlinks=True)
        python = Path(place, "bin", "python")
        pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
        tools = [*TOOLS, *REFERENCES, *_brought_by_linked(pins)]
        subprocess.run([*pip, "--only-binary", ":all:", *pins, *tools], check=True)
        subprocess.run([*pip, "--no-deps", "--editable", str(ROOT)], check=True)
        (site,) = Path(place).glob("lib/python*/site-packages")
        link(metadata.distribution(LINKED), site)
        print(*sorted(pins), f"{LINKED}=={metadata.version(LINKED)} (linked)", sep="\n", flush=True)
        tests = arguments or [str(ROOT / "tests" / room) for room in ROOMS]
        # Speed with old packages is no question here.
        command = [str(python), "-m", "pytest", "-p", "no:cacheprovider"]
        return subprocess.run([*command, *tests], cwd=ROOT, check=False).returncode


def _brought_by_linked(pins: list[str]) -> list[str]:
    """What the linked package needs beside what is pinned."""
    pinned = {Requirement(pin).name for pin in pins}
    wanted = [Requirement(text) for text in metadata.requires(LINKED) or ()]
    return [str(one) for one in wanted if one.name.lower() not in pinned and one.marker is None]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
