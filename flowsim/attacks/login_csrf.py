"""The victim is logged in as the attacker: the code of the attacker's own login goes into the victim's browser.

Two attacks. `login-csrf` plants the kept redirect as it is, and an app that checks `state` refuses it. In
`login-csrf-with-state` the attacker has read the `state` in the victim's own redirect, and writes it in.

Source: RFC 9700 section 4.7, RFC 6749 section 10.12, RFC 8252 section 8.9.
"""

from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import keep_the_own_redirect, read_the_redirect
from flowsim.attacks.view import View
from flowsim.model.states import Act, Role, State
from flowsim.model.transitions import Move
from flowsim.model.world import PLANTED, VICTIM
from flowsim.protocol.messages import Opening, query_of, with_params, without_query

NOT_LOGGING_IN = "the victim is not logging in any more. Go back to a position up to 4, and inject it there"


class LoginCsrf(Attacker):
    """Logs in as itself, keeps the redirect, and has the browser of a victim open it who is just logging in."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        if PLANTED in world.runs or world.runs[VICTIM].state not in (State.REQUESTED, State.LOGIN_SHOWN):
            return None
        if "redirect" in world.attacker.loot:
            return Move(PLANTED, Act.PLANT_RESPONSE, role=Role.LOGIN)
        return self.get_a_redirect(world)

    def get_a_redirect(self, world: View) -> Move | None:
        """Come by a redirect with a code of the attacker's own account."""
        return keep_the_own_redirect(world)


class LoginCsrfWithState(Attacker):
    """Logs in, waits for the victim's genuine redirect to leak, and plants its own code with the victim's `state`."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        loot = world.attacker.loot
        if PLANTED in world.runs or world.runs[VICTIM].state is not State.CODE_IN_BROWSER:
            return None
        if "redirect" not in loot:
            return keep_the_own_redirect(world)
        if "code" not in loot:
            return read_the_redirect(world)
        answer = dict(query_of(loot["redirect"]))
        answer |= {"state": loot["state"]} if "state" in loot else {}
        planted = Opening(url=with_params(without_query(loot["redirect"]), answer))
        return Move(PLANTED, Act.PLANT_RESPONSE, planted, role=Role.LOGIN)


ATTACKERS = (
    LoginCsrf(
        name="login-csrf",
        title="the victim is logged in as the attacker",
        positions=("A1",),
        about="Somebody logs in, keeps the redirect, and has the victim's browser open it.",
        too_late=NOT_LOGGING_IN,
    ),
    LoginCsrfWithState(
        name="login-csrf-with-state",
        title="as login-csrf, with the victim's state",
        positions=("A1", "A3"),
        about="As login-csrf, by somebody who has read the state in the victim's own redirect.",
    ),
)
