"""Table `models`: the card of each model as it was when the study last used it."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict

from cgr_nb.records import ModelCard
from cgr_nb.store import encode

__all__ = ["cards_on_record", "put_card"]


def cards_on_record(connection: sqlite3.Connection) -> list[tuple[str, str, ModelCard]]:
    """Name, identity as it was recorded, and card of each model, by name."""
    lines = connection.execute("SELECT name, identity, card FROM models ORDER BY name, identity")
    found = []
    for name, identity, text in lines:
        values = json.loads(text)
        found.append((name, identity, ModelCard(**{**values, "roles": tuple(values["roles"])})))
    return found


def put_card(connection: sqlite3.Connection, card: ModelCard) -> None:
    """Keep a card in place of the one of its name and identity. Within a transaction."""
    card = card.on_record
    for name, identity, old in cards_on_record(connection):
        # Named by the rules of an earlier version: the same model would stand there twice.
        if name == card.name and old.identity == card.identity != identity:
            connection.execute(
                "DELETE FROM models WHERE name = ? AND identity = ?", (name, identity)
            )
    values = card.name, card.identity, encode.dump_json(asdict(card))
    connection.execute(
        "INSERT OR REPLACE INTO models (name, identity, card) VALUES"
        " (CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT))",
        # As bytes: a card may hold lone surrogates, which SQLite's own binding refuses.
        [value.encode("utf-8", "surrogatepass") for value in values],
    )
