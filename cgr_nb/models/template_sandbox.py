"""Jinja for templates from outside: what they may reach, and what they may cost.

Jinja's own sandbox keeps a template away from the interpreter's insides and from changing what it
is given. It does not keep it from running for hours or filling the memory: here each round of a
loop, macro, operator, filter, test and method is counted by a `Meter` before it is done. Nothing
is computed while a template is compiled. Filters that no chat template needs and that can't be
counted ahead (`random`, `urlize`, `pprint`, `striptags`, `wordwrap`, `xmlattr`) are not there.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from functools import wraps
from typing import cast

import jinja2
import jinja2.ext
from jinja2 import nodes
from jinja2.runtime import BlockReference, Context, LoopContext, Macro
from jinja2.sandbox import (
    ImmutableSandboxedEnvironment,
    SandboxedEscapeFormatter,
    SandboxedFormatter,
)
from jinja2.utils import Namespace, pass_context
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from cgr_nb.models import template_costs as costs
from cgr_nb.models.template_meter import METER, OverLimit, Value

__all__ = ["TemplateSandbox"]

_MOST_SOURCE = 256 << 10
_MOST_TOKENS = 60_000
_MOST_DEPTH = 120
_CALL, _APPLIED = 8, 4
"""Steps that a call, and a filter or test, take: in Python, each is several times as slow as one
round of a loop."""
_ABSENT = ("random", "urlize", "pprint", "striptags", "wordwrap", "xmlattr")
_STEP, _JOINED, _COMPARED, _SEARCHED, _SLICED = (
    f"cgr {name}" for name in ("step", "joined", "compared", "searched", "sliced")
)
"""Filters that are put into a template here; their names can't be written in one."""


class TemplateSandbox(ImmutableSandboxedEnvironment):
    """Jinja's immutable sandbox, counted; render its templates with `METER` set."""

    intercepted_binops = frozenset(("+", "-", "*", "/", "//", "%", "**"))

    def __init__(self, *extensions: type[jinja2.ext.Extension]) -> None:
        """Set up as chat templates expect, with extensions of Jinja."""
        super().__init__(
            trim_blocks=True,
            lstrip_blocks=True,
            # Else constants, such as 'x' * 10**9, are computed while the template is compiled.
            optimized=False,
            finalize=_written,
            extensions=extensions,
        )
        self.globals["namespace"] = _Namespace
        del self.globals["lipsum"]
        for name in _ABSENT:
            del self.filters[name]

    def from_string(
        self,
        source: str | nodes.Template,
        globals: MutableMapping[str, Value] | None = None,
        template_class: type[jinja2.Template] | None = None,
    ) -> jinja2.Template:
        """Compile a template; what it does is counted from here on.

        Raises:
            jinja2.TemplateError: It is not valid, too long, or nested too deeply.
        """
        try:
            if isinstance(source, str):
                self._check_length(source)
                source = self.parse(source)
            _check_depth(source)
            source = _Counted().visit(source).set_environment(self)
            # Here, so that filters that were put in after Jinja's own are counted too.
            filters: dict[str, Callable[..., Value]] = self.filters
            for name, function in filters.items():
                filters[name] = _counted(function, costs.FILTERS.get(name, costs.read_whole))
            tests = cast("dict[str, Callable[..., Value]]", self.tests)
            for name, function in tests.items():
                tests[name] = _counted(function, costs.TESTS.get(name, costs.read_whole))
            self.filters |= _OURS
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of Python, on the code that Jinja writes
                return super().from_string(source, globals, template_class)
        except (RecursionError, MemoryError, SyntaxError) as error:
            # Of Python's own compiler: more nested blocks than it takes, and the like.
            raise OverLimit("it is nested too deeply") from error
        except (ValueError, OverflowError) as error:
            raise OverLimit("it holds a number or a text that Python can't read") from error

    def _check_length(self, source: str) -> None:
        if len(source) > _MOST_SOURCE:
            raise OverLimit(f"its source is longer than {_MOST_SOURCE >> 10} KiB")
        if any(number == _MOST_TOKENS for number, _ in enumerate(self.lex(source))):
            raise OverLimit(f"its source has more than {_MOST_TOKENS} tokens")

    def concat(self, pieces: Value) -> str:
        """Join what a macro or a block has written."""
        pieces = METER.get().settled(pieces)
        costs.join_texts(METER.get(), pieces)
        return "".join(pieces)

    def call_binop(self, context: Context, operator: str, left: Value, right: Value) -> Value:
        """Compute with two values.

        Args:
            context: Of the template.
            operator: As Jinja writes it.
            left: The first value.
            right: The second.
        """
        costs.operate(METER.get(), operator, left, right)
        return super().call_binop(context, operator, left, right)

    def getitem(self, obj: Value, argument: Value) -> Value:
        """Look a value up."""
        METER.get().work()
        if not isinstance(argument, (str, int)):
            METER.get().weigh(argument)
        return super().getitem(obj, argument)

    def call(__self, __context: Context, __obj: Value, *args: Value, **kwargs: Value) -> Value:
        """Call what a template calls.

        Args:
            __context: Of the template.
            __obj: What is called.
            args: By position.
            kwargs: By name.
        """
        meter = METER.get()
        meter.work(_CALL)
        if not isinstance(__obj, (Macro, BlockReference, LoopContext)):
            settled = [meter.settled(value) for value in args]
            costs.call(meter, __obj, settled, kwargs)
            args = _as_given(args, settled)
        return super().call(__context, __obj, *args, **kwargs)

    def wrap_str_format(self, value: Value) -> Callable[..., str] | None:
        """A counted `format` for that of strings."""
        if super().wrap_str_format(value) is None:
            return None
        text: str = value.__self__
        formatter = _Formatter(self)
        if isinstance(text, Markup):
            formatter = _EscapeFormatter(self, escape=text.escape)

        def format(*args: Value, **kwargs: Value) -> str:
            return type(text)(formatter.vformat(text, args, kwargs))

        def format_map(mapping: Mapping[str, Value]) -> str:
            return type(text)(formatter.vformat(text, (), mapping))

        return format_map if value.__name__ == "format_map" else format


class _Namespace(Namespace):
    """Jinja's, which would write all that it holds where it is written itself."""

    def __repr__(self) -> str:
        return "<Namespace>"


class _Formatter(SandboxedFormatter):
    def format_field(self, value: Value, format_spec: str) -> Value:
        costs.format_field(METER.get(), value, format_spec)
        return super().format_field(value, format_spec)

    def convert_field(self, value: Value, conversion: Value) -> Value:
        costs.format_field(METER.get(), value, "")
        return super().convert_field(value, conversion)


class _EscapeFormatter(_Formatter, SandboxedEscapeFormatter):
    pass


class _Counted(NodeTransformer):
    """Puts a count into each loop and macro, and around what Jinja computes without asking."""

    def visit_For(self, node: nodes.For) -> nodes.Node:
        node.body.insert(0, _step(node))
        if node.test is not None:
            node.test = nodes.And(_step(node).node, node.test, lineno=node.lineno)
        return self.generic_visit(node)

    def visit_Macro(self, node: nodes.Macro) -> nodes.Node:
        node.body.insert(0, _step(node))
        return self.generic_visit(node)

    visit_CallBlock = visit_Block = visit_Macro

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        self.generic_visit(node)
        node.nodes = [_filter(_JOINED, each, node) for each in node.nodes]
        return node

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:
        self.generic_visit(node)
        node.expr = _filter(_COMPARED, node.expr, node)
        for operand in node.ops:
            name = _SEARCHED if operand.op in ("in", "notin") else _COMPARED
            operand.expr = _filter(name, operand.expr, node)
        return node

    def visit_Pair(self, node: nodes.Pair) -> nodes.Node:
        self.generic_visit(node)
        node.key = _filter(_COMPARED, node.key, node)
        return node

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:
        self.generic_visit(node)
        if isinstance(node.arg, nodes.Slice):
            node.node = _filter(_SLICED, node.node, node)
        return node


def _filter(name: str, expression: nodes.Expr, near: nodes.Node) -> nodes.Filter:
    return nodes.Filter(expression, name, [], [], None, None, lineno=near.lineno)


def _step(near: nodes.Node) -> nodes.ExprStmt:
    nothing = nodes.Const(None, lineno=near.lineno)
    return nodes.ExprStmt(_filter(_STEP, nothing, near), lineno=near.lineno)


def _check_depth(tree: nodes.Node) -> None:
    level: list[nodes.Node] = [tree]
    for _ in range(_MOST_DEPTH):
        level = [child for node in level for child in node.iter_child_nodes()]
        if not level:
            return
    raise OverLimit("it is nested too deeply")


def _counted(function: Callable[..., Value], cost: costs.Cost) -> Callable[..., Value]:
    """A filter or test that is counted before it is done; once only."""
    if hasattr(function, "cgr_counted"):
        return function
    skip = int(hasattr(function, "jinja_pass_arg"))

    # Jinja's own marks of what a function wants to be passed go along.
    @wraps(function)
    def counted(*args: Value, **kwargs: Value) -> Value:
        meter = METER.get()
        meter.work(_APPLIED)
        settled = [meter.settled(value) for value in args]
        cost(meter, settled[skip:], kwargs)
        return function(*_as_given(args, settled), **kwargs)

    counted.cgr_counted = True  # type: ignore[attr-defined]
    return counted


def _as_given(values: Iterable[Value], settled: Iterable[Value]) -> tuple[Value, ...]:
    """Streams are streams again: to Jinja they have no length."""
    pairs = zip(values, settled, strict=True)
    return tuple(value if value is one else iter(one) for value, one in pairs)


@pass_context  # so that Jinja does not compute constants ahead
def _written(context: Context, value: Value) -> Value:
    if isinstance(value, str):
        METER.get().work()  # it is counted where the text is put together
    else:
        costs.write(METER.get(), value)
    return value


def _stepped(value: object) -> bool:
    METER.get().work()
    return True


def _joined(value: Value) -> Value:
    costs.write(METER.get(), value)
    return value


def _compared(value: Value) -> Value:
    if value is not None and not isinstance(value, (bool, int, float)):
        METER.get().weigh(value)
    return value


def _searched(value: Value) -> Value:
    settled = METER.get().settled(value)
    costs.search(METER.get(), settled)
    return _as_given([value], [settled])[0]


def _sliced(value: Value) -> Value:
    costs.slice_of(METER.get(), value)
    return value


_OURS: Mapping[str, Callable[..., Value]] = {
    _STEP: _stepped,
    _JOINED: _joined,
    _COMPARED: _compared,
    _SEARCHED: _searched,
    _SLICED: _sliced,
}
