from __future__ import annotations

import dataclasses
import tomllib

import pytest

from cgr_nb.errors import ConfigError
from cgr_nb.study import StudyConfig, demo_config, template_text, write_template
from cgr_nb.study.config import ItemSource
from cgr_nb.study.ranges import RANGES, numbers_of

SMALLEST = {
    "items": {"files": ["a.jsonl"]},
    "models": {"solvers": ["s"], "generators": ["g"]},
}


def test_what_is_written_is_read_back_equal(tmp_path):
    config = StudyConfig.from_dict(SMALLEST, base=tmp_path)
    (tmp_path / "study.toml").write_text(config.to_toml())
    assert StudyConfig.load(tmp_path / "study.toml") == config


def test_the_demo_config_is_read_back_equal(tmp_path):
    config = demo_config(5).relocated(tmp_path)
    (tmp_path / "study.toml").write_text(config.to_toml())
    assert StudyConfig.load(tmp_path / "study.toml") == config


def test_an_unknown_key_is_named_with_the_nearest_known_one():
    with pytest.raises(ConfigError, match=r"unknown key 'run.concurency'.*'concurrency'"):
        StudyConfig.from_dict({**SMALLEST, "run": {"concurency": 3}})


@pytest.mark.parametrize(
    ("section", "key", "value", "said"),
    [
        ("run", "concurrency", "many", "run.concurrency must be int"),
        ("run", "concurrency", True, "run.concurrency must be int"),
        ("run", "concurrency", 0, "run.concurrency is too small"),
        ("run", "program_memory_mb", -1, "run.program_memory_mb is too small"),
        ("run", "program_memory_mb", 511, "no room for one program"),
        ("direct", "temperature", "hot", "direct.temperature must be float"),
        ("items", "files", "a.jsonl", "items.files must be a list of str"),
        ("run", "isolation", "none", "unknown run.isolation"),
        ("items", "per_dataset", 0, "items.per_dataset is too small"),
        ("direct", "temperature", -1, "sampling.temperature must be 0 or more"),
        ("ask", "top_p", 0, "sampling.top_p must be above 0"),
        ("generator", "temperature", float("nan"), "sampling.temperature must be"),
        ("limits", "wall_s", float("inf"), "a limit must be a positive number"),
        ("models", "solvers", ["s", "s"], "models.solvers names 's' twice"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(section, key, value, said):
    with pytest.raises(ConfigError, match=said):
        StudyConfig.from_dict({**SMALLEST, section: {**SMALLEST.get(section, {}), key: value}})


@pytest.mark.parametrize("name", sorted(RANGES))
@pytest.mark.parametrize("number", [10**12 * 10**12, -(10**24), float("nan"), float("inf")])
def test_a_number_out_of_its_range_is_refused_in_one_line(name, number):
    table, _, key = name.rpartition(".")
    inner = {**SMALLEST.get(table, {}), key: number} if table else number
    with pytest.raises(ConfigError) as caught:
        StudyConfig.from_dict({**SMALLEST, table or key: inner})
    assert "\n" not in str(caught.value)
    assert key in str(caught.value)


@pytest.mark.parametrize(
    ("table", "key", "number"),
    [
        ("", "reask", 100_000),
        ("run", "concurrency", 10**7),
        ("run", "model_memory_mb", 10**9),
        ("items", "per_dataset", 10**9),
        ("direct", "max_tokens", 10**9),
        ("support", "per_dataset", 10**9),
        ("limits", "memory_mb", 10**9),
        ("limits", "calls", 10**6),
        ("limits", "wall_s", 10**6),
    ],
)
def test_an_absurd_number_is_refused_with_what_may_be(table, key, number):
    inner = {**SMALLEST.get(table, {}), key: number} if table else number
    with pytest.raises(ConfigError, match=rf"{key} is too large .*to "):
        StudyConfig.from_dict({**SMALLEST, table or key: inner})


def test_every_number_of_a_study_has_a_range():
    config = dataclasses.replace(StudyConfig(), items=ItemSource(per_dataset=1))
    assert {name for name, _ in numbers_of(config)} == set(RANGES)


@pytest.mark.parametrize(
    "text",
    [
        "seed = " + "9" * 5000,
        "a = " + "[" * 5000,
        "[direct]\ntemperature = 1" + "0" * 400,
        'prompts = "a\\u0000b"\n[items]\nfiles = ["a"]\n[models]\nsolvers = ["s"]\ngenerators = ["g"]',
        "seed = 1979-05-27",
    ],
)
def test_a_file_that_holds_what_no_study_can_is_refused_in_one_line(tmp_path, text):
    (tmp_path / "study.toml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        StudyConfig.load(tmp_path / "study.toml")
    assert "\n" not in str(caught.value)


def test_a_whole_number_serves_as_a_temperature():
    config = StudyConfig.from_dict({**SMALLEST, "direct": {"temperature": 1}})
    assert config.direct.temperature == 1.0


def test_no_solver_is_an_error_that_says_where_to_look():
    with pytest.raises(ConfigError, match=r"models.solvers is empty.*cgr-nb models list"):
        StudyConfig.from_dict({"items": {"files": ["a"]}, "models": {"generators": ["g"]}})


def test_a_file_that_is_not_toml_is_an_error_with_its_path(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text("name = ")
    with pytest.raises(ConfigError, match=r"study\.toml: not TOML"):
        StudyConfig.load(path)


def test_a_missing_file_is_an_error_with_its_path(tmp_path):
    with pytest.raises(ConfigError, match="no such study file"):
        StudyConfig.load(tmp_path / "nothing.toml")


def test_relative_paths_follow_the_study_into_its_folder(tmp_path):
    (tmp_path / "here").mkdir()
    config = StudyConfig.from_dict(SMALLEST, base=tmp_path / "here")
    moved = config.relocated(tmp_path / "there")
    assert moved.items.files == ("../here/a.jsonl",)


@pytest.mark.parametrize("name", ["", "..", "a/b"])
def test_a_name_that_would_lead_elsewhere_is_refused(name):
    with pytest.raises(ConfigError, match="name must do as a folder's name"):
        StudyConfig.from_dict({**SMALLEST, "name": name})


def test_a_table_with_one_key_keeps_its_other_defaults():
    config = StudyConfig.from_dict({**SMALLEST, "generator": {"max_tokens": 320}})
    assert config.generator == dataclasses.replace(StudyConfig().generator, max_tokens=320)
    assert config.generator.temperature == 0.7


def test_the_template_says_every_setting_and_its_default():
    written = tomllib.loads(template_text())
    config = StudyConfig.from_dict(written)
    assert config.settings() == StudyConfig().settings()
    assert config.run == StudyConfig().run
    defaults = dataclasses.asdict(StudyConfig())
    for name, value in defaults.items():
        if isinstance(value, dict) and name not in ("items", "models", "arm", "budget"):
            assert set(written[name]) == set(value), name
    for key in ("adapter", "per_dataset", "registry", "multi", *defaults["budget"]):
        assert f"# {key} = " in template_text()


def test_a_template_never_replaces_a_file(tmp_path):
    path = tmp_path / "study.toml"
    write_template(path)
    path.write_text("mine")
    with pytest.raises(ConfigError, match="there is a file already"):
        write_template(path)
    assert path.read_text() == "mine"
