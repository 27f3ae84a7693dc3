"""What may be said in a verdict: the same kind of rule, about a whole run."""

import re
from collections.abc import Callable

from flowsim.model.states import Act, Outcome, Role, State
from flowsim.model.steps import ATTACKER, CLIENT
from flowsim.model.world import VICTIM, World
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Request, Response
from flowsim.simulation.simulation import Trace


def _typed(world: World) -> bool:
    """The user has sent the password in a form."""
    forms = [one.message for event in world.log if event.run == VICTIM for one in event.messages]
    return any(isinstance(one, Request) and "password" in dict(one.form) for one in forms)


def _received(trace: Trace, actor: str, name: str) -> bool:
    messages = [one for event in trace.events for one in event.messages if one.receiver == actor]
    return any(isinstance(one.message, Request) and name in dict(one.message.form) for one in messages)


def _ended_by(trace: Trace, outcome: Outcome) -> bool:
    return any(event.outcome is outcome and not event.by_attacker for event in trace.events)


def _stolen_token(trace: Trace) -> dict[str, object]:
    """The claims of the token with which the attacker has called the API."""
    for event in trace.events:
        for one in event.messages:
            shown = one.message.header("authorization") if isinstance(one.message, Request) else None
            if one.sender == ATTACKER and event.act is Act.STEP_10:
                token = signed_tokens.read((shown or "").partition(" ")[2])
                return dict(token.claims) if token else {}
    return {}


def _refreshed(trace: Trace) -> int:
    runs = trace.worlds[-1].runs.values()
    return sum(run.role is Role.REFRESH and run.owner != ATTACKER and run.state is State.TOKENS_HELD for run in runs)


RULES: tuple[tuple[re.Pattern[str], Callable[[Trace], bool]], ...] = tuple(
    (re.compile(pattern), holds)
    for pattern, holds in (
        (
            r"and never saw the password",
            lambda t: not _received(t, CLIENT, "password") and not (t.scenario.web_view and _typed(t.worlds[-1])),
        ),
        (r"and the password as well", lambda t: _received(t, CLIENT, "password")),
        (r"could read the password, which was typed into", lambda t: t.scenario.web_view and _typed(t.worlds[-1])),
        (r"the browser hid the answer from the page", lambda t: _ended_by(t, Outcome.HIDDEN)),
        (r"the browser did not send the page's request", lambda t: _ended_by(t, Outcome.NOT_SENT)),
        (
            r"The server had issued tokens, and the app has none",
            lambda t: (
                any(
                    isinstance(one.message, Response) and "access_token" in one.message.json()
                    for event in t.events
                    for one in event.messages
                )
                and not any(client.tokens for client in t.worlds[-1].clients.values())
            ),
        ),
        (r"The attacker has the user's password", lambda t: _received(t, ATTACKER, "password")),
        (r"new tokens (?:once|twice)", lambda t: _refreshed(t) in (1, 2)),
        (r"It is a bearer token", lambda t: "cnf" not in _stolen_token(t)),
        (r"The token is bound to a key", lambda t: "cnf" in _stolen_token(t)),
        (r"a token it has written itself", lambda t: _stolen_token(t)["jti"] == "written-by-the-attacker"),
        (r"Without rotation", lambda t: not t.scenario.rotation),
        (r"Within the overlap", lambda t: t.scenario.rotation and t.scenario.overlap > 0),
        (r"With plain, the challenge is the verifier", lambda t: t.scenario.pkce == "plain"),
        (r"The verifier was a time of day", lambda t: t.scenario.verifier == "clock"),
        (r"after a 30[23] the browser sent no form on", lambda t: t.scenario.redirect_status != 307),
        (r"with a 307", lambda t: t.scenario.redirect_status == 307),
        (r"The user said no", lambda t: any(event.outcome is Outcome.DENIED for event in t.events)),
        (r"The app showed the login page itself", lambda t: t.scenario.web_view),
        (r"The browser showed the login page", lambda t: not t.scenario.web_view),
        (
            r"PKCE held",
            lambda t: any(
                one.decides and one.check.id in ("token.verifier_present", "token.verifier_fits")
                for event in t.events
                for one in event.checks
            ),
        ),
        (
            r"A check was off that would have stopped it",
            lambda t: any(one.passed is False and not one.on for event in t.events for one in event.checks),
        ),
        (
            r"stopped at step (?:\w+) by",
            lambda t: any(one.decides for event in t.events for one in event.checks),
        ),
    )
)


def verdict_faults(trace: Trace) -> list[str]:
    """What is not so in the sentence of this verdict."""
    sentence = trace.verdict.sentence
    return [found[0] for pattern, holds in RULES if (found := pattern.search(sentence)) and not holds(trace)]
