"""Generators that are made of programs: what their files have for the items is put on record before
anything is asked, as the calls that the study would have made."""

from __future__ import annotations

import logging

from cgr_nb.store import Store
from cgr_nb.study.program_prompts import (
    answer_on_record,
    given_reply,
    program_prompts,
    programs_of,
    record_reply,
)
from cgr_nb.study.units import StudyInputs

__all__ = ["take_given_programs"]

_LOGGER = logging.getLogger(__name__)


def take_given_programs(store: Store, inputs: StudyInputs) -> int:
    """Record the programs of the study's cards that are not on record; returns how many."""
    models = {card.name: programs_of(card) for card in inputs.generators}
    if not any(models.values()):
        return 0
    taken = 0
    with store.transaction():
        for prompt in program_prompts(inputs):
            written = given_reply(models[prompt.card.name], prompt)
            if written is not None and answer_on_record(store, prompt) is None:
                record_reply(store, prompt, written)
                taken += 1
    _LOGGER.info("%d programs taken from the files of generators", taken)
    return taken
