"""How big a context is made: cells, sequences, and whether sequences share their cells."""

from __future__ import annotations

from dataclasses import dataclass

from cgr_nb.models.engine.options import EngineOptions
from cgr_nb.models.gguf import GgufHead

__all__ = ["Layout", "cell_bytes", "plan_layout"]

_EXACT_BYTES = 256 << 20
"""What the kept sequences of exact mode may take beyond the one at work."""
_EXACT_SEQUENCES = 8
_FAST_CELLS = 8192
"""Cells of fast mode, where the context window is not longer."""
_KEPT = 4
"""Finished sequences that fast mode keeps. Few, as those at work hold most of what is shared: each
cell of memory, used or kept, makes attention slower for all."""
_MOST_SEQUENCES = 255
"""One less than llama.cpp's own limit (LLAMA_MAX_SEQ): a context may keep one to itself."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The size of a context."""

    cells: int
    """Tokens that memory holds, of all sequences together."""
    sequences: int
    """Sequences that memory can tell apart."""
    shared: bool
    """One pool of cells for all sequences, where a copied prefix costs nothing; else each sequence
    has `cells / sequences` of its own, and its numbers do not depend on where others lie."""
    batch: int
    """Most rows of a batch."""
    threads: int
    fused: bool
    """Fused ("flash") attention, the fast one on a GPU. On a CPU it adds up in half precision, and
    in another order where a batch has many rows."""


def plan_layout(options: EngineOptions, cell: int, offloaded: bool) -> Layout:
    """Size a context.

    Args:
        options: Of the engine.
        cell: Bytes of one cell (see `cell_bytes`).
        offloaded: Whether layers lie on a GPU.
    """
    window, parallel = options.window, options.parallel
    if options.mode == "fast":
        sequences = min(_MOST_SEQUENCES, parallel + _KEPT)
        cells = max(window, min(window * sequences, _FAST_CELLS))
    else:
        kept = 0 if offloaded else _EXACT_BYTES // (window * cell)
        sequences = min(_EXACT_SEQUENCES, 1 + kept)
        cells = window * sequences
    shared = options.mode == "fast"
    return Layout(cells, sequences, shared, options.batch, options.threads, offloaded)


def cell_bytes(head: GgufHead) -> int:
    """Bytes of one token's keys and values in all layers, two bytes a number."""

    def said(key: str, default: int) -> int:
        return int(head.metadata.get(f"{head.architecture}.{key}", default)) or default

    heads = said("attention.head_count", 1)
    size = said("embedding_length", 1) // heads
    keys, values = said("attention.key_length", size), said("attention.value_length", size)
    return 2 * said("block_count", 1) * said("attention.head_count_kv", heads) * (keys + values)
