"""A trace as JSON, for the command line, for other programs and for the player in the browser.

Acts, states, outcomes and all other ids in it are slugs, which stay; titles and texts are words for people, which may be
put better at any time. Everything in it is data: whoever shows it must escape it.

Source of the shape: `version` below counts its changes. Version 1 had phrases for ids; replay.py still reads it.
"""

from collections.abc import Iterable
from typing import Any

from flowsim.model.check import CheckResult
from flowsim.model.steps import LANE_OF, clause_url, step_name
from flowsim.model.world import Event, Sent, World
from flowsim.protocol.messages import Opening, Request, Response
from flowsim.simulation import ledger
from flowsim.simulation.simulation import Trace
from flowsim.views.text import memory, narration

VERSION = 2
Json = dict[str, Any]


def trace_json(trace: Trace) -> Json:
    """The whole trace: settings, events, verdict, and the value of every secret."""
    learned, made = trace.ledger.learned, narration.secrets(trace.events)
    return {
        "version": VERSION,
        "scenario": trace.scenario.to_json(),
        "events": [
            _event(event, world, narration.label(event, made), learned[event.index - 1])
            for event, world in zip(trace.events, trace.worlds[1:], strict=True)
        ],
        "verdict": trace.verdict.to_json(),
        "secrets": [{"kind": one.kind, "value": one.value, "run": one.run} for one in trace.ledger.secrets],
    }


def clause_json(clause: str) -> Json:
    """A clause with the address at which it can be read."""
    return {"label": clause, "url": clause_url(clause)}


def _event(event: Event, world: World, label: str, learned: Iterable[ledger.Learned]) -> Json:
    return {
        "index": event.index,
        "step": event.step,
        "name": step_name(event.step),
        "run": event.run,
        "role": world.runs[event.run].role.value,
        "attack": event.by_attacker,
        "between": narration.between(event),
        "act": event.act.value,
        "title": narration.title(event),
        "label": label,
        "text": narration.text(event),
        "clauses": [clause_json(clause) for clause in narration.clauses(event)],
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
        "memory": memory.remembered(world),
    }


def _sent(sent: Sent) -> Json:
    shown: Json = {"from": sent.sender, "to": sent.receiver}
    match sent.message:
        case Request(method=method, url=url, headers=headers, body=body):
            return shown | {"kind": "request", "method": method, "url": url, "headers": _pairs(headers), "body": body}
        case Response(status=status, headers=headers, body=body) as answer:
            named = {"kind": "response", "status": status, "reason": answer.reason}
            return shown | named | {"headers": _pairs(headers), "body": body}
        case Opening(url=url):
            return shown | {"kind": "opening", "url": url}


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    return [list(pair) for pair in pairs]


def _check(result: CheckResult) -> Json:
    check = result.check
    return {
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
