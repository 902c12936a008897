"""Which templates are measured, by which model, on what: all that the page shows.

A template is put to the kind of items that it is for. Figures of superseded versions stand too. Of
chains with a re-ask those are here whose first replies often can't be read: a re-ask that is never
sent says nothing. Sizes are chosen so that all of it takes an hour or two of two cores.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.prompts_cells import EVERYDAY, MINI, MULTI_SETS, SETS, Cell

SMOLLM2, GEMMA = "smollm2.gguf", "gemma-3-270m-q4_k_m.gguf"
WEIGHTS = {SMOLLM2: "full", GEMMA: "base"}
"""File names of the two real models -> prompt profile of each."""
TINY_SOLVER, TINY_GENERATOR = "tiny-solver", "tiny-generator"
PUBLIC, MULTI = tuple(SETS), tuple(MULTI_SETS)
SENSORS, EXAM = MULTI
SHORT = "short questions"
"""The set of template `ask`: questions of our own, of three kinds."""

NOT_PLANNED = {
    "csv_check": "of arm self_verification, which sends it behind an answer; newer than these figures",
    "csv_amend": "of arm self_verification, which sends it behind an answer; newer than these figures",
}
"""Names of templates that no cell is for -> why."""


def plan() -> Iterator[Cell]:
    """All cells: first those by which every template has figures, then what rounds them off."""
    yield from _tiny()
    for model, profile in WEIGHTS.items():
        yield from _letters(model, profile)
        yield from _scores(model, profile)
        yield from _several(model, profile)
    for part in (_written, _more):
        for model, profile in reversed(WEIGHTS.items()):
            yield from part(model, profile)


def _letters(model: str, profile: str) -> Iterator[Cell]:
    def cells(
        template: str, count: int, sets: Sequence[str] = PUBLIC, again: str | None = None
    ) -> Iterator[Cell]:
        for name in sets:
            yield Cell("items", model, profile, template, name, count, again)

    yield from cells("direct@2", 100)
    if model == SMOLLM2:
        yield from cells("direct@1", 100, PUBLIC[:1], "reask@1")
        yield from cells("direct@1", 100, PUBLIC[:1], "reask@2")
        yield from cells("direct@1", 100, PUBLIC[1:2])
        yield from cells("direct@1", 50, PUBLIC[2:])
        yield from cells("cot@1", 40, PUBLIC[:1])
        yield from cells("cot@2", 100, PUBLIC[:2])
    else:
        # Nearly all direct replies of the base model are letters: what asks again is sent behind
        # its thoughts.
        yield from cells("direct@1", 100, again="reask@1")
        yield from cells("cot@1", 50, PUBLIC[:1])
        yield from cells("cot@2", 50, PUBLIC[:2])
        yield from cells("cot@2", 20, PUBLIC[:1], "reask@1")
        yield from cells("cot@2", 20, PUBLIC[:1], "reask@2")
    yield Cell("ask", model, profile, "none", SHORT, 12)
    yield Cell("ask", model, profile, "ask@1", SHORT, 12)


def _scores(model: str, profile: str) -> Iterator[Cell]:
    for template in ("scored@1", "scored_listed@1"):
        yield Cell("scored", model, profile, template, EVERYDAY, 120 if model == SMOLLM2 else 40)


def _several(model: str, profile: str) -> Iterator[Cell]:
    """Items of which several letters are right."""
    direct, cot = (30, 20) if model == SMOLLM2 else (20, 12)
    for version in (1, 2):
        again = f"reask_multi@{version}"
        yield Cell("items", model, profile, f"direct_multi@{version}", SENSORS, direct, again)
        yield Cell("items", model, profile, f"cot_multi@{version}", SENSORS, cot, again)


def _written(model: str, profile: str) -> Iterator[Cell]:
    """What a generator writes. Programs that compute are asked for where there is to compute. Items
    are few where a model writes on until it is cut, which costs most of all."""
    instruct = model == SMOLLM2
    yield Cell("programs", model, profile, "pal@1", "MMLU-Pro", 8)
    yield Cell("programs", model, profile, "pal_multi@1", EXAM, 4)
    for version in (1, 2):
        template = f"generator_multi@{version}"
        yield Cell("programs", model, profile, template, SENSORS, 4 if instruct else 20)
    yield Cell("twins", model, profile, "twins@1", "OpenBookQA", 20)
    yield Cell("twins", model, profile, "twins_multi@1", SENSORS, 20 if instruct else 8)


def _more(model: str, profile: str) -> Iterator[Cell]:
    """Longer items, and programs of the templates for single letters."""
    for version in (1, 2):
        yield Cell("programs", model, profile, f"generator@{version}", "OpenBookQA", 20)
        again = f"reask_multi@{version}"
        yield Cell("items", model, profile, f"direct_multi@{version}", EXAM, 25, again)
    for name, count in zip(PUBLIC, (100, 100, 50, 50), strict=True):
        for template in ("scored@1", "scored_listed@1"):
            yield Cell("scored", model, profile, template, name, count)


def _tiny() -> Iterator[Cell]:
    """The bundled models, on the mini sets; they were taught no sets of letters and no twins."""
    solver, profile = TINY_SOLVER, "tiny"
    yield Cell("items", solver, profile, "direct@1", MINI, 180, "reask@1")
    yield Cell("items", solver, profile, "cot@1", MINI, 180, "reask@1")
    # What asks again is not sent there: every reply can be read.
    yield Cell("items", solver, profile, "direct@1", EVERYDAY, 120, "reask@1")
    yield Cell("scored", solver, profile, "scored@1", MINI, 180)
    yield Cell("scored", solver, profile, "scored_listed@1", MINI, 180)
    yield Cell("items", solver, profile, "direct_multi@1", SENSORS, 50, "reask_multi@1")
    yield Cell("items", solver, profile, "cot_multi@1", SENSORS, 50, "reask_multi@1")
    yield Cell("programs", TINY_GENERATOR, profile, "generator@1", MINI, 90)
    yield Cell("programs", TINY_GENERATOR, profile, "pal@1", MINI, 90)
    for template in ("generator_multi@1", "pal_multi@1"):
        yield Cell("programs", TINY_GENERATOR, profile, template, SENSORS, 20)
    yield Cell("twins", TINY_GENERATOR, profile, "twins@1", MINI, 20)
    yield Cell("twins", TINY_GENERATOR, profile, "twins_multi@1", SENSORS, 20)
