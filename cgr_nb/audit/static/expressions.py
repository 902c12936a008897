"""What an expression's value can depend on: names, operators, comprehensions."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import replace

from cgr_nb.audit.static.calls import Calls
from cgr_nb.audit.static.classes import is_property, methods
from cgr_nb.audit.static.frames import Frame
from cgr_nb.audit.static.taint_labels import BELIEF, COMPUTED, ITEM, NONE, Value, join, worked_out
from cgr_nb.audit.static.walk_state import WalkState

__all__ = ["Expressions", "elements"]


class Expressions:
    """Reads expressions."""

    def __init__(self, state: WalkState, calls: Calls) -> None:
        self.state, self.calls = state, calls

    # --- names

    def assign(self, target: ast.expr, value: Value, control: frozenset[str]) -> None:
        """Give a value to a target of an assignment, set in branches that `control` decides."""
        match target:
            case ast.Name():
                believes = target.id == "GENERATOR_ANSWER" and self.state.frame is self.state.module
                # None is no letter: there is nothing in it to believe.
                if believes and value != NONE:
                    value = replace(value, labels=value.labels | {BELIEF})
                self.store(target.id, value.under(control))
            case ast.Tuple() | ast.List():
                for part in target.elts:
                    self.assign(part, value, control)
            case ast.Starred():
                self.assign(target.value, value, control)
            case ast.Attribute() | ast.Subscript():
                value = value.under(control | self.index(target))
                self.state.places.put_into(self.value(target.value), value)
                self.change(target, value)

    def index(self, target: ast.Attribute | ast.Subscript) -> frozenset[str]:
        """What decides which element an assignment changes."""
        return (
            self.value(target.slice).decides if isinstance(target, ast.Subscript) else frozenset()
        )

    def store(self, name: str, value: Value) -> None:
        """Set a variable, in the frame that owns it."""
        owner = self.state.frame.owner(name)
        if owner is not self.state.frame:
            value = join([owner.names.get(name, Value()), value])
        owner.names[name] = value

    def change(self, target: ast.expr, value: Value) -> None:
        """Something inside the variable at the root of `target` becomes `value`."""
        while isinstance(target, (ast.Attribute, ast.Subscript, ast.Starred)):
            target = target.value
        if isinstance(target, ast.Name):
            frame: Frame | None = self.state.frame
            while frame is not None and target.id not in frame.names:
                frame = frame.parent
            if frame is not None:
                frame.names[target.id] = join([frame.names[target.id], value])

    # --- expressions

    def value(self, node: ast.expr, control: frozenset[str] = frozenset()) -> Value:
        """Origins of an expression; `control` is what decides whether its side effects happen."""
        self.state.step()
        match node:
            case ast.Constant():
                return Value(literals=frozenset({repr(node.value)}))
            case ast.Name():
                return self.state.places.with_contents(
                    self.state.frame.find(node.id) or Value(frozenset({COMPUTED}))
                )
            case ast.Call():
                made = self.calls.called(node, control)
                self.state.touched |= made.decides
                return made
            case ast.UnaryOp(op=ast.USub() | ast.UAdd()):
                inner = self.value(node.operand)
                return inner if inner.is_literal else worked_out([inner])
            case ast.IfExp(test=ast.Constant(value=decided)):
                return self.value(node.body if decided else node.orelse)
            case ast.IfExp():
                test = self.value(node.test).decides
                return join([self.value(node.body), self.value(node.orelse)]).under(test)
            case ast.BoolOp():
                parts = [self.value(part) for part in node.values]
                # The last alternative is taken when those before it say so.
                return join(parts).under(join(parts[:-1]).decides)
            case ast.Compare():
                return self.compared(node)
            case ast.Subscript():
                base, index = self.value(node.value), self.value(node.slice)
                if index.is_literal:
                    # A written key can have been chosen among several by a reply.
                    return base.under(index.control)
                labels, control = base.labels | index.labels, base.control | index.control
                return Value(labels, control, places=base.places, scores=base.scores)
            case ast.Attribute():
                return self.attribute(node)
            case ast.Dict():
                parts = [self.value(part) for part in [*node.keys, *node.values] if part]
                return self.state.places.made_at(node, join(parts))
            case ast.List() | ast.Tuple() | ast.Set():
                return self.state.places.made_at(node, join(self.value(part) for part in node.elts))
            case ast.JoinedStr():
                return join(self.value(part) for part in node.values)
            case ast.FormattedValue() | ast.Starred() | ast.Await():
                return self.value(node.value)
            case ast.NamedExpr():
                value = self.value(node.value)
                self.assign(node.target, value, control)
                return value
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return self.comprehension(node, control)
            case ast.Lambda():
                self.state.homes[node] = self.state.frame
                return Value(code=(node,))
            case ast.Slice():
                ends = [part for part in (node.lower, node.upper, node.step) if part is not None]
                return join(self.value(part) for part in ends) if ends else NONE
            case ast.Yield() | ast.YieldFrom():
                given = NONE if node.value is None else self.value(node.value)
                earlier = self.state.frame.outcomes.get(node, Value())
                self.state.frame.outcomes[node] = join([earlier, given.under(control)])
                return Value(frozenset({COMPUTED}))
            case _:
                children = [
                    part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)
                ]
                return worked_out(self.value(part) for part in children)

    def compared(self, node: ast.Compare) -> Value:
        """A comparison."""
        parts = [self.value(part) for part in [node.left, *node.comparators]]
        same = all(isinstance(op, (ast.Eq, ast.NotEq, ast.In, ast.NotIn)) for op in node.ops)
        # Looking a written text up in the item computes nothing.
        if same and join(parts).labels == {ITEM}:
            return Value(frozenset({ITEM}), join(parts).control)
        return worked_out(parts)

    def comprehension(
        self,
        node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp,
        control: frozenset[str],
    ) -> Value:
        """A comprehension or generator; its conditions decide what is in it."""
        test = control
        inner = self.state.frame = Frame({}, self.state.frame)
        for part in node.generators:
            source = self.value(part.iter, test)
            self.assign(part.target, elements(source), frozenset())
            for condition in part.ifs:
                test |= self.value(condition, test).decides
            test |= source.control
        if isinstance(node, ast.DictComp):
            made = join([self.value(node.key, test), self.value(node.value, test)])
        else:
            made = self.value(node.elt, test)
        self.state.frame = inner.parent or self.state.module
        return self.state.places.made_at(node, made.under(test))

    def attribute(self, node: ast.Attribute) -> Value:
        """What an attribute can be: of an object, all that was ever put into it."""
        base = self.value(node.value)
        held = tuple(code for code in base.code if not isinstance(code, ast.ClassDef))
        found = [replace(base, code=held)]
        if node.attr == "scores" and base.scores:
            found = [Value(base.scores | base.labels, base.control)]
        for owner in base.code:
            if isinstance(owner, ast.ClassDef):
                for part, of in methods(owner, node.attr, self.state.bases):
                    if is_property(part):
                        found.append(self.calls.run_method(part, of, node, base, [], {}))
                    else:
                        found.append(Value(code=(part,)))
        return join(found)

    def each(self, nodes: Iterable[ast.AST]) -> None:
        """Walk expressions whose values are not used."""
        for node in nodes:
            if isinstance(node, ast.expr):
                self.value(node)


def elements(value: Value) -> Value:
    """What a loop over a value meets: the characters, when it is one written text."""
    if len(value.literals) != 1:
        return value
    text = ast.literal_eval(next(iter(value.literals)))
    return replace(value, literals=frozenset(map(repr, text))) if isinstance(text, str) else value
