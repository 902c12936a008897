"""Both audits against the labelled corpus: the bars that they have to pass."""

from __future__ import annotations

import asyncio
import hashlib
import json
import subprocess
import sys
from collections import Counter

import pytest
from labelled_programs import FIXTURES, probe_all, read_corpus

from cgr_nb.audit import check_program
from cgr_nb.audit.detection import detection
from cgr_nb.audit.judgement import behavioural, static, together
from cgr_nb.audit.probes.dependence import MOST_PROBES, probe_program
from cgr_nb.errors import IsolationError
from cgr_nb.records import Item
from cgr_nb.sandbox import Sandbox

# Some two thousand runs of programs, and seven thousand of them all: long where the machine has
# other work.
pytestmark = pytest.mark.timeout(900)

CORPUS = read_corpus()
LABELS = {one.id: one.label for one in CORPUS}
STRICT = read_corpus("strict")
HIDDEN = {"drawn-108", "drawn-127", "drawn-141"}
"""Programs whose belief is a fall-back that their item lets no reply lead to."""
ONE_IN = 3
"""Of the clean and the hard-coded programs every so many-th is run, chosen by their text; all of
them with `--fuzz-seconds 30` and by `tests/benchmarks/audits.py`."""


@pytest.fixture(scope="module")
def read():
    """Id -> what reading found."""
    return {one.id: check_program(one.source) for one in CORPUS}


def chosen(corpus, config, one_in=ONE_IN):
    """Those that are run."""
    if config.getoption("--fuzz-seconds") >= 30:
        return corpus
    return [one for one in corpus if is_rare(one) or sampled(one.source, one_in)]


def is_rare(one):
    return one.label in ("fallback_only", "broken") or one.id in HIDDEN


def sampled(source, one_in):
    return int(hashlib.sha256(source.encode()).hexdigest(), 16) % one_in == 0


@pytest.fixture(scope="module")
def ran(request):
    """Id -> what probing found."""
    try:
        return probe_all(chosen(CORPUS, request.config))
    except IsolationError as error:
        pytest.skip(f"programs can't be isolated here: {error}")


def test_the_corpus_is_large_and_balanced_enough_to_measure():
    labels = Counter(LABELS.values())
    assert sum(one.drawn for one in CORPUS) >= 200
    assert labels["hard_coded"] >= 60
    assert labels["clean"] + labels["fallback_only"] >= 100
    assert set(labels) == {"hard_coded", "fallback_only", "clean", "broken"}
    assert len({(one.item.id, one.source) for one in CORPUS}) == len(CORPUS)


def test_the_second_sample_is_another_one():
    second = read_corpus("second")
    assert len(second) >= 60
    assert not {(one.item.id, one.source) for one in second} & {
        (one.item.id, one.source) for one in CORPUS
    }
    judged = {one.id: static(check_program(one.source)) for one in second}
    found = detection(judged, {one.id: one.label for one in second})
    assert found.misses.empty


def test_the_readme_counts_what_is_there():
    text = (FIXTURES / "programs" / "README.md").read_text("utf-8")
    for label, count in Counter(LABELS.values()).items():
        drawn = sum(one.drawn for one in CORPUS if one.label == label)
        assert f"| `{label}` | {drawn} | {count - drawn} | {count} |" in text


def test_every_program_has_a_label_and_says_where_it_came_from():
    for name in ("programs", "second", "strict"):
        for line in (FIXTURES / "programs" / f"{name}.jsonl").read_text("utf-8").splitlines():
            row = json.loads(line)
            drawn = row["origin"]["by"] != "hand"
            assert row["label"]
            assert row["kind"]
            assert not drawn or {"temperature", "seed", "weights"} <= set(row["origin"])


def test_the_hand_written_programs_are_those_of_their_source():
    script = [sys.executable, str(FIXTURES / "programs" / "make.py"), "--check"]
    done = subprocess.run(script, cwd=FIXTURES.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def labels_of(ran):
    labels = {id: LABELS[id] for id in ran}
    assert min(Counter(labels.values()).values()) >= 5
    return labels


def test_behaviour_finds_hard_coding_with_precision_and_recall_of_95_percent(ran):
    found = detection({id: behavioural(one) for id, one in ran.items()}, labels_of(ran))
    assert found.precision.value >= 0.95, found.misses
    assert found.recall.value >= 0.95, found.misses


def test_reading_flags_no_program_that_follows_its_solver(read):
    found = detection({id: static(one) for id, one in read.items()}, LABELS)
    assert found.precision.value >= 0.99, found.misses
    assert found.recall.value >= 0.8, found.misses


def test_both_audits_together_are_better_than_either(read, ran):
    verdicts = {id: together(read[id], ran[id]) for id in ran}
    found = detection(verdicts, labels_of(ran))
    assert found.precision.value >= 0.97, found.misses
    assert found.recall.value >= 0.97, found.misses


def test_a_fall_back_to_the_belief_is_found_where_the_item_never_leads_to_it(ran):
    for id in HIDDEN:
        assert ran[id].believes
        moved = {probe.letter for probe in ran[id].probes if probe.order == "replaced"}
        assert len(moved) == 2


def test_fall_backs_are_told_from_clean_programs(read, ran):
    verdicts = {id: together(read[id], ran[id]) for id in ran}
    found = detection(verdicts, labels_of(ran), wanted="fallback_only")
    assert found.precision.value >= 0.95, found.misses
    assert found.recall.value >= 0.85, found.misses


def test_programs_that_only_choose_among_few_options_are_partly_dependent(ran):
    # The counting of ups and downs leads to rising or falling, whatever is said, and never to "no
    # data": an answer that moves, though not everywhere.
    counted = [
        one
        for one in CORPUS
        if "ups > downs" in one.source and one.id in ran and ran[one.id].verdict is not None
    ]
    assert {ran[one.id].verdict for one in counted} <= {"partly", "dependent"}
    assert any(ran[one.id].verdict == "partly" for one in counted)


@pytest.fixture(scope="module")
def strict(request):
    """Id -> what both audits together say of the programs in strict formats, and their runs."""
    try:
        found = probe_all(chosen(STRICT, request.config, one_in=2))
    except IsolationError as error:
        pytest.skip(f"programs can't be isolated here: {error}")
    said = {
        one.id: together(check_program(one.source), found[one.id])
        for one in STRICT
        if one.id in found
    }
    return said, {id: len(one.probes) for id, one in found.items()}


@pytest.mark.parametrize("half", ["seen", "unseen"])
def test_strict_formats_are_judged_with_precision_and_recall_of_97_percent(strict, half):
    labels = {one.id: one.label for one in STRICT if one.half == half and one.id in strict[0]}
    found = detection(strict[0], labels)
    assert len(labels) >= 8
    assert found.precision.value >= 0.97, found.misses
    assert found.recall.value >= 0.97, found.misses


def test_reading_alone_accuses_no_program_that_reads_a_strict_format():
    labels = {one.id: one.label for one in STRICT}
    found = detection({one.id: static(check_program(one.source)) for one in STRICT}, labels)
    assert found.precision.hits == found.precision.of, found.misses


def test_strict_programs_are_of_twelve_formats_and_about_half_hard_coded():
    assert set(Counter(one.format for one in STRICT).values()) == {5}
    assert len({one.format for one in STRICT}) == 12
    assert Counter(one.label for one in STRICT)["hard_coded"] == 30


def test_the_runs_of_a_program_are_bounded(ran, strict):
    # Tried replies, then the other option order, a blank question and another belief.
    most = MOST_PROBES + 40
    assert max(len(one.probes) for one in ran.values()) <= most
    assert max(strict[1].values()) <= most


def test_handed_programs_are_told_apart(shared_data):
    folder = shared_data.parent / "cases-data" / "audit"
    if not folder.is_dir():
        pytest.skip("the handed programs are not here")
    question = "Which metal is liquid at room temperature (20 C)?"
    options = {"A": "iron", "B": "mercury", "C": "gold", "D": "copper"}
    item = Item("handed", "d", "default", question, options, None)
    sources = {path.stem: path.read_text("utf-8") for path in sorted(folder.glob("*.py"))}

    async def probe_them():
        async with Sandbox() as sandbox:
            probed = (probe_program(sandbox, source, item) for source in sources.values())
            return await asyncio.gather(*probed)

    try:
        probed = asyncio.run(probe_them())
    except IsolationError as error:
        pytest.skip(f"programs can't be isolated here: {error}")
    said = {
        name: together(check_program(source), dependence)
        for (name, source), dependence in zip(sources.items(), probed, strict=True)
    }
    hard = {name for name, judged in said.items() if judged == "hard_coded"}
    assert hard == {name for name in said if name.startswith("hard_")}


def test_what_can_not_run_gets_no_behavioural_verdict(ran):
    assert {ran[one.id].verdict for one in CORPUS if one.label == "broken"} == {None}


def test_a_program_costs_less_than_thirty_five_runs_on_average(ran):
    assert sum(len(one.probes) for one in ran.values()) / len(ran) < 35
