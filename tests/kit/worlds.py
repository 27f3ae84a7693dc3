"""What many tests need beside the worlds and the edits of `flowsim.analysis.counterexamples`."""

import re
from typing import Any
from urllib.parse import urlsplit

from flowsim.analysis.counterexamples.edits import SEED
from flowsim.analysis.counterexamples.requests import Answer
from flowsim.engine.apply import apply
from flowsim.model.scenario import API_ORIGIN, Scenario
from flowsim.model.states import Act
from flowsim.model.telling import Telling
from flowsim.model.transitions import Move, honest_act
from flowsim.model.world import VICTIM, Event, World, evolve
from flowsim.protocol.messages import Response
from flowsim.simulation.simulation import Simulation, Trace
from flowsim.views.text import narration

PUBLIC = ("native-scheme", "native-https", "native-loopback", "spa")
CLIENTS = (*PUBLIC, "web")
METHODS = ("none", "plain", "S256")
CODE_STEALERS = ("code-interception", "code-and-request", "decompiled-secret")
CALLBACK = "com.example.app:/callback"
PAGE_HEADERS = {
    "cache-control": "no-store",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
# What `error` and `error_description` may hold (RFC 6749 sections 4.1.2.1 and 5.2).
PLAIN = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+")


def simulation(**settings: Any) -> Simulation:
    """A simulation with seed 7 and these settings."""
    return Simulation(Scenario(**{"seed": SEED, **settings}))


def event_of(trace: Trace, act: Act, run: str = VICTIM) -> Event:
    """The first event of this act in this run."""
    return next(event for event in trace.events if event.act is act and event.run == run)


def error_of(answer: Answer) -> str | None:
    """The error code of a token endpoint's answer."""
    error = answer.response.json().get("error")
    return error if isinstance(error, str) else None


def telling_of(trace: Trace, act: Act, run: str = VICTIM) -> Telling:
    """The first event of this act in this run, ready to be told."""
    return narration.told(trace)[event_of(trace, act, run).index - 1]


def walk(world: World, run: str = VICTIM) -> list[World]:
    """This world and those that follow when this run takes its honest steps to the end."""
    worlds = [world]
    while act := honest_act(worlds[-1].runs[run].role, worlds[-1].runs[run].state):
        worlds.append(apply(worlds[-1], Move(run, act)))
    return worlds


def with_api(world: World, **fields: Any) -> World:
    return evolve(world, apis=world.apis.set(API_ORIGIN, evolve(world.apis[API_ORIGIN], **fields)))


def path_of(url: str) -> str:
    return urlsplit(url).path


def is_page(response: Response) -> bool:
    """An HTML page for the user, with every header a page of the server must have, that leads nowhere."""
    assert response.header("content-type") == "text/html; charset=utf-8"
    assert "frame-ancestors 'none'" in (response.header("content-security-policy") or "")
    assert {name: response.header(name) for name in PAGE_HEADERS} == PAGE_HEADERS
    return response.header("location") is None
