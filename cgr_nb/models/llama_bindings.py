"""llama_cpp's C interface without the rest of its package, which takes long to import.

`import llama_cpp` brings the high-level `Llama` with its servers, caches and chat handlers. Only
the process that computes imports this module, and it wants none of them.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec
from types import ModuleType

__all__ = ["llama_cpp"]


def _bindings() -> ModuleType:
    package = sys.modules.get("llama_cpp")
    if package is not None and hasattr(package, "Llama"):
        return import_module("llama_cpp.llama_cpp")
    spec = find_spec("llama_cpp") if package is None else None
    if spec is not None:
        # The package's own front is passed over: its submodules are found as usual.
        front = ModuleSpec("llama_cpp", None, origin=spec.origin, is_package=True)
        front.submodule_search_locations = spec.submodule_search_locations
        sys.modules["llama_cpp"] = module_from_spec(front)
    return import_module("llama_cpp.llama_cpp")


llama_cpp = _bindings()
