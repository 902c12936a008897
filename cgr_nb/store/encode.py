"""Records to SQLite values and back. Tuples and mappings become JSON text; nothing else changes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from functools import cache
from typing import Any

from cgr_nb.answer_record import Answer, ReadOut, RunEntry, Setup, Step, Totals, TrailEntry
from cgr_nb.records import (
    Ask,
    Execution,
    Item,
    Message,
    ModelCall,
    Reply,
    Sampling,
    Scaffold,
    Score,
    Served,
)
from cgr_nb.sandbox import Trace

__all__ = [
    "answer_from",
    "answer_values",
    "asks_from",
    "call_from",
    "call_values",
    "dump_json",
    "execution_from",
    "execution_values",
    "item_from",
    "item_values",
    "load_json",
    "load_json_lists",
    "scaffold_values",
    "setup_from",
    "setup_values",
]


# Of one encoder and decoder: `json.dumps` makes one for each of its calls where it is told how.
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_DECODE = json.JSONDecoder().decode


def dump_json(value: object) -> str:
    """Compact JSON text; characters stand as they are."""
    return _ENCODE(value)


def load_json(text: str) -> Any:  # noqa: ANN401 - whatever JSON was kept
    """What `dump_json` wrote."""
    return [] if text == "[]" else _DECODE(text)


def load_json_lists(texts: Sequence[str]) -> list[list[Any]]:
    """As `load_json` of each of many lists, in half the time."""
    found: list[list[Any]] = _DECODE(f"[{','.join(texts)}]")
    return found if len(found) == len(texts) else [load_json(text) for text in texts]


def item_values(item: Item) -> dict[str, Any]:
    """Columns of table `items`."""
    return {
        "id": item.id,
        "dataset": item.dataset,
        "config": item.config,
        "question": item.question,
        "options": dump_json(dict(item.options)),
        "gold": None if item.gold is None else dump_json(list(item.gold)),
        "context": item.context,
        "meta": dump_json(dict(item.meta)),
        "use": item.use,
        "multi": int(item.multi),
    }


def item_from(values: dict[str, Any]) -> Item:
    """The item that `item_values` wrote."""
    gold = None if values["gold"] is None else tuple(json.loads(values["gold"]))
    return Item(
        **{
            **values,
            "options": json.loads(values["options"]),
            "gold": gold,
            "meta": json.loads(values["meta"]),
            "multi": bool(values["multi"]),
        }
    )


def call_values(call: ModelCall) -> dict[str, Any]:
    """Columns of table `calls`."""
    reply = call.reply
    return {
        "id": call.id,
        "model": call.model,
        "messages": dump_json([_shallow(message) for message in call.messages]),
        "sampling": dump_json(_shallow(call.sampling)),
        "reply": reply.text if reply else None,
        "finish": reply.finish if reply else None,
        "prompt_text": reply.prompt_text if reply else None,
        "prompt_tokens": reply.prompt_tokens if reply else None,
        "reply_tokens": reply.reply_tokens if reply else None,
        "duration_s": reply.duration_s if reply else None,
        "error": call.error,
        "thoughts": (reply.thoughts or None) if reply else None,
        "thought_tokens": reply.thought_tokens if reply else None,
        "served": dump_json(asdict(reply.served)) if reply and reply.served else None,
        "scores": dump_json([asdict(score) for score in reply.scores])
        if reply and reply.scores is not None
        else None,
    }


def call_from(values: dict[str, Any]) -> ModelCall:
    """The call that `call_values` wrote."""
    sampling = json.loads(values["sampling"])
    sampling["stop"] = tuple(sampling["stop"])
    sampling["choices"] = tuple(sampling["choices"])
    reply = None
    if values["reply"] is not None:
        reply = Reply(
            text=values["reply"],
            finish=values["finish"],
            prompt_text=values["prompt_text"],
            prompt_tokens=values["prompt_tokens"],
            reply_tokens=values["reply_tokens"],
            duration_s=values["duration_s"],
            scores=None
            if values["scores"] is None
            else tuple(Score(**score) for score in json.loads(values["scores"])),
            thoughts=values["thoughts"] or "",
            thought_tokens=values["thought_tokens"],
            served=_served_from(values["served"]),
        )
    return ModelCall(
        id=values["id"],
        model=values["model"],
        messages=tuple([Message(**message) for message in load_json(values["messages"])]),
        sampling=Sampling(**sampling),
        reply=reply,
        error=values["error"],
    )


def _served_from(text: str | None) -> Served | None:
    if text is None:
        return None
    values = json.loads(text)
    return Served(**{**values, "estimated": tuple(values["estimated"])})


def execution_values(execution: Execution) -> dict[str, Any]:
    """Columns of table `executions` that the execution itself knows."""
    trace = execution.trace
    return {
        "status": execution.status,
        "solver_answer": execution.solver_answer,
        "generator_answer": execution.generator_answer,
        "difficulty": execution.difficulty,
        "detail": execution.detail,
        "line": execution.line,
        "asks": dump_json([_shallow(ask) for ask in execution.calls]),
        "output": execution.output,
        "cpu_s": execution.cpu_s,
        "wall_s": execution.wall_s,
        "isolation": execution.isolation,
        "trace": trace.to_bytes() if trace is not None else None,
    }


def execution_from(values: dict[str, Any]) -> Execution:
    """The execution that `execution_values` wrote."""
    known = _names(Execution)
    kept = {name: value for name, value in values.items() if name in known}
    asks = asks_from(values["asks"])
    trace = Trace.from_bytes(values["trace"]) if values["trace"] is not None else None
    return Execution(**{**kept, "calls": asks, "trace": trace})


def asks_from(text: str) -> tuple[Ask, ...]:
    """The asks of column `asks`."""
    return tuple(map(_ask_from, json.loads(text)))


def _ask_from(values: dict[str, Any]) -> Ask:
    read = {**values, "choices": tuple(values["choices"])}
    if (scores := values.get("reply_scores")) is not None:
        read["reply_scores"] = tuple(scores)
    return Ask(**read)


_JSON_OF_ANSWER = ("letters", "trail", "runs", "steps", "facts")


def scaffold_values(scaffold: Scaffold) -> dict[str, Any]:
    """Columns of table `scaffolds`."""
    values = _shallow(scaffold)
    del values["source"]  # of its program
    return values


def answer_values(answer: Answer) -> dict[str, Any]:
    """Columns of table `answers`."""
    values = {name: getattr(answer, name) for name in _names(Answer) if name != "totals"}
    values |= _shallow(answer.totals)
    values["letters"] = list(answer.letters)
    values |= _trail_values(answer)
    values["steps"] = [[step.n, step.m, list(step.letters)] for step in answer.steps]
    values["facts"] = dict(answer.facts)
    for name in _JSON_OF_ANSWER:
        values[name] = dump_json(values[name])
    return values


def answer_from(values: dict[str, Any]) -> Answer:
    """The answer that `answer_values` wrote."""
    read = {name: load_json(values[name]) for name in _JSON_OF_ANSWER}
    made = {
        **values,
        "letters": tuple(read["letters"]),
        "trail": _trail_from(read["trail"]),
        "runs": tuple([RunEntry(*entry) for entry in read["runs"]]),
        "steps": tuple([Step(n, m, tuple(letters)) for n, m, letters in read["steps"]]),
        "facts": read["facts"],
        "totals": Totals(*[values[name] for name in _names(Totals)]),
    }
    return Answer(*[made[name] for name in _names(Answer)])


def setup_values(setup: Setup) -> dict[str, Any]:
    """Columns of table `setups`."""
    values = {name: getattr(setup, name) for name in _names(Setup)} | _trail_values(setup)
    values["facts"] = dict(setup.facts)
    return {
        name: dump_json(value) if name in ("trail", "runs", "facts") else value
        for name, value in values.items()
    }


def setup_from(values: dict[str, Any]) -> Setup:
    """The setup that `setup_values` wrote."""
    return Setup(
        **{
            **values,
            "trail": _trail_from(json.loads(values["trail"])),
            "runs": tuple(RunEntry(*entry) for entry in json.loads(values["runs"])),
            "facts": json.loads(values["facts"]),
        }
    )


def _shallow(record: object) -> dict[str, Any]:
    """The fields of a record that holds plain values alone."""
    kind: Any = type(record)
    return {name: getattr(record, name) for name in _names(kind)}


@cache
def _names(kind: Any) -> tuple[str, ...]:  # noqa: ANN401 - a dataclass
    return tuple(field.name for field in fields(kind))


def _trail_values(made: Answer | Setup) -> dict[str, Any]:
    trail = [
        [
            entry.key,
            entry.role,
            entry.call,
            entry.read
            and [
                entry.read.status,
                list(entry.read.letters),
                entry.read.rule,
                entry.read.span and list(entry.read.span),
            ],
        ]
        for entry in made.trail
    ]
    return {"trail": trail, "runs": [[run.key, run.execution] for run in made.runs]}


def _trail_from(found: list[list[Any]]) -> tuple[TrailEntry, ...]:
    return tuple(
        [
            TrailEntry(key, role, call, None if read is None else _read_from(*read))
            for key, role, call, read in found
        ]
    )


def _read_from(
    status: str, letters: list[str], rule: str | None, span: list[int] | None
) -> ReadOut:
    return ReadOut(status, tuple(letters), rule, None if span is None else (span[0], span[1]))
