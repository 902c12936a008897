"""Records of earlier versions may hold text that is no valid Unicode: everything can be written."""

from __future__ import annotations

import json
import shutil
import sqlite3

import pytest

from cgr_nb.api import Study
from cgr_nb.bundle import export_package
from cgr_nb.export import export_inspect, export_lm_eval
from cgr_nb.verify import verify_package

HALF = b"half \xed\xa0\xbd of it"
PLACES = (
    ("calls", "reply"),
    ("calls", "prompt_text"),
    ("calls", "error"),
    ("executions", "detail"),
    ("executions", "output"),
    ("answers", "detail"),
    ("answers", "error"),
    ("items", "question"),
    ("items", "context"),
    ("programs", "source"),
    ("verdicts", "note"),
)


CHECKED = {
    *(("items", "question"), ("items", "context"), ("programs", "source")),
    *(("calls", "reply"), ("calls", "error")),
}
"""Texts that others rest on: a package of a study whose records contradict each other is refused."""


@pytest.fixture(scope="module")
def old_folder(full_folder, tmp_path_factory):
    """The study with half a character in a text of every kind, in every record of it."""
    return with_halves(full_folder, tmp_path_factory.mktemp("old") / "study", PLACES)


@pytest.fixture(scope="module")
def old_prompts(full_folder, tmp_path_factory):
    """The same, ids left as they are."""
    places = [place for place in PLACES if place not in CHECKED]
    return with_halves(full_folder, tmp_path_factory.mktemp("replies") / "study", places)


def with_halves(study, folder, places):
    shutil.copytree(study, folder)
    with sqlite3.connect(folder / "study.sqlite") as connection:
        for table, column in places:
            connection.execute(
                f"UPDATE {table} SET {column} = CAST(? AS TEXT) WHERE {column} IS NOT NULL", (HALF,)
            )
    connection.close()
    return folder


def test_a_report_can_be_written(old_folder, tmp_path):
    with Study.open(old_folder) as study:
        path = study.report(tmp_path / "report.html")
    assert "half \ufffd{D83D} of it" in path.read_text("utf-8")


def test_a_package_keeps_the_text_as_it_is_on_record(old_prompts, tmp_path):
    folder = export_package(old_prompts, tmp_path / "package")
    (line,) = (folder / "prompt_texts.jsonl").read_text("utf-8").splitlines()
    assert json.loads(line)["text"] == "half \ud83d of it"
    problems = verify_package(folder, replay=False).problems
    assert [one for one in problems if one.where.startswith("prompt_texts")] == []


def test_inspect_reads_its_logs(old_folder, tmp_path):
    inspect_log = pytest.importorskip("inspect_ai.log", reason="inspect-ai is not installed")
    for path in sorted(export_inspect(old_folder, tmp_path / "logs").iterdir()):
        assert inspect_log.read_eval_log(str(path)).samples


def test_what_the_harness_reads_is_utf8(old_folder, tmp_path):
    for path in export_lm_eval(old_folder, tmp_path / "harness").rglob("*.jsonl"):
        for line in path.read_text("utf-8").splitlines():
            json.dumps(json.loads(line), ensure_ascii=False).encode("utf-8")
