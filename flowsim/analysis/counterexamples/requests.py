"""Requests that somebody sends to the authorization server or the API of a world, and what it answers."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flowsim.actors import api, authorization_server
from flowsim.actors.authorization_server import LOGIN_COOKIE
from flowsim.analysis.counterexamples.edits import SEED, Change, pairs_with, server_of, with_headers
from flowsim.engine.initial_world import ALICE
from flowsim.model.check import CheckResult
from flowsim.model.context import Context
from flowsim.model.scenario import API_ORIGIN, ISSUER, Policy
from flowsim.model.world import World, evolve
from flowsim.protocol.messages import FORM, Request, Response


def post(url: str, form: Mapping[str, Change], **headers: Change) -> Request:
    """A request that sends a form."""
    body = urlencode(pairs_with((), form))
    return with_headers(Request(method="POST", url=url, headers=(("Content-Type", FORM),), body=body), **headers)


def get(url: str, **headers: Change) -> Request:
    return with_headers(Request(method="GET", url=url), **headers)


def decider(results: Sequence[CheckResult]) -> str | None:
    """The check that stopped a message; None where none did."""
    return next((result.check.id for result in results if result.decides), None)


@dataclass(frozen=True)
class Answer:
    """An answer, what was checked for it, and the world after it."""

    response: Response
    checks: Sequence[CheckResult]
    world: World

    @property
    def decided(self) -> str | None:
        """The check that stopped the request; None where none did."""
        return decider(self.checks)


def ask(world: World, request: Request, *, now: int | None = None, off: Iterable[str] = ()) -> Answer:
    """What the authorization server or the API of this world answers to this request."""
    policy = Policy(off=frozenset(off) | world.scenario.without)
    context = Context(SEED, world.now if now is None else now, policy, "asked", world.draws)
    if request.url.startswith(API_ORIGIN):
        return Answer(api.handle(world.apis[API_ORIGIN], request, context)[1], context.checks, world)
    server, response = authorization_server.handle(server_of(world), request, context)
    after = evolve(world, servers=world.servers.set(ISSUER, server), draws=context.draws)
    return Answer(response, context.checks, after)


def hidden(page: str, name: str) -> str:
    found = re.search(f'<input type="hidden" name="{name}" value="([^"]*)">', page)
    assert found, f"the page has no field {name}"
    return found[1]


def cookie_of(world: World) -> str:
    ((session_id, _),) = server_of(world).sessions.items()
    return f"{LOGIN_COOKIE}={session_id}"


def login(world: World, changes: Mapping[str, Change] | None = None, cookie: str | None = "", **how: Any) -> Answer:
    """The login form of this world, filled in by Alice, with these changes."""
    page = ask(world, get(f"{ISSUER}/login", cookie=cookie_of(world))).response.body
    form: dict[str, Change] = {
        "csrf": hidden(page, "csrf"),
        "option": "password",
        "username": ALICE.username,
        "password": ALICE.password,
    }
    sent = post(f"{ISSUER}/login", {**form, **(changes or {})}, cookie=cookie_of(world) if cookie == "" else cookie)
    return ask(world, sent, **how)


def consent(world: World, changes: Mapping[str, Change] | None = None, **how: Any) -> Answer:
    """The consent form, after Alice has logged in, with these changes."""
    after = login(world).world
    page = ask(after, get(f"{ISSUER}/consent", cookie=cookie_of(after))).response.body
    form: dict[str, Change] = {"csrf": hidden(page, "csrf"), "decision": "allow"}
    return ask(after, post(f"{ISSUER}/consent", {**form, **(changes or {})}, cookie=cookie_of(after)), **how)
