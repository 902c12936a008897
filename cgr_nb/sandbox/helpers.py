"""What a program finds when it runs: the helpers of the scaffold contract, told once.

`DESCRIPTION` is the text that the generator prompt quotes.
"""

from __future__ import annotations

from typing import Final

__all__ = ["DESCRIPTION"]

DESCRIPTION: Final = """\
ask(prompt, choices=None, max_tokens=None, temperature=None) -> str
    Put one question to the solver and return its reply as text. The solver sees this prompt and nothing
    else: no earlier prompt, no item. With choices (a list of texts) the reply is exactly one of them.
read_letter(text, options=None) -> str | None
    The option letter that a reply settles on, or None when it names none or more than one.
read_number(text) -> float | None
    The last number in a reply, or None.
The Python standard library can be imported, and numpy and sympy where they are installed. There are no
files, no network and no other processes. print() goes to a log.\
"""
