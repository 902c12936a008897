"""Where an arm stands: what its answer is of, and what it was given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cgr_nb.answer_record import Answer, Control, Setup
from cgr_nb.arms.begun import Begun
from cgr_nb.arms.budget import Budget
from cgr_nb.arms.interface import ArmPrompt
from cgr_nb.records import Item
from cgr_nb.util.quick_records import quick

__all__ = ["Place", "without_gold"]


@quick
@dataclass(frozen=True, slots=True)
class Place:
    """Where an arm stands: what its answer is of, and what it was given."""

    item: Item
    """Without gold."""
    parameters: Any = None
    prompts: Mapping[str, ArmPrompt] | None = None
    """Templates that the arm declares; None: any."""
    answers: Mapping[str, Answer] | None = None
    """Arm -> its answer to this item, of the arms that it needs."""
    companions: tuple[Item, ...] = ()
    """Other items that it uses, without gold."""
    setup: Setup | None = None
    budget: Budget = field(default_factory=Budget)
    multi: bool = False
    """Whether the answer is a set of letters."""
    control: Control | None = None
    """How its programs are run as a control: "foreign", all that its generator is asked is about
    the first of the companions."""
    owner: str = ""
    """Id of the answer or setup that is being made."""
    begun: Begun = field(default_factory=Begun, compare=False)
    """What has to be awaited before the answer is there."""

    def about(self, item: Item) -> Place:
        """The same before another item, which loses its gold."""
        return replace(self, item=without_gold(item), multi=item.multi)


_SHOWN: dict[int, tuple[Item, Item]] = {}
"""`id` of an item -> the item, and as arms see it: every arm is shown it."""
_MOST_SHOWN = 256


def without_gold(item: Item) -> Item:
    """An item as arms see it."""
    known = _SHOWN.get(id(item))
    if known is not None and known[0] is item:
        return known[1]
    shown = replace(item, gold=None, meta={})
    if len(_SHOWN) >= _MOST_SHOWN:
        _SHOWN.clear()
    _SHOWN[id(item)] = item, shown
    return shown
