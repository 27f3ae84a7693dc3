"""Clients of the JavaScript world log in at a live world: the libraries' own code, run by Node, in process and on a port.

And which faults of a server they notice is found out by runs. Of what a library does nothing is written down here but
what must be so whatever it does.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from flowsim.actors.authorization_server import register
from flowsim.analysis import forged_tokens
from flowsim.live.apps import App, ClientAuth, Json, Site
from flowsim.live.faults import FAULTS
from flowsim.live.libraries import Noticed, which_notice
from flowsim.live.port.server import served
from flowsim.live.user import User
from flowsim.live.world import LiveWorld
from flowsim.model.scenario import Scenario
from flowsim.model.states import State
from flowsim.views.text.transcript import summary
from tests.kit.node_clients import NODE_LIBRARIES, NodeApp, Refused, end_programs

REDIRECT_URI = "http://127.0.0.1:8400/callback"
SECRET = "a secret: with / and + in it %"
CLIENTS = (
    register("public", "Public", (REDIRECT_URI,), None, False),
    register("confidential", "Confidential", (REDIRECT_URI,), SECRET, True),
)
NEEDS_A_SLASH = [name for name, one in NODE_LIBRARIES.items() if one.issuer.endswith("/")]
WITH_A_SECRET = [(name, auth) for name, one in NODE_LIBRARIES.items() for auth in one.auth if auth != "none"]
CHECKING = [name for name in NODE_LIBRARIES if name.endswith("checking signatures")]


@pytest.fixture(scope="module", autouse=True)
def _programs_end() -> Iterator[None]:
    yield
    end_programs()


@dataclass(frozen=True)
class At:
    """A served world."""

    world: LiveWorld

    def site(self, auth: ClientAuth = "none", secret: str = SECRET) -> Site:
        issuer, public = self.world.issuer, auth == "none"
        return Site(
            issuer=issuer,
            api=f"{issuer.removesuffix('/')}/api/messages",
            client_id="public" if public else "confidential",
            redirect_uri=REDIRECT_URI,
            auth=auth,
            secret=None if public else secret,
        )

    def log_in(self, app: App) -> Json:
        """From discovery to the end, with what each step has to bring."""
        user = User(self.world.issuer)
        tokens = app.finish(user.log_in(app.begin()))
        assert tokens["sub"] == "user-alice"
        assert app.userinfo()["sub"] == "user-alice"
        assert json.loads(app.call())["owner"] == "user-alice"
        assert app.refresh()["access_token"] != tokens["access_token"]
        assert self.state is State.DONE
        assert app.revoke()
        with pytest.raises(Refused):
            app.refresh()
        return tokens

    @property
    def state(self) -> State:
        return [*self.world.logins.values()][-1].state


@contextmanager
def serving(scenario: Scenario | None = None, below: str = "") -> Iterator[At]:
    def made(issuer: str) -> LiveWorld:
        apis = {"messages": f"{issuer}/api", "photos": f"{issuer}/photos"}
        return LiveWorld(scenario, issuer=f"{issuer}{below}", apis=apis, clients=CLIENTS)

    with served(made) as there:
        yield At(there.world)


@pytest.fixture(scope="module")
def at() -> Iterator[At]:
    with serving() as found:
        yield found


@pytest.fixture(scope="module")
def at_a_slash() -> Iterator[At]:
    with serving(below="/") as found:
        yield found


@pytest.mark.parametrize("name", [name for name in NODE_LIBRARIES if name not in NEEDS_A_SLASH])
def test_a_public_client_logs_in_with_pkce_calls_the_api_and_refreshes(name: str, at: At) -> None:
    at.log_in(NODE_LIBRARIES[name].app(at.site()))
    login = [*at.world.logins.values()][-1]
    assert "The server checks the verifier" in summary(login.trace)
    assert any(event.act == "step_13" for event in login.trace.events)


@pytest.mark.parametrize("name", NODE_LIBRARIES)
def test_an_issuer_may_end_in_a_slash(name: str, at_a_slash: At) -> None:
    at_a_slash.log_in(NODE_LIBRARIES[name].app(at_a_slash.site()))


@pytest.mark.parametrize(("name", "auth"), WITH_A_SECRET)
def test_a_confidential_client_shows_its_secret_in_the_header_or_in_the_form(
    name: str, auth: ClientAuth, at: At
) -> None:
    at.log_in(NODE_LIBRARIES[name].app(at.site(auth)))
    wrong = NODE_LIBRARIES[name].app(at.site(auth, "another"))
    address = User(at.world.issuer).log_in(wrong.begin())
    with pytest.raises(Refused):
        wrong.finish(address)
    assert [*at.world.logins.values()][-1].trace.verdict.error == "invalid_client"


def test_tokens_are_bound_to_a_key_with_a_nonce_in_each_proof() -> None:
    with serving(Scenario(dpop="tokens", dpop_nonce=True)) as at:
        assert at.log_in(NodeApp("oauth4webapi", at.site(), dpop=True))["token_type"].lower() == "dpop"


def test_a_request_is_pushed_where_the_server_takes_no_other() -> None:
    with serving(Scenario(par="required")) as at:
        at.log_in(NodeApp("oauth4webapi", at.site(), par=True))
        assert at.state is not State.ERROR_PAGE


@pytest.fixture(scope="module")
def noticed() -> Noticed:
    return which_notice(libraries=NODE_LIBRARIES.values())


def test_which_faults_the_libraries_notice_is_found_for_each_of_both(noticed: Noticed) -> None:
    assert noticed.libraries == tuple(NODE_LIBRARIES), f"left out: {noticed.left_out}"
    assert set(noticed.seen) == {(fault, name) for fault in FAULTS for name in NODE_LIBRARIES}
    assert len(noticed.table().rows) == len(FAULTS)


@pytest.mark.parametrize("fault", ["state-wrong", "state-missing", "sub-missing", "id-token-missing"])
def test_what_a_client_compares_in_every_login_each_library_refuses(fault: str, noticed: Noticed) -> None:
    assert {name: noticed.seen[fault, name].at for name in NODE_LIBRARIES} == dict.fromkeys(
        NODE_LIBRARIES, "when the browser is back"
    )


def test_who_looks_at_signatures_takes_no_forged_id_token(noticed: Noticed) -> None:
    forged = [fault for fault in FAULTS if fault in forged_tokens.FORGERIES]
    assert forged
    for fault in forged:
        for name in CHECKING:
            seen = noticed.seen[fault, name]
            assert (seen.said, seen.at) == ("refuses", "when the browser is back"), (fault, name, seen)


def test_a_library_that_is_told_to_look_at_more_refuses_no_less(noticed: Noticed) -> None:
    for more in CHECKING:
        less, _, _ = more.partition(",")
        found = {name: {one for one in FAULTS if noticed.seen[one, name].said == "refuses"} for name in (less, more)}
        assert found[less] <= found[more]


def test_a_library_that_asks_for_no_userinfo_and_no_metadata_is_told_apart(noticed: Noticed) -> None:
    """auth0-spa-js has its addresses from the name of the server, and what it tells of the user from the ID token."""
    for fault, one in FAULTS.items():
        seen = noticed.seen[fault, "auth0-spa-js"]
        assert (seen.said == "not asked") == (one.place in ("userinfo", "metadata")), (fault, seen)


@pytest.mark.parametrize("fault", ["userinfo-sub-other", "userinfo-sub-missing"])
def test_who_asks_for_userinfo_compares_whom_it_speaks_of(fault: str, noticed: Noticed) -> None:
    asking = [name for name in NODE_LIBRARIES if name not in ("auth0-spa-js", "oidc-client-ts")]
    assert {name for name in NODE_LIBRARIES if noticed.seen[fault, name].said == "refuses"} == {*asking}
    assert {name for name in NODE_LIBRARIES if noticed.seen[fault, name].said == "goes on"} == set()


def test_a_refusal_is_none_of_an_answer_that_comes_later(noticed: Noticed) -> None:
    for (fault, _), seen in noticed.seen.items():
        if FAULTS[fault].place == "refresh":
            assert seen.said == "goes on" or seen.at == "after a refresh", (fault, seen)


def test_an_app_with_a_door_reaches_that_world_and_nobody_else() -> None:
    world: Any = LiveWorld(clients=CLIENTS)
    elsewhere = Site(
        issuer="https://not-of-this-world.example",
        api="https://not-of-this-world.example/api",
        client_id="public",
        redirect_uri=REDIRECT_URI,
        door=world,
    )
    with pytest.raises(Refused, match="nobody in this world answers at https://not-of"):
        NodeApp("oidc_client_ts", elsewhere).begin()
