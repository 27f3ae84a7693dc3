"""The seams of an authorization server and of an API: clocks, registrations, claims that are signed, answers that leave."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from flowsim.actors.mistakes.seam import Mistaken, made
from flowsim.model.app_settings import API_ORIGIN
from flowsim.model.mistakes import ANOTHER_ISSUER, SKEWS
from flowsim.model.world import Api, RegisteredClient, Server, evolve
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import (
    FORM,
    REDIRECTS,
    Request,
    Response,
    form_encoded,
    query_of,
    response,
    with_params,
    without_query,
)

Claims = dict[str, Any]
Documents = Callable[[dict[str, Any]], dict[str, Any]]
INNER = "http://10.0.0.5:8080"  # what a server behind a proxy takes for its own address
_METADATA = "/.well-known/"


def skew(party: Mistaken) -> int:
    """By how many seconds the clock of this party is ahead; less than 0 where it is behind."""
    return sum(SKEWS.get(name, 0) for name in party.mistakes)


def registered(names: frozenset[str], client: RegisteredClient) -> RegisteredClient:
    """The entry of the app in the server's list of clients."""
    for name, change in WHAT_IS_REGISTERED.items():
        client = change(client) if name in names else client
    return client


def set_up(api: Api) -> Api:
    """The API as it was set up."""
    for change in made(api, HOW_AN_API_IS_SET_UP):
        api = change(api)
    return api


def audience(api: Api) -> str:
    """The audience that the API wants to be named in a token."""
    return next(iter(made(api, AUDIENCES)), api.identifier)


def asks_for_keys(api: Api) -> bool:
    """False for an API that keeps the keys it has, whatever key a token names."""
    return not made(api, KEYS_KEPT_TOO_LONG)


def takes_hint(server: Server, claims: Mapping[str, Any], now: int) -> bool:
    """Whether the server looks at an ID token with these claims at a logout: it need not be one that is still good."""
    expires = claims.get("exp")
    return not made(server, EXPIRED_HINTS_REFUSED) or (isinstance(expires, int) and now < expires)


def claims(server: Server, kind: str, right: Claims) -> Claims:
    """The claims of a token that the server signs; `kind` is `id_token` or `access_token`."""
    for of, change in made(server, THE_CLAIMS):
        right = change(right) if of == kind else right
    return right


def answer(server: Server, asked: Request, right: Response) -> Response:
    """The answer to this request as it leaves the server."""
    for change in made(server, THE_ANSWER):
        right = change(asked, right)
    return right


def _tokens(change: Documents) -> Callable[[Request, Response], Response]:
    """This change of an answer with tokens."""
    return _documents(lambda asked: asked.path == "/oauth/token", change, "access_token")


def _documents(
    about: Callable[[Request], bool], change: Documents, member: str
) -> Callable[[Request, Response], Response]:
    """This change of the JSON object in an answer, where the request is about that and the object has this member."""

    def changed(asked: Request, right: Response) -> Response:
        body = right.json() if about(asked) else {}
        if member not in body:
            return right
        kept = {name: value for name, value in right.headers if not name.lower().startswith("content-")}
        return response(right.status, headers=kept, json=change(body))

    return changed


def _redirect_without(name: str) -> Callable[[Request, Response], Response]:
    """A redirect to the app without this parameter."""

    def changed(asked: Request, right: Response) -> Response:
        params = query_of(right.location) if right.status in REDIRECTS else ()
        if name not in dict(params) or not {"code", "error"} & dict(params).keys():
            return right
        rest = with_params(without_query(right.location), {key: value for key, value in params if key != name})
        headers = tuple((key, rest if key.lower() == "location" else value) for key, value in right.headers)
        return replace(right, headers=headers)

    return changed


def _redirect_with_slash(asked: Request, right: Response) -> Response:
    """A redirect to the app with a slash behind the iss."""
    params = dict(query_of(right.location)) if right.status in REDIRECTS else {}
    if "iss" not in params:
        return right
    where = with_params(without_query(right.location), params | {"iss": f"{params['iss']}/"})
    return replace(right, headers=tuple((key, where if key == "Location" else value) for key, value in right.headers))


def _in_place_of(asked_at: str, status: int, body: dict[str, Any]) -> Callable[[Request, Response], Response]:
    """This answer in place of the right one, where the path of the request has this in it."""
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return lambda asked, right: response(status, headers=headers, json=body) if asked_at in asked.path else right


def _as_form(asked: Request, right: Response) -> Response:
    """Tokens as early servers sent them: as a form."""
    if asked.path != "/oauth/token" or "access_token" not in right.json():
        return right
    body = form_encoded({name: str(value) for name, value in right.json().items()})
    kept = tuple((name, value) for name, value in right.headers if not name.lower().startswith("content-"))
    said = (("Content-Type", FORM), ("Content-Length", str(len(body))))
    return replace(right, headers=kept + said, body=body)


def _by_inner_address(document: dict[str, Any]) -> dict[str, Any]:
    own = str(document["issuer"])
    return {name: value.replace(own, INNER, 1) if isinstance(value, str) else value for name, value in document.items()}


def _first_key_only(document: dict[str, Any]) -> dict[str, Any]:
    first = signed_tokens.published_keys()[0].kid
    return document | {"keys": [key for key in document["keys"] if key.get("kid") == first]}


def _without(name: str) -> Documents:
    return lambda body: {key: value for key, value in body.items() if key != name}


def _only(*words: str) -> Callable[[RegisteredClient], RegisteredClient]:
    return lambda client: evolve(client, scopes=tuple(word for word in client.scopes if word in words))


WHAT_IS_REGISTERED: Mapping[str, Callable[[RegisteredClient], RegisteredClient]] = {
    "scope-not-registered": _only("openid", "profile", "email", "offline_access"),
    "refresh-not-registered": lambda client: evolve(client, grant_types=("authorization_code",)),
    "signed-out-address-not-registered": lambda client: evolve(client, signed_out_uris=()),
}
HOW_AN_API_IS_SET_UP: Mapping[str, Callable[[Api], Api]] = {
    "issuer-with-slash-at-the-api": lambda api: evolve(api, issuer=f"{api.issuer}/"),
    "api-of-another-environment": lambda api: evolve(api, issuer=ANOTHER_ISSUER),
}
AUDIENCES: Mapping[str, str] = {"api-expects-another-audience": "https://gateway.example"}
KEYS_KEPT_TOO_LONG: Mapping[str, bool] = {"keys-kept-too-long-by-the-api": True}
EXPIRED_HINTS_REFUSED: Mapping[str, bool] = {"expired-hint-refused": True}
THE_CLAIMS: Mapping[str, tuple[str, Callable[[Claims], Claims]]] = {
    "id-token-issuer-with-slash": ("id_token", lambda right: right | {"iss": f"{right['iss']}/"}),
    "nonce-not-in-the-id-token": ("id_token", _without("nonce")),
    "id-token-for-another-party": ("id_token", lambda right: right | {"azp": "photo-suite"}),
    "id-token-for-another-audience": ("id_token", lambda right: right | {"aud": "account"}),
    "resource-ignored": ("access_token", lambda right: right | {"aud": API_ORIGIN}),
    "access-token-for-the-app": ("access_token", lambda right: right | {"aud": right["client_id"]}),
}
THE_ANSWER: Mapping[str, Callable[[Request, Response], Response]] = {
    "expires-in-as-text": _tokens(lambda body: body | {"expires_in": str(body.get("expires_in"))}),
    "token-type-not-sent": _tokens(_without("token_type")),
    "id-token-not-sent": _tokens(_without("id_token")),
    "tokens-as-form": _as_form,
    "iss-not-sent": _redirect_without("iss"),
    "state-not-sent-back": _redirect_without("state"),
    "metadata-by-inner-address": _documents(lambda asked: _METADATA in asked.path, _by_inner_address, "issuer"),
    "issuer-with-slash-in-the-metadata": _documents(
        lambda asked: _METADATA in asked.path, lambda said: said | {"issuer": f"{said['issuer']}/"}, "issuer"
    ),
    "methods-not-named": _documents(
        lambda asked: _METADATA in asked.path, _without("code_challenge_methods_supported"), "issuer"
    ),
    "metadata-elsewhere": _in_place_of(_METADATA, 404, {"error": "there is nothing here"}),
    "iss-with-slash": _redirect_with_slash,
    "registration-closed": _in_place_of("/oauth/register", 401, {"error": "invalid_token"}),
    "new-key-not-published": _documents(lambda asked: asked.path == "/jwks.json", _first_key_only, "keys"),
}
CLOCKS: Mapping[str, int] = {name: value for name, value in SKEWS.items() if not name.startswith("clock-of-the-app-")}
TABLES: tuple[Mapping[str, Any], ...] = (
    WHAT_IS_REGISTERED,
    HOW_AN_API_IS_SET_UP,
    AUDIENCES,
    KEYS_KEPT_TOO_LONG,
    EXPIRED_HINTS_REFUSED,
    THE_CLAIMS,
    THE_ANSWER,
    CLOCKS,
)
