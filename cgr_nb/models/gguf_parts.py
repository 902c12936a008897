"""The head of weights that lie in one GGUF file, or are split over several.

Each part is a GGUF file with tensors of its own; the first has the metadata. llama.cpp is given the
first and finds the others by their names, so name, number and count of each part must agree.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cgr_nb.errors import ModelError
from cgr_nb.hub import is_part, split_files
from cgr_nb.models.gguf import GgufHead, read_head

__all__ = ["read_weights_head"]


def read_weights_head(path: Path) -> GgufHead:
    """The head of weights, their tensors counted over all parts.

    Args:
        path: The file, or any of its parts.

    Raises:
        ModelError: See `read_head`; or parts are missing, or do not belong together.
    """
    files = split_files(path)
    head = read_head(files[0])
    if len(files) == 1 and head.parts == 1:
        return head
    if head.parts != len(files):
        said = "its name says that it is one part" if is_part(path.name) else "its name says not"
        raise ModelError(
            f"the weights are split over {head.parts} files, and {said}"
            if head.parts > 1
            else f"the file is whole, but its name says that it is one of {len(files)} parts",
            where=str(files[0]),
            fix="name parts NAME-00001-of-00003.gguf and so on, and whole files otherwise",
        )
    heads = [head, *(read_head(file) for file in files[1:])]
    for number, (file, part) in enumerate(zip(files, heads, strict=True)):
        if part.number("split.no") != number or part.parts != len(files):
            raise ModelError(
                "a part of the weights does not match its name",
                where=str(file),
                got=f"part {part.number('split.no') + 1} of {part.parts}",
                fix="fetch it again",
            )
    tensors = sum(part.tensors for part in heads)
    due = head.number("split.tensors.count", tensors)
    if tensors != due or any(part.number("split.tensors.count", due) != due for part in heads):
        raise ModelError(
            "the parts are not from the same model",
            where=str(files[0]),
            got=f"{tensors} tensors, the first part says {due}",
            fix="fetch all parts again",
        )
    return replace(head, tensors=tensors, parameters=sum(part.parameters for part in heads))
