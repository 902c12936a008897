"""What a study asks for, one by one: an item, and the models that answer it."""

from __future__ import annotations

from dataclasses import dataclass

from cgr_nb.answer_record import Role
from cgr_nb.records import Item, ModelCard

__all__ = ["Unit"]


@dataclass(frozen=True, slots=True)
class Unit:
    """One item with one solver and one generator: one row of the study."""

    row_id: str
    """Id of the row that its channels make up."""
    item: Item
    """As it was read, gold included: for whoever scores; arms are given it without."""
    solver: ModelCard
    generator: ModelCard | None
    """None in a study without a generator."""
    multi: bool = False
    """Whether the answer is a set of letters."""

    def card(self, role: Role) -> ModelCard | None:
        """The card of one of its models."""
        return self.solver if role == "solver" else self.generator
