"""The runs behind what the lesson on an MCP login says. See notebook_claims.py."""

import json
from contextlib import suppress
from functools import partial
from typing import Any

import httpx

from flowsim.analysis.matrix import cell
from flowsim.clinic.cases import CASES, repaired
from flowsim.exercises.mcp_login import ISSUER, accepted, believed, login, names_the_resource
from flowsim.lessons.mcp_login import attacks, messages_of
from flowsim.live.tool_client import Credentials, LoginFailed, ToolClient
from flowsim.live.transport import WorldTransport
from flowsim.live.user import User
from flowsim.live.world import LiveWorld
from flowsim.model.mcp import MCP_URL, TOOLS_CLIENT
from flowsim.model.scenario import Scenario
from flowsim.model.steps import API
from flowsim.model.world import ATTACKERS_TOOLS
from flowsim.protocol.messages import Request, Response, query_of
from flowsim.protocol.signed_tokens import read
from flowsim.protocol.well_known import server_candidates
from flowsim.simulation.simulation import Simulation
from tests.kit.clauses import ROOT
from tests.kit.notebook_claims import claim

here = partial(claim, "mcp-login")
BORROWED: dict[str, Any] = {"attacker": "borrowed-resource", "without": frozenset({"resource.same"})}


def client_id_of(known: bool, document: bool, **metadata: Any) -> str:
    """Who the client says it is, at a server whose metadata are changed so; it may be known there, or have a document."""
    inner = WorldTransport(LiveWorld(Scenario(client="mcp")))
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        came = inner.handle_request(request)
        if "/.well-known/oauth-authorization-server" not in str(request.url):
            return came
        return httpx.Response(200, json={**json.loads(came.read()), **metadata})

    def log_in(address: str) -> str:
        seen.append(dict(query_of(address))["client_id"])
        return User(httpx.Client(transport=inner)).log_in(address)

    with (
        ToolClient(
            MCP_URL,
            log_in,
            document="https://client.example/client.json" if document else None,
            known={"https://as.example": Credentials("known")} if known else {},
            transport=httpx.MockTransport(answer),
        ) as client,
        suppress(Exception),
    ):  # who it says it is was seen by then, and nobody at this server knows it
        client.tools()
    return seen[0]


def header_of(answer: Request | Response) -> str:
    return str(answer.header("www-authenticate"))


here("`scope` is what a token has to have to get in.")(
    lambda: (
        'scope="read:messages"' in header_of(messages_of(login(), "M2")[0])
        and dict(query_of(messages_of(login(), "3")[0].url))["scope"] == "read:messages"  # type: ignore[union-attr]
    )
)


@here("Then the document may be at one of three addresses, and the client tries them one after the other.")
def three_ways() -> bool:
    return len(server_candidates(ISSUER)) == 3 and len({*server_candidates(ISSUER)}) == 3


@here("Of the three that flowsim runs, none stops here.")
def no_other_client_stops() -> bool:
    page = (ROOT / "docs" / "mcp-clients.md").read_text("utf-8")
    (row,) = (line for line in page.splitlines() if line.startswith("| S14 |"))
    own, *others = row.strip("| ").split(" | ")[3:]
    return own == "refuses" and others == ["goes on"] * 3


@here("There are three ways to get one, and the client takes the first that is open to it")
def the_first_that_is_open() -> bool:
    closed = {"client_id_metadata_document_supported": False}
    return (
        client_id_of(True, True, client_id_metadata_document_supported=True) == "known"
        and client_id_of(False, True, client_id_metadata_document_supported=True)
        == "https://client.example/client.json"
        and client_id_of(False, True, **closed) not in ("known", "https://client.example/client.json")
    )


@here("A `client_id` that a server has given is good at that server and nowhere else.")
def good_at_one_server() -> bool:
    stopped = [
        login(attacker="mix-up-by-resource-metadata", iss=False, client_identity=identity)
        for identity in ("pre-registered", "registered")
    ]
    decided = [one.check.id for run in stopped for event in run.events for one in event.checks if one.decides]
    return decided == ["prepare.client_id_known"] * 2


@here("So the consent page shows the host, and the user has to look.")
def the_consent_page_shows_the_host() -> bool:
    pages = [one.body for one in messages_of(login(), "5") if isinstance(one, Response)]
    return any("127.0.0.1" in body for body in pages)


@here("Two things are new on the wire.")
def resource_and_iss() -> bool:
    usual = Simulation(client="native-loopback", seed=7).run()
    named = dict(query_of(messages_of(usual, "3")[0].url))  # type: ignore[union-attr]
    came = dict(query_of(messages_of(login(), "6")[0].location))  # type: ignore[union-attr]
    return "resource" not in named and names_the_resource()[:2] == ("3", "7") and "iss" in came


@here("The MCP server looks at it, and refuses a token that was made for somebody else.")
def the_audience_is_looked_at() -> bool:
    looked = {one.check.id: one.passed for event in login().events if event.step == 11 for one in event.checks}
    return looked["api.audience"] is True


here("If the metadata promised an `iss` and none comes, the answer is refused as well.")(
    lambda: not accepted(None, True) and accepted(None, False) and not accepted(f"{ISSUER}/", True)
)


@here("The session of the older revision is a name for a conversation.")
def each_message_needs_the_token() -> bool:
    said = [one for step in ("T1", "10") for one in messages_of(login(mcp_revision="2025-11-25"), step)]
    return all(one.header("authorization") for one in said if isinstance(one, Request))


@here("Else a server that is never content would send the user around for ever.")
def the_client_gives_up() -> bool:
    inner, opened = WorldTransport(LiveWorld(Scenario(client="mcp"))), list[str]()

    def answer(request: httpx.Request) -> httpx.Response:
        came = inner.handle_request(request)
        if "Authorization" not in request.headers:
            return came
        header = {"WWW-Authenticate": 'Bearer error="insufficient_scope", scope="read:messages"'}
        return httpx.Response(403, headers=header)

    def log_in(address: str) -> str:
        opened.append(address)
        return User(httpx.Client(transport=inner)).log_in(address)

    with ToolClient(MCP_URL, log_in, transport=httpx.MockTransport(answer)) as client:
        try:
            client.tools()
        except LoginFailed:
            return 1 < len(opened) < 5
    return False


@here("and it gets a new one with each refresh")
def refresh_tokens_rotate() -> bool:
    later = login(scope="offline_access", later="1h refresh")
    old, new = (messages_of(later, step)[0].json()["refresh_token"] for step in ("9", "R3"))  # type: ignore[union-attr]
    return bool(old != new)


@here("The audience does not help here: the token *is* for the honest server, and that is where the attacker takes it.")
def the_audience_does_not_help() -> bool:
    held = login(**BORROWED)
    token = read(messages_of(held, "9")[0].json()["access_token"])  # type: ignore[union-attr]
    return cell("borrowed-resource", "audience").works and token is not None and token.claims["aud"] == MCP_URL


LIES = ("mix-up-by-resource-metadata", "borrowed-issuer", "borrowed-resource", "wrong-audience")
here("PKCE has to be there, and it helps against none of these lies.")(
    lambda: (
        all(cell(name, "S256").works for name in LIES) and {*LIES} <= {*attacks()} and not believed({"issuer": ISSUER})
    )
)


@here("Then the `iss` fits. This is the attack `borrowed-issuer`.")
def the_iss_fits_the_lie() -> bool:
    return cell("borrowed-issuer", "iss").works and not cell("borrowed-issuer", "issuer-compared").works


@here(
    "What one server has given to the client, the client shows to no other. If that is a secret, an attacker would get it:"
)
def a_secret_is_for_one_server() -> bool:
    return cell("changed-server").works and not cell("changed-server", "credentials-per-issuer").works


@here("In `wrong-audience` the attacker's MCP server tells the truth about itself, and the token is for it.")
def the_token_is_for_the_attackers_server() -> bool:
    run = cell("wrong-audience").simulation().run()
    token = read(messages_of(run, "9")[0].json()["access_token"])  # type: ignore[union-attr]
    stopped = [cell("wrong-audience", one).verdict.stopped_by for one in ("known-resources", "audience")]
    return (
        token is not None
        and token.claims["aud"] == ATTACKERS_TOOLS
        and stopped == ["authorize.resource_known", "api.audience"]
    )


@here("There it has a single `client_id`, which it uses for all assistants.")
def the_proxy_has_one_name() -> bool:
    sent = [messages_of(run, "U1")[0] for run in (login(proxy=True), cell("confused-deputy").simulation().run())]
    named = [dict(query_of(one.location)).get("client_id") for one in sent if isinstance(one, Response)]
    return len(named) == 2 and len({*named}) == 1 and named[0] is not None


@here("The proxy looks for it when the browser comes back from the server behind (step U3).")
def the_proxy_looks_for_its_cookie() -> bool:
    found = cell("unbound-consent", "consent-cookie").verdict
    return found.stopped_by == "proxy.browser_same" and cell("unbound-consent", "S256").works


@here("If it did not look, it would book the call on the user, though the MCP server has asked.")
def the_call_is_booked_on_the_user() -> bool:
    runs = [login(behind=behind, without=frozenset({"behind.audience"})) for behind in ("passed-on", "own-token")]
    told = [messages_of(run, "B2")[-1] for run in runs]
    named = [one.json()["booked_on"] for one in told if isinstance(one, Response)]
    refused = messages_of(login(behind="passed-on"), "B2")[-1]
    return named == ["user-alice", TOOLS_CLIENT] and isinstance(refused, Response) and refused.status == 401


@here("An MCP server shows an API behind it a token of its own, and never the one that its client has shown.")
def nothing_is_passed_on() -> bool:
    run = login(behind="own-token")
    (asked,) = (one for one in messages_of(run, "B1") if isinstance(one, Request))
    (call,) = (one for one in messages_of(run, "10") if isinstance(one, Request))
    return bool(asked.header("authorization")) and asked.header("authorization") != call.header("authorization")


@here("Here the audience is no help: the token comes back to the very server that it was made for.")
def the_audience_is_right_there() -> bool:
    run = cell("token-passthrough", "audience").simulation().run()
    shown = [one.message for event in run.events if event.by_attacker for one in event.messages if one.receiver == API]
    calls = [one for one in shown if isinstance(one, Request)]
    token = read((calls[0].header("authorization") or "").partition(" ")[2])
    return run.verdict.attack_succeeded and token is not None and token.claims["aud"] == MCP_URL


@here("What helps is that nothing is passed on, or that the token is bound to a key of the client")
def nothing_passed_on_or_a_key_helps() -> bool:
    alone = [cell("token-passthrough", one).works for one in ("own-upstream-token", "dpop")]
    return not any(alone) and cell("token-passthrough").works


@here("A warning on the page helps a user who heeds it. A key that only the makers of the app have helps as well.")
def a_warning_and_a_key_help() -> bool:
    tried = {one: cell("loopback-impersonation", one).works for one in ("loopback-warning", "key-in-the-document")}
    return not any(tried.values()) and cell("loopback-impersonation").works


@here("Whoever names an address to you may name one *inside* your network, and your program fetches it")
def an_address_inside_is_fetched() -> bool:
    inside = [name for name in attacks() if name.startswith("inside-by-")]
    return len(inside) > 1 and all(cell(name).works for name in inside)


here("And an address that a program opens may be a script (`script-for-endpoint`), or hold a command")(
    lambda: cell("script-for-endpoint").works and cell("command-for-endpoint").works
)


@here("It cannot write that into its document.")
def the_port_is_another_one_each_time() -> bool:
    case = CASES["another-port-each-time"]
    works = repaired(case).verdict.sentence.startswith("The login worked")
    return case.settings["compares_ports"] is True and works and not case.settings.get("mistakes")


@here("What helps is to compare: the `resource`, the issuer, the `iss`.")
def comparing_helps() -> bool:
    return not any(
        cell(attack, defence).works
        for attack, defence in (("mix-up-by-resource-metadata", "iss"), ("borrowed-resource", "resource-compared"))
    )


@here("The client is right to stop, for these are two names.")
def a_slash_is_another_name() -> bool:
    right = {"issuer": ISSUER, "code_challenge_methods_supported": ["S256"]}
    return believed(right) and not believed({**right, "issuer": f"{ISSUER}/"})


@here("and the MCP server takes no other token.")
def no_other_token() -> bool:
    return the_audience_is_looked_at() and "resource" in dict(query_of(messages_of(login(), "3")[0].url))  # type: ignore[union-attr]
