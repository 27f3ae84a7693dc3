"""One question in a page, with what is hidden until it is answered; in a notebook it stands in a frame of its own."""

import json
from dataclasses import asdict
from html import escape

from flowsim.front_end.bundle import STATIC, bundle, head, inert, style
from flowsim.front_end.page import framed
from flowsim.views.text.question import Question

QUESTION_STYLES = (STATIC / "player.css", STATIC / "prediction.css")
_PAGE = """{head}<body class="fs-page">
<div id="question"></div>
<script type="application/json" id="asked">{data}</script>
<script type="module">
{script}
</script>
</body>
</html>
"""
_LINE, _FRAME, _PICTURE = 21, 190, 480  # pixels: a line of text; the question and its outcome; a drawing
_COLUMNS = 90  # characters of a line in a notebook


def asked_json(asked: Question) -> dict[str, object]:
    """What the front end shows: the question, and the HTML below it."""
    told = asdict(asked)
    return {"shown": told.pop("hidden"), "question": told}


def question_frame(asked: Question) -> str:
    """The question as an element to stand in another page, as tall as what it hides needs."""
    data = inert(json.dumps(asked_json(asked), ensure_ascii=False))
    text = _PAGE.format(
        head=head(f"flowsim: {escape(asked.question)}", style(*QUESTION_STYLES)),
        data=data,
        script=bundle(STATIC / "question_page.js"),
    )
    drawn = _PICTURE if "<svg" in asked.hidden else 0
    lines = sum(1 + len(line) // _COLUMNS for line in asked.hidden.splitlines()) if "<pre" in asked.hidden else 0
    lines += 2 * asked.hidden.count("<tr")
    return framed(text, title="A prediction", height=_FRAME + min(700, drawn + _LINE * lines))
