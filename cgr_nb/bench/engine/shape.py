"""A model of real size without a download: random weights in the shape of Qwen2-0.5B.

The file is a whole GGUF: architecture, tensors, a byte-level vocabulary of the real size and a chat
template. Weights are random, so what it writes means nothing; how long it takes to write it is
real. Made as F16 here, quantised by llama.cpp itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from cgr_nb.bench.engine.vocabulary import vocabulary_keys
from cgr_nb.bench.engine.writer import Tensor, Value, write_gguf
from cgr_nb.errors import ModelError
from cgr_nb.util.atomic_write import replacing

__all__ = ["QWEN2_HALF", "SMALL", "Shape", "make_model"]

_SEED = 605


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of a Qwen2 model."""

    name: str
    layers: int
    width: int
    heads: int
    kv_heads: int
    feed_forward: int
    vocabulary: int
    context: int = 32_768

    @property
    def parameters(self) -> int:
        """Number of weights."""
        sizes = (rows * max(columns, 1) for _, columns, rows in _tensors(self))
        return sum(sizes)


QWEN2_HALF = Shape("qwen2-0.5b-random", 24, 896, 14, 2, 4864, 151_936)
"""Qwen2-0.5B: 494 million weights, 398 MB as Q4_K_M."""
SMALL = Shape("qwen2-small-random", 4, 256, 4, 2, 512, 8_192)
"""Small enough for a test."""


def make_model(shape: Shape, folder: Path) -> Path:
    """Write a random model and quantise it to Q4_K_M; made once in a folder.

    Args:
        shape: Its sizes.
        folder: Where it is kept; three bytes a weight must be free.

    Raises:
        ModelError: llama.cpp can't quantise it.
    """
    path = folder / f"{shape.name}-Q4_K_M.gguf"
    if path.exists():
        return path
    with replacing(path) as made:
        full = made.with_suffix(".f16.making")
        try:
            with full.open("wb") as file:
                _write(shape, file)
            _quantise(full, made)
        finally:
            full.unlink(missing_ok=True)
    return path


def _quantise(source: Path, target: Path) -> None:
    # In a child: llama.cpp is loaded by nobody else.
    script = "import sys; from cgr_nb.bench.engine.quantise import main; main(*sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", script, str(source), str(target)],
        capture_output=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise ModelError(
            "llama.cpp can't quantise it",
            where=str(source),
            got=said[-1][:300] if said else f"exit status {done.returncode}",
        )


def _tensors(shape: Shape) -> Iterator[tuple[str, int, int]]:
    """Name, columns and rows of each tensor; 0 columns for a vector of so many rows."""
    width, narrow = shape.width, shape.width // shape.heads * shape.kv_heads
    yield "token_embd.weight", width, shape.vocabulary
    for layer in range(shape.layers):
        block = f"blk.{layer}"
        yield f"{block}.attn_norm.weight", 0, width
        for name, rows in (("q", width), ("k", narrow), ("v", narrow)):
            yield f"{block}.attn_{name}.weight", width, rows
            yield f"{block}.attn_{name}.bias", 0, rows
        yield f"{block}.attn_output.weight", width, width
        yield f"{block}.ffn_norm.weight", 0, width
        yield f"{block}.ffn_gate.weight", width, shape.feed_forward
        yield f"{block}.ffn_up.weight", width, shape.feed_forward
        yield f"{block}.ffn_down.weight", shape.feed_forward, width
    yield "output_norm.weight", 0, width


def _write(shape: Shape, file: BinaryIO) -> None:
    import numpy as np

    random = np.random.default_rng(_SEED)
    # One pool of numbers, entered at another place by each tensor, is as good and much faster.
    pool = random.standard_normal(1 << 22, np.float32).astype(np.float16)

    def matrix(columns: int, rows: int) -> bytes:
        scaled = np.roll(pool * np.float16(columns**-0.5), int(random.integers(pool.size)))
        return np.resize(scaled, columns * rows).tobytes()

    def vector(rows: int, value: float) -> bytes:
        return np.full(rows, value, np.float32).tobytes()

    tensors = [
        Tensor(name, (columns, rows), True, partial(matrix, columns, rows))
        if columns
        else Tensor(name, (rows,), False, partial(vector, rows, float("bias" not in name)))
        for name, columns, rows in _tensors(shape)
    ]
    keys: dict[str, Value] = {
        "general.architecture": "qwen2",
        "general.name": shape.name,
        "general.file_type": 1,
        "qwen2.block_count": shape.layers,
        "qwen2.context_length": shape.context,
        "qwen2.embedding_length": shape.width,
        "qwen2.feed_forward_length": shape.feed_forward,
        "qwen2.attention.head_count": shape.heads,
        "qwen2.attention.head_count_kv": shape.kv_heads,
        "qwen2.attention.layer_norm_rms_epsilon": 1e-6,
        "qwen2.rope.freq_base": 1e6,
    }
    write_gguf(file, keys | vocabulary_keys(shape.vocabulary), tensors)
