"""Text -> reply: a registry of models and the backends that answer. Each name is loaded on use, so
that a worker process starts without those that it has no use for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cgr_nb.models.adding import (
        add_endpoint,
        add_from_hub,
        add_from_source,
        add_to_registry,
    )
    from cgr_nb.models.backends import open_model
    from cgr_nb.models.checking import ModelCheck, check_model
    from cgr_nb.models.endpoint import EndpointModel
    from cgr_nb.models.finding import FoundModel, find_models
    from cgr_nb.models.identity import call_id
    from cgr_nb.models.interface import Backend, Model
    from cgr_nb.models.machine import build_info, machine_notes
    from cgr_nb.models.pool import ModelPool, shared_pool
    from cgr_nb.models.registry import (
        Registry,
        card_from_gguf,
        card_to_toml,
        registry_schema,
    )
    from cgr_nb.models.replay import ReplayModel, read_calls, write_calls
    from cgr_nb.models.scripted import ScriptedModel
    from cgr_nb.models.weights import fetch_weights, find_weights

__all__ = [
    "Backend",
    "EndpointModel",
    "FoundModel",
    "Model",
    "ModelCheck",
    "ModelPool",
    "Registry",
    "ReplayModel",
    "ScriptedModel",
    "add_endpoint",
    "add_from_hub",
    "add_from_source",
    "add_to_registry",
    "build_info",
    "call_id",
    "card_from_gguf",
    "card_to_toml",
    "check_model",
    "fetch_weights",
    "find_models",
    "find_weights",
    "machine_notes",
    "open_model",
    "read_calls",
    "registry_schema",
    "shared_pool",
    "write_calls",
]

_HOMES = {
    "Backend": "cgr_nb.models.interface",
    "EndpointModel": "cgr_nb.models.endpoint",
    "FoundModel": "cgr_nb.models.finding",
    "Model": "cgr_nb.models.interface",
    "ModelCheck": "cgr_nb.models.checking",
    "ModelPool": "cgr_nb.models.pool",
    "Registry": "cgr_nb.models.registry",
    "ReplayModel": "cgr_nb.models.replay",
    "ScriptedModel": "cgr_nb.models.scripted",
    "add_endpoint": "cgr_nb.models.adding",
    "add_from_hub": "cgr_nb.models.adding",
    "add_from_source": "cgr_nb.models.adding",
    "add_to_registry": "cgr_nb.models.adding",
    "build_info": "cgr_nb.models.machine",
    "call_id": "cgr_nb.models.identity",
    "card_from_gguf": "cgr_nb.models.registry",
    "card_to_toml": "cgr_nb.models.registry",
    "check_model": "cgr_nb.models.checking",
    "fetch_weights": "cgr_nb.models.weights",
    "find_models": "cgr_nb.models.finding",
    "find_weights": "cgr_nb.models.weights",
    "machine_notes": "cgr_nb.models.machine",
    "open_model": "cgr_nb.models.backends",
    "read_calls": "cgr_nb.models.replay",
    "registry_schema": "cgr_nb.models.registry",
    "shared_pool": "cgr_nb.models.pool",
    "write_calls": "cgr_nb.models.replay",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the type is that of the name asked for
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module '{__name__}' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(home), name)
    return value
