"""What a run cannot show, and why: an attacker who never gets a chance, a check that is off and stops nothing.

Every hint is read off what was played: no outcome is written down here.
"""

from dataclasses import replace
from typing import Any

from flowsim.attacks import Attacker, known_attacker
from flowsim.model.scenario import Scenario
from flowsim.model.states import State
from flowsim.model.world import Event
from flowsim.session.branch_recipes import NAMES, differences, with_needs
from flowsim.simulation.simulation import Simulation, Trace


def on_the_past(trace: Trace, parent: Trace, at: int) -> list[str]:
    """On a branch that differs before the place where it begins."""
    pairs = zip(trace.events[:at], parent.events, strict=False)
    earliest = next((ours.step for ours, theirs in pairs if _seen(ours) != _seen(theirs)), None)
    return [f"What differs begins at step {earliest}, so the steps up to here were played again."] if earliest else []


def _seen(event: Event) -> tuple[Any, ...]:
    """What of an event can be seen in the player."""
    return event.act, event.outcome, event.messages, event.checks, event.made


def on_the_attack(asked: Scenario, trace: Trace, attackers: tuple[Attacker, ...] = ()) -> list[str]:
    """On a login that does not get through although the user agrees, and on an attacker who can do nothing."""
    verdict = trace.verdict
    if asked.attacker is None:
        ended_badly = asked.user == "accepts" and verdict.ended != State.DONE
        return [_ADVICE.get(verdict.stopped_by or "", ""), verdict.sentence] if ended_badly else []
    said = [
        f"The attack {asked.attacker} needs {NAMES[name]} {in_words(needed)}, so that is how it is here."
        for name, needed in differences(with_needs(asked, attackers), asked).items()
    ]
    attacker = known_attacker(asked.attacker, attackers)
    if attacker.prize not in verdict.attacker_holds and not attacker.forges_prize:
        alone = Simulation(replace(trace.scenario, attacker=None)).played().verdict
        said += [
            f"The attacker waits for {_PRIZES[attacker.prize]} that never comes.",
            _ADVICE.get(alone.stopped_by or "", ""),
            alone.sentence,
        ]
    elif verdict.stopped_by == "token.client_authenticated":
        where = "is kept on its own server" if asked.profile.confidential else "is in the app, where it did not look"
        said.append(
            f"The attacker lacks the secret of the client {asked.client}, which {where}: "
            f"refused at step {verdict.stopped_at_step} with {verdict.error}."
        )
    return said


def on_the_checks(asked: Scenario, trace: Trace) -> list[str]:
    """On checks that are switched off and would have stopped nothing anyway."""
    results = [result for event in trace.events for result in event.checks if not result.on]
    reached = {result.check.id for result in results}
    missing = sorted(asked.without - reached)
    if missing:
        return [f"Switched off, but never reached in this run: {_listed(missing)}."]
    if asked.without and not any(result.passed is False for result in results):
        return [f"Switched off, but nothing fails it in this run: {_listed(sorted(asked.without))}."]
    return []


_PRIZES = {
    "code": "a code",
    "refresh_token": "a refresh token",
    "access_token": "an access token",
    "password": "a password",
    "program": "a program of its own in the app's place",
    "order": "an order that a machine inside obeys",
}

# What to do about a login that cannot get through, by the check that stops it.
_ADVICE = {
    "authorize.challenge_present": "The server requires PKCE and this app uses none: choose S256, or do not require it.",
    "prepare.method_supported": "The server does not take the method plain: choose S256, or let it take plain.",
    "authorize.scope_allowed": "The scope holds a word that the server does not know or does not allow this app.",
    "api.scope": "The API wants a scope that was not asked for.",
}


def in_words(value: Any) -> str:
    """A value of a setting, in words."""
    return {True: "on", False: "off"}.get(value, repr(value)) if isinstance(value, bool) else repr(value)


def _listed(names: list[str], most: int = 3) -> str:
    more = [f"{len(names) - most} more"] if len(names) > most else []
    return ", ".join(names[:most] + more)
