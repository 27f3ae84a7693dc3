"""The cases of an app that calls the tools of an MCP server: what it refuses before a login, and what is refused of it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from frozendict import deepfreeze, frozendict

from flowsim.actors import mcp_api
from flowsim.actors.authorization_server import metadata
from flowsim.analysis.counterexamples.case import Counterexample, Judged, move, opened
from flowsim.analysis.counterexamples.edits import Edit, client_of, server_of, with_client, with_flying, world_in
from flowsim.model.mcp import MCP_ORIGIN, MCP_URL
from flowsim.model.states import State
from flowsim.model.world import (
    CONNECTION,
    DISCOVERY,
    INSIDE,
    INSIDE_BY_NAME,
    REBOUND,
    REGISTRATION,
    World,
    evolve,
)
from flowsim.protocol.messages import Response, response

ASSISTANT: dict[str, Any] = {"client": "mcp"}
REGISTERED: dict[str, Any] = {"client": "mcp", "client_identity": "registered"}


def answered(run: str, answer: Callable[[World], Response]) -> Edit:
    """This answer in flight to the app, in the place of its request."""
    return lambda world: with_flying(world, answer(world), run)


def resource(status: int = 200, **changes: object) -> Callable[[frozenset[str]], Judged]:
    """The MCP server's metadata, with other members in it; None leaves one out."""

    def answer(world: World) -> Response:
        return response(status, json=_changed(mcp_api.metadata(*_tools(world)), changes))

    return move(State.RESOURCE_ASKED, answered(CONNECTION, answer), CONNECTION, **ASSISTANT)


def named(address: str) -> Edit:
    """The app that has been told that the metadata of its MCP server are at this address."""

    def edit(world: World) -> World:
        known = client_of(world).connections[MCP_URL]
        there = evolve(known, named=address, places=(address,))
        return with_client(world, connections=client_of(world).connections.set(MCP_URL, there))

    return edit


def server(**changes: object) -> Callable[[frozenset[str]], Judged]:
    """The authorization server's metadata, likewise."""

    def answer(world: World) -> Response:
        return response(200, json=_changed(metadata(server_of(world)), changes))

    return move(State.METADATA_ASKED, answered(DISCOVERY, answer), DISCOVERY, **ASSISTANT)


def document(**changes: object) -> Callable[[frozenset[str]], Judged]:
    """The document of the app at its client_id, likewise."""

    def edit(world: World) -> World:
        return with_client(world, document=deepfreeze(_changed(dict(client_of(world).document), changes)))

    return move(State.PREPARED, edit, **ASSISTANT)


def published_inside(world: World) -> World:
    """The document of the app at an address that leads inside, and a request that names it."""
    app = client_of(world)
    profile, found = replace(app.profile, client_id=INSIDE_BY_NAME), app.document.set("client_id", INSIDE_BY_NAME)
    return opened(client_id=INSIDE_BY_NAME)(with_client(world, profile=profile, document=found))


def _prepared(world: World) -> World:
    """The app as it is when all has been learnt that comes before its request."""
    later = client_of(world_in(State.PREPARED, client="mcp", client_identity="pre-registered"))
    return with_client(world, connections=later.connections, metadata=later.metadata)


def _changed(document: dict[str, Any], changes: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in {**document, **changes}.items() if value is not None}


def _tools(world: World) -> tuple[Any, Any]:
    api = world.apis[MCP_ORIGIN]
    return api, api.tools


CASES: tuple[Counterexample, ...] = (
    *(
        Counterexample(check, move(State.TOKEN_DEMANDED, named(address), CONNECTION, **ASSISTANT), off=frozenset(off))
        for check, address, off in (
            ("fetch.https", INSIDE, ("fetch.public",)),
            ("fetch.public", INSIDE_BY_NAME, ()),
            ("fetch.pinned", REBOUND, ("fetch.https",)),
        )
    ),
    Counterexample(
        "fetch.hop_public",
        move(
            State.RESOURCE_ASKED,
            answered(CONNECTION, lambda _: response(302, headers={"Location": INSIDE_BY_NAME})),
            CONNECTION,
            **ASSISTANT,
        ),
        off=frozenset({"resource.same", "resource.servers_named"}),
    ),
    Counterexample("document.address_public", move(State.PREPARED, published_inside, **ASSISTANT)),
    Counterexample(
        "connection.token_demanded",
        move(
            State.CALLED_WITHOUT_TOKEN, answered(CONNECTION, lambda _: response(200, json={})), CONNECTION, **ASSISTANT
        ),
    ),
    Counterexample("resource.answered", resource(403)),
    Counterexample("resource.same", resource(resource="https://mcp.example/other")),
    Counterexample("resource.servers_named", resource(authorization_servers=[])),
    Counterexample("discovery.s256_named", server(code_challenge_methods_supported=None)),
    Counterexample(
        "registration.answered",
        move(
            State.REGISTRATION_SENT,
            answered(REGISTRATION, lambda _: response(400, json={"error": "invalid_redirect_uri"})),
            REGISTRATION,
            **REGISTERED,
        ),
    ),
    Counterexample(
        "prepare.client_id_known",
        move(
            State.CLICKED,
            lambda world: with_client(
                _prepared(world), identities=frozendict({"https://another.example": "photo-assistant"})
            ),
            client="mcp",
            client_identity="pre-registered",
        ),
    ),
    Counterexample(
        "prepare.address_opened",
        move(
            State.CLICKED,
            lambda world: with_client(
                _prepared(world),
                metadata=client_of(_prepared(world)).metadata.set("authorization_endpoint", "javascript:alert(1)"),
            ),
            client="mcp",
            client_identity="pre-registered",
        ),
    ),
    Counterexample(
        "document.address_fits",
        move(State.PREPARED, opened(client_id="https://assistant.example/apps/../client.json"), **ASSISTANT),
        off=frozenset({"document.id_same"}),
    ),
    Counterexample("document.answered", document(client_uri="https://assistant.example/".ljust(6000, "a"))),
    Counterexample("document.id_same", document(client_id="https://another.example/client.json")),
    Counterexample("document.members_present", document(client_name=None)),
    Counterexample("document.no_secret", document(token_endpoint_auth_method="client_secret_post")),
)
