"""Chat templates that a card names: known ones, files, and base models that complete texts."""

from __future__ import annotations

import asyncio

import pytest

from cgr_nb.errors import ModelError
from cgr_nb.models import Registry, add_to_registry
from cgr_nb.models.asked_through import ask_through, lacks_template
from cgr_nb.models.chat import ChatTemplate
from cgr_nb.models.engine.options import EngineOptions
from cgr_nb.models.known_templates import KNOWN, template_source
from cgr_nb.prompts import available, render, render_reask
from cgr_nb.records import Item, Message, Sampling

ITEM = Item("i", "d", "c", "Which barks?", {"A": "a cat", "B": "a dog"}, ("B",), "Of pets.")
TALK = [
    Message("system", "Be brief."),
    Message("user", "one"),
    Message("assistant", "1"),
    Message("user", "two"),
]


def rendered(card, folder, messages):
    source = template_source(card, folder, None)
    template = ChatTemplate(source, bos="<s>", eos="</s>")
    return "".join(part.text for part in template.render(messages))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "chatml",
            "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\none<|im_end|>\n"
            "<|im_start|>assistant\n1<|im_end|>\n<|im_start|>user\ntwo<|im_end|>\n"
            "<|im_start|>assistant\n",
        ),
        (
            "gemma",
            "<s><start_of_turn>user\nBe brief.\n\none<end_of_turn>\n<start_of_turn>model\n1"
            "<end_of_turn>\n<start_of_turn>user\ntwo<end_of_turn>\n<start_of_turn>model\n",
        ),
        (
            "llama-3",
            "<s><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>"
            "<|start_header_id|>user<|end_header_id|>\n\none<|eot_id|>"
            "<|start_header_id|>assistant<|end_header_id|>\n\n1<|eot_id|>"
            "<|start_header_id|>user<|end_header_id|>\n\ntwo<|eot_id|>"
            "<|start_header_id|>assistant<|end_header_id|>\n\n",
        ),
        ("mistral", "<s>[INST] Be brief.\n\none [/INST] 1</s>[INST] two [/INST]"),
        (
            "phi-3",
            "<|system|>\nBe brief.<|end|>\n<|user|>\none<|end|>\n<|assistant|>\n1<|end|>\n"
            "<|user|>\ntwo<|end|>\n<|assistant|>\n",
        ),
    ],
)
def test_a_known_template_writes_turns_as_its_family_does(card_of, tmp_path, name, text):
    card = card_of(tmp_path / "m.gguf", options={"chat_template": name})
    assert rendered(card, tmp_path, TALK) == text


def test_all_known_templates_are_tried_here():
    assert set(KNOWN) == {"base", "chatml", "gemma", "llama-3", "mistral", "phi-3"}


def test_a_base_model_s_prompts_are_texts_to_complete(card_of, tmp_path):
    card = card_of(tmp_path / "m.gguf", options={}, prompts="base")
    direct = render("direct", ITEM, "base").messages
    asked = "Question: Of pets.\nWhich barks?\nA) a cat\nB) a dog\nAnswer:"
    assert rendered(card, tmp_path, direct) == direct[0].content
    assert direct[0].content.endswith(asked)
    again = render_reask(ITEM, direct, " I do not know\n", "base").messages
    text = rendered(card, tmp_path, again)
    assert text.startswith(f"{direct[0].content} I do not know\n\nQuestion: ")
    assert text.endswith("Answer:")


def test_what_a_program_asks_a_base_model_stands_behind_worked_examples(card_of, tmp_path):
    card = card_of(tmp_path / "m.gguf", options={}, prompts="base")
    text = rendered(card, tmp_path, [Message("user", "Is a dog a pet? Reply with yes or no.")])
    assert text.count("\nAnswer:") == 4
    assert text.endswith("\n\nQuestion: Is a dog a pet? Reply with yes or no.\nAnswer:")


def test_base_models_have_every_prompt_that_others_have():
    names = {name.partition("/")[2] for name in available() if name.startswith("full/")}
    assert {f"base/{name}" for name in names} <= set(available())


@pytest.mark.parametrize("name", KNOWN)
def test_a_known_template_names_texts_that_end_a_reply(card_of, tmp_path, name):
    card = card_of(tmp_path / "m.gguf", options={"chat_template": name})
    stops = EngineOptions.of(card).stop
    text = rendered(card, tmp_path, TALK)
    assert any(stop in text for stop in stops)


def test_a_template_file_stands_with_its_text_wherever_the_card_goes(tmp_path, weights):
    (tmp_path / "mine.jinja").write_text("{{ messages[-1].content }}\n", "utf-8")
    registry = tmp_path / "models.toml"
    card = add_to_registry(weights("solver"), registry, "one", ["solver"])
    ask_through(card, registry, str(tmp_path / "mine.jinja"), None)
    before = Registry.load(registry).get("one")
    assert before.options["chat_template"] == "{{ messages[-1].content }}\n"
    (tmp_path / "mine.jinja").write_text("{{ messages[0].content }}\n", "utf-8")
    assert Registry.load(registry).get("one").identity != before.identity


def test_a_template_file_that_is_gone_is_missed_when_its_model_is_opened(tmp_path, weights, opened):
    place = tmp_path / "mine.jinja"
    place.write_text("{{ messages[-1].content }}\n", "utf-8")
    registry = tmp_path / "models.toml"
    card = add_to_registry(weights("solver"), registry, "one", ["solver"])
    ask_through(card, registry, str(place), None)
    place.unlink()
    options = dict(Registry.load(registry).get("one").options)
    with pytest.raises(ModelError, match=r"template can't be read.*mine\.jinja"):
        opened(weights("solver"), options=options)


@pytest.fixture
def without_template(tmp_path, weights):
    """A copy of the tiny solver in which the key of the chat template is another's."""
    data = weights("solver").read_bytes()
    path = tmp_path / "plain.gguf"
    path.write_bytes(data.replace(b"tokenizer.chat_template", b"tokenizer.chat_templatf"))
    return path


def test_a_file_without_a_template_is_told_when_it_is_added_and_can_be_helped(
    without_template, tmp_path, opened
):
    registry = tmp_path / "models.toml"
    card = add_to_registry(without_template, registry, None, ["solver"])
    said = lacks_template(card, tmp_path)
    assert said is not None
    assert all(word in said for word in ("no chat template", "chatml", 'prompts = "base"'))
    with pytest.raises(ModelError, match=r"no chat template.*chatml"):
        opened(without_template)
    for template, prompts in (("chatml", None), (None, "base")):
        card = ask_through(card, registry, template, prompts)
        assert lacks_template(card, tmp_path) is None
        model = opened(without_template, options=dict(card.options), prompts=card.prompts)
        turns = [Message("user", "Which barks? A) a cat B) a dog")]
        reply = asyncio.run(model.reply(turns, Sampling(max_tokens=4)))
        assert reply.reply_tokens


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("chatlm", None, "did you mean 'chatml'"),
        ("none.jinja", None, "can't be read"),
        ("text.jinja", b"no template at all", "not a chat template"),
        ("bytes.jinja", b"{{ \xff }}", "can't be read"),
        ("wrong.jinja", b"{{ messages", "is not valid"),
        ("silent.jinja", b"{{ 'hello' }}", "omits the user's turn"),
    ],
)
def test_a_template_that_can_not_be_used_is_refused_when_it_is_named(
    tmp_path, weights, name, content, reason
):
    registry = tmp_path / "models.toml"
    card = add_to_registry(weights("solver"), registry, "one", ["solver"])
    before = registry.read_bytes()
    if content is not None:
        (tmp_path / name).write_bytes(content)
        name = str(tmp_path / name)
    with pytest.raises(ModelError, match=reason):
        ask_through(card, registry, name, None)
    assert registry.read_bytes() == before
