"""A card and its weight file, checked together before anything is loaded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from cgr_nb.errors import ModelError
from cgr_nb.hub import split_files
from cgr_nb.models.engine.layout import cell_bytes, plan_layout
from cgr_nb.models.engine.options import EngineOptions
from cgr_nb.models.gguf_kind import why_no_text
from cgr_nb.models.gguf_parts import read_weights_head
from cgr_nb.models.known_templates import template_source, with_template_text
from cgr_nb.models.weights import checked_sha256, find_weights
from cgr_nb.records import ModelCard

__all__ = ["ModelFile"]


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A weight file that can be loaded as its card says."""

    card: ModelCard
    """The card as given, with the hash of the file where it had none."""
    path: Path
    """The weight file, absolute; of split weights, the first part."""
    template: str
    """Jinja source of its chat template."""
    options: EngineOptions
    cell_bytes: int
    """Bytes of one token in the context (see `cell_bytes`)."""
    experts: int
    """Experts of each layer; 0 where it is not a mixture."""

    @classmethod
    def of(cls, card: ModelCard, base: Path) -> ModelFile:
        """Check a weight file: there, GGUF, whole, right hash, text model, chat template.

        Args:
            card: The model; `card.path` names its weight file.
            base: Folder that a relative path starts from.

        Raises:
            ModelError: The file or the card can't be used as they are.
        """
        options = EngineOptions.of(card)
        path = find_weights(card, base)
        head = read_weights_head(path)
        where = str(path)
        if (what := why_no_text(head)) is not None:
            raise ModelError(what, where=where, got=card.name)
        template = template_source(card, base, head.chat_template)
        if not 1 <= card.context_tokens <= (head.context_tokens or card.context_tokens):
            raise ModelError(
                "context_tokens is outside the model's context window",
                where=f"model '{card.name}'",
                got=str(card.context_tokens),
                fix=f"use 1 to {head.context_tokens}",
            )
        return cls(
            card=replace(with_template_text(card, base), sha256=checked_sha256(card, path)),
            path=path,
            template=template,
            options=options,
            cell_bytes=cell_bytes(head),
            experts=head.experts,
        )

    @property
    def files(self) -> tuple[Path, ...]:
        """All files of its weights, in order."""
        return split_files(self.path)

    @property
    def context_bytes(self) -> int:
        """What its context takes in memory."""
        return plan_layout(self.options, self.cell_bytes).cells * self.cell_bytes

    @property
    def size_bytes(self) -> int:
        """Size of the weights, in all files."""
        return sum(file.stat().st_size for file in self.files)
