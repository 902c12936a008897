"""What a line of each table of a study file must look like: columns, types, and what stands in
those that hold JSON. For files that come from elsewhere, such as shards of other machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import GenericAlias
from typing import TYPE_CHECKING, Any

from cgr_nb.answer_record import Role
from cgr_nb.calls import Message, Sampling, Score, Served
from cgr_nb.records import Ask, ModelCard

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = ["COUNTED", "SHAPES", "SUPERSEDED", "Shape"]

_NONE = type(None)
_TEXT, _TEXT_OR_NONE = (str,), (str, _NONE)
_WHOLE, _WHOLE_OR_NONE = (int,), (int, _NONE)
_NUMBER, _NUMBER_OR_NONE = (float, int), (float, int, _NONE)

_Texts = tuple[str, ...]
_Facts = dict[str, Any]
_Read = tuple[str, _Texts, str | None, tuple[int, int] | None]
_Trail = tuple[tuple[str, Role, str, _Read | None], ...]
_Runs = tuple[tuple[str, str], ...]
_Steps = tuple[tuple[int, int, _Texts], ...]


@dataclass(frozen=True)
class Shape:
    """The shape of one table."""

    columns: Mapping[str, tuple[type, ...]]
    """Column -> types that its values may have, in the order of the table."""
    json: Mapping[str, Any] = field(default_factory=dict)
    """Column -> type of what its JSON text holds."""
    key: tuple[str, ...] = ("id",)
    """Columns that name a line."""
    apart: frozenset[str] = frozenset()
    """Columns that may differ between two records of one key: times, places, what made them."""
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Column -> the values that it may have."""

    @cached_property
    def content(self) -> tuple[str, ...]:
        """Columns that two records of one key must agree in."""
        return tuple(
            name for name in self.columns if name not in self.key and name not in self.apart
        )

    @cached_property
    def readers(self) -> Mapping[str, TypeAdapter[Any]]:
        """Column -> what reads its JSON text, as the one entry of a list: a dataclass takes its
        configuration from what it stands in."""
        from pydantic import ConfigDict, TypeAdapter

        strict = ConfigDict(strict=True, extra="forbid")
        lists: dict[str, Any] = {
            name: GenericAlias(tuple, (kind,)) for name, kind in self.json.items()
        }
        return {name: TypeAdapter(kind, config=strict) for name, kind in lists.items()}


def _texts(*names: str) -> dict[str, tuple[type, ...]]:
    return dict.fromkeys(names, _TEXT)


SHAPES: Mapping[str, Shape] = {
    "items": Shape(
        {
            **_texts("id", "dataset", "config", "question", "options"),
            "gold": _TEXT_OR_NONE,
            "context": _TEXT_OR_NONE,
            **_texts("meta", "use"),
            "multi": _WHOLE,
        },
        {"options": dict[str, str], "gold": _Texts, "meta": _Facts},
        apart=frozenset({"meta", "use"}),
        words={"use": frozenset({"asked", "support", "twin"})},
    ),
    "models": Shape(_texts("name", "identity", "card"), {"card": ModelCard}, ("name", "identity")),
    "prompts": Shape(
        {**_texts("hash", "name"), "version": _WHOLE, **_texts("profile", "text")},
        key=("hash", "profile", "name", "version"),
    ),
    "provenance": Shape(
        {"run": _WHOLE, "started": _TEXT, "facts": _TEXT}, {"facts": _Facts}, ("run",)
    ),
    "programs": Shape(_texts("id", "source")),
    "calls": Shape(
        {
            **_texts("id", "model", "messages", "sampling"),
            **dict.fromkeys(("reply", "finish", "prompt_text"), _TEXT_OR_NONE),
            **dict.fromkeys(("prompt_tokens", "reply_tokens"), _WHOLE_OR_NONE),
            "duration_s": _NUMBER_OR_NONE,
            **dict.fromkeys(("error", "scores", "made"), _TEXT_OR_NONE),
            "run": _WHOLE_OR_NONE,
            "thoughts": _TEXT_OR_NONE,
            "thought_tokens": _WHOLE_OR_NONE,
            "served": _TEXT_OR_NONE,
        },
        {
            "messages": tuple[Message, ...],
            "sampling": Sampling,
            "scores": tuple[Score, ...],
            "served": Served,
        },
        apart=frozenset({"model", "duration_s", "made", "run", "served"}),
        words={"finish": frozenset({"stop", "length"})},
    ),
    "scaffolds": Shape(
        {
            **_texts("id", "item_id", "generator"),
            "program_id": _TEXT_OR_NONE,
            **_texts("call_id", "prompt_hash"),
            "seed": _WHOLE,
        }
    ),
    "executions": Shape(
        {
            **_texts("id", "program_id", "item_id", "solver", "status"),
            **dict.fromkeys(("solver_answer", "generator_answer", "difficulty"), _TEXT_OR_NONE),
            "detail": _TEXT,
            "line": _WHOLE_OR_NONE,
            **_texts("asks", "output"),
            "cpu_s": _NUMBER_OR_NONE,
            "wall_s": _NUMBER,
            "isolation": _TEXT,
            "trace": (bytes, _NONE),
        },
        {"asks": tuple[Ask, ...]},
        apart=frozenset({"cpu_s", "wall_s", "isolation", "trace"}),
    ),
    "setups": Shape(
        {
            **_texts("id", "arm", "dataset"),
            **dict.fromkeys(("solver", "generator"), _TEXT_OR_NONE),
            "text": _TEXT,
            "program_id": _TEXT_OR_NONE,
            **_texts("trail", "runs", "status", "detail", "facts"),
        },
        {"trail": _Trail, "runs": _Runs, "facts": _Facts},
    ),
    "answers": Shape(
        {
            **_texts("id", "item_id"),
            **dict.fromkeys(("solver", "generator"), _TEXT_OR_NONE),
            **_texts("arm", "letters", "status", "detail", "trail", "runs", "steps"),
            "setup": _TEXT_OR_NONE,
            **dict.fromkeys(
                (
                    *("solver_calls", "solver_prompt_tokens", "solver_reply_tokens"),
                    *("generator_calls", "generator_prompt_tokens", "generator_reply_tokens"),
                ),
                _WHOLE,
            ),
            "facts": _TEXT,
            **dict.fromkeys(("difficulty", "isolation", "error"), _TEXT_OR_NONE),
        },
        {"letters": _Texts, "trail": _Trail, "runs": _Runs, "steps": _Steps, "facts": _Facts},
        apart=frozenset({"isolation"}),
    ),
    "dependence": Shape(
        {
            **_texts("program_id", "item_id"),
            "verdict": _TEXT_OR_NONE,
            "reachable": _TEXT,
            "fixed": _TEXT_OR_NONE,
            "probes": _TEXT,
        },
        {"reachable": _Texts, "probes": tuple[_Facts, ...]},
        ("program_id",),
        apart=frozenset({"item_id"}),
    ),
    "verdicts": Shape(
        {"number": _WHOLE, **_texts("program_id", "rater", "label", "note", "created")},
        key=("number",),
    ),
    "redos": Shape(
        {
            "number": _WHOLE,
            **_texts("created", "reason", "calls", "tokens"),
            **dict.fromkeys(("scaffolds", "executions", "rows", "answers", "audits"), _WHOLE),
        },
        {"calls": dict[str, int], "tokens": dict[str, tuple[int, int]]},
        ("number",),
    ),
    "expected": Shape(_texts("row_id", "arm", "answer_id"), key=("row_id", "arm")),
    "meta": Shape(_texts("key", "value"), {"value": object}, ("key",)),
}
"""Table -> its shape, all but those of superseded records, which are as these with the number of
the redo before them."""

SUPERSEDED = ("calls", "scaffolds", "executions", "answers", "setups", "dependence")
"""Tables whose records a redo takes out."""

COUNTED = (
    "items",
    "programs",
    "calls",
    "scaffolds",
    "executions",
    "setups",
    "answers",
    "dependence",
)
"""Tables of records that are written once under an id of their content, each before those that
name its records."""
