from __future__ import annotations

import dataclasses
import functools
import json
import pickle
import threading
import tomllib
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from cgr_nb.arms import register_arm
from cgr_nb.arms.identity import plain
from cgr_nb.cli import cli
from cgr_nb.errors import ConfigError
from cgr_nb.models import registry_schema
from cgr_nb.models.decoding import Decoding
from cgr_nb.records import content_id
from cgr_nb.study import StudyConfig, demo_config, study_schema, template_text, write_template
from cgr_nb.study.config import ItemSource

SMALLEST = {
    "items": {"files": ["a.jsonl"]},
    "models": {"solvers": ["s"], "generators": ["g"]},
}


def schema_numbers() -> dict[str, dict[str, Any]]:
    """Each number of a study file, as "table.key" -> its part of the schema."""
    schema = study_schema()
    found = {}
    for name, node in schema["properties"].items():
        table = schema["$defs"][node["$ref"].rpartition("/")[2]] if "$ref" in node else None
        keys = (
            {f"{name}.{key}": part for key, part in table["properties"].items()}
            if table
            else {name: node}
        )
        for key, part in keys.items():
            for kind in part.get("anyOf", [part]):
                if kind.get("type") in ("integer", "number"):
                    found[key] = kind
    return found


NUMBERS = schema_numbers()


def test_what_is_written_is_read_back_equal(tmp_path):
    config = StudyConfig.from_dict(SMALLEST, base=tmp_path)
    (tmp_path / "study.toml").write_text(config.to_toml())
    assert StudyConfig.load(tmp_path / "study.toml") == config


def test_the_demo_config_is_read_back_equal(tmp_path):
    config = demo_config(5).relocated(tmp_path)
    (tmp_path / "study.toml").write_text(config.to_toml())
    assert StudyConfig.load(tmp_path / "study.toml") == config


def test_an_unknown_key_is_named_with_the_nearest_known_one():
    with pytest.raises(ConfigError, match=r"unknown key run\.concurency; .*'concurrency'"):
        StudyConfig.from_dict({**SMALLEST, "run": {"concurency": 3}})


@pytest.mark.parametrize(
    ("section", "key", "value", "said"),
    [
        ("run", "concurrency", "many", "run.concurrency must be a whole number .*1 to 1,024"),
        ("run", "concurrency", True, "run.concurrency must be a whole number"),
        ("run", "concurrency", 2.0, "run.concurrency must be a whole number"),
        ("run", "trace", 1, "run.trace must be true or false"),
        ("run", "concurrency", 0, "run.concurrency is too small"),
        ("run", "program_memory_mb", -1, "run.program_memory_mb is too small"),
        ("run", "program_memory_mb", 511, "too small for one program"),
        ("direct", "temperature", "hot", "direct.temperature must be a number"),
        ("items", "files", "a.jsonl", "items.files must be a list of texts"),
        ("items", "files", ["a", 3], "items.files#2 must be text"),
        ("items", "gold", "some", "unknown items.gold .*use 'none', or leave it out"),
        ("run", "isolation", "none", "unknown run.isolation"),
        ("items", "per_dataset", 0, "items.per_dataset is too small"),
        ("direct", "temperature", -1, "direct.temperature is too small .*0 to 100"),
        ("ask", "top_p", 0, "ask.top_p is too small .*above 0 to 1"),
        (
            "generator",
            "temperature",
            float("nan"),
            "generator.temperature is out of range .*0 to 100",
        ),
        ("limits", "wall_s", float("inf"), "limits.wall_s is too large .*above 0 to 86,400"),
        ("models", "solvers", ["s", "s"], "models.solvers names 's' twice"),
        ("report", "primary", ["cgr", "cgr"], "report.primary names 'cgr' twice"),
        ("report", "primary", ["a", "b", "c", "d"], "report.primary is too long .*at most 3"),
        ("report", "primary", ["cgr", "cott"], "'cott', which is not an arm of the study"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(section, key, value, said):
    with pytest.raises(ConfigError, match=said):
        StudyConfig.from_dict({**SMALLEST, section: {**SMALLEST.get(section, {}), key: value}})


@pytest.mark.parametrize("name", sorted(NUMBERS))
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
    assert len(NUMBERS) > 30
    for name, kind in NUMBERS.items():
        assert {"minimum", "exclusiveMinimum"} & set(kind), name
        assert {"maximum", "exclusiveMaximum"} & set(kind), name


@pytest.mark.parametrize(
    "text",
    [
        "seed = " + "9" * 5000,
        "a = " + "[" * 5000,
        "[direct]\ntemperature = 1" + "0" * 400,
        'prompts = "a\\u0000b"\n[items]\nfiles = ["a"]\n[models]\nsolvers = ["s"]\ngenerators = ["g"]',
        "seed = 1979-05-27",
        "seed = 0x1" + "0" * 5000,
        "[run]\nconcurrency = inf",
        '"a\\nb" = 1',
        '[arm."a\\nb"]',
        "arms = [" + "'a'," * 100_001 + "]",
        "name = '" + "a" * 1_100_000 + "'",
        "# " + "a" * 9_000_000,
    ],
)
def test_a_file_that_holds_what_no_study_can_is_refused_in_one_line(tmp_path, text):
    (tmp_path / "study.toml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        StudyConfig.load(tmp_path / "study.toml")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 800


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
    with pytest.raises(ConfigError, match="name must be usable as a folder name"):
        StudyConfig.from_dict({**SMALLEST, "name": name})


def test_a_table_with_one_key_keeps_its_other_defaults():
    config = StudyConfig.from_dict({**SMALLEST, "generator": {"max_tokens": 320}})
    assert config.generator == dataclasses.replace(StudyConfig().generator, max_tokens=320)
    assert config.generator.temperature == 0.7


def test_primary_comparisons_are_arms_of_the_study_or_its_channels():
    config = StudyConfig.from_dict(
        {**SMALLEST, "arms": ["cot"], "report": {"primary": ["cot", "direct"]}}
    )
    assert config.report.primary == ("cot", "direct")
    alone = {"items": {"files": ["a"]}, "models": {"solvers": ["s"]}}
    with pytest.raises(ConfigError, match="'cgr', which is not an arm"):
        StudyConfig.from_dict({**alone, "report": {"primary": ["cgr"]}})


def test_a_study_that_names_no_primary_comparison_is_written_as_before():
    assert "report" not in StudyConfig.from_dict(SMALLEST).to_toml()
    named = StudyConfig.from_dict({**SMALLEST, "report": {"primary": ["direct"]}})
    assert StudyConfig.from_dict(tomllib.loads(named.to_toml())) == named


def test_naming_primary_comparisons_is_no_other_setting_of_a_study():
    named = StudyConfig.from_dict({**SMALLEST, "report": {"primary": ["direct"]}})
    assert named.settings() == StudyConfig.from_dict(SMALLEST).settings()


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
    with pytest.raises(ConfigError, match="the file already exists"):
        write_template(path)
    assert path.read_text() == "mine"


def test_the_first_mistake_is_told_in_full_and_others_by_name():
    with pytest.raises(ConfigError) as caught:
        StudyConfig.from_dict({**SMALLEST, "reask": -1, "run": {"trace": 1, "concurrency": "a"}})
    assert str(caught.value) == (
        "study: reask is too small (got -1); 0 to 100; also wrong: run.concurrency, run.trace"
    )


def test_a_refusal_is_the_house_s_own_and_tells_of_no_library():
    with pytest.raises(ConfigError) as caught:
        StudyConfig.from_dict({**SMALLEST, "run": {"concurency": 3}})
    assert caught.value.__cause__ is caught.value.__context__ is None
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_no_file_says_where_its_own_paths_start():
    with pytest.raises(ConfigError, match="unknown key base"):
        StudyConfig.from_dict({**SMALLEST, "base": "/elsewhere"})


@pytest.mark.parametrize(
    ("name", "value"), [("reask", 1_000), ("reask", "1"), ("items", ItemSource(files=("a", 3)))]
)
def test_a_config_that_code_makes_is_held_to_the_same(name, value):
    config = dataclasses.replace(StudyConfig.from_dict(SMALLEST), **{name: value})
    with pytest.raises(ConfigError, match=f"{name}.*(too large|must be)"):
        config.check()


def test_a_config_is_equal_to_its_copy_through_another_process():
    config = StudyConfig.from_dict(SMALLEST)
    assert pickle.loads(pickle.dumps(config)) == config


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (
            {"decoding": {"max_token": 3}},
            r"unknown key arm\.cot\.decoding\.max_token.*'max_tokens'",
        ),
        ({"decoding": {"max_tokens": 0}}, r"arm\.cot\.decoding\.max_tokens is too small"),
        ({"decodings": {}}, r"unknown key arm\.cot\.decodings.*'decoding'"),
        ({"decoding": 3}, r"arm\.cot\.decoding must be a table"),
        ({"budget": 3}, r"arm\.cot\.budget must be a table"),
        ({"budget": {"token": 3}}, r"unknown key arm\.cot\.budget\.token.*'tokens'"),
        ({"budget": {"solver_calls": "few"}}, "must be a whole number or 'scaffold'"),
        ({"kind": 3}, r"arm\.cot\.kind is the name of an arm"),
    ],
)
def test_a_table_of_an_arm_is_read_as_strictly(table, said):
    with pytest.raises(ConfigError, match=said):
        StudyConfig.from_dict({**SMALLEST, "arms": ["cot"], "arm": {"cot": table}})


def test_keys_that_an_arm_s_table_leaves_out_are_the_arm_s_own_defaults():
    arms = {
        "arms": ["self_consistency"],
        "arm": {"self_consistency": {"decoding": {"max_tokens": 9}}},
    }
    (choice,) = StudyConfig.from_dict({**SMALLEST, **arms}).arm_choices()
    decoding = getattr(choice.parameters, "decoding", None)
    assert decoding == Decoding(max_tokens=9, temperature=0.7)


def test_an_arm_whose_parameters_no_file_can_hold_is_named():
    @dataclasses.dataclass(frozen=True)
    class Odd:
        part: threading.Event | None = None

    class OddArm:
        summary = "asks for what no file can hold"
        Parameters = Odd

    register_arm("odd_parameters", OddArm)
    with pytest.raises(
        ConfigError, match=r"arm\.odd_parameters can't be read.*fix the annotations"
    ):
        StudyConfig.from_dict({**SMALLEST, "arms": ["odd_parameters"]})


SETTINGS_OF_BEFORE = {
    "smallest": "49f29ecb66818281a459",
    "template": "49f29ecb66818281a459",
    "demo": "edcb3eebc0c6dd5afb5a",
    "much": "8362442141fafb356fe9",
}
ARMS_OF_BEFORE = "cc4d7145e6e45068e33d"
WRITTEN_BEFORE = {"smallest": "8443b2372b13b59cf1f0", "much": "fac98e624cfd331b0b93"}
MUCH = {
    **SMALLEST,
    "seed": -3,
    "reask": 0,
    "direct": {"temperature": 1},
    "generator": {"max_tokens": 320},
    "ask": {"min_p": 0.05, "top_k": 3},
    "limits": {"wall_s": 2, "calls": 4},
    "arms": ["cot", "vote16", "self_consistency"],
    "arm": {
        "cot": {"decoding": {"max_tokens": 99}},
        "vote16": {"kind": "self_consistency", "k": 16, "budget": {"tokens": 100}},
    },
    "budget": {"solver_calls": "scaffold", "generator_calls": 2},
    "support": {"per_dataset": 2},
    "items": {
        "files": ["a"],
        "file": [{"path": "b.csv", "gold_base": 1, "columns": {"options": "o", "gold": "k"}}],
    },
}


def test_what_goes_into_ids_is_what_it_was():
    configs = {
        "smallest": StudyConfig.from_dict(SMALLEST),
        "template": StudyConfig.from_dict(tomllib.loads(template_text())),
        "demo": demo_config(5),
        "much": StudyConfig.from_dict(MUCH),
    }
    settings = {name: content_id("settings", config.settings()) for name, config in configs.items()}
    assert settings == SETTINGS_OF_BEFORE
    written = {name: content_id("written", configs[name].to_toml()) for name in WRITTEN_BEFORE}
    assert written == WRITTEN_BEFORE
    arms = [
        [arm.name, arm.kind, plain(arm.parameters), plain(arm.budget)]
        for arm in configs["much"].arm_choices()
    ]
    assert content_id("arms", arms) == ARMS_OF_BEFORE


def test_the_schema_allows_what_can_be_read_and_no_more():
    schema = study_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    for good in (
        SMALLEST,
        MUCH,
        tomllib.loads(template_text()),
        tomllib.loads(demo_config(5).to_toml()),
    ):
        check.validate(good)
    for bad in (
        {"run": {"concurency": 3}},
        {"run": {"concurrency": 0}},
        {"run": {"isolation": "none"}},
        {"direct": {"top_p": 0}},
        {"base": "x"},
        {"arm": {"cot": {"decoding": {"max_token": 3}}}},
        {"items": {"file": [{"columns": {"gold": "k"}}]}},
    ):
        assert not check.is_valid({**SMALLEST, **bad}), bad


def test_the_schema_says_what_every_key_means():
    def silent(node, path):
        if "$ref" in node and node["$ref"] not in seen:
            seen.add(node["$ref"])
            node = functools.reduce(
                lambda part, key: part[key], node["$ref"][2:].split("/"), schema
            )
        for name, part in node.get("properties", {}).items():
            if not part.get("description") and "$ref" not in part:
                yield f"{path}.{name}"
            yield from silent(part, f"{path}.{name}")
        for part in (node.get("items"), *node.get("anyOf", ())):
            if isinstance(part, dict):
                yield from silent(part, path)

    for schema in (study_schema(), registry_schema()):
        seen: set[str] = set()
        assert list(silent(schema, "")) in ([], [".model"])


def test_the_command_prints_the_schemas():
    for options, schema in (([], study_schema()), (["--registry"], registry_schema())):
        result = CliRunner().invoke(cli, ["study", "schema", *options])
        assert json.loads(result.output) == schema
