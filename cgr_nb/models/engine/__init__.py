"""Many sequences of one model at once, shared prefixes computed once, by llama.cpp.

Runs inside a worker process (see `models.worker`). From the outside in: `engine` (a thread and who
asks it), `loaded` (what it has loaded), `scheduler` (the next batch), `task` and `sequence` (a
request at work), `writing` and `readout` (what is made of its logits), `kv_cache` and `prefix`
(where its tokens lie and whose they also are), `sampler`, and `context` (llama.cpp itself).
Importing this package loads none of them.
"""

from cgr_nb.models.engine.options import EngineOptions, Mode
from cgr_nb.models.engine.stats import EngineStats

__all__ = ["EngineOptions", "EngineStats", "Mode"]
