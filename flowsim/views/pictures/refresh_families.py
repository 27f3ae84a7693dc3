"""The family tree of refresh tokens: which token was exchanged for which, by whom and when, and what ended the family.

It is read off the events alone. A box is a refresh token, an arrow is an exchange. Where a token came that was not good
any more, a hexagon or an octagon says who sent it, and what the server answered.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import graphviz

from flowsim.attacks.toolkit import REUSE
from flowsim.model.check import CheckResult
from flowsim.model.states import Act
from flowsim.model.steps import ATTACKER, LANES
from flowsim.model.timeline import roughly
from flowsim.model.world import Event, World
from flowsim.protocol.messages import Request, single
from flowsim.simulation.simulation import Trace
from flowsim.views.pictures.boxes import draw_box, lines_of
from flowsim.views.pictures.picture import Picture
from flowsim.views.pictures.svg import SANS, inert_tooltip, svg

_INK, _RED, _PANEL, _PINK, _GREY = "#1c2430", "#b3261e", "#f2f3f5", "#fdecec", "#5b6675"
_NAMES = dict(LANES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A refresh token that was sent: by whom, after how many seconds, and what came of it: a new one, or a refusal."""

    token: str
    sender: str
    seconds: int
    answer: str | None
    refused_by: CheckResult | None


@dataclass(frozen=True, slots=True)
class Family:
    """The tokens in the order in which they were issued, `RT 1` first, with their state at the end, and every use."""

    tokens: tuple[str, ...]
    states: tuple[str, ...]
    uses: tuple[Use, ...]

    def name(self, token: str) -> str:
        return f"RT {self.tokens.index(token) + 1}" if token in self.tokens else "an unknown token"


def family(trace: Trace) -> Family:
    """The refresh tokens of this trace, and how they were used."""
    made = (made.value for event in trace.events for made in event.made if made.kind == "refresh_token")
    tokens = tuple(dict.fromkeys(made))
    return Family(tokens, tuple(_state(trace.worlds[-1], token) for token in tokens), tuple(_uses(trace)))


def _state(world: World, token: str) -> str:
    """What the server says of this token at the end."""
    record = next(server.refresh_tokens[token] for server in world.servers.values() if token in server.refresh_tokens)
    if record.revoked:
        return "revoked"
    if record.rotated is not None:
        return "used"
    return "still good" if world.now < min(record.idle_until, record.expires) else "too old"


def family_tree(trace: Trace) -> Picture:
    """The refresh tokens of this trace that go back to one code, each from the one before it, as a picture and in words.

    Raises DrawingError where no Graphviz is there to draw with.
    """
    told = family(trace)
    return Picture(svg(family_dot(told), "dot"), "\n".join(_words(told)))


def family_dot(told: Family) -> str:
    """The DOT text of the family tree, for the engine `dot`."""
    dot = graphviz.Digraph("Family tree of the refresh tokens")
    dot.attr("graph", rankdir="LR", nodesep="0.3", ranksep="0.5", pad="0.1", bgcolor="#ffffff")
    dot.attr("node", fontname=SANS, fontsize="14", fixedsize="true", style="filled,rounded")
    dot.attr("edge", fontname=SANS, fontsize="13", arrowsize="0.8")
    for number, (token, state) in enumerate(zip(told.tokens, told.states, strict=True), start=1):
        good = state == "still good"
        look = {"shape": "box", "color": _INK if good else _GREY, "fontcolor": _INK if good else _GREY}
        about = {"class": f"token token-{number}", "fillcolor": _PANEL, "tooltip": inert_tooltip(token)}
        draw_box(dot, f"token_{number}", [f"RT {number}", state], look | about)
    names = {token: f"token_{number}" for number, token in enumerate(told.tokens, start=1)}
    for number, use in enumerate(told.uses, start=1):
        stolen = use.sender == ATTACKER
        ink = _RED if stolen else _INK
        look = {"color": ink, "fontcolor": ink, "style": "dashed" if stolen else "solid", "penwidth": "1.6"}
        about = {
            "class": f"use use-{number}{' attack' if stolen else ''}",
            "tooltip": inert_tooltip(_sentence(told, use)),
        }
        target = names.get(use.answer or "") if use.answer != use.token else None
        if target is None:
            target = f"end_{number}"
            refused = {"shape": "octagon", "fillcolor": _PINK, "color": _RED, "fontcolor": _RED}
            accepted = {"shape": "box", "fillcolor": "#ffffff", "color": _INK, "fontcolor": _INK}
            draw_box(dot, target, _end(use), refused if use.refused_by else accepted)
        label = [f"{number}. {_NAMES[use.sender]}", *([_after(use.seconds)] if use.seconds else [])]
        dot.edge(names.get(use.token, target), target, lines_of(label, margin="  "), **look, **about)
    text: str = dot.source
    return text


def _uses(trace: Trace) -> Iterator[Use]:
    start = trace.events[0].now if trace.events else 0
    sent: dict[str, tuple[str, Event]] = {}
    for event in trace.events:
        if event.act is Act.STEP_R1:
            token = _refresh_token(event)
            if token is not None:
                sent[event.run] = (token, event)
        if event.act is Act.STEP_R2 and event.run in sent:
            token, asked = sent[event.run]
            fresh = next((made.value for made in event.made if made.kind == "refresh_token"), None)
            failed = next((result for result in event.checks if result.decides), None)
            same = None if failed else token
            yield Use(
                token=token,
                sender=asked.sender,
                seconds=event.now - start,
                answer=fresh or same,
                refused_by=failed,
            )


def _refresh_token(event: Event) -> str | None:
    messages = (sent.message for sent in event.messages)
    forms = (message.form for message in messages if isinstance(message, Request))
    return next((token for form in forms if (token := single(form, "refresh_token"))), None)


def _end(use: Use) -> list[str]:
    if use.refused_by is None:
        return ["accepted,", "and it stays good"]
    if use.refused_by.check.id == REUSE:
        return ["came a second time:", "the family ends"]
    return ["refused:", use.refused_by.check.on_failure.slug]


def _after(seconds: int) -> str:
    return f"after {roughly(seconds)}" if seconds else "at once"


def _words(told: Family) -> Iterator[str]:
    if not told.tokens:
        yield "No refresh token was issued."
        return
    yield f"The login ends with {told.name(told.tokens[0])}."
    for use in told.uses:
        yield _sentence(told, use)


def _sentence(told: Family, use: Use) -> str:
    who, when, name = _NAMES[use.sender], _after(use.seconds), told.name(use.token)
    if use.refused_by is not None and use.refused_by.check.id == REUSE:
        return f"{who} sends {name} {when}, a second time: refused, and the whole family ends."
    if use.refused_by is not None:
        return f"{who} sends {name} {when}: refused, because this does not hold: {use.refused_by.check.title}."
    if use.answer == use.token:
        return f"{who} sends {name} {when}: accepted, and it stays good."
    return f"{who} exchanges {name} for {told.name(use.answer or '')} {when}."
