"""What a setting may be, said beside its type: `Annotated[int, Between(1, 1_024)]`.

Read by pydantic where a file is read (`util.toml_tables`), and told by its JSON schema. Nothing is
imported for it: the sandbox's worker loads such types too, and knows no packages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["AtMost", "Between", "NotEmpty", "OneOrMore"]


@dataclass(frozen=True, slots=True)
class AtMost:
    """Of a tuple: it has no more entries."""

    most: int

    def __get_pydantic_core_schema__(self, source: object, handler: Any) -> Any:  # noqa: ANN401
        return {**handler(source), "max_length": self.most}


@dataclass(frozen=True, slots=True)
class Between:
    """The range of a number."""

    least: float
    most: float
    above: bool = False
    """The least is not one of them."""

    def __get_pydantic_core_schema__(self, source: object, handler: Any) -> Any:  # noqa: ANN401
        low = "gt" if self.above else "ge"
        return {**handler(source), low: self.least, "le": self.most}


@dataclass(frozen=True, slots=True)
class NotEmpty:
    """Of a tuple: it has an entry."""

    def __get_pydantic_core_schema__(self, source: object, handler: Any) -> Any:  # noqa: ANN401
        return {**handler(source), "min_length": 1}


@dataclass(frozen=True, slots=True)
class OneOrMore:
    """Of a tuple: one entry alone need not stand in a list."""

    def __get_pydantic_core_schema__(self, source: object, handler: Any) -> Any:  # noqa: ANN401
        from pydantic_core import core_schema

        return core_schema.no_info_before_validator_function(_several, handler(source))

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> Any:  # noqa: ANN401
        several = handler(schema["schema"])
        return {"anyOf": [several["items"], several]}


def _several(value: object) -> object:
    if isinstance(value, list | tuple):
        return tuple(value)
    return (value,) if isinstance(value, str) else value
