"""The models that can be named: bundled cards plus those of a user's own files, in TOML.

One `[[model]]` table a model, keys as the fields of `ModelCard`. Paths start from the file they
stand in. `price_input` and `price_output` are what a million prompt and reply tokens cost, in one
currency for all models; a study then tells its cost, and can be given a limit to it. A name means
one model: two cards of one name are an error, also across files.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from cgr_nb.errors import ModelError
from cgr_nb.models.gguf_parts import read_weights_head
from cgr_nb.models.known_templates import with_template_text
from cgr_nb.models.weights import file_sha256, home_expanded
from cgr_nb.records import ModelCard

__all__ = ["Registry", "card_from_gguf", "card_to_toml", "read_registry"]

BUNDLED = Path(__file__).with_name("registry.toml")

_KINDS: dict[str, tuple[type, ...]] = {
    "name": (str,),
    "roles": (list,),
    "backend": (str,),
    "family": (str,),
    "parameters": (int,),
    "quantisation": (str,),
    "context_tokens": (int,),
    "licence": (str,),
    "source": (str,),
    "sha256": (str,),
    "path": (str,),
    "prompts": (str,),
    "options": (dict,),
    "price_input": (float, int),
    "price_output": (float, int),
}
_PRICES = ("price_input", "price_output")
_DEAREST = 1e9
_RANGES = {"parameters": (1, 10**15), "context_tokens": (1, 1 << 30)}
"""Numbers of a card: least and most. Backends check those in its options."""
_MOST = 1e18
"""Of any number in options."""
_ROLES = ("solver", "generator")
_MAY_LACK = ("parameters", "sha256")


class Registry:
    """Cards by name, in the order of their files."""

    def __init__(self, cards: Iterable[ModelCard]) -> None:
        """Hold cards.

        Raises:
            ModelError: Two of them have one name.
        """
        self.cards = tuple(cards)
        self._by_name: dict[str, ModelCard] = {}
        for card in self.cards:
            if card.name in self._by_name:
                raise ModelError(
                    "two models have one name", got=f"'{card.name}'", fix="rename one of them"
                )
            self._by_name[card.name] = card

    @classmethod
    def load(cls, *paths: Path | str | None) -> Registry:
        """Read the bundled cards and those of the user's files.

        Args:
            paths: Registry files; None stands for no file.

        Raises:
            ModelError: A file can't be read, a card is wrong, or a name comes twice.
        """
        cards = list(read_registry(BUNDLED))
        for path in paths:
            if path is None:
                continue
            file = home_expanded(str(path), "registry").absolute()
            for card in read_registry(file):
                # Once in the registry a card must not depend on where it was read.
                place = None
                if card.path:
                    place = str(file.parent / home_expanded(card.path, f"model '{card.name}'"))
                cards.append(with_template_text(replace(card, path=place), file.parent))
        return cls(cards)

    def get(self, name: str) -> ModelCard:
        """The card of one model.

        Raises:
            ModelError: There is none of that name.
        """
        if name in self._by_name:
            return self._by_name[name]
        close = get_close_matches(name, self._by_name, n=1, cutoff=0.4)
        raise ModelError(
            f"there is no model '{name}'",
            fix=f"did you mean '{close[0]}'?" if close else f"there are {', '.join(self._by_name)}",
        )


def card_from_gguf(path: Path, name: str | None = None, roles: Iterable[str] = _ROLES) -> ModelCard:
    """Describe a weight file from its own metadata, with its hash.

    Args:
        path: A GGUF file, or the first part of a split one.
        name: Name of the model; None takes the file's.
        roles: "solver", "generator" or both.

    Raises:
        ModelError: It is not a whole GGUF file.
    """
    head = read_weights_head(path)
    return ModelCard(
        name=name or path.stem,
        roles=tuple(role for role in _ROLES if role in roles),  # type: ignore[misc]  # of _ROLES
        backend="llama_cpp",
        family=head.architecture,
        parameters=head.parameters,
        quantisation=head.quantisation,
        context_tokens=head.context_tokens or 2048,
        licence=head.text("general.license", "unknown"),
        source=head.text("general.source.url", path.name),
        sha256=file_sha256(path),
        path=str(path),
    )


def card_to_toml(card: ModelCard) -> str:
    """A card as a `[[model]]` table of a registry file."""
    lines = ["[[model]]"]
    for field in fields(card):
        value = getattr(card, field.name)
        if value is not None and value != {}:
            lines.append(f"{field.name} = {_toml(value)}")
    return "\n".join(lines) + "\n"


def read_registry(path: Path) -> Iterable[ModelCard]:
    """Read the cards of one registry file, paths as they stand in it.

    Raises:
        ModelError: The file can't be read, or a card is wrong.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"the registry file can't be read: {error}", where=str(path)) from error
    models = tables.pop("model", [])
    if tables or not isinstance(models, list):
        raise ModelError(
            "a registry file holds [[model]] tables and nothing else",
            where=str(path),
            got=", ".join(tables) or None,
        )
    for number, table in enumerate(models, 1):
        if not isinstance(table, dict):
            raise ModelError("a model is a table", where=f"{path}, model {number}", got=repr(table))
        name = table.get("name")
        yield _card(table, f"{path}, model {name!r}" if name else f"{path}, model {number}")


def _card(table: Mapping[str, Any], where: str) -> ModelCard:
    for key, value in table.items():
        if key not in _KINDS:
            close = get_close_matches(key, _KINDS, n=1)
            raise ModelError(
                f"unknown key '{key}'",
                where=where,
                fix=f"did you mean '{close[0]}'?" if close else f"keys are {', '.join(_KINDS)}",
            )
        if not isinstance(value, _KINDS[key]) or isinstance(value, bool):
            raise ModelError(
                f"'{key}' must be a {_KINDS[key][0].__name__}", where=where, got=_shown(value)
            )
        least, most = _RANGES.get(key, (0, 0))
        if key in _RANGES and isinstance(value, int) and not least <= value <= most:
            raise ModelError(
                f"'{key}' is out of range",
                where=where,
                got=_shown(value),
                fix=f"use {least:,} to {most:,}",
            )
        _check_plain(key, value, where)
    needed = [field.name for field in fields(ModelCard) if _is_needed(field)]
    missing = [name for name in needed if name not in table]
    if missing:
        raise ModelError(f"missing: {', '.join(missing)}", where=where)
    roles = tuple(table["roles"])
    if not roles or not all(role in _ROLES for role in roles):
        raise ModelError(
            "roles are 'solver', 'generator' or both", where=where, got=repr(table["roles"])
        )
    prices = {name: table[name] for name in _PRICES if name in table}
    for name, price in prices.items():
        if not 0 <= price < _DEAREST:
            raise ModelError(
                f"'{name}' is no price",
                where=where,
                got=str(price)[:40],
                fix="give what a million tokens cost, such as 0.15",
            )
        prices[name] = float(price)
    values = dict.fromkeys(_MAY_LACK) | dict(table) | {"roles": roles} | prices
    return ModelCard(**values)


def _check_plain(key: str, value: object, where: str) -> None:
    """A card goes into ids and into JSON: no dates, no infinite numbers, no zero bytes."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            _check_plain(f"{key}.{name}", part, where)
    elif isinstance(value, list):
        for part in value:
            _check_plain(key, part, where)
    elif isinstance(value, str):
        if "\0" in value:
            raise ModelError(f"'{key}' holds a zero byte", where=where, got=_shown(value))
    elif not isinstance(value, (bool, int, float)):
        raise ModelError(
            f"'{key}' is neither text nor number",
            where=where,
            got=_shown(value),
            fix="put it in quotes",
        )
    elif not -_MOST <= value <= _MOST:
        raise ModelError(f"'{key}' is out of range", where=where, got=_shown(value))


def _shown(value: object) -> str:
    try:
        return repr(value)[:200]
    except ValueError:
        return "a number of thousands of digits"


def _is_needed(field: Field[Any]) -> bool:
    lacks_default = field.default is MISSING and field.default_factory is MISSING
    return lacks_default and field.name not in _MAY_LACK


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return _toml_text(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{_toml_text(k)} = {_toml(v)}' for k, v in value.items())} }}"
    return repr(value)


def _toml_text(text: str) -> str:
    # JSON's escapes are TOML's, but for DEL, which TOML wants escaped too.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
