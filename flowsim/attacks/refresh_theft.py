"""Card 09. The thief gets the refresh token, out of the app's storage, and refreshes in the app's stead.

PKCE, state and nonce take no part in a refresh. Where tokens rotate, a token that comes twice gives the theft away, but
only after the fact, and only if both parties go on using theirs. So it matters who goes first.

Source: RFC 9700 sections 2.2.2 and 4.14, RFC 6749 section 10.4.
"""

from dataclasses import dataclass
from typing import Any

from flowsim.actors import client
from flowsim.attacks.base import Attacker
from flowsim.engine.honest_moves import honest_move
from flowsim.model.scenario import Scenario
from flowsim.model.states import Act, Role, State
from flowsim.model.steps import ATTACKER as WHO
from flowsim.model.transitions import Move, honest_act, is_terminal
from flowsim.model.world import ATTACKER_CALL, ATTACKER_REFRESH, ATTACKER_RUN, VICTIM, World
from flowsim.protocol.messages import Request

OFFLINE = "offline_access"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshTheft(Attacker):
    """Reads the token after the login, uses it after the app has refreshed `after` times, and once more at the end."""

    prize: str = "refresh_token"
    after: int = 0
    plan: str = "refresh call refresh"

    def next_move(self, world: World) -> Move | None:
        victim = world.runs[VICTIM]
        held = world.clients[victim.client].tokens.get(victim.who)
        if not is_terminal(victim.role, victim.state) or held is None:
            return None
        if "refresh_token" not in world.attacker.loot:
            return Move(ATTACKER_RUN, Act.READ_STORAGE) if held.refresh_token else None
        if _refreshes_of_the_app(world) < self.after:
            return None
        return use_the_refresh_token(world, 1) or (
            use_the_refresh_token(world, 2) if honest_move(world) is None else None
        )

    def needs(self, scenario: Scenario) -> dict[str, Any]:
        return with_refresh_token(scenario, self.plan)


def with_refresh_token(scenario: Scenario, later: str) -> dict[str, Any]:
    """The settings in which there is a refresh token, and this plan where the scenario has none."""
    scope = scenario.scope.split(" ")
    settings: dict[str, Any] = {} if OFFLINE in scope else {"scope": " ".join([*scope, OFFLINE]).strip()}
    return settings if scenario.later else {**settings, "later": later}


def _refreshes_of_the_app(world: World) -> int:
    done = [run for run in world.runs.values() if run.owner != WHO and run.state is State.TOKENS_HELD]
    return sum(run.role is Role.REFRESH for run in done)


def use_the_refresh_token(world: World, number: int) -> Move | None:
    """The next move of the thief's refresh of this number, and of the call of the API with what it has then."""
    for name, role, act in (
        (f"{ATTACKER_REFRESH} {number}", Role.REFRESH, Act.STEP_R1),
        (f"{ATTACKER_CALL} {number}", Role.CALL, Act.STEP_10),
    ):
        run = world.runs.get(name)
        if run is None and role is Role.CALL and "access_token" not in world.attacker.loot:
            return None
        if run is None:
            message = _refresh_request(world) if role is Role.REFRESH else None
            return Move(name, act, message, role=role, by_attacker=True)
        if not is_terminal(run.role, run.state):
            following = honest_act(run.role, run.state)
            return Move(name, following) if following else None
    return None


def _refresh_request(world: World) -> Request:
    profile = world.scenario.profile
    return client.refresh_request(
        f"{world.runs[VICTIM].server}/oauth/token",
        client_id=profile.client_id,
        refresh_token=world.attacker.loot["refresh_token"],
        user_agent="thief",
    )


ATTACKERS = (
    RefreshTheft(
        name="refresh-theft",
        card="09",
        title="the refresh token is stolen, the thief goes first",
        positions=("A1", "storage"),
        about="Somebody reads the app's storage and refreshes before the app does.",
    ),
    RefreshTheft(
        name="refresh-theft-late",
        card="09",
        title="the refresh token is stolen, the app goes first",
        positions=("A1", "storage"),
        about="Somebody reads the app's storage, and uses the token after the app has used it.",
        after=1,
    ),
    RefreshTheft(
        name="refresh-theft-older",
        card="09",
        title="a refresh token two exchanges old is used",
        positions=("A1", "storage"),
        about="Somebody has read the app's storage, and uses the token after the app has refreshed twice.",
        after=2,
        plan="refresh refresh refresh",
    ),
)
