"""What is alive at the end of a run: each session and each token is tried, at a copy of the world.

Nobody is asked whether something *should* be good. The session of the server is tried by a request with `prompt=none`, an
access token at the API, a refresh token at the token endpoint. Tokens that the app has thrown away are tried as well, for
somebody may have kept a copy.

Source: OIDC Core sections 3.1.2.1 and 3.1.2.6, RFC 6750 section 2.1, RFC 6749 section 6.
"""

from dataclasses import replace

from flowsim.actors import api, authorization_server, browser, client
from flowsim.lessons.table import Table
from flowsim.model.context import Context
from flowsim.model.world import VICTIM, TokenSet, World, evolve
from flowsim.protocol import pkce
from flowsim.protocol.messages import Request, Response, query_of, single, with_params
from flowsim.simulation.simulation import Trace

TRIED = "a try"


def alive(trace: Trace) -> dict[str, bool]:
    """Each session and each token there was in this run, and whether it is good at its end."""
    world, home = trace.worlds[-1], trace.worlds[-1].runs[VICTIM].client
    other = next((origin for origin in world.clients if origin != home), None)
    found = {"session of the app": _has_session(world, home), "session of the server": _server_knows(world)}
    if other is not None:
        found["session of another app"] = _has_session(world, other)
    held = _held(trace, home)
    if held:
        found["access token of the app"] = _answers(world, home, held[0], refreshing=False)
    if refreshable := [one for one in held if one.refresh_token is not None]:
        found["refresh token of the app"] = _answers(world, home, refreshable[0], refreshing=True)
    return found


def table(**traces: Trace) -> Table:
    """What is alive at the end of each of these runs, one column a run under its name; `_` in a name is a blank."""
    columns = {name.replace("_", " "): alive(trace) for name, trace in traces.items()}
    names = list(dict.fromkeys(name for found in columns.values() for name in found))
    rows = tuple((name, *(_word(found.get(name)) for found in columns.values())) for name in names)
    return Table(caption="What is alive at the end", head=("", *columns), rows=rows)


def _word(good: bool | None) -> str:
    return "–" if good is None else "alive" if good else "ended"


def _has_session(world: World, origin: str) -> bool:
    """Whether the app holds tokens for the user's browser, as it knows that browser."""
    app = world.clients[origin]
    if app.profile.kind != "website":
        return VICTIM in app.tokens
    jar = world.browsers[VICTIM].cookies.get(origin)
    return jar is not None and jar.get(app.profile.session_cookie) in app.tokens


def _server_knows(world: World) -> bool:
    """Whether a request that allows no page is refused for want of a login (OIDC Core section 3.1.2.6)."""
    run = world.runs[VICTIM]
    server, profile = world.servers[run.server], world.clients[run.client].profile
    server = evolve(server, settings=replace(server.settings, par="off"))
    params = {
        "response_type": "code",
        "client_id": profile.client_id,
        "redirect_uri": profile.redirect_uri,
        "scope": "openid",
        "prompt": "none",
        "code_challenge": pkce.challenge_for("a" * 43, "S256"),
        "code_challenge_method": "S256",
    }
    _, asked = browser.open_url(world.browsers[VICTIM], with_params(f"{server.issuer}/authorize", params))
    _, answer = authorization_server.handle(server, asked, _context(world))
    return single(query_of(answer.location), "error") != "login_required"


def _held(trace: Trace, origin: str) -> list[TokenSet]:
    """Every set of tokens that the app has held, the last first, whether it still has it or not."""
    return [one for world in reversed(trace.worlds) for one in reversed(world.clients[origin].tokens.values())]


def _answers(world: World, origin: str, held: TokenSet, *, refreshing: bool) -> bool:
    """Whether the API, or the token endpoint, takes this token from the app."""
    app, context = evolve(world.clients[origin], tokens=world.clients[origin].tokens.set(TRIED, held)), _context(world)
    url = world.apis[world.runs[VICTIM].api].url
    asked = client.refresh(app, TRIED, None, context) if refreshing else client.call(app, TRIED, url, context)
    answer = _sent(world, asked, refreshing)
    return answer.status == 200


def _sent(world: World, asked: Request, refreshing: bool) -> Response:
    run = world.runs[VICTIM]
    if refreshing:
        return authorization_server.handle(world.servers[run.server], asked, _context(world))[1]
    return api.handle(world.apis[run.api], asked, _context(world))[1]


def _context(world: World) -> Context:
    return Context(world.scenario.seed or 0, world.now, world.scenario.policy, TRIED, world.draws)
