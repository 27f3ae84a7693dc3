"""The state machine of one run, drawn from the transition table itself: the picture cannot differ from the rules.

Read it downwards. The spine is the way on: each arrow is a numbered step that went well. To the right leave the exits,
each with its step and its outcome; an octagon is the end of a run that did not get its data. To the left, in hexagons
on dashed lines, stands what an attacker can do in a state: no specification has a step for it, and everyone has to
reckon with it all the same.

Source: RFC 6749 sections 4.1 and 4.1.2.1, RFC 7636 section 4.6, by way of `transitions.TRANSITIONS`.
"""

import textwrap
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

import graphviz

from flowsim.engine.handlers import ATTACKER_ACTS
from flowsim.model.on_the_way import BY_THE_BROWSER, ON_THE_WAY
from flowsim.model.states import Act, Outcome, Role, State
from flowsim.model.steps import step_name
from flowsim.model.transitions import TRANSITIONS
from flowsim.views.pictures.boxes import draw_box, lines_of
from flowsim.views.pictures.svg import BOLD, SANS, inert_tooltip

_INK, _SOFT, _RED, _BLUE = "#1c2430", "#5b6675", "#b3261e", "#1f5fd0"
_WHITE, _PANEL, _PINK, _LIT, _SEEN = "#ffffff", "#f2f4f7", "#fdeceb", "#fff4cc", "#dfe9fb"
# What happens beside the steps with nobody who means harm: drawn only where it has happened.
BESIDE = ON_THE_WAY | BY_THE_BROWSER
# What an attacker reads without changing a thing: such acts share one hexagon in each state.
_READS = frozenset(
    (
        Act.READ_STORAGE,
        Act.READ_APP,
        Act.READ_API_REQUEST,
        Act.READ_REQUEST,
        Act.READ_RESPONSE,
        Act.READ_WEB_VIEW,
    )
)


@dataclass(frozen=True, slots=True)
class Transition:
    """One entry of the table."""

    before: State
    act: Act
    outcome: Outcome
    after: State

    @property
    def words(self) -> str:
        return f"{self.act.phrase}, {self.outcome.phrase}: {self.before.phrase} → {self.after.phrase}"


def transitions(role: Role, beside: Collection[Act] = BESIDE) -> tuple[Transition, ...]:
    """Return every entry of the transition table for this role, in its order; of the acts beside the steps only these."""
    wanted = BESIDE if role is Role.COPY else beside
    return tuple(
        Transition(before, act, outcome, after)
        for before, row in TRANSITIONS[role].items()
        for act, outcomes in row.items()
        if act not in BESIDE or act in wanted
        for outcome, after in outcomes.items()
        if wanted or outcome is not Outcome.JOINED
    )


def states(role: Role, beside: Collection[Act] = BESIDE) -> tuple[State, ...]:
    """Every state of this role; those that only acts beside the steps bring about, only where these are among them."""
    left_out = {one.after for one in transitions(role)} - {one.after for one in transitions(role, beside)}
    return tuple(state for state in TRANSITIONS[role] if state not in left_out)


def state_machine_dot(
    role: Role, at: State | None = None, visited: Sequence[State] = (), beside: Collection[Act] = ()
) -> str:
    """Return the DOT text of the state machine of this role, for the engine `dot`.

    `at` is lit. `visited` are the states before it in the order of the run; they and the way through them are marked.
    What the network does, a server that is not atomic, and a browser of its own accord, is drawn where `on_the_way` says
    so; for copies of requests always.
    """
    spine = _spine(role)
    walked = set(pairwise((*visited, *([at] if at else []))))
    dot = graphviz.Digraph(f"States of a {role.phrase}")
    dot.attr("graph", nodesep="0.22", ranksep="0.26", pad="0.1", bgcolor=_WHITE)
    dot.attr("node", fontname=SANS, fontsize="14", fixedsize="true", style="filled")
    dot.attr("edge", fontname=SANS, fontsize="13", arrowsize="0.8", color=_INK, fontcolor=_INK)
    for state in states(role, beside):
        row = TRANSITIONS[role][state]
        _draw_state(dot, state, ends=not row, on_spine=state in spine, lit=state == at, seen=state in visited)
    shown = transitions(role, beside)
    attacks = [one for one in shown if one.act in ATTACKER_ACTS]
    for state in dict.fromkeys(attack.before for attack in attacks):
        _draw_attacks(dot, [attack for attack in attacks if attack.before == state], walked)
    for step in _from_left_to_right(shown, spine):
        on_spine = {step.before, step.after} <= {*spine} and step.outcome is Outcome.OK and step.act not in BESIDE
        _draw_step(dot, step, on_spine=on_spine, walked=(step.before, step.after) in walked)
    text: str = dot.source
    return text


def _spine(role: Role) -> tuple[State, ...]:
    """The states of a run in which all goes well, from the start to the end."""
    spine = [next(iter(TRANSITIONS[role]))]
    while onward := [
        outcomes[Outcome.OK]
        for outcomes in TRANSITIONS[role][spine[-1]].values()
        if outcomes.get(Outcome.OK, spine[-1]) not in spine
    ]:
        spine.append(onward[0])
    return tuple(spine)


def _from_left_to_right(shown: tuple[Transition, ...], spine: tuple[State, ...]) -> list[Transition]:
    """The numbered steps: the spine first, and exits that many states share last, so that few lines cross."""
    shared = Counter(one.after for one in shown if one.before != one.after)
    steps = [one for one in shown if one.act not in ATTACKER_ACTS]
    return sorted(steps, key=lambda one: (one.after not in spine, shared[one.after]))


def _draw_state(dot: graphviz.Digraph, state: State, *, ends: bool, on_spine: bool, lit: bool, seen: bool) -> None:
    flags = {"terminal": ends, "now": lit, "seen": seen}
    attributes = {
        "class": " ".join(["state", *(name for name, on in flags.items() if on)]),
        "tooltip": inert_tooltip(state.phrase),
        "fillcolor": _LIT if lit else _SEEN if seen else _PANEL if on_spine else _WHITE,
        "color": _INK if on_spine else _SOFT,
        "fontcolor": _INK,
        "fontname": BOLD if lit or on_spine else SANS,
        "penwidth": "3" if lit else "1.5" if on_spine else "1.2",
    }
    if ends and not on_spine:
        attributes |= {"shape": "octagon", "color": _RED, "fontcolor": _RED}
    else:
        attributes |= {"shape": "box", "style": "filled,rounded", "peripheries": "2" if ends else "1"}
    if on_spine:
        attributes |= {"group": "spine"}
    draw_box(dot, _id(state), textwrap.wrap(state.phrase, 20), attributes)


def _draw_step(dot: graphviz.Digraph, step: Transition, *, on_spine: bool, walked: bool) -> None:
    well = step.outcome is Outcome.OK
    name = step_name(step.act.step) if step.act.step else step.act.phrase
    label = name if well else f"{name}: {step.outcome.phrase}"
    attributes = {
        "class": f"act step-{step.act.step}" + ("" if well else " exit"),
        "tooltip": inert_tooltip(step.words),
        "color": _BLUE if walked else _INK if well else _RED,
        "fontcolor": _INK if well else _RED,
        "penwidth": "3.2" if walked else "1.8" if on_spine else "1.2",
    }
    if on_spine:
        attributes |= {"weight": "100", "fontname": BOLD, "fontsize": "15"}
    dot.edge(_id(step.before), _id(step.after), lines_of(textwrap.wrap(label, 14), margin="  "), **attributes)


def _draw_attacks(dot: graphviz.Digraph, attacks: list[Transition], walked: set[tuple[State, State]]) -> None:
    """One hexagon for all that an attacker can do in a state without changing it, and one for each act that does."""
    listening = [one for one in attacks if one.act in _READS]
    for group in [listening, *([attack] for attack in attacks if attack not in listening)]:
        if not group:
            continue
        before, after = _id(group[0].before), _id(group[0].after)
        taken = (group[0].before, group[0].after) in walked
        name = f"{before}_{group[0].act.value}"
        drawn = {"class": "act attack", "tooltip": inert_tooltip("; ".join(attack.words for attack in group))}
        line = drawn | {
            "color": _BLUE if taken else _RED,
            "style": "dashed",
            "penwidth": "3.2" if taken else "1.4",
        }
        text = textwrap.wrap(_in_one_phrase([attack.act.phrase for attack in group]), 22)
        look = {"shape": "hexagon", "color": _RED, "fillcolor": _PINK, "fontcolor": _RED}
        draw_box(dot, name, text, drawn | look)
        if before == after:
            with dot.subgraph() as row:
                row.attr(rank="same")
                row.edge(name, before, dir="both", **line)
        else:
            dot.edge(before, name, **line)
            dot.edge(name, after, **line)


def _in_one_phrase(phrases: list[str]) -> str:
    """Say only once what all begin with: `read the authorization request or response`."""
    words = [phrase.split() for phrase in phrases]
    shared = 0
    while len(words) > 1 and all(words[0][: shared + 1] == others[: shared + 1] != others for others in words):
        shared += 1
    return " ".join([*words[0][:shared], " or ".join(" ".join(own[shared:]) for own in words)])


def _id(state: State) -> str:
    return state.value
