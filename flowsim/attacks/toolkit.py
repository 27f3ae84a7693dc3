"""How an attacker makes the victim begin a login: with an authorization request that the attacker has written.

A link, a picture or a redirect on any page makes a browser open an address. Whoever writes the address chooses all that
is in it: the `client_id`, the `redirect_uri`, the `code_challenge`. The server that gets the request cannot see who wrote
it. Where it wants requests pushed beforehand the attacker has to push one, and for an app without a secret anybody can.

Source: RFC 9700 sections 3 (A1) and 4.5.4, RFC 9126 section 2.1.
"""

from collections.abc import Mapping

from flowsim.actors import browser, client
from flowsim.attacks.base import has_done
from flowsim.model.states import Act, Role, State
from flowsim.model.transitions import Move
from flowsim.model.world import ATTACKER_INITIATED, ATTACKER_RUN, OWN_LOGIN, VICTIM, Run, World
from flowsim.protocol.messages import Opening, leads_to, query_of, with_params
from flowsim.protocol.pkce import challenge_for

# An attacker chooses its verifier as it likes: nobody else has to be kept from knowing it.
OWN_VERIFIER = "the-attacker-made-this-verifier-itself-0123"
OWN_CHALLENGE = challenge_for(OWN_VERIFIER, "S256")
# What ties a code to the one who made the request.
BINDING = ("state", "nonce", "code_challenge", "code_challenge_method", "dpop_jkt")
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

    With FRAME_REQUEST it opens in a frame that nobody can see, with OPEN_WINDOW in a window of a script in the app's page.
    """
    if not _open_to(world, act):
        return None
    endpoint = f"{world.runs[VICTIM].server}/authorize"
    if world.scenario.par != "required":
        return Move(ATTACKER_INITIATED, act, Opening(url=with_params(endpoint, params)), role=Role.LOGIN)
    if request_uri := world.attacker.loot.get("pushed_request_uri"):
        address = client.pushed_address(endpoint, params["client_id"], request_uri)
        return Move(ATTACKER_INITIATED, act, Opening(url=address), role=Role.LOGIN)
    return push(world, params)


def push(world: World, params: Mapping[str, str]) -> Move | None:
    """Push this request to the server, without a secret; None where the server has refused that."""
    thief = world.runs[ATTACKER_RUN]
    if has_done(world, Act.PUSH_REQUEST):
        return None
    return Move(ATTACKER_RUN, Act.PUSH_REQUEST, client.push_request(f"{thief.server}/oauth/par", params))


def own_pending_address(world: World) -> str | None:
    """Where the app has the attacker's browser go in the attacker's own login; None where that is not pending."""
    run = world.runs.get(OWN_LOGIN)
    if run is None or run.state is not State.PREPARED or run.in_flight is None:
        return None
    return leads_to(run.in_flight.message)


def own_pending_request(world: World) -> dict[str, str]:
    """What the attacker can see of the request that the app has prepared for the attacker's own login.

    Of a request that was pushed it sees the name only, and knows what everybody knows of this app's requests.
    """
    seen = dict(query_of(own_pending_address(world) or ""))
    if seen and "request_uri" not in seen:
        return seen
    known = own_request(world)
    return {name: value for name, value in known.items() if name not in BINDING}


def lure_into_own(world: World, act: Act = Act.OPEN_REQUEST) -> Move | None:
    """Have the victim's browser open the very request of the attacker's own login, pushed or not."""
    address = own_pending_address(world)
    if address is None or not _open_to(world, act):
        return None
    return Move(ATTACKER_INITIATED, act, Opening(url=address), role=Role.LOGIN)


def _open_to(world: World, act: Act) -> bool:
    """True where the victim's browser is free for a login of the attacker's; a script runs when the user is logged in."""
    free = State.DONE if act is Act.OPEN_WINDOW else State.START
    return ATTACKER_INITIATED not in world.runs and world.runs[VICTIM].state is free


def lured(world: World) -> Run | None:
    """The login that the attacker made the victim begin."""
    return world.runs.get(ATTACKER_INITIATED)


def receive_at_own_address(world: World) -> Move | None:
    """Take the redirect, if it goes to an address of the attacker's."""
    run = world.runs.get(ATTACKER_INITIATED)
    if run is None or run.state is not State.CODE_IN_BROWSER or run.in_flight is None:
        return None
    own = browser.belongs_to_attacker(world.browsers[run.owner], leads_to(run.in_flight.message))
    return Move(ATTACKER_INITIATED, Act.GET_RESPONSE) if own else None
