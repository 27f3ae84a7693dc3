"""The duties of each function that one honest login shows, and those of the values that a client makes.

Source: RFC 7636 sections 4.1, 4.2 and 7.1, RFC 6749 sections 2.3.1, 3.2, 4.1.1 to 4.1.3, 6 and 10.12, RFC 6750 section 2,
RFC 9700 section 4.3.2, OIDC Core sections 3.1.2.1 and 15.5.2.
"""

import hashlib
import math
import re
import time
from collections.abc import Callable, Iterator

from flowsim.judge.client_under_test import FUNCTIONS, OPTIONAL
from flowsim.judge.court import API_URL, Altered, Exchange
from flowsim.judge.duties import Duty, Found, Trial
from flowsim.judge.of_faults import against_csrf
from flowsim.live.faults import Live
from flowsim.model.shown import shown
from flowsim.model.steps import CLIENT
from flowsim.protocol import credentials, pkce
from flowsim.protocol.messages import Request, Response, content_type, response, single, without_query

GUESSABLE = 120  # bits: 128 (RFC 6749 section 10.10), less what an estimate of so few values may lack
RECOMMENDED = 240  # bits of a verifier: 256 (RFC 7636 section 7.1), less what an estimate of so few values may lack
_WELL_FORMED = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
_CLAUSES = {
    "discover": "OIDC Discovery §4",
    "verifier_and_challenge": "RFC 7636 §4.1",
    "authorization_url": "RFC 6749 §4.1.1",
    "take_redirect": "RFC 6749 §4.1.2",
    "request_tokens": "RFC 6749 §4.1.3",
    "validate_id_token": "OIDC Core §3.1.3.7",
    "userinfo": "OIDC Core §5.3",
    "call_api": "RFC 6750 §2.1",
    "refresh": "RFC 6749 §6",
}
_IN_THE_BODY = ("client_id", "client_secret", "code", "code_verifier", "grant_type", "redirect_uri", "refresh_token")
_ENDPOINTS = {
    "/authorize": "/sign-in/start",
    "/oauth/token": "/t0/exchange",
    "/userinfo": "/who",
    "/jwks.json": "/keys",
}


def works(name: str) -> Callable[[Trial], Found]:
    """The trial of what this function is for, in an honest login."""

    def trial(trial: Trial) -> Found:
        if name in trial.known.missing:
            spared = name in OPTIONAL and trial.known.works("call_api")
            return Found(None, "it has no such function, and needs none" if spared else f"not there yet: {name}")
        problem = trial.known.problems.get(name, "")
        if problem.startswith("waits for"):
            return Found(None, problem)
        return Found(not problem, problem or "it does in an honest login")

    return trial


def _verifiers(trial: Trial) -> list[str]:
    """The verifiers that were sent; those that the function itself gives where none was sent yet."""
    sent = [one.verifier for one in trial.known.values if one.verifier]
    return sent or [verifier for verifier, _ in trial.known.pairs]


def _no_verifier(trial: Trial) -> Found:
    begins = trial.known.works("authorization_url")
    sends = begins and trial.known.request.get("code_challenge")
    return Found(None, "it does not use PKCE" if begins and not sends else "no verifier was seen so far")


def verifier_form(trial: Trial) -> Found:
    if not (verifiers := _verifiers(trial)):
        return _no_verifier(trial)
    wrong = [one for one in verifiers if not _WELL_FORMED.fullmatch(one)]
    if not wrong:
        return Found(True, f"{len(verifiers)} verifiers of {_lengths(verifiers)} characters, all of the alphabet")
    fault = "another character than A-Z a-z 0-9 - . _ ~" if 43 <= len(wrong[0]) <= 128 else "not 43 to 128"
    return Found(False, f"{shown(wrong[0])} has {len(wrong[0])} characters: {fault}")


def verifier_fresh(trial: Trial) -> Found:
    if not (verifiers := _verifiers(trial)):
        return _no_verifier(trial)
    challenges = [one for values in trial.known.values if (one := values.get("code_challenge"))]
    return _never_again(verifiers if len(set(verifiers)) < len(verifiers) else challenges or verifiers, "verifier")


def verifier_unguessable(trial: Trial) -> Found:
    if not (verifiers := _verifiers(trial)):
        return _no_verifier(trial)
    if len(set(verifiers)) < len(verifiers):
        return Found(None, "waits for verifiers that do not repeat")
    for values in trial.known.values:
        for name, text in values.params:
            if values.verifier and name != "code_challenge_method" and _made_of(values.verifier, text):
                return Found(False, f"the verifier is made of the {name}, which everybody sees in the address")
    return _bits(verifiers, "verifier", RECOMMENDED) if not _by_the_clock(verifiers) else _clock("verifier")


def challenge_right(trial: Trial) -> Found:
    pairs = [
        (one.verifier, challenge)
        for one in trial.known.values
        if one.verifier and (challenge := one.get("code_challenge")) and one.get("code_challenge_method") == "S256"
    ] or trial.known.pairs
    if not pairs:
        return Found(None, "no challenge was made with S256 so far")
    for verifier, challenge in pairs:
        right = pkce.challenge_for(verifier, "S256")
        if challenge != right:
            return Found(False, f"for {shown(verifier)} the challenge is {right}, and not {shown(challenge)}")
    return Found(True, f"{len(pairs)} challenges are the SHA-256 of their verifiers")


def pkce_sent(trial: Trial) -> Found:
    known = trial.known
    challenge, method = (known.request.get(name) for name in ("code_challenge", "code_challenge_method"))
    if challenge is None:
        excused = trial.court.secret is not None and known.sends_nonce
        excuse = "a client with a secret may use the nonce instead (RFC 9700 §2.1.1)" if excused else ""
        return Found(False, "the request has no code_challenge", excuse)
    if method != "S256":
        return Found(False, f"the code_challenge_method is {method or 'left out, which means plain'}")
    return Found(True, "each request has a code_challenge, with S256")


def state_fresh(trial: Trial) -> Found:
    return _fresh(trial, "state", against_csrf(trial))


def nonce_fresh(trial: Trial) -> Found:
    if not trial.known.sends_nonce:
        return Found(False, "the request has no nonce", "the code flow leaves it to the client (OIDC Core §3.1.2.1)")
    return _fresh(trial, "nonce", "")


def _fresh(trial: Trial, name: str, excuse: str) -> Found:
    sent = [one.get(name) for one in trial.known.values]
    values = [one for one in sent if one]
    if len(values) < len(sent):
        return Found(False, f"the request has no {name}", excuse)
    found = _never_again(values, name)
    if found.holds:
        found = _clock(name) if _by_the_clock(values) else _bits(values, name, GUESSABLE)
    return Found(found.holds, found.said, excuse)


def _never_again(values: list[str], name: str) -> Found:
    again = next((one for one in values if values.count(one) > 1), None)
    if again is None:
        return Found(True, f"{len(values)} logins, {len(values)} values")
    return Found(False, f"the {name} comes again: {len(set(values))} different in {len(values)} logins")


def _bits(values: list[str], name: str, least: int) -> Found:
    """How many bits these values can hold at most: the places that vary, by the alphabet that is seen in them."""
    places = [column for column in zip(*values, strict=False) if len(set(column)) > 1]
    alphabet = {char for column in places for char in column}
    bits = len(places) * math.log2(len(alphabet)) if alphabet else 0.0
    enough = bits >= least
    said = f"{len(places)} places of the {name} vary, over {len(alphabet)} characters: at most {bits:.0f} bits"
    return Found(enough, said)


def _clock(name: str) -> Found:
    return Found(False, f"the {name} is made of the time of day, which everybody knows")


def _by_the_clock(values: list[str]) -> bool:
    """Whether a value is the time of these seconds, as it is or hashed."""
    now = int(time.time())
    guesses = {form for second in range(now - 9, now + 2) for form in _forms(str(second))}
    return any(value in guesses or value.strip("0") in guesses for value in values)


def _made_of(verifier: str, public: str) -> bool:
    """Whether a verifier is a public text, has one in it, or is its hash."""
    return (len(public) >= 16 and public in verifier) or verifier in _forms(public)


def _forms(text: str) -> Iterator[str]:
    digest = hashlib.sha256(text.encode()).digest()
    yield from (text, text[::-1], pkce.base64url(text.encode()), pkce.base64url(digest), digest.hex())


def _lengths(values: list[str]) -> str:
    lengths = sorted({len(one) for one in values})
    return str(lengths[0]) if len(lengths) == 1 else f"{lengths[0]} to {lengths[-1]}"


def request_complete(trial: Trial) -> Found:
    """What the server would let pass, and a client has to send all the same."""
    sent = dict(trial.known.request.params)
    if "openid" not in sent.get("scope", "").split():
        return Found(False, f"the scope is {shown(sent.get('scope', ''))}, without openid")
    if "redirect_uri" not in sent:
        return Found(False, "there is no redirect_uri")
    secret = next((name for name in ("client_secret", "code_verifier") if name in sent), None)
    if secret:
        return Found(False, f"the {secret} is in the address, where every browser history keeps it")
    return Found(True, "scope with openid, redirect_uri, and no secret")


def addresses_of_metadata(trial: Trial) -> Found:
    """A login at a server whose endpoints are somewhere else than usual."""
    moved = _moved(trial.court.usual)
    case = trial.case(moved)
    party = case.party()
    url = party.begin()
    named = moved.metadata
    if without_query(url) != str(named["authorization_endpoint"]):
        return Found(
            False, f"it goes to {shown(without_query(url))}, and the metadata says {named['authorization_endpoint']}"
        )
    if trial.known.works("request_tokens"):
        redirect = case.browse(url)
        try:
            party.redeem(redirect)
        except Exception as error:
            tried = case.token_requests()
            if not tried or not tried[-1].served:
                return Found(
                    False, f"no tokens came from {named['token_endpoint']}, where the metadata says they are: {error}"
                )
    return Found(True, "it goes where the metadata says")


class _Moved(Altered):
    @property
    def metadata(self) -> dict[str, object]:
        return {name: _moved_address(value) for name, value in self.world.metadata.items()}


def _moved_address(value: object) -> object:
    for usual, other in _ENDPOINTS.items():
        if isinstance(value, str) and value.endswith(usual):
            return value.removesuffix(usual) + other
    return value


def _moved(world: Live) -> Live:
    """This server with its endpoints at other addresses."""
    issuer = world.server.issuer

    def back(request: Request) -> Request:
        for usual, other in _ENDPOINTS.items():
            if without_query(request.url) == issuer + other:
                return _at(request, issuer + usual + request.url.removeprefix(issuer + other))
            if without_query(request.url) == issuer + usual:
                return _at(request, f"{issuer}/nothing-here")
        return request

    def metadata(request: Request, answer: Response) -> Response:
        if "/.well-known/" in request.url and answer.status == 200:
            return response(200, json={name: _moved_address(value) for name, value in answer.json().items()})
        return answer

    return _Moved(world, back, metadata)


def _at(request: Request, url: str) -> Request:
    return Request(method=request.method, url=url, headers=request.headers, body=request.body)


def token_request_form(trial: Trial) -> Found:
    """What the server would let pass: credentials in the address, GET, another kind of body."""
    sent = trial.known.case.token_requests()
    if not sent:
        return Found(None, trial.known.lacks("request_tokens"))
    for one in sent:
        in_address = [name for name, _ in one.request.query if name in _IN_THE_BODY]
        if in_address:
            return Found(False, f"{', '.join(in_address)} in the address of the token endpoint")
        if one.request.method != "POST":
            return Found(False, f"it is sent with {one.request.method}")
        if content_type(one.request) != "application/x-www-form-urlencoded":
            return Found(False, f"the body is {content_type(one.request) or 'of no kind'}, and no form")
    return Found(True, f"{len(sent)} POSTs with a form, and nothing in the address")


def bearer_in_header(trial: Trial) -> Found:
    called = [one for one in trial.known.case.exchanges if one.by == CLIENT and _to_api(one)]
    if any(single(one.request.query, "access_token") for one in called):
        return Found(False, "the access token is in the address")
    shown_so = [credentials.read(one.request.header("authorization") or "") for one in called]
    if not all(one.scheme == "bearer" and one.shown for one in shown_so):
        return Found(False, "the API was called without Authorization: Bearer")
    return Found(True, "Authorization: Bearer, and nothing in the address")


def _to_api(one: Exchange) -> bool:
    return one.request.url.startswith(API_URL)


def refresh_token_kept(trial: Trial) -> Found:
    """Two refreshes: the second has to send what the first one brought."""
    case = trial.case()
    party = case.party()
    party.log_in()
    party.do("refresh")
    party.do("refresh")
    used = [single(one.request.form, "refresh_token") for one in case.token_requests()][1:]
    if len(used) < 2:
        return Found(False, "the second refresh has sent nothing")
    if len(set(used)) < len(used):
        return Found(False, "the second refresh sends the refresh token that the first one has used up")
    return Found(True, "each refresh sends the refresh token that came last")


def _basic(name: str) -> Duty:
    return Duty(
        id=name.replace("_", "-"), title=FUNCTIONS[name], clause=_CLAUSES[name], function=name, trial=works(name)
    )


_URL = ("authorization_url",)
_DUTIES = (
    Duty(
        id="verifier-form",
        title="a verifier has 43 to 128 characters of A-Z a-z 0-9 - . _ ~",
        clause="RFC 7636 §4.1",
        function="verifier_and_challenge",
        trial=verifier_form,
    ),
    Duty(
        id="verifier-fresh",
        title="each login has a verifier of its own",
        clause="RFC 9700 §2.1.1",
        function="verifier_and_challenge",
        trial=verifier_fresh,
    ),
    Duty(
        id="verifier-unguessable",
        title="a verifier is made of 256 random bits, and of nothing that others see",
        clause="RFC 7636 §7.1",
        function="verifier_and_challenge",
        need="should",
        trial=verifier_unguessable,
    ),
    Duty(
        id="challenge-right",
        title="the challenge is BASE64URL(SHA256(verifier)), without =",
        clause="RFC 7636 §4.2",
        function="verifier_and_challenge",
        trial=challenge_right,
    ),
    Duty(
        id="request-complete",
        title="the request has what it needs, and no secret",
        clause="OIDC Core §3.1.2.1",
        function="authorization_url",
        needs=_URL,
        trial=request_complete,
    ),
    Duty(
        id="pkce-sent",
        title="each request has a code_challenge with S256",
        clause="RFC 7636 §4.2",
        function="authorization_url",
        needs=_URL,
        trial=pkce_sent,
    ),
    Duty(
        id="state-fresh",
        title="each login has a state of its own, which nobody can guess",
        clause="RFC 6749 §10.12",
        function="authorization_url",
        needs=_URL,
        trial=state_fresh,
    ),
    Duty(
        id="nonce-fresh",
        title="each login has a nonce of its own, which nobody can guess",
        clause="OIDC Core §15.5.2",
        function="authorization_url",
        needs=_URL,
        trial=nonce_fresh,
    ),
    Duty(
        id="addresses-of-metadata",
        title="requests go to the addresses that the metadata names",
        clause="OIDC Discovery §3",
        function="authorization_url",
        needs=_URL,
        trial=addresses_of_metadata,
    ),
    Duty(
        id="token-request-form",
        title="the token request is a POST with a form, and nothing in its address",
        clause="RFC 6749 §3.2",
        function="request_tokens",
        trial=token_request_form,
    ),
    Duty(
        id="bearer-in-header",
        title="the access token is in the header, and in no address",
        clause="RFC 9700 §4.3.2",
        function="call_api",
        needs=("call_api",),
        trial=bearer_in_header,
    ),
    Duty(
        id="refresh-token-kept",
        title="a new refresh token takes the place of the old one",
        clause="RFC 6749 §6",
        function="refresh",
        needs=("refresh",),
        trial=refresh_token_kept,
    ),
)
DUTIES = tuple(duty for name in FUNCTIONS for duty in (_basic(name), *(one for one in _DUTIES if one.function == name)))
