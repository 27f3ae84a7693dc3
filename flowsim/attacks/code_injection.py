"""The stolen code is put into another login: the attacker logs in at the same app, and lets the app redeem the code.

The attacker cannot redeem it, for it lacks the app's secret; the app has it. What helps is whatever ties a code to one
login: the challenge of PKCE, or, for an app with a server of its own, the `nonce` in the ID token.

A page in the browser finds the wrong `nonce` too, but by then the tokens have come into the browser, and that is the
attacker's own. It reads them there, and calls the API itself.

Source: RFC 9700 sections 2.1.1 and 4.5.
"""

from flowsim.actors import client
from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import (
    call_the_api,
    data_at,
    has_done,
    let_the_app_redeem,
    log_in_oneself,
    steal_the_redirect,
)
from flowsim.attacks.view import View
from flowsim.model.states import Act, State
from flowsim.model.transitions import Move
from flowsim.model.world import OWN_LOGIN, VICTIM, World, reads_its_page


class CodeInjection(Attacker):
    """Steals the code, logs in at the same app, and puts the stolen code into the redirect of that login."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        if "code" not in world.attacker.loot:
            return steal_the_redirect(world)
        own = log_in_oneself(world, State.CODE_IN_BROWSER) or let_the_app_redeem(world)
        return own or self.call_the_api_oneself(world)

    def call_the_api_oneself(self, world: View) -> Move | None:
        """Call the API with the tokens that the page has refused; they were sent to the attacker's own browser.

        A token that is bound to a key takes a proof, which the page alone makes here.
        """
        token = world.loot.get("access_token")
        if token is None or world.runs[OWN_LOGIN].state is not State.TOKENS_REFUSED or world.scenario.dpop != "off":
            return None
        return call_the_api(world, client.api_request(data_at(world.runs[VICTIM].api), token, "attacker"))

    def reason(self, world: World) -> str | None:
        if refused_too_late(world):
            return "The app refused the tokens, but it is a page: they had come into the attacker's own browser."
        held = OWN_LOGIN in world.runs and world.runs[OWN_LOGIN].state in (
            State.TOKENS_HELD,
            State.API_ASKED,
            State.TOOL_CALLED,
            State.BEHIND_ASKED,
            State.TOOL_ANSWERED,
            State.TOOL_FAILED,
            State.DONE,
        )
        return "The app took the stolen code for its own." if held and has_done(world, Act.INJECT_CODE) else None


def refused_too_late(world: World) -> bool:
    """True where a page in the attacker's own browser has refused tokens of the victim's, which its owner has read."""
    own = world.runs.get(OWN_LOGIN)
    refused = own is not None and own.state is State.TOKENS_REFUSED and reads_its_page(world, own)
    return refused and "access_token" in world.attacker.loot


ATTACKER = CodeInjection(
    name="code-injection",
    title="the stolen code is put into another login",
    positions=("A3",),
    about="Somebody steals the code, logs in at the same app, and lets the app redeem the stolen code.",
)
