"""Text -> reply: a registry of models and the backends that answer. llama.cpp loads on use."""

from cgr_nb.models.adding import add_endpoint, add_from_hub, add_to_registry
from cgr_nb.models.backends import open_model
from cgr_nb.models.checking import ModelCheck, check_model
from cgr_nb.models.endpoint import EndpointModel
from cgr_nb.models.identity import call_id
from cgr_nb.models.interface import Backend, Model
from cgr_nb.models.machine import build_info, physical_cores
from cgr_nb.models.pool import ModelPool, shared_pool
from cgr_nb.models.registry import Registry, card_from_gguf, card_to_toml
from cgr_nb.models.replay import ReplayModel, read_calls, write_calls
from cgr_nb.models.scripted import ScriptedModel
from cgr_nb.models.weights import fetch_weights, find_weights

__all__ = [
    "Backend",
    "EndpointModel",
    "Model",
    "ModelCheck",
    "ModelPool",
    "Registry",
    "ReplayModel",
    "ScriptedModel",
    "add_endpoint",
    "add_from_hub",
    "add_to_registry",
    "build_info",
    "call_id",
    "card_from_gguf",
    "card_to_toml",
    "check_model",
    "fetch_weights",
    "find_weights",
    "open_model",
    "physical_cores",
    "read_calls",
    "shared_pool",
    "write_calls",
]
