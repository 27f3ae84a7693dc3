"""The app uses two authorization servers, and one of them is the attacker's.

The user picks the attacker's server. That server sends the browser on to the honest one, with the app's own request. The
honest server issues a code, and the app takes it to the server it believes it is talking to, verifier and all. What the
app needs is to know which server answered: that is what `iss` says. A redirect address for each server helps as well.

An app that asks each server for its metadata can be told a lie there: the attacker's server names the honest one as its
`issuer`, and then the `iss` of the honest answer fits. So the app has to compare the issuer with the one it has asked.

An app that is given the address of an MCP server, and learns from that where to log in, offers no servers of its own. Who
adds the attacker's MCP server has chosen its authorization server with it. In `mix-up-by-resource-metadata` this server
tells the truth about itself, so the `iss` of the honest answer does not fit. See borrowed_issuer.py for one that does not.

From an app with a secret the attacker cannot redeem the code. It puts the code into a login of its own at the app, whose
challenge and nonce it had put into the victim's request before.

From an app that signs assertions the attacker gets one with the code. It is a genuine one, and was made for the attacker's
server. What keeps it from being used at the honest one is the audience in it.

Source: RFC 9700 section 4.4, RFC 9207 section 2.4, RFC 8414 sections 3.3 and 6.2, RFC 7523 section 3.
"""

from typing import Any

from flowsim.actors import client
from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import (
    has_done,
    let_the_app_redeem,
    log_in_oneself,
    named_resource,
    own_pending_address,
    own_pending_request,
    push,
    redeem_the_code,
    redeemed,
)
from flowsim.attacks.view import View
from flowsim.engine.honest_moves import discovery_of
from flowsim.model.clients import MCP
from flowsim.model.mcp import MCP_ORIGIN
from flowsim.model.scenario import Scenario
from flowsim.model.states import Act, State
from flowsim.model.steps import ATTACKER as WHO
from flowsim.model.transitions import Move
from flowsim.model.world import SECOND_SERVER, VICTIM, World
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Opening, Request, leads_to, query_of, with_params

_SHOWS_WHO = ("client_assertion", "client_assertion_type")
_OF_ONES_OWN = ("nonce", "code_challenge", "code_challenge_method", "dpop_jkt")


class MixUp(Attacker):
    """Sends the browser on to the honest server, and gets the code from the app itself."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        victim, confidential = world.runs[VICTIM], self._lets_the_app_redeem(world)
        if lie := self._claim_to_be_the_other(world):
            return lie
        if victim.state is State.PREPARED and not has_done(world, Act.MISDIRECT):
            if victim.in_flight is None or not self._leads_here(world):
                return None
            if confidential and (own := log_in_oneself(world, State.PREPARED)):
                return own
            if confidential and own_pending_address(world) is None:
                return None
            return self._misdirect(world, confidential)
        if "code" not in world.attacker.loot:
            sent = victim.in_flight
            mine = victim.state is State.CODE_SENT and sent is not None and sent.receiver == WHO
            return Move(VICTIM, Act.GET_TOKEN_REQUEST) if mine else None
        if not confidential:
            loot = world.attacker.loot
            return redeem_the_code(world, loot.get("code_verifier"), assertion=loot.get("client_assertion"))
        return let_the_app_redeem(world)

    def _lets_the_app_redeem(self, world: View) -> bool:
        """True where the attacker cannot redeem the code itself, for want of what the app authenticates with."""
        return world.scenario.profile.confidential

    def reason(self, world: World) -> str | None:
        kept = [event.detail for event in world.log if event.act is Act.GET_TOKEN_REQUEST]
        if not kept or redeemed(world) is None:
            return None
        brought = "the code and its verifier" if "code_verifier" in kept[0] else "the code"
        return f"The app brought {brought} to the attacker's server, and took it for the right one."

    def needs(self, scenario: Scenario) -> dict[str, Any]:
        return {"second_server": True}

    def _lies(self, world: View) -> bool:
        """True where it gives the other's name for its own; without `iss` the truth cannot be found out, and will do."""
        return world.scenario.iss

    def _claim_to_be_the_other(self, world: View) -> Move | None:
        """Where the app asks who one is: give the other server's issuer for one's own, so that its `iss` will fit."""
        asked = world.runs.get(discovery_of(SECOND_SERVER))
        if asked is None or asked.state is not State.METADATA_ASKED or has_done(world, Act.ANSWER_METADATA):
            return None
        return Move(asked.name, Act.ANSWER_METADATA) if self._lies(world) else None

    @staticmethod
    def _misdirect(world: View, confidential: bool) -> Move | None:
        """Send the browser on to the honest server.

        Where that takes no other than pushed requests, there is one that the app itself has pushed, for the attacker's own
        login; for an app without a secret the attacker pushes one.
        """
        endpoint, asked = f"{world.runs[VICTIM].server}/authorize", MixUp._onward(world, confidential)
        address = own_pending_address(world)
        if address is not None and "request_uri" in dict(query_of(address)):
            return Move(VICTIM, Act.MISDIRECT, Opening(url=address))
        if world.scenario.par != "required":
            return Move(VICTIM, Act.MISDIRECT, Opening(url=with_params(endpoint, asked)))
        if request_uri := world.attacker.loot.get("pushed_request_uri"):
            url = client.pushed_address(endpoint, asked["client_id"], request_uri)
            return Move(VICTIM, Act.MISDIRECT, Opening(url=url))
        return push(world, asked, world.attacker.loot.get("client_assertion"))

    @staticmethod
    def _leads_here(world: View) -> bool:
        return _opened(world).startswith(f"{SECOND_SERVER}/")

    @staticmethod
    def _onward(world: View, confidential: bool) -> dict[str, str]:
        """The victim's request for the honest server: the app's address there, and what the attacker puts into it."""
        asked = {**_asked(world), "redirect_uri": world.scenario.profile.redirect_uri}
        asked.pop("dpop_jkt", None)
        if world.runs[VICTIM].api == MCP_ORIGIN:  # what the app has named is the attacker's MCP server
            asked |= named_resource(world.scenario)
        if confidential:
            own = own_pending_request(world)
            asked = {name: value for name, value in asked.items() if name not in _OF_ONES_OWN}
            asked |= {name: own[name] for name in _OF_ONES_OWN if name in own}
        return asked


def _opened(world: View) -> str:
    """The address that the victim's app has the browser open."""
    sent = world.runs[VICTIM].in_flight
    assert sent is not None
    return leads_to(sent.message)


def _asked(world: View) -> dict[str, str]:
    """What the app asks the attacker's server for: in the address, or in the request that it has pushed there before."""
    named = dict(query_of(_opened(world)))
    if "request_uri" not in named:
        return named
    pushed = next(
        one.message
        for event in reversed(world.log)
        if event.run == VICTIM
        for one in event.messages
        if one.receiver == WHO and isinstance(one.message, Request) and "response_type" in dict(one.message.form)
    )
    asked = {name: value for name, value in pushed.form if name not in _SHOWS_WHO}
    return {**asked, "client_id": named["client_id"]}


class MixUpWithAssertion(MixUp):
    """Redeems the code itself, with the assertion that the app has brought along with it."""

    __slots__ = ()

    def _lets_the_app_redeem(self, world: View) -> bool:
        return False

    def reason(self, world: World) -> str | None:
        token = signed_tokens.read(world.attacker.loot.get("client_assertion", ""))
        if token is None or redeemed(world) is None:
            return None
        if token.claims.get("aud") == SECOND_SERVER:
            return "The app's assertion was made for the attacker's server, and the honest server took it all the same."
        return "The attacker's server went by the honest one's name, and the app signed its assertion for that name."

    def needs(self, scenario: Scenario) -> dict[str, Any]:
        # Only an app with a server of its own can keep a key; it has no web view, and nothing is shipped with it.
        website = {"client": "web", "web_view": False, "shipped_secret": False}
        return {**website, "second_server": True, "client_auth": "private_key_jwt"}


class MixUpByResourceMetadata(MixUp):
    """The same where no app offers two servers: an MCP server that the user has added names the attacker's."""

    __slots__ = ()

    def needs(self, scenario: Scenario) -> dict[str, Any]:
        return {"client": MCP, "second_server": True, "api": "messages"}

    def _lies(self, world: View) -> bool:
        return False


TOO_LATE = "the app has sent the user to a server already. Go back to a position up to 1, and inject it there"
ATTACKERS = (
    MixUp(
        name="mix-up",
        title="the app takes the code to the wrong server",
        positions=("A1",),
        about="The app has two authorization servers. One is the attacker's, and sends the user on to the other.",
        too_late=TOO_LATE,
    ),
    MixUpWithAssertion(
        name="mix-up-with-assertion",
        title="the app's assertion is taken to another server",
        positions=("A1",),
        about="As mix-up, from an app with a key: the attacker's server gets an assertion, and uses it at the honest one.",
        too_late=TOO_LATE,
    ),
    MixUpByResourceMetadata(
        name="mix-up-by-resource-metadata",
        title="an MCP server names the wrong server",
        positions=("A1",),
        about="As mix-up, at an app that learns from an MCP server where to log in, and the user has added the attacker's.",
        too_late=TOO_LATE,
    ),
)
