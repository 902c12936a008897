"""What a call's result can depend on: of `ask`, of the program's own code, of anything else."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from cgr_nb.audit.static.classes import (
    Function,
    decorators,
    is_operator,
    is_property,
    is_super,
    methods,
)
from cgr_nb.audit.static.frames import Frame
from cgr_nb.audit.static.taint_labels import (
    ASK,
    BELIEF,
    COMPUTED,
    DYNAMIC,
    NONE,
    SOLVER,
    Value,
    join,
    reply_of,
    worked_out,
)
from cgr_nb.audit.static.walk_state import TooLarge, WalkState

__all__ = ["Calls", "Function", "TooLarge", "positional"]

"""Expressions and statements walked before the audit gives up."""
_DEPTH = 12
"""Calls followed into each other; a deeper one counts as worked out from its arguments."""

_DYNAMIC = {
    "eval",
    "exec",
    "globals",
    "locals",
    "vars",
    "getattr",
    "__import__",
    "input",
    "compile",
}
_PASSING = {
    "staticmethod",
    "classmethod",
    "str",
    "list",
    "tuple",
    "set",
    "dict",
    "iter",
    "enumerate",
    "zip",
    "reversed",
    "sorted",
}
"""Built-ins that hand on what they get."""
_PASSING_METHODS = {
    "items", "keys", "values", "copy", "strip", "lstrip", "rstrip", "lower", "upper", "title",
    "capitalize", "format", "removeprefix", "removesuffix", "split", "splitlines", "partition",
}  # fmt: skip
_LOOKING_METHODS = {
    "count", "endswith", "find", "index", "isdigit", "join", "replace", "rfind", "rindex",
    "startswith", "get",
}  # fmt: skip
"""Methods that leave what they are called on as it was."""
_NO_SCORES = Value(literals=frozenset({"False"}))
_DEFAULTED = {"get", "pop", "setdefault"}


class Walker(Protocol):
    """Who reads the parts of a call: statements and expressions."""

    def body(self, statements: Sequence[ast.stmt]) -> bool:
        """Walk a function's body in the current frame; True when its end can be reached."""
        ...

    def value(self, node: ast.expr, control: frozenset[str] = frozenset()) -> Value:
        """Origins of an expression; `control` is what decides whether its side effects happen."""
        ...

    def change(self, target: ast.expr, value: Value) -> None:
        """Something inside the variable at the root of `target` becomes `value`."""
        ...


class Calls:
    """What calls come to: of `ask`, of the program's own code, of anything else."""

    def __init__(self, state: WalkState, walker: Walker) -> None:
        self.state, self.walker = state, walker

    def called(self, node: ast.Call, control: frozenset[str]) -> Value:
        """A call: of `ask`, of the program's own code, or of something outside."""
        given = [self.walker.value(part) for part in node.args]
        named = {part.arg or "": self.walker.value(part.value) for part in node.keywords}
        everything = [*given, *named.values()]
        if isinstance(node.func, ast.Attribute):
            found = self.method(node, node.func, given, named, control)
            if found is not None:
                return found
        callee = self.walker.value(node.func)
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        own = [self.run(code, given, named) for code in callee.code]
        own += [
            self.run_method(part, of, node.func, callee, given, named)
            for code in callee.code
            if isinstance(code, ast.ClassDef)
            for part, of in methods(code, "__call__", self.state.bases)
        ]
        if SOLVER in callee.labels:
            self.state.asks[node] = node.lineno
            return join([*own, self.replied(node, callee, everything, named)])
        if own:
            return join(own)
        if any(SOLVER in value.labels for value in everything):
            # Handed to something outside the program (map, partial, a pool) that will call it.
            self.state.asks[node] = node.lineno
            told = reply_of(node.lineno, join(everything))
            return worked_out([*everything, told], SOLVER)
        if self.state.frame.find(name) is None:
            if name in _DYNAMIC:
                return worked_out(everything, DYNAMIC)
            if name == "next":
                return _with_default(given[:1], given[1:])
            if name in _PASSING and given and not named:
                return join(given)
            if name == "isinstance":
                return worked_out(given[:1])
            if name in ("setattr", "map") and given:
                self.state.places.put_into(given[0], join(everything[1:]).under(control))
                self.walker.change(node.args[0], join(everything[1:]).under(control))
        else:
            # What another name stands for may be a method that changes what it belongs to.
            self.state.places.put_into(callee, join(everything).under(control))
        results = [self.run(code, [], {}) for value in everything for code in value.code]
        return worked_out([callee, *everything, *results])

    def replied(
        self, node: ast.Call, callee: Value, everything: list[Value], named: dict[str, Value]
    ) -> Value:
        """What a call of the solver gives back.

        Args:
            node: The call.
            callee: What is called.
            everything: Values of all arguments.
            named: Values of the arguments by name.
        """
        choices = named.get("choices")
        told = reply_of(node.lineno, join([callee, *everything]))
        if len(node.args) > 1 and isinstance(node.args[1], (ast.List, ast.Tuple)):
            choices = everything[1]
        if choices is not None and choices.is_literal and len(choices.literals - {"None"}) == 1:
            # With one text to choose from, the program has chosen; how likely it is, it has not.
            asked = named.get("scores", NONE) not in (NONE, _NO_SCORES)
            scores = told.labels if asked else frozenset()
            return Value(literals=choices.literals - {"None"}, scores=scores)
        return told

    def method(
        self,
        node: ast.Call,
        function: ast.Attribute,
        given: list[Value],
        named: dict[str, Value],
        control: frozenset[str],
    ) -> Value | None:
        """A call of `base.name(...)`; None when `name` is a function that `base` holds.

        Args:
            node: The call.
            function: What is called: `base.name`.
            given: Values of the arguments by position.
            named: Values of the arguments by name.
            control: Labels of the conditions that the call depends on.
        """
        base, owners = self.walker.value(function.value), []
        if is_super(function.value) and self.state.owners:
            owners = self.state.bases(self.state.owners[-1])
            base = self.state.places.with_contents(
                Value(code=(self.state.owners[-1],), places=_of(self.state.owners[-1]))
            )
        else:
            owners = [code for code in base.code if isinstance(code, ast.ClassDef)]
        found = [
            self.run_method(part, of, function, base, given, named)
            for owner in owners
            for part, of in methods(owner, function.attr, self.state.bases)
            if not is_property(part)
        ]
        if found:
            return join(found)
        if SOLVER in base.labels:
            return None
        everything = [*given, *named.values()]
        results = [self.run(code, [], {}) for value in everything for code in value.code]
        if function.attr in _PASSING_METHODS:
            # Of what a text is split or stripped by, nothing is left in the parts.
            passed = [base, *everything] if function.attr == "format" else [base]
            return join(passed).under(join(everything).decides)
        inside = join([*everything, *results]).under(control)
        if inside != Value() and function.attr not in _LOOKING_METHODS:
            self.walker.change(function.value, inside)
            self.state.places.put_into(base, inside)
            for place, value in enumerate(given):
                # A function of a module or type may change what it is given (heapq.heappush).
                others = join([*given[:place], *given[place + 1 :], *named.values()])
                if others.decides & {ASK, BELIEF}:
                    self.state.places.put_into(value, others.under(control))
        if function.attr in _DEFAULTED and given:
            first = Value(base.labels | given[0].labels, base.control | given[0].control)
            literals = base if given[0].is_literal else Value()
            return _with_default([join([first, literals])], given[1:])
        if any(SOLVER in value.labels for value in everything):
            return None
        return worked_out([base, *everything, *results])

    def run_method(
        self,
        part: Function,
        owner: ast.ClassDef,
        function: ast.expr,
        base: Value,
        given: list[Value],
        named: dict[str, Value],
    ) -> Value:
        """The result of calling a method of a class of the program.

        Args:
            part: The method.
            owner: Its class.
            function: What the program calls it by.
            base: The object.
            given: Values of the arguments by position.
            named: Values of the arguments by name.
        """
        self.state.homes[part] = self.state.homes.get(owner, self.state.module)
        self.state.owners.append(owner)
        bound = "staticmethod" not in decorators(part)
        frame = self.call(part, [base, *given] if bound else given, named)
        self.state.owners.pop()
        own = positional(part)[:1] if bound else []
        if own:
            holder = function.value if isinstance(function, ast.Attribute) else function
            self.walker.change(holder, frame.names.get(own[0].arg, base))
        return join(frame.outcomes.values()) if frame.outcomes else NONE

    def instance(self, code: ast.ClassDef, given: list[Value], named: dict[str, Value]) -> Value:
        """A new object of a class of the program."""
        fields = join([*given, *named.values()])
        self.state.places.put(
            code, replace(fields, code=tuple(c for c in fields.code if c is not code))
        )
        made = join([Value(code=(code,), places=_of(code)), fields])
        for name in ("__init__", "__post_init__"):
            for part, of in methods(code, name, self.state.bases):
                self.state.homes[part] = self.state.homes.get(of, self.state.module)
                self.state.owners.append(of)
                frame = self.call(part, [made, *given] if name == "__init__" else [made], named)
                self.state.owners.pop()
                own = positional(part)[:1]
                made = frame.names.get(own[0].arg, made) if own else made
        if code not in self.state.stack:
            # Operators, loops and comparisons call these without a call in the text.
            self.state.stack.append(code)
            for owner in [code, *self.state.bases(code)]:
                for method in owner.body:
                    if isinstance(method, Function) and is_operator(method.name):
                        self.state.homes[method] = self.state.homes.get(owner, self.state.module)
                        frame = self.call(method, [made], {})
                        given_back = worked_out(frame.outcomes.values())
                        if given_back.labels & {ASK, SOLVER}:
                            self.state.places.put(code, given_back)
            self.state.stack.pop()
        return made

    def run(self, code: ast.AST, given: list[Value], named: dict[str, Value]) -> Value:
        """The result of calling a function, lambda or class of the program."""
        if isinstance(code, ast.ClassDef):
            return self.instance(code, given, named)
        if isinstance(code, ast.Lambda):
            if self.busy(code):
                return worked_out([*given, *named.values()])
            self.state.stack.append(code)
            saved = self.state.frame
            names = self.bind(code.args, given, named)
            self.state.frame = Frame(names, self.state.homes.get(code, self.state.module))
            result = self.walker.value(code.body)
            self.state.frame = saved
            self.state.stack.pop()
            return result
        assert isinstance(code, Function)
        frame = self.call(code, given, named)
        ends = [NONE] if frame.gives_up and not frame.outcomes else []
        return join([*frame.outcomes.values(), *ends])

    def call(self, function: Function, given: list[Value], named: dict[str, Value]) -> Frame:
        """Walk a function's body with these arguments."""
        frame = Frame(
            self.bind(function.args, given, named),
            self.state.homes.get(function, self.state.module),
        )
        if self.busy(function):
            frame.outcomes[function] = worked_out(
                [*given, *named.values()], *({ASK} if self.hands_solver(frame) else ())
            )
            return frame
        self.state.stack.append(function)
        saved, self.state.frame = self.state.frame, frame
        frame.gives_up = self.walker.body(function.body)
        self.state.frame = saved
        self.state.stack.pop()
        return frame

    def busy(self, code: ast.AST) -> bool:
        """Whether following this call would go round in circles, or too deep."""
        return code in self.state.stack or len(self.state.stack) >= _DEPTH

    def hands_solver(self, frame: Frame) -> bool:
        """Whether `ask` is in reach of a frame."""
        reach: Frame | None = frame
        while reach is not None:
            if any(SOLVER in value.labels for value in reach.names.values()):
                return True
            reach = reach.parent
        return False

    def bind(
        self, arguments: ast.arguments, given: list[Value], named: dict[str, Value]
    ) -> dict[str, Value]:
        """Parameters of a call -> values."""
        plain = [*arguments.posonlyargs, *arguments.args]
        names = {argument.arg: Value(frozenset({COMPUTED})) for argument in arguments.kwonlyargs}
        for argument, default in zip(reversed(plain), reversed(arguments.defaults), strict=False):
            names[argument.arg] = self.walker.value(default)
        for argument, given_default in zip(
            arguments.kwonlyargs, arguments.kw_defaults, strict=True
        ):
            if given_default is not None:
                names[argument.arg] = self.walker.value(given_default)
        for place, argument in enumerate(plain):
            if place < len(given):
                names[argument.arg] = given[place]
            else:
                names.setdefault(argument.arg, Value(frozenset({COMPUTED})))
        names.update({name: value for name, value in named.items() if name in names})
        if arguments.vararg is not None:
            names[arguments.vararg.arg] = join(given[len(plain) :])
        if arguments.kwarg is not None:
            names[arguments.kwarg.arg] = join(named.values())
        return names


def _with_default(found: list[Value], default: list[Value]) -> Value:
    """What `next`, `get` and the like give: what was found, or else the default."""
    value = join(found)
    if not default:
        return value
    return join([value, *default]).under(value.decides)


def _of(code: ast.AST) -> frozenset[ast.AST]:
    return frozenset({code})


def positional(function: Function) -> list[ast.arg]:
    """Parameters that can be given by position."""
    return [*function.args.posonlyargs, *function.args.args]
