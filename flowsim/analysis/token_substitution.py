"""What if a party were handed another token: the app at step 9, or the API at step 11, in a login that goes well.

The login is played up to the step in question. Then the message on its way is replaced, and the step is taken as ever:
the real checks of the real party judge what arrives, and where a key is missing the party asks its server for it.

Source: none of the protocol's; this is a way to try things out.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from flowsim.engine.apply import apply
from flowsim.model.scenario import Scenario, ScenarioError
from flowsim.model.states import Act, State
from flowsim.model.steps import API, CLIENT, SERVER
from flowsim.model.transitions import Move
from flowsim.model.world import VICTIM, Event, Sent, TokenSet, World, evolve
from flowsim.protocol.messages import Request, Response, response
from flowsim.simulation.simulation import Simulation


def genuine(scenario: Scenario) -> TokenSet:
    """The tokens that the app of this login gets. Raises ScenarioError for a login in which it gets none."""
    world = _played(scenario, State.TOKENS_HELD)
    run = world.runs[VICTIM]
    return world.clients[run.client].tokens[run.who]


def to_app(scenario: Scenario, changes: Mapping[str, str]) -> Event:
    """Step 9 of this login, with these values put into the token response."""
    world = _played(scenario, State.CODE_ACCEPTED)
    answer = world.runs[VICTIM].in_flight
    assert answer is not None and isinstance(answer.message, Response)
    headers = {name: value for name, value in answer.message.headers if not name.startswith("Content-")}
    body = {**answer.message.json(), **changes}
    return _delivered(world, Sent(SERVER, CLIENT, response(200, headers=headers, json=body)), Act.STEP_9)


def to_api(scenario: Scenario, access_token: str) -> Event:
    """Step 11 of this login, with this access token sent as a bearer token."""
    world = _played(scenario, State.API_ASKED)
    asked = world.runs[VICTIM].in_flight
    assert asked is not None and isinstance(asked.message, Request)
    kept = tuple(one for one in asked.message.headers if one[0] not in ("Authorization", "DPoP"))
    sent = replace(asked.message, headers=(*kept, ("Authorization", f"Bearer {access_token}")))
    return _delivered(world, Sent(CLIENT, API, sent), Act.STEP_11)


def _delivered(world: World, sent: Sent, act: Act) -> Event:
    run = evolve(world.runs[VICTIM], in_flight=sent)
    return apply(evolve(world, runs=world.runs.set(VICTIM, run)), Move(VICTIM, act)).log[-1]


@lru_cache(maxsize=64)
def _played(scenario: Scenario, state: State) -> World:
    """The world of this login when it first comes to this state."""
    simulation = Simulation(replace(scenario, attacker=None))
    while simulation.world.runs[VICTIM].state is not state:
        if simulation.step() is None:
            ended = simulation.world.runs[VICTIM].state.phrase
            raise ScenarioError(f"expected a login that comes to “{state.phrase}”, but this one ends with “{ended}”")
    return simulation.world
