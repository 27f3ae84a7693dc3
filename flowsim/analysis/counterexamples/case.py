"""What a counterexample is: a message that one check alone finds wrong; and the changes that make one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flowsim.analysis.counterexamples.edits import (
    Change,
    Edit,
    client_of,
    flying,
    flying_request,
    flying_response,
    forged,
    server_of,
    with_flying,
    with_form,
    with_headers,
    with_query,
    with_server,
    without,
    world_in,
)
from flowsim.analysis.counterexamples.requests import ask
from flowsim.engine.apply import apply
from flowsim.model.check import CheckResult
from flowsim.model.states import Outcome, State
from flowsim.model.transitions import Move, honest_act
from flowsim.model.world import VICTIM, World
from flowsim.protocol.messages import Opening, Request, query_of, response, single

Judged = tuple[Sequence[CheckResult], bool]  # what was checked, and whether all went well


@dataclass(frozen=True)
class Counterexample:
    """Something that only this check finds wrong, once those of `off` are off, which look at the same.

    `judged` plays it, with these checks off.
    """

    check: str
    judged: Callable[[frozenset[str]], Judged]
    off: frozenset[str] = frozenset()


def move(
    state: State, edit: Edit = lambda world: world, run_name: str = VICTIM, **settings: Any
) -> Callable[[frozenset[str]], Judged]:
    """The honest next step of this run in this state, after the world was edited; it is well when its outcome is."""

    def judged(off: frozenset[str]) -> Judged:
        world = without(edit(world_in(state, run_name, **settings)), off)
        run = world.runs[run_name]
        act = honest_act(run.role, run.state)
        assert act is not None
        event = apply(world, Move(run_name, act)).log[-1]
        return event.checks, event.outcome in (Outcome.OK, Outcome.STAYS)

    return judged


def asked(
    request: Callable[[World], Request], state: State, late: int = 0, **settings: Any
) -> Callable[[frozenset[str]], Judged]:
    """A request to the server when the login is in this state, or so many seconds later; it is well without an error."""

    def judged(off: frozenset[str]) -> Judged:
        world = world_in(state, **settings)
        answer = ask(world, request(world), off=off, now=world.now + late)
        failed = answer.response.status >= 400 or single(query_of(answer.response.location), "error")
        return answer.checks, not failed

    return judged


def opened(**changes: Change) -> Edit:
    def edit(world: World) -> World:
        message = flying(world)
        assert isinstance(message, Opening), "a native app opens the browser itself"
        return with_flying(world, with_query(message, **changes))

    return edit


def form(run: str = VICTIM, /, **changes: Change) -> Edit:
    return lambda world: with_flying(world, with_form(flying_request(world, run), **changes), run)


def header(run: str = VICTIM, /, **changes: Change) -> Edit:
    return lambda world: with_flying(world, with_headers(flying_request(world, run), **changes), run)


def body(run: str = VICTIM, /, **changes: object) -> Edit:
    def edit(world: World) -> World:
        fields = {**flying_response(world, run).json(), **changes}
        return with_flying(world, response(200, json={name: value for name, value in fields.items() if value}), run)

    return edit


def id_token(
    claims: Mapping[str, Any] | None = None, head: Mapping[str, Any] | None = None, run: str = VICTIM, **signed: Any
) -> Edit:
    def edit(world: World) -> World:
        text = forged(flying_response(world, run).json()["id_token"], claims, head, **signed)
        return body(run, id_token=text)(world)

    return edit


def access_token(claims: Mapping[str, Any] | None = None, head: Mapping[str, Any] | None = None, **signed: Any) -> Edit:
    def edit(world: World) -> World:
        text = (flying_request(world).header("authorization") or "").removeprefix("Bearer ")
        return header(authorization=f"Bearer {forged(text, claims, head, **signed)}")(world)

    return edit


def no_registration(world: World) -> World:
    return with_server(world, clients=server_of(world).clients.delete(client_of(world).profile.client_id))


def put(run: str = VICTIM) -> Edit:
    return lambda world: with_flying(world, replace(flying_request(world, run), method="PUT"), run)
