"""Packages of studies with two generators, and with none."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from own_arms import PROGRAM, SOLVER
from scripted_study import STUDY, card
from tampering import change, find, lines, rehash, remove

from cgr_nb.api import Study
from cgr_nb.bundle import export_package
from cgr_nb.bundle.archive import read_archive, write_archive
from cgr_nb.export import export_inspect, export_lm_eval
from cgr_nb.verify import verify_package


def run(folder, generators, arms="", items=5):
    """A finished study of scripted models."""
    found = [
        {"dataset": "sums", "question": f"1 + 2 n{n}", "options": {"A": "3", "B": "4"}, "gold": "A"}
        for n in range(items)
    ]
    (folder / "items.jsonl").write_text("".join(json.dumps(item) + "\n" for item in found))
    reply = json.dumps(f"```python\n{PROGRAM}```")
    other = json.dumps(f"```python\n{PROGRAM.replace('easy', 'hard')}```")
    registry = card("solver", SOLVER)
    for name, text in (("generator", reply), ("other", other)):
        made = card("generator", f'rules = [["", {text}]]')
        registry += made.replace("script-generator", f"script-{name}")
    (folder / "registry.toml").write_text(registry)
    study = STUDY.replace('["script-generator"]', json.dumps(generators))
    (folder / "study.toml").write_text(arms + study)
    Study.run(folder / "study.toml", progress=False).close()
    return folder


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """Two generators, whose programs differ in a word, and arms with and without a generator."""
    folder = tmp_path_factory.mktemp("two")
    arms = 'arms = ["cot", "self_consistency", "pal"]\n'
    return run(folder, ["script-generator", "script-other"], arms)


@pytest.fixture(scope="module")
def none(tmp_path_factory):
    """A study without a generator."""
    folder = tmp_path_factory.mktemp("none")
    arms = 'arms = ["cot", "self_consistency"]\narm.self_consistency.k = 3\n'
    return run(folder, [], arms)


@pytest.fixture(scope="module")
def package_of_two(two):
    return export_package(two, two / "two.zip")


@pytest.fixture(scope="module")
def package_of_none(none):
    return export_package(none, none / "none.zip")


def checked(members, tmp_path):
    path = write_archive(members, tmp_path / "p.zip")
    return verify_package(path, isolation="limits", replay=False)


def test_with_two_generators_one_direct_answer_stands_for_both(package_of_two):
    found = verify_package(package_of_two, isolation="limits")
    assert found.problems == ()
    members = read_archive(package_of_two)
    answers = lines(members, "answers")
    each = {"direct": 5, "cot": 5}
    both = dict.fromkeys(("cgr", "generator_only", "self_consistency", "pal"), 10)
    assert Counter(answer["arm"] for answer in answers) == each | both
    assert {answer["generator"] for answer in answers if answer["arm"] in each} == {None}
    rows = lines(members, "rows")
    assert Counter(row["generator"] for row in rows) == {"script-generator": 5, "script-other": 5}
    by_item = {}
    for row in rows:
        by_item.setdefault(row["item_id"], set()).add(
            (row["direct_letter"], *row["direct_call_ids"])
        )
    assert [len(said) for said in by_item.values()] == [1] * 5


def test_a_direct_answer_of_two_rows_that_was_changed_is_named_with_the_rows_it_makes(
    package_of_two, tmp_path
):
    members = read_archive(package_of_two)
    direct = lambda one: (one["arm"], one["letters"]) == ("direct", ["A"])  # noqa: E731
    answer = change(members, "answers", find(members, "answers", direct), letters=["B"])
    rehash(members)
    found = checked(members, tmp_path)
    named = {problem.where for problem in found.problems}
    rows = [row for row in lines(members, "rows") if row["item_id"] == answer["item_id"]]
    assert f"answers.jsonl {answer['id']}" in named
    assert {f"rows.jsonl {row['id']}" for row in rows} <= named
    assert len(rows) == 2


def test_an_answer_of_one_generator_said_of_the_other_is_named(package_of_two, tmp_path):
    members = read_archive(package_of_two)
    number = find(members, "answers", lambda one: one["arm"] == "cgr")
    turned = {"script-generator": "script-other", "script-other": "script-generator"}
    id = change(members, "answers", number, generator=turned.get)["id"]
    rehash(members)
    told = {problem.where: problem.what for problem in checked(members, tmp_path).problems}
    assert told[f"answers.jsonl {id}"].startswith("generator is ")


def test_a_direct_answer_that_both_rows_need_is_missed_in_both(package_of_two, tmp_path):
    members = read_archive(package_of_two)
    number = find(members, "answers", lambda one: one["arm"] == "direct")
    answer = remove(members, "answers", number)
    rehash(members)
    problems = checked(members, tmp_path).problems
    missed = [problem for problem in problems if "its direct answer is missing" in problem.what]
    assert len(missed) == 2
    assert any(problem.where == f"answers.jsonl {answer['id']}" for problem in problems)


def test_a_study_without_a_generator_verifies_with_empty_channels(package_of_none):
    found = verify_package(package_of_none, isolation="limits")
    assert (found.problems, found.notes) == ((), ())
    members = read_archive(package_of_none)
    assert Counter(answer["arm"] for answer in lines(members, "answers")) == {
        "direct": 5,
        "cot": 5,
        "self_consistency": 5,
    }
    for row in lines(members, "rows"):
        assert (row["generator"], row["assisted_letter"], row["assisted_status"]) == (None,) * 3
        assert (row["flip"], row["asks"], row["program_id"]) == (None, 0, None)
    votes = [one for one in lines(members, "answers") if one["arm"] == "self_consistency"]
    assert {one["totals"]["solver_calls"] for one in votes} == {3}


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("rows", {"direct_letter": "B"}),
        ("rows", {"assisted_status": "ok"}),
        ("rows", {"generator": "script-generator"}),
        ("answers", {"letters": ["B", "A"]}),
        ("answers", {"generator": "script-generator"}),
    ],
    ids=str,
)
def test_a_tampering_of_a_study_without_a_generator_is_named(
    table, values, package_of_none, tmp_path
):
    members = read_archive(package_of_none)
    id = change(members, table, 0, **values)["id"]
    rehash(members)
    named = {problem.where for problem in checked(members, tmp_path).problems}
    assert f"{table}.jsonl {id}" in named


def test_the_summary_of_a_study_without_a_generator_compares_its_arms_with_direct(package_of_none):
    found = json.loads(read_archive(package_of_none)["summary.json"])
    assert found["comparison"]["reference"] == "direct"
    assert found["comparison"]["rows"] == 5
    assert {line["channel"] for line in found["extraction_failures"]} == {"direct"}


def test_the_report_of_a_study_without_a_generator_speaks_of_no_scaffold(none, tmp_path):
    with Study.open(none) as study:
        page = study.report(tmp_path / "report.html").read_text("utf-8")
    assert "Comparison of arms" in page
    assert "direct − arm, pp" in page
    assert "cgr − arm" not in page


def test_the_harness_counts_every_answer_of_a_study_without_a_generator(none, tmp_path):
    folder = export_lm_eval(none, tmp_path / "out")
    (path,) = folder.rglob("results_*.json")
    results = json.loads(path.read_text("utf-8"))["results"]
    with Study.open(none) as study:
        frame = study.arm_frame()
    right = frame[frame["asked"]].groupby("arm")["correct"].mean().to_dict()
    found = {task.split(".")[-1]: of["exact_match,none"] for task, of in results.items()}
    assert found == pytest.approx(right)
    assert {of["sample_len"] for of in results.values()} == {5}


def test_the_harness_has_a_task_for_each_generator(two, tmp_path):
    folder = export_lm_eval(two, tmp_path / "out")
    (path,) = folder.rglob("results_*.json")
    results = json.loads(path.read_text("utf-8"))["results"]
    assert len(results) == 2 * 6
    assert {of["sample_len"] for of in results.values()} == {5}


@pytest.mark.parametrize(("study", "logs"), [("two", 2 * 6), ("none", 3)])
def test_inspect_has_a_log_for_each_arm_and_generator(study, logs, request, tmp_path):
    folder = request.getfixturevalue(study)
    assert len(list(export_inspect(folder, tmp_path / "out").iterdir())) == logs
