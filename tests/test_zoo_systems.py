"""What the systems of the zoo offer a judge: every endpoint, tokens and proofs of every kind, and nothing of the answer."""

from collections.abc import Callable
from typing import Any

import pytest

from flowsim.model.scenario import ScenarioError
from flowsim.mutants import SUITES, VERIFIER, ApiUnderTest, AppUnderTest, ServerUnderTest, system_under_test
from flowsim.mutants.server_under_test import OAUTH, OPENID
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import query_of, response


def server() -> ServerUnderTest:
    one = system_under_test("endpoints", "usual")
    assert isinstance(one, ServerUnderTest)
    return one


def app(name: str = "usual") -> AppUnderTest:
    one = system_under_test("apps", name)
    assert isinstance(one, AppUnderTest)
    return one


def api() -> ApiUnderTest:
    one = system_under_test("APIs", "usual")
    assert isinstance(one, ApiUnderTest)
    return one


EVERY_SYSTEM = [(suite.name, mutant.name) for suite in SUITES.values() for mutant in suite.mutants]


@pytest.mark.parametrize(("suite", "name"), EVERY_SYSTEM, ids=[" ".join(one) for one in EVERY_SYSTEM])
def test_what_is_wrong_with_a_system_cannot_be_read_off_its_attributes(suite: str, name: str) -> None:
    """Two systems of a suite look the same, whatever is wrong with one of them."""
    one = system_under_test(suite, name)
    with pytest.raises(TypeError):
        vars(one)
    usual = system_under_test(suite, "usual")
    assert dir(one) == dir(usual)
    assert repr(one) == repr(usual)
    shown = {attribute: getattr(one, attribute) for attribute in dir(one) if not attribute.startswith("_")}
    values = {attribute: value for attribute, value in shown.items() if not callable(value)}
    assert all(isinstance(value, str | int | tuple) for value in values.values())
    mutant = next(mutant for mutant in SUITES[suite].mutants if mutant.name == name)
    told = " ".join(map(str, values.values()))
    assert not any(word in told for word in (*mutant.off, mutant.about, *mutant.defect, *mutant.settings))


def test_two_systems_of_one_kind_share_nothing() -> None:
    first, second = server(), server()
    code = first.code()
    first.wait(3600)
    assert second.now == first.now - 3600
    assert second.token(code=code, code_verifier=VERIFIER).json()["error"] == "invalid_grant"


# ---- A server


def test_a_server_answers_at_every_endpoint_that_its_metadata_names() -> None:
    one = server()
    document = one.metadata()
    assert one.metadata(OAUTH) == document == one.metadata(OPENID)
    assert document["issuer"] == one.issuer
    named = {name: value for name, value in document.items() if name.endswith("_endpoint") or name == "jwks_uri"}
    assert len(named) == 7
    for address in named.values():
        assert one.send("GET", address.removeprefix(one.issuer)).status != 404
    assert one.send("GET", "/nowhere").status == 404
    (key,) = one.keys()["keys"]
    held = one.token(code=one.code(), code_verifier=VERIFIER).json()
    token = signed_tokens.read(held["id_token"])
    assert token is not None
    assert token.header["kid"] == key["kid"]


def test_a_request_for_a_login_may_come_as_a_form() -> None:
    one = server()
    code = dict(query_of(one.authorize_with_post().location))["code"]
    assert one.token(code=code, code_verifier=VERIFIER).status == 200


def test_tokens_can_be_shown_at_userinfo_refreshed_for_less_and_revoked() -> None:
    one = server()
    held = one.token(code=one.code(), code_verifier=VERIFIER).json()
    assert one.userinfo(held["access_token"]).json()["sub"] == "user-alice"
    assert one.userinfo("made-up").status == 401
    less = one.refresh(held["refresh_token"], scope="openid offline_access").json()
    assert set(less["scope"].split(" ")) == {"openid", "offline_access"}
    assert one.revoke(less["refresh_token"]).status == 200
    assert one.refresh(less["refresh_token"]).json()["error"] == "invalid_grant"
    assert one.userinfo(held["access_token"]).status == 401


def test_a_bound_token_is_good_with_a_proof_of_its_key_and_with_no_other() -> None:
    one = server()
    answer = one.token(code=one.code(), code_verifier=VERIFIER, proof=one.proof("/oauth/token")).json()
    token = answer["access_token"]
    assert answer["token_type"] == "DPoP"
    good = one.proof("/userinfo", "GET", token=token)
    assert one.userinfo(token, scheme="DPoP", proof=good).status == 200
    for proof in (
        good,  # it has come before
        one.proof("/userinfo", "GET", token=token, key="other"),
        one.proof("/userinfo", "GET"),
        one.proof("/userinfo", "POST", token=token),
        one.proof("/userinfo", "GET", token=token, iat=None),
    ):
        assert one.userinfo(token, scheme="DPoP", proof=proof).status == 401


def test_a_pushed_request_leads_to_a_code_once() -> None:
    one = server()
    assert one.token(code=one.push_and_get_code(), code_verifier=VERIFIER).status == 200
    uri = one.push().json()["request_uri"]
    bare: dict[str, Any] = dict.fromkeys(("redirect_uri", "response_type", "scope", "state"))
    bare |= dict.fromkeys(("code_challenge", "code_challenge_method"))
    assert one.code(**bare, request_uri=uri)
    assert not one.code(**bare, request_uri=uri)


def test_a_user_who_is_remembered_sees_no_page_and_one_who_is_not_sees_two() -> None:
    one = server()

    def pages(**parameters: str) -> list[str]:
        one.authorize(**parameters)
        return [*one.pages_shown]

    assert pages() == ["login", "consent"]
    one.remember(consent=False)
    assert pages() == ["consent"]
    one.remember()
    assert pages() == []
    assert "login" in pages(prompt="login")
    assert "login" in pages(max_age="0")


def test_a_parameter_can_come_twice() -> None:
    one = server()
    refused = dict(query_of(one.authorize(state=("a", "b")).location))
    assert refused["error"] == "invalid_request"
    assert one.token(code=(one.code(), "x"), code_verifier=VERIFIER).json()["error"] == "invalid_request"


# ---- An app


@pytest.mark.parametrize("name", ["usual", "on-a-phone", "website"])
def test_an_app_refreshes_its_tokens_and_looks_at_the_new_ones(name: str) -> None:
    one = app(name)
    asked = one.begin()
    one.receive(one.redirect_for(asked))
    assert one.accepts(one.tokens_for(asked))
    sent = one.refresh()
    assert sent is not None
    assert dict(sent.form)["grant_type"] == "refresh_token"
    assert one.accepts_refreshed(one.refreshed_tokens())
    assert one.refresh() is not None
    assert not one.accepts_refreshed(one.refreshed_tokens(sub="user-bob"))


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        ({"auth_time": 5}, {}, True),
        ({"auth_time": 5}, {"auth_time": 5}, True),
        ({"auth_time": 5}, {"auth_time": 6}, False),
        ({}, {"auth_time": 5}, True),
        ({}, {"nonce": "that of the login"}, True),
        ({}, {"nonce": "another"}, False),
        ({"azp": "photo-page"}, {"azp": "photo-page"}, True),
        ({"azp": "photo-page"}, {}, False),
        ({}, {"azp": "photo-page"}, False),
    ],
    ids=str,
)
@pytest.mark.parametrize("one_between", [False, True])
def test_a_refreshed_id_token_is_compared_with_the_one_of_the_login_claim_by_claim(
    first: dict[str, Any], second: dict[str, Any], kept: bool, one_between: bool
) -> None:
    """OIDC Core section 12.2: auth_time and nonce if they are there, and the azp of the login or none."""
    one = app()
    asked = one.begin()
    one.receive(one.redirect_for(asked))
    assert one.accepts(one.tokens_for(asked, **first))
    if one_between:
        one.refresh()
        assert one.accepts_refreshed(one.refreshed_tokens(**({"azp": first["azp"]} if "azp" in first else {})))
    one.refresh()
    nonce = dict(query_of(asked))["nonce"]
    claims = {**second, "nonce": nonce} if second.get("nonce") == "that of the login" else second
    assert one.accepts_refreshed(one.refreshed_tokens(**claims)) is kept


def test_an_app_judges_the_metadata_of_its_server_and_goes_by_what_it_believes() -> None:
    one = app()
    elsewhere = f"{one.issuer}/v2/authorize"
    assert not one.discover(one.metadata_for(issuer="https://other.example"))
    assert not one.discover(response(404, html="<p>no"))
    assert one.begin().startswith(f"{one.issuer}/authorize?")
    assert one.discover(one.metadata_for(authorization_endpoint=elsewhere))
    assert one.begin().startswith(f"{elsewhere}?")
    assert one.discover(one.metadata_for(code_challenge_methods_supported=None))
    assert one.begin() == ""


def test_an_app_that_gets_several_redirects_believes_the_first_good_one_and_no_other() -> None:
    one = app()
    asked = one.begin()
    good, planted = one.redirect_for(asked), one.redirect_for(asked, state="other")
    assert one.receive(planted) is None
    assert one.receive(good) is not None
    assert one.receive(good) is None
    assert one.receive(one.redirect_for(asked, code="another")) is None


# ---- An API


def test_an_api_takes_a_bound_token_with_a_proof_once() -> None:
    one = api()
    token = one.token(bound_to="mine")
    proof = one.proof(token)
    assert [one.call(token, proof=proof).status for _ in range(2)] == [200, 401]
    assert one.call(token).status == 401
    assert one.call(token, scheme="Bearer", proof=one.proof(token)).status == 401


def test_an_api_goes_by_the_keys_that_it_has_learnt() -> None:
    one = api()
    good = one.token()
    (own,) = one.keys()["keys"]
    one.learn_keys({**own, "kid": "another"})
    assert one.call(good).status == 401
    one.learn_keys({"kty": "EC", "kid": own["kid"], "use": "enc"}, own)
    assert one.call(good).status == 200
    one.learn_keys()
    assert one.call(good).status == 401


def test_any_request_can_be_sent_to_an_api() -> None:
    one = api()
    assert one.send("PUT").status == 405
    assert one.send("GET").status == 401
    assert one.send("GET", authorization=f"Bearer {one.token()}").status == 200


# ---- What cannot be sent

SLIPS: list[tuple[Callable[[], Any], Callable[[Any], object], str]] = [
    (server, lambda one: one.send("GE T", "/userinfo"), "a request has a method"),
    (server, lambda one: one.send(None, "/userinfo"), "a request has a method"),
    (server, lambda one: one.send("GET", "/userinfo", authorization="Bearer é"), "printable ASCII"),
    (server, lambda one: one.send("GET", "/userinfo", authorization=None), "printable ASCII"),
    (server, lambda one: one.userinfo("a\r\nX: y"), "printable ASCII"),
    (server, lambda one: one.authorize(state=("a", 5)), "state is a parameter"),
    (server, lambda one: one.token(proof="\n"), "printable ASCII"),
    (server, lambda one: one.proof("/oauth/token", key=5), "a key has a name"),
    (server, lambda one: one.proof("/oauth/token", iat=object()), "a claim is what JSON can write"),
    (app, lambda one: one.discover(None), "expected the answer to a request for metadata"),
    (app, lambda one: one.metadata_for(issuer={1}), "a member of the metadata"),
    (app, lambda one: one.accepts_refreshed(one.refreshed_tokens()), "call refresh first"),
    (app, lambda one: one.refresh(), "call begin first"),
    (api, lambda one: one.learn_keys("key"), "a key is a JWK"),
    (api, lambda one: one.call(one.token(), scheme="é"), "printable ASCII"),
    (api, lambda one: one.proof(None), "printable ASCII"),
    (api, lambda one: one.token(bound_to=5), "a key has a name"),
]


@pytest.mark.parametrize(("make", "slip", "said"), SLIPS, ids=[f"{n} {said}" for n, (_, _, said) in enumerate(SLIPS)])
def test_what_cannot_be_sent_is_refused_with_one_clear_sentence(
    make: Callable[[], Any], slip: Callable[[Any], object], said: str
) -> None:
    with pytest.raises(ScenarioError, match=said) as caught:
        slip(make())
    assert "\n" not in str(caught.value)


def test_an_app_without_tokens_has_nothing_to_refresh() -> None:
    one = app()
    one.begin()
    assert one.refresh() is None
