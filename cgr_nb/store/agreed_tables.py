"""What stores of one study must agree in beside its settings: its models and its templates."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cgr_nb.errors import StoreError
from cgr_nb.store.foreign_store import ForeignStore

if TYPE_CHECKING:
    from cgr_nb.store.database import Store

__all__ = ["AgreedTables"]

_CARD = ("roles", "backend", "family", "quantisation", "context_tokens", "prompts")
"""What two cards of one model must agree in; where its weights lie is each machine's own."""
_FIX = "merge shards of one study; run those of an older one again"


class AgreedTables:
    """What several stores say of the same models and templates."""

    def __init__(self, store: Store) -> None:
        self._models: dict[tuple[str, str], list[Any]] = {}
        self._texts: dict[tuple[object, ...], str] = {}
        for line in store._tables.all("models", "name, identity"):
            self._models[line["name"], line["identity"]] = _card(line)
        for line in store._tables.all("prompts", "hash"):
            self._texts[_template(line)] = line["text"]

    def add(self, source: ForeignStore) -> None:
        """See what another one says.

        Raises:
            StoreError: It says something else.
        """
        for line in source.lines("models"):
            known = self._models.setdefault((line["name"], line["identity"]), _card(line))
            for name, one, other in zip(_CARD, known, _card(line), strict=True):
                if one != other:
                    raise StoreError(
                        f"model '{line['name']}' has another {name} than in an earlier store",
                        where=source.name,
                        got=f"{other}, and {one} there",
                        fix=_FIX,
                    )
        for line in source.lines("prompts"):
            if self._texts.setdefault(_template(line), line["text"]) != line["text"]:
                raise StoreError(
                    f"template {line['profile']}/{line['name']}@{line['version']} differs"
                    " from that in an earlier store",
                    where=source.name,
                    fix=_FIX,
                )


def _card(line: dict[str, Any]) -> list[Any]:
    card = json.loads(line["card"])
    return [card.get(name) for name in _CARD]


def _template(line: dict[str, Any]) -> tuple[object, ...]:
    return tuple(line[name] for name in ("hash", "profile", "name", "version"))
