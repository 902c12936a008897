"""A small finished study on scripted models, and its package."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from scripted_study import STUDY, card

from cgr_nb.api import Study
from cgr_nb.bundle import export_package
from cgr_nb.bundle.archive import read_archive
from cgr_nb.records import Verdict

PROGRAM = """GENERATOR_ANSWER = "A"
DIFFICULTY = "easy"

def solve(item, ask):
    wanted = ["", "3"] if "refused" in item["question"] else []
    total = ask("sum of " + item["question"], choices=wanted)
    check = ask("again " + item["question"])
    for letter, text in item["options"].items():
        if text == total:
            return letter
    return None
"""
SOLVER = r"""rules = [["Think, then", "3 it is. Answer: A"], ["^sum of", "3"], ["^again", "yes"], ["Only the letter", "Answer: B"], ["n[12]\\b", "Answer: A"], ["Answer with a letter", "I would say so"]]"""
ALONE = """GENERATOR_ANSWER = None
DIFFICULTY = "easy"

def solve(item, ask):
    return [letter for letter, text in item["options"].items() if text == "3"][0]
"""
ARMS = ("cot", "foreign_scaffold", "pal", "readout", "self_consistency", "stub_solver")
GENERATOR = r"""rules = [["without ask", %s], ["no program", "I can not."], ["broken", "```python\ndef solve(item, ask:\n```"], ["n0", %s], ["", %s]]"""
QUESTIONS = (
    "1 + 2 n0",
    "1 + 2 n1",
    "1 + 2 n2",
    "no program 1 + 2",
    "broken 1 + 2",
    "refused 1 + 2",
)


@pytest.fixture(scope="session")
def study_folder(made_once) -> Path:
    """Six items: two programs that work, one of them twice, none, a broken one, a failing call."""
    return made_once("bundle-study", _make_study)


def _make_study(folder: Path) -> None:
    folder.mkdir()
    items = [
        {"dataset": "sums", "question": question, "options": {"A": "3", "B": "4"}, "gold": "A"}
        for question in QUESTIONS
    ]
    (folder / "items.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items))
    other = PROGRAM.replace("easy", "hard")
    replies = [json.dumps(f"```python\n{source}```") for source in (ALONE, other, PROGRAM)]
    registry = card("solver", SOLVER) + card("generator", GENERATOR % tuple(replies))
    (folder / "registry.toml").write_text(registry)
    (folder / "study.toml").write_text(STUDY)
    with Study.run(folder / "study.toml", progress=False) as study:
        program = study.rows()["program_id"].dropna().iloc[0]
        study.judge(Verdict(program, "a reader", "clean", "", "2026-01-01T00:00:00+00:00"))


@pytest.fixture(scope="session")
def full_folder(study_folder, made_once) -> Path:
    """The same study with a seventh item, whose gold is not known, answered by every arm too, and
    every program probed."""
    return made_once("bundle-full", lambda folder: _make_full(study_folder, folder))


def _make_full(study_folder: Path, folder: Path) -> None:
    shutil.copytree(study_folder, folder)
    item = {"dataset": "sums", "question": "who knows", "options": {"A": "3", "B": "4"}}
    with (folder / "items.jsonl").open("a") as file:
        file.write(json.dumps(item) + "\n")
    text = (folder / "study.toml").read_text()
    (folder / "study.toml").write_text(f"arms = {json.dumps(ARMS)}\n{text}")
    with Study.run(folder, progress=False) as study:
        study.audit(progress=False)


@pytest.fixture(scope="session")
def package(study_folder, made_once) -> Path:
    return made_once("bundle-package", lambda place: _export(study_folder, place)) / "sums.zip"


@pytest.fixture(scope="session")
def full_package(full_folder, made_once) -> Path:
    return made_once("bundle-full-package", lambda place: _export(full_folder, place)) / "sums.zip"


def _export(folder: Path, place: Path) -> None:
    place.mkdir()
    export_package(folder, place / "sums.zip")


@pytest.fixture
def members(package) -> dict[str, bytes]:
    """The package's files, to be changed."""
    return read_archive(package)


@pytest.fixture
def full_members(full_package) -> dict[str, bytes]:
    """The files of the package with arms and audits, to be changed."""
    return read_archive(full_package)
