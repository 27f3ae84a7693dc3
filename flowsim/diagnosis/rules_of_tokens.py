"""What a refused token says of its cause: who made it, for whom, when, with which key, and what its reader knew."""

from collections.abc import Mapping

from flowsim.checks.jwt_rules import number
from flowsim.checks.token_response import LEEWAY
from flowsim.diagnosis.clues import Clues, Rule, Suspicion
from flowsim.diagnosis.rules_of_codes import issuers
from flowsim.diagnosis.times import lasted, seconds_in, skew
from flowsim.model.check import NOTHING
from flowsim.model.states import Act
from flowsim.model.steps import API, CLIENT, SERVER
from flowsim.protocol import signed_tokens
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
        what = f"{lasted(abs(off.seconds))} {off.way}"
        seen = f"the clock of the {_NAMES[off.whose]} is {what}: it says second {_said(off.whose, token, read)}"
        return Suspicion(f"{off.whose}-clock-{off.way}", seen)
    expires, issued = _claim(token, "exp"), _claim(token, "iat")
    if expires is not None and issued is not None and now >= expires:
        age, life = lasted(now - issued), lasted(expires - issued)
        return Suspicion("access-token-expired", f"the token was {age} old and was good for {life}")
    return Suspicion("token-times-wrong", f"the check wants {clues.expected}, and the token has {clues.received}")


_NAMES = {"app": "app", "server": "authorization server", "api": "API"}


def _said(whose: str, token: Token | None, read: int | None) -> int | None:
    return _claim(token, "iat") if whose == "server" else read


def _time_of_reader(clues: Clues) -> int | None:
    """What time the reader of the token takes it for, as its findings say."""
    found = clues.check("issued_recently")
    if found is not None:
        return seconds_in(found.expected)
    found = clues.check("not_expired")
    second = seconds_in(found.expected) if found else None
    return second + (LEEWAY if _reader(clues) == CLIENT else 0) if second is not None else None


def issuer(clues: Clues) -> Suspicion:
    what = "the access token's iss" if _reader(clues) == API else "the ID token's iss"
    return issuers(clues.expected, clues.received, what)


def metadata_issuer(clues: Clues) -> Suspicion:
    return issuers(clues.expected, clues.received, "the issuer in the metadata")


def audience(clues: Clues) -> Suspicion:
    """The audience of the token beside the name that its reader has."""
    token = _token(clues)
    named = token.claims.get("aud") if token else clues.received
    if isinstance(named, list):
        reader = _NAMES[_WHOSE[_reader(clues)]]
        seen = f"aud is a list of {len(named)}: {', '.join(map(str, named))}; the {reader} takes {clues.expected}"
        return Suspicion("aud-list", seen)
    if _reader(clues) == API:
        asked = clues.asked("resource", "victim")
        told = f"the app asked for {asked}" if asked else "the app named no resource"
        return Suspicion("audience-wrong", f"the token is for {named}, this API is {clues.expected}, and {told}")
    return Suspicion("id-token-audience", f"the ID token is for {named}, and the app is {clues.expected}")


def algorithm(clues: Clues) -> Suspicion:
    return Suspicion(
        "algorithm-wrong", f"the token is signed with {clues.received}, and {clues.expected} was agreed on"
    )


def signature(clues: Clues) -> Suspicion:
    """The `kid` of the token beside the keys that its reader knows."""
    token = _token(clues)
    kid = str(token.header.get("kid")) if token else clues.received.removeprefix("kid ")
    known = clues.expected.removeprefix("a signature by key ").split(", ")
    if token is not None and "kid" not in token.header:
        return Suspicion("kid-missing", f"the token names no kid, and its reader has {len(known)} keys")
    if kid in known:
        return Suspicion("signature-wrong", f"the key {kid} is known, and the signature is not of it")
    changed = any(one.act is Act.ROTATE_KEYS for one in clues.events)
    listed = any(kid in str(body.get("keys")) for _, body in clues.documents("keys"))
    when = ", which the server has begun to sign with" if changed else ""
    where = ", though the server's JWKS lists it" if listed else ""
    return Suspicion(
        "kid-unknown", f"the token is signed with key {kid}{when}, and its reader knows {', '.join(known)}{where}"
    )


def nonce(clues: Clues) -> Suspicion:
    if clues.received == NOTHING:
        return Suspicion("nonce-missing", "the request had a nonce, and the ID token has none")
    other = next((one.event.run for one in clues.authorization_requests() if clues.received in str(one.message)), None)
    if other and other != clues.run:
        return Suspicion("transaction-overwritten", f"the nonce in the ID token is that of {other}")
    seen = (
        f"the nonce in the ID token is {clues.received}, and the app had sent {clues.asked('nonce') or clues.expected}"
    )
    return Suspicion("nonce-changed", seen)


def id_token_missing(clues: Clues) -> Suspicion:
    answer = clues.token_answer()
    text = answer[1].get("id_token") if answer else None
    if text is None:
        scope = answer[1].get("scope") if answer else None
        without = isinstance(scope, str) and "openid" not in scope.split(" ")
        seen = f"the scope granted is {scope}, without openid" if without else "the token response has no id_token"
        return Suspicion("id-token-missing", seen)
    return Suspicion("id-token-malformed", "the id_token cannot be read as a signed JWT")


def token_hash(clues: Clues) -> Suspicion:
    return Suspicion(
        "at-hash-wrong", f"at_hash is {clues.received}, and the access token beside it has {clues.expected}"
    )


def token_answer(clues: Clues) -> Suspicion:
    return Suspicion(
        "token-response-malformed", f"the token response has {clues.received}, where {clues.expected} is due"
    )


def token_type(clues: Clues) -> Suspicion:
    if clues.received.lower() == "bearer":
        return Suspicion("token-not-bound", "the app sent a proof, and the server answered with a mere Bearer token")
    return Suspicion("token-type-unknown", f"token_type is {clues.received}, and the app knows {clues.expected}")


def malformed(cause: str, what: str) -> Rule:
    """A token or document that lacks something, or has something else there."""

    def found(clues: Clues) -> Suspicion:
        return Suspicion(cause, f"{what}: {clues.received}, where {clues.expected} is due")

    return found


# ---- At the API


def what_was_shown(clues: Clues) -> Suspicion:
    """No access token was shown, but another kind of thing."""
    shown, id_token = clues.shown_token(), clues.id_token()
    if shown and id_token and shown == id_token.text:
        return Suspicion("id-token-for-access-token", "the API was shown the ID token")
    read = signed_tokens.read(shown) if shown else None
    if read and read.claims.get("nonce") is not None:
        return Suspicion("id-token-for-access-token", "the API was shown a token with a nonce, which is an ID token")
    return Suspicion("access-token-malformed", f"the API was shown {clues.received}, where {clues.expected} is due")


def nothing_shown(clues: Clues) -> Suspicion:
    asked = clues.refused_request
    if asked is not None and any(name == "access_token" for name, _ in asked.query):
        return Suspicion("token-in-address", "the token stands in the address, where this API does not look")
    return Suspicion("token-not-shown", "the request to the API has no Authorization header with a token")


def header(clues: Clues) -> Suspicion:
    return Suspicion(
        "header-malformed", f"the Authorization header is {clues.received[:40]}, where {clues.expected} is due"
    )


def scope(clues: Clues) -> Suspicion:
    """What the API wants beside what was asked for and what was granted."""
    wanted, granted = clues.expected, clues.received
    asked = clues.asked("scope", "victim") or ""
    what = (
        "asked for it, and the server did not grant it"
        if wanted in asked.split(" ")
        else f"asked for {asked or 'none'}"
    )
    return Suspicion("scope-not-granted", f"the API wants {wanted}, the token has {granted}, and the app {what}")


def token_dead(clues: Clues) -> Suspicion:
    return Suspicion("access-token-expired", f"the server says that the token is {clues.received}")


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
    asked = clues.refused_request
    where = f" at {asked.url}" if asked else ""
    return Suspicion("metadata-elsewhere", f"the server answered {clues.received}{where}")


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
    "id_token.authorized_party": malformed("id-token-audience", "azp is"),
    "id_token.key_not_shared": algorithm,
    "id_token.subject": malformed("id-token-malformed", "sub is"),
    "refreshed.id_token_readable": id_token_missing,
    "refreshed.subject": malformed("refreshed-id-token-differs", "sub is"),
    "refreshed.login": malformed("refreshed-id-token-differs", "the login in it is"),
    "api.one_method": header,
    "api.token_present": nothing_shown,
    "api.header_well_formed": header,
    "api.is_jwt": what_was_shown,
    "api.token_type": what_was_shown,
    "api.subject": malformed("access-token-malformed", "sub is"),
    "api.confirmation": malformed("access-token-malformed", "cnf is"),
    "api.scope": scope,
    "userinfo.one_method": header,
    "userinfo.token_present": nothing_shown,
    "userinfo.header_well_formed": header,
    "userinfo.token_issued": what_was_shown,
    "userinfo.token_alive": token_dead,
    "userinfo.scope": scope,
}
