"""The seams of an app: what it draws, what it asks for, what it remembers, what it sends, how it reads what it gets."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import quote, unquote_plus

from frozendict import frozendict

from flowsim.actors.mistakes import changes
from flowsim.actors.mistakes.changes import changed, of_grant, shown_as, with_, with_credentials, without
from flowsim.actors.mistakes.seam import Parameters, as_json, in_the_form, made
from flowsim.model.clients import Profile
from flowsim.model.context import Context
from flowsim.model.mistakes import ANOTHER_CLIENT_ID, ANOTHER_ISSUER, SKEWS
from flowsim.model.world import Client, TokenSet, Transaction, evolve
from flowsim.protocol import client_id_documents, pkce
from flowsim.protocol.addresses import LOCALHOST, origin_of, split
from flowsim.protocol.messages import Request, single

Document = frozendict[str, Any]
SHORT = 32  # characters of a verifier that is too short
_REPEATED = "the-same-each-time"


class Proven(NamedTuple):
    """What a DPoP proof says: the method, the address, the token if one goes with it, and the `jti` of the proof."""

    method: str
    url: str
    token: str | None
    jti: str


class Asserted(NamedTuple):
    """What a client assertion says: for whom it is, and its `jti`."""

    audience: str
    jti: str


# ---- Before the app sends anything


def told(names: frozenset[str], metadata: Document) -> Document:
    """What the app was told of its server when it was set up: all of the metadata, or no more than the issuer."""
    for name, change in WHAT_IT_WAS_TOLD.items():
        metadata = change(metadata) if name in names else metadata
    return metadata


def known_as(names: frozenset[str], profile: Profile) -> Profile:
    """The app as it knows itself: under the client_id that it was told when it was set up, at the address it listens at."""
    if not names:
        return profile
    for name, told in THE_CLIENT_ID.items():
        profile = replace(profile, client_id=told) if name in names else profile
    # Where somebody has registered an app beforehand, that stands in the registration, and not with the app.
    tells = not profile.client_id or client_id_documents.is_address(profile.client_id)
    for name, host in WHERE_IT_LISTENS.items():
        at = profile.redirect_uri.replace("127.0.0.1", host, 1)
        profile = replace(profile, redirect_uri=at) if tells and name in names else profile
    return profile


def now(client: Client, context: Context) -> int:
    """The time by the clock of the app, in seconds since 1970."""
    return context.now + sum(SKEWS.get(name, 0) for name in client.mistakes)


def verifier(client: Client, drawn: str) -> str:
    """The code_verifier as the app makes it; `drawn` is a good one."""
    for change in made(client, THE_VERIFIER):
        drawn = change(drawn)
    return drawn


def challenge(client: Client, verifier: str, method: pkce.Method) -> str:
    """The code_challenge of this verifier as the app computes it (RFC 7636 section 4.2)."""
    if method == "S256":
        for computed in made(client, THE_CHALLENGE):
            return computed(verifier)
    return pkce.challenge_for(verifier, method)


def redirect_uri(client: Client, right: str) -> str:
    """The redirect_uri that the app was told to use; `right` is the one that is registered."""
    for change in made(client, THE_REDIRECT_URI):
        right = change(right)
    return right


def parameters(client: Client, params: Parameters) -> Parameters:
    """The parameters of the authorization request, as the app sends them."""
    for change in made(client, THE_REQUEST):
        params = change(params)
    return params


def names_the_api(client: Client) -> bool:
    """False for an app that does not say which API it wants to call."""
    return not made(client, APIS_NOT_NAMED)


def at_logout(client: Client, params: Parameters) -> Parameters:
    """The parameters of a logout request, as the app sends them."""
    for change in made(client, THE_LOGOUT):
        params = change(params)
    return params


def begins_twice(client: Client) -> bool:
    """True where the app prepares a login twice, opens the address of the first and keeps what belongs to the second."""
    return bool(made(client, LOGINS_BEGUN_TWICE))


# ---- What the app remembers, and how it reads


def remembered(client: Client, login: Transaction, context: Context) -> Transaction | None:
    """What the app still knows of this login when the answer comes; None where it knows nothing."""
    kept: Transaction | None = login
    for change in made(client, WHAT_IT_REMEMBERS):
        kept = change(kept, context) if kept is not None else None
    return kept


def kept(client: Client, before: TokenSet | None, tokens: TokenSet, answer: Mapping[str, Any]) -> TokenSet:
    """What the app keeps of an answer with tokens; `before` is what it held until then, if anything."""
    for change in made(client, WHAT_IT_KEEPS):
        tokens = change(before, tokens, answer)
    return tokens


def key_of(client: Client, held: TokenSet, context: Context) -> bytes | None:
    """The key that the app signs with for these tokens: that of the login, or one that it has made since."""
    lost = held.dpop_key is not None and made(client, KEYS_MADE_ANEW)
    return context.random_bytes("dpop_key") if lost else held.dpop_key


def asks_for_keys(client: Client) -> bool:
    """False for an app that keeps the keys it has, whatever key a token names."""
    return not made(client, KEYS_KEPT_TOO_LONG)


def code_of(client: Client, url: str, code: str) -> str:
    """The code of this redirect as the app reads it; `code` is what it is."""
    for change in made(client, THE_CODE):
        code = change(url, code)
    return code


def reads(client: Client, how: str) -> bool:
    """True where the app compares what an answer with tokens says in this way, named as in checks/token_response.py."""
    return how in made(client, THE_COMPARISON)


# ---- What the app sends


def leaving(client: Client, asked: Request) -> Request:
    """A request of the app's program or page as it leaves: to the server, or to an API."""
    for change in made(client, WHAT_LEAVES):
        asked = change(asked)
    return asked


def token_shown(client: Client, held: TokenSet) -> str:
    """The token that the app shows to an API."""
    return next((change(held) for change in made(client, THE_TOKEN_SHOWN)), held.access_token)


def proven(client: Client, right: Proven) -> Proven:
    """What the app puts into a DPoP proof; `right` is what belongs there (RFC 9449 section 4.2)."""
    for change in made(client, THE_PROOF):
        right = change(right)
    return right


def asserted(client: Client, right: Asserted) -> Asserted:
    """What the app puts into an assertion; `right` is what belongs there (RFC 7523 section 3)."""
    for change in made(client, THE_ASSERTION):
        right = change(right)
    return right


def sends_twice(client: Client, asked: Request) -> bool:
    """True where the app sends this request once more before it has used the answer, and goes by the second answer."""
    return single(asked.form, "grant_type") in made(client, SENT_TWICE)


def hears_of_nonces(client: Client) -> bool:
    """False for an app that takes the wish for a nonce in its proof for a refusal."""
    return not made(client, NONCES_UNHEARD)


# ---- What the mistakes do there


def _fresh_verifier(login: Transaction, context: Context) -> Transaction:
    if login.code_verifier is None:
        return login
    return evolve(login, code_verifier=pkce.verifier_from(context.random_bytes("code_verifier")))


def _fresh_nonce(login: Transaction, context: Context) -> Transaction:
    return login if login.nonce is None else evolve(login, nonce=context.random_token("nonce", 16))


def _first_refresh_token(before: TokenSet | None, tokens: TokenSet, answer: Mapping[str, Any]) -> TokenSet:
    return tokens if before is None else evolve(tokens, refresh_token=before.refresh_token)


def _only_a_new_refresh_token(before: TokenSet | None, tokens: TokenSet, answer: Mapping[str, Any]) -> TokenSet:
    return tokens if "refresh_token" in answer else evolve(tokens, refresh_token=None)


def _as_it_stands(url: str, code: str) -> str:
    """The code as the address has it, its percent signs not decoded."""
    parts = (part.partition("=") for part in (split(url).query or "").split("&"))
    return next((value for name, _, value in parts if name == "code"), code)


WHAT_IT_WAS_TOLD: Mapping[str, Callable[[Document], Document]] = {
    "issuer-with-slash": lambda told: told.set("issuer", f"{told['issuer']}/"),
    "issuer-of-another-environment": lambda told: told.set("issuer", ANOTHER_ISSUER),
}
THE_CLIENT_ID: Mapping[str, str] = {"client-id-of-another-environment": ANOTHER_CLIENT_ID}
WHERE_IT_LISTENS: Mapping[str, str] = {"localhost-without-a-port": LOCALHOST}
THE_VERIFIER: Mapping[str, Callable[[str], str]] = {
    "verifier-too-short": lambda drawn: drawn[:SHORT],
    "verifier-in-standard-base64": lambda drawn: f"{drawn.replace('-', '+').replace('_', '/')}=",
}
THE_CHALLENGE: Mapping[str, Callable[[str], str]] = {
    "challenge-padded": lambda verifier: f"{pkce.challenge_for(verifier, 'S256')}=",
    "challenge-in-standard-base64": lambda verifier: changes.base64(changes.sha256(verifier)),
    "challenge-of-the-hex-digest": lambda verifier: pkce.base64url(changes.sha256(verifier).hex().encode()),
}
THE_REDIRECT_URI: Mapping[str, Callable[[str], str]] = {
    "redirect-uri-with-slash": lambda uri: f"{uri}/",
    "redirect-uri-in-other-case": changes.in_other_case,
    "redirect-uri-with-port": changes.with_default_port,
    "redirect-uri-over-http": lambda uri: uri.replace("https:", "http:", 1),
    "redirect-uri-encoded-twice": lambda uri: quote(uri, safe=""),
    "localhost-for-loopback": lambda uri: uri.replace("127.0.0.1", "localhost", 1),
    "ipv6-for-loopback": lambda uri: uri.replace("127.0.0.1", "[::1]", 1),
}
THE_REQUEST: Mapping[str, Callable[[Parameters], Parameters]] = {
    "method-in-lower-case": changed("code_challenge_method", str.lower),
    "method-left-out": without("code_challenge_method"),
    "nonce-left-out": without("nonce"),
    "state-left-out": without("state"),
    "scope-with-commas": changed("scope", lambda scope: scope.replace(" ", ",")),
    "api-scope-left-out": changed("scope", changes.without_data),
    "openid-left-out": changed("scope", changes.without_words("openid")),
    "offline-access-left-out": changed("scope", changes.without_words("offline_access")),
    "response-type-token": with_(response_type="token"),
    "answer-in-the-fragment": with_(response_mode="fragment"),
    "silent-login-first": with_(prompt="none"),
}
THE_LOGOUT: Mapping[str, Callable[[Parameters], Parameters]] = {
    "logout-hint-left-out": without("id_token_hint"),
    "signed-out-address-with-slash": changed("post_logout_redirect_uri", lambda uri: f"{uri}/"),
}
WHAT_IT_REMEMBERS: Mapping[str, Callable[[Transaction, Context], Transaction | None]] = {
    "login-forgotten": lambda login, context: None,
    "state-not-kept": lambda login, context: evolve(login, state=None),
    "verifier-of-another-login": _fresh_verifier,
    "nonce-of-another-login": _fresh_nonce,
}
WHAT_IT_KEEPS: Mapping[str, Callable[[TokenSet | None, TokenSet, Mapping[str, Any]], TokenSet]] = {
    "new-refresh-token-not-kept": _first_refresh_token,
    "refresh-token-overwritten-with-nothing": _only_a_new_refresh_token,
}
THE_COMPARISON: Mapping[str, str] = {
    "audience-compared-as-text": "audience_as_text",
    "token-type-compared-by-letter": "type_by_letter",
}
THE_CODE: Mapping[str, Callable[[str, str], str]] = {
    "code-decoded-twice": lambda url, code: unquote_plus(code),
    "code-not-decoded": _as_it_stands,
}
WHAT_LEAVES: Mapping[str, Callable[[Request], Request]] = {
    "discovery-at-another-path": changes.at_another_path,
    "verifier-left-out": in_the_form(without("code_verifier")),
    "client-id-left-out": of_grant(in_the_form(without("client_id"))),
    "grant-type-misspelled": of_grant(in_the_form(with_(grant_type="authorization-code")), "authorization_code"),
    "other-redirect-uri-for-the-code": of_grant(in_the_form(changed("redirect_uri", lambda uri: f"{uri}/"))),
    "redirect-uri-left-out-for-the-code": of_grant(in_the_form(without("redirect_uri"))),
    "code-parameter-sent-twice": of_grant(changes.twice("code"), "authorization_code"),
    "refresh-for-more-scope": of_grant(in_the_form(with_(scope="write:messages")), "refresh_token"),
    "basic-not-form-encoded": with_credentials(changes.basic),
    "secret-with-line-end": with_credentials(lambda name, secret: changes.form_basic(name, f"{secret}\n")),
    "secret-sent-twice": with_credentials(changes.basic, in_form=True),
    "secret-in-the-form": with_credentials(lambda name, secret: None, in_form=True),
    "secret-left-out": changes.as_public_client,
    "token-request-as-json": of_grant(as_json),
    "token-request-without-content-type": of_grant(changes.without_content_type),
    "token-request-by-get": of_grant(changes.by_get),
    "scheme-left-out": shown_as(lambda scheme, token: token),
    "bound-token-as-bearer": shown_as(lambda scheme, token: f"Bearer {token}"),
    "token-in-quotes": shown_as(lambda scheme, token: f'{scheme} "{token}"'),
    "token-in-the-address": changes.token_in_address,
}
THE_TOKEN_SHOWN: Mapping[str, Callable[[TokenSet], str]] = {
    "id-token-for-access-token": lambda held: held.id_token or held.access_token,
}
THE_PROOF: Mapping[str, Callable[[Proven], Proven]] = {
    "proof-method-in-lower-case": lambda right: right._replace(method=right.method.lower()),
    "proof-address-without-path": lambda right: right._replace(url=origin_of(right.url)),
    "proof-without-token-hash": lambda right: right._replace(token=None),
    "proof-id-repeated": lambda right: right._replace(jti=_REPEATED),
}
THE_ASSERTION: Mapping[str, Callable[[Asserted], Asserted]] = {
    "assertion-audience-with-slash": lambda right: right._replace(audience=f"{right.audience}/"),
    "assertion-id-repeated": lambda right: right._replace(jti=_REPEATED),
}
APIS_NOT_NAMED: Mapping[str, bool] = {"resource-left-out": True}
LOGINS_BEGUN_TWICE: Mapping[str, bool] = {"login-begun-twice": True}
KEYS_MADE_ANEW: Mapping[str, bool] = {"dpop-key-made-anew": True}
KEYS_KEPT_TOO_LONG: Mapping[str, bool] = {"keys-kept-too-long": True}
NONCES_UNHEARD: Mapping[str, bool] = {"dpop-nonce-unheard": True}
SENT_TWICE: Mapping[str, str] = {"code-sent-twice": "authorization_code", "refresh-sent-twice": "refresh_token"}
CLOCKS: Mapping[str, int] = {name: SKEWS[name] for name in ("clock-of-the-app-ahead", "clock-of-the-app-behind")}
TABLES: tuple[Mapping[str, Any], ...] = (
    WHAT_IT_WAS_TOLD,
    THE_CLIENT_ID,
    WHERE_IT_LISTENS,
    CLOCKS,
    THE_VERIFIER,
    THE_CHALLENGE,
    THE_REDIRECT_URI,
    THE_REQUEST,
    APIS_NOT_NAMED,
    THE_LOGOUT,
    LOGINS_BEGUN_TWICE,
    WHAT_IT_REMEMBERS,
    WHAT_IT_KEEPS,
    THE_COMPARISON,
    THE_CODE,
    KEYS_MADE_ANEW,
    KEYS_KEPT_TOO_LONG,
    NONCES_UNHEARD,
    WHAT_LEAVES,
    SENT_TWICE,
    THE_TOKEN_SHOWN,
    THE_PROOF,
    THE_ASSERTION,
)
