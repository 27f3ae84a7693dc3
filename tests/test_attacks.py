"""The cards of the attack table: who wins against which client and which PKCE method, and what stops the attacker."""

from typing import Any

import pytest

from flowsim.analysis.counterexamples.edits import played, server_of
from flowsim.analysis.counterexamples.requests import ask, get
from flowsim.model.scenario import API_ORIGIN, ISSUER
from flowsim.model.states import Act, State
from flowsim.model.world import ATTACKER_RUN, VICTIM, World
from tests.kit.outcomes import Outcome, rows
from tests.kit.worlds import CLIENTS, event_of, simulation

CAN_BE_CLAIMED = ("native-scheme", "native-loopback")
CAN_LEAK = ("native-https", "spa", "web")

STEALING = ("code-interception", "code-and-request", "decompiled-secret")
# Who steals the code itself, from which kind of app, under which method, and who wins: from the table of outcomes.
CELLS = [
    (row.attack, row.client, row.items[0].removeprefix("pkce="), row.outcome)
    for row in rows()
    if row.attack in STEALING and row.base == "usual" and len(row.items) == 1 and row.items[0].startswith("pkce=")
]


def api_answers(world: World) -> int:
    """What the API answers to the token the attacker has."""
    token = world.attacker.loot["access_token"]
    return ask(world, get(f"{API_ORIGIN}/messages", authorization=f"Bearer {token}")).response.status


def userinfo_answers(world: World) -> int:
    """What the authorization server itself answers to it."""
    token = world.attacker.loot["access_token"]
    return ask(world, get(f"{ISSUER}/userinfo", authorization=f"Bearer {token}")).response.status


def test_the_cells_are_those_of_every_client_and_method_that_go_together() -> None:
    assert len({cell[:3] for cell in CELLS}) == len(CELLS) == 42


@pytest.mark.parametrize(("attack", "client", "pkce", "outcome"), CELLS)
def test_who_wins_has_the_tokens_and_the_data_and_nobody_ever_the_password(
    attack: str, client: str, pkce: str, outcome: Outcome
) -> None:
    trace = played(attacker=attack, client=client, pkce=pkce)
    wins = outcome.wins == "attacker"
    assert trace.verdict.attacker_reads_data is wins
    assert trace.verdict.tone == ("bad" if wins else "good")
    held = set(trace.verdict.attacker_holds)
    assert "code" in held
    assert ({"data", "access_token", "id_token"} <= held) is wins
    assert "password" not in held
    reached = trace.worlds[-1].runs[ATTACKER_RUN].state
    assert reached is (State.DONE if wins else State.TOKEN_REQUEST_FAILED)


@pytest.mark.parametrize(("attack", "client", "pkce", "outcome"), CELLS)
def test_the_honest_app_waits_in_vain_or_comes_second_or_has_its_login(
    attack: str, client: str, pkce: str, outcome: Outcome
) -> None:
    trace = played(attacker=attack, client=client, pkce=pkce)
    ended = trace.worlds[-1].runs[VICTIM].state
    if client in CAN_BE_CLAIMED:
        assert ended is State.CODE_TAKEN
    elif outcome.wins == "attacker":
        assert ended is State.TOKEN_REQUEST_FAILED
        refused = event_of(trace, Act.STEP_9)
        assert refused.messages[0].message.text().count('"error": "invalid_grant"') == 1
        assert next(check.check.id for check in event_of(trace, Act.STEP_8).checks if check.decides) == (
            "token.code_unused"
        )
    else:
        assert ended is State.DONE, "an attacker that was refused must not burn the code"


@pytest.mark.parametrize("attack", ["code-interception", "code-and-request", "decompiled-secret"])
@pytest.mark.parametrize("client", ["native-https", "spa"])
def test_a_code_that_comes_twice_takes_the_attackers_tokens_back_where_somebody_asks(attack: str, client: str) -> None:
    trace = played(attacker=attack, client=client, pkce="none")
    before = next(world for world in trace.worlds if "access_token" in world.attacker.loot)
    after = trace.worlds[-1]
    assert (userinfo_answers(before), api_answers(before)) == (200, 200)
    assert (userinfo_answers(after), api_answers(after)) == (401, 200)
    assert [record.revoked for record in server_of(after).access_tokens.values()] == [True]


def test_an_attacker_that_took_the_only_copy_keeps_its_tokens() -> None:
    after = played(attacker="code-interception", client="native-scheme", pkce="none").worlds[-1]
    assert (userinfo_answers(after), api_answers(after)) == (200, 200)


def test_without_single_use_both_get_tokens() -> None:
    last = played(attacker="code-interception", client="spa", pkce="none", without=frozenset({"token.code_unused"}))
    assert last.worlds[-1].runs[VICTIM].state is State.DONE
    assert (userinfo_answers(last.worlds[-1]), len(server_of(last.worlds[-1]).access_tokens)) == (200, 2)


@pytest.mark.parametrize("client", CLIENTS)
def test_the_redirect_is_taken_where_it_can_be_claimed_and_copied_elsewhere(client: str) -> None:
    acts = {event.act for event in played(attacker="code-interception", client=client).events}
    assert (Act.TAKE_RESPONSE in acts) is (client in CAN_BE_CLAIMED)
    assert (Act.READ_RESPONSE in acts) is (client in CAN_LEAK)


def test_an_attack_on_a_login_that_is_denied_finds_nothing() -> None:
    verdict = played(attacker="code-interception", user="denies").verdict
    assert (verdict.attacker_reads_data, verdict.attacker_holds, verdict.stopped_by) == (False, (), None)


def test_an_attacker_tells_the_server_nothing_but_what_it_has() -> None:
    for attack, client, pkce, _ in CELLS:
        trace = played(attacker=attack, client=client, pkce=pkce)
        message = event_of(trace, Act.SEND_CODE, ATTACKER_RUN).messages[0].message
        made = {one.kind: one.value for event in trace.events for one in event.made}
        if pkce == "S256":
            assert made["code_verifier"] not in message.text()
        assert made["code"] in message.text()
        assert "User-Agent: attacker" in message.text()


@pytest.mark.parametrize(
    ("settings", "position", "words"),
    [
        ({"pkce": "none"}, 12, "The attacker reads the user's data. Nothing tied the code to the app"),
        (
            {"pkce": "S256"},
            10,
            "PKCE held. The attacker has the code but no token: stopped at step 8 by “the verifier fits",
        ),
        ({"pkce": "S256"}, 5, "The attacker has not struck yet."),
        ({"pkce": "S256"}, 8, "The attack is under way."),
        ({"client": "web"}, 10, "The theft failed. The attacker has the code but no token: stopped at step 8"),
        ({"pkce": "none", "scope": "read:photos"}, 12, "and a token that was refused: stopped at step 11"),
    ],
)
def test_the_verdict_says_how_it_stands_in_one_sentence(settings: dict[str, Any], position: int, words: str) -> None:
    attack = simulation(attacker="code-interception", **settings)
    attack.goto(position)
    assert words in attack.verdict.sentence
    assert attack.verdict.sentence.endswith(".")


@pytest.mark.parametrize(
    ("attack", "settings", "reason"),
    [
        ("code-and-request", {"pkce": "plain"}, "With plain, the challenge is the verifier"),
        ("decompiled-secret", {"pkce": "none"}, "The app's secret was in the app"),
        (
            "code-interception",
            {"without": frozenset({"token.verifier_fits"})},
            "A check was off that would have",
        ),
    ],
)
def test_the_verdict_names_the_reason_why_it_worked(attack: str, settings: dict[str, Any], reason: str) -> None:
    assert reason in played(attacker=attack, **settings).verdict.sentence
