"""What the official conformance suite says of flowsim's MCP server and of its authorization server.

The suite has no scenario of an MCP server that demands a token. Of those it has, some are about what any MCP server does:
these pass. The rest looks for prompts, resources, tasks and tools for tests, which the server here neither has nor
announces.
"""

import socket
from collections.abc import Mapping

import pytest

from tests.kit import mcp_suite_of_servers

OURS = (
    "tools-list",
    "server-sse-multiple-streams",
    "dns-rebinding-protection",
    "http-header-validation",
    "sep-2164-resource-not-found",
)
# What the suite says where it looks for what is not there.
LACKING = (
    "This server has no method",
    "This server has no tool",
    "Not testable: server does not list the diagnostic tool",
    "Not testable: server exposes no tool with x-mcp-header annotations",
    "Tool 'json_schema_2020_12_tool' not found",
)
# A second step of a scenario whose first one has failed so, and tasks, an extension that is not announced.
AFTERWARDS = ("input-required-result-multi-round", "input-required-result-tampered-state")


@pytest.fixture(scope="module")
def failed() -> Mapping[str, Mapping[str, str]]:
    return mcp_suite_of_servers.of_the_mcp_server()


@pytest.mark.parametrize("scenario", OURS)
def test_the_mcp_server_passes(scenario: str, failed: Mapping[str, Mapping[str, str]]) -> None:
    assert failed[scenario] == {}


@pytest.mark.parametrize("scenario", ["server-stateless", "caching"])
def test_of_two_more_scenarios_only_what_is_not_there_fails(
    scenario: str, failed: Mapping[str, Mapping[str, str]]
) -> None:
    assert failed[scenario], "else it is one of ours"
    assert [why for why in failed[scenario].values() if not lacks(why)] == []


def test_nothing_else_fails_but_for_want_of_what_the_server_does_not_announce(
    failed: Mapping[str, Mapping[str, str]],
) -> None:
    others = {name: found for name, found in failed.items() if not name.startswith("tasks-") and name not in AFTERWARDS}
    assert len(others) > 30
    wrong = {name: why for name, found in others.items() for why in found.values() if not lacks(why)}
    assert wrong == {}


def lacks(why: str) -> bool:
    return any(one in why for one in LACKING)


def test_the_authorization_server_passes_both_scenarios() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    printed = mcp_suite_of_servers.of_the_authorization_server(port)
    for scenario in ("authorization-server-metadata-endpoint", "authorization-code-grant"):
        assert f"✓ {scenario}: 1 passed, 0 failed" in printed
