"""Items asked in several orders of their options: ids, pairing, clusters, and the check of bias."""

from __future__ import annotations

import pytest
from scripted_orders import write_orders_study

from cgr_nb import Study
from cgr_nb.errors import ConfigError
from cgr_nb.items import base_id
from cgr_nb.study import StudyConfig
from cgr_nb.study.units import resolve_inputs


@pytest.fixture
def study_file(tmp_path):
    return write_orders_study(tmp_path)


@pytest.fixture
def ran(study_file):
    with Study.run(study_file, progress=False) as study:
        yield study


def test_each_item_is_asked_in_its_own_order_and_in_another(ran):
    rows = ran.rows()
    copies = rows[rows["item_id"] != rows["base_id"]]
    assert len(rows) == 10
    assert len(copies) == 4
    originals = rows.set_index("item_id").loc[copies["base_id"]]
    assert list(originals["question"]) == list(copies["question"])
    # No text keeps its letter, and gold goes with its text.
    assert all(
        a != b for order in copies["base_options"] for a, b in zip(order, "ABC", strict=True)
    )
    assert [order["ABC".index(gold)] for order, (gold,) in zip(
        copies["base_options"], copies["gold"], strict=True
    )] == ["A"] * 4  # fmt: skip
    assert set(rows.loc[rows["question"] == "Which?", "base_options"]) == {"ABC"}


def test_the_items_themselves_keep_their_ids_and_rows(ran, study_file):
    config = StudyConfig.load(study_file)
    alone = StudyConfig.from_dict(
        {
            "items": {"files": ["items.jsonl"]},
            "models": {
                "registry": "registry.toml",
                "solvers": ["script-solver"],
                "generators": ["script-generator"],
            },
        },
        base=study_file.parent,
    )
    several, once = resolve_inputs(config), resolve_inputs(alone)
    assert [item for item in several.items if base_id(item) == item.id] == list(once.items)
    rows = {unit.row_id for unit in several.units()}
    assert {unit.row_id for unit in once.units()} < rows
    assert resolve_inputs(config).items == several.items
    assert any("2 of 6 items are asked in one order" in line for line in several.remarks())


def test_an_item_counts_once_and_its_orders_stand_or_fall_together(ran):
    summary = ran.summary(resamples=200)
    [pair] = summary.pairs.to_dict("records")
    assert (pair["n"], pair["items"]) == (9, 5)
    # C is right in one of two orders of some items, by luck of the seed; half an item each.
    rows = ran.rows()
    kept = rows[rows["options"].str.len() > 1]
    right = kept.assign(right=kept["direct_correct"].astype(float)).groupby("base_id")["right"]
    assert pair["A_b"] == pytest.approx(right.mean().mean())
    assert pair["A_a"] == 1.0
    assert summary.clustered.items in (0, 5)
    assert summary.partitions["all"].clustered.items == 5
    assert summary.comparison.items == 5
    line = next(line for line in summary.comparison.lines if line.arm == "direct")
    assert line.accuracy == pytest.approx(pair["A_b"])


def test_one_option_is_a_reason_and_no_number(ran):
    summary = ran.summary(resamples=50)
    assert summary.not_retained["one_option"] == 1
    assert summary.partitions["all"].level.chance == pytest.approx(1 / 3)
    frame = ran.arm_frame()
    only = ran.rows().set_index("question").loc["Only this?", "id"]
    assert not frame.loc[frame["row_id"] == only, "asked"].any()


def test_the_letter_that_is_always_said_shows_as_position_bias(ran):
    summary = ran.summary(resamples=50)
    found = summary.positions.set_index("arm")
    assert list(found.loc["direct", ["items", "comparisons", "read"]]) == [4, 4, 4]
    assert list(found.loc["direct", ["by_text", "by_letter"]]) == [0.0, 1.0]
    assert list(found.loc["cgr", ["by_text", "by_letter"]]) == [1.0, 0.0]
    assert found.loc["direct", "by_chance"] == pytest.approx(1 / 3)
    letters = summary.letters.set_index("arm")
    said = {letter: share for letter, share, _ in letters.loc["direct", "letters"]}
    assert said == {"A": 0.0, "B": 0.0, "C": 1.0}
    page = ran.report().read_text("utf-8")
    assert "Position bias" in page


def test_a_foreign_scaffold_is_never_that_of_the_same_item_in_another_order(ran):
    arms = ran.arms().query("arm == 'foreign_scaffold'")
    programs = ran.programs()
    generated = {line.call_id: line.item_id for line in programs.itertuples()}
    bases = ran.rows().set_index("item_id")["base_id"]
    for line in arms.itertuples():
        written_for = {generated[call] for call in line.call_ids if call in generated}
        assert written_for
        assert bases[line.item_id] not in {bases[item] for item in written_for}


@pytest.mark.parametrize("count", [0, 27])
def test_a_number_of_orders_out_of_range_is_one_line(count):
    with pytest.raises(ConfigError, match=r"items\.permutations is too"):
        StudyConfig.from_dict(
            {"items": {"files": ["a"], "permutations": count}, "models": {"solvers": ["s"]}}
        )
