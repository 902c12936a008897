"""`models find`: what each file of this machine is, whether it can be a solver, and why not."""

from __future__ import annotations

import json
import os
import shutil
import struct

import pytest
from gguf_splitter import split_gguf
from many_commands import run_commands

from cgr_nb.errors import ModelError
from cgr_nb.models import add_to_registry, find_models, open_model


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder to be looked through, on a machine without caches and stores."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_CACHE_HOME", "HF_HOME", "HF_HUB_CACHE", "OLLAMA_MODELS", "LLAMA_CACHE"):
        monkeypatch.delenv(name, raising=False)
    place = tmp_path / "here"
    place.mkdir()
    return place


def found(folder):
    """File name -> what was found, of the files of the folder."""
    models = find_models(folder).models
    return {os.path.basename(one.path): one for one in models if one.path.startswith(str(folder))}


def test_a_model_that_can_be_a_solver_is_described(folder, weights):
    shutil.copy(weights("solver"), folder / "a.gguf")
    one = found(folder)["a.gguf"]
    assert (one.solver, one.why_not, one.family, one.quantisation) == (True, None, "llama", "Q8_0")
    assert (one.size, one.files) == (weights("solver").stat().st_size, 1)
    assert one.parameters > 100_000
    assert one.context_tokens == 512


def test_split_weights_are_one_model_with_the_size_of_all_parts(folder, weights):
    parts = split_gguf(weights("solver"), folder, 3)
    one = found(folder)[parts[0].name]
    assert (one.solver, one.files) == (True, 3)
    assert one.size == sum(part.stat().st_size for part in parts)
    parts[1].unlink()
    assert "1 of the 3 files" in found(folder)[parts[0].name].why_not


def test_a_base_model_is_told_by_its_missing_template(folder, without_template):
    shutil.copy(without_template, folder / "base.gguf")
    one = found(folder)["base.gguf"]
    assert (one.solver, one.why_not, one.family) == (True, None, "llama")
    assert "--prompts base" in one.to_know


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({"general.architecture": "llama", "general.type": "adapter"}, "an adapter (LoRA)"),
        ({"general.architecture": "llama", "adapter.type": "lora"}, "an adapter (LoRA)"),
        ({"general.architecture": "clip"}, "a projector (mmproj)"),
        ({"general.architecture": "x", "general.type": "mmproj"}, "a projector (mmproj)"),
        ({"general.architecture": "controlvector"}, "a control vector"),
        ({"general.type": "imatrix"}, "an importance matrix"),
        ({"general.architecture": "bert", "bert.pooling_type": 1}, "an embedding model"),
        ({"general.architecture": "bert", "bert.attention.causal": False}, "an embedding model"),
        ({"general.architecture": "t5"}, "an encoder-decoder model"),
        ({"general.architecture": "llama"}, "a vocabulary without weights"),
    ],
)
def test_what_is_no_model_of_text_is_told_by_find_and_refused_by_add(folder, gguf, keys, why):
    path = gguf(keys)
    shutil.copy(path, folder / "x.gguf")
    one = found(folder)["x.gguf"]
    assert not one.solver
    assert one.why_not.startswith(why)
    with pytest.raises(ModelError, match="no model that answers in text") as caught:
        add_to_registry(path, folder / "models.toml", None, ["solver"])
    assert why in str(caught.value)


@pytest.mark.parametrize("keys", [{"general.type": "adapter"}, {"general.type": "mmproj"}])
def test_what_is_no_model_of_text_is_not_opened(card_of, gguf, keys):
    path = gguf({"general.architecture": "llama", **keys})
    with pytest.raises(ModelError, match=r"adapter|projector"):
        open_model(card_of(path))


def string(text: bytes) -> bytes:
    return struct.pack("<Q", len(text)) + text


HEAD = b"GGUF" + struct.pack("<I", 3)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GGUF",
        b"<!doctype html>",
        HEAD + struct.pack("<QQ", 0, 1 << 62),
        HEAD + struct.pack("<QQ", 1 << 62, 0),
        HEAD + struct.pack("<QQ", 0, 1) + string(b"a") + struct.pack("<IIQ", 9, 8, 1 << 60),
        HEAD + struct.pack("<QQ", 0, 1) + string(b"a") + struct.pack("<IIQ", 9, 9, 3),
        HEAD + struct.pack("<QQ", 0, 1) + string(b"general.type") + struct.pack("<II", 4, 7),
    ],
)
def test_a_broken_head_is_told_and_hides_no_other(folder, weights, data):
    (folder / "bad.gguf").write_bytes(data)
    shutil.copy(weights("solver"), folder / "good.gguf")
    models = found(folder)
    assert models["good.gguf"].solver
    assert not models["bad.gguf"].solver
    assert len(models["bad.gguf"].why_not.splitlines()) == 1


def sparse(path, head: bytes, size: int) -> None:
    """A file that takes no room, however large it says that it is."""
    with path.open("wb") as file:
        file.write(head)
        file.truncate(size)


@pytest.mark.parametrize(
    ("head", "why"),
    [
        # A terabyte of zeros: as many empty texts, names and keys as one likes.
        (struct.pack("<QQ", 0, 1) + string(b"a") + struct.pack("<IIQ", 9, 8, 1 << 36), "texts"),
        (struct.pack("<QQ", 0, 1) + string(b"a") + struct.pack("<IIQ", 9, 0, 1 << 38), "too long"),
        (struct.pack("<QQ", 0, 1) + string(b"a") + struct.pack("<IQ", 8, 1 << 38), "too long"),
        (struct.pack("<QQ", 1 << 30, 0), "tensors"),
        (struct.pack("<QQ", 0, 1 << 30), "keys"),
    ],
)
def test_a_huge_file_of_nothing_is_refused_without_being_read_through(folder, head, why):
    sparse(folder / "huge.gguf", HEAD + head, 1 << 40)
    assert why in found(folder)["huge.gguf"].why_not


def test_texts_that_would_fill_memory_are_refused(folder):
    kept = b"".join(
        string(b"k%d" % n) + struct.pack("<I", 8) + string(b"x" * (1 << 20)) for n in range(80)
    )
    (folder / "long.gguf").write_bytes(HEAD + struct.pack("<QQ", 0, 80) + kept)
    assert "its texts are too long" in found(folder)["long.gguf"].why_not


def test_find_from_a_terminal_prints_what_add_takes(folder, weights):
    shutil.copy(weights("solver"), folder / "a.gguf")
    (folder / "bad.gguf").write_bytes(b"x")
    printed, as_json, added = run_commands(
        ("models", "find"), ("models", "find", "--json"), ("models", "add", "a.gguf"), cwd=folder
    )
    assert printed["code"] == 0, printed["err"]
    lines = printed["out"].splitlines()
    assert [line.split()[-2:] for line in lines if line.endswith(" a.gguf")] == [["yes", "a.gguf"]]
    assert "bad.gguf: not a GGUF file" in lines
    models = json.loads(as_json["out"])["models"]
    assert {"a.gguf", "bad.gguf"} <= {one["source"] for one in models}
    assert added["code"] == 0, added["err"]


@pytest.mark.parametrize(
    "name", [b"a\x1b[31m.gguf", b"a\rb.gguf", "a\u202eb.gguf".encode(), b"a\xff.gguf"]
)
def test_names_that_would_steer_a_terminal_are_printed_escaped(folder, weights, name):
    shutil.copy(weights("solver"), folder / os.fsdecode(name))
    printed, as_json, added = run_commands(
        ("models", "find"),
        ("models", "find", "--json"),
        ("models", "add", os.fsdecode(name)),
        cwd=folder,
    )
    assert printed["code"] == 0, printed["err"]
    assert not {"\x1b", "\r", "\u202e"} & set(printed["out"])
    assert not {"\x1b", "\r"} & set(as_json["out"])
    assert len(json.loads(as_json["out"])["models"]) > 1
    assert added["code"] in (0, 2)
    assert "Traceback" not in added["err"]
