"""Refreshes, thefts, revocations and jumps of the clock in any order: a simple model must foresee every answer.

The model is written from RFC 6749 section 6, RFC 7009 and RFC 9700 section 4.14 alone. It shares no code with flowsim.
"""

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowsim.actors.authorization_server import administration
from flowsim.analysis.counterexamples.edits import OFFLINE, client_of, played, server_of
from flowsim.analysis.counterexamples.requests import ask, get, post
from flowsim.model.scenario import API_ORIGIN, ISSUER
from flowsim.model.world import VICTIM, evolve
from tests.kit.worlds import error_of

CLIENT = "photo-page"
HOUR, DAY = 3600, 86_400
NARROW = "openid read:messages"


# ---- The model


@dataclass
class Old:
    """A refresh token as a person would note it down."""

    number: int
    scope: str
    last_use: int
    exchanged: int | None = None


@dataclass
class Model:
    """One family of refresh tokens."""

    rotation: bool
    overlap: int
    idle: int
    longest: int
    login: int
    ended: bool = False
    tokens: list[Old] = field(default_factory=list)

    def refresh(self, which: int, scope: str | None, client: str, now: int) -> str:
        """`ok`, or the error code."""
        old = self.tokens[which]
        if client != CLIENT or self.ended or now - self.login >= self.longest:
            return "invalid_grant"
        newest = max(one.number for one in self.tokens)
        if old.exchanged is not None and (now - old.exchanged >= self.overlap or old.number != newest - 1):
            self.ended = True
            return "invalid_grant"
        if now - old.last_use >= self.idle:
            return "invalid_grant"
        if scope is not None and set(scope.split()) - set(old.scope.split()):
            return "invalid_scope"
        if not self.rotation:
            old.last_use = now
            return "ok"
        old.exchanged = now if old.exchanged is None else old.exchanged
        self.tokens.append(Old(old.number + 1, old.scope, now))
        return "ok"

    def call(self, issued: int, scope: str, now: int) -> int:
        """The status with which the API answers: it asks nobody, so a token lives until it expires."""
        if now - issued >= HOUR:
            return 401
        return 200 if "read:messages" in scope.split() else 403


# ---- Both side by side

Act = tuple[str, int, str | None]


class Pair:
    """The simulator and the model after the same login; every act asks both. Token 0 of an act is the newest one."""

    def __init__(self, chosen: dict[str, Any]) -> None:
        self.world = played(client="spa", scope=OFFLINE, **chosen).worlds[-1]
        self.now = self.world.now
        held = client_of(self.world).tokens[self.world.runs[VICTIM].who]
        assert held.refresh_token is not None
        self.texts = [held.refresh_token]
        self.access = [(held.access_token, self.now, OFFLINE)]
        self.model = Model(
            rotation=chosen["rotation"],
            overlap=chosen["overlap"],
            idle=chosen["refresh_idle_lifetime"],
            longest=chosen["refresh_lifetime"],
            login=self.now,
            tokens=[Old(1, OFFLINE, self.now)],
        )

    def carry_out(self, act: Act) -> None:
        kind, number, scope = act
        match kind:
            case "wait":
                self.now += number
            case "refresh":
                self.refresh(self.token(number), scope, CLIENT)
            case "another client refreshes":
                self.refresh(self.token(number), None, "photo-app")
            case "call":
                self.call(number % len(self.access))
            case "revoke":
                self.revoke(self.token(number))
            case "password":
                server = administration.change_password(server_of(self.world), "alice", "another password")
                self.world = evolve(self.world, servers=self.world.servers.set(ISSUER, server))
                self.model.ended = True

    def token(self, number: int) -> int:
        return len(self.texts) - 1 - number % len(self.texts)

    def refresh(self, which: int, scope: str | None, client: str) -> None:
        form = {"grant_type": "refresh_token", "client_id": client, "refresh_token": self.texts[which], "scope": scope}
        heard = ask(self.world, post(f"{ISSUER}/oauth/token", form), now=self.now)
        self.world = heard.world
        assert (error_of(heard) or "ok") == self.model.refresh(which, scope, client, self.now)
        if error_of(heard):
            return
        body = heard.response.json()
        assert body["scope"] == (scope or OFFLINE)
        assert ("refresh_token" in body) is self.model.rotation
        self.access.append((body["access_token"], self.now, body["scope"]))
        if self.model.rotation:
            assert body["refresh_token"] not in self.texts
            self.texts.append(body["refresh_token"])

    def call(self, which: int) -> None:
        text, issued, scope = self.access[which]
        heard = ask(self.world, get(f"{API_ORIGIN}/messages", Authorization=f"Bearer {text}"), now=self.now)
        assert heard.response.status == self.model.call(issued, scope, self.now)

    def revoke(self, which: int) -> None:
        form = {"client_id": CLIENT, "token": self.texts[which]}
        heard = ask(self.world, post(f"{ISSUER}/oauth/revoke", form), now=self.now)
        assert heard.response.status == 200
        self.world, self.model.ended = heard.world, True


@st.composite
def settings_of_a_server(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "rotation": draw(st.booleans()),
        "overlap": draw(st.sampled_from([0, 30, HOUR])),
        "refresh_idle_lifetime": draw(st.sampled_from([HOUR, DAY, 30 * DAY])),
        "refresh_lifetime": draw(st.sampled_from([2 * HOUR, 90 * DAY])),
    }


WHICH = st.integers(0, 3)
REFRESHES = st.tuples(st.just("refresh"), WHICH, st.sampled_from([None, NARROW, OFFLINE, "openid write:messages"]))
ACTS: st.SearchStrategy[Act] = st.one_of(
    REFRESHES,
    REFRESHES,
    st.tuples(st.just("wait"), st.sampled_from([1, 29, 30, HOUR, DAY]), st.none()),
    st.tuples(st.sampled_from(["call", "revoke", "another client refreshes", "password"]), WHICH, st.none()),
)


@settings(deadline=None, max_examples=500)
@given(settings_of_a_server(), st.lists(ACTS, max_size=16))
def test_the_model_foresees_every_answer(chosen: dict[str, Any], acts: list[Act]) -> None:
    pair = Pair(chosen)
    for act in acts:
        pair.carry_out(act)


STRICT = {"rotation": True, "overlap": 0, "refresh_idle_lifetime": 30 * DAY, "refresh_lifetime": 90 * DAY}
R, OLD = ("refresh", 0, None), ("refresh", 1, None)


@pytest.mark.parametrize(
    ("chosen", "acts"),
    [
        (STRICT, [R, OLD, R, ("call", 1, None)]),  # used twice: the family ends, the access token lives
        (STRICT | {"overlap": 30}, [R, ("wait", 29, None), OLD, ("wait", 1, None), ("refresh", 2, None)]),
        (STRICT | {"overlap": HOUR}, [R, R, ("refresh", 2, None)]),  # the one before the previous
        (STRICT | {"rotation": False}, [R, R, ("wait", 31 * DAY, None), R]),
        (STRICT, [("wait", 29 * DAY, None), R] * 4),  # used often, and too old all the same
        (STRICT | {"refresh_lifetime": 2 * HOUR}, [("wait", 2 * HOUR, None), R]),  # the last second has passed
        (STRICT, [("refresh", 0, NARROW), ("refresh", 0, OFFLINE)]),  # less scope now, all of it again later
        (STRICT, [("refresh", 0, "write:messages"), R]),  # a refusal for scope uses nothing up
    ],
)
def test_the_cases_that_matter_most(chosen: dict[str, Any], acts: list[Act]) -> None:
    pair = Pair(chosen)
    for act in acts:
        pair.carry_out(act)


def test_the_pair_can_disagree() -> None:
    pair = Pair(STRICT)
    pair.model.ended = True
    with pytest.raises(AssertionError, match="invalid_grant"):
        pair.carry_out(R)
