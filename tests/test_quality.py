"""Lint, format and types, held by the same tools that a developer runs."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["mypy"],
    ],
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


# Text that runs in front of a program, never imported; Python's own words are its documentation.
UNDOCUMENTED = ("audit/probes/listener.py",)
SECTION = re.compile(r"^(Args|Returns|Yields|Raises|Example):$")


def public_functions(repository):
    """Where, parameters and docstring of each public function and method; those of `__init__` may
    stand with the class."""
    package = repository / "cgr_nb"
    for path in sorted(package.rglob("*.py")):
        name = path.relative_to(package).as_posix()
        if name not in UNDOCUMENTED:
            yield from _of_body(ast.parse(path.read_text("utf-8")), name)


def _of_body(node, where):
    for part in node.body:
        hidden = getattr(part, "name", "_").startswith("_")
        if isinstance(part, ast.ClassDef) and not hidden:
            yield from _of_body(part, f"{where}: {part.name}")
        elif isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
            is_method = isinstance(node, ast.ClassDef)
            if hidden and not (is_method and part.name == "__init__"):
                continue
            # What is behind a command's options is told by `--help`.
            if any(
                "click" in ast.unparse(one) or ".command" in ast.unparse(one)
                for one in part.decorator_list
            ):
                continue
            given = part.args
            names = [one.arg for one in (*given.posonlyargs, *given.args)][is_method:]
            names += [one.arg for one in (*given.kwonlyargs, given.vararg, given.kwarg) if one]
            told = ast.get_docstring(part) or ""
            if part.name == "__init__":
                told = f"{told}\n\n{ast.get_docstring(node) or ''}"
            yield f"{where}.{part.name}", names, told


def test_every_public_function_of_more_than_three_parameters_says_what_each_is(repository):
    silent = [
        f"{where}: {name}"
        for where, names, told in public_functions(repository)
        # One that fulfils an interface names the method that says it.
        if len(names) > 3 and not told.startswith("See `")
        for name in names
        if not re.search(rf"^ +\*{{0,2}}{name}: ", told.partition("Args:\n")[2], re.MULTILINE)
    ]
    assert silent == []


def test_no_section_of_a_docstring_runs_its_entries_together(repository):
    wrong = []
    for where, names, told in public_functions(repository):
        section = ""
        for line in told.splitlines():
            if found := SECTION.match(line):
                section = found[1]
            elif not line.startswith(" "):
                section = section if not line else ""
            elif section in ("Args", "Raises") and re.match(
                r"    (?!\*{0,2}[\w.]+(, [\w.]+)*: )\S", line
            ):
                wrong.append(f"{where}: {line.strip()}")
            if section == "Args" and any(re.search(rf"\. {name}: ", line) for name in names):
                wrong.append(f"{where}: {line.strip()}")
            if section == "Raises" and re.search(r"[.;] \w+Error: ", line):
                wrong.append(f"{where}: {line.strip()}")
    assert wrong == []


def test_no_line_of_javascript_or_style_is_wider_than_those_of_python(repository):
    package = repository / "cgr_nb"
    files = [*package.rglob("*.js"), *package.rglob("*.css"), *repository.glob("tools/*.js")]
    files = [path for path in files if path.parent.name != "bundles"]
    assert {path.suffix for path in files} == {".js", ".css"}
    wide = [
        f"{path.relative_to(repository)}:{number}"
        for path in sorted(files)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if len(line) > 100
    ]
    assert wide == []
