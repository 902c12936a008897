"""Templates of the study's own travel with it."""

from __future__ import annotations

import shutil

import pytest
from tampering import lines, prompts_of, rehash

from cgr_nb.api import Study
from cgr_nb.bundle import PackageError, export_package
from cgr_nb.bundle.archive import read_archive, write_archive
from cgr_nb.verify import verify_package

OWN = "{context_block}{question}\n{options}\n{{mine}} {rules@1} Answer with a letter.\n"
FILE = "prompts/tiny/direct@7.txt"


@pytest.fixture(scope="module")
def folder(study_folder, tmp_path_factory):
    """The study, asked with a template of its own that quotes another file."""
    place = tmp_path_factory.mktemp("own")
    for name in ("items.jsonl", "registry.toml", "study.toml"):
        shutil.copy(study_folder / name, place)
    (place / "mine" / "tiny").mkdir(parents=True)
    (place / "mine" / "tiny" / "direct@7.txt").write_text(OWN)
    (place / "mine" / "tiny" / "ask@3.txt").write_text("{prompt}\n(of a program)\n")
    (place / "mine" / "rules@1.txt").write_text("Be brief.\n")
    text = (place / "study.toml").read_text()
    (place / "study.toml").write_text(f'prompts = "mine"\n{text}')
    Study.run(place, progress=False).close()
    return place


@pytest.fixture(scope="module")
def package(folder, tmp_path_factory):
    return export_package(folder, tmp_path_factory.mktemp("package") / "own.zip")


def test_own_templates_are_in_the_package_with_what_they_quote(package):
    members = read_archive(package)
    assert members[FILE].decode() == OWN
    assert members["prompts/rules@1.txt"] == b"Be brief.\n"
    assert b'prompts = "prompts"' in members["study.toml"]
    asked = [messages[0]["content"] for messages in prompts_of(members)]
    assert any("{mine} Be brief. Answer with a letter." in text for text in asked)


def test_what_stands_around_the_questions_of_programs_is_in_the_package(package):
    members = read_archive(package)
    assert members["prompts/tiny/ask@3.txt"] == b"{prompt}\n(of a program)\n"
    shown = {messages[-1]["content"] for messages in prompts_of(members)}
    asks = [ask["prompt"] for run in lines(members, "executions") for ask in run["calls"]]
    assert asks
    assert {f"{ask}\n(of a program)" for ask in asks} <= shown


def test_it_verifies_where_the_templates_are_not(package):
    found = verify_package(package, isolation="limits")
    assert found.problems == ()
    assert found.checked["rows"] == 6


@pytest.mark.parametrize("name", [FILE, "prompts/rules@1.txt"])
def test_a_changed_template_or_quote_is_named(name, package, tmp_path):
    members = read_archive(package)
    members[name] += b"Think first.\n"
    rehash(members)
    found = verify_package(write_archive(members, tmp_path / "p.zip"), replay=False)
    assert any(FILE in problem.where for problem in found.problems)


@pytest.mark.parametrize("text", [b"{nothing}\n", b"\xff\xfe", b"[system]\nonly\n"])
def test_a_template_that_is_none_is_a_problem_without_a_path_of_this_machine(
    text, package, tmp_path
):
    members = read_archive(package)
    members[FILE] = text
    rehash(members)
    found = verify_package(write_archive(members, tmp_path / "p.zip"), replay=False)
    (problem,) = found.problems
    assert problem.where == FILE
    assert "/" not in problem.what.replace(FILE, "")


def test_a_template_that_was_changed_after_the_run_is_not_exported(folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "study")
    (copy / "mine" / "tiny" / "direct@7.txt").write_text(OWN + "Really.\n")
    with pytest.raises(PackageError, match="last run by another version"):
        export_package(copy, tmp_path / "p.zip")
