"""An exam for the client of an MCP server: it logs in at a server for each trap, and hears what it did wrong there.

    exam = Exam(lambda name: f"https://{name}.example")
    for trap in exam.servers: ...  # have your client log in at `exam.servers[trap].endpoint`, and call each tool
    print(exam.told())

Nobody reads the client's code, and nothing is asked of it but to come: what is told is read from its requests.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from flowsim.judge.duties import Found
from flowsim.judge.mcp_rules import Rule
from flowsim.judge.mcp_seen import Exchange, Seen
from flowsim.judge.mcp_traps import TRAPS, Place, Trap, changed, place_of
from flowsim.live.documents import Fetch
from flowsim.live.user import User, UserError
from flowsim.live.world import LiveWorld
from flowsim.model.mcp import ISSUED_ID, MCP_PATH
from flowsim.model.scenario import Scenario
from flowsim.model.steps import CLIENT
from flowsim.model.world import RegisteredClient
from flowsim.protocol import well_known
from flowsim.protocol.addresses import origin_of
from flowsim.protocol.messages import Request, Response, response, see_other, without_query
from flowsim.protocol.signed_tokens import SigningKey, key_for_a_live_world

FIRST, SECOND = "/one", "/two"
MOST_SEEN = 10_000  # exchanges of a client that are looked at; what comes later changes nothing
Mark = Literal["kept", "not seen", "not done", "broken", "against advice"]


class Judged(NamedTuple):
    """What is to be said of the client by one rule, at one server."""

    trap: Trap
    rule: Rule
    found: Found


class TrapServer:
    """The MCP server of one trap, with its authorization servers; it answers requests as a live world does.

    `known` is the client that is told its client_id beforehand, and `documents` reads what is at one that is an address.
    With `asks_nobody` the user has logged in and agreed already, so that each login comes back at once.
    """

    def __init__(
        self,
        trap: Trap,
        origin: str,
        *,
        known: RegisteredClient | None = None,
        documents: Fetch | None = None,
        asks_nobody: bool = False,
        key: SigningKey | None = None,
    ) -> None:
        self.trap, self.endpoint = trap, f"{origin}/{MCP_PATH}"
        self._asks_nobody = asks_nobody
        issuers = (f"{origin}{FIRST}", f"{origin}{SECOND}") if trap.moves else (origin,)
        scenario = Scenario(client="mcp", **trap.settings)
        self._worlds = tuple(
            LiveWorld(
                scenario,
                issuer=issuer,
                apis={"messages": f"{issuer}/api", "photos": f"{issuer}/photos", MCP_PATH: origin},
                registration=trap.registers,
                documents=documents if trap.reads_documents else None,
                key=key,
            )
            for issuer in issuers
        )
        for world in self._worlds:
            if known is not None:
                world.register(known)
        self._moved = False
        self.seen = Seen(self.endpoint, issuers, known.client_id if known else ISSUED_ID)

    @property
    def world(self) -> LiveWorld:
        """The world in which it began."""
        return self._worlds[0]

    @property
    def origins(self) -> frozenset[str]:
        return frozenset([origin_of(self.endpoint)])

    def judged(self) -> tuple[Judged, ...]:
        """What is to be said of the client by now."""
        return tuple(Judged(self.trap, rule, rule.look(self.seen)) for rule in self.trap.rules)

    def handle(self, request: Request, *, by: str = CLIENT) -> Response:
        """The answer, as the trap has changed it; it is recorded as it was sent."""
        if self._asks_nobody and request.method == "GET" and request.path.endswith("/authorize"):
            with suppress(UserError):
                return see_other(User(_Pages(self)).log_in(request.url))
        return self._answer(request, by)

    def _answer(self, request: Request, by: str) -> Response:
        asked, found = request, None
        metadata = well_known.of_resource(self.endpoint)
        moved_away = "challenge" in self.trap.changes and self._elsewhere() != metadata
        if moved_away and without_query(request.url) == self._elsewhere():
            asked = replace(request, url=metadata)
        elif moved_away and without_query(request.url) == metadata:
            found = response(404, json={"error": "the metadata are where the challenge says"})
        bent: list[Place] = []

        def altered(meant: Request, answer: Response) -> Response:
            for place, change in self.trap.changes.items():
                if place == place_of(self.endpoint, meant, answer):
                    answer = changed(place, change, answer)
                    bent.append(place)
            return answer

        answer = found or self._world_for(asked).handle(asked, by=by, alter=altered)
        told = Exchange(request, answer)
        if len(self.seen.all) == MOST_SEEN:
            return answer
        self.seen.all.append(told)
        if bent and bent[0] == self._decisive:
            self.seen.bent.append(told)
        if self.trap.moves and told.address == self.endpoint and answer.status == 200:
            self._moved = True
        return answer

    @property
    def _decisive(self) -> Place:
        """The change that a client has to notice: the last that it comes to."""
        return next(iter(self.trap.changes))

    def _elsewhere(self) -> str:
        """Where the challenge of this trap says that the metadata are."""
        usual = well_known.of_resource(self.endpoint)
        said = self.trap.changes["challenge"]({"resource_metadata": usual})["resource_metadata"]
        return str(said)

    def _world_for(self, request: Request) -> LiveWorld:
        at_second = SECOND in without_query(request.url).removeprefix(origin_of(self.endpoint))
        at_mcp_server = without_query(request.url) in (self.endpoint, well_known.of_resource(self.endpoint))
        return self._worlds[-1] if at_second or (at_mcp_server and self._moved) else self._worlds[0]


@dataclass(frozen=True, slots=True)
class _Pages:
    """The pages of this server, for its user."""

    server: TrapServer

    @property
    def origins(self) -> frozenset[str]:
        return self.server.origins

    def handle(self, request: Request, *, by: str = CLIENT) -> Response:
        return self.server._answer(request, by)


class Exam:
    """The servers of all traps, by name, each at an origin of its own; `handle` finds whose request it is.

    They sign with one key: it takes long to make, and whose a token is they tell by its issuer and its audience.
    Raises ValueError where two have the same origin.
    """

    def __init__(
        self,
        origin: Callable[[str], str],
        *,
        known: RegisteredClient | None = None,
        documents: Fetch | None = None,
        asks_nobody: bool = False,
        traps: Mapping[str, Trap] = TRAPS,
    ) -> None:
        key = key_for_a_live_world()
        self.servers = {
            name: TrapServer(trap, origin(name), known=known, documents=documents, asks_nobody=asks_nobody, key=key)
            for name, trap in traps.items()
        }
        self._by_origin = {origin_of(one.endpoint): one for one in self.servers.values()}
        if len(self._by_origin) < len(self.servers):
            raise ValueError("expected an origin of its own for each server")

    @property
    def origins(self) -> frozenset[str]:
        return frozenset(self._by_origin)

    def handle(self, request: Request, *, by: str = CLIENT) -> Response:
        """The answer of the server at this origin; 404 where there is none."""
        server = self._by_origin.get(origin_of(request.url))
        return server.handle(request, by=by) if server else response(404, json={"error": "there is nobody here"})

    def judged(self) -> Iterator[Judged]:
        """What is to be said of the client by now, at each server."""
        for server in self.servers.values():
            yield from server.judged()

    def told(self) -> str:
        """The same as lines: for each server what it does, and for each rule whether it was kept."""
        return "\n".join(line for server in self.servers.values() for line in _lines(server))


def _lines(server: TrapServer) -> Iterator[str]:
    trap = server.trap
    yield f"{server.endpoint}  {trap.name}: {trap.title}{f' ({trap.extension})' if trap.extension else ''}"
    for one in server.judged():
        yield f"  {mark(one):14}  {one.rule.title} ({one.rule.clause}): {one.found.said}"


def mark(judged: Judged) -> Mark:
    """One word for what is to be said: a client need not follow advice, nor know an extension."""
    trap, rule, found = judged
    if found.holds is not False:
        return "kept" if found.holds else "not seen"
    if trap.extension:
        return "not done"
    return "broken" if rule.need == "must" else "against advice"
