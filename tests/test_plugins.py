"""Entry points of other packages are found, also of those that come and go while Python runs."""

from __future__ import annotations

import os
import shutil

import pytest

from cgr_nb.util.plugins import packages_at_rest, plugins

GROUP = "cgr_nb.test_plugins"


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder of packages."""
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def install(site, name, points):
    info = site / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Name: {name}\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{points}", encoding="utf-8")
    return info


def test_a_package_that_comes_later_is_found_and_one_that_goes_is_gone(site):
    assert dict(plugins(GROUP)) == {}
    first = install(site, "first", "later = json:dumps\nearly = json:loads\n")
    assert list(plugins(GROUP)) == ["early", "later"]
    assert plugins(GROUP)["early"].value == "json:loads"
    install(site, "second", "between = json:load\n")
    assert list(plugins(GROUP)) == ["between", "early", "later"]
    shutil.rmtree(first)
    assert list(plugins(GROUP)) == ["between"]


def test_a_folder_that_joins_or_leaves_the_path_counts(tmp_path):
    install(tmp_path, "third", "one = json:dumps\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(tmp_path))
        assert list(plugins(GROUP)) == ["one"]
    assert list(plugins(GROUP)) == []


def test_where_nothing_changed_nothing_is_read_again():
    assert plugins("cgr_nb.arms") is plugins("cgr_nb.arms")


def test_within_one_piece_of_work_packages_are_looked_at_once(site, monkeypatch):
    looked, original = [], os.stat

    def stat(path, **how):
        looked.append(path)
        return original(path, **how)

    monkeypatch.setattr(os, "stat", stat)

    @packages_at_rest()
    def names():
        first = list(plugins(GROUP))
        install(site, f"late{len(first)}", f"one{len(first)} = json:dumps\n")
        places = looked.count(str(site))
        with packages_at_rest():
            assert list(plugins(GROUP)) == first
        assert looked.count(str(site)) == places
        return first

    assert [names(), names(), list(plugins(GROUP))] == [[], ["one0"], ["one0", "one1"]]


def test_what_fails_while_packages_are_at_rest_leaves_nothing_behind(site):
    @packages_at_rest()
    def fail():
        raise LookupError

    with pytest.raises(LookupError):
        fail()
    install(site, "after", "one = json:dumps\n")
    assert list(plugins(GROUP)) == ["one"]
