"""Walks the statements of a module in order; what raises is asked, and the walk goes on.

A simple statement is executed whole, and so are `def` and `class`. Where it raises, its line, the
plain variables and the name of the exception go out, and the variables that the reply gives are
merged. Of `if`, `while` and `for` the header is evaluated and the bodies are walked; where the
header raises, its value is asked for. So are the bodies of `with`, `match` and `try` walked; where
the header of `with` or `match` raises, the statement is asked for as a whole. One question is asked
once in a run.

Decided here, and not by the paper: functions of the program are Python's own, so that what raises
inside one is asked for at the line outside all functions that called it. What a line had done
before it raised stays done. Inside `try` an exception is the program's own matter where one of its
handlers takes it, but for a missing name that the handler does not name itself: `except Exception`
around a function that nobody wrote is no answer to what it would give. `raise`, `assert` that
fails, running out of memory and leaving by SystemExit end the program. The texts "True" and "False"
are read as truth values, where the variable did not hold a text before: as texts both would count
as true.
"""

from __future__ import annotations

import ast
import contextlib
import re
import types
from collections.abc import Callable, Iterator
from functools import partial
from types import CodeType
from typing import Any, Final, Literal, TypeAlias

from cgr_nb.sandbox.modes.program_lines import ProgramLines
from cgr_nb.sandbox.modes.questions import TRUTH, Due, question
from cgr_nb.sandbox.modes.walked_frame import WalkedFrame
from cgr_nb.sandbox.saferepr import type_name
from cgr_nb.sandbox.tracer import PROGRAM_FILE
from cgr_nb.util.plain_values import NotLiteral, read_literal, read_names

__all__ = ["Unread", "Walker"]

_Left: TypeAlias = Literal["break", "continue"] | None
"""How a block was left; None: at its end."""

_FILLS: Final = 3
"""Most values that are asked for one after the other to get one line to run."""
_CHOSEN: Final = "__walked"
_END: Final = object()
_WORD: Final = re.compile(r"\w+")


class Unread(BaseException):
    """The walk can't go on: no reply, or one that is not what was due. No program can catch it."""


class _Asked(Exception):
    """An expression or a statement raised what the solver is to be asked about."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = type_name(error)


class Walker:
    """One walk."""

    def __init__(
        self,
        source: str,
        names: dict[str, Any],
        ask: Callable[..., str],
        frame: WalkedFrame,
        tell: Callable[[str, object], None],
        fill: bool,
    ) -> None:
        """Prepare a walk.

        Args:
            source: The program.
            names: Its namespace; what is in it already is not the program's, and is not told.
            ask: Asks one question.
            frame: Told which line is run.
            tell: Told, as a trace function is, what happens there.
            fill: Whether a missing name is asked for its value, and the line is tried again.
        """
        self._names, self._ask, self._frame = names, ask, frame
        self._tell, self._fill = tell, fill
        self._given = dict(names)
        self._text = ProgramLines(source)
        self._codes: dict[ast.AST, CodeType] = {}
        self._known: dict[str, str] = {}
        self._tries: list[ast.Try] = []
        self.lines = 0
        """Statements that were come to, rounds of loops counted."""
        self.emulated = 0
        """Those of them that were asked for."""

    def walk(self, tree: ast.Module) -> None:
        """Walk a module.

        Raises:
            Unread: See there.
            BaseException: What the program raised and nobody is asked about.
        """
        self._block(tree.body)

    # ---- statements ------------------------------------------------------------------------------

    def _block(self, body: list[ast.stmt]) -> _Left:
        for statement in body:
            left = self._statement(statement)
            if left is not None:
                return left
        return None

    def _statement(self, node: ast.stmt) -> _Left:
        match node:
            case ast.While():
                return self._while(node)
            case ast.For():
                return self._for(node)
        self._come_to(node)
        match node:
            case ast.If():
                return self._block(node.body if self._truth(node.test, node) else node.orelse)
            case ast.Try():
                return self._try(node)
            case ast.With():
                return self._with(node)
            case ast.Match():
                return self._match(node)
            case ast.Break():
                return "break"
            case ast.Continue():
                return "continue"
        try:
            self._execute(node, node)
        except _Asked as asked:
            self._emulate(node, asked)
        return None

    def _while(self, node: ast.While) -> _Left:
        while True:
            self._come_to(node)
            if not self._truth(node.test, node):
                return self._block(node.orelse)
            if self._block(node.body) == "break":
                return None

    def _for(self, node: ast.For) -> _Left:
        through: Iterator[Any] | None = None
        had = 0
        while True:
            self._come_to(node)
            try:
                if through is None:
                    through = self._tried(lambda: iter(self._evaluated(node.iter)), node)
                value = self._tried(partial(next, through, _END), node)
            except _Asked as asked:
                # All of it is asked for, and what has been had already is left out.
                through = iter(self._through(node, asked)[had:])
                value = next(through, _END)
            if value is _END:
                return self._block(node.orelse)
            had += 1
            try:
                self._assign(node.target, value, node)
            except _Asked as asked:
                self._emulate(node, asked)
            if self._block(node.body) == "break":
                return None

    def _through(self, node: ast.For, asked: _Asked) -> list[Any]:
        """What a loop goes through, as the solver gives it."""
        reply = self._question(self._text.header(node), asked.error, "values")
        self.emulated += 1
        values = self._read(reply, read_literal)
        if type(values) not in (list, tuple):
            raise Unread(self._unread("values"))
        return list(values)

    def _try(self, node: ast.Try) -> _Left:
        try:
            left = self._guarded(node)
        except Unread:
            raise
        except BaseException:
            self._block(node.finalbody)
            raise
        return self._block(node.finalbody) or left

    def _guarded(self, node: ast.Try) -> _Left:
        """A `try` without its `finally`."""
        self._tries.append(node)
        try:
            left = self._block(node.body)
        except Unread:
            raise
        except BaseException as error:
            self._tries.pop()
            handler = self._handler(node, error)
            if handler is None:
                raise
            if handler.name is None:
                return self._block(handler.body)
            self._names[handler.name] = error
            try:
                return self._block(handler.body)
            finally:
                self._names.pop(handler.name, None)
        self._tries.pop()
        return left if left is not None else self._block(node.orelse)

    def _handler(self, node: ast.Try, error: BaseException) -> ast.ExceptHandler | None:
        """The handler that takes an exception."""
        for handler in node.handlers:
            if handler.type is None or isinstance(error, self._evaluated(handler.type)):
                return handler
        return None

    def _with(self, node: ast.With) -> _Left:
        with contextlib.ExitStack() as stack:
            try:
                for item in node.items:
                    opened = partial(self._entered, stack, item.context_expr)
                    value = self._tried(opened, node)
                    if item.optional_vars is not None:
                        self._assign(item.optional_vars, value, node)
            except _Asked as asked:
                self._emulate(node, asked)
                return None
            return self._block(node.body)
        return None  # the exception was taken by the context

    def _entered(self, stack: contextlib.ExitStack, context: ast.expr) -> object:
        entered: object = stack.enter_context(self._evaluated(context))
        return entered

    def _match(self, node: ast.Match) -> _Left:
        """Python finds the case, and the walk goes on in its body."""
        self._names[_CHOSEN] = None
        if node not in self._codes:
            cases = [
                ast.match_case(case.pattern, case.guard, [_assignment(_CHOSEN, number, node)])
                for number, case in enumerate(node.cases)
            ]
            chooser = ast.copy_location(ast.Match(node.subject, cases), node)
            self._codes[node] = _compiled(chooser)
        try:
            self._execute(node, node)
        except _Asked as asked:
            self._emulate(node, asked)
            return None
        chosen = self._names.pop(_CHOSEN, None)
        return None if chosen is None else self._block(node.cases[chosen].body)

    # ---- what is executed ------------------------------------------------------------------------

    def _come_to(self, node: ast.stmt) -> None:
        self.lines += 1
        self._frame.f_lineno = node.lineno
        self._tell("line", None)

    def _execute(self, code: ast.stmt, at: ast.stmt) -> None:
        if code not in self._codes:
            self._codes[code] = _compiled(code)
        compiled = self._codes[code]
        self._tried(lambda: exec(compiled, self._names), at)

    def _evaluated(self, node: ast.expr) -> Any:  # noqa: ANN401 - any value
        if node not in self._codes:
            self._codes[node] = _compiled(node)
        return eval(self._codes[node], self._names)

    def _assign(self, target: ast.expr, value: object, at: ast.stmt) -> None:
        """Bind a target of a loop or a context."""
        if isinstance(target, ast.Name):
            self._names[target.id] = value
            return
        self._names[_CHOSEN] = value
        if target not in self._codes:
            given = ast.copy_location(ast.Name(_CHOSEN, ast.Load()), target)
            self._codes[target] = _compiled(ast.copy_location(ast.Assign([target], given), target))
        try:
            self._tried(lambda: exec(self._codes[target], self._names), at)
        finally:
            self._names.pop(_CHOSEN, None)

    def _truth(self, test: ast.expr, node: ast.If | ast.While) -> bool:
        """Whether a condition holds."""
        try:
            return self._tried(lambda: bool(self._evaluated(test)), node)
        except _Asked as asked:
            header = self._text.header(node)
            reply = self._question(header, asked.error, "true or false", TRUTH)
            self.emulated += 1
            if reply not in TRUTH:
                raise Unread(self._unread("true or false")) from None
            return reply == TRUTH[0]

    def _tried(self, run: Callable[[], Any], at: ast.stmt) -> Any:  # noqa: ANN401 - any value
        """What comes of code of the program.

        Raises:
            _Asked: It raised what the solver is asked about.
            BaseException: It raised something else.
        """
        filled: list[str] = []
        while True:
            try:
                return run()
            except Exception as error:
                if self._is_own(error, at):
                    raise
                if not self._filled(error, at, filled):
                    raise _Asked(error) from None

    def _is_own(self, error: Exception, at: ast.stmt) -> bool:
        """Whether an exception is the program's own matter: nobody is asked about it."""
        if isinstance(error, MemoryError) or isinstance(at, ast.Raise):
            return True
        if isinstance(at, ast.Assert) and isinstance(error, AssertionError):
            return True
        for node in reversed(self._tries):
            handler = self._handler(node, error)
            if handler is None:
                continue
            takes_all = handler.type is None or self._evaluated(handler.type) in _ALL
            return not (takes_all and isinstance(error, NameError))
        return False

    # ---- what is asked ---------------------------------------------------------------------------

    def _emulate(self, node: ast.stmt, asked: _Asked) -> None:
        """Have the solver say what a statement changes."""
        reply = self._question(self._text.statement(node), asked.error, "changed")
        self.emulated += 1
        self._merge(self._read(reply, read_names))

    def _filled(self, error: Exception, at: ast.stmt, filled: list[str]) -> bool:
        """Ask for the value of a missing name, or for another one where the line still raises;
        False where that is of no use, or not wanted."""
        if not self._fill or len(filled) >= _FILLS or isinstance(at, ast.Raise):
            return False
        name = error.name if type(error) is NameError else None
        line = self._text.statement(at)
        if type(name) is str and name not in _called(at):
            said = f"NameError, {name} is missing"
        elif filled:
            name = filled[-1]
            said = f"{type_name(error)}, with this value of {name}"
        else:
            return False
        found = self._read(self._question(line, said, "missing", names=(name,)), read_names)
        if name not in found:
            raise Unread(self._unread("missing"))
        self._merge(found)
        filled.append(name)
        return True

    def _merge(self, changed: dict[str, Any]) -> None:
        for name, value in changed.items():
            if value in TRUTH and type(value) is str and type(self._names.get(name)) is not str:
                value = value == TRUTH[0]
            self._names[name] = value

    def _question(
        self,
        line: str,
        error: str,
        due: Due,
        choices: tuple[str, ...] = (),
        names: tuple[str, ...] = (),
    ) -> str:
        """The reply to a question, which is asked once."""
        text = question(self._state(line), line, error, due, names)
        if text not in self._known:
            try:
                reply = self._ask(text, choices=choices or None)
            except RuntimeError:
                raise Unread("the solver could not be asked about this line") from None
            self._known[text] = str.__str__(reply)
        return self._known[text]

    def _state(self, line: str) -> dict[str, object]:
        """The program's variables; of what it found there, and of its functions, classes and
        modules, those that the line names."""
        named = set(_WORD.findall(line))
        return {
            name: value
            for name, value in list(self._names.items())
            if name in named or (self._given.get(name, _END) is not value and _is_data(value))
        }

    def _read(self, reply: str, read: Callable[[str], Any]) -> Any:  # noqa: ANN401 - any value
        try:
            return read(reply)
        except NotLiteral as error:
            raise Unread(f"the reply about this line can't be read: {error}") from None

    def _unread(self, due: Due) -> str:
        return f"the reply about this line does not give what was asked for: {due}"


_ALL: Final = (Exception, BaseException)
_DEFINED: Final = (type, types.FunctionType, types.BuiltinFunctionType, types.ModuleType)


def _is_data(value: object) -> bool:
    return not issubclass(type(value), _DEFINED)


def _compiled(node: ast.stmt | ast.expr) -> CodeType:
    if isinstance(node, ast.expr):
        return compile(ast.Expression(node), PROGRAM_FILE, "eval", dont_inherit=True)
    module = ast.Module([node], type_ignores=[])
    return compile(ast.fix_missing_locations(module), PROGRAM_FILE, "exec", dont_inherit=True)


def _assignment(name: str, value: int, at: ast.stmt) -> ast.stmt:
    target = ast.Name(name, ast.Store())
    return ast.fix_missing_locations(
        ast.copy_location(ast.Assign([target], ast.Constant(value)), at)
    )


def _called(node: ast.stmt) -> set[str]:
    """Names that a statement calls: no plain value can stand for these."""
    return {
        call.func.id
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
    }
