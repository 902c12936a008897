"""What the files beside the package say of it is so."""

from __future__ import annotations

import re
import shlex
import tomllib

import pytest

import cgr_nb

FILES = ("CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "README.md")


@pytest.fixture(scope="module")
def recipes(repository):
    """Recipe -> its command lines."""
    found: dict[str, list[str]] = {}
    for line in (repository / "justfile").read_text("utf-8").splitlines():
        if head := re.match(r"(\w+)(?: \*args)?:$", line):
            found[head[1]] = []
        elif line.startswith("    "):
            found[next(reversed(found))].append(line.strip())
    return found


def test_there_is_one_version(repository):
    yaml = pytest.importorskip("yaml")
    cited = yaml.safe_load((repository / "CITATION.cff").read_text("utf-8"))
    project = tomllib.loads((repository / "pyproject.toml").read_text("utf-8"))["project"]
    assert cited["version"] == project["version"] == cgr_nb.__version__
    # Beside our own: that of the editor in `widgets/bundles`.
    assert f"{cited['license']} AND MIT" == project["license"]
    assert cited["authors"] == project["authors"]
    changes = (repository / "CHANGELOG.md").read_text("utf-8")
    assert re.findall(r"^## (\d[\d.]+)", changes, re.MULTILINE)[0] == project["version"]


def test_recipes_run_what_is_there(recipes, repository):
    assert {"fast", "all", "browser", "docs", "bench"} <= set(recipes)
    markers = tomllib.loads((repository / "pyproject.toml").read_text("utf-8"))
    known = {line.partition(":")[0] for line in markers["tool"]["pytest"]["ini_options"]["markers"]}
    for lines in recipes.values():
        assert lines
        for line in lines:
            words = shlex.split(line)
            assert words[:2] == ["{{python}}", "-m"], line
            if words[2] == "pytest" and "-m" in words[3:]:
                assert words[words.index("-m", 3) + 1] in known, line


def test_every_recipe_that_is_named_is_there(recipes, repository):
    named = {
        name
        for file in FILES
        for name in re.findall(r"`just (\w+)`", (repository / file).read_text("utf-8"))
    }
    assert named
    assert sorted(named - set(recipes)) == []


def test_every_file_that_is_named_is_there(repository):
    place = re.compile(r"`((?:docs|tests|cgr_nb|notebooks|fixtures)/[\w./-]+)`")
    named = {
        path for file in FILES for path in place.findall((repository / file).read_text("utf-8"))
    }
    assert len(named) > 5
    assert sorted(path for path in named if not (repository / path).exists()) == []


def test_hooks_are_local_and_run_tools_of_the_environment(repository):
    yaml = pytest.importorskip("yaml")
    config = yaml.safe_load((repository / ".pre-commit-config.yaml").read_text("utf-8"))
    (repo,) = config["repos"]
    assert repo["repo"] == "local"
    for hook in repo["hooks"]:
        assert hook["language"] == "system"
        assert hook["entry"].startswith(".venv/bin/python -m ")
