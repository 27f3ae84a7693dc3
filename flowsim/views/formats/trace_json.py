"""A trace as JSON, for the command line, for other programs and for the player in the browser.

Acts, states, outcomes and all other ids in it are slugs, which stay; titles and texts are words for people, which may be
put better at any time. Everything in it is data: whoever shows it must escape it.

What everybody remembers is told as it changes: each event's `memory_changes` is a JSON merge patch (RFC 7396), in which
null stands for what is forgotten. Applied one after the other, to nothing at first, they give what is remembered then.

Source of the shape: `version` below counts its changes. Version 1 had phrases for ids, and in version 2 each event told
all that everybody remembered; replay.py still reads both.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import cast

from flowsim.model.check import CheckResult
from flowsim.model.steps import LANE_OF, clause_url, step_name
from flowsim.model.telling import Telling
from flowsim.model.world import Sent
from flowsim.protocol.messages import Opening, Request, Response
from flowsim.simulation import ledger
from flowsim.simulation.simulation import Trace
from flowsim.views.formats.payload_types import (
    CheckJson,
    Clause,
    EventJson,
    MessageJson,
    OpeningJson,
    TraceJson,
    VerdictJson,
)
from flowsim.views.text import memory, narration
from flowsim.views.text.words_of_console import console
from flowsim.views.text.words_of_tabs import name_of

VERSION = 3


def trace_json(trace: Trace) -> TraceJson:
    """The whole trace: settings, events, verdict, and the value of every secret."""
    learned, made = trace.ledger.learned, narration.secrets(trace.events)
    tellings = [*narration.told(trace)]
    memories = [{}, *(memory.remembered(telling.after) for telling in tellings)]
    told: TraceJson = {
        "version": VERSION,
        "scenario": trace.scenario.to_json(),
        "events": [
            _event(telling, narration.label(telling, made), learned[telling.event.index - 1], memory.changes(*pair))
            for telling, pair in zip(tellings, pairwise(memories), strict=True)
        ],
        "verdict": cast(VerdictJson, trace.verdict.to_json()),
        "secrets": [{"kind": one.kind, "value": one.value, "run": one.run} for one in trace.ledger.secrets],
    }
    if trace.scenario.live:
        told["live"] = True
        told["unseen"] = list(trace.unseen)
    return told


def clause_json(clause: str) -> Clause:
    """A clause with the address at which it can be read."""
    return {"label": clause, "url": clause_url(clause)}


def _event(telling: Telling, label: str, learned: Iterable[ledger.Learned], changes: memory.Changes) -> EventJson:
    event, world = telling.event, telling.after
    told: EventJson = {
        "index": event.index,
        "step": event.step,
        "name": step_name(event.step),
        "run": event.run,
        "role": world.runs[event.run].role.value,
        "attack": event.by_attacker,
        "between": narration.between(event),
        "act": event.act.value,
        "title": narration.title(telling),
        "label": label,
        "text": narration.text(telling),
        "clauses": [clause_json(clause) for clause in narration.clauses(telling)],
        "from": event.sender,
        "to": event.receiver,
        "before": event.before.value,
        "after": event.after.value,
        "outcome": event.outcome.value,
        "now": event.now,
        "elapsed": event.elapsed,
        "failed": narration.failed(event),
        "lacked": narration.lacked(event),
        "http": [_sent(sent) for sent in event.messages],
        "checks": [_check(result) for result in event.checks],
        "learned": [
            {
                "actor": one.actor,
                "lane": LANE_OF[one.actor],
                "kind": one.secret.kind,
                "value": one.secret.value,
            }
            for one in learned
        ],
        "memory_changes": changes,
    }
    if event.unseen:
        told["unseen"] = True
    if name := name_of(telling.scenario, event.run):
        told["login"] = name
    if lines := console(telling):
        told["console"] = [*lines]
    return told


def _sent(sent: Sent) -> MessageJson:
    match sent.message:
        case Request() as asked:
            return {
                "from": sent.sender,
                "to": sent.receiver,
                "kind": "request",
                "method": asked.method,
                "url": asked.url,
                "headers": _pairs(asked.headers),
                "body": asked.body,
            }
        case Response() as answer:
            return {
                "from": sent.sender,
                "to": sent.receiver,
                "kind": "response",
                "status": answer.status,
                "reason": answer.reason,
                "headers": _pairs(answer.headers),
                "body": answer.body,
            }
        case Opening() as opened:
            told: OpeningJson = {"from": sent.sender, "to": sent.receiver, "kind": "opening", "url": opened.url}
            if opened.posted_by:
                told |= {"posted_by": opened.posted_by, "posted_to": opened.posted_to}
            return told


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    return [list(pair) for pair in pairs]


def _check(result: CheckResult) -> CheckJson:
    check = result.check
    told: CheckJson = {
        "id": check.id,
        "actor": check.actor,
        "step": check.step,
        "clause": clause_json(check.clause),
        "title": check.title,
        "error": check.error,
        "refusal": check.on_failure.slug,
        "answer": check.on_failure.words if result.decides else None,
        "expected": result.expected,
        "received": result.received,
        "passed": result.passed,
        "on": result.on,
        "decides": result.decides,
    }
    if result.unknown:
        told["unknown"] = True
    return told
