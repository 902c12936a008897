"""What the paper's study needs, and what of it lies in a folder: item sets in `items/`, weights in
`models/`. Looked at offline; whole files are hashed when a study opens them."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from cgr_nb.errors import CgrError
from cgr_nb.hub import HubFile
from cgr_nb.items import (
    DatasetSource,
    ItemSet,
    dataset_files,
    dataset_sources,
    fetch_dataset,
    read_items,
)
from cgr_nb.models import Registry, fetch_weights, open_model
from cgr_nb.models.gguf import read_head
from cgr_nb.models.registry import read_registry
from cgr_nb.records import ModelCard

__all__ = [
    "REGISTRY",
    "Part",
    "all_cards",
    "fetch_part",
    "look",
    "read_set",
    "shipped",
    "shipped_cards",
]

REGISTRY = "models.toml"
"""The registry file of the folder; models of your own can be added to it."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that the study needs."""

    kind: Literal["dataset", "solver", "generator"]
    name: str
    present: bool
    why: str
    """Why it can't be used as it is; "" when it can."""
    get: str
    """The command or page to get it; "" when it is here."""
    checked: str
    """What is known of its address, and how."""
    bytes: int | None
    """On disk; where it is absent, what would be fetched. None when not known."""
    files: tuple[str, ...] = ()
    """Files of a set that is here."""
    items: int = 0
    """Items of a set: counted where it is here, else as documented or assumed."""
    characters: int = 0
    """Mean length of question, context and options of an item: measured where it is here."""
    rejected: dict[str, int] = field(default_factory=dict)
    """Rows of a set that are no items, by reason."""
    guessed: bool = True
    """The set's files are recognised without naming their adapter."""
    billions: float | None = None
    """Weights of a model; None when not known."""

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def shipped(name: str) -> str:
    """Text of a file of this package."""
    return resources.files("cgr_nb.paper").joinpath(name).read_text("utf-8")


@cache
def shipped_cards() -> tuple[ModelCard, ...]:
    """The six solvers and the generator, their paths relative to a study's folder."""
    with resources.as_file(resources.files("cgr_nb.paper").joinpath(REGISTRY)) as path:
        return tuple(read_registry(path))


def all_cards(folder: Path) -> list[ModelCard]:
    """The shipped cards and those of the folder's own registry, which go before; with absolute
    paths."""
    own = folder / REGISTRY
    bundled = {card.name for card in Registry.load().cards}
    mine = {card.name: card for card in Registry.load(own).cards} if own.exists() else {}
    shown = {
        card.name: replace(card, path=str((folder / str(card.path)).absolute()))
        for card in shipped_cards()
    }
    return [card for name, card in (shown | mine).items() if name not in bundled]


def look(folder: Path) -> tuple[Part, ...]:
    """What is needed, what of it is in a folder, and how to get the rest.

    A generator of your own in the folder's registry, such as an endpoint, may stand in for the one
    that is named.

    Args:
        folder: Of the study, which need not be there yet.
    """
    named = {card.name for card in shipped_cards()}
    sets = [_set(source, folder) for source in dataset_sources().values()]
    models = [
        _model(card)
        for card in all_cards(folder)
        if card.name in named or "generator" in card.roles
    ]
    return (*sets, *models)


def fetch_part(part: Part, folder: Path, *, show: bool = False) -> None:
    """Fetch a set or the weights of a model.

    Raises:
        DownloadError: It can't be had; the message says what to do.
        ModelError: See `fetch_weights`.
    """
    if part.kind == "dataset":
        fetch_dataset(dataset_sources()[part.name], folder / "items", show=show)
    else:
        card = next(card for card in all_cards(folder) if card.name == part.name)
        fetch_weights(card, folder, show=show)


def read_set(source: DatasetSource, files: tuple[Path, ...], seed: int = 0) -> ItemSet:
    """Read a set with the adapter that its source names."""
    return read_items(list(files), source.adapter, seed=seed)


def _set(source: DatasetSource, folder: Path) -> Part:
    files = dataset_files(source, folder / "items")
    command = f"cgr-nb paper fetch {source.name}"
    if source.gated:
        command = f"accept the terms on {source.page}, set HF_TOKEN, then {command}"
    elif not source.files:
        command = f"{source.by_hand} ({folder / 'items' / source.name})"
    known = [file.bytes for file in source.files]
    size = sum(filter(None, known)) if known and all(known) else None
    absent = Part(
        kind="dataset",
        name=source.name,
        present=False,
        why="it is not here" if source.files else "no public file of it is known",
        get=command,
        checked=source.checked,
        bytes=size,
        items=source.rows,
        characters=source.characters,
    )
    if not files:
        return absent
    try:
        found = read_set(source, files)
        items = found.items
        why = "" if items else "none of its rows is an item; see `cgr-nb items check`"
    except CgrError as error:
        found, items, why = None, [], str(error)
    lengths = [
        len(item.question) + len(item.context or "") + sum(map(len, item.options.values()))
        for item in items
    ]
    return Part(
        kind="dataset",
        name=source.name,
        present=bool(items),
        why=why,
        get="" if items else command,
        checked=source.checked,
        bytes=sum(path.stat().st_size for path in files),
        files=tuple(str(path) for path in files),
        items=len(items),
        characters=round(sum(lengths) / len(lengths)) if lengths else source.characters,
        rejected=found.by_reason() if found else {},
        guessed=_is_guessed(source, files),
    )


def _is_guessed(source: DatasetSource, files: tuple[Path, ...]) -> bool:
    """Whether a study, which names no adapter, would read the files as what they are."""
    try:
        first = read_items(list(files), limit=1).items
    except CgrError:
        return False
    return bool(first) and all(item.dataset == source.name for item in first)


def _model(card: ModelCard) -> Part:
    known = {one.name: one for one in shipped_cards()}
    facts = tomllib.loads(shipped("downloads.toml")).get(card.name, {})
    if card.name not in known or card.sha256 != known[card.name].sha256:
        facts = {"checked": "your own card"}
    size = facts.get("bytes")
    if card.path is None:
        why = _refusal(card)
    else:
        place = Path(card.path)
        why = _damage(place, size if card.sha256 else None)
        size = place.stat().st_size if place.is_file() else size
    get = ""
    if why and card.source.startswith("hf:"):
        get = f"cgr-nb paper fetch {card.name} ({HubFile.parse(card.source).page})"
    return Part(
        kind="generator" if "generator" in card.roles else "solver",
        name=card.name,
        present=not why,
        why=why,
        get=get,
        checked=facts["checked"],
        bytes=size,
        billions=facts.get("billions") or (card.parameters and card.parameters / 1e9),
    )


def _refusal(card: ModelCard) -> str:
    """Why a model without weights, such as an endpoint, can't be opened."""
    try:
        open_model(card)
    except CgrError as error:
        return str(error)
    return ""


def _damage(place: Path, expected: int | None) -> str:
    """Why weights can't be used, as far as a look at their size and head tells."""
    if not place.is_file():
        return "its weights are not here"
    size = place.stat().st_size
    if expected is not None and size != expected:
        return f"{place} has {size:,} bytes, the right file {expected:,}"
    try:
        read_head(place)
    except CgrError as error:
        return str(error)
    return ""
