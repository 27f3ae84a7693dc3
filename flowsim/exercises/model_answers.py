"""A solution for each exercise in which something is made or worked out: source text, and the name of what it makes.

The solutions notebooks show them, an assignment for a class is made with them, and tests run each of them.
"""

from dataclasses import dataclass

from flowsim.exercises import own_client_answers


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """Source text of Python, and the expression that is the answer once it has run."""

    source: str
    result: str


MODEL_ANSWERS: dict[str, ModelAnswer] = {
    "consent-phishing.2": ModelAnswer("", '"openid profile"'),
    "open-redirectors.3": ModelAnswer("", '["secret", "redirect-uri-at-token"]'),
    "network-attacker.3": ModelAnswer(
        """\
from flowsim import Act, Attacker, Move
from flowsim.model.states import State


class OnTheNetwork(Attacker):
    def next_move(self, view):
        ready = view.runs["victim"].state is State.PREPARED and "code_challenge" not in view.loot
        return Move("victim", Act.WIRETAP) if ready else None
""",
        'OnTheNetwork(name="on-the-network", title="reads the request", positions=("A2",))',
    ),
    "eleven-steps.1": ModelAnswer(
        """\
from urllib.parse import parse_qs, urlsplit


def is_mine(kept, url):
    return bool(kept) and parse_qs(urlsplit(url).query).get("state") == [kept]
""",
        "is_mine",
    ),
    "eleven-steps.6": ModelAnswer(
        """\
def token_request(code, code_verifier):
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": "com.example.app:/callback",
        "client_id": "photo-app",
        "code_verifier": code_verifier,
    }
""",
        "token_request",
    ),
    "public-clients.1": ModelAnswer(
        """\
from flowsim.lessons.app_package.app_file import app_file
from flowsim.lessons.app_package.strings import search

found = search(app_file("photo-app.apk"), r"^[\\w-]{32}$")
""",
        "found[0].member",
    ),
    "public-clients.4": ModelAnswer(
        """\
from base64 import b64encode

from flowsim.lessons.app_package.app_file import app_file
from flowsim.lessons.app_package.strings import search

client_id = search(app_file("photo-page.js"), r'(?<=clientId:")[^"]+')[0].match
secret = search(app_file("photo-page.js"), r'(?<=clientSecret:")[^"]+')[0].match
header = "Basic " + b64encode(f"{client_id}:{secret}".encode()).decode()
""",
        "header",
    ),
    "steal-the-code.4": ModelAnswer(
        """\
from flowsim import Attacker, redeem_the_code, steal_the_redirect
from flowsim.attacks.toolkit import read_the_request


class Mine(Attacker):
    def next_move(self, view):
        if "code_challenge" not in view.loot:
            return read_the_request(view)
        if "code" not in view.loot:
            return steal_the_redirect(view)
        return redeem_the_code(view, view.loot["code_challenge"])
""",
        "Mine",
    ),
    "steal-the-code.5": ModelAnswer("", '{"client": "web", "nonce": True}'),
    "verifier-and-challenge.1": ModelAnswer(
        """\
import hashlib
from base64 import urlsafe_b64encode


def challenge(verifier):
    octets = hashlib.sha256(verifier.encode("ascii")).digest()
    return urlsafe_b64encode(octets).rstrip(b"=").decode()
""",
        "challenge",
    ),
    "verifier-and-challenge.3": ModelAnswer(
        """\
import random

from flowsim import pkce
from flowsim.attacks.brute_force import brute_force

noon = 1_767_268_800
drawn = (pkce.verifier_from(random.Random(second).randbytes(32)) for second in range(noon, noon + 3600))
guessed = brute_force("p_9MlRaTOKQEiGxsOTcgY6NZ614SgxvN_TwuLAKyKeE", drawn)
""",
        "guessed.verifier",
    ),
    "verifier-and-challenge.5": ModelAnswer(
        """\
import secrets


def new_verifier():
    return secrets.token_urlsafe(32)
""",
        "new_verifier",
    ),
    "tokens.5": ModelAnswer(
        """\
def accepts(header, claims, now):
    audience = claims.get("aud")
    audience = [audience] if isinstance(audience, str) else audience or []
    return (
        header.get("alg") == "RS256"
        and header.get("typ") == "at+jwt"
        and claims.get("iss") == "https://as.example"
        and "https://api.example" in audience
        and claims.get("exp", 0) > now
        and "read:messages" in claims.get("scope", "").split()
    )
""",
        "accepts",
    ),
    "refresh-token-rotation.4": ModelAnswer("", '"call"'),
    "beyond-pkce.2": ModelAnswer(
        """\
from flowsim import Attacker
from flowsim.attacks import toolkit


class Mine(Attacker):
    def next_move(self, view):
        if toolkit.lured(view) is None:
            return toolkit.lure(view, toolkit.own_request(view))
        if "code" not in view.loot:
            return toolkit.steal_the_redirect(view, "lured")
        return toolkit.redeem_the_code(view, toolkit.OWN_VERIFIER)
""",
        "Mine",
    ),
    "attack-lab.2": ModelAnswer("", '["S256", "iss", "exact-redirect-uri"]'),
    "sessions-and-logout.3": ModelAnswer("", '"logout server-logout 2h"'),
    "backend-for-frontend.2": ModelAnswer(
        "", '{"same_site": "Strict", "wants_header": True, "answers": ["https://blog.web.example"]}'
    ),
    "step-up.2": ModelAnswer(
        """\
import re


def to_be_asked_for(header):
    said = dict(re.findall(r'(\\w+)="([^"]*)"', header))
    if said.get("error") != "insufficient_user_authentication":
        return {}
    return {name: said[name] for name in ("max_age", "acr_values") if name in said}
""",
        "to_be_asked_for",
    ),
    "step-up.3": ModelAnswer(
        """\
def test(server):
    server.remember()
    server.authorize(max_age="0")
    return "login" not in server.pages_shown
""",
        "test",
    ),
    "pushed-requests.2": ModelAnswer(
        """\
BARE = dict.fromkeys(("response_type", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method"))


def code_of_a_pushed_request(server):
    name = server.push().json()["request_uri"]
    return server.code(client_id=server.client_id, request_uri=name, **BARE)
""",
        "code_of_a_pushed_request",
    ),
    "private-key-jwt.2": ModelAnswer(
        """\
import json

from flowsim.protocol.keys import ed25519
from flowsim.protocol.pkce import base64url


def my_assertion(client_id, issuer, now, jti, octets):
    header = {"alg": "EdDSA", "typ": "JWT"}
    claims = {"iss": client_id, "sub": client_id, "aud": issuer, "jti": jti, "iat": now, "exp": now + 60}
    signed_part = ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
    return f"{signed_part}.{base64url(ed25519(octets, signed_part.encode()))}"
""",
        "my_assertion",
    ),
    "private-key-jwt.3": ModelAnswer(
        """\
from flowsim import zoo
from flowsim.protocol import client_assertions


def redeemed_with(text, server):
    code = server.code(client_id=server.key_client_id)
    asserted = client_assertions.parameters(text)
    return server.token(client_id=None, code=code, code_verifier=zoo.VERIFIER, **asserted).status


def test(server):
    right = redeemed_with(server.assertion(), server) == 200
    return right and redeemed_with(server.assertion(aud="https://as.attacker.example"), server) == 200
""",
        "test",
    ),
    "dpop.2": ModelAnswer(
        """\
import hashlib
import json

from flowsim.protocol.keys import ed25519, ed25519_public
from flowsim.protocol.pkce import base64url


def my_proof(method, address, access_token, now, jti, octets):
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": base64url(ed25519_public(octets))}
    header = {"typ": "dpop+jwt", "alg": "EdDSA", "jwk": jwk}
    ath = base64url(hashlib.sha256(access_token.encode()).digest())
    claims = {"jti": jti, "htm": method, "htu": address, "iat": now, "ath": ath}
    signed_part = ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
    return f"{signed_part}.{base64url(ed25519(octets, signed_part.encode()))}"
""",
        "my_proof",
    ),
    "dpop.3": ModelAnswer(
        """\
def test(api):
    one, other = (api.token(bound_to="mine", jti=name) for name in ("one", "other"))
    right = api.call(one, proof=api.proof(one)).status == 200
    return right and api.call(one, proof=api.proof(other)).status == 200
""",
        "test",
    ),
    "bug-zoo.1": ModelAnswer(
        """\
def test(server):
    return server.token(code=server.code(), code_verifier="a" * 43).status == 200
""",
        "test",
    ),
    "bug-zoo.2": ModelAnswer(
        """\
from flowsim import zoo


def works(server, code, verifier):
    return server.token(code=code, code_verifier=verifier).status == 200


def family_lives_on(server):
    first = server.token(code=server.code(), code_verifier=zoo.VERIFIER).json()["refresh_token"]
    second = server.refresh(first).json()["refresh_token"]
    server.wait(60)
    server.refresh(first)
    return server.refresh(second).status == 200


def detector(server):
    unbound, once = server.code(code_challenge=None, code_challenge_method=None), server.code()
    plain = server.code(code_challenge=zoo.VERIFIER, code_challenge_method=None)
    return any(
        [
            works(server, server.code(), None),
            works(server, server.code(), "a" * 43),
            works(server, once, zoo.VERIFIER) and works(server, once, zoo.VERIFIER),
            unbound and works(server, unbound, zoo.VERIFIER),
            plain and "plain" not in server.metadata()["code_challenge_methods_supported"],
            server.code(redirect_uri="https://spa.example.attacker.example/callback"),
            server.authorize().status == 307,
            family_lives_on(server),
        ]
    )
""",
        "detector",
    ),
    "bug-zoo.3": ModelAnswer("", '{"pkce_required": True, "redirect_match": "exact", "redirect_status": 303}'),
    "capstone.3": ModelAnswer(
        """\
from flowsim import Attacker, redeem_the_code, steal_the_redirect
from flowsim.attacks.toolkit import read_the_request


class Mine(Attacker):
    def next_move(self, view):
        if "code_challenge" not in view.loot:
            return read_the_request(view)
        if "code" not in view.loot:
            return steal_the_redirect(view)
        return redeem_the_code(view, view.loot["code_challenge"])
""",
        "Mine",
    ),
    "capstone.4": ModelAnswer(
        """\
settings = {
    "pkce": "S256",
    "state": True,
    "iss": True,
    "redirect_match": "exact",
    "rotation": True,
    "dpop": "tokens",
}
""",
        "settings",
    ),
    "capstone.5": ModelAnswer(
        """\
import re
from urllib.parse import parse_qs, urlsplit


def parameters(messages, wanted):
    for message in messages:
        for address in re.findall(r"\\S+\\?\\S+", message):
            found = parse_qs(urlsplit(address).query)
            if wanted in found:
                return found
    return {}


def review(messages):
    request, redirect = parameters(messages, "response_type"), parameters(messages, "code")
    has = {
        "PKCE": request.get("code_challenge_method") == ["S256"],
        "state": "state" in request,
        "nonce": "nonce" in request,
        "iss": "iss" in redirect,
    }
    return {name for name, there in has.items() if not there}
""",
        "review",
    ),
    "real-port.2": ModelAnswer(
        """\
import re

LOOPBACK = re.compile(r"http://(127[.]0[.]0[.]1|\\[::1\\])(:[0-9]{1,5})?(/.*)")


def fits(registered, sent):
    ours, theirs = LOOPBACK.fullmatch(registered), LOOPBACK.fullmatch(sent)
    if ours and theirs:
        return ours[1] == theirs[1] and ours[3] == theirs[3]
    return registered == sent
""",
        "fits",
    ),
    "real-port.3": ModelAnswer(
        """\
from flowsim.model.hooks import Claims, Deny


def write_takes_a_code(login):
    if "write:messages" in login.scope and not (login.acr or "").endswith("/one-time-code"):
        return Deny("log in with a one-time code")
    return Claims({})
""",
        "write_takes_a_code",
    ),
    **{
        f"build-your-own-client.{number}": ModelAnswer(*own_client_answers.up_to(number))
        for number in range(1, len(own_client_answers.PARTS) + 1)
    },
    "when-login-fails.5": ModelAnswer(
        """\
def refusal(trace):
    for event in trace.events:
        for result in event.checks:
            if result.decides and event.outcome != "again":
                return result.check.id
    return None
""",
        "refusal",
    ),
    "the-machine-as-attacker.4": ModelAnswer(
        """\
from flowsim.explorer.knowledge import known


def knows_a_code(world):
    return any(code.run != "own login" for code in known(world).codes)
""",
        "knows_a_code",
    ),
    "mcp-login.4": ModelAnswer(
        """\
def may_use(issuer, metadata):
    methods = metadata.get("code_challenge_methods_supported", [])
    return metadata.get("issuer") == issuer and "S256" in methods
""",
        "may_use",
    ),
    "mcp-login.5": ModelAnswer(
        """\
from urllib.parse import parse_qsl, urlsplit


def is_ours(recorded, promised, address):
    sent = dict(parse_qsl(urlsplit(address).query, keep_blank_values=True))
    iss = sent.get("iss")
    return not promised if iss is None else iss == recorded
""",
        "is_ours",
    ),
}
