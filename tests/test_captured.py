"""A captured MCP login: what its messages say of why it failed, of whoever's app and server it was."""

import json
import re
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
from flowsim.protocol.messages import form_encoded, parse_pairs, query_of
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
    assert cause(recorded("resource-ignored")) == "resource-ignored"


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


ACCESS_TOKEN = "access_token"


def told_of(har: Har) -> tuple[str, str, str]:
    found = diagnose_har(json.dumps(har))
    return found.cause, found.other, found.sentence


def calls(har: Har, *, with_token: bool) -> list[Har]:
    """The messages to the MCP server, those that show a token or those that do not."""
    shown = [
        (entry, any(one["name"] == "Authorization" for one in entry["request"]["headers"]))
        for entry in entries(har)
        if entry["request"]["url"] == MCP_URL
    ]
    return [entry for entry, has_token in shown if has_token == with_token]


def answer(entry: Har, status: int, body: Any = "", kind: str = "application/json", **headers: str) -> Har:
    """This entry with another answer."""
    told = [{"name": "Content-Type", "value": kind}]
    told += [{"name": name.replace("_", "-"), "value": value} for name, value in headers.items()]
    text = body if isinstance(body, str) else json.dumps(body)
    return {**entry, "response": {"status": status, "headers": told, "content": {"text": text}, "redirectURL": ""}}


def ends_with(entry: Har, har: Har) -> Har:
    """The capture up to the place of this entry, which it ends with."""
    places = [place for place, one in enumerate(entries(har)) if one["request"] == entry["request"]]
    entries(har)[places[-1] :] = [entry]
    return har


@pytest.mark.parametrize(
    ("status", "headers", "named"),
    [
        (403, {}, "no-token-demanded"),
        (404, {}, "no-server-there"),
        (500, {}, "no-server-there"),
        (307, {"Location": f"{MCP_URL}/"}, "server-redirects"),
    ],
)
def test_what_a_call_without_a_token_gets_instead_of_401_is_told_apart(status: int, headers: Any, named: str) -> None:
    har = good()
    (first,) = calls(har, with_token=False)
    found, _, sentence = told_of(ends_with(answer(first, status, **headers), har))
    assert found == named
    assert f"answered {status}, where 401 is due" in sentence
    assert headers.get("Location", "") in sentence


def test_a_server_that_answers_everybody_has_refused_nothing() -> None:
    har = good()
    (first,) = calls(har, with_token=False)
    served = answer(first, 200, {"jsonrpc": "2.0", "id": 0, "result": {}})
    found = diagnose_har(json.dumps(ends_with(served, har)))
    assert not found.failed
    assert "has answered a call without a token" in found.sentence


@pytest.mark.parametrize("before", [(200, {}), (307, {"Location": MCP_URL})], ids=["served", "redirected"])
def test_the_call_that_is_refused_is_the_one_that_counts(before: Any) -> None:
    """Some servers answer `initialize` to anybody, and some redirect first."""
    har = good()
    (first,) = calls(har, with_token=False)
    status, headers = before
    entries(har).insert(0, answer(first, status, {"jsonrpc": "2.0", "id": 0, "result": {}}, **headers))
    assert cause(har) == "none"
    other = changed(har, "protected-resource", lambda told: {**told, "resource": "https://mcp.example"})
    assert cause(until(other, "protected-resource")) == "resource-names-the-origin"


@pytest.mark.parametrize(
    ("status", "body", "kind", "said"),
    [
        (400, {"jsonrpc": "2.0", "error": {"code": -32600, "message": "No session"}}, "", "-32600 (No session)"),
        (404, {"jsonrpc": "2.0", "id": 0, "error": {"code": -32600, "message": "Gone"}}, "", "-32600 (Gone)"),
        (406, "", "text/plain", "406 and no error of JSON-RPC, as text/plain"),
        (429, "", "text/plain", "429 and no"),
        (502, "<h1>", "text/html", "502 and no"),
        (200, "<h1>Log in</h1>", "text/html", "200 and no"),
    ],
)
def test_an_answer_that_does_not_judge_the_token_does_not_blame_it(
    status: int, body: Any, kind: str, said: str
) -> None:
    har = good()
    last = answer(calls(har, with_token=True)[0], status, body, kind or "application/json")
    found, other, sentence = told_of(ends_with(last, har))
    assert (found, other) == ("call-refused", "")
    assert said in sentence


def test_an_error_of_json_rpc_to_who_was_let_in_is_not_the_logins() -> None:
    har = good()
    refused = {"jsonrpc": "2.0", "id": 0, "error": {"code": -32602, "message": "Unknown tool\u202e"}}
    found = diagnose_har(json.dumps(ends_with(answer(calls(har, with_token=True)[-1], 200, refused), har)))
    assert not found.failed
    assert found.sentence.startswith("The login is not to blame")
    assert "-32602 (Unknown tool" in found.sentence and "\u202e" not in found.sentence


def test_a_token_that_a_redirect_has_cost_is_missed() -> None:
    har = good()
    call = calls(har, with_token=True)[0]
    (first,) = calls(har, with_token=False)
    led, bare = answer(call, 307, Location=MCP_URL), answer(first, 401, WWW_Authenticate="Bearer")
    assert told_of(ends_with(led, har))[0] == "server-redirects"
    entries(har).append(bare)
    assert told_of(har)[0] == "server-redirects"
    entries(har)[-2:] = [bare]
    assert told_of(har)[0] == "token-not-shown"


def test_a_file_that_has_lost_the_header_is_not_taken_for_an_app_that_has() -> None:
    """Browsers leave `Authorization` out of what they write. A server that names an error has seen a token."""
    har = good()
    for entry in calls(har, with_token=True):
        entry["request"]["headers"] = [one for one in entry["request"]["headers"] if one["name"] != "Authorization"]
    assert cause(har) == "none"
    judged = answer(calls(har, with_token=False)[-1], 401, WWW_Authenticate='Bearer error="invalid_token"')
    assert cause(ends_with(judged, har)) == "unknown"


@pytest.mark.parametrize(
    ("body", "kind", "named"),
    [
        ("access_token=a&token_type=bearer", "application/x-www-form-urlencoded", "tokens-as-form"),
        ({"error": "bad_verification_code"}, "", "token-response-malformed"),
        ({"id_token": "a.b.c", "token_type": "Bearer"}, "", "token-response-malformed"),
        ("", "", "token-response-malformed"),
        ({ACCESS_TOKEN: "a"}, "", "token-type-not-sent"),
        ({ACCESS_TOKEN: "a", "token_type": "mac"}, "", "token-type-unknown"),
        ({ACCESS_TOKEN: "a", "token_type": "Bearer", "expires_in": "3600"}, "", "expires-in-as-text"),
    ],
)
def test_an_answer_without_a_token_to_use_is_no_end_of_a_login(body: Any, kind: str, named: str) -> None:
    har = until(good(), "/oauth/token")
    assert told_of(har)[0] == "under-way", "nobody has called the server yet"
    entries(har)[-1] = answer(entries(har)[-1], 200, body, kind or "application/json")
    found, _, sentence = told_of(har)
    assert (found, "step 9" in sentence) == (named, True)
    assert "bad_verification_code" not in str(body) or "the error bad_verification_code" in sentence


def test_an_app_that_goes_on_with_such_an_answer_has_not_failed_of_it() -> None:
    har = changed(good(), "/oauth/token", lambda told: {ACCESS_TOKEN: told[ACCESS_TOKEN]})
    assert cause(har) == "none"


@pytest.mark.parametrize("error", ["invalid_request", "server_error", "temporarily_unavailable", "", "something_else"])
def test_only_invalid_grant_says_that_a_code_was_old_or_unknown(error: str) -> None:
    har = until(good(), "/oauth/token")
    entries(har)[-1] = answer(entries(har)[-1], 400, {"error": error} if error else "")
    assert told_of(har)[:2] == ("unknown", "")
    entries(har)[-1] = answer(entries(har)[-1], 400, {"error": "invalid_grant"})
    assert told_of(har)[:2] == ("code-expired", "code-unknown")


def with_form(har: Har, **changed_to: str | None) -> Har:
    """This token request, refused, with other parameters."""
    asked = entries(har)[-1]["request"]["postData"]
    form = {**dict(parse_pairs(asked["text"])), **changed_to}
    asked |= {"text": form_encoded({name: value for name, value in form.items() if value is not None}), "params": []}
    return har


@pytest.mark.parametrize(
    ("error", "sent", "named"),
    [
        ("invalid_grant", {"client_id": "another"}, ("code-of-another-client", "")),
        ("invalid_grant", {"code_verifier": None}, ("verifier-left-out", "")),
        ("invalid_target", {"resource": f"{MCP_URL}/"}, ("resource-unknown", "")),
        ("unauthorized_client", {}, ("grant-not-registered", "")),
        ("invalid_client", {}, ("secret-left-out", "document-missing")),
        ("invalid_client", {"client_id": "another"}, ("secret-left-out", "client-unknown")),
        ("invalid_client", {"client_secret": "s"}, ("secret-wrong", "client-unknown")),
        ("invalid_client", {"client_id": None}, ("client-id-left-out", "")),
        ("invalid_client", {"client_assertion": "a"}, ("assertion-malformed", "assertion-key-unknown")),
    ],
)
def test_a_refused_token_request_is_read_by_what_it_has_sent(error: str, sent: Any, named: tuple[str, str]) -> None:
    har = until(good(), "/oauth/token")
    entries(har)[-1] = answer(entries(har)[-1], 400, {"error": error})
    assert told_of(with_form(har, **sent))[:2] == named


@pytest.mark.parametrize("state", ["s", None])
def test_an_error_is_read_off_the_apps_own_address_where_the_redirect_is_not_in_the_file(state: str | None) -> None:
    """Some servers lead back by a page, and in a browser's file the answer of the app is no redirect."""
    har = until(good(iss=False), "/authorize")
    asked = dict(query_of(entries(har)[-1]["request"]["url"]))
    entries(har)[-1] = answer(entries(har)[-1], 200, "<form>", "text/html")
    back = {"error": "access_denied", **({"state": asked["state"]} if state else {})}
    url = f"{asked['redirect_uri']}?{form_encoded(back)}"
    entries(har).append(answer({"request": {"method": "GET", "url": url, "headers": []}}, 200, "Bye", "text/html"))
    assert told_of(har)[0] == ("user-denied" if state else "state-not-sent-back")


def test_an_error_from_another_issuer_is_not_believed() -> None:
    """Nothing of an error counts that came with a wrong iss (RFC 9207 section 2.4)."""
    har = until(good(), "/authorize")
    asked = dict(query_of(entries(har)[-1]["request"]["url"]))
    entries(har)[-1] = answer(entries(har)[-1], 200, "<form>", "text/html")
    back = {"error": "access_denied", "state": asked["state"], "iss": "https://attacker.example"}
    url = f"{asked['redirect_uri']}?{form_encoded(back)}"
    entries(har).append(answer({"request": {"method": "GET", "url": url, "headers": []}}, 200, "Bye", "text/html"))
    found, _, sentence = told_of(har)
    assert "the iss is the server the login was started with" in sentence
    assert found != "user-denied"


def jwt(**claims: Any) -> str:
    parts = ({"alg": "RS256", "typ": "at+jwt"}, claims)
    return ".".join([b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts] + ["c2ln"])


@pytest.mark.parametrize(
    ("claims", "named"),
    [
        ({}, "resource-ignored"),
        ({"aud": "https://mcp.example"}, "resource-ignored"),
        ({"aud": f"{MCP_URL}/"}, "resource-with-slash-at-the-server"),
        ({"aud": MCP_URL}, "unknown"),
        ({"aud": ["x", MCP_URL]}, "unknown"),
    ],
)
def test_a_refused_token_is_read_by_whom_it_names(claims: Any, named: str) -> None:
    har, token = good(), jwt(sub="u", **claims)
    call = answer(calls(har, with_token=True)[0], 401, WWW_Authenticate='Bearer error="invalid_token"')
    for one in call["request"]["headers"]:
        one["value"] = f"Bearer {token}" if one["name"] == "Authorization" else one["value"]
    har = ends_with(call, har)
    assert told_of(har)[0] == "access-token-malformed", "the server gave another token"
    assert told_of(changed(har, "/oauth/token", lambda told: {**told, ACCESS_TOKEN: token}))[0] == named


def test_a_token_for_nobody_is_missed_where_the_app_has_named_no_resource() -> None:
    har = good()
    call = answer(calls(har, with_token=True)[0], 401, WWW_Authenticate='Bearer error="invalid_token"')
    har = ends_with(call, har)
    for entry in entries(har):
        asked = entry["request"]
        asked["url"] = re.sub(r"&resource=[^&]*", "", asked["url"])
        if "postData" in asked:
            asked["postData"]["text"] = re.sub(r"&resource=[^&]*", "", asked["postData"]["text"])
    assert told_of(har)[0] == "resource-left-out"


def test_messages_of_other_forms_to_the_server_count_as_well() -> None:
    """A list of messages, and a stream that is asked for with GET: by the address and not by what stands in them."""
    har = good()
    call = calls(har, with_token=True)[0]
    listed = json.loads(json.dumps(call))
    listed["request"]["postData"]["text"] = "[]"
    before = until(good(), "/oauth/token")
    entries(before).append(answer(listed, 401))
    assert diagnose_har(json.dumps(before)).failed
    stream = json.loads(json.dumps(call))
    stream["request"] |= {"method": "GET"}
    del stream["request"]["postData"]
    for status, failed in ((405, False), (401, True)):
        before = until(good(), "/oauth/token")
        entries(before).append(answer(stream, status))
        assert diagnose_har(json.dumps(before)).failed == failed


def test_a_refresh_that_fails_is_the_refusal_and_not_the_call_before_it() -> None:
    har = good()
    call = answer(calls(har, with_token=True)[-1], 401, WWW_Authenticate='Bearer error="invalid_token"')
    redeemed = next(one for one in entries(har) if "/oauth/token" in one["request"]["url"])
    refused = json.loads(json.dumps(answer(redeemed, 400, {"error": "invalid_grant"})))
    refused["request"]["postData"] = {"text": "grant_type=refresh_token&refresh_token=r&client_id=c"}
    entries(har).extend([call, refused])
    assert "step R2" in told_of(har)[2]
