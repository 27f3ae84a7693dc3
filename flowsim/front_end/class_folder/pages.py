"""The pages of a class that hold no player: the front page, both forms of the test, their key, and the trainer's guide."""

from collections.abc import Iterable
from html import escape

from markdown_it import MarkdownIt

from flowsim.front_end.bundle import STATIC, head, style
from flowsim.front_end.class_folder.guide import class_runs, guide
from flowsim.lessons.class_test import Form, Question, forms
from flowsim.model.steps import clause_url
from flowsim.simulation.simulation import Simulation

UNSURE = "I do not know"
_BOX = "☐"
Link = tuple[str, str, str]  # a file, what it is called, and what it is for


def page(title: str, body: str, *, kind: str = "", script: str = "") -> str:
    """A page that stands alone, in the look of the class."""
    code = f'<script type="module">\n{script}\n</script>\n' if script else ""
    return f'{head(escape(title), style(STATIC / "class.css"))}<body class="{kind}">\n{body}\n{code}</body>\n</html>\n'


def front_page(learners: Iterable[Link], trainers: Iterable[Link]) -> str:
    """The first page of the folder: what came of the runs, and a link to each page, for the class and for the trainer."""
    _, refused, _, stolen = class_runs()
    tiles = "".join(map(_tile, (stolen, refused)))
    body = (
        '<header class="hero"><p class="over">The Authorization Code Flow with PKCE</p>'
        "<h1>One login, one theft, one defence</h1>"
        "<p>Step through a login, message by message. Then let somebody steal the code, and see what it is worth. Every "
        "outcome on these pages was computed by a run, and none of them needs a network.</p></header>"
        f'<main><div class="tiles">{tiles}</div>'
        f'<section><h2>For everybody</h2><ul class="cards">{_cards(learners)}</ul></section>'
        f'<section><h2>For the trainer</h2><ul class="cards small">{_cards(trainers)}</ul></section></main>'
    )
    return page("One login, one theft, one defence", body, kind="front")


def guide_page() -> str:
    """The trainer's guide."""
    text = MarkdownIt("commonmark", {"html": False}).enable("table").render(guide())
    return page("Trainer's guide", f"{_BACK}<main>{text}</main>", kind="guide")


def test_page(form: Form) -> str:
    """One form of the test, to be printed: a place for the name, and boxes to tick."""
    items = "".join(_asked(question) for question in form.questions)
    body = (
        f'{_BACK}<main><h1>Test {form.name}</h1><p class="name"><span>Name</span><span>Date</span></p>'
        f"<p>Tick one box for each. Whoever does not know says so; that is better than a guess.</p><ol>{items}</ol></main>"
    )
    return page(f"Test {form.name}", body, kind="test")


def key_page() -> str:
    """The answers to both forms, each with the run that decides it and its clause."""
    parts = "".join(map(_key, forms()))
    lead = "For the trainer. Every answer was decided by a run when this page was written."
    return page("Answer key", f"{_BACK}<main><h1>Answer key</h1><p>{lead}</p>{parts}</main>", kind="test")


_BACK = '<nav><a href="index.html">All pages of this class</a></nav>'


def _tile(run: Simulation) -> str:
    verdict = run.run().verdict
    mark, look = ("✗", "lost") if verdict.attack_succeeded else ("✓", "held")
    told = f"<div><h3>{escape(run.title)}</h3><p>{escape(verdict.sentence)}</p></div>"
    return f'<div class="tile {look}"><b aria-hidden="true">{mark}</b>{told}</div>'


def _cards(links: Iterable[Link]) -> str:
    return "".join(
        f'<li><a href="{escape(file)}"><b>{escape(name)}</b><span>{escape(about)}</span></a></li>'
        for file, name, about in links
    )


def _key(form: Form) -> str:
    return f"<section><h2>Test {form.name}</h2><ol>{''.join(map(_answered, form.questions))}</ol></section>"


def _asked(question: Question) -> str:
    boxes = "".join(f"<li>{_BOX} {escape(option)}</li>" for option in (*question.options, UNSURE))
    return f'<li><p>{escape(question.text)}</p><ul class="boxes">{boxes}</ul></li>'


def _answered(question: Question) -> str:
    link = f'<a href="{escape(clause_url(question.clause))}">{escape(question.clause)}</a>'
    said = f"<p><b>{escape(question.answer)}.</b> {escape(question.why)} {link}</p>"
    return f'<li><p class="asked">{escape(question.text)} <small>({escape(question.subject)})</small></p>{said}</li>'
