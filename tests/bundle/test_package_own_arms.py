"""Packages of studies with arms of a user's own: several programs an item, something prepared once
a dataset, and what becomes of them where they are not installed."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from own_arms import NAMES, PROGRAM, SOLVER, installed, write_prompts
from scripted_study import STUDY, card
from tampering import (
    change,
    change_answers,
    find,
    lines,
    names_field,
    put,
    put_manifest,
    rehash,
    remove,
    resum,
)

from cgr_nb.api import Study
from cgr_nb.bundle import export_package
from cgr_nb.bundle.archive import read_archive, write_archive
from cgr_nb.cli.report import command as report
from cgr_nb.cli.verify import command as verify
from cgr_nb.verify import verify_package

NEVER = "0" * 20
SECOND = PROGRAM.replace('"sum of "', '"again "').replace("text == total", 'letter == "B"')
GENERATOR = r"""rules = [["The first came to", %s], ["Draft a first one", %s], ["", %s]]"""
QUESTIONS = [f"1 + 2 n{number}" for number in range(6)]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Where the arms are installed from."""
    return tmp_path_factory.mktemp("wheel")


@pytest.fixture(scope="module")
def package(place, tmp_path_factory):
    """Six items, two of them set aside, answered by arms draft, shots and after."""
    folder = tmp_path_factory.mktemp("own")
    items = [
        {"dataset": "sums", "question": question, "options": {"A": "3", "B": "4"}, "gold": "A"}
        for question in QUESTIONS
    ]
    (folder / "items.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items))
    sources = (SECOND, PROGRAM.replace("easy", "hard"), PROGRAM)
    replies = tuple(json.dumps(f"```python\n{source}```") for source in sources)
    registry = card("solver", SOLVER) + card("generator", GENERATOR % replies)
    (folder / "registry.toml").write_text(registry)
    write_prompts(folder)
    arms = f'arms = {json.dumps(NAMES)}\nprompts = "prompts"\n'
    (folder / "study.toml").write_text(f"{arms}{STUDY}[support]\nper_dataset = 2\n")
    with installed(place):
        Study.run(folder / "study.toml", progress=False).close()
        return export_package(folder, folder / "own.zip")


@pytest.fixture
def members(package):
    return read_archive(package)


def checked(members, tmp_path, **options):
    return verify_package(write_archive(members, tmp_path / "p.zip"), isolation="limits", **options)


def answer_of(members, arm):
    return lines(members, "answers")[find(members, "answers", lambda one: one["arm"] == arm)]


def test_an_arm_that_runs_two_programs_an_item_verifies(package, place):
    with installed(place):
        found = verify_package(package, isolation="limits")
    assert (found.problems, found.not_rechecked) == ((), ())
    members = read_archive(package)
    drafts = [one for one in lines(members, "answers") if one["arm"] == "draft"]
    assert len(drafts) == len(QUESTIONS) - 2
    for one in drafts:
        assert [run["key"] for run in one["runs"]] == ["draft", "second"]
        assert [step["letters"] for step in one["steps"]] == [["A"], ["B"]]
        assert one["letters"] == ["B"]
    runs = {run["execution"] for one in lines(members, "answers") for run in one["runs"]}
    assert found.checked["replayed"] == found.checked["replayed alike"] == len(runs) == 12


FIRST_RUN = {
    "output": {"output": "hello"},
    "letter": {"solver_answer": "B"},
    "end": {"solver_answer": None, "status": "no_answer", "detail": "solve returned None"},
    "difficulty": {"difficulty": "medium"},
    "asks": {"calls": lambda asks: [*asks, {**asks[0], "index": 1}]},
}


@pytest.mark.parametrize("name", FIRST_RUN)
def test_a_tampering_of_the_first_of_two_runs_is_named(name, members, place, tmp_path):
    id = answer_of(members, "draft")["runs"][0]["execution"]
    number = find(members, "executions", lambda run: run["id"] == id)
    change(members, "executions", number, **FIRST_RUN[name])
    rehash(members)
    with installed(place):
        found = checked(members, tmp_path)
    assert any(id in problem.where for problem in found.problems), found.problems


FIELDS = {
    "first run of another": ("runs", lambda runs: [{**runs[0], "execution": NEVER}, runs[1]]),
    "runs in another order": ("runs", lambda runs: runs[::-1]),
    "a run left out": ("runs", lambda runs: runs[1:]),
    "a call left out": ("trail", lambda trail: trail[1:]),
    "a step before the last": ("steps", lambda steps: [{**steps[0], "letters": ["B"]}, steps[1]]),
    "letters": ("letters", ["A"]),
    "solver calls": ("totals", lambda totals: {**totals, "solver_calls": 40}),
    "a fact": ("facts", lambda facts: {**facts, "program_id": NEVER}),
}


@pytest.fixture(scope="module")
def changed_fields(package, place, tmp_path_factory):
    """All of FIELDS in one package: tampering -> id of the answer, and what was found."""
    members = read_archive(package)
    ids = change_answers(members, {name: ("draft", *change) for name, change in FIELDS.items()})
    rehash(members)
    with installed(place):
        return ids, checked(members, tmp_path_factory.mktemp("fields"), replay=False)


@pytest.mark.parametrize("name", FIELDS)
def test_a_changed_field_of_an_answer_of_two_programs_is_named(name, changed_fields):
    ids, found = changed_fields
    assert names_field(found, f"answers.jsonl {ids[name]}", FIELDS[name][0]), found.problems


def test_items_set_aside_are_in_the_package_with_their_gold_and_in_no_row(members):
    aside = [item for item in lines(members, "items") if item["use"] == "support"]
    assert [item["gold"] for item in aside] == [["A"], ["A"]]
    ids = {item["id"] for item in aside}
    for table in ("rows", "answers"):
        assert ids.isdisjoint(line["item_id"] for line in lines(members, table))
    (setup,) = lines(members, "setups")
    assert (setup["arm"], setup["dataset"], setup["facts"]) == ("shots", "sums", {"labels": 2})
    assert all(item["question"] in setup["text"] for item in aside)
    shots = [one for one in lines(members, "answers") if one["arm"] == "shots"]
    assert {one["setup"] for one in shots} == {setup["id"]}


SETUPS = {
    "text": "2 + 2: A; 3 + 3: A (3)",
    "status": "none",
    "detail": "all well",
    "facts": {"labels": 8},
    "trail": lambda trail: [{**trail[0], "key": "other"}],
    "runs": [{"key": "program", "execution": NEVER}],
    "program_id": NEVER,
    "solver": None,
    "generator": "script-generator",
    "dataset": "other",
}


@pytest.fixture(scope="module")
def changed_setup(package, place, tmp_path_factory):
    """All of SETUPS in the one setup of a package: its id, and what was found."""
    members = read_archive(package)
    id = change(members, "setups", 0, **SETUPS)["id"]
    rehash(members)
    with installed(place):
        return id, checked(members, tmp_path_factory.mktemp("setup"), replay=False)


@pytest.mark.parametrize("field", SETUPS)
def test_a_changed_setup_is_named(field, changed_setup):
    id, found = changed_setup
    assert names_field(found, f"setups.jsonl {id}", field), found.problems


def setup_removed(members):
    return remove(members, "setups", 0)["id"]


def setup_of_nothing(members):
    put(members, "setups", [{**lines(members, "setups")[0], "id": NEVER}])
    return f"setups.jsonl {NEVER}"


def call_of_the_setup(members):
    id = lines(members, "setups")[0]["trail"][0]["call"]
    number = find(members, "calls", lambda call: call["id"] == id)
    reply = {**lines(members, "calls")[number]["reply"], "text": "4"}
    change(members, "calls", number, reply=reply)
    return lines(members, "setups")[0]["id"]


def row_of_a_support_item(members):
    aside = next(item for item in lines(members, "items") if item["use"] == "support")
    rows = lines(members, "rows")
    rows.insert(0, {**rows[0], "id": NEVER, "item_id": aside["id"], "question": aside["question"]})
    put(members, "rows", rows)
    return f"rows.jsonl {NEVER}"


def answer_to_a_support_item(members):
    aside = next(item for item in lines(members, "items") if item["use"] == "support")
    answers = lines(members, "answers")
    put(members, "answers", [{**answers[0], "id": NEVER, "item_id": aside["id"]}, *answers])
    return f"answers.jsonl {NEVER}"


def support_item_asked(members):
    number = find(members, "items", lambda item: item["use"] == "support")
    change(members, "items", number, use="asked")
    return lines(members, "setups")[0]["id"]


def asked_item_set_aside(members):
    number = find(members, "items", lambda item: item["use"] == "asked")
    id = change(members, "items", number, use="support")["id"]
    return next(row["id"] for row in lines(members, "rows") if row["item_id"] == id)


def gold_of_a_support_item(members):
    number = find(members, "items", lambda item: item["use"] == "support")
    return change(members, "items", number, gold=["B"])["id"]


SUPPORT = (
    setup_removed,
    setup_of_nothing,
    call_of_the_setup,
    row_of_a_support_item,
    answer_to_a_support_item,
    support_item_asked,
    asked_item_set_aside,
    gold_of_a_support_item,
)


@pytest.mark.parametrize("tamper", SUPPORT, ids=lambda tamper: tamper.__name__)
def test_what_is_done_to_setups_and_support_items_is_named(tamper, members, place, tmp_path):
    named = tamper(members)
    rehash(members)
    with installed(place):
        found = checked(members, tmp_path, replay=False)
    told = [f"{problem.where} {problem.what}" for problem in found.problems]
    assert any(named in one for one in told), found.problems


def test_arms_that_are_not_installed_are_not_rechecked_and_the_rest_is(package):
    found = verify_package(package, isolation="limits")
    assert found.problems == ()
    assert found.not_rechecked == NAMES
    notes = " ".join(note.what for note in found.notes)
    for name in NAMES:
        assert f"arm '{name}' is not re-checked (4 answers): there is no arm '{name}'" in notes
    assert found.checked["replayed"] == 4  # those of cgr
    assert found.to_dict()["not_rechecked"] == list(NAMES)


def test_the_last_line_says_which_arms_were_not_rechecked(package):
    shown = CliRunner().invoke(verify, [str(package), "--isolation", "limits"])
    assert shown.exit_code == 0, shown.output
    last = shown.stdout.rstrip().splitlines()[-1]
    assert last == ("verified, except for what is not installed here: draft, shots, after")
    assert "NOT VERIFIED" not in shown.stdout


def test_an_arm_that_needs_one_that_is_not_installed_is_not_rechecked(package, tmp_path_factory):
    with installed(tmp_path_factory.mktemp("part"), ("shots", "after")):
        found = verify_package(package, isolation="limits", replay=False)
    assert found.problems == ()
    assert found.not_rechecked == ("draft", "after")
    assert any("it needs arm 'draft'" in note.what for note in found.notes)


def test_an_arm_whose_package_is_broken_here_is_not_rechecked(package, tmp_path_factory):
    place = tmp_path_factory.mktemp("broken")
    with installed(place, ("shots", "after", "draft")) as _, pytest.MonkeyPatch.context() as patch:
        patch.setitem(__import__("sys").modules, "own_arms_for_test", None)
        found = verify_package(package, isolation="limits", replay=False)
    assert found.problems == ()
    assert set(found.not_rechecked) == set(NAMES)
    assert all("can't be loaded" in note.what for note in found.notes)


def direct_letter(members):
    number = find(members, "answers", lambda one: one["arm"] == "direct")
    turned = lambda letters: ["B"] if letters == ["A"] else ["A"]  # noqa: E731
    return change(members, "answers", number, letters=turned)["id"]


def letters_of_an_absent_arm(members):
    number = find(members, "answers", lambda one: one["arm"] == "draft")
    change(members, "answers", number, letters=["A"])
    return "summary.json comparison"


def answer_of_an_absent_arm_twice(members):
    answers = lines(members, "answers")
    number = find(members, "answers", lambda one: one["arm"] == "draft")
    put(members, "answers", [*answers, {**answers[number], "id": "f" * 20}])
    return f"answers.jsonl {'f' * 20}"


def absent_arm_answers_a_support_item(members):
    aside = next(item for item in lines(members, "items") if item["use"] == "support")
    number = find(members, "answers", lambda one: one["arm"] == "draft")
    return change(members, "answers", number, item_id=aside["id"])["id"]


def absent_arm_names_another_solver(members):
    number = find(members, "answers", lambda one: one["arm"] == "draft")
    return change(members, "answers", number, solver="another")["id"]


def run_of_an_absent_arm_removed(members):
    id = answer_of(members, "draft")["runs"][0]["execution"]
    return remove(members, "executions", find(members, "executions", lambda r: r["id"] == id))["id"]


def ask_of_an_absent_arm(members):
    id = answer_of(members, "draft")["runs"][0]["execution"]
    number = find(members, "executions", lambda run: run["id"] == id)
    asks = lines(members, "executions")[number]["calls"]
    return change(members, "executions", number, calls=[{**asks[0], "reply": "4"}, *asks[1:]])["id"]


def answers_of_an_absent_arm_removed(members):
    kept = [one for one in lines(members, "answers") if one["arm"] != "after"]
    put(members, "answers", kept)
    return "manifest.json"


ABSENT = (
    direct_letter,
    letters_of_an_absent_arm,
    answer_of_an_absent_arm_twice,
    absent_arm_answers_a_support_item,
    absent_arm_names_another_solver,
    run_of_an_absent_arm_removed,
    ask_of_an_absent_arm,
    answers_of_an_absent_arm_removed,
)


@pytest.mark.parametrize("tamper", ABSENT, ids=lambda tamper: tamper.__name__)
def test_what_can_be_seen_without_the_arm_is_named(tamper, members, tmp_path):
    named = tamper(members)
    rehash(members)
    found = checked(members, tmp_path, replay=False)
    told = [f"{problem.where} {problem.what}" for problem in found.problems]
    assert any(named in one for one in told), found.problems


def test_an_arm_with_a_parameter_that_it_does_not_have_is_not_taken_for_one_that_is_absent(
    full_members, tmp_path
):
    text = full_members["study.toml"]
    full_members["study.toml"] = text + b"\n[arm.cot]\nsteps = 3\n"
    rehash(full_members)
    found = checked(full_members, tmp_path, replay=False)
    assert any(problem.where == "study.toml" for problem in found.problems)
    assert found.not_rechecked == ()


def test_settings_that_no_study_can_be_made_of_are_named(full_members, tmp_path):
    text = full_members["study.toml"].decode()
    start = text.index("generators = [")
    end = text.index("]", start) + 1
    full_members["study.toml"] = (text[:start] + "generators = []" + text[end:]).encode()
    rehash(full_members)
    found = checked(full_members, tmp_path, replay=False)
    assert any(problem.where == "study.toml" for problem in found.problems)


def test_an_unfinished_study_with_an_absent_arm_verifies_with_notes(members, tmp_path):
    number = find(members, "answers", lambda one: one["arm"] == "after")
    remove(members, "answers", number)
    manifest = json.loads(members["manifest.json"])
    put_manifest(members, {**manifest, "answers": manifest["answers"] - 1, "complete": False})
    resum(members, tmp_path)
    rehash(members)
    found = checked(members, tmp_path, replay=False)
    assert found.problems == ()
    assert any("is not re-checked (3 answers)" in note.what for note in found.notes)


def test_a_study_is_reported_and_exported_where_its_arms_are_not_installed(
    package, place, tmp_path
):
    folder = package.parent
    with installed(place), Study.open(folder) as study:
        before = study.summary(resamples=50).to_dict()
        assert study.absent_arms() == {}
    with Study.open(folder) as study:
        assert study.summary(resamples=50).to_dict() == before
        page = study.report(tmp_path / "page.html").read_text("utf-8")
    for name in NAMES:
        assert page.count(f"arm {name} is not installed here") == 1
    ended = CliRunner().invoke(report, [str(folder), "-o", str(tmp_path / "again.html")])
    assert ended.exit_code == 0, ended.output
    assert ended.output.count("is not installed here") == len(NAMES)
    exported = export_package(folder, tmp_path / "absent.zip")
    found = verify_package(exported, isolation="limits")
    assert found.problems == ()
    assert sorted(found.not_rechecked) != []
    with installed(place):
        assert verify_package(exported, isolation="limits").problems == ()
