"""Each dataset's schema, with invented rows, becomes the item that a reader of the row expects."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cgr_nb.errors import ItemError
from cgr_nb.items import ItemSet, Reject, adapters, guess_adapter, read_items
from cgr_nb.items.parsed_row import finish
from cgr_nb.records import Item

LEAK = "LEAK: the answer is B"

GPQA = {"Question": "Which decay?", "Correct Answer": "beta", "Incorrect Answer 1": "alpha", "Incorrect Answer 2": "gamma", "Incorrect Answer 3": "none"}  # fmt: skip

ROWS: dict[str, list[dict[str, Any]]] = {
    "aime": [
        {"id": 60, "problem": "Find $x$.", "question": "Find $x$.", "answer": "025", "solution": LEAK, "url": "u"},
        {"id": "1999_AIME_1", "problem": "Find $y$.", "answer": "336^\\circ"},
        {"ID": "2024-I-1", "Problem": "Find $z$.", "Answer": 7, "Solution": LEAK},
    ],
    "aqua_rat": [
        {"question": "How fast?", "options": ["A)5(x + 1)", "B)7 kmph", "C)None"], "rationale": LEAK, "correct": "B"},
        {"instruction": "Find P (A) and P(B)? Answer Choices: (A) 5 (B) 7 (C) 9", "input": "", "output": LEAK, "answer": "B"},
    ],
    "commonsenseqa": [
        {
            "id": "c1", "answerKey": "B",
            "question": {"question_concept": "door", "stem": "Where?", "choices": [{"label": "A", "text": "bank"}, {"label": "B", "text": "mall"}]},
        },
        {"id": "c2", "question": "Who?", "question_concept": "x", "choices": {"label": ["A", "B"], "text": ["me", "you"]}, "answerKey": "B"},
    ],
    "openbookqa": [
        {
            "id": "8-1", "answerKey": "B", "fact1": LEAK, "humanScore": "1.00",
            "question": {"stem": "Fog is seen near", "choices": [{"text": "a desert", "label": "A"}, {"text": "a marsh", "label": "B"}]},
        },
        {
            "instruction": "Please choose the correct answer to the question: Owls eat\n\nAnswer1: grass Answer2: mice\n\nAnswer format: answer1/answer2",
            "input": "", "output": LEAK, "answer": "answer2",
        },
        {"id": "7", "question_stem": "Ice is", "choices": {"text": ["hot", "cold"], "label": ["A", "B"]}, "answerKey": "B", "fact1": LEAK},
    ],
    "failuresensoriq": [
        {
            "id": 0, "question": "Which sensor?", "options": ["current", "voltage"], "option_ids": ["A", "B"],
            "correct": [False, True], "question_first": True, "text_type": "choice", "subject": "s", "asset_name": "motor",
        },
        {"id": 1, "question": "Which ones?", "options": ["power", "load"], "option_ids": ["P)", "Q)"], "correct": [True, True], "context": None},
        {"question": "Which part?", "choices": {"A": "seal", "B": "shaft"}, "answer": "B", "id": 2, "supcategory": "industrial"},
    ],
    "medqa": [
        {"question": "A man coughs.", "answer": "Asthma", "options": {"A": "Gout", "B": "Asthma"}, "answer_idx": "B", "meta_info": "step1", "metamap_phrases": ["x"]},
        {"question": "A man limps.", "answer": "Gout", "options": [{"key": "A", "value": "Gout"}, {"key": "B", "value": "Flu"}], "answer_idx": "A"},
    ],
    "medmcqa": [
        {"id": "m", "question": "Drug?", "opa": "w", "opb": "x", "opc": "y", "opd": "z", "cop": "1", "choice_type": "multi", "exp": LEAK, "subject_name": "P", "topic_name": ""},
        {"id": "n", "question": "Dose?", "opa": "w", "opb": "x", "opc": "y", "opd": "z", "cop": -1, "exp": None},
    ],
    "mmlu": [{"question": "Heavy?", "subject": "college_physics", "choices": ["1", "2", "3", "4"], "answer": 1}],
    "mmlu_pro": [
        {
            "question_id": 70, "question": "Who?", "options": ["A. Smith", "B. F. Skinner", "C. Jung"], "answer": "B",
            "answer_index": 1, "cot_content": LEAK, "category": "psychology", "src": "s",
        },
        {"question_id": 71, "question": "What?", "options": ["only one"], "answer": "A", "answer_index": 0, "cot_content": "", "category": "law", "src": "s"},
    ],
    "supergpqa": [
        {"uuid": "u", "question": "$x$?", "options": ["$1$", "$2$", "$3$", "$4$"], "answer": "$2$", "answer_letter": "B", "discipline": "Science", "field": "Physics", "subfield": "Optics", "difficulty": "hard", "is_calculation": True},
    ],
    "jeebench": [
        {"description": "Paper 1", "index": 1, "subject": "phy", "type": "MCQ", "question": "Which?\n\n(A) $1$\n\n(B) $2$", "gold": "B"},
        {"description": "Paper 1", "index": 2, "subject": "math", "type": "MCQ(multiple)", "question": "Which ones?\n\n[A] $1$\n\n[B] $2$\n\n[C] $3$\n\n[D] $4$", "gold": "BD"},
        {"description": "Paper 1", "index": 3, "subject": "chem", "type": "Integer", "question": "How many?", "gold": "9"},
        {"description": "Paper 1", "index": 4, "subject": "chem", "type": "Numeric", "question": "How much?", "gold": "0.50"},
    ],
    "timeseriesexam": [
        {"id": 1, "question": "Trend?", "options": ["up", "down"], "answer": "down", "ts": [1.5, 0.25], "question_hint": LEAK, "format_hint": LEAK, "category": "Trend"},
        {"id": 2, "question": "Lag?", "options": ["Yes", "No"], "answer": "Yes", "ts1": [1, 2], "ts2": [2, 1], "category": "Causality"},
    ],
    "time_mqa": [
        {"application_domain": "energy", "task_type": "open_ended_QA", "question_format": "multiple_choice", "QA_list": '"question": "Series [1, X, 3]. Trend? A) up B) down C) flat", "answer": "Answer: B) down"'},
        {"application_domain": "finance", "task_type": "open_ended_QA", "question_format": "true/false", "QA_list": '"question": "It said "buy" twice. True or false?", "answer": "False. It fell."'},
        {"application_domain": "health", "task_type": "classification", "question_format": "multiple_choice", "QA_list": '"question": "Which? A) Walking B) Running", "answer": "Based on the given information, the answer is Running."'},
    ],
    "correctbench": [
        {"text": "QUESTION: How fast? A) 5 B) 7\nSOLUTION: it is seven #### B"},
        GPQA,
    ],
    "generic": [
        {"id": "q-1", "dataset": "mine", "config": "easy", "question": "Which?", "options": {"A": "x", "B": "y"}, "gold": "B", "note": LEAK},
        {"question": "Which one?", "choices": ["x", "y"], "answer": "y"},
        {"question": "In columns?", "A": "x", "B": "y", "C": None, "answer": "B"},
        {"question": "How many?", "answer": 42},
        {"question": "Inside? A) x B) y", "answer": "B"},
        {"question": "Not known?", "options": ["x", "y"]},
        {"question": "By place?", "options": '["x", "y"]', "answer_index": 1, "context": "A table."},
    ],
}  # fmt: skip


def read(name: str, rows: list[dict[str, Any]], seed: int = 0) -> ItemSet:
    return read_items(pandas.DataFrame({"row": rows})["row"].apply(pandas.Series), name, seed=seed)


def items(tmp_path: Any, name: str, seed: int = 0) -> list[Item]:
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(map(json.dumps, ROWS[name])), encoding="utf-8")
    found = read_items(path, name, seed=seed)
    assert found.rejected == []
    return found.items


@pytest.mark.parametrize("name", sorted(set(ROWS)))
def test_no_explanation_reaches_an_item(tmp_path: Any, name: str) -> None:
    for item in items(tmp_path, name):
        assert "LEAK" not in json.dumps(
            [item.question, item.context, dict(item.options), dict(item.meta)]
        )


@pytest.mark.parametrize(("name", "row"), [(name, row) for name in ROWS for row in ROWS[name]])
def test_the_adapter_is_guessed_from_a_single_row(name: str, row: dict[str, Any]) -> None:
    assert guess_adapter([row]).name == (name if row is not GPQA else "generic")


def test_every_adapter_but_physicsqa_has_a_row_here() -> None:
    assert set(adapters()) == {*ROWS, "physicsqa"}


def test_aime_makes_five_options_that_look_alike(tmp_path: Any) -> None:
    first, second, third = items(tmp_path, "aime")
    for item, answer in ((first, "025"), (second, "336"), (third, "7")):
        assert item.gold is not None
        assert len(item.options) == 5
        assert item.options[item.gold[0]] == answer
        assert all(0 <= int(text) <= 999 for text in item.options.values())
    assert {len(text) for text in first.options.values()} == {3}
    assert second.meta["withheld"] == {"answer": "336^\\circ"}
    assert first.meta["options_from"] == "distractors"


def test_the_letter_of_a_made_answer_is_spread_evenly() -> None:
    rows = [{"problem": f"Find ${number}$.", "answer": "371"} for number in range(500)]
    letters = Counter(item.gold for item in read("aime", rows).items)
    # 500 even draws from five letters: 100 each, standard deviation 8.9.
    assert all(60 < letters[(letter,)] < 140 for letter in "ABCDE")


def test_made_options_depend_on_seed_and_content_and_not_on_the_rows_place(tmp_path: Any) -> None:
    forward = items(tmp_path, "aime")
    ROWS["aime"].reverse()
    try:
        backward = items(tmp_path, "aime")
    finally:
        ROWS["aime"].reverse()
    assert {item.id: item.options for item in forward} == {
        item.id: item.options for item in backward
    }
    assert items(tmp_path, "aime", seed=1)[0].options != forward[0].options


def test_aqua_options_lose_their_glued_label_only(tmp_path: Any) -> None:
    plain, wrapped = items(tmp_path, "aqua_rat")
    assert plain.options == {"A": "5(x + 1)", "B": "7 kmph", "C": "None"}
    assert wrapped.question == "Find P (A) and P(B)?"
    assert wrapped.options == {"A": "5", "B": "7", "C": "9"}
    assert plain.gold == wrapped.gold == ("B",)


def test_nested_flat_and_rewrapped_choices_read_alike(tmp_path: Any) -> None:
    nested, wrapped, flat = items(tmp_path, "openbookqa")
    assert nested.question == "Fog is seen near"
    assert wrapped.question == "Owls eat"
    assert wrapped.options == {"A": "grass", "B": "mice"}
    assert nested.gold == wrapped.gold == flat.gold == ("B",)
    assert [item.gold for item in items(tmp_path, "commonsenseqa")] == [("B",), ("B",)]


def test_failuresensoriq_keeps_labels_and_all_correct_options(tmp_path: Any) -> None:
    single, several, mapped = items(tmp_path, "failuresensoriq")
    assert (single.gold, single.config) == (("B",), "single_correct")
    assert several.options == {"P": "power", "Q": "load"}
    assert several.gold == ("P", "Q")
    assert several.meta["labels"] == ["P)", "Q)"]
    assert (mapped.gold, mapped.config) == (("B",), "uncertainty")


def test_medmcqa_counts_from_zero_and_minus_one_is_unknown(tmp_path: Any) -> None:
    known, hidden = items(tmp_path, "medmcqa")
    assert known.gold == ("B",)
    assert hidden.gold is None


def test_an_index_is_an_index_even_where_options_are_numbers(tmp_path: Any) -> None:
    (item,) = items(tmp_path, "mmlu")
    assert item.gold == ("B",)
    assert item.config == "college_physics"


def test_initials_are_no_labels_and_one_option_is_an_item(tmp_path: Any) -> None:
    first, second = items(tmp_path, "mmlu_pro")
    assert list(first.options.values()) == ["A. Smith", "B. F. Skinner", "C. Jung"]
    assert second.options == {"A": "only one"}


def test_letter_and_text_that_disagree_are_rejected() -> None:
    row = {**ROWS["supergpqa"][0], "answer": "$3$"}
    (rejection,) = read("supergpqa", [row]).rejected
    assert rejection.reason == "gold_conflict"
    row = {**ROWS["mmlu_pro"][0], "answer_index": 2}
    assert read("mmlu_pro", [row]).by_reason() == {"gold_conflict": 1}


def test_jeebench_has_letters_numbers_and_several(tmp_path: Any) -> None:
    one, several, digit, decimal = items(tmp_path, "jeebench")
    assert one.options == {"A": "$1$", "B": "$2$"}
    assert several.gold == ("B", "D")
    assert all(text in "0123456789" for text in digit.options.values())
    assert all(len(text.partition(".")[2]) == 2 for text in decimal.options.values())
    assert len(digit.options) == len(decimal.options) == 4


def test_series_are_context_and_text_gold_becomes_a_letter(tmp_path: Any) -> None:
    single, double = items(tmp_path, "timeseriesexam")
    assert single.context == "Time series: [1.5, 0.25]"
    assert double.context == "Time series 1: [1, 2]\nTime series 2: [2, 1]"
    assert single.gold == ("B",)


def test_time_mqa_reads_fragments_that_are_json_and_that_are_not(tmp_path: Any) -> None:
    choice, verdict, sentence = items(tmp_path, "time_mqa")
    assert choice.question == "Series [1, X, 3]. Trend?"
    assert choice.gold == ("B",)
    assert verdict.question == 'It said "buy" twice. True or false?'
    assert verdict.options == {"A": "True", "B": "False"}
    assert verdict.gold == sentence.gold == ("B",)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"QA_list": ""}, "no_question"),
        ({"QA_list": "nothing"}, "no_question"),
        ({"QA_list": '"question": "a", "answer": "b", "question": "c", "answer": "d"'}, "no_question"),
        ({"QA_list": '"question": "Why?", "answer": "So."', "question_format": "open_ended_question"}, "not_multiple_choice"),
        ({"QA_list": '"question": "Next? [1, 2]", "answer": "[3]"', "task_type": "forecasting"}, "not_multiple_choice"),
        ({"QA_list": '"question": "Which? A) x B) y", "answer": "A big one"'}, "gold_not_an_option"),
    ],
)  # fmt: skip
def test_time_mqa_rows_that_are_no_choice_are_counted(row: dict[str, Any], reason: str) -> None:
    assert read("time_mqa", [row]).by_reason() == {reason: 1}


def test_correctbench_shuffles_what_would_tell_the_answer(tmp_path: Any) -> None:
    aqua, shuffled = items(tmp_path, "correctbench")
    assert shuffled.gold is not None
    assert shuffled.options[shuffled.gold[0]] == "beta"
    assert (aqua.question, aqua.gold, aqua.config) == ("How fast?", ("B",), "aqua_rat")
    places = {items(tmp_path, "correctbench", seed)[1].gold for seed in range(20)}
    assert len(places) == 4


def test_correctbench_reads_its_parts_and_rejects_free_text() -> None:
    rows = [
        *ROWS["commonsenseqa"],
        ROWS["aqua_rat"][0],
        {"question": "Sum?", "answer": "1 + 1 #### 2"},
    ]
    for row in rows:
        (item,) = read("correctbench", [row]).items
        assert item.dataset == "correctbench"
    assert read("correctbench", [{"question": "Who?", "answer": "me"}]).by_reason() == {
        "not_multiple_choice": 1
    }
    no_solution = {"text": "How fast? A) 5 B) 7 It is seven. #### B"}
    assert read("correctbench", [no_solution]).by_reason() == {"no_options": 1}


@pytest.mark.parametrize("name", ["jeebench", "mmlu", "generic"])
def test_physicsqa_reads_plain_rows_and_the_sets_that_stand_in_for_it(
    tmp_path: Any, name: str
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(map(json.dumps, ROWS[name])), encoding="utf-8")
    found = read_items(path, "physicsqa")
    assert len(found.items) == len(ROWS[name])
    assert {item.dataset for item in found.items} == {"physicsqa"}


def test_plain_rows_may_name_their_dataset_and_leave_gold_out(tmp_path: Any) -> None:
    found = items(tmp_path, "generic")
    assert (found[0].dataset, found[0].config, found[0].meta["id"]) == ("mine", "easy", "q-1")
    assert [item.gold for item in found[:3]] == [("B",)] * 3
    assert found[3].gold is not None
    assert found[3].options[found[3].gold[0]] == "42"
    assert found[4].question == "Inside?"
    assert found[5].gold is None
    assert (found[6].gold, found[6].context) == (("B",), "A table.")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["label", "text", "stem", "choices", "A", "B"]), inner, max_size=3
        )
    ),
    max_leaves=5,
)


@pytest.mark.parametrize(("name", "row"), [(name, row) for name in ROWS for row in ROWS[name]])
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_row_with_a_strange_field_is_read_or_rejected(
    name: str, row: dict[str, Any], data: st.DataObject
) -> None:
    strange = {**row, data.draw(st.sampled_from(sorted(row))): data.draw(values)}
    try:
        item = finish(adapters()[name].read(strange), name, "here", 0)
    except Reject:
        return
    assert item.options
    assert all(isinstance(text, str) for text in [item.question, *item.options.values()])
    assert set(item.gold or ()) <= set(item.options)


def test_no_adapter_fits_and_the_message_names_them() -> None:
    with pytest.raises(ItemError) as caught:
        guess_adapter([{"height": 1, "width": 2}], "sizes.csv")
    assert "sizes.csv" in str(caught.value)
    assert "height, width" in str(caught.value)
    assert "mmlu_pro" in str(caught.value)


def test_an_unknown_adapter_is_named_with_the_known_ones() -> None:
    with pytest.raises(ItemError, match="choose one of aime, aqua_rat"):
        read_items(pandas.DataFrame({"question": ["a"]}), "mmlupro")
