"""GGUF heads that can't be are refused before llama.cpp sees them; those of real models are read."""

from __future__ import annotations

import math
import random
import struct
import time
from itertools import count

import pytest

from cgr_nb.errors import ModelError
from cgr_nb.models.engine.layout import cell_bytes
from cgr_nb.models.gguf import read_head

LLAMA = {
    "general.architecture": "llama",
    "llama.block_count": 4,
    "llama.context_length": 512,
    "llama.embedding_length": 64,
    "llama.feed_forward_length": 128,
    "llama.attention.head_count": 4,
    "llama.attention.head_count_kv": 2,
}
KINDS = {bool: (7, "?"), int: (4, "I"), float: (6, "f")}


def text(value):
    data = value if isinstance(value, bytes) else value.encode()
    return struct.pack("<Q", len(data)) + data


def value_of(value):
    """A value with its type: a list is an array, a (type, bytes) pair is as it stands."""
    if isinstance(value, tuple):
        return struct.pack("<I", value[0]) + value[1]
    if isinstance(value, (str, bytes)):
        return struct.pack("<I", 8) + text(value)
    if isinstance(value, list):
        return struct.pack("<IIQ", 9, 5, len(value)) + struct.pack(f"<{len(value)}i", *value)
    kind, code = KINDS[type(value)]
    return struct.pack(f"<I{code}", kind, value)


def tensor(name, sides, kind=0, offset=0):
    return text(name) + struct.pack(f"<I{len(sides)}QIQ", len(sides), *sides, kind, offset)


@pytest.fixture
def made(tmp_path):
    """Write a head of (key, value) pairs and tensors, followed by so many bytes."""

    def write(keys, tensors=(), data=0, counts=None):
        pairs = list(keys.items()) if isinstance(keys, dict) else list(keys)
        body = b"GGUF" + struct.pack("<IQQ", 3, *(counts or (len(tensors), len(pairs))))
        body += b"".join(text(key) + value_of(value) for key, value in pairs) + b"".join(tensors)
        path = tmp_path / "made.gguf"
        path.write_bytes(body + b"\0" * (-len(body) % 32 + data))
        return path

    return write


def llama(**changes):
    return LLAMA | {f"llama.{key.replace('__', '.')}": value for key, value in changes.items()}


@pytest.mark.parametrize(
    ("keys", "named"),
    [
        (llama(block_count=0), "llama.block_count is inconsistent"),
        (llama(block_count=1_000_000), "llama.block_count is inconsistent"),
        (llama(block_count="four"), "llama.block_count is not a whole number"),
        (llama(block_count=[4, 4]), "llama.block_count is not a whole number"),
        (llama(block_count=(5, struct.pack("<i", -1))), "llama.block_count is inconsistent"),
        (llama(embedding_length=0), "llama.embedding_length is inconsistent"),
        (llama(embedding_length=66), "llama.attention.head_count is inconsistent"),
        (llama(embedding_length=True), "llama.embedding_length is not a whole number"),
        (llama(context_length=1 << 31), "llama.context_length is inconsistent"),
        (llama(context_length=(10, struct.pack("<Q", 1 << 63))), "llama.context_length"),
        (llama(context_length=512.0), "llama.context_length is not a whole number"),
        (llama(attention__head_count=0), "llama.attention.head_count is inconsistent"),
        (llama(attention__head_count=3), "llama.attention.head_count_kv is inconsistent"),
        (llama(attention__head_count=[0, 0, 0, 0]), "llama.attention.head_count is inconsistent"),
        (llama(attention__head_count_kv=0), "llama.attention.head_count_kv is inconsistent"),
        (llama(attention__head_count_kv=8), "llama.attention.head_count_kv is inconsistent"),
        (llama(attention__head_count_kv=3), "llama.attention.head_count_kv is inconsistent"),
        (llama(attention__head_count_kv=[2, -2, 2, 2]), "head_count_kv is inconsistent"),
        (llama(attention__head_count_kv=[2, 2, 8, 2]), "head_count_kv is inconsistent"),
        (llama(attention__head_count_kv="two"), "head_count_kv is not a whole number"),
        (llama(attention__key_length=1 << 20), "llama.attention.key_length is inconsistent"),
        (llama(rope__dimension_count=1 << 20), "llama.rope.dimension_count is inconsistent"),
        (llama(rope__freq_base=math.nan), "llama.rope.freq_base is inconsistent"),
        (llama(expert_count=4, expert_used_count=8), "llama.expert_used_count is inconsistent"),
        (llama(expert_count=4, expert_used_count=0), "llama.expert_used_count is inconsistent"),
        (llama(expert_used_count=2), "llama.expert_used_count is inconsistent"),
        (LLAMA | {"general.architecture": 7}, "general.architecture is not a text"),
        (LLAMA | {"general.file_type": "Q8_0"}, "general.file_type is not a whole number"),
        (LLAMA | {"general.alignment": 3}, "general.alignment is 3"),
        (LLAMA | {"general.alignment": 0}, "general.alignment is 0"),
        (LLAMA | {"tokenizer.chat_template": 7}, "tokenizer.chat_template is not a text"),
        (LLAMA | {"tokenizer.ggml.add_bos_token": 1}, "add_bos_token is not true or false"),
        (LLAMA | {"split.count": "three"}, "split.count is not a whole number"),
        ([*LLAMA.items(), ("llama.block_count", 5)], "'llama.block_count' is there twice"),
        (LLAMA | {"": 1}, "a name is empty or too long"),
        (LLAMA | {"x" * 70_000: 1}, "a name is empty or too long"),
        (LLAMA | {"a": (8, struct.pack("<Q", 1 << 63))}, "it ends before its head does"),
        (LLAMA | {"a": (9, struct.pack("<IQ", 8, 1 << 63))}, "it ends before its head does"),
        (LLAMA | {"a": (9, struct.pack("<IQ", 5, 1 << 63))}, "it ends before its head does"),
        (LLAMA | {"a": (9, struct.pack("<IQ", 9, 1) * 3)}, "an array holds values of an unknown"),
        (LLAMA | {"a": (77, b"")}, "a value is of an unknown type, 77"),
    ],
)
def test_a_head_that_can_not_be_is_refused_with_what_is_wrong(made, keys, named):
    with pytest.raises(ModelError) as caught:
        read_head(made(keys))
    assert named in str(caught.value)
    assert "made.gguf" in str(caught.value)
    assert caught.value.got is not None
    assert caught.value.fix is not None


@pytest.mark.parametrize(
    ("tensors", "data", "named"),
    [
        ([tensor("a", (8,)), tensor("b", (8,), offset=16)], 64, "begins at 16"),
        ([tensor("a", (16,)), tensor("b", (8,), offset=32)], 96, "'b' lies on another"),
        ([tensor("a", (8,)), tensor("a", (8,), offset=32)], 96, "'a' is there twice"),
        ([tensor("a", (16,))], 32, "'a' lies beyond the end"),
        ([tensor("a", (1 << 39, 1 << 39))], 32, "'a' has the sides"),
        ([tensor("a", (1 << 63,))], 32, "'a' has the sides"),
        ([tensor("a", (8,), offset=1 << 63)], 32, "'a' lies beyond the end"),
        ([tensor("a", (33,), kind=8)], 96, "'a' has rows of 33"),
        ([tensor("a", (1, 1, 1, 1, 1))], 32, "'a' has 5 dimensions"),
        ([tensor("", (8,))], 32, "a name is empty"),
    ],
)
def test_tensors_that_can_not_be_are_refused(made, tensors, data, named):
    with pytest.raises(ModelError, match="cut short or damaged") as caught:
        read_head(made(LLAMA, tensors, data))
    assert named in str(caught.value)


@pytest.mark.parametrize("counts", [(1 << 63, 7), (0, 1 << 63), (1 << 20, 7)])
def test_a_head_that_promises_more_than_it_holds_is_refused(made, counts):
    with pytest.raises(ModelError, match="cut short or damaged"):
        read_head(made(LLAMA, counts=counts))


HYBRID = {"general.architecture": "lfm2", "lfm2.block_count": 3, "lfm2.embedding_length": 64}
REAL = {
    "grouped heads": (LLAMA, 2 * 4 * 2 * 32),
    "no number of key heads": (
        {key: value for key, value in LLAMA.items() if "kv" not in key},
        2 * 4 * 4 * 32,
    ),
    "an odd number of heads": (
        llama(embedding_length=576, attention__head_count=9, attention__head_count_kv=3),
        2 * 4 * 3 * 128,
    ),
    "a width that is no multiple, and a key length": (
        llama(embedding_length=66, attention__key_length=32, attention__value_length=16),
        2 * 4 * 2 * 48,
    ),
    "numbers for each layer": (
        llama(attention__head_count=[4, 8, 4, 8], attention__head_count_kv=[1, 2, 1, 2])
        | {"llama.attention.key_length": 16, "llama.attention.value_length": 16},
        2 * 6 * 32,
    ),
    "layers without attention": (
        HYBRID | {"lfm2.attention.head_count": 2, "lfm2.attention.head_count_kv": [0, 1, 0]},
        2 * 64,
    ),
    "no heads at all": (
        {
            "general.architecture": "mamba",
            "mamba.block_count": 2,
            "mamba.embedding_length": 64,
            "mamba.context_length": 1 << 20,
            "mamba.attention.head_count": 0,
            "mamba.ssm.state_size": 16,
        },
        2 * 2 * 128,
    ),
    "a mixture": (llama(expert_count=8, expert_used_count=2), 2 * 4 * 2 * 32),
    "keys and values of two lengths": (
        llama(
            attention__head_count_kv=1,
            attention__key_length=576,
            attention__value_length=512,
            attention__kv_lora_rank=512,
        ),
        2 * 4 * (576 + 512),
    ),
    "a vocabulary only": ({"general.architecture": "llama"}, 2 * 2),
}


@pytest.mark.parametrize("name", REAL)
def test_the_heads_of_real_architectures_are_read(made, name):
    keys, size = REAL[name]
    assert cell_bytes(read_head(made(keys))) == size


def test_long_texts_and_arrays_are_stepped_over(made):
    keys = LLAMA | {"a.long": "x" * (2 << 20), "a.list": [1] * 20_000, "a.short": [1, 2]}
    head = read_head(made(keys))
    assert head.metadata["a.short"] == (1, 2)
    assert not {"a.long", "a.list"} & set(head.metadata)


def test_a_type_of_tensor_that_is_not_known_is_not_measured(made):
    head = read_head(made(LLAMA, [tensor("a", (7,), kind=99)], data=32))
    assert head.parameters == 7


EDGES = (0, 1, 2, 3, 7, 255, 65_535, (1 << 31) - 1, 1 << 31, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)


def mutated(data, draw):
    """A damaged copy: bytes changed, cut, doubled, moved; numbers set to what breaks readers."""
    data = bytearray(data)
    vocabulary = data.index(b"tokenizer.ggml.tokens")
    for _ in range(draw.choice((1, 1, 1, 2, 4))):
        # Before the vocabulary stand the model's numbers; somewhere behind it the tensors.
        most = draw.choice((vocabulary, vocabulary, vocabulary + 24_000))
        place, kind = draw.randrange(4, min(most, len(data))), draw.randrange(7)
        if kind == 0:
            data[place] = draw.randrange(256)
        elif kind == 1:
            data[place : place + 8] = struct.pack("<Q", draw.choice(EDGES))
        elif kind == 2:
            data[place : place + 4] = struct.pack("<I", draw.choice(EDGES) & 0xFFFFFFFF)
        elif kind == 3:
            data[place : place + draw.randrange(1, 64)] = b""
        elif kind == 4:
            data[place : place + 64] = data[place : place + draw.randrange(1, 64)] * 2
        elif kind == 5:
            other = draw.randrange(4, len(data))
            data[place : place + 16] = data[other : other + 16]
        else:
            del data[place:]
        if len(data) < 8:
            break
    return bytes(data)


def test_whatever_is_done_to_a_head_it_is_read_or_refused_in_one_line(
    bundled_cards, repository, tmp_path, fuzz_seconds
):
    paths = [
        repository / "fixtures" / "models" / card.path for card in bundled_cards if card.sha256
    ]
    files = [path.read_bytes() for path in paths if path.is_file()]
    if not files:
        pytest.skip("no bundled models")
    draw, read, path = random.Random(14), 0, tmp_path / "damaged.gguf"
    ends = time.monotonic() + fuzz_seconds
    for tried in count(1):
        path.write_bytes(mutated(draw.choice(files), draw))
        try:
            head = read_head(path)
            cell_bytes(head)
            _ = head.context_tokens, head.quantisation, head.chat_template, head.parts
            read += 1
        except ModelError as error:
            told = str(error)
            if "\n" in told or len(told) > 1000:
                pytest.fail(f"not one short line: {told}")
        if time.monotonic() > ends and tried > 100:
            break
    print(f"GGUF heads: {tried} tried, {read} read, {tried - read} refused")
