"""A captured MCP login: what its messages say of why it failed, of whoever's app and server it was."""

import json
from base64 import b64encode
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from flowsim.cli import main
from flowsim.clinic.case import Case, repaired
from flowsim.clinic.cases import CASES
from flowsim.clinic.evidence import case_har
from flowsim.diagnosis.captured import diagnose_har
from flowsim.live.recording import recorded_har
from flowsim.live.tool_client import LoginFailed, ToolClient
from flowsim.live.transport import WorldTransport
from flowsim.live.user import User
from flowsim.live.world import LiveWorld
from flowsim.model.mcp import MCP_URL
from flowsim.model.scenario import Scenario, ScenarioError
from flowsim.simulation.simulation import Simulation
from flowsim.views.formats.har import capture

Har = dict[str, Any]
OF_MCP = {name: case for name, case in CASES.items() if case.settings.get("client") == "mcp"}
# What the user's device does not see: the document, which the server reads, what the server has registered, and whom the
# MCP server asks for what its tools need.
HIDDEN = {
    "document-as-page": "unknown",
    "document-redirected": "unknown",
    "document-too-long": "unknown",
    "resource-with-slash-at-the-server": "resource-not-known",
    "token-passed-on": "none",
}


def cause(har: Har) -> str:
    return diagnose_har(json.dumps(har)).cause


def good(**settings: Any) -> Har:
    return capture(Simulation(client="mcp", seed=7, **settings).run())


def entries(har: Har) -> list[Har]:
    found: list[Har] = har["log"]["entries"]
    return found


def changed(har: Har, part: str, change: Any) -> Har:
    """This capture with another document in each answer of an address with this part in it."""
    for entry in entries(har):
        if part in entry["request"]["url"]:
            document = change(json.loads(entry["response"]["content"]["text"]))
            entry["response"]["content"]["text"] = json.dumps(document)
    return har


def until(har: Har, part: str) -> Har:
    """The capture up to the last request of an address with this part in it."""
    last = max(place for place, entry in enumerate(entries(har)) if part in entry["request"]["url"])
    del entries(har)[last + 1 :]
    return har


@pytest.mark.parametrize("case", OF_MCP.values(), ids=list(OF_MCP))
def test_the_file_of_a_case_has_the_cause_in_it_where_the_device_has_seen_it(case: Case) -> None:
    found = diagnose_har(case_har(case))
    assert found.cause == HIDDEN.get(case.cause, case.cause), found.sentence
    assert case.cause not in HIDDEN or found.other in ("", case.cause)
    after = diagnose_har(json.dumps(capture(repaired(case))))
    assert (after.cause, after.failed) == ("none", False), after.sentence


def test_a_tool_that_fails_is_told_apart_from_a_login_that_does() -> None:
    found = diagnose_har(case_har(OF_MCP["same-ticket-next-door"]))
    assert "A tool then says in its result that it could not do its work" in found.sentence
    assert "whoever runs the MCP server" in found.repair
    assert "Nothing went wrong" in diagnose_har(json.dumps(good(behind="own-token"))).sentence


def test_what_a_client_has_let_pass_is_not_what_it_failed_of() -> None:
    def silent(document: Har) -> Har:
        return {name: value for name, value in document.items() if name != "code_challenge_methods_supported"}

    assert cause(changed(good(), "authorization-server", silent)) == "none"
    assert cause(until(changed(good(), "authorization-server", silent), "authorization-server")) == "methods-not-named"
    assert cause(until(good(), "authorization-server")) == "under-way"


@pytest.mark.parametrize("where", ["named", "at-the-path", "at-the-root"])
@pytest.mark.parametrize("identity", ["metadata-document", "registered", "pre-registered"])
@pytest.mark.parametrize("tool", ["read_messages", "send_message"])
def test_in_a_login_that_works_nothing_is_wrong(where: Any, identity: Any, tool: Any) -> None:
    found = good(resource_metadata=where, client_identity=identity, tool=tool, quirks={"openid-metadata-only"})
    assert cause(found) == "none"


def test_a_user_who_said_no_is_told_apart() -> None:
    assert cause(good(user="denies")) == "user-denied"


@pytest.mark.parametrize(
    ("part", "answer", "named"),
    [
        ("/oauth/token", {"error": "invalid_target"}, "resource-not-known"),
        ("/oauth/token", {"error": "invalid_grant"}, "code-expired"),
        ("/authorize", {"error": "invalid_client"}, "document-missing"),
        ("/authorize", {"error": "invalid_client", "error_description": "bad redirect_uri"}, "document-port-compared"),
    ],
)
def test_the_error_of_somebody_elses_server_is_read_beside_what_the_app_has_sent(
    part: str, answer: Har, named: str
) -> None:
    har = until(good(), part)
    content = entries(har)[-1]["response"]
    content |= {"status": 400, "redirectURL": "", "headers": [], "content": {"text": json.dumps(answer)}}
    assert cause(har) == named


def test_bodies_and_headers_are_read_as_browsers_and_proxies_write_them() -> None:
    har = good()
    for entry in entries(har):
        content, asked = entry["response"]["content"], entry["request"]
        if "text" in content:
            content |= {"text": b64encode(content["text"].encode()).decode(), "encoding": "base64"}
        if asked.get("postData", {}).get("params"):
            del asked["postData"]["text"]
        asked["headers"] = [
            {"name": ":authority", "value": "any"},
            *({**one, "name": one["name"].lower()} for one in asked["headers"]),
        ]
        entry["startedDateTime"] = "yesterday"
    entries(har).extend([{}, {"request": "?"}, {"request": {"method": "GET", "url": "x"}, "response": {"status": 0}}])
    assert cause(har) == "none"


def recorded(*mistakes: str) -> Har:
    """What a live world with these mistakes has recorded of our client's login, as it is kept."""
    world = LiveWorld(Scenario(client="mcp", mistakes=frozenset(mistakes)))
    transport = WorldTransport(world)
    with ToolClient(MCP_URL, User(world).log_in, transport=transport) as client, suppress(LoginFailed, ValueError):
        client.tools()
    return recorded_har(world, redact=True)


def test_a_login_that_was_recorded_live_is_read_from_its_file_without_its_secrets() -> None:
    assert cause(recorded()) == "none"
    assert cause(recorded("iss-with-slash")) == "iss-with-slash"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "this is no HAR file"),
        ("[]", "this is no HAR file"),
        ('{"log": {"entries": {}}}', "this is no HAR file"),
        ('{"log": {"entries": []}}', "no login for an MCP server in this file"),
        (json.dumps(capture(Simulation(client="web", seed=7).run())), "no login for an MCP server in this file"),
        (json.dumps({"log": {"entries": [{}] * 20_001}}), "has 20001 entries; cut it down"),
    ],
)
def test_what_is_none_is_said_in_one_sentence(text: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        diagnose_har(text)


def test_the_command_line_reads_such_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "login.har"
    for text, status, said in (
        (case_har(CASES["two-names-look-alike"]), 1, "they differ by the slash at the end"),
        (json.dumps(good()), 0, "Nothing went wrong"),
    ):
        file.write_text(text, "utf-8")
        assert main(["why", str(file)]) == status
        assert said in " ".join(capsys.readouterr().out.split())
    loud = file.rename(tmp_path / "LOGIN.HAR")
    assert main(["why", str(loud)]) == 0
    assert "Nothing went wrong" in " ".join(capsys.readouterr().out.split())
    file.write_bytes(b"\xff\xfe")
    assert main(["why", str(file)]) == 2
    assert "is not a text file; expected a HAR file" in capsys.readouterr().err
