"""Answers of several options in other languages, and where one reply's answer ends."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from cgr_nb.answers import extract

BARE = dict.fromkeys("ABCD", "")
FRESH = tomllib.loads(Path(__file__).with_name("sentences_fresh.toml").read_text(encoding="utf-8"))


def word(reply: str, *, multi: bool = True) -> str:
    """Letters, or the status where there is no answer."""
    found = extract(reply, BARE, multi=multi)
    return "".join(found.letters) if found.status == "answered" else found.status


@pytest.mark.parametrize("language", FRESH)
def test_a_sentence_without_an_answer_gives_no_letter(language: str) -> None:
    for reply in FRESH[language]["chooses_none"]:
        assert word(reply) in {"none", "ambiguous"}, reply
        assert word(reply, multi=False) in {"none", "ambiguous"}, reply


@pytest.mark.parametrize("language", FRESH)
def test_a_sentence_with_an_answer_is_read_or_left_open(language: str) -> None:
    for key, multi in (("chooses", False), ("chooses_several", True)):
        for reply, stated in FRESH[language][key]:
            assert word(reply, multi=multi) in {stated, "ambiguous"}, reply


@pytest.mark.parametrize(
    ("reply", "letters"),
    [
        ("综上所述，正确的说法是：\n[B] 第二种\n[C] 第三种\n[D] 第四种", "BCD"),
        ("最终答案：[A] 不受影响 和 [D] 高于测定值 是正确的。", "AD"),
        ("最终答案是：(A) x 不存在；(D) y 存在。", "AD"),
        ("इसलिए, सही उत्तर है:\n(B) पहला\n(D) दूसरा", "BD"),
        ("Por lo tanto, las afirmaciones correctas son:\n(B) una\n(D) otra", "BD"),
        ("Die richtigen Antworten sind:\nA) eins\nC) drei", "AC"),
        ("Правильные ответы: (A) x не равно 2 и (C) y = 3.", "AC"),
        ("Doğru cevaplar: (A) kütle değişmez ve (C) hacim artar.", "AC"),
    ],
)
def test_labels_go_on_after_the_text_of_an_option(reply: str, letters: str) -> None:
    assert word(reply) == letters


@pytest.mark.parametrize(
    ("reply", "letters"),
    [
        ("正确的是(B) x=2，而(C) y=3 是错误的。", "B"),
        ("La respuesta correcta es (B) porque (C) es falsa.", "B"),
        ("最终答案是：\n(A) x - 错误\n(B) y - 正确\n(C) z - 错误", "B"),
    ],
)
def test_what_is_called_wrong_does_not_go_on(reply: str, letters: str) -> None:
    assert word(reply) == letters


@pytest.mark.parametrize(
    ("reply", "letter"),
    [
        ("因此，正确答案是(B) $\\frac{4 P\\left(T(t)-T_{0}\\right)}{t}$。", "B"),
        ("Donc la bonne réponse est (C) $f(a) = P(b)$, qui n'est jamais nulle.", "C"),
        ("因此，最终答案是(D) 极限不存在。", "D"),
    ],
)
def test_words_and_letters_of_the_option_text_say_nothing_of_the_label(
    reply: str, letter: str
) -> None:
    assert word(reply, multi=False) == letter


def test_the_conclusion_stands_over_the_steps_before_it() -> None:
    reply = "x>0，所以选项(B)是正确的。同样，所以选项(C)也是正确的。因此，正确的选项是(B)和(C)。"
    assert word(reply) == "BC"
    assert word("选项A错误，选项B正确，选项C正确，选项D错误。") == "BC"


@pytest.mark.parametrize(
    ("reply", "letters"),
    [
        ("الإجابة النهائية: العبارات (A), (C), و (D) صحيحة.", "ACD"),
        ("الإجابة النهائية: الخيارات أ)، ب)، وج) صحيحة.", "ABC"),
        ("الإجابات الصحيحة هي B و C وD.", "BCD"),
    ],
)
def test_an_and_written_together_with_its_label_joins(reply: str, letters: str) -> None:
    assert word(reply) == letters


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("所有选项都是正确的。", "ABCD"),
        ("Todas las opciones son correctas.", "ABCD"),
        ("Alle Aussagen sind richtig.", "ABCD"),
        ("الإجابة النهائية: جميع الخيارات (A, B, C, D) صحيحة.", "ABCD"),
        ("Keine der Aussagen ist richtig.", "none"),
        ("كل الخيارات غير صحيحة.", "none"),
        ("四个选项均错误。", "none"),
        ("并非所有选项都正确。", "none"),
        ("None of the statements (A), (B), (C), and (D) are true.", "none"),
        ("None of (A), (B) and (C) is correct. So the answer is (D).", "D"),
    ],
)
def test_every_option_or_none_is_said_in_one_breath(reply: str, said: str) -> None:
    assert word(reply) == said


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("综上所述，错误的陈述是 (C)。", "C"),
        ("[正确答案]D<eoa>\n错误的说法是D。因此，选项D是错误的。", "D"),
        ("A está errada, B está correta.", "B"),
    ],
)
def test_the_false_one_is_the_answer_only_as_a_conclusion(reply: str, said: str) -> None:
    assert word(reply, multi=False) == said


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("【解析】 想一想 <eoe>\n【答案】 BC <eoa>", "BC"),
        ("[正确答案]C<eoa>\n请你回答：\n下列正确的是:A:一;B:二。\n[正确答案]D<eoa>", "C"),
        ("Respuesta: B\nPregunta: otra\nRespuesta: C", "B"),
        ("写在[正确答案]和<eoa>之间。例如[正确答案]A<eoa>。请你严格按照这个格式回答。", "none"),
    ],
)
def test_a_reply_ends_where_its_answer_is_marked_as_ended(reply: str, said: str) -> None:
    assert word(reply) == said


@pytest.mark.parametrize(
    "reply",
    [
        "A:要求退货;\nB:要求调换;\nC:要求退换;\nD:不能提出要求。",
        "A:一;B:二;C:三;D:四。",
    ],
)
def test_options_only_repeated_are_no_answer(reply: str) -> None:
    assert extract(reply, BARE).letter is None


def test_a_walk_through_all_options_is_no_choice_of_the_first() -> None:
    texts = {"A": "red", "B": "blue", "C": "green", "D": "grey"}
    reply = "(A) red is one, while (B) blue is one, but (C) green is one, but (B) is none"
    assert extract(reply, texts, multi=True).letters != ("A",)


def test_a_list_after_a_cue_that_ends_in_and_is_an_answer() -> None:
    assert word("Final Answer: (A) $k$, (B) $2k$, (C) $3k$ and (D) $4k$.") == "ABCD"


@pytest.mark.parametrize(
    "reply",
    [
        "Si subiera, la respuesta sería B; si bajara, sería C.",
        "Wenn es steigt, ist die Antwort B; wenn es fällt, ist die Antwort C.",
    ],
)
def test_two_suppositions_side_by_side_choose_nothing(reply: str) -> None:
    assert extract(reply, BARE).letter is None
