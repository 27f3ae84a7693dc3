"""The attacker gets the refresh token, out of the app's storage, and refreshes in the app's stead.

Three attacks differ in who goes first: in `refresh-theft` the attacker, in `refresh-theft-late` the app, and in
`refresh-theft-older` the app has refreshed twice. PKCE, state and nonce take no part in a refresh. Where tokens rotate, a
token that comes twice gives the theft away, but only after the fact, and only if both parties go on using theirs. So it
matters who goes first.

Source: RFC 9700 sections 2.2.2 and 4.14, RFC 6749 section 10.4.
"""

from dataclasses import dataclass
from typing import Any

from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import (
    FAMILY_ENDED,
    REUSE,
    attacker_runs,
    family_ended,
    has_done,
    use_the_refresh_token,
    with_refresh_token,
)
from flowsim.attacks.view import View
from flowsim.model.scenario import Scenario
from flowsim.model.states import Act, Role, State
from flowsim.model.steps import ATTACKER as WHO
from flowsim.model.transitions import Move, is_terminal
from flowsim.model.world import ATTACKER_CALL, ATTACKER_RUN, VICTIM, World


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshTheft(Attacker):
    """Reads the token after the login, uses it after the app has refreshed `after` times, and once more at the end."""

    prize: str = "refresh_token"
    after: int = 0
    plan: str = "refresh call refresh"

    def next_move(self, world: View) -> Move | None:
        victim = world.runs[VICTIM]
        if not is_terminal(victim.role, victim.state) or "access_token" not in world.stored:
            return None
        if "refresh_token" not in world.attacker.loot:
            return Move(ATTACKER_RUN, Act.READ_STORAGE) if "refresh_token" in world.stored else None
        if _refreshes_of_the_app(world) < self.after:
            return None
        return use_the_refresh_token(world, 1) or (use_the_refresh_token(world, 2) if world.quiet else None)

    def needs(self, scenario: Scenario) -> dict[str, Any]:
        return with_refresh_token(scenario, self.plan)

    def reason(self, world: World) -> str | None:
        if not has_done(world, Act.READ_STORAGE) or not attacker_runs(world, Role.REFRESH):
            return None
        if family_ended(world):
            late, still = world.runs.get(f"{ATTACKER_CALL} 2"), attacker_runs(world, Role.REFRESH)[-1]
            works = late is not None and late.state is State.DONE and still.state is State.REFRESH_FAILED
            rest = " The attacker's last access token still works until it expires." if works else ""
            return f"{FAMILY_ENDED}{rest}"
        server = world.servers[world.runs[VICTIM].server]
        if not server.settings.rotation:
            return "Without rotation the same token is good for both, as often as they like."
        unnoticed = (one for event in world.log for one in event.checks if one.check.id == REUSE and not one.on)
        if any(one.passed is False for one in unnoticed):
            return None  # the check by which it would have been noticed was off
        numbers = [(one.family, one.number) for one in server.refresh_tokens.values()]
        rotated = any(record.rotated is not None for record in server.refresh_tokens.values())
        if rotated and len(numbers) > len(set(numbers)):
            return "Within the overlap a token may come twice."
        return "No token has come twice, because only one of the two goes on refreshing."


def _refreshes_of_the_app(world: View) -> int:
    done = [run for run in world.runs.values() if run.owner != WHO and run.state is State.TOKENS_HELD]
    return sum(run.role is Role.REFRESH for run in done)


ATTACKERS = (
    RefreshTheft(
        name="refresh-theft",
        title="the refresh token is stolen, the attacker goes first",
        positions=("A1", "storage"),
        about="Somebody reads the app's storage and refreshes before the app does.",
    ),
    RefreshTheft(
        name="refresh-theft-late",
        title="the refresh token is stolen, the app goes first",
        positions=("A1", "storage"),
        about="Somebody reads the app's storage, and uses the token after the app has used it.",
        after=1,
    ),
    RefreshTheft(
        name="refresh-theft-older",
        title="a refresh token two exchanges old is used",
        positions=("A1", "storage"),
        about="Somebody has read the app's storage, and uses the token after the app has refreshed twice.",
        after=2,
        plan="refresh refresh refresh",
    ),
)
