"""The verdict: what came of it all, computed from the log. No outcome is written down anywhere else.

It says what the attacker holds, whether it got the user's data, which check stopped whom, at which step and with which
error, and whose account each browser is in. And it says so in one sentence.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from flowsim import tokens
from flowsim.check import Check
from flowsim.ledger import Ledger
from flowsim.machine import Outcome, State
from flowsim.steps import ATTACKER
from flowsim.world import ATTACKER_RUN, VICTIM, Event, World

Tone = Literal["good", "bad", "neutral"]
PKCE_CHECKS = ("token.verifier_present", "token.verifier_fits")
_PROTOCOL_ERRORS = ("stop", "error page", "login again", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of it. `stopped_*` speak of the attacker where there is one, else of the user's own login."""

    sentence: str
    tone: Tone
    ended: str
    attacker_holds: tuple[str, ...]
    attacker_reads_data: bool
    stopped_by: str | None
    stopped_by_title: str | None
    stopped_at_step: int | None
    error: str | None
    accounts: dict[str, str]

    def to_json(self) -> dict[str, Any]:
        """The verdict as JSON values, names as here."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return values | {"attacker_holds": list(self.attacker_holds)}


def verdict(world: World, ledger: Ledger) -> Verdict:
    """The verdict on this world, given who knows what in it."""
    attacked = ATTACKER_RUN in world.runs
    run = ATTACKER_RUN if attacked else VICTIM
    stopped = _deciding(event for event in world.log if event.run == run)
    reads = attacked and world.runs[ATTACKER_RUN].state is State.DONE
    holds = ledger.holds(ATTACKER)
    sentence, tone = _attack_sentence(world, holds, reads, stopped) if attacked else _login_sentence(world, stopped)
    error = stopped.error if stopped and stopped.error not in _PROTOCOL_ERRORS else None
    return Verdict(
        sentence=sentence,
        tone=tone,
        ended=world.runs[VICTIM].state.value,
        attacker_holds=holds,
        attacker_reads_data=reads,
        stopped_by=stopped.id if stopped else None,
        stopped_by_title=stopped.title if stopped else None,
        stopped_at_step=stopped.step if stopped else None,
        error=error,
        accounts=_accounts(world),
    )


def _deciding(events: Iterable[Event]) -> Check[Any] | None:
    """The check that ended the run; a wrong password that was put right later ended nothing."""
    for event in reversed(tuple(events)):
        for result in event.checks:
            ended = event.outcome is not Outcome.WRONG_CREDENTIALS or event.after is State.LOGIN_FAILED
            if result.decides and ended:
                return result.check
    return None


def _attack_sentence(world: World, holds: tuple[str, ...], reads: bool, stopped: Check[Any] | None) -> tuple[str, Tone]:
    if reads:
        return f"The thief reads the user's data. {_why_it_worked(world)}", "bad"
    if stopped is not None:
        held = "PKCE held." if stopped.id in PKCE_CHECKS else "The theft failed."
        has = "has the code" if "code" in holds else "has no code"
        token = "but no token" if "access_token" not in holds else "and a token that was refused"
        error = f", error {stopped.error}" if stopped.error not in _PROTOCOL_ERRORS else ""
        return f"{held} The thief {has} {token}: stopped at step {stopped.step} by “{stopped.title}”{error}.", "good"
    if not any(event.by_attacker for event in world.log):
        return "The attacker has not struck yet.", "neutral"
    return "The attack is under way.", "neutral"


def _why_it_worked(world: World) -> str:
    """The reason, read off the grant the thief redeemed and off what it knew."""
    grant = next((grant for server in world.servers.values() for grant in server.grants.values() if grant.used), None)
    if grant is None:
        return "The server gave tokens for a code it never issued."
    challenge, loot = grant.request.code_challenge, world.attacker.loot
    if challenge is not None and loot.get("code_challenge") == challenge:
        return "With plain, the challenge is the verifier, and the thief had seen the request."
    if challenge is not None:
        return "The server had a code_challenge and did not insist on the verifier."
    if "client_secret" in loot:
        return "The app's secret was in the app, and nothing tied the code to the app that asked for it."
    return "Nothing tied the code to the app that asked for it, so the code alone was enough."


def _login_sentence(world: World, stopped: Check[Any] | None) -> tuple[str, Tone]:
    run = world.runs[VICTIM]
    if run.state is State.DONE:
        return "The login worked: the app has the user's data and never saw the password.", "good"
    if run.state is State.AUTHORIZATION_FAILED and stopped is not None and stopped.error == "access_denied":
        return "The user said no, and the app was told so: access_denied. No code was issued.", "neutral"
    if stopped is not None:
        error = f", error {stopped.error}" if stopped.error not in _PROTOCOL_ERRORS else ""
        return f"The login ended at step {stopped.step}: “{stopped.title}” did not hold{error}.", "neutral"
    return f"The login is under way: {run.state.value}.", "neutral"


def _accounts(world: World) -> dict[str, str]:
    """Which account each browser is logged in to, as the ID tokens say that the app holds for it."""
    found = {}
    for client in world.clients.values():
        for who, held in client.tokens.items():
            token = tokens.read(held.id_token) if held.id_token else None
            if token is not None:
                found[VICTIM if who not in world.browsers else who] = str(token.claims.get("sub"))
    return found
