"""A study folder that goes away under a run: noticed, said, and nothing is written into the void."""

from __future__ import annotations

import random
import shutil
import time
from itertools import count

import pytest
from made_rows import rows_of as rows_in_store

from cgr_nb import Study
from cgr_nb.errors import StoreError
from cgr_nb.store import Store


def run(study_file, folder, rows, change):
    """Run into a folder, and change it once so many rows are done."""

    def on_progress(progress):
        if progress.done == rows:
            change(folder)

    Study.run(study_file, folder, progress=False, on_progress=on_progress).close()


def delete(folder):
    shutil.rmtree(folder)


def move(folder):
    folder.rename(folder.with_name("moved"))


def put_another_in_its_place(folder):
    other = folder.with_name("other")
    Store.create(other).close()
    move(folder)
    other.rename(folder)


def delete_the_file(folder):
    (folder / "study.sqlite").unlink()


def delete_the_log(folder):
    (folder / "study.sqlite-wal").unlink()


CHANGES = (delete, move, put_another_in_its_place, delete_the_file, delete_the_log)


@pytest.mark.parametrize("change", CHANGES)
def test_a_folder_that_goes_away_ends_the_run_with_what_happened(study_file, tmp_path, change):
    folder = tmp_path / "out"
    with pytest.raises(StoreError, match="deleted, moved or replaced") as caught:
        run(study_file, folder, 3, change)
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_that_was_deleted_is_not_made_again(study_file, tmp_path):
    with pytest.raises(StoreError):
        run(study_file, tmp_path / "out", 3, delete)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_was_moved_away_and_is_put_back_goes_on(study_file, tmp_path):
    folder = tmp_path / "out"
    with pytest.raises(StoreError):
        run(study_file, folder, 3, move)
    (tmp_path / "moved").rename(folder)
    with Study.run(study_file, folder, progress=False) as study:
        done = len(study.rows())
    Study.run(study_file, tmp_path / "whole", progress=False).close()
    with Store.open(tmp_path / "whole") as whole, Store.open(folder) as there:
        assert rows_in_store(there) == rows_in_store(whole)
        assert len(rows_in_store(whole)) == done


def test_a_folder_that_others_read_meanwhile_is_not_taken_for_another(study_file, tmp_path):
    folder = tmp_path / "out"

    def read(place):
        with Store.open(place) as store:
            rows_in_store(store)
        shutil.copy(place / "study.sqlite", tmp_path / "copy.sqlite")

    run(study_file, folder, 2, read)
    with Store.open(folder) as store:
        assert store.counts().done == store.counts().expected


def test_whenever_a_folder_goes_away_the_run_says_so_or_is_whole(
    study_file, tmp_path, fuzz_seconds
):
    draw, ends, said = random.Random(14), time.monotonic() + fuzz_seconds, 0
    for tried in count(1):
        folder = tmp_path / str(tried) / "out"
        change, rows = draw.choice(CHANGES), draw.randrange(8)
        try:
            run(study_file, folder, rows, change)
        except StoreError:
            said += 1
        else:
            pytest.fail(f"{change.__name__} after {rows} rows was not noticed")
        shutil.rmtree(folder.parent)
        if time.monotonic() > ends and tried > 3:
            break
    print(f"folders: {tried} taken away, {said} noticed")


@pytest.mark.parametrize("ends_in", ["add_prompt", "set_meta", "begin_run"])
def test_a_run_that_ends_while_it_says_what_it_is_of_has_said_nothing(
    study_file, tmp_path, monkeypatch, ends_in
):
    whole, folder = tmp_path / "whole", tmp_path / "out"
    Study.run(study_file, whole, progress=False).close()

    def interrupt(*said):
        raise RuntimeError("interrupted")

    with monkeypatch.context() as patch:
        patch.setattr(Store, ends_in, interrupt)
        with pytest.raises(RuntimeError, match="interrupted"):
            Study.run(study_file, folder, progress=False)
    with Store.open(folder) as store:
        assert (store.items(), store.models(), store.prompts(), store.provenance()) == ([],) * 4
        assert store.meta_keys() == ["schema"]
    Study.run(study_file, folder, progress=False).close()
    with Store.open(whole) as one, Store.open(folder) as other:
        assert rows_in_store(one) == rows_in_store(other)
        assert set(one.meta_keys()) == set(other.meta_keys())
        assert one.items() == other.items()
