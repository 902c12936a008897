"""What is wrong with a weight file or a card is said in one clear line, when the model is opened."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cgr_nb.errors import ModelError
from cgr_nb.models import open_model
from cgr_nb.models.gguf import read_head
from cgr_nb.records import Message, Sampling

ADD_GENERATION = "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
TURNS = "{% for m in messages %}<|user|>{{ m['content'] }}<|end|>{% endfor %}<|assistant|>"


def ask(model, *messages):
    return asyncio.run(model.reply(messages or [Message("user", "hi")], Sampling(max_tokens=3)))


def test_a_missing_file_is_named(card_of, tmp_path):
    with pytest.raises(ModelError, match=r"'gone'.*missing.*gone\.gguf"):
        open_model(card_of(tmp_path / "gone.gguf"))


def test_a_file_that_is_not_gguf_is_refused(card_of, tmp_path):
    path = tmp_path / "page.gguf"
    path.write_text("<!doctype html>")
    with pytest.raises(ModelError, match="not a GGUF file"):
        open_model(card_of(path))


@pytest.mark.parametrize("share", [0.00001, 0.001, 0.01, 0.5])
def test_a_file_cut_short_is_refused(card_of, tmp_path, weights, share):
    data = weights("solver").read_bytes()
    path = tmp_path / "cut.gguf"
    path.write_bytes(data[: max(8, int(len(data) * share))])
    with pytest.raises(ModelError, match="cut short or damaged"):
        open_model(card_of(path))


def test_a_file_that_lacks_its_last_bytes_is_refused_with_the_tensor(card_of, tmp_path, weights):
    path = tmp_path / "cut.gguf"
    path.write_bytes(weights("solver").read_bytes()[:-64])
    with pytest.raises(ModelError, match=r"tensor '\S+' lies beyond the end of the file"):
        open_model(card_of(path))


def test_weights_with_another_hash_are_refused(card_of, weights):
    with pytest.raises(ModelError, match="does not match its card"):
        open_model(card_of(weights("solver"), sha256="0" * 64))


def test_a_card_without_a_hash_gets_that_of_the_file(opened, weights):
    found = opened(weights("solver")).card
    assert len(found.sha256) == 64
    assert found.identity == found.sha256


def test_a_changed_file_is_hashed_again(opened, card_of, tmp_path, weights):
    path = tmp_path / "model.gguf"
    path.write_bytes(weights("solver").read_bytes())
    first = opened(path).card
    path.write_bytes(weights("generator").read_bytes())
    with pytest.raises(ModelError, match="does not match"):
        open_model(card_of(path, sha256=first.sha256))


def test_a_model_without_a_chat_template_is_refused(card_of, gguf):
    path = gguf({"general.architecture": "llama"})
    with pytest.raises(ModelError, match="no chat template"):
        open_model(card_of(path))


@pytest.mark.parametrize("key", [{"bert.pooling_type": 1}, {"bert.attention.causal": False}])
def test_an_embedding_model_is_refused(card_of, gguf, key):
    path = gguf({"general.architecture": "bert", **key})
    with pytest.raises(ModelError, match="embedding model"):
        open_model(card_of(path))


@pytest.mark.parametrize("tokens", [0, 513])
def test_a_window_the_model_was_not_trained_for_is_refused(card_of, weights, tokens):
    with pytest.raises(ModelError, match="outside the model's context window"):
        open_model(card_of(weights("solver"), context_tokens=tokens))


def test_an_unknown_option_is_refused_with_the_nearest(card_of, weights):
    with pytest.raises(ModelError, match="did you mean 'n_threads'"):
        open_model(card_of(weights("solver"), options={"n_thread": 1}))


def test_an_unknown_backend_is_refused_with_the_nearest(card_of, weights):
    with pytest.raises(ModelError, match="did you mean 'llama_cpp'"):
        open_model(card_of(weights("solver"), backend="llamacpp"))


def test_a_template_that_is_not_jinja_is_refused(opened, patched):
    with pytest.raises(ModelError, match="chat template is not valid"):
        ask(opened(patched("{% for %}")))


def test_a_template_that_drops_what_the_user_says_is_refused(opened, patched):
    with pytest.raises(ModelError, match="omits the user's turn"):
        ask(opened(patched("<|user|><|end|><|assistant|>")))


def test_a_model_that_wants_a_first_token_gets_one(opened, patched):
    without = opened(patched(TURNS, add_bos=False)).count_tokens([Message("user", "hi")])
    assert opened(patched(TURNS, add_bos=True)).count_tokens([Message("user", "hi")]) == without + 1


def test_a_template_that_writes_the_first_token_gets_no_second(opened, patched):
    with_bos = opened(patched("{{ bos_token }}" + TURNS, add_bos=True))
    without = opened(patched(TURNS, add_bos=True))
    message = [Message("user", "hi")]
    assert with_bos.count_tokens(message) == without.count_tokens(message)
    assert ask(with_bos).prompt_text == ask(without).prompt_text


def test_the_head_tells_what_the_registry_wants_to_know(weights):
    head = read_head(weights("solver"))
    assert (head.architecture, head.quantisation, head.context_tokens) == ("llama", "Q8_0", 512)
    assert head.parameters > 100_000
    assert "messages" in head.chat_template


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cut=st.integers(0, 4000),
    place=st.integers(4, 3999),
    damage=st.binary(min_size=1, max_size=12),
)
def test_a_damaged_head_is_read_or_refused_but_never_crashes(tmp_path, weights, cut, place, damage):
    data = bytearray(weights("solver").read_bytes()[:4000])
    data[place : place + len(damage)] = damage
    path = tmp_path / "damaged.gguf"
    path.write_bytes(bytes(data[: 4 + cut]))
    with contextlib.suppress(ModelError):
        read_head(path)
