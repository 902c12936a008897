"""Does a program have the shape that the contract asks for? Read off its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeGuard

from cgr_nb.records import DIFFICULTIES
from cgr_nb.util.syntax import every_node

__all__ = ["Finding", "shape_findings"]

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Finding:
    """One departure from the contract."""

    code: str
    """Short stable word for counting: "syntax", "cut", "no_solve", "arity", "async", "class",
    "main", "no_answer", "no_difficulty", "returns_container", "reads_answer", "never_asks"."""
    line: int | None
    """Line of the program; None when it is about the whole."""
    text: str
    """In words."""

    def __str__(self) -> str:
        return self.text if self.line is None else f"line {self.line}: {self.text}"


def shape_findings(tree: ast.Module, nodes: Sequence[ast.AST]) -> list[Finding]:
    """Departures that can be seen without following data.

    Args:
        tree: The program.
        nodes: All of its nodes, as `every_node` finds them.
    """
    functions = {node.name: node for node in tree.body if isinstance(node, _Function)}
    solve = functions.get("solve")
    findings = _solve(solve) if solve is not None else _other_shape(tree, functions)
    findings += _constants(tree)
    if any(_reads_answer(node) for node in nodes):
        findings += [
            Finding("reads_answer", node.lineno, "GENERATOR_ANSWER is read inside a function")
            for function in nodes
            if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            for node in every_node(function)
            if _reads_answer(node)
        ]
    return list(dict.fromkeys(findings))


def _reads_answer(node: ast.AST) -> TypeGuard[ast.Name]:
    return (
        type(node) is ast.Name and node.id == "GENERATOR_ANSWER" and isinstance(node.ctx, ast.Load)
    )


def _solve(solve: _Function) -> list[Finding]:
    findings = []
    if isinstance(solve, ast.AsyncFunctionDef):
        findings.append(Finding("async", solve.lineno, "solve is async"))
    arguments = solve.args
    names = [part.arg for part in (*arguments.posonlyargs, *arguments.args)]
    needed = len(names) - len(arguments.defaults)
    needs_keywords = any(default is None for default in arguments.kw_defaults)
    if needed > 2 or needs_keywords or (len(names) < 2 and arguments.vararg is None):
        shown = ", ".join(names)
        findings.append(
            Finding("arity", solve.lineno, f"solve({shown}) can't be called as solve(item, ask)")
        )
    findings += [
        Finding("returns_container", node.lineno, "solve returns a container, not a letter")
        for node in every_node(solve)
        if isinstance(node, ast.Return) and isinstance(node.value, (ast.Dict, ast.List, ast.Tuple))
    ]
    return findings


def _other_shape(tree: ast.Module, functions: dict[str, _Function]) -> list[Finding]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            methods = [part.name for part in node.body if isinstance(part, _Function)]
            if node.name == "solve" or "solve" in methods:
                text = f"solve is in class {node.name}, not a function of the module"
                return [Finding("class", node.lineno, text)]
    if "main" in functions:
        line = functions["main"].lineno
        return [Finding("main", line, "there is a function main where solve is asked for")]
    return [Finding("no_solve", None, "there is no function solve")]


def _constants(tree: ast.Module) -> list[Finding]:
    assigned: dict[str, ast.expr | None] = {}
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        for target in targets:
            if isinstance(target, ast.Name) and isinstance(node, (ast.Assign, ast.AnnAssign)):
                assigned[target.id] = node.value
    findings = []
    if "GENERATOR_ANSWER" not in assigned:
        findings.append(Finding("no_answer", None, "there is no GENERATOR_ANSWER"))
    difficulty = assigned.get("DIFFICULTY")
    said = difficulty.value if isinstance(difficulty, ast.Constant) else None
    if said not in DIFFICULTIES:
        text = f"there is no DIFFICULTY of {', '.join(DIFFICULTIES)}"
        findings.append(Finding("no_difficulty", None, text))
    return findings
