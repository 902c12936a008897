"""The shapes in which people have multiple-choice items: each writes the same items its own way.

A shape is a function from items to (file name, bytes). What must come back of every item: how many
options, the text of the right one, and the question (and context, where the shape has one).
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

__all__ = ["SHAPES", "Made", "Shape"]


@dataclass(frozen=True)
class Made:
    """One item to be written."""

    question: str
    options: tuple[str, ...]
    gold: int
    context: str = "Tom has six pears."

    @property
    def letter(self) -> str:
        return ascii_uppercase[self.gold]

    @property
    def right(self) -> str:
        return self.options[self.gold]

    @property
    def wrong(self) -> list[str]:
        return [text for place, text in enumerate(self.options) if place != self.gold]


Items = Sequence[Made]
Written = tuple[str, bytes]


@dataclass(frozen=True)
class Shape:
    """How one format writes items."""

    write: Callable[[Items], Written]
    options: int | None = None
    """The number of options that the format has; None: any."""
    context: bool = False
    """Whether it holds the context."""
    closed: tuple[str, ...] = ()
    """The options that all its items have, such as true and false."""


SHAPES: dict[str, Shape] = {}


def shape(
    options: int | None = None, context: bool = False, closed: tuple[str, ...] = ()
) -> Callable[[Callable[[Items], Written]], Callable[[Items], Written]]:
    def keep(write: Callable[[Items], Written]) -> Callable[[Items], Written]:
        SHAPES[write.__name__] = Shape(write, options, context, closed)
        return write

    return keep


def lines(name: str, rows: Sequence[Any]) -> Written:
    return f"{name}.jsonl", "".join(json.dumps(row) + "\n" for row in rows).encode()


def whole(name: str, value: Any) -> Written:
    return f"{name}.json", json.dumps(value, indent=1).encode()


def table(name: str, rows: Sequence[Sequence[Any]], delimiter: str = ",") -> Written:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return f"{name}.csv", text.getvalue().encode()


def lettered(item: Made, form: str = "{letter}. {text}", joint: str = "\n") -> str:
    marked = zip(ascii_uppercase, item.options, strict=False)
    return joint.join(form.format(letter=letter, text=text) for letter, text in marked)


def labels(item: Made) -> list[str]:
    return list(ascii_uppercase[: len(item.options)])


# One line a shape, however long: they are tables.
# fmt: off

# --- JSON Lines with a list or a mapping of options ---


@shape()
def mmlu_integer(items: Items) -> Written:
    return lines("mmlu_integer", [{"question": i.question, "subject": "s", "choices": list(i.options), "answer": i.gold} for i in items])


@shape()
def mmlu_pro_like(items: Items) -> Written:
    return lines("mmlu_pro_like", [{"question": i.question, "options": list(i.options), "answer": i.letter, "answer_index": i.gold, "cot_content": "A: no"} for i in items])


@shape()
def arc(items: Items) -> Written:
    return lines("arc", [{"id": f"M{n}", "question": i.question, "choices": {"text": list(i.options), "label": labels(i)}, "answerKey": i.letter} for n, i in enumerate(items)])


@shape()
def arc_nested_digits(items: Items) -> Written:
    return lines("arc_nested_digits", [{"id": f"M{n}", "question": {"stem": i.question, "choices": [{"text": t, "label": str(k)} for k, t in enumerate(i.options, 1)]}, "answerKey": str(i.gold + 1)} for n, i in enumerate(items)])


@shape()
def hellaswag(items: Items) -> Written:
    return lines("hellaswag", [{"ind": n, "activity_label": "x", "ctx_a": i.question, "ctx_b": "", "ctx": i.question, "endings": list(i.options), "label": str(i.gold), "split": "val"} for n, i in enumerate(items)])


@shape(context=True)
def race(items: Items) -> Written:
    return lines("race", [{"example_id": f"high{n}", "article": i.context, "question": i.question, "options": list(i.options), "answer": i.letter} for n, i in enumerate(items)])


@shape(context=True)
def race_raw(items: Items) -> Written:
    # One article with all its questions, as the original files have it.
    return whole("race_raw", {"id": "high1.txt", "article": items[0].context, "questions": [i.question for i in items], "options": [list(i.options) for i in items], "answers": [i.letter for i in items]})


@shape(context=True)
def dream_raw(items: Items) -> Written:
    return whole("dream_raw", [[[i.context], [{"question": i.question, "choice": list(i.options), "answer": i.right}], f"1-{n}"] for n, i in enumerate(items)])


@shape(context=True)
def dream(items: Items) -> Written:
    return lines("dream", [{"id": n, "dialogue_id": f"1-{n}", "dialogue": [i.context], "question": i.question, "choice": list(i.options), "answer": i.right} for n, i in enumerate(items)])


@shape(context=True)
def reclor(items: Items) -> Written:
    return whole("reclor", [{"context": i.context, "question": i.question, "answers": list(i.options), "label": i.gold, "id_string": f"t_{n}"} for n, i in enumerate(items)])


@shape(context=True)
def logiqa(items: Items) -> Written:
    return lines("logiqa", [{"context": i.context, "query": i.question, "options": list(i.options), "correct_option": i.gold} for i in items])


@shape(context=True)
def logiqa2(items: Items) -> Written:
    return lines("logiqa2", [{"id": n, "answer": i.gold, "text": i.context, "question": i.question, "options": list(i.options), "type": {"x": True}} for n, i in enumerate(items)])


@shape(options=4, context=True)
def cosmosqa(items: Items) -> Written:
    return lines("cosmosqa", [{"id": str(n), "context": i.context, "question": i.question, **{f"answer{k}": t for k, t in enumerate(i.options)}, "label": i.gold} for n, i in enumerate(items)])


@shape(context=True)
def quail(items: Items) -> Written:
    return lines("quail", [{"id": str(n), "context_id": "f1", "question_id": str(n), "domain": "fiction", "metadata": {"author": "x"}, "context": i.context, "question": i.question, "question_type": "Causality", "answers": list(i.options), "correct_answer_id": i.gold} for n, i in enumerate(items)])


@shape(context=True)
def quality(items: Items) -> Written:
    rows = [{"article_id": str(n), "article": i.context, "questions": [{"question": i.question, "options": list(i.options), "gold_label": i.gold + 1, "writer_label": i.gold + 1, "difficult": 0}]} for n, i in enumerate(items)]
    return lines("quality", rows)


@shape()
def mutual(items: Items) -> Written:
    return lines("mutual", [{"answers": i.letter, "options": list(i.options), "article": i.question, "id": f"dev_{n}"} for n, i in enumerate(items)])


@shape()
def truthfulqa_mc1(items: Items) -> Written:
    def targets(i: Made) -> dict[str, Any]:
        return {"choices": [i.right, *i.wrong], "labels": [1] + [0] * len(i.wrong)}

    return lines("truthfulqa_mc1", [{"question": i.question, "mc1_targets": targets(i), "mc2_targets": targets(i)} for i in items])


@shape()
def truthfulqa_task(items: Items) -> Written:
    rows = [{"question": i.question, "mc1_targets": {t: int(k == i.gold) for k, t in enumerate(i.options)}, "mc2_targets": {t: int(k == i.gold) for k, t in enumerate(i.options)}} for i in items]
    return whole("truthfulqa_task", rows)


@shape()
def truthfulqa_lists(items: Items) -> Written:
    return lines("truthfulqa_lists", [{"type": "Adversarial", "category": "Misconceptions", "question": i.question, "best_answer": i.right, "correct_answers": [i.right], "incorrect_answers": i.wrong, "source": "https://x"} for i in items])


@shape(context=True)
def agieval(items: Items) -> Written:
    return lines("agieval", [{"passage": i.context, "question": i.question, "options": lettered(i, "({letter}){text}").split("\n"), "label": i.letter, "answer": None, "other": None} for i in items])


@shape()
def agieval_hub(items: Items) -> Written:
    rows = []
    for i in items:
        choices = lettered(i, "({letter}){text}").split("\n")
        query = f"Q: {i.question} Answer Choices: {' '.join(choices)}\nA: Among A through E, the answer is"
        rows.append({"query": query, "choices": choices, "gold": [i.gold]})
    return lines("agieval_hub", rows)


@shape()
def gaokao(items: Items) -> Written:
    rows = [{"year": "2010", "category": "x", "question": f"{n}. {i.question}\n{lettered(i, '{letter}. {text}')}\n", "answer": [i.letter], "analysis": "LEAK", "index": n, "score": 5} for n, i in enumerate(items, 1)]
    return whole("gaokao", {"keywords": "2010-2022_x_MCQs", "example": rows})


@shape(options=4, context=True)
def belebele(items: Items) -> Written:
    return lines("belebele", [{"link": "https://x", "question_number": 1, "flores_passage": i.context, "question": i.question, **{f"mc_answer{k}": t for k, t in enumerate(i.options, 1)}, "correct_answer_num": str(i.gold + 1), "dialect": "eng_Latn"} for i in items])


@shape(options=2, context=True)
def story_cloze(items: Items) -> Written:
    return lines("story_cloze", [{"story_id": str(n), "input_sentence_1": i.context, "input_sentence_2": i.question, "sentence_quiz1": i.options[0], "sentence_quiz2": i.options[1], "answer_right_ending": i.gold + 1} for n, i in enumerate(items)])


@shape(options=3, context=True)
def social_iqa(items: Items) -> Written:
    return lines("social_iqa", [{"context": i.context, "question": i.question, "answerA": i.options[0], "answerB": i.options[1], "answerC": i.options[2], "label": str(i.gold + 1)} for i in items])


@shape(options=2)
def piqa(items: Items) -> Written:
    return lines("piqa", [{"goal": i.question, "sol1": i.options[0], "sol2": i.options[1], "label": i.gold} for i in items])


@shape(options=2)
def winogrande(items: Items) -> Written:
    return lines("winogrande", [{"qID": str(n), "sentence": f"{i.question} _", "option1": i.options[0], "option2": i.options[1], "answer": str(i.gold + 1)} for n, i in enumerate(items)])


@shape(options=4)
def swag(items: Items) -> Written:
    return lines("swag", [{"video-id": "v", "fold-ind": str(n), "startphrase": i.question, "sent1": i.question, "sent2": "He", "gold-source": "gold", **{f"ending{k}": t for k, t in enumerate(i.options)}, "label": i.gold} for n, i in enumerate(items)])


@shape(options=5)
def math_qa(items: Items) -> Written:
    rows = [{"Problem": i.question, "Rationale": "LEAK", "options": " , ".join(f"{letter.lower()} ) {text}" for letter, text in zip(ascii_uppercase, i.options, strict=False)), "correct": i.letter.lower(), "annotated_formula": "add(1, 2)", "category": "gain"} for i in items]
    return whole("math_qa", rows)


@shape(options=5)
def aqua_glued(items: Items) -> Written:
    return lines("aqua_glued", [{"question": i.question, "options": lettered(i, "{letter}){text}").split("\n"), "rationale": "LEAK", "correct": i.letter} for i in items])


@shape(options=4)
def gpqa(items: Items) -> Written:
    head = ["Record ID", "Question", "Correct Answer", "Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3", "Explanation", "Subdomain"]
    return table("gpqa", [head, *[[f"rec{n}", i.question, i.right, *i.wrong, "LEAK", "Optics"] for n, i in enumerate(items)]])


@shape(options=4)
def medmcqa_from_one(items: Items) -> Written:
    return lines("medmcqa_from_one", [{"id": str(n), "question": i.question, "opa": i.options[0], "opb": i.options[1], "opc": i.options[2], "opd": i.options[3], "cop": i.gold + 1, "choice_type": "single", "exp": "LEAK", "subject_name": "x", "topic_name": None} for n, i in enumerate(items)])


@shape(options=5)
def medmcqa_five(items: Items) -> Written:
    return lines("medmcqa_five", [{"question": i.question, "opa": i.options[0], "opb": i.options[1], "opc": i.options[2], "opd": i.options[3], "ope": i.options[4], "cop": i.gold} for i in items])


@shape()
def medqa_idx(items: Items) -> Written:
    return lines("medqa_idx", [{"question": i.question, "answer": i.right, "options": dict(zip(labels(i), i.options, strict=True)), "answer_idx": i.letter} for i in items])


@shape(options=3, context=True, closed=("yes", "no", "maybe"))
def pubmedqa(items: Items) -> Written:
    rows = {str(n): {"QUESTION": i.question, "CONTEXTS": [i.context], "LABELS": ["BACKGROUND"], "MESHES": ["x"], "YEAR": "2010", "reasoning_required_pred": "yes", "final_decision": i.right, "LONG_ANSWER": "LEAK"} for n, i in enumerate(items)}
    return whole("pubmedqa", rows)


@shape(options=3, context=True, closed=("yes", "no", "maybe"))
def pubmedqa_hub(items: Items) -> Written:
    return lines("pubmedqa_hub", [{"pubid": n, "question": i.question, "context": {"contexts": [i.context], "labels": ["AIM"], "meshes": ["x"]}, "long_answer": "LEAK", "final_decision": i.right} for n, i in enumerate(items)])


@shape()
def head_qa(items: Items) -> Written:
    return lines("head_qa", [{"name": "Cuaderno_2013", "year": "2013", "category": "biology", "qid": n, "qtext": i.question, "ra": i.gold + 1, "image": None, "answers": [{"aid": k, "atext": t} for k, t in enumerate(i.options, 1)]} for n, i in enumerate(items)])


@shape()
def head_qa_exams(items: Items) -> Written:
    def data(some: Items) -> list[dict[str, Any]]:
        return [{"qid": str(n), "qtext": i.question, "ra": str(i.gold + 1), "image": "", "answers": [{"aid": k, "atext": t} for k, t in enumerate(i.options, 1)]} for n, i in enumerate(some, 1)]

    half = len(items) // 2
    exams = {f"Cuaderno_{n}": {"name": f"Cuaderno_{n}", "year": "2013", "category": "biology", "data": data(some)} for n, some in enumerate((items[:half], items[half:])) if some}
    return whole("head_qa_exams", {"version": "1.0", "language": "en", "exams": exams})


@shape()
def supergpqa(items: Items) -> Written:
    return lines("supergpqa", [{"uuid": str(n), "question": i.question, "options": list(i.options), "answer": i.right, "answer_letter": i.letter, "discipline": "Science", "field": "Physics", "subfield": "Optics", "difficulty": "hard", "is_calculation": True} for n, i in enumerate(items)])


@shape()
def bbh(items: Items) -> Written:
    return whole("bbh", {"canary": "do not train", "examples": [{"input": f"{i.question}\nOptions:\n{lettered(i, '({letter}) {text}')}", "target": f"({i.letter})"} for i in items]})


@shape(options=2, closed=("yes", "no"))
def bbh_yes_no(items: Items) -> Written:
    return whole("bbh_yes_no", {"canary": "x", "examples": [{"input": i.question, "target": i.right.title()} for i in items]})


@shape()
def big_bench(items: Items) -> Written:
    return whole("big_bench", {"name": "t", "description": "d", "keywords": [], "metrics": ["multiple_choice_grade"], "task_prefix": "", "examples": [{"input": i.question, "target_scores": {t: int(k == i.gold) for k, t in enumerate(i.options)}} for i in items]})


@shape()
def big_bench_hub(items: Items) -> Written:
    return lines("big_bench_hub", [{"idx": n, "inputs": i.question, "targets": [i.right], "multiple_choice_targets": list(i.options), "multiple_choice_scores": [int(k == i.gold) for k in range(len(i.options))]} for n, i in enumerate(items)])


@shape()
def lm_eval_arc(items: Items) -> Written:
    return lines("samples_arc_easy_2025-01-02T03-04-05.123456", [{"doc_id": n, "doc": {"id": f"M{n}", "question": i.question, "choices": {"text": list(i.options), "label": labels(i)}, "answerKey": i.letter}, "target": i.gold, "arguments": [[f"Question: {i.question}\nAnswer:", f" {t}"] for t in i.options], "resps": [[[-1.0, False]]], "acc": 1.0} for n, i in enumerate(items)])


@shape()
def lm_eval_target_only(items: Items) -> Written:
    return lines("samples_own_2025-01-02T03-04-05.123456", [{"doc_id": n, "doc": {"question": i.question, "choices": list(i.options)}, "target": str(i.gold), "arguments": {"gen_args_0": {"arg_0": i.question}}, "resps": [[["-1.0", "False"]]], "doc_hash": "x"} for n, i in enumerate(items)])


@shape()
def inspect_json(items: Items) -> Written:
    samples = [{"id": n, "epoch": 1, "input": i.question, "choices": list(i.options), "target": i.letter, "messages": [], "output": {}, "scores": {"choice": {"value": "C", "answer": "A"}}, "metadata": {"kind": "x"}} for n, i in enumerate(items, 1)]
    return whole("2025-01-02_log", {"version": 2, "status": "success", "eval": {"task": "mine/own_quiz", "dataset": {"name": "own_quiz"}}, "plan": {"steps": []}, "results": {"scores": []}, "stats": {}, "samples": samples, "reductions": [{"scorer": "choice", "samples": []}]})


@shape()
def inspect_eval(items: Items) -> Written:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.json", json.dumps({"version": 2, "eval": {"task": "own_quiz", "dataset": {"name": "own"}}}))
        archive.writestr("_journal/start.json", json.dumps({"version": 2, "eval": {"task": "own_quiz"}}))
        for n, i in enumerate(items, 1):
            sample = {"id": n, "epoch": 1, "input": [{"role": "user", "content": i.question}], "choices": list(i.options), "target": [i.letter], "scores": {}}
            archive.writestr(f"samples/{n}_epoch_1.json", json.dumps(sample))
        archive.writestr("summaries.json", "[]")
    return "2025-01-02T03-04-05+00-00_own-quiz_abc.eval", packed.getvalue()


@shape()
def openai_evals(items: Items) -> Written:
    return lines("openai_evals", [{"input": [{"role": "system", "content": "Reply with the letter of the right option."}, {"role": "user", "content": f"{i.question}\n{lettered(i, '{letter}) {text}')}\nAnswer:"}], "ideal": i.letter} for i in items])


@shape()
def chat(items: Items) -> Written:
    return lines("chat", [{"messages": [{"role": "user", "content": f"{i.question}\n{lettered(i, '{letter}. {text}')}"}, {"role": "assistant", "content": i.letter}]} for i in items])


@shape()
def alpaca(items: Items) -> Written:
    return whole("alpaca", [{"instruction": "Choose the right option.", "input": f"{i.question}\n{lettered(i, '{letter}. {text}')}", "output": f"{i.letter}. {i.right}"} for i in items])


@shape()
def alpaca_one_text(items: Items) -> Written:
    return whole("alpaca_one_text", [{"instruction": f"{i.question} {lettered(i, '({letter}) {text}', ' ')}", "input": "", "output": f"The answer is ({i.letter})."} for i in items])


# --- tables ---


@shape(options=5)
def kaggle_science(items: Items) -> Written:
    return table("kaggle_science", [["id", "prompt", *"ABCDE", "answer"], *[[n, i.question, *i.options, i.letter] for n, i in enumerate(items)]])


@shape(options=4)
def cmmlu(items: Items) -> Written:
    return table("cmmlu", [["", "Question", *"ABCD", "Answer"], *[[n, i.question, *i.options, i.letter] for n, i in enumerate(items)]])


@shape(options=4)
def kmmlu(items: Items) -> Written:
    return table("kmmlu", [["question", "answer", *"ABCD", "Category", "Human Accuracy"], *[[i.question, i.gold + 1, *i.options, "x", "0.4"] for i in items]])


@shape(options=4)
def headerless(items: Items) -> Written:
    return table("headerless", [[i.question, *i.options, i.letter] for i in items])


@shape(options=5)
def arabic_mmlu(items: Items) -> Written:
    head = ["ID", "Source", "Country", "Group", "Subject", "Level", "Question", "Context", "Answer Key", *[f"Option {k}" for k in range(1, 6)], "is_few_shot"]
    return table("arabic_mmlu", [head, *[[n, "x", "", "STEM", "Physics", "High", i.question, "", i.letter, *i.options, 0] for n, i in enumerate(items)]])


@shape(options=4)
def include(items: Items) -> Written:
    return lines("include", [{"language": "Greek", "country": "Greece", "domain": "STEM", "subject": "x", "regional_feature": "agnostic", "level": "Academic", "question": i.question, "choices": list(i.options), "answer": i.gold} for i in items])


@shape(options=4)
def global_mmlu(items: Items) -> Written:
    return lines("global_mmlu", [{"sample_id": f"a/test/{n}", "subject": "anatomy", "subject_category": "STEM", "question": i.question, "option_a": i.options[0], "option_b": i.options[1], "option_c": i.options[2], "option_d": i.options[3], "answer": i.letter, "required_knowledge": "[]"} for n, i in enumerate(items)])


@shape(options=4)
def form_export(items: Items) -> Written:
    head = ["Question text", "Option 1", "Option 2", "Option 3", "Option 4", "Correct answer", "Feedback"]
    return table("form_export", [head, *[[i.question, *i.options, i.gold + 1, "LEAK"] for i in items]])


@shape(options=4)
def form_export_text(items: Items) -> Written:
    head = ["Question", "Answer 1", "Answer 2", "Answer 3", "Answer 4", "Correct Answer"]
    return table("form_export_text", [head, *[[i.question, *i.options, i.right] for i in items]], ";")


@shape(options=4)
def form_export_word(items: Items) -> Written:
    head = ["question", "option 1", "option 2", "option 3", "option 4", "right answer"]
    return table("form_export_word", [head, *[[i.question, *i.options, f"Option {i.gold + 1}"] for i in items]])


@shape(options=4)
def excel_semicolon(items: Items) -> Written:
    name, data = table("excel_semicolon", [["Frage", "A", "B", "C", "D", "Lösung"], *[[i.question, *i.options, i.letter] for i in items]], ";")
    return name, b"\xef\xbb\xbf" + data


@shape(options=4)
def excel_unicode_text(items: Items) -> Written:
    name, data = table("excel_unicode_text", [["Question", "Choice A", "Choice B", "Choice C", "Choice D", "Key"], *[[i.question, *i.options, i.letter] for i in items]], "\t")
    return name, data.decode().encode("utf-16")


@shape()
def list_cell(items: Items) -> Written:
    return table("list_cell", [["question", "choices", "answer"], *[[i.question, str(list(i.options)), i.gold] for i in items]])


@shape()
def lettered_cell(items: Items) -> Written:
    return table("lettered_cell", [["question", "options", "answer"], *[[i.question, lettered(i, "{letter}) {text}", " "), i.letter] for i in items]])


@shape()
def piped_cell(items: Items) -> Written:
    return table("piped_cell", [["question", "options", "answer"], *[[i.question, "|".join(i.options), i.right] for i in items]])


@shape(options=4)
def tabs(items: Items) -> Written:
    name, data = table("tabs", [["question", "optionA", "optionB", "optionC", "optionD", "correct_option"], *[[i.question, *i.options, f"option{i.letter}"] for i in items]], "\t")
    return name.replace(".csv", ".tsv"), data


@shape(options=4)
def distractor_columns(items: Items) -> Written:
    return table("distractor_columns", [["Stem", "Correct", "Distractor A", "Distractor B", "Distractor C"], *[[i.question, i.right, *i.wrong] for i in items]])


# --- other wrappings ---


@shape()
def trivia_api(items: Items) -> Written:
    return whole("trivia_api", {"response_code": 0, "results": [{"type": "multiple", "difficulty": "easy", "category": "x", "question": i.question, "correct_answer": i.right, "incorrect_answers": i.wrong} for i in items]})


@shape()
def option_objects(items: Items) -> Written:
    return whole("option_objects", {"title": "Quiz", "questions": [{"questionText": i.question, "answerOptions": [{"answerText": t, "isCorrect": k == i.gold} for k, t in enumerate(i.options)]} for i in items]})


@shape()
def option_objects_by_id(items: Items) -> Written:
    return whole("option_objects_by_id", [{"question": {"text": i.question}, "options": [{"id": f"o{k}", "text": t} for k, t in enumerate(i.options)], "correctOptionId": f"o{i.gold}"} for i in items])


@shape()
def single_pair_objects(items: Items) -> Written:
    return lines("single_pair_objects", [{"question": i.question, "options": [{letter: text} for letter, text in zip(labels(i), i.options, strict=True)], "answer": i.letter} for i in items])


@shape()
def rows_of_the_hub(items: Items) -> Written:
    rows = [{"row_idx": n, "row": {"question": i.question, "choices": {"text": list(i.options), "label": labels(i)}, "answerKey": i.letter}, "truncated_cells": []} for n, i in enumerate(items)]
    return whole("rows_of_the_hub", {"features": [{"feature_idx": 0, "name": "question", "type": {"dtype": "string"}}], "rows": rows, "num_rows_total": len(rows), "partial": False})


@shape()
def packed_lines(items: Items) -> Written:
    name, data = lines("packed_lines", [{"query": i.question, "options": list(i.options), "target": i.letter} for i in items])
    return f"{name}.gz", gzip.compress(data)


@shape()
def windows_lines(items: Items) -> Written:
    name, data = lines("windows_lines", [{"Question": i.question, "Choices": dict(zip(labels(i), i.options, strict=True)), "Correct_Answer": i.letter} for i in items])
    return name, b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n")


@shape()
def pandas_split(items: Items) -> Written:
    return whole("pandas_split", {"columns": ["question", "options", "answer"], "index": list(range(len(items))), "data": [[i.question, list(i.options), i.right] for i in items]})


@shape(options=2, closed=("true", "false"), context=True)
def boolq(items: Items) -> Written:
    return lines("boolq", [{"question": i.question, "title": "x", "answer": i.gold == 0, "passage": i.context} for i in items])


@shape(options=2, context=True)
def copa(items: Items) -> Written:
    return lines("copa", [{"premise": i.context, "choice1": i.options[0], "choice2": i.options[1], "question": "cause", "label": i.gold, "idx": n, "changed": False} for n, i in enumerate(items)])


@shape()
def rewrapped_numbers(items: Items) -> Written:
    rows = []
    for i in items:
        numbered = " ".join(f"Answer{k}: {t}" for k, t in enumerate(i.options, 1))
        rows.append({"instruction": f"Please choose the correct answer to the question: {i.question}\n\n{numbered}\n\nAnswer format: answer1/answer2", "input": "", "output": f"the correct answer is answer{i.gold + 1}", "answer": f"answer{i.gold + 1}"})
    return whole("rewrapped_numbers", rows)


@shape()
def flags_beside(items: Items) -> Written:
    return lines("flags_beside", [{"question": i.question, "choices": list(i.options), "labels": [int(k == i.gold) for k in range(len(i.options))]} for i in items])


@shape()
def parallel_ids(items: Items) -> Written:
    return lines("parallel_ids", [{"question": i.question, "options": list(i.options), "option_ids": [f"{letter})" for letter in labels(i)], "correct": [k == i.gold for k in range(len(i.options))]} for i in items])


@shape()
def letters_below(items: Items) -> Written:
    return lines("letters_below", [{"question": f"{i.question}\na) " + "\n".join(i.options[:1]) + "".join(f"\n{letter.lower()}) {text}" for letter, text in list(zip(ascii_uppercase, i.options, strict=False))[1:]), "answer": i.letter.lower()} for i in items])


@shape()
def bullets(items: Items) -> Written:
    return lines("bullets", [{"inputs": f"{i.question}\nOptions:\n" + "\n".join(f"- {t}" for t in i.options), "targets": i.right} for i in items])


@shape(context=True)
def squad_like(items: Items) -> Written:
    return whole("squad_like", {"version": "1", "data": [{"title": "t", "paragraphs": [{"context": i.context, "qas": [{"id": str(n), "question": i.question, "choices": list(i.options), "answer": i.letter}]} for n, i in enumerate(items)]}]})
