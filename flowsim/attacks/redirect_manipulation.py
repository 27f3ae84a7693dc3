"""The attacker writes the victim's request and has the code sent to an address of its own.

A server that compares less than the whole `redirect_uri` sends the code wherever the attacker likes. The attacker also
chose the challenge, so PKCE is no help. From an app with a secret the attacker cannot redeem the code itself; it lets the
app do that, in a login of its own, whose challenge and nonce it has put into the victim's request.

Source: RFC 9700 sections 4.1 and 4.5.4, RFC 6749 section 10.6.
"""

from urllib.parse import urlsplit

from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import (
    OWN_VERIFIER,
    TOO_LATE,
    has_done,
    let_the_app_redeem,
    log_in_oneself,
    look_alike,
    lure,
    lured,
    own_pending_request,
    own_request,
    receive_at_own_address,
    redeem_the_code,
    redeemed,
)
from flowsim.attacks.view import View
from flowsim.engine.handlers.attacker_reads import REDIRECTOR
from flowsim.model.clients import Profile
from flowsim.model.states import Act, State
from flowsim.model.transitions import Move
from flowsim.model.world import World


def led_on(world: World) -> bool:
    """True where a redirector of the app has brought the redirect to the attacker."""
    return any(event.act is Act.GET_RESPONSE and event.detail == REDIRECTOR for event in world.log)


class RedirectManipulation(Attacker):
    """Redeems the code itself, or lets an app redeem it that has a secret."""

    __slots__ = ()

    def address(self, profile: Profile) -> str:
        """The `redirect_uri` that the attacker writes into the victim's request."""
        return look_alike(profile)

    def next_move(self, world: View) -> Move | None:
        profile = world.scenario.profile
        address = self.address(profile)
        if profile.confidential:
            return self._through_the_app(world, address)
        if "code" not in world.attacker.loot:
            if lured(world) is None:
                return lure(world, own_request(world, redirect_uri=address))
            return receive_at_own_address(world)
        return redeem_the_code(world, OWN_VERIFIER, redirect_uri=address)

    def reason(self, world: World) -> str | None:
        done = redeemed(world)
        if done is None or not has_done(world, Act.GET_RESPONSE) or led_on(world):
            return None
        profile = world.scenario.profile
        if done.asked.client_id != profile.client_id or done.asked.redirect_uri == profile.redirect_uri:
            return None
        parts = urlsplit(profile.redirect_uri)
        alike = done.asked.redirect_uri.startswith(
            f"{parts.scheme}://{parts.hostname}" if parts.hostname else parts.scheme
        )
        where = "that only begins like the app's" if alike else "of the attacker's"
        return f"The server sent the code to an address {where}.{done.own_challenge}"

    def _through_the_app(self, world: View, address: str) -> Move | None:
        if "code" not in world.attacker.loot:
            if own := log_in_oneself(world, State.PREPARED):
                return own
            if lured(world) is None:
                return lure(world, {**own_pending_request(world), "redirect_uri": address})
            return receive_at_own_address(world)
        return let_the_app_redeem(world)


ATTACKER = RedirectManipulation(
    name="redirect-manipulation",
    title="the code is sent to the attacker's address",
    positions=("A1",),
    about="The attacker writes the victim's request, with an address of its own that looks like the app's.",
    too_late=TOO_LATE,
)
