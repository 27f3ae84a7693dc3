"""The exercises of the closing project: review an app from its messages, attack it, repair it, and let a program review."""

from collections.abc import Mapping
from functools import cache
from itertools import product
from typing import Any

from flowsim.attacks.base import Attacker
from flowsim.exercises.kinds import Choice, Exercise, Made, Option, Verdict
from flowsim.exercises.trials import as_attacker, attackers_win, repaired
from flowsim.model.own_code import result_of
from flowsim.model.scenario import Scenario
from flowsim.simulation.simulation import Simulation

# The app under review: a single-page app that somebody wrote years ago, and its server.
APP: Mapping[str, Any] = {
    "client": "spa",
    "scope": "openid profile read:messages offline_access",
    "pkce": "plain",
    "state": False,
    "nonce": True,
    "iss": False,
    "redirect_match": "prefix",
    "rotation": False,
}
ATTACKS = ("code-interception", "code-and-request", "login-csrf", "redirect-manipulation", "refresh-theft")
_MAY = ("pkce", "state", "nonce", "iss", "redirect_match", "rotation", "dpop", "par")
PROTECTIONS = ("PKCE", "state", "nonce", "iss")
_READS = ("A1", "A3", "A4")


def app_under_review() -> Simulation:
    """The login of the app under review, before its first step."""
    return Simulation(Scenario(**APP, seed=7))


def messages(login: Simulation) -> list[str]:
    """Every message of this login, to its end, as text."""
    return [sent.message.text() for event in login.played().events for sent in event.messages]


@cache
def _works() -> list[str]:
    return [attack for attack in ATTACKS if attackers_win(attack, APP)]


@cache
def _absent() -> list[str]:
    return [name for name in PROTECTIONS if name not in _present(APP)]


def _present(settings: Mapping[str, Any]) -> set[str]:
    """The protections that a login with these settings has; PKCE means that the verifier is not shown beforehand."""
    scenario = Scenario(**settings)
    kept = {"PKCE": scenario.pkce == "S256", "state": scenario.state, "nonce": scenario.nonce, "iss": scenario.iss}
    return {name for name, on in kept.items() if on}


def _tries_the_attacker(made: Any) -> Verdict:
    verdict = Simulation(Scenario(**APP, seed=7)).inject(as_attacker(made, _READS)).run().verdict
    return Verdict(verdict.attacker_reads_data, verdict.sentence, verdict.stopped_by or "does not get the data")


def _tries_the_reviewer(made: Any) -> Verdict:
    """Show the learner's function the logins of many apps, and compare what it misses with what they have not."""
    apps = [*product(("spa", "native-scheme"), ("none", "plain", "S256"), *[(True, False)] * 3)]
    for client, pkce, *rest in apps:
        settings: dict[str, Any] = {"client": client, "pkce": pkce, "state": rest[0], "nonce": rest[1], "iss": rest[2]}
        login = Simulation(Scenario(**settings, pkce_required=False, seed=11))
        found = result_of("your review", made, messages(login))
        missing = {*PROTECTIONS} - _present(settings)
        try:
            said = {str(one) for one in found}
        except TypeError:
            return Verdict(False, "It must return a set of names, such as {'state'}.", "no set")
        if said != missing:
            told = f"It found {sorted(said) or 'nothing'} missing, and it is {sorted(missing) or 'nothing'}"
            return Verdict(False, f"{told}, in the login with {settings}.", _what_is_wrong(said, missing))
    return Verdict(True, f"It is right about {len(apps)} apps.")


def _what_is_wrong(said: set[str], missing: set[str]) -> str:
    overlooked, accused = sorted(missing - said), sorted(said - missing)
    return f"overlooks {', '.join(overlooked)}" if overlooked else f"misses {', '.join(accused)} where it is"


EXERCISES: tuple[Exercise, ...] = (
    Choice(
        id="capstone.1",
        question="Read the messages of the login. Which of these does it *not* have? Choose all that are missing.",
        hint="The request of step 3 and the redirect of step 6 show all four. Look at `code_challenge_method` as well.",
        several=True,
        options=(
            Option("PKCE", "`PKCE`: who reads the request cannot redeem the code", "Look at `code_challenge_method`."),
            Option("state", "`state`", "It would stand in the request and in the redirect."),
            Option("nonce", "`nonce`", "The request has one."),
            Option("iss", "`iss`", "It would stand in the redirect, beside the code."),
        ),
        computed=lambda: tuple(_absent()),
        reason=lambda: f"The messages show no {', no '.join(_absent())}: under `plain` the challenge is the verifier.",
    ),
    Choice(
        id="capstone.2",
        question="Which of these attacks work against the app? Choose all of them; each was run.",
        hint="Play them: `Simulation(**APP, attacker=…)`.",
        several=True,
        options=(
            Option("code-interception", "`code-interception`", "The attacker has the code, and not the verifier."),
            Option(
                "code-and-request", "`code-and-request`", "Whoever sees the request sees the verifier under `plain`."
            ),
            Option(
                "login-csrf",
                "`login-csrf`",
                "The attacker's code is bound to a verifier that the victim's app has not.",
            ),
            Option(
                "redirect-manipulation", "`redirect-manipulation`", "The address is compared by its beginning only."
            ),
            Option("refresh-theft", "`refresh-theft`", "Without rotation one refresh token is good for two."),
        ),
        computed=lambda: tuple(_works()),
        reason=lambda: " ".join(f"`{one}`: {attackers_win(one, APP)}" for one in _works()),
    ),
    Made(
        id="capstone.3",
        question=(
            "Write the attacker that gets the user's data. It has the positions `A1`, `A3` and `A4`: it can read the "
            "request with `read_the_request(view)` and take the redirect with `steal_the_redirect(view)`."
        ),
        hint="What does the request of step 3 show, under this method, that the token endpoint will ask for?",
        wants="an attacker: a class with `next_move(self, view)`, or one that was made from it",
        is_one=lambda made: isinstance(made, Attacker) or (isinstance(made, type) and issubclass(made, Attacker)),
        trial=_tries_the_attacker,
        reason=lambda: "The challenge that it read was the verifier (RFC 7636 §4.2).",
    ),
    Made(
        id="capstone.4",
        question=(
            "Repair the app and its server: a dict of settings with which none of "
            f"{', '.join(f'`{one}`' for one in ATTACKS)} works, while the user can still log in. It stays a single-page "
            f"app. You may change: {', '.join(f'`{one}`' for one in _MAY)}."
        ),
        hint="Look at each attack that still works, and ask which defence of the matrix is there for it.",
        wants="a dict of settings",
        is_one=lambda made: isinstance(made, dict),
        trial=lambda made: repaired(made, APP, ATTACKS, _MAY),
        reason=lambda: (
            "A stolen refresh token of a public client is of use where it is bound to no key; rotation finds the theft out "
            "after a first use (RFC 9700 §2.2.2)."
        ),
    ),
    Made(
        id="capstone.5",
        question=(
            "Let a program do the review. Write `review(messages)`: it gets the messages of a login as texts, as "
            "`messages(login)` gives them, and returns the set of those of `PKCE`, `state`, `nonce` and `iss` that are "
            "missing. `plain` counts as no PKCE."
        ),
        hint="Find the request to `/authorize` and the redirect that follows, and read their parameters.",
        wants="a function",
        is_one=callable,
        trial=_tries_the_reviewer,
        reason=lambda: (
            "That is what a scanner does. It sees what is sent, and not what is checked: for that, see the zoo."
        ),
    ),
)
