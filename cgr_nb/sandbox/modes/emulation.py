"""What a walked program asks about a line that raised, and what becomes of the reply."""

from __future__ import annotations

import ast
import re
import types
from collections.abc import Callable
from typing import Any, Final

from cgr_nb.sandbox.modes.program_lines import ProgramLines
from cgr_nb.sandbox.modes.questions import TRUTH, Due, question
from cgr_nb.sandbox.saferepr import type_name
from cgr_nb.util.plain_values import NotLiteral, read_literal, read_names

__all__ = ["Emulation", "Unread"]

_FILLS: Final = 3
"""Most values that are asked for one after the other to get one line to run."""
_ABSENT: Final = object()
_WORD: Final = re.compile(r"\w+")
_DEFINED: Final = (type, types.FunctionType, types.BuiltinFunctionType, types.ModuleType)


class Unread(BaseException):
    """The walk can't go on: no reply, or one that is not what was due. No program can catch it."""


class Emulation:
    """Asks about lines, and puts what the replies give into the program's namespace."""

    def __init__(
        self, source: str, names: dict[str, Any], ask: Callable[..., str], fill: bool
    ) -> None:
        """Prepare to ask.

        Args:
            source: The program.
            names: Its namespace; what is in it already is not the program's, and is not told.
            ask: Asks one question.
            fill: Whether a missing name is asked for its value.
        """
        self._names, self._ask, self._fill = names, ask, fill
        self._given = dict(names)
        self._text = ProgramLines(source)
        self._known: dict[str, str] = {}
        self.emulated = 0
        """Lines of which the effect or the value was asked for, and given."""

    def change(self, node: ast.stmt, error: str) -> None:
        """Have the solver say which variables a statement changes.

        Args:
            node: The statement.
            error: Name of what it raised.

        Raises:
            Unread: See there.
        """
        reply = self._question(self._text.statement(node), error, "changed")
        self._merge(_read(reply, read_names))
        self.emulated += 1

    def truth(self, node: ast.If | ast.While, error: str) -> bool:
        """Have the solver say whether a condition holds; else as `change`."""
        reply = self._question(self._text.header(node), error, "true or false", choices=TRUTH)
        if reply not in TRUTH:
            raise _not_given("true or false")
        self.emulated += 1
        return reply == TRUTH[0]

    def values(self, node: ast.For, error: str) -> list[Any]:
        """Have the solver say what a loop goes through; else as `change`."""
        reply = self._question(self._text.header(node), error, "values")
        values = _read(reply, read_literal)
        if type(values) not in (list, tuple):
            raise _not_given("values")
        self.emulated += 1
        return list(values)

    def fills(self, error: Exception, node: ast.stmt, filled: list[str]) -> bool:
        """Have the solver say the value of a name that is missing, or another value of one where
        the line still raises.

        Args:
            error: What the line raised.
            node: The statement.
            filled: Names that were filled for it; the new one is added.

        Returns:
            Whether one was filled; False where that is of no use, or not wanted.
        """
        if not self._fill or len(filled) >= _FILLS:
            return False
        name = error.name if type(error) is NameError else None
        if type(name) is str and name not in _called(node):
            said = f"NameError, {name} is missing"
        elif filled:
            name = filled[-1]
            said = f"{type_name(error)}, with this value of {name}"
        else:
            return False
        reply = self._question(self._text.statement(node), said, "missing", names=(name,))
        found = _read(reply, read_names)
        if name not in found:
            raise _not_given("missing")
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
        *,
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
            if name in named or (self._given.get(name, _ABSENT) is not value and _is_data(value))
        }


def _is_data(value: object) -> bool:
    return not issubclass(type(value), _DEFINED)


def _read(reply: str, read: Callable[[str], Any]) -> Any:  # noqa: ANN401 - any value
    try:
        return read(reply)
    except NotLiteral as error:
        raise Unread(f"the reply about this line can't be read: {error}") from None


def _not_given(due: Due) -> Unread:
    return Unread(f"the reply about this line does not give what was asked for: {due}")


def _called(node: ast.stmt) -> set[str]:
    """Names that a statement calls: no plain value can stand for these."""
    return {
        call.func.id
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
    }
