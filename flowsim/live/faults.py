"""Faults of a server on purpose, one at a time: what a client has to notice, and what it may let pass.

A fault changes one kind of answer of a live world: the ID token of a login or of a refresh, the redirect to the app, the
answer of userinfo, the metadata. All else stays as it is, so that a client which goes on has missed just this.

A claim is changed under the server's own signature, so that the claim alone is wrong. The forgeries are those of the
table of token tricks, for which nobody needs the server's key. `need` says what the clause asks of a client, and `unless`
when it asks less: a client that has its ID token straight from the token endpoint, over TLS, need not verify a signature.

Source: OIDC Core sections 2, 3.1.3.7, 5.3.2 and 12.2, RFC 6749 sections 4.1.2, 7.1 and 10.12, RFC 9207 section 2.4,
RFC 8414 section 3.3.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol
from urllib.parse import urlencode

from flowsim.analysis import forged_tokens
from flowsim.live.world import Alter
from flowsim.model.scenario import Scenario, unknown
from flowsim.model.steps import CLIENT
from flowsim.model.world import Server
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Request, Response, query_of, response, single, without_query

Need = Literal["must", "should", "may"]
Place = Literal["token response", "redirect", "userinfo", "refresh", "metadata"]
Json = dict[str, Any]
NOBODY = "https://another-server.example"
_OTHER_CLIENT = "another-app"
_TWO_HOURS = 7200  # seconds
_DIRECT = "it has the ID token straight from the token endpoint, over TLS (OIDC Core §3.1.3.7, rule 6)"


class Live(Protocol):
    """What a fault is put upon: a live world, or one that has a fault already."""

    @property
    def server(self) -> Server: ...

    @property
    def metadata(self) -> dict[str, object]: ...

    @property
    def origins(self) -> frozenset[str]: ...

    def handle(self, request: Request, *, by: str = ..., alter: Alter | None = ...) -> Response: ...


@dataclass(frozen=True, slots=True)
class Signer:
    """The server's key, to sign anew with."""

    key: signed_tokens.SigningKey

    def __call__(self, claims: Mapping[str, Any], type_: str = "JWT") -> str:
        return signed_tokens.sign(
            {name: value for name, value in claims.items() if value is not None}, self.key, type_=type_
        )

    def changed(self, text: object, **claims: Any) -> str:
        """This token with other claims, in which None leaves one out; genuinely signed. A text that is none stays."""
        token = signed_tokens.read(text) if isinstance(text, str) else None
        return self({**token.claims, **claims}) if token is not None else str(text)


ChangeBody = Callable[[Json, Signer], Json]
ChangeQuery = Callable[[dict[str, str]], dict[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault: what the server does, the clause, and the duty of a client that notices it.

    `need` is what that clause asks of the client: that it refuses (`must`), that it should, or that it may. `unless` says
    under what condition it asks less than that; it is empty where there is none.
    """

    name: str
    title: str
    place: Place
    clause: str
    duty: str
    need: Need = "must"
    unless: str = ""
    body: ChangeBody | None = None
    query: ChangeQuery | None = None

    @property
    def demand(self) -> str:
        """What the client has to do, in a few words: `must refuse`, `should refuse`, `may refuse`."""
        return f"{self.need} refuse{f', unless {self.unless}' if self.unless else ''}"


class Faulty:
    """A live world with one fault; it answers requests as the world does. Raises ScenarioError for a fault there is not."""

    def __init__(self, world: Live, name: str) -> None:
        if not isinstance(name, str) or name not in FAULTS:
            raise unknown("fault", name, list(FAULTS))
        self.world = world
        self.fault = FAULTS[name]

    @property
    def server(self) -> Server:
        return self.world.server

    @property
    def metadata(self) -> dict[str, object]:
        return self.world.metadata

    @property
    def origins(self) -> frozenset[str]:
        return self.world.origins

    def handle(self, request: Request, *, by: str = CLIENT, alter: Alter | None = None) -> Response:
        """The answer of the world, changed where this fault changes it; it is recorded as it was sent."""

        def changed(request: Request, answer: Response) -> Response:
            answer = self.changed(request, answer)
            return alter(request, answer) if alter else answer

        return self.world.handle(request, by=by, alter=changed)

    def changed(self, request: Request, answer: Response) -> Response:
        """What this fault makes of this answer; the answer itself where it changes nothing."""
        if place_of(self.world, request, answer) != self.fault.place:
            return answer
        if self.fault.query is not None:
            return _redirected(answer, self.fault.query(dict(query_of(answer.location))))
        assert self.fault.body is not None
        signer = Signer(signed_tokens.signing_key(self.world.server.keys[0].kid))
        return _said(answer, self.fault.body(answer.json(), signer))


def place_of(world: Live, request: Request, answer: Response) -> Place | None:
    """Which kind of answer this is; None for one that no fault changes."""
    address, metadata = without_query(request.url), world.metadata
    sent = dict(query_of(answer.location)) if answer.location else {}
    if "code" in sent or "error" in sent:
        return "redirect"
    if answer.status != 200 or not answer.json():
        return None
    if address == metadata["token_endpoint"]:
        return "refresh" if single(request.form, "grant_type") == "refresh_token" else "token response"
    if address == metadata.get("userinfo_endpoint"):
        return "userinfo"
    return "metadata" if "/.well-known/" in address else None


def _said(answer: Response, body: Json) -> Response:
    """This answer with another JSON body; its length is told anew, all other headers stay."""
    made = response(answer.status, json=body)
    kept = tuple(one for one in answer.headers if one[0].lower() not in ("content-type", "content-length"))
    return replace(answer, headers=(*kept, *made.headers), body=made.body)


def _redirected(answer: Response, query: Mapping[str, str]) -> Response:
    location = f"{without_query(answer.location)}?{urlencode(query)}"
    headers = tuple((name, location if name.lower() == "location" else value) for name, value in answer.headers)
    return replace(answer, headers=headers)


def _in_id_token(**claims: Any) -> ChangeBody:
    """The server signs an ID token with these claims in it; None leaves one out, and a function makes one of the rest."""

    def change(body: Json, signer: Signer) -> Json:
        token = signed_tokens.read(str(body.get("id_token")))
        if token is None:
            return body
        made = {name: value(token.claims) if callable(value) else value for name, value in claims.items()}
        return {**body, "id_token": signer.changed(token.text, **made)}

    return change


def _forged(forgery: forged_tokens.Forgery) -> ChangeBody:
    """What this forgery of the table makes of the genuine ID token."""

    def change(body: Json, signer: Signer) -> Json:
        id_token, access_token = (signed_tokens.read(str(body.get(name))) for name in ("id_token", "access_token"))
        if id_token is None or access_token is None:
            return body
        assert forgery.at_app is not None
        return {**body, **forgery.at_app(forged_tokens.Genuine(Scenario(), access_token, id_token))}

    return change


def _public_key_as_secret(body: Json, signer: Signer) -> Json:
    token = signed_tokens.read(str(body.get("id_token")))
    if token is None:
        return body
    public = signer.key.private.public
    text = forged_tokens.rewritten(
        token,
        lambda signed: signed_tokens.hmac_with_public_key(public, signed),
        {"sub": "user-admin"},
        {"alg": "HS256"},
    )
    return {**body, "id_token": text}


def _in_body(**members: Any) -> ChangeBody:
    """These members of the answer instead; None leaves one out."""
    return lambda body, signer: {name: value for name, value in {**body, **members}.items() if value is not None}


def _in_redirect(**params: str | None) -> ChangeQuery:
    """These parameters of the redirect instead; None leaves one out."""
    return lambda query: {name: value for name, value in {**query, **params}.items() if value is not None}


def _after_issue(seconds: int) -> Callable[[Json], int]:
    """So many seconds after the token was really issued; before it, where they are negative."""
    return lambda claims: int(claims["iat"]) + seconds


def _claim(name: str, title: str, rule: str, duty: str, need: Need = "must", unless: str = "", **claims: Any) -> Fault:
    """A claim of the login's ID token that is wrong under a good signature."""
    return Fault(
        name=name,
        title=title,
        place="token response",
        clause=rule,
        duty=duty,
        need=need,
        unless=unless,
        body=_in_id_token(**claims),
    )


def _trick(
    name: str,
    need: Need = "must",
    unless: str = _DIRECT,
    duty: str = "",
    body: ChangeBody | None = None,
    clause: str = "OIDC Core §3.1.3.7",
) -> Fault:
    """A forgery of the table, which has no good signature."""
    forgery = forged_tokens.FORGERIES[name]
    return Fault(
        name=name,
        title=f"the ID token forged: {forgery.title}",
        place="token response",
        clause=clause,
        duty=duty or "the signature is made with a key that the issuer publishes",
        need=need,
        unless=unless,
        body=body or _forged(forgery),
    )


def _refreshed(claim: str, value: str, title: str) -> Fault:
    return Fault(
        name=f"refresh-{claim}-other",
        title=title,
        place="refresh",
        clause="OIDC Core §12.2",
        duty=f"the {claim} after a refresh is the one of the login",
        unless="the client makes no use of that ID token",
        body=_in_id_token(**{claim: value}),
    )


_VALIDATION = "OIDC Core §3.1.3.7"
_ISSUER, _AUDIENCE = "the iss is the issuer that was asked", "the aud names this client, and nobody it does not trust"
_NONCE = "the nonce is the one that the client sent"
_ALGORITHM = "the alg is the one agreed on, RS256 where nothing was"
_STATE = "the state is the one that this browser's login was begun with"
_PROTECTED = "PKCE at a server that is known to do it, or the nonce, is relied on in its place (RFC 9700 §2.1)"

_FAULTS = (
    _claim("iss-wrong", "the ID token names another issuer", _VALIDATION, _ISSUER, iss=NOBODY),
    _claim("iss-missing", "the ID token names no issuer", _VALIDATION, _ISSUER, iss=None),
    _claim("aud-other", "the ID token is for another client", _VALIDATION, _AUDIENCE, aud=_OTHER_CLIENT),
    _claim("aud-missing", "the ID token is for nobody", _VALIDATION, _AUDIENCE, aud=None),
    _claim(
        "aud-untrusted",
        "the ID token is for this client and for one that nobody knows",
        _VALIDATION,
        _AUDIENCE,
        aud=lambda claims: [claims.get("aud"), _OTHER_CLIENT],
        azp=lambda claims: claims.get("aud"),
    ),
    _claim(
        "azp-other",
        "the ID token names another authorized party",
        _VALIDATION,
        "an azp, where there is one, is this client",
        "may",
        azp=_OTHER_CLIENT,
    ),
    _claim("nonce-wrong", "the ID token has another nonce", _VALIDATION, _NONCE, unless="it sent none", nonce="n-0S6"),
    _claim("nonce-missing", "the ID token has no nonce", _VALIDATION, _NONCE, unless="it sent none", nonce=None),
    _claim(
        "expired",
        "the ID token expired two hours ago",
        _VALIDATION,
        "the exp is not past",
        exp=_after_issue(-_TWO_HOURS),
    ),
    _claim("exp-missing", "the ID token does not say when it expires", "OIDC Core §2", "there is an exp", exp=None),
    _claim(
        "iat-future",
        "the ID token was issued two hours from now",
        _VALIDATION,
        "the iat is near to now",
        "may",
        iat=_after_issue(_TWO_HOURS),
        exp=_after_issue(2 * _TWO_HOURS),
    ),
    _claim("iat-missing", "the ID token does not say when it was issued", "OIDC Core §2", "there is an iat", iat=None),
    _claim("sub-missing", "the ID token does not say who logged in", "OIDC Core §2", "there is a sub", sub=None),
    _claim(
        "at-hash-wrong",
        "the ID token belongs to another access token",
        "OIDC Core §3.1.3.8",
        "an at_hash, where there is one, fits the access token",
        "may",
        at_hash=signed_tokens.left_half_hash("another access token"),
    ),
    _trick("changed-claims"),
    _trick("servers-kid"),
    _trick("own-key"),
    _trick("kid-path"),
    _trick("kid-sql"),
    _trick("jku"),
    _trick("x5u"),
    _trick("jwk"),
    _trick("other-issuer", unless="", duty=_ISSUER),
    _trick("alg-none", "should", "", _ALGORITHM, clause="OIDC Core §2"),
    _trick("public-key-as-secret", body=_public_key_as_secret),
    _trick("access-token-as-id-token", unless="", duty=_AUDIENCE),
    Fault(
        name="id-token-missing",
        title="there is no ID token, although openid was asked for",
        place="token response",
        clause="OIDC Core §3.1.3.3",
        duty="there is an ID token",
        body=_in_body(id_token=None),
    ),
    Fault(
        name="token-type-unknown",
        title="the access token is of a type that nobody knows",
        place="token response",
        clause="RFC 6749 §7.1",
        duty="the token_type is one that the client knows how to use",
        body=_in_body(token_type="unheard-of"),
    ),
    Fault(
        name="state-wrong",
        title="the redirect has another state",
        place="redirect",
        clause="RFC 6749 §10.12",
        duty=_STATE,
        unless=_PROTECTED,
        query=_in_redirect(state="a-state-of-somebody-else"),
    ),
    Fault(
        name="state-missing",
        title="the redirect has no state",
        place="redirect",
        clause="RFC 6749 §10.12",
        duty=_STATE,
        unless=_PROTECTED,
        query=_in_redirect(state=None),
    ),
    Fault(
        name="redirect-iss-wrong",
        title="the redirect names another issuer",
        place="redirect",
        clause="RFC 9207 §2.4",
        duty="an iss in the redirect is the issuer that was asked",
        unless="it does not support RFC 9207, and ignores what it does not know",
        query=_in_redirect(iss=NOBODY),
    ),
    Fault(
        name="redirect-iss-missing",
        title="the redirect names no issuer, although the metadata promises one",
        place="redirect",
        clause="RFC 9207 §2.4",
        duty="an iss is in the redirect where the metadata promises one",
        unless="it does not support RFC 9207",
        query=_in_redirect(iss=None),
    ),
    Fault(
        name="userinfo-sub-other",
        title="userinfo speaks of another user",
        place="userinfo",
        clause="OIDC Core §5.3.2",
        duty="the sub of userinfo is that of the ID token",
        body=_in_body(sub="user-mallory"),
    ),
    Fault(
        name="userinfo-sub-missing",
        title="userinfo does not say whom it speaks of",
        place="userinfo",
        clause="OIDC Core §5.3.2",
        duty="the sub of userinfo is that of the ID token",
        body=_in_body(sub=None),
    ),
    _refreshed("sub", "user-mallory", "the ID token after a refresh speaks of another user"),
    _refreshed("iss", NOBODY, "the ID token after a refresh names another issuer"),
    _refreshed("aud", _OTHER_CLIENT, "the ID token after a refresh is for another client"),
    Fault(
        name="metadata-issuer-other",
        title="the metadata names another issuer",
        place="metadata",
        clause="RFC 8414 §3.3",
        duty="the issuer in the metadata is the one that was asked",
        body=_in_body(issuer=NOBODY),
    ),
)
FAULTS: Mapping[str, Fault] = {fault.name: fault for fault in _FAULTS}
