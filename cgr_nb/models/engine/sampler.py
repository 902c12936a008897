"""How one reply is drawn: llama.cpp's own chain of samplers, made anew for each reply.

Truncation comes before temperature, llama.cpp's own order: grammar, logit bias, top_k, top_p,
min_p, temperature, draw. Temperature 0 takes the most probable token and looks at no seed.
"""

from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from cgr_nb.errors import RequestError
from cgr_nb.models.engine.context import Logits
from cgr_nb.models.llama_bindings import llama_cpp
from cgr_nb.models.native import Vocabulary
from cgr_nb.records import Sampling

__all__ = ["Sampler"]

_RANDOM_SEED = 0xFFFFFFFF
"""llama.cpp reads this one seed as "choose your own"."""
_CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])


class Sampler:
    """The chain of one reply. Call `free` when the reply is over."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        sampling: Sampling,
        grammar: str | None = None,
        bias: Mapping[int, float] | None = None,
    ) -> None:
        """Build the chain.

        Args:
            vocabulary: The model's tokens.
            sampling: Temperature, cuts and seed.
            grammar: GBNF text with a rule `root` that the reply must follow.
            bias: Token -> what is added to its logit.

        Raises:
            RequestError: llama.cpp can't read the grammar.
        """
        self._vocabulary = vocabulary
        self._is_argmax = sampling.temperature == 0 and grammar is None and not bias
        self._chain = llama_cpp.llama_sampler_chain_init(
            llama_cpp.llama_sampler_chain_default_params()
        )
        if grammar is not None:
            stage = llama_cpp.llama_sampler_init_grammar(
                vocabulary.pointer, grammar.encode(), b"root"
            )
            if not stage:
                self.free()
                raise RequestError("llama.cpp can't read the grammar", got=grammar[:80])
            self._add(stage)
        if bias:
            pairs = (llama_cpp.llama_logit_bias * len(bias))()
            for place, (token, amount) in enumerate(bias.items()):
                pairs[place] = llama_cpp.llama_logit_bias(token, amount)
            self._add(llama_cpp.llama_sampler_init_logit_bias(vocabulary.size, len(bias), pairs))
        if sampling.temperature == 0:
            self._add(llama_cpp.llama_sampler_init_greedy())
            return
        if sampling.top_k:
            self._add(llama_cpp.llama_sampler_init_top_k(sampling.top_k))
        if sampling.top_p < 1:
            self._add(llama_cpp.llama_sampler_init_top_p(sampling.top_p, 1))
        if sampling.min_p:
            self._add(llama_cpp.llama_sampler_init_min_p(sampling.min_p, 1))
        self._add(llama_cpp.llama_sampler_init_temp(sampling.temperature))
        self._add(llama_cpp.llama_sampler_init_dist(_seed32(sampling.seed)))

    def draw(self, logits: Logits) -> int:
        """The next token."""
        if self._is_argmax:
            # The first of equals, as llama.cpp's greedy sampler has it, without sorting a thing.
            return int(logits.argmax())
        return self._draw(self._all, logits)

    def draw_among(self, tokens: Sequence[int], logits: Sequence[float]) -> int:
        """The next token, one of a few."""
        ids = np.asarray(tokens, np.int32)
        return self._draw(ids, np.asarray(logits, np.float32))

    def free(self) -> None:
        """Give the chain back. Once only."""
        llama_cpp.llama_sampler_free(self._chain)

    @cached_property
    def _all(self) -> Logits:
        return np.arange(self._vocabulary.size, dtype=np.int32)

    def _add(self, stage: object) -> None:
        llama_cpp.llama_sampler_chain_add(self._chain, stage)

    def _draw(self, ids: Logits, logits: Logits) -> int:
        table = np.zeros(len(ids), _CANDIDATE)
        table["id"], table["logit"] = ids, logits
        candidates = llama_cpp.llama_token_data_array(
            data=table.ctypes.data_as(llama_cpp.llama_token_data_p),
            size=len(ids),
            selected=-1,
            sorted=False,
        )
        llama_cpp.llama_sampler_apply(self._chain, ctypes.byref(candidates))
        token = int(candidates.data[candidates.selected].id)
        llama_cpp.llama_sampler_accept(self._chain, token)
        return token


def _seed32(seed: int) -> int:
    """The seed itself where it fits llama.cpp's 32 bits, else a hash of it; never "random"."""
    if 0 <= seed < _RANDOM_SEED:
        return seed
    return int.from_bytes(hashlib.sha256(str(seed).encode()).digest()[:8], "big") % _RANDOM_SEED
