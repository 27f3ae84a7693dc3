"""The stolen code is put into another login: the attacker logs in at the same app, and lets the app redeem the code.

The attacker cannot redeem it, for it lacks the app's secret; the app has it. What helps is whatever ties a code to one
login: the challenge of PKCE, or the `nonce` in the ID token.

Source: RFC 9700 section 4.5.
"""

from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import let_the_app_redeem, log_in_oneself, steal_the_redirect
from flowsim.model.states import State
from flowsim.model.transitions import Move
from flowsim.model.world import World


class CodeInjection(Attacker):
    """Steals the code, logs in at the same app, and puts the stolen code into the redirect of that login."""

    __slots__ = ()

    def next_move(self, world: World) -> Move | None:
        if "code" not in world.attacker.loot:
            return steal_the_redirect(world)
        return log_in_oneself(world, State.CODE_IN_BROWSER) or let_the_app_redeem(world)


ATTACKER = CodeInjection(
    name="code-injection",
    title="the stolen code is put into another login",
    positions=("A3",),
    about="Somebody steals the code, logs in at the same app, and lets the app redeem the stolen code.",
)
