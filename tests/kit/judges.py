"""Reference judges: for each defect of the zoo a function that looks for it and for nothing else. True means defective."""

import re
from collections.abc import Callable
from typing import Any

from flowsim.model.scenario import LAST_SECOND
from flowsim.mutants import VERIFIER, ApiUnderTest, AppUnderTest, ServerUnderTest
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Response, query_of

OTHER_VERIFIER = "a" * 43
TOKEN = "/oauth/token"
PAR = "/oauth/par"
PLAIN_TEXT = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*")  # RFC 6749 sections 4.1.2.1 and 5.2
DAY = 86_400


# ---- Servers: codes, verifiers, refresh tokens


def takes_no_verifier(server: ServerUnderTest) -> bool:
    return server.token(code=server.code()).status == 200


def takes_any_verifier(server: ServerUnderTest) -> bool:
    return server.token(code=server.code(), code_verifier=OTHER_VERIFIER).status == 200


def takes_a_verifier_without_challenge(server: ServerUnderTest) -> bool:
    code = server.code(code_challenge=None, code_challenge_method=None)
    return bool(code) and server.token(code=code, code_verifier=VERIFIER).status == 200


def takes_plain_and_does_not_say_so(server: ServerUnderTest) -> bool:
    said = "plain" in server.metadata()["code_challenge_methods_supported"]
    return not said and bool(server.code(code_challenge=VERIFIER, code_challenge_method=None))


def takes_a_code_twice(server: ServerUnderTest) -> bool:
    code = server.code()
    return [server.token(code=code, code_verifier=VERIFIER).status for _ in range(2)] == [200, 200]


def sends_codes_elsewhere(server: ServerUnderTest) -> bool:
    return bool(server.code(redirect_uri="https://spa.example.attacker.example/callback"))


def leaves_a_family_alone(server: ServerUnderTest) -> bool:
    first = tokens(server)["refresh_token"]
    second = server.refresh(first).json()["refresh_token"]
    server.wait(60)
    assert server.refresh(first).status == 400
    return server.refresh(second).status == 200


def repeats_forms(server: ServerUnderTest) -> bool:
    brought = server.brought_to_app()
    return brought is not None and "password" in dict(brought.form)


# What is good advice, or the other way round: no clause in force is broken.
def burns_a_code(server: ServerUnderTest) -> bool:
    code = server.code()
    refused = server.token(code=code, code_verifier=OTHER_VERIFIER).status != 200
    return refused and server.token(code=code, code_verifier=VERIFIER).status != 200


def revokes_for_nothing(server: ServerUnderTest) -> bool:
    code = server.code()
    held = server.token(code=code, code_verifier=VERIFIER).json()["refresh_token"]
    server.token(code=code, code_verifier=VERIFIER, redirect_uri="https://other.example/")
    return server.refresh(held).status != 200


def allows_a_moment_of_overlap(server: ServerUnderTest) -> bool:
    first = tokens(server)["refresh_token"]
    return [server.refresh(first).status for _ in range(2)] == [200, 200]


# ---- Servers: all other endpoints


def tokens(server: ServerUnderTest, **more: Any) -> dict[str, Any]:
    return server.token(code=server.code(), code_verifier=VERIFIER, **more).json()


def id_token(answer: dict[str, Any]) -> dict[str, Any]:
    token = signed_tokens.read(str(answer.get("id_token")))
    assert token is not None
    return dict(token.claims)


def parameters(answer: Response) -> dict[str, str]:
    return dict(query_of(answer.location))


def gives_tokens_to_another_client(server: ServerUnderTest) -> bool:
    other = server.other_client_id
    return server.token(code=server.code(), code_verifier=VERIFIER, client_id=other).status == 200


def does_not_compare_the_redirect(server: ServerUnderTest) -> bool:
    asked = {"code_verifier": VERIFIER, "redirect_uri": "https://spa.example/other"}
    return server.token(code=server.code(), **asked).status == 200


def takes_an_old_code(server: ServerUnderTest) -> bool:
    code = server.code()
    server.wait(3600)
    return server.token(code=code, code_verifier=VERIFIER).status == 200


def takes_a_redirect_in_capitals(server: ServerUnderTest) -> bool:
    return bool(server.code(redirect_uri=server.redirect_uri.replace("callback", "CALLBACK")))


def takes_a_parameter_twice(server: ServerUnderTest) -> bool:
    return bool(server.code(scope=("openid", "openid")))


def does_not_ask_for_a_login(server: ServerUnderTest) -> bool:
    server.remember()
    code = server.code(prompt="login")
    return bool(code) and "login" not in server.pages_shown


def shows_pages_when_told_not_to(server: ServerUnderTest) -> bool:
    server.remember(consent=False)
    server.authorize(prompt="none")
    return bool(server.pages_shown)


def takes_a_login_that_is_too_old(server: ServerUnderTest) -> bool:
    server.remember()
    code = server.code(max_age="60")
    return bool(code) and "login" not in server.pages_shown


def drops_the_nonce(server: ServerUnderTest) -> bool:
    answer = server.token(code=server.code(nonce="n-0S6"), code_verifier=VERIFIER).json()
    return id_token(answer).get("nonce") != "n-0S6"


def changes_the_state(server: ServerUnderTest) -> bool:
    return parameters(server.authorize(state="aB/c d"))["state"] != "aB/c d"


def promises_iss_and_sends_none(server: ServerUnderTest) -> bool:
    promised = server.metadata().get("authorization_response_iss_parameter_supported", False)
    return bool(promised) and parameters(server.authorize()).get("iss") != server.issuer


def writes_what_an_error_may_not_hold(server: ServerUnderTest) -> bool:
    told = parameters(server.authorize(response_type="token")).get("error_description", "")
    return PLAIN_TEXT.fullmatch(told) is None


def names_another_issuer(server: ServerUnderTest) -> bool:
    return server.metadata().get("issuer") != server.issuer


def lets_tokens_be_cached(server: ServerUnderTest) -> bool:
    answer = server.token(code=server.code(), code_verifier=VERIFIER)
    return "no-store" not in (answer.header("cache-control") or "")


def gives_more_scope(server: ServerUnderTest) -> bool:
    code = server.code(scope="openid offline_access")
    held = server.token(code=code, code_verifier=VERIFIER).json()["refresh_token"]
    answer = server.refresh(held, scope="openid offline_access read:messages")
    return answer.status == 200 and "read:messages" in answer.json().get("scope", "read:messages")


def refreshes_for_another_client(server: ServerUnderTest) -> bool:
    return server.refresh(tokens(server)["refresh_token"], client_id=server.other_client_id).status == 200


def does_not_rotate(server: ServerUnderTest) -> bool:
    held = tokens(server)["refresh_token"]
    answers = []
    for _ in range(2):
        server.wait(DAY)
        answers.append(server.refresh(held).status)
    return answers == [200, 200]


def revokes_nothing(server: ServerUnderTest) -> bool:
    held = tokens(server)["refresh_token"]
    return server.revoke(held).status == 200 and server.refresh(held).status == 200


def revokes_for_another_client(server: ServerUnderTest) -> bool:
    held = tokens(server)["refresh_token"]
    server.revoke(held, client_id=server.other_client_id)
    return server.refresh(held).status != 200


def binds(server: ServerUnderTest) -> bool:
    return "dpop_signing_alg_values_supported" in server.metadata()


def takes_a_proof(**claims: Any) -> Callable[[ServerUnderTest], bool]:
    """Whether the token endpoint takes a proof that is wrong in this."""

    def judge(server: ServerUnderTest) -> bool:
        proof = server.proof(TOKEN, **claims)
        return binds(server) and "access_token" in tokens(server, proof=proof)

    return judge


def takes_an_old_proof(server: ServerUnderTest) -> bool:
    return takes_a_proof(iat=server.now - 365 * DAY)(server)


def asserted(server: ServerUnderTest, assertion: str | None) -> bool:
    """Whether the client that has a key gets tokens for a code of its own, with this assertion."""
    type_ = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" if assertion else None
    code = server.code(client_id=server.key_client_id)
    answer = server.token(
        client_id=None if assertion else server.key_client_id,
        code=code,
        code_verifier=VERIFIER,
        client_assertion=assertion,
        client_assertion_type=type_,
    )
    return answer.status == 200


def takes_an_assertion(**claims: Any) -> Callable[[ServerUnderTest], bool]:
    """Whether the token endpoint takes an assertion that is wrong in this; it has to take the right one."""

    def judge(server: ServerUnderTest) -> bool:
        return asserted(server, server.assertion()) and asserted(server, server.assertion(**claims))

    return judge


def takes_an_assertion_again(server: ServerUnderTest) -> bool:
    once = server.assertion()
    return asserted(server, once) and asserted(server, once)


def wants_no_assertion(server: ServerUnderTest) -> bool:
    return asserted(server, None)


def takes_another_key(server: ServerUnderTest) -> bool:
    if not binds(server):
        return False
    code = server.code(dpop_jkt=server.thumbprint("mine"))
    proof = server.proof(TOKEN, key="other")
    return server.token(code=code, code_verifier=VERIFIER, proof=proof).status == 200


def revokes_no_access_token(server: ServerUnderTest) -> bool:
    """A server need not revoke access tokens, but then it has to say so (RFC 7009 sections 2 and 2.2.1)."""
    held = tokens(server)["access_token"]
    return server.revoke(held).status == 200 and server.userinfo(held).status == 200


def bound_token(server: ServerUnderTest) -> str:
    answer = tokens(server, proof=server.proof(TOKEN)) if binds(server) else {}
    return str(answer["access_token"]) if answer.get("token_type") == "DPoP" else ""


def shows_the_user_to_a_mere_bearer(server: ServerUnderTest) -> bool:
    token = bound_token(server)
    return bool(token) and server.userinfo(token).status == 200


def pushes(server: ServerUnderTest) -> bool:
    return binds(server) and "pushed_authorization_request_endpoint" in server.metadata()


def pushes_without_binding(server: ServerUnderTest) -> bool:
    if not pushes(server):
        return False
    code = server.push_and_get_code(proof=server.proof(PAR))
    return server.token(code=code, code_verifier=VERIFIER).status == 200


# ---- Apps


def takes_another_state(app: AppUnderTest) -> bool:
    """What else protects an app from CSRF is PKCE and the nonce (RFC 9700 section 2.1)."""
    asked = app.begin()
    return not _protected(asked) and app.receive(app.redirect_for(asked, state="other")) is not None


def takes_a_state_in_any_case(app: AppUnderTest) -> bool:
    asked = app.begin()
    state = dict(query_of(asked)).get("state", "")
    changed = state.swapcase()
    other = app.receive(app.redirect_for(asked, state=changed)) is not None
    if _protected(asked) or not other:
        return False
    asked = app.begin()
    return app.receive(app.redirect_for(asked, state="other")) is None


def _protected(asked: str) -> bool:
    return "code_challenge=" in asked or "nonce=" in asked


def sends_its_verifier(app: AppUnderTest) -> bool:
    return dict(query_of(app.begin())).get("code_challenge_method") == "plain"


def has_one_challenge_for_two(app: AppUnderTest) -> bool:
    first, second = (dict(query_of(app.begin())).get("code_challenge") for _ in range(2))
    return first is not None and first == second


def takes_another_issuer(app: AppUnderTest) -> bool:
    """An app with one server cannot take it for another (RFC 9700 section 4.4)."""
    asked = app.begin()
    return len(app.issuers) > 1 and app.receive(app.redirect_for(asked, iss=app.issuers[1])) is not None


def takes_id_token(**claims: Any) -> Callable[[AppUnderTest], bool]:
    """Whether the app keeps tokens with an ID token that is wrong in this."""

    def judge(app: AppUnderTest) -> bool:
        asked = app.begin()
        app.receive(app.redirect_for(asked))
        matters = "openid" in asked and ("nonce" not in claims or "nonce=" in asked)
        return matters and app.accepts(app.tokens_for(asked, **claims))

    return judge


def takes_another_user(app: AppUnderTest) -> bool:
    asked = app.begin()
    app.receive(app.redirect_for(asked))
    if "openid" not in asked or not app.accepts(app.tokens_for(asked)) or app.refresh() is None:
        return False
    return app.accepts_refreshed(app.refreshed_tokens(sub="user-bob"))


def believes(**members: Any) -> Callable[[AppUnderTest], bool]:
    return lambda app: app.discover(app.metadata_for(**members))


# ---- APIs


def takes(token: Callable[[ApiUnderTest], str]) -> Callable[[ApiUnderTest], bool]:
    return lambda api: api.call(token(api)).status == 200


def has_no_patience_with_keys(api: ApiUnderTest) -> bool:
    (own,) = api.keys()["keys"]
    other = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": own["kid"]}
    api.learn_keys(other, own)
    return api.call(api.token()).status != 200


def takes_a_bound_token_as_bearer(api: ApiUnderTest) -> bool:
    return api.call(api.token(bound_to="mine")).status == 200


def takes_proof_of_another_key(api: ApiUnderTest) -> bool:
    token = api.token(bound_to="mine")
    return api.call(token, proof=api.proof(token, key="other")).status == 200


def takes_proof_for_another_token(api: ApiUnderTest) -> bool:
    token = api.token(bound_to="mine")
    return api.call(token, proof=api.proof(api.token(jti="other", bound_to="mine"))).status == 200


def refuses_another_spelling_of_the_address(api: ApiUnderTest) -> bool:
    token = api.token(bound_to="mine")
    host, _, path = api.address.removeprefix("https://").partition("/")
    spelt = f"HTTPS://{host.upper()}:443/{path}"
    good = api.call(token, proof=api.proof(token)).status == 200
    return good and api.call(token, proof=api.proof(token, htu=spelt)).status != 200


def refuses_two_spaces(api: ApiUnderTest) -> bool:
    return api.call(api.token(), scheme="Bearer ").status != 200


def refuses_a_small_scheme(api: ApiUnderTest) -> bool:
    return api.call(api.token(), scheme="bearer").status != 200


def refuses_without_a_challenge(api: ApiUnderTest) -> bool:
    answer = api.call(api.token(exp=1))
    return answer.status == 401 and answer.header("www-authenticate") is None


# Suite, defect, and a judge that looks for it and for nothing else.
DETECTORS: list[tuple[str, str, Callable[[Any], bool]]] = [
    ("servers", "missing-verifier", takes_no_verifier),
    ("servers", "length-only", takes_any_verifier),
    ("servers", "downgrade", takes_a_verifier_without_challenge),
    ("servers", "defaults-to-plain", takes_plain_and_does_not_say_so),
    ("servers", "code-reusable", takes_a_code_twice),
    ("servers", "prefix-match", sends_codes_elsewhere),
    ("servers", "family-lives-on", leaves_a_family_alone),
    ("servers", "redirect-307", repeats_forms),
    ("endpoints", "code-for-anybody", gives_tokens_to_another_client),
    ("endpoints", "redirect-not-compared", does_not_compare_the_redirect),
    ("endpoints", "code-never-expires", takes_an_old_code),
    ("endpoints", "redirect-any-case", takes_a_redirect_in_capitals),
    ("endpoints", "first-of-two", takes_a_parameter_twice),
    ("endpoints", "prompt-dropped", does_not_ask_for_a_login),
    ("endpoints", "asks-all-the-same", shows_pages_when_told_not_to),
    ("endpoints", "max-age-dropped", takes_a_login_that_is_too_old),
    ("endpoints", "nonce-dropped", drops_the_nonce),
    ("endpoints", "state-trimmed", changes_the_state),
    ("endpoints", "iss-promised", promises_iss_and_sends_none),
    ("endpoints", "quotes-in-errors", writes_what_an_error_may_not_hold),
    ("endpoints", "other-issuer", names_another_issuer),
    ("endpoints", "tokens-in-a-cache", lets_tokens_be_cached),
    ("endpoints", "more-than-before", gives_more_scope),
    ("endpoints", "refresh-for-anybody", refreshes_for_another_client),
    ("endpoints", "not-rotated", does_not_rotate),
    ("endpoints", "revokes-nothing", revokes_nothing),
    ("endpoints", "anybody-revokes", revokes_for_another_client),
    ("endpoints", "any-method-proved", takes_a_proof(htm="GET")),
    ("endpoints", "old-proofs", takes_an_old_proof),
    ("endpoints", "another-key", takes_another_key),
    ("endpoints", "assertion-for-others", takes_an_assertion(aud="https://as.attacker.example")),
    ("endpoints", "assertion-again", takes_an_assertion_again),
    ("endpoints", "any-signer", takes_an_assertion(key="other")),
    ("endpoints", "key-not-asked-for", wants_no_assertion),
    ("endpoints", "access-token-lives-on", revokes_no_access_token),
    ("endpoints", "userinfo-for-bearers", shows_the_user_to_a_mere_bearer),
    ("endpoints", "pushed-and-not-bound", pushes_without_binding),
    ("apps", "state-ignored", takes_another_state),
    ("apps", "state-any-case", takes_a_state_in_any_case),
    ("apps", "plain", sends_its_verifier),
    ("apps", "one-challenge", has_one_challenge_for_two),
    ("apps", "nonce-ignored", takes_id_token(nonce="other")),
    ("apps", "issuer-ignored", takes_another_issuer),
    ("apps", "audience-ignored", takes_id_token(aud="another-app")),
    ("apps", "anybodys-id-token", takes_id_token(iss="https://other.example")),
    ("apps", "expired-id-token", takes_id_token(exp=1)),
    ("apps", "another-user", takes_another_user),
    ("apps", "any-metadata", believes(issuer="https://other.example")),
    ("apps", "metadata-without-tls", believes(token_endpoint="http://as.example/oauth/token")),
    ("APIs", "audience-ignored", takes(lambda api: api.token(aud="https://other.example"))),
    ("APIs", "type-ignored", takes(lambda api: api.token("JWT"))),
    ("APIs", "issuer-ignored", takes(lambda api: api.token(iss="https://other.example"))),
    ("APIs", "signature-ignored", takes(lambda api: api.forged_token())),
    ("APIs", "alg-none", takes(lambda api: api.unsigned_token())),
    ("APIs", "public-key-as-secret", takes(lambda api: api.token_with_public_key())),
    ("APIs", "one-key-for-two", takes(lambda api: api.token_with_ps256())),
    ("APIs", "for-ever", takes(lambda api: api.token(exp=1))),
    ("APIs", "no-end-in-sight", takes(lambda api: api.token(exp=float("inf")))),
    ("APIs", "too-early", takes(lambda api: api.token(nbf=LAST_SECOND))),
    ("APIs", "scope-ignored", takes(lambda api: api.token(scope="openid"))),
    ("APIs", "first-key", has_no_patience_with_keys),
    ("APIs", "mere-bearer", takes_a_bound_token_as_bearer),
    ("APIs", "any-key", takes_proof_of_another_key),
    ("APIs", "proof-for-another", takes_proof_for_another_token),
    ("APIs", "address-as-written", refuses_another_spelling_of_the_address),
    ("APIs", "one-space", refuses_two_spaces),
    ("APIs", "scheme-as-written", refuses_a_small_scheme),
    ("APIs", "says-nothing", refuses_without_a_challenge),
]
# Systems that break no clause in force, and what one can find there all the same.
ADVISED: list[tuple[str, Callable[[Any], bool]]] = [
    ("code-burning", burns_a_code),
    ("revokes-for-nothing", revokes_for_nothing),
    ("patient", allows_a_moment_of_overlap),
]
