"""What is put on record before anything is asked, as the calls that the study would have made: the
programs of generators that are made of files, and what generators replied in an earlier run."""

from __future__ import annotations

import logging
from collections.abc import Collection
from pathlib import Path

from cgr_nb.models.identity import refused_id
from cgr_nb.records import Item
from cgr_nb.store import Store
from cgr_nb.store.copying import copy_generated
from cgr_nb.study.program_prompts import (
    answer_on_record,
    further_requests,
    given_reply,
    program_prompts,
    programs_of,
    record_reply,
)
from cgr_nb.study.units import StudyInputs

__all__ = ["take_given_programs", "take_recorded_replies"]

_LOGGER = logging.getLogger(__name__)


def take_given_programs(
    store: Store, inputs: StudyInputs, items: Collection[Item] | None = None
) -> int:
    """Record the programs of the study's cards that are not on record; returns how many.

    Args:
        store: The study's.
        inputs: The study.
        items: For whom; None: all its items.
    """
    models = {card.name: programs_of(card) for card in inputs.generators}
    if not any(models.values()):
        return 0
    taken = 0
    with store.transaction():
        for prompt in program_prompts(inputs, items):
            written = given_reply(models[prompt.card.name], prompt)
            if written is not None and answer_on_record(store, prompt) is None:
                record_reply(store, prompt, written)
                taken += 1
    _LOGGER.info("%d programs taken from the files of generators", taken)
    return taken


def take_recorded_replies(
    store: Store, inputs: StudyInputs, folder: Path, items: Collection[Item] | None = None
) -> int:
    """Take what generators replied about items in an earlier run; returns how many replies.

    Args:
        store: Where they go.
        inputs: The study.
        folder: Where they are.
        items: About which; None: all its items.

    Raises:
        StoreError: The folder is no study.
    """
    asked = [(prompt.call_id, prompt.card) for prompt in program_prompts(inputs, items)]
    asked += [(one.call_id(card), card) for card, one in further_requests(inputs, items)]
    ids = [name for id, card in asked for name in (id, refused_id(id, card))]
    taken = copy_generated(folder, store, ids)
    _LOGGER.info(
        "%d of %d replies of generators taken from %s", taken, len({id for id, _ in asked}), folder
    )
    return taken
