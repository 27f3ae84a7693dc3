"""Who knows what follows from the messages alone: nobody knows what it never sent, received or made."""

from itertools import product
from typing import Any
from urllib.parse import unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsim.analysis.counterexamples.edits import OFFLINE, played
from flowsim.attacks import Attacker
from flowsim.attacks.toolkit import log_in_oneself
from flowsim.attacks.view import View
from flowsim.model.states import Act, State
from flowsim.model.steps import ALL_LANES, API, ATTACKER, BROWSER, CLIENT, SERVER, USER
from flowsim.model.transitions import Move
from flowsim.model.world import OWN_LOGIN, Event
from flowsim.protocol.messages import Message
from flowsim.simulation.ledger import KINDS, Ledger, Secret, ledger
from flowsim.simulation.simulation import Simulation
from tests.kit.runs import goes_together
from tests.kit.world_oracle import look
from tests.kit.worlds import CLIENTS, CODE_STEALERS, METHODS

scenarios = st.fixed_dictionaries(
    {
        "client": st.sampled_from(CLIENTS),
        "pkce": st.sampled_from(METHODS),
        "user": st.sampled_from(["accepts", "denies", "wrong-password"]),
        "login": st.sampled_from(["password", "one-time-code"]),
        "scope": st.sampled_from(["openid profile read:messages", "offline_access read:messages", "openid admin"]),
        "attacker": st.sampled_from([None, "code-interception", "code-and-request"]),
        "without": st.sampled_from([frozenset[str](), frozenset({"token.verifier_fits"})]),
    }
)


def knows(told: Ledger, actor: str, secret: Secret) -> bool:
    return any(one.actor == actor and one.secret == secret for event in told.learned for one in event)


def seen_by(actor: str, events: tuple[Event, ...]) -> list[Message]:
    return [sent.message for event in events for sent in event.messages if actor in (sent.sender, sent.receiver)]


def stands_in(value: str, message: Message) -> bool:
    return value in message.text() or value in unquote_plus(message.text())


@pytest.mark.parametrize(
    ("settings", "knowing"),
    [
        (
            {},
            {
                "password": {USER, BROWSER, SERVER},
                "state": {CLIENT, BROWSER, SERVER},
                "nonce": {CLIENT, BROWSER, SERVER},
                "code_verifier": {CLIENT, SERVER},
                "code_challenge": {CLIENT, BROWSER, SERVER},
                "code": {SERVER, BROWSER, CLIENT},
                "access_token": {SERVER, CLIENT, API},
                "id_token": {SERVER, CLIENT},
                "data": {API, CLIENT, USER},
            },
        ),
        (
            {"client": "web", "pkce": "none", "scope": "offline_access read:messages"},
            {
                "password": {USER, BROWSER, SERVER},
                "client_secret": {CLIENT, SERVER},
                "state": {CLIENT, BROWSER, SERVER},
                "code": {SERVER, BROWSER, CLIENT},
                "access_token": {SERVER, CLIENT, API},
                "refresh_token": {SERVER, CLIENT},
                "data": {API, CLIENT, USER},
            },
        ),
        (
            {"pkce": "plain"},
            {
                "password": {USER, BROWSER, SERVER},
                "state": {CLIENT, BROWSER, SERVER},
                "nonce": {CLIENT, BROWSER, SERVER},
                "code_verifier": {CLIENT, BROWSER, SERVER},
                "code_challenge": {CLIENT, BROWSER, SERVER},
                "code": {SERVER, BROWSER, CLIENT},
                "access_token": {SERVER, CLIENT, API},
                "id_token": {SERVER, CLIENT},
                "data": {API, CLIENT, USER},
            },
        ),
    ],
)
def test_after_a_login_each_secret_is_known_to_whom_it_must_be(
    settings: dict[str, Any], knowing: dict[str, set[str]]
) -> None:
    told = played(**settings).ledger
    actors = (USER, BROWSER, CLIENT, SERVER, API, ATTACKER)
    found = {kind: {actor for actor in actors if told.knows(actor, kind)} for kind in KINDS}
    assert {kind: who for kind, who in found.items() if who} == knowing


def test_what_a_page_holds_the_browser_holds_and_what_an_app_elsewhere_holds_it_does_not() -> None:
    held = {"code_verifier", "dpop_key", "access_token", "id_token", "refresh_token"}
    for client in CLIENTS:
        trace = played(client=client, dpop="tokens", scope=OFFLINE)
        assert held <= set(trace.ledger.holds(CLIENT))
        assert held & set(trace.ledger.holds(BROWSER)) == (held if client == "spa" else set())


def test_the_user_is_shown_the_data_by_the_app_that_gets_it_and_only_then() -> None:
    for client in CLIENTS:
        assert BROWSER in played(client=client).ledger.table()["data"]
        assert not played(client=client, scope="openid").ledger.knows(USER, "data")
    assert not played(client="spa", api_cors="none", without=frozenset({"page.call_may_be_sent"})).ledger.knows(
        USER, "data"
    )


def test_a_page_that_the_attacker_runs_is_in_the_attackers_browser_and_not_in_the_users() -> None:
    trace = played(client="spa", attacker="code-injection", pkce="none", nonce=False)
    victims = {one.secret.value for event in trace.ledger.learned for one in event if one.actor == BROWSER}
    given = [e for e in trace.events if e.run == OWN_LOGIN and e.act is Act.STEP_9]
    assert given and not any(made.value in victims for event in given for made in event.made)


def test_whoever_owns_the_browser_has_all_that_the_page_in_it_gets_also_what_the_page_refuses() -> None:
    """A public client cannot do with the nonce alone, RFC 9700 section 2.1.1; a website and a program hold the tokens."""
    for nonce, client in product((True, False), CLIENTS):
        trace = played(client=client, attacker="code-injection", pkce="none", nonce=nonce)
        tokens = {"access_token", "id_token"} & set(trace.ledger.holds(ATTACKER))
        assert tokens == ({"access_token", "id_token"} if client == "spa" else set())
        assert trace.verdict.attack_succeeded is (client == "spa" or not nonce)


@pytest.mark.parametrize("settings", [{"dpop": "tokens"}, {"dpop": "tokens", "dpop_nonce": True}])
def test_the_key_of_a_page_is_no_secret_to_the_owner_of_its_browser(settings: dict[str, Any]) -> None:
    trace = played(client="spa", attacker="code-injection", pkce="none", **settings)
    assert trace.verdict.attack_succeeded
    assert "an API takes" in trace.verdict.sentence
    assert look(trace.worlds[-1]).live >= {"api"}


def test_the_attackers_own_tokens_are_no_secret_of_the_victims() -> None:
    class Honest(Attacker):
        def next_move(self, world: View) -> Move | None:
            return log_in_oneself(world, State.DONE)

    honest = Honest(name="logs-in", title="an ordinary user", positions=(), about="Somebody logs in.")
    for client in ("spa", "web"):
        trace = Simulation(client=client, attacker=honest, seed=7).run()
        assert trace.worlds[-1].runs[OWN_LOGIN].state is State.DONE
        assert trace.ledger.holds(ATTACKER) == ()
        assert not trace.verdict.attack_succeeded


def test_the_app_never_learns_the_password_and_the_api_neither_code_nor_verifier() -> None:
    for client in CLIENTS:
        for pkce in METHODS:
            told = played(client=client, pkce=pkce).ledger
            assert not told.knows(CLIENT, "password")
            assert set(told.holds(API)) == {"access_token", "data"}


@pytest.mark.parametrize(
    ("attack", "client"),
    [pair for pair in product(CODE_STEALERS, CLIENTS) if goes_together(attacker=pair[0], client=pair[1])],
)
def test_under_s256_the_verifier_never_stands_in_the_attackers_column(attack: str, client: str) -> None:
    for off in (frozenset[str](), frozenset({"token.verifier_fits"})):
        trace = played(attacker=attack, client=client, pkce="S256", without=off)
        assert not trace.ledger.knows(ATTACKER, "code_verifier")
        assert trace.ledger.knows(ATTACKER, "code_challenge") is (attack == "code-and-request")
        assert trace.ledger.knows(ATTACKER, "data") is (bool(off) and client != "web")


def test_under_plain_whoever_sees_the_request_knows_the_verifier() -> None:
    seen = played(attacker="code-and-request", pkce="plain").ledger
    unseen = played(attacker="code-interception", pkce="plain").ledger
    assert seen.knows(ATTACKER, "code_verifier")
    assert not unseen.knows(ATTACKER, "code_verifier")


def test_a_secret_that_is_shipped_is_known_to_whoever_reads_the_app() -> None:
    assert played(attacker="decompiled-secret").ledger.knows(ATTACKER, "client_secret")
    assert not played(attacker="code-interception", shipped_secret=True).ledger.knows(ATTACKER, "client_secret")


@given(settings=scenarios)
def test_an_actor_knows_exactly_what_it_made_and_what_stood_in_its_messages(settings: dict[str, Any]) -> None:
    trace = played(**settings)
    for actor in (USER, BROWSER, CLIENT, SERVER, API, ATTACKER):
        messages = seen_by(actor, trace.events)
        made = {(one.kind, one.value) for event in trace.events for one in event.made if one.actor == actor}
        for secret in trace.ledger.secrets:
            read = any(stands_in(secret.value, message) for message in messages)
            expected = read or (secret.kind, secret.value) in made
            if actor == BROWSER and settings["client"] == "spa" and knows(trace.ledger, CLIENT, secret):
                expected = True  # The app's code runs in the browser and can keep nothing from it (RFC 6749 §2.1).
            if secret.kind == "nonce" and trace.ledger.knows(actor, "id_token"):
                expected = True  # It stands inside the ID token, which anybody can read.
            assert knows(trace.ledger, actor, secret) is expected, (actor, secret)


@given(settings=scenarios)
def test_nobody_knows_a_secret_before_it_exists_and_nobody_learns_it_twice(settings: dict[str, Any]) -> None:
    trace = played(**settings)
    told = [(one.actor, one.secret) for event in trace.ledger.learned for one in event]
    assert len(told) == len(set(told))
    born: dict[tuple[str, str], int] = {}
    for number, event in enumerate(trace.events):
        for made in event.made:
            born.setdefault((made.kind, made.value), number)
    for number, learned in enumerate(trace.ledger.learned):
        for one in learned:
            assert born[one.secret.kind, one.secret.value] <= number


@given(settings=scenarios, cut=st.integers(0, 20))
def test_what_is_known_only_grows(settings: dict[str, Any], cut: int) -> None:
    trace = played(**settings)
    part = ledger(trace.events[:cut], in_browser=trace.scenario.profile.in_browser)
    assert part.learned == trace.ledger.learned[:cut]
    assert part.secrets == trace.ledger.secrets[: len(part.secrets)]


def test_the_table_has_a_row_for_each_kind_and_the_columns_of_the_picture() -> None:
    trace = played(attacker="code-interception", client="web")
    table = trace.ledger.table()
    assert list(table) == [kind for kind in KINDS if any(secret.kind == kind for secret in trace.ledger.secrets)]
    assert {lane for lanes in table.values() for lane in lanes} <= {lane for lane, _ in ALL_LANES}
    assert ATTACKER in table["code"]
    assert ATTACKER not in table["code_verifier"]


def test_a_secret_belongs_to_the_run_in_which_it_came_to_be() -> None:
    trace = played(attacker="code-interception", client="spa", pkce="none", without=frozenset({"token.code_unused"}))
    tokens = [secret for secret in trace.ledger.secrets if secret.kind == "access_token"]
    assert [secret.run for secret in tokens] == ["attacker", "victim"]
