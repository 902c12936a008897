"""Where replies of servers came from: which server, in which state, and what it did not tell.

The address of a server is no part of what a model is, so a study may be answered by several, at
one time or one after the other. That is on record with each call, and told: how much each server of
a card answered, and what changed within a study.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cgr_nb.models.endpoint_options import stated_addresses
from cgr_nb.records import ModelCard
from cgr_nb.store.cards import cards_on_record
from cgr_nb.store.database import Store

__all__ = ["Origin", "origins", "outdated_models", "served_remarks"]

_SHOWN = 6
_FIELDS = {
    "address": "address",
    "served": "model",
    "fingerprint": "fingerprint",
    "folded": "folded",
    "choosing": "choosing",
}
_TOLD = ", ".join(f"json_extract(served, '$.{key}') AS {name}" for name, key in _FIELDS.items())


@dataclass(frozen=True, slots=True)
class Origin:
    """The calls of one model that one server answered in one state."""

    model: str
    """Name of the card."""
    address: str
    served: str | None
    """Name of the model that answered, as the server told it."""
    fingerprint: str | None
    """What the server called its own state."""
    folded: bool
    """System turns were put before the user's: the server takes none."""
    choosing: str | None
    """How it was held to choices."""
    calls: int
    estimated: int
    """Those of them with a token count that is an estimate."""
    first: str | None
    """When the first was made, ISO 8601, UTC."""
    last: str | None


def origins(store: Store) -> list[Origin]:
    """Of all calls on record that count, by model and time; empty where no server was asked."""
    names = store._connection.execute("SELECT name FROM pragma_table_info('calls')")
    if "served" not in {found["name"] for found in names}:
        return []  # a file of an earlier schema that can't be written to
    found = store._connection.execute(
        f"SELECT model, {_TOLD}, count(*) AS calls,"
        " sum(json_array_length(served, '$.estimated') > 0) AS estimated,"
        " min(made) AS first, max(made) AS last"
        " FROM calls WHERE served IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6"
        " ORDER BY model, min(made), address, served, fingerprint, folded, choosing"
    )
    return [Origin(**{**dict(line), "folded": bool(line["folded"])}) for line in found]


def served_remarks(store: Store, answering: Iterable[Origin] | None = None) -> list[str]:
    """What a reader should know of the servers behind a study, one line each: that one changed
    within it, and that token counts are estimates.

    Args:
        store: An open study.
        answering: Its `origins`, where they are at hand.
    """
    by_model: dict[str, list[Origin]] = {}
    for origin in origins(store) if answering is None else answering:
        by_model.setdefault(origin.model, []).append(origin)
    lines = []
    replicas = _addresses_of_cards(store)
    for model, ours in by_model.items():
        spread = _counted((one.address, one.calls) for one in ours)
        is_of_one_card = any(set(spread) <= listed for listed in replicas.get(model, ()))
        if is_of_one_card and len(spread) > 1:
            lines.append(f"model '{model}': {len(spread)} servers answered, {_listed(spread)}")
        changes = (
            ("addresses", [one.address for one in ours]),
            ("names of its server", [one.served for one in ours]),
            ("states of its server (system_fingerprint)", [one.fingerprint for one in ours]),
        )
        for what, told in changes:
            counts = _counted((name, one.calls) for name, one in zip(told, ours, strict=True))
            if len(counts) > 1 and not (is_of_one_card and what == "addresses"):
                lines.append(f"model '{model}' changed within the study: {what} {_listed(counts)}")
        estimated, calls = sum(one.estimated for one in ours), sum(one.calls for one in ours)
        if estimated:
            lines.append(
                f"model '{model}': {estimated:,} of {calls:,} calls have token counts that are"
                " estimates, as its server told none"
            )
    return lines


def outdated_models(store: Store, cards: Iterable[ModelCard]) -> list[str]:
    """What happens to calls of servers' models from before the address left their identity, one
    line a model.

    Args:
        store: An open study.
        cards: The models that it asks now.
    """
    names = {card.name for card in cards if "base_url" in card.options}
    lines = []
    for name, identity, card in cards_on_record(store._connection):
        if name in names and card.identity != identity:
            calls = store._connection.execute(
                "SELECT count(*) FROM calls WHERE model = ?", (name,)
            ).fetchone()[0]
            lines.append(
                f"model '{name}' was recorded by a version that took the address of its server for"
                f" a part of it: its {calls:,} calls stay on record, in no number, and are asked"
                " anew"
            )
    return list(dict.fromkeys(lines))


def _addresses_of_cards(store: Store) -> dict[str, list[set[str]]]:
    """The addresses on each card of a model on record, by its name."""
    found: dict[str, list[set[str]]] = {}
    for name, _, card in cards_on_record(store._connection):
        found.setdefault(name, []).append(set(stated_addresses(card)))
    return found


def _counted(calls: Iterable[tuple[str | None, int]]) -> dict[str, int]:
    """Calls by name; those without one left out."""
    counts: dict[str, int] = {}
    for name, number in calls:
        if name is not None:
            counts[name] = counts.get(name, 0) + number
    return counts


def _listed(counts: dict[str, int]) -> str:
    shown: Sequence[tuple[str, int]] = list(counts.items())[:_SHOWN]
    text = ", ".join(f"{name} ({calls:,} calls)" for name, calls in shown)
    return text + (f" and {len(counts) - _SHOWN} more" if len(counts) > _SHOWN else "")
