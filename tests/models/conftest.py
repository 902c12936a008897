"""Real tiny models: those that ship, else the pair to build with, else a plain skip."""

from __future__ import annotations

import asyncio
import struct
from pathlib import Path

import pytest
from plain_llama import PlainLlama

from cgr_nb.bench.engine.shape import SMALL, make_model
from cgr_nb.models import Registry, build_info, open_model
from cgr_nb.models.proof import prove_engine
from cgr_nb.records import ModelCard


@pytest.fixture(scope="session")
def weights(repository: Path):
    """Role ("solver", "generator") -> path of a tiny GGUF file."""
    places = (
        repository / "fixtures" / "models" / "tiny-{}-q8_0.gguf",
        repository.parent / "shared" / "models" / "bootstrap-{}-q8_0.gguf",
    )

    def find(role: str) -> Path:
        for place in places:
            path = place.with_name(place.name.format(role))
            if path.is_file():
                return path
        pytest.skip(f"no tiny {role} in fixtures/models nor ../shared/models")

    return find


@pytest.fixture(scope="session")
def random_weights(made_once) -> Path:
    """A random model of the benchmark's small shape, whose prompts and logits are sensitive to the
    last bit. Read only."""

    def make(folder: Path) -> None:
        folder.mkdir()
        make_model(SMALL, folder)

    (path,) = made_once("random-weights", make).iterdir()
    return path


@pytest.fixture(scope="session")
def on_gpu() -> bool:
    """Whether models lie on a GPU: its kernels round otherwise, and exact mode reuses nothing."""
    return bool(build_info()["gpu_offload"])


@pytest.fixture(scope="session")
def proven():
    """llama.cpp works here: what this machine can't bear is known before this process loads it."""
    proof = prove_engine()
    assert proof.works, proof.problem


@pytest.fixture(scope="session")
def plain_llama(proven):
    """llama-cpp-python's own `Llama`, in a child process."""
    child = PlainLlama()
    yield child
    child.close()


@pytest.fixture(scope="session")
def card_of():
    """Weight file -> a card that opens it."""

    def card(path: Path, **changes) -> ModelCard:
        fields = {
            "name": path.stem,
            "roles": ("solver",),
            "backend": "llama_cpp",
            "family": "tiny",
            "parameters": None,
            "quantisation": "Q8_0",
            "context_tokens": 512,
            "licence": "Apache-2.0",
            "source": "a test",
            "sha256": None,
            "path": str(path),
            "prompts": "tiny",
            "options": {"n_threads": 1},
        }
        return ModelCard(**(fields | changes))

    return card


@pytest.fixture
def opened(card_of):
    """Open a weight file for one test; closed afterwards."""
    models = []

    def open_(path: Path, **changes):
        models.append(open_model(card_of(path, **changes)))
        return models[-1]

    yield open_
    for model in models:
        asyncio.run(model.close())


@pytest.fixture(scope="module")
def lasting(card_of):
    """Open a weight file for all tests of a file; closed afterwards."""
    models = []

    def open_(path: Path, **changes):
        models.append(open_model(card_of(path, **changes)))
        return models[-1]

    yield open_
    for model in models:
        asyncio.run(model.close())


@pytest.fixture(scope="module")
def solver(lasting, weights):
    """Loaded once a file: no test may close it."""
    return lasting(weights("solver"))


@pytest.fixture(scope="session")
def bundled_cards():
    return Registry.load().cards


@pytest.fixture
def gguf(tmp_path):
    """Write a GGUF head of text, integer and boolean keys, with no tensors."""

    def write(keys: dict, name: str = "made.gguf") -> Path:
        body = b"GGUF" + struct.pack("<IQQ", 3, 0, len(keys))
        for key, value in keys.items():
            body += struct.pack("<Q", len(key)) + key.encode()
            if isinstance(value, bool):
                body += struct.pack("<I?", 7, value)
            elif isinstance(value, int):
                body += struct.pack("<II", 4, value)
            else:
                body += struct.pack("<IQ", 8, len(value.encode())) + value.encode()
        path = tmp_path / name
        path.write_bytes(body)
        return path

    return write


@pytest.fixture
def patched(tmp_path, weights):
    """A copy of the tiny solver with another chat template of at most its length."""

    def patch(template: str, add_bos: bool | None = None) -> Path:
        data = weights("solver").read_bytes()
        key = b"tokenizer.chat_template" + struct.pack("<I", 8)
        place = data.index(key) + len(key)
        (size,) = struct.unpack_from("<Q", data, place)
        text = template.encode()
        filler = size - len(text)
        assert filler == 0 or filler >= 4, "the template must leave room for a comment"
        text += b"{#" + b" " * (filler - 4) + b"#}" if filler else b""
        data = data[: place + 8] + text + data[place + 8 + size :]
        if add_bos is not None:
            flag = b"tokenizer.ggml.add_bos_token" + struct.pack("<I", 7)
            place = data.index(flag) + len(flag)
            data = data[:place] + bytes([add_bos]) + data[place + 1 :]
        path = tmp_path / "patched.gguf"
        path.write_bytes(data)
        return path

    return patch


@pytest.fixture
def without_template(tmp_path, weights):
    """A copy of the tiny solver that has no chat template: its key is another one."""
    data = weights("solver").read_bytes()
    key = b"tokenizer.chat_template"
    assert data.count(key) == 1
    path = tmp_path / "without-template.gguf"
    path.write_bytes(data.replace(key, b"tokenizer.chat_templatX"))
    return path
