"""What replies say of items, each text read once: solvers and samples often say the same."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from cgr_nb.answers import extract, extract_reply
from cgr_nb.records import Extraction, Reply

__all__ = ["extract_once"]


def extract_once(reply: Reply, options: Mapping[str, str], multi: bool) -> Extraction:
    """As `extract_reply`."""
    if reply.is_cut_thought:
        return extract_reply(reply, options, multi=multi)
    return _extracted(reply.text, tuple(options.items()), multi)


@lru_cache(maxsize=4_096)
def _extracted(text: str, options: tuple[tuple[str, str], ...], multi: bool) -> Extraction:
    return extract(text, dict(options), multi=multi)
