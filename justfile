# What developers run, by name: `just --list`. Each is a plain command that can be typed without just.

python := ".venv/bin/python"

# tests without browsers, models and whole studies
fast *args:
    {{python}} -m pytest -m fast {{args}}

# the whole suite
all *args:
    {{python}} -m pytest {{args}}

# panels and reports in a real browser
browser *args:
    {{python}} -m pytest -m browser {{args}}

# lint, format and types, as the suite checks them
lint:
    {{python}} -m ruff check .
    {{python}} -m ruff format --check .
    {{python}} -m mypy

# the documentation, into site/
docs:
    {{python}} -m mkdocs build --strict

# the documentation, followed as it is edited
serve:
    {{python}} -m mkdocs serve

# speed of this machine: engine and sandbox
bench:
    {{python}} -m cgr_nb.cli bench engine --quick
    {{python}} -m cgr_nb.cli bench sandbox
