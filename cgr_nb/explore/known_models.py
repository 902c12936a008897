"""The models that a study can ask, and the prompts that they are asked with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cgr_nb.errors import CgrError, ModelError
from cgr_nb.models import Registry
from cgr_nb.records import ModelCard
from cgr_nb.store import Store
from cgr_nb.study import StudyConfig

__all__ = ["KnownModels"]

OF_GENERATORS = ("generator", "pal")
"""Templates that generators are asked with."""


class KnownModels:
    """The registry of a study; the models on record where its own file is gone.

    Args:
        config: The study's.
        store: Of the study.
    """

    def __init__(self, config: StudyConfig, store: Store) -> None:
        place = config.models.registry
        self.problem = ""
        """Why the registry can't be read; empty where it can."""
        try:
            self._registry = Registry.load(Path(config.base, place) if place else None)
        except ModelError as error:
            self._registry, self.problem = Registry(store.models()), str(error)

    @property
    def cards(self) -> Sequence[ModelCard]:
        """All of them."""
        return self._registry.cards

    def first(self, names: Sequence[str], name: str | None = None) -> ModelCard:
        """The first of some models, or one that is named.

        Args:
            names: Of the solvers that are chosen.
            name: The one; None takes the first.

        Raises:
            CgrError: None is chosen.
            ModelError: It is not known.
        """
        if name is None and not names:
            raise CgrError("no solver is selected", fix="select one")
        return self._registry.get(name or names[0])

    def profile(self, prompt: str, solvers: Sequence[str], generators: Sequence[str]) -> str:
        """The prompt profile of the first chosen model that a template is for.

        Args:
            prompt: Name of the template.
            solvers: Names of those that are chosen.
            generators: Likewise.
        """
        chosen = generators if prompt in OF_GENERATORS else solvers
        known = {card.name: card for card in self.cards}
        return next((known[name].prompts for name in chosen if name in known), "full")
