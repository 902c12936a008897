"""llama-cpp-python itself, as a peer: the whole package, less what this machine can't bear.

To be used in child processes only: what llama.cpp does wrong, it does to the process it is in.
"""

from __future__ import annotations

from types import ModuleType

from cgr_nb.models.worker.findings import extra_buffers_crash

__all__ = ["import_plain"]


def import_plain() -> ModuleType:
    """The package `llama_cpp`. Where extra buffers were found to crash on this machine, every model
    that it loads from now on does without them."""
    import llama_cpp

    if extra_buffers_crash() is not None:
        defaults = llama_cpp.llama_cpp.llama_model_default_params

        def without_extra_buffers() -> object:
            parameters = defaults()
            parameters.use_extra_bufts = False
            return parameters

        llama_cpp.llama_cpp.llama_model_default_params = without_extra_buffers
        llama_cpp.llama_model_default_params = without_extra_buffers
    return llama_cpp
