"""The app signs its assertion for an address that the attacker's server has named, and that is the honest server's.

An app that shows with signed assertions who it is names in each the server it is for. Some name the token endpoint, as the
server's metadata give it. But a server can write any address there. The attacker's server writes the honest one's, and an
endpoint of its own for pushed requests. So the app pushes a request to the attacker, with an assertion that the honest
server takes for its own.

With that the attacker *is* the app at the honest server. It has the victim's browser open a request with its own challenge,
and when the response leaks it redeems the code. The server checks the audience, and the audience is right. What helps is an
app that names the issuer, and nobody else: that it has compared when it learnt the metadata.

Where the server takes no other than pushed requests it takes two assertions. The attacker pushes its request with the one
that it got in a login of its own. It gets another when the user, too, chooses the attacker's server.

Source: Security Topics Update section 2.1 (draft-ietf-oauth-security-topics-update), RFC 7523 section 3,
RFC 9126 section 2.
"""

from typing import Any

from flowsim.actors import client
from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import (
    OWN_VERIFIER,
    TOO_LATE,
    go_on,
    has_done,
    lure,
    lured,
    own_request,
    push,
    redeem_the_code,
    redeemed,
    steal_the_redirect,
)
from flowsim.attacks.view import View
from flowsim.engine.honest_moves import discovery_of
from flowsim.model.scenario import ISSUER, Scenario
from flowsim.model.states import Act, Role, State
from flowsim.model.transitions import Move
from flowsim.model.world import ATTACKER_INITIATED, OWN_LOGIN, SECOND_SERVER, VICTIM, World
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Opening


class AudienceInjection(Attacker):
    """Has the app push a request to the attacker's server, and uses the assertion that comes along at the honest one."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        loot = world.attacker.loot
        if "code" in loot:
            return redeem_the_code(world, OWN_VERIFIER, assertion=loot.get("client_assertion"))
        if lured(world):
            return steal_the_redirect(world, ATTACKER_INITIATED)
        if has_done(world, Act.MISDIRECT):
            return steal_the_redirect(world, VICTIM)
        if "client_assertion" not in loot:
            return self.have_one_pushed(world)
        if world.scenario.par != "required":
            return lure(world, own_request(world))
        if "pushed_request_uri" not in loot:
            return push(world, own_request(world), assertion=loot["client_assertion"])
        return self.misdirect(world, loot["pushed_request_uri"])

    @staticmethod
    def misdirect(world: View, request_uri: str) -> Move | None:
        """Send the browser of a user who has chosen the attacker's server on to the honest one, for the pushed request."""
        victim = world.runs[VICTIM]
        if victim.state is not State.PREPARED or victim.in_flight is None:
            return None
        endpoint = f"{victim.server}/authorize"
        url = client.pushed_address(endpoint, world.scenario.profile.client_id, request_uri)
        return Move(VICTIM, Act.MISDIRECT, Opening(url=url))

    @staticmethod
    def have_one_pushed(world: View) -> Move | None:
        """Begin a login at the app with one's own server, which tells the app where to push the request."""
        own, asked = world.runs.get(OWN_LOGIN), world.runs.get(discovery_of(SECOND_SERVER))
        if asked is not None and asked.state is State.METADATA_ASKED:
            return None if has_done(world, Act.CLAIM_ENDPOINT) else Move(asked.name, Act.CLAIM_ENDPOINT)
        if own is None:
            free = world.runs[VICTIM].state is State.START
            return Move(OWN_LOGIN, Act.STEP_1, role=Role.LOGIN, by_attacker=True) if free else None
        if own.state is not State.CLICKED:
            return None
        if not has_done(world, Act.CHOOSE_SERVER):
            return Move(OWN_LOGIN, Act.CHOOSE_SERVER) if world.scenario.second_server else None
        return go_on(world, OWN_LOGIN)

    def reason(self, world: World) -> str | None:
        token = signed_tokens.read(world.attacker.loot.get("client_assertion", ""))
        if token is None or redeemed(world) is None or not has_done(world, Act.CLAIM_ENDPOINT):
            return None
        if token.claims.get("aud") != f"{ISSUER}/oauth/token":
            return None
        return "The app signed its assertion for the token endpoint that the attacker's server had named: the honest one's."

    def needs(self, scenario: Scenario) -> dict[str, Any]:
        # Only an app with a server of its own can keep a key; it has no web view, and nothing is shipped with it.
        website = {"client": "web", "web_view": False, "shipped_secret": False}
        asks = {"discovery": "openid"} if scenario.discovery == "off" else {}
        return {**website, **asks, "second_server": True, "client_auth": "private_key_jwt"}


ATTACKER = AudienceInjection(
    name="audience-injection",
    title="the attacker's server has the app sign for another one",
    positions=("A1", "A3"),
    about="The app signs assertions for the token endpoint that a server names; the attacker's names the honest one's.",
    too_late=TOO_LATE,
)
