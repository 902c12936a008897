"""The JSON schema of `study.toml`: what an editor completes, explains and underlines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args
from urllib.parse import quote

from cgr_nb.answer_record import Control
from cgr_nb.arms.roster import arm_class, arm_names, parameters_type
from cgr_nb.arms.study_arm import BudgetRule
from cgr_nb.errors import ConfigError
from cgr_nb.study.config import HIDDEN, StudyConfig
from cgr_nb.util.toml_tables import SCHEMA_DIALECT, table_schema

__all__ = ["study_schema"]

_OF_EVERY_ARM: Mapping[str, Any] = {
    "kind": {
        "type": "string",
        "description": "Which arm it is, where the table's name is another.",
    },
    "budget": {
        "$ref": f"#/$defs/{BudgetRule.__name__}",
        "description": "What it may spend on an item, instead of `[budget]`.",
    },
    "control": {
        "type": "array",
        "items": {"enum": list(get_args(Control))},
        "description": "Its programs once more: with a solver that answers at random (`stub`), and"
        " those of another item of the dataset (`foreign`).",
    },
}


def study_schema() -> dict[str, Any]:
    """Types, ranges, defaults and meaning of every key; a table `[arm.<name>]` of an arm that is
    installed here has the keys of its parameters."""
    schema = table_schema(StudyConfig, HIDDEN)
    other = {"type": "object", "properties": _OF_EVERY_ARM, "required": ["kind"]}
    arms = {name: _arm_schema(name) for name in arm_names()}
    schema["properties"]["arm"] |= {"properties": arms, "additionalProperties": other}
    return {"$schema": SCHEMA_DIALECT, "title": "A study of cgr-nb", **schema}


def _arm_schema(name: str) -> dict[str, Any]:
    """The schema of one arm's table."""
    place = quote(name.replace("~", "~0").replace("/", "~1"))
    try:
        arm = arm_class(name)
        schema = table_schema(parameters_type(arm), at=f"#/properties/arm/properties/{place}")
    except ConfigError as error:
        return {"description": str(error)}
    properties = {**schema["properties"], **_OF_EVERY_ARM}
    return {**schema, "description": arm.summary, "properties": properties}
