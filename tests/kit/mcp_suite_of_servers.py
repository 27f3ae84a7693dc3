"""The MCP server and the authorization server of flowsim before the official conformance suite.

The suite cannot log in at an MCP server. So a client of flowsim does, and its token is put into each message of the suite
on its way. At the authorization server the suite begins a login itself, prints the address for the user, and waits.
"""

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from flowsim.actors.authorization_server import register
from flowsim.live.careful_transport import CarefulTransport
from flowsim.live.port.server import Served, served
from flowsim.live.tool_client import ToolClient
from flowsim.live.user import User
from flowsim.live.world import Alter, LiveWorld
from flowsim.model.scenario import Scenario
from flowsim.model.steps import CLIENT
from flowsim.protocol.messages import Request, Response
from tests.kit.mcp_conformance import NODE, REVISION, SUITE
from tests.kit.node_clients import FOLDER

_CLIENT_ID = "the-suite"
_PAGE = re.compile(r"https?://\S+/authorize\?\S+")
_SCORED = ("SUCCESS", "FAILURE")


@dataclass
class WithToken:
    """A world to which each message for the MCP server comes with this token."""

    world: LiveWorld
    token: str = field(default="")

    @property
    def origins(self) -> frozenset[str]:
        return self.world.origins

    def handle(self, request: Request, *, by: str = CLIENT, alter: Alter | None = None) -> Response:
        """The answer of the world."""
        if self.token and request.url == self.world.mcp_server:
            request = replace(request, headers=(*request.headers, ("Authorization", f"Bearer {self.token}")))
        return self.world.handle(request, by=by, alter=alter)


@contextmanager
def _serving() -> Iterator[tuple[Served, WithToken]]:
    doors: list[WithToken] = []

    def made(issuer: str) -> LiveWorld:
        apis = {"messages": f"{issuer}/api", "photos": f"{issuer}/photos", "mcp": issuer}
        return LiveWorld(Scenario(client="mcp"), issuer=issuer, apis=apis)

    def door(world: LiveWorld) -> WithToken:
        doors.append(WithToken(world))
        return doors[-1]

    with served(made, door=door) as there:
        yield there, doors[-1]


def of_the_mcp_server() -> Mapping[str, Mapping[str, str]]:
    """For each scenario of the suite that failed in something, the checks that failed: name → what the suite says."""
    with _serving() as (there, door), TemporaryDirectory() as folder:
        endpoint = there.world.mcp_server or ""
        transport = CarefulTransport(own_machine=True)
        with ToolClient(endpoint, User(there.address).log_in, transport=transport) as client:
            client.tools()
            door.token = client.app.tokens["user"].access_token
        _run("server", "--url", endpoint, "--requirements", REVISION, "-o", folder)
        found = {_scenario(file.parent): _read(file) for file in Path(folder).rglob("checks.json")}
    return {
        name: {one["id"]: one.get("errorMessage", "") for one in checks if one["status"] == "FAILURE"}
        for name, checks in found.items()
        if any(one["status"] in _SCORED for one in checks)
    }


def _scenario(folder: Path) -> str:
    """The folder of a scenario has its name between the kind and the time."""
    return re.sub(r"-\d{4}-\d\d-\d\dT.*", "", folder.name).removeprefix("server-")


def _read(file: Path) -> list[dict[str, Any]]:
    return [{**one} for one in json.loads(file.read_text("utf-8"))]


def of_the_authorization_server(port: int) -> str:
    """What the suite prints of the authorization server, after a user has logged in; it comes back at this port."""
    with _serving() as (there, _):
        back = f"http://127.0.0.1:{port}/callback"
        there.world.register(register(_CLIENT_ID, "The suite", (back,), None, confidential=False))
        command = [
            str(NODE),
            SUITE,
            "authorization",
            "--url",
            there.address,
            "--client-id",
            _CLIENT_ID,
            "-p",
            str(port),
        ]
        with subprocess.Popen(
            command, cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            assert process.stdout is not None
            printed = ""
            for line in process.stdout:
                printed += line
                if page := _PAGE.search(line):
                    httpx.get(User(there.address).log_in(page[0]), trust_env=False)
        return printed


def _run(*options: str) -> None:
    subprocess.run([str(NODE), SUITE, *options], cwd=FOLDER, capture_output=True, check=False)
