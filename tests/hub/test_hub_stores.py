"""Models of other tools' stores: found by their manifests and folders, hostile ones passed over."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cgr_nb.errors import CgrError
from cgr_nb.hub import DownloadError, find_weight_files, locate

WEIGHTS = b"GGUF and so on"
SHA256 = hashlib.sha256(WEIGHTS).hexdigest()
MODEL = "application/vnd.ollama.image.model"


def layer(kind=MODEL, digest=f"sha256:{SHA256}"):
    return {"mediaType": kind, "digest": digest, "size": 1}


def ollama(store, path, layers, blob="sha256-{}"):
    """Write a manifest, and the blob of the weights."""
    manifest = store / "manifests" / path
    manifest.parent.mkdir(parents=True, exist_ok=True)
    text = layers if isinstance(layers, bytes) else json.dumps({"layers": layers}).encode()
    manifest.write_bytes(text)
    (store / "blobs").mkdir(exist_ok=True)
    (store / "blobs" / blob.format(SHA256)).write_bytes(WEIGHTS)


@pytest.fixture
def store(home):
    return home / ".ollama" / "models"


# --- Ollama ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("registry.ollama.ai/library/llama3.2/1b", "ollama:llama3.2:1b"),
        ("registry.ollama.ai/library/llama3.2/latest", "ollama:llama3.2:latest"),
        ("registry.ollama.ai/me/mine/q4", "ollama:me/mine:q4"),
        ("hf.co/some/model-GGUF/Q4_K_M", "ollama:hf.co/some/model-GGUF:Q4_K_M"),
    ],
)
def test_a_model_is_found_by_the_name_that_ollama_gives_it(store, path, source):
    ollama(store, path, [layer("application/vnd.ollama.image.license"), layer()])
    found = locate(source)
    assert (found.path.read_bytes(), found.sha256, found.source) == (WEIGHTS, SHA256, source)
    assert locate(source.removesuffix(":latest")).path == found.path


def test_a_blob_of_the_older_form_is_found(store):
    ollama(store, "registry.ollama.ai/library/m/latest", [layer()], blob="sha256:{}")
    assert locate("ollama:m").path.read_bytes() == WEIGHTS


def test_the_store_that_the_environment_names_comes_first(store, tmp_path, monkeypatch):
    ollama(store, "registry.ollama.ai/library/m/latest", [layer()])
    ollama(tmp_path / "mine", "registry.ollama.ai/library/m/latest", [layer()])
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "mine"))
    assert locate("ollama:m").path.is_relative_to(tmp_path / "mine")


def test_a_model_that_is_not_there_says_where_was_looked(store):
    ollama(store, "registry.ollama.ai/library/m/latest", [layer()])
    with pytest.raises(DownloadError, match=r"no such model here; see `ollama list`; looked in"):
        locate("ollama:other")


@pytest.mark.parametrize(
    ("layers", "why"),
    [
        ([], "0 layers of weights"),
        ([layer(), layer()], "2 layers of weights"),
        ([layer(), layer("application/vnd.ollama.image.adapter")], "adapter"),
        ([layer(digest="sha256:../../../etc/passwd")], "no SHA-256"),
        ([layer(digest=f"sha256:{SHA256}/../x")], "no SHA-256"),
        ([layer(digest="sha256:" + "0" * 64)], "its weights are not there"),
        ([layer(digest=7)], "'digest' is no text"),
        ([{"digest": "x"}], "'mediaType' is no text"),
        (["x"], "no table"),
        (b"{", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "no JSON object"),
        (b'{"layers": 3}', "names no layers"),
        (b'{"layers": [' + b"{}," * 200 + b"{}]}", "names no layers"),
        (b" " * (2 << 20) + b"{}", "more than"),
        (b"\xff\xfe", "no JSON"),
    ],
)
def test_a_manifest_that_makes_no_sense_is_one_line_and_hides_no_other(store, layers, why):
    ollama(store, "registry.ollama.ai/library/bad/latest", layers)
    ollama(store, "registry.ollama.ai/library/good/latest", [layer()])
    with pytest.raises(DownloadError, match=why) as caught:
        locate("ollama:bad")
    assert len(str(caught.value).splitlines()) == 1
    found = find_weight_files(store / "blobs")
    assert [one.weights.source for one in found.files if "ollama" in one.weights.source] == [
        "ollama:good:latest"
    ]
    assert why in " ".join(found.notes)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=20)
    | st.sampled_from([MODEL, SHA256]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["layers", "mediaType", "digest", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=JSON, damage=st.binary(max_size=3))
def test_any_manifest_is_read_or_refused(store, value, damage):
    manifest = store / "manifests/registry.ollama.ai/library/m/latest"
    manifest.parent.mkdir(parents=True, exist_ok=True)
    manifest.write_bytes(json.dumps(value).encode() + damage)
    with contextlib.suppress(DownloadError):
        locate("ollama:m")


@pytest.mark.parametrize(
    "source",
    ["ollama:", "ollama:../x", "ollama:a/b/c/d:e", "ollama:a:b:c", "ollama:a b", "ollama:a\n"],
)
def test_what_is_no_name_of_ollamas_is_refused(store, source):
    with pytest.raises(DownloadError, match="not the name of a model of Ollama"):
        locate(source)


def test_a_manifest_that_is_a_pipe_is_not_waited_for(store):
    ollama(store, "registry.ollama.ai/library/m/latest", [layer()])
    manifest = store / "manifests/registry.ollama.ai/library/m/latest"
    manifest.unlink()
    os.mkfifo(manifest)
    with pytest.raises(DownloadError):
        locate("ollama:m")
    assert "ollama" not in " ".join(
        one.weights.source for one in find_weight_files(store / "blobs").files
    )


# --- LM Studio ------------------------------------------------------------------------------


@pytest.fixture(params=[".lmstudio", ".cache/lm-studio"])
def lmstudio(request, home):
    folder = home / request.param / "models"
    folder.mkdir(parents=True)
    return folder


def put(store, path, data=WEIGHTS):
    place = store / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)


def test_a_model_of_lm_studio_is_found_by_publisher_and_name(lmstudio):
    put(lmstudio, "pub/model-GGUF/m-Q4.gguf")
    put(lmstudio, "pub/model-GGUF-2/m-Q4.gguf")
    found = locate("lmstudio:pub/model-GGUF")
    assert found.source == "lmstudio:pub/model-GGUF/m-Q4.gguf"
    assert locate(found.source).path == found.path


def test_of_several_files_of_lm_studio_one_must_be_named(lmstudio):
    for name in ("a.gguf", "b.gguf", "mmproj-x.gguf"):
        put(lmstudio, f"pub/m/{name}")
    with pytest.raises(DownloadError, match=r"several files.*a\.gguf, b\.gguf"):
        locate("lmstudio:pub/m")
    assert locate("lmstudio:pub/m/b.gguf").path.name == "b.gguf"


def test_a_projector_of_lm_studio_does_not_make_a_model_several(lmstudio):
    put(lmstudio, "pub/m/a.gguf")
    put(lmstudio, "pub/m/mmproj-a.gguf")
    assert locate("lmstudio:pub/m").path.name == "a.gguf"


def test_split_weights_of_lm_studio_are_one_model(lmstudio):
    for n in (1, 2):
        put(lmstudio, f"pub/m/a-0000{n}-of-00002.gguf")
    assert locate("lmstudio:pub/m").path.name == "a-00001-of-00002.gguf"
    (lmstudio / "pub/m/a-00002-of-00002.gguf").unlink()
    with pytest.raises(CgrError, match="missing"):
        locate("lmstudio:pub/m")


def test_another_home_of_lm_studio_is_found_by_its_pointer(home, tmp_path):
    (home / ".lmstudio-home-pointer").write_text(f"{tmp_path}\n")
    put(tmp_path / "models", "pub/m/a.gguf")
    assert locate("lmstudio:pub/m").path.is_relative_to(tmp_path)


@pytest.mark.parametrize("pointer", [b"\0", b"\xff", b"", b"x" * 10_000, b"relative"])
def test_a_pointer_that_leads_nowhere_is_passed_over(home, pointer):
    (home / ".lmstudio-home-pointer").write_bytes(pointer)
    with pytest.raises(DownloadError, match="has no such model here"):
        locate("lmstudio:pub/m")


@pytest.mark.parametrize(
    "source", ["lmstudio:m", "lmstudio:../m", "lmstudio:a/../b", "lmstudio:a/b\n/c"]
)
def test_what_is_no_name_of_lm_studios_is_refused(home, source):
    with pytest.raises(DownloadError, match="not the name of a model of LM Studio"):
        locate(source)
