"""The app as the client of an MCP server: how it finds out where to log in, as what, and what it says there afterwards.

It is given the address of an MCP server. All else it learns, step by step, and keeps: what was said for this server under
its address, what an authorization server has given it under that server's issuer.

Source: Model Context Protocol, revision 2026-07-28, authorization and the pages below it; RFC 9728, RFC 8414, RFC 7591.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from frozendict import deepfreeze

from flowsim.actors.app_proofs import proof_for
from flowsim.actors.mistakes import app as mistakes
from flowsim.actors.mistakes import assistants
from flowsim.checks import connection as checks
from flowsim.checks import discovery, fetching
from flowsim.model.app_settings import DEFAULT_SCOPE
from flowsim.model.clients import Profile
from flowsim.model.context import Context
from flowsim.model.mcp import ClientIdentity, Connection, Conversation, Revision, Tool
from flowsim.model.scenario import Scenario
from flowsim.model.states import Outcome
from flowsim.model.world import SECOND_SERVER, Challenge, Client, evolve
from flowsim.protocol import challenges, client_assertions, client_id_documents, mcp_wire, well_known
from flowsim.protocol.messages import Request, Response, request

USER_AGENT = "flowsim-assistant"
ABOUT = {"name": "photo-assistant", "version": "1"}
_HEADERS = {"Accept": "application/json", "User-Agent": USER_AGENT}
OFFLINE = "offline_access"
_PORT = re.compile(r":[0-9]+(?=/)")
ARGUMENTS: Mapping[Tool, Mapping[str, Any]] = {"read_messages": {}, "send_message": {"text": "Dinner is at eight."}}


def connection_to(client: Client, url: str) -> Connection:
    """What the app knows of the MCP server at this address, which may be nothing."""
    return client.connections.get(url, Connection(url=url))


def first_call(url: str, revision: Revision) -> Request:
    """Step M1: what the app says first, without a token."""
    return _message(url, 0, revision, None, None)


def hear_challenge(client: Client, url: str, answer: Response, context: Context) -> tuple[Client, bool]:
    """Step M2: the client that knows where to look for the metadata, and whether there is anything to look for."""
    if context.evaluate(checks.CHALLENGE_CHECKS, checks.ChallengeFacts(answer)) is not None:
        return client, False
    said = challenges.of_scheme(answer.all_of("www-authenticate"), "bearer")
    named = said.get("resource_metadata")
    scope = said.get("scope")
    known = Connection(
        url=url,
        scopes=None if scope is None else _words(scope),
        named=named,
        places=(named,) if named else well_known.resource_candidates(url),
    )
    return _with(client, known), True


def ask_for_resource(client: Client, url: str) -> Request:
    """Step M3: the request for the metadata of the MCP server, at the next place where it may be (RFC 9728 section 3)."""
    return request("GET", connection_to(client, url).places[0], headers=_HEADERS)


def may_fetch(url: str, numbers: tuple[str, ...], again: tuple[str, ...], context: Context) -> bool:
    """Whether the app fetches what is at this address, whose host stands for these numbers, and `again` for those."""
    return context.evaluate(fetching.CHECKS, fetching.FetchFacts(url, numbers, again)) is None


def may_follow(url: str, numbers: tuple[str, ...], context: Context) -> bool:
    """Whether the app follows a redirect to this address."""
    return context.evaluate(fetching.HOP_CHECKS, fetching.HopFacts(url, numbers)) is None


def receive_resource(client: Client, url: str, answer: Response, context: Context) -> tuple[Client, Outcome]:
    """Step M4: the client with the metadata of the MCP server, and whether it believes them, or has to look elsewhere.

    Found at an address that the challenge has named, it has to be about the address that was called; else about what
    that address stands for (RFC 9728 section 3.3).
    """
    known = connection_to(client, url)
    place, *others = known.places
    if others and answer.status == 404:
        return _with(client, evolve(known, places=tuple(others))), Outcome.NOT_THERE
    about = url if known.named else well_known.resource_behind(place) or url
    if context.evaluate(checks.RESOURCE_CHECKS, checks.ResourceFacts(about, answer)) is not None:
        return client, Outcome.STOPPED
    document = deepfreeze(answer.json())
    issuer = next((one for one in document.get("authorization_servers", ()) if isinstance(one, str)), "")
    places = well_known.server_candidates(issuer) if issuer else ()
    found = evolve(known, resource=document, issuer=issuer, places=places)
    return _with(client, found), Outcome.OK


def go_to(client: Client, url: str, issuer: str) -> Client:
    """The client that logs in at this one of the authorization servers that were named: the client chooses."""
    known = connection_to(client, url)
    return _with(client, evolve(known, issuer=issuer, places=well_known.server_candidates(issuer)))


def ask_for_server(client: Client, url: str) -> Request:
    """Step D1: the request for the metadata of the authorization server that the MCP server has named."""
    return request("GET", connection_to(client, url).places[0], headers=_HEADERS)


def receive_server(client: Client, url: str, answer: Response, context: Context) -> tuple[Client, Outcome]:
    """Step D2: the client with the metadata of the authorization server, and whether it believes them."""
    known = connection_to(client, url)
    _, *others = known.places
    if others and answer.status == 404:
        return _with(client, evolve(known, places=tuple(others))), Outcome.NOT_THERE
    facts = discovery.MetadataFacts(known.issuer, answer, False)
    failed = context.evaluate(discovery.CHECKS, facts)
    failed = context.evaluate(discovery.OF_AN_MCP_SERVER, facts, after=failed) or failed
    if failed is not None:
        return client, Outcome.STOPPED
    document = deepfreeze(answer.json())
    if not isinstance(document.get("issuer"), str):
        document = document.set("issuer", known.issuer)
    client = _with(client, evolve(known, server=document))
    if client.second is not None and known.issuer == SECOND_SERVER:
        return evolve(client, second=document), Outcome.OK
    return evolve(client, metadata=document), Outcome.OK


def asked_for(client: Client, issuer: str) -> str:
    """The address of the MCP server that has named this authorization server; the last one where several have."""
    return next(one.url for one in reversed(client.connections.values()) if one.issuer == issuer)


# ---- Who the app is at the authorization server


def client_id_at(client: Client, issuer: str) -> str:
    """The client_id of the app at this server: the one that the server gave it, or the one that it has everywhere.

    One that another server gave is none here (RFC 6749 section 2.2); an address is good everywhere.
    """
    own = client.profile.client_id
    elsewhere = bool(client.identities) and not client_id_documents.is_address(own)
    return client.identities.get(issuer, "" if elsewhere else own)


def known_at(client: Client, issuer: str) -> Client:
    """The client that goes to this server under some client_id: where it was given none there, under one from elsewhere.

    So does an app that keeps what it was given under the MCP server, and not under the issuer (RFC 6749 section 2.2).
    """
    others = tuple(client.identities.values())
    if client_id_at(client, issuer) or not others:
        return client
    return evolve(client, identities=client.identities.set(issuer, others[-1]))


def shows_all(client: Client, issuer: str) -> bool:
    """True where the app goes to this server with the client_id that it has from the start, and so with its secret."""
    return bool(issuer in client.identities and client.identities[issuer] == client.profile.client_id)


def own_id(client: Client) -> str:
    """The client_id of the app at the authorization server that it uses."""
    return client_id_at(client, client.metadata.get("issuer", ""))


def described(profile: Profile, identity: ClientIdentity, key: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What the app says of itself, in its document or when it registers itself (RFC 7591 section 2).

    The port of a loopback address changes with every start, so none is written down (RFC 8252 section 7.3). With a public
    `key`, a JWK, it shows by its signature who it is.
    """
    shows: dict[str, Any] = {"token_endpoint_auth_method": "none"}
    if key is not None:
        shows = {"token_endpoint_auth_method": client_assertions.METHOD, "jwks": {"keys": [{**key}]}}
    named = {"client_id": profile.client_id} if identity == "metadata-document" else {}
    return {
        **named,
        "client_name": profile.app_name,
        "application_type": "native",
        "redirect_uris": [_PORT.sub("", profile.redirect_uri)],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        **shows,
    }


def ask_to_register(client: Client) -> Request:
    """Step C1: the registration (RFC 7591 section 3.1), at the server whose metadata the app believes."""
    endpoint = str(client.metadata.get("registration_endpoint", ""))
    said = assistants.described(client.mistakes, described(client.profile, "registered"))
    return request("POST", endpoint, headers=_HEADERS, json=said)


def receive_registration(client: Client, answer: Response, context: Context) -> tuple[Client, bool]:
    """Step C2: the client with its client_id, which it keeps for this server and no other."""
    if context.evaluate(checks.REGISTRATION_CHECKS, checks.RegistrationFacts(answer)) is not None:
        return client, False
    given = str(answer.json().get("client_id") or "")
    return evolve(client, identities=client.identities.set(client.metadata["issuer"], given)), True


# ---- What the app asks for


def scope_wanted(client: Client, url: str, who: str, settings: Scenario) -> str:
    """What the app asks for: what the challenge names; else all that the metadata lists; else nothing.

    Asked for another login it asks for what it had asked for before as well. `offline_access` is for the authorization
    server alone, and asked for only where that one lists it.
    """
    known = connection_to(client, url)
    listed = known.resource.get("scopes_supported")
    found = known.scopes if known.scopes is not None else tuple(listed) if isinstance(listed, list | tuple) else ()
    held = client.tokens.get(who)
    before = _words(held.scope) if held else ()
    demanded = client.challenges.get(who, Challenge()).scopes
    besides = _words(settings.scope.removeprefix(DEFAULT_SCOPE))
    offered = known.server.get("scopes_supported", ())
    besides = tuple(word for word in besides if word != OFFLINE or word in offered)
    return " ".join(dict.fromkeys((*found, *before, *demanded, *besides)))


def demanded_by(answer: Response) -> Challenge | None:
    """What this refusal demands: more scope (RFC 6750 section 3.1); None for any other answer."""
    said = challenges.with_error(answer.all_of("www-authenticate"), "insufficient_scope")
    if answer.status != 403 or said is None or not _words(said.get("scope", "")):
        return None
    return Challenge(scopes=_words(said["scope"]))


# ---- What the app says to the MCP server


def is_ready(client: Client, who: str, revision: Revision) -> bool:
    """True where the app has said to the MCP server all that comes before its call."""
    return client.conversations.get(who, Conversation()).sent >= len(_OPENING[revision])


def next_message(client: Client, who: str, url: str, revision: Revision, context: Context) -> Request:
    """Step T1: the next of the messages that come before the call."""
    held, talk = client.tokens[who], client.conversations.get(who, Conversation())
    proof = proof_for(client, held.dpop_key, "POST", url, context, held.access_token)
    return _message(url, talk.sent, revision, held.access_token, talk.session, proof)


def next_call(client: Client, who: str, url: str, settings: Scenario, context: Context) -> Request:
    """Step 10: the call of the tool, with the access token that the app holds."""
    held, talk = client.tokens[who], client.conversations.get(who, Conversation())
    shown, key = mistakes.token_shown(client, held), mistakes.key_of(client, held, context)
    return call_tool(
        url,
        settings.tool,
        shown,
        revision=settings.mcp_revision if talk.session else "2026-07-28",
        session=talk.session,
        number=talk.sent,
        proof=proof_for(client, key, "POST", url, context, shown),
    )


def hear_answer(client: Client, who: str, answer: Response, revision: Revision) -> tuple[Client, Outcome]:
    """Step T2: the client with what it has heard, and whether there is more to say before the call."""
    talk = client.conversations.get(who, Conversation())
    reply = mcp_wire.answered(answer)
    notified = _OPENING[revision][talk.sent].startswith("notifications/")
    if answer.status != (202 if notified else 200) or ((reply is None or reply.result is None) and not notified):
        return client, Outcome.ERROR
    tools = (reply.result or {}).get("tools", ()) if reply else ()
    named = tuple(str(one.get("name")) for one in tools if isinstance(one, Mapping))
    session = answer.header(mcp_wire.SESSION_HEADER) or talk.session
    heard = Conversation(sent=talk.sent + 1, session=session, tools=named or talk.tools)
    more = heard.sent < len(_OPENING[revision])
    talks = client.conversations.set(who, heard)
    return evolve(client, conversations=talks), Outcome.MORE if more else Outcome.OK


def call_tool(
    url: str,
    tool: Tool,
    token: str,
    *,
    revision: Revision = "2026-07-28",
    session: str | None = None,
    number: int = 1,
    user_agent: str = USER_AGENT,
    proof: str | None = None,
) -> Request:
    """The message that calls this tool with this token."""
    params = {"name": tool, "arguments": dict(ARGUMENTS[tool])}
    asked = mcp_wire.asked(url, "tools/call", params, number, version=revision, session=session, token=token)
    return _as(asked, user_agent, proof, token)


_OPENING: Mapping[Revision, tuple[str, ...]] = {
    "2026-07-28": ("tools/list",),
    "2025-11-25": ("initialize", "notifications/initialized", "tools/list"),
}


def _message(
    url: str, sent: int, revision: Revision, token: str | None, session: str | None, proof: str | None = None
) -> Request:
    method = _OPENING[revision][sent]
    params = mcp_wire.initialize_params(ABOUT) if method == "initialize" else None
    number = None if method.startswith("notifications/") else sent
    asked = mcp_wire.asked(url, method, params, number, version=revision, session=session, token=token, client=ABOUT)
    return _as(asked, USER_AGENT, proof, token)


def _as(asked: Request, user_agent: str, proof: str | None, token: str | None) -> Request:
    """This request with the name of the program, and with a proof where the token is bound to a key."""
    named = replace(asked, headers=(*asked.headers, ("User-Agent", user_agent)))
    return named if proof is None else with_proof(named, proof, token or "")


def with_proof(asked: Request, proof: str, token: str) -> Request:
    """This request with its token shown as one that is bound to a key, and with the proof (RFC 9449 section 7.1)."""
    shown = [(name, f"DPoP {token}" if name == "Authorization" else value) for name, value in asked.headers]
    return replace(asked, headers=(*shown, ("DPoP", proof)))


def _with(client: Client, known: Connection) -> Client:
    return evolve(client, connections=client.connections.set(known.url, known))


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text.split()))
