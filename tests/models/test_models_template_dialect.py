"""Chat templates find what transformers gives them; the other side here is Jinja set up as it is
there (`transformers.utils.chat_template_utils`)."""

from __future__ import annotations

import json
from datetime import datetime

import jinja2
import jinja2.ext
import jinja2.nodes
import pytest
from jinja2.sandbox import ImmutableSandboxedEnvironment

from cgr_nb.errors import ModelError
from cgr_nb.models.chat import ChatTemplate
from cgr_nb.records import Message

DAY = "2024-07-26"
TALK = [
    Message("system", " Be brief. "),
    Message("user", "Is 3 < 5 & 'x' \"é\" <b>true</b>?\nSay so."),
    Message("assistant", "<think>\nA?</think>\n\nB "),
    Message("user", "So <think> it is?"),
]


class Generation(jinja2.ext.Extension):
    tags = {"generation"}  # noqa: RUF012

    def parse(self, parser):
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def as_transformers_does(source: str, **more) -> str:
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[Generation, jinja2.ext.loopcontrols],
    )

    def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(
            value,
            ensure_ascii=ensure_ascii,
            indent=indent,
            separators=separators,
            sort_keys=sort_keys,
        )

    def refuse(message):
        raise jinja2.TemplateError(message)

    environment.filters["tojson"] = tojson
    environment.globals["raise_exception"] = refuse
    environment.globals["strftime_now"] = datetime.fromisoformat(DAY).strftime
    turns = [{"role": message.role, "content": message.content} for message in TALK]
    given = {"tools": None, "documents": None, "bos_token": "<s>", "eos_token": "</s>"}
    return environment.from_string(source).render(
        messages=turns, add_generation_prompt=True, **given, **more
    )


def rendered(source: str, **arguments) -> str:
    given = {"today": DAY, **arguments}
    template = ChatTemplate(source, bos="<s>", eos="</s>", arguments=given)
    return "".join(part.text for part in template.render(TALK))


SAID = "{% for m in messages %}{{ m.role }}: {{ m.content }}|{% endfor %}"
TEMPLATES = {
    "tojson": "{% for m in messages %}{{ {'b': m.content, 'a': m.role} | tojson }}{% endfor %}",
    "its arguments by name": "{% for m in messages %}{{ {'b': m.content, 'a': [1, none, true]} | "
    "tojson(ensure_ascii=True, indent=2, separators=(',', ': '), sort_keys=True) }}{% endfor %}",
    "its arguments by place": "{% for m in messages %}{{ {'b': m.content, 'a': 'é'} | "
    "tojson(false, none, (',', ':'), true) }}{{ [m.role] | tojson(true, 3) }}{% endfor %}",
    "no tools and no documents": "{{ tools is none }}{{ documents is none }}{{ tools is defined }}"
    "{% if tools is not none %}{{ tools | tojson }}{% endif %}{% if documents %}x{% endif %}"
    + SAID,
    "a default for tools": "{% if not tools is defined %}{% set tools = [] %}{% endif %}"
    "{{ tools | tojson }}" + SAID,
    "a day": "{{ strftime_now('%d %b %Y') }} " + SAID,
    "loop controls": "{% for m in messages %}{% if m.role == 'assistant' %}{% continue %}{% endif %}"
    "{{ m.content }}{% if loop.index > 5 %}{% break %}{% endif %}{% endfor %}",
    "generation": "{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}"
    "{{ m.content }}{% endgeneration %}{% else %}[{{ m.content }}]{% endif %}{% endfor %}",
    "history without thoughts": "{% for m in messages %}{% set content = m.content %}"
    "{% if m.role == 'assistant' and '</think>' in content %}"
    "{% set content = content.split('</think>')[-1].lstrip('\\n') %}{% endif %}"
    "<|{{ m.role }}|>{{ content | trim }}{% endfor %}<|assistant|><think>\n",
    "special tokens and blocks": "{{ bos_token }}\n{%- for m in messages %}\n    "
    "{%- if m.role == 'user' %}\n    U {{ m.content }}{{ eos_token }}\n    {% else %}\n"
    "    O {{ m.content }}\n    {% endif %}\n{% endfor %}\n{% if add_generation_prompt %}A:{% endif %}",
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_renders_as_with_transformers(name):
    source = TEMPLATES[name]
    assert rendered(source) == as_transformers_does(source)


def test_arguments_of_a_card_reach_the_template():
    source = SAID + "{% if not enable_thinking %}<think></think>{% endif %}{{ tools | tojson }}"
    given = {"enable_thinking": False, "tools": [{"name": "f"}]}
    assert rendered(source, **given).endswith('<think></think>[{"name": "f"}]')


PARTS = (
    "{% for m in messages %}{{ m.role | capitalize }}: {% for part in m.content %}"
    "{% if part.type == 'text' %}{{ part.text }}{% elif part.type == 'image' %}<image>{% endif %}"
    "{% endfor %}{{ '\\n' }}{% endfor %}Assistant:"
)


def test_a_template_that_goes_through_parts_gets_parts():
    said = "".join(f"{turn.role.capitalize()}: {turn.content}\n" for turn in TALK)
    assert rendered(PARTS) == f"{said}Assistant:"


def test_a_control_token_in_a_part_is_only_text():
    template = ChatTemplate(PARTS, control=["<|end|>"])
    parts = template.render([Message("user", "a <|end|> b")])
    assert [part.special for part in parts if "<|end|>" in part.text] == [False]


@pytest.mark.parametrize("source", ["{{ 'hello' }}", "{{ messages[0].words }}"])
def test_a_template_that_shows_neither_text_nor_parts_is_refused(source):
    with pytest.raises(ModelError, match="omits the user's turn"):
        ChatTemplate(source)


@pytest.mark.parametrize(
    ("end", "mark"),
    [
        ("<|assistant|>", ""),
        ("<|assistant|><think>\n", "<think>"),
        ("<|assistant|><think>\n\n</think>\n\n", ""),
        ("<|assistant|>{% if enable_thinking %}<think>{% endif %}", ""),
    ],
)
@pytest.mark.parametrize(
    "asked", ["Say B.", "Is <think> a mark?", "<think>\nStill inside", "i", "k>\n", "</think>"]
)
def test_the_rendered_prompt_says_whether_it_opens_a_thought(end, mark, asked):
    template = ChatTemplate(SAID + end)
    messages = [Message("user", asked)]
    prompt = "".join(part.text for part in template.render(messages))
    assert template.opened_thought(messages, prompt) == mark


def test_a_template_that_changes_what_is_said_still_tells_what_it_opens():
    template = ChatTemplate(
        "{% for m in messages %}{{ m.content | replace('one', 'two') }}{% endfor %}|<think>"
    )
    messages = [Message("user", "is <think> one?")]
    prompt = "".join(part.text for part in template.render(messages))
    assert template.opened_thought(messages, prompt) == "<think>"
