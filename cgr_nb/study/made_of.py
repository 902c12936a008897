"""What a study is made of, as its store keeps it: by this, shards of one study know each other."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from cgr_nb.answers import EXTRACTION_VERSION
from cgr_nb.arms.identity import canonical
from cgr_nb.records import content_id
from cgr_nb.sandbox.protocol import VERSION as PROTOCOL_VERSION
from cgr_nb.study.config import StudyConfig
from cgr_nb.study.units import StudyInputs

__all__ = ["made_of", "said_of"]


def said_of(config: StudyConfig) -> dict[str, dict[str, Any]]:
    """What a `study.toml` says of its answers: no places of files, and not how it runs.

    Returns:
        Part of the study -> key -> value, JSON-ready.
    """
    whole = asdict(config)
    items = {name: whole["items"][name] for name in whole["items"] if name not in ("files", "file")}
    names = ("arms", "repeats", "budget", "support")
    found = {
        "settings": config.settings(),
        "items": items,
        "study": {
            **{name: whole[name] for name in names},
            "solvers": config.models.solvers,
            "generators": config.models.generators,
            "primary": config.report.primary,
        },
        "arm": {name: config.arm.get(name, {}) for name in config.arms},
    }
    plain: dict[str, dict[str, Any]] = json.loads(json.dumps(canonical(found)))
    return plain


def made_of(inputs: StudyInputs) -> dict[str, dict[str, Any]]:
    """What a study is made of, read and checked.

    Returns:
        As `said_of`, with its items, models and templates; of a shard, with the models that it
        asks.
    """
    items = [*inputs.items, *(item for some in inputs.support.values() for item in some)]
    found = said_of(inputs.config)
    found["items"] |= {
        "number": len(items),
        "hash": content_id("items", sorted([item.id, item.use, item.multi] for item in items)),
    }
    cards = (*inputs.solvers, *inputs.generators)
    found["models"] = {
        card.name: f"{card.identity}, {card.context_tokens} tokens" for card in cards
    }
    found["templates"] = {
        f"{profile}/{name}": template.hash
        for (name, profile), template in inputs.templates().items()
    }
    found["versions"] = {"extraction": EXTRACTION_VERSION, "programs": PROTOCOL_VERSION}
    return found
