"""The exercises of the first lesson: one login, one theft, one defence."""

from functools import cache

from flowsim.exercises.kinds import Choice, Exercise, Option, check_option
from flowsim.simulation.simulation import Simulation
from flowsim.simulation.verdict import Verdict


@cache
def _stolen() -> Verdict:
    return Simulation(pkce="S256", attacker="code-interception", seed=7).run().verdict


@cache
def _website() -> Verdict:
    return Simulation(client="web", pkce="none", attacker="code-interception", seed=7).run().verdict


EXERCISES: tuple[Exercise, ...] = (
    Choice(
        id="start.1",
        question="Which check stopped the attacker when the app used `S256`?",
        hint="In the player, look at the attacker's step 8. The check that failed has a cross.",
        options=(
            check_option("token.code_known", "The server knows the code: it is the stolen one, and it is genuine."),
            check_option("token.code_fresh", "The attacker was quick. The code was still good."),
            check_option("token.verifier_fits", "The attacker had to send a `code_verifier`, and made one up."),
            check_option(
                "callback.state_same", "That check is the app's, at step 6. The attacker goes to the server itself."
            ),
        ),
        computed=lambda: str(_stolen().stopped_by),
        reason=lambda: _stolen().sentence,
    ),
    Choice(
        id="start.2",
        question="Which secrets did that attacker hold in the end?",
        hint="Read the attacker's column in the table of who knows what.",
        several=True,
        options=(
            Option("state", "the `state`", "It stood in the redirect."),
            Option("code", "the `code`", "It stood in the redirect."),
            Option("code_verifier", "the `code_verifier`", "The app kept it to itself until step 7."),
            Option("access_token", "the access token", "The server issued none to the attacker."),
        ),
        computed=lambda: _stolen().attacker_holds,
        reason=lambda: "Both stood in the redirect that the attacker took. The verifier was never in there.",
    ),
    Choice(
        id="start.3",
        question=(
            "The app of a website runs on a server and has a real secret of its own. Predict: does the same attacker"
            " get the data there, without PKCE?"
        ),
        hint="What has to come with the code, at the token endpoint, where an app has a secret?",
        options=(
            Option("yes", "Yes", "The token endpoint wants the app's secret with the code, and the attacker has none."),
            Option("no", "No", "The token endpoint wants the app's secret with the code."),
        ),
        computed=lambda: _website().attacker_reads_data,
        reason=lambda: (
            f"{_website().sentence} It does not stop every misuse of a stolen code, so a website should use PKCE, "
            "too (RFC 9700 §2.1.1)."
        ),
    ),
)
