"""Cards 04, 05 and 06. An attacker who is a user too, and mixes the own login with the victim's.

With *code injection* the stolen code goes into the attacker's own login, and the app redeems it. With *login CSRF* the
code of the attacker's own login goes into the victim's browser. With a *downgrade* it is a code that the attacker got
without PKCE, so that the app's `code_verifier` has nothing to fit.

Source: RFC 9700 sections 4.5, 4.7 and 4.8; RFC 6749 section 10.12; RFC 8252 section 8.9.
"""

from dataclasses import dataclass

from flowsim.actors import client
from flowsim.attacks.base import Attacker, has_done, steal_the_redirect
from flowsim.attacks.toolkit import own_request, push
from flowsim.model.states import Act, Role, State
from flowsim.model.transitions import Move, acts, honest_act
from flowsim.model.world import OWN_LOGIN, PLANTED, VICTIM, World
from flowsim.protocol.messages import Opening, query_of, with_params, without_query

PENDING = (State.REQUESTED, State.LOGIN_SHOWN)


def log_in_oneself(world: World, until: State) -> Move | None:
    """The next step of the attacker's own login, up to this state."""
    own = world.runs.get(OWN_LOGIN)
    if own is None:
        return Move(OWN_LOGIN, Act.STEP_1, role=Role.LOGIN, by_attacker=True)
    act = honest_act(own.role, own.state)
    return Move(OWN_LOGIN, act) if act and own.state is not until else None


def let_the_app_redeem(world: World) -> Move | None:
    """Put the stolen code into the attacker's own login, and let the app go on with it: it has what the thief lacks."""
    own = world.runs[OWN_LOGIN]
    if not has_done(world, Act.INJECT_CODE):
        possible = Act.INJECT_CODE in acts(own.role, own.state)
        return Move(OWN_LOGIN, Act.INJECT_CODE) if possible else None
    act = honest_act(own.role, own.state)
    return Move(OWN_LOGIN, act) if act else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeInjection(Attacker):
    """Steals the code, logs in at the same app, and puts the stolen code into the redirect of that login."""

    def next_move(self, world: World) -> Move | None:
        if "code" not in world.attacker.loot:
            return steal_the_redirect(world)
        return log_in_oneself(world, State.CODE_IN_BROWSER) or let_the_app_redeem(world)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedLogin(Attacker):
    """Logs in as itself, keeps the redirect, and has the browser of a victim open it who is just logging in."""

    downgrade: bool = False

    def next_move(self, world: World) -> Move | None:
        victim = world.runs[VICTIM]
        if PLANTED in world.runs or victim.state not in PENDING:
            return None
        if "redirect" in world.attacker.loot:
            return Move(PLANTED, Act.PLANT_RESPONSE, role=Role.LOGIN)
        own = world.runs.get(OWN_LOGIN)
        if self.downgrade and own and own.state is State.PREPARED and not has_done(world, Act.STRIP_CHALLENGE):
            return self._strip(world)
        if own and own.state is State.CODE_IN_BROWSER:
            return Move(OWN_LOGIN, Act.KEEP_RESPONSE)
        return log_in_oneself(world, State.CODE_IN_BROWSER)

    @staticmethod
    def _strip(world: World) -> Move | None:
        """Take the challenge out; a request that was pushed has to be replaced by one the attacker pushes itself."""
        if world.scenario.par == "off":
            return Move(OWN_LOGIN, Act.STRIP_CHALLENGE)
        if "pushed_request_uri" not in world.attacker.loot:
            bare = {name: value for name, value in own_request(world).items() if not name.startswith("code_challenge")}
            return push(world, bare)
        server, client_id = world.runs[VICTIM].server, world.scenario.profile.client_id
        uri = world.attacker.loot["pushed_request_uri"]
        opened = Opening(url=client.pushed_address(f"{server}/authorize", client_id, uri))
        return Move(OWN_LOGIN, Act.STRIP_CHALLENGE, opened)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedState(Attacker):
    """Logs in, waits for the victim's genuine redirect to leak, and plants its own code with the victim's `state`."""

    def next_move(self, world: World) -> Move | None:
        loot = world.attacker.loot
        if PLANTED in world.runs or world.runs[VICTIM].state is not State.CODE_IN_BROWSER:
            return None
        own = world.runs.get(OWN_LOGIN)
        if "redirect" not in loot:
            if own and own.state is State.CODE_IN_BROWSER:
                return Move(OWN_LOGIN, Act.KEEP_RESPONSE)
            return log_in_oneself(world, State.CODE_IN_BROWSER)
        if "code" not in loot:
            return Move(VICTIM, Act.READ_RESPONSE)
        answer = dict(query_of(loot["redirect"]))
        answer |= {"state": loot["state"]} if "state" in loot else {}
        planted = Opening(url=with_params(without_query(loot["redirect"]), answer))
        return Move(PLANTED, Act.PLANT_RESPONSE, planted, role=Role.LOGIN)


ATTACKERS = (
    CodeInjection(
        name="code-injection",
        card="04",
        title="the stolen code is put into another login",
        positions=("A3",),
        about="Somebody steals the code, logs in at the same app, and lets the app redeem the stolen code.",
    ),
    PlantedLogin(
        name="login-csrf",
        card="05",
        title="the victim is logged in as the attacker",
        positions=("A1",),
        about="Somebody logs in, keeps the redirect, and has the victim's browser open it.",
        too_late="the victim is not logging in any more. Go back to a position up to 4, and inject it there",
    ),
    PlantedState(
        name="login-csrf-with-state",
        card="05",
        title="as login-csrf, with the victim's state",
        positions=("A1", "A3"),
        about="As login-csrf, by somebody who has read the state in the victim's own redirect.",
    ),
    PlantedLogin(
        name="pkce-downgrade",
        card="06",
        title="the challenge is left out",
        positions=("A1",),
        about="As login-csrf, with a code that the attacker got without a code_challenge.",
        downgrade=True,
        too_late="the victim is not logging in any more. Go back to a position up to 4, and inject it there",
    ),
)
