"""Archives that are made to harm are refused before anything is unpacked."""

from __future__ import annotations

import stat
import struct
import zipfile

import pytest

from cgr_nb.bundle import PackageError
from cgr_nb.bundle.archive import ArchiveLimits, read_archive, write_archive
from cgr_nb.verify import verify_package


def plain(name: str, mode: int = stat.S_IFREG | 0o644) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.create_system, info.external_attr = 3, mode << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def made(path, *entries: tuple[zipfile.ZipInfo, bytes]):
    with zipfile.ZipFile(path, "w") as archive:
        for info, data in entries:
            archive.writestr(info, data)
    return path


def refusal(path) -> str:
    found = verify_package(path, isolation="limits")
    assert len(found.problems) == 1
    assert "refused" in found.problems[0].what
    return f"{found.problems[0].where}: {found.problems[0].what}"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../outside.txt", "a path out of the package"),
        ("prompts/../../outside.txt", "a path out of the package"),
        ("prompts\\..\\outside.txt", "a path out of the package"),
        ("/etc/outside", "an absolute path"),
        ("C:\\outside.txt", "an absolute path"),
        ("setup.py", "no file that a package has"),
        ("prompts/deep/er/direct@1.txt", "no file that a package has"),
        ("rows.jsonl\n", "no file that a package has"),
        ("rows.jsonl/", "no file that a package has"),
    ],
)
def test_a_name_that_is_not_of_a_package_is_refused(name, why, tmp_path):
    folder = tmp_path / "inner"
    folder.mkdir()
    path = made(folder / "p.zip", (plain(name), b"x"))
    assert why in refusal(path)
    assert sorted(tmp_path.rglob("*")) == [folder, path]


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("second", ["rows.jsonl", "README.md"])
def test_a_name_that_is_there_twice_is_refused(second, tmp_path):
    path = made(tmp_path / "p.zip", (plain(second), b"1"), (plain(second), b"2"))
    assert "appears twice" in refusal(path)


def test_a_symbolic_link_is_refused(tmp_path):
    path = made(tmp_path / "p.zip", (plain("rows.jsonl", stat.S_IFLNK | 0o777), b"/etc/passwd"))
    assert "symbolic link" in refusal(path)


def test_a_device_is_refused(tmp_path):
    path = made(tmp_path / "p.zip", (plain("rows.jsonl", stat.S_IFCHR | 0o644), b""))
    assert "not a plain file" in refusal(path)


def test_an_encrypted_member_is_refused(tmp_path):
    path = made(tmp_path / "p.zip", (plain("rows.jsonl"), b"x"))
    data = bytearray(path.read_bytes())
    directory = data.index(b"PK\x01\x02")
    data[6] |= 1
    data[directory + 8] |= 1
    path.write_bytes(data)
    assert "encrypted" in refusal(path)


def test_a_bomb_is_refused_by_its_ratio(tmp_path):
    path = made(tmp_path / "p.zip", (plain("rows.jsonl"), bytes(20_000_000)))
    assert "times its size" in refusal(path)


def test_a_bomb_that_lies_about_its_size_is_refused_without_unpacking_it(tmp_path):
    path = made(tmp_path / "p.zip", (plain("rows.jsonl"), bytes(20_000_000)))
    data = bytearray(path.read_bytes())
    directory = data.index(b"PK\x01\x02")
    for place in (22, directory + 24):
        data[place : place + 4] = struct.pack("<L", 1000)
    path.write_bytes(data)
    assert "not what the directory says" in refusal(path)


def test_too_much_in_all_is_refused(tmp_path):
    path = made(tmp_path / "p.zip", (plain("rows.jsonl"), bytes(900_000)))
    with pytest.raises(PackageError, match="unpacks to more than"):
        read_archive(path, ArchiveLimits(total_bytes=500_000))


def test_too_many_members_are_refused(tmp_path):
    entries = [(plain(f"prompts/tiny/p@{number}.txt"), b"x") for number in range(201)]
    assert "201 members" in refusal(made(tmp_path / "p.zip", *entries))


def test_another_compression_is_refused(tmp_path):
    info = plain("rows.jsonl")
    info.compress_type = zipfile.ZIP_STORED
    assert "another compression" in refusal(made(tmp_path / "p.zip", (info, b"x")))


@pytest.mark.parametrize("where", ["before", "behind"])
def test_bytes_around_the_archive_are_refused(where, package, tmp_path):
    data, path = package.read_bytes(), tmp_path / "p.zip"
    path.write_bytes(b"MZ" + data if where == "before" else data + b"more")
    refusal(path)


def test_something_else_is_refused(tmp_path):
    path = tmp_path / "p.zip"
    path.write_bytes(b"")
    assert "not a zip file" in refusal(path)


def test_no_file_at_all_is_an_error(tmp_path):
    with pytest.raises(PackageError, match="no package here"):
        verify_package(tmp_path / "none.zip")


def test_a_link_in_a_folder_is_refused(members, tmp_path):
    folder = write_archive(members, tmp_path / "package")
    (folder / "rows.jsonl").unlink()
    (folder / "rows.jsonl").symlink_to("/etc/passwd")
    assert "symbolic link" in refusal(folder)


def test_every_flipped_byte_of_an_archive_is_found(package, tmp_path):
    data, path = package.read_bytes(), tmp_path / "p.zip"
    # All of the last headers and the directory's end, and a sample of the rest.
    places = {
        *range(0, len(data), len(data) // 300),
        *range(60),
        *range(len(data) - 200, len(data)),
    }
    unseen = []
    for place in sorted(places):
        flipped = bytearray(data)
        flipped[place] ^= 0xFF
        path.write_bytes(flipped)
        try:
            read_archive(path)
        except PackageError:
            continue
        unseen.append(place)
    assert unseen == []


def test_an_export_never_makes_a_name_that_is_refused(tmp_path):
    with pytest.raises(PackageError, match="no such file"):
        write_archive({"../x": b""}, tmp_path / "p.zip")
