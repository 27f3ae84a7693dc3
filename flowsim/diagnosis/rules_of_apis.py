"""What an API's refusal says of its cause: how the token was shown, which one it was, and what it allows."""

from collections.abc import Mapping

from flowsim.checks import behind
from flowsim.diagnosis.clues import Clues, Rule, Suspicion
from flowsim.diagnosis.rules_of_tokens import malformed
from flowsim.model.steps import API, CLIENT
from flowsim.model.world import VICTIM
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Request


def what_was_shown(clues: Clues) -> Suspicion:
    """No access token was shown, but another kind of thing."""
    shown, id_token = clues.shown_token(), clues.id_token()
    if shown and id_token and shown == id_token.text:
        return Suspicion("id-token-for-access-token", "the API was shown the ID token")
    read = signed_tokens.read(shown) if shown else None
    if read and read.claims.get("nonce") is not None:
        return Suspicion("id-token-for-access-token", "the API was shown a token with a nonce, which is an ID token")
    return Suspicion("access-token-malformed", f"the API was shown {clues.received}, where {clues.expected} is due")


def nothing_shown(clues: Clues) -> Suspicion:
    """The API saw no token: none was sent, it was sent elsewhere, or it was lost on the way."""
    asked = clues.refused_request
    if asked is not None and any(name == "access_token" for name, _ in asked.query):
        return Suspicion("token-in-the-address", "the token stands in the address, where this API does not look")
    sent = asked.header("authorization") if asked else None
    if sent and " " not in sent.strip():
        return Suspicion("scheme-left-out", "the Authorization header has the token and no scheme before it")
    if sent:
        return Suspicion("authorization-header-dropped", "the app sent an Authorization header, and the API saw none")
    return Suspicion("token-not-shown", "the request to the API has no Authorization header with a token")


def header(clues: Clues) -> Suspicion:
    if '"' in clues.received:
        return Suspicion("token-in-quotes", "the token in the Authorization header has quotes around it")
    seen = f"the Authorization header is {clues.received[:40]}, where {clues.expected} is due"
    return Suspicion("header-malformed", seen)


def scope(clues: Clues) -> Suspicion:
    """What the API wants beside what was asked for and what was granted."""
    wanted, granted = clues.expected, clues.received
    asked = (clues.asked("scope", VICTIM) or "").split(" ")
    seen = f"the API wants {wanted}, and the token has {granted}"
    if wanted in asked:
        return Suspicion("scope-not-registered", f"{seen}, though the app has asked for it")
    left_out = [word for word in asked if word and word not in granted.split(" ")]
    if left_out:
        named = " and ".join(left_out)
        return Suspicion("scope-not-granted", f"{seen}: the app has asked for {named}, which the server left out")
    return Suspicion("api-scope-left-out", f"{seen}: the app has not asked for it")


def token_dead(clues: Clues) -> Suspicion:
    return Suspicion("access-token-expired", f"the server says that the token is {clues.received}")


def passed_on(clues: Clues) -> Suspicion:
    """What an API behind an MCP server was shown, and whether the client has shown the same."""
    asked = clues.refused_request
    shown = asked.header("authorization") if asked else None
    calls = (one.message for one in clues.own if one.sender == CLIENT and one.receiver == API)
    if shown and any(isinstance(one, Request) and one.header("authorization") == shown for one in calls):
        token = signed_tokens.read(shown.rpartition(" ")[2])
        made_for = token.claims.get("aud") if token else "another"
        return Suspicion("token-passed-on", f"the app has shown the same token before, and it was made for {made_for}")
    return Suspicion("token-behind-wrong", f"the API behind got {clues.received}, where {clues.expected} is due")


RULES: Mapping[str, Rule] = {
    **{check.id: passed_on for check in behind.CHECKS},
    "api.one_method": header,
    "api.token_present": nothing_shown,
    "api.header_well_formed": header,
    "api.is_jwt": what_was_shown,
    "api.token_type": what_was_shown,
    "api.subject": malformed("access-token-malformed", "sub is"),
    "api.confirmation": malformed("access-token-malformed", "cnf is"),
    "api.scope": scope,
    "userinfo.one_method": header,
    "userinfo.token_present": nothing_shown,
    "userinfo.header_well_formed": header,
    "userinfo.token_issued": what_was_shown,
    "userinfo.token_alive": token_dead,
    "userinfo.scope": scope,
}
