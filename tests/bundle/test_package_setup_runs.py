"""Runs of programs that an arm tried while it prepared: they are in the package, and run again."""

from __future__ import annotations

import json
import shutil

import pytest
from scripted_study import STUDY, card
from tampering import change, find, lines, put, rehash

from cgr_nb.api import Study
from cgr_nb.bundle import export_package
from cgr_nb.bundle.archive import read_archive, write_archive
from cgr_nb.verify import verify_package

PROGRAM = """def solve(item, ask):
    print(item["question"])
    ask("step")
    return "A"
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """Four items, two of them set aside for arm cotacs, whose programs run."""
    folder = tmp_path_factory.mktemp("searched")
    items = [
        {"dataset": "d", "question": f"Item {n}?", "options": {"A": "x", "B": "y"}, "gold": "A"}
        for n in range(4)
    ]
    (folder / "items.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items))
    written = json.dumps(f"```python\n{PROGRAM}```")
    (folder / "registry.toml").write_text(
        card("solver", 'rules = [["", "done"]]') + card("generator", f'rules = [["", {written}]]')
    )
    support = "support = { per_dataset = 2 }\n"
    search = "[arm.cotacs]\nexecute = true\n"
    (folder / "study.toml").write_text(f'arms = ["cotacs"]\n{support}{STUDY}{search}')
    Study.run(folder / "study.toml", progress=False).close()
    return export_package(folder, folder / "searched.zip")


@pytest.fixture
def members(package):
    return read_archive(package)


def problems(members, folder, **options):
    path = write_archive(members, folder / "p.zip")
    return verify_package(path, isolation="limits", **options).problems


def test_runs_of_a_setup_run_again(package, members):
    found = verify_package(package, isolation="limits")
    assert found.problems == ()
    [setup] = lines(members, "setups")
    # Both programs are one, which is tried on both items.
    assert len({run["execution"] for run in setup["runs"]}) == 2
    assert found.checked["replayed"] == found.checked["replayed alike"] == 4


@pytest.mark.parametrize("field", [{"output": "hello"}, {"solver_answer": "B"}])
def test_a_changed_run_of_a_setup_is_named(members, tmp_path, field):
    id = lines(members, "setups")[0]["runs"][0]["execution"]
    change(members, "executions", find(members, "executions", lambda run: run["id"] == id), **field)
    rehash(members)
    assert any(id in found.where for found in problems(members, tmp_path))


def test_another_choice_than_the_scores_give_is_named(members, tmp_path):
    other = json.dumps([PROGRAM.replace("A", "B")])
    id = change(members, "setups", 0, text=other)["id"]
    rehash(members)
    found = problems(members, tmp_path, replay=False)
    assert any(id in one.where and one.what.startswith("text is ") for one in found)


def test_an_item_set_aside_whose_question_is_asked_is_named(members, tmp_path):
    items = lines(members, "items")
    aside = next(item for item in items if item["use"] == "support")
    asked = next(item for item in items if item["use"] == "asked")
    items[items.index(asked)] = {**asked, "question": f" {aside['question']} "}
    put(members, "items", items)
    rehash(members)
    told = [(one.where, one.what) for one in problems(members, tmp_path, replay=False)]
    assert (
        f"items.jsonl {aside['id']}",
        "was set aside for arms, and its question is asked too",
    ) in told


def test_runs_of_what_was_prepared_with_other_settings_are_left_out(package, tmp_path):
    for name in ("study.toml", "study.sqlite", "items.jsonl", "registry.toml"):
        shutil.copy(package.parent / name, tmp_path / name)
    text = (tmp_path / "study.toml").read_text()
    (tmp_path / "study.toml").write_text(text.replace("per_dataset = 2", "per_dataset = 1"))
    Study.run(tmp_path / "study.toml", progress=False).close()
    other = export_package(tmp_path, tmp_path / "other.zip")
    found = verify_package(other, isolation="limits")
    assert (found.problems, len(lines(read_archive(other), "setups"))) == ((), 1)
