"""Real Python clients log in at a live world, in process and on a port: from discovery to refresh, and to revocation.

And which faults of a server they notice is found out by runs. Of what a library does nothing is written down here but
what must be so whatever it does.
"""

import json
import warnings
from collections.abc import Iterator
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from frozendict import frozendict

from flowsim.actors.authorization_server import register
from flowsim.live.apps import LIBRARIES, ClientAuth, Json, Library, Site
from flowsim.live.faults import FAULTS
from flowsim.live.libraries import which_notice
from flowsim.live.port.server import served
from flowsim.live.user import User
from flowsim.live.world import LiveWorld
from flowsim.model.scenario import APIS, DEFAULT_API, ScenarioError
from flowsim.model.states import State
from flowsim.protocol import dpop

REDIRECT_URI = "http://127.0.0.1:8400/callback"
SECRET = "a-secret-of-the-library-bench"  # it needs no encoding, which not each library does (RFC 6749 section 2.3.1)
WAYS = [(name, auth) for name, library in LIBRARIES.items() for auth in library.auth if auth != "private_key_jwt"]
CLIENTS = (
    register("public", "Public", (REDIRECT_URI,), None, False),
    register("confidential", "Confidential", (REDIRECT_URI,), SECRET, True),
)


def site(issuer: str, api: str, auth: ClientAuth) -> Site:
    public = auth == "none"
    return Site(
        issuer=issuer,
        api=api,
        client_id="public" if public else "confidential",
        redirect_uri=REDIRECT_URI,
        auth=auth,
        secret=None if public else SECRET,
    )


def library(name: str) -> Library:
    found = LIBRARIES[name]
    assert not found.missing, f"not installed: {', '.join(found.missing)}; they belong to flowsim[test]"
    return found


def log_in(name: str, at: Site, user: User) -> Json:
    """From discovery to the end, with what each step has to bring."""
    app = library(name).app(at)
    tokens = app.finish(user.log_in(app.begin()))
    assert {"access_token", "id_token"} <= set(tokens)
    assert app.userinfo()["sub"] == "user-alice"
    assert json.loads(app.call())["owner"] == "user-alice"
    fresh = app.refresh()
    assert fresh["access_token"] != tokens["access_token"]
    if app.revoke():
        with pytest.raises(Exception, match="invalid_grant"):
            app.refresh()
    return tokens


def the_last(world: LiveWorld) -> State:
    return list(world.logins.values())[-1].state


@pytest.fixture(autouse=True)
def _http_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # oauthlib wants https for every address


@pytest.fixture(scope="module")
def world() -> LiveWorld:
    return LiveWorld(clients=CLIENTS)


@pytest.fixture(scope="module")
def on_port() -> Iterator[LiveWorld]:
    def made(issuer: str) -> LiveWorld:
        return LiveWorld(issuer=issuer, apis={"messages": f"{issuer}/api"}, clients=CLIENTS)

    with served(made) as there:
        yield there.world


@pytest.mark.parametrize(("name", "auth"), WAYS)
def test_a_library_logs_in_in_process(world: LiveWorld, name: str, auth: ClientAuth) -> None:
    at = replace(site(world.issuer, f"{APIS[DEFAULT_API]}/{DEFAULT_API}", auth), door=world)
    log_in(name, at, User(world))
    assert the_last(world) is State.DONE


@pytest.mark.parametrize(("name", "auth"), WAYS)
def test_a_library_logs_in_on_a_port(on_port: LiveWorld, name: str, auth: ClientAuth) -> None:
    log_in(name, site(on_port.issuer, f"{on_port.issuer}/api/messages", auth), User(on_port.issuer))
    assert the_last(on_port) is State.DONE


@pytest.mark.parametrize("name", [name for name, one in LIBRARIES.items() if "private_key_jwt" in one.auth])
def test_a_library_shows_who_it_is_with_a_key(name: str) -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    kid, jwk = dpop.thumbprint(bytes(range(32))), frozendict(dpop.public_jwk(bytes(range(32))))
    world = LiveWorld(clients=[register("with-key", "With a key", (REDIRECT_URI,), None, True, jwk)])
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    at = Site(
        issuer=world.issuer,
        api=f"{APIS[DEFAULT_API]}/{DEFAULT_API}",
        client_id="with-key",
        redirect_uri=REDIRECT_URI,
        auth="private_key_jwt",
        key=pem,
        kid=kid,
        door=world,
    )
    log_in(name, at, User(world))


def test_which_faults_the_libraries_notice_is_found_for_each_of_both() -> None:
    for name in LIBRARIES:
        library(name)
    found = which_notice()
    assert found.libraries == tuple(LIBRARIES), f"left out: {found.left_out}"
    assert set(found.seen) == {(fault, name) for fault in FAULTS for name in LIBRARIES}
    assert len(found.table().rows) == len(FAULTS)
    looking = [name for name in LIBRARIES if name != "requests-oauthlib"]
    for name in looking:  # those that look at ID tokens at all
        for fault in ("alg-none", "own-key", "changed-claims", "iss-wrong", "expired", "nonce-wrong"):
            assert found.seen[fault, name].said == "refuses", (fault, name)
    for fault, one in FAULTS.items():  # a refusal is none of an answer that comes later
        if one.place == "refresh":
            for name in LIBRARIES:
                seen = found.seen[fault, name]
                assert seen.said == "goes on" or seen.at == "after a refresh", (fault, name, seen)


def test_what_a_library_warns_of_is_not_printed_beside_the_table() -> None:
    """Not even where the library lets no filter of warnings hold it back, as Authlib does when it is imported."""

    def warning(at: Site) -> None:
        warnings.simplefilter("always", DeprecationWarning)
        warnings.warn("do it in another way", DeprecationWarning, stacklevel=1)
        raise ValueError("no app")

    with warnings.catch_warnings(record=True) as printed:
        found = which_notice([], [Library("Warning", (), warning)])  # type: ignore[arg-type]
    assert "no app" in found.left_out["Warning"]
    assert printed == []


def test_a_library_that_is_not_installed_is_left_out_and_named() -> None:
    absent = Library("Absent", ("no-such-package-here",), lambda at: pytest.fail("it is not installed"))
    found = which_notice(["alg-none"], [absent])
    assert found.seen == {}
    assert found.left_out == {"Absent": "not installed: pip install no-such-package-here"}
    assert "no-such-package-here" in repr(found)


def test_a_library_that_refuses_an_honest_server_is_left_out() -> None:
    def broken(at: Site) -> None:
        raise ValueError("I like no server")

    found = which_notice(["alg-none"], [Library("Broken", (), broken)])  # type: ignore[arg-type]
    assert found.seen == {}
    assert "I like no server" in found.left_out["Broken"]


def test_a_fault_in_what_an_app_never_asks_for_is_told_apart() -> None:
    class NoUserinfo:
        def __init__(self, at: Site) -> None:
            self.app = LIBRARIES["requests-oauthlib"].app(at)
            self.begin, self.finish, self.call = self.app.begin, self.app.finish, self.app.call
            self.refresh, self.revoke = self.app.refresh, self.app.revoke

        def userinfo(self) -> Json:
            return {}

    library("requests-oauthlib")
    found = which_notice(["userinfo-sub-other"], [Library("No userinfo", (), NoUserinfo)])
    assert found.seen["userinfo-sub-other", "No userinfo"].said == "not asked"


def test_a_fault_and_a_library_that_there_is_not_are_named() -> None:
    with pytest.raises(ScenarioError, match="no-such"):
        which_notice([], ["no-such"])
    with pytest.raises(ScenarioError, match="no-such"):
        which_notice(["no-such"], ["requests-oauthlib"])
