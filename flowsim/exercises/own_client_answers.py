"""The functions of a client that holds its duties, one after the other: a solution for `build-your-own-client`."""

DISCOVER = """\
def discover(app):
    app.server = app.http.get(f"{app.issuer}/.well-known/openid-configuration").json()
    if app.server["issuer"] != app.issuer:
        raise ValueError("the metadata is about another issuer")
    app.keys = app.http.get(app.server["jwks_uri"]).json()["keys"]
"""
VERIFIER_AND_CHALLENGE = """\
import base64
import hashlib
import secrets


def verifier_and_challenge():
    verifier = secrets.token_urlsafe(32)
    digest = hashlib.sha256(verifier.encode()).digest()
    return verifier, base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
"""
AUTHORIZATION_URL = """\
from urllib.parse import urlencode


def authorization_url(app):
    if "S256" not in app.server.get("code_challenge_methods_supported", []):
        raise ValueError("this server does not know S256")
    app.verifier, challenge = verifier_and_challenge()
    app.state, app.nonce = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
    params = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": app.redirect_uri,
        "scope": "openid profile offline_access read:messages",
        "state": app.state,
        "nonce": app.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{app.server['authorization_endpoint']}?{urlencode(params)}"
"""
TAKE_REDIRECT = """\
from urllib.parse import parse_qsl


def take_redirect(app, url):
    address, _, query = url.partition("?")
    answer = dict(parse_qsl(query))
    if address != app.redirect_uri:
        raise ValueError("the answer came to another address")
    if not getattr(app, "state", None) or answer.get("state") != app.state:
        raise ValueError("this is not the answer to a login that was begun here")
    promised = app.server.get("authorization_response_iss_parameter_supported")
    if (promised or "iss" in answer) and answer.get("iss") != app.issuer:
        raise ValueError("the answer is from another server")
    app.state = None  # it is good for one answer
    if "error" in answer:
        raise ValueError(answer["error"])
    return answer["code"]
"""
REQUEST_TOKENS = """\
def request_tokens(app, code):
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": app.redirect_uri,
        "client_id": app.client_id,
        "code_verifier": app.verifier,
    }
    tokens = app.http.post(app.server["token_endpoint"], data=form).raise_for_status().json()
    if tokens["token_type"].lower() != "bearer":
        raise ValueError("an access token of this type is of no use here")
    app.tokens = tokens
    return tokens
"""
VALIDATE_ID_TOKEN = """\
import jwt

from flowsim.protocol.for_pyjwt import rs256_key


def believed(app, id_token):
    kid = jwt.get_unverified_header(id_token).get("kid")
    key = next(one for one in app.keys if one["kid"] == kid)
    required = {"require": ["iss", "sub", "aud", "exp", "iat"]}
    claims = jwt.decode(
        id_token,
        rs256_key(key),
        algorithms=["RS256"],
        audience=app.client_id,
        issuer=app.issuer,
        leeway=60,
        options=required,
    )
    if claims["aud"] not in (app.client_id, [app.client_id]):
        raise ValueError("the ID token is for somebody else as well")
    return claims


def validate_id_token(app, tokens):
    claims = believed(app, tokens["id_token"])
    if claims.get("nonce") != app.nonce:
        raise ValueError("the ID token belongs to another login")
    app.claims = claims
    return claims
"""
CALL_AND_REFRESH = """\
def call_api(app, url):
    return app.http.get(url, headers={"Authorization": f"Bearer {app.tokens['access_token']}"})


def refresh(app):
    form = {
        "grant_type": "refresh_token",
        "refresh_token": app.tokens["refresh_token"],
        "client_id": app.client_id,
    }
    answer = app.http.post(app.server["token_endpoint"], data=form).raise_for_status().json()
    if "id_token" in answer and believed(app, answer["id_token"])["sub"] != app.claims["sub"]:
        raise ValueError("after the refresh another user is logged in")
    app.tokens = {**app.tokens, **answer}  # the new refresh token takes the place of the old one
"""
# Each function needs those before it, so a solution is all of them up to its own.
PARTS = (
    (DISCOVER, ("discover",)),
    (VERIFIER_AND_CHALLENGE, ("verifier_and_challenge",)),
    (AUTHORIZATION_URL, ("authorization_url",)),
    (TAKE_REDIRECT, ("take_redirect",)),
    (REQUEST_TOKENS, ("request_tokens",)),
    (VALIDATE_ID_TOKEN, ("validate_id_token",)),
    (CALL_AND_REFRESH, ("call_api", "refresh")),
)


def up_to(number: int) -> tuple[str, str]:
    """The source of the first so many parts, and the list of the functions in it."""
    source = "\n\n".join(text for text, _ in PARTS[:number])
    return source, f"[{', '.join(name for _, names in PARTS[:number] for name in names)}]"
