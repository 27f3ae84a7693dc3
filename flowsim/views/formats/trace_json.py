"""A trace as JSON, for the command line, for other programs and for the player in the browser.

Everything in it is data: whoever shows it must escape it. Source of the shape: `version` below counts its changes.
"""

from collections.abc import Iterable
from typing import Any

from flowsim.model.check import CheckResult
from flowsim.model.scenario import ScenarioError
from flowsim.model.steps import ATTACKER, LANE_OF, LANES, LATER_STEPS, STEPS, clause_url, step_name
from flowsim.model.world import Event, Sent
from flowsim.protocol.messages import Opening, Request, Response
from flowsim.simulation import ledger
from flowsim.simulation.simulation import Simulation, Trace
from flowsim.views.pictures.picture import sequence_svg
from flowsim.views.text import fields, memory, narration

VERSION = 1
Json = dict[str, Any]


def trace_json(trace: Trace) -> Json:
    """The whole trace: settings, events, verdict, and the value of every secret."""
    learned, made = trace.ledger.learned, narration.secrets(trace.events)
    return {
        "version": VERSION,
        "scenario": trace.scenario.to_json(),
        "events": [
            _event(event, narration.label(event, made), learned[event.index - 1], memory.remembered(world))
            for event, world in zip(trace.events, trace.worlds[1:], strict=True)
        ],
        "verdict": trace.verdict.to_json(),
        "secrets": [{"kind": one.kind, "value": one.value, "run": one.run} for one in trace.ledger.secrets],
    }


def player_payload(*simulations: Simulation, attack: str = "code-interception") -> Json:
    """What the player shows: these branches played to the end, and ready behind its button the attack on the first.

    The attack is left out where the first branch has an attacker already, or where it never gets a chance.
    """
    stolen = _attacked(simulations[0], attack)
    shown = (*simulations, stolen) if stolen else simulations
    traces = [simulation.played() for simulation in shown]
    branches = [
        _branch(simulation, trace, hidden=simulation is stolen) for simulation, trace in zip(shown, traces, strict=True)
    ]
    taken = {event.step for trace in traces for event in trace.events}
    return {
        "version": VERSION,
        "lanes": [{"id": lane, "name": name} for lane, name in LANES],
        "steps": [
            {
                "number": step.number,
                "name": step.name,
                "title": step.title,
                "text": step.text,
                "notes": step.notes,
                "from": step.sender,
                "to": step.receiver,
                "clauses": [_clause(clause) for clause in step.clauses],
            }
            for step in (*STEPS, *(step for step in LATER_STEPS if step.number in taken))
        ],
        "secrets": [{"kind": kind, "name": ledger.NAMES.get(kind, kind)} for kind in ledger.KINDS],
        "fields": _explanations(traces),
        "branches": branches,
        "inject": stolen.name if stolen else None,
        "view": {"branch": branches[0]["name"], "position": simulations[0].position},
    }


def _attacked(simulation: Simulation, attack: str) -> Simulation | None:
    """This simulation with an attacker that strikes after step 6, in an experiment of its own."""
    try:
        twin = Simulation(simulation.scenario, name=simulation.name)
        twin.goto(6)
        return twin.inject(attack)
    except ScenarioError:
        return None


def _branch(branch: Simulation, trace: Trace, *, hidden: bool) -> Json:
    attacks = [event.index for event in trace.events if event.by_attacker]
    forked = branch.forked_from
    return {
        "name": branch.name,
        "title": branch.name,
        "attack": bool(attacks),
        "hidden": hidden,
        "shared": forked[1] if forked else 0,
        "inject_at": attacks[0] - 1 if attacks else None,
        "trace": trace_json(trace),
        "svg": sequence_svg(trace.events, lanes=(ATTACKER,)),
    }


def _explanations(traces: Iterable[Trace]) -> Json:
    """Place → name → [sentence, clause, its address], for the names that occur in these traces and for no others."""
    messages = (sent.message for trace in traces for event in trace.events for sent in event.messages)
    table: Json = {}
    for place, name in dict.fromkeys((value.place, value.name) for one in messages for value in fields.occurring(one)):
        if field := fields.explain(place, name):
            table.setdefault(place, {})[field.name] = [field.text, field.clause, clause_url(field.clause)]
    return table


def _clause(clause: str) -> Json:
    return {"label": clause, "url": clause_url(clause)}


def _event(event: Event, label: str, learned: Iterable[ledger.Learned], remembered: Json) -> Json:
    return {
        "index": event.index,
        "step": event.step,
        "name": step_name(event.step),
        "run": event.run,
        "attack": event.by_attacker,
        "between": narration.between(event),
        "act": event.act.value,
        "title": narration.title(event),
        "label": label,
        "text": narration.text(event),
        "clauses": [_clause(clause) for clause in narration.clauses(event)],
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
        "memory": remembered,
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
        "clause": _clause(check.clause),
        "title": check.title,
        "error": check.on_failure.slug,
        "expected": result.expected,
        "received": result.received,
        "passed": result.passed,
        "on": result.on,
        "decides": result.decides,
    }
