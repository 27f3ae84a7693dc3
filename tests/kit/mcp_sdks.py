"""docs/mcp-clients.md: which rules of an MCP login the official clients keep, found out by logging in with each of them.

Each run is a login at a live world that breaks one rule. A client that keeps it opens no browser, or sends the code to no
token endpoint; what it does is seen at the server and in the browser, and nothing is written down here of any of them.

    python -m tests.kit.mcp_sdks  # writes the page anew
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from io import StringIO
from pathlib import Path
from typing import Literal

from flowsim.judge.mcp_traps import TRAPS, Trap, changed, place_of, with_members
from flowsim.live.careful_transport import CarefulTransport
from flowsim.live.port.server import served
from flowsim.live.tool_client import ToolClient
from flowsim.live.user import User
from flowsim.live.world import Alter, LiveWorld
from flowsim.model.scenario import Scenario
from flowsim.model.steps import CLIENT
from flowsim.protocol.addresses import origin_of
from flowsim.protocol.messages import Request, Response, without_query
from tests.kit import mcp_clients, mcp_rules, wrong_tool_clients
from tests.kit.mcp_clients import REDIRECT_URI, LogIn
from tests.kit.node_clients import FOLDER, end_programs

PAGE = Path(__file__).parents[2] / "docs" / "mcp-clients.md"
Did = Literal["refuses", "goes on"]
_HEAD = """# Which rules three clients keep

A server that breaks a rule of an MCP login is one thing, and a client that does not notice is another. Here a server of
flowsim breaks one rule at a time, and each of these clients logs in there:

{clients}

A client **refuses** where it opens no browser; where the browser is back already, it sends the code to nobody. Else it
**goes on**. The code of a rule is that of [the table of all rules](mcp-rules.md), and beside it stands whom it binds and
what it says, in words of our own. The TypeScript SDK of this version has no parameter by which an app
could hand it the `iss` of an answer.

This page is made by running the clients: `make map` does so, and a test does so again and compares.

| rule | who must do what | what the server does | {head} |
|---|---|---|{line}|
"""


_WRONG = """
## Clients that are wrong on purpose

The official conformance suite keeps 24 clients that are wrong, each in one way, to see whether it notices. Here each is
flowsim's client with that fault, under the name of the suite, and below are some of our own. They log in at the servers of
`flowsim serve --profile mcp --judge`, of which each does one thing that a client has to be ready for. What is found comes
from the requests alone, and the right client keeps every rule at every server. Those named `wif-` log in by another grant,
without a user, and are not played here.

| client | what it does | told at, by what a client must do |
|---|---|---|
"""
# What no server sees: the browser is sent elsewhere.
_SCRIPT, _PLAIN_HTTP = "javascript:alert(1)", "http://elsewhere.example/authorize"
_UNSEEN = (
    Trap(
        name="endpoint-script",
        title="its authorization endpoint is a `javascript:` address",
        changes={"server": with_members(authorization_endpoint=_SCRIPT)},
        code="B17",
        rules=(),
    ),
    Trap(
        name="endpoint-http",
        title="its authorization endpoint is plain http, elsewhere",
        changes={"server": with_members(authorization_endpoint=_PLAIN_HTTP)},
        code="B15",
        rules=(),
    ),
)
FAULTS = (*(trap for trap in TRAPS.values() if trap.code), *_UNSEEN)


@dataclass
class Altered:
    """A live world whose answers have one fault, which can be another one for each login. It counts what is asked."""

    world: LiveWorld
    fault: Trap | None = None
    asked: list[str] = field(default_factory=list)

    @property
    def origins(self) -> frozenset[str]:
        return self.world.origins

    def handle(self, request: Request, *, by: str = CLIENT, alter: Alter | None = None) -> Response:
        """The answer of the world, changed where the fault changes it."""
        self.asked.append(without_query(request.url))
        return self.world.handle(request, by=by, alter=self._changed)

    def _changed(self, request: Request, answer: Response) -> Response:
        place = place_of(self.world.mcp_server or "", request, answer)
        if self.fault is None or place is None or place not in self.fault.changes:
            return answer
        return changed(place, self.fault.changes[place], answer)


def _own(endpoint: str, log_in: LogIn) -> None:
    transport = CarefulTransport(own_machine=True)
    with ToolClient(endpoint, log_in, redirect_uri=REDIRECT_URI, transport=transport) as client:
        client.call("read_messages")


def clients() -> Mapping[str, Callable[[str, LogIn], object]]:
    """Each client under its name and version; it logs in at an endpoint and calls a tool."""
    package = json.loads((FOLDER / "node_modules/@modelcontextprotocol/sdk/package.json").read_text("utf-8"))
    return {
        "flowsim": _own,
        f"Python `mcp` {version('mcp')}": lambda at, log_in: mcp_clients.python_sdk(at, log_in, "read_messages"),
        f"`fastmcp` {version('fastmcp')}": lambda at, log_in: mcp_clients.fastmcp(at, log_in, "read_messages"),
        f"TypeScript `sdk` {package['version']}": lambda at, log_in: mcp_clients.typescript_sdk(
            at, log_in, "read_messages"
        ),
    }


@contextmanager
def bench() -> Iterator[tuple[str, Altered]]:
    """The endpoint of an MCP server, and what makes faults of its answers."""

    def made(issuer: str) -> LiveWorld:
        apis = {"messages": f"{issuer}/api", "photos": f"{issuer}/photos", "mcp": origin_of(issuer)}
        return LiveWorld(Scenario(client="mcp"), issuer=issuer, apis=apis)

    altered: list[Altered] = []

    def door(world: LiveWorld) -> Altered:
        altered.append(Altered(world))
        return altered[-1]

    with served(made, door=door) as there:
        assert there.world.mcp_server is not None
        yield there.world.mcp_server, altered[-1]


def what_it_does(client: Callable[[str, LogIn], object], endpoint: str, server: Altered, fault: Trap | None) -> Did:
    """What this client does at a server with this fault."""
    server.fault, server.asked = fault, []
    opened: list[str] = []

    def log_in(address: str) -> str:
        opened.append(address)
        return User(server.world.issuer).log_in(address)

    # Whatever a library raises: what it has done is seen at the server and in the browser.
    with redirect_stderr(StringIO()), suppress(Exception):
        client(endpoint, log_in)
    sent_code = any(one.endswith("/oauth/token") for one in server.asked)
    return "goes on" if (sent_code if fault is None or "answer" in fault.changes else opened) else "refuses"


def duty(fault: Trap) -> str:
    """Whom the rule binds that a client breaks by going on here, and what it says."""
    known = next((one for one in mcp_rules.rules() if one.code == fault.code), None)
    return f"the {known.who}: {known.rule}" if known else f"the client: It {fault.rules[0].title}."


def page() -> str:
    """The page as Markdown."""
    known = clients()
    with bench() as (endpoint, server):
        for name, client in known.items():
            assert what_it_does(client, endpoint, server, None) == "goes on", (
                f"{name} does not log in where all is right"
            )
        rows = [
            [
                one.code,
                duty(one),
                one.title,
                *(what_it_does(client, endpoint, server, one) for client in known.values()),
            ]
            for one in FAULTS
        ]
    end_programs()
    named, line = "\n".join(f"* {name}" for name in known), "|".join("---" for _ in known)
    head = _HEAD.format(clients=named, head=" | ".join(known), line=line)
    lines = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    return head + lines + _WRONG + "".join(f"| {' | '.join(row)} |\n" for row in wrong_tool_clients.table())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
