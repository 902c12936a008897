"""Packages of studies from which calls were taken out."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pytest

from cgr_nb.api import Study
from cgr_nb.bundle import export_package
from cgr_nb.bundle.archive import read_archive
from cgr_nb.models import ScriptedModel
from cgr_nb.verify import verify_package


def lines(members, name):
    return [json.loads(line) for line in members[f"{name}.jsonl"].splitlines()]


@pytest.fixture
def folder(full_folder, tmp_path):
    """The finished study with arms and audits, to be changed."""
    place = tmp_path / "study"
    shutil.copytree(full_folder, place)
    return place


CHOICES = (
    {"model": "script-solver"},
    {"model": "script-generator"},
    {"arm": "foreign_scaffold"},
    {"arm": "cgr", "model": "script-solver"},
    {"arm": "generator_only"},
    {"status": "refused"},
    {"status": ["no_program", "syntax_error", "none"]},
)


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_a_package_verifies_right_after_a_redo_and_after_the_next_run(
    choice, folder, full_members, tmp_path
):
    before = full_members
    with Study.open(folder) as study:
        done = study.redo(**choice)
    assert sum(done.calls.values()) > 0
    part = export_package(folder, tmp_path / "part.zip")
    found = verify_package(part, isolation="limits")
    assert found.ok, found.problems
    members = read_archive(part)
    (redo,) = lines(members, "redos")
    assert redo["calls"] == dict(done.calls)
    gone = {call["id"] for call in lines(before, "calls")} - {
        call["id"] for call in lines(members, "calls")
    }
    assert len(gone) == sum(done.calls.values())
    for answer in lines(members, "answers"):
        assert gone.isdisjoint(entry["call"] for entry in answer["trail"])
    for row in lines(members, "rows"):
        assert gone.isdisjoint((*row["direct_call_ids"], *row["ask_call_ids"]))
    with Study.run(folder, progress=False) as study:
        study.audit(progress=False)
    whole = export_package(folder, tmp_path / "whole.zip")
    found = verify_package(whole, isolation="limits")
    assert found.ok, found.problems
    after = read_archive(whole)
    # Scripted models say the same again, so that the study is what it was.
    assert after["rows.jsonl"] == before["rows.jsonl"]
    assert after["answers.jsonl"] == before["answers.jsonl"]
    assert after["summary.json"] == before["summary.json"]


def test_other_replies_after_a_redo_are_those_that_a_package_has(folder, tmp_path):
    with Study.open(folder) as study:
        before = {call.id: call.reply and call.reply.text for call in study.store.calls()}
        study.redo(model="script-solver", reason="another file was served")
    # The same identity, other replies: as a server that was put right.
    original = ScriptedModel.reply

    async def other(self, messages, sampling, on_text=None):
        reply = await original(self, messages, sampling, on_text)
        if self.card.name == "script-solver" and reply.text == "Answer: B":
            return replace(reply, text="Answer: A")
        return reply

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptedModel, "reply", other)
        Study.run(folder, progress=False).close()
    package = export_package(folder, tmp_path / "p.zip")
    found = verify_package(package, isolation="limits")
    assert found.ok, found.problems
    now = {
        call["id"]: call["reply"] and call["reply"]["text"]
        for call in lines(read_archive(package), "calls")
    }
    changed = {id for id in now if id in before and now[id] != before[id]}
    assert changed
    assert {now[id] for id in changed} == {"Answer: A"}
