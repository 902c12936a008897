"""Options ranked by log-likelihood, beside lm-evaluation-harness itself on the same weights; more
items and another model: `docs/benchmarks/lm_eval_parity.md`."""

from __future__ import annotations

import dataclasses
from importlib.util import find_spec

import pytest
from benchmarks.lm_eval_parity import MEASURES, Order, compare
from llama_server import find_smollm2
from lm_eval_side import pairs_or_zip, top_pairs

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ITEMS = ("bundled:mini-openbookqa.jsonl", "bundled:mini-time-mqa.jsonl")
PER_FILE = 3
CLOSE = 1e-3
"""Of log-probability. Both compute the same batches with the same library, which leaves 1e-6."""
NEEDED = {"lm_eval": "lm-eval", "llama_cpp": "llama-cpp-python", "uvicorn": "its extra [server]"}


@pytest.fixture(scope="module")
def smollm2():
    """The weights, where everything else is there too."""
    for module, package in NEEDED.items():
        if find_spec(module) is None:
            pytest.skip(f"lm-evaluation-harness can't be asked: {package} is not installed")
    return find_smollm2()


OVER = ("letters", "texts")


@pytest.fixture(scope="module")
def compared(smollm2):
    """What the answers are ranked over -> items, each answered by both sides."""
    order = Order(smollm2, ITEMS, PER_FILE, over=OVER[0], same_batches=True)
    return dict(zip(OVER, compare(order, *OVER[1:]), strict=True))


@pytest.fixture(scope="module", params=OVER)
def pairs(request, compared):
    """Six items, each answered by both sides."""
    found = compared[request.param]["exact"]
    assert len(found) == PER_FILE * len(ITEMS)
    return found


def test_the_harness_finds_the_same_log_probabilities(pairs):
    assert max(pair.largest_difference for pair in pairs) < CLOSE
    assert not any(pair.split_elsewhere for pair in pairs)


@pytest.mark.parametrize("measure", MEASURES)
def test_the_harness_takes_the_same_options(pairs, measure):
    for pair in pairs:
        # Of two that are nearly equal either may be first.
        assert pair.ours[measure] == pair.theirs[measure] or pair.margin(measure) < CLOSE, pair


def test_a_wrong_prediction_would_be_seen(pairs):
    """The comparison itself: options that are truly apart do not pass for equal."""
    pair = pairs[0]
    worst = min(range(len(pair.texts)), key=pair.our_sums.__getitem__)
    other = dataclasses.replace(pair, theirs=dict.fromkeys(MEASURES, worst))
    assert other.margin("acc") > CLOSE


def test_the_quick_server_tells_the_top_tokens_that_the_slow_one_tells():
    numpy = pytest.importorskip("numpy")
    logprobs = numpy.round(numpy.random.default_rng(0).normal(size=5000), 2)  # with ties
    slow = list(sorted(zip(logprobs, range(len(logprobs)), strict=True), reverse=True))
    quick = top_pairs(pairs_or_zip(logprobs, range(len(logprobs))), reverse=True)
    assert quick[:10] == slow[:10]
    assert list(pairs_or_zip([1], "a")) == [(1, "a")]
    assert top_pairs([2, 1], reverse=True) == [2, 1]
