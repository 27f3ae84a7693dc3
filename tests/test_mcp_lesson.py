"""What the lesson on an MCP login looks at: messages of a step, the table of attacks, and the client around the SDK."""

import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from threading import Thread
from types import ModuleType

import httpx
import pytest

from flowsim.analysis.defences import ROWS, offered
from flowsim.analysis.matrix import cell
from flowsim.lessons.mcp_login import attacks, attacks_and_defences, messages_of, stopping
from flowsim.live.port.server import served
from flowsim.live.user import Decision, User, UserError
from flowsim.live.world import LiveWorld
from flowsim.model.scenario import Scenario, ScenarioError
from flowsim.model.states import State
from flowsim.protocol.messages import Request, Response
from flowsim.simulation.simulation import Simulation
from tests.kit.native_app import FOLDER


def test_the_messages_of_a_step_are_those_that_were_sent_at_it() -> None:
    trace = Simulation(client="mcp", seed=7).run()
    (demanded,), (call,) = messages_of(trace, "M2"), messages_of(trace, "10")
    assert isinstance(demanded, Response)
    assert demanded.status == 401
    assert isinstance(call, Request)
    assert '"tools/call"' in call.body
    with pytest.raises(ScenarioError, match="no message was sent at a step C1"):
        messages_of(trace, "C1")


def test_the_table_has_each_attack_that_needs_such_a_client_and_what_stops_it_is_what_its_cells_say() -> None:
    needing = [name for name, row in ROWS.items() if row.needs.get("client") == "mcp"]
    assert [row[0] for row in attacks_and_defences().rows] == needing == [*attacks()]
    for name in needing:
        cells = {defence: cell(name, defence) for defence in offered(name)}
        assert [one.defence for one in stopping(name)] == [defence for defence, one in cells.items() if one.stopped]
        assert not all(one.works for one in cells.values())


@pytest.fixture(scope="module")
def program() -> Iterator[ModuleType]:
    """notebooks/apps/native/tools.py, which needs the official SDK."""
    sys.path.insert(0, str(FOLDER))
    try:
        yield import_module("tools")
    finally:
        sys.path.remove(str(FOLDER))
        for name in ("tools", "listener"):
            sys.modules.pop(name, None)


@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_the_client_around_the_sdk_calls_a_tool_or_says_in_one_sentence_why_not(
    decision: Decision, program: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def open_browser(address: str) -> None:
        def browse() -> None:
            with suppress(UserError):
                httpx.get(User(httpx.Client()).log_in(address, decision))

        Thread(target=browse, daemon=True).start()

    def made(issuer: str) -> LiveWorld:
        return LiveWorld(Scenario(client="mcp"), issuer=issuer, apis={"messages": f"{issuer}/api", "mcp": issuer})

    monkeypatch.setattr(program, "PATIENCE", 20)  # seconds
    with served(made) as there:
        arguments = [str(there.world.mcp_server), "read_messages"]
        if decision == "deny":
            with pytest.raises(SystemExit, match=r"It did not work: .*access_denied"):
                program.main(arguments, open_browser)
            return
        program.main(arguments, open_browser)
        (login,) = there.world.logins.values()
        assert login.state is State.DONE
    assert capsys.readouterr().out.splitlines()[:2] == ["read_messages", "send_message"]
