"""The set of experiments that a course on these attacks needs, each with its outcome: the step, the check, the error.

Who detects what, when, and whether tokens were issued before: RFC 9700 sections 2.1.1, 4.5.3 and 4.7.1, RFC 7636 section 1,
RFC 6749 section 10. What the program computes is compared with it; nothing of this table is in the program.
"""

import pytest

from flowsim.analysis.forged_tokens import hand_to_api, hand_to_app
from flowsim.analysis.matrix import cell
from flowsim.checks import CHECKS
from flowsim.model.scenario import ISSUER
from flowsim.model.states import Act, State
from flowsim.model.world import PLANTED

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
