"""Models into a registry: a file, one of a hub, a server's; and weights fetched when asked for."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest
from click.testing import CliRunner
from loopback_endpoint import Act, running_endpoint
from loopback_hub import COMMIT, running_hub

from cgr_nb.cli import cli
from cgr_nb.errors import ModelError
from cgr_nb.hub import DownloadError, HubFile
from cgr_nb.models import (
    Registry,
    add_endpoint,
    add_from_hub,
    add_to_registry,
    check_model,
    fetch_weights,
    find_weights,
)
from cgr_nb.models.endpoint_options import addresses_of
from cgr_nb.util.bundled import bundled_folder

WEIGHTS = bundled_folder("models") / "tiny-solver-q8_0.gguf"


@pytest.fixture
def mine(tmp_path):
    copy = tmp_path / "weights" / "mine.gguf"
    copy.parent.mkdir()
    shutil.copy(WEIGHTS, copy)
    return copy


@pytest.fixture
def hub(monkeypatch, hub_cache):
    monkeypatch.delenv("HF_TOKEN", raising=False)
    with running_hub() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        hub.files["some/model-GGUF/tiny-q8_0.gguf"] = WEIGHTS.read_bytes()
        yield hub


TINY = HubFile("some/model-GGUF", "tiny-q8_0.gguf")


def test_a_file_becomes_a_card_that_answers(mine, tmp_path):
    registry = tmp_path / "models.toml"
    add_to_registry(mine, registry, None, ["solver"])
    card = Registry.load(registry).get("mine")
    assert (card.roles, card.quantisation, card.context_tokens) == (("solver",), "Q8_0", 512)
    assert len(card.sha256) == 64
    assert check_model(card).problem is None


def test_cards_that_are_there_stay_and_a_name_is_taken_once(mine, tmp_path):
    registry = tmp_path / "models.toml"
    registry.write_text("# my models\n")
    add_to_registry(mine, registry, "one", ["solver"])
    add_to_registry(mine, registry, "two", ["generator"])
    with pytest.raises(ModelError, match="a model with this name already exists"):
        add_to_registry(mine, registry, "one", ["solver"])
    assert registry.read_text().startswith("# my models\n")
    names = [card.name for card in Registry.load(registry).cards]
    assert names[-2:] == ["one", "two"]


def test_a_truncated_file_is_refused(mine, tmp_path):
    mine.write_bytes(mine.read_bytes()[:5000])
    with pytest.raises(ModelError):
        add_to_registry(mine, tmp_path / "models.toml", None, ["solver"])
    assert not (tmp_path / "models.toml").exists()


# --- from a hub -----------------------------------------------------------------------------


def test_a_hub_file_becomes_a_card_with_hash_and_commit(hub, tmp_path):
    registry = tmp_path / "models.toml"
    add_from_hub(TINY, registry, None, ["solver"])
    card = Registry.load(registry).get("tiny-q8_0")
    assert card.source == f"hf:some/model-GGUF@{COMMIT}/tiny-q8_0.gguf"
    assert card.sha256 == hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()
    assert card.path.endswith(f"/snapshots/{COMMIT}/tiny-q8_0.gguf")
    assert check_model(card).problem is None


def test_a_taken_name_is_said_before_anything_is_fetched(hub, tmp_path):
    with pytest.raises(ModelError, match="a model with this name already exists"):
        add_from_hub(TINY, tmp_path / "models.toml", "tiny-solver", ["solver"])
    assert hub.asked == []


def test_a_folder_can_be_named_for_the_weights_of_a_hub(hub, tmp_path):
    registry = tmp_path / "models.toml"
    card = add_from_hub(TINY, registry, None, ["solver"], tmp_path / "models")
    assert card.path == "models/tiny-q8_0.gguf"
    assert check_model(Registry.load(registry).get("tiny-q8_0")).problem is None


def test_what_is_no_gguf_is_not_fetched(hub, tmp_path):
    file = HubFile("some/model-GGUF", "model.safetensors")
    with pytest.raises(ModelError, match="a GGUF file is needed"):
        add_from_hub(file, tmp_path / "models.toml", None, ["solver"])
    assert hub.asked == []


def test_weights_of_a_hub_are_found_in_the_cache_where_a_cards_path_leads_nowhere(hub, tmp_path):
    registry = tmp_path / "models.toml"
    add_from_hub(TINY, registry, None, ["solver"])
    card = replace(Registry.load(registry).get("tiny-q8_0"), path=str(tmp_path / "elsewhere.gguf"))
    asked = len(hub.asked)
    assert find_weights(card, tmp_path).read_bytes() == WEIGHTS.read_bytes()
    assert len(hub.asked) == asked


def test_missing_weights_of_a_hub_are_never_fetched_unasked(hub, tmp_path, card_of):
    card = replace(card_of(tmp_path / "absent.gguf"), source=str(TINY))
    with pytest.raises(ModelError, match=r"missing.*cgr-nb models fetch absent"):
        find_weights(card, tmp_path)
    assert hub.asked == []


def test_weights_are_fetched_to_where_the_card_says(hub, tmp_path, card_of):
    card = replace(card_of(tmp_path / "deep" / "x.gguf"), source=str(TINY))
    fetch_weights(card, tmp_path)
    assert find_weights(card, tmp_path).read_bytes() == WEIGHTS.read_bytes()


def test_weights_that_are_not_the_cards_are_not_fetched(hub, tmp_path, card_of):
    card = replace(card_of(tmp_path / "x.gguf"), source=str(TINY), sha256="0" * 64)
    with pytest.raises(DownloadError, match="the hub has a different file under this name"):
        fetch_weights(card, tmp_path)


def test_weights_of_no_hub_can_not_be_fetched(tmp_path, card_of):
    with pytest.raises(ModelError, match=r"not a hub file.*download it manually"):
        fetch_weights(card_of(tmp_path / "x.gguf"), tmp_path)


# --- of a server ----------------------------------------------------------------------------


def test_a_servers_only_model_becomes_a_card_that_answers(tmp_path):
    with running_endpoint() as endpoint:
        registry = tmp_path / "models.toml"
        add_endpoint(registry, "far", ["generator"], {"base_url": endpoint.url}, 8192)
        card = Registry.load(registry).get("far")
        assert (card.backend, card.options["model"], card.context_tokens) == ("openai", "m", 8192)
        assert check_model(card).problem is None


def test_a_model_that_a_server_does_not_serve_is_refused(tmp_path):
    with running_endpoint() as endpoint:
        options = {"base_url": endpoint.url, "model": "other"}
        with pytest.raises(ModelError, match=r"serves no such model.*choose one of m"):
            add_endpoint(tmp_path / "models.toml", None, ["solver"], options, 4096)
    assert not (tmp_path / "models.toml").exists()


def test_several_servers_of_one_model_are_one_card_and_each_has_to_serve_it(tmp_path):
    registry = tmp_path / "models.toml"
    with running_endpoint() as one, running_endpoint() as two:
        words = ("models", "add", one.url, "--replica", two.url, "--registry", str(registry))
        done = CliRunner().invoke(cli, [*words, "--json"], catch_exceptions=False)
        card = Registry.load(registry).get("m")
        assert addresses_of(card) == (one.url, two.url)
        assert json.loads(done.stdout)["source"] == f"{one.url} {two.url}"
        two.listed = Act(body={"object": "list", "data": [{"id": "n", "object": "model"}]})
        options = {"base_url": [one.url, two.url], "model": "m"}
        with pytest.raises(ModelError, match=r"does not serve 'm', which http.* serves.*got n"):
            add_endpoint(registry, "far", ["solver"], options, 4096)


# --- from a terminal ------------------------------------------------------------------------


def cgr_nb(*arguments, cwd):
    return subprocess.run(
        [sys.executable, "-m", "cgr_nb.cli", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
    )


def test_add_fetch_and_check_from_a_terminal(hub, hub_cache, tmp_path):
    added = cgr_nb(
        *("models", "add", TINY, "--name", "far", "--into", "models", "--json"), cwd=tmp_path
    )
    assert added.returncode == 0, added.stderr
    assert json.loads(added.stdout)["source"].startswith("hf:some/model-GGUF@")
    (tmp_path / "models" / "tiny-q8_0.gguf").unlink()
    shutil.rmtree(hub_cache)
    checked = cgr_nb("models", "check", "far", "--registry", "models.toml", cwd=tmp_path)
    assert checked.returncode == 1
    assert "cgr-nb models fetch far" in checked.stdout
    fetched = cgr_nb("models", "fetch", "far", "--registry", "models.toml", "--json", cwd=tmp_path)
    assert json.loads(fetched.stdout)["far"]["bytes"] == WEIGHTS.stat().st_size
    checked = cgr_nb("models", "check", "far", "--registry", "models.toml", "--json", cwd=tmp_path)
    assert json.loads(checked.stdout)["far"]["problem"] is None


def test_what_was_fetched_once_is_added_offline_from_a_terminal(hub, tmp_path, monkeypatch):
    assert cgr_nb("models", "fetch", TINY, cwd=tmp_path).returncode == 0
    asked = len(hub.asked)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    added = cgr_nb("models", "add", TINY, "--json", cwd=tmp_path)
    assert added.returncode == 0, added.stderr
    assert json.loads(added.stdout)["source"] == f"hf:some/model-GGUF@{COMMIT}/tiny-q8_0.gguf"
    assert len(hub.asked) == asked


def test_a_file_that_is_not_there_is_a_mistake_of_the_call(tmp_path):
    result = cgr_nb("models", "add", "nothing.gguf", cwd=tmp_path)
    assert result.returncode == 2
    assert "there is no file 'nothing.gguf'" in result.stderr


def test_the_registry_of_the_current_folder_is_read_without_being_named(
    mine, tmp_path, monkeypatch
):
    from click.testing import CliRunner

    from cgr_nb.cli import cli

    def names() -> list[str]:
        said = CliRunner().invoke(cli, ["models", "list", "--json"])
        assert said.exit_code == 0, said.output
        return [card["name"] for card in json.loads(said.stdout)]

    monkeypatch.chdir(tmp_path)
    assert "mine" not in names()
    add_to_registry(mine, tmp_path / "models.toml", "mine", ("solver",))
    assert "mine" in names()
    (tmp_path / "models.toml").rename(tmp_path / "other.toml")
    assert "mine" not in names()
