"""Garbage at every endpoint gets a proper error of the protocol, and every scenario there is comes to an end."""

import json
import re
import unicodedata
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsim import Scenario, ScenarioError, Simulation
from flowsim.actors import app_proofs, client
from flowsim.analysis.counterexamples.after_login import made
from flowsim.analysis.counterexamples.edits import OFFLINE, client_of, flying_request, played, server_of, world_in
from flowsim.analysis.counterexamples.requests import Answer, ask, cookie_of, get
from flowsim.attacks import ATTACKERS
from flowsim.checks import CHECKS
from flowsim.model.context import Context
from flowsim.model.scenario import API_ORIGIN, DEFAULT_SCOPE, ISSUER, Policy
from flowsim.model.states import State
from flowsim.model.steps import API, SERVER
from flowsim.model.transitions import is_terminal
from flowsim.model.world import VICTIM, World
from flowsim.protocol.messages import FORM, Request, Response
from flowsim.views.formats.trace_json import trace_json
from flowsim.views.text.transcript import summary, transcript
from tests.kit.worlds import CLIENTS, METHODS, PLAIN

EVERYTHING: dict[str, Any] = {"client": "web", "par": "optional", "dpop": "code", "dpop_nonce": True}
LOGIN = world_in(State.LOGIN_SHOWN, **EVERYTHING)
SENT = world_in(State.CODE_SENT, client="web")
HELD = world_in(State.TOKENS_HELD, **EVERYTHING)
LAX = world_in(State.REQUESTED, client="web", redirect_match="origin")
TOKENS = next(iter(client_of(HELD).tokens.values()))
WORLDS = [LOGIN, SENT, HELD, LAX]
NAMES = ["login shown", "code sent", "tokens held", "lax"]
SENDING = [State.REQUESTED, State.LOGIN_SHOWN, State.APPROVED, State.CODE_SENT, State.API_ASKED]

ENDPOINTS = [
    *(f"{ISSUER}{path}" for path in ("/authorize", "/login", "/consent", "/oauth/token", "/userinfo", "/jwks.json")),
    *(f"{ISSUER}{path}" for path in ("/oauth/par", "/oauth/revoke")),
    f"{ISSUER}/.well-known/openid-configuration",
    f"{API_ORIGIN}/messages",
]
# What no address can be, or what its normal form makes something else of.
STRANGE = [
    *("http://[", "https://]/", "//[x]", "https://as.example[/authorize", "https://as.exa\u2100mple/oauth/token"),
    *("https://as.example:x/", "https://as.example:999999/", "https://\0/", "http://[::1", "", "?", "#", "://", ":"),
    *("https://as.example/\udcff", f"https://as.example/{'a' * 70_000}", "https://as.example\\@evil.example/"),
]
HONEST: dict[str, list[str]] = {
    "client_id": ["photo-app", "photo-web", "nobody"],
    "redirect_uri": [
        "com.example.app:/callback",
        "https://evil.example",
        "x:\r\nSet-Cookie: a=b",
        "http://[",
        "//",
        "#",
    ],
    "response_type": ["code", "token"],
    "scope": [DEFAULT_SCOPE, "openid admin", " ", "offline_access"],
    "state": ["s"],
    "code_challenge": ["a" * 43, "a"],
    "code_challenge_method": ["S256", "plain", "S512"],
    "prompt": ["none", "login"],
    "csrf": [next(iter(server_of(LOGIN).sessions.values())).csrf],
    "username": ["alice", "mallory"],
    "option": ["password", "one-time-code"],
    "one_time_code": ["000000", "é" * 6],
    "decision": ["allow", "deny"],
    "grant_type": ["authorization_code", "password"],
    "code": [*server_of(SENT).grants, "made-up"],
    "code_verifier": ["a" * 43, "a" * 129, "é" * 50],
    "client_secret": ["s", client_of(SENT).secret or ""],
    "access_token": [TOKENS.access_token, "garbage"],
    "token": [TOKENS.access_token, "garbage"],
    "refresh_token": ["garbage"],
    "dpop_jkt": ["garbage"],
    "resource": [API_ORIGIN, "http://["],
    "request_uri": ["urn:ietf:params:oauth:request_uri:x", "http://["],
}
CREDENTIALS = [
    flying_request(SENT).header("authorization") or "",
    f"Bearer {TOKENS.access_token}",
    f"Bearer {TOKENS.id_token}",
    f"DPoP {TOKENS.access_token}",
    *("Basic", "Basic %%%", "Basic /////w==", "Bearer", "Bearer  ", "bearer a.b.c", "Bearer eyJhbGciOiJub25lIn0.e30."),
]

# A proof of the app's, with something about it that is no proof's.
PROOFS = [
    made(HELD, get(url), **change)
    for url in ENDPOINTS
    for change in ({}, {"jti": None}, {"htu": "http://["}, {"iat": 1e300}, {"ath": TOKENS.access_token}, {"nonce": [1]})
] + [TOKENS.access_token, "a.b.c", "e30.e30."]

wild = st.text(st.characters(codec=None), max_size=30)
junk = st.lists(st.sampled_from([*"%=&?#;/[]\0\r\n\"'<>é", "%zz", "%ff", "%00", "\udcff", "a" * 5000, "\U0001f511"]))
values = wild | junk.map("".join)
pairs = st.lists(
    st.sampled_from(list(HONEST)).flatmap(lambda name: st.tuples(st.just(name), st.sampled_from(HONEST[name]) | values))
    | st.tuples(values, values),
    max_size=8,
)
encoded = pairs.map(lambda some: urlencode(some, errors="replace")) | values
headers = st.lists(
    st.tuples(st.just("Authorization"), st.sampled_from(CREDENTIALS) | values)
    | st.tuples(st.just("Cookie"), st.just(cookie_of(LOGIN)) | values)
    | st.tuples(st.sampled_from(["Content-Type", "content-type"]), st.just(FORM) | st.just("application/json") | values)
    | st.tuples(st.just("DPoP"), st.sampled_from(PROOFS) | values)
    | st.tuples(values, values),
    max_size=4,
)
requests = st.builds(
    lambda method, url, path, query, head, form, body: Request(
        method=method,
        url=f"{url}{path}{'?' if query else ''}{query}",
        headers=(*((("Content-Type", FORM),) if form else ()), *head),
        body=body,
    ),
    st.sampled_from(["GET", "POST"]) | st.sampled_from(["PUT", "HEAD", "get", "", "\0"]) | values,
    st.sampled_from(ENDPOINTS) | st.sampled_from(STRANGE) | values,
    st.just("") | st.just("/") | junk.map("".join),
    encoded,
    headers,
    st.booleans(),
    encoded,
)


def sent_in(world: World) -> Request:
    """The last request to a server in the log of this world."""
    sent = [sent.message for event in world.log for sent in event.messages if sent.receiver in (SERVER, API)]
    assert isinstance(sent[-1], Request)
    return sent[-1]


def spoilt(request: Request, changes: list[tuple[str, str | None]], extra: list[tuple[str, str]]) -> Request:
    """This request with a parameter or two changed, left out or added, and with other headers besides its own."""
    form, changed = request.method == "POST", dict(changes)
    pairs = [(name, value) for name, value in (request.form if form else request.query) if name not in changed]
    pairs += [(name, value) for name, value in changes if value is not None]
    text = urlencode(pairs, errors="replace")
    url = request.url if form else f"{request.url.partition('?')[0]}?{text}"
    return replace(request, url=url, body=text if form else "", headers=(*extra, *request.headers))


nearly_right = st.builds(
    spoilt,
    st.sampled_from([sent_in(world_in(state, client="web")) for state in SENDING]),
    st.lists(
        st.sampled_from(list(HONEST)).flatmap(
            lambda name: st.tuples(st.just(name), st.none() | st.sampled_from(HONEST[name]) | values)
        ),
        max_size=3,
    ),
    headers.map(lambda some: some[:1]),
)
FOR_APPS = ("/oauth/token", "/oauth/par", "/oauth/revoke")
OAUTH_ERRORS = {check.error for check in CHECKS.values() if check.actor == SERVER}
switched_off = st.sets(st.sampled_from(list(CHECKS)), max_size=6) | st.just(set(CHECKS))


def is_proper(request: Request, heard: Answer) -> None:
    """The answer is one the specifications know, and can be put on a wire."""
    response = heard.response
    path = request.path
    assert response.status in (200, 201, 303, 400, 401, 403, 404, 405, 413, 414, 431)
    received = httpx.Response(
        response.status, headers=list(response.headers), content=response.body.encode("utf-8", "replace")
    )
    assert received.status_code == response.status
    assert all(re.fullmatch(r"[\x20-\x7e]*", value) for _, value in response.headers), response.headers
    if response.status == 404 or (path not in FOR_APPS and response.status in (405, 413, 414, 431)):
        return
    if path in FOR_APPS:
        is_answer_to_app(path, response)
    elif path in ("/userinfo", "/messages"):
        challenge = response.header("www-authenticate")
        assert (challenge is not None) is (response.status >= 400)
        assert challenge is None or challenge.startswith(('Bearer realm="', 'DPoP realm="'))
    elif response.status == 303:
        assert response.location
        assert response.header("cache-control") == "no-store"
    elif response.status >= 400:
        assert "frame-ancestors 'none'" in (response.header("content-security-policy") or "")


def is_answer_to_app(path: str, response: Response) -> None:
    assert response.status in (200, 201, 400, 401, *((405,) if path == "/oauth/par" else ()), 413, 414, 431)
    assert response.header("cache-control") == "no-store"
    if response.status in (200, 201):
        given = {"/oauth/token": "access_token", "/oauth/par": "request_uri"}.get(path)
        assert given is None or given in response.json()
        return
    assert response.json()["error"] in OAUTH_ERRORS
    assert PLAIN.fullmatch(response.json()["error_description"])
    assert (response.header("www-authenticate") is not None) is (response.status == 401)


@pytest.mark.parametrize("world", WORLDS, ids=NAMES)
@given(request=requests | nearly_right)
def test_garbage_is_answered_as_the_protocol_says(world: World, request: Request) -> None:
    is_proper(request, ask(world, request))


@pytest.mark.parametrize("world", WORLDS, ids=NAMES)
@given(request=requests | nearly_right, off=switched_off)
def test_garbage_is_answered_even_where_nobody_checks(world: World, request: Request, off: set[str]) -> None:
    is_proper(request, ask(world, request, off=off))


addresses = st.sampled_from(STRANGE) | values | st.builds("{}?{}".format, st.sampled_from(ENDPOINTS), encoded)


@given(url=addresses, off=switched_off)
def test_an_app_judges_whatever_redirect_reaches_it(url: str, off: set[str]) -> None:
    world = world_in(State.CODE_IN_BROWSER, client="web")
    app, who = client_of(world), world.runs[VICTIM].who
    context = Context(7, world.now, Policy(off=frozenset(off)), "asked", world.draws)
    client.login_of_state(app, url)
    app, believed, code = client.receive_redirect(app, who, url, context)
    if believed and code is not None:
        _, asked = client.redeem(app, who, code, context)
        assert asked is None or (asked.body.isascii() and asked.header("host") == "as.example")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | values,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(values, inner, max_size=3),
    max_leaves=6,
)
MEMBERS = ["access_token", "token_type", "expires_in", "refresh_token", "scope", "id_token", "error"]
answers = st.builds(
    lambda status, members, head, body: Response(
        status=status, headers=tuple(head), body=body if members is None else json.dumps(members)
    ),
    st.sampled_from([200, 400, 401, 500]),
    st.none() | st.dictionaries(st.sampled_from(MEMBERS), json_values, max_size=5),
    st.lists(st.tuples(st.sampled_from(["DPoP-Nonce", "Content-Type", "WWW-Authenticate"]), values), max_size=3),
    values | st.sampled_from(["[" * 5000, '{"a":' * 900 + "1" + "}" * 900, "NaN", '{"expires_in": 1e400}']),
)


@given(answer=answers, off=switched_off)
def test_an_app_judges_whatever_answer_it_gets(answer: Response, off: set[str]) -> None:
    for state, run in ((State.CODE_SENT, VICTIM), (State.REFRESH_SENT, "refresh 1")):
        world = world_in(state, run, client="spa", dpop="tokens", scope=OFFLINE, later="refresh")
        app, who = client_of(world), world.runs[run].who
        asked = flying_request(world, run)
        context = Context(7, world.now, Policy(off=frozenset(off)), "asked", world.draws)
        if app_proofs.asks_for_nonce(asked, answer):
            app_proofs.send_again(app, who, asked, answer, context)
        receive = client.receive_tokens if run == VICTIM else client.receive_refreshed
        app, accepted = receive(app_proofs.keep_nonce(app, asked.url, answer), who, answer, context)
        if accepted:
            held = app.tokens[who]
            assert held.expires_in >= 0 and type(held.expires_in) is int
            client.call(app, who, f"{API_ORIGIN}/messages", context)


scenarios = st.fixed_dictionaries(
    {
        "client": st.sampled_from(CLIENTS),
        "pkce": st.sampled_from(METHODS),
        "pkce_required": st.sampled_from([None, True, False]),
        "plain_allowed": st.sampled_from([None, True, False]),
        "without": st.sets(st.sampled_from(list(CHECKS)), max_size=4) | st.just(set(CHECKS)),
        "attacker": st.sampled_from([None, *ATTACKERS]),
        "user": st.sampled_from(["accepts", "accepts", "accepts", "denies", "wrong-password"]),
        "login": st.sampled_from(["password", "one-time-code"]),
        "scope": st.sampled_from([DEFAULT_SCOPE, "openid offline_access", "read:messages", ""]) | wild,
        "state": st.booleans(),
        "nonce": st.booleans(),
        "iss": st.booleans(),
        "shipped_secret": st.booleans(),
        "seed": st.none() | st.integers() | wild,
        "start": st.none() | st.integers(-1, 2**38),
        "code_lifetime": st.integers(0, 601),
        "access_token_lifetime": st.integers(0, 86_400),
    }
)


@given(settings=scenarios)
def test_every_scenario_is_refused_with_a_reason_or_comes_to_an_end(settings: dict[str, Any]) -> None:
    try:
        simulation = Simulation(Scenario(**settings))
    except ScenarioError:
        return
    for _ in range(40):
        if simulation.step() is None:
            break
    assert simulation.ended
    trace = simulation.trace
    run = simulation.world.runs[VICTIM]
    busy_elsewhere = run.state is State.START or (run.in_flight is not None and simulation.scenario.second_server)
    assert is_terminal(run.role, run.state) or busy_elsewhere
    assert trace.verdict.sentence
    assert trace.verdict.tone in ("good", "bad", "neutral")
    assert json.loads(json.dumps(trace_json(trace)))["verdict"] == trace.verdict.to_json()
    for text in (transcript(trace), summary(trace)):
        assert text.endswith(trace.verdict.sentence)
        assert not {unicodedata.category(char) for char in text if char != "\n"} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


def test_all_checks_off_is_still_a_login() -> None:
    for kind in CLIENTS:
        trace = played(client=kind, without=frozenset(CHECKS))
        assert trace.worlds[-1].runs[VICTIM].state is State.DONE
        assert not any(result.on for event in trace.events for result in event.checks)
