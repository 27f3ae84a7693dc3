"""The faults of a server: our own app, which holds every check, refuses each by the check that is meant for it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from frozendict import deepfreeze, frozendict

from flowsim.actors import browser, client
from flowsim.analysis.forged_tokens import FORGERIES
from flowsim.engine.initial_world import ALICE
from flowsim.live.context import LiveContext
from flowsim.live.faults import FAULTS, NOBODY, Faulty, Live
from flowsim.live.world import Alter, LiveWorld
from flowsim.model.clients import PROFILES
from flowsim.model.scenario import LESSON_TIME, Policy, Scenario, ScenarioError
from flowsim.model.steps import CLIENT
from flowsim.model.world import Browser, Client
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Request, Response, query_of, request, response

SETTINGS = Scenario(client="spa", scope="openid profile offline_access read:messages").settled()
WHO = "this page"
# The check of our own app that refuses the fault; no app is asked to check userinfo here, which none of ours calls.
REFUSED_BY = {
    "iss-wrong": "id_token.issuer",
    "iss-missing": "id_token.issuer",
    "aud-other": "id_token.audience",
    "aud-missing": "id_token.audience",
    "aud-untrusted": "id_token.audience",
    "azp-other": "id_token.authorized_party",
    "nonce-wrong": "id_token.nonce",
    "nonce-missing": "id_token.nonce",
    "expired": "id_token.not_expired",
    "exp-missing": "id_token.not_expired",
    "iat-future": "id_token.issued_recently",
    "iat-missing": "id_token.issued_recently",
    "sub-missing": "id_token.subject",
    "at-hash-wrong": "id_token.access_token_hash",
    "changed-claims": "id_token.signature",
    "servers-kid": "id_token.signature",
    "own-key": "id_token.signature",
    "kid-path": "id_token.signature",
    "kid-sql": "id_token.signature",
    "jku": "id_token.signature",
    "x5u": "id_token.signature",
    "jwk": "id_token.signature",
    "other-issuer": "id_token.issuer",
    "alg-none": "id_token.algorithm",
    "public-key-as-secret": "id_token.algorithm",
    "access-token-as-id-token": "id_token.audience",
    "id-token-missing": "id_token.readable",
    "token-type-unknown": "tokens.type_known",
    "state-wrong": "callback.state_same",
    "state-missing": "callback.state_same",
    "redirect-iss-wrong": "callback.issuer_same",
    "redirect-iss-missing": "callback.issuer_same",
    "userinfo-sub-other": None,
    "userinfo-sub-missing": None,
    "refresh-sub-other": "refreshed.subject",
    "refresh-iss-other": "refreshed.issuer",
    "refresh-aud-other": "refreshed.audience",
    "metadata-issuer-other": "discovery.issuer_same",
}
# What is another login's token in the table is here a genuine token with the claim of another login.
AS_A_CLAIM = {
    "other-client": "aud-other",
    "other-nonce": "nonce-wrong",
    "no-nonce": "nonce-missing",
    "other-access-token": "at-hash-wrong",
}
FORGED = FORGERIES.keys() - {*AS_A_CLAIM, "expired", "access-token-as-id-token"}


@pytest.fixture(scope="module")
def world() -> LiveWorld:
    return LiveWorld(clock=lambda: LESSON_TIME)


class Login:
    """A login of our own app at this server, up to userinfo and one refresh; `refused_by` is the check that ended it."""

    def __init__(self, server: Live) -> None:
        self.server = server
        self.context = LiveContext(0, LESSON_TIME, Policy(), WHO)
        self.refused_by: str | None = None
        self.userinfo = Response(status=0)
        for _ in self._steps():
            failed = [one for one in self.context.checks if one.decides]
            if failed:
                self.refused_by = failed[0].check.id
                return

    def _steps(self) -> Iterator[None]:
        issuer = self.server.server.issuer
        app = Client(profile=PROFILES["spa"], secret=None, metadata=frozendict({"issuer": issuer}), jwks=frozendict())
        settings = replace(SETTINGS, discovery="openid")
        answer = self.server.handle(client.ask_for_metadata(issuer, settings))
        app, _ = client.receive_metadata(app, issuer, answer, settings, self.context)
        yield
        app = replace(app, jwks=deepfreeze(self.server.handle(request("GET", app.metadata["jwks_uri"])).json()))
        app, url = client.prepare_login(app, WHO, settings, self.context)
        assert url is not None
        app, believed, code = client.receive_redirect(app, WHO, redirect_of(self.server, url), self.context)
        yield
        assert believed and code is not None
        app, asked = client.redeem(app, WHO, code, self.context)
        assert asked is not None
        app, _ = client.receive_tokens(app, WHO, self.server.handle(asked), self.context)
        yield
        userinfo = client.api_request(app.metadata["userinfo_endpoint"], app.tokens[WHO].access_token)
        self.userinfo = self.server.handle(userinfo)
        self.id_token = app.tokens[WHO].id_token or ""
        answer = self.server.handle(client.refresh(app, WHO, None, self.context))
        client.receive_refreshed(app, WHO, answer, self.context)
        yield


def redirect_of(server: Live, url: str) -> str:
    """Where the user's browser is sent after Alice has logged in at this address and allowed everything."""
    device, asked = browser.open_url(Browser(owner="alice"), url)
    typed = [{"username": ALICE.username, "password": ALICE.password}, {"decision": "allow"}]
    for _ in range(9):
        answer = server.handle(asked)
        device = browser.receive(device, asked.url, answer)
        if {"code", "error"} & dict(query_of(answer.location)).keys():
            return answer.location
        if answer.location:
            device, asked = browser.follow(device, answer, asked)
        else:
            device, asked = browser.submit(device, asked.url, typed.pop(0), "password" if len(typed) == 1 else None)
    raise AssertionError("the login came to no end")


def test_every_fault_has_a_line_in_the_table_of_this_test() -> None:
    assert list(REFUSED_BY) == list(FAULTS)


def test_a_server_without_a_fault_is_refused_by_no_check(world: LiveWorld) -> None:
    login = Login(world)
    assert login.refused_by is None
    assert login.userinfo.json()["sub"] == signed_tokens.read(login.id_token).claims["sub"] == "user-alice"  # type: ignore[union-attr]


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_refused_by_the_check_that_is_meant_for_it(world: LiveWorld, name: str) -> None:
    assert Login(Faulty(world, name)).refused_by == REFUSED_BY[name]


@pytest.mark.parametrize(("name", "sub"), [("userinfo-sub-other", "user-mallory"), ("userinfo-sub-missing", None)])
def test_a_fault_of_userinfo_changes_its_answer_and_keeps_what_else_is_in_it(
    world: LiveWorld, name: str, sub: str | None
) -> None:
    usual, faulty = Login(world).userinfo, Login(Faulty(world, name)).userinfo
    assert {**usual.json(), "sub": sub} == {"sub": None, **faulty.json()}
    assert faulty.header("content-length") == str(len(faulty.body.encode()))
    assert faulty.header("cache-control") == usual.header("cache-control") == "no-store"


@pytest.mark.parametrize("name", [name for name, one in FAULTS.items() if one.place == "token response"])
def test_a_fault_of_the_login_leaves_other_answers_alone(world: LiveWorld, name: str) -> None:
    keys = Request(method="GET", url=f"{world.issuer}/jwks.json")
    metadata = Request(method="GET", url=f"{world.issuer}/.well-known/openid-configuration")
    nobody = Request(method="POST", url=f"{world.issuer}/oauth/token")
    for asked in (keys, metadata, nobody):
        assert Faulty(world, name).handle(asked) == world.handle(asked)


@pytest.mark.parametrize("name", [name for name, one in FAULTS.items() if one.place == "token response"])
def test_a_claim_is_changed_under_the_servers_signature_and_a_forgery_has_none_of_it(
    world: LiveWorld, name: str
) -> None:
    key = signed_tokens.signing_key(world.server.keys[0].kid)
    genuine = signed_tokens.sign({"iss": world.issuer, "aud": "photo-page", "sub": "user-alice", "iat": 1}, key)
    changed = signed_tokens.read(str(_answer(world, name, genuine).get("id_token")))
    fits = changed is not None and signed_tokens.signature_fits(changed, {"keys": [key.public_jwk()]})
    assert fits is not (name in FORGED or name == "id-token-missing")


def _answer(world: LiveWorld, name: str, genuine: str) -> dict[str, object]:
    """What this fault makes of an answer of the token endpoint with this ID token in it."""

    class Answers:
        server = world.server
        metadata = world.metadata
        origins = world.origins

        def handle(self, request: Request, *, by: str = CLIENT, alter: Alter | None = None) -> Response:
            assert alter is not None
            body = {"access_token": genuine, "id_token": genuine, "token_type": "Bearer"}
            return alter(request, response(200, json=body))

    return Faulty(Answers(), name).handle(Request(method="POST", url=str(world.metadata["token_endpoint"]))).json()


def test_every_trick_of_the_table_that_an_app_is_tried_with_is_a_fault() -> None:
    at_app = {name for name, forgery in FORGERIES.items() if forgery.at_app}
    assert {AS_A_CLAIM.get(name, name) for name in at_app} <= FAULTS.keys()


def test_every_fault_says_what_a_client_owes_and_its_clause() -> None:
    for fault in FAULTS.values():
        assert fault.clause.startswith(("OIDC Core §", "RFC ")) and fault.title and fault.duty
        assert fault.demand.startswith(f"{fault.need} refuse")


def test_no_client_is_asked_for_more_than_the_clause_asks() -> None:
    """OIDC Core leaves azp, iat and at_hash to a client of the code flow, and demands no algorithm of it."""
    assert {name for name, fault in FAULTS.items() if fault.need == "may"} == {
        "azp-other",
        "iat-future",
        "at-hash-wrong",
    }
    assert {name for name, fault in FAULTS.items() if fault.need == "should"} == {"alg-none"}
    by_signature = [fault for name, fault in FAULTS.items() if REFUSED_BY[name] == "id_token.signature"]
    assert all("over TLS" in fault.unless for fault in by_signature)


def test_an_unknown_fault_is_refused_with_the_nearest_name(world: LiveWorld) -> None:
    with pytest.raises(ScenarioError, match="unknown fault 'iss-wrng'; did you mean iss-wrong"):
        Faulty(world, "iss-wrng")


def test_a_fault_can_be_put_upon_a_server_that_has_one(world: LiveWorld) -> None:
    assert Login(Faulty(Faulty(world, "azp-other"), "nonce-wrong")).refused_by == "id_token.authorized_party"


def test_what_a_fault_makes_of_an_answer_is_what_is_recorded() -> None:
    world = LiveWorld(clock=lambda: LESSON_TIME)
    Login(Faulty(world, "iss-wrong"))
    (login,) = world.logins.values()
    answers = [sent.message for event in login.trace.events for sent in event.messages]
    tokens = [one.json()["id_token"] for one in answers if isinstance(one, Response) and "id_token" in one.json()]
    assert [signed_tokens.read(one).claims["iss"] for one in tokens] == [NOBODY]  # type: ignore[union-attr]
