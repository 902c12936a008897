"""Lint, format and types, held by the same tools that a developer runs."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "command",
    [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"]],
    ids=lambda command: " ".join(command),
)
def test_the_tree_is_clean(command, repository):
    found = subprocess.run(
        [sys.executable, "-m", *command], cwd=repository, capture_output=True, text=True
    )
    assert found.returncode == 0, found.stdout + found.stderr


def test_no_notebook_is_committed_with_outputs(repository):
    for path in (repository / "notebooks").glob("*.ipynb"):
        notebook = json.loads(path.read_text("utf-8"))
        assert notebook["metadata"]["kernelspec"]["name"] == "python3", path
        assert not any(cell.get("outputs") for cell in notebook["cells"]), path


def test_nothing_that_ships_loads_code_from_elsewhere(repository):
    hosts = re.compile(r"cdn\.|unpkg\.com|esm\.sh|cdnjs")
    shipped = [*repository.glob("cgr_nb/**/*"), *repository.glob("notebooks/*.ipynb")]
    texts = [
        path for path in shipped if path.suffix in (".py", ".js", ".css", ".html", ".j2", ".ipynb")
    ]
    assert len(texts) > 100
    assert [str(path) for path in texts if hosts.search(path.read_text("utf-8"))] == []


def test_every_dependency_says_why_it_is_there(repository):
    lines = (repository / "pyproject.toml").read_text("utf-8").splitlines()
    named = [line for line in lines if re.match(r'\s+"[a-z0-9-]+(\[.*\])?[><=]', line)]
    assert len(named) > 15
    assert [line for line in named if "# " not in line] == []
