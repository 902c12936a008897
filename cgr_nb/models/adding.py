"""Models into a user's registry file: a weight file, one of a hub, or a server's."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from cgr_nb.blocking import run_blocking
from cgr_nb.errors import ModelError
from cgr_nb.hub import HubFile, fetch
from cgr_nb.models.endpoint import EndpointModel
from cgr_nb.models.registry import Registry, card_from_gguf, card_to_toml
from cgr_nb.models.served_models import ServedModel, close_name, served_name
from cgr_nb.records import ModelCard

__all__ = ["add_endpoint", "add_from_hub", "add_to_registry"]

_UNTOLD_CONTEXT = 4096
_PART = re.compile(r"-\d{5}-of-\d{5}\.gguf$")


def add_to_registry(
    file: Path, registry: Path, name: str | None, roles: Iterable[str], source: str | None = None
) -> ModelCard:
    """Describe a weight file from its own metadata and append its card to a registry file.

    Args:
        file: A whole GGUF file.
        registry: The user's registry file; made when it is not there.
        name: Name of the model; None takes the file's.
        roles: "solver", "generator" or both.
        source: Where the file comes from; None takes what it says itself.

    Returns:
        The card as it stands in the file: its path starts from the registry's folder.

    Raises:
        ModelError: Not a whole GGUF file, or the name is taken.
    """
    _check_free(name or file.stem, registry)
    card = card_from_gguf(file, name, roles)
    path = os.path.relpath(file, registry.parent)
    return _append(replace(card, path=path, source=source or card.source), registry)


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
        file: A GGUF file of a repository.
        registry: As `add_to_registry`.
        name: As `add_to_registry`.
        roles: As `add_to_registry`.
        folder: Where the weights shall lie; None is `models` beside the registry file.
        show: Draw a progress bar.

    Raises:
        DownloadError: See `fetch`.
        ModelError: As `add_to_registry`, or the weights are split over several files.
    """
    if not file.name.endswith(".gguf") or _PART.search(file.name):
        raise ModelError(
            "one whole GGUF file is needed",
            where=str(file),
            got=file.name,
            fix="choose a .gguf that is not split; see the files on the repository's page",
        )
    _check_free(name or Path(file.name).stem, registry)
    place = (folder or registry.parent / "models") / file.name
    fetched = fetch(file, place, show=show)
    return add_to_registry(fetched.path, registry, name, roles, str(fetched.file))


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
    where they are not given.

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
        source=str(options.get("base_url")),
        sha256=None,
        options=dict(options),
    )

    async def ask() -> tuple[ServedModel, ...]:
        model = EndpointModel(card, registry.parent)
        try:
            return await model.served()
        finally:
            await model.close()

    served = {one.name: one for one in run_blocking(ask)}
    names = list(served)
    if wanted is None and len(names) == 1:
        wanted = names[0]
    found = None if wanted is None else served_name(str(wanted), names)
    if found is None:
        close = close_name(str(wanted), names) if wanted else None
        choose = f"choose one of {', '.join(names[:20])}" if names else "it names none"
        raise ModelError(
            "the server serves no such model" if wanted else "the server serves several models",
            where=card.source,
            got=str(wanted or len(names)),
            fix=f"did you mean '{close}'? {choose}" if close else choose,
        )
    told: dict[str, object] = {**options, "model": found}
    if "server" not in told and served[found].server is not None:
        told["server"] = served[found].server
    context = context_tokens or served[found].context_tokens or _UNTOLD_CONTEXT
    card = replace(card, name=name or found, options=told, context_tokens=context)
    _check_free(card.name, registry)
    return _append(card, registry)


def _check_free(name: str, registry: Path) -> None:
    known = Registry.load(registry if registry.exists() and registry.read_text("utf-8") else None)
    if any(name == card.name for card in known.cards):
        raise ModelError(
            "a model of this name is there already",
            where=str(registry),
            got=f"'{name}'",
            fix="give another name",
        )


def _append(card: ModelCard, registry: Path) -> ModelCard:
    before = registry.read_text("utf-8") if registry.exists() else ""
    registry.parent.mkdir(parents=True, exist_ok=True)
    unfinished = registry.with_name(f"{registry.name}.making")
    text = f"{before.rstrip()}\n\n{card_to_toml(card)}".lstrip()
    unfinished.write_text(text, "utf-8", newline="\n")
    unfinished.replace(registry)
    return card
