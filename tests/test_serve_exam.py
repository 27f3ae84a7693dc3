"""`flowsim serve --profile mcp --judge`: what it prints, what it finds of a client that comes, and what it cannot do."""

import json
import os
import signal
import socket
from collections import Counter

import httpx
import pytest

from flowsim.cli import main
from flowsim.judge.mcp_traps import TRAPS
from flowsim.live.tool_client import Credentials, LoginFailed, ToolClient
from tests.test_serve import running

VISITED = ("plain", "documents", "no-registration", "moved", "iss-slash")
EXAM = ("--profile", "mcp", "--judge")
pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs signals")


def browser(address: str) -> str:
    """The user is asked nothing."""
    return httpx.get(address, trust_env=False, follow_redirects=False).headers["location"]


def come(endpoint: str, *, lacks: tuple[str, ...] = (), known: str = "") -> None:
    """A client of flowsim comes to this server, one without these checks; it has no document."""
    own = {"": Credentials(known)} if known else {}
    with ToolClient(endpoint, browser, known=own, without=lacks) as client:
        try:
            for tool in client.tools():
                client.call(tool)
        except LoginFailed:
            return


def test_a_client_comes_to_each_server_and_hears_what_it_did_wrong() -> None:
    with running(*EXAM, "--config", "json", until="}") as server:
        said = json.loads(server.printed)
        assert list(said["servers"]) == list(TRAPS)
        for name in VISITED:
            come(said["servers"][name], known="" if TRAPS[name].registers else said["client_id"])
        rows = httpx.get(said["judgement"], trust_env=False).json()
        not_kept = {(row["server"], row["mark"]) for row in rows if row["mark"] != "kept" and row["server"] in VISITED}
        assert not_kept == {("documents", "against advice")}
        assert {row["mark"] for row in rows if row["server"] not in VISITED} == {"not seen"}
        come(said["servers"]["iss-slash"], lacks=("callback.issuer_same",))
        page = httpx.get(said["judgement"].removesuffix("json"), trust_env=False)
        assert "  broken          believes no answer whose issuer is not that of the metadata (I15)" in page.text
        assert page.headers["content-type"].startswith("text/plain")
        assert server.stop() == 0
        assert server.said[-1] == "rules broken: 1; against advice: 1\n"


def test_it_tells_people_where_to_send_their_client_and_at_the_end_what_was_seen() -> None:
    with running(*EXAM) as server:
        for name, trap in TRAPS.items():
            assert f"/mcp  {name}: {trap.title}\n" in server.printed
        assert server.process.stdout is not None
        server.process.send_signal(signal.SIGINT)
        rest = server.process.stdout.read()
        marks = Counter(line.split("  ")[1] for line in rest.splitlines() if line.startswith("  "))
        assert marks == {"not seen": sum(len(trap.rules) for trap in TRAPS.values())}
        server.process.wait(120)
        server.stop()


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--judge",), "give --profile mcp too"),
        ((*EXAM, "--issuer", "http://127.0.0.1:9000"), "--issuer is for one server"),
        ((*EXAM, "--user", "bob:pw"), "--user is for one server"),
        ((*EXAM, "--attack", "refresh-theft"), "--attack is for one server"),
        ((*EXAM, "--without", "api.audience"), "takes no settings"),
        ((*EXAM, "--config", "env"), "as lines or as json"),
        ((*EXAM, "--port", "65530"), "--judge needs 23 ports"),
    ],
)
def test_what_it_cannot_do_is_said_in_one_line(
    options: tuple[str, ...], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", *options]) == 2
    said = capsys.readouterr().err
    assert why.replace("23", str(len(TRAPS))) in said


def test_a_port_in_use_is_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", *EXAM, "--port", str(port)]) == 2
    assert f"cannot listen at port {port}" in capsys.readouterr().err
