"""A model behind OpenAI-compatible servers: llama-server, vLLM, Ollama, LM Studio, or hosted.

    base_url = ["http://one:8080/v1", "http://two:8080/v1"]

Several addresses are servers of the same model. A request goes to the one with the fewest, and to
another one when it comes to nothing there; each of them has `max_in_flight` and
`requests_per_minute` of its own. One that fails is put aside for a while, checked, and used again
(see `replicas`). When none is left, a request waits as it does for a single server, for
`retry_for_s`, and then fails. Where servers stand is no part of what the model is, and which one
answered is told beside each call.

A refusal, which goes on record, counts when a second server refuses as well; that of a single one
in use only where it has answered before, and not refused what another one answered since. A server
that did that, or whose reply was none of the choices where another one's was, is put aside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeGuard

from cgr_nb.errors import CallFailed, ModelError, RequestError
from cgr_nb.models.endpoint import EndpointModel
from cgr_nb.models.endpoint_errors import EndpointFailed
from cgr_nb.models.endpoint_options import EndpointOptions, addresses_of, card_at
from cgr_nb.models.interface import Model
from cgr_nb.models.known_templates import with_template_text
from cgr_nb.models.pacing import Patience, Retries
from cgr_nb.models.replica import Replica, ServerState, said
from cgr_nb.models.replicas import Replicas
from cgr_nb.models.sampling import check_request
from cgr_nb.models.told_once import ToldOnce
from cgr_nb.records import Message, ModelCard, Reply, Sampling

__all__ = ["ReplicatedModel", "open_endpoint"]

_PATIENCE: tuple[Patience, ...] = ("none", "once", "short", "long")
_LEAST_PAUSE_S = 0.01
_ENOUGH_REFUSALS = 2
_SHOWN = 6


def open_endpoint(card: ModelCard, base: Path) -> Model:
    """The model of a card of one address or several. No server is asked before the first call.

    Raises:
        ModelError: See `EndpointModel`.
    """
    if len(addresses := addresses_of(card)) > 1:
        return ReplicatedModel(card, base)
    return EndpointModel(card_at(card, addresses[0]), base)


class ReplicatedModel:
    """One model of several servers."""

    def __init__(self, card: ModelCard, base: Path) -> None:
        """Check the card. No server is asked before the first call.

        Args:
            card: The model; see `endpoint` for its options.
            base: Folder that a relative path of a chat template starts from.

        Raises:
            ModelError: See `EndpointModel`.
        """
        self.card = with_template_text(card, base)
        """The card as given, with the text of its chat template's file in place of its name."""
        addresses = addresses_of(card)
        self._options = how = EndpointOptions.of(card_at(self.card, addresses[0]))
        self._servers = Replicas(
            card.name,
            [
                Replica(
                    EndpointModel(card_at(self.card, address), base, one_of_several=True),
                    address,
                    how.max_in_flight,
                    how.backoff_s,
                )
                for address in addresses
            ],
        )

    @property
    def servers(self) -> tuple[ServerState, ...]:
        """How its servers are doing, in the card's order."""
        return self._servers.states

    @property
    def replicas(self) -> tuple[Replica, ...]:
        """Its servers."""
        return self._servers.all

    async def check_servers(self, within_s: float | None = None) -> tuple[ServerState, ...]:
        """Check those that are not in use and due; then how all are doing.

        Args:
            within_s: How long is waited for that; None: as long as it takes (`timeout_s`).

        Raises:
            ModelError: The model is closed.
        """
        return await self._servers.check(within_s)

    async def reply(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        on_text: Callable[[str], None] | None = None,
    ) -> Reply:
        """See `Model.reply`. Of a reply that is begun anew, only what goes beyond the text that was
        told is told.

        Raises:
            RequestError: The servers can't or will not serve this request.
            CallFailed: No usable reply came from any of them, however often it was tried.
        """
        check_request(messages, sampling)
        how = self._options
        retries = Retries(how.retries, how.retry_for_s, how.backoff_s)
        telling = None if on_text is None else ToldOnce(on_text)
        tried: dict[Replica, ModelError] = {}
        pause_s = 0.0
        while True:
            replica = await self._servers.take(tried, pause_s)
            if replica is not None:
                told = None if telling is None else telling.anew()
                answer = await self._ask(replica, messages, sampling, told)
                if isinstance(answer, Reply):
                    self._passed(replica, tried)
                    return answer
                tried[replica] = answer
                pause_s = 0.0
            elif pause_s:
                # Over, and no other server has come in between: all of them may be tried anew.
                tried, pause_s = {}, 0.0
            else:
                failure = self._failure(tried)
                pause = retries.pause_after(failure.patience, failure.asked_pause_s)
                if pause is None:
                    raise failure
                pause_s = max(pause, _LEAST_PAUSE_S)
            refusals = [error for error in tried.values() if isinstance(error, RequestError)]
            if len(refusals) >= _ENOUGH_REFUSALS:
                raise refusals[0]

    async def _ask(
        self,
        replica: Replica,
        messages: Sequence[Message],
        sampling: Sampling,
        on_text: Callable[[str], None] | None,
    ) -> Reply | RequestError | CallFailed:
        """What one server says."""
        try:
            return await replica.reply(messages, sampling, on_text)
        except RequestError as refusal:
            return refusal
        except CallFailed as failure:
            if not _is_of_the_reply(failure):
                self._servers.failed(replica, failure)
            return failure
        finally:
            self._servers.give_back(replica)

    def _passed(self, replica: Replica, tried: Mapping[Replica, ModelError]) -> None:
        self._servers.passed(replica)
        for other, error in tried.items():
            if isinstance(error, RequestError) or _is_of_the_reply(error):
                problem = EndpointFailed(
                    f"it gave no reply to what {replica.address} answered: {error.what}",
                    where=error.where,
                    got=error.got,
                )
                self._servers.failed(other, problem, doubts=isinstance(error, RequestError))

    def _failure(self, tried: Mapping[Replica, ModelError]) -> EndpointFailed:
        """What all servers together come to: tried ones by what they said, others by why they are
        put aside.

        Raises:
            RequestError: One that is trusted refuses, and none is there to ask as well.
        """
        for replica, error in tried.items():
            if isinstance(error, RequestError) and not replica.is_doubted:
                raise error
        problems = {one: tried.get(one, one.problem) for one in self.replicas}
        patience = [_patience(one, problem, one in tried) for one, problem in problems.items()]
        asked = [
            problem.asked_pause_s if isinstance(problem, EndpointFailed) else None
            for problem in problems.values()
        ]
        words = [
            f"{replica.address}: {'no answer yet' if problem is None else said(problem)}"
            for replica, problem in problems.items()
        ]
        more = f"; and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
        fixes = [problem.fix for problem in problems.values() if problem is not None]
        failure = EndpointFailed(
            f"none of its {len(words)} servers gives a usable reply: "
            + "; ".join(words[:_SHOWN])
            + more,
            where=f"model '{self.card.name}'",
            fix=next(filter(None, fixes), None),
        )
        # Where servers that are well give no reply to this, others need not be waited for.
        of_replies = [one.patience for one in tried.values() if _is_of_the_reply(one)]
        failure.patience = max(of_replies or patience, key=_PATIENCE.index)
        pauses = [pause for pause in asked if pause is not None]
        failure.asked_pause_s = min(pauses) if len(pauses) == len(asked) else None
        return failure

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """See `EndpointModel.count_tokens`."""
        return self.replicas[0].model.count_tokens(messages)

    async def close(self) -> None:
        """See `Model.close`. Replies that are not finished end in a `ModelError`."""
        await self._servers.close()
        for replica in self.replicas:
            await replica.model.close()


def _patience(replica: Replica, problem: ModelError | None, is_tried: bool) -> Patience:
    """How long it is worth to wait for a server."""
    if problem is None:  # it is being checked for the first time, or has just come back
        return "long"
    if isinstance(problem, EndpointFailed) and (is_tried or replica.is_problem_checked):
        return problem.patience
    return "short"


def _is_of_the_reply(error: ModelError) -> TypeGuard[EndpointFailed]:
    return isinstance(error, EndpointFailed) and error.is_of_the_reply
