"""The stolen code is put into another login: the attacker logs in at the same app, and lets the app redeem the code.

The attacker cannot redeem it, for it lacks the app's secret; the app has it. What helps is whatever ties a code to one
login: the challenge of PKCE, or the `nonce` in the ID token.

Source: RFC 9700 section 4.5.
"""

from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import has_done, let_the_app_redeem, log_in_oneself, steal_the_redirect
from flowsim.attacks.view import View
from flowsim.model.states import Act, State
from flowsim.model.transitions import Move
from flowsim.model.world import OWN_LOGIN, World


class CodeInjection(Attacker):
    """Steals the code, logs in at the same app, and puts the stolen code into the redirect of that login."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        if "code" not in world.attacker.loot:
            return steal_the_redirect(world)
        return log_in_oneself(world, State.CODE_IN_BROWSER) or let_the_app_redeem(world)

    def reason(self, world: World) -> str | None:
        held = OWN_LOGIN in world.runs and world.runs[OWN_LOGIN].state in (
            State.TOKENS_HELD,
            State.API_ASKED,
            State.DONE,
        )
        return "The app took the stolen code for its own." if held and has_done(world, Act.INJECT_CODE) else None


ATTACKER = CodeInjection(
    name="code-injection",
    title="the stolen code is put into another login",
    positions=("A3",),
    about="Somebody steals the code, logs in at the same app, and lets the app redeem the stolen code.",
)
