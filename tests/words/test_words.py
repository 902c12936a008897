"""Words of reports and panels stand in one place."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest

from cgr_nb.analysis.frame import ASSISTED_STATUSES, DIRECT_STATUSES
from cgr_nb.audit.agreement import LABELS
from cgr_nb.records import EXECUTION_STATUSES
from cgr_nb.words import (
    ASSISTED_STATUS_WORDS,
    DIRECT_STATUS_WORDS,
    GLOSSARY,
    RUN_END_WORDS,
    TERMS,
    VERDICT_WORDS,
    WORDS,
)


def sentences(value: object) -> list[str]:
    """Every text of a table that is long enough not to stand elsewhere by chance."""
    if isinstance(value, str):
        return [value] if len(value) > 24 else []
    parts = value.values() if isinstance(value, dict) else value
    assert isinstance(parts, Iterable)
    return [text for part in parts for text in sentences(part)]


ROOMS = ("analysis", "arms", "audit", "bundle", "cli", "explore", "report", "study", "widgets")
"""Those that speak to a reader of results."""


def test_no_sentence_stands_a_second_time_in_python_or_javascript(repository):
    sources = {
        path.relative_to(repository): path.read_text("utf-8")
        for room in ROOMS
        for path in (repository / "cgr_nb" / room).rglob("*")
        if path.suffix in (".py", ".js", ".j2")
    }
    assert len(sources) > 150
    twice = [
        (str(path), text)
        for text in sentences(WORDS)
        for path, source in sources.items()
        if f'"{text}"' in source
    ]
    assert twice == []
    assert len(sentences(WORDS)) > 50


def test_no_key_of_the_file_stands_twice(repository):
    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        assert len({key for key, _ in pairs}) == len(pairs)
        return dict(pairs)

    text = (repository / "cgr_nb" / "words" / "words.json").read_text("utf-8")
    assert json.loads(text, object_pairs_hook=once) == WORDS


@pytest.mark.parametrize(
    ("words", "statuses"),
    [
        (DIRECT_STATUS_WORDS, DIRECT_STATUSES),
        (ASSISTED_STATUS_WORDS, ASSISTED_STATUSES),
        (RUN_END_WORDS, set(EXECUTION_STATUSES) - {"ok"}),
        (VERDICT_WORDS, LABELS),
    ],
)
def test_every_status_and_verdict_has_words(words, statuses):
    assert set(words) == set(statuses)


def test_the_terms_of_a_report_are_those_of_the_glossary():
    assert len({title for title, _ in TERMS}) == len(TERMS)
    assert {meaning.removesuffix(".") for _, meaning in TERMS} <= set(GLOSSARY.values())
