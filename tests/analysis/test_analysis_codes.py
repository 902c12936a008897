"""Texts as categories say what texts say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from channel_answers import channel_answers, joined
from published_shape import shaped_answers, shaped_rows

from cgr_nb.analysis import summarise
from cgr_nb.analysis.arm_frame import ARM_COLUMNS, arm_frame
from cgr_nb.analysis.codes import coded, codes_of, codes_together, places_among, uncoded
from cgr_nb.analysis.pairs import PAIR_KEY, pair_places
from cgr_nb.analysis.strata import Stratum

TEXTS = ["b", None, "a", "b", "c"]


@pytest.fixture(params=["objects", "texts", "categories", "categories not there"])
def values(request):
    if request.param == "objects":
        return pd.Series(TEXTS, dtype=object)
    if request.param == "texts":
        return pd.Series(TEXTS)
    if request.param == "categories":
        return coded(pd.DataFrame({"x": TEXTS}), ["x"])["x"]
    return pd.Series(pd.Categorical(TEXTS, categories=["a", "aa", "b", "c", "d"]))


def test_codes_stand_in_the_order_of_texts(values):
    codes, known = codes_of(values)
    assert [None if code < 0 else known[code] for code in codes] == TEXTS
    assert list(known) == sorted(known)


def test_two_lines_have_one_code_where_all_their_values_are_the_same(values):
    frame = pd.DataFrame({"x": values, "y": [1, 2, 3, 1, 2]})
    codes = codes_together(frame, ["x", "y"])
    assert [codes[0] == one for one in codes] == [True, False, False, True, False]
    # No text and the last of another one are not the same.
    frame = pd.DataFrame({"x": [None, "a"], "y": ["b", None]})
    assert len(set(codes_together(frame, ["x", "y"]))) == 2


def test_places_are_those_in_another_list(values):
    assert places_among(values, pd.Index(["c", "z", "a"])).tolist() == [-1, -1, 2, -1, 0]
    known = pd.Index(["a", "b", "c"], dtype=object)
    assert places_among(values, known).tolist() == [1, -1, 0, 1, 2]


def test_categories_become_texts_again(values):
    frame = uncoded(pd.DataFrame({"x": values, "n": range(5)}))
    assert not isinstance(frame["x"].dtype, pd.CategoricalDtype)
    assert frame["x"].astype(object).where(frame["x"].notna(), None).tolist() == TEXTS
    assert frame["n"].tolist() == [0, 1, 2, 3, 4]


def test_a_pair_is_found_where_all_of_it_is_the_same():
    key = [("d", "c", "s", "g"), ("d", "c", "s", "h"), ("e", "c", "s", "g")]
    pairs = pd.DataFrame(key, columns=PAIR_KEY)
    rows = pd.DataFrame(
        [key[2], ("e", "c", "s", "h"), key[0], ("x", "c", "s", "g"), ("d", "c", None, "g"), key[2]],
        columns=PAIR_KEY,
    )
    for frame in (rows, coded(rows, PAIR_KEY)):
        assert pair_places(frame, pairs).tolist() == [2, -1, 0, -1, -1, 2]
        assert pair_places(frame, pairs.iloc[:0]).tolist() == [-1] * 6


def test_a_summary_of_categories_is_that_of_texts():
    rows = shaped_rows()
    others = shaped_answers(rows)
    # One arm was asked some rows alone, and one under another seed as well.
    others = others[(others["arm"] != "cot") | (others["row_id"] < "row-012")]
    seeds = others[others["arm"] == "readout"].assign(arm="readout#2", letter="B")
    answers = joined([channel_answers(rows), others, seeds])
    texts = arm_frame(rows, answers, every_seed=True)
    categories = arm_frame(rows, answers, every_seed=True, categories=True)
    assert isinstance(categories["arm"].dtype, pd.CategoricalDtype)
    pd.testing.assert_frame_equal(uncoded(categories), texts, check_dtype=False)
    assert tuple(categories.columns) == ARM_COLUMNS
    told, again = (summarise(rows, arms=arms, resamples=50) for arms in (texts, categories))
    assert told == again
    for name, of in vars(told).items():
        if isinstance(of, pd.DataFrame):
            pd.testing.assert_frame_equal(of, vars(again)[name])
    assert told.comparison is not None
    assert again.comparison is not None
    assert told.comparison.rows < told.comparison.rows_of
    assert any(line.seeds for line in told.comparison.lines)
    pd.testing.assert_frame_equal(told.comparison.pairs, again.comparison.pairs)


@pytest.mark.parametrize("items", [1, 2, 63, 64, 500])
def test_many_products_at_once_are_what_each_alone_is(items):
    random = np.random.default_rng(items)
    rows = (random.random((items, 3)) < 0.8).astype(float)
    sums = (random.random((23, items, 3)) < 0.5) * rows
    counts = np.vstack(
        [
            random.multinomial(items, [1 / items] * items, size=20),
            # All draws the same item, as often as there are items.
            np.eye(1, items, dtype=int) * items,
        ]
    ).astype(float)
    found, pairs = Stratum(rows, sums, np.eye(3)).macro_parts(counts)
    drawn = counts @ rows
    with np.errstate(invalid="ignore"):
        means = np.stack([counts @ one for one in sums], axis=1) / drawn[:, None]
    assert (found == np.where(drawn[:, None] > 0, means, 0)).all()
    assert (pairs[:, 0] == (drawn > 0)).all()


def test_means_of_several_orders_are_drawn_as_they_are():
    sums = np.array([[[0.5], [1.0], [0.0]]])
    found, _ = Stratum(np.ones((3, 1)), sums, np.ones((1, 1))).macro_parts(np.array([[1, 1, 1.0]]))
    assert found.item() == pytest.approx(0.5)
