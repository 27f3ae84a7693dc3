"""Runs in which nobody means harm: messages are lost or delivered twice, and requests overlap at the server."""

from functools import cache
from typing import Any, Self

from flowsim.analysis.counterexamples.edits import OFFLINE, SEED
from flowsim.engine.apply import apply
from flowsim.engine.honest_moves import honest_move
from flowsim.model.scenario import Scenario
from flowsim.model.states import Act, Role, State
from flowsim.model.transitions import Move
from flowsim.model.world import ATTACKER_RUN, VICTIM, World
from flowsim.simulation.simulation import Simulation, Trace


class Story:
    """The moves of honest parties one after the other, with what happens on the way put between them."""

    def __init__(self, **settings: Any) -> None:
        self.worlds: list[World] = [Simulation(Scenario(**{"seed": SEED, "scope": OFFLINE, **settings})).world]

    @property
    def world(self) -> World:
        return self.worlds[-1]

    def state(self, run: str) -> State | None:
        found = self.world.runs.get(run)
        return found.state if found else None

    def until(self, run: str, state: State) -> Self:
        """Let the honest parties go on until this run is in this state."""
        while self.state(run) is not state:
            move = honest_move(self.world)
            assert move is not None, f"{run} never comes to {state.phrase!r}: it ended in {self.state(run)}"
            self.worlds.append(apply(self.world, move))
        return self

    def do(self, run: str, *acts: Act) -> Self:
        for act in acts:
            self.worlds.append(apply(self.world, Move(run, act)))
        return self

    def opens(self, run: str, role: Role, act: Act) -> Self:
        """Begin this run now, whatever else is under way."""
        self.worlds.append(apply(self.world, Move(run, act, role=role)))
        return self

    def refreshes(self, run: str = "refresh 2") -> Self:
        return self.opens(run, Role.REFRESH, Act.STEP_R1)

    def trace(self) -> Trace:
        """The whole story, played to its end."""
        while move := honest_move(self.world):
            self.worlds.append(apply(self.world, move))
        return Trace("story", tuple(self.worlds), over=True)


SIGNING = {"client": "web", "client_auth": "private_key_jwt", "dpop": "tokens", "retries": True}
LATER = "refresh refresh call logout"


@cache
def accident_traces() -> tuple[Trace, ...]:
    """What can happen on the way, once each and in all the places where it can."""
    kinds: tuple[dict[str, Any], ...] = (
        {},
        {"retries": True},
        {"client": "spa", "retries": True, "dpop": "tokens"},
        SIGNING,
    )
    told: list[Trace] = []
    for more in kinds:
        told += [
            Story(later=LATER, **more).until(VICTIM, State.CODE_SENT).do(VICTIM, Act.LOSE_REQUEST).trace(),
            Story(later=LATER, **more).until(VICTIM, State.CODE_ACCEPTED).do(VICTIM, Act.LOSE_ANSWER).trace(),
            Story(later=LATER, **more).until(VICTIM, State.CODE_SENT).do(VICTIM, Act.DUPLICATE).trace(),
            Story(later=LATER, **more).until("refresh 1", State.REFRESH_SENT).do("refresh 1", Act.DUPLICATE).trace(),
        ]
        for run, state, act in (
            (VICTIM, State.API_ASKED, Act.LOSE_REQUEST),
            (VICTIM, State.API_ASKED, Act.LOSE_ANSWER),
            ("call 1", State.API_ASKED, Act.LOSE_REQUEST),
            ("call 1", State.API_ASKED, Act.LOSE_ANSWER),
            ("refresh 1", State.REFRESH_SENT, Act.LOSE_REQUEST),
            ("refresh 1", State.REFRESH_ACCEPTED, Act.LOSE_ANSWER),
            ("logout 1", State.REVOCATION_SENT, Act.LOSE_REQUEST),
            ("logout 1", State.REVOCATION_SENT, Act.LOSE_ANSWER),
            ("logout 1", State.REVOCATION_SENT, Act.DUPLICATE),
        ):
            told.append(Story(later=LATER, **more).until(run, state).do(run, act).trace())
    return (*told, *_twice_over(), *_at_a_careless_server(), *_with_others())


def _twice_over() -> list[Trace]:
    """What is lost once more after a second try, and what is lost where it was an error."""
    replayed = Story(retries=True).until(VICTIM, State.CODE_ACCEPTED).do(VICTIM, Act.LOSE_ANSWER)
    reused = Story(later="refresh", retries=True).until("refresh 1", State.REFRESH_ACCEPTED)
    reused.do("refresh 1", Act.LOSE_ANSWER)
    copied = Story(later="refresh").until(VICTIM, State.CODE_SENT).do(VICTIM, Act.DUPLICATE)
    overtaken = Story(later="refresh", replay_revokes=False).until(VICTIM, State.CODE_SENT).do(VICTIM, Act.DUPLICATE)
    return [
        replayed.until(VICTIM, State.CODE_REFUSED).do(VICTIM, Act.LOSE_ANSWER).trace(),
        reused.until("refresh 1", State.REFRESH_REFUSED).do("refresh 1", Act.LOSE_ANSWER).trace(),
        copied.do("copy 1", Act.ANSWER_COPY).trace(),
        overtaken.do("copy 1", Act.ANSWER_COPY).trace(),
        Story(retries=True)
        .until(VICTIM, State.CODE_SENT)
        .do(VICTIM, Act.LOSE_REQUEST, Act.RETRY, Act.LOSE_REQUEST)
        .trace(),
    ]


def _at_a_careless_server() -> list[Trace]:
    told = []
    for more in ({}, {"client": "web", "client_auth": "private_key_jwt"}, {"dpop": "code"}):
        code = Story(later="refresh", server_atomic=False, **more).until(VICTIM, State.CODE_SENT)
        code.do(VICTIM, Act.DUPLICATE, Act.LOOK_UP).do("copy 1", Act.LOOK_UP).do(VICTIM, Act.STEP_8)
        told.append(code.do("copy 1", Act.ANSWER_COPY).trace())
    split = Story(later="refresh refresh call", server_atomic=False).until("refresh 1", State.REFRESH_SENT)
    split.refreshes().do("refresh 1", Act.LOOK_UP).do("refresh 2", Act.LOOK_UP)
    return [*told, split.trace(), _looked_up_for_a_thief()]


def _looked_up_for_a_thief() -> Trace:
    """A stolen code, looked up before the attacker's request is judged."""
    simulation = Simulation(seed=SEED, attacker="code-interception", pkce="none", server_atomic=False)
    while simulation.world.runs[ATTACKER_RUN].state is not State.CODE_SENT:
        assert simulation.step()
    worlds = list(simulation.trace.worlds)
    for act in (Act.LOOK_UP, Act.STEP_8, Act.STEP_9):
        worlds.append(apply(worlds[-1], Move(ATTACKER_RUN, act)))
    return Trace("stolen", tuple(worlds), attacker=simulation.trace.attacker)


def _with_others() -> list[Trace]:
    """Two refreshes at once, with one flight and without; a logout between the question and the answer."""
    told = []
    for more in ({}, {"single_flight": True}, {"overlap": 60}, {"rotation": False}):
        story = Story(later="refresh refresh call", **more).until("refresh 1", State.REFRESH_SENT).refreshes()
        told.append(story.trace())
    for dpop in ("off", "code"):
        anew = {"later": "refresh call", "order": "victim:11 tab2:7 refresh1:R2 tab2:11 refresh1:R3"}
        told.append(Story(transactions="state", logins_per_browser="many", **anew, dpop=dpop).trace())
    told.append(Story(later="refresh", order="victim:11 device2:11 refresh1:duplicate").trace())
    told.append(Story(later="app-logout", order="victim:9 app-logout1 victim").trace())
    out = Story(later="refresh app-logout").until("refresh 1", State.REFRESH_SENT)
    return [*told, out.opens("app-logout 1", Role.APP_LOGOUT, Act.STEP_L1).trace()]
