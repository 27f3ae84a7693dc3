"""What a refused DPoP proof says of its cause: the request it was made for, its time, its key, and how often it came."""

from collections.abc import Mapping

from flowsim.diagnosis.clues import Clues, Rule, Suspicion
from flowsim.diagnosis.rules_of_clients import form
from flowsim.diagnosis.rules_of_codes import begun_since
from flowsim.diagnosis.times import lasted, seconds_in, skew
from flowsim.model.check import NOTHING
from flowsim.model.states import Act
from flowsim.model.steps import SERVER
from flowsim.protocol import signed_tokens
from flowsim.protocol.addresses import origin_of, same_page
from flowsim.protocol.messages import FORM, Request, content_type

_POSTED = (2, 8, 13)  # the steps at which a form is posted to the server


def missing(clues: Clues) -> Suspicion:
    if clues.received.startswith("0"):
        return Suspicion("proof-missing", "the request has no DPoP header, and a key is bound to what it brings")
    return Suspicion("proof-malformed", f"there are {clues.received}")


def malformed(clues: Clues) -> Suspicion:
    return Suspicion("proof-malformed", f"the proof has {clues.received[:60]}, where {clues.expected} is due")


def address(clues: Clues) -> Suspicion:
    """The address in the proof beside the one that the app called and the one that its receiver takes for its own."""
    asked, named = clues.refused_request, clues.received
    called = asked.url.partition("?")[0] if asked else ""
    seen = f"the proof was made for {named}, and its receiver takes {clues.expected} for its address"
    if called and same_page(called, named) and not same_page(called, clues.expected):
        return Suspicion("address-changed-by-the-proxy", f"{seen}; the app called {called}")
    if named.rstrip("/") == origin_of(clues.expected):
        return Suspicion("proof-address-without-path", seen)
    if any(isinstance(one.message, Request) and same_page(one.message.url, named) for one in clues.own[:-1]):
        return Suspicion("proof-for-another-request", f"{seen}; the app had called {named} before")
    return Suspicion("proof-for-another-request", seen)


def method(clues: Clues) -> Suspicion:
    asked = clues.refused_request
    if asked is not None and asked.method == "GET" and clues.event.act.step in _POSTED:
        return form(clues)
    seen = f"the proof was made for {clues.received}, and came with {clues.expected}"
    small = clues.received.upper() == clues.expected
    return Suspicion("proof-method-in-lower-case" if small else "proof-for-another-request", seen)


def recent(clues: Clues) -> Suspicion:
    made = int(clues.received) if clues.received.isdigit() else None
    reader = clues.result.check.actor if clues.result else SERVER
    read = seconds_in(clues.expected.rpartition("of ")[2])
    if made is None:
        return Suspicion("proof-malformed", f"the iat of the proof is {clues.received}")
    off = skew("app", made, clues.event.now, "server" if reader == SERVER else "api", read, clues.event.now)
    if off is None:
        return Suspicion("proof-sent-twice", f"the proof was made {lasted(abs(clues.event.now - made))} before it came")
    return Suspicion(off.cause, off.told)


def nonce(clues: Clues) -> Suspicion:
    asked = clues.refused_request
    if asked is not None and asked.method == "POST" and content_type(asked) != FORM and clues.event.act.step in _POSTED:
        return form(clues)
    if clues.received == NOTHING:
        return Suspicion("dpop-nonce-unheard", "the proof holds no nonce, though its receiver wants one")
    return Suspicion("dpop-nonce-unheard", "the proof holds a nonce that its receiver no longer takes")


def again(clues: Clues) -> Suspicion:
    """The same `jti` again: in the same proof, or in another one."""
    found = set()
    for one in clues.passed:
        text = one.message.header("dpop") if isinstance(one.message, Request) else None
        read = signed_tokens.read(text) if text else None
        if text and read is not None and str(read.claims.get("jti")) == clues.received:
            found.add(text)
    if len(found) > 1:
        return Suspicion("proof-id-repeated", f"another proof with the jti {clues.received} has come before")
    return Suspicion("proof-id-repeated", "the same proof has come before", "proof-sent-twice")


def token_hash(clues: Clues) -> Suspicion:
    if clues.received in ("None", NOTHING):
        return Suspicion("proof-without-token-hash", "the proof has no ath")
    return Suspicion("proof-without-token-hash", "the ath of the proof is not the hash of the token that came with it")


def key(clues: Clues) -> Suspicion:
    if clues.expected.startswith("a token that is bound"):
        return Suspicion("token-not-bound", "the token that came with the proof is bound to no key")
    if clues.event.act is Act.STEP_8:
        seen = f"the code is bound to key {clues.expected}, and the proof is of {clues.received}"
        if other := begun_since(clues):
            return Suspicion("transaction-overwritten", f"{seen}; {other} began in the same browser since")
        return Suspicion("login-begun-twice", seen, "dpop-key-made-anew")
    return Suspicion("dpop-key-made-anew", f"the proof is of key {clues.received}, and {clues.expected} is bound")


def scheme(clues: Clues) -> Suspicion:
    return Suspicion(
        "bound-token-as-bearer", f"the token is bound to a key and was sent as {clues.received or 'Bearer'}"
    )


_OF_EVERY_PROOF: Mapping[str, Rule] = {
    "scheme": scheme,
    "present": missing,
    "readable": malformed,
    "type": malformed,
    "algorithm": malformed,
    "public_key": malformed,
    "signature": malformed,
    "method": method,
    "address": address,
    "recent": recent,
    "nonce": nonce,
    "not_seen": again,
    "token_hash": token_hash,
    "key": key,
}
RULES: Mapping[str, Rule] = {
    f"{place}_proof.{name}": rule
    for place in ("push", "code", "refresh", "api", "userinfo")
    for name, rule in _OF_EVERY_PROOF.items()
}
