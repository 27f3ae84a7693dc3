"""What clients that exist send, and need in the answer: at the authorization endpoint, the token endpoint and userinfo."""

import base64
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest

from flowsim.actors import possession
from flowsim.actors.authorization_server import memory, page_origins, register
from flowsim.live.user import User
from flowsim.live.world import LiveWorld
from flowsim.model.world import Asserted
from flowsim.protocol import dpop, signed_tokens
from flowsim.protocol.addresses import names_a_host
from flowsim.protocol.messages import FORM, Request, Response, query_of, request, with_params
from flowsim.protocol.pkce import challenge_for

BASE = "http://127.0.0.1:9000"
VERIFIER = "v" * 43
SECRET = "a secret: with %, +, & and ä"
NATIVE, PAGE = "http://127.0.0.1/callback", "http://localhost:5173/"
KINDS = (FORM, f"{FORM};charset=UTF-8", f"{FORM}; charset=utf-8", "Application/X-WWW-Form-Urlencoded ; Charset=UTF-8")
UNKNOWN = {"audience": "https://nobody.example", "auth0Client": "eyJ9", "claims": "{}", "ui_locales": "de fr", "x": "y"}
Claims = dict[str, Any]


class App:
    """A client at a live server, by hand."""

    now = 1_900_000_000

    def __init__(self, client_id: str = "native", redirect_uri: str = NATIVE) -> None:
        clients = (
            register("native", "Native", (NATIVE, "http://[::1]/callback"), None, False),
            register("page", "Page", (PAGE,), None, False),
            register("web: ä", "Web", ("https://app.example/cb",), SECRET, True),
        )
        self.world = LiveWorld(
            issuer=f"{BASE}/", apis={"messages": f"{BASE}/api"}, clients=clients, clock=lambda: self.now
        )
        self.client_id, self.redirect_uri = client_id, redirect_uri

    def params(self, **more: str) -> dict[str, str]:
        usual = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid profile offline_access read:messages",
            "state": "s",
            "nonce": "n",
            "code_challenge": challenge_for(VERIFIER, "S256"),
            "code_challenge_method": "S256",
        }
        return {**usual, **more}

    def ask(self, **more: str) -> Response:
        return self.world.handle(request("GET", with_params(f"{BASE}/authorize", self.params(**more))))

    def log_in(self, **more: str) -> dict[str, str]:
        address = User(self.world).log_in(with_params(f"{BASE}/authorize", self.params(**more)))
        assert address.startswith(f"{self.redirect_uri}?")
        return dict(query_of(address))

    def post(self, path: str, form: dict[str, str], kind: str = FORM, **headers: str) -> Response:
        fields = (("Content-Type", kind), *headers.items())
        return self.world.handle(Request(method="POST", url=f"{BASE}{path}", headers=fields, body=urlencode(form)))

    def redeem(self, kind: str = FORM, **more: str) -> Claims:
        form = {
            "grant_type": "authorization_code",
            "code": self.log_in()["code"],
            "redirect_uri": self.redirect_uri,
            "client_id": self.client_id,
            "code_verifier": VERIFIER,
        }
        answer = self.post("/oauth/token", {**form, **more}, kind)
        assert (answer.status, answer.header("cache-control")) == (200, "no-store"), answer.body
        return answer.json()

    def refresh(self, tokens: Claims, kind: str = FORM, **more: str) -> Claims:
        form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "client_id": self.client_id}
        answer = self.post("/oauth/token", {**form, **more}, kind)
        assert answer.status == 200, answer.body
        return answer.json()


def claims_of(text: str) -> Claims:
    token = signed_tokens.read(text)
    assert token is not None
    return dict(token.claims)


# ---- The authorization endpoint


@pytest.mark.parametrize("more", [UNKNOWN, {"response_mode": "query"}, {"prompt": "consent"}, {"max_age": "3600"}])
def test_the_authorization_endpoint_takes_what_libraries_add(more: dict[str, str]) -> None:
    """RFC 6749 section 3.1; OAuth 2.0 Multiple Response Types section 2.1; OIDC Core section 3.1.2.1."""
    assert App().log_in(**more)["state"] == "s"


def test_the_request_may_be_posted_with_a_charset() -> None:
    """OIDC Core section 3.1.2.1."""
    for kind in KINDS:
        app = App()
        assert app.post("/authorize", app.params(**UNKNOWN), kind).location == f"{BASE}/login"


@pytest.mark.parametrize("mode", ["fragment", "form_post", "web_message", "query.jwt", "Query"])
def test_another_response_mode_is_refused_on_a_page(mode: str) -> None:
    answer = App().ask(response_mode=mode)
    assert (answer.status, answer.location) == (400, "")


def test_prompt_consent_asks_a_user_who_has_agreed_before() -> None:
    app = App()
    user = User(app.world)
    for _ in range(2):
        user.log_in(with_params(f"{BASE}/authorize", app.params(prompt="consent")))
    trace = list(app.world.logins.values())[-1].trace
    pages = [one.message for event in trace.events for one in event.messages if isinstance(one.message, Request)]
    assert any(one.path == "/consent" and one.method == "POST" for one in pages)


@pytest.mark.parametrize("address", ["http://[::1]:51004/callback", "http://127.0.0.1:51004/callback", NATIVE])
def test_a_loopback_address_may_come_with_any_port(address: str) -> None:
    """RFC 8252 section 7.3."""
    assert App(redirect_uri=address).redeem()["token_type"] == "Bearer"


def test_a_page_at_localhost_logs_in_at_the_port_that_it_registered() -> None:
    """RFC 8252 section 8.3 advises against the name, and does not forbid it."""
    app = App("page", PAGE)
    assert "id_token" in app.redeem()
    for other in ("http://localhost:5174/", "http://localhost/", "http://127.0.0.1:5173/", "http://[::1]:5173/"):
        assert app.ask(redirect_uri=other).status == 400


def test_an_address_without_tls_elsewhere_is_refused_although_it_is_registered() -> None:
    """RFC 9700 section 2.6."""
    for address in ("http://app.example/", "http://localhost.app.example/", "http://127.0.0.1.app.example/"):
        app = App("other", address)
        app.world.register(register("other", "Other", (address,), None, False))
        assert (app.ask().status, app.ask().location) == (400, "")


# ---- The token endpoint


@pytest.mark.parametrize("kind", KINDS)
def test_the_token_endpoint_takes_a_form_with_a_charset_and_what_it_does_not_know(kind: str) -> None:
    """RFC 6749 section 3.2."""
    app = App()
    tokens = app.redeem(kind, state="s", audience="https://nobody.example", client_secret="", x="y")
    assert tokens["scope"] == "openid profile offline_access read:messages"
    fresh = app.refresh(tokens, kind, state="s", redirect_uri="https://else.example/", prompt="none", nonce="other")
    assert fresh["scope"] == tokens["scope"]


def test_the_scope_of_an_answer_is_what_is_in_the_token() -> None:
    """RFC 6749 sections 5.1 and 6: what is asked for at a refresh holds for that answer alone, each word once."""
    app = App()
    tokens = app.redeem()
    for asked, granted in {
        "openid read:messages": "openid read:messages",
        "openid openid": "openid",
        "": tokens["scope"],
    }.items():
        tokens = app.refresh(tokens, scope=asked)
        assert (tokens["scope"], claims_of(tokens["access_token"])["scope"]) == (granted, granted)


def test_each_refresh_brings_an_id_token_of_the_same_login() -> None:
    """OIDC Core section 12.2."""
    app = App()
    tokens = app.redeem()
    first = claims_of(tokens["id_token"])
    assert (first["nonce"], first["iss"], first["aud"]) == ("n", f"{BASE}/", "native")
    for _ in range(3):
        tokens = app.refresh(tokens)
        later = claims_of(tokens["id_token"])
        assert {name: later[name] for name in ("iss", "sub", "aud", "auth_time")} == {
            name: first[name] for name in ("iss", "sub", "aud", "auth_time")
        }
        assert "nonce" not in later
        assert later["at_hash"] == signed_tokens.left_half_hash(tokens["access_token"])


def test_a_name_and_a_secret_of_any_characters_come_encoded_as_a_form_in_basic() -> None:
    """RFC 6749 section 2.3.1."""
    app = App("web: ä", "https://app.example/cb")
    form = {
        "grant_type": "authorization_code",
        "code": app.log_in()["code"],
        "redirect_uri": app.redirect_uri,
        "client_id": app.client_id,
        "code_verifier": VERIFIER,
    }
    shown = {
        secret: base64.b64encode(f"{quote_plus(app.client_id)}:{quote_plus(secret)}".encode()).decode()
        for secret in ("another", SECRET)
    }
    refused = app.post("/oauth/token", form, KINDS[1], Authorization=f"Basic {shown['another']}")
    assert (refused.status, refused.json()["error"]) == (401, "invalid_client")
    assert (refused.header("www-authenticate") or "").startswith("Basic ")
    assert app.post("/oauth/token", form, KINDS[1], Authorization=f"basic {shown[SECRET]}").status == 200


# ---- Userinfo


@pytest.mark.parametrize("kind", KINDS)
def test_userinfo_takes_the_token_in_a_header_or_in_a_posted_form(kind: str) -> None:
    """OIDC Core section 5.3.1, RFC 6750 sections 2.1 and 2.2."""
    app = App()
    token = app.redeem()["access_token"]
    bearer = request("GET", f"{BASE}/userinfo", headers={"Authorization": f"Bearer {token}"})
    told = {"sub": "user-alice", "name": "Alice Example"}
    assert app.world.handle(bearer).json() == told
    assert app.post("/userinfo", {"access_token": token, "x": "y"}, kind).json() == told
    assert app.post("/userinfo", {}, kind, Authorization=f"Bearer {token}").json() == told


def test_userinfo_takes_no_token_in_two_ways_none_in_the_address_and_none_in_a_form_of_a_get() -> None:
    """RFC 6750 sections 2, 2.2 and 5.3."""
    app = App()
    token = app.redeem()["access_token"]
    twice = app.post("/userinfo", {"access_token": token}, Authorization=f"Bearer {token}")
    assert (twice.status, 'error="invalid_request"' in (twice.header("www-authenticate") or "")) == (400, True)
    assert app.world.handle(request("GET", f"{BASE}/userinfo?access_token={token}")).status == 401
    body = urlencode({"access_token": token})
    get = Request(method="GET", url=f"{BASE}/userinfo", headers=(("Content-Type", FORM),), body=body)
    assert app.world.handle(get).status == 401
    assert app.post("/userinfo", {"access_token": token}, "text/plain").status == 401


# ---- Pages of other origins, and addresses


@pytest.mark.parametrize(
    "asked", ["authorization,auth0-client", "authorization, auth0-client", "Auth0-Client , content-type"]
)
def test_a_preflight_may_list_its_headers_with_spaces(asked: str) -> None:
    """RFC 9110 section 5.6.1."""
    headers = (
        ("Origin", "http://localhost:5173"),
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", asked),
    )
    answer = App().world.handle(Request(method="OPTIONS", url=f"{BASE}/oauth/token", headers=headers))
    allowed = {name.strip().lower() for name in (answer.header("access-control-allow-headers") or "").split(",")}
    assert {name.strip().lower() for name in asked.split(",")} <= allowed


def test_no_page_may_read_the_authorization_endpoint() -> None:
    app = App()
    asked = with_params(f"{BASE}/authorize", app.params())
    for method in ("GET", "POST", "OPTIONS"):
        headers = (("Origin", "http://localhost:5173"), ("Access-Control-Request-Method", "GET"))
        answer = app.world.handle(Request(method=method, url=asked, headers=headers))
        assert answer.header("access-control-allow-origin") is None


@pytest.mark.parametrize(
    "registered", ["https://[app/cb", "https://[::1/cb", "https://app]/", "https://[zz]/", "http://[::1", "http://:x/"]
)
def test_an_address_that_is_none_raises_nothing_wherever_it_was_registered(registered: str) -> None:
    app = App("odd", "https://app.example/cb")
    odd = register("odd", "Odd", (registered,), None, False)
    app.world.register(odd)
    for sent in ("https://app.example/cb", f"{registered}x", registered):
        assert app.ask(redirect_uri=sent).status in (303, 400)
    assert all(isinstance(one, str) for one in page_origins(odd))


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("https://app.example/cb", True),
        ("https://a-b.App.example:8443/", True),
        ("https://127.0.0.1:1/", True),
        ("https://[::1]:65535", True),
        ("https://[2001:db8::7]/", True),
        ("https://[::1]:65536/", False),
        ("https://[::1]x/", False),
        ("https://[::1", False),
        ("https://[fe80::1%25eth0]/", False),
        ("https://[fe80::1%eth0]/", False),
        ("https://app.example:/", False),
        ("https://app.example:0/", False),
        ("https://app.example:443:443/", False),
        ("http://localhost:80.evil.example/", False),
        ("https://a..b/", False),
        ("https://-a/", False),
        ("https://%61/", False),
        ("https://", False),
        ("com.example.app:/callback", False),
    ],
)
def test_what_names_a_host(address: str, names: bool) -> None:
    assert names_a_host(address) is names


# ---- What a server keeps


def test_a_server_forgets_what_ended_long_ago_and_in_a_flood_what_came_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST_AT_A_TIME", 4)
    kept = LiveWorld().server.assertions
    for second in range(6):
        kept = memory.with_one_more(kept, ("app", str(second)), Asserted(1000 + second), 1000)
    assert [jti for _, jti in kept] == ["2", "3", "4", "5"]
    later = memory.with_one_more(kept, ("app", "late"), Asserted(9000), 1004 + memory.KEPT_AFTER)
    assert [jti for _, jti in later] == ["4", "5", "late"]
    alone = memory.with_one_more(kept, ("app", "late"), Asserted(9000), 2000 + memory.KEPT_AFTER)
    assert [jti for _, jti in alone] == ["late"]
    assert memory.without(alone, ("app", "2")) == alone
    assert memory.without(alone, ("app", "late")) == {}


def test_of_proofs_the_newest_are_remembered_in_a_flood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(possession, "MOST_SEEN", 3)
    app = App()
    for number in range(5):
        shown = dpop.proof(b"k" * 32, "POST", f"{BASE}/oauth/token", now=app.now, jti=f"proof {number}")
        app.post("/oauth/token", {"grant_type": "refresh_token", "client_id": "native"}, DPoP=shown)
    assert list(app.world.server.proofs.seen) == ["proof 2", "proof 3", "proof 4"]
