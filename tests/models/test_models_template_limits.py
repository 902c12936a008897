"""A template from outside ends, whatever it asks for; those of real models notice nothing."""

from __future__ import annotations

import json
import random
import time

import jinja2.ext
import pytest
from jinja2.sandbox import ImmutableSandboxedEnvironment

from cgr_nb.errors import ModelError, RequestError
from cgr_nb.models.chat import ChatTemplate
from cgr_nb.records import Message

SAID = "{{ messages[-1].content }}"
HELLO = Message("user", "Hello")
NESTED = (
    "{% set ns = namespace(a=[1], b=[1], t=(1,)) %}{% for i in range(60) %}"
    "{% set ns.a = [ns.a, ns.a] %}{% set ns.b = [ns.b, ns.b] %}{% set ns.t = (ns.t, ns.t) %}"
    "{% endfor %}"
)
DOUBLED = "{% set ns = namespace(a='xxxx') %}{% for i in range(60) %}{% set ns.a = @ %}{% endfor %}"
LONG_LOOP = "{% for i in range(99999) %}@{% endfor %}"
MACRO = "{% macro f(n) %}@{% endmacro %}{{ f(100) }}"

COSTLY = {
    "nested loops": LONG_LOOP.replace("@", LONG_LOOP.replace("@", LONG_LOOP)),
    "a filtered loop": LONG_LOOP.replace("@", "{% for j in range(99999) if j < 0 %}{% endfor %}"),
    "macros that call themselves twice": MACRO.replace("@", "{{ f(n - 1) if n }}{{ f(n - 1) if n }}"),
    "call blocks within call blocks": "{% macro f() %}{{ caller() }}{{ caller() }}{% endmacro %}"
    + "{% call f() %}" * 40 + "x" + "{% endcall %}" * 40,
    "a text times a number": "{{ 'x' * 2000000000 }}",
    "a number times a text": "{{ 2000000000 * 'x' }}",
    "a list times a number": "{% set a = [1] * 2000000000 %}",
    "products of products": "{% set a = 'x' * 60000 %}{% set a = a * 60000 %}",
    "a text joined to itself": DOUBLED.replace("@", "ns.a ~ ns.a"),
    "a text added to itself": DOUBLED.replace("@", "ns.a + ns.a"),
    "a list added to itself": DOUBLED.replace("'xxxx'", "[1]").replace("@", "ns.a + ns.a"),
    "a text formatted into itself": DOUBLED.replace("@", "'{0}{0}'.format(ns.a)"),
    "a percent format of itself": DOUBLED.replace("@", "'%s%s' % (ns.a, ns.a)"),
    "a set block of itself": "{% set a = 'xxxx' %}"
    + "{% set a %}{{ a }}{{ a }}{{ a }}{{ a }}{% endset %}" * 40,
    "a list in a list, written": NESTED + "{{ ns.a }}",
    "a list in a list, joined": NESTED + "{{ ns.a ~ '' }}",
    "a list in a list, compared": NESTED + "{{ ns.a == ns.b }}",
    "a list in a list, tested": NESTED + "{{ [ns.a] | select('eq', ns.b) | list | length }}",
    "a list in a list, as JSON": NESTED + "{{ ns.a | tojson }}",
    "a list in a list, as text": NESTED + "{{ ns.a | string | length }}",
    "a list in a list, formatted": NESTED + "{{ '{}'.format(ns.a) | length }}",
    "a list in a list, raised": NESTED + "{{ raise_exception(ns.a) }}",
    "a list in a list, seen to change": "{% for i in [1, 2] %}" + NESTED + "{{ loop.changed(ns.a) }}{% endfor %}",
    "a tuple in a tuple as a key": NESTED + "{{ {ns.t: 1} }}",
    "a tuple in a tuple, looked up": NESTED + "{{ {1: 1}[ns.t] }}",
    "a tuple in a tuple, got": NESTED + "{{ {1: 1}.get(ns.t) }}",
    "a tuple in a tuple, searched": NESTED + "{{ ns.t in {1: 1} }}",
    "a percent width": "{{ '%02000000000d' % 1 }}",
    "a percent width given": "{{ '%0*d' % (2000000000, 1) }}",
    "a percent width after a key": "{{ '%((a))2000000000d' % {'(a)': 1} }}",
    "one value in many places": "{{ ('%(a)s' * 100000) % {'a': 'x' * 1000000} }}",
    "a format width": "{{ '{:>2000000000}'.format('x') }}",
    "a format width given": "{{ '{0:>{1}}'.format('x', 2000000000) }}",
    "a format width in a mapping": "{{ '{a:>2000000000}'.format_map({'a': 'x'}) }}",
    "a format precision": "{{ '{:.2000000000f}'.format(1.5) }}",
    "a format filter": "{{ '%2000000000d' | format(1) }}",
    "center": "{{ 'x' | center(2000000000) }}",
    "center, named": "{{ 'x' | center(width=2000000000) }}",
    "center of texts": "{{ 'x'.center(2000000000) }}",
    "ljust": "{{ 'x'.ljust(2000000000) }}",
    "zfill": "{{ 'x'.zfill(2000000000) }}",
    "expandtabs": "{{ '\t'.expandtabs(2000000000) }}",
    "expandtabs, named": "{{ '\t'.expandtabs(tabsize=2000000000) }}",
    "indent": "{{ 'x\ny' | indent(2000000000) }}",
    "indent by a text": "{{ ('x\n' * 10000) | indent('y' * 100000) }}",
    "JSON indent": "{{ [1, 2] | tojson(indent=2000000000) }}",
    "batch": "{{ [1] | batch(2000000000, 'x') | list }}",
    "slice": "{{ [1] | slice(2000000000, 'x') | list }}",
    "round": "{{ 1.5 | round(2000000000, 'ceil') }}",
    "a power": "{{ 10 ** 2000000000 }}",
    "squares of squares": DOUBLED.replace("'xxxx'", "99999").replace("@", "ns.a * ns.a"),
    "a number of many digits": "{{ ('f' * 3000000) | int(base=16) * 3 }}",
    "bytes of a number": "{{ (1).to_bytes(2000000000, 'big') }}",
    "bytes of a text": "{{ 'x'.encode().center(2000000000) }}",
    "translation": "{{ ('x' * 1000000).translate({120: 'y' * 1000000}) }}",
    "replace after replace": "{{ 'x'" + " | replace('x', 'xxxxxxxxxx')" * 40 + " }}",
    "the method replace after replace": "{{ 'x'" + ".replace('x', 'xxxxxxxxxx')" * 40 + " }}",
    "replace of nothing": "{{ ('x' * 60000) | replace('', 'y' * 60000) }}",
    "join by a long text": "{{ (range(99999) | list) | join('x' * 1000000) }}",
    "join of one text many times": "{{ (['x' * 1000000] * 99999) | join }}",
    "the method join": "{{ ('x' * 1000000).join(['a'] * 99999) }}",
    "strip of many letters": "{{ ('x' * 1000000).strip('y' * 1000000 ~ 'x') }}",
    "trim of many letters": "{{ ('x' * 1000000) | trim('y' * 1000000 ~ 'x') }}",
    "split into letters": "{{ ('x ' * 10000000).split() | length }}",
    "a text as a list": "{{ ('x' * 60000000) | list | length }}",
    "lists kept": "{% set ns = namespace(l=[]) %}" + LONG_LOOP.replace("@", "{% set ns.l = ns.l + [('x ' * 10000).split()] %}"),
    "long texts compared": "{% set a = 'a' * 3000000 %}{% set b = 'a' * 3000000 %}" + LONG_LOOP.replace("@", "{{ b == a }}"),
    "long texts searched": "{% set a = 'a' * 3000000 %}" + LONG_LOOP.replace("@", "{{ 'b' in a }}"),
    "long texts cut": "{% set a = 'x' * 3000000 %}" + LONG_LOOP.replace("@", "{% set b = a[1:] %}"),
    "long lists cut": "{% set a = [1] * 3000000 %}" + LONG_LOOP.replace("@", "{% set b = a[1:] %}"),
    "lists sorted": LONG_LOOP.replace("@", "{% set b = range(99999) | sort %}"),
    "lists summed": "{{ ([[1] * 1000] * 9999) | sum(start=[]) | length }}",
    "map after map": "{{ range(99999)" + " | map('string')" * 100 + " | list | length }}",
    "select after select": "{{ range(99999)" + " | select" * 100 + " | list | length }}",
    "map to a wide filter": "{{ range(99999) | map('center', 99999) | list | length }}",
    "plain text in a loop": LONG_LOOP.replace("@", "x" * 100000),
    "plain text in a macro": "{% macro f() %}" + LONG_LOOP.replace("@", "x" * 100000) + "{% endmacro %}{% set a = f() %}",
    "plain text in a filter block": "{% filter upper %}" + LONG_LOOP.replace("@", "x" * 100000) + "{% endfilter %}",
    "a cycler": "{% set c = cycler('x' * 1000000) %}" + LONG_LOOP.replace("@", "{{ c.next() }}"),
    "a joiner": "{% set c = joiner('x' * 1000000) %}" + LONG_LOOP.replace("@", "{{ c() }}"),
    "a long date": "{{ strftime_now('%Y' * 1000000) }}",
}  # fmt: skip

INVALID = {
    "brackets": "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "lists in lists": "{{ " + "[" * 300 + "1" + "]" * 300 + " }}",
    "not not": "{{ " + "not " * 5000 + "1 }}",
    "minus minus": "{{ " + "-" * 5000 + "1 }}",
    "conditions": "{% if 1 %}" * 300 + "{% endif %}" * 300,
    "loops": "{% for a in [1] %}" * 50 + "{% endfor %}" * 50,
    "else if": "{% if 0 %}" + "{% elif 0 %}x" * 5000 + "{% endif %}",
    "else in an expression": "{{ " + "1 if 0 else " * 3000 + "1 }}",
    "sums": "{{ " + "+".join(["1"] * 20000) + " }}",
    "filters": "{{ 'x'" + "|trim" * 20000 + " }}",
    "attributes": "{{ a" + ".b" * 20000 + " }}",
    "calls": "{{ a" + "()" * 20000 + " }}",
    "many expressions": "{{ a }}" * 20000,
    "a long source": "x" * (10 << 20),
    "comments": "{#" * 100000,
    "raw blocks": "{% raw %}" * 20000,
    "open brackets": "{{" * 100000,
    "a number of many digits": "{{ " + "9" * 200000 + " }}",
    "a filter that is not there": "{{ 'www.a.b' | urlize }}",
}

BENIGN = [
    "{% for m in messages %}{{ '<' + m['role'] + '>' + m['content'] + '\\n' }}{% endfor %}",
    "{% for m in messages %}{{ '%s: %5s|%-8.3f' % (m.role, m.content, 1.5) }}{% endfor %}",
    "{% for m in messages %}{{ '{0!r:>9} {x:06.2f}'.format(m.role, x=1.25) }}{{ m.content }}{% endfor %}",
    "{% for m in messages %}{{ m.content.split('</think>')[-1].lstrip('\\n') | trim }}{% endfor %}",
    "{% for m in messages %}{{ m | tojson(indent=2) }}{{ m.items() | list }}{% endfor %}",
    "{% set ns = namespace(last=0, out='') %}{% for m in messages %}{% if m.role == 'user' %}"
    "{% set ns.last = loop.index0 %}{% endif %}{% set ns.out = ns.out ~ m.content ~ '|' %}{% endfor %}"
    "{{ ns.last }}{{ ns.out }}{{ messages[1:] | length }}{{ messages[::-1] | map(attribute='role') | join(',') }}",
    "{% macro show(m, deep=2) %}{% if deep %}{{ show(m, deep - 1) }}{% endif %}{{ m.content }}{% endmacro %}"
    "{% for m in messages %}{{ show(m) }}{% endfor %}",
    "{% for m in messages recursive %}{{ m.content }}{{ loop([]) }}{% else %}none{% endfor %}",
    "{{ messages | selectattr('role', 'equalto', 'user') | list | length }}"
    "{{ messages | rejectattr('role', 'in', ['user']) | map(attribute='content') | join('/') }}",
    "{{ messages | groupby('role') }}{{ messages | map(attribute='content') | sort | unique | list }}",
    "{% set text %}{% for m in messages %}{{ m.content | replace('a', 'bb') | upper }}{% endfor %}{% endset %}"
    "{{ text | indent(4) }}{{ text | length }}{{ text[:5] ~ text[-5:] }}{{ text.startswith('B') }}",
    "{{ [1, 2.5, none, true, {'a': (1, 2)}] }}{{ 'a' in messages[0].content }}{{ 1 < 2 <= 2 != 3 }}"
    "{{ messages[-1].content }}",
    "{% for m in messages if m.role != 'system' %}{{ loop.index }}/{{ loop.length }}{{ loop.cycle('a', 'b') }}"
    "{{ m.content }}{% if loop.last %}{% break %}{% endif %}{% endfor %}",
    "{% filter upper %}{% for m in messages %}{{ m.content | e }}{% endfor %}{% endfilter %}"
    "{% macro show() %}{{ caller('hello') }}{% endmacro %}{% call(x) show() %}{{ x }}{% endcall %}",
    "{{ range(3) | list }}{{ 7 // 2 }}{{ 7 % 4 }}{{ 2 ** 8 }}{{ 'ab' * 3 }}{{ [1] * 2 + [3] }}"
    "{{ undefined_thing is defined }}{{ undefined_thing }}{{ missing | default('x') }}{{ messages[0].content }}",
]  # fmt: skip


def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False) -> str:
    return json.dumps(
        value,
        ensure_ascii=ensure_ascii,
        indent=indent,
        separators=separators,
        sort_keys=sort_keys,
    )


def plain(source: str) -> jinja2.Template:
    """Jinja's sandbox as it comes, set up as transformers does for chat templates."""
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[jinja2.ext.loopcontrols]
    )
    environment.filters["tojson"] = tojson
    return environment.from_string(source)


def rendered(source: str, messages: list[Message]) -> str:
    parts = ChatTemplate(source).render(messages)
    return "".join(part.text for part in parts)


def plainly_rendered(source: str, messages: list[Message]) -> str:
    turns = [{"role": message.role, "content": message.content} for message in messages]
    return plain(source).render(
        messages=turns,
        tools=None,
        documents=None,
        add_generation_prompt=True,
        bos_token="",
        eos_token="",
    )


@pytest.mark.parametrize("name", COSTLY)
def test_a_template_that_costs_too_much_is_refused_when_it_is_loaded(name):
    with pytest.raises(ModelError, match="costs too much") as caught:
        ChatTemplate(COSTLY[name] + SAID, name="m.gguf")
    assert "\n" not in str(caught.value)
    assert not isinstance(caught.value, RequestError)


@pytest.mark.parametrize("name", INVALID)
def test_a_template_that_is_too_long_or_too_deep_is_refused(name):
    with pytest.raises(ModelError, match="is not valid") as caught:
        ChatTemplate(INVALID[name] + SAID, name="m.gguf")
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(
    "source", [MACRO.replace("@", "{{ f(n) }}"), "{% block a %}{{ self.a() }}{% endblock %}"]
)
def test_a_template_that_never_ends_calling_itself_is_refused(source):
    with pytest.raises(ModelError, match="recursion"):
        ChatTemplate(source + SAID)


def test_a_template_that_costs_too_much_on_one_conversation_refuses_only_that():
    each_letter = "{% for c in messages[-1].content %}" * 4 + "{% endfor %}" * 4 + SAID
    template = ChatTemplate(each_letter)
    with pytest.raises(RequestError, match="too many steps"):
        template.render([Message("user", "x" * 200)])
    assert template.render([HELLO])[0].text == "Hello"


def test_what_a_template_raises_is_told_in_one_short_line():
    with pytest.raises(ModelError) as caught:
        ChatTemplate("{{ raise_exception('no\\n' * 100000) }}")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600


def test_a_namespace_is_not_written_out():
    source = "{% set a = namespace(x=1) %}{% set a.b = a %}{{ [a, a] }}" + SAID
    assert rendered(source, [HELLO]) == "[<Namespace>, <Namespace>]Hello"


def test_marks_for_control_text_are_found_in_any_content():
    content = "\ue000" * 200_000 + "<|x|>"
    parts = ChatTemplate(SAID, control=["<|x|>"]).render([Message("user", content)])
    assert "".join(part.text for part in parts) == content


def conversation(turns: int) -> list[Message]:
    draw = random.Random(turns)
    pieces = ["a ", "é", "☃ ", "\n", "<think>hm</think>", "x" * 50, "{{ 7 }}", "</think>", "B. 3\n"]
    return [
        Message(
            ("user", "assistant")[turn % 2], "".join(draw.choices(pieces, k=draw.randint(1, 30)))
        )
        for turn in range(turns)
    ]


@pytest.mark.parametrize("turns", [1, 3, 501])
@pytest.mark.parametrize("source", [source + SAID for source in BENIGN])
def test_a_template_that_behaves_renders_as_in_plain_jinja(source, turns):
    messages = conversation(turns)
    assert rendered(source, messages) == plainly_rendered(source, messages)


def test_a_conversation_of_megabytes_is_rendered():
    messages = [Message("user", "Text, words. ☃ é\n" * 100_000)]
    assert rendered(BENIGN[0], messages) == plainly_rendered(BENIGN[0], messages)


class Writer:
    """Writes templates: mostly valid, some of them hostile."""

    numbers = ("0", "1", "2", "3", "-1", "7", "100", "1000", "99999", "2000000000", "1.5", "1e308")
    texts = ("''", "'x'", "'a b\\nc'", "'%s%5d'", "'{0:>9}'", "'%*d'", "'{0:{1}}'", "'\\t'", "'☃'")
    names = (
        "messages",
        "messages[0]",
        "messages[-1].content",
        "n.a",
        "n.b",
        "loop",
        "v",
        "nope",
        "f",
    )
    binary = ("+", "-", "*", "/", "//", "%", "**", "~", "==", "<", "in", "not in", "and", "or")
    filters = (
        "upper lower trim length list string tojson join reverse sort unique sum min max first "
        "last center indent batch slice round replace format truncate title wordcount escape "
        "dictsort groupby map select reject items int float abs default attr urlencode "
        "filesizeformat safe capitalize selectattr rejectattr"
    )  # fmt: skip
    methods = (
        "split rsplit splitlines strip lstrip upper title center ljust zfill expandtabs join "
        "replace format format_map count index find startswith partition get items keys values "
        "copy encode translate to_bytes mro __class__ append pop next cycle changed"
    )  # fmt: skip

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)

    def expression(self, depth: int = 3) -> str:
        pick, below = self.draw.choice, depth - 1
        if depth <= 0:
            return pick((pick(self.numbers), pick(self.texts), pick(self.names)))
        kind = self.draw.randrange(9)
        one = self.expression(below)
        if kind < 3:
            return f"({one} {pick(self.binary)} {self.expression(below)})"
        if kind < 5:
            return f"({one})|{pick(self.filters.split())}{self.arguments(below)}"
        if kind < 7:
            return f"({one}).{pick(self.methods.split())}{self.arguments(below) or '()'}"
        if kind == 7:
            return pick(
                (f"[{one}, {one}]", f"({one}, {one})", f"{{{one}: {one}}}", f"({one})[{one}:]")
            )
        return pick((f"range({one})", f"f({one})", f"dict(a={one})", f"({one} if {one} else 1)"))

    def arguments(self, depth: int) -> str:
        count = self.draw.choice((0, 0, 1, 1, 2, 3))
        return f"({', '.join(self.expression(depth) for _ in range(count))})" if count else ""

    def block(self, depth: int) -> str:
        kind = self.draw.randrange(9 if depth > 0 else 3)
        one = self.expression(self.draw.choice((0, 0, 1, 1, 2)))
        inner = "".join(self.block(depth - 1) for _ in range(depth))
        return (
            f"{{{{ {one} }}}}",
            f"{{% set n.a = {one} %}}",
            f"{{% set v = {one} %}}",
            f"{{% for v in {one} %}}{inner}{{% endfor %}}",
            f"{{% for v in {one} if {one} %}}{inner}{{% endfor %}}",
            f"{{% if {one} %}}{inner}{{% else %}}{inner}{{% endif %}}",
            f"{{% set v %}}{inner}{{% endset %}}",
            f"{{% macro f(v) %}}{inner}{{% endmacro %}}",
            f"{{% set n.a = [n.a, n.b] %}}{{% for v in range(40) %}}{{% set n.b = n.b ~ n.b %}}{inner}{{% endfor %}}",
        )[kind]  # fmt: skip

    def template(self) -> str:
        body = "{% set n = namespace(a=[1], b='xy') %}" + "".join(
            self.block(self.draw.choice((0, 1, 2))) for _ in range(3)
        )
        body += SAID
        if self.draw.random() < 0.2:
            place = self.draw.randrange(len(body))
            body = body[:place] + self.draw.choice("{}%#()'|~\x00\ud800") + body[place + 1 :]
        return body


def test_any_template_is_rendered_as_in_plain_jinja_or_refused(fuzz_seconds):
    """Where ours renders, so does Jinja, and to the same text (it may be asked: ours has bounds)."""
    ends, seed, shown = time.monotonic() + fuzz_seconds, 0, 0
    while time.monotonic() < ends or seed < 50:
        source = Writer(seed).template()
        seed += 1
        try:
            text = rendered(source, [HELLO])
        except ModelError:
            continue
        shown += 1
        assert text == plainly_rendered(source, [HELLO]) or " at 0x" in text, source
    print(f"templates: {seed} tried, {shown} rendered, {seed - shown} refused")
    assert shown
