"""What many tests need: real worlds out of real runs, small changes to them, and somebody to send a request to."""

import re
from typing import Any
from urllib.parse import urlsplit

from flowsim.analysis.counterexamples.edits import (
    OFFLINE,
    SEED,
    Change,
    Edit,
    Heard,
    ask,
    base64url,
    client_of,
    compact,
    flying,
    flying_request,
    flying_response,
    forged,
    get,
    pairs_with,
    played,
    post,
    server_of,
    simulation,
    transaction_of,
    with_client,
    with_flying,
    with_form,
    with_grant,
    with_headers,
    with_query,
    with_registration,
    with_server,
    with_transaction,
    without,
    world_in,
)
from flowsim.engine.apply import apply
from flowsim.model.scenario import API_ORIGIN
from flowsim.model.states import Act
from flowsim.model.transitions import Move, honest_act
from flowsim.model.world import VICTIM, Event, World, evolve
from flowsim.protocol.messages import Response
from flowsim.simulation.simulation import Trace

PUBLIC = ("native-scheme", "native-https", "native-loopback", "spa")
CLIENTS = (*PUBLIC, "web")
METHODS = ("none", "plain", "S256")
CODE_THIEVES = ("code-interception", "code-and-request", "decompiled-secret")
CALLBACK = "com.example.app:/callback"
PAGE_HEADERS = {
    "cache-control": "no-store",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
# What `error` and `error_description` may hold (RFC 6749 sections 4.1.2.1 and 5.2).
PLAIN = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+")


def event_of(trace: Trace, act: Act, run: str = VICTIM) -> Event:
    """The first event of this act in this run."""
    return next(event for event in trace.events if event.act is act and event.run == run)


def walk(world: World, run: str = VICTIM) -> list[World]:
    """This world and those that follow when this run takes its honest steps to the end."""
    worlds = [world]
    while act := honest_act(worlds[-1].runs[run].role, worlds[-1].runs[run].state):
        worlds.append(apply(worlds[-1], Move(run, act)))
    return worlds


def with_api(world: World, **fields: Any) -> World:
    return evolve(world, apis=world.apis.set(API_ORIGIN, evolve(world.apis[API_ORIGIN], **fields)))


def path_of(url: str) -> str:
    return urlsplit(url).path


def is_page(response: Response) -> bool:
    """An HTML page for the user, with every header a page of the server must have, that leads nowhere."""
    assert response.header("content-type") == "text/html; charset=utf-8"
    assert "frame-ancestors 'none'" in (response.header("content-security-policy") or "")
    assert {name: response.header(name) for name in PAGE_HEADERS} == PAGE_HEADERS
    return response.header("location") is None


__all__ = [
    "CALLBACK",
    "CLIENTS",
    "CODE_THIEVES",
    "METHODS",
    "OFFLINE",
    "PAGE_HEADERS",
    "PLAIN",
    "PUBLIC",
    "SEED",
    "Change",
    "Edit",
    "Heard",
    "ask",
    "base64url",
    "client_of",
    "compact",
    "event_of",
    "flying",
    "flying_request",
    "flying_response",
    "forged",
    "get",
    "is_page",
    "pairs_with",
    "path_of",
    "played",
    "post",
    "server_of",
    "simulation",
    "transaction_of",
    "walk",
    "with_api",
    "with_client",
    "with_flying",
    "with_form",
    "with_grant",
    "with_headers",
    "with_query",
    "with_registration",
    "with_server",
    "with_transaction",
    "without",
    "world_in",
]
