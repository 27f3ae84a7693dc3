"""Discovery: an app that knows only the issuer asks for the metadata, judges it, and fetches keys when it needs them."""

from typing import Any

import pytest

from flowsim import Simulation
from flowsim.actors import client
from flowsim.actors.authorization_server import metadata
from flowsim.analysis.counterexamples.edits import (
    OFFLINE,
    client_of,
    played,
    server_of,
    with_client,
    with_flying,
    world_in,
)
from flowsim.analysis.counterexamples.requests import ask, get
from flowsim.checks import discovery
from flowsim.engine.apply import apply
from flowsim.model.context import Context
from flowsim.model.scenario import API_ORIGIN, ISSUER, Policy, Scenario
from flowsim.model.states import Act, Role, State
from flowsim.model.steps import API, ATTACKER, CLIENT, SERVER, step_name
from flowsim.model.transitions import TRANSITIONS, IllegalMove, Move
from flowsim.model.world import DISCOVERY, OWN_LOGIN, SECOND_SERVER, VICTIM, World
from flowsim.protocol.messages import Message, Request, Response, response
from flowsim.simulation.simulation import Trace
from flowsim.views.formats.har import har
from flowsim.views.formats.player_payload import player_payload
from tests.kit.worlds import CLIENTS, METHODS

WAYS = ("openid", "oauth")
WELL_KNOWN = {"openid": "/.well-known/openid-configuration", "oauth": "/.well-known/oauth-authorization-server"}
LOGIN = ["1", "D1", "D2", *map(str, range(2, 12))]


def names(trace: Trace) -> list[str]:
    return [step_name(event.step) for event in trace.events]


def requests_for(trace: Trace, path: str) -> list[tuple[str, str]]:
    """Who asked for this page, and in which run."""
    return [
        (sent.sender, event.run)
        for event in trace.events
        for sent in event.messages
        if isinstance(sent.message, Request) and sent.message.path == path
    ]


def _asks_for_keys(message: Message) -> bool:
    return isinstance(message, Request) and message.path == "/jwks.json"


# ---- Where the metadata is


@pytest.mark.parametrize(
    ("issuer", "openid", "oauth"),
    [
        ("https://as.example", "https://as.example", "https://as.example"),
        ("https://as.example/", "https://as.example", "https://as.example"),
        ("https://as.example/issuer1", "https://as.example/issuer1", "https://as.example"),
        ("https://as.example:8443/a/b/", "https://as.example:8443/a/b", "https://as.example:8443"),
    ],
)
def test_openid_connect_appends_to_the_path_and_rfc_8414_puts_its_own_before_it(
    issuer: str, openid: str, oauth: str
) -> None:
    """A last slash is taken away first (RFC 8414 section 3.1, OIDC Discovery section 4.1)."""
    assert client.well_known(issuer, "openid") == f"{openid}{WELL_KNOWN['openid']}"
    path = openid.removeprefix(oauth)
    assert client.well_known(issuer, "oauth") == f"{oauth}{WELL_KNOWN['oauth']}{path}"


@pytest.mark.parametrize("path", WELL_KNOWN.values())
def test_the_server_gives_its_metadata_to_a_get_at_both_addresses(path: str) -> None:
    world = world_in(State.START)
    answer = ask(world, get(f"{ISSUER}{path}")).response
    assert (answer.status, answer.header("content-type")) == (200, "application/json")
    assert answer.json() == metadata(server_of(world))
    for method, status in (("POST", 405), ("PUT", 405)):
        refused = ask(world, Request(method=method, url=f"{ISSUER}{path}")).response
        assert (refused.status, refused.header("allow")) == (status, "GET, HEAD")
    assert ask(world, get(f"{ISSUER}{path}/other")).response.status == 404


# ---- The login


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", CLIENTS)
@pytest.mark.parametrize("pkce", METHODS)
def test_an_app_that_knows_only_the_issuer_logs_in_like_any_other(kind: str, pkce: str, way: str) -> None:
    trace = played(client=kind, pkce=pkce, discovery=way)
    told = played(client=kind, pkce=pkce)
    assert names(trace) == LOGIN
    assert trace.verdict.sentence == told.verdict.sentence
    assert trace.worlds[-1].runs[VICTIM].state is State.DONE
    assert requests_for(trace, WELL_KNOWN[way]) == [(CLIENT, DISCOVERY)]


def test_before_it_asks_the_app_knows_the_issuer_and_no_more() -> None:
    world = world_in(State.CLICKED, discovery="openid")
    app = client_of(world)
    assert dict(app.metadata) == {"issuer": ISSUER}
    assert dict(app.jwks) == dict(world.apis[API_ORIGIN].jwks) == {}
    with_metadata = client_of(world_in(State.PREPARED, discovery="openid"))
    assert with_metadata.metadata["token_endpoint"] == f"{ISSUER}/oauth/token"
    assert dict(with_metadata.jwks) == {}


def test_without_the_setting_nothing_is_asked_and_every_step_is_where_it_was() -> None:
    trace = played()
    assert names(trace) == [str(number) for number in range(1, 12)]
    assert not requests_for(trace, WELL_KNOWN["openid"])
    assert not requests_for(trace, "/jwks.json")


@pytest.mark.parametrize("kind", CLIENTS)
def test_the_keys_are_fetched_with_the_first_token_and_kept(kind: str) -> None:
    trace = played(client=kind, discovery="openid", scope=OFFLINE, later="call refresh call")
    assert trace.verdict.stopped_by is None
    assert requests_for(trace, "/jwks.json") == [(CLIENT, VICTIM), (API, VICTIM)]
    assert [event.step for event in trace.events if any(_asks_for_keys(one.message) for one in event.messages)] == [
        9,
        11,
    ]


def test_an_app_that_wants_no_id_token_needs_no_keys() -> None:
    trace = played(discovery="oauth", scope="read:messages")
    assert requests_for(trace, "/jwks.json") == [(API, VICTIM)]


def test_a_key_that_is_not_known_yet_is_asked_for_once_more() -> None:
    trace = played(discovery="openid", scope=OFFLINE, later="keys refresh call call")
    asked = [who for who, _ in requests_for(trace, "/jwks.json")]
    assert asked == [CLIENT, API, CLIENT, API]


def test_a_second_login_does_not_ask_again() -> None:
    """The attacker logs in to the same app as well, after the victim; it has asked already."""
    trace = played(client="spa", discovery="openid", attacker="code-injection", pkce="none", nonce=False)
    assert OWN_LOGIN in trace.worlds[-1].runs
    assert len(requests_for(trace, WELL_KNOWN["openid"])) == 1
    assert [who for who, _ in requests_for(trace, "/jwks.json")].count(CLIENT) == 1


@pytest.mark.parametrize("number", [17, 18])
def test_one_can_go_to_the_steps_of_discovery_by_their_numbers(number: int) -> None:
    simulation = Simulation(discovery="openid", seed=7)
    event = simulation.at_step(number)
    assert event is not None
    assert (event.step, simulation.position) == (number, number - 15)


def test_player_and_har_show_the_steps_of_discovery_where_there_are_any() -> None:
    simulation = Simulation(discovery="openid", seed=7)
    simulation.run()
    assert [step["name"] for step in player_payload(simulation)["steps"]] == [*map(str, range(1, 12)), "D1", "D2"]
    entries = har(simulation.trace)["log"]["entries"]
    (asked,) = [one for one in entries if WELL_KNOWN["openid"] in one["request"]["url"]]
    assert asked["response"]["status"] == 200
    assert [one["request"]["url"] for one in entries].count(f"{ISSUER}/jwks.json") == 2


# ---- What the app refuses


def answering(answer: Response, **settings: Any) -> World:
    """The world in which the app has got this answer to its request for metadata."""
    asked = world_in(State.METADATA_ASKED, DISCOVERY, **{"discovery": "openid", **settings})
    return apply(with_flying(asked, answer, DISCOVERY), Move(DISCOVERY, Act.STEP_D2))


def changed(**members: object) -> Response:
    document = metadata(server_of(world_in(State.START))) | members
    return response(200, json={name: value for name, value in document.items() if value is not None})


REFUSED: list[tuple[str, Response]] = [
    ("discovery.answered", response(404, json={"error": "no"})),
    ("discovery.answered", response(200, html="<p>Welcome")),
    ("discovery.answered", response(200, json={})),
    ("discovery.answered", response(302, json=changed().json())),
    ("discovery.issuer_same", changed(issuer="https://evil.example")),
    ("discovery.issuer_same", changed(issuer=f"{ISSUER}/")),
    ("discovery.issuer_same", changed(issuer="https://AS.example")),
    ("discovery.issuer_same", changed(issuer=[ISSUER])),
    ("discovery.members_present", changed(issuer=None)),
    ("discovery.members_present", changed(token_endpoint=None)),
    ("discovery.members_present", changed(authorization_endpoint="")),
    ("discovery.members_present", changed(token_endpoint=5)),
    ("discovery.members_present", changed(response_types_supported=[])),
    ("discovery.members_present", changed(jwks_uri=None)),
    ("discovery.members_present", changed(subject_types_supported="public")),
    ("discovery.endpoints_https", changed(token_endpoint=f"http://{ISSUER.removeprefix('https://')}/oauth/token")),
    ("discovery.endpoints_https", changed(jwks_uri="javascript:alert(1)")),
    ("discovery.endpoints_https", changed(authorization_endpoint="https://[")),
    ("discovery.endpoints_https", changed(userinfo_endpoint="https:")),
]


@pytest.mark.parametrize(("check", "answer"), REFUSED)
def test_metadata_that_is_not_right_ends_the_login_before_anybody_is_sent_anywhere(
    check: str, answer: Response
) -> None:
    world = answering(answer)
    (decided,) = [one.check.id for one in world.log[-1].checks if one.decides]
    assert decided == check
    assert world.runs[DISCOVERY].state is State.METADATA_REFUSED
    assert dict(client_of(world).metadata) == {"issuer": ISSUER}
    after = apply(world, Move(VICTIM, Act.STEP_2))
    assert after.runs[VICTIM].state is State.PREPARATION_STOPPED
    assert not after.log[-1].messages


TAKEN: list[dict[str, object]] = [
    {},
    {"unheard_of": {"a": [1]}},  # what is not understood must be ignored (RFC 8414 section 2)
    {"scopes_supported": None, "grant_types_supported": None, "revocation_endpoint": None},
    {"token_endpoint": "HTTPS://as.example:443/oauth/token?tenant=1"},
    {"response_types_supported": ["id_token", "code"]},
    {"example_endpoint": "urn:example:thing", "another_endpoint": ["coap://as.example"]},
]


@pytest.mark.parametrize("members", TAKEN, ids=str)
def test_what_is_odd_and_legal_in_metadata_is_taken(members: dict[str, object]) -> None:
    assert answering(changed(**members)).runs[DISCOVERY].state is State.METADATA_KNOWN


def test_what_only_openid_connect_requires_an_app_of_plain_oauth_does_not_miss() -> None:
    bare = changed(jwks_uri=None, subject_types_supported=None, id_token_signing_alg_values_supported=None)
    assert answering(bare, discovery="oauth").runs[DISCOVERY].state is State.METADATA_KNOWN
    assert answering(bare, discovery="openid").runs[DISCOVERY].state is State.METADATA_REFUSED


@pytest.mark.parametrize(("check", "answer"), REFUSED)
def test_whatever_an_app_without_checks_believes_it_never_raises(check: str, answer: Response) -> None:
    off = frozenset(one.id for one in discovery.CHECKS)
    world = answering(answer, without=off)
    after = apply(world, Move(VICTIM, Act.STEP_2))
    assert after.runs[VICTIM].state in (State.PREPARED, State.PREPARATION_STOPPED)


def test_a_login_that_ends_because_of_the_metadata_is_told_so() -> None:
    simulation = Simulation(client="spa", discovery="openid", attacker="mix-up", seed=7)
    verdict = simulation.run().verdict
    assert (verdict.stopped_by, verdict.stopped_at_step) == ("discovery.issuer_same", 18)
    assert "stopped at step D2" in verdict.sentence


# ---- The attacker's server


MIXED: list[tuple[dict[str, Any], bool, str | None]] = [
    ({}, False, "discovery.issuer_same"),
    ({"without": frozenset({"discovery.issuer_same"})}, True, None),
    ({"iss": False}, True, None),
    ({"iss": False, "redirect_uri_per_server": True}, False, "callback.redirect_uri_same"),
    ({"discovery": "off"}, False, "callback.issuer_same"),
    ({"discovery": "off", "without": frozenset({"discovery.issuer_same"})}, False, "callback.issuer_same"),
]


@pytest.mark.parametrize(("settings", "works", "stopped_by"), MIXED, ids=str)
def test_a_server_that_takes_anothers_name_gets_the_code_only_where_nobody_compares_issuers(
    settings: dict[str, Any], works: bool, stopped_by: str | None
) -> None:
    """The mix-up of RFC 9700 section 4.4, by way of the metadata (RFC 8414 sections 3.3 and 6.2)."""
    for way in WAYS:
        verdict = played(client="spa", attacker="mix-up", **{"discovery": way, **settings}).verdict
        assert (verdict.attack_succeeded, verdict.stopped_by) == (works, stopped_by)


def test_the_lie_is_in_the_issuer_alone() -> None:
    trace = played(client="spa", attacker="mix-up", discovery="openid", without=frozenset({"discovery.issuer_same"}))
    received = (sent for event in trace.events if event.act is Act.STEP_D2 for sent in event.messages)
    (answer,) = [sent.message for sent in received if sent.sender == ATTACKER]
    assert isinstance(answer, Response)
    assert answer.json()["issuer"] == ISSUER
    assert answer.json()["token_endpoint"].startswith(SECOND_SERVER)
    assert requests_for(trace, WELL_KNOWN["openid"]) == [(CLIENT, f"{DISCOVERY} {SECOND_SERVER}")]


def test_another_server_that_nobody_attacks_with_says_the_truth() -> None:
    trace = played(client="spa", second_server=True, discovery="openid")
    assert trace.worlds[-1].runs[VICTIM].state is State.PREPARED
    second = client_of(trace.worlds[-1]).second
    assert second is not None
    assert second["issuer"] == SECOND_SERVER


def test_nobody_answers_in_the_name_of_the_honest_server() -> None:
    asked = world_in(State.METADATA_ASKED, DISCOVERY, discovery="openid", attacker="code-interception")
    with pytest.raises(IllegalMove, match="that one answers itself"):
        apply(asked, Move(DISCOVERY, Act.ANSWER_METADATA))


def test_an_app_fetches_no_keys_from_an_address_of_somebody_else() -> None:
    world = world_in(State.CODE_ACCEPTED, discovery="openid")
    app = client_of(world)
    elsewhere = {**app.metadata, "jwks_uri": "https://evil.example/jwks.json"}
    after = apply(with_client(world, metadata=type(app.metadata)(elsewhere)), Move(VICTIM, Act.STEP_9))
    assert after.runs[VICTIM].state is State.TOKENS_REFUSED
    assert not [sent for sent in after.log[-1].messages if sent.receiver == SERVER]


def test_an_app_that_has_no_metadata_sends_a_planted_code_nowhere() -> None:
    app = client_of(world_in(State.CLICKED, discovery="openid"))
    context = Context(7, 0, Policy(off=frozenset({"callback.transaction_exists", "callback.issuer_same"})), VICTIM)
    app, believed, code = client.receive_redirect(app, VICTIM, "com.example.app:/callback?code=x", context)
    assert (believed, code) == (True, "x")
    assert client.redeem(app, VICTIM, "x", context)[1] is None


@pytest.mark.parametrize(
    "attacker", ["login-csrf", "session-fixation", "code-injection", "mix-up", "app-impersonation"]
)
@pytest.mark.parametrize("kind", CLIENTS)
def test_an_attack_on_the_login_comes_out_the_same_whether_the_app_was_told_or_asks(attacker: str, kind: str) -> None:
    for more in ({}, {"pkce": "none", "state": False, "nonce": False, "iss": False}):
        told = played(client=kind, attacker=attacker, **more).verdict
        asks = played(client=kind, attacker=attacker, discovery="oauth", **more).verdict
        same = attacker == "mix-up" and not more
        assert asks.attack_succeeded is told.attack_succeeded
        assert same or asks.stopped_by == told.stopped_by


def test_discovery_has_a_table_of_states_of_its_own() -> None:
    assert list(TRANSITIONS[Role.DISCOVERY]) == [
        State.START,
        State.METADATA_ASKED,
        State.METADATA_KNOWN,
        State.METADATA_REFUSED,
        State.ANSWER_HIDDEN,
    ]


# ---- What the server says of itself is so


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, {"code_challenge_methods_supported": ["S256"], "authorization_response_iss_parameter_supported": True}),
        ({"plain_allowed": True}, {"code_challenge_methods_supported": ["S256", "plain"]}),
        ({"iss": False}, {"authorization_response_iss_parameter_supported": False}),
        ({"par": "required"}, {"require_pushed_authorization_requests": True}),
        ({"par": "optional"}, {"require_pushed_authorization_requests": False}),
        ({}, {"pushed_authorization_request_endpoint": None, "dpop_signing_alg_values_supported": None}),
        ({"dpop": "tokens"}, {"dpop_signing_alg_values_supported": ["EdDSA"]}),
    ],
    ids=str,
)
def test_the_document_follows_the_servers_settings(settings: dict[str, Any], said: dict[str, Any]) -> None:
    document = metadata(server_of(world_in(State.START, **settings)))
    assert {name: document.get(name) for name in said} == said


def test_a_public_client_may_use_every_endpoint_that_the_document_says_it_may() -> None:
    """What is left out means client_secret_basic alone (RFC 8414 section 2)."""
    document = metadata(server_of(world_in(State.START)))
    trace = played(client="spa", scope=OFFLINE, later="logout")
    assert trace.worlds[-1].runs["logout 1"].state is State.REVOKED
    for endpoint in ("token", "revocation"):
        assert "none" in document[f"{endpoint}_endpoint_auth_methods_supported"]


def test_the_setting_takes_two_ways_and_off() -> None:
    assert [Scenario(discovery=way).discovery for way in ("off", "openid", "oauth")] == ["off", "openid", "oauth"]
