"""Item -> program: the program in a generator's reply, its record, and an audit that reads it."""

from cgr_nb.scaffolds.audit import ProgramAudit, check_program
from cgr_nb.scaffolds.extracting import extract_program
from cgr_nb.scaffolds.program import make_scaffold, program_id, scaffold_id
from cgr_nb.scaffolds.shape import Finding

__all__ = [
    "Finding",
    "ProgramAudit",
    "check_program",
    "extract_program",
    "make_scaffold",
    "program_id",
    "scaffold_id",
]
