"""The exercises of the lesson about apps that cannot keep a secret."""

from functools import cache

from flowsim.exercises.kinds import Choice, Exercise, Option, Value, check_option
from flowsim.exercises.trials import sent_request
from flowsim.lessons.app_package.app_file import app_file
from flowsim.lessons.app_package.strings import search
from flowsim.lessons.redirect_table import redirects
from flowsim.simulation.simulation import Simulation
from flowsim.simulation.verdict import Verdict


@cache
def _with_the_secret() -> Verdict:
    return Simulation(client="native-scheme", attacker="decompiled-secret", pkce="S256", seed=7).run().verdict


def _holds_the_secret() -> str:
    """The member that holds it, in the package beside the notebooks. Raises ScenarioError where that is not there."""
    return search(app_file("photo-app.apk"), r"^[\w-]{32}$")[0].member


def _header() -> str:
    page = Simulation(client="spa", attacker="decompiled-secret", pkce="none", seed=7)
    return str(sent_request(page, "send_code", -1).header("authorization"))


EXERCISES: tuple[Exercise, ...] = (
    Choice(
        id="public-clients.1",
        question="Which member of `photo-app.apk` holds the secret?",
        hint="The table that `found` shows has it in its first column.",
        options=(
            Option(
                "AndroidManifest.xml",
                "`AndroidManifest.xml`",
                "It says which addresses the app claims. No secret there.",
            ),
            Option("classes.dex", "`classes.dex`", "That is the compiled program, and programs can be read."),
            Option("resources.arsc", "`resources.arsc`", "Texts and pictures of the app, and not its program."),
            Option("META-INF", "its signature", "Whoever signed the app has the key for that. It is not in the app."),
        ),
        computed=_holds_the_secret,
        reason=lambda: "It is the only member that the app runs.",
    ),
    Value(
        id="public-clients.2",
        question="Of the five kinds of redirect, how many can a hostile app on the same device get?",
        hint="Count in the second column of the table.",
        wants="a whole number",
        example="3",
        computed=lambda: sum(row[1].startswith("✗") for row in redirects().rows),
        meanings={
            "1": "The private-use scheme is one. But a hostile app can also listen where anybody may listen.",
            "5": "An address of a website's owner goes to the app of that owner only.",
        },
        reason=lambda: (
            "What anybody may claim: " + "; ".join(row[0] for row in redirects().rows if row[1].startswith("✗"))
        ),
    ),
    Choice(
        id="public-clients.3",
        question="The attacker has the secret *and* the code, and the app uses `S256`. Which check stops the attacker?",
        hint="The client's secret was right. What is missing?",
        options=(
            check_option(
                "token.client_authenticated",
                "The secret is the right one, so the attacker counts as the app.",
            ),
            check_option("token.code_of_client", "With the app's secret, it is that client."),
            check_option("token.verifier_fits", "The verifier is not in the app."),
            check_option("token.code_unused", "The attacker is the first to use it."),
        ),
        computed=lambda: str(_with_the_secret().stopped_by),
        reason=lambda: f"{_with_the_secret().sentence} A verifier is made anew for each login, and is in no package.",
    ),
    Value(
        id="public-clients.4",
        question=(
            "Be the attacker. Search `apps/photo-page.js` for the secret, and write the `Authorization` header with"
            " which an attacker pretends to be Photo Page. Its `client_id` is in the same file, and neither holds a"
            " character that a form would change."
        ),
        hint="“Basic ”, and the base64 of client_id, colon, secret.",
        wants="a text",
        example="“Basic …”",
        exact=True,
        computed=_header,
        reason=lambda: "It is what the app itself would send (RFC 6749 §2.3.1). Whoever can read the page can send it.",
    ),
)
