"""Quantising a file by llama.cpp, in a child process of its own (see `shape`)."""

from __future__ import annotations

from cgr_nb.models.llama_bindings import llama_cpp

__all__ = ["main"]

_Q4_K_M = 15  # enum llama_ftype


def main(source: str, target: str) -> None:
    """Write `target`, the weights of `source` as Q4_K_M.

    Raises:
        SystemExit: llama.cpp can't do it; the status is not 0.
    """
    from cgr_nb.models import native  # noqa: F401  # llama.cpp's log goes to the logger from here

    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.ftype = _Q4_K_M
    code = llama_cpp.llama_model_quantize(source.encode(), target.encode(), parameters)
    if code != 0:
        raise SystemExit(f"code {code}")
