"""What may be said of an app that calls the tools of an MCP server: what it asks, what it hears, and what it keeps."""

import json
import re
from typing import Any

from flowsim.model.mcp import MCP_ORIGIN, MCP_URL
from flowsim.model.states import Act, State
from flowsim.model.steps import API, ATTACKER, ELSEWHERE
from flowsim.model.world import ATTACKERS_COMMAND, ATTACKERS_SCRIPT, ATTACKERS_TOOLS, Client
from flowsim.protocol.messages import Request, Response, leads_to
from tests.kit.facts import Facts
from tests.kit.rules import Rule, rule, rule_of

RESOURCE = "/.well-known/oauth-protected-resource"


def _request(facts: Facts) -> Request:
    return [one.message for one in facts.event.messages if isinstance(one.message, Request)][-1]


def _answer(facts: Facts) -> Response:
    return [one.message for one in facts.event.messages if isinstance(one.message, Response)][-1]


def _method(facts: Facts) -> str:
    return str(json.loads(_request(facts).body)["method"])


def _challenge(facts: Facts) -> dict[str, str]:
    return dict(re.findall(r'(\w+)="([^"]*)"', _answer(facts).header("www-authenticate") or ""))


def _called(facts: Facts) -> str:
    """The address of the MCP server that the app speaks with in this event."""
    theirs = ATTACKER in (facts.event.sender, facts.event.receiver)
    return ATTACKERS_TOOLS if theirs else MCP_URL


def _app(facts: Facts) -> Client:
    return facts.after.clients[facts.run.client]


def _has_named(facts: Facts) -> bool:
    """Whether the 401 of this MCP server, which came before, has named the address of its metadata."""
    first = next(event for event in facts.log if event.act is Act.STEP_M2 and event.run == facts.event.run)
    return "resource_metadata=" in (first.messages[-1].message.header("www-authenticate") or "")  # type: ignore[union-attr]


def _document(facts: Facts) -> dict[str, Any]:
    """What the server has been given at the client_id, in this event."""
    messages = [one for one in facts.after.log[-1].messages if ELSEWHERE in (one.sender, one.receiver)]
    asked = [one.message for one in messages if isinstance(one.message, Request)]
    answers = [one.message for one in messages if isinstance(one.message, Response)]
    assert any(one.url == facts.scenario.profile.client_id for one in asked)
    return next(one.json() for one in answers if "redirect_uris" in one.json())


def _wanted(facts: Facts) -> str:
    """The scope in the last refusal of the API; empty where that was none for want of scope."""
    sent = [one.message for event in facts.log for one in event.messages if one.sender == API]
    said = sent[-1].header("www-authenticate") or "" if isinstance(sent[-1], Response) else ""
    found = re.search(r'error="insufficient_scope".*?scope="([^"]+)"', said)
    return found[1] if found else ""


def _is_warned(facts: Facts) -> bool:
    """Whether the user decides on a page that says so, and where the answer goes to is what it says."""
    page = facts.before.browsers[facts.run.at].page
    pages = [one.message.body for one in facts.event.messages if isinstance(one.message, Response)]
    warned = [one for one in (page, *pages) if "That host is your own computer" in one]
    return bool(warned) and '<strong class="host">127.0.0.1</strong>' in warned[-1]


RULES: tuple[Rule, ...] = (
    # ---- Steps M1 and M2
    rule(
        r"was given one address, `([^`]+)`, and knows of no authorization server",
        lambda f, m: m[1] == _called(f) == _request(f).url and not _app(f).metadata,
    ),
    rule(
        r"calls the (attacker's )?MCP server without a token",
        lambda f, m: _request(f).header("authorization") is None and bool(m[1]) == (_called(f) == ATTACKERS_TOOLS),
    ),
    rule(r"asks for a session", lambda f, m: _method(f) == "initialize"),
    rule(r"says that it is ready", lambda f, m: _method(f) == "notifications/initialized"),
    rule(r"asks which tools there are", lambda f, m: _method(f) == "tools/list"),
    rule(r"^(initialize|notifications/initialized|tools/list)$", lambda f, m: _method(f) == m[1]),
    rule(r"as if no token were needed", lambda f, m: _request(f).header("authorization") is None),
    rule_of(r"MCP server demands a token(?!”)|It answers 401|^401$", lambda f: _answer(f).status == 401),
    rule_of(r"It names the address of its metadata", lambda f: "resource_metadata" in _challenge(f)),
    rule_of(r"does not say where its metadata is", lambda f: "resource_metadata" not in _challenge(f)),
    rule(r"a token has to have the scope `([^`]+)`", lambda f, m: _challenge(f)["scope"] == m[1]),
    # ---- Steps M3 and M4
    rule(
        r"asks the (attacker's )?MCP server for its metadata",
        lambda f, m: (
            (
                any(one.act is Act.NAME_INSIDE and one.run == f.event.run for one in f.log)
                or _request(f).url.startswith(f"{_called(f).removesuffix('/mcp')}{RESOURCE}")
            )
            and bool(m[1]) == f.event.run.endswith(ATTACKERS_TOOLS)
        ),
    ),
    rule_of(
        r"names an address inside|name an address inside the network|It answers 401 and names|which answers 401"
        r"|The address that it names for its metadata leads to a machine which the attacker cannot reach",
        lambda f: f.after.runs[f.event.run].in_flight.message.status == 401,  # type: ignore[union-attr]
    ),
    rule(
        r"At `([^`]+)` answers a machine inside the network",
        lambda f, m: (
            any(
                one.receiver == ELSEWHERE and isinstance(one.message, Request) and one.message.url == m[1]
                for one in f.after.log[-1].messages
            )
            and f.after.obeyed[-1] == m[1]
        ),
    ),
    rule_of(r"It does what the address says, and asks nobody who they are", lambda f: bool(f.after.obeyed)),
    rule_of(
        r"looks at the address before it fetches anything|fetches nothing from that address|^not fetched$",
        lambda f: (
            not f.event.messages and any(one.decides and one.check.id.startswith("fetch.") for one in f.event.checks)
        ),
    ),
    # ---- A program in an address
    rule_of(
        r"names? a program for an address|What stands in the answer as the `authorization_endpoint`",
        lambda f: f.flying_document["authorization_endpoint"] in (ATTACKERS_SCRIPT, ATTACKERS_COMMAND),
    ),
    rule(
        r"with a command line, and the shell runs what stands in it: `([^`]+)`",
        lambda f, m: f.scenario.opens_with == "shell" and f"$({m[1]})" in leads_to(f.run.in_flight.message),  # type: ignore[union-attr]
    ),
    rule(
        r"in a window of its own page, which runs it as the app's own script: `([^`]+)`",
        lambda f, m: (
            f.scenario.opens_with == "window" and leads_to(f.run.in_flight.message).startswith(f"javascript:{m[1]}")  # type: ignore[union-attr]
        ),
    ),
    rule_of(r"at the address that the challenge has named", _has_named),
    rule(
        r"at the root of the host, `([^`]+)`: at the path of the MCP server there was nothing",
        lambda f, m: f.page == m[1] == RESOURCE and not _has_named(f) and any(e.act is Act.STEP_M4 for e in f.log[:-1]),
    ),
    rule(
        r"The challenge has named no address, so it puts `([^`]+)` between host and path",
        lambda f, m: not _has_named(f) and m[1] == RESOURCE and f.page == f"{RESOURCE}/mcp",
    ),
    rule_of(
        r"MCP server answers with its metadata|^metadata of the MCP server$",
        lambda f: f.has("authorization_servers"),
    ),
    rule(r"The document is about `([^`]+)`", lambda f, m: _answer(f).json()["resource"] == m[1]),
    rule_of(r"That is what the app has asked about", lambda f: f.passed("resource.same")),
    rule(
        r"Tokens come from ((?:`[^`]+`(?:, | and )?)+)",
        lambda f, m: re.findall("`([^`]+)`", m[1]) == _answer(f).json()["authorization_servers"],
    ),
    rule_of(r"has no metadata there|There is nothing at this address|^404$", lambda f: _answer(f).status == 404),
    # ---- Steps D1 and D2 there
    rule_of(
        r"The MCP server has named the `issuer` of this server, and no more",
        lambda f: (
            any(_request(f).url.startswith(f"{one.issuer}/") and not one.server for one in _app(f).connections.values())
            and not _app(f).metadata
            and not _app(f).second
        ),
    ),
    rule(
        r"The MCP server has named `([^`]+)`, and no more",
        lambda f, m: any(one.issuer == m[1] and not one.server for one in _app(f).connections.values()),
    ),
    rule(
        r"The app asks at `([^`]+)`, where (RFC 8414|OpenID Connect) has it",
        lambda f, m: f.page == m[1] and ("oauth-authorization-server" in m[1]) == (m[2] == "RFC 8414"),
    ),
    # ---- Steps C1 and C2
    rule_of(
        r"The app registers itself|has no `client_id` at this server|It sends its name and where its answers go",
        lambda f: not _app(f).identities and {"client_name", "redirect_uris"} <= json.loads(_request(f).body).keys(),
    ),
    rule_of(r"and that it is a native app", lambda f: json.loads(_request(f).body)["application_type"] == "native"),
    rule_of(r"and not what kind of app it is", lambda f: "application_type" not in json.loads(_request(f).body)),
    rule_of(r"a `client_id` that is an address needs no registration", lambda f: f.event.act is Act.STEP_C1),
    rule(
        r"the app is `([^`]+)` at this server|^client_id$|gives the app a client_id",
        lambda f, m: _app(f).identities == {f.run.server: m[1] or f.value("client_id")},
    ),
    rule_of(r"it keeps that under the server's `issuer`", lambda f: f.run.server in _app(f).identities),
    rule(r"^The error is `([^`]+)`", lambda f, m: _answer(f).json().get("error") == m[1]),
    rule_of(
        r"Without a `client_id` the app has nothing to begin a login with",
        lambda f: f.event.after is State.REGISTRATION_REFUSED and not _app(f).identities,
    ),
    # ---- The document about the app, in step 3
    rule_of(r"The `client_id` is an address", lambda f: f.value("client_id") == f.scenario.profile.client_id),
    rule_of(
        r"Nobody has registered this app: the server reads the document there",
        lambda f: f.value("client_id") not in f.server.clients and bool(_document(f)),
    ),
    rule_of(
        r"says what the app is called and where its answers may go",
        lambda f: {"client_name", "redirect_uris"} <= _document(f).keys(),
    ),
    rule_of(r"The page warns that the answer goes to the user's own computer", _is_warned),
    rule_of(r"This user allows it all the same", lambda f: _is_warned(f) and f.value("decision") == "allow"),
    # ---- The attacker's MCP server
    rule_of(
        r"its own name as the `resource`, and the authorization server that the honest MCP server uses"
        r"|name the honest authorization server|uses the honest server's tokens|will log in there as ever",
        lambda f: (
            f.flying_document["resource"] == ATTACKERS_TOOLS
            and f.flying_document["authorization_servers"] == str([f.run.server])
        ),
    ),
    rule_of(
        r"names the honest MCP server as the `resource`, and the honest authorization server"
        r"|made for that `resource` would be good there|names the honest one as its resource"
        r"|claim to be the honest MCP server",
        lambda f: (
            f.flying_document["resource"] == f.after.apis[MCP_ORIGIN].identifier
            and f.flying_document["authorization_servers"] == str([f.run.server])
        ),
    ),
    rule_of(
        r"with the `access_token` in its header|keeps the token\b|keep the access_token",
        lambda f: f.after.attacker.loot["access_token"] == f.held.access_token,
    ),
    # ---- Another login for more
    rule(
        r"The API has said which `scope` it takes, and the token that the app holds has not got it: `([^`]+)`",
        lambda f, m: m[1] == _wanted(f) and m[1] not in f.held.scope.split(" "),
    ),
    rule_of(
        r"will ask for that beside what it had|asks the user for more|^log in for more$",
        lambda f: f.event.act is Act.STEP_1 and bool(_wanted(f)) and bool(f.held.scope),
    ),
    # ---- Steps T1 and T2
    rule(r"The message is `([^`]+)`", lambda f, m: _method(f) == m[1]),
    rule_of(
        r"The `access_token` goes along in the header",
        lambda f: f.held.access_token == (_request(f).header("authorization") or "").partition(" ")[2],
    ),
    rule_of(
        r"carries the session that the server has named",
        lambda f: _request(f).header("mcp-session-id") in f.before.apis[MCP_ORIGIN].tools.sessions,  # type: ignore[union-attr]
    ),
    rule_of(r"It has judged the token first", lambda f: f.passed("api.signature")),
    rule(
        r"The tools are ((?:`[^`]+`(?:, | and )?)+)",
        lambda f, m: re.findall("`([^`]+)`", m[1]) == [one["name"] for one in _answer(f).json()["result"]["tools"]],
    ),
    rule_of(r"It names a session", lambda f: _answer(f).header("mcp-session-id") is not None),
    rule_of(
        r"wants a nonce of its own in the proof|wants a nonce; the app sends it all again",
        lambda f: _answer(f).header("dpop-nonce") is not None and f.decided == "api_proof.nonce",
    ),
    rule_of(r"sends the message once more, with such a proof", lambda f: isinstance(f.in_flight, Request)),
    rule_of(r"The app learns of no tools", lambda f: f.event.after is State.SESSION_REFUSED),
)
