"""What this machine has: every place is looked through, in bounds, whatever lies there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from made_packages import install, package_files

from cgr_nb.hub import find_weight_files
from cgr_nb.hub.walking import Walk

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def put(place: Path, data: bytes | None = None) -> Path:
    """Write a file whose content is its own, so that no two are one."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(os.fsencode(place) if data is None else data)
    return place


def sources(folder, walk=None):
    found = find_weight_files(folder, walk).files
    return [one.weights.source for one in found if not one.weights.source.startswith("pip:cgr-nb")]


@pytest.fixture
def empty(home, tmp_path):
    return tmp_path


def test_every_place_is_looked_through(home, site, tmp_path):
    install(site, package_files("w-model", "1", {"w/a.gguf": b"a"}))
    blob = put(home / ".cache/huggingface/hub/models--own--na--me/blobs/x")
    link = home / f".cache/huggingface/hub/models--own--na--me/snapshots/{COMMIT}/d/b.gguf"
    link.parent.mkdir(parents=True)
    link.symlink_to(blob)
    put(home / ".lmstudio/models/pub/m/c.gguf")
    put(home / ".cache/llama.cpp/d.gguf")
    put(tmp_path / "deep/er/E.GGUF")
    assert [one for one in sources(tmp_path) if not one.startswith("pip:llm")] == [
        "pip:w-model==1",
        f"hf:own/na--me@{COMMIT}/d/b.gguf",
        "lmstudio:pub/m/c.gguf",
        str(home / ".cache/llama.cpp/d.gguf"),
        str(tmp_path / "deep/er/E.GGUF"),
    ]


@pytest.mark.parametrize(
    ("variable", "below"),
    [("HF_HUB_CACHE", ""), ("HF_HOME", "hub/"), ("XDG_CACHE_HOME", "huggingface/hub/")],
)
def test_the_hubs_cache_is_where_the_environment_says(home, tmp_path, monkeypatch, variable, below):
    monkeypatch.setenv(variable, str(tmp_path / "elsewhere"))
    put(tmp_path / "elsewhere" / f"{below}models--o--n/snapshots/{COMMIT}/b.gguf")
    assert f"hf:o/n@{COMMIT}/b.gguf" in sources(home)


def test_one_file_under_several_names_is_told_once_with_all_of_them(empty):
    first = put(empty / "a.gguf")
    os.link(first, empty / "b.gguf")
    (empty / "c.gguf").symlink_to(first)
    mine = [one for one in find_weight_files(empty).files if one.weights.path == first]
    assert mine[0].also == (str(empty / "b.gguf"), str(empty / "c.gguf"))


def test_of_split_weights_only_one_part_is_told(empty):
    for n in (1, 2, 3):
        put(empty / f"m-0000{n}-of-00003.gguf")
    assert str(empty / "m-00001-of-00003.gguf") in sources(empty)
    assert not [one for one in sources(empty) if "00002" in one]


def test_links_in_a_circle_end(empty):
    put(empty / "sub/a.gguf")
    (empty / "sub/round").symlink_to(empty)
    (empty / "loop.gguf").symlink_to(empty / "loop.gguf")
    (empty / "gone.gguf").symlink_to(empty / "nothing")
    assert [one for one in sources(empty) if one.startswith(str(empty))] == [
        str(empty / "sub/a.gguf")
    ]


def test_pipes_and_folders_with_the_name_of_weights_are_passed_over(empty):
    os.mkfifo(empty / "pipe.gguf")
    put(empty / "folder.gguf/inner.gguf")
    assert [one for one in sources(empty) if one.startswith(str(empty))] == [
        str(empty / "folder.gguf/inner.gguf")
    ]


def test_a_folder_that_can_not_be_read_is_noted_and_hides_no_other(empty, monkeypatch):
    put(empty / "a.gguf")
    put(empty / "closed/b.gguf")
    scandir = os.scandir

    def refusing(path):
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    # Root may read everything, so no folder of a test can refuse it.
    monkeypatch.setattr(os, "scandir", refusing)
    found = find_weight_files(empty)
    assert str(empty / "a.gguf") in [one.weights.source for one in found.files]
    assert f"{empty}: 1 folder could not be read" in found.notes


def test_only_so_deep_is_looked(empty):
    put(empty / "1/2/3/4/5/6/a.gguf")
    put(empty / "1/2/3/4/5/6/7/b.gguf")
    assert [Path(one).name for one in sources(empty) if one.startswith(str(empty))] == ["a.gguf"]


def test_a_huge_tree_is_looked_at_in_part_and_says_so(empty):
    put(empty / "near.gguf")
    for n in range(40):
        put(empty / f"many/{n:02}/f.txt")
    put(empty / "many/zz/far.gguf")
    walk = Walk(entries=30)
    found = [path.name for path in walk.weights(empty, depth=6)]
    assert found == ["near.gguf"]
    assert walk.notes == [f"{empty}: too much to look through; only a part of it was looked at"]


def test_one_huge_folder_is_cut_and_says_so(empty):
    for n in range(50):
        put(empty / f"{n:02}.txt")
    walk = Walk(entries=20)
    list(walk.files(empty, depth=1))
    assert "only a part of it" in walk.notes[0]


def test_time_that_is_up_ends_the_look(empty):
    for n in range(3):
        put(empty / f"{n}/a.gguf")
    ticks = iter(range(1000))
    walk = Walk(seconds=6, clock=lambda: float(next(ticks)))
    assert len(list(walk.weights(empty, depth=6))) < 3
    assert "only a part of it" in walk.notes[0]


def test_names_that_are_no_text_are_kept_as_they_are(empty):
    name = os.fsdecode(b"a\xff\x1b[2J.gguf")
    put(empty / name)
    assert str(empty / name) in sources(empty)


@pytest.mark.parametrize(
    "folder", ["models--only", "models--a--b--c d", "..--x--y", "models--o--n/blobs", "x" * 200]
)
def test_what_the_hubs_client_never_makes_is_passed_over(home, empty, folder):
    put(home / ".cache/huggingface/hub" / folder / "snapshots" / COMMIT / "a.gguf")
    assert not [one for one in sources(empty) if one.startswith("hf:")]
