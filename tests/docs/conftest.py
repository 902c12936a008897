"""Pages of the documentation with what they quote, and a folder in which their examples run."""

from __future__ import annotations

import re
import shutil
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from cgr_nb.items.adapter import adapters

SNIPPET = re.compile(r'^--8<-- "(.+)"$', re.MULTILINE)


@pytest.fixture(scope="session")
def pages(repository) -> dict[str, str]:
    """Name -> text of each page, with the files that it quotes."""

    def quoted(found: re.Match[str]) -> str:
        return (repository / found[1]).read_text("utf-8")

    docs = repository / "docs"
    return {
        path.relative_to(docs).as_posix(): SNIPPET.sub(quoted, path.read_text("utf-8"))
        for path in sorted(docs.rglob("*.md"))
    }


@pytest.fixture(scope="session")
def parts(repository) -> Iterator[None]:
    """The modules that make parts of pages can be imported."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(repository / "docs"))
        yield


@pytest.fixture(scope="module")
def package(repository, tmp_path_factory) -> Iterator[Path]:
    """The package of the page on extending, installed; its folder."""
    place = tmp_path_factory.mktemp("package") / "examples"
    shutil.copytree(repository / "docs" / "examples", place)
    project = tomllib.loads((place / "pyproject.toml").read_text("utf-8"))["project"]
    info = place / "my_cgr-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Name: {project['name']}\nVersion: 1.0\n", "utf-8")
    points = [
        line
        for group, named in project["entry-points"].items()
        for line in (f"[{group}]", *(f"{name} = {value}" for name, value in named.items()))
    ]
    (info / "entry_points.txt").write_text("\n".join(points) + "\n", "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(place))
        adapters.cache_clear()
        yield place
    adapters.cache_clear()
    for path in place.glob("*.py"):
        sys.modules.pop(path.stem, None)


@pytest.fixture(scope="session")
def workplace(demo_of_three, tmp_path_factory) -> Path:
    """A folder with a study that was run, as the first page leaves it; examples write into it."""
    place = tmp_path_factory.mktemp("docs") / "work"
    place.mkdir()
    shutil.copytree(demo_of_three / "study", place / "cgr-demo")
    return place
