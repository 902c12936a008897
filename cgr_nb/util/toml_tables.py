"""A TOML file, or a table of one -> a frozen dataclass of settings, strictly, by pydantic.

The dataclass says all there is to say: types, ranges (`util.constraints` beside the type)
and, in the docstring below a field, what a key means. Nothing is converted, but a whole number
serves as a float. Texts, numbers, nesting and files are bounded. pydantic is imported on first use:
most commands never need it.
"""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Collection, Hashable, Mapping
from dataclasses import MISSING, asdict, fields, is_dataclass
from functools import lru_cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast, get_type_hints

from cgr_nb.errors import CgrError, ConfigError
from cgr_nb.util.field_docstrings import field_docstrings
from cgr_nb.util.table_errors import Place, TableErrors, one_line, shown

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
    from pydantic import BaseModel
    from pydantic.json_schema import GenerateJsonSchema

__all__ = ["SCHEMA_DIALECT", "read_table", "read_toml", "table_schema"]

T = TypeVar("T")
SCHEMA_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_FILE_BYTES: Final = 8 << 20
_TEXT_CHARS: Final = 1 << 20
_ENTRIES: Final = 100_000
_DEPTH: Final = 32
_WHOLE: Final = 1 << 63
"""Whole numbers of TOML, and of the database, have 64 bits."""
_NONE: Final = re.compile(r"(^|\. )?None:")


def read_toml(path: Path, noun: str, error: type[CgrError]) -> dict[str, Any]:
    """Read a TOML file.

    Args:
        path: The file.
        noun: What it is called: "study file".
        error: Raised when it can't be read.

    Raises:
        CgrError: Of the kind `error`: there is no such file, it is too large, or no TOML.
    """
    where = str(path)
    try:
        with path.open("rb") as file:
            data = file.read(_FILE_BYTES + 1)
    except FileNotFoundError:
        raise error(f"no such {noun}", where=where, fix="check the path") from None
    except (OSError, ValueError) as wrong:
        why = wrong.strerror if isinstance(wrong, OSError) else wrong
        raise error(f"the {noun} can't be read: {why}", where=where) from wrong
    if len(data) > _FILE_BYTES:
        most = f"{_FILE_BYTES >> 20} MiB"
        raise error(f"too large for a {noun}", where=where, got=f"more than {most}")
    try:
        return tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as wrong:
        # No TOML, no UTF-8, a number of thousands of digits, lists in lists in lists.
        what = f"not TOML, so the {noun} can't be read: {one_line(str(wrong))}"
        raise error(what, where=where, fix="fix the line") from wrong


def read_table(
    kind: type[T],
    found: Mapping[str, Any],
    *,
    where: str,
    error: type[CgrError],
    prefix: str = "",
    default: Mapping[str, Any] | DataclassInstance | None = None,
    hidden: Collection[str] = (),
) -> T:
    """Make settings from a table.

    Args:
        kind: A dataclass; fields that are dataclasses are tables within.
        found: The table, as TOML gives it or in plain values of Python; dataclasses within are read
            as the tables that they stand for.
        where: What errors call the file.
        error: Their kind.
        prefix: What stands before the table's keys: "arm.cot.".
        default: What keys have that are left out, where it is not what `kind` says.
        hidden: Fields that no file may set.

    Raises:
        CgrError: Of the kind `error`: a key is unknown or missing, or a value is not what it should
            be.
    """
    from pydantic import ValidationError

    schema = partial(_schema_for_errors, cast(Hashable, kind), tuple(hidden))
    errors = TableErrors(schema, where=where, error=error, prefix=prefix)
    given = _plain(found, errors)
    for name in hidden:
        if name in given:
            raise errors.unknown_key((name,))
    model = _model(kind, where, error, prefix)
    merged = _over(kind, given, default)
    try:
        # From JSON, strict reading takes lists for tuples and tables for dataclasses.
        made: T = model.model_validate_json(json.dumps({"table": merged})).table  # type: ignore[attr-defined]
        return made
    except ValidationError as wrong:
        problems = wrong.errors(include_url=False, include_input=False)
        complaint = errors.of(merged, problems)
    # Outside, so that no traceback tells of pydantic.
    raise complaint


def table_schema(kind: type[Any], hidden: Collection[str] = (), at: str = "#") -> dict[str, Any]:
    """The JSON schema of a table: types, ranges, defaults, and what each key means.

    Args:
        kind: A dataclass, as for `read_table`.
        hidden: Fields that no file may set.
        at: Where it will stand in a larger schema, as a JSON pointer.

    Raises:
        ConfigError: The dataclass has a field that no file can hold.
    """
    return _schema(kind, hidden, at, described=True)


@lru_cache(maxsize=128)
def _schema_for_errors(kind: Any, hidden: tuple[str, ...]) -> Mapping[str, Any]:  # noqa: ANN401
    """Without what the keys mean, which takes longest to find out and no error tells."""
    return _schema(kind, hidden)


def _schema(
    kind: type[Any], hidden: Collection[str], at: str = "#", *, described: bool = False
) -> dict[str, Any]:
    """See `table_schema`."""
    model = _model(kind, "schema", ConfigError)
    from pydantic.json_schema import GenerateJsonSchema

    schema = model.model_json_schema(
        ref_template=f"{at}/$defs/{{model}}",
        schema_generator=_described() if described else GenerateJsonSchema,
    )
    parts = _in_words(schema["$defs"])
    own = parts.pop(schema["properties"]["table"]["$ref"].rpartition("/")[2])
    for name in hidden:
        del own["properties"][name]
    return {**own, "$defs": parts} if parts else own


def _in_words(schema: Any) -> Any:  # noqa: ANN401
    """A schema whose descriptions are for readers of TOML, without titles that repeat a name."""
    if isinstance(schema, list):
        return [_in_words(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    made: dict[str, Any] = {}
    for name, part in schema.items():
        if name == "description" and isinstance(part, str):
            made[name] = _NONE.sub(_left_out, " ".join(part.split()))
        elif name != "title" or not isinstance(part, str):
            made[name] = part if name == "default" else _in_words(part)
    if made.get("type") == "object" and "properties" in made:
        # Not told by every pydantic of dataclasses that know nothing of it.
        made.setdefault("additionalProperties", False)
    return made


def _model(kind: type[Any], where: str, error: type[CgrError], prefix: str = "") -> type[BaseModel]:
    """A model whose one field is a dataclass; its configuration reaches those within."""
    from pydantic import PydanticUserError

    try:
        return _made(cast(Hashable, kind))
    except (PydanticUserError, NameError, TypeError) as wrong:
        name, is_table = f"{kind.__module__}.{kind.__qualname__}", is_dataclass(kind)
        raise error(
            f"{prefix.rstrip('.') or kind.__name__} can't be read: "
            + (one_line(str(wrong)) if is_table else f"{name} is no dataclass"),
            where=where,
            fix=f"fix the annotations of {name}" if is_table else "write @dataclass above it",
        ) from wrong


@lru_cache(maxsize=128)
def _made(kind: Any) -> type[BaseModel]:  # noqa: ANN401
    from pydantic import ConfigDict, create_model

    strict = ConfigDict(extra="forbid", strict=True)
    return create_model("Table", __config__=strict, table=(kind, ...))


@lru_cache(maxsize=1)
def _described() -> type[GenerateJsonSchema]:
    """What makes schemas that tell what each key means.

    pydantic's own way, `use_attribute_docstrings`, reads the whole file of each dataclass anew, and
    that of every caller.
    """
    from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
    from pydantic_core import core_schema

    class Described(GenerateJsonSchema):
        def dataclass_schema(self, schema: core_schema.DataclassSchema) -> JsonSchemaValue:
            made = super().dataclass_schema(schema)
            told = field_docstrings(schema["cls"])
            properties = {
                name: {"description": told[name], **part} if name in told else part
                for name, part in made.get("properties", {}).items()
            }
            return {**made, "properties": properties}

    return Described


def _plain(value: Any, errors: TableErrors, place: Place = ()) -> Any:  # noqa: ANN401
    """What JSON can say of a value, and an id can hold: no dates, no endless numbers, no zero
    bytes."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, str):
        if "\0" in value:
            raise errors.make("{} holds a zero byte", place, got=shown(value))
        if len(value) > _TEXT_CHARS:
            raise errors.make(
                "{} is too long",
                place,
                got=f"{len(value):,} characters",
                fix=f"up to {_TEXT_CHARS:,}",
            )
        return value
    if isinstance(value, int | float):
        if -_WHOLE <= value < _WHOLE if isinstance(value, int) else math.isfinite(value):
            return value
        raise errors.out_of_range(place, value)
    if isinstance(value, list | tuple | Mapping) and len(value) > _ENTRIES:
        got = f"{len(value):,} entries"
        raise errors.make("{} is too long", place, got=got, fix=f"up to {_ENTRIES:,}")
    if len(place) > _DEPTH:
        raise errors.make("{} is nested too deeply", place[:3], fix=f"up to {_DEPTH} levels")
    if is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return {
            str(name): _plain(part, errors, (*place, str(name))) for name, part in value.items()
        }
    if isinstance(value, list | tuple):
        return [_plain(part, errors, (*place, number)) for number, part in enumerate(value)]
    fix = "put it in quotes"
    raise errors.make("{} is neither text nor number", place, got=shown(value), fix=fix)


def _over(
    kind: type[Any],
    found: Mapping[str, Any],
    default: Mapping[str, Any] | DataclassInstance | None = None,
) -> dict[str, Any]:
    """A table with what its keys have that are left out, which differs between tables of one
    kind."""
    said = None if default is None or isinstance(default, Mapping) else default
    made = dict(default) if isinstance(default, Mapping) else {} if said is None else asdict(said)
    inner_tables = _inner_tables(cast(Hashable, kind))
    for name, value in found.items():
        if isinstance(value, Mapping) and (inner := inner_tables.get(name)) is not None:
            own = _default_of(kind, name) if said is None else getattr(said, name)
            value = _over(inner, value, own if isinstance(own, inner) else None)
        made[name] = value
    return made


@lru_cache(maxsize=128)
def _inner_tables(kind: Any) -> Mapping[str, type[Any]]:  # noqa: ANN401
    """Keys of a table that are tables of a dataclass themselves. To read annotations takes longer
    than to read all the values of a table, and the same few kinds are read again and again."""
    hints = get_type_hints(kind).items()
    return MappingProxyType(
        {name: hint for name, hint in hints if isinstance(hint, type) and is_dataclass(hint)}
    )


def _default_of(kind: type[Any], name: str) -> Any:  # noqa: ANN401
    (field,) = (field for field in fields(kind) if field.name == name)
    return field.default if field.default_factory is MISSING else field.default_factory()


def _left_out(found: re.Match[str]) -> str:
    # A file has no None: it leaves the key out.
    return "left out:" if found[1] is None else f"{found[1]}Left out:"
