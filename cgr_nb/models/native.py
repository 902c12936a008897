"""llama.cpp through its C interface: log, loading, vocabulary.

Importing this module loads the shared library; `cgr_nb.models` does not import it.
llama.cpp has one log for the whole process: from here on it goes to the Python logger
"cgr_nb.llama_cpp" (nothing is printed), and its last errors explain a failed load.
"""

from __future__ import annotations

import ctypes
import logging
import os
import re
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

from cgr_nb.errors import ModelError
from cgr_nb.extras import version_of
from cgr_nb.models.llama_bindings import llama_cpp
from cgr_nb.models.llama_build import compiler
from cgr_nb.util.surrogates import escape_surrogates

__all__ = [
    "Gpu",
    "Pointer",
    "Vocabulary",
    "build_info",
    "gpus",
    "load_weights",
    "offloads",
    "on_log_line",
    "weight_buffers",
]

Pointer: TypeAlias = Any
"""A pointer of the C library; ctypes tells no more about it."""

LOG = logging.getLogger("cgr_nb.llama_cpp")
_ERROR = 4  # enum ggml_log_level
_GPU, _INTEGRATED_GPU = 1, 2  # enum ggml_backend_dev_type
_last_errors: deque[str] = deque(maxlen=4)
_BUFFER = re.compile(r"load_tensors: +(\S.*?) model buffer size")
_buffers: dict[str, None] = {}
_listeners: list[Callable[[str], None]] = []


def _on_log(level: int, text: bytes, _: object) -> None:
    line = text.decode("utf-8", "replace").strip()
    if level == _ERROR and line:
        _last_errors.append(line)
    if found := _BUFFER.match(line):
        _buffers[found[1]] = None
    # The library's own warnings are not the user's business; a logger can still be turned up.
    LOG.debug("%s", line)
    for tell in _listeners:
        tell(line)


# llama.cpp keeps the pointer for good: the callback must never be collected.
_log_callback = llama_cpp.llama_log_callback(_on_log)
llama_cpp.llama_log_set(_log_callback, ctypes.c_void_p(0))
llama_cpp.llama_backend_init()


def on_log_line(listener: Callable[[str], None]) -> None:
    """Tell each line of llama.cpp's log from now on, from any thread. It must not raise."""
    _listeners[:] = [listener]


def offloads() -> bool:
    """Whether this build puts layers on a GPU here."""
    return bool(llama_cpp.llama_supports_gpu_offload())


def weight_buffers() -> tuple[str, ...]:
    """Kinds of buffers that the weights loaded last lie in, such as "CPU_Mapped" or
    "CPU_REPACK"."""
    return tuple(_buffers)


def build_info() -> dict[str, Any]:
    """What the installed llama.cpp can do."""
    return {
        "llama_cpp": version_of("llama-cpp-python"),
        "compiler": compiler(),
        "gpu_offload": offloads(),
        "gpus": [f"{gpu.name} ({gpu.memory_bytes / 1e9:.1f} GB)" for gpu in gpus()],
        "system": llama_cpp.llama_print_system_info().decode("utf-8", "replace").strip(" |"),
    }


@dataclass(frozen=True, slots=True)
class Gpu:
    """A device that llama.cpp puts layers on."""

    name: str
    memory_bytes: int
    """All of its memory, taken or free."""
    shares_memory: bool
    """It is part of the processor and takes the machine's own memory."""


def gpus() -> list[Gpu]:
    """What this build of llama.cpp can offload to; nothing where the library does not tell."""
    try:
        # ggml-backend.h; the package does not wrap it.
        library = llama_cpp.llama_cpp._lib
        count, device_at = library.ggml_backend_dev_count, library.ggml_backend_dev_get
        kind, describe = library.ggml_backend_dev_type, library.ggml_backend_dev_description
        measure = library.ggml_backend_dev_memory
    except AttributeError:
        return []
    count.restype = ctypes.c_size_t
    device_at.restype, device_at.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    kind.restype, kind.argtypes = ctypes.c_int, [ctypes.c_void_p]
    describe.restype, describe.argtypes = ctypes.c_char_p, [ctypes.c_void_p]
    size = ctypes.POINTER(ctypes.c_size_t)
    measure.restype, measure.argtypes = None, [ctypes.c_void_p, size, size]
    found = []
    for device in map(device_at, range(count())):
        if kind(device) not in (_GPU, _INTEGRATED_GPU):
            continue
        free, total = ctypes.c_size_t(), ctypes.c_size_t()
        measure(device, ctypes.byref(free), ctypes.byref(total))
        name = describe(device).decode("utf-8", "replace")
        found.append(Gpu(name, total.value, kind(device) == _INTEGRATED_GPU))
    return found


def load_weights(
    path: Path,
    gpu_layers: int,
    on_progress: Callable[[float], None] | None = None,
    extra_buffers: bool = True,
) -> Pointer:
    """Load a weight file and return llama.cpp's pointer to it.

    Args:
        path: A whole GGUF file.
        gpu_layers: Layers to put on a GPU.
        on_progress: Called with 0 to 1 as the weights come in; it must not raise.
        extra_buffers: Whether weights may be repacked into buffers for this processor (AMX, ...).

    Raises:
        ModelError: llama.cpp can't load it; its own words are in the message.
    """
    parameters = llama_cpp.llama_model_default_params()
    parameters.n_gpu_layers = gpu_layers
    parameters.use_extra_bufts = extra_buffers
    if on_progress is not None:
        tell = on_progress

        def go_on(done: float, _: object) -> bool:
            tell(done)
            return True

        parameters.progress_callback = llama_cpp.llama_progress_callback(go_on)
    _last_errors.clear()
    _buffers.clear()
    model = llama_cpp.llama_model_load_from_file(os.fsencode(path), parameters)
    if not model:
        # The first complaint is the cause; what follows only passes it on.
        reason = _last_errors[0].rpartition("error loading model: ")[2] if _last_errors else ""
        raise ModelError(
            "llama.cpp can't load the weights",
            where=str(path),
            got=reason or None,
            fix="fetch the file again, or update llama-cpp-python if the model is newer than it",
        )
    return model


class Vocabulary:
    """The tokens of a loaded model."""

    def __init__(self, model: Pointer) -> None:
        self.pointer: Pointer = llama_cpp.llama_model_get_vocab(model)
        self.size: int = llama_cpp.llama_vocab_n_tokens(self.pointer)
        self.bos: int = llama_cpp.llama_vocab_bos(self.pointer)
        self.eos: int = llama_cpp.llama_vocab_eos(self.pointer)
        eot: int = llama_cpp.llama_vocab_eot(self.pointer)
        self.end_of_turn = self.eos if eot < 0 else eot
        self.adds_bos: bool = llama_cpp.llama_vocab_get_add_bos(self.pointer)
        self._pieces: dict[int, bytes] = {}

    def show(self, texts: Iterable[str]) -> None:
        """Let control tokens of these texts stand for their text in replies, not for nothing."""
        for text in texts:
            if len(tokens := self.tokenise(text, True)) == 1:
                self._pieces[tokens[0]] = text.encode()

    def text(self, token: int) -> str:
        """The token's text in the vocabulary, "" for a token that does not exist."""
        if token < 0:
            return ""
        return bytes(llama_cpp.llama_vocab_get_text(self.pointer, token)).decode("utf-8", "replace")

    @cached_property
    def control(self) -> tuple[str, ...]:
        """Texts of all control tokens."""
        is_control = llama_cpp.llama_vocab_is_control
        return tuple(
            self.text(token) for token in range(self.size) if is_control(self.pointer, token)
        )

    def ends(self, token: int) -> bool:
        """True for a token that ends the reply."""
        return bool(llama_cpp.llama_vocab_is_eog(self.pointer, token))

    @cached_property
    def end_tokens(self) -> tuple[int, ...]:
        """All tokens that end the reply."""
        return tuple(token for token in range(self.size) if self.ends(token))

    def tokenise(self, text: str, special: bool) -> list[int]:
        """Tokens of a text, nothing added in front.

        Args:
            text: Any text; what is no valid Unicode is escaped (see `surrogates`).
            special: True where texts of control tokens are meant as control tokens.
        """
        data = escape_surrogates(text).encode()
        room = len(data) + 8
        tokens = (llama_cpp.llama_token * room)()
        vocab = self.pointer
        count = llama_cpp.llama_tokenize(vocab, data, len(data), tokens, room, False, special)
        if count < 0:
            tokens = (llama_cpp.llama_token * -count)()
            count = llama_cpp.llama_tokenize(vocab, data, len(data), tokens, -count, False, special)
        return list(tokens[:count])

    def piece(self, token: int) -> bytes:
        """The bytes a token stands for; none for a control token that is not shown."""
        if token not in self._pieces:
            self._pieces[token] = self._read_piece(token)
        return self._pieces[token]

    def _read_piece(self, token: int) -> bytes:
        room = 64
        while True:
            buffer = ctypes.create_string_buffer(room)
            size = llama_cpp.llama_token_to_piece(self.pointer, token, buffer, room, 0, False)
            if size >= 0:
                return buffer.raw[:size]
            room = -size
