"""The files of a study on scripted models, for tests that bring their own script."""

from __future__ import annotations

STUDY = """
name = "sums"
[items]
files = ["items.jsonl"]
[models]
registry = "registry.toml"
solvers = ["script-solver"]
generators = ["script-generator"]
[run]
isolation = "limits"
"""


def card(role: str, options: str) -> str:
    """A registry table of a scripted solver or generator; `options` is TOML."""
    return f"""
[[model]]
name = "script-{role}"
roles = ["{role}"]
backend = "scripted"
family = "scripted"
quantisation = "none"
context_tokens = 4096
licence = "Apache-2.0"
source = "a script"
prompts = "tiny"
options = {{ {options} }}
"""
