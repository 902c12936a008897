"""Any dataset -> `Item`: readers, adapters, ids, distractors, seeded samples and the check of a
file.

Every row of a source ends as an item or as a counted, explained rejection. Adapters are entry
points of group `cgr_nb.items`; the contract is in `cgr_nb.items.adapter`.
"""

from cgr_nb.items.adapter import Adapter, adapters, get_adapter, guess_adapter
from cgr_nb.items.check import Check, FileCheck, check_items, format_check
from cgr_nb.items.findings import item_remarks, source_remarks
from cgr_nb.items.identity import item_id, question_key
from cgr_nb.items.item_file import Columns, ItemFile, item_file
from cgr_nb.items.parsed_row import Numeric, ParsedRow
from cgr_nb.items.permutations import (
    COPY_KEY,
    base_id,
    base_letters,
    copy_of,
    fixed_order,
    is_copy_of,
    permuted,
)
from cgr_nb.items.reading import ItemSet, SourceCount, read_items
from cgr_nb.items.rejection import REASONS, Reject, Rejection
from cgr_nb.items.sample import sample_items
from cgr_nb.items.sources import (
    DatasetSource,
    SourceFile,
    dataset_files,
    dataset_source,
    dataset_sources,
    fetch_dataset,
)
from cgr_nb.items.twins import (
    claimed_answer,
    is_twin_of,
    original_of,
    reordered_twins,
    written_twin,
)
from cgr_nb.items.writing import write_items

__all__ = [
    "COPY_KEY",
    "REASONS",
    "Adapter",
    "Check",
    "Columns",
    "DatasetSource",
    "FileCheck",
    "ItemFile",
    "ItemSet",
    "Numeric",
    "ParsedRow",
    "Reject",
    "Rejection",
    "SourceCount",
    "SourceFile",
    "adapters",
    "base_id",
    "base_letters",
    "check_items",
    "claimed_answer",
    "copy_of",
    "dataset_files",
    "dataset_source",
    "dataset_sources",
    "fetch_dataset",
    "fixed_order",
    "format_check",
    "get_adapter",
    "guess_adapter",
    "is_copy_of",
    "is_twin_of",
    "item_file",
    "item_id",
    "item_remarks",
    "original_of",
    "permuted",
    "question_key",
    "read_items",
    "reordered_twins",
    "sample_items",
    "source_remarks",
    "write_items",
    "written_twin",
]
