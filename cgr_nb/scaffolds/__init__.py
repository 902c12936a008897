"""Item -> program: the program in a generator's reply, and its record."""

from cgr_nb.scaffolds.extracting import extract_program
from cgr_nb.scaffolds.program import make_scaffold, program_id, scaffold_id

__all__ = ["extract_program", "make_scaffold", "program_id", "scaffold_id"]
