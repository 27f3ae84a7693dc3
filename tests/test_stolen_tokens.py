"""Cards 09 and 10: what comes of a stolen refresh token and of a stolen access token, under each defence."""

from typing import Any

import pytest

from flowsim.analysis.counterexamples.edits import OFFLINE, played, server_of
from flowsim.lessons import borrowed_token
from flowsim.model.scenario import ScenarioError
from flowsim.model.states import Role, State
from flowsim.model.steps import ATTACKER
from flowsim.model.world import VICTIM, World
from flowsim.simulation.simulation import Simulation
from tests.kit.outcomes import Row, rows

# Attack, settings -> the family of refresh tokens lives on, words of the verdict. Who wins: see outcomes.csv.
FAMILIES: list[tuple[str, dict[str, Any], bool, str]] = [
    ("refresh-theft", {"rotation": False}, True, "nobody has noticed. Without rotation"),
    ("refresh-theft-late", {"rotation": False}, True, "nobody has noticed. Without rotation"),
    ("refresh-theft-late", {}, False, "gets no token for it"),
    ("refresh-theft", {}, False, "then the theft is noticed"),
    ("refresh-theft", {"later": "call"}, True, "only one of the two goes on refreshing"),
    ("refresh-theft-late", {"overlap": 60}, True, "Within the overlap a token may come twice"),
    ("refresh-theft-older", {"overlap": 60}, False, "gets no token"),
    ("refresh-theft", {"dpop": "tokens"}, True, "gets no token"),
    ("refresh-theft", {"client": "web"}, True, "gets no token"),
]


def family_lives(world: World) -> bool:
    return not any(record.revoked for record in server_of(world).refresh_tokens.values())


@pytest.mark.parametrize(("attack", "settings", "lives", "words"), FAMILIES)
def test_the_family_ends_where_the_theft_is_noticed_and_the_verdict_says_so(
    attack: str, settings: dict[str, Any], lives: bool, words: str
) -> None:
    trace = played(**{"client": "spa", "scope": OFFLINE, "attacker": attack, **settings})
    assert family_lives(trace.worlds[-1]) is lives
    assert words in trace.verdict.sentence
    assert trace.verdict.tone == ("bad" if trace.verdict.attacker_reads_data else "good")


@pytest.mark.parametrize("attack", ["refresh-theft", "refresh-theft-late"])
def test_where_the_family_ends_the_app_has_to_log_in_again(attack: str) -> None:
    world = played(client="spa", scope=OFFLINE, attacker=attack).worlds[-1]
    app = [run.state for run in world.runs.values() if run.owner != ATTACKER and run.role is Role.REFRESH]
    assert app[-1] is State.REFRESH_FAILED


def test_the_attackers_access_token_lives_on_after_the_family_has_ended() -> None:
    world = played(client="spa", scope=OFFLINE, attacker="refresh-theft").worlds[-1]
    assert world.runs["attacker refresh 2"].state is State.REFRESH_FAILED
    assert world.runs["attacker call 2"].state is State.DONE


@pytest.mark.parametrize("pkce", ["none", "plain", "S256"])
@pytest.mark.parametrize("more", [{}, {"state": False}, {"nonce": False}, {"iss": False}])
def test_pkce_state_nonce_and_iss_take_no_part_in_a_refresh(pkce: str, more: dict[str, Any]) -> None:
    verdict = played(client="spa", scope=OFFLINE, attacker="refresh-theft", pkce=pkce, **more).verdict
    assert verdict.attacker_reads_data
    assert "then the theft is noticed" in verdict.sentence


STOLEN_AT_THE_API = [
    row for row in rows() if row.base == "usual" and row.attack in ("access-token-theft", "api-replay", "proof-replay")
]


@pytest.mark.parametrize("row", STOLEN_AT_THE_API, ids=lambda row: f"{row.attack}-{row.client}-{'; '.join(row.items)}")
def test_the_honest_app_gets_its_answer_though_its_access_token_is_stolen(row: Row) -> None:
    trace = Simulation(row.scenario).run()
    assert trace.worlds[-1].runs[VICTIM].state is State.DONE
    assert "access_token" in trace.verdict.attacker_holds
    assert "password" not in trace.verdict.attacker_holds


def test_too_little_scope_is_403() -> None:
    verdict = played(scope="openid").verdict
    assert (verdict.stopped_by, verdict.error) == ("api.scope", "insufficient_scope")


def test_the_token_can_be_stolen_as_long_as_the_request_is_under_way() -> None:
    login = Simulation(seed=7)
    login.goto(10)
    assert login.inject("access-token-theft").run().verdict.attacker_reads_data
    login.goto(11)
    with pytest.raises(ScenarioError, match=r"comes too late after move 11: the request .* goto\(10\)"):
        login.inject("access-token-theft", name="too late")


def test_an_app_that_takes_an_access_token_as_a_login_lets_anybody_in_and_an_id_token_is_refused() -> None:
    borrowed = borrowed_token.attack(played(client="spa").worlds[-1])
    assert (borrowed.by_access_token, borrowed.by_id_token) == ("user-alice", None)
    assert borrowed.id_token_refused_by is not None
    assert borrowed.id_token_refused_by.id == "id_token.audience"
    careless = borrowed_token.attack(played(client="spa", without=frozenset({"id_token.audience"})).worlds[-1])
    assert careless.by_id_token == "user-alice"
    with pytest.raises(ScenarioError, match="did you mean native-https"):
        borrowed_token.attack(played(client="spa").worlds[-1], "nativ-https")
