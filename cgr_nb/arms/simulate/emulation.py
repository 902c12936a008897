"""A program and a call -> the result stated by a solver, as a dictionary of values, and the letters
that its `answer` denotes.

The whole call is one reply. It is parsed strictly (`literals`), and nothing in it is evaluated.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass

from cgr_nb.answers import extract, option_of
from cgr_nb.arms.context import ArmContext
from cgr_nb.arms.simulate.literals import read_dictionary
from cgr_nb.arms.simulate.pseudocode import blocks_of, function_of
from cgr_nb.models.decoding import Decoding
from cgr_nb.prompts import shown
from cgr_nb.records import Item
from cgr_nb.util.plain_values import is_name
from cgr_nb.util.syntax import every_node, parse

__all__ = ["ANSWER", "Emulated", "Written", "emulate", "item_call", "letters_of", "with_call"]

ANSWER = "answer"
"""The key of the dictionary that is the answer."""
_MOST_NAMES = 30
_STATED = re.compile(rf"""["']{ANSWER}["'][ \t]*:[^\n}}]*""")


@dataclass(frozen=True, slots=True)
class Written:
    """A program, and a call of one of its functions."""

    program: str
    call: str
    names: tuple[str, ...]
    """Of the dictionary that the function returns; ANSWER is one of them."""


@dataclass(frozen=True, slots=True)
class Emulated:
    """What a solver said that a call returns."""

    letters: tuple[str, ...]
    status: str
    """"answered"; "none": its answer is no option; "unparsed": there is no dictionary."""
    detail: str
    values: int
    """Intermediate values that it gave."""


async def emulate(
    ctx: ArmContext, template: str, written: Written, decoding: Decoding, *, key: str
) -> Emulated:
    """Have the solver say what a call returns.

    Args:
        ctx: Of the arm.
        template: With the fields "program", "call" and "names".
        written: The program and the call.
        decoding: How the reply is sampled.
        key: Names the call on record.

    Raises:
        OutOfBudget, Refusal: As `ArmContext.call`.
    """
    names = ", ".join(repr(name) for name in written.names)
    prompt = ctx.prompt(template, program=written.program, call=written.call, names=names)
    reply = await ctx.call("solver", prompt, decoding, key=key)
    found = None if reply.is_cut_thought else read_dictionary(reply.text)
    if found is None:
        ctx.note(reply, "unparsed")
        return Emulated((), "unparsed", "the reply holds no dictionary of plain values", 0)
    letters = letters_of(found.get(ANSWER), ctx.item.options, multi=ctx.multi)
    status = "answered" if letters else "none"
    ctx.note(reply, status, letters, "dictionary", _place(reply.text))
    values = len(found) - (ANSWER in found)
    if letters:
        return Emulated(letters, status, "read from the dictionary in the reply", values)
    there = "its answer is no option" if ANSWER in found else "it has no answer"
    return Emulated((), status, f"the reply holds a dictionary, but {there}", values)


def letters_of(value: object, options: Mapping[str, str], *, multi: bool) -> tuple[str, ...]:
    """The letters that a value stands for, in option order; none where a part of it stands for no
    option.

    Args:
        value: A letter, the text or the number of an option, or words that choose one; of an item
            that asks for several also a list, tuple or set of these.
        options: Letter -> text.
        multi: Whether the item asks for a set of letters.
    """
    parts = list(value) if multi and isinstance(value, list | tuple | set) else [value]
    found: set[str] = set()
    for part in parts:
        letter = option_of(part, options)
        if letter is not None:
            found.add(letter)
            continue
        said = extract(part, options, multi=multi) if isinstance(part, str) else None
        if said is None or said.status != "answered":
            return ()
        found.update(said.letters)
    return tuple(letter for letter in options if letter in found)


def with_call(reply: str) -> Written | None:
    """The program of a reply with a call, at its end, of one of its own functions; None where there
    is none, or it is no Python.

    Args:
        reply: Of a generator.
    """
    for text in dict.fromkeys((function_of(reply), blocks_of(reply))):
        tree = parse(text) if text else None
        found = _call(text, tree) if text and isinstance(tree, ast.Module) else None
        if found is not None:
            return found
    return None


def item_call(program: str, name: str, item: Item) -> Written:
    """A program that takes an item as its arguments, and the call for an item.

    Args:
        program: It need be no Python.
        name: Of its function.
        item: Whose question, options and context are the arguments.
    """
    told = shown(item)
    arguments = {"question": told.question, "options": dict(told.options), "context": told.context}
    call = f"{name}({', '.join(f'{key}={value!r}' for key, value in arguments.items())})"
    tree = parse(program)
    functions = [] if isinstance(tree, str) else tree.body
    found = [one for one in functions if isinstance(one, ast.FunctionDef) and one.name == name]
    return Written(program, call, _names(found[-1]) if found else (ANSWER,))


def _place(reply: str) -> tuple[int, int]:
    """Where the answer stands in a reply, for whoever reads it; all of it where that can't be
    told."""
    found = _STATED.search(reply)
    return found.span() if found else (0, len(reply))


def _call(text: str, tree: ast.Module) -> Written | None:
    """A program without its last call of a function of its own, and that call."""
    functions = {one.name: one for one in tree.body if isinstance(one, ast.FunctionDef)}
    for statement in reversed(tree.body):
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        for one in every_node(statement):  # the outermost call first
            if not isinstance(one, ast.Call) or not isinstance(one.func, ast.Name):
                continue
            if (function := functions.get(one.func.id)) is not None:
                lines = text.splitlines()
                del lines[statement.lineno - 1 : statement.end_lineno]
                said = ast.get_source_segment(text, one) or ast.unparse(one)
                return Written("\n".join(lines).strip("\n").rstrip(), said, _names(function))
    return None


def _names(function: ast.FunctionDef) -> tuple[str, ...]:
    """Of the dictionary that a function returns at its end, and ANSWER behind them."""
    returned = [
        one.value
        for one in every_node(function)
        if isinstance(one, ast.Return) and isinstance(one.value, ast.Dict)
    ]
    last = max(returned, key=lambda one: one.lineno, default=None)
    keys = last.keys if last is not None else []
    found = [one.value for one in keys if isinstance(one, ast.Constant)]
    names = [name for name in found if isinstance(name, str) and is_name(name)]
    return (*[name for name in dict.fromkeys(names) if name != ANSWER][:_MOST_NAMES], ANSWER)
