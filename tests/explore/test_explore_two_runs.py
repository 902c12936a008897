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


def test_how_answers_ended_is_told_in_shares_of_each_side(study):
    found = compare(study)
    (line,) = [one for one in found.lines() if one.startswith("  statuses: ")]
    first, second = line.removeprefix("  statuses: A ").split("; B ")
    for told, side in ((first, "a"), (second, "b")):
        statuses = found.numbers[side].statuses
        (status, count), *others = statuses.items()
        assert told.startswith(f"{status} {count / found.rows:.1%}")
        assert sum(statuses.values()) == found.rows
        assert ("more" in told) == (len(others) >= 3)


def test_what_is_in_the_json_is_what_is_in_the_object(study, study_folder, changed):
    words = ["compare", str(study_folder), str(changed.folder), "--arm", "direct", "--json"]
    done = CliRunner().invoke(cli, words)
    told = json.loads(done.stdout)
    found = compare(study, changed, arm="direct")
    assert done.exit_code == 0
    assert told == json.loads(json.dumps({**found.to_dict(), "page": None}))
    # Beside what the object says of itself: its numbers from its own pairs.
    scored = [pair for pair in told["pairs"] if pair["flip"]]
    assert len(scored) == told["rows"] == found.rows > 0
    for name, count in told["flips"].items():
        assert sum(pair["flip"] == name for pair in scored) == count
    for side in "ab":
        right = [pair[f"correct_{side}"] for pair in scored]
        assert told["numbers"][side]["over_items"] == pytest.approx(sum(right) / len(right))
        ended = [pair[f"status_{side}"] for pair in scored]
        assert told["numbers"][side]["statuses"] == {name: ended.count(name) for name in set(ended)}
    assert {one["name"]: (one["a"], one["b"]) for one in told["settings"]}["limits.cpu_s"]
    counted = {side: sum(told["not_paired"][side].values()) for side in "ab"}
    assert counted == {
        side: sum(one["side"] == side for one in told["unpaired"]) for side in counted
    }
    assert told["a"]["folder"] != told["b"]["folder"]


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
