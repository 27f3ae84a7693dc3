"""The exercises of the lesson about the attacker on the network."""

from functools import cache
from typing import Any

from flowsim.attacks import Attacker
from flowsim.exercises.kinds import Choice, Exercise, Made, Option, Verdict
from flowsim.simulation.simulation import Simulation, Trace

_NO_TLS: dict[str, Any] = {"client": "web", "cleartext": "app", "without": {"authorize.redirect_uri_encrypted"}}


@cache
def _writer(**settings: Any) -> Trace:
    return Simulation(attacker="network-writer", **_NO_TLS, **settings, seed=7).run()


@cache
def _called(client: str) -> Trace:
    return Simulation(client=client, cleartext="API", attacker="network-reader-of-tokens", seed=7).run()


def _helps() -> str:
    tried: dict[str, dict[str, Any]] = {"S256": {"pkce": "S256"}, "nonce": {"nonce": True}, "DPoP": {"dpop": "code"}}
    stopped = [name for name, settings in tried.items() if not _writer(**settings).verdict.attack_succeeded]
    return stopped[0] if stopped else "TLS"


def _reads_the_challenge(made: Any) -> Verdict:
    trace = Simulation(**_NO_TLS, seed=7).inject(made).run()
    loot = trace.worlds[-1].attacker.loot
    if "code_challenge" in loot:
        return Verdict(True, f"It has the `code_challenge`: {loot['code_challenge']}.")
    return Verdict(False, f"In its loot is: {', '.join(loot) or 'nothing'}.", "no challenge")


EXERCISES: tuple[Exercise, ...] = (
    Choice(
        id="network-attacker.1",
        question="Which of these stops the attacker on the network who changes the request?",
        hint="Look at the table: one column is for that attacker.",
        options=(
            Option("S256", "PKCE with `S256`", "The challenge in the request is that of the attacker's session."),
            Option("nonce", "`nonce`", "The nonce in the request is that of the attacker's session."),
            Option("DPoP", "a code bound to a key (`dpop_jkt`)", "The key is that of the attacker's session."),
            Option("TLS", "none of these; TLS does", "With TLS there is nothing to change."),
        ),
        computed=_helps,
        reason=lambda: "RFC 9700 §4.5.4: who writes the request chooses what the code is tied to.",
    ),
    Choice(
        id="network-attacker.2",
        question="An app calls the API by `http`. For which kind of app does the attacker on the network get nothing?",
        hint="Which program sends the request of a single-page app?",
        options=(
            Option("native-https", "an app on a phone", "It sends what it likes."),
            Option("web", "a website", "Its server sends what it likes."),
            Option("spa", "a single-page app", "The browser sends no `http` request from a page that came over TLS."),
        ),
        computed=lambda: next(
            name for name in ("native-https", "web", "spa") if not _called(name).verdict.attack_succeeded
        ),
        reason=lambda: "Browsers block such mixed content; other programs have to take care themselves.",
    ),
    Made(
        id="network-attacker.3",
        question=(
            "Write an attacker with the position `A2` that reads the *request* of the login at a website without TLS, so"
            " that the `code_challenge` is in its loot. Give an instance of it."
        ),
        hint="`Act.WIRETAP`, in the run `victim`, in the state in which the request is prepared and not yet sent.",
        wants="an Attacker of your own",
        is_one=lambda made: isinstance(made, Attacker),
        trial=_reads_the_challenge,
        reason=lambda: "What is not encrypted is read by whoever carries it.",
    ),
)
