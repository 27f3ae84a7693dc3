"""What a page tells another site of its address, against a table written down from the Referrer Policy specification."""

import json
from typing import Any

import pytest

from flowsim import Simulation
from flowsim.model.states import Act, State
from flowsim.model.steps import ELSEWHERE
from flowsim.protocol.messages import Request, query_of, single
from flowsim.protocol.referrer import REFERRER_POLICIES, referer
from flowsim.simulation.simulation import Trace
from flowsim.views.formats.har import har
from flowsim.views.formats.player_payload import player_payload
from flowsim.views.formats.replay import differences
from flowsim.views.formats.trace_json import trace_json
from flowsim.views.text.narration import told
from flowsim.views.text.transcript import transcript

PAGE = "https://user:pw@app.example/callback?code=c#part"
WHOLE, OWN = "https://app.example/callback?code=c", "https://app.example/"
# To its own origin, to another one, to another one without TLS, to the own machine.
TARGETS = ("https://app.example/x", "https://other.example/", "http://other.example/", "http://127.0.0.1:8000/")
SENT: dict[str, tuple[str | None, ...]] = {
    "no-referrer": (None, None, None, None),
    "no-referrer-when-downgrade": (WHOLE, WHOLE, None, WHOLE),
    "origin": (OWN, OWN, OWN, OWN),
    "origin-when-cross-origin": (WHOLE, OWN, OWN, OWN),
    "same-origin": (WHOLE, None, None, None),
    "strict-origin": (OWN, OWN, None, OWN),
    "strict-origin-when-cross-origin": (WHOLE, OWN, None, OWN),
    "unsafe-url": (WHOLE, WHOLE, WHOLE, WHOLE),
}


def test_the_table_has_every_policy() -> None:
    assert set(SENT) == set(REFERRER_POLICIES)


@pytest.mark.parametrize("policy", SENT)
def test_a_policy_says_what_stands_in_the_header(policy: Any) -> None:
    assert tuple(referer(policy, PAGE, target) for target in TARGETS) == SENT[policy]


@pytest.mark.parametrize("policy", SENT)
def test_a_page_without_tls_has_nothing_to_lose_and_one_on_no_website_no_name(policy: Any) -> None:
    page = "http://app.example"
    found = referer(policy, page, "http://other.example/")
    assert found == (None if policy in ("no-referrer", "same-origin") else "http://app.example/")
    assert referer(policy, "com.example.app:/callback?code=c", "https://other.example") is None


# ---- In a login


def played(**settings: Any) -> Trace:
    return Simulation(**{"seed": 7, **settings}).run()


def told_to_others(trace: Trace) -> list[Request]:
    sent = [one for event in trace.events for one in event.messages if one.receiver == ELSEWHERE]
    return [one.message for one in sent if isinstance(one.message, Request)]


def test_no_page_loads_anything_from_elsewhere_by_default() -> None:
    for client in ("web", "spa", "native-loopback"):
        trace = played(client=client, referrer_policy="unsafe-url", server_referrer_policy="unsafe-url")
        assert not told_to_others(trace)
        assert "elsewhere" not in {one["id"] for one in player_payload(Simulation(seed=7, client=client))["lanes"]}
        assert "Elsewhere" not in transcript(trace)


@pytest.mark.parametrize("policy", SENT)
@pytest.mark.parametrize("client", ["web", "spa", "native-loopback"])
def test_the_code_leaves_the_apps_page_where_its_policy_lets_the_whole_address_go(client: str, policy: str) -> None:
    trace = played(client=client, loads_from_elsewhere=True, referrer_policy=policy)
    assert trace.events[-1].after is State.DONE
    (asked,) = told_to_others(trace)
    (code,) = {one.value for event in trace.events for one in event.made if one.kind == "code"}
    # Its own page is at the loopback address for a program, from which nothing is less safe.
    leaks = policy == "unsafe-url" or policy == "no-referrer-when-downgrade"
    assert (single(query_of(asked.header("referer") or ""), "code") == code) is leaks
    assert trace.ledger.knows(ELSEWHERE, "code") is leaks
    assert trace.ledger.knows(ELSEWHERE, "state") is leaks
    assert not trace.ledger.knows(ELSEWHERE, "code_verifier")
    assert ("elsewhere" in trace.ledger.table()["code"]) is leaks


def test_the_code_of_a_page_leaves_before_it_is_used_and_that_of_a_website_after() -> None:
    for client, step in (("spa", Act.STEP_7), ("web", Act.STEP_9)):
        trace = played(client=client, loads_from_elsewhere=True, referrer_policy="unsafe-url")
        acts = [event.act for event in trace.events for one in event.messages if one.receiver == ELSEWHERE]
        assert acts == [step]


def test_an_answer_that_is_posted_leaves_no_address_to_tell() -> None:
    settings = {"client": "web", "response_mode": "form_post", "cookie_same_site": "none"}
    trace = played(loads_from_elsewhere=True, referrer_policy="unsafe-url", **settings)
    (asked,) = told_to_others(trace)
    assert asked.header("referer") == "https://web.example/callback"
    assert not trace.ledger.knows(ELSEWHERE, "code")


@pytest.mark.parametrize("policy", ["no-referrer", "origin", "unsafe-url"])
def test_the_servers_pages_have_addresses_without_a_state_but_for_its_error_page(policy: str) -> None:
    settings = {"client": "web", "pages_load_from_elsewhere": True, "server_referrer_policy": policy}
    (asked,) = told_to_others(played(**settings))
    own = {"no-referrer": None, "origin": "https://as.example/", "unsafe-url": "https://as.example/login"}
    assert asked.header("referer") == own[policy]
    manipulated = played(attacker="redirect-manipulation", **settings)
    refused = [event for event in manipulated.events if event.after is State.ERROR_PAGE]
    assert refused
    (error,) = [one.message for one in refused[0].messages if one.receiver == ELSEWHERE]
    assert isinstance(error, Request)
    assert (single(query_of(error.header("referer") or ""), "client_id") is not None) is (policy == "unsafe-url")


@pytest.mark.parametrize("client", ["web", "spa"])
def test_such_a_login_is_told_shown_and_plays_again(client: str) -> None:
    settings: dict[str, Any] = {"client": client, "loads_from_elsewhere": True, "referrer_policy": "unsafe-url"}
    trace = played(**settings)
    assert not differences(json.dumps(trace_json(trace)))
    assert "https://other.example/picture.png" in {one["request"]["url"] for one in har(trace)["log"]["entries"]}
    shown = player_payload(Simulation(seed=7, **settings))
    assert {"id": "elsewhere", "name": "Elsewhere"} in shown["lanes"]
    assert "Browser → Another site" in transcript(trace)
    assert "Elsewhere" in transcript(trace)
    assert any(one.to_elsewhere for one in told(trace))
