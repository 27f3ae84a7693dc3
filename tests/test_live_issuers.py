"""A live server under any issuer: with a port, with a path, with a `/` at its end, and with or without TLS."""

import pytest

from flowsim.actors.authorization_server import page_origins, register
from flowsim.live.world import LiveWorld
from flowsim.protocol.messages import Request, Response, request

ISSUERS = (
    "https://as.example",
    "http://127.0.0.1:9000",
    "http://127.0.0.1:9000/",
    "http://127.0.0.1:9000/tenant",
    "http://127.0.0.1:9000/tenant/",
    "https://[::1]:9443/a/b",
)


def get(world: LiveWorld, url: str, **headers: str) -> Response:
    return world.handle(request("GET", url, headers=headers or None))


@pytest.mark.parametrize("issuer", ISSUERS)
def test_the_metadata_is_below_the_issuer_and_names_it_letter_by_letter(issuer: str) -> None:
    world = LiveWorld(issuer=issuer)
    answer = get(world, f"{issuer.removesuffix('/')}/.well-known/openid-configuration")
    assert answer.status == 200
    assert answer.json()["issuer"] == issuer
    below = issuer.removesuffix("/")
    assert answer.json()["authorization_endpoint"] == f"{below}/authorize"
    assert answer.json()["token_endpoint"] == f"{below}/oauth/token"
    assert get(world, answer.json()["jwks_uri"]).status == 200


@pytest.mark.parametrize("issuer", ["http://127.0.0.1:9000/tenant", "http://127.0.0.1:9000/tenant/"])
def test_the_well_known_part_may_stand_before_the_path_of_the_issuer(issuer: str) -> None:
    """RFC 8414 section 3.1."""
    world = LiveWorld(issuer=issuer)
    answer = get(world, "http://127.0.0.1:9000/.well-known/oauth-authorization-server/tenant")
    assert answer.json()["issuer"] == issuer
    assert get(world, "http://127.0.0.1:9000/.well-known/oauth-authorization-server").status == 404


@pytest.mark.parametrize("issuer", ISSUERS)
def test_a_login_begins_at_each_and_its_pages_lead_below_it(issuer: str) -> None:
    world, below = LiveWorld(issuer=issuer), issuer.removesuffix("/")
    address = (
        f"{below}/authorize?response_type=code&client_id=photo-app&redirect_uri=com.example.app:/callback"
        f"&scope=openid&code_challenge={'c' * 43}&code_challenge_method=S256"
    )
    answer = get(world, address)
    assert answer.location == f"{below}/login"
    cookie = answer.header("set-cookie") or ""
    assert cookie.startswith("__Host-") == issuer.startswith("https:")
    assert ("Secure" in cookie) == issuer.startswith("https:")
    assert "HttpOnly" in cookie
    page = get(world, answer.location, Cookie=cookie.partition(";")[0])
    path = below.partition("://")[2].partition("/")[1:]
    assert f'action="{"".join(path)}/login"' in page.body
    assert world.logins["login-1"].trace.events[-1].act == "step_4"


def test_whoever_is_not_part_of_the_world_is_not_answered() -> None:
    world = LiveWorld(issuer="http://127.0.0.1:9000/tenant")
    for url in ("http://127.0.0.1:9000/", "http://127.0.0.1:9000/tenantry/jwks.json", "http://127.0.0.1:9001/tenant"):
        assert get(world, url).status == 404


def test_an_api_may_live_below_a_path() -> None:
    world = LiveWorld(issuer="http://127.0.0.1:9000", apis={"messages": "http://127.0.0.1:9000/api"})
    assert get(world, "http://127.0.0.1:9000/api/messages").status == 401
    assert get(world, "http://127.0.0.1:9000/api/photos").status == 404
    assert get(world, "http://127.0.0.1:9000/apis").status == 404
    assert world.server.resources[0] == "http://127.0.0.1:9000/api"


def test_a_page_on_the_users_own_machine_may_call_the_server_from_its_registered_port() -> None:
    page = register("page", "Page", ("http://localhost:5173/callback", "http://127.0.0.1:5173/"), None, False)
    native = register("native", "Native", ("http://127.0.0.1/callback",), None, False)
    assert page_origins(page) == {"http://localhost:5173", "http://127.0.0.1:5173"}
    assert page_origins(native) == set()
    world = LiveWorld(issuer="http://127.0.0.1:9000", clients=[page, native])
    headers = {
        "Origin": "http://localhost:5173",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "auth0-client,content-type",
    }
    asked = Request(method="OPTIONS", url="http://127.0.0.1:9000/oauth/token", headers=tuple(headers.items()))
    answer = world.handle(asked)
    assert answer.header("access-control-allow-origin") == "http://localhost:5173"
    assert "auth0-client" in (answer.header("access-control-allow-headers") or "")
    elsewhere = Request(
        method="OPTIONS", url=asked.url, headers=(("Origin", "http://localhost:5174"), *asked.headers[1:])
    )
    assert world.handle(elsewhere).header("access-control-allow-origin") is None


def test_a_challenge_for_a_proof_names_every_algorithm_that_is_taken() -> None:
    """RFC 9449 section 7.1."""
    world = LiveWorld(issuer="http://127.0.0.1:9000", apis={"messages": "http://127.0.0.1:9000/api"})
    for address in ("http://127.0.0.1:9000/api/messages", "http://127.0.0.1:9000/userinfo"):
        challenge = get(world, address, Authorization="DPoP abc").header("www-authenticate") or ""
        assert 'algs="ES256 EdDSA"' in challenge
    assert world.metadata["dpop_signing_alg_values_supported"] == ["ES256", "EdDSA"]
