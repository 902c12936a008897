"""`compare`: studies, arms, solvers and generators held against each other, with and without a panel."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from small_study import items, open_copy

from cgr_nb import Study, compare
from cgr_nb.analysis.frame import annotate
from cgr_nb.cli import cli
from cgr_nb.errors import CgrError


@pytest.fixture
def changed(study_folder, tmp_path):
    """The same study with another temperature, without its rows of one solver and of two items."""
    with open_copy(study_folder, tmp_path / "changed") as study:
        gone = {item.id for item in items()[:2]}
        left = study.rows()
        left = left[(left["solver"] == "scripted-a") & ~left["item_id"].isin(gone)]
        expected = study.store.expected()
        study.store.set_expected((id, expected[id]) for id in left["id"])
        path = study.folder / "study.toml"
        text = path.read_text("utf-8").replace('name = "small"', 'name = "changed"')
        path.write_text(text.replace("cpu_s = 2", "cpu_s = 3"), "utf-8")
        yield study


def test_within_one_study_direct_is_held_against_assisted(study):
    found = compare(study)
    rows = annotate(study.rows())
    rows = rows[rows["gold_letters"] != ""]
    assert (found.a.arm, found.b.arm) == ("direct", "cgr")
    assert found.rows == len(rows)
    gains = rows["assisted_correct"] & ~rows["direct_correct"]
    assert found.flips["gain"] == int(gains.sum())
    assert set(found.pairs.loc[found.pairs["flip"] == "gain", "row_id_a"]) == set(rows["id"][gains])


def test_two_solvers_of_one_study_are_paired_by_item(study):
    found = compare(study, arm="direct", solver="scripted-a", solver_b="scripted-b")
    assert (found.a.label, found.b.label) == ("scripted-a", "scripted-b")
    assert found.items == found.rows == 14
    assert (found.pairs["item_id"].value_counts() == 1).all()
    assert found.pairs["solver"].unique().tolist() == ["scripted-a → scripted-b"]


def test_two_studies_pair_and_tell_what_they_set_otherwise(study, changed):
    found = compare(study, changed, arm="direct", solver="scripted-a")
    assert (found.a.label, found.b.label) == ("small", "changed")
    assert ("limits.cpu_s", "2", "3") in found.settings or ("limits.cpu_s", "2.0", "3.0") in (
        found.settings
    )
    assert found.not_paired["a"] == {"item": 2, "model": 0}
    assert found.flips["gain"] == found.flips["loss"] == 0
    assert found.same_letter == found.rows == 12


def test_folders_do_as_well_as_open_studies(study, study_folder):
    assert repr(compare(study_folder)) == repr(compare(study))


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"arm": "dirct"}, "did you mean 'direct'"),
        ({"arm": "direct", "solver": "scripted-c"}, "did you mean 'scripted-"),
        ({"arm": "direct"}, "both sides are identical"),
        ({"generator": "nobody"}, "there are writer"),
    ],
)
def test_what_is_unknown_or_the_same_is_refused_with_a_way_out(study, named, said):
    with pytest.raises(CgrError, match=said):
        compare(study, **named)


def test_a_study_without_answers_says_so(study, tmp_path):
    from cgr_nb.store import Store

    Store.create(tmp_path).close()
    with pytest.raises(CgrError, match="run the study first"):
        compare(study, tmp_path)


def test_it_prints_in_a_few_lines_and_as_a_table_in_a_notebook(study):
    found = compare(study)
    lines = repr(found).splitlines()
    assert len(lines) < 12
    assert max(map(len, lines)) < 150
    assert f"{found.flips['gain']} rows correct only in B" in repr(found)
    assert "<table" in found._repr_html_()


def test_what_is_in_the_json_is_what_is_in_the_object(study, study_folder):
    said = CliRunner().invoke(cli, ["compare", str(study_folder), "--json"]).stdout
    found, told = compare(study), json.loads(said)
    assert told["difference_pp"] == found.difference_pp
    assert len(told["slices"]) == len(found.slices)
    assert len(told["pairs"]) == len(found.pairs)
    assert told["not_paired"] == found.not_paired


def test_the_command_prints_the_slices_and_writes_a_page(study_folder, changed, tmp_path):
    page = tmp_path / "two.html"
    words = ["compare", str(study_folder), str(changed.folder), "--arm", "direct", "-o", str(page)]
    said = CliRunner().invoke(cli, words).stdout
    assert "Holm-adjusted over the same" in said
    assert "Unpaired answers of A: 4 (B has no answer to the item)" in said
    assert "Unpaired answers of A: 13 (B answered the item only with other" in said
    assert said.splitlines()[-1] == f"page: {page}"
    assert "Comparison · cgr-nb" in page.read_text("utf-8")


def test_a_comparison_writes_to_neither_study(study_folder):
    with Study.open(study_folder) as opened:
        before = opened.store.provenance(), opened.store.counts(), opened.store.answers_ever()
        compare(opened)
        assert before == (
            opened.store.provenance(),
            opened.store.counts(),
            opened.store.answers_ever(),
        )
