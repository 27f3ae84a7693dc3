"""The exercises of the lesson about which flow is whose."""

from functools import cache

from flowsim.exercises.kinds import Choice, Exercise, Option, check_option
from flowsim.lessons.flow_chooser.table import FLOWS
from flowsim.lessons.flow_chooser.walk import which_flow
from flowsim.simulation.simulation import Simulation
from flowsim.simulation.verdict import Verdict


def _on_a_laptop() -> Simulation:
    return which_flow().answer("a new").answer(1).answer(1).answer("on a phone").answer("to a port").simulation()


@cache
def _on_a_phone() -> Verdict:
    path = which_flow().answer("a new").answer(1).answer(1).answer("on a phone").answer("to a private")
    return path.simulation(attacker="code-interception", seed=7).run().verdict


EXERCISES: tuple[Exercise, ...] = (
    Choice(
        id="which-flow.1",
        question=(
            "A program on a laptop, without a server of its own, opens the browser for the login and listens on a port "
            "for the answer. Which kind of client is it?"
        ),
        hint="What is the address that the redirect goes to?",
        options=(
            Option("web", "`web`, an app on a server", "There is no server of its own that could keep a secret."),
            Option("spa", "`spa`, a page in the browser", "The program is beside the browser, and not a page in it."),
            Option(
                "native-scheme", "`native-scheme`, called back by a scheme of its own", "It listens on a port instead."
            ),
            Option("native-loopback", "`native-loopback`, called back at a port", "The redirect goes to `127.0.0.1`."),
        ),
        computed=lambda: _on_a_laptop().scenario.client,
        reason=lambda: f"The chooser ends at {_on_a_laptop().scenario.profile.redirect_uri} (RFC 8252 §7.3).",
    ),
    Choice(
        id="which-flow.2",
        question="For which of these does PKCE not apply?",
        hint="PKCE protects a code that comes back through a browser.",
        several=True,
        options=(
            Option("device", "a television that shows a short text", FLOWS["device"].pkce),
            Option("spa", "a page without a server of its own", FLOWS["spa"].pkce),
            Option("client-credentials", "a nightly job that nobody logs in to", FLOWS["client-credentials"].pkce),
            Option("bff", "a page whose own server keeps the tokens", FLOWS["bff"].pkce),
        ),
        computed=lambda: tuple(
            name for name in ("device", "spa", "client-credentials", "bff") if "not apply" in FLOWS[name].pkce
        ),
        reason=lambda: "Where no code comes back through a browser, there is nothing for PKCE to protect.",
    ),
    Choice(
        id="which-flow.3",
        question=(
            "An attacker gets the code of an app on a phone that is called back by a private-use scheme. The app uses "
            "PKCE. Which check stops the attacker?"
        ),
        hint="It stands at step 8, and compares two things.",
        options=(
            check_option(
                "token.redirect_uri_same",
                "The attacker sends the same address, which everybody can read.",
            ),
            check_option("token.verifier_fits", "The attacker has no verifier that fits."),
            check_option(
                "token.client_authenticated",
                "An app on a phone has no secret to prove who it is.",
            ),
            check_option("callback.state_same", "That is the app's check, not the server's."),
        ),
        computed=lambda: str(_on_a_phone().stopped_by),
        reason=lambda: _on_a_phone().sentence,
    ),
)
