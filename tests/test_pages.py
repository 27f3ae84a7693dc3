"""An app whose code runs in the browser: what its requests say, what the browser asks and hides, and what servers allow.

Source: RFC 10017 section 6.3.3.4, RFC 9700 section 2.6, RFC 6749 section 2.1, the Fetch standard.
"""

from dataclasses import replace
from functools import cache
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsim.actors import api, authorization_server
from flowsim.analysis.counterexamples.edits import OFFLINE, played, server_of, world_in
from flowsim.analysis.counterexamples.requests import ask
from flowsim.model.context import Context
from flowsim.model.scenario import API_ORIGIN, ISSUER, Policy
from flowsim.model.states import Act, Outcome, State
from flowsim.model.steps import API, ATTACKER, BROWSER, CLIENT, SERVER
from flowsim.model.world import ATTACKERS_ORIGIN, OTHER_ORIGIN, OWN_LOGIN, VICTIM, Event, Sent, World
from flowsim.protocol import cross_origin
from flowsim.protocol.messages import Request, Response, request
from flowsim.simulation.simulation import Trace
from flowsim.views.formats.har import har
from tests.kit.worlds import CLIENTS

PAGE = "https://spa.example"
EVERYTHING = {"scope": OFFLINE, "later": "keys refresh call logout", "par": "optional", "discovery": "openid"}
FORMS = ("/oauth/par", "/oauth/token", "/oauth/revoke")
CALLED = (*FORMS, "/userinfo", "/jwks.json", "/.well-known/openid-configuration")


def sent_by(trace: Trace) -> list[tuple[Event, Sent]]:
    return [(event, sent) for event in trace.events for sent in event.messages]


def requests_of_app(trace: Trace) -> list[Request]:
    return [one.message for _, one in sent_by(trace) if one.sender == CLIENT and isinstance(one.message, Request)]


def preflights(trace: Trace) -> list[Request]:
    return [
        one.message for _, one in sent_by(trace) if isinstance(one.message, Request) and one.message.method == "OPTIONS"
    ]


def answer_to(world: World, asked: Request) -> Response:
    return ask(world, asked).response


def asked_by(origin: str, path: str, method: str = "POST", *, ask_for: str = "", **headers: str) -> Request:
    """A request of a page of this origin, or with `ask_for` its preflight."""
    fields = {"Origin": origin, **headers}
    if ask_for:
        fields |= {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": ask_for}
    base = API_ORIGIN if path == "/messages" else ISSUER
    return request("OPTIONS" if ask_for else method, f"{base}{path}", headers=fields)


# ---- What the page sends


def test_the_browser_loads_the_page_first_and_gets_it_again_at_the_redirect_uri() -> None:
    trace = played(client="spa")
    pages = [
        (event.act, one.message.body)
        for event, one in sent_by(trace)
        if (one.sender, one.receiver) == (CLIENT, BROWSER) and isinstance(one.message, Response)
    ]
    assert [act for act, _ in pages] == [Act.STEP_1, Act.STEP_7]
    assert all("<script" in body and "You can close this page" not in body for _, body in pages)
    assert pages[0][1] == pages[1][1]


@pytest.mark.parametrize("dpop", ["off", "tokens", "code"])
def test_every_request_of_the_page_names_its_origin_and_the_browser_and_carries_no_cookie(dpop: str) -> None:
    asked = requests_of_app(played(client="spa", dpop=dpop, **EVERYTHING))
    assert {one.path for one in asked} == {
        "/.well-known/openid-configuration",
        "/jwks.json",
        "/messages",
        *FORMS,
    }
    for one in asked:
        assert one.header("origin") == PAGE
        assert (one.header("user-agent") or "").startswith("Mozilla")
        assert one.header("cookie") is None


@pytest.mark.parametrize("client", [one for one in CLIENTS if one != "spa"])
def test_an_app_that_is_no_page_names_no_origin_and_nobody_asks_for_it(client: str) -> None:
    trace = played(client=client, dpop="tokens", **EVERYTHING)
    assert not any(one.header("origin") for one in requests_of_app(trace))
    assert preflights(trace) == []
    answers = [one.message for _, one in sent_by(trace) if isinstance(one.message, Response)]
    assert not any(one.header("access-control-allow-origin") for one in answers)


@pytest.mark.parametrize("settings", [{"cors": "none", "api_cors": "none"}, {"cors": "another", "api_cors": "another"}])
@pytest.mark.parametrize("client", [one for one in CLIENTS if one != "spa"])
def test_an_app_that_is_no_page_does_not_care_what_pages_may_read(client: str, settings: dict[str, Any]) -> None:
    usual, other = played(client=client, **EVERYTHING), played(client=client, **EVERYTHING, **settings)
    assert [event.messages for event in usual.events] == [event.messages for event in other.events]
    assert usual.verdict == other.verdict


# ---- When the browser asks beforehand


@pytest.mark.parametrize(
    ("settings", "asked"),
    [
        ({}, [("/messages", "GET", "authorization")]),
        (
            {"dpop": "tokens"},
            [("/oauth/token", "POST", "dpop"), ("/messages", "GET", "authorization,dpop")],
        ),
        (
            {"shipped_secret": True, "par": "optional"},
            [
                ("/oauth/par", "POST", "authorization"),
                ("/oauth/token", "POST", "authorization"),
                ("/messages", "GET", "authorization"),
            ],
        ),
    ],
)
def test_the_browser_asks_before_what_no_form_can_send_and_only_then(
    settings: dict[str, Any], asked: list[tuple[str, str, str]]
) -> None:
    trace = played(client="spa", **settings)
    assert [
        (one.path, one.header("access-control-request-method"), one.header("access-control-request-headers"))
        for one in preflights(trace)
    ] == asked
    for event, one in sent_by(trace):
        if isinstance(one.message, Request) and one.message.method == "OPTIONS":
            place = event.messages.index(one)
            answer, sent = event.messages[place + 1 : place + 3]
            assert (one.sender, answer.receiver, sent.sender) == (BROWSER, BROWSER, CLIENT)
            assert isinstance(answer.message, Response) and isinstance(sent.message, Request)
            assert cross_origin.lets_send(answer.message, sent.message)


def test_no_secret_stands_in_a_preflight() -> None:
    trace = played(client="spa", dpop="code", shipped_secret=True, **EVERYTHING)
    texts = "\n".join(one.text() for one in preflights(trace))
    assert preflights(trace)
    assert not [one.kind for one in trace.ledger.secrets if one.value in texts]


_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH")
_NAMES = ("Accept", "Accept-Language", "Authorization", "DPoP", "X-Other", "Content-Type")
_TYPES = ("application/x-www-form-urlencoded", "text/plain", "text/plain; charset=utf-8", "application/json")


@given(
    st.sampled_from(_METHODS), st.sets(st.sampled_from(_NAMES)), st.sampled_from(_TYPES), st.booleans(), st.booleans()
)
def test_what_may_be_sent_unasked_is_what_the_fetch_standard_says(
    method: str, names: set[str], kind: str, upper: bool, star: bool
) -> None:
    headers = tuple(
        (name.upper() if upper else name, kind if name == "Content-Type" else "a") for name in sorted(names)
    )
    asked = cross_origin.by_page(Request(method=method, url=f"{ISSUER}/x", headers=headers), PAGE, "a browser")
    unsafe = names & {"Authorization", "DPoP", "X-Other"} | (
        names & {"Content-Type"} if kind.endswith("json") else set()
    )
    question = cross_origin.preflight(asked)
    assert (question is None) == (not unsafe and method in ("GET", "HEAD", "POST"))
    if question is None:
        return
    assert (question.header("access-control-request-headers") or "") == ",".join(sorted(one.lower() for one in unsafe))
    whole = cross_origin.preflight_answer(method, "*" if star else ", ".join(names), PAGE)
    # No wildcard covers the header Authorization.
    assert cross_origin.lets_send(whole, asked) == (not star or "Authorization" not in unsafe)
    assert not cross_origin.lets_send(replace(whole, status=403), asked)
    assert not cross_origin.lets_send(cross_origin.preflight_answer(method, ", ".join(names), OTHER_ORIGIN), asked)


@pytest.mark.parametrize(
    ("allowed", "readable"),
    [
        (PAGE, True),
        ("*", True),
        (None, False),
        ("null", False),
        (f"{PAGE}/", False),
        ("https://SPA.example", False),
        (f"{PAGE}, {OTHER_ORIGIN}", False),
        (OTHER_ORIGIN, False),
    ],
)
def test_a_page_may_read_only_what_names_its_origin_exactly_or_all(allowed: str | None, readable: bool) -> None:
    headers = (("access-control-allow-origin", allowed),) if allowed else ()
    assert cross_origin.readable(Response(status=200, headers=headers), PAGE) is readable


# ---- What the servers say


@pytest.mark.parametrize("path", CALLED)
def test_every_endpoint_that_an_app_calls_answers_a_page_of_a_registered_app(path: str) -> None:
    world = world_in(State.TOKENS_HELD, client="spa", par="optional")
    method = "POST" if path in FORMS else "GET"
    allowed = answer_to(world, asked_by(PAGE, path, method, ask_for="dpop"))
    assert allowed.status == 204
    assert allowed.header("access-control-allow-origin") in (PAGE, "*")
    assert "DPoP" in (allowed.header("access-control-allow-headers") or "")
    answer = answer_to(world, asked_by(PAGE, path, method))
    assert answer.header("access-control-allow-origin") in (PAGE, "*")
    assert answer.header("vary") == (None if answer.header("access-control-allow-origin") == "*" else "Origin")
    assert answer.header("access-control-expose-headers") == "WWW-Authenticate, DPoP-Nonce"


@given(
    st.text(),
    st.sampled_from((*CALLED, "/authorize", "/nowhere", "/messages")),
    st.sampled_from(("OPTIONS", "GET", "POST", "PUT", "")),
    st.text(),
    st.sampled_from(("apps", "any", "another", "none")),
)
def test_whatever_stands_in_origin_is_answered_and_only_a_registered_one_comes_back(
    origin: str, path: str, method: str, names: str, cors: str
) -> None:
    world = _closed(cors)
    headers = (("Origin", origin), ("Access-Control-Request-Method", names), ("Access-Control-Request-Headers", names))
    asked = Request(method=method, url=f"{API_ORIGIN if path == '/messages' else ISSUER}{path}", headers=headers)
    context = Context(0, world.now, Policy(), "test")
    if path == "/messages":
        answer = api.handle(world.apis[API_ORIGIN], asked, context)[1]
    else:
        answer = authorization_server.handle(server_of(world), asked, context)[1]
    said = answer.header("access-control-allow-origin")
    assert said in {"apps": (None, "*"), "any": (None, "*"), "another": (None, OTHER_ORIGIN), "none": (None,)}[cors]
    assert said is None or path not in ("/authorize", "/nowhere")


@cache
def _closed(cors: str) -> World:
    return world_in(State.CLICKED, client="spa", cors=cors, api_cors=cors)


@pytest.mark.parametrize("cors", ["apps", "any", "another", "none"])
@pytest.mark.parametrize("path", ["/authorize", "/login", "/consent"])
def test_the_authorization_endpoint_and_the_pages_never_answer_a_page_of_another_origin(path: str, cors: str) -> None:
    world = world_in(State.PREPARED, client="spa", cors=cors)
    for method, ask_for in product(("GET", "POST"), ("", "authorization")):
        answer = answer_to(world, asked_by(PAGE, path, method, ask_for=ask_for))
        assert not any(name.lower().startswith("access-control") for name, _ in answer.headers)


def test_a_page_of_nobody_is_told_no_and_its_server_needs_no_leave() -> None:
    world = world_in(State.CODE_SENT, client="spa", pkce="none")
    sent = world.runs[VICTIM].in_flight
    assert sent is not None and isinstance(sent.message, Request)
    bare = tuple((name, value) for name, value in sent.message.headers if name != "Origin")
    strangers = replace(sent.message, headers=(*bare, ("Origin", "https://nobody.example")))
    hidden = answer_to(world, strangers)
    assert hidden.status == 200 and "access_token" in hidden.json()
    assert not cross_origin.readable(hidden, "https://nobody.example")
    assert "access_token" in answer_to(world, replace(sent.message, headers=bare)).json()
    assert answer_to(world, asked_by("https://nobody.example", "/oauth/token", ask_for="dpop")).headers == (
        ("Vary", "Origin"),
    )


def test_a_page_of_another_app_passes_the_preflight_and_cannot_read_the_answer_to_the_request() -> None:
    """At the preflight the server knows the origin only, at the request it knows whose code it is."""
    world = world_in(State.CODE_SENT, client="spa", pkce="none", dpop="off")
    sent = world.runs[VICTIM].in_flight
    assert sent is not None and isinstance(sent.message, Request)
    theirs = tuple((name, ATTACKERS_ORIGIN if name == "Origin" else value) for name, value in sent.message.headers)
    asks = answer_to(world, asked_by(ATTACKERS_ORIGIN, "/oauth/token", ask_for="dpop"))
    assert asks.header("access-control-allow-origin") == ATTACKERS_ORIGIN
    assert not cross_origin.readable(answer_to(world, replace(sent.message, headers=theirs)), ATTACKERS_ORIGIN)


@pytest.mark.parametrize(
    ("cors", "origin", "allowed"),
    [
        ("apps", PAGE, PAGE),
        ("apps", "https://nobody.example", None),
        ("any", "https://nobody.example", "*"),
        ("another", PAGE, OTHER_ORIGIN),
        ("none", PAGE, None),
    ],
)
def test_server_and_api_answer_the_pages_that_their_settings_name(cors: str, origin: str, allowed: str | None) -> None:
    world = world_in(
        State.TOKENS_HELD, client="spa", cors=cors, api_cors=cors, without=frozenset({"page.tokens_readable"})
    )
    context = Context(0, world.now, Policy(), "test")
    for path in ("/userinfo", "/oauth/token"):
        asked = asked_by(origin, path, "POST")
        answer = authorization_server.handle(server_of(world), asked, context)[1]
        assert answer.header("access-control-allow-origin") == allowed
    for ask_for in ("", "authorization"):
        asked = asked_by(origin, "/messages", "GET", ask_for=ask_for)
        answer = api.handle(world.apis[API_ORIGIN], asked, context)[1]
        assert answer.header("access-control-allow-origin") == allowed
        if cors == "none":
            assert answer.status == (405 if ask_for else 401)


# ---- What the browser does


HIDDEN = [
    ({"cors": "none"}, State.ANSWER_HIDDEN, "page.tokens_readable", True),
    ({"cors": "another"}, State.ANSWER_HIDDEN, "page.tokens_readable", True),
    ({"cors": "none", "par": "required"}, State.ANSWER_HIDDEN, "page.pushed_readable", False),
    ({"cors": "none", "dpop": "tokens"}, State.REQUEST_NOT_SENT, "page.code_may_be_sent", False),
    ({"api_cors": "none"}, State.REQUEST_NOT_SENT, "page.call_may_be_sent", True),
    (
        {"api_cors": "another", "without": frozenset({"page.call_may_be_sent"})},
        State.ANSWER_HIDDEN,
        "page.data_readable",
        True,
    ),
]


@pytest.mark.parametrize(("settings", "ended", "check", "issued"), HIDDEN)
def test_the_login_ends_in_the_browser_where_the_page_has_no_leave_though_the_server_did_its_part(
    settings: dict[str, Any], ended: State, check: str, issued: bool
) -> None:
    trace = played(client="spa", **settings)
    assert (trace.verdict.ended, trace.verdict.stopped_by) == (ended, check)
    assert bool(server_of(trace.worlds[-1]).access_tokens) is issued
    last = trace.events[-1]
    if ended is State.REQUEST_NOT_SENT:
        assert last.outcome is Outcome.NOT_SENT
        assert "the browser did not send the page's request" in trace.verdict.sentence
        assert [one.sender for one in last.messages if isinstance(one.message, Request)][-1] == BROWSER
    else:
        assert last.outcome is Outcome.HIDDEN
        assert "the browser hid the answer from the page" in trace.verdict.sentence
        assert last.messages[-1].receiver == BROWSER
    lost = "The server had issued tokens, and the app has none." in trace.verdict.sentence
    assert lost is (check == "page.tokens_readable")


def test_a_request_that_is_not_sent_changes_nothing_at_the_server_and_one_whose_answer_is_hidden_does() -> None:
    unsent = played(client="spa", cors="none", dpop="tokens")
    assert not any(grant.used for grant in server_of(unsent.worlds[-1]).grants.values())
    unread = played(client="spa", cors="none")
    assert all(grant.used for grant in server_of(unread.worlds[-1]).grants.values())


def test_a_refresh_whose_answer_is_hidden_looks_to_the_server_like_a_theft_when_it_comes_again() -> None:
    off = frozenset({"page.tokens_readable"})
    trace = played(client="spa", cors="none", without=off, scope=OFFLINE, later="refresh refresh")
    assert not [record for record in server_of(trace.worlds[-1]).refresh_tokens.values() if not record.revoked]


def test_a_logout_whose_answer_is_hidden_has_revoked_the_token_all_the_same() -> None:
    off = frozenset({"page.tokens_readable"})
    trace = played(client="spa", cors="none", without=off, scope=OFFLINE, later="logout")
    assert trace.events[-1].outcome is Outcome.HIDDEN
    assert all(record.revoked for record in server_of(trace.worlds[-1]).refresh_tokens.values())


def test_a_browser_that_was_told_to_look_away_hides_nothing() -> None:
    off = frozenset({"page.tokens_readable", "page.call_may_be_sent", "page.data_readable"})
    trace = played(client="spa", cors="none", api_cors="none", without=off)
    assert trace.verdict.ended is State.DONE
    assert trace.ledger.knows(CLIENT, "data")


@pytest.mark.parametrize("cors", ["apps", "another", "none"])
def test_cors_is_no_defence_against_a_program_that_is_no_browser(cors: str) -> None:
    """The attacker's program redeems the stolen code and calls the API, whatever pages may do."""
    trace = played(client="spa", attacker="code-interception", pkce="none", cors=cors, api_cors=cors)
    assert trace.verdict.attacker_reads_data
    asked = [one.message for _, one in sent_by(trace) if one.sender == ATTACKER and isinstance(one.message, Request)]
    assert asked and not any(one.header("origin") for one in asked)


def test_the_attackers_own_browser_hides_nothing_from_its_owner() -> None:
    settings: dict[str, Any] = {"client": "spa", "attacker": "code-injection", "pkce": "none", "nonce": False}
    usual, closed = played(**settings), played(**settings, cors="none", api_cors="none")
    own = [event for event in closed.events if event.run == OWN_LOGIN]
    assert not any(one.check.id.startswith("page.") for event in own for one in event.checks)
    assert (usual.verdict.attack_succeeded, closed.verdict.attack_succeeded) == (True, True)


def test_the_attackers_server_lets_the_page_send_it_the_code() -> None:
    trace = played(client="spa", attacker="mix-up", iss=False, dpop="tokens", cors="none")
    taken = [event for event in trace.events if event.act is Act.STEP_7 and event.run == VICTIM]
    assert [(one.sender, one.receiver) for one in taken[-1].messages[-3:]] == [
        (BROWSER, ATTACKER),
        (ATTACKER, BROWSER),
        (CLIENT, ATTACKER),
    ]


# ---- How it is shown


@pytest.mark.parametrize("settings", [{"dpop": "tokens"}, {"cors": "none"}, {"api_cors": "none"}])
def test_in_the_archive_every_preflight_and_every_hidden_answer_stands_beside_its_request(
    settings: dict[str, Any],
) -> None:
    trace = played(client="spa", **settings)
    entries = har(trace)["log"]["entries"]
    assert all(entry["response"]["status"] for entry in entries)
    asked = [entry for entry in entries if entry["request"]["method"] == "OPTIONS"]
    assert len(asked) == len(preflights(trace))
    answered = [entry["response"]["status"] for entry in asked]
    assert answered == [405 if "api_cors" in settings else 204] * len(asked)


@pytest.mark.parametrize("kind", ["dpop", "plain"])
def test_a_step_stays_one_row_in_the_picture_however_often_the_browser_asks(kind: str) -> None:
    trace = played(client="spa", dpop="tokens" if kind == "dpop" else "off")
    assert len(trace.events) == 11
    assert [(event.sender, event.receiver) for event in trace.events if event.act is Act.STEP_10] == [(CLIENT, API)]
    assert [(event.sender, event.receiver) for event in trace.events if event.act is Act.STEP_7] == [(CLIENT, SERVER)]
