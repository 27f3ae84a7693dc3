"""The app's own website carries the code to the attacker: it has a page that sends browsers on to any address.

The attacker writes the victim's request, and the `redirect_uri` in it is one of the app's own website. A server that
compares only the host of it, or its beginning, finds nothing wrong. The website then sends the browser on, and the code
goes along. The address stays on the app's host, so it takes no look-alike. The attacker also chose the challenge, so PKCE
is no help.

Source: RFC 9700 sections 4.1.1 and 4.11.1.
"""

from flowsim.actors import redirector
from flowsim.attacks.redirect_manipulation import RedirectManipulation, led_on
from flowsim.attacks.toolkit import TOO_LATE, redeemed
from flowsim.model.clients import Profile
from flowsim.model.world import ATTACKERS_ORIGIN, World


class OpenRedirector(RedirectManipulation):
    """Has the code sent to the app's redirector, which sends it on."""

    __slots__ = ()

    def address(self, profile: Profile) -> str:
        return redirector.address(profile, f"{ATTACKERS_ORIGIN}/collect")

    def reason(self, world: World) -> str | None:
        done = redeemed(world)
        if done is None or not led_on(world):
            return None
        return f"The app's own website sent the code on to the attacker.{done.own_challenge}"


ATTACKER = OpenRedirector(
    name="open-redirector",
    title="the app's own redirector carries the code off",
    positions=("A1",),
    about="The attacker writes the victim's request, with an address of the app's website that sends every browser on.",
    too_late=TOO_LATE,
)
