"""The exercises of the lesson about theft of the code."""

from functools import cache
from typing import Any

from flowsim.analysis.matrix import cell
from flowsim.attacks.base import Attacker
from flowsim.exercises.kinds import Choice, Exercise, Made, Option, Value, Verdict
from flowsim.exercises.trials import as_attacker, repaired
from flowsim.simulation.simulation import Simulation

_BOTH = ("code-injection", "login-csrf")


@cache
def _stops_both() -> str:
    return next(
        one for one in ("secret", "state", "nonce", "iss") if not any(cell(attack, one).works for attack in _BOTH)
    )


def _tries_the_attacker(made: Any) -> Verdict:
    mine = as_attacker(made, ("A3", "A4"))
    verdict = Simulation(pkce="plain", seed=7).inject(mine).run().verdict
    return Verdict(verdict.attacker_reads_data, verdict.sentence, verdict.stopped_by or "does not get the data")


ATTACKS = ("code-interception", *_BOTH)
OPEN: dict[str, Any] = {"client": "spa", "pkce": "none", "state": False, "nonce": False, "pkce_required": False}
_MAY = ("state", "nonce", "iss", "code_lifetime", "state_not_bound_to_browser", "par", "client")


EXERCISES: tuple[Exercise, ...] = (
    Choice(
        id="steal-the-code.1",
        question="The app does not use PKCE. Which single one of these stops both `code-injection` and `login-csrf`?",
        hint="Compare the two rows of the table.",
        options=(
            Option("secret", "the client's secret", "In both attacks it is the app itself that redeems the code."),
            Option("state", "the `state`", "In `code-injection` the attacker uses the state of its own login."),
            Option(
                "nonce", "the `nonce`", "In both, the ID token belongs to another login than the one the app started."
            ),
            Option("iss", "the `iss` in the answer", "The answer comes from the right server in both."),
        ),
        computed=_stops_both,
        reason=lambda: cell("code-injection", _stops_both()).verdict.sentence,
    ),
    Value(
        id="steal-the-code.2",
        question="At which step is a planted redirect refused by an app that checks `state`?",
        hint="The redirect has arrived. Nothing was sent yet.",
        wants="a whole number",
        example="8",
        computed=lambda: cell("login-csrf", "state").verdict.stopped_at_step,
        meanings={
            "7": "By then the code would have been sent. The app looks before it sends anything.",
            "8": "Step 8 is the server's. It is the app that looks at `state`.",
            "9": "That is where the `nonce` would be looked at, when tokens have been issued.",
        },
        reason=lambda: cell("login-csrf", "state").verdict.sentence,
    ),
    Choice(
        id="steal-the-code.3",
        question="In whose account is the *victim's* browser after a login CSRF that worked?",
        hint="Whose code was in the redirect that was planted?",
        options=(
            Option("user-alice", "the victim's, `user-alice`", "The code that was planted came from another login."),
            Option(
                "user-mallory",
                "the attacker's, `user-mallory`",
                "Whatever the victim stores now, the attacker can read.",
            ),
            Option("nobody", "in nobody's", "The app has logged the browser in, and does not know what is wrong."),
        ),
        computed=lambda: cell("login-csrf", "none").verdict.accounts["victim"],
        reason=lambda: "That is the point of the attack.",
    ),
    Made(
        id="steal-the-code.4",
        question=(
            "Write an attacker that wins against an app that uses `plain`. It has positions `A3` and `A4`, so it can"
            " read the request (`read_the_request(view)`) and take the redirect (`steal_the_redirect(view)`)."
        ),
        hint="Read the request first. Under `plain`, what is the challenge that then stands in the loot?",
        wants="an attacker: a class with `next_move(self, view)`, or one that was made from it",
        is_one=lambda made: isinstance(made, Attacker) or (isinstance(made, type) and issubclass(made, Attacker)),
        trial=_tries_the_attacker,
        reason=lambda: "Under `plain` the challenge in the request is the verifier (RFC 7636 §4.2).",
    ),
    Made(
        id="steal-the-code.5",
        question=(
            "Repair an app. It uses no PKCE, and must not. Give settings, as a dict such as `{'iss': True}`, with"
            " which neither `code-interception` nor `code-injection` nor `login-csrf` works, while the user can still"
            f" log in. You may change: {', '.join(f'`{one}`' for one in _MAY)}."
        ),
        hint="One thing stops whoever redeems the code directly, and another one stops a code of another login.",
        wants="a dict of settings",
        is_one=lambda made: isinstance(made, dict),
        trial=lambda made: repaired(made, OPEN, ATTACKS, _MAY),
        reason=lambda: (
            "It takes two defences for what PKCE does alone: a secret that the attacker has not, and a nonce."
        ),
    ),
)
