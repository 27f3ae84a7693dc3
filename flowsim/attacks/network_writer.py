"""The attacker is on the network, and not only reads what goes there without TLS: it changes it.

It begins a login of its own at the website, and puts the request of *that* login in place of the victim's. The code that
the victim's login brings is then bound to the challenge and the `nonce` of the attacker's session. The attacker reads the
code in the redirect and puts it there. So PKCE, `nonce`, `state` and the website's secret are all in order, and the
attacker is logged in as the victim. What helps is TLS, from the first page on: a browser can be told to use nothing else
for this website (Strict-Transport-Security, RFC 6797).

Source: RFC 9700 sections 2.6, 3 (A2) and 4.5.4, RFC 6749 section 3.1.2.1.
"""

from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import has_done, let_the_app_redeem, log_in_oneself, own_pending_address
from flowsim.attacks.view import View
from flowsim.model.states import Act, State
from flowsim.model.transitions import Move
from flowsim.model.world import OWN_LOGIN, VICTIM, World
from flowsim.protocol.messages import Opening


class NetworkWriter(Attacker):
    """Puts the request of a login of its own in place of the victim's, reads the code, and has the website redeem it."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        if "code" in world.attacker.loot:
            return let_the_app_redeem(world)
        victim = world.runs[VICTIM].state
        if world.scenario.cleartext != "app" or world.scenario.profile.kind != "website":
            return None
        if victim is State.PREPARED and not has_done(world, Act.REPLACE_REQUEST):
            if own := log_in_oneself(world, State.PREPARED):
                return own
            address = own_pending_address(world)
            return Move(VICTIM, Act.REPLACE_REQUEST, Opening(url=address)) if address else None
        comes_by = victim is State.CODE_IN_BROWSER and has_done(world, Act.REPLACE_REQUEST)
        return Move(VICTIM, Act.WIRETAP) if comes_by else None

    def reason(self, world: World) -> str | None:
        own = world.runs.get(OWN_LOGIN)
        done = own is not None and own.state in (State.TOKENS_HELD, State.API_ASKED, State.DONE)
        if not done or not has_done(world, Act.REPLACE_REQUEST) or not has_done(world, Act.INJECT_CODE):
            return None
        if not any(event.act is Act.REPLACE_REQUEST and event.detail for event in world.log):
            return "Nothing in the request told the victim's login from the attacker's own."
        return "The request of the attacker's own login stood in place of the victim's, so the code belonged to that login."


ATTACKER = NetworkWriter(
    name="network-writer",
    title="somebody on the network changes the request",
    positions=("A2",),
    about="The website has no TLS. Somebody on the network puts a request of its own in place of the victim's.",
    too_late=(
        "the request has left the website, or never came. Go back to a position up to 2, for example with goto(2), and "
        "inject it there"
    ),
)
