"""What a GGUF file is, if it is no model that answers in text."""

from __future__ import annotations

from cgr_nb.models.gguf import GgufHead

__all__ = ["why_no_text", "why_no_weights"]

_ENCODER_DECODER = ("t5", "t5encoder")


def why_no_text(head: GgufHead) -> str | None:
    """Why a file can't be asked for text at all; None where it can.

    Raises:
        ModelError: A key that tells is of another type than it must be.
    """
    kind, architecture = head.text("general.type"), head.architecture
    if kind == "adapter" or "adapter.type" in head.metadata:
        return "an adapter (LoRA): it changes another model and is none itself"
    if kind == "mmproj" or architecture == "clip":
        return "a projector (mmproj): what lets another model see or hear"
    if architecture == "controlvector":
        return "a control vector: it steers another model and is none itself"
    if kind == "imatrix":
        return "an importance matrix: what another model was quantised with"
    if head.embeds_only:
        return "an embedding model: it gives vectors, not text"
    if architecture in _ENCODER_DECODER:
        return "an encoder-decoder model, which is not supported"
    return None


def why_no_weights(head: GgufHead) -> str | None:
    """What a file lacks that every model of text has; None where it lacks nothing.

    Raises:
        ModelError: A key that tells is of another type than it must be.
    """
    if not head.tensors:
        return "a vocabulary without weights"
    if not head.architecture:
        return "a file that names no architecture"
    if not head.text("tokenizer.ggml.model"):
        return "a file without a tokeniser: no model of text"
    return None
