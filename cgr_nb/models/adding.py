"""Models into a user's registry file: a weight file, one of a hub, a package or a store, or a
server's."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from cgr_nb.errors import ModelError
from cgr_nb.hub import (
    DownloadError,
    HubFile,
    fetch_weights_of,
    is_source,
    locate,
    part_number,
    split_files,
)
from cgr_nb.models.endpoint import EndpointModel
from cgr_nb.models.endpoint_options import addresses_of, card_at
from cgr_nb.models.gguf_kind import why_no_text, why_no_weights
from cgr_nb.models.gguf_parts import read_weights_head
from cgr_nb.models.registry import Registry, card_from_gguf, card_to_toml
from cgr_nb.models.served_models import ServedModel, close_name, served_name
from cgr_nb.records import ModelCard
from cgr_nb.util.atomic_write import write_text
from cgr_nb.util.blocking import run_blocking
from cgr_nb.util.surrogates import escape_surrogates

__all__ = ["add_endpoint", "add_from_hub", "add_from_source", "add_to_registry"]

_UNTOLD_CONTEXT = 4096


def add_to_registry(
    file: Path, registry: Path, name: str | None, roles: Iterable[str], source: str | None = None
) -> ModelCard:
    """Describe a weight file from its own metadata and append its card to a registry file.

    Args:
        file: A whole GGUF file, or any part of a split one.
        registry: The user's registry file; made when it is not there.
        name: Name of the model; None takes the file's.
        roles: "solver", "generator" or both.
        source: Where the file comes from; None takes what it says itself.

    Returns:
        The card as it stands in the file: its path starts from the registry's folder.

    Raises:
        ModelError: Not a whole GGUF file, no model of text, or the name is taken.
    """
    card = _describe(file, registry, name, roles)
    path = os.path.relpath(card.path or file, registry.parent)
    return _append(replace(card, path=path, source=source or card.source), registry)


def add_from_source(
    source: str,
    registry: Path,
    name: str | None,
    roles: Iterable[str],
    folder: Path | None = None,
    *,
    show: bool = False,
) -> ModelCard:
    """Append the card of a model that is named by where it comes from (see `cgr_nb.hub`).

    Args:
        source: A file of a hub, which is fetched; or a package or a model of another tool's store,
            whose weights stay where they lie.
        registry: As `add_to_registry`.
        name: As `add_to_registry`.
        roles: As `add_to_registry`.
        folder: As `add_from_hub`.
        show: Draw a progress bar.

    Raises:
        DownloadError: It is not there, can't be had, or is not what its place says.
        ModelError: As `add_to_registry`.
    """
    if source.startswith("hf:"):
        return add_from_hub(HubFile.parse(source), registry, name, roles, folder, show=show)
    if not is_source(source):
        raise ModelError(
            "not a source of a model",
            got=source,
            fix="write hf:..., pip:..., ollama:... or lmstudio:...",
        )
    found = locate(source)
    if name is None and found.source.startswith("ollama:"):
        # Ollama's files have no names of their own.
        name = found.source.removeprefix("ollama:").rpartition("/")[2].replace(":", "-")
    card = _describe(found.path, registry, name, roles)
    if found.sha256 not in (None, card.sha256):
        raise DownloadError(
            "the weight file is damaged",
            where=str(found.path),
            got=f"SHA-256 {card.sha256}, {found.source.partition(':')[0]} says {found.sha256}",
            fix="fetch or install it again",
        )
    return _append(replace(card, path=str(found.path.absolute()), source=found.source), registry)


def add_from_hub(
    file: HubFile,
    registry: Path,
    name: str | None,
    roles: Iterable[str],
    folder: Path | None = None,
    *,
    show: bool = False,
) -> ModelCard:
    """Fetch a weight file from a hub and append its card, with hash and commit, to a registry file.

    Args:
        file: A GGUF file of a repository; of a split one, any part.
        registry: As `add_to_registry`.
        name: As `add_to_registry`.
        roles: As `add_to_registry`.
        folder: Where the weights shall lie; None leaves them in the hub's cache.
        show: Draw a progress bar.

    Raises:
        DownloadError: See `fetch`.
        ModelError: As `add_to_registry`.
    """
    if not file.name.lower().endswith(".gguf"):
        raise ModelError(
            "a GGUF file is needed",
            where=str(file),
            got=file.name,
            fix="choose a .gguf; see the files on the repository's page",
        )
    first = file.named(file.part_names[0])
    _check_free(name or _plain_name(Path(first.name)), registry)
    place = None if folder is None else folder / first.name
    fetched = fetch_weights_of(first, place, show=show)
    if folder is not None:
        return add_to_registry(fetched.path, registry, name, roles, fetched.source)
    card = _describe(fetched.path, registry, name, roles)
    return _append(
        replace(card, path=str(fetched.path.absolute()), source=fetched.source), registry
    )


def add_endpoint(
    registry: Path,
    name: str | None,
    roles: Iterable[str],
    options: Mapping[str, object],
    context_tokens: int | None,
) -> ModelCard:
    """Append the card of a model behind an OpenAI-compatible server to a registry file.

    The server is asked what it serves: a name that it does not know is an error, and none at all
    means its only model. What kind of server it is, and its window, are taken from what it tells,
    where they are not given. Of several servers each is asked, and has to serve that model.

    Args:
        registry: As `add_to_registry`.
        name: Name of the model here; None takes the server's.
        roles: As `add_to_registry`.
        options: As `EndpointModel` reads them; `base_url` is needed.
        context_tokens: The server's context window; None takes what it tells, else 4,096.

    Raises:
        ModelError: An option is wrong, the server can't be asked, or the name is taken.
    """
    wanted = options.get("model")
    card = ModelCard(
        name=name or str(wanted or "endpoint"),
        roles=tuple(role for role in ("solver", "generator") if role in roles),
        backend="openai",
        family="unknown",
        parameters=None,
        quantisation="unknown",
        context_tokens=context_tokens or _UNTOLD_CONTEXT,
        licence="unknown",
        source=_source_of(options.get("base_url")),
        sha256=None,
        options=dict(options),
    )
    first, *others = addresses_of(card)
    served = _served(card_at(card, first), registry)
    names = list(served)
    if wanted is None and len(names) == 1:
        wanted = names[0]
    found = None if wanted is None else served_name(str(wanted), names)
    if found is None:
        close = close_name(str(wanted), names) if wanted else None
        choose = f"choose one of {', '.join(names[:20])}" if names else "it names none"
        raise ModelError(
            "the server serves no such model" if wanted else "the server serves several models",
            where=first,
            got=str(wanted or len(names)),
            fix=f"did you mean '{close}'? {choose}" if close else choose,
        )
    for address in others:
        if found not in (theirs := _served(card_at(card, address), registry)):
            raise ModelError(
                f"the server does not serve '{found}', which {first} serves",
                where=address,
                got=", ".join(list(theirs)[:20]) or "no model",
                fix="name servers of the same model, or add each as a model of its own",
            )
    told: dict[str, object] = {**options, "model": found}
    if "server" not in told and served[found].server is not None:
        told["server"] = served[found].server
    context = context_tokens or served[found].context_tokens or _UNTOLD_CONTEXT
    card = replace(card, name=name or found, options=told, context_tokens=context)
    _check_free(card.name, registry)
    return _append(card, registry)


def _source_of(base_url: object) -> str:
    return " ".join(map(str, base_url)) if isinstance(base_url, list | tuple) else str(base_url)


def _served(card: ModelCard, registry: Path) -> dict[str, ServedModel]:
    """What the server of a card says that it serves, by name."""

    async def ask() -> tuple[ServedModel, ...]:
        model = EndpointModel(card, registry.parent)
        try:
            return await model.served()
        finally:
            await model.close()

    return {one.name: one for one in run_blocking(ask)}


def _describe(file: Path, registry: Path, name: str | None, roles: Iterable[str]) -> ModelCard:
    """The card of a weight file that can be a model, under a name that is free."""
    first = split_files(file)[0]
    if escape_surrogates(str(first)) != str(first):
        raise ModelError(
            "the file name is not valid text, so a registry can't store it",
            where=escape_surrogates(str(first)),
            fix="rename the file or its folder",
        )
    name = name or _plain_name(first)
    _check_free(name, registry)
    head = read_weights_head(first)
    if (what := why_no_text(head) or why_no_weights(head)) is not None:
        raise ModelError(f"no model that answers in text, but {what}", where=str(first))
    return card_from_gguf(first, name, roles)


def _plain_name(file: Path) -> str:
    """A file's name without its ending, and without the number of its part."""
    part = part_number(file.name)
    return (part[0] if part else "") or file.stem


def _check_free(name: str, registry: Path) -> None:
    known = Registry.load(registry if registry.exists() and registry.read_text("utf-8") else None)
    if any(name == card.name for card in known.cards):
        raise ModelError(
            "a model with this name already exists",
            where=str(registry),
            got=f"'{name}'",
            fix="choose another name",
        )


def _append(card: ModelCard, registry: Path) -> ModelCard:
    before = registry.read_text("utf-8") if registry.exists() else ""
    write_text(registry, f"{before.rstrip()}\n\n{card_to_toml(card)}".lstrip())
    return card
