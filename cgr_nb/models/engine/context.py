"""A llama.cpp context: one batch to fill, the memory of many sequences, logits to read.

Not for two threads at once.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from cgr_nb.errors import ModelError
from cgr_nb.models.engine.layout import SMALL_TILE, Layout
from cgr_nb.models.engine.threads import ThreadTuner
from cgr_nb.models.llama_bindings import llama_cpp
from cgr_nb.models.native import Pointer

__all__ = ["Context", "Logits", "OutOfCells", "forgets"]

Logits: TypeAlias = Any
"""Rows of one float for each token of the vocabulary, as a NumPy view that the next batch
overwrites."""

_TILE = 16
"""Rows that llama.cpp's CPU kernels compute together, where there are as many."""
_TRIED_ROWS = 16
"""As many as make llama.cpp use its kernels for whole tiles."""
_LEAST_OUTPUTS = 32
"""Rows of logits that a batch can have where few sequences compute: for texts that are scored."""
_OFF, _AUTO = 0, -1  # enum llama_flash_attn_type


def forgets(model: Pointer) -> bool:
    """True for models whose state can't be copied up to a point, nor taken back to one."""
    return bool(llama_cpp.llama_model_is_recurrent(model) or llama_cpp.llama_model_is_hybrid(model))


class OutOfCells(Exception):
    """The batch was not computed: its rows do not fit into what memory has left."""


class Context:
    """One context of a loaded model."""

    def __init__(self, model: Pointer, name: str, layout: Layout, tuner: ThreadTuner) -> None:
        """Allocate.

        Args:
            model: llama.cpp's model, which must outlive this.
            name: What errors call it.
            layout: Its size.
            tuner: Chooses the number of threads of each batch.

        Raises:
            ModelError: There is not enough memory.
        """
        parameters = llama_cpp.llama_context_default_params()
        # Not on a GPU, whose tiles are others, and not where no bit may change.
        self._pads = layout.shared and not layout.fused
        spare = int(self._pads)
        parameters.n_ctx = layout.cells + spare * _TILE
        parameters.n_batch = parameters.n_ubatch = layout.batch
        parameters.n_seq_max = layout.sequences + spare
        # llama.cpp's default makes room for logits of all rows of a batch.
        self.most_outputs = max(layout.sequences, _LEAST_OUTPUTS)
        """Rows of logits that a batch can have: one a sequence at least."""
        parameters.n_outputs_max = self.most_outputs + spare
        parameters.kv_unified = layout.shared
        self._tuner = tuner
        self._threads = parameters.n_threads = parameters.n_threads_batch = tuner.threads(1)
        parameters.flash_attn_type = _AUTO if layout.fused else _OFF
        parameters.no_perf = True
        self._pointer = llama_cpp.llama_init_from_model(model, parameters)
        if not self._pointer:
            raise ModelError(
                "there is not enough memory for the context window",
                where=name,
                got=f"{layout.cells} tokens",
                fix="lower context_tokens or parallel of the card",
            )
        self._name = name
        self._memory = llama_cpp.llama_get_memory(self._pointer)
        self._vocabulary = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(model))
        self._batch = llama_cpp.llama_batch_init(layout.batch, 0, 1)
        self._fields = _Fields(self._batch, layout.batch)
        self._outputs = 0
        self._flagged = 0
        self.layout = layout
        self.forgets = forgets(model)
        self._vain: list[tuple[int, int]] = []
        self.computing_s = 0.0
        """Wall time inside llama.cpp's decoder so far."""

    def try_out(self) -> None:
        """Compute a batch of many rows and one of a single row, and forget them.

        Kernels that this processor or this build can't run fail here, before anything is asked.

        Raises:
            ModelError: llama.cpp failed.
        """
        rows = min(_TRIED_ROWS, self.layout.batch, self.layout.cells_each - 1)
        for position, count in ((0, rows), (rows, 1)):
            if count:
                self.add([0] * count, position, 0, 1)
                self.compute()
        self.trim(0, 0)
        self.computing_s = 0.0
        self._tuner.forget()  # weights were read in by the way

    @property
    def room(self) -> int:
        """Rows that the batch can still take."""
        return self.layout.batch - int(self._batch.n_tokens)

    def add(self, tokens: Sequence[int], position: int, sequence: int, reads: int) -> None:
        """Put tokens of one sequence into the batch.

        Args:
            tokens: At least one, at most `room`.
            position: Position of the first one in its sequence.
            sequence: Its sequence.
            reads: After how many of them, the last ones, logits are wanted. All of a batch may come
                to `most_outputs`.
        """
        start = int(self._batch.n_tokens)
        end = start + len(tokens)
        fields = self._fields
        fields.token[start:end] = tokens
        fields.position[start:end] = range(position, position + len(tokens))
        fields.read[start:end] = 0
        fields.read[end - reads : end] = 1
        for row in range(start, end):
            fields.sequence[row][0] = sequence
        self._batch.n_tokens = end
        self._outputs += reads
        self._flagged += reads

    def add_padding_row(self, position: int, sequence: int) -> None:
        """Put a row into the batch that nobody needs and that leaves no trace, after all others.

        Where logits of others are read, so are its own: they are computed in tiles too.

        Args:
            position: Where its sequence ends.
            sequence: Its sequence.
        """
        outputs = self._outputs
        self.add([0], position, sequence, int(outputs > 0 and self._flagged < self.most_outputs))
        self._outputs = outputs
        self._vain.append((sequence, position))

    def compute(self) -> Logits:
        """Run the batch and empty it.

        Returns:
            Logits, as many rows for each `add` as were wanted, in their order; valid until the next
            call.

        Raises:
            OutOfCells: Nothing was computed; the batch is empty now.
            ModelError: llama.cpp failed.
        """
        outputs, self._outputs, self._flagged = self._outputs, 0, 0
        if self._pads:
            self._pad()
        rows = int(self._batch.n_tokens)
        self._set_threads(self._tuner.threads(rows))
        started = time.perf_counter()
        code = llama_cpp.llama_decode(self._pointer, self._batch)
        self._batch.n_tokens = 0
        while self._vain:
            self.trim(*self._vain.pop())
        if code == 1:
            raise OutOfCells
        if code != 0:
            raise ModelError(
                "llama.cpp could not compute the next token",
                where=self._name,
                got=f"code {code}",
                fix="lower context_tokens, parallel or n_gpu_layers if memory is short",
            )
        if not outputs:
            # What was started on a GPU must be over before memory is rearranged.
            llama_cpp.llama_synchronize(self._pointer)
            self._note(rows, time.perf_counter() - started)
            return None
        pointer = llama_cpp.llama_get_logits(self._pointer)
        self._note(rows, time.perf_counter() - started)
        return np.ctypeslib.as_array(pointer, shape=(outputs, self._vocabulary))

    def _set_threads(self, threads: int) -> None:
        if threads != self._threads:
            self._threads = threads
            llama_cpp.llama_set_n_threads(self._pointer, threads, threads)

    def _note(self, rows: int, seconds: float) -> None:
        self.computing_s += seconds
        self._tuner.note(rows, self._threads, seconds)

    def _pad(self) -> None:
        """Fill the last tile: llama.cpp's CPU kernels take longer for 13 rows than for 16."""
        rows = int(self._batch.n_tokens)
        missing = 0 if rows == 1 else -rows % (_TILE if rows < _TILE else SMALL_TILE)
        missing = min(missing, self.room)
        if missing:
            spare = self.layout.sequences
            self.trim(spare, 0)
            self.add([0] * missing, 0, spare, 0)

    def copy(self, source: int, target: int, count: int) -> None:
        """Make `target` begin with the first tokens of `source`."""
        self.trim(target, 0)
        # Pools that lie apart are copied whole.
        end = count if self.layout.shared else -1
        llama_cpp.llama_memory_seq_cp(self._memory, source, target, -1, end)
        self.trim(target, count)

    def move(self, source: int, target: int, leave: int = 0) -> None:
        """Make `target` what `source` was, and leave only the first tokens in `source`."""
        self.trim(target, 0)
        llama_cpp.llama_memory_seq_cp(self._memory, source, target, -1, -1)
        self.trim(source, leave)

    def trim(self, sequence: int, count: int) -> bool:
        """Forget all but the first tokens of a sequence; False where the model can't."""
        start = count if count else -1
        return bool(llama_cpp.llama_memory_seq_rm(self._memory, sequence, start, -1))

    def free(self) -> None:
        """Give the memory back. Once only."""
        llama_cpp.llama_batch_free(self._batch)
        llama_cpp.llama_free(self._pointer)


class _Fields:
    """The columns of a batch, to be filled by slices."""

    def __init__(self, batch: Pointer, rows: int) -> None:
        self.token = np.ctypeslib.as_array(batch.token, shape=(rows,))
        self.position = np.ctypeslib.as_array(batch.pos, shape=(rows,))
        self.read = np.ctypeslib.as_array(batch.logits, shape=(rows,))
        self.sequence = batch.seq_id
        np.ctypeslib.as_array(batch.n_seq_id, shape=(rows,))[:] = 1
