"""What may be said of an MCP server that asks an API behind it, and of what that one makes of the token."""

from flowsim.model.states import Act, Outcome, State
from flowsim.model.steps import API, API_BEHIND, ATTACKER, CLIENT
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Request, Response
from tests.kit.facts import Facts
from tests.kit.rules import Rule, rule, rule_of

_LOOKED_AT = {
    "who issued it": "behind.issuer",
    "for which API": "behind.audience",
    "until when": "behind.not_expired",
}


def _asked(facts: Facts) -> str:
    """The header by which the MCP server shows a token in this event."""
    sent = [one.message for one in facts.event.messages if (one.sender, one.receiver) == (API, API_BEHIND)]
    (asked,) = [one for one in sent if isinstance(one, Request)]
    return asked.header("authorization") or ""


def _came(facts: Facts) -> str:
    """The header of the last call of the tool in this run."""
    calls = [
        one.message.header("authorization") or ""
        for event in facts.after.log
        for one in event.messages
        if event.run == facts.event.run and one.receiver == API and one.sender in (CLIENT, ATTACKER)
        if isinstance(one.message, Request)
    ]
    return calls[-1]


def _claim(header: str, name: str) -> object:
    token = signed_tokens.read(header.partition(" ")[2])
    assert token is not None
    return token.claims.get(name)


def _shown_before(facts: Facts) -> str:
    """The header that the API behind judges in this event."""
    assert isinstance(facts.flown, Request)
    return facts.flown.header("authorization") or ""


def _said(facts: Facts) -> Response:
    (told,) = [one.message for one in facts.event.messages if one.sender == API_BEHIND and one.receiver == API]
    assert isinstance(told, Response)
    return told


def _looks_at(facts: Facts, said: str) -> bool:
    """Just these are on, and were looked at."""
    made = {one.check.id for one in facts.event.checks}
    on = [what for what, name in _LOOKED_AT.items() if name in made and name not in facts.scenario.without]
    return said == ", ".join(on)


def _judged_before(facts: Facts) -> bool:
    own = [event for event in facts.after.log if event.run == facts.event.run and event.act is Act.STEP_B1]
    return bool(own) and any(one.check.id.startswith("api.") for one in own[-1].checks)


RULES: tuple[Rule, ...] = (
    rule(r"^It was made for `([^`]+)`", lambda f, m: _claim(_asked(f), "aud") == m[1]),
    rule_of(r"passes the token on to the API behind", lambda f: _asked(f) == _came(f)),
    rule(
        r"shows there the token that the (app|attacker) has shown",
        lambda f, m: _asked(f) == _came(f) and (m[1] == "attacker") == (f.run.owner == ATTACKER),
    ),
    rule_of(
        r"the MCP server has a token of its own|asks the API behind, with its own token|^a token of its own$",
        lambda f: _asked(f) != _came(f) and _claim(_asked(f), "sub") == _claim(_asked(f), "client_id"),
    ),
    rule_of(r"has shown stays where it is", lambda f: _came(f).partition(" ")[2] not in _asked(f)),
    rule_of(
        r"does not ask the API behind|asks nobody else|nobody is asked",
        lambda f: not any(one.receiver == API_BEHIND for one in f.event.messages),
    ),
    rule(r"The API behind checks the token by itself: ([^.]+)\.", lambda f, m: _looks_at(f, m[1])),
    rule(
        r"The API behind does not ask of the token ([^.]+)\.",
        lambda f, m: _looks_at(f, "") and all(word in m[1] for word in _LOOKED_AT),
    ),
    rule_of(r"The API behind refuses the token", lambda f: f.event.outcome is Outcome.ERROR and _said(f).status == 401),
    rule(
        r"books the call on `([^`]+)`, whom the token names",
        lambda f, m: _said(f).json()["booked_on"] == m[1] == _claim(_shown_before(f), "sub"),
    ),
    rule(r"^booked on (\S+)$", lambda f, m: _said(f).json()["booked_on"] == m[1]),
    rule_of(
        r"it was the MCP server that has asked",
        lambda f: (
            f.before.runs[f.event.run].in_flight.sender == API  # type: ignore[union-attr]
            and _said(f).json()["booked_on"] == _said(f).json()["owner"]
        ),
    ),
    rule_of(
        r"keeps the request, with the `access_token` in it",
        lambda f: f.after.attacker.loot["access_token"] == _shown_before(f).partition(" ")[2],
    ),
    rule_of(
        r"takes every token, and answers as it always does",
        lambda f: _said(f).status == 200 and not f.event.checks,
    ),
    rule_of(r"The MCP server has looked at the token before", _judged_before),
    rule(
        r"could not do its work: “The API behind answered (\d+)\.”",
        lambda f, m: f.event.after is State.TOOL_FAILED and m[1] in f.event.messages[-1].message.body,  # type: ignore[union-attr]
    ),
)
