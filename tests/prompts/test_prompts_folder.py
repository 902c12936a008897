"""A folder of one's own templates: listed, copied into, and refused where nothing would read it."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from cgr_nb.cli import cli
from cgr_nb.errors import PromptError
from cgr_nb.prompts import check_folder, copy_template, load_template, template_files
from cgr_nb.prompts.folder import bundled_names


def put(folder, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("{question}\n{options}\n")


def test_exactly_one_version_of_each_template_is_the_one_that_runs_take(tmp_path):
    put(tmp_path, "tiny/direct@1.txt", "tiny/direct@2.txt", "mine/cot@1.txt")
    files = template_files(tmp_path)
    used = [(one.profile, one.name) for one in files if one.used]
    assert len(used) == len(set(used)) == len({(one.profile, one.name) for one in files})
    for one in files:
        if one.used:
            taken = load_template(one.name, one.profile, folder=tmp_path, fields=None)
            assert (taken.version, taken.hash) == (one.version, one.hash)
    assert [one.version for one in files if not one.bundled] == [1, 1, 2]


def test_a_copy_is_a_new_version_with_the_same_words_and_is_taken_from_then_on(tmp_path):
    before = load_template("generator", "full")
    first = copy_template("generator", "full", tmp_path)
    assert first == tmp_path / "full" / f"generator@{before.version + 1}.txt"
    after = load_template("generator", "full", folder=tmp_path)
    assert (after.version, after.hash) == (before.version + 1, before.hash)
    first.write_text("other words: {question}")
    second = copy_template("generator", "full", tmp_path)
    assert second.read_text() == "other words: {question}"
    assert first.exists()
    old = copy_template("generator", "full", tmp_path, version=before.version)
    assert load_template("generator", "full", folder=tmp_path).hash == before.hash
    assert old.name == f"generator@{before.version + 3}.txt"


def test_a_copy_of_what_is_not_there_names_the_nearest_and_writes_nothing(tmp_path):
    with pytest.raises(PromptError, match="did you mean 'full/direct@2'"):
        copy_template("dirct", "full", tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("full/dirct@3.txt", "nothing uses a template 'dirct'.*did you mean 'direct'.*generator"),
        ("full/zzzz@1.txt", "nothing uses a template 'zzzz'; install.*there are .*generator"),
        ("ful/direct@3.txt", "there is no prompt profile 'ful'.*did you mean 'full'"),
        ("full/old/direct@3.txt", "there is no prompt profile 'full/old'"),
        ("full/direct.txt", "not the name of a template.*full/direct@3.txt"),
        ("full/direct@new.txt", "not the name of a template"),
        ("full/direct@3.md", "not the name of a template"),
        ("direct@3.txt", "no template quotes this text"),
    ],
)
def test_a_file_that_nothing_would_read_is_refused_with_what_there_is(tmp_path, name, said):
    put(tmp_path, "full/direct@9.txt", name)
    with pytest.raises(PromptError, match=said) as refused:
        check_folder(tmp_path, (), ())
    assert str(tmp_path / name) in str(refused.value)


def test_names_profiles_and_quotations_that_are_known_are_let_through(tmp_path):
    put(tmp_path, "full/direct@3.txt", "own/plan@1.txt", "contract@2.txt", "notes.md")
    (tmp_path / "full" / "cot@3.txt").write_text("{mine@1}\n{question}")
    put(tmp_path, "mine@1.txt")
    check_folder(tmp_path, ["plan"], ["own"])


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(PromptError, match="no such folder of prompt templates"):
        check_folder(tmp_path / "prompts", (), ())


def test_the_command_line_lists_and_copies(tmp_path):
    run = CliRunner().invoke
    listed = json.loads(run(cli, ["prompts", "list", "--json"]).output)
    assert {line["name"] for line in listed} == set(bundled_names())
    told = run(cli, ["prompts", "copy", "direct", "--to", str(tmp_path), "--json"])
    path = json.loads(told.output)["path"]
    table = run(cli, ["prompts", "list", "--folder", str(tmp_path), "--profile", "full"]).output
    assert [line.split()[3] for line in table.splitlines() if " direct " in line][-1] == "yours"
    assert path.startswith(str(tmp_path))
