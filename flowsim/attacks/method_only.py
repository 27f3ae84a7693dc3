"""A request that names a `code_challenge_method` and has no `code_challenge`: PKCE by name, at a server that goes by it.

A server that demands PKCE has to look for the challenge. One that takes the named method for it lets the request pass,
keeps nothing, and has nothing to compare when the code comes. So "PKCE is required" holds in its settings, and in no login.

Two attacks make use of it. `method-only` takes the challenge, and only that, out of the attacker's own request, as
pkce-downgrade does with both: the code is bound to nothing, and goes into the victim's browser. `method-only-stripping`
takes it out of the victim's request, as request-stripping does: whoever gets the code then redeems it without a verifier.

Source: RFC 7636 sections 4.3 and 4.4.1, RFC 9700 section 4.8.
"""

from flowsim.actors import client
from flowsim.attacks.base import Attacker
from flowsim.attacks.login_csrf import NOT_LOGGING_IN
from flowsim.attacks.pkce_downgrade import PkceDowngrade
from flowsim.attacks.request_stripping import RequestStripping
from flowsim.attacks.toolkit import own_pending_address, own_request, push, redeemed
from flowsim.attacks.view import View
from flowsim.model.states import Act
from flowsim.model.transitions import Move
from flowsim.model.world import OWN_LOGIN, VICTIM, World
from flowsim.protocol.messages import Opening, Request, leads_to, query_of, with_params, without_query

_BINDS = ("code_challenge", "dpop_jkt")


def without_challenge(url: str) -> Opening:
    """This request without the challenge; the name of the method stays, and is put in where there was none."""
    left = {name: value for name, value in query_of(url) if name not in _BINDS}
    if "request_uri" in left:
        return Opening(url=url)
    return Opening(url=with_params(without_query(url), {**left, "code_challenge_method": "S256"}))


class MethodOnly(PkceDowngrade):
    """As pkce-downgrade, and leaves the name of the method in."""

    __slots__ = ()

    def strip(self, world: View) -> Move | None:
        address = own_pending_address(world)
        if address is None:
            return None
        if world.scenario.par == "off":
            return Move(OWN_LOGIN, Act.WRITE_REQUEST, without_challenge(address))
        if "pushed_request_uri" not in world.attacker.loot:
            return push(world, {name: value for name, value in own_request(world).items() if name not in _BINDS})
        server, client_id = world.runs[VICTIM].server, world.scenario.profile.client_id
        uri = world.attacker.loot["pushed_request_uri"]
        opened = Opening(url=client.pushed_address(f"{server}/authorize", client_id, uri))
        return Move(OWN_LOGIN, Act.WRITE_REQUEST, opened)


class MethodOnlyStripping(RequestStripping):
    """As request-stripping, and leaves the name of the method in; to write the request it has to read it before."""

    __slots__ = ()

    def change_the_request(self, world: View) -> Move | None:
        read = [event.messages[-1] for event in world.log if event.act is Act.READ_REQUEST]
        if not read:
            return Move(VICTIM, Act.READ_REQUEST)
        address = leads_to(read[-1].message)
        if without_query(address) != f"{world.runs[VICTIM].server}/authorize":  # the user has chosen another server
            return None
        return Move(VICTIM, Act.WRITE_REQUEST, without_challenge(address))

    def reason(self, world: World) -> str | None:
        done = redeemed(world)
        if done is None or done.asked.code_challenge is not None or not _named_only(world):
            return None
        insisted = world.scenario.requires_pkce
        rest = "took the name for it" if insisted else "did not insist on one"
        return f"The victim's request named a method and brought no challenge, and the server {rest}."


def _named_only(world: World) -> bool:
    """True where the victim's browser has brought the server a request with a method and without a challenge."""
    sent = (one.message for event in world.log if event.run == VICTIM for one in event.messages)
    asked = (dict(one.query) for one in sent if isinstance(one, Request) and one.path == "/authorize")
    return any("code_challenge_method" in one and "code_challenge" not in one for one in asked)


ATTACKERS: tuple[Attacker, ...] = (
    MethodOnly(
        name="method-only",
        title="the method is named and the challenge left out",
        positions=("A1",),
        about="As pkce-downgrade, and the request goes on naming a code_challenge_method.",
        too_late=NOT_LOGGING_IN,
    ),
    MethodOnlyStripping(
        name="method-only-stripping",
        title="the victim's request names a method and has no challenge",
        positions=("A3", "A4", "rewrite"),
        about="As request-stripping, and the victim's request goes on naming a code_challenge_method.",
        too_late="the request has been sent. Go back to a position up to 2, and inject it there",
    ),
)
