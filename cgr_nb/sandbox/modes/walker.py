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
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final, Literal, TypeAlias

from cgr_nb.sandbox.modes.emulation import Emulation, Unread
from cgr_nb.sandbox.modes.program_code import ProgramCode
from cgr_nb.sandbox.modes.walked_frame import WalkedFrame
from cgr_nb.sandbox.saferepr import type_name

__all__ = ["TraceEvent", "Walker"]

TraceEvent: TypeAlias = Literal["line", "exception", "return"]
_Left: TypeAlias = Literal["break", "continue"] | None
"""How a block was left; None: at its end."""

_END: Final = object()
_ALL: Final = (Exception, BaseException)


class _Asked(Exception):
    """An expression or a statement raised what the solver is to be asked about."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = type_name(error)


class Walker:
    """One walk."""

    def __init__(
        self,
        code: ProgramCode,
        names: dict[str, Any],
        emulation: Emulation,
        frame: WalkedFrame,
        tell: Callable[[TraceEvent, object], None],
    ) -> None:
        """Prepare a walk.

        Args:
            code: Executes what can be executed.
            names: The program's namespace.
            emulation: Asks about what can't.
            frame: Told which line is run.
            tell: Told, as a trace function is, what happens there.
        """
        self._code, self._names, self._emulation = code, names, emulation
        self._frame, self._tell = frame, tell
        self._tries: list[ast.Try] = []
        self.lines = 0
        """Statements that were come to, rounds of loops counted."""

    def walk(self, tree: ast.Module) -> None:
        """Walk a module.

        Raises:
            Unread: A reply can't be read, or there is none.
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
                return self._if(node)
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
            self._tried(partial(self._code.execute, node), node)
        except _Asked as asked:
            self._emulation.change(node, asked.error)
        return None

    def _if(self, node: ast.If) -> _Left:
        while not self._truth(node):
            # One `elif` after the other, and not one inside the other: a program may have hundreds.
            match node.orelse:
                case [ast.If() as node]:
                    self._come_to(node)
                case _:
                    return self._block(node.orelse)
        return self._block(node.body)

    def _while(self, node: ast.While) -> _Left:
        while True:
            self._come_to(node)
            if not self._truth(node):
                return self._block(node.orelse)
            if self._block(node.body) == "break":
                return None

    def _truth(self, node: ast.If | ast.While) -> bool:
        """Whether a condition holds."""
        try:
            return bool(self._tried(lambda: bool(self._code.evaluate(node.test)), node))
        except _Asked as asked:
            return self._emulation.truth(node, asked.error)

    def _for(self, node: ast.For) -> _Left:
        through: Iterator[Any] | None = None
        had = 0
        while True:
            self._come_to(node)
            try:
                if through is None:
                    through = self._tried(lambda: iter(self._code.evaluate(node.iter)), node)
                value = self._tried(partial(next, through, _END), node)
            except _Asked as asked:
                # All of it is asked for, and what has been had already is left out.
                through = iter(self._emulation.values(node, asked.error)[had:])
                value = next(through, _END)
            if value is _END:
                return self._block(node.orelse)
            had += 1
            try:
                self._tried(partial(self._code.bind, node.target, value), node)
            except _Asked as asked:
                self._emulation.change(node, asked.error)
            if self._block(node.body) == "break":
                return None

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
            if handler.type is None or isinstance(error, self._code.evaluate(handler.type)):
                return handler
        return None

    def _with(self, node: ast.With) -> _Left:
        with contextlib.ExitStack() as stack:
            try:
                for item in node.items:
                    value = self._tried(partial(self._entered, stack, item.context_expr), node)
                    if item.optional_vars is not None:
                        self._tried(partial(self._code.bind, item.optional_vars, value), node)
            except _Asked as asked:
                self._emulation.change(node, asked.error)
                return None
            try:
                return self._block(node.body)
            except Unread:
                stack.pop_all()  # nor is it told to the context, which might take it
                raise
        return None  # the exception was taken by the context

    def _entered(self, stack: contextlib.ExitStack, context: ast.expr) -> object:
        entered: object = stack.enter_context(self._code.evaluate(context))
        return entered

    def _match(self, node: ast.Match) -> _Left:
        """Python finds the case, and the walk goes on in its body."""
        try:
            chosen: int | None = self._tried(partial(self._code.choose, node), node)
        except _Asked as asked:
            self._emulation.change(node, asked.error)
            return None
        return None if chosen is None else self._block(node.cases[chosen].body)

    # ---- what is executed ------------------------------------------------------------------------

    def _come_to(self, node: ast.stmt) -> None:
        self.lines += 1
        self._frame.f_lineno = node.lineno
        self._tell("line", None)

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
                if not self._emulation.fills(error, at, filled):
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
            takes_all = handler.type is None or self._code.evaluate(handler.type) in _ALL
            return not (takes_all and isinstance(error, NameError))
        return False
