"""The sentence says what the numbers say, whoever attacks whom, and a story that is over is never said to be under way."""

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from flowsim.analysis.counterexamples.edits import OFFLINE
from flowsim.attacks import ATTACKERS
from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import OWN_VERIFIER, lure, lured, own_request, redeem_the_code
from flowsim.attacks.view import View
from flowsim.model.scenario import ScenarioError
from flowsim.model.states import Act, State
from flowsim.model.transitions import Move
from flowsim.model.world import ATTACKER_INITIATED
from flowsim.simulation.simulation import Simulation, Trace
from tests.kit.worlds import CLIENTS, METHODS

OFF = (
    "token.verifier_present",
    "token.verifier_fits",
    "token.verifier_unexpected",
    "token.code_unused",
    "token.code_known",
    "token.client_authenticated",
    "callback.state_same",
    "callback.issuer_same",
    "callback.transaction_exists",
    "id_token.nonce",
    "api.algorithm",
    "api.audience",
    "api.scope",
    "frame.allowed",
)


def run(**given: Any) -> Trace | None:
    """The whole story; None where these settings make no sense."""
    try:
        simulation = Simulation(seed=7, **given)
    except ScenarioError:
        return None
    return simulation.run()


@settings(max_examples=300, deadline=None)
@given(
    attacker=st.sampled_from([*ATTACKERS]),
    client=st.sampled_from(CLIENTS),
    pkce=st.sampled_from(METHODS),
    required=st.sampled_from([None, True, False]),
    scope=st.sampled_from([OFFLINE, "openid", "read:messages", "openid profile read:messages"]),
    user=st.sampled_from(["accepts", "accepts", "denies", "careful"]),
    remembered=st.sampled_from(["nothing", "login", "consent"]),
    par=st.sampled_from(["off", "optional", "required"]),
    dpop=st.sampled_from(["off", "tokens", "code"]),
    off=st.sets(st.sampled_from(OFF), max_size=3),
    switches=st.sets(
        st.sampled_from(
            [
                "second_server",
                "web_view",
                "invalidates_code_on_failure",
                "allows_framing",
                "state_not_bound_to_browser",
                "revokes_any_replay",
                "shipped_secret",
            ]
        )
    ),
    redirect=st.sampled_from([303, 307]),
    verifier=st.sampled_from(["random", "clock"]),
    match=st.sampled_from(["exact", "prefix"]),
    data=st.data(),
)
def test_the_tone_is_bad_exactly_where_the_attack_has_succeeded(
    attacker: str, client: str, scope: str, off: set[str], switches: set[str], data: st.DataObject, **more: Any
) -> None:
    trace = run(
        attacker=attacker,
        client=client,
        scope=scope,
        without=frozenset(off),
        asks_consent=data.draw(st.booleans()),
        pkce_required=more.pop("required"),
        redirect_status=more.pop("redirect"),
        redirect_match=more.pop("match"),
        **dict.fromkeys(switches, True),
        **more,
    )
    assume(trace is not None)
    assert trace is not None
    verdict = trace.verdict
    assert (verdict.tone == "bad") is verdict.attack_succeeded, verdict.sentence
    assert verdict.sentence[0].isupper()
    assert verdict.sentence.endswith(".")
    assert "under way" not in verdict.sentence
    assert "not struck yet" not in verdict.sentence
    if verdict.attack_succeeded:
        assert (verdict.stopped_by, verdict.stopped_at_step, verdict.error) == (None, None, None)
    if verdict.stopped_by is not None:
        assert any(one.check.id == verdict.stopped_by and one.decides for event in trace.events for one in event.checks)


class Asking(Attacker):
    """A script that does not ask for silence, against a server that asks a user who says yes."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        if window := lured(world):
            reads = window.state is State.CODE_IN_BROWSER and "code" not in world.attacker.loot
            return Move(ATTACKER_INITIATED, Act.READ_WINDOW) if reads else redeem_the_code(world, OWN_VERIFIER)
        return lure(world, own_request(world), Act.OPEN_WINDOW)


def test_nobody_was_asked_is_said_only_where_nobody_was_asked() -> None:
    asking = Asking(name="asking", title="a script that asks", positions=("script",))
    verdicts = [
        Simulation(client="spa", remembered=remembered, seed=7).inject(asking).run().verdict
        for remembered in ("consent", "login")
    ]
    assert [verdict.attacker_reads_data for verdict in verdicts] == [True, True]
    assert ["the server asked nobody" in verdict.sentence for verdict in verdicts] == [True, False]


# Attack, settings, words of the reason.
REASONS: list[tuple[str, dict[str, Any], str]] = [
    ("code-interception", {"pkce": "none"}, "Nothing tied the code to the app"),
    ("code-and-request", {"pkce": "plain"}, "With plain, the challenge is the verifier"),
    ("code-and-request", {"without": {"token.verifier_fits"}}, "A check was off that would have stopped it"),
    (
        "code-interception",
        {"without": {"token.verifier_fits"}, "verifier": "clock"},
        "“the verifier fits the challenge”",
    ),
    (
        "code-interception",
        {"client": "web", "pkce": "none", "without": {"token.client_authenticated"}},
        "“a client that has a secret shows it”",
    ),
    ("mix-up", {"iss": False}, "The app brought the code and its verifier to the attacker's server"),
    ("mix-up", {"iss": False, "pkce": "none"}, "The app brought the code to the attacker's server"),
    (
        "redirect-manipulation",
        {"redirect_match": "prefix", "client": "spa"},
        "to an address that only begins like the app's. The challenge in the request was the attacker's own.",
    ),
    ("app-impersonation", {"remembered": "consent"}, "had claimed the app's address, and the server approved without"),
    ("chosen-challenge", {"remembered": "consent", "client": "spa"}, "The attacker wrote the request"),
    ("request-stripping", {"pkce_required": False}, "The challenge was taken out of the victim's request"),
    ("weak-verifier", {"verifier": "clock"}, "hashed one after the other until the challenge came out"),
    ("weak-verifier", {"verifier": "clock", "par": "required"}, "tried them at the server"),
    ("silent-login", {"client": "spa"}, "The script began a login of its own with its own challenge"),
    ("silent-login", {"client": "web"}, "The attacker is logged in to the app as the victim"),
    ("malicious-client", {}, "The user allowed it when the server asked. To the server this is"),
    ("clickjacking", {"allows_framing": True, "remembered": "login"}, "pressed “allow” and did not see it"),
    ("code-interception", {"client": "web", "redirect_status": 307, "asks_consent": False}, "and that has leaked"),
    (
        "session-fixation",
        {"state_not_bound_to_browser": True, "remembered": "consent"},
        "went by the state, and not by the browser",
    ),
    (
        "login-csrf",
        {"state": False, "nonce": False, "pkce": "none", "scope": "read:messages"},
        "with the attacker's account",
    ),
]


@pytest.mark.parametrize(("attack", "given", "words"), REASONS, ids=[f"{row[0]} {row[2][:20]}" for row in REASONS])
def test_where_an_attack_works_the_reason_is_what_it_made_use_of(
    attack: str, given: dict[str, Any], words: str
) -> None:
    verdict = Simulation(attacker=attack, seed=7, **given).run().verdict
    assert verdict.attack_succeeded
    assert words in verdict.sentence
