"""One short file a dataset: how its rows become drafts. The contract is in `cgr_nb.items.adapter`.

Three of the nine datasets of the study are not public as files. `physicsqa` and `time_mqa` follow
what is known of their schemas, `correctbench` the public sets it is put together from; the sets
that stand in for them in tests (`jeebench`, `mmlu`, `timeseriesexam`) keep their own names, so that
nobody takes one for the other.
"""

from __future__ import annotations

__all__ = ["BUILT_IN"]

_HERE = "cgr_nb.items.adapters"

BUILT_IN: dict[str, str] = {
    name: f"{_HERE}.{name}:ADAPTER"
    for name in (
        "aime",
        "aqua_rat",
        "commonsenseqa",
        "correctbench",
        "failuresensoriq",
        "generic",
        "jeebench",
        "medmcqa",
        "medqa",
        "mmlu",
        "mmlu_pro",
        "openbookqa",
        "physicsqa",
        "supergpqa",
        "time_mqa",
        "timeseriesexam",
    )
}
"""Adapter name -> "module:object", the same targets as the package's entry points, so that a
checkout that is not installed reads the same files."""
