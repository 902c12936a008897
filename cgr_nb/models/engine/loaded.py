"""A model in memory: weights, vocabulary, chat template, context and the scheduler over it."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock

from cgr_nb.errors import ModelError, RequestError
from cgr_nb.models.chat import ChatTemplate, Part
from cgr_nb.models.engine.context import Context, forgets
from cgr_nb.models.engine.continuations import split_continuations
from cgr_nb.models.engine.idle import IdleCores
from cgr_nb.models.engine.kv_cache import TILE, KvCache
from cgr_nb.models.engine.layout import plan_layout
from cgr_nb.models.engine.options import EngineOptions
from cgr_nb.models.engine.request import Request
from cgr_nb.models.engine.scheduler import Scheduler
from cgr_nb.models.engine.thinking import shown_tokens
from cgr_nb.models.engine.threads import ThreadTuner
from cgr_nb.models.engine.trial_run import measure_rates
from cgr_nb.models.llama_bindings import llama_cpp
from cgr_nb.models.native import Vocabulary, gpus, load_weights, offloads, weight_buffers
from cgr_nb.models.rates import Rates
from cgr_nb.records import Message, Sampling
from cgr_nb.thoughts import closing_text

__all__ = ["Loaded", "Prompt"]

_ALL_LAYERS = 999


@dataclass(frozen=True, slots=True)
class Prompt:
    """A conversation as the model sees it."""

    text: str
    tokens: list[int]
    opened: str
    """The mark with which it opens a thought; "" where it does not."""
    tail: str
    """What of it stands behind its last control token."""


class Loaded:
    """Everything that one engine has loaded."""

    def __init__(
        self,
        name: str,
        path: Path,
        template: str,
        options: EngineOptions,
        cell: int,
        experts: int,
        *,
        extra_buffers: bool = True,
        on_progress: Callable[[float], None] | None = None,
        on_stage: Callable[[str], None] | None = None,
    ) -> None:
        """Load, and compute a first batch.

        Args:
            name: What errors call the model.
            path: Its weight file.
            template: Source of its chat template.
            options: How to run it.
            cell: Bytes of one cell of its memory.
            experts: Experts of each layer; 0 where it is not a mixture.
            extra_buffers: Whether llama.cpp may repack weights for this processor.
            on_progress: Called with 0 to 1 while the weights come in.
            on_stage: Called with "loading" and "first batch" before each of them.

        Raises:
            ModelError: The weights can't be loaded or used, or memory is short.
        """
        tell = on_stage or (lambda stage: None)
        offload = offloads()
        asked = _ALL_LAYERS if options.gpu_layers is None else options.gpu_layers
        self.placement = "no layers on a GPU"
        """Where its layers lie, in words."""
        self._name = name
        self._lock = Lock()
        self._open = True
        tell("loading")
        self._model = load_weights(path, asked if offload else 0, on_progress, extra_buffers)
        self.buffers = weight_buffers()
        """Kinds of buffers that the weights lie in, in llama.cpp's words."""
        context: Context | None = None
        try:
            if llama_cpp.llama_model_has_encoder(self._model):
                raise ModelError("encoder-decoder models are not supported", where=name)
            self.vocabulary = Vocabulary(self._model)
            self.vocabulary.show(shown_tokens(self.vocabulary.control))
            self._template = ChatTemplate(
                template,
                bos=self.vocabulary.text(self.vocabulary.bos),
                eos=self.vocabulary.text(self.vocabulary.eos),
                control=self.vocabulary.control,
                arguments=options.template,
                name=name,
            )
            on_gpu = offload and asked > 0
            if on_gpu:
                self.placement = _placement(asked, llama_cpp.llama_model_n_layer(self._model))
            layout = plan_layout(options, cell, on_gpu, forgets(self._model))
            self.tuner = ThreadTuner(
                options.threads, fixed=options.fixed_threads, idle_cores=IdleCores()
            )
            context = Context(self._model, name, layout, self.tuner)
            tell("first batch")
            context.try_out()
        except BaseException:
            if context is not None:
                context.free()
            llama_cpp.llama_model_free(self._model)
            raise
        self._stop, self._think_tokens = options.stop, options.think_tokens
        self._context = context
        exact = options.mode == "exact"
        reuse = not exact or (not offload and _tiles_are_known(options, experts))
        self._memory = KvCache(self._context, exact, reuse)
        self._parallel = options.parallel
        self.scheduler = Scheduler(
            self._context,
            self._memory,
            self.vocabulary,
            name,
            options.window,
            options.parallel,
        )

    def prompt(self, messages: Sequence[Message], *, closed: bool = False) -> Prompt:
        """Text and tokens of a conversation, chat template applied. From any thread.

        Args:
            messages: The conversation.
            closed: Whether a thought that the template opens is closed at once.

        Raises:
            ModelError: The template refuses the conversation, or the model is closed.
        """
        with self._lock:
            if not self._open:
                raise ModelError("the model is closed", where=self._name)
            parts = self._template.render(messages)
            rendered = "".join(part.text for part in parts)
            opened = self._template.opened_thought(messages, rendered)
            if opened and closed:
                parts = (*parts, Part(closing_text(opened), True))
                rendered, opened = rendered + parts[-1].text, ""
            tokens = [
                token
                for part in parts
                for token in self.vocabulary.tokenise(part.text, part.special)
            ]
            text = rendered.encode("utf-8", "replace").decode()
            bos = self.vocabulary.bos
            # Some templates write the first token themselves; two of them make models stumble.
            if self.vocabulary.adds_bos and tokens[:1] != [bos]:
                tokens.insert(0, bos)
                text = self.vocabulary.text(bos) + text
            return Prompt(text, tokens, opened, self._template.tail(parts))

    def request(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        on_text: Callable[[str], None] | None = None,
        grammar: str | None = None,
        bias: Mapping[int, float] | None = None,
        time_limit_s: float | None = None,
    ) -> Request:
        """A request for the scheduler; see `Request` for what is asked.

        Args:
            messages: The conversation.
            sampling: How the reply is sampled.
            on_text: Told each piece of the reply.
            grammar: GBNF that the reply keeps to.
            bias: Token -> what is added to its logit.
            time_limit_s: Wall time from submission, waiting included, after which it fails.

        Raises:
                ModelError: As `prompt`.
            RequestError: A choice has no tokens, or the same as another one.
        """
        # What is held to choices or to a grammar from its first token can't think before.
        held = bool(sampling.choices) or grammar is not None
        prompt = self.prompt(messages, closed=held)
        tokens = prompt.tokens
        continuations: tuple[tuple[int, ...], ...] = ()
        if sampling.choices:
            tokens, continuations = split_continuations(
                tokens,
                prompt.tail,
                tuple(dict.fromkeys(sampling.choices)),
                lambda text: self.vocabulary.tokenise(text, False),
            )
        return Request(
            prompt.text,
            tokens,
            sampling,
            on_text,
            grammar,
            bias,
            time_limit_s,
            opened=prompt.opened,
            stop=self._stop,
            think_tokens=None if held else self._think_tokens,
            continuations=continuations,
            end_tokens=self._end_tokens if sampling.choices else (),
        )

    @cached_property
    def _end_tokens(self) -> tuple[int, ...]:
        """The first token of each text that ends a reply: what a base model writes at its end."""
        firsts = [self.vocabulary.tokenise(text, True)[:1] for text in self._stop]
        known = self.vocabulary.end_tokens
        return tuple({first: None for [first] in filter(None, firsts) if first not in known})

    def measure_rates(self) -> Rates:
        """Time a few batches. On the engine's thread, while nobody is at work.

        Raises:
            RequestError: Somebody is.
        """
        if not self.scheduler.is_idle:
            raise RequestError(
                "rates can only be measured while the model is idle", where=self._name
            )
        self._memory.drop_kept()
        return measure_rates(self._context, self.tuner, self._parallel)

    def free(self) -> None:
        """Give all memory back. Once only."""
        with self._lock:
            self._open = False
            self._context.free()
            llama_cpp.llama_model_free(self._model)


def _placement(asked: int, layers: int) -> str:
    # One more than the blocks: the output's matrix counts as a layer.
    whole = layers + 1
    share = f"all {whole}" if asked >= whole else f"{asked} of {whole}"
    return f"{share} layers on {' + '.join(gpu.name for gpu in gpus()) or 'a GPU'}"


def _tiles_are_known(options: EngineOptions, experts: int) -> bool:
    """Whether exact mode can tell which prefixes leave all bits as they are; see `memory`."""
    return platform.machine() in ("x86_64", "AMD64") and not experts and options.batch % TILE == 0
