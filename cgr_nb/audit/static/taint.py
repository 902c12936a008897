"""Data flow through a program: what the answer it gives can depend on. Never runs the program.

An abstract walk over the syntax tree in the order of execution: both sides of a branch are walked
and joined, loops until nothing changes, functions and methods of the program at each call. Where
the walk can't be exact it errs towards "depends on the solver". Data flow and control flow are kept
apart (`Value.labels`, `Value.control`); a guard that only gives up (`return None`, `raise`) decides
no letter.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from cgr_nb.audit.static.calls import Calls, TooLarge, positional
from cgr_nb.audit.static.classes import Function
from cgr_nb.audit.static.expressions import Expressions, elements
from cgr_nb.audit.static.frames import join_names
from cgr_nb.audit.static.taint_labels import (
    COMPUTED,
    DYNAMIC,
    ITEM,
    NONE,
    SOLVER,
    Value,
    join,
    worked_out,
)
from cgr_nb.audit.static.walk_state import WalkState
from cgr_nb.util.syntax import every_node

__all__ = ["ENTRIES", "Flow", "Outcome", "TooLarge", "follow"]

_ROUNDS = 8
"""Times a loop is walked; labels settle long before."""
ENTRIES = ("solve", "solution", "solver", "answer", "main", "forward", "run")
_ANSWERS = ("ans", "answer", "final_answer", "result")
_CONSTANTS = ("GENERATOR_ANSWER", "DIFFICULTY")
"""What the contract asks for beside `solve`; no answer of a program of another shape."""
_Loop: TypeAlias = ast.For | ast.AsyncFor | ast.While


@dataclass(frozen=True, slots=True)
class Outcome:
    """One place where an answer leaves the program."""

    line: int
    value: Value


@dataclass(slots=True)
class Flow:
    """What was found."""

    outcomes: tuple[Outcome, ...]
    """Answers, in order of line; the branches they stand in are part of their value's control."""
    gives_up: bool
    """True when it can also end without an answer."""
    ask_lines: tuple[int, ...]
    """Line of each place that calls the solver."""
    given_solver: bool
    """True when the entry is handed `ask`, so that its answer could follow from replies."""
    unreached_asks: tuple[int, ...]
    """Line of each place that names `ask` in a call and that no way from the entry leads to."""
    solver: str | None = None
    """Name of the entry's parameter for `ask`."""


@dataclass(slots=True)
class _End:
    """How a block of statements can end."""

    completes: bool = True
    leaves: bool = False
    """An answer, `break` or `continue` can leave it early."""
    path: frozenset[str] = frozenset()
    """What decided, on the way, whether it was left early."""


def follow(tree: ast.Module, nodes: Sequence[ast.AST]) -> Flow:
    """Follow the answer of a program through it.

    The answer is what `solve` returns; in programs of another shape, what the function named like
    an entry (`solution`, `main` ...) returns, else the variable named like an answer, else the last
    one assigned.

    Args:
        tree: The program.
        nodes: All of its nodes, as `every_node` finds them.

    Raises:
        TooLarge: The program is too large or too deep.
    """
    walk = _Walk(nodes)
    try:
        return walk.program(tree)
    except RecursionError:
        raise TooLarge from None


class _Walk:
    """Follows statements; expressions and calls are read by those it has at hand."""

    def __init__(self, nodes: Sequence[ast.AST]) -> None:
        self.nodes = nodes
        self.state = WalkState()
        self.calls = Calls(self.state, self)
        self.expressions = Expressions(self.state, self.calls)

    def value(self, node: ast.expr, control: frozenset[str] = frozenset()) -> Value:
        """See `Walker.value`."""
        return self.expressions.value(node, control)

    def change(self, target: ast.expr, value: Value) -> None:
        """See `Walker.change`."""
        self.expressions.change(target, value)

    def program(self, tree: ast.Module) -> Flow:
        self.block(tree.body, frozenset())
        held = self.state.module.names
        functions = {
            name: code
            for name, value in held.items()
            for code in value.code
            if isinstance(code, (ast.FunctionDef, ast.AsyncFunctionDef))
        }
        lines = {name: line for name, line in _assigned(tree).items() if name not in _CONSTANTS}
        if "solve" in lines and "solve" not in functions:
            return self.assigned(held.get("solve", NONE), lines["solve"])
        entries = [name for name in ENTRIES if name in functions]
        answers = [name for name in (*_ANSWERS, *reversed(lines)) if name in lines]
        if entries or (functions and not answers):
            return self.entry(functions[entries[0] if entries else list(functions)[-1]])
        found = [Outcome(lines[name], held.get(name, NONE)) for name in answers[:1]]
        return self.flow(found, False, None)

    def assigned(self, solve: Value, line: int) -> Flow:
        """A `solve` that is no `def`: a lambda, or what can't be followed."""
        given = [Value(frozenset({ITEM})), Value(frozenset({SOLVER}))]
        lambdas = [code for code in solve.code if isinstance(code, ast.Lambda)]
        results = [self.calls.run(code, given, {}) for code in lambdas]
        if not lambdas or len(lambdas) < len(solve.code) or solve.labels:
            results.append(Value(frozenset({DYNAMIC})))
        return self.flow([Outcome(line, join(results))], False, "ask")

    def entry(self, function: Function) -> Flow:
        solver = None
        names = [argument.arg for argument in positional(function)]
        values = [
            Value(frozenset({ITEM}), places=frozenset({argument}))
            for argument in positional(function)
        ]
        for place, name in enumerate(names):
            if "ask" in name or (function.name == "solve" and len(names) == 2 and place == 1):
                values[place] = Value(frozenset({SOLVER}))
                solver = name
        frame = self.calls.call(function, values, {})
        found = [
            Outcome(getattr(node, "lineno", 1), value) for node, value in frame.outcomes.items()
        ]
        return self.flow(found, frame.gives_up, solver)

    def flow(self, found: list[Outcome], gives_up: bool, solver: str | None) -> Flow:
        real = [one for one in found if one.value != NONE and one.value.literals != {"None"}]
        some = [one for one in found if one not in real and one.value.labels]
        outcomes = sorted([*real, *some], key=lambda one: one.line)
        none = any("None" in one.value.literals for one in found)
        named = [
            node.lineno
            for node in self.nodes
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == solver
            and node not in self.state.asks
        ]
        return Flow(
            outcomes=tuple(outcomes),
            gives_up=gives_up or none,
            ask_lines=tuple(sorted(self.state.asks.values())),
            given_solver=solver is not None,
            unreached_asks=tuple(sorted(named)),
            solver=solver,
        )

    # --- statements

    def block(self, body: Sequence[ast.stmt], control: frozenset[str]) -> _End:
        end = _End()
        for statement in body:
            one = self.statement(statement, control | end.path)
            end.path |= one.path
            end.leaves |= one.leaves
            if not one.completes:
                end.completes = False
                break
        return end

    def statement(self, node: ast.stmt, control: frozenset[str]) -> _End:
        self.state.step()
        match node:
            case ast.Return():
                return self.leave(node, node.value, control)
            case ast.Raise():
                carried = [self.value(part) for part in (node.exc, node.cause) if part is not None]
                self.state.raised = join([self.state.raised, *carried]).under(control)
                return _End(completes=False)
            case ast.Break() | ast.Continue():
                return _End(completes=False, leaves=True)
            case ast.If(test=ast.Constant(value=decided)):
                return self.block(node.body if decided else node.orelse, control)
            case ast.While(test=ast.Constant(value=decided)) if not decided:
                return self.block(node.orelse, control)
            case ast.If():
                return self.branch(self.value(node.test).decides, [node.body, node.orelse], control)
            case ast.Match():
                return self.match(node, control)
            case ast.For() | ast.AsyncFor() | ast.While():
                return self.loop(node, control)
            case ast.Try() | ast.TryStar():
                return self.attempt(node, control)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    value = self.value(item.context_expr)
                    if item.optional_vars is not None:
                        self.expressions.assign(item.optional_vars, value, control)
                return self.block(node.body, control)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.state.homes[node] = self.state.frame
                self.state.frame.names[node.name] = self.decorated(node)
            case ast.ClassDef():
                self.state.homes[node] = self.state.frame
                self.state.frame.names[node.name] = Value(code=(node,), places=frozenset({node}))
                self.class_body(node, control)
            case ast.Assign():
                value = self.value(node.value)
                for target in node.targets:
                    self.expressions.assign(target, value, control)
            case ast.AnnAssign():
                if node.value is not None:
                    self.expressions.assign(node.target, self.value(node.value), control)
            case ast.AugAssign():
                made = worked_out([self.value(node.target), self.value(node.value)])
                self.expressions.assign(node.target, made, control)
            case ast.Global() | ast.Nonlocal():
                self.state.frame.outer |= set(node.names)
            case ast.Import() | ast.ImportFrom():
                for alias in node.names:
                    name = (alias.asname or alias.name).partition(".")[0]
                    self.state.frame.names[name] = Value(frozenset({COMPUTED}))
            case ast.Expr():
                self.value(node.value, control)
            case _:
                self.expressions.each(ast.iter_child_nodes(node))
        return _End()

    def decorated(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Value:
        """A function, or what the program's own decorators make of it."""
        made = Value(code=(node,))
        for decorator in reversed(node.decorator_list):
            for code in self.value(decorator).code:
                made = join([made, self.calls.run(code, [made], {})])
        return made

    def class_body(self, node: ast.ClassDef, control: frozenset[str]) -> None:
        """Attributes of a class: what it is given while it is made."""
        for part in node.body:
            if isinstance(part, (ast.Assign, ast.AnnAssign)) and part.value is not None:
                self.state.places.put(node, self.value(part.value).under(control))

    def leave(self, node: ast.stmt, given: ast.expr | None, control: frozenset[str]) -> _End:
        value = (NONE if given is None else self.value(given)).under(control)
        self.state.frame.outcomes[node] = join(
            [self.state.frame.outcomes.get(node, Value()), value]
        )
        return _End(completes=False, leaves=not (value.is_literal and value.literals == {"None"}))

    def branch(
        self, test: frozenset[str], bodies: Sequence[Sequence[ast.stmt]], control: frozenset[str]
    ) -> _End:
        before = dict(self.state.frame.names)
        after: list[dict[str, Value]] = []
        ends = []
        for body in bodies:
            self.state.frame.names = dict(before)
            end = self.block(body, control | test)
            ends.append(end)
            if end.completes or end.leaves:
                after.append(self.state.frame.names)
        self.state.frame.names = join_names(after) if after else before
        early = any(end.leaves for end in ends) and not all(end.leaves for end in ends)
        path = frozenset().union(*(end.path for end in ends))
        return _End(
            completes=any(end.completes for end in ends),
            leaves=any(end.leaves for end in ends),
            path=path | test if early or path else path,
        )

    def match(self, node: ast.Match, control: frozenset[str]) -> _End:
        subject = self.value(node.subject)
        test = subject.decides
        for case in node.cases:
            for part in every_node(case.pattern):
                name = getattr(part, "name", None) or getattr(part, "rest", None)
                if name:
                    self.expressions.store(name, subject.under(control))
            if case.guard is not None:
                test |= self.value(case.guard).decides
        return self.branch(test, [*(case.body for case in node.cases), []], control)

    def loop(self, node: _Loop, control: frozenset[str]) -> _End:
        path: frozenset[str] = frozenset()
        leaves = False
        for _ in range(_ROUNDS):
            before, put_before = dict(self.state.frame.names), self.state.places.changes
            if isinstance(node, ast.While):
                test = self.value(node.test).decides
            else:
                source = self.value(node.iter)
                test = source.decides
                self.expressions.assign(node.target, elements(source), control)
            end = self.block(node.body, control | test | path)
            settled = end.path | (test if end.leaves else frozenset()) <= path
            path |= end.path | (test if end.leaves else frozenset())
            leaves |= end.leaves
            self.state.frame.names = join_names([before, self.state.frame.names])
            if (
                settled
                and self.state.frame.names == before
                and self.state.places.changes == put_before
            ):
                break
        rest = self.block(node.orelse, control | path)
        return _End(leaves=leaves or rest.leaves, path=path | rest.path)

    def attempt(self, node: ast.Try | ast.TryStar, control: frozenset[str]) -> _End:
        saved, self.state.touched = self.state.touched, set()
        before = dict(self.state.frame.names)
        body = self.block([*node.body, *node.orelse], control)
        # Whether a handler runs depends on whatever was computed in the body.
        test = frozenset(self.state.touched)
        self.state.touched |= saved
        middle = join_names([before, self.state.frame.names])
        after = [self.state.frame.names] if body.completes or body.leaves else []
        ends = [body]
        for handler in node.handlers:
            self.state.frame.names = dict(middle)
            if handler.name:
                self.expressions.store(
                    handler.name, join([Value(frozenset({COMPUTED}), test), self.state.raised])
                )
            end = self.block(handler.body, control | test)
            ends.append(end)
            if end.completes or end.leaves:
                after.append(self.state.frame.names)
        self.state.frame.names = join_names(after) if after else middle
        final = self.block(node.finalbody, control)
        path = frozenset().union(*(end.path for end in [*ends, final]))
        leaves = any(end.leaves for end in ends)
        return _End(
            completes=final.completes and any(end.completes for end in ends),
            leaves=leaves or final.leaves,
            path=path | test if leaves else path,
        )

    def body(self, statements: Sequence[ast.stmt]) -> bool:
        """See `Calls.body`."""
        return self.block(statements, frozenset()).completes


def _assigned(tree: ast.Module) -> dict[str, int]:
    """Variables of a module -> line of their last assignment, in its order."""
    lines: dict[str, int] = {}
    waiting: list[ast.AST] = list(reversed(tree.body))
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            lines.pop(node.id, None)
            lines[node.id] = node.lineno
        waiting += reversed(list(ast.iter_child_nodes(node)))
    return lines
