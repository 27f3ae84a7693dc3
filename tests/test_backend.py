"""A backend for the frontend acts for its own page, and for nobody else where its defences are in place."""

import pytest

from flowsim.analysis.counterexamples.edits import played
from flowsim.lessons.backend import CROSS_SITE, OWN_PAGE, SAME_SITE, SUBDOMAIN, TRIED, Backend, table
from flowsim.model.scenario import ScenarioError
from flowsim.protocol.cookies import same_site

WEB = played(client="web")


@pytest.mark.parametrize("marked", SAME_SITE)
@pytest.mark.parametrize("wants_header", [True, False])
def test_the_page_itself_gets_its_data(marked: str, wants_header: bool) -> None:
    own = Backend(trace=WEB, same_site=marked, wants_header=wants_header)  # type: ignore[arg-type]
    tried = own.attempt(OWN_PAGE, "fetch with the header")
    assert (tried.cookie, tried.acted, tried.read, tried.why) == (True, True, True, "")


@pytest.mark.parametrize("marked", SAME_SITE)
@pytest.mark.parametrize(("place", "how"), TRIED[1:])
def test_with_the_header_nobody_else_is_served_however_the_cookie_is_marked(marked: str, place: str, how: str) -> None:
    tried = Backend(trace=WEB, same_site=marked).attempt(place, how)  # type: ignore[arg-type]
    assert not tried.acted
    assert tried.why


@pytest.mark.parametrize(
    ("marked", "place", "how", "acts"),
    [
        ("None", CROSS_SITE, "form", True),
        ("Lax", CROSS_SITE, "form", False),
        ("Strict", CROSS_SITE, "form", False),
        ("Lax", CROSS_SITE, "link", True),
        ("Strict", CROSS_SITE, "link", False),
        ("Strict", SUBDOMAIN, "form", True),
        ("Strict", SUBDOMAIN, "fetch", True),
        ("Strict", SUBDOMAIN, "fetch with the header", False),
    ],
)
def test_the_cookies_mark_alone_leaves_the_site_itself_open(marked: str, place: str, how: str, acts: bool) -> None:
    tried = Backend(trace=WEB, same_site=marked, wants_header=False).attempt(place, how)  # type: ignore[arg-type]
    assert (tried.acted, tried.read) == (acts, False)


def test_a_server_that_answers_every_preflight_has_given_the_header_away() -> None:
    lax = Backend(trace=WEB, answers=("https://blog.web.example",))
    assert lax.attempt(SUBDOMAIN, "fetch with the header").acted


def test_what_is_one_site() -> None:
    assert same_site("https://blog.web.example", "https://web.example")
    assert not same_site("http://web.example", "https://web.example")
    assert not same_site("https://web.example", "https://other.example")


def test_the_table_says_for_each_request_what_stopped_it() -> None:
    rows = table(none=Backend(trace=WEB, same_site="None", wants_header=False), all=Backend(trace=WEB)).rows
    assert [row[0] for row in rows] == [f"{place}, {how}" for place, how in TRIED]
    assert [row[2].startswith("✗") for row in rows] == [False] * len(TRIED)
    assert [row[1].startswith("✗") for row in rows] == [False, True, True, False, True, False]


def test_a_backend_needs_a_website_that_holds_tokens() -> None:
    for trace in (played(client="spa"), played(client="web", user="denies")):
        with pytest.raises(ScenarioError, match="expected a run with client='web'"):
            Backend(trace=trace)
    with pytest.raises(ScenarioError, match="did you mean Strict"):
        Backend(trace=WEB, same_site="strict")  # type: ignore[arg-type]
