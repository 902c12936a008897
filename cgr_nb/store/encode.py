"""Records to SQLite values and back. Tuples and mappings become JSON text; nothing else changes."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import Any

from cgr_nb.records import (
    ArmAnswer,
    Ask,
    Execution,
    Item,
    Message,
    ModelCall,
    Reply,
    Row,
    Sampling,
    Served,
)
from cgr_nb.sandbox import Trace

__all__ = [
    "arm_from",
    "asks_from",
    "call_from",
    "call_values",
    "dump_json",
    "execution_from",
    "execution_values",
    "item_from",
    "item_values",
    "row_from",
    "row_values",
]

JSON_COLUMNS_OF_ROW = ("gold", "direct_call_ids", "ask_call_ids")


def dump_json(value: object) -> str:
    """Compact JSON text; characters stand as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


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
        }
    )


def call_values(call: ModelCall) -> dict[str, Any]:
    """Columns of table `calls`."""
    reply = call.reply
    return {
        "id": call.id,
        "model": call.model,
        "messages": dump_json([asdict(message) for message in call.messages]),
        "sampling": dump_json(asdict(call.sampling)),
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
            # A file of an earlier schema that can't be written to has no such columns.
            thoughts=values.get("thoughts") or "",
            thought_tokens=values.get("thought_tokens"),
            served=_served_from(values.get("served")),
        )
    return ModelCall(
        id=values["id"],
        model=values["model"],
        messages=tuple(Message(**message) for message in json.loads(values["messages"])),
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
        "asks": dump_json([asdict(ask) for ask in execution.calls]),
        "output": execution.output,
        "cpu_s": execution.cpu_s,
        "wall_s": execution.wall_s,
        "isolation": execution.isolation,
        "trace": trace.to_bytes() if trace is not None else None,
    }


def execution_from(values: dict[str, Any]) -> Execution:
    """The execution that `execution_values` wrote."""
    known = {field.name for field in fields(Execution)}
    kept = {name: value for name, value in values.items() if name in known}
    asks = asks_from(values["asks"])
    trace = Trace.from_bytes(values["trace"]) if values["trace"] is not None else None
    return Execution(**{**kept, "calls": asks, "trace": trace})


def asks_from(text: str) -> tuple[Ask, ...]:
    """The asks of column `asks`."""
    return tuple(Ask(**{**ask, "choices": tuple(ask["choices"])}) for ask in json.loads(text))


def arm_from(values: dict[str, Any]) -> ArmAnswer:
    """The answer that a line of table `arms` holds."""
    return ArmAnswer(**{**values, "call_ids": tuple(json.loads(values["call_ids"]))})


def row_values(row: Row) -> dict[str, Any]:
    """Columns of table `rows`."""
    values = {field.name: getattr(row, field.name) for field in fields(Row)}
    for name in JSON_COLUMNS_OF_ROW:
        if values[name] is not None:
            values[name] = dump_json(list(values[name]))
    return values


def row_from(values: dict[str, Any]) -> Row:
    """The row that `row_values` wrote."""
    decoded = dict(values)
    for name in JSON_COLUMNS_OF_ROW:
        if decoded[name] is not None:
            decoded[name] = tuple(json.loads(decoded[name]))
    return Row(**decoded)
