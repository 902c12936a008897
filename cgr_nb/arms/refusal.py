"""A call that a model will never serve."""

from __future__ import annotations

from cgr_nb.arms.programs import refused_read
from cgr_nb.errors import RequestError

__all__ = ["Refusal"]


class Refusal(RequestError):
    """A call that can't be served, however often it is made: the arm's own failure."""

    @property
    def status(self) -> str:
        """ "overflow" where prompt and reply do not fit the context window, else "refused"."""
        return refused_read(self.what).status
