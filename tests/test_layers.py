"""The house has one direction: a room imports only from rooms before it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

# In the order of the data flow. `api` is the study folder in a person's hand.
ROOMS = (
    "errors",
    "extras",
    "util",
    "words",
    "thoughts",
    "calls",
    "records",
    "answer_record",
    "machine",
    "confinement",
    "hub",
    "items",
    "prompts",
    "models",
    "answers",
    "scaffolds",
    "sandbox",
    "store",
    "audit",
    "arms",
    "study",
    "paper",
    "analysis",
    "report",
    "bundle",
    "verify",
    "export",
    "bench",
    "explore",
    "api",
    "testing",
    "widgets",
    "viewer",
    "notebook",
    "cli",
)
HEAVY = (
    "huggingface_hub",
    "httpx2",
    "llama_cpp",
    "pandas",
    "numpy",
    "altair",
    "pyarrow",
    "papermill",
    "jupyterlab",
    "anywidget",
)


def room_of(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if parts[0] == "cgr_nb" and len(parts) > 1 else None


def imports_of(path: Path) -> list[tuple[int, str]]:
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            found += [(node.lineno, f"{node.module}.{alias.name}") for alias in node.names]
        elif isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
    return found


def test_every_room_imports_only_from_rooms_before_it(repository):
    package = repository / "cgr_nb"
    backwards = []
    for path in sorted(package.rglob("*.py")):
        here = path.relative_to(package).parts[0].removesuffix(".py")
        if here == "__init__":
            continue
        for line, module in imports_of(path):
            there = room_of(module)
            # `from cgr_nb import __version__` names no room.
            if there is None or there == here or there == "__version__":
                continue
            if ROOMS.index(there) > ROOMS.index(here):
                backwards.append(f"{path.relative_to(repository)}:{line} imports {module}")
    assert backwards == []


def test_every_room_is_in_the_order(repository):
    package = repository / "cgr_nb"
    found = {
        path.name.removesuffix(".py")
        for path in package.iterdir()
        if path.suffix == ".py" or (path.is_dir() and (path / "__init__.py").exists())
    }
    assert found - {"__init__"} == set(ROOMS)


def test_no_file_is_crowded(repository):
    crowded = [
        f"{path.relative_to(repository)} has {lines} lines"
        for path in (repository / "cgr_nb").rglob("*")
        if path.suffix in (".py", ".js") and path.parent.name != "bundles"
        if (lines := len(path.read_text("utf-8").splitlines())) > 400
    ]
    assert crowded == []


@pytest.mark.parametrize("statement", ["import cgr_nb", "import cgr_nb.cli"])
def test_importing_loads_nothing_heavy(statement):
    script = f"{statement}\nimport sys\nprint(*sorted({{m.split('.')[0] for m in sys.modules}}))"
    printed = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    assert [name for name in HEAVY if name in printed] == []


def test_every_public_name_of_the_package_loads_and_is_documented():
    import cgr_nb

    for name in cgr_nb.__all__:
        value = getattr(cgr_nb, name)
        assert name == "__version__" or (value.__doc__ or "").strip(), f"{name} has no docstring"


def test_the_help_of_the_package_is_an_example_of_names_that_exist():
    import cgr_nb

    lines = (cgr_nb.__doc__ or "").splitlines()
    assert len(lines) < 25
    code = "\n".join(line.strip() for line in lines if line.startswith("    "))
    used = list(ast.walk(ast.parse(code)))
    (imported,) = (node for node in used if isinstance(node, ast.ImportFrom))
    names = {name.name for name in imported.names}
    assert names <= set(cgr_nb.__all__)
    called = {
        node.func.id
        for node in used
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert called <= names
    for node in used:
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") in ("study", "Study"):
            assert callable(getattr(cgr_nb.Study, node.attr))


def test_an_unknown_name_of_the_package_is_an_attribute_error():
    import cgr_nb

    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        cgr_nb.Nothing
