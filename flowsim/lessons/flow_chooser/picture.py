"""The way from the first question to every flow, drawn from the table of table.py: read it downwards."""

import textwrap

import graphviz

from flowsim.lessons.flow_chooser.table import FLOWS, QUESTIONS
from flowsim.views.pictures.boxes import draw_box, lines_of
from flowsim.views.pictures.picture import Picture
from flowsim.views.pictures.svg import BOLD, SANS, inert_tooltip, svg

_INK, _SOFT, _WHITE, _PANEL, _BLUE = "#1c2430", "#5b6675", "#ffffff", "#f2f4f7", "#1f5fd0"


def flow_picture() -> Picture:
    """All questions, answers and outcomes as a picture; its text tells the same, one answer a line."""
    return Picture(svg(flow_dot(), "dot"), "\n".join(_lines()))


def flow_dot() -> str:
    """The DOT text of that picture, for the engine `dot`."""
    dot = graphviz.Digraph("Which flow")
    dot.attr("graph", nodesep="0.2", ranksep="0.35", pad="0.1", bgcolor=_WHITE)
    dot.attr("node", fontname=SANS, fontsize="14", fixedsize="true", style="filled,rounded", shape="box")
    dot.attr("edge", fontname=SANS, fontsize="13", arrowsize="0.8", color=_INK, fontcolor=_SOFT)
    for question in QUESTIONS.values():
        look = {"shape": "box", "fillcolor": _WHITE, "color": _INK, "fontcolor": _INK, "class": "question"}
        draw_box(dot, question.name, textwrap.wrap(question.text, 24), look)
    for outcome in FLOWS.values():
        look = {"shape": "box", "fillcolor": _PANEL, "color": _BLUE, "fontcolor": _INK, "fontname": BOLD}
        about = {"class": "outcome", "tooltip": inert_tooltip(outcome.text), "penwidth": "2"}
        draw_box(dot, f"to_{outcome.name}", textwrap.wrap(outcome.title, 20), look | about)
    for question in QUESTIONS.values():
        for answer in question.answers:
            target = answer.to if answer.to in QUESTIONS else f"to_{answer.to}"
            label = lines_of(textwrap.wrap(answer.text, 18), margin=" ")
            dot.edge(question.name, target, label, tooltip=inert_tooltip(answer.reason))
    text: str = dot.source
    return text


def _lines() -> list[str]:
    told = []
    for question in QUESTIONS.values():
        told.append(question.text)
        for answer in question.answers:
            target = QUESTIONS[answer.to].text if answer.to in QUESTIONS else FLOWS[answer.to].title
            told.append(f"  {answer.text} → {target}")
    return told
