"""Answers in the sentences of other languages, and labels of other scripts."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgr_nb.answers import extract

BARE = dict.fromkeys("ABCD", "")
CYRILLIC = {"А": "один", "Б": "два", "В": "три", "Г": "четыре"}
ARABIC = {"أ": "واحد", "ب": "اثنان", "ج": "ثلاثة", "د": "أربعة"}
BENGALI = {"ক": "এক", "খ": "দুই", "গ": "তিন", "ঘ": "চার"}
KOREAN = {"가": "하나", "나": "둘", "다": "셋", "라": "넷"}
CIRCLED = {"①": "one", "②": "two", "③": "three", "④": "four"}


def _sentences() -> dict[str, dict[str, Any]]:
    """Language -> its sentences, of both files."""
    tables: dict[str, dict[str, Any]] = {}
    for name in ("sentences", "sentences_kept_back"):
        text = Path(__file__).with_name(f"{name}.toml").read_text(encoding="utf-8")
        for language, table in tomllib.loads(text).items():
            into = tables.setdefault(language, {"chooses": [], "chooses_none": []})
            into["chooses"] += table["chooses"]
            into["chooses_none"] += table["chooses_none"]
    return tables


SENTENCES = _sentences()


@pytest.mark.parametrize("language", SENTENCES)
def test_a_sentence_that_chooses_gives_its_letter(language: str) -> None:
    for reply, letter in SENTENCES[language]["chooses"]:
        assert extract(reply, BARE).letter == letter, reply


@pytest.mark.parametrize("language", SENTENCES)
def test_a_sentence_that_only_talks_about_options_gives_no_letter(language: str) -> None:
    for reply in SENTENCES[language]["chooses_none"]:
        for multi in (False, True):
            assert extract(reply, BARE, multi=multi).status != "answered", reply


@given(
    st.sampled_from([pair for table in SENTENCES.values() for pair in table["chooses"]]),
    st.sampled_from(["", "**", '"']),
)
def test_what_stands_around_a_sentence_does_not_change_its_letter(
    pair: list[str], mark: str
) -> None:
    reply, letter = pair
    assert extract(f"{mark}{reply}{mark}\n", BARE).letter == letter


@pytest.mark.parametrize(
    ("reply", "letters"),
    [
        ("Las respuestas correctas son A y C.", "AC"),
        ("Les bonnes réponses sont A, B et D.", "ABD"),
        ("Richtig sind A, C und D.", "ACD"),
        ("正确答案是A和C。", "AC"),
        ("答案：ABD", "ABD"),
        ("正解はAとCです。", "AC"),
        ("정답은 A, C입니다.", "AC"),
        ("Правильные ответы: A и D.", "AD"),
    ],
)
def test_sets_are_read_in_other_languages(reply: str, letters: str) -> None:
    found = extract(reply, BARE, multi=True)
    assert (found.status, "".join(found.letters)) == ("answered", letters)
    assert extract(reply, BARE).status == "ambiguous"


@pytest.mark.parametrize(
    "reply", ["Respuesta: A o B", "Risposta: A oppure C", "答案是A或B。", "Jawaban: A atau C"]
)
@pytest.mark.parametrize("multi", [False, True])
def test_alternatives_are_ambiguous_in_other_languages(reply: str, multi: bool) -> None:
    assert extract(reply, BARE, multi=multi).status == "ambiguous"


@pytest.mark.parametrize(
    ("reply", "letter"),
    [
        ("La respuesta es A. Espera, la respuesta es B.", "B"),
        ("Die richtige Antwort ist nicht A, sondern B.", "B"),
        ("答案不是A，而是C。", "C"),
        ("A está errada, B está correta.", "B"),
        ("选项A错误，选项B正确", "B"),
        ("La respuesta correcta es C porque no hay agua.", "C"),
        ("Como la presión aumenta, la respuesta correcta es B.", "B"),
        ("### Respuesta\n\nB", "B"),
    ],
)
def test_denials_reasons_and_headings_are_understood(reply: str, letter: str) -> None:
    assert extract(reply, BARE).letter == letter


@pytest.mark.parametrize(
    "reply",
    [
        "La respuesta correcta es la vitamina C.",
        "正确答案是维生素C。",
        "정답은 비타민 C입니다.",
        "Правильный ответ — витамин C.",
        "सही उत्तर विटामिन C है।",
        "Doğru cevap C vitaminidir.",
        "La vitamina C es buena.",
    ],
)
def test_a_letter_that_belongs_to_a_name_is_no_label(reply: str) -> None:
    assert extract(reply, BARE).letter is None


@pytest.mark.parametrize(
    ("reply", "options", "letter"),
    [
        ("Ответ: В", CYRILLIC, "В"),
        ("Правильный ответ — Г.", CYRILLIC, "Г"),
        ("Ответ: Б) два", CYRILLIC, "Б"),
        ("C", BENGALI, "গ"),
        ("সঠিক উত্তর হলো গ।", BENGALI, "গ"),
        ("الإجابة: (ب)", ARABIC, "ب"),
        ("정답: 다", KOREAN, "다"),
        ("정답은 ③입니다.", CIRCLED, "③"),
        ("The answer is ②.", CIRCLED, "②"),
    ],
)
def test_labels_that_the_options_carry_are_read(
    reply: str, options: dict[str, str], letter: str
) -> None:
    assert extract(reply, options).letter == letter


@pytest.mark.parametrize(
    ("reply", "letter"),
    [
        ("Ответ: Б", "B"),
        ("정답은 ③입니다.", "C"),
        ("③", "C"),
        ("الإجابة الصحيحة هي ج", "C"),
        ("সঠিক উত্তর (খ)", "B"),
        ("정답은 (나)입니다.", "B"),
        ("Ⓑ", "B"),
        ("答案：Ｂ", "B"),
        ("सही उत्तर (ख) है।", "B"),
    ],
)
def test_a_label_of_another_script_with_one_reading_is_read(reply: str, letter: str) -> None:
    assert extract(reply, BARE).letter == letter


def test_a_label_with_two_readings_is_ambiguous() -> None:
    # The Cyrillic third letter looks like a Latin B.
    found = extract("Ответ: В", BARE)
    assert (found.status, found.letters) == ("ambiguous", ("B", "C"))
    assert extract("B", CYRILLIC).letters == ("Б", "В")


def test_a_fifth_label_of_four_options_is_out_of_range() -> None:
    assert extract("Ответ: Д", BARE).status == "out_of_range"


@pytest.mark.parametrize(
    "reply", ["В 1905 году была революция.", "А, значит, это другое дело.", "나는 모르겠습니다."]
)
def test_a_word_of_one_letter_is_no_label(reply: str) -> None:
    assert extract(reply, BARE).status == "none"


def test_circled_numbers_that_the_options_speak_of_are_no_labels() -> None:
    options = {"A": "① only", "B": "② only", "C": "① and ②", "D": "none"}
    assert extract("①과 ②가 옳다.", options).letter is None
    assert extract("② only", options).letter == "B"
