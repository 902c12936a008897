"""What `study init` writes can be run with the models that it names, whatever they are."""

from __future__ import annotations

import tempfile
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from cgr_nb.cli import cli
from cgr_nb.errors import ConfigError, ModelError
from cgr_nb.models import card_to_toml
from cgr_nb.records import ModelCard
from cgr_nb.study import StudyConfig, TemplateChoice, resolve_inputs, template_text, write_template
from cgr_nb.study.units import longest_reply

BUNDLED_ITEMS = "bundled:mini-aime.jsonl"


def scripted(name: str, context: int) -> ModelCard:
    return ModelCard(
        name,
        ("solver", "generator"),
        "scripted",
        "scripted",
        None,
        "none",
        context,
        "MIT",
        "a script",
        None,
        options={"rules": [], "default": "A"},
    )


CONTEXTS = st.lists(st.integers(64, 40_000), min_size=1, max_size=3)


@settings(max_examples=15, deadline=None)
@given(solvers=CONTEXTS, generators=CONTEXTS, below=st.sampled_from([".", "sub", "sub/further"]))
def test_no_value_that_is_written_is_refused_by_the_models_that_are_named(
    solvers, generators, below
):
    cards = [scripted(f"s{n}", one) for n, one in enumerate(solvers)]
    cards += [scripted(f"g{n}", one) for n, one in enumerate(generators)]
    with tempfile.TemporaryDirectory() as folder:
        registry, place = Path(folder, "models.toml"), Path(folder, below)
        registry.write_text("\n".join(map(card_to_toml, cards)))
        place.mkdir(parents=True, exist_ok=True)
        names = [card.name for card in cards]
        choice = TemplateChoice(
            (BUNDLED_ITEMS,),
            tuple(name for name in names if name[0] == "s"),
            tuple(name for name in names if name[0] == "g"),
            registry,
        )
        write_template(place / "study.toml", choice)
        inputs = resolve_inputs(StudyConfig.load(place / "study.toml"))
    assert [card.name for card in (*inputs.solvers, *inputs.generators)] == names
    defaults = StudyConfig()
    for table in ("direct", "ask", "generator"):
        written = getattr(inputs.config, table).max_tokens
        assert 0 < written <= getattr(defaults, table).max_tokens


@given(
    context=st.integers(64, 40_000),
    thoughts=st.integers(0, 20_000),
    wanted=st.integers(1, 50_000),
)
def test_a_reply_and_its_thoughts_leave_room_for_a_prompt_where_any_does(context, thoughts, wanted):
    card = replace(scripted("thinks", context), options={"think_tokens": thoughts})
    longest = longest_reply(card, wanted)
    assert 0 < longest <= wanted
    if thoughts < context - 2:
        assert longest + thoughts < context
    if wanted + thoughts < context:
        assert longest == wanted


def test_without_options_it_names_the_bundled_models_and_what_fits_them(tmp_path):
    write_template(tmp_path / "study.toml", TemplateChoice((BUNDLED_ITEMS,)))
    inputs = resolve_inputs(StudyConfig.load(tmp_path / "study.toml"))
    (generator,) = inputs.generators
    assert inputs.config.generator.max_tokens < generator.context_tokens
    lines = (tmp_path / "study.toml").read_text().splitlines()
    told = next(line for line in lines if "default: 1024" in line)
    assert "context of tiny-generator: 512 tokens" in told
    changed = [line for line in lines if line not in template_text().splitlines()]
    assert len(changed) == 2  # this one, and the item files


def test_files_are_named_from_the_folder_of_the_study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("there").mkdir()
    files = ('odd "name".csv', "sets/*.jsonl", BUNDLED_ITEMS, str(tmp_path / "x.csv"))
    write_template(Path("there", "study.toml"), TemplateChoice(files))
    written = tomllib.loads(Path("there", "study.toml").read_text())["items"]["files"]
    assert written == [f"../{files[0]}", f"../{files[1]}", *files[2:]]


def test_a_model_that_is_not_there_or_plays_another_role_is_refused_and_nothing_written(tmp_path):
    path = tmp_path / "study.toml"
    with pytest.raises(ModelError, match="there is no model 'tiny-solvr'"):
        write_template(path, TemplateChoice(solvers=("tiny-solvr",)))
    with pytest.raises(ConfigError, match="'tiny-generator' is no solver"):
        write_template(path, TemplateChoice(solvers=("tiny-generator",)))
    assert not path.exists()


def test_a_model_that_was_added_beside_it_is_found_as_the_command_that_added_it_says(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    file = Path(__file__).parents[2] / "fixtures" / "models" / "tiny-solver-q8_0.gguf"
    said = CliRunner().invoke(cli, ["models", "add", str(file), "--name", "mine"]).stdout
    command = said[said.index("next: cgr-nb ") + len("next: cgr-nb ") :].split()
    assert command == ["study", "init", "--registry", "models.toml", "--solver", "mine"]
    # Named or not, the registry that lies there is the one of the study.
    for name, arguments in (("a.toml", command), ("b.toml", ["study", "init", "--solver", "mine"])):
        said = CliRunner().invoke(cli, [*arguments, name]).stdout
        assert f"wrote {name}: name your items and generator, then" in said
        assert "tiny-generator, which writes programs for the bundled items only" in said
        models = StudyConfig.load(Path(name), check=False).models
        assert (models.solvers, models.registry) == (("mine",), "models.toml")


def test_where_a_study_lies_already_a_model_is_added_to_it_or_named_in_another(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    write_template(Path("study.toml"))
    file = Path(__file__).parents[2] / "fixtures" / "models" / "tiny-solver-q8_0.gguf"
    said = CliRunner().invoke(cli, ["models", "add", str(file), "--name", "mine"]).stdout
    assert 'in study.toml, add "mine" to the solvers and set registry = "models.toml"' in said
    command = said[said.index("cgr-nb ") + len("cgr-nb ") :].split()
    assert command[:3] == ["study", "init", "FILE"]
    command[2] = "other.toml"
    assert CliRunner().invoke(cli, command).exit_code == 0
    assert StudyConfig.load(Path("other.toml"), check=False).models.solvers == ("mine",)
