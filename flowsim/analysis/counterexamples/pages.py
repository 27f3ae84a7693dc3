"""The cases of what a browser does not do for a page: send without leave, and show an answer that names other origins."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from frozendict import frozendict

from flowsim.analysis.counterexamples.case import Counterexample, Judged, move
from flowsim.analysis.counterexamples.edits import (
    OFFLINE,
    Edit,
    flying_response,
    with_client,
    with_flying,
    with_server,
    without,
    world_in,
)
from flowsim.engine.apply import apply
from flowsim.engine.honest_moves import discovery_of
from flowsim.model.scenario import API_ORIGIN, ISSUER
from flowsim.model.states import Act, Outcome, Role, State
from flowsim.model.transitions import Move
from flowsim.model.world import VICTIM, World, evolve

REFRESH, LOGOUT = "refresh 1", "logout 1"
PAGE: dict[str, Any] = {"client": "spa", "scope": OFFLINE}
SECRET: dict[str, Any] = {**PAGE, "shipped_secret": True}


def server_without_pages(world: World) -> World:
    return with_server(world, cors="none")


def api_without_pages(world: World) -> World:
    return evolve(world, apis=world.apis.set(API_ORIGIN, evolve(world.apis[API_ORIGIN], page_origins=())))


def unnamed(run: str = VICTIM) -> Edit:
    """The answer in flight names no origin."""

    def edit(world: World) -> World:
        answer = flying_response(world, run)
        kept = tuple((name, value) for name, value in answer.headers if name != "Access-Control-Allow-Origin")
        return with_flying(world, replace(answer, headers=kept), run)

    return edit


def no_keys(world: World) -> World:
    """The app has none of the server's keys, and the server does not show them to pages."""
    return server_without_pages(with_client(world, jwks=frozendict({"keys": ()})))


def begun(run: str, role: Role, act: Act, edit: Edit, **settings: Any) -> Callable[[frozenset[str]], Judged]:
    """The first step of a run that comes after the login, in a world that was edited."""

    def judged(off: frozenset[str]) -> Judged:
        world = without(edit(world_in(State.DONE, **settings)), off)
        event = apply(world, Move(run, act, role=role)).log[-1]
        return event.checks, event.outcome is Outcome.OK

    return judged


CASES: tuple[Counterexample, ...] = (
    Counterexample(
        "page.request_may_be_pushed",
        move(State.CLICKED, server_without_pages, par="optional", **SECRET),
        off=frozenset({"page.pushed_readable"}),
    ),
    Counterexample(
        "page.metadata_readable",
        move(State.METADATA_ASKED, server_without_pages, discovery_of(ISSUER), discovery="oauth", **PAGE),
    ),
    Counterexample("page.pushed_readable", move(State.CLICKED, server_without_pages, par="optional", **PAGE)),
    Counterexample("page.code_may_be_sent", move(State.CODE_IN_BROWSER, server_without_pages, dpop="tokens", **PAGE)),
    Counterexample("page.tokens_readable", move(State.CODE_ACCEPTED, unnamed(), **PAGE)),
    Counterexample("page.keys_readable", move(State.CODE_ACCEPTED, no_keys, **PAGE)),
    Counterexample("page.call_may_be_sent", move(State.TOKENS_HELD, api_without_pages, **PAGE)),
    Counterexample("page.data_readable", move(State.API_ASKED, api_without_pages, **PAGE)),
    Counterexample(
        "page.refresh_may_be_sent",
        begun(REFRESH, Role.REFRESH, Act.STEP_R1, server_without_pages, dpop="tokens", **PAGE),
    ),
    Counterexample(
        "page.refreshed_readable",
        move(State.REFRESH_ACCEPTED, unnamed(REFRESH), REFRESH, later="refresh", **PAGE),
    ),
    Counterexample("page.new_keys_readable", move(State.REFRESH_ACCEPTED, no_keys, REFRESH, later="refresh", **PAGE)),
    Counterexample("page.logout_may_be_sent", begun(LOGOUT, Role.LOGOUT, Act.STEP_V1, server_without_pages, **SECRET)),
    Counterexample(
        "page.revocation_readable",
        move(State.REVOCATION_SENT, server_without_pages, LOGOUT, later="logout", **PAGE),
    ),
)
