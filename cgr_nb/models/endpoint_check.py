"""What is found out about a model of a server by asking it: whether the server lists it, how it is
held to choices, whether it tells log-probabilities of texts, what becomes of a system turn, and
whether tokens are counted."""

from __future__ import annotations

from dataclasses import dataclass

from cgr_nb.models.endpoint import EndpointModel
from cgr_nb.models.served_models import close_name, served_name
from cgr_nb.records import Message, Reply, Sampling

__all__ = ["EndpointFindings", "look_at"]

_ONE_TOKEN = Sampling(max_tokens=1)
_RULES = Message(
    "system",
    "You answer questions with more than one answer to choose from. Name the letter of the answer"
    " that fits best, and nothing else. Do not explain, do not repeat the question.",
)


@dataclass(frozen=True, slots=True)
class EndpointFindings:
    """What was found out."""

    choices: str | None
    """How the server is held to choices; None where it was seen to hold to them in no known way."""
    scores: str | None
    """How the server tells log-probabilities of texts, by which choices are scored; None: not."""
    system_turn: str
    """"own": it takes one; "folded": it is put before the user's first turn."""
    remarks: tuple[str, ...]


async def look_at(
    model: EndpointModel, asked: tuple[Message, ...], reply: Reply
) -> EndpointFindings:
    """Ask a server.

    Args:
        model: The model.
        asked: What it was asked already, without a system turn.
        reply: What it said to that, of one token.

    Raises:
        ModelError: The server can't be asked.
    """
    remarks = await _of_the_list(model)
    with_rules = await model.reply((_RULES, *asked), _ONE_TOKEN)
    served, before = with_rules.served, reply.served
    folded = served is not None and served.folded
    if folded:
        remarks.append("the server takes no system turn: it is put before the user's first turn")
    elif _is_counted(with_rules) and with_rules.prompt_tokens == reply.prompt_tokens:
        remarks.append(
            "the server leaves the system turn out: the prompt has as many tokens without it;"
            " set system_turn = 'folded' in the card's options"
        )
    if before is not None and before.estimated:
        remarks.append("the server does not count tokens: counts are estimates, and marked so")
    way = await model.way_to_choose()
    if not way.seen:
        remarks.append(
            "the server was seen to hold to choices in no way that is known: a reply counts only if"
            " it is one of the choices by itself"
        )
    scored = await model.way_to_score()
    if scored.way is None:
        remarks.append(
            "no log-probabilities of texts, so options can't be ranked, nor programs ask for"
            f" scores: {scored.why}"
        )
    return EndpointFindings(
        choices=way.choosing if way.seen else None,
        scores=scored.way,
        system_turn="folded" if folded else "own",
        remarks=tuple(remarks),
    )


async def _of_the_list(model: EndpointModel) -> list[str]:
    """What the server's own list says against the card."""
    models = await model.served()
    names = [one.name for one in models]
    wanted = model.served_as
    name = served_name(wanted, names)
    if name is None:
        close = close_name(wanted, names)
        hint = f"; did you mean '{close}'?" if close else ""
        return [f"the server does not name '{wanted}' among its models{hint}"]
    found = next(one for one in models if one.name == name)
    remarks = []
    said = model.card.options.get("server", "openai")
    if found.server is not None and found.server != said:
        remarks.append(
            f"the server looks like {found.server}, and the card says {said}: set server ="
            f" '{found.server}' in its options, so that what differs is sent in its own words"
        )
    if found.context_tokens is not None and found.context_tokens < model.card.context_tokens:
        remarks.append(
            f"the card says a context of {model.card.context_tokens:,} tokens, the server"
            f" {found.context_tokens:,}"
        )
    return remarks


def _is_counted(reply: Reply) -> bool:
    return reply.served is not None and "prompt_tokens" not in reply.served.estimated
