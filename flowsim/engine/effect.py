"""What a move comes to, and how that is put away into the world.

A handler gives back the parties of its own run as they are now. Where in the world they are kept is known here, and the
run says under which name.
"""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any

from frozendict import frozendict

from flowsim.engine.turn import Turn
from flowsim.model.states import Outcome
from flowsim.model.world import VICTIM, Api, Browser, Client, Person, Run, Sent, Server, evolve
from flowsim.protocol.records import quickly_made


@quickly_made
@dataclass(frozen=True)
class Effect:
    """How a move ended, the message now in flight, and the parties that have changed: those of the run that moved.

    `loot` is what the attacker has got by it, kind to value. `victims_browser` is for an attacker that changes the victim's
    device from a run of its own. `sender`, `receiver` and `step` tell what happened where the plan of the step does not;
    an act that is no step belongs to the step before it. `who` is the name by which the app knows the browser from now on,
    and `detail` a word for the narration that nothing else in the event says. `read` is what a careless server has read for
    the request in flight, and `opens` a run that begins with this move. `behind` is the server behind a proxy, and
    `api_behind` the API behind an MCP server.
    """

    outcome: Outcome = Outcome.OK
    _: KW_ONLY
    in_flight: Sent | None = None
    person: Person | None = None
    browser: Browser | None = None
    app: Client | None = None
    server: Server | None = None
    behind: Server | None = None
    api: Api | None = None
    api_behind: Api | None = None
    victims_browser: Browser | None = None
    loot: Mapping[str, str] = frozendict()
    sender: str | None = None
    receiver: str | None = None
    step: int | None = None
    who: str | None = None
    detail: str = ""
    read: Server | None = None
    opens: Run | None = None


def put_away(effect: Effect, turn: Turn) -> dict[str, Any]:
    """The parts of the world that this effect changes, as `evolve` takes them."""
    world, run = turn.world, turn.run
    changes: dict[str, Any] = {}
    if effect.person is not None:
        changes["people"] = world.people.set(run.owner, effect.person)
    if effect.browser is not None:
        seen = effect.browser
        if run.tab:
            seen = evolve(seen, page=world.browsers[run.at].page, pages=seen.pages.set(run.tab, seen.page))
        changes["browsers"] = world.browsers.set(run.at, seen)
    if effect.app is not None:
        changes["clients"] = world.clients.set(run.client, effect.app)
    if effect.server is not None:
        changes["servers"] = world.servers.set(run.server, effect.server)
    if effect.behind is not None:
        changes["servers"] = changes.get("servers", world.servers).set(effect.behind.issuer, effect.behind)
    if effect.api is not None:
        changes["apis"] = world.apis.set(run.api, effect.api)
    if effect.api_behind is not None:
        changes["apis"] = changes.get("apis", world.apis).set(effect.api_behind.origin, effect.api_behind)
    if effect.victims_browser is not None:
        changes["browsers"] = world.browsers.set(VICTIM, effect.victims_browser)
    if effect.loot:
        loot = frozendict({**world.attacker.loot, **effect.loot})
        changes["attacker"] = evolve(world.attacker, loot=loot)
    return changes
