"""Which llama.cpp is installed, found out without loading it."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from cgr_nb.extras import require

__all__ = ["build_id", "compiler", "library_folder", "offloads"]

_GPU_LIBRARIES = ("cuda", "hip", "metal", "vulkan", "sycl", "opencl", "musa", "cann", "webgpu")
_COMPILER = re.compile(rb"GCC: \([^)\0]{0,80}\) [\d.]+|[A-Za-z ]{0,20}clang version [\d.]+")


def library_folder() -> Path:
    """Folder of the shared libraries.

    Raises:
        ExtraError: llama-cpp-python is not installed.
    """
    require("llama_cpp")
    spec = find_spec("llama_cpp")
    places = (spec.submodule_search_locations if spec is not None else None) or [""]
    return Path(places[0]) / "lib"


@cache
def build_id() -> str:
    """A hash of the shared libraries and the processor's features: 16 hex digits. What was found
    out about this build on this kind of processor holds for the same id.

    Raises:
        ExtraError: llama-cpp-python is not installed.
    """
    told = hashlib.sha256()
    for path in _libraries():
        told.update(path.read_bytes())
    told.update(_processor().encode())
    return told.hexdigest()[:16]


@cache
def compiler() -> str | None:
    """What the libraries say they were compiled by, such as "GCC: (Debian 12.2.0-14) 12.2.0"; None
    where they do not tell."""
    for path in _libraries():
        if "cpu" in path.name and (found := _COMPILER.search(path.read_bytes())):
            return found[0].decode("ascii", "replace").strip()
    return None


def offloads() -> bool:
    """Whether this build may know a GPU; a worker can tell for sure."""
    return any(word in path.name for path in _libraries() for word in _GPU_LIBRARIES)


def _libraries() -> list[Path]:
    """The libraries, each once: links and copies under other names left out."""
    found: dict[str, Path] = {}
    for path in sorted(library_folder().glob("*ggml*")) + sorted(library_folder().glob("*llama*")):
        if path.is_file():
            found.setdefault(re.split(r"\.(?:so|dylib|dll)", path.name)[0], path)
    return list(found.values())


def _processor() -> str:
    """Name and features of the processor."""
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8", "replace")
    except OSError:  # not Linux
        import platform

        return f"{platform.machine()} {platform.processor()}"
    kept = ("model name", "flags", "Features", "CPU implementer", "CPU part")
    first = text.split("\n\n", 1)[0]
    return "\n".join(line for line in first.splitlines() if line.startswith(kept))
