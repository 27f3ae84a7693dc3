"""What to say of an MCP server that asks an API behind it: which token it shows there, and on whom the call is booked.

Source: Model Context Protocol, revision 2026-07-28, security considerations (access token privilege restriction).
"""

from functools import partial

from flowsim.engine.handlers.behind import booked, is_the_attackers
from flowsim.model.states import Act, Outcome, State
from flowsim.model.steps import API_BEHIND, ATTACKER
from flowsim.model.telling import Telling
from flowsim.protocol import mcp_wire, signed_tokens
from flowsim.protocol.messages import Request, Response
from flowsim.views.text.words import Table, Words, listed, prose, tells
from flowsim.views.text.words_of_tokens import asked_of_the_token, looks_at_the_token, wants_a_nonce

TELLERS: Table = {}
tell = partial(tells, TELLERS)
_OF_THE_TOKEN = {
    "behind.issuer": "who issued it",
    "behind.audience": "for which API",
    "behind.not_expired": "until when",
}

_NOT_SHOWN = (
    "It asks the authorization server for it as a client does that acts for itself, by the client credentials grant. These "
    "two messages are not shown here."
)


@tell(Act.STEP_B1)
def asks_behind(told: Telling) -> Words:
    needs = "The tool needs something of the API behind."
    token = _shown(told)
    made_for = f" It was made for `{token.claims.get('aud')}`." if token else ""
    if _is_passed_on(told):
        shows = f"The MCP server shows there the token that {_caller(told)} has shown.{made_for}"
        title, label = "The MCP server passes the token on to the API behind", "the same token"
    else:
        stays = f"What {_caller(told)} has shown stays where it is."
        shows = f"For that the MCP server has a token of its own.{made_for} {_NOT_SHOWN} {stays}"
        title, label = "The MCP server asks the API behind, with its own token", "a token of its own"
    return Words(title, prose(looks_at_the_token(told), needs, shows), label)


@tell(Act.STEP_B1, State.TOOL_ANSWERED)
def asks_nobody(told: Telling) -> Words:
    text = prose(looks_at_the_token(told), "It answers by itself, and does not ask the API behind.")
    return Words("The MCP server asks nobody else", text, "nobody is asked")


tell(Act.STEP_B1, State.TOOL_CALLED)(wants_a_nonce)


@tell(Act.STEP_B2)
def answers_behind(told: Telling) -> Words:
    if is_the_attackers(told.before):
        text = "It is in the attacker's hands: it takes every token, and answers as it always does."
        return Words("The API behind answers", text, "contacts")
    checks = asked_of_the_token(told, "The API behind", _OF_THE_TOKEN)
    if told.event.outcome is Outcome.ERROR:
        return Words("The API behind refuses the token", prose(checks, "It gives no data."), "401, no data")
    named = booked(told.event)
    who = f"It books the call on `{named}`, whom the token names."
    blamed = "But it was the MCP server that has asked." if named == _owner(told) else ""
    return Words("The API behind answers", prose(checks, who, blamed), f"booked on {named}")


@tell(Act.STEP_11, State.TOOL_FAILED)
def tool_failed(told: Telling) -> Words:
    reply = mcp_wire.answered(told.answer) if told.answer else None
    said = (reply.result or {}).get("content", ()) if reply else ()
    texts = listed(f"“{one.get('text')}”" for one in said)
    text = f"The call itself was allowed, and the tool could not do its work: {texts} There is no data."
    return Words("The MCP server answers that its tool has failed", text, "tool failed")


def _caller(told: Telling) -> str:
    return "the attacker" if told.run.owner == ATTACKER else "the app"


def _shown(told: Telling) -> signed_tokens.Token | None:
    """The token that the MCP server shows to the API behind, in this event."""
    return signed_tokens.read(_header(told, API_BEHIND).partition(" ")[2])


def _is_passed_on(told: Telling) -> bool:
    """True where the token is the one that came with the call of the tool."""
    came = told.delivered
    shown = (came.header("authorization") or "") if isinstance(came, Request) else ""
    return _header(told, API_BEHIND) == shown


def _header(told: Telling, receiver: str) -> str:
    sent = (one.message for one in told.event.messages if one.receiver == receiver)
    return next((one.header("authorization") or "" for one in sent if isinstance(one, Request)), "")


def _owner(told: Telling) -> str | None:
    """Whom the answer of the API behind is about."""
    answers = (one.message for one in told.event.messages if one.sender == API_BEHIND)
    named = next((one.json().get("owner") for one in answers if isinstance(one, Response)), None)
    return named if isinstance(named, str) else None
