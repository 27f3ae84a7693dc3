"""The cases of an authorization server that is a proxy: who comes back to it, and what the server behind says."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from frozendict import frozendict

from flowsim.analysis.counterexamples.case import Counterexample, Judged, move
from flowsim.analysis.counterexamples.edits import flying_response, server_of, with_flying, with_server
from flowsim.analysis.counterexamples.login import no_cookies
from flowsim.model.states import State
from flowsim.model.world import UPSTREAM_ISSUER, SentOn, World, evolve
from flowsim.protocol.messages import query_of, with_params, without_query

PROXY: dict[str, Any] = {"client": "mcp", "proxy": True}


def comes_back(edit: Callable[[World], World]) -> Callable[[frozenset[str]], Judged]:
    """The browser comes back to the proxy, in a world that was changed before."""
    return move(State.UPSTREAM_ANSWERED, edit, **PROXY)


def answer(**changes: str) -> Callable[[World], World]:
    """Other values in the address to which the server behind has the browser go back."""

    def edit(world: World) -> World:
        redirect = flying_response(world)
        url = with_params(without_query(redirect.location), {**dict(query_of(redirect.location)), **changes})
        headers = tuple((name, url if name.lower() == "location" else value) for name, value in redirect.headers)
        return with_flying(world, replace(redirect, headers=headers))

    return edit


def away(**fields: Any) -> Callable[[World], World]:
    """The proxy remembers something else of the one login that it has sent on."""

    def edit(world: World) -> World:
        upstream = server_of(world).upstream
        assert upstream is not None
        ((state, sent),) = upstream.sent_on.items()
        kept: frozendict[str, SentOn] = frozendict({state: evolve(sent, **fields)})
        return with_server(world, upstream=evolve(upstream, sent_on=kept))

    return edit


def without_identity(world: World) -> World:
    """The server behind has granted no scope by which it would say who the user is."""
    behind = world.servers[UPSTREAM_ISSUER]
    ((code, grant),) = behind.grants.items()
    granted = evolve(grant, request=evolve(grant.request, scope="read:messages"))
    behind = evolve(behind, grants=behind.grants.set(code, granted))
    return evolve(world, servers=world.servers.set(UPSTREAM_ISSUER, behind))


CASES: tuple[Counterexample, ...] = (
    Counterexample("proxy.state_known", comes_back(answer(state="made-up"))),
    Counterexample("proxy.state_fresh", comes_back(away(expires=0))),
    Counterexample("proxy.browser_same", comes_back(no_cookies)),
    Counterexample("proxy.user_known", comes_back(without_identity)),
)
