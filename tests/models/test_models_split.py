"""Weights split over several GGUF files load as they are, and answer as the whole file does."""

from __future__ import annotations

import asyncio
import hashlib
import shutil

import pytest
from gguf_splitter import split_gguf

from cgr_nb.errors import ModelError
from cgr_nb.models import Registry, add_to_registry, check_model, open_model
from cgr_nb.models.gguf import read_head
from cgr_nb.models.gguf_parts import read_weights_head
from cgr_nb.records import Message, Sampling
from cgr_nb.util.bundled import bundled_folder


@pytest.fixture
def parts(weights, tmp_path):
    return split_gguf(weights("solver"), tmp_path / "parts", 3, "tiny")


def replies(model):
    asked = ("What is 9 times 3?", "Answer with one letter: A or B.")
    return [
        asyncio.run(model.reply([Message("user", text)], Sampling(max_tokens=12, seed=3))).text
        for text in asked
    ]


def test_the_parts_hold_what_the_whole_file_holds(parts, weights):
    whole, split = read_head(weights("solver")), read_weights_head(parts[0])
    assert (split.tensors, split.parameters) == (whole.tensors, whole.parameters)
    assert split.chat_template == whole.chat_template


def test_split_weights_give_the_replies_of_the_whole_file(opened, parts, solver):
    split = opened(parts[0])
    assert replies(split) == replies(solver)
    assert split.memory_bytes > sum(part.stat().st_size for part in parts)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_any_part_names_the_model(opened, parts, solver, number):
    assert replies(opened(parts[number])) == replies(solver)


def test_parts_behind_links_load_as_they_do_in_a_cache_of_links(opened, parts, tmp_path):
    snapshot, blobs = tmp_path / "snapshot", tmp_path / "blobs"
    snapshot.mkdir()
    blobs.mkdir()
    for number, part in enumerate(parts):
        blob = shutil.move(part, blobs / f"blob{number}")
        (snapshot / part.name).symlink_to(blob)
    assert replies(opened(snapshot / parts[0].name))


def test_the_hash_is_over_the_bytes_of_all_parts(opened, parts):
    everything = b"".join(part.read_bytes() for part in parts)
    assert opened(parts[0]).card.sha256 == hashlib.sha256(everything).hexdigest()


def test_a_change_in_a_later_part_is_another_model(card_of, opened, parts):
    sha256 = opened(parts[0]).card.sha256
    data = bytearray(parts[2].read_bytes())
    data[-1] ^= 1
    parts[2].write_bytes(data)
    with pytest.raises(ModelError, match="does not match its card"):
        open_model(card_of(parts[0], sha256=sha256))


def test_a_split_file_becomes_one_card_without_the_number_in_its_name(parts, tmp_path):
    registry = tmp_path / "models.toml"
    add_to_registry(parts[1], registry, None, ["solver"])
    card = Registry.load(registry).get("tiny")
    assert card.path.endswith("tiny-00001-of-00003.gguf")
    assert check_model(card).problem is None


def test_a_part_that_is_missing_is_named(card_of, parts):
    parts[1].unlink()
    with pytest.raises(ModelError, match=r"1 of the 3 files.*no tiny-00002-of-00003\.gguf"):
        open_model(card_of(parts[0]))


def test_parts_that_were_exchanged_are_told(card_of, parts, tmp_path):
    parts[1].rename(tmp_path / "kept")
    parts[2].rename(parts[1])
    (tmp_path / "kept").rename(parts[2])
    with pytest.raises(ModelError, match=r"does not match its name.*part 3 of 3"):
        open_model(card_of(parts[0]))


def test_a_part_of_another_model_is_told(card_of, parts, tmp_path):
    deeper = bundled_folder("models") / "tiny-solver-deep-q5_0.gguf"
    shutil.copy(split_gguf(deeper, tmp_path / "other", 3, "tiny")[2], parts[2])
    with pytest.raises(ModelError, match="not from the same model"):
        open_model(card_of(parts[0]))


def test_a_part_cut_short_is_refused_before_it_is_loaded(card_of, parts):
    parts[2].write_bytes(parts[2].read_bytes()[:-64])
    with pytest.raises(ModelError, match="beyond the end of the file"):
        open_model(card_of(parts[0]))


def test_a_part_under_a_name_that_hides_it_is_told(card_of, parts, tmp_path):
    shutil.copy(parts[0], tmp_path / "whole.gguf")
    with pytest.raises(ModelError, match=r"split over 3 files.*NAME-00001-of-00003"):
        open_model(card_of(tmp_path / "whole.gguf"))


def test_a_whole_file_under_the_name_of_a_part_is_told(card_of, weights, tmp_path):
    for number in (1, 2):
        shutil.copy(weights("solver"), tmp_path / f"x-0000{number}-of-00002.gguf")
    with pytest.raises(ModelError, match="whole, but its name says that it is one of 2 parts"):
        open_model(card_of(tmp_path / "x-00001-of-00002.gguf"))


@pytest.mark.parametrize("name", ["x-00000-of-00002.gguf", "x-00003-of-00002.gguf"])
def test_numbers_of_parts_that_can_not_be_are_refused(card_of, weights, tmp_path, name):
    shutil.copy(weights("solver"), tmp_path / name)
    with pytest.raises(ModelError, match="this can't be a part of split weights"):
        open_model(card_of(tmp_path / name))


def test_one_part_of_one_is_a_whole_file(opened, weights, tmp_path):
    (part,) = split_gguf(weights("solver"), tmp_path, 1, "one")
    assert replies(opened(part)) == replies(opened(weights("solver")))
