"""The exercises of the lesson about open redirectors."""

from functools import cache
from typing import Any

from flowsim.analysis.matrix import cell
from flowsim.exercises.kinds import Choice, Exercise, Made, Option, Verdict, check_option
from flowsim.model.scenario import ScenarioError
from flowsim.simulation.simulation import Simulation, Trace

_LEFT_OUT = ("exact-redirect-uri", "no-redirector", "par-with-secret")


@cache
def _usual() -> Trace:
    return Simulation(client="spa", attacker="open-redirector", open_redirector=True, seed=7).run()


@cache
def _mistaken() -> Trace:
    return Simulation(client="spa", scope="unheard-of", seed=7).run()


def _ends_at_the_app() -> str:
    ended = _mistaken().worlds[-1].runs["victim"].state.value
    return {"authorization_failed": "app", "error_page": "page"}.get(ended, ended)


def _tries(names: Any) -> Verdict:
    for name in names:
        if name in _LEFT_OUT:
            raise ScenarioError(f"{name} is left out in this exercise; find others")
    found = cell("open-redirector", *names)
    if found.stopped:
        return Verdict(True, found.verdict.sentence)
    return Verdict(False, found.verdict.sentence, "it works")


EXERCISES: tuple[Exercise, ...] = (
    Choice(
        id="open-redirectors.1",
        question="An app has an open redirector, and the server is as it should be. Which check stops the attack?",
        hint="Run it with `open_redirector=True` and nothing else.",
        options=(
            check_option("authorize.redirect_uri_registered", "The server compares the whole address."),
            check_option("token.verifier_fits", "The attacker wrote the request, so its own verifier would fit."),
            check_option("callback.transaction_exists", "The browser would not come to the app's own page at all."),
            check_option("token.redirect_uri_same", "The attacker would name the same address there."),
        ),
        computed=lambda: str(_usual().verdict.stopped_by),
        reason=lambda: "RFC 9700 §2.1: simple string comparison, so no address may be added to.",
    ),
    Choice(
        id="open-redirectors.2",
        question=(
            "The honest app asks for a scope that there is not. The server sends errors only to addresses that it trusts."
            " Where does the user end?"
        ),
        hint="`Simulation(client='spa', scope='unheard-of')`",
        options=(
            Option("app", "at the app, with an error", "The server has looked at this app, so the app is told."),
            Option(
                "page", "at an error page of the server", "That is for an app whose address it has no reason to trust."
            ),
            Option("login", "at the login page", "The request is refused before that."),
        ),
        computed=_ends_at_the_app,
        reason=lambda: "An app that is known has to hear of its mistakes (RFC 6749 §4.1.2.1).",
    ),
    Made(
        id="open-redirectors.3",
        question=(
            "Write a list of defences, by their names, against which `open-redirector` does not work, although the server"
            " compares no whole address at step 3, the app keeps its redirector, and nothing is pushed. The names are those"
            " of `cell('open-redirector', …)`."
        ),
        hint="Who redeems the code when the app has a secret, and which address does it name at step 7?",
        wants="a list of names",
        is_one=lambda made: isinstance(made, list) and all(isinstance(name, str) for name in made),
        trial=_tries,
        reason=lambda: "The code was issued for the redirector's address, and the app names its own (RFC 6749 §4.1.3).",
    ),
)
