"""Files from a hub: whole, checked, of the shared cache; every refusal with what to do about it."""

from __future__ import annotations

import hashlib

import pytest
from loopback_hub import COMMIT, running_hub

from cgr_nb.hub import DownloadError, HubFile, fetch, fetch_weights_of

CONTENT = bytes(range(256)) * 40
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def cache(hub_cache):
    return hub_cache


@pytest.fixture
def hub(monkeypatch, cache):
    monkeypatch.delenv("HF_TOKEN", raising=False)
    with running_hub() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        hub.files["some/model/weights/a.gguf"] = CONTENT
        yield hub


FILE = HubFile("some/model", "weights/a.gguf")


@pytest.mark.parametrize(
    "text",
    [
        "hf:some/model/a.gguf",
        "hf:some/model@v1.0/deep/folder/a.gguf",
        "hf:datasets/allenai/openbookqa/main/test-00000-of-00001.parquet",
        "hf:datasets/some/set@0123abc/all.jsonl",
    ],
)
def test_a_name_is_read_and_written_the_same(text):
    assert str(HubFile.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["some/model/a.gguf", "hf:model/a", "hf:some/model", "hf:a/b/../../c", "hf:a/b/ c"]
)
def test_what_is_no_name_is_refused(text):
    with pytest.raises(DownloadError, match="write hf:OWNER/NAME/FILE"):
        HubFile.parse(text)


def test_a_file_arrives_whole_with_its_hash_and_commit(hub, tmp_path):
    got = fetch(FILE, tmp_path / "new" / "a.gguf")
    assert got.path.read_bytes() == CONTENT
    assert (got.sha256, got.size) == (SHA256, len(CONTENT))
    assert got.source == f"hf:some/model@{COMMIT}/weights/a.gguf"
    assert [path.name for path in got.path.parent.iterdir()] == ["a.gguf"]


def test_a_dataset_file_comes_from_the_datasets(hub, tmp_path):
    hub.files["datasets/some/set/all.jsonl"] = b"{}\n"
    got = fetch(HubFile("some/set", "all.jsonl", "dataset"), tmp_path / "all.jsonl")
    assert got.path.read_bytes() == b"{}\n"


def test_a_file_that_is_there_is_not_fetched_again(hub, tmp_path):
    fetch(FILE, tmp_path / "a.gguf")
    before = hub.sent
    assert fetch(FILE, tmp_path / "a.gguf").sha256 == SHA256
    assert hub.sent == before


def test_another_file_in_its_place_is_never_overwritten(hub, tmp_path):
    (tmp_path / "a.gguf").write_bytes(b"mine")
    with pytest.raises(DownloadError, match="a different file already exists there"):
        fetch(FILE, tmp_path / "a.gguf")
    assert (tmp_path / "a.gguf").read_bytes() == b"mine"


def test_a_broken_connection_is_gone_on_with(hub, tmp_path, monkeypatch):
    # Its own is 10 MB: of a piece that has not come whole nothing is kept.
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 1000)
    hub.breaks["some/model/weights/a.gguf"] = [6000]
    assert fetch(FILE, tmp_path / "a.gguf").path.read_bytes() == CONTENT
    assert hub.sent == len(CONTENT)
    assert [span for _, _, span in hub.asked][-1] == "bytes=6000-"


def test_a_file_of_the_cache_that_all_tools_share_is_not_fetched_again(hub, cache, tmp_path):
    from huggingface_hub import hf_hub_download

    theirs = hf_hub_download("some/model", "weights/a.gguf", endpoint=hub.endpoint)
    before = hub.sent
    got = fetch(FILE)
    assert str(got.path) == theirs
    assert got.source == f"hf:some/model@{COMMIT}/weights/a.gguf"
    assert hub.sent == before


def test_weights_in_a_place_of_their_own_take_no_room_twice(hub, tmp_path):
    cached = fetch(FILE).path
    placed = fetch(FILE, tmp_path / "a.gguf").path
    assert placed.samefile(cached.resolve())
    assert not placed.is_symlink()


def test_item_files_in_a_place_of_their_own_can_be_changed_without_changing_the_cache(
    hub, tmp_path
):
    hub.files["datasets/some/set/all.jsonl"] = b"{}\n"
    file = HubFile("some/set", "all.jsonl", "dataset")
    fetch(file, tmp_path / "all.jsonl").path.write_bytes(b"mine")
    assert fetch(file).path.read_bytes() == b"{}\n"


@pytest.fixture
def offline(hub, monkeypatch):
    """Call it, and the hub's client asks nobody any more, as HF_HUB_OFFLINE has it."""

    def switch() -> None:
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)

    return switch


@pytest.mark.parametrize("revision", [None, "main", COMMIT])
def test_what_lies_in_the_cache_needs_no_hub(hub, offline, tmp_path, revision):
    fetch(FILE.at(revision))
    asked = len(hub.asked)
    offline()
    assert fetch(FILE.at(revision)).sha256 == SHA256
    assert fetch(FILE.at(revision), tmp_path / "a.gguf").path.read_bytes() == CONTENT
    assert len(hub.asked) == asked


@pytest.mark.parametrize("sha256", [None, SHA256])
def test_what_lies_in_its_place_needs_no_hub(hub, offline, tmp_path, sha256):
    (tmp_path / "a.gguf").write_bytes(CONTENT)
    offline()
    assert fetch(FILE, tmp_path / "a.gguf", sha256).sha256 == SHA256
    assert hub.asked == []


def test_another_file_in_the_place_is_told_from_the_cached_one_offline(hub, offline, tmp_path):
    fetch(FILE)
    (tmp_path / "a.gguf").write_bytes(b"mine")
    offline()
    with pytest.raises(DownloadError, match="a different file already exists there"):
        fetch(FILE, tmp_path / "a.gguf")


def test_what_lies_nowhere_is_said_offline_in_one_line(hub, offline, tmp_path):
    offline()
    with pytest.raises(DownloadError, match="can't be reached") as caught:
        fetch(FILE, tmp_path / "a.gguf")
    assert len(str(caught.value).splitlines()) == 1
    assert hub.asked == []


def test_a_hub_that_is_down_does_not_hide_what_lies_in_the_cache(hub, tmp_path, monkeypatch):
    fetch(FILE)
    with running_hub() as other:
        pass
    monkeypatch.setenv("HF_ENDPOINT", other.endpoint)
    assert fetch(FILE, tmp_path / "a.gguf").sha256 == SHA256


def test_a_token_that_holds_no_more_does_not_hide_what_lies_in_the_cache(hub, tmp_path):
    fetch(FILE)
    hub.gated.add("some/model")
    assert fetch(FILE, tmp_path / "a.gguf").sha256 == SHA256


def test_a_damaged_file_of_the_cache_is_thrown_away_and_fetched_again(hub):
    blob = fetch(FILE).path.resolve()
    blob.write_bytes(CONTENT[::-1])
    with pytest.raises(DownloadError, match="it was discarded"):
        fetch(FILE)
    assert fetch(FILE).path.read_bytes() == CONTENT


def test_the_parts_of_split_weights_come_together(hub, tmp_path):
    hub.files["some/model/w-00001-of-00002.gguf"] = b"one"
    hub.files["some/model/w-00002-of-00002.gguf"] = b"two"
    got = fetch_weights_of(HubFile("some/model", "w-00002-of-00002.gguf"))
    assert got.path.name == "w-00001-of-00002.gguf"
    assert (got.sha256, got.size) == (hashlib.sha256(b"onetwo").hexdigest(), 6)
    placed = fetch_weights_of(
        HubFile("some/model", "w-00001-of-00002.gguf"), tmp_path / "x" / "w-00001-of-00002.gguf"
    )
    assert sorted(path.name for path in placed.path.parent.iterdir()) == [
        "w-00001-of-00002.gguf",
        "w-00002-of-00002.gguf",
    ]


@pytest.mark.parametrize("plain", [False, True])
def test_content_that_is_not_what_its_hash_says_is_thrown_away(hub, tmp_path, plain):
    if plain:
        hub.plain.add("some/model/weights/a.gguf")
    hub.lies["some/model/weights/a.gguf"] = CONTENT[::-1]
    with pytest.raises(DownloadError, match="the download is not the requested file"):
        fetch(FILE, tmp_path / "a.gguf")
    assert list(tmp_path.iterdir()) == []


def test_a_small_file_is_held_against_gits_hash(hub, tmp_path):
    hub.plain.add("some/model/weights/a.gguf")
    assert fetch(FILE, tmp_path / "a.gguf").sha256 == SHA256


def test_the_hash_that_is_wanted_is_held_against_the_hubs_before_anything_comes(hub, tmp_path):
    with pytest.raises(DownloadError, match="the hub has a different file under this name"):
        fetch(FILE, tmp_path / "a.gguf", "0" * 64)
    assert hub.sent == 0


def test_a_wanted_hash_holds_where_the_hub_tells_only_gits(hub, tmp_path):
    hub.plain.add("some/model/weights/a.gguf")
    with pytest.raises(DownloadError, match="the download is not the requested file"):
        fetch(FILE, tmp_path / "a.gguf", "0" * 64)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (HubFile("some/model", "b.gguf"), "has no such file.*HTTP 404.*tree/main"),
        (HubFile("some/model", "a", revision="v9"), "has no such revision"),
        (HubFile("no/where", "a.gguf"), "no such repository, or it is private.*HF_TOKEN"),
    ],
)
def test_what_is_not_there_is_said_in_one_line(hub, tmp_path, file, message):
    with pytest.raises(DownloadError, match=message) as caught:
        fetch(file, tmp_path / "x")
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("repository", ["a--b/c", "a..b/c", "-a/b", "a/b.git", "a/" + "b" * 200])
def test_a_name_that_no_hub_has_is_one_line(hub, tmp_path, repository):
    with pytest.raises(DownloadError) as caught:
        fetch(HubFile.parse(f"hf:{repository}/f.gguf"), tmp_path / "x")
    assert len(str(caught.value).splitlines()) == 1


def test_a_gated_file_says_where_its_terms_are(hub, tmp_path):
    hub.gated.add("some/model")
    with pytest.raises(
        DownloadError, match=r"gated.*accept them on https://huggingface.co/some/model"
    ):
        fetch(FILE, tmp_path / "a.gguf")


def test_a_token_opens_what_is_gated(hub, tmp_path, monkeypatch):
    hub.gated.add("some/model")
    monkeypatch.setenv("HF_TOKEN", "good")
    assert fetch(FILE, tmp_path / "a.gguf").size == len(CONTENT)


def test_a_refused_token_is_in_no_message(hub, tmp_path, monkeypatch):
    hub.gated.add("some/model")
    monkeypatch.setenv("HF_TOKEN", "hf_verysecret")
    with pytest.raises(DownloadError) as caught:
        fetch(FILE, tmp_path / "a.gguf")
    assert "verysecret" not in str(caught.value) + repr(caught.value.__dict__)


def test_no_hub_at_all_is_one_line(monkeypatch, cache, tmp_path):
    with running_hub() as hub:
        pass
    monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
    with pytest.raises(DownloadError, match=r"can't be reached.*try again"):
        fetch(FILE, tmp_path / "a.gguf")


def test_a_bar_is_drawn_only_when_asked_for(hub, tmp_path, capsys, monkeypatch):
    # The client's own way to have bars where there is no terminal.
    monkeypatch.setenv("TQDM_POSITION", "-1")
    fetch(FILE, tmp_path / "a.gguf")
    assert capsys.readouterr().err == ""
    hub.files["some/model/b.gguf"] = CONTENT[1:]
    fetch(HubFile("some/model", "b.gguf"), show=True)
    assert "b.gguf" in capsys.readouterr().err
