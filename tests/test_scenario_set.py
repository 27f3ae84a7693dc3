"""The set of experiments that a course on these attacks needs, each with its outcome: the step, the check, the error.

Who detects what, when, and whether tokens were issued before: RFC 9700 sections 2.1.1, 4.5.3 and 4.7.1, RFC 7636 section 1,
RFC 6749 section 10. What the program computes is compared with it; nothing of this table is in the program.
"""

from typing import Any

import pytest

from flowsim.analysis.counterexamples.edits import OFFLINE
from flowsim.analysis.forged_tokens import hand_to_api, hand_to_app
from flowsim.analysis.matrix import cell
from flowsim.checks import CHECKS
from flowsim.model.scenario import ISSUER
from flowsim.model.states import Act, State
from flowsim.model.world import PLANTED
from flowsim.simulation.simulation import Simulation
from flowsim.simulation.verdict import Verdict

Outcome = tuple[str | int | None, str | None, str | None] | None
WORKS: Outcome = None  # 200 to the attacker
FITS: Outcome = (8, "token.verifier_fits", "invalid_grant")
SECRET: Outcome = (8, "token.client_authenticated", "invalid_client")
NONCE: Outcome = (9, "id_token.nonce", None)
STATE: Outcome = (6, "callback.state_same", None)

# Attack, the defences that are there, the outcome.
CELLS: list[tuple[str, tuple[str, ...], Outcome]] = [
    ("code-interception", (), WORKS),
    ("code-interception", ("plain",), FITS),
    ("code-interception", ("S256",), FITS),
    ("code-interception", ("secret",), SECRET),
    ("code-interception", ("dpop",), WORKS),
    ("code-interception", ("dpop-bound-code",), (8, "code_proof.present", "invalid_dpop_proof")),
    ("code-and-request", ("plain",), WORKS),
    ("code-and-request", ("S256",), FITS),
    ("code-and-request", ("plain", "par"), (8, "token.verifier_present", "invalid_grant")),
    ("decompiled-secret", (), WORKS),
    ("decompiled-secret", ("S256",), FITS),
    ("code-injection", ("secret",), WORKS),
    ("code-injection", ("secret", "state"), WORKS),
    ("code-injection", ("secret", "nonce"), NONCE),
    ("code-injection", ("secret", "S256"), FITS),
    ("code-injection", ("secret", "single-use-code"), WORKS),
    ("login-csrf", (), WORKS),
    ("login-csrf", ("state",), STATE),
    ("login-csrf", ("nonce",), NONCE),
    ("login-csrf", ("S256",), FITS),
    ("login-csrf-with-state", ("state",), WORKS),
    ("login-csrf-with-state", ("S256",), FITS),
    ("login-csrf-with-state", ("nonce",), NONCE),
    ("pkce-downgrade", (), WORKS),
    ("pkce-downgrade", ("no-downgrade",), (8, "token.verifier_unexpected", "invalid_request")),
    ("pkce-downgrade", ("pkce-required",), (3, "authorize.challenge_present", "invalid_request")),
    ("pkce-downgrade", ("state",), STATE),
    ("request-stripping", ("no-downgrade",), WORKS),
    ("request-stripping", ("secret",), WORKS),
    ("request-stripping", ("secret", "no-downgrade"), (8, "token.verifier_unexpected", "invalid_request")),
    ("request-stripping", ("pkce-required",), (3, "authorize.challenge_present", "invalid_request")),
    ("code-replay", (), WORKS),
    ("code-replay", ("single-use-code",), (8, "token.code_unused", "invalid_grant")),
    ("code-replay", ("S256",), FITS),
    ("code-replay", ("short-lived-code",), (8, "token.code_fresh", "invalid_grant")),
    ("lasting-access", ("single-use-code",), WORKS),
    ("lasting-access", ("revocation-on-replay",), (13, "refresh.not_revoked", "invalid_grant")),
    ("lasting-access", ("S256",), FITS),
    ("session-fixation", ("S256", "nonce", "iss", "exact-redirect-uri"), WORKS),
    ("session-fixation", ("bound-state",), (6, "callback.transaction_exists", None)),
    ("redirect-manipulation", ("S256",), WORKS),
    ("redirect-manipulation", ("secret", "S256", "state", "nonce"), WORKS),
    ("redirect-manipulation", ("secret", "redirect-uri-at-token"), (8, "token.redirect_uri_same", "invalid_grant")),
    ("redirect-manipulation", ("S256", "exact-redirect-uri"), (3, "authorize.redirect_uri_registered", None)),
    ("access-token-theft", ("audience",), WORKS),
    ("access-token-theft", ("dpop",), (11, "api_proof.scheme", "invalid_token")),
    ("api-replay", (), WORKS),
    ("api-replay", ("audience",), (11, "api.audience", "invalid_token")),
    ("unsigned-token", (), WORKS),
    ("unsigned-token", ("fixed-algorithm",), (11, "api.algorithm", "invalid_token")),
    ("public-key-token", (), WORKS),
    ("public-key-token", ("fixed-algorithm",), (11, "api.algorithm", "invalid_token")),
    ("malicious-client", ("S256", "state", "nonce", "iss", "single-use-code", "exact-redirect-uri", "par"), WORKS),
    ("app-impersonation", ("S256", "state", "nonce", "iss", "single-use-code", "exact-redirect-uri"), WORKS),
    ("app-impersonation", ("claimed-https",), (6, "callback.transaction_exists", None)),
    ("app-impersonation", ("asks-again",), (5, "consent.allowed", "access_denied")),
    ("chosen-challenge", ("S256", "state", "exact-redirect-uri"), WORKS),
    ("chosen-challenge", ("secret", "S256", "state", "nonce", "iss", "exact-redirect-uri", "pkce-required"), WORKS),
    ("chosen-challenge", ("S256", "asks-again"), (5, "consent.allowed", "access_denied")),
    ("mix-up", ("S256",), WORKS),
    ("mix-up", ("secret", "S256", "state", "nonce"), WORKS),
    ("mix-up", ("par-with-secret",), WORKS),
    ("mix-up", ("par-with-secret", "state"), STATE),
    ("mix-up", ("iss",), (6, "callback.issuer_same", None)),
    ("weak-verifier", (), WORKS),
    ("weak-verifier", ("random-verifier",), FITS),
    ("weak-verifier", ("par",), WORKS),
    ("proof-replay", (), WORKS),
    ("proof-replay", ("single-use-proof",), (11, "api_proof.not_seen", "invalid_dpop_proof")),
    ("logout-by-replay", (), WORKS),
    ("logout-by-replay", ("valid-replay-only",), FITS),
    ("login-csrf", ("S256", "pkce-required", "no-downgrade"), FITS),
    ("code-burning", (), WORKS),
    ("code-burning", ("code-kept-on-failure",), FITS),
    ("clickjacking", (), WORKS),
    ("clickjacking", ("no-framing",), (4, "frame.allowed", None)),
    ("forwarded-password", (), WORKS),
    ("forwarded-password", ("see-other",), (None, None, None)),
    ("silent-login", ("S256", "state", "nonce", "rotation", "dpop-bound-code", "par"), WORKS),
    ("silent-login", ("secret", "S256", "state", "nonce", "iss"), WORKS),
    ("silent-login", ("asks-again",), (3, "authorize.prompt_possible", "login_required")),
    ("silent-login", ("secret", "asks-again"), (5, "consent.allowed", "access_denied")),
    ("web-view", (), WORKS),
    ("web-view", ("system-browser",), (None, None, None)),
]


def outcome(verdict: Verdict) -> Outcome:
    if verdict.attack_succeeded:
        return WORKS
    return verdict.stopped_at_step, verdict.stopped_by, verdict.error


@pytest.mark.parametrize(("attack", "defences", "expected"), CELLS, ids=str)
def test_each_experiment_ends_at_the_step_with_the_check_and_the_error_of_the_literature(
    attack: str, defences: tuple[str, ...], expected: Outcome
) -> None:
    assert outcome(cell(attack, *defences).verdict) == expected


# A stolen refresh token: settings, whether the attacker reads the data, what stops the first of the two that is stopped.
REFRESH: list[tuple[str, str, dict[str, Any], bool, Outcome]] = [
    ("no rotation", "refresh-theft", {"rotation": False}, True, (None, None, None)),
    ("owner first", "refresh-theft-late", {}, False, (13, "refresh.not_used", "invalid_grant")),
    ("attacker first", "refresh-theft", {}, True, (None, None, None)),
    ("within the overlap", "refresh-theft-late", {"overlap": 60}, True, (None, None, None)),
    ("the owner never refreshes again", "refresh-theft", {"later": "call"}, True, (None, None, None)),
]


@pytest.mark.parametrize(("case", "attack", "settings", "reads", "stopped"), REFRESH, ids=[row[0] for row in REFRESH])
def test_a_stolen_refresh_token_works_or_is_noticed_as_the_best_current_practice_says(
    case: str, attack: str, settings: dict[str, Any], reads: bool, stopped: Outcome
) -> None:
    verdict = Simulation(client="spa", scope=OFFLINE, attacker=attack, seed=7, **settings).run().verdict
    assert verdict.attacker_reads_data is reads
    assert (verdict.stopped_at_step, verdict.stopped_by, verdict.error) == stopped


# A token that is forged or in the wrong place: forgery, party, the check that refuses it.
TOKENS = [
    ("alg-none", "app", "id_token.algorithm"),
    ("alg-none", "API", "api.algorithm"),
    ("public-key-as-secret", "API", "api.algorithm"),
    ("other-client", "app", "id_token.audience"),
    ("other-api", "API", "api.audience"),
    ("id-token-as-access-token", "API", "api.token_type"),
]


@pytest.mark.parametrize(("forgery", "party", "check"), TOKENS)
def test_a_token_that_is_forged_or_out_of_place_is_refused_by_its_check(forgery: str, party: str, check: str) -> None:
    tried = hand_to_app(forgery) if party == "app" else hand_to_api(forgery)
    assert tried.refused_by is not None
    assert tried.refused_by.id == check


# state, nonce and PKCE side by side: who looks, at which step, and whether each stops an attacker who goes to the token
# endpoint itself, an injected code, a planted code, and a planted code with the victim's own state.
SIDE_BY_SIDE = {
    "state": ("client", 6, (False, False, True, False)),
    "nonce": ("client", 9, (False, True, True, True)),
    "S256": ("authorization_server", 8, (True, True, True, True)),
}
FOUR = ("code-interception", "code-injection", "login-csrf", "login-csrf-with-state")


@pytest.mark.parametrize("defence", SIDE_BY_SIDE)
def test_state_nonce_and_pkce_overlap_and_differ_in_who_looks_and_when(defence: str) -> None:
    actor, step, stops = SIDE_BY_SIDE[defence]
    cells = [cell(attack, defence) for attack in FOUR]
    assert tuple(not one.works for one in cells) == stops
    deciding = {CHECKS[one.verdict.stopped_by or ""] for one in cells if not one.works}
    assert {(check.actor, check.step) for check in deciding} == {(actor, step)}


@pytest.mark.parametrize(("defence", "issued"), [("state", 0), ("S256", 0), ("nonce", 1)])
def test_only_the_nonce_finds_out_after_tokens_were_issued(defence: str, issued: int) -> None:
    attack = "login-csrf"
    world = cell(attack, defence).simulation().run().worlds[-1]
    planted = {event.run for event in world.log if event.act is Act.PLANT_RESPONSE}
    assert planted == {PLANTED}
    assert world.runs[PLANTED].state is not State.DONE
    families = {record.family for record in world.servers[ISSUER].access_tokens.values()}
    own = {grant for grant, kept in world.servers[ISSUER].grants.items() if kept.sub == "user-mallory"}
    assert len(families & own) == issued
