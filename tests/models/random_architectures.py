"""Random models of other architectures, small enough to be made in a test."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from cgr_nb.bench.engine.vocabulary import vocabulary_keys
from cgr_nb.bench.engine.writer import Tensor, write_gguf

WIDTH, FEED_FORWARD, VOCABULARY, HEADS = 64, 128, 2048, 2
INNER, STATE, RANK, KERNEL = 128, 16, 8, 4
SLIDING_WINDOW = 32


class _Draw:
    def __init__(self):
        self._random = np.random.default_rng(4)

    def tensor(self, name, *sides, scale=0.2):
        def numbers(seed):
            draw = np.random.default_rng(seed)
            return (draw.standard_normal(math.prod(sides)) * scale).astype(np.float32).tobytes()

        return Tensor(name, sides, False, partial(numbers, int(self._random.integers(1 << 30))))

    def same(self, name, *sides, value=1.0):
        data = np.full(math.prod(sides), value, np.float32).tobytes()
        return Tensor(name, sides, False, lambda: data)


def write_mamba(path):
    """Recurrent: a state that can't be cut."""
    draw = _Draw()
    tensors = [
        draw.tensor("token_embd.weight", WIDTH, VOCABULARY),
        draw.same("output_norm.weight", WIDTH),
    ]
    for block in ("blk.0", "blk.1"):
        tensors += [
            draw.same(f"{block}.attn_norm.weight", WIDTH),
            draw.tensor(f"{block}.ssm_in.weight", WIDTH, 2 * INNER),
            draw.tensor(f"{block}.ssm_conv1d.weight", KERNEL, INNER),
            draw.tensor(f"{block}.ssm_conv1d.bias", INNER),
            draw.tensor(f"{block}.ssm_x.weight", INNER, RANK + 2 * STATE),
            draw.tensor(f"{block}.ssm_dt.weight", RANK, INNER),
            draw.tensor(f"{block}.ssm_dt.bias", INNER),
            draw.same(f"{block}.ssm_a", STATE, INNER, value=-0.5),
            draw.same(f"{block}.ssm_d", INNER),
            draw.tensor(f"{block}.ssm_out.weight", INNER, WIDTH),
        ]
    keys = {
        "mamba.feed_forward_length": 0,
        "mamba.attention.head_count": 0,
        "mamba.attention.layer_norm_rms_epsilon": 1e-5,
        "mamba.ssm.conv_kernel": KERNEL,
        "mamba.ssm.inner_size": INNER,
        "mamba.ssm.state_size": STATE,
        "mamba.ssm.time_step_rank": RANK,
    }
    return _write(path, "mamba", 2, keys, tensors)


def write_lfm2(path):
    """Hybrid: a layer with a state, one with attention, one with a state."""
    draw = _Draw()
    key_heads = [0, 1, 0]
    tensors = [
        draw.tensor("token_embd.weight", WIDTH, VOCABULARY),
        draw.same("token_embd_norm.weight", WIDTH),
    ]
    for layer, heads in enumerate(key_heads):
        block = f"blk.{layer}"
        if heads:
            tensors += _attention(draw, block, heads)
        else:
            tensors += [
                draw.tensor(f"{block}.shortconv.conv.weight", 3, WIDTH),
                draw.tensor(f"{block}.shortconv.in_proj.weight", WIDTH, 3 * WIDTH),
                draw.tensor(f"{block}.shortconv.out_proj.weight", WIDTH, WIDTH),
            ]
        tensors += _feed_forward(draw, block)
    keys = {
        "lfm2.feed_forward_length": FEED_FORWARD,
        "lfm2.attention.head_count": HEADS,
        "lfm2.attention.head_count_kv": key_heads,
        "lfm2.attention.layer_norm_rms_epsilon": 1e-5,
        "lfm2.rope.freq_base": 1e6,
        "lfm2.shortconv.l_cache": 3,
    }
    return _write(path, "lfm2", len(key_heads), keys, tensors)


def write_gemma3(path):
    """Attention that looks back over a sliding window, in five layers of six."""
    draw = _Draw()
    tensors = [
        draw.tensor("token_embd.weight", WIDTH, VOCABULARY),
        draw.same("output_norm.weight", WIDTH),
    ]
    for layer in range(6):
        block = f"blk.{layer}"
        tensors += _attention(draw, block, 1) + _feed_forward(draw, block)
        tensors += [
            draw.same(f"{block}.post_attention_norm.weight", WIDTH),
            draw.same(f"{block}.post_ffw_norm.weight", WIDTH),
        ]
    keys = {
        "gemma3.feed_forward_length": FEED_FORWARD,
        "gemma3.attention.head_count": HEADS,
        "gemma3.attention.head_count_kv": 1,
        "gemma3.attention.key_length": WIDTH // HEADS,
        "gemma3.attention.value_length": WIDTH // HEADS,
        "gemma3.attention.layer_norm_rms_epsilon": 1e-6,
        "gemma3.attention.sliding_window": SLIDING_WINDOW,
        "gemma3.rope.freq_base": 1e6,
    }
    return _write(path, "gemma3", 6, keys, tensors)


def _attention(draw, block, key_heads):
    size = WIDTH // HEADS
    return [
        draw.tensor(f"{block}.attn_q.weight", WIDTH, WIDTH),
        draw.tensor(f"{block}.attn_k.weight", WIDTH, key_heads * size),
        draw.tensor(f"{block}.attn_v.weight", WIDTH, key_heads * size),
        draw.tensor(f"{block}.attn_output.weight", WIDTH, WIDTH),
        draw.same(f"{block}.attn_q_norm.weight", size),
        draw.same(f"{block}.attn_k_norm.weight", size),
    ]


def _feed_forward(draw, block):
    return [
        draw.same(f"{block}.attn_norm.weight", WIDTH),
        draw.same(f"{block}.ffn_norm.weight", WIDTH),
        draw.tensor(f"{block}.ffn_gate.weight", WIDTH, FEED_FORWARD),
        draw.tensor(f"{block}.ffn_up.weight", WIDTH, FEED_FORWARD),
        draw.tensor(f"{block}.ffn_down.weight", FEED_FORWARD, WIDTH),
    ]


def _write(path, architecture, layers, keys, tensors):
    head = {
        "general.architecture": architecture,
        f"{architecture}.block_count": layers,
        f"{architecture}.context_length": 512,
        f"{architecture}.embedding_length": WIDTH,
    }
    with path.open("wb") as file:
        write_gguf(file, head | keys | vocabulary_keys(VOCABULARY), tensors)
    return path
