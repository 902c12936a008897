"""Parameters of notebooks: what each one takes, and values as a command line gives them.

A parameter that no notebook knows is refused (papermill alone would only warn), and so are
notebooks without a cell tagged `parameters`.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cgr_nb.errors import ConfigError, did_you_mean
from cgr_nb.extras import needed
from cgr_nb.util.syntax import compile_tree

__all__ = ["parse_value", "share_out"]


def parse_value(text: str) -> object:
    """A value from a command line: a Python literal where it is one ("20", "None"), else text."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text


def share_out(
    notebooks: Sequence[Path], given: Mapping[str, object]
) -> dict[Path, dict[str, object]]:
    """Give each notebook the parameters that it knows.

    Raises:
        ConfigError: A parameter is known to none of them, or a notebook can't be read.
    """
    known = {path: _parameters(path) for path in notebooks}
    everything = sorted(set().union(*known.values()))
    for name in given:
        if name not in everything:
            raise ConfigError(
                f"no notebook has a parameter {name!r}",
                where=", ".join(path.name for path in notebooks),
                fix=did_you_mean(name, everything),
            )
    return {
        path: {name: value for name, value in given.items() if name in names}
        for path, names in known.items()
    }


def _parameters(path: Path) -> set[str]:
    """Names that the cell tagged `parameters` assigns."""
    with needed("nbformat", where=path.name):
        import nbformat

    try:
        # nbformat is not typed.
        notebook: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    except Exception as error:  # nbformat raises whatever JSON and its schema raise
        raise ConfigError(f"not a notebook: {error}", where=str(path)) from error
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", ()):
            return _assigned(cell.source, path)
    raise ConfigError(
        "the notebook has no parameters", where=str(path), fix="tag one cell `parameters`"
    )


def _assigned(source: str, path: Path) -> set[str]:
    """Names that a cell assigns at its top, annotated or not; its magics and shell lines are left
    out, as they are no Python."""
    lines = [
        "" if line.lstrip().startswith(("%", "!")) or line.rstrip().endswith("?") else line
        for line in source.splitlines()
    ]
    try:
        tree = compile_tree("\n".join(lines))
    except SyntaxError as error:
        raise ConfigError(
            f"the cell tagged `parameters` is no Python: {error.msg}",
            where=f"{path}, line {error.lineno} of the cell",
            fix="fix the cell",
        ) from error
    targets: list[ast.expr] = []
    for node in tree.body:
        if isinstance(node, ast.Assign):
            targets += node.targets
        elif isinstance(node, ast.AnnAssign):
            targets.append(node.target)
    return {
        name.id
        for target in targets
        for name in (target.elts if isinstance(target, ast.Tuple | ast.List) else [target])
        if isinstance(name, ast.Name)
    }
