"""One loaded model and its context: a prompt in, a reply out, one at a time, on one thread.

Exact: memory is emptied before each reply, so a reply depends on model, prompt, sampling and seed
and not on what was asked before. (Across machines, builds or thread counts floating-point sums may
differ.) Truncation comes before temperature, llama.cpp's own order: top_k, top_p, min_p,
temperature, draw.
"""

from __future__ import annotations

import ctypes
import hashlib
import time
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import Literal

import llama_cpp

from cgr_nb.errors import ContextOverflow, ModelError
from cgr_nb.models.chat import ChatTemplate
from cgr_nb.models.choices import ChoiceTree
from cgr_nb.models.native import Pointer, Vocabulary, load_weights
from cgr_nb.models.sampling import ReplyText
from cgr_nb.records import Message, ModelCard, Reply, Sampling

__all__ = ["Engine", "Stopped"]

ALL_LAYERS = 999
_RANDOM_SEED = 0xFFFFFFFF
"""llama.cpp reads this one seed as "choose your own"."""


class Stopped(Exception):
    """The reply was given up between two tokens."""


class Engine:
    """A model in memory. Not for two threads at once, except `prompt`."""

    def __init__(
        self, card: ModelCard, path: Path, template: str, threads: int, batch_tokens: int
    ) -> None:
        self._card = card
        offload = llama_cpp.llama_supports_gpu_offload()
        layers = card.options.get("n_gpu_layers", ALL_LAYERS if offload else 0)
        self._model = load_weights(path, int(layers))
        self._batch_tokens = batch_tokens
        try:
            self._context = self._new_context(threads)
        except ModelError:
            llama_cpp.llama_model_free(self._model)
            raise
        self._lock = Lock()
        self._finalizer = weakref.finalize(self, _free, self._context, self._model)
        self._memory = llama_cpp.llama_get_memory(self._context)
        self._vocabulary = Vocabulary(self._model)
        self._template = ChatTemplate(
            template,
            bos=self._vocabulary.text(self._vocabulary.bos),
            eos=self._vocabulary.text(self._vocabulary.eos),
            control=self._vocabulary.control,
            arguments=card.options.get("template"),
            name=card.name,
        )

    def _new_context(self, threads: int) -> Pointer:
        if llama_cpp.llama_model_has_encoder(self._model):
            raise ModelError("encoder-decoder models are not supported", where=self._card.name)
        parameters = llama_cpp.llama_context_default_params()
        parameters.n_ctx = self._card.context_tokens
        parameters.n_batch = parameters.n_ubatch = self._batch_tokens
        parameters.n_seq_max = 1
        parameters.n_threads = parameters.n_threads_batch = threads
        parameters.no_perf = True
        context = llama_cpp.llama_init_from_model(self._model, parameters)
        if not context:
            raise ModelError(
                "there is not enough memory for the context window",
                where=self._card.name,
                got=f"{self._card.context_tokens} tokens",
                fix="lower context_tokens of the card",
            )
        return context

    def free(self) -> None:
        """Give all memory back. Calling it twice is fine."""
        with self._lock:
            self._finalizer()

    def prompt(self, messages: Sequence[Message]) -> tuple[str, list[int]]:
        """Text and tokens of a conversation, chat template applied."""
        with self._lock:
            if not self._finalizer.alive:
                raise ModelError("the model is closed", where=self._card.name)
            parts = self._template.render(messages)
            tokens = [
                token
                for part in parts
                for token in self._vocabulary.tokenise(part.text, part.special)
            ]
            text = "".join(part.text for part in parts).encode("utf-8", "replace").decode()
            bos = self._vocabulary.bos
            # Some templates write the first token themselves; two of them make models stumble.
            if self._vocabulary.adds_bos and tokens[:1] != [bos]:
                tokens.insert(0, bos)
                text = self._vocabulary.text(bos) + text
            return text, tokens

    def reply(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        on_text: Callable[[str], None] | None,
        stop: Callable[[], bool],
    ) -> Reply:
        """Answer one conversation.

        Raises:
            ContextOverflow: Prompt and reply do not fit.
            Stopped: `stop` has become true meanwhile.
        """
        started = time.perf_counter()
        text, tokens = self.prompt(messages)
        llama_cpp.llama_memory_clear(self._memory, True)
        chain = _sampler(sampling)
        try:
            made, finish, count = (self._choose if sampling.choices else self._write)(
                tokens, sampling, chain, on_text, stop
            )
        finally:
            llama_cpp.llama_sampler_free(chain)
        duration = time.perf_counter() - started
        return Reply(made, finish, text, len(tokens), count, duration)

    def _write(
        self,
        tokens: list[int],
        sampling: Sampling,
        chain: Pointer,
        on_text: Callable[[str], None] | None,
        stop: Callable[[], bool],
    ) -> tuple[str, Literal["stop", "length"], int]:
        self._check_room(len(tokens), sampling.max_tokens)
        made = ReplyText(sampling.stop, on_text)
        finish: Literal["stop", "length"] = "length"
        count, pending = 0, tokens
        while count < sampling.max_tokens:
            self._decode(pending, stop)
            token = int(llama_cpp.llama_sampler_sample(chain, self._context, -1))
            if self._vocabulary.ends(token):
                finish = "stop"
                break
            count += 1
            if made.push(self._vocabulary.piece(token)):
                finish = "stop"
                break
            pending = [token]
        return made.finish(), finish, count

    def _choose(
        self,
        tokens: list[int],
        sampling: Sampling,
        chain: Pointer,
        on_text: Callable[[str], None] | None,
        stop: Callable[[], bool],
    ) -> tuple[str, Literal["stop", "length"], int]:
        tree = ChoiceTree(
            sampling.choices,
            lambda text: self._vocabulary.tokenise(text, False),
            self._vocabulary.end_of_turn,
        )
        self._check_room(len(tokens), tree.longest)
        pending = tokens

        def draw(passed: list[int], ways: list[int]) -> int:
            nonlocal pending
            self._decode(pending + passed, stop)
            pending = []
            return self._draw(chain, ways)

        choice, count = tree.walk(draw)
        if on_text is not None:
            on_text(choice)
        return choice, "stop", count

    def _draw(self, chain: Pointer, ways: list[int]) -> int:
        """Sample the next token among a few."""
        logits = llama_cpp.llama_get_logits_ith(self._context, -1)
        data = (llama_cpp.llama_token_data * len(ways))()
        for place, way in enumerate(ways):
            data[place] = llama_cpp.llama_token_data(way, logits[way], 0.0)
        candidates = llama_cpp.llama_token_data_array(
            data=data, size=len(ways), selected=-1, sorted=False
        )
        llama_cpp.llama_sampler_apply(chain, ctypes.byref(candidates))
        token = int(candidates.data[candidates.selected].id)
        llama_cpp.llama_sampler_accept(chain, token)
        return token

    def _decode(self, tokens: Sequence[int], stop: Callable[[], bool]) -> None:
        for start in range(0, len(tokens), self._batch_tokens):
            if stop():
                raise Stopped
            chunk = tokens[start : start + self._batch_tokens]
            array = (llama_cpp.llama_token * len(chunk))(*chunk)
            code = llama_cpp.llama_decode(
                self._context, llama_cpp.llama_batch_get_one(array, len(chunk))
            )
            if code != 0:
                raise ModelError(
                    "llama.cpp could not compute the next token",
                    where=self._card.name,
                    got=f"code {code}",
                    fix="lower context_tokens or n_gpu_layers if memory is short",
                )

    def _check_room(self, prompt: int, reply: int) -> None:
        window = self._card.context_tokens
        if prompt + reply > window:
            raise ContextOverflow(
                "prompt and reply do not fit the context window",
                where=self._card.name,
                got=f"{prompt} prompt tokens + {reply} reply tokens > {window}",
                fix="shorten the prompt, lower max_tokens or use a model with a larger window",
            )


def _sampler(sampling: Sampling) -> Pointer:
    chain = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
    if sampling.temperature == 0:
        stages = [llama_cpp.llama_sampler_init_greedy()]
    else:
        stages = [
            llama_cpp.llama_sampler_init_top_k(sampling.top_k) if sampling.top_k else None,
            llama_cpp.llama_sampler_init_top_p(sampling.top_p, 1) if sampling.top_p < 1 else None,
            llama_cpp.llama_sampler_init_min_p(sampling.min_p, 1) if sampling.min_p else None,
            llama_cpp.llama_sampler_init_temp(sampling.temperature),
            llama_cpp.llama_sampler_init_dist(_seed32(sampling.seed)),
        ]
    for stage in filter(None, stages):
        llama_cpp.llama_sampler_chain_add(chain, stage)
    return chain


def _seed32(seed: int) -> int:
    """The seed itself where it fits llama.cpp's 32 bits, else a hash of it; never "random"."""
    if 0 <= seed < _RANDOM_SEED:
        return seed
    return int.from_bytes(hashlib.sha256(str(seed).encode()).digest()[:8], "big") % _RANDOM_SEED


def _free(context: Pointer, model: Pointer) -> None:
    llama_cpp.llama_free(context)
    llama_cpp.llama_model_free(model)
