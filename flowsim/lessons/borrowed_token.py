"""A borrowed token: an app takes an access token as proof of who its user is, and logs an attacker in.

The user logs in to one app, willingly. Its owner, or whoever got its token, hands the access token to another app that
asks the userinfo endpoint whose it is, and logs that user in. The token is genuine and the answer is true; but a bearer
token says whose *data* may be read, and nothing about who is at the door. An ID token says for whom it was made, so the
other app can see that it was made for somebody else.

This happens beside the eleven steps, between two apps, so it is no attacker of a run.

Source: RFC 6749 section 10.16, OIDC Core section 16.11.
"""

from dataclasses import dataclass

from flowsim.actors import authorization_server
from flowsim.checks import token_response
from flowsim.model.check import AnyCheck
from flowsim.model.clients import PROFILES
from flowsim.model.context import Context
from flowsim.model.scenario import unknown
from flowsim.model.world import VICTIM, TokenSet, Transaction, World
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Response, request


@dataclass(frozen=True, slots=True, kw_only=True)
class Borrowed:
    """Whom the other app logs in by the access token (`sub`, None for nobody), and what stops it by the ID token."""

    by_access_token: str | None
    by_id_token: str | None
    id_token_refused_by: AnyCheck | None


def attack(world: World, other_app: str = "native-loopback") -> Borrowed:
    """Hand the tokens of this finished login to another app. Raises ScenarioError for an app that does not exist."""
    if not isinstance(other_app, str) or other_app not in PROFILES:
        raise unknown("client", other_app, list(PROFILES))
    run = world.runs[VICTIM]
    held = world.clients[run.client].tokens[run.who]
    sub = _userinfo(world, held.access_token).json().get("sub")
    refused = _refused(world, other_app, held)
    token = signed_tokens.read(held.id_token or "")
    named = str(token.claims.get("sub")) if token and refused is None else None
    return Borrowed(by_access_token=sub, by_id_token=named, id_token_refused_by=refused)


def _userinfo(world: World, access_token: str) -> Response:
    """What the server says about this token's user, to whoever shows it."""
    run = world.runs[VICTIM]
    context = Context(world.scenario.seed or 0, world.now, world.scenario.policy, "borrowed")
    asked = request("GET", f"{run.server}/userinfo", headers={"Authorization": f"Bearer {access_token}"})
    return authorization_server.handle(world.servers[run.server], asked, context)[1]


def _refused(world: World, other_app: str, held: TokenSet) -> AnyCheck | None:
    """The check with which the other app refuses these tokens as the answer to a login of its own."""
    run, profile = world.runs[VICTIM], PROFILES[other_app]
    context = Context(world.scenario.seed or 0, world.now, world.scenario.policy, "borrowed")
    own_login = Transaction(
        state=None,
        nonce=None,
        code_verifier=None,
        redirect_uri=profile.redirect_uri,
        issuer=run.server,
        token_endpoint=f"{run.server}/oauth/token",
        scope="openid",
        started=world.now,
    )
    facts = token_response.TokenResponseFacts(
        body={"access_token": held.access_token, "token_type": held.token_type, "id_token": held.id_token},
        id_token=held.id_token,
        token=signed_tokens.read(held.id_token or ""),
        transaction=own_login,
        client_id=profile.client_id,
        jwks=world.clients[run.client].jwks,
        now=world.now,
    )
    return context.evaluate(token_response.CHECKS, facts)
