"""One login at a live world: an ordinary trace, which grows with each exchange that it takes part in.

The worlds in it hold of the server's memory only what belongs to this login. What the client remembers and what it looks
at is unknown: no message shows it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeVar

from frozendict import frozendict

from flowsim.attacks import Attacker
from flowsim.diagnosis.diagnosis import what_went_wrong
from flowsim.live.scenario import LiveScenario
from flowsim.live.verdict import live_verdict
from flowsim.model.check import CheckResult
from flowsim.model.states import Act, Outcome, Role, State
from flowsim.model.steps import ATTACKER, BROWSER, CLIENT
from flowsim.model.steps import step as planned_step
from flowsim.model.transitions import TRANSITIONS
from flowsim.model.world import (
    ATTACKER_RUN,
    ATTACKER_USER,
    VICTIM,
    Api,
    Event,
    Made,
    Proofs,
    Run,
    Sent,
    Server,
    World,
    evolve,
)
from flowsim.simulation.simulation import Trace
from flowsim.simulation.verdict import Verdict

MOST_EVENTS = 400  # of one login; what comes later is answered, and not recorded


@dataclass(frozen=True, repr=False)
class LiveTrace(Trace):
    """What was recorded of one login at a live world: a trace like any other, but for what nobody here can see.

    Where an attacker was loose that could not get at this login, `out_of_reach` says why.
    """

    out_of_reach: str = ""

    @property
    def unseen(self) -> tuple[str, ...]:
        return (BROWSER, CLIENT)

    @cached_property
    def verdict(self) -> Verdict:
        """How it ended, as far as the messages tell."""
        return live_verdict(self.worlds[-1], self.ledger, self.out_of_reach)

    @cached_property
    def went_wrong(self) -> str:
        """The diagnosis of a login that failed, in one line; empty for any other."""
        return what_went_wrong(self)


@dataclass(slots=True)
class Owned:
    """What of the server's memory belongs to one login: its session, its code, its tokens, each by its name."""

    sessions: set[str] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)
    access_tokens: set[str] = field(default_factory=set)
    refresh_tokens: set[str] = field(default_factory=set)
    cookies: set[str] = field(default_factory=set)

    def part_of(self, server: Server, client_id: str) -> Server:
        """The server's memory with what belongs to this login, and nothing of anybody else's."""
        return evolve(
            server,
            clients=frozendict({client_id: server.clients[client_id]} if client_id in server.clients else {}),
            sessions=_only(server.sessions, self.sessions),
            grants=_only(server.grants, self.codes),
            access_tokens=_only(server.access_tokens, self.access_tokens),
            refresh_tokens=_only(server.refresh_tokens, self.refresh_tokens),
            known_users=_only(server.known_users, self.cookies),
            logouts=frozendict(),
            pushed=frozendict(),
            assertions=frozendict(),
            proofs=Proofs(wants_nonce=server.proofs.wants_nonce),
        )


class LiveLogin:
    """A login that is recorded: a branch of the live world. `name` is its id, `title` stands on its tab."""

    def __init__(self, name: str, title: str, world: World) -> None:
        self.name = name
        self.title = title
        self.owned = Owned()
        self.version = 0
        self.attacker: Attacker | None = None
        self.out_of_reach = ""
        self.run_of_code: dict[str, str] = {}  # of codes that are not those of this login itself
        # What a step that is not finished has brought so far.
        self.waiting: list[Sent] = []
        self.noted: list[CheckResult] = []
        self.to_be_made: list[Made] = []
        self._worlds = [world]
        self._trace: LiveTrace | None = None

    def __repr__(self) -> str:
        return f"LiveLogin({self.name!r}, {len(self._worlds) - 1} events: {self.state.phrase})"

    @property
    def world(self) -> World:
        return self._worlds[-1]

    @property
    def scenario(self) -> LiveScenario:
        scenario = self.world.scenario
        assert isinstance(scenario, LiveScenario), "a live login has a scenario of its own"
        return scenario

    @property
    def run(self) -> Run:
        return self.world.runs[VICTIM]

    @property
    def state(self) -> State:
        """Where the login stands."""
        return self.run.state

    @property
    def speaks_mcp(self) -> bool:
        """Whether an MCP server is part of the world that this login is in."""
        return any(api.tools for api in self.world.apis.values())

    @property
    def full(self) -> bool:
        """True where so much has happened that nothing more is recorded."""
        return len(self._worlds) > MOST_EVENTS

    @property
    def trace(self) -> LiveTrace:
        """What has happened so far."""
        if self._trace is None or len(self._trace.worlds) != len(self._worlds):
            self._trace = LiveTrace(
                self.name, tuple(self._worlds), over=False, attacker=self.attacker, out_of_reach=self.out_of_reach
            )
        return self._trace

    def begin(self, world: World) -> None:
        """This is the world before anything has happened."""
        self._worlds = [world]

    def add_run(self, run: Run) -> None:
        """One more run in the world, which stands at its start."""
        self._worlds[-1] = evolve(self.world, runs=self.world.runs.set(run.name, run))

    def settle(self, scenario: LiveScenario) -> None:
        """From now on these are the settings, because a message has shown more of them."""
        if scenario != self.scenario:
            self._worlds[-1] = evolve(self.world, scenario=scenario)
            self._trace = None

    def open(self, kind: str, role: Role, *, by_attacker: bool = False) -> str:
        """A new run, of the user's app or the attacker's, for what comes after a login: its name, such as `refresh 2`.

        Where nothing more is recorded there is no new one.
        """
        if self.full:
            return VICTIM
        number = 1 + sum(name.rpartition(" ")[0] == kind for name in self.world.runs)
        name = f"{kind} {number}"
        run = evolve(self.run, name=name, role=role, state=State.START, in_flight=None)
        if by_attacker:
            run = evolve(run, owner=ATTACKER, client=ATTACKER)
        self.add_run(run)
        return name

    def keep_out(self, why: str) -> None:
        """An attacker is loose and cannot get at this login; `why` says so in a sentence or two."""
        self.out_of_reach = why
        self._trace = None

    def admit(self, attacker: Attacker) -> None:
        """Let this attacker into the login, if it is not in it already."""
        if ATTACKER_RUN in self.world.runs:
            return
        self.attacker = attacker
        run = evolve(self.run, name=ATTACKER_RUN, role=Role.THEFT, owner=ATTACKER, client=ATTACKER)
        self.add_run(evolve(run, state=State.START, in_flight=None))
        scenario = replace(self.scenario, attacker=attacker.name)
        self._worlds[-1] = evolve(self.world, scenario=scenario, attacker=evolve(self.world.attacker, aim=attacker.aim))
        self._trace = None

    def happened(
        self,
        act: Act,
        outcome: Outcome = Outcome.OK,
        *,
        now: int,
        run: str = VICTIM,
        messages: Sequence[Sent] = (),
        checks: Iterable[CheckResult] = (),
        made: Iterable[Made] = (),
        server: Server | None = None,
        api: Api | None = None,
        in_flight: Sent | None = None,
        sender: str | None = None,
        receiver: str | None = None,
        after: State | None = None,
        detail: str = "",
        unseen: bool = False,
        by_attacker: bool = False,
        loot: Mapping[str, str] = frozendict(),
        step: int = 0,
    ) -> None:
        """Record one event. Where `after` is not given, the table of the lessons says where the run stands then.

        `loot` is what the attacker has got hold of in it, and `step` the one that an act follows which is none.
        """
        if self.full:
            return
        world, who = self.world, self.world.runs[run]
        if after is None:
            after = TRANSITIONS[who.role].get(who.state, {}).get(act, {}).get(outcome, who.state)
        number = act.step or step or (world.log[-1].step if world.log else 1)
        plan = planned_step(number)
        event = Event(
            index=len(world.log) + 1,
            run=run,
            act=act,
            step=number,
            sender=sender or plan.sender,
            receiver=receiver or plan.receiver,
            before=who.state,
            after=after,
            outcome=outcome,
            messages=tuple(messages),
            checks=tuple(checks),
            made=tuple(made),
            by_attacker=by_attacker or who.owner in (ATTACKER, ATTACKER_USER),
            now=now,
            detail=detail,
            unseen=unseen,
        )
        changes: dict[str, object] = {}
        if loot:
            changes["attacker"] = evolve(world.attacker, loot=frozendict({**world.attacker.loot, **loot}))
        if server is not None:
            part = self.owned.part_of(server, self.scenario.app.client_id)
            changes["servers"] = frozendict({server.issuer: part})
        if api is not None:
            changes["apis"] = world.apis.set(api.origin, evolve(api, proofs=Proofs(wants_nonce=api.proofs.wants_nonce)))
        moved = evolve(who, state=after, in_flight=in_flight)
        self._worlds.append(evolve(world, now=now, runs=world.runs.set(run, moved), log=(*world.log, event), **changes))
        self.version += 1


Kept = TypeVar("Kept")


def _only(kept: frozendict[str, Kept], names: Iterable[str]) -> frozendict[str, Kept]:
    """Of these things those with one of these names."""
    return frozendict({name: kept[name] for name in names if name in kept})
