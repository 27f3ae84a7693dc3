"""What a client is attacked with, and who stops it: the client, the server, or nobody.

An attack that the server stops has not gone through, and the sentence says that the client had let it pass.

Source: RFC 9700 sections 2.1, 4.4, 4.5 and 4.7, RFC 6749 sections 4.1.2 and 10.12, RFC 9207 section 2.4, RFC 7636
section 7.2, RFC 6750 section 5.3, RFC 8725 section 3.10.
"""

import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product

from flowsim.engine.initial_world import ATTACKERS_ACCOUNT
from flowsim.judge.client_under_test import NotWritten, Refused
from flowsim.judge.court import (
    ALICES,
    API_URL,
    MALLORYS,
    REDIRECT_URI,
    SECOND_REDIRECT_URI,
    Altered,
    Case,
    Party,
    with_metadata,
    without_pkce,
)
from flowsim.judge.duties import Duty, Found, Trial
from flowsim.judge.of_faults import against_csrf
from flowsim.live.faults import Faulty, Live, Need
from flowsim.model.steps import CLIENT
from flowsim.model.world import SECOND_SERVER
from flowsim.protocol import pkce
from flowsim.protocol.addresses import host_of
from flowsim.protocol.messages import (
    Request,
    Response,
    query_of,
    response,
    see_other,
    single,
    with_params,
    without_query,
)

COLLECTOR = "https://collector.example/"
FORGERS_HOST = "evil.example"  # where the header of a forged token says that its key is
_ATTACKERS_VERIFIER = "a-verifier-that-the-attacker-has-chosen-for-itself-0"


@dataclass(frozen=True, slots=True)
class End:
    """How far an attack came: who stopped it (`client`, `server` or nobody), and a sentence."""

    stopped_by: str
    said: str

    @property
    def through(self) -> bool:
        return not self.stopped_by


def _deliver(party: Party, redirect: str, whose: str) -> End:
    """Bring this redirect to the client, and see whether it ends up with the account of `whose`."""
    code, case = single(query_of(redirect), "code") or "", party.case
    try:
        taken = party.do("take_redirect", redirect)
        tokens = party.do("request_tokens", taken)
        answered = _last_answer(case, code)
        if answered is None:
            return End("client", "it does not send the code")
        if answered.status != 200:
            return End("server", f"the client sends the code, and the server answers {answered.json().get('error')}")
        claims = party.claims(tokens)
        return End("", f"it logs in as {whose}") if claims else End("client", "it does not believe the ID token")
    except NotWritten:
        answered = _last_answer(case, code)
        through = answered is not None and answered.status == 200
        return End("" if through else "server", "it gets the tokens" if through else "no tokens are issued")
    except Refused as error:
        answered = _last_answer(case, code)
        if answered is None or answered.status == 200:
            return End("client", f"{error.function} refuses: {error.said}")
        return End("server", f"the client sends the code, and the server answers {answered.json().get('error')}")


def _last_answer(case: Case, code: str) -> Response | None:
    """What the server answered to this code; None where it was never sent."""
    sent = case.token_requests(code)
    return sent[-1].answer if sent else None


def _begun(party: Party) -> tuple[str, End | None]:
    """The address of a login, or who refused to begin one."""
    try:
        return party.begin(), None
    except Refused as error:
        return "", End("client", f"{error.function} refuses to begin: {error.said}")


def _found(ends: list[End]) -> Found:
    through = [one for one in ends if one.through]
    by_server = [one for one in ends if one.stopped_by == "server"]
    if through:
        return Found(False, through[0].said)
    return Found(True, (by_server or ends)[0].said)


def login_csrf(trial: Trial) -> Found:
    """The attacker's redirect is planted in the victim's browser, with a login under way and without, with a state and
    without, for a code that has a challenge and for one that has none."""
    case = trial.case()
    challenge = {
        "code_challenge": pkce.challenge_for(_ATTACKERS_VERIFIER, "S256"),
        "code_challenge_method": "S256",
    }
    ends = []
    for more, under_way, state in product(({}, challenge), (True, False), ("the-attackers-state", None)):
        victim = case.party()
        victim.do("discover")
        if under_way:
            victim.address()
        ends.append(_deliver(victim, case.redirect_of(ATTACKERS_ACCOUNT, state, **more), MALLORYS))
    return _found(ends)


def login_csrf_without_pkce(trial: Trial) -> Found:
    """The same at a server that knows nothing of PKCE: what stops it now is the client alone."""
    case = trial.case(without_pkce(trial.court))
    _, refused = _begun(case.party())
    if refused:
        return _found([refused])
    ends = []
    for state in ("the-attackers-state", None):
        victim = case.party()
        victim.begin()
        ends.append(_deliver(victim, case.redirect_of(ATTACKERS_ACCOUNT, state), MALLORYS))
    return _found(ends)


def code_injection(trial: Trial) -> Found:
    """The victim's stolen code is put into a login that the attacker has begun in their own browser."""
    return _found([_injected(trial.case())])


def code_injection_without_pkce(trial: Trial) -> Found:
    return _found([_injected(trial.case(without_pkce(trial.court)))])


def _injected(case: Case) -> End:
    victims, refused = _begun(case.party())
    if refused:
        return refused
    stolen = case.browse(victims)
    attacker = case.party()
    own = single(query_of(attacker.begin()), "state")
    params = {**dict(query_of(stolen)), **({"state": own} if own else {})}
    return _deliver(attacker, with_params(REDIRECT_URI, params), ALICES)


@dataclass(slots=True)
class _MixUpServer:
    """The attacker's server: it sends browsers on to the honest one, and keeps what comes to its token endpoint."""

    honest: Live
    forwards_to: str
    got: list[str] = field(default_factory=list)
    verifiers: list[str] = field(default_factory=list)

    def handle(self, request: Request) -> Response:
        path = without_query(request.url).removeprefix(SECOND_SERVER)
        if "/.well-known/" in path:
            named = dict(self.honest.metadata, authorization_response_iss_parameter_supported=False)
            own = {name: self._own(value) for name, value in named.items()}
            return response(200, json=own)
        if path == "/authorize":
            params = {**dict(query_of(request.url)), "redirect_uri": self.forwards_to}
            return see_other(with_params(str(self.honest.metadata["authorization_endpoint"]), params))
        if path == "/oauth/token":
            self.got.append(single(request.form, "code") or "")
            self.verifiers += [value for name, value in request.form if name == "code_verifier"]
            return response(400, json={"error": "invalid_grant"})
        return self.honest.handle(Request(method="GET", url=str(self.honest.metadata["jwks_uri"])))

    def _own(self, value: object) -> object:
        issuer = self.honest.server.issuer
        return (
            SECOND_SERVER + value.removeprefix(issuer) if isinstance(value, str) and value.startswith(issuer) else value
        )


def mix_up(trial: Trial) -> Found:
    """The user chose the attacker's server, and is sent on to the honest one, whose answer has an iss."""
    return _mixed_up(trial, trial.court.usual, REDIRECT_URI)


def mix_up_without_iss(trial: Trial) -> Found:
    """The same where the honest server sends no iss, and the app has an address of its own for each server."""

    def after(request: Request, answer: Response) -> Response:
        return Faulty(trial.court.usual, "redirect-iss-missing").changed(request, answer)

    honest = with_metadata(
        Altered(trial.court.usual, after=after), authorization_response_iss_parameter_supported=False
    )
    return _mixed_up(trial, honest, SECOND_REDIRECT_URI)


def _mixed_up(trial: Trial, honest: Live, own_address: str) -> Found:
    evil = _MixUpServer(honest, REDIRECT_URI)
    case = trial.case(honest, others={SECOND_SERVER: evil.handle})
    victim = case.party(SECOND_SERVER, own_address)
    address, refused = _begun(victim)
    if refused:
        return _found([refused])
    redirect = case.browse(address)
    try:
        victim.redeem(redirect)
        said = "it does not send the code"
    except NotWritten:
        return Found(None, "waits for request_tokens")
    except Refused as error:
        said = f"{error.function} refuses: {error.said}"
    if single(query_of(redirect), "code") in evil.got:
        what = "code and the verifier" if evil.verifiers else "code"
        return Found(False, f"it sends the honest server's {what} to the attacker's server")
    return Found(True, said)


def downgrade(trial: Trial) -> Found:
    """A server that lists plain alone, and one that answers S256 with an error: does the client fall back?"""
    if not trial.known.uses_pkce:
        return Found(None, "it does not use S256 at any server")
    case = trial.case(with_metadata(trial.court.usual, code_challenge_methods_supported=["plain"]))
    url, refused = _begun(case.party())
    if refused is None and single(query_of(url), "code_challenge_method") != "S256":
        return Found(False, f"where the metadata lists plain alone, it {_method(url)}")
    case = trial.case()
    party = case.party()
    first = party.begin()
    error = {"error": "invalid_request", "error_description": "code_challenge_method S256 is not supported"}
    answer = {**error, "state": single(query_of(first), "state") or "", "iss": case.server.server.issuer}
    with contextlib.suppress(Refused, NotWritten):
        party.redeem(with_params(REDIRECT_URI, answer))
    try:
        again = party.address()
    except Refused as error_:
        return Found(True, f"it begins no other login: {error_.said}")
    if single(query_of(again), "code_challenge_method") != "S256":
        return Found(False, f"after an error that blames S256, it {_method(again)}")
    return Found(True, f"where the metadata lists plain alone, {refused.said}" if refused else "it keeps to S256")


def _method(url: str) -> str:
    sent = dict(query_of(url))
    return f"sends {sent.get('code_challenge_method', 'plain')}" if "code_challenge" in sent else "sends no challenge"


def error_redirect(trial: Trial) -> Found:
    """The user says no."""
    case = trial.case()
    party = case.party()
    redirect = case.browse(party.begin(), decision="deny")
    try:
        party.redeem(redirect)
    except NotWritten:
        return Found(False, "take_redirect takes an error for a code")
    except Refused as error:
        if case.token_requests():
            return Found(False, "it asks for tokens after an error")
        return Found(True, f"{error.function} refuses: {error.said}")
    return Found(False, "it goes on as if there had been a code")


def replayed_redirect(trial: Trial) -> Found:
    """The redirect comes once more when the login is over: the back button, a reload, or somebody who has read it."""
    case = trial.case()
    party = case.party()
    redirect = case.browse(party.begin())
    party.redeem(redirect)
    return _once(case, redirect, _again(party, redirect))


def double_callback(trial: Trial) -> Found:
    """The redirect comes twice before the tokens are there: an impatient user, a browser that looks ahead."""
    case = trial.case()
    party = case.party()
    redirect = case.browse(party.begin())
    first = party.do("take_redirect", redirect)
    try:
        second = party.do("take_redirect", redirect)
    except Refused as error:
        party.do("request_tokens", first)
        return _once(case, redirect, f"{error.function} refuses: {error.said}")
    party.do("request_tokens", first)
    try:
        party.do("request_tokens", second)
        said = "it sends nothing"
    except Refused as error:
        said = f"{error.function} refuses: {error.said}"
    return _once(case, redirect, said)


def replayed_state(trial: Trial) -> Found:
    """A new code comes with the state of a login that is over."""
    case = trial.case()
    party = case.party()
    url = party.begin()
    state = single(query_of(url), "state")
    if state is None:
        return Found(None, "it sends no state")
    party.redeem(case.browse(url))
    planted = case.redirect_of(ATTACKERS_ACCOUNT, state)
    end = _deliver(party, planted, MALLORYS)
    return Found(end.stopped_by == "client", end.said, "" if end.through else against_csrf(trial))


def lost_answer(trial: Trial) -> Found:
    """The token endpoint answers, and the connection is lost: the code is used up, whatever the client knows."""
    case = trial.case()
    party = case.party()
    redirect = case.browse(party.begin())
    token_endpoint = case.server.metadata["token_endpoint"]
    case.loses = lambda request: without_query(request.url) == token_endpoint
    try:
        party.redeem(redirect)
        said = "it sends the code once"
    except Refused as error:
        said = f"{error.function} gives up: {error.said}"
    case.loses = lambda request: False
    return _once(case, redirect, f"{said}; {_again(party, redirect)}")


def _again(party: Party, redirect: str) -> str:
    try:
        party.redeem(redirect)
        return "it sends nothing the second time"
    except Refused as error:
        return f"the second time {error.function} refuses: {error.said}"


def _once(case: Case, redirect: str, said: str) -> Found:
    sent = len(case.token_requests(single(query_of(redirect), "code") or ""))
    return (
        Found(True, said)
        if sent < 2
        else Found(False, f"it sends the same code {'twice' if sent == 2 else f'{sent} times'}")
    )


def bearer_forwarded(trial: Trial) -> Found:
    """The API answers with a redirect to another host."""

    def after(request: Request, answer: Response) -> Response:
        return response(307, headers={"Location": COLLECTOR}) if request.url.startswith(API_URL) else answer

    case = trial.case(Altered(trial.court.usual, after=after), provoked=True)
    party = case.party()
    party.log_in()
    with contextlib.suppress(Refused):
        party.do("call_api", API_URL)
    followed = list(case.strays())
    if any("authorization" in json.dumps(one.headers).lower() or "access_token" in one.url for one in followed):
        return Found(False, f"it follows, and shows the access token to {host_of(followed[0].url)}")
    return Found(True, "it follows without the token" if followed else "it does not follow")


def key_addresses(trial: Trial) -> Found:
    """The header of a forged ID token says where its key is."""
    for name in ("jku", "x5u"):
        case = trial.case(Faulty(trial.court.usual, name))
        with contextlib.suppress(Refused):
            case.party().log_in()
        if any(host_of(one.url) == FORGERS_HOST for one in case.strays()):
            return Found(False, f"it asks {FORGERS_HOST}, because the {name} of a token says so")
    return Found(True, "it asks nobody that a token names")


def secrets_kept(trial: Trial) -> Found:
    """Everything that was sent in all the trials so far."""
    for case in trial.court.cases:
        secrets = [] if case.provoked else _secrets(case)
        for request in case.strays():
            text = f"{request.url} {request.headers} {request.body}"
            name = next((name for name, value in secrets if value in text), None)
            if name:
                return Found(False, f"the {name} goes to {host_of(request.url)}")
    return Found(True, f"in {len(trial.court.cases)} trials nothing secret went to another host")


def _secrets(case: Case) -> list[tuple[str, str]]:
    """What the clients were given in this case and must tell nobody else, by its kind."""
    found = []
    for one in case.exchanges:
        if one.by != CLIENT or one.answer is None:
            continue
        found += [
            (name, value) for name, value in one.request.form if name in ("code", "code_verifier", "client_secret")
        ]
        body = one.answer.json()
        found += [
            (name, body[name])
            for name in ("access_token", "refresh_token", "id_token")
            if isinstance(body.get(name), str)
        ]
    return [(name.replace("_", " "), value) for name, value in found if value]


def _attack(
    id: str, title: str, clause: str, trial: Callable[[Trial], Found], function: str, *needs: str, need: Need = "must"
) -> Duty:
    return Duty(
        id=id,
        title=title,
        clause=clause,
        function=function,
        trial=trial,
        kind="attack",
        need=need,
        needs=("authorization_url", *(needs or (function,))),
    )


_TAKE, _SEND = "take_redirect", "request_tokens"
ATTACKS = (
    _attack("login-csrf", "the attacker's redirect is planted", "RFC 6749 §10.12", login_csrf, _TAKE, _SEND),
    _attack(
        "login-csrf-without-pkce",
        "the same at a server without PKCE",
        "RFC 9700 §2.1",
        login_csrf_without_pkce,
        _TAKE,
        _SEND,
    ),
    _attack("code-injection", "a stolen code is put into another login", "RFC 9700 §4.5", code_injection, _SEND),
    _attack(
        "code-injection-without-pkce",
        "the same at a server without PKCE",
        "RFC 9700 §4.5.3",
        code_injection_without_pkce,
        _SEND,
    ),
    _attack(
        "mix-up", "of an app's two servers one sends the user on to the other", "RFC 9207 §2.4", mix_up, _TAKE, _SEND
    ),
    _attack(
        "mix-up-without-iss",
        "the same, and the honest server sends no iss",
        "RFC 9700 §4.4.2",
        mix_up_without_iss,
        _TAKE,
        _SEND,
    ),
    _attack(
        "downgrade", "the server takes plain alone, or blames S256", "RFC 7636 §7.2", downgrade, "authorization_url"
    ),
    _attack("error-redirect", "the redirect says error", "RFC 6749 §4.1.2.1", error_redirect, _TAKE, need="should"),
    _attack("replayed-redirect", "the redirect comes once more", "RFC 6749 §4.1.2", replayed_redirect, _TAKE, _SEND),
    _attack("double-callback", "the redirect comes twice at once", "RFC 6749 §4.1.2", double_callback, _TAKE, _SEND),
    _attack("replayed-state", "a used state comes with a new code", "RFC 9700 §2.1", replayed_state, _TAKE, _SEND),
    _attack("lost-answer", "the answer with the tokens is lost", "RFC 6749 §4.1.2", lost_answer, _SEND),
    _attack(
        "key-addresses",
        "a token says where its key is",
        "RFC 8725 §3.10",
        key_addresses,
        "validate_id_token",
        need="should",
    ),
    _attack(
        "bearer-forwarded",
        "the API redirects to another host",
        "RFC 6750 §5.3",
        bearer_forwarded,
        "call_api",
        "validate_id_token",
        "call_api",
    ),
    _attack("secrets-kept", "everything is watched for secrets that leave", "RFC 6750 §5.3", secrets_kept, _SEND),
)
