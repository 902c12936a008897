"""A byte-level vocabulary of any size, with merges that llama.cpp's own tokeniser uses."""

from __future__ import annotations

from itertools import islice, product

from cgr_nb.bench.engine.writer import Value

__all__ = ["vocabulary_keys"]

_LETTERS = "etaoinshrdlcumwfgypbvkjxqz"
"""By their frequency in English, the most frequent first."""
_SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def vocabulary_keys(size: int) -> dict[str, Value]:
    """Keys of a GGUF file for a vocabulary of so many tokens, and a chat template."""
    tokens, merges = _vocabulary(size)
    plain = size - len(_SPECIAL)
    return {
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "qwen2",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": [1] * plain + [3] * len(_SPECIAL),
        "tokenizer.ggml.merges": merges,
        "tokenizer.ggml.add_bos_token": False,
        "tokenizer.ggml.bos_token_id": plain,
        "tokenizer.ggml.eos_token_id": plain + 2,
        "tokenizer.chat_template": _TEMPLATE,
    }


def _vocabulary(size: int) -> tuple[list[str], list[str]]:
    """Tokens and merges: bytes, pairs of letters, pairs of pairs, each with and without a space."""
    pairs = [first + second for first, second in product(_LETTERS, repeat=2)]
    merges = [f"{pair[0]} {pair[1]}" for pair in pairs]
    merges += [f"Ġ {letter}" for letter in _LETTERS]
    merges += [f"Ġ {pair}" for pair in pairs]
    quads = (f"{first} {second}" for first, second in product(pairs, repeat=2))
    room = size - 256 - len(_SPECIAL)
    merges = merges[:room] + list(islice(quads, max(0, room - len(merges))))
    made = [merge.replace(" ", "") for merge in merges]
    return [*_byte_letters(), *made, *_SPECIAL], merges


def _byte_letters() -> list[str]:
    """The printable letter that stands for each byte in byte-level vocabularies since GPT-2."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = (byte for byte in range(256) if byte not in printable)
    letters = {byte: chr(byte) for byte in printable}
    letters |= {byte: chr(256 + place) for place, byte in enumerate(others)}
    return [letters[byte] for byte in range(256)]
