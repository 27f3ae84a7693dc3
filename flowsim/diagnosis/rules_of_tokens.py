"""What a refused token says of its cause: who made it, for whom, when, with which key, and what its reader knew."""

import re
from collections.abc import Mapping

from flowsim.checks.jwt_rules import number
from flowsim.checks.token_response import LEEWAY
from flowsim.diagnosis.clues import Clues, Rule, Suspicion, parameters
from flowsim.diagnosis.compared import difference
from flowsim.diagnosis.rules_of_codes import issuers
from flowsim.diagnosis.times import lasted, seconds_in, skew
from flowsim.model.check import NOTHING
from flowsim.model.steps import API, CLIENT, SERVER
from flowsim.model.world import VICTIM
from flowsim.protocol import signed_tokens
from flowsim.protocol.addresses import host_of, origin_of
from flowsim.protocol.messages import Request, Response, single
from flowsim.protocol.signed_tokens import Token

_WHOSE = {CLIENT: "app", SERVER: "server", API: "api"}


def _token(clues: Clues) -> Token | None:
    """The token that the check is about: what the API was shown, or the ID token of the answer."""
    if clues.result and clues.result.check.id.startswith(("api.", "userinfo.")):
        text = clues.shown_token()
        return signed_tokens.read(text) if text else None
    return clues.id_token()


def _reader(clues: Clues) -> str:
    return clues.result.check.actor if clues.result else CLIENT


def _claim(token: Token | None, name: str) -> int | None:
    value = number(token.claims.get(name)) if token else None
    return int(value) if value is not None else None


def time(clues: Clues) -> Suspicion:
    """A token that is too old or too new by the clock of its reader: it has expired, or a clock is wrong."""
    token, reader, now = _token(clues), _reader(clues), clues.event.now
    made_in = clues.issued_at(token.text) if token else None
    read = _time_of_reader(clues)
    off = skew("server", _claim(token, "iat"), made_in.now if made_in else None, _WHOSE[reader], read, now)
    if off is not None:
        return Suspicion(off.cause, off.told)
    expires, issued = _claim(token, "exp"), _claim(token, "iat")
    if expires is not None and issued is not None and now >= expires:
        age, life = lasted(now - issued), lasted(expires - issued)
        return _expired(clues, f"the token was {age} old and was good for {life}")
    return Suspicion("token-times-wrong", f"the check wants {clues.expected}, and the token has {clues.received}")


def _expired(clues: Clues, seen: str) -> Suspicion:
    """Why nobody has got a new token in time: the app had no refresh token, had one no more, or did not use it."""
    answers = [body.get("refresh_token") for _, body in clues.documents("access_token")]
    if not any(answers) and "offline_access" not in (clues.asked("scope", VICTIM) or "").split(" "):
        return Suspicion("offline-access-left-out", f"{seen}, and the app had not asked for a refresh token")
    if any(answers) and not answers[0]:
        seen = f"{seen}, and the last answer had brought no new refresh token"
        return Suspicion("refresh-token-overwritten-with-nothing", seen)
    return Suspicion("access-token-expired", seen)


_NAMES = {"app": "app", "server": "authorization server", "api": "API"}


def _time_of_reader(clues: Clues) -> int | None:
    """What time the reader of the token takes it for, as its findings say."""
    found = clues.check("issued_recently")
    if found is not None:
        return seconds_in(found.expected)
    found = clues.check("not_expired")
    second = seconds_in(found.expected) if found else None
    return second + (LEEWAY if _reader(clues) == CLIENT else 0) if second is not None else None


def issuer(clues: Clues) -> Suspicion:
    return issuers(clues, "the access token's iss" if _reader(clues) == API else "the ID token's iss")


def metadata_issuer(clues: Clues) -> Suspicion:
    """The issuer in the metadata beside the one that was asked: a slash, or the address behind a proxy."""
    asked, named = clues.expected, clues.received
    seen = f"the app asked {asked}, and the metadata is that of {named}"
    if difference(asked, named) == "slash":
        seen = f"{seen}: they differ by the slash at the end"
        by_the_api = bool(clues.named_by_the_api())
        if asked.endswith("/"):
            return Suspicion("server-named-with-slash" if by_the_api else "issuer-with-slash", seen)
        # The name of a server is what the server says. It may be the others who have left the slash out.
        return Suspicion("issuer-with-slash-in-the-metadata", seen, "server-named-otherwise" if by_the_api else None)
    inner = not named.startswith("https:") or re.fullmatch(r"[0-9.]+|[^.]+", host_of(named)) is not None
    return Suspicion("metadata-by-inner-address" if inner else "issuer-of-another-environment", seen)


def audience(clues: Clues) -> Suspicion:
    """The audience of the token beside the name that its reader has."""
    token = _token(clues)
    named = token.claims.get("aud") if token else clues.received
    if _reader(clues) == API:
        return _audience_at_the_api(clues, named)
    if clues.expected.startswith(("the azp", "no azp")):
        return Suspicion("id-token-for-another-party", f"azp is {clues.received}, and {clues.expected} was expected")
    if isinstance(named, list) and clues.expected in named:
        seen = f"aud is a list with {', '.join(map(str, named))} in it, and the app wants {clues.expected}"
        return Suspicion("audience-compared-as-text", seen)
    return Suspicion("id-token-for-another-audience", f"the ID token is for {named}, and the app is {clues.expected}")


def _audience_at_the_api(clues: Clues, named: object) -> Suspicion:
    """The token's audience beside the API's own name, the address that was called, and the resource that was asked for."""
    called, resource = clues.refused_request, clues.asked("resource", VICTIM)
    seen = f"the token is for {named}, and the API goes by {clues.expected}"
    if named == clues.asked("client_id", VICTIM):
        return Suspicion("access-token-for-the-app", f"{seen}: what the token names is the app")
    if called is not None and origin_of(clues.expected) != called.origin:
        return Suspicion("api-expects-another-audience", f"{seen}, though the app called {called.origin}")
    if resource == clues.expected:
        return Suspicion("resource-ignored", f"{seen}, which is the resource that the app had named")
    if resource is None:
        return Suspicion("resource-left-out", f"{seen}, and the app had named no resource")
    return Suspicion("audience-wrong", f"{seen}, and the app had named {resource}")


def algorithm(clues: Clues) -> Suspicion:
    return Suspicion(
        "algorithm-wrong", f"the token is signed with {clues.received}, and {clues.expected} was agreed on"
    )


def signature(clues: Clues) -> Suspicion:
    """The `kid` of the token beside the keys that its reader knows, and when it has asked for them last."""
    token = _token(clues)
    kid = str(token.header.get("kid")) if token else clues.received.removeprefix("kid ")
    known = clues.expected.removeprefix("a signature by key ").split(", ")
    if token is not None and "kid" not in token.header:
        return Suspicion("kid-missing", f"the token names no kid, and its reader has {len(known)} keys")
    if kid in known:
        return Suspicion("signature-wrong", f"the key {kid} is known, and the signature is not of it")
    seen = f"the token is signed with key {kid}, and its reader knows {', '.join(known)}"
    made = clues.issued_at(token.text) if token else None
    fetched = [one.event.index for one, _ in clues.documents("keys") if one.receiver == _reader(clues)]
    if made is not None and any(number >= made.index for number in fetched):
        return Suspicion("new-key-not-published", f"{seen}, though it has asked for the keys since")
    return Suspicion("keys-kept-too-long-by-the-api" if _reader(clues) == API else "keys-kept-too-long", seen)


def nonce(clues: Clues) -> Suspicion:
    sent = clues.asked("nonce")
    if clues.received == NOTHING:
        if sent is None:
            return Suspicion("nonce-left-out", "the app waits for a nonce, and its request had none")
        return Suspicion("nonce-not-in-the-id-token", "the request had a nonce, and the ID token has none")
    if clues.received == sent:
        for one in clues.authorization_requests():
            if single(parameters(one.message), "nonce") == clues.expected and one.event.run != clues.run:
                seen = f"the app waits for the nonce of {one.event.run}"
                return Suspicion("transaction-overwritten", seen)
        seen = "the ID token has the nonce of the request, and the app waits for another"
        unsure = clues.asked("state") is None and clues.asked("code_challenge") is None
        return Suspicion("nonce-of-another-login", seen, "login-begun-twice" if unsure else None)
    return Suspicion("nonce-changed", f"the nonce in the ID token is {clues.received}, and the app had sent {sent}")


def id_token_missing(clues: Clues) -> Suspicion:
    answer = clues.token_answer()
    if answer is not None and answer[1].get("id_token") is not None:
        return Suspicion("id-token-malformed", "the id_token cannot be read as a signed JWT")
    scope = clues.asked("scope") or "no scope"
    if "openid" not in scope.split(" "):
        return Suspicion("openid-left-out", f"the app asked for {scope}, without openid, and waits for an ID token")
    return Suspicion("id-token-not-sent", "the token response has no id_token")


def token_hash(clues: Clues) -> Suspicion:
    return Suspicion(
        "at-hash-wrong", f"at_hash is {clues.received}, and the access token beside it has {clues.expected}"
    )


def token_answer(clues: Clues) -> Suspicion:
    if "expires_in '" in clues.received:
        return Suspicion("expires-in-as-text", f"the token response has {clues.received}")
    bodies = [one.message.body for one in clues.own if isinstance(one.message, Response)]
    if clues.received == NOTHING and any("access_token=" in body for body in bodies):
        return Suspicion("tokens-as-form", "the answer with the tokens is a form, where JSON is due")
    seen = f"the token response has {clues.received}, where {clues.expected} is due"
    errors = [one.message.json().get("error") for one in clues.own if isinstance(one.message, Response)]
    if clues.received == NOTHING and errors and isinstance(errors[-1], str):
        seen = f"{seen}; its status is 200, and it has the error {errors[-1]}"
    return Suspicion("token-response-malformed", seen)


def token_type(clues: Clues) -> Suspicion:
    named, wanted = clues.received, clues.expected
    if named.lower() == wanted.lower():
        return Suspicion("token-type-compared-by-letter", f"token_type is {named}, and the app wants {wanted}")
    if named == NOTHING:
        return Suspicion("token-type-not-sent", "the token response has no token_type")
    if named.lower() == "bearer":
        return Suspicion("token-not-bound", "the app sent a proof, and the server answered with a mere Bearer token")
    return Suspicion("token-type-unknown", f"token_type is {named}, and the app knows {wanted}")


def malformed(cause: str, what: str) -> Rule:
    """A token or document that lacks something, or has something else there."""

    def found(clues: Clues) -> Suspicion:
        return Suspicion(cause, f"{what}: {clues.received}, where {clues.expected} is due")

    return found


def login_too_old(clues: Clues) -> Suspicion:
    when, oldest = clues.received, seconds_in(clues.expected)
    if not when.isdigit() or oldest is None:
        return Suspicion("login-too-old", "the token does not say when the user logged in")
    return Suspicion(
        "login-too-old",
        f"the user logged in {lasted(max(0, clues.event.now - int(when)))} before, which is too long ago",
    )


def login_too_weak(clues: Clues) -> Suspicion:
    return Suspicion("login-too-weak", f"the user logged in by {clues.received}, and {clues.expected} is wanted")


def metadata_missing(clues: Clues) -> Suspicion:
    asked = clues.asked_last
    where = f" at {asked.url}" if asked else ""
    return Suspicion(metadata_cause(asked), f"the server answered {clues.received}{where}")


def metadata_cause(asked: Request | None) -> str:
    """Why there are no metadata at this address: it is misspelt, or it is right and they are elsewhere or nowhere."""
    name = asked.path.partition("/.well-known/")[2].partition("/")[0] if asked else ""
    return "discovery-at-another-path" if "_" in name else "metadata-elsewhere"


def _of_every_token(place: str) -> dict[str, Rule]:
    rules: dict[str, Rule] = {
        "issuer": issuer,
        "audience": audience,
        "algorithm": algorithm,
        "signature": signature,
        "not_expired": time,
        "not_before": time,
        "issued_recently": time,
        "nonce": nonce,
        "context_class": login_too_weak,
        "login_recent": login_too_old,
        "access_token_hash": token_hash,
        "access_token_present": token_answer,
        "members_readable": token_answer,
        "type_known": token_type,
    }
    return {f"{place}.{name}": rule for name, rule in rules.items()}


RULES: Mapping[str, Rule] = {
    "discovery.answered": metadata_missing,
    "discovery.issuer_same": metadata_issuer,
    "discovery.members_present": malformed("metadata-incomplete", "the metadata has"),
    "discovery.endpoints_https": malformed("metadata-incomplete", "the metadata has"),
    **_of_every_token("tokens"),
    **_of_every_token("id_token"),
    **_of_every_token("refreshed"),
    **_of_every_token("api"),
    "id_token.readable": id_token_missing,
    "id_token.authorized_party": malformed("id-token-for-another-party", "azp is"),
    "id_token.key_not_shared": algorithm,
    "id_token.subject": malformed("id-token-malformed", "sub is"),
    "refreshed.id_token_readable": id_token_missing,
    "refreshed.subject": malformed("refreshed-id-token-differs", "sub is"),
    "refreshed.login": malformed("refreshed-id-token-differs", "the login in it is"),
}
