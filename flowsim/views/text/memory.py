"""What each party remembers at one moment, as short texts for the player's memory view, and what changed since another.

Source: RFC 7396 (JSON merge patch).
"""

from collections.abc import Mapping

from flowsim.actors import mcp_client
from flowsim.model.steps import API, ATTACKER, BROWSER, CLIENT, SERVER
from flowsim.model.world import VICTIM, Browser, Client, Server, World
from flowsim.protocol.pkce import base64url

Remembered = dict[str, dict[str, str]]
Changes = dict[str, dict[str, str | None] | None]


def remembered(world: World) -> Remembered:
    """Lane of the picture to what the actors in it remember, name to text. What nobody wrote down is left out."""
    run = world.runs[VICTIM]
    if world.scenario.live:  # what a browser and a client of somebody else's remember, no message shows
        seen = {SERVER: _server(world.servers[run.server]), ATTACKER: dict(world.attacker.loot)}
        return {lane: facts for lane, facts in seen.items() if facts}
    lanes = {
        BROWSER: _browser(world.browsers[run.owner]),
        CLIENT: _client(world.clients[run.client]),
        SERVER: _server(world.servers[run.server]),
        API: {"trusted issuer": world.apis[run.api].issuer},
        ATTACKER: dict(world.attacker.loot),
    }
    return {lane: facts for lane, facts in lanes.items() if facts}


def changes(before: Remembered, after: Remembered) -> Changes:
    """The merge patch that makes `after` of `before`: what is new or changed, and None for what is forgotten."""
    told: Changes = {}
    for lane in [*after, *(lane for lane in before if lane not in after)]:
        was, now = before.get(lane, {}), after.get(lane, {})
        changed: dict[str, str | None] = {name: text for name, text in now.items() if was.get(name) != text}
        changed |= dict.fromkeys(name for name in was if name not in now)
        if changed:
            told[lane] = changed if now else None
    return told


def patched(before: Remembered, told: Changes) -> Remembered:
    """What is remembered after these changes, in the order in which it was learned."""
    known = dict(before)
    for lane, facts in told.items():
        was = known.pop(lane, {})
        merged: Mapping[str, str | None] = {**was, **facts} if facts else {}
        if kept := {name: text for name, text in merged.items() if text is not None}:
            known[lane] = kept
    return known


def _browser(browser: Browser) -> dict[str, str]:
    facts = {f"cookie {name}": value for jar in browser.cookies.values() for name, value in jar.items()}
    facts |= {f"{origin} opens in": apps[-1] for origin, apps in browser.apps.items()}
    if browser.history:
        facts["last address"] = browser.history[-1]
    return facts


def _client(client: Client) -> dict[str, str]:
    facts = {"client_id": mcp_client.own_id(client)} if mcp_client.own_id(client) else {}
    for met in client.connections.values():
        facts["MCP server"] = met.url
        values = {"scope that it demands": " ".join(met.scopes or ()), "resource": met.resource.get("resource", "")}
        facts |= {name: str(value) for name, value in values.items() if value}
        if met.issuer:
            facts["tokens for it come from"] = met.issuer
    for talk in client.conversations.values():
        values = {"session with the MCP server": talk.session, "tools": ", ".join(talk.tools)}
        facts |= {name: value for name, value in values.items() if value}
    if client.secret:
        facts["client_secret"] = client.secret
    if client.key:
        facts["client_key"] = base64url(client.key)
    for transaction in (*client.transactions.values(), *client.redeeming.values()):
        values = {
            "code_verifier": transaction.code_verifier,
            "state": transaction.state,
            "nonce": transaction.nonce,
            "redirect_uri": transaction.redirect_uri,
            "issuer": transaction.issuer,
        }
        facts |= {name: value for name, value in values.items() if value}
    for held in client.tokens.values():
        values = {"access_token": held.access_token, "id_token": held.id_token, "refresh_token": held.refresh_token}
        facts |= {name: value for name, value in values.items() if value}
    return facts


def _server(server: Server) -> dict[str, str]:
    facts: dict[str, str] = {}
    for known in server.known_users.values():
        facts["session of"] = known.sub
    for session in server.sessions.values():
        facts["login under way for"] = session.request.client_id
        facts["logged in"] = session.sub or "nobody yet"
        if session.request.code_challenge:
            facts["code_challenge"] = session.request.code_challenge
    for code, grant in server.grants.items():
        facts["code"] = code
        facts["code issued to"] = grant.request.client_id
        facts["code used"] = "yes" if grant.used else "no"
        facts["code valid until second"] = str(grant.expires)
        if grant.request.code_challenge:
            facts["code_challenge"] = grant.request.code_challenge
            facts["code_challenge_method"] = grant.request.code_challenge_method or "plain"
    for refresh in server.refresh_tokens.values():
        state = "revoked" if refresh.revoked else "exchanged" if refresh.rotated is not None else "good"
        facts[f"refresh token {refresh.number}"] = f"{state}, until second {min(refresh.idle_until, refresh.expires)}"
    for record in server.access_tokens.values():
        facts["access token for"] = f"{record.sub}, {record.scope}{', revoked' if record.revoked else ''}"
    return facts
