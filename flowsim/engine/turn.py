"""What a move's handler gets, in one object: the world, the run that moves, the move, and what it may use and report."""

from dataclasses import dataclass

from flowsim.model.context import Context
from flowsim.model.scenario import Scenario
from flowsim.model.transitions import IllegalMove, Move, Written
from flowsim.model.world import Api, Browser, Client, Person, Run, Server, World, browser_of
from flowsim.protocol.messages import Message, Opening, Request, Response, without_query
from flowsim.protocol.records import quickly_made


@quickly_made
@dataclass(frozen=True, slots=True)
class Turn:
    """One run's turn to move. `person`, `browser`, `app`, `server` and `api` are those of this run."""

    world: World
    run: Run
    move: Move
    context: Context

    @property
    def scenario(self) -> Scenario:
        return self.world.scenario

    @property
    def person(self) -> Person:
        return self.world.people[self.run.owner]

    @property
    def browser(self) -> Browser:
        return browser_of(self.world, self.run)

    @property
    def app(self) -> Client:
        return self.world.clients[self.run.client]

    @property
    def server(self) -> Server:
        return self.world.servers[self.run.server]

    @property
    def api(self) -> Api:
        return self.world.apis[self.run.api]

    @property
    def written(self) -> Written | None:
        """The message that the attacker wrote for this move, if it wrote one."""
        return self.move.message

    @property
    def in_flight(self) -> Message:
        """The message in flight in this run."""
        assert self.run.in_flight is not None, "the table allows a delivery only where a message is in flight"
        return self.run.in_flight.message

    @property
    def asked(self) -> Request:
        """The request in flight in this run."""
        request = self.in_flight
        assert isinstance(request, Request)
        return request

    @property
    def answer(self) -> Response:
        """The answer in flight in this run."""
        answer = self.in_flight
        assert isinstance(answer, Response)
        return answer

    def asked_at(self, address: str) -> Request:
        """The request that the attacker wrote for this move, which goes to this address and nowhere else."""
        written = self.written
        if not isinstance(written, Request):
            raise self.illegal("it must say what it sends: message=Request(…)")
        if without_query(written.url).partition("#")[0] != address:
            raise self.illegal(f"what it sends goes to {address}, and no position takes it to {written.url[:100]!r}")
        return written

    def opened_at(self, address: str) -> Opening:
        """The address that the attacker wrote for this move, which is this one with any parameters."""
        written = self.written
        if not isinstance(written, Opening):
            raise self.illegal("it must say which address: message=Opening(url=…)")
        if without_query(written.url).partition("#")[0] != address:
            raise self.illegal(f"the request is one to {address}, and not to {written.url[:100]!r}")
        return written

    def illegal(self, lacking: str) -> IllegalMove:
        """The error to raise where the table allows this move and it lacks something that it needs."""
        return IllegalMove(self.move, self.run.role, self.run.state, lacking)
