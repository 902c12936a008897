"""The other tables of an invented study, to go with `synthetic_rows`."""

from __future__ import annotations

import pandas as pd

from cgr_nb.records import ModelCard

CLEAN = """GENERATOR_ANSWER = "B"
DIFFICULTY = "easy"


def solve(item, ask):
    first = int(ask("What is 9 times 3?"))
    total = int(ask(f"What is 29 plus {first}?"))
    hits = [letter for letter, text in item["options"].items() if text == str(total)]
    return hits[0] if hits else "A"
"""
HARD_CODED = """GENERATOR_ANSWER = "C"
DIFFICULTY = "hard"


def solve(item, ask):
    ask(item["question"])
    return "C"
"""


def programs_of(rows: pd.DataFrame) -> pd.DataFrame:
    """A program for every program id of the rows; every seventh is hard-coded."""
    ids = sorted(rows["program_id"].dropna().unique())
    sources = [f"# {id}\n" + (HARD_CODED if n % 7 == 3 else CLEAN) for n, id in enumerate(ids)]
    return pd.DataFrame({"program_id": ids, "source": sources})


def calls_of(rows: pd.DataFrame) -> pd.DataFrame:
    """Direct calls of the rows and one failed one, and a generator's call a program."""
    direct = [
        {
            "id": f"direct-{row.id}",
            "model": row.solver,
            "prompt_tokens": row.direct_tokens - 3,
            "reply_tokens": 3,
            "duration_s": 0.02,
            "finish": "length" if n % 50 == 0 else "stop",
            "error": None,
        }
        for n, row in enumerate(rows.itertuples())
    ]
    failed = {
        "id": "failed",
        "model": "tiny-1",
        "prompt_tokens": None,
        "reply_tokens": None,
        "duration_s": None,
        "finish": None,
        "error": "context_overflow: 2,100 tokens do not fit 2,048",
    }
    generated = [
        {**direct[0], "id": f"generate-{id}", "model": "g1", "reply_tokens": 140, "duration_s": 0.6}
        for id in sorted(rows["scaffold_id"].dropna().unique())
    ]
    return pd.DataFrame([*direct, failed, *generated])


def executions_of(rows: pd.DataFrame) -> pd.DataFrame:
    """One execution a row that has one."""
    ran = rows[rows["execution_id"].notna()]
    return pd.DataFrame(
        {
            "id": ran["execution_id"],
            "status": ran["assisted_status"],
            "detail": "",
            "cpu_s": 0.004,
            "wall_s": 0.009,
            "isolation": "strict",
            "asks": ran["asks"],
        }
    )


def cards() -> list[ModelCard]:
    """Two solvers and a generator."""
    shared = {
        "backend": "llama_cpp",
        "family": "tiny",
        "quantisation": "Q8_0",
        "context_tokens": 512,
        "licence": "Apache-2.0",
        "source": "trained by fixtures/training",
    }
    return [
        ModelCard("tiny-1", ("solver",), parameters=900_000, sha256="ab" * 32, **shared),
        ModelCard("tiny-2", ("solver",), parameters=2_400_000, sha256="cd" * 32, **shared),
        ModelCard("g1", ("generator",), parameters=None, sha256=None, **shared),
    ]
