"""The exercises of the lesson about consent phishing."""

from typing import Any

from flowsim.analysis.matrix import cell
from flowsim.exercises.kinds import Choice, Exercise, Made, Option, Verdict
from flowsim.simulation.simulation import Simulation


def _helps() -> str:
    tried = {"S256": "S256", "redirect": "exact-redirect-uri", "dpop": "dpop-bound-code"}
    helping = [key for key, defence in tried.items() if not cell("malicious-client", defence).works]
    return helping[0] if helping else "none"


def _tries_the_scope(scope: Any) -> Verdict:
    trace = Simulation(client="spa", attacker="malicious-client", scope=scope, seed=7).run()
    verdict = trace.verdict
    held = "access_token" in verdict.attacker_holds
    if not held:
        return Verdict(False, f"The attacker's app has got no token at all. {verdict.sentence}", "no token")
    return Verdict(not verdict.attacker_reads_data, verdict.sentence, "it reads the data")


EXERCISES: tuple[Exercise, ...] = (
    Choice(
        id="consent-phishing.1",
        question="Which of these stops an attacker's own app to which the user says yes?",
        hint="The table of the lesson has a row for each.",
        options=(
            Option("S256", "PKCE with `S256`", "The app has a verifier of its own, and it fits."),
            Option("redirect", "an exact `redirect_uri`", "The app's own is registered."),
            Option("dpop", "DPoP", "The app has a key of its own."),
            Option("none", "none of these", "They tie a login to its app, and the app is the attacker's."),
        ),
        computed=_helps,
        reason=lambda: "Nothing in the protocol is broken: to the server this is an app like any other.",
    ),
    Made(
        id="consent-phishing.2",
        question=(
            "The server would let such an app have one scope of your choice. Write one with which the user can log in to it"
            " and it has a token, and it still reads no messages."
        ),
        hint="What does a login need, and what would the API have to find in the token?",
        wants="a text",
        is_one=lambda made: isinstance(made, str),
        trial=_tries_the_scope,
        reason=lambda: "A token is good for what stands in its scope (RFC 6749 §3.3), whoever has it.",
    ),
)
