"""What the player shows of a live world: each login is a branch, which grows while one looks at it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from weakref import WeakKeyDictionary

from frozendict import frozendict

from flowsim.actors.authorization_server import discovery
from flowsim.live.login import LiveLogin, LiveTrace
from flowsim.model.shown import safe
from flowsim.model.steps import ATTACKER
from flowsim.model.world import Server
from flowsim.views.formats.payload_types import Branch, Payload
from flowsim.views.formats.player_payload import whole
from flowsim.views.formats.trace_json import trace_json
from flowsim.views.pictures.picture import sequence_svg
from flowsim.views.text import narration
from flowsim.views.text.experiment import experiment

MOST_SHOWN = 30  # logins; of more the latest are shown
MOST_NAMED = 10  # addresses of clients, before there is a login


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A login as it was at one moment. It is drawn while the login goes on."""

    login: LiveLogin
    version: int
    trace: LiveTrace


_drawn: "WeakKeyDictionary[LiveLogin, tuple[int, Branch]]" = WeakKeyDictionary()


def snapshot(logins: Sequence[LiveLogin]) -> list[Snapshot]:
    """The latest of these logins as they are now; whoever calls this keeps them from changing meanwhile."""
    return [Snapshot(one, one.version, one.trace) for one in logins[-MOST_SHOWN:]]


def live_payload(
    shown: Sequence[Snapshot],
    waiting: str = "",
    attacks: Mapping[str, str] = frozendict(),
    attack: str | None = None,
) -> dict[str, Any]:
    """The payload for these logins, and where there is none what to do. What has not changed is not drawn again."""
    payload = live_payload_of([one.trace for one in shown], [_branch(one) for one in shown], waiting)
    payload["attacks"] = [{"name": name, "title": title} for name, title in attacks.items()]
    payload["attack"] = attack
    return cast(dict[str, Any], payload)


def live_payload_of(traces: Sequence[LiveTrace], branches: list[Branch], waiting: str = "") -> Payload:
    """The payload for these traces, which are drawn already; `waiting` says what to do where there is none."""
    payload = whole(traces, branches, (branches[-1]["name"] if branches else "", 0))
    payload["live"] = True
    if not branches:
        payload["waiting"] = waiting
    return payload


def waiting_text(server: Server, mcp_server: str | None = None) -> str:
    """What to do so that there is something to be seen; the client that was registered last comes first."""
    clients = [(one.client_id, uri) for one in reversed(server.clients.values()) for uri in one.redirect_uris]
    where = f"a client at the MCP server {mcp_server}" if mcp_server else f"an app at the issuer {server.issuer}"
    lines = [
        f"Nobody has begun a login yet. Point {where} and log in: what it sends appears here.",
        "",
        "Clients that are registered, and where each of them is sent back to:",
        *(f"• {safe(client_id)}: {safe(uri)}" for client_id, uri in clients[:MOST_NAMED]),
        *([f"• and {len(clients) - MOST_NAMED} more"] if len(clients) > MOST_NAMED else []),
    ]
    if endpoint := discovery.metadata(server).get("registration_endpoint"):
        lines += ["", f"Another app can register itself at {endpoint}."]
    return "\n".join(lines)


def part_since(payload: Mapping[str, Any], versions: Mapping[str, int], since: str = "") -> dict[str, Any]:
    """Of this payload the branches that have changed since the part whose `since` this was; all of it for any other text.

    `order` has the names of all branches, and `words`, which never change, come once.
    """
    known = _read(since)
    part = {**payload, "order": [one["name"] for one in payload["branches"]], "since": json.dumps(versions)}
    if known:
        part["branches"] = [one for one in payload["branches"] if known.get(one["name"]) != versions[one["name"]]]
        part["words"] = []
    return part


def _read(since: str) -> dict[str, int]:
    """The versions of the branches that the watcher has; none for what is no such text."""
    try:
        found = json.loads(since) if since else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _branch(shown: Snapshot) -> Branch:
    login, trace = shown.login, shown.trace
    version, branch = _drawn.get(login, (-1, None))
    if branch is not None and version == shown.version:
        return branch
    made = branch_of(login.name, login.title, trace)
    _drawn[login] = (shown.version, made)
    return made


def branch_of(name: str, title: str, trace: LiveTrace) -> Branch:
    """This trace as a branch, drawn."""
    attacks = [event.index for event in trace.events if event.by_attacker]
    branch: Branch = {
        "name": name,
        "title": title,
        "experiment": experiment(trace.scenario, trace.attacker),
        "attack": bool(attacks),
        "hidden": False,
        "inject": None,
        "shared": 0,
        "inject_at": attacks[0] - 1 if attacks else None,
        "notes": [narration.notes(one) for one in narration.told(trace)],
        "trace": trace_json(trace),
        "svg": sequence_svg(trace, lanes=(ATTACKER,)),
    }
    if trace.went_wrong:
        branch["went_wrong"] = trace.went_wrong
    return branch
