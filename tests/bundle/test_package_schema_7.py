"""Prompts stand in a package once each; what they are known by is checked; packages that have them
in each call are read as before."""

from __future__ import annotations

import json
import os
from dataclasses import asdict

import pytest
from tampering import change, find, lines, prompts_of, put, rehash

from cgr_nb.bundle import PackageError, export_package
from cgr_nb.bundle.archive import ArchiveLimits, write_archive
from cgr_nb.bundle.archive_reading import Archive
from cgr_nb.bundle.calls import conversation_id, prompt_text_id
from cgr_nb.models import call_id
from cgr_nb.records import Message, Sampling, content_id
from cgr_nb.verify import verify_package

PROMPTS = ("conversations", "prompt_texts")


def found_in(members, tmp_path):
    rehash(members)
    return verify_package(write_archive(members, tmp_path / "p.zip"), replay=False)


def test_each_prompt_is_there_once_and_every_call_leads_to_one(full_members):
    calls = lines(full_members, "calls")
    for table, named in (
        ("conversations", {call["conversation"] for call in calls}),
        ("prompt_texts", {call["reply"]["prompt_text"] for call in calls if call["reply"]}),
    ):
        assert [line["id"] for line in lines(full_members, table)] == sorted(named)
    said = [
        tuple((turn["role"], turn["content"]) for turn in one) for one in prompts_of(full_members)
    ]
    assert len(set(said)) == len(lines(full_members, "conversations")) < len(calls)


@pytest.mark.parametrize("table", PROMPTS)
def test_a_prompt_that_is_taken_away_is_missed_by_the_calls_that_lead_to_it(
    table, members, tmp_path
):
    gone = lines(members, table)[0]["id"]
    put(members, table, lines(members, table)[1:])
    told = {problem.where: problem.what for problem in found_in(members, tmp_path).problems}
    calls = [call["id"] for call in lines(members, "calls") if gone in json.dumps(call)]
    assert calls
    for id in calls:
        assert f"there is no {gone} in {table}.jsonl" in told[f"calls.jsonl {id}"]


@pytest.mark.parametrize(
    ("table", "field"), [("conversations", "messages"), ("prompt_texts", "text")]
)
def test_a_prompt_that_is_not_what_its_hash_says_is_named(table, field, members, tmp_path):
    other = [{"role": "user", "content": "x"}] if field == "messages" else "x"
    id = change(members, table, 0, **{field: other})["id"]
    problems = found_in(members, tmp_path).problems
    assert (f"{table}.jsonl {id}", "its id is not the hash of what it holds") in problems


def test_a_conversation_changed_with_its_hash_shows_in_the_ids_of_its_calls(members, tmp_path):
    number = find(members, "calls", lambda call: call["reply"] is not None)
    call = lines(members, "calls")[number]
    told = [Message("user", "something else")]
    new = {"id": conversation_id(told), "messages": [asdict(one) for one in told]}
    kept = [one for one in lines(members, "conversations") if one["id"] != call["conversation"]]
    put(members, "conversations", sorted([*kept, new], key=lambda one: one["id"]))
    changed = [
        {**one, "conversation": new["id"]} if one["conversation"] == call["conversation"] else one
        for one in lines(members, "calls")
    ]
    put(members, "calls", changed)
    what = "its id is not the hash of its model, messages and sampling"
    assert (f"calls.jsonl {call['id']}", what) in found_in(members, tmp_path).problems


@pytest.mark.parametrize("table", PROMPTS)
def test_a_prompt_that_is_there_twice_or_for_nothing_is_named(table, members, tmp_path):
    first, *others = lines(members, table)
    put(members, table, [first, first, *others])
    assert (f"{table}.jsonl {first['id']}", "is there twice") in found_in(
        members, tmp_path
    ).problems
    text = "nobody was asked this"
    idle = {
        "conversations": {
            "id": conversation_id([Message("user", text)]),
            "messages": [{"role": "user", "content": text}],
        },
        "prompt_texts": {"id": prompt_text_id(text), "text": text},
    }[table]
    put(members, table, sorted([first, *others, idle], key=lambda line: line["id"]))
    (problem,) = found_in(members, tmp_path).problems
    assert problem == (f"{table}.jsonl {idle['id']}", "no call in calls.jsonl leads to it")


def test_a_line_that_is_too_long_is_refused_and_not_written(members, study_folder, tmp_path):
    with pytest.raises(PackageError, match="a line of a package has at most 100 bytes"):
        export_package(study_folder, tmp_path / "p.zip", limits=ArchiveLimits(line_bytes=100))
    members["programs.jsonl"] = os.urandom(1 << 20).hex().encode()
    path = write_archive(members, tmp_path / "p.zip")
    with Archive(path, ArchiveLimits(line_bytes=1 << 20)) as archive:
        assert list(archive.lines("items.jsonl"))
        with pytest.raises(PackageError, match="a line of more than 1,048,576 bytes"):
            list(archive.lines("programs.jsonl"))


def test_a_study_that_is_too_large_is_refused_before_its_calls_are_read(study_folder, tmp_path):
    told = []
    with pytest.raises(PackageError, match="a package holds at most 500 bytes"):
        export_package(
            study_folder,
            tmp_path / "p.zip",
            lambda name, done, total: told.append(name),
            limits=ArchiveLimits(total_bytes=500),
        )
    assert told
    assert "calls.jsonl" not in told
    assert list(tmp_path.iterdir()) == []


def as_schema_6(members):
    """The package as it was written before prompts stood apart."""
    texts = {line["id"]: line["text"] for line in lines(members, "prompt_texts")}
    calls = []
    for call, messages in zip(lines(members, "calls"), prompts_of(members), strict=True):
        call = {
            ("messages" if name == "conversation" else name): value for name, value in call.items()
        }
        call["messages"] = messages
        if call["reply"]:
            call["reply"]["prompt_text"] = texts[call["reply"]["prompt_text"]]
        calls.append(call)
    old = {name: data for name, data in members.items() if name.split(".")[0] not in PROMPTS}
    put(old, "calls", calls)
    rehash(old)
    old["manifest.json"] = old["manifest.json"].replace(b'"schema": "7"', b'"schema": "6"')
    return old


def test_a_package_of_schema_6_is_checked_as_one_of_today(members, tmp_path):
    now = verify_package(write_archive(members, tmp_path / "now.zip"), replay=False)
    old = as_schema_6(members)
    found = verify_package(write_archive(old, tmp_path / "old.zip"), replay=False)
    assert found.problems == ()
    assert found.checked == {**now.checked, "files": now.checked["files"] - 2}
    change(old, "calls", 0, messages=lambda told: [*told, {"role": "user", "content": "x"}])
    rehash(old)
    id = lines(old, "calls")[0]["id"]
    old["manifest.json"] = old["manifest.json"].replace(b'"schema": "7"', b'"schema": "6"')
    found = verify_package(write_archive(old, tmp_path / "changed.zip"), replay=False)
    assert f"calls.jsonl {id}" in {problem.where for problem in found.problems}


def test_a_package_of_another_schema_is_refused_in_one_line(members, tmp_path):
    members["manifest.json"] = members["manifest.json"].replace(b'"schema": "7"', b'"schema": "5"')
    (problem,) = verify_package(write_archive(members, tmp_path / "p.zip")).problems
    assert problem.what == "a package of schema '5'; this program reads '6' and '7'"


SAMPLINGS = (
    Sampling(),
    Sampling(64, -0.0, 1, 40, 0.05, 7, ("\n", "\ud83d"), ("A", "é")),
    Sampling(seed=1 << 40, temperature=1e-7, top_p=float("inf")),
)


@pytest.mark.parametrize("sampling", SAMPLINGS, ids=["plain", "choices", "numbers"])
def test_ids_of_calls_are_what_they_always_were(sampling):
    turns = [Message("system", "Be brief. \ud83d"), Message("user", 'Is it "B"?\n')]

    class Card:
        identity = 'script "é"'

    drawn = {
        "max_tokens": sampling.max_tokens,
        "temperature": float(sampling.temperature),
        "top_p": float(sampling.top_p),
        "top_k": sampling.top_k,
        "min_p": float(sampling.min_p),
        "seed": sampling.seed,
        "stop": list(sampling.stop),
        "choices": list(sampling.choices),
    }
    if sampling.choices:
        drawn["chosen"] = "by likelihood"
    told = [[turn.role, turn.content] for turn in turns]
    due = content_id("call", Card.identity, told, drawn)
    assert call_id(Card, turns, sampling) == call_id(Card, tuple(turns), sampling) == due
