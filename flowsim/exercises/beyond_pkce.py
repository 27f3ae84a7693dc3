"""The exercises of the lesson about what PKCE does not stop."""

from typing import Any

from flowsim.analysis.matrix import cell
from flowsim.attacks.base import Attacker
from flowsim.exercises.kinds import Choice, Exercise, Made, Option, Verdict
from flowsim.exercises.trials import as_attacker
from flowsim.simulation.simulation import Simulation


def _tries_the_attacker(made: Any) -> Verdict:
    mine = as_attacker(made, ("A1", "A3"))
    verdict = Simulation(client="spa", pkce="S256", remembered="consent", seed=7).inject(mine).run().verdict
    return Verdict(verdict.attacker_reads_data, verdict.sentence, verdict.stopped_by or "does not get the data")


EXERCISES: tuple[Exercise, ...] = (
    Choice(
        id="beyond-pkce.1",
        question=(
            "Which of these stops `mix-up` at step 6, although the app is called back at the same address from both"
            " servers?"
        ),
        hint="What does the app have to find out about the answer?",
        options=(
            Option(
                "S256", "PKCE with `S256`", "The app sends the code and the verifier to the attacker's server itself."
            ),
            Option("state", "`state`", "It comes back as it was sent, whoever answers."),
            Option("nonce", "`nonce`", "It is looked at in step 9, when the code has gone to the attacker."),
            Option("iss", "`iss`", "The answer says who has answered, and the app compares that."),
        ),
        computed=lambda: next(one for one in ("S256", "state", "nonce", "iss") if not cell("mix-up", one).works),
        reason=lambda: cell("mix-up", "iss").verdict.sentence,
    ),
    Made(
        id="beyond-pkce.2",
        question=(
            "Write an attacker that wins against `S256`, in three moves: have the victim's browser open a request with"
            " your own challenge (`toolkit.lure`), read the redirect of that login (`toolkit.steal_the_redirect(view,"
            " 'lured')`), redeem the code (`toolkit.redeem_the_code(view, toolkit.OWN_VERIFIER)`). The server asks this"
            " user nothing. You have positions `A1` and `A3`."
        ),
        hint="Three moves: lure, steal, redeem. What has been made stands in the view, and the loot is in `view.loot`.",
        wants="an attacker: a class with `next_move(self, view)`, or one that was made from it",
        is_one=lambda made: isinstance(made, Attacker) or (isinstance(made, type) and issubclass(made, Attacker)),
        trial=_tries_the_attacker,
        reason=lambda: "PKCE ties the code to whoever wrote the request, and here that was the attacker.",
    ),
)
