"""The front page: a login to step through at once, what this is in one sentence, the lessons, and what else there is."""

from collections.abc import Iterable
from html import escape

from flowsim.front_end.class_folder.folder import LEARNERS, TRAINERS
from flowsim.front_end.class_folder.pages import Link
from flowsim.front_end.site import shell
from flowsim.front_end.site.links import CLASS, Links
from flowsim.front_end.site.repository import binder
from flowsim.front_end.site.stored import Part
from flowsim.lessons.course import LESSONS, Lesson, parts

TITLE = "OAuth 2.0 with PKCE, one message at a time"
ABOUT = (
    "A laboratory bench for the Authorization Code Flow: step through a login, look at every message, every check and "
    "everybody’s secrets, then put an attacker on the wire."
)
_FOLDER: Link = (
    "index.html",
    "The folder of a class",
    "All of this for one class, in one folder that needs no network.",
)
_READ = "<b>Read</b> opens a lesson as a page in which every player steps."
_RUN = "<b>Run</b> opens the same lesson with Python in your own browser: nothing is installed, and no server is asked."
_BINDER = "<b>Run</b> opens the same lesson on a server of Binder’s, which takes a while to start."


def front_page(links: Links, player: Part) -> str:
    """The HTML text of the page, with this player at its top."""
    first = LESSONS[0]
    ways = [f'<a class="go" href="{links.read(first)}">Start with lesson 00</a>', _run(first, links, "or run it")]
    body = f"""<main id="main" tabindex="-1">
<div class="hero"><h1>{TITLE}</h1>
<p>{ABOUT}</p>
<p class="ways">{" ".join(filter(None, ways))}</p></div>
{shell.place_of(player, 0, level=1)}
<section id="lessons" aria-labelledby="lessons-heading"><h2 id="lessons-heading">The lessons</h2>
<p class="lead">{_lead(links)}</p>
{"".join(_part(name, lessons, links) for name, lessons in parts())}</section>
<section aria-labelledby="more-heading"><h2 id="more-heading">Also here</h2>
<h3>For everybody</h3>
<ul class="cards">{_cards(LEARNERS, links)}</ul>
<h3>For the trainer</h3>
<ul class="cards">{_cards((_FOLDER, *TRAINERS), links)}</ul></section>
</main>
{_foot(links)}"""
    return shell.page(f"flowsim: {TITLE}", body, links, about=ABOUT, kind="front", parts=[player])


def _run(lesson: Lesson, links: Links, words: str) -> str:
    address = links.running(lesson.name) or binder(links.repository, lesson.name)
    named = f' aria-label="Run lesson {lesson.number:02}"' if words == "Run" else ""
    return f'<a href="{escape(address)}"{named}>{words}</a>' if address else ""


def _lead(links: Links) -> str:
    runs = _RUN if links.run else _BINDER if binder(links.repository, LESSONS[0].name) else ""
    return f"{_READ} {runs}".strip()


def _part(name: str, lessons: Iterable[Lesson], links: Links) -> str:
    rows = "".join(_row(one, links) for one in lessons)
    return f'<h3>{escape(name)}</h3>\n<ol class="lessons">\n{rows}</ol>\n'


def _row(one: Lesson, links: Links) -> str:
    page = links.read(one)
    read = f'<a href="{page}" aria-label="Read lesson {one.number:02}">Read</a>'
    # Only what runs in the reader's browser lacks anything; Binder's server does not.
    lacks = (
        f"<p>In your own browser, {escape(one.in_a_browser.replace('`', ''))}</p>"
        if one.in_a_browser and links.run
        else ""
    )
    return (
        f'<li><span class="number">{one.number:02}</span><div><a class="title" href="{page}">{escape(one.title)}</a>'
        f'<p>{escape(one.question)}</p>{lacks}</div><span class="minutes">{one.minutes} minutes</span>'
        f'<span class="open">{read}{_run(one, links, "Run")}</span></li>\n'
    )


def _cards(cards: Iterable[Link], links: Links) -> str:
    return "".join(
        f'<li><a href="{links.to(f"{CLASS}/{file}")}"><b>{escape(name)}</b><span>{escape(about)}</span></a></li>'
        for file, name, about in cards
    )


def _foot(links: Links) -> str:
    ways = []
    if links.repository:
        ways.append(f'<a href="{escape(links.repository)}">The repository</a>')
        if on_binder := binder(links.repository, LESSONS[0].name):
            ways.append(f'<a href="{escape(on_binder)}">Open it on Binder</a>')
    said = "Every message, hash, signature and verdict here was computed by running code. Nothing is loaded from elsewhere."
    known = f"<p>{' · '.join(ways)}</p>" if ways else ""
    return f"<footer><p>{said}</p>{known}</footer>"
