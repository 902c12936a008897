"""What a process can give up on Linux, for good: privileges, the network, files.

Used by the sandbox, which adds a filter of its own, and by the workers that read weight files.
"""

from cgr_nb.confinement.landlock import restrict
from cgr_nb.confinement.network import forbid_network
from cgr_nb.confinement.privileges import forbid_new_privileges

__all__ = ["forbid_network", "forbid_new_privileges", "restrict"]
