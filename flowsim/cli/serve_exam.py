"""`flowsim serve --profile mcp --judge`: a server for each trap, and what a client did wrong there, until Ctrl-C.

Each server is at a port of its own. What is to be said by now stands at `/flowsim/` of each, and as JSON at
`/flowsim/json`; at the end it is printed.
"""

import argparse
import json
import sys
from collections import Counter
from contextlib import ExitStack
from socket import socket

from starlette.responses import JSONResponse, PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from flowsim.cli.serve import safe_lines
from flowsim.judge.mcp_exam import Exam, mark
from flowsim.judge.mcp_traps import TRAPS
from flowsim.live.documents import over_the_network
from flowsim.live.port.application import WATCH, Port
from flowsim.live.port.server import IPV4, Server, listen, run_until_stopped
from flowsim.live.port.several import Several
from flowsim.model.scenario import Scenario, ScenarioError
from flowsim.model.shown import one_line
from flowsim.model.world import RegisteredClient
from flowsim.protocol.addresses import origin_of

_FOR_ONE_SERVER = {
    "issuer": "--issuer",
    "tls": "--tls",
    "attack": "--attack",
    "record": "--record",
    "accounts": "--user",
}
_SECONDS = "5"  # after which a browser asks anew
_HEAD = """flowsim examines the client of an MCP server: {count} servers, of which each does one thing that a client has to
be ready for. Have yours connect to each address, list the tools and call both. A login asks nobody, and comes back at
once. Where nobody can register, the client_id is {known}.
"""


def execute(options: argparse.Namespace, scenario: Scenario, known: RegisteredClient, port: int) -> None:
    """Serve the exam from this port on. Raises ScenarioError for what does not go together with it."""
    for name, option in _FOR_ONE_SERVER.items():
        if getattr(options, name):
            raise ScenarioError(f"{option} is for one server; --judge serves {len(TRAPS)} of its own making")
    if scenario != Scenario(client="mcp"):
        raise ScenarioError("--judge takes no settings: each of its servers has its own")
    if options.config == "env":
        raise ScenarioError("--judge tells its addresses as lines or as json")
    with ExitStack() as stack:
        sockets = {name: stack.enter_context(_socket(port + at if port else 0)) for at, name in enumerate(TRAPS)}
        exam = Exam(
            lambda name: f"http://{IPV4}:{sockets[name].getsockname()[1]}",
            known=known,
            documents=over_the_network(own_machine=True),
            asks_nobody=True,
        )
        told, ports = _told(exam), {}
        for name, server in exam.servers.items():
            number = sockets[name].getsockname()[1]
            ports[number] = Port(server, server.world.issuer, ports=(number,), watch=told)

        def begun() -> None:
            print(_begun(exam, known, options.config), flush=True)

        run_until_stopped(Server(Several(ports)), [*sockets.values()], begun)
    if options.config == "lines" and not options.quiet:
        print(f"\n{safe_lines(exam.told())}")
    found = Counter(map(mark, exam.judged()))
    print(f"rules broken: {found['broken']}; against advice: {found['against advice']}", file=sys.stderr)


def _begun(exam: Exam, known: RegisteredClient, form: str) -> str:
    """What a client has to be told."""
    servers = {name: server.endpoint for name, server in exam.servers.items()}
    now = f"{origin_of(next(iter(servers.values())))}{WATCH}/"
    if form == "json":
        return json.dumps({"servers": servers, "client_id": known.client_id, "judgement": f"{now}json"})
    lines = "\n".join(f"  {server.endpoint}  {name}: {server.trap.title}" for name, server in exam.servers.items())
    head = safe_lines(_HEAD.format(count=len(servers), known=known.client_id))
    return f"{head}\n{lines}\n\n  what is to be said by now: {now}\n\nCtrl-C ends it, and prints that."


def _socket(port: int) -> socket:
    try:
        return listen(IPV4, port)[0]
    except (OSError, OverflowError) as error:
        said = f"cannot listen at port {port}: {one_line(error, 200)}"
        raise ScenarioError(f"{said}; --judge needs {len(TRAPS)} ports from that of --port on") from None


def _told(exam: Exam) -> ASGIApp:
    async def told(scope: Scope, receive: Receive, send: Send) -> None:
        headers = {"Cache-Control": "no-store"}
        if scope["path"] == f"{WATCH}/json":
            rows = [
                {"server": one.trap.name, "rule": one.rule.name, "clause": one.rule.clause, "mark": mark(one)}
                | {"said": one.found.said}
                for one in exam.judged()
            ]
            await JSONResponse(rows, headers=headers)(scope, receive, send)
        else:
            page = PlainTextResponse(exam.told(), headers={**headers, "Refresh": _SECONDS})
            await page(scope, receive, send)

    return told
