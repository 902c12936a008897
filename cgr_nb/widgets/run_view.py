"""An execution and its trace as plain values that a page can draw, made once for each run."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from cgr_nb.answers import extract
from cgr_nb.prompts import trimmed
from cgr_nb.records import Ask, Execution, Item, ModelCall
from cgr_nb.sandbox import Step
from cgr_nb.widgets.text import clip, coloured_lines

__all__ = ["ask_calls_in_order", "drawn_item", "drawn_run", "sentence"]

FOLD_FROM = 3
"""A loop is folded from so many rounds on."""

_WORDS = {
    "timeout": "took too long",
    "cpu_limit": "used too much processor time",
    "memory_limit": "used too much memory",
    "call_limit": "asked the solver too often",
    "output_limit": "printed too much",
    "killed": "was killed",
    "exception": "raised an exception",
    "syntax_error": "is not valid Python",
    "interface_error": "does not keep to the contract",
    "no_answer": "returned no answer",
    "invalid_answer": "returned something that is no option letter",
}


def sentence(execution: Execution) -> str:
    """How a run ended, in words."""
    if execution.status == "ok":
        return f"returned {execution.solver_answer}"
    if execution.detail.startswith("stopped: "):
        return execution.detail
    return ": ".join(filter(None, (_WORDS[execution.status], execution.detail)))


def drawn_item(item: Item) -> dict[str, Any]:
    """Question, context and options; gold is not part of it."""
    return {
        "id": item.id,
        "dataset": item.dataset,
        "config": item.config,
        "question": clip(item.question),
        "context": clip(item.context),
        "options": [[letter, clip(text)] for letter, text in item.options.items()],
    }


def drawn_run(
    source: str, item: Item, execution: Execution, calls: Sequence[ModelCall | None] = ()
) -> dict[str, Any]:
    """Everything the stepper draws of one run.

    Args:
        source: The program.
        item: The item it ran on; its options tell which letters a reply can name.
        execution: The run.
        calls: The recorded call behind each ask, in order, where there is one.

    Returns:
        `lines`, `steps` (a column a field), `stops` (kind -> step numbers to jump to), `folds`
        (loops), `asks`, `output`, `status`, `letter`, `sentence`, `failed_line`,
        `start` (the step to open at) and `cut`.
    """
    steps = list(execution.trace.steps) if execution.trace is not None else []
    asked = {step.ask: step.index for step in steps if step.ask is not None}
    return {
        "lines": coloured_lines(source),
        "steps": _columns(steps),
        "stops": _stops(steps),
        "folds": _folds(source, steps),
        "asks": [_drawn_ask(ask, item, _at(calls, ask.index), asked) for ask in execution.calls],
        "output": clip(execution.output),
        "status": execution.status,
        "letter": execution.solver_answer,
        "sentence": sentence(execution),
        "failed_line": execution.line or 0,
        "start": _opening(execution, steps),
        "cut": execution.trace.cut if execution.trace is not None else "",
    }


def ask_calls_in_order(
    asks: Sequence[Ask], calls: Sequence[ModelCall | None]
) -> list[ModelCall | None]:
    """The recorded call of each ask: calls are in the order of the asks that got a reply."""
    answered = [ask.index for ask in asks if ask.reply is not None]
    found = dict(zip(answered, calls, strict=False)) if len(answered) == len(calls) else {}
    return [found.get(ask.index) for ask in asks]


def _at(calls: Sequence[ModelCall | None], index: int) -> ModelCall | None:
    return calls[index] if index < len(calls) else None


def _columns(steps: Sequence[Step]) -> dict[str, list[Any]]:
    return {
        "event": [step.event for step in steps],
        "line": [step.line for step in steps],
        "frame": [step.frame for step in steps],
        "changed": [dict(step.changed) for step in steps],
        "name": [step.name for step in steps],
        "printed": [step.printed for step in steps],
        "value": [step.value for step in steps],
        "ask": [step.ask for step in steps],
    }


def _stops(steps: Sequence[Step]) -> dict[str, list[int]]:
    return {
        "call": [step.index for step in steps if step.event == "ask"],
        "change": [step.index for step in steps if step.changed],
        "return": [step.index for step in steps if step.event == "return"],
        "trouble": [step.index for step in steps if step.event in ("raise", "cut")],
    }


def _opening(execution: Execution, steps: Sequence[Step]) -> int:
    """The first line that runs, or for a run that failed the last step on the failing line."""
    if execution.status == "ok" or not steps:
        return next((step.index for step in steps if step.event == "line"), 0)
    raised = [step.index for step in steps if step.event == "raise"]
    on_line = [step.index for step in steps if step.line == execution.line]
    return (raised or on_line or [len(steps) - 1])[-1]


def _drawn_ask(
    ask: Ask, item: Item, call: ModelCall | None, asked: dict[int, int]
) -> dict[str, Any]:
    found = extract(ask.reply, item.options) if ask.reply is not None else None
    reply = call.reply if call is not None else None
    return {
        "index": ask.index,
        "line": ask.line,
        "step": asked.get(ask.index),
        "prompt": clip(ask.prompt),
        "choices": list(ask.choices),
        "reply": clip(ask.reply) if ask.reply is not None else None,
        "thoughts": clip(reply.thoughts) if reply is not None and reply.thoughts else None,
        "letter": found.letter if found else None,
        "read": found.status if found else None,
        "wants_letter": _wants_letter(ask, item),
        "rule": found.rule if found else None,
        "tokens": [reply.prompt_tokens, reply.reply_tokens] if reply else None,
        "ms": round(1000 * reply.duration_s, 1) if reply else None,
        "cut": reply is not None and reply.finish == "length",
    }


def _wants_letter(ask: Ask, item: Item) -> bool:
    """Whether a question offers options: most sub-questions ask for a number or a word."""
    return bool(ask.choices) or all(trimmed(text) in ask.prompt for text in item.options.values())


def _folds(source: str, steps: Sequence[Step]) -> list[dict[str, int]]:
    """Outermost loops of at least `FOLD_FROM` rounds: line, first and last step, rounds."""
    folds: list[dict[str, int]] = []
    loops = _loops(source)
    number = 0
    while number < len(steps):
        first = steps[number]
        ends = next((e for s, e in loops if s == first.line and first.event == "line"), None)
        if ends is None:
            number += 1
            continue
        last, rounds = number, 0
        for at in range(number, len(steps)):
            step = steps[at]
            if step.frame == first.frame:
                if not first.line <= step.line <= ends:
                    break
                rounds += step.event == "line" and step.line == first.line
            last = at
        if rounds > FOLD_FROM:
            # The loop's line is hit once more when it ends.
            folds.append({"line": first.line, "from": number, "to": last, "rounds": rounds - 1})
        number = last + 1
    return folds


def _loops(source: str) -> list[tuple[int, int]]:
    """First and last line of each loop statement that spans more than one line; none in a broken
    program."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    kinds = (ast.For, ast.While, ast.AsyncFor)
    return [
        (node.lineno, node.end_lineno or node.lineno)
        for node in ast.walk(tree)
        if isinstance(node, kinds)
    ]
