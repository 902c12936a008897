"""The models that can be named: bundled cards plus those of a user's own files, in TOML.

One `[[model]]` table a model, keys as the fields of `ModelCard`. Paths start from the file they
stand in. `price_input` and `price_output` are what a million prompt and reply tokens cost, in one
currency for all models; a study then tells its cost, and can be given a limit to it. A name means
one model: two cards of one name are an error, also across files.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from cgr_nb.errors import ModelError, did_you_mean
from cgr_nb.models.gguf_parts import read_weights_head
from cgr_nb.models.known_templates import with_template_text
from cgr_nb.models.weights import file_sha256, home_expanded
from cgr_nb.records import ModelCard
from cgr_nb.util.file_memo import FileMemo
from cgr_nb.util.table_errors import shown
from cgr_nb.util.toml_tables import SCHEMA_DIALECT, read_table, read_toml, table_schema

__all__ = ["Registry", "card_from_gguf", "card_to_toml", "read_registry", "registry_schema"]

BUNDLED = Path(__file__).with_name("registry.toml")

_ROLES = ("solver", "generator")
_MAY_LACK = {"parameters": None, "sha256": None}
"""What a file need not say, where a card made by code must."""


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
                    "two models have the same name", got=f"'{card.name}'", fix="rename one of them"
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
        cards = _bundled_cards()
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
        raise ModelError(
            f"there is no model {name!r}", fix=did_you_mean(name, self._by_name, cutoff=0.4)
        )


_READ: FileMemo[tuple[ModelCard, ...]] = FileMemo()


def _bundled_cards() -> list[ModelCard]:
    """Those of the package, read once for each state of its file; the options, a dictionary, are of
    each card alone."""
    read = _READ.of(BUNDLED, lambda: (tuple(read_registry(BUNDLED)), [BUNDLED]))
    return [replace(card, options=dict(card.options)) for card in read]


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
    tables = read_toml(path, "registry file", ModelError)
    models = tables.pop("model", [])
    if tables or not isinstance(models, list):
        raise ModelError(
            "a registry file contains only [[model]] tables",
            where=str(path),
            got=shown(", ".join(tables)) if tables else None,
        )
    for number, table in enumerate(models, 1):
        where = f"{path}, model {number}"
        if not isinstance(table, dict):
            raise ModelError("a model is a table", where=where, got=shown(table))
        if table.get("name"):
            where = f"{path}, model {shown(table['name'])}"
        yield read_table(ModelCard, table, where=where, error=ModelError, default=_MAY_LACK)


def registry_schema() -> dict[str, Any]:
    """The JSON schema of a registry file, for editors."""
    card = table_schema(ModelCard, at="#/properties/model/items")
    card["required"] = [name for name in card["required"] if name not in _MAY_LACK]
    return {
        "$schema": SCHEMA_DIALECT,
        "title": "Models of cgr-nb",
        "type": "object",
        "properties": {"model": {"type": "array", "items": card}},
        "additionalProperties": False,
    }


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
