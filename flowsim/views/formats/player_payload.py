"""What the player in the browser shows, as one JSON value: every branch from its first event to its verdict.

A branch has a `name`, which is its id, a `title`, which stands on its tab, and its `experiment`, a line on its settings.
Beside the branches there is all that the player would otherwise have to know by itself: the lanes, the steps, the kinds of
secret, what each field means.

Source of the shape: that of a trace is in trace_json.py; `version` is the same.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flowsim.diagnosis.diagnosis import what_went_wrong
from flowsim.model.scenario import ScenarioError
from flowsim.model.shown import shown
from flowsim.model.steps import ALL_LANES, ALL_STEPS, ATTACKER, ELSEWHERE, LANE_OF, STEPS, UPSTREAM, clause_url
from flowsim.simulation import ledger
from flowsim.simulation.simulation import CODE_IN_BROWSER, Simulation, Trace, numbered
from flowsim.views.formats.payload_types import AskJson, Branch, Payload
from flowsim.views.formats.trace_json import VERSION, clause_json, trace_json
from flowsim.views.pictures.picture import sequence_svg
from flowsim.views.text import fields, narration, predictions
from flowsim.views.text.experiment import BETWEEN, differing, experiment
from flowsim.views.text.predictions import Asked, Asks, asks_of
from flowsim.views.text.terms import TERMS
from flowsim.views.text.words_asked import in_prose

Json = dict[str, Any]
PREDICT = "Predict first, then see:"


def _picture(trace: Trace) -> str:
    return sequence_svg(trace, lanes=(ATTACKER,))


def player_payload(*simulations: Simulation, attack: str = "code-interception", ask: Asks | None = None) -> Json:
    """What the player shows: these branches played to the end, and ready behind its button the attack on each of them.

    The attack on a branch is one of the others, where they have it, else a new branch. There is none for a branch that has
    an attacker already, or where it never gets a chance. Branches of the same name are told apart by what differs in their
    settings. `ask` is a prediction that the reader is to make before the outcome is shown (predictions.py), or branch →
    prediction; without a branch it is about the first one with an attacker, else the one behind the button, else the first.
    Raises ScenarioError where there is nothing to show, for what is no simulation, and for what cannot be asked.
    """
    wrong = [one for one in simulations if not isinstance(one, Simulation)]
    if wrong or not simulations:
        given = shown(wrong[0]) if wrong else "nothing"
        raise ScenarioError(f"a player shows simulations, such as player(Simulation(seed=7)), not {given}")
    named = _told_apart([*dict.fromkeys(simulations)])
    ready: dict[str, Shown] = {}
    for one in named:
        attacked = _attacked(one, [*named, *ready.values()], attack, alone=len(named) == 1)
        if attacked:
            ready[one.name] = attacked
    return _payload(named, ready, ask)


def payload_of(
    simulations: Sequence[Simulation], ready: Mapping[str, Simulation], picture: Callable[[Trace], str] = _picture
) -> Json:
    """The same with the branch behind the button given, for each branch that has one.

    One that is none of the others is hidden until it is asked for. No two of the branches may have the same name. What
    `picture` gives stands as the picture of a branch, for whoever draws many of them at once.
    """
    return _payload(
        [Shown(one, one.name, one.title) for one in simulations],
        {name: Shown(one, one.name, one.title) for name, one in ready.items()},
        picture=picture,
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """A branch as it is shown: under a name that no other has, and a title."""

    simulation: Simulation
    name: str
    title: str


def _payload(
    named: Sequence[Shown],
    ready: Mapping[str, Shown],
    ask: Asks | None = None,
    picture: Callable[[Trace], str] = _picture,
) -> Json:
    names = {one.name for one in named}
    all_of_them = [*named, *(one for one in ready.values() if one.name not in names)]
    traces = [one.simulation.played() for one in all_of_them]
    branches = [
        _branch(one, trace, ready.get(one.name), picture(trace), hidden=one.name not in names)
        for one, trace in zip(all_of_them, traces, strict=True)
    ]
    payload = whole(traces, branches, (branches[0]["name"], named[0].simulation.position))
    payload["asks"] = _asks(ask, all_of_them, traces, branches)
    return {**payload}


def whole(traces: Sequence[Trace], branches: Sequence[Branch], view: tuple[str, int]) -> Payload:
    """These branches, of these traces, with all that the player would otherwise have to know by itself.

    `view` is the branch that is open, and how many of its events have happened.
    """
    taken = {event.step for trace in traces for event in trace.events}
    receivers = {LANE_OF[sent.receiver] for trace in traces for event in trace.events for sent in event.messages}
    absent = {UPSTREAM, ELSEWHERE} - receivers
    return {
        "version": VERSION,
        "lanes": [{"id": lane, "name": name} for lane, name in ALL_LANES if lane not in absent],
        "steps": [
            {
                "number": step.number,
                "name": step.name,
                "title": step.title,
                "text": step.text,
                "notes": step.notes,
                "from": step.sender,
                "to": step.receiver,
                "clauses": [clause_json(clause) for clause in step.clauses],
            }
            for step in ALL_STEPS
            if step in STEPS or step.number in taken
        ],
        "last_step_of_login": STEPS[-1].number,
        "secrets": [{"kind": kind, "name": ledger.NAMES.get(kind, kind)} for kind in ledger.KINDS],
        "fields": _explanations(traces),
        "words": [
            {
                "name": term.name,
                "also": list(term.also),
                "text": term.text,
                "clause": clause_json(term.clause) if term.clause else None,
                "in_prose": list(in_prose(term)),
            }
            for term in TERMS
        ],
        "places": {"endpoints": dict(fields.ENDPOINTS), "any_case": list(fields.LETTER_CASE_IS_FREE)},
        "branches": [*branches],
        "asks": [],
        "view": {"branch": view[0], "position": view[1]},
    }


def _told_apart(simulations: Sequence[Simulation]) -> list[Shown]:
    """These with a name each; where two have the same one, the title says what is otherwise in their settings."""
    found: list[Shown] = []
    for one in simulations:
        same = [other.scenario for other in simulations if other is not one and other.title == one.title]
        differs = differing(one.scenario, same)
        title = f"{one.title}{BETWEEN}{differs}" if same and differs else one.title
        name = numbered(one.name, {other.name for other in found}, "-")
        found.append(Shown(one, name, numbered(title, {other.title for other in found})))
    return found


def _attacked(one: Shown, others: Sequence[Shown], attack: str, *, alone: bool) -> Shown | None:
    """This branch with an attacker who comes in after step 6: the one among the others, else a new one."""
    try:
        twin = Simulation(one.simulation.scenario, name=one.simulation.name)
        twin.goto(CODE_IN_BROWSER)
        stolen = twin.inject(attack)
    except ScenarioError:
        return None
    for other in others:
        if other.simulation.scenario == stolen.scenario:
            return other
    name = numbered(stolen.name, {other.name for other in others}, "-")
    # Of a login that is told apart by what differs in it, that alone is repeated.
    title = stolen.title if alone else f"{stolen.title}{BETWEEN}{one.title.rpartition(BETWEEN)[2]}"
    return Shown(stolen, name, numbered(title, {other.title for other in others}))


def _branch(one: Shown, trace: Trace, ready: Shown | None, svg: str, *, hidden: bool) -> Branch:
    attacks = [event.index for event in trace.events if event.by_attacker]
    forked = one.simulation.forked_from
    branch: Branch = {
        "name": one.name,
        "title": one.title,
        "experiment": experiment(one.simulation.scenario, trace.attacker),
        "attack": bool(attacks),
        "hidden": hidden,
        "inject": ready.name if ready else None,
        "shared": forked[1] if forked else 0,
        "inject_at": attacks[0] - 1 if attacks else None,
        "notes": [narration.notes(one) for one in narration.told(trace)],
        "trace": trace_json(trace),
        "svg": svg,
    }
    if why := what_went_wrong(trace):
        branch["went_wrong"] = why
    return branch


def _asks(
    ask: Asks | None, simulations: Sequence[Shown], traces: Sequence[Trace], branches: Sequence[Branch]
) -> list[AskJson]:
    """Each question, with what may be shown until it is answered."""
    usual = next(
        (one.name for one, trace in zip(simulations, traces, strict=True) if _is_attack(trace)), simulations[0].name
    )
    by_name = {one.name: (one, trace) for one, trace in zip(simulations, traces, strict=True)}
    found: list[AskJson] = []
    for name, question in asks_of(ask, by_name, usual).items():
        shown_as, trace = by_name[name]
        asked = predictions.asked(question, trace, shown_as.simulation.position)
        told = [(one, same) for one, same in zip(branches, traces, strict=True) if _gives_away(same, trace, asked.at)]
        found.append(
            {
                "name": asked.name,
                "branch": name,
                "at": asked.at,
                "question": asked.question,
                "choices": list(asked.choices),
                "right": asked.right,
                "why": asked.why,
                "decided_at": asked.decided_at,
                "before": [_until_asked(one, same, asked) for one, same in told],
            }
        )
    return found


def _is_attack(trace: Trace) -> bool:
    return trace.attacker is not None or trace.scenario.attacker is not None


def _gives_away(other: Trace, trace: Trace, at: int) -> bool:
    """True for the trace itself, one that goes on as it does, and one that differs only by its random values."""
    same_start = other.events[: at + 1] == trace.events[: at + 1]
    settings = [replace(one.scenario, seed=0) for one in (other, trace)]
    return same_start or (settings[0] == settings[1] and _is_attack(other) == _is_attack(trace))


def _until_asked(branch: Branch, trace: Trace, asked: Asked) -> Branch:
    """This branch with its first events and no more; where its verdict stands, it says what is asked."""
    so_far = replace(trace, worlds=trace.worlds[: asked.at + 1], over=False)
    told = trace_json(so_far)
    told["verdict"] |= {"sentence": f"{PREDICT} {asked.question}", "tone": "neutral"}
    shown = branch.copy()
    shown.pop("went_wrong", None)
    return {
        **shown,
        "attack": _is_attack(trace),
        "shared": min(branch["shared"], asked.at),
        "notes": branch["notes"][: asked.at],
        "trace": told,
        "svg": _picture(so_far),
    }


def _explanations(traces: Iterable[Trace]) -> dict[str, dict[str, list[str]]]:
    """Place → name → [sentence, clause, its address], for the names that occur in these traces and for no others."""
    messages = (sent.message for trace in traces for event in trace.events for sent in event.messages)
    table: dict[str, dict[str, list[str]]] = {}
    for place, name in dict.fromkeys((value.place, value.name) for one in messages for value in fields.occurring(one)):
        if field := fields.explain(place, name):
            table.setdefault(place, {})[field.name] = [field.text, field.clause, clause_url(field.clause)]
    return table
