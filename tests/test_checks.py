"""Every check can fail and can pass, decides when it fails, and lets the message go on when it is switched off."""

from typing import get_args

import pytest
from frozendict import frozendict

from flowsim import ScenarioError
from flowsim.actors.browser import claim
from flowsim.analysis import matrix
from flowsim.analysis.counterexamples import CASES, Counterexample, assertions, assistants, why
from flowsim.analysis.counterexamples.after_login import REFRESH, made, proof, sent_to, to_par, to_userinfo, with_proof
from flowsim.analysis.counterexamples.assertions import shows
from flowsim.analysis.counterexamples.case import Judged, access_token, asked, form, id_token, move, opened
from flowsim.analysis.counterexamples.edits import (
    OFFLINE,
    client_of,
    flying_request,
    played,
    with_client,
    with_flying,
    with_headers,
    with_transaction,
    world_in,
)
from flowsim.analysis.counterexamples.login import FRAMED, PUSHED_WEB, bearing, mistaken_request, pushed, with_session
from flowsim.analysis.counterexamples.requests import ask, decider
from flowsim.analysis.matrix import whole_matrix
from flowsim.checks import CHECKS, TABLES, known_check
from flowsim.checks.token_response import LEEWAY
from flowsim.model.clients import PROFILES
from flowsim.model.mcp import MCP_URL
from flowsim.model.refusal import ErrorCode, OAuthError, Refusal
from flowsim.model.scenario import API_ORIGIN, ISSUER
from flowsim.model.states import State
from flowsim.model.steps import ALL_STEPS, API, BROWSER, CLIENT, SERVER, clause_url
from flowsim.model.world import ATTACKER_INITIATED, CONNECTION, VICTIM, World, evolve
from flowsim.protocol import dpop, well_known
from flowsim.protocol.messages import Request, Response, response
from flowsim.simulation.simulation import Trace
from tests.kit.worlds import CLIENTS, METHODS

# Where a check is off its case goes well, but for these: another check decides, or none (None) and the run ends anyway.
OTHERWISE: dict[str, str | None] = {
    "login.session_known": None,
    "consent.session_known": None,
    "consent.session_fresh": "consent.user_logged_in",
    "userinfo.header_well_formed": None,
    "userinfo.token_present": None,
    "userinfo.token_issued": None,
    "proxy.state_known": None,
    "proxy.user_known": None,
    "authorize.error_address_trusted": "authorize.scope_allowed",  # whose error then sends the browser there
}


def with_nonce(world: World, sent: Request) -> Request:
    """This request with a proof that holds the last nonce which the server has given the app."""
    return with_proof(sent, made(world, sent, nonce=client_of(world).dpop_nonces[ISSUER]))


def told_of_a_mistake(off: frozenset[str]) -> Judged:
    """A request with a mistake, of an app that the server trusts; it is well when the error goes to the app."""
    app = PROFILES["spa"]
    answer = ask(
        world_in(State.START), mistaken_request(app.client_id, app.redirect_uri)(world_in(State.START)), off=off
    )
    return answer.checks, answer.response.location.startswith(app.redirect_uri)


def hint() -> str:
    """An ID token of the server that speaks of Alice."""
    (held,) = played().worlds[-1].clients["com.example.app:"].tokens.values()
    return str(held.id_token)


# What nothing is wrong with, though a check has to look twice.
def installed_since(world: World) -> World:
    """The app has registered its scheme after all, before the answer comes."""
    app = world.runs[VICTIM].client
    return evolve(world, browsers=world.browsers.set(VICTIM, claim(world.browsers[VICTIM], app, app)))


def redirected(world: World) -> Response:
    """A redirect of the metadata to where they are."""
    return response(302, headers={"Location": well_known.of_resource(MCP_URL)})


def bound_and_proved(world: World) -> World:
    """The MCP server's own token is bound to a key, and a proof by that key comes with it."""
    key = b"k" * 32
    bound = access_token({"cnf": {"jkt": dpop.thumbprint(key)}})(world)
    asked = flying_request(bound)
    text = (asked.header("authorization") or "").removeprefix("Bearer ")
    proof = dpop.proof(key, "GET", asked.url, now=world.now, jti="one", access_token=text)
    return with_flying(bound, with_headers(asked, authorization=f"DPoP {text}", dpop=proof))


RIGHT = [
    move(State.BEHIND_ASKED, bound_and_proved, client="mcp", behind="own-token"),
    move(State.UPSTREAM_ANSWERED, client="mcp", proxy=True),
    told_of_a_mistake,
    move(State.REQUESTED, run_name=ATTACKER_INITIATED, **FRAMED),
    move(
        State.PREPARED,
        lambda world: opened(prompt="none", display="touch", id_token_hint=hint())(world),
        remembered="consent",
        max_age=7200,
        acr="password",
    ),
    move(State.LOGIN_SHOWN, with_session(hinted="user-alice"), acr="password"),
    move(State.API_ASKED, acr="password", api_acr="password", api_max_age=60),
    move(State.CODE_ACCEPTED, id_token({"azp": "photo-app"})),
    move(State.RESOURCE_ASKED, assistants.answered(CONNECTION, redirected), CONNECTION, client="mcp"),
    move(State.CLICKED, client="native-loopback", loopback_port="taken"),
    move(State.PREPARED, refuses_web_views=True),
    move(State.CODE_IN_BROWSER, installed_since, scheme_app="none"),
    move(State.CLICKED, client="spa", login_window="popup"),
    move(State.CODE_IN_BROWSER, client="spa", login_window="popup"),
    move(State.CODE_ACCEPTED, id_token({"nbf": 1})),
    move(State.API_ASKED, access_token({"nbf": 1})),
    move(
        State.CODE_ACCEPTED,
        lambda world: id_token({"acr": "gold"})(with_transaction(world, acr_values=("silver", "gold"))),
    ),
    move(State.CODE_ACCEPTED, lambda world: with_transaction(world, max_age=60)),
    asked(bearing("access_token"), State.TOKENS_HELD),
    asked(pushed(), State.PREPARED, **PUSHED_WEB),
    move(State.PREPARED, par="required"),
    move(State.CLICKED, client="web", session_in_link=True),
    move(State.CODE_IN_BROWSER, client="web", refuses_prefetch=True),
    move(State.REQUESTED, consent_by_link=True),
    move(State.CODE_ACCEPTED, lambda world: with_client(world, jwks=frozendict({"keys": ()})), client="spa"),
    move(State.REFRESH_SENT, form(REFRESH, resource=API_ORIGIN), REFRESH, scope=OFFLINE, later="refresh"),
    move(State.REFRESH_ACCEPTED, id_token({"nbf": 1}, run=REFRESH), REFRESH, scope=OFFLINE, later="refresh"),
    sent_to(State.DONE, to_userinfo)(proof(jti="one")),
    sent_to(State.DONE, to_userinfo)(with_nonce, dpop_nonce=True),
    sent_to(State.PREPARED, to_par)(proof(jti="one")),
    sent_to(State.DONE, to_par)(with_nonce, dpop_nonce=True),
    *(judged(shows(nbf=1, aud=[ISSUER])) for _, judged in assertions.PLACES),
]


def later_traces() -> list[Trace]:
    """Logins after which all goes well that can come later."""
    plan = {"scope": OFFLINE, "later": "refresh=openid refresh call logout"}
    return [
        *(played(client=client, dpop=dpop, **plan) for client in ("spa", "web") for dpop in ("off", "code")),
        played(client="spa", dpop="code", dpop_nonce=True, **plan),
        played(api="photos"),
        played(remembered="from-now", later="server-logout"),
        played(remembered="from-now", later="server-logout", scope="read:messages"),
        *(played(client=client, discovery="openid") for client in ("native-scheme", "spa")),
        *(played(client="mcp", client_identity=identity) for identity in ("metadata-document", "registered")),
        played(client="spa", par="optional", shipped_secret=True, **(plan | {"later": "keys refresh logout"})),
    ]


def test_why_tells_what_a_check_stops_and_what_comes_of_it_without() -> None:
    told = why("token.verifier_fits")
    assert (told.stopped, told.goes_through, told.then) == (True, True, None)
    assert {"code-interception", "code-injection", "login-csrf"} <= set(told.attacks)
    assert "received   SHA-256(aaaa" in repr(told)
    other = why("consent.session_fresh")
    assert (other.stopped, other.goes_through) == (True, False)
    assert "stopped by consent.user_logged_in" in repr(other)
    assert "ends for want" in repr(why("userinfo.token_present"))
    assert "switched off as well" not in repr(told)
    with pytest.raises(ScenarioError, match=r"did you mean token\.verifier_fits"):
        why("token.verifier_fit")


def test_why_says_which_checks_are_off_as_well_because_they_look_at_the_same() -> None:
    assert "  with authorize.client_known switched off as well, which looks at the same" in repr(
        why("push.client_known")
    )
    told = why("code_proof.public_key")
    assert told.also_off == ("code_proof.key", "code_proof.signature")
    assert "  with code_proof.key and code_proof.signature switched off as well, which look at the same" in repr(told)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.check)
def test_why_finds_by_playing_what_is_expected_of_each_case(case: Counterexample) -> None:
    told = why(case.check)
    assert (told.stopped, told.goes_through) == (True, case.check not in OTHERWISE)
    assert told.then == OTHERWISE.get(case.check)
    assert told.also_off == tuple(sorted(case.off))


def test_the_matrix_that_why_asks_is_played_once(monkeypatch: pytest.MonkeyPatch) -> None:
    whole_matrix()
    monkeypatch.delattr(matrix, "matrix")  # to play it again would fail
    assert "code-interception" in why("token.verifier_fits").attacks


# Seconds from now, and whether the token is taken: the app allows for clocks that differ, the API does not.
NBF = [
    (-1, True, True),
    (0, True, True),
    (1, True, False),
    (LEEWAY, True, False),
    (LEEWAY + 1, False, False),
]


@pytest.mark.parametrize(("ahead", "by_app", "by_api"), NBF)
def test_a_token_is_taken_from_its_nbf_on(ahead: int, by_app: bool, by_api: bool) -> None:
    for state, edit, check, taken in (
        (State.CODE_ACCEPTED, id_token, "id_token.not_before", by_app),
        (State.API_ASKED, access_token, "api.not_before", by_api),
    ):
        results, went_well = move(state, edit({"nbf": world_in(state).now + ahead}))(frozenset())
        assert (went_well, decider(results)) == (taken, None if taken else check)


@pytest.mark.parametrize("nbf", ["1", True, [1], {}], ids=str)
def test_an_nbf_that_is_no_number_is_refused(nbf: object) -> None:
    for state, edit, check in (
        (State.CODE_ACCEPTED, id_token, "id_token.not_before"),
        (State.API_ASKED, access_token, "api.not_before"),
    ):
        assert decider(move(state, edit({"nbf": nbf}))(frozenset())[0]) == check


def test_every_check_has_a_case_in_which_it_fails() -> None:
    assert {case.check for case in CASES} == set(CHECKS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.check)
def test_a_check_that_fails_decides_and_is_the_only_one_to_fail(case: Counterexample) -> None:
    results, went_well = case.judged(case.off)
    failed = [result.check.id for result in results if result.passed is False and result.on]
    assert decider(results) == case.check
    assert failed == [case.check, *filter(None, [OTHERWISE.get(case.check)])]
    assert not went_well
    result = next(result for result in results if result.decides)
    assert result.expected != result.received


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.check)
def test_a_check_that_is_off_is_recorded_and_lets_the_message_go_on(case: Counterexample) -> None:
    results, went_well = case.judged(case.off | {case.check})
    recorded = next(result for result in results if result.check.id == case.check)
    assert (recorded.passed, recorded.on, recorded.decides) == (False, False, False)
    assert went_well is (case.check not in OTHERWISE)
    assert decider(results) == OTHERWISE.get(case.check)


def test_every_check_has_a_case_in_which_it_passes() -> None:
    passed = {
        result.check.id
        for trace in [played(client=client, pkce=pkce) for client in CLIENTS for pkce in METHODS] + later_traces()
        for event in trace.events
        for result in event.checks
        if result.passed
    }
    for judged in RIGHT:
        results, went_well = judged(frozenset())
        assert went_well
        passed |= {result.check.id for result in results if result.passed}
    assert passed == set(CHECKS)


def test_a_whole_table_is_evaluated_and_recorded_in_its_order() -> None:
    for world in played(client="web").worlds[1:]:
        told = [result.check.id for result in world.log[-1].checks]
        tables = [[check.id for check in table] for table in TABLES.values()]
        assert told == [check_id for table in tables if table[0] in told for check_id in table]


def test_no_two_checks_share_an_id() -> None:
    assert len(CHECKS) == sum(len(table) for table in TABLES.values())


def test_a_refusal_that_is_no_error_of_the_protocol_is_named_like_none() -> None:
    refusals = {check.on_failure for check in CHECKS.values()}
    assert {type(refusal) for refusal in refusals} == set(get_args(Refusal))
    codes = {refusal.code for refusal in refusals if isinstance(refusal, OAuthError)}
    assert codes == set(get_args(ErrorCode))
    others = {refusal.slug for refusal in refusals if not isinstance(refusal, OAuthError)}
    assert not codes & others
    assert len(codes | others) == len({refusal.words for refusal in refusals}) == len(refusals)


def test_only_a_refusal_with_an_error_code_gives_a_check_an_error() -> None:
    errors = {check.id: check.error for check in CHECKS.values()}
    assert errors["token.verifier_fits"] == "invalid_grant"
    for check_id in ("callback.state_same", "login.session_known", "login.credentials_fit", "frame.allowed"):
        assert errors[check_id] is None
    assert errors["api.token_present"] is errors["userinfo.token_present"] is None


@pytest.mark.parametrize(
    ("place", "actor", "steps"),
    [
        ("the app reads the server's metadata", CLIENT, {18}),
        ("the app of an MCP server reads the server's metadata", CLIENT, {18}),
        ("the app of an MCP server, before it prepares its request", CLIENT, {2}),
        ("the app, when an MCP server answers a call without a token", CLIENT, {24}),
        ("the app reads the metadata of an MCP server", CLIENT, {26}),
        ("the app that has registered itself", CLIENT, {28}),
        ("the authorization endpoint, for the document at this address", SERVER, {3}),
        ("the app prepares its request", CLIENT, {2}),
        ("the authorization endpoint", SERVER, {3}),
        ("the endpoint for pushed requests", SERVER, {2}),
        ("the authorization endpoint, for a pushed request", SERVER, {3}),
        ("the browser, for a page in a frame", BROWSER, {4}),
        ("the login form", SERVER, {5}),
        ("the consent form", SERVER, {5}),
        ("the app receives the redirect", CLIENT, {6}),
        ("the app sends the code", CLIENT, {7}),
        ("the app opens its port", CLIENT, {2}),
        ("the browser, before it opens a window", BROWSER, {2}),
        ("the browser, for an answer that is posted to a page", BROWSER, {6}),
        ("the app receives a posted answer", CLIENT, {6}),
        ("the browser, before it opens an app", BROWSER, {6}),
        ("the authorization endpoint, for a web view", SERVER, {3}),
        ("the token endpoint", SERVER, {8}),
        ("the app receives the tokens", CLIENT, {9}),
        ("the API", API, {11}),
        ("the userinfo endpoint", SERVER, {11}),
        ("the token endpoint, for a refresh", SERVER, {13}),
        ("the app receives refreshed tokens", CLIENT, {14}),
        ("the endpoint for pushed requests, for a proof", SERVER, {2}),
        ("the userinfo endpoint, for a proof", SERVER, {11}),
        ("the token endpoint, for a proof", SERVER, {8}),
        ("the token endpoint, for a proof at a refresh", SERVER, {13}),
        ("the API, for a proof", API, {11}),
        ("the revocation endpoint", SERVER, {15}),
    ],
)
def test_each_table_stands_where_the_protocol_puts_it(place: str, actor: str, steps: set[int]) -> None:
    assert {check.step for check in TABLES[place]} == steps
    assert {check.actor for check in TABLES[place]} == {actor}


def test_every_check_names_a_clause_that_can_be_read() -> None:
    for clause in {check.clause for check in CHECKS.values()} | {one for step in ALL_STEPS for one in step.clauses}:
        assert clause_url(clause).startswith("https://")
        assert " §" in clause or clause.startswith("MCP ")  # whose pages number no sections


@pytest.mark.parametrize(
    ("clause", "url"),
    [
        ("RFC 7636 §4.6", "https://www.rfc-editor.org/rfc/rfc7636#section-4.6"),
        ("RFC 7519 §4.1.5", "https://www.rfc-editor.org/rfc/rfc7519#section-4.1.5"),
        ("RFC 7515", "https://www.rfc-editor.org/rfc/rfc7515"),
        ("OIDC Core §3.1.3.7", "https://openid.net/specs/openid-connect-core-1_0.html"),
    ],
)
def test_a_clause_is_a_link_to_its_section(clause: str, url: str) -> None:
    assert clause_url(clause).startswith(url)


@pytest.mark.parametrize(
    ("check_id", "hint"),
    [
        ("token.verifier_fit", "did you mean token.verifier_fits?"),
        ("id_token.alg", "did you mean id_token."),
        ("%", "expected one of: discovery.answered, "),
    ],
)
def test_an_unknown_check_is_refused_with_a_hint(check_id: str, hint: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        known_check(check_id)
    assert hint in str(caught.value)
