"""What the documentation has from the code itself, made when the site is built.

A line `<!-- made: NAME -->` of a page gives way to what `PARTS[NAME]` makes. Saved panels and JSON
schemas are files of the site that no folder holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

from parts.commands import command_reference
from parts.data_flow import data_flow
from parts.json_outputs import json_reference, json_schemas
from parts.panels import saved_panels
from parts.registries import (
    adapters_table,
    arms_reference,
    arms_table,
    backends_table,
    band_table,
    channels_table,
    datasets_table,
    findings_table,
    not_retained_table,
    rejections_table,
    statuses_table,
    terms_table,
    verdicts_table,
)
from parts.settings import card_table, item_file_tables, limits_table, study_tables

PARTS: Mapping[str, Callable[[], str]] = {
    "adapters": adapters_table,
    "arms": arms_reference,
    "arms-at-a-glance": arms_table,
    "backends": backends_table,
    "band": band_table,
    "card": card_table,
    "channels": channels_table,
    "commands": command_reference,
    "data-flow": data_flow,
    "datasets": datasets_table,
    "findings": findings_table,
    "item-file": item_file_tables,
    "json": json_reference,
    "limits": limits_table,
    "not-retained": not_retained_table,
    "rejections": rejections_table,
    "statuses": statuses_table,
    "study": study_tables,
    "terms": terms_table,
    "verdicts": verdicts_table,
}
_MADE = re.compile(r"^<!-- made: ([\w-]+) -->$", re.MULTILINE)


def on_page_markdown(markdown: str, page: Any, **_: object) -> str:  # noqa: ANN401
    """Put in what is made."""

    def made(found: re.Match[str]) -> str:
        if found[1] not in PARTS:
            raise PluginError(f"{page.file.src_uri}: there is no part {found[1]!r} in docs/parts")
        return PARTS[found[1]]()

    return _MADE.sub(made, markdown)


def on_files(files: Files, config: Any, **_: object) -> Files:  # noqa: ANN401
    """Add the files that are made."""
    for name, text in {**saved_panels(), **json_schemas()}.items():
        files.append(File.generated(config, name, content=text))
    return files
