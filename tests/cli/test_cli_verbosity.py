"""`-v` and `-vv`: the log on stderr, on every command, before or after its name."""

from __future__ import annotations

import json
import logging
import re

import pytest
from click.testing import CliRunner
from scripted_study import STUDY, card

from cgr_nb import Study
from cgr_nb.cli import COMMANDS, cli


@pytest.fixture
def study(tmp_path):
    program = json.dumps("```python\ndef solve(item, ask):\n    return ask('a secret word')\n```")
    (tmp_path / "registry.toml").write_text(
        card("solver", 'rules = [["", "A"]]') + card("generator", f'rules = [["", {program}]]')
    )
    item = {"dataset": "d", "question": "q", "options": {"A": "1", "B": "2"}, "gold": "A"}
    (tmp_path / "items.jsonl").write_text(json.dumps(item) + "\n")
    (tmp_path / "study.toml").write_text(STUDY)
    return tmp_path / "study.toml"


def err(*arguments):
    result = CliRunner().invoke(cli, list(map(str, arguments)))
    assert result.exit_code == 0, result.output
    return result.stderr


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_what_is_done_is_logged_wherever_the_option_stands(study, place):
    arguments = ["study", "run", str(study)]
    said = err(*arguments[:place], "-v", *arguments[place:])
    assert re.search(r"INFO cgr_nb\.study\.run: .*0 of 1 rows done, 1 to do", said)
    assert "DEBUG" not in said


@pytest.mark.parametrize("twice", [["-vv"], ["-v", "-v"], ["--verbose", "--verbose"]])
def test_twice_logs_every_call(study, twice):
    said = err("study", "run", study, *twice)
    assert re.search(r"DEBUG cgr_nb\.study\.caller: call [0-9a-f]{20} to script-solver", said)
    # Counts and ids, and nothing that a model was asked or said.
    assert "secret" not in said


def test_options_at_two_places_add_up(study):
    assert "DEBUG" in err("-v", "study", "run", study, "-v")


def test_without_the_option_nothing_is_logged_also_after_a_command_that_had_it(study):
    err("-vv", "study", "run", study)
    assert err("study", "status", study.parent) == ""
    assert "INFO" not in err("study", "run", study)


def test_a_log_line_is_written_once_however_many_commands_ran(study):
    err("-v", "study", "run", study)
    said = err("-v", "study", "run", study)
    assert len(re.findall("rows done", said)) == 1


def test_a_redo_is_logged(study):
    err("study", "run", study)
    assert "cgr_nb.study.redo" in err("study", "redo", study.parent, "--arm", "direct", "-v")


def test_a_program_that_uses_the_package_gets_its_log_by_name(study, caplog):
    with caplog.at_level(logging.INFO, logger="cgr_nb"):
        Study.run(study, progress=False).close()
    assert any(record.name.startswith("cgr_nb.") for record in caplog.records)


def commands():
    found = []

    def walk(command, path):
        found.append(path)
        for name, below in getattr(command, "commands", {}).items():
            walk(below, [*path, name])

    for name in COMMANDS:
        walk(cli.get_command(None, name), [name])
    return found


@pytest.mark.parametrize("path", commands(), ids=" ".join)
def test_every_command_has_the_option(path):
    assert "-v, --verbose" in CliRunner().invoke(cli, [*path, "--help"]).output
