"""A file is there whole or not at all."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from cgr_nb.util.atomic_write import replacing, write_text


def test_a_text_is_written_with_its_own_line_ends_into_a_folder_that_is_made(tmp_path: Path):
    path = tmp_path / "new" / "a.txt"
    write_text(path, "ü\r\n\n")
    assert path.read_bytes() == "ü\r\n\n".encode()
    assert [one.name for one in path.parent.iterdir()] == ["a.txt"]


def test_what_fails_half_way_leaves_the_old_file_and_nothing_else(tmp_path: Path):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail() -> None:
        with replacing(path) as unfinished:
            unfinished.write_text("ne")
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_text_that_no_file_can_hold_leaves_the_old_one(tmp_path: Path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_text(path, "\ud800")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_nobody_sees_the_new_file_before_it_is_whole(tmp_path: Path):
    path = tmp_path / "a.txt"
    with replacing(path) as unfinished:
        unfinished.write_text("half")
        assert not path.exists()
    assert path.read_text() == "half"


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666])
def test_a_file_that_is_replaced_hands_on_its_permissions(tmp_path: Path, mode: int):
    path = tmp_path / "a.txt"
    path.touch()
    path.chmod(mode)
    write_text(path, "new")
    assert path.stat().st_mode & 0o777 == mode


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_a_new_file_has_the_permissions_of_any_other(tmp_path: Path):
    (tmp_path / "other.txt").touch()
    write_text(tmp_path / "a.txt", "new")
    assert (tmp_path / "a.txt").stat().st_mode == (tmp_path / "other.txt").stat().st_mode


def test_through_a_symbolic_link_the_file_behind_it_is_replaced(tmp_path: Path):
    (tmp_path / "real").mkdir()
    behind, link = tmp_path / "real" / "a.txt", tmp_path / "link.txt"
    behind.write_text("old")
    link.symlink_to(behind)
    write_text(link, "new")
    assert link.is_symlink()
    assert behind.read_text() == "new"


def test_a_name_of_the_longest_length_can_be_written(tmp_path: Path):
    path = tmp_path / ("a" * 255)
    write_text(path, "new")
    assert path.read_text() == "new"


def test_of_many_writers_at_once_one_is_there_whole(tmp_path: Path):
    path = tmp_path / "a.txt"
    texts = [str(number) * 100_000 for number in range(8)]
    threads = [threading.Thread(target=write_text, args=(path, text)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_text() in texts
    assert list(tmp_path.iterdir()) == [path]
