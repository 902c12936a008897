"""An execution and its trace as plain values that a page can draw, made once for each run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from cgr_nb.answers import extract
from cgr_nb.explore.run_steps import folds, opening_step, stops
from cgr_nb.prompts import trimmed
from cgr_nb.records import Ask, Execution, Item, ModelCall
from cgr_nb.sandbox import RunMode, Step
from cgr_nb.sandbox.outcome import CELL_ENDED
from cgr_nb.widgets.text import clip, coloured_lines
from cgr_nb.words import RUN_END_WORDS

__all__ = ["absent_run", "ask_calls_in_order", "item_view", "run_view", "sentence"]


def sentence(execution: Execution) -> str:
    """How a run ended, in words."""
    if execution.status == "ok":
        return f"returned {execution.solver_answer}"
    if execution.detail == CELL_ENDED:
        return execution.detail
    if execution.detail.startswith("stopped: "):
        return execution.detail
    return ": ".join(filter(None, (RUN_END_WORDS[execution.status], execution.detail)))


def item_view(item: Item) -> dict[str, Any]:
    """Question, context and options; gold is not part of it."""
    return {
        "id": item.id,
        "dataset": item.dataset,
        "config": item.config,
        "question": clip(item.question),
        "context": clip(item.context),
        "options": [[letter, clip(text)] for letter, text in item.options.items()],
    }


def run_view(
    source: str,
    item: Item,
    execution: Execution,
    calls: Sequence[ModelCall | None] = (),
    mode: RunMode = "solve",
) -> dict[str, Any]:
    """Everything the stepper draws of one run.

    Args:
        source: The program.
        item: The item it ran on; its options tell which letters a reply can name.
        execution: The run.
        calls: The recorded call behind each ask, in order, where there is one.
        mode: How the program was run.

    Returns:
        `lines`, `notes` (line number -> what is said of it), `steps` (a column a field), `stops`
        (kind -> step numbers to jump to), `folds` (loops), `asks`, `output`, `status`, `letter`,
        `sentence`, `failed_line`, `start` (the step to open at) and `cut`.
    """
    steps = list(execution.trace.steps) if execution.trace is not None else []
    asked = {step.ask: step.index for step in steps if step.ask is not None}
    return {
        "lines": coloured_lines(source),
        "notes": {} if mode == "solve" else _emulated_lines(execution.calls),
        "steps": _columns(steps),
        "stops": stops(steps),
        "folds": [
            {"line": fold.line, "from": fold.first, "to": fold.last, "rounds": fold.rounds}
            for fold in folds(source, steps)
        ],
        "asks": [_ask_view(ask, item, _at(calls, ask.index), asked) for ask in execution.calls],
        "output": clip(execution.output),
        # A cell returns nothing, and that is no failure.
        "status": "ended" if execution.detail == CELL_ENDED else execution.status,
        "letter": execution.solver_answer,
        "sentence": sentence(execution),
        "failed_line": execution.line or 0,
        "start": opening_step(execution),
        "cut": execution.trace.cut if execution.trace is not None else "",
    }


def absent_run(why: str) -> dict[str, Any]:
    """As `run_view`, where no program ran.

    Args:
        why: In words.
    """
    return {
        "lines": [],
        "notes": {},
        "steps": _columns(()),
        "stops": stops(()),
        "folds": [],
        "asks": [],
        "output": clip(""),
        "status": "absent",
        "letter": None,
        "sentence": f"no program ran: {why}",
        "failed_line": 0,
        "start": 0,
        "cut": "",
    }


def _emulated_lines(asks: Sequence[Ask]) -> dict[str, str]:
    """Line of a walked program -> how often the solver stood in for it."""
    counts = Counter(str(ask.line) for ask in asks if ask.line is not None)
    return {
        line: "emulated" if times == 1 else f"emulated, {times} replies"
        for line, times in counts.items()
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


def _ask_view(
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
