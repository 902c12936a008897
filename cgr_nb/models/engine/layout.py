"""How big a context is made: cells, sequences, and whether sequences share their cells."""

from __future__ import annotations

from dataclasses import dataclass

from cgr_nb.models.engine.options import EngineOptions
from cgr_nb.models.gguf import GgufHead

__all__ = ["SMALL_TILE", "Layout", "cell_bytes", "plan_layout"]

_EXACT_BYTES = 256 << 20
"""What the kept sequences of exact mode may take beyond the one at work."""
_EXACT_SEQUENCES = 8
_BATCHED_BYTES = 2 << 30
"""What batched mode may take to give each sequence cells of its own, or room in a GPU's pool."""
_SHELF = 16
"""Most finished sequences that are kept beside as many slots as compute at once."""
_ALONE = 8
"""As many are kept where one computes at a time."""
_POOL_CELLS = 8192
"""Cells of a pool, where the context window is not longer, and there are more on a GPU."""
_POOL_KEPT = 4
"""Finished sequences kept in a pool. Few, as those at work hold most of what is shared: each cell
of a pool, used or kept, makes attention slower for all."""
_MOST_SEQUENCES = 255
"""One less than llama.cpp's own limit (LLAMA_MAX_SEQ): a context may keep one to itself."""
SMALL_TILE = 4
"""Rows that llama.cpp's CPU kernels compute together at least; fewer are computed one by one."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The size of a context."""

    cells: int
    """Tokens that memory holds, of all sequences together."""
    sequences: int
    """Sequences that memory can tell apart."""
    lanes: int
    """Sequences that may be at work at once."""
    shared: bool
    """One pool of cells for all sequences, where a copied prefix costs nothing and attention looks
    at every cell; else each sequence has `cells / sequences` of its own, and a copy copies."""
    batch: int
    """Most rows of a batch."""
    fused: bool
    """Fused ("flash") attention, the fast one on a GPU. On a CPU it adds up in half precision, and
    in another order where a batch has many rows."""

    @property
    def cells_each(self) -> int:
        """Most cells that one sequence can have."""
        return self.cells if self.shared else self.cells // self.sequences

    @property
    def abreast(self) -> bool:
        """Many at once, each with cells of its own. llama.cpp computes neighbouring sequences
        together, as many rows of each as the shortest has; so slots at work must be neighbours."""
        return self.lanes > 1 and not self.shared


def plan_layout(
    options: EngineOptions, cell: int, offloaded: bool = False, forgets: bool = False
) -> Layout:
    """Size a context.

    Args:
        options: Of the engine.
        cell: Bytes of one cell (see `cell_bytes`).
        offloaded: Whether layers lie on a GPU. There all share a pool: attention is cheap, and a
            batch is computed in one go, prompts and replies together.
        forgets: Whether the model's state can't be copied up to a point.
    """
    window, parallel = options.window, options.parallel
    if options.mode == "exact":
        kept = 0 if offloaded else _EXACT_BYTES // (window * cell)
        sequences, lanes, shared = min(_EXACT_SEQUENCES, 1 + kept), 1, False
    else:
        # Lanes that stay empty make up the last tile.
        lanes = 1 if parallel == 1 else -(-parallel // SMALL_TILE) * SMALL_TILE
        shelf = _ALONE if parallel == 1 else min(lanes, _SHELF)
        sequences = min(lanes + shelf, _BATCHED_BYTES // (window * cell))
        shared = offloaded or forgets or sequences <= lanes
        if shared:
            lanes, sequences = parallel, min(_MOST_SEQUENCES, parallel + _POOL_KEPT)
    cells = window * sequences
    if shared:
        # On a CPU attention looks at every cell in use, and many at once would only wait for it.
        most = max(_POOL_CELLS, _BATCHED_BYTES // cell) if offloaded else _POOL_CELLS
        cells = max(window, min(cells, most))
    return Layout(cells, sequences, lanes, shared, options.batch, offloaded)


def cell_bytes(head: GgufHead) -> int:
    """Bytes of one token's keys and values in all layers, two bytes a number."""
    return 2 * head.cell_numbers
