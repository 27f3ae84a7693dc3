"""How an attacker makes the victim begin a login: with an authorization request that the attacker has written.

A link, a picture or a redirect on any page makes a browser open an address. Whoever writes the address chooses all that
is in it: the `client_id`, the `redirect_uri`, the `code_challenge`. The server that gets the request cannot see who wrote
it. Where it wants requests pushed beforehand the attacker has to push one, and for an app without a secret anybody can.

Source: RFC 9700 sections 3 (A1) and 4.5.4, RFC 9126 section 2.1.
"""

from collections.abc import Mapping

from flowsim.actors import client
from flowsim.machine import Move
from flowsim.messages import Opening, query_of, with_params
from flowsim.pkce import challenge_for
from flowsim.words import Act, Role, State
from flowsim.world import ATTACKER_RUN, LURED, OWN_LOGIN, VICTIM, Run, World

# An attacker chooses its verifier as it likes: nobody else has to be kept from knowing it.
OWN_VERIFIER = "the-attacker-made-this-verifier-itself-0123"
OWN_CHALLENGE = challenge_for(OWN_VERIFIER, "S256")
TOO_LATE = "the user has begun a login already. Go back to the start, for example with goto(0), and inject it there"


def own_request(world: World, client_id: str | None = None, redirect_uri: str | None = None) -> dict[str, str]:
    """The parameters of a request with the attacker's own challenge; for the honest app where nothing else is said."""
    profile, settings = world.scenario.profile, world.scenario
    asked = {
        "response_type": "code",
        "client_id": client_id or profile.client_id,
        "redirect_uri": redirect_uri or profile.redirect_uri,
        "scope": settings.scope,
    }
    asked |= {"state": "chosen-by-the-attacker"} if settings.state else {}
    return asked | {"code_challenge": OWN_CHALLENGE, "code_challenge_method": "S256"}


def lure(world: World, params: Mapping[str, str], act: Act = Act.OPEN_REQUEST) -> Move | None:
    """Have the victim's browser open this request; None once it has, or where the victim is busy with another login.

    With FRAME_REQUEST it opens in a frame that nobody can see.
    """
    if LURED in world.runs or world.runs[VICTIM].state is not State.START:
        return None
    endpoint = f"{world.runs[VICTIM].server}/authorize"
    if world.scenario.par != "required":
        return Move(LURED, act, Opening(url=with_params(endpoint, params)), role=Role.LOGIN)
    if request_uri := world.attacker.loot.get("pushed_request_uri"):
        address = client.pushed_address(endpoint, params["client_id"], request_uri)
        return Move(LURED, act, Opening(url=address), role=Role.LOGIN)
    return push(world, params)


def push(world: World, params: Mapping[str, str]) -> Move | None:
    """Push this request to the server, without a secret; None where the server has refused that."""
    thief = world.runs[ATTACKER_RUN]
    if any(event.act is Act.PUSH_REQUEST for event in world.log):
        return None
    return Move(ATTACKER_RUN, Act.PUSH_REQUEST, client.push_request(f"{thief.server}/oauth/par", params))


def own_pending_request(world: World) -> dict[str, str]:
    """The parameters of the request that the app has prepared for the attacker's own login."""
    message = world.runs[OWN_LOGIN].in_flight
    assert message is not None
    opened = message.message
    return dict(query_of(getattr(opened, "location", "") or getattr(opened, "url", "")))


def lured(world: World) -> Run | None:
    """The login that the attacker made the victim begin."""
    return world.runs.get(LURED)


def receive_at_own_address(world: World, run: str = LURED) -> Move | None:
    """Take the redirect that goes to an address of the attacker's."""
    waiting = run in world.runs and world.runs[run].state is State.CODE_IN_BROWSER
    return Move(run, Act.GET_RESPONSE) if waiting else None
