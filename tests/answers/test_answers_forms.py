"""The forms in which replies name an option, one by one."""

from __future__ import annotations

import pytest

from cgr_nb.answers import extract, read_letter

CITIES = {"A": "Paris", "B": "London", "C": "Berlin", "D": "Rome"}
BARE = dict.fromkeys("ABCD", "")


@pytest.mark.parametrize(
    ("reply", "letter"),
    [
        ("The answer is (B)", "B"),
        ("The answer is A because x", "A"),
        ("Answer: B", "B"),
        ("answer: b", "B"),
        ("answer: a", "A"),
        ("ANSWER C", "C"),
        ("### Answer\n\nB", "B"),
        ("**Final Answer:** C", "C"),
        ("Final Answer:\nThe answer is `D. Rome`", "D"),
        ("**C: Psori", "C"),
        (r"\boxed{C}", "C"),
        (r"so the number is $\boxed{\text{(C) 4}}$.", "C"),
        (r"The answer is \text{B}.", "B"),
        (r"$\mathbf{C}$", "C"),
        ("[A] $x^2$", "A"),
        ("(B)", "B"),
        ("B) text", "B"),
        ("C.", "C"),
        ("B", "B"),
        ("b", "B"),
        ("a", "A"),
        ("__B__", "B"),
        ("_B_", "B"),
        ("Ｂ", "B"),
        ("（Ｂ）", "B"),
        ("option C", "C"),
        ("The correct option is Option A. Thioam", "A"),
        ("I would choose B.", "B"),
        ("It must be D.", "D"),
        ("D is the answer", "D"),
        ("Option B is correct. Option C is wrong.", "B"),
        ("The answer is A and B is wrong", "A"),
        ("The answer is not A but B", "B"),
        ("The only statement that holds here is (D)", "D"),
        ("The most likely diagnosis is **C: Psoriasis", "C"),
        ("which corresponds to option [D].", "D"),
        ("A common cold (option A), which often passes", "A"),
        ("The final answer is 380. (A)", "A"),
        ('{"answer": "B"}', "B"),
        ("<answer>D</answer>", "D"),
        ("B</s>", "B"),
        ("C<|end|>", "C"),
        ("<|im_start|>assistant\nC<|im_end|>", "C"),
        ("答案是 B", "B"),
        ("答案：C。", "C"),
        ("Antwort: B", "B"),
        ("Réponse : B", "B"),
        ("B\n\nQuestion: what next?\nAnswer: C", "B"),
        ("B.Enalapril", "B"),
        ("[[C]]", "C"),
        ('"B"', "B"),
        ("Correct answer - B", "B"),
        ("La respuesta es B.", "B"),
        ("Hence (b)", "B"),
    ],
)
def test_a_stated_letter_is_read(reply: str, letter: str) -> None:
    assert extract(reply, BARE).letter == letter


@pytest.mark.parametrize(
    "reply",
    [
        "",
        " \n",
        "A patient with fever needs rest",
        "The answer is a lens",
        "The answer is a",
        "I think so",
        "I cannot help with that.",
        "The answer is T cells",
        "The answer is B cells",
        "The answer is A.M.",
        "Answer: N/A",
        "Vitamin C",
        "Let P(A) = 0.5 and A = 3",
        "not B",
        "B is incorrect",
        "The answer is not A.",
        "A, B and C are wrong",
        "If the answer is A then x = 2",
        "The incorrect answer is (C)",
        "Neither A nor B is correct",
        "None of the options are correct.",
        "A) x\nB) y\nC) z\nD) w",
        "A) x B) y C) z D) w",
        "Options: A) 3 B) 4 C) 5 D) 6",
        "Answer Choices: (A) 1 (B) 2 (C) 3 (D) 4",
        "The answer is (I, II, and III).",
        r"the value is $\boxed{24}$",
    ],
)
def test_nothing_is_read_where_nothing_is_stated(reply: str) -> None:
    assert (
        extract(reply, dict.fromkeys("ABCDEFGHIJ", "") if "II" in reply else BARE).status == "none"
    )


@pytest.mark.parametrize(
    ("reply", "letter"),
    [
        ("... so A. Wait, no: the answer is C", "C"),
        ("The answer is A. Actually, the answer is B.", "B"),
        ("Final answer: A. Wait, actually the answer is C.", "C"),
        ("The answer is B or C, but C is the only one with water. The answer is C.", "C"),
        ("The answer is A. A is wrong. The answer is D.", "D"),
        ("The answer is (I).\n\nFinal Answer:\nThe answer is (F).", "F"),
        ("The answer is A? No, B.", "B"),
        ("So B.\nTherefore the answer is A.", "A"),
    ],
)
def test_a_later_statement_that_takes_back_or_firms_up_overrides(reply: str, letter: str) -> None:
    assert extract(reply, dict.fromkeys("ABCDEFGHIJ", "")).letter == letter


@pytest.mark.parametrize(
    ("reply", "letters"),
    [
        ("The answer is A. The answer is B.", "AB"),
        ("(a) The answer is (A). (b) The answer is (D).", "AD"),
        ("BD", "BD"),
        ("B and D", "BD"),
        ("A, C", "AC"),
        ("A: B", "AB"),
        ("A\nB", "AB"),
        ("The answer is B or D", "BD"),
        (r"\boxed{B, D}", "BD"),
    ],
)
def test_competing_letters_are_ambiguous_and_named(reply: str, letters: str) -> None:
    found = extract(reply, BARE)
    assert (found.status, found.letter, "".join(found.letters)) == ("ambiguous", None, letters)


@pytest.mark.parametrize("reply", ["The answer is (J)", "E", r"\boxed{H}", "E) Exercise testing"])
def test_a_letter_outside_the_options_is_out_of_range(reply: str) -> None:
    found = extract(reply, BARE)
    assert (found.status, found.letter, found.letters) == ("out_of_range", None, ())


@pytest.mark.parametrize(
    ("reply", "letters"),
    [
        ("BD", "BD"),
        ("B and D", "BD"),
        ("A, C", "AC"),
        ("B", "B"),
        ("Answer: A & D", "AD"),
        ("The correct options are (A) 5 atoms and (D) 4 atoms.", "AD"),
        ("Option A is correct. Option D is also correct.", "AD"),
        ("Final answer: (A) is true. (B) is false. (C) is true. (D) is false.", "AC"),
        ("(A) It is red.\n(C) It is blue.", "AC"),
        ("Therefore, all the options are correct.", "ABCD"),
        ('{"answer": ["A", "C"]}', "AC"),
    ],
)
def test_several_letters_are_one_answer_in_multi_mode(reply: str, letters: str) -> None:
    found = extract(reply, BARE, multi=True)
    assert (found.status, "".join(found.letters)) == ("answered", letters)


def test_alternatives_stay_ambiguous_in_multi_mode() -> None:
    assert extract("A or C", BARE, multi=True).status == "ambiguous"


@pytest.mark.parametrize(
    ("reply", "letter"),
    [
        ("Paris", "A"),
        ("  rome. ", "D"),
        ("The answer is **London**.", "B"),
        ("Berlin\n\nIt has been so since 1990.", "C"),
        ("C Berlin", "C"),
    ],
)
def test_the_exact_words_of_one_option_name_it(reply: str, letter: str) -> None:
    assert extract(reply, CITIES).letter == letter


@pytest.mark.parametrize(
    "reply", ["The capital of France is Paris, say some", "Par", "Paris or so"]
)
def test_words_that_are_not_exactly_an_option_name_none(reply: str) -> None:
    assert extract(reply, CITIES).letter is None


def test_words_that_two_options_share_are_ambiguous() -> None:
    assert extract("red", {"A": "red", "B": "Red", "C": "blue"}).letters == ("A", "B")


def test_a_label_with_the_words_of_another_option_is_ambiguous() -> None:
    assert extract("A: London", CITIES).letters == ("A", "B")


def test_an_abbreviated_name_is_not_a_label() -> None:
    options = {"A": "E. coli", "B": "S. aureus", "C": "yeast", "D": "none", "E": "prions"}
    assert extract("E. coli", options).letter == "A"
    assert (
        extract("The answer is S. pyogenes", dict(zip("RS", ["x", "y"], strict=True))).letter
        is None
    )


def test_yes_with_a_comma_answers_a_question_of_yes_and_no() -> None:
    assert extract("Yes, the trial shows it.", {"A": "yes", "B": "no", "C": "maybe"}).letter == "A"


def test_labels_need_not_begin_at_a() -> None:
    assert extract("The answer is (S).", dict.fromkeys("PQRS", "")).letter == "S"


def test_twenty_six_options_are_read() -> None:
    assert extract("Answer: Z", dict.fromkeys("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "")).letter == "Z"


def test_reasoning_is_read_only_after_its_close() -> None:
    assert extract("<think>the answer is A</think>\nB", BARE).letter == "B"


def test_unfinished_reasoning_counts_only_with_an_explicit_final_answer() -> None:
    assert extract("<think>so the answer is A", BARE).status == "none"
    assert extract("<think>hm. Final answer: A", BARE).letter == "A"


def test_the_rule_and_its_place_are_told() -> None:
    found = extract("We compute 4.\n\\boxed{C}", BARE)
    assert found.rule == "boxed"
    assert found.span is not None
    assert "C" in "We compute 4.\n\\boxed{C}"[slice(*found.span)]


def test_without_options_nothing_is_read() -> None:
    assert extract("B", {}).status == "none"


def test_read_letter_is_the_letter_of_extract() -> None:
    assert read_letter("Answer: D", BARE) == "D"
    assert read_letter("B or D", BARE) is None
