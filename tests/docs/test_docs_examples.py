"""Every example of the documentation runs, or is held against what it quotes."""

from __future__ import annotations

import json
import re
import shlex
import tomllib

import click
import pytest
from click.testing import CliRunner

from cgr_nb.cli import cli
from cgr_nb.models import Registry
from cgr_nb.study import StudyConfig

pytestmark = pytest.mark.slow
FENCE = re.compile(r"^```(\w*)(?: [^\n]*)?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
KINDS = {"bash", "sh", "python", "toml", "json", "text", "js", "css"}
"""`bash` and `python` are run; of `sh`, which needs a network, a server or long, command lines are
held against the commands there are; `toml` and `json` are read; `text` is output, or a quotation; `js` and
`css` are those of `tests/widgets/test_widgets_javascript.py`."""
IN_TEXT = re.compile(r"`(cgr-nb [^`]+)`")
FIRST = ("index.md",)
"""Pages that make what later ones use."""


def blocks(text, *kinds):
    return [(kind, body) for kind, body in FENCE.findall(text) if kind in kinds]


def in_order(pages):
    return {name: pages[name] for name in [*FIRST, *sorted(set(pages) - set(FIRST))]}


def run(line):
    """Run a command line in this process; what it printed."""
    program, *words = shlex.split(line)
    assert program == "cgr-nb"
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 0, f"{line}: {result.output} {result.exception!r}"
    return result.output


def held(line):
    """Hold a command line against the commands that there are."""
    _, *words = shlex.split(line.removeprefix(".venv/bin/"), comments=True)
    command, context = cli, click.Context(cli, info_name="cgr-nb")
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name = words.pop(0)
        found = command.get_command(context, name)
        assert found is not None, f"{line}: there is no command {name!r}"
        command, context = found, click.Context(found, info_name=name, parent=context)
    try:
        command.make_parser(context).parse_args(words)
    except click.UsageError as error:
        # A command may be named without all that it needs.
        if isinstance(error, click.NoSuchOption):
            pytest.fail(f"{line}: {error.format_message()}")


def commands_of(body):
    """The command lines of a block that are ours."""
    lines = body.replace("\\\n", " ").splitlines()
    return [line for line in lines if line.removeprefix(".venv/bin/").startswith("cgr-nb ")]


def test_every_block_is_of_a_kind_that_is_tested(pages):
    for name, text in pages.items():
        # Pages that a measurement writes show what it printed.
        plain = {""} if name.startswith("benchmarks/") else set()
        assert {kind for kind, _ in FENCE.findall(text)} <= KINDS | plain, name
    opened = sum(len(re.findall(r"^```", text, re.MULTILINE)) for text in pages.values())
    assert opened == 2 * sum(len(FENCE.findall(text)) for text in pages.values())


def test_every_command_and_every_python_block_runs(pages, workplace, monkeypatch):
    monkeypatch.chdir(workplace)
    ran = 0
    for name, text in in_order(pages).items():
        if name.startswith(("benchmarks/", "changelog", "extending")):
            continue
        space: dict[str, object] = {}
        for kind, body in blocks(text, "bash", "python", "toml"):
            if kind == "bash":
                for line in body.strip().splitlines():
                    assert run(line).strip(), line
            elif kind == "python":
                exec(compile(body, name, "exec"), space)
            elif body.startswith("# study.toml"):
                (workplace / "study.toml").write_text(body, "utf-8")
            ran += kind != "toml"
    assert ran > 20


def test_every_command_line_that_is_told_can_be_given(pages, repository):
    told = {name: text for name, text in pages.items() if not name.startswith("changelog")}
    for name in ("README.md", "CONTRIBUTING.md"):
        told[name] = (repository / name).read_text("utf-8")
    lines = []
    for text in told.values():
        for _, body in blocks(text, "sh", "bash"):
            lines += commands_of(body)
        lines += [" ".join(line.split()) for line in IN_TEXT.findall(FENCE.sub("", text))]
    assert len(lines) > 60
    for line in lines:
        held(line)


def test_every_setting_shown_is_valid(pages, package, tmp_path):
    seen = 0
    for name, text in pages.items():
        for _, body in blocks(text, "toml"):
            found = tomllib.loads(body)
            seen += 1
            if "model" in found:
                (tmp_path / "models.toml").write_text(body, "utf-8")
                assert Registry.load(tmp_path / "models.toml").get(found["model"][0]["name"]), name
            elif "build-system" not in found:
                items = {"files": ["items.jsonl"], **found.get("items", {})}
                models = {"solvers": ["tiny-solver"], "generators": ["tiny-generator"]}
                arms = found.get("report", {}).get("primary", [])
                whole = {"arms": arms, **found, "items": items}
                StudyConfig.from_dict({"models": models, **whole}, where=name)
    assert seen > 8


def test_every_json_shown_is_json(pages):
    seen = [
        json.loads(line)
        for text in pages.values()
        for _, body in blocks(text, "json")
        for line in body.strip().splitlines()
    ]
    assert len(seen) > 4


def test_pages_link_to_what_is_measured(pages, repository):
    scripts = re.findall(r"`(tests/benchmarks/\w+\.py)`", pages["benchmarks/index.md"])
    assert len(scripts) > 8
    assert [path for path in scripts if not (repository / path).is_file()] == []
    listed = re.findall(r"\]\((\w+\.md)\)", pages["benchmarks/index.md"])
    there = {path.name for path in (repository / "docs" / "benchmarks").glob("*.md")} - {"index.md"}
    assert set(listed) == there
