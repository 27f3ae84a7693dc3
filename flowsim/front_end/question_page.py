"""One question in a page, with what is hidden until it is answered; in a notebook it stands in a frame of its own."""

import json
from dataclasses import asdict
from html import escape

from flowsim.front_end.bundle import STATIC, bundle, style
from flowsim.front_end.packed import packed_page
from flowsim.front_end.page import framed
from flowsim.views.text.question import Question

QUESTION_STYLES = (STATIC / "player.css", STATIC / "prediction.css")
_LINE, _FRAME, _PICTURE = 21, 190, 480  # pixels: a line of text; the question and its outcome; a drawing
_COLUMNS = 90  # characters of a line in a notebook


def asked_json(asked: Question) -> dict[str, object]:
    """What the front end shows: the question, and the HTML below it."""
    told = asdict(asked)
    return {"shown": told.pop("hidden"), "question": told}


def question_frame(asked: Question) -> str:
    """The question as an element to stand in another page, as tall as what it hides needs."""
    text = packed_page(
        f"flowsim: {escape(asked.question)}",
        style=style(*QUESTION_STYLES),
        script=bundle(STATIC / "question_page.js"),
        data=json.dumps(asked_json(asked)),
        data_id="asked",
        body='<div id="question"></div>',
        look="fs-page",
    )
    drawn = _PICTURE if "<svg" in asked.hidden else 0
    lines = sum(1 + len(line) // _COLUMNS for line in asked.hidden.splitlines()) if "<pre" in asked.hidden else 0
    lines += 2 * asked.hidden.count("<tr")
    return framed(text, title="A prediction", height=_FRAME + min(700, drawn + _LINE * lines))
