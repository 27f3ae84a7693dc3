"""Which cookies a browser keeps and sends along, and what becomes of a login by that.

The tables here are written down from RFC 6265bis by hand, and know nothing of the code that they judge.
"""

import json
from itertools import product
from typing import Any

import pytest

from flowsim import Simulation
from flowsim.actors import browser
from flowsim.analysis.counterexamples.edits import world_in
from flowsim.engine.apply import apply
from flowsim.model.states import Act, Role, State
from flowsim.model.transitions import Move
from flowsim.model.world import ATTACKERS_ORIGIN, PLANTED, VICTIM, Browser
from flowsim.protocol.cookies import Mark, cross_site, read, same_site, sent_along, site_of
from flowsim.protocol.messages import (
    Opening,
    Request,
    Response,
    answered_at,
    form_for_another,
    response,
    single,
    with_params,
)
from flowsim.simulation.simulation import Trace
from flowsim.views.formats.har import har
from flowsim.views.formats.replay import differences
from flowsim.views.formats.trace_json import trace_json
from flowsim.views.text.narration import told
from flowsim.views.text.words_of_console import console

FORM = (("Content-Type", "application/x-www-form-urlencoded"),)
SITE, OTHER = "https://web.example", "https://as.example"
MARKED = ("Strict", "Lax", "Default", "None")
# Rows: how the cookie is marked. Columns: a link, a form and a script's request of the own site; then the same three of
# another site; then a page of another site in a frame, by a link and by a form.
SENT = {
    "Strict": "yes yes yes no no no no no",
    "Lax": "yes yes yes yes no no no no",
    "Default": "yes yes yes yes no no no no",
    "None": "yes yes yes yes yes yes yes yes",
}
COLUMNS = (
    ("GET", False, False),
    ("POST", False, False),
    ("POST", False, True),
    ("GET", True, False),
    ("POST", True, False),
    ("POST", True, True),
    ("GET", True, True),
    ("POST", True, True),
)


@pytest.mark.parametrize("marked", MARKED)
def test_a_cookie_goes_along_where_its_mark_lets_it(marked: Any) -> None:
    found = [sent_along(Mark(marked), how, cross=cross, framed=framed) for how, cross, framed in COLUMNS]
    assert " ".join("yes" if one else "no" for one in found) == SENT[marked]


@pytest.mark.parametrize(("age", "goes"), [(0, True), (120, True), (121, False)])
def test_a_new_cookie_without_a_mark_goes_with_a_form_where_the_browser_does_so(age: int, goes: bool) -> None:
    def sent(marked: Any, *, posts_new: bool, framed: bool = False) -> bool:
        return sent_along(Mark(marked, 1000), "POST", cross=True, framed=framed, now=1000 + age, posts_new=posts_new)

    assert sent("Default", posts_new=True) is goes
    assert not sent("Default", posts_new=False)
    assert not sent("Default", posts_new=True, framed=True)
    assert not sent("Lax", posts_new=True)
    assert not sent("Strict", posts_new=True)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://web.example", "https://web.example/callback?code=1", True),
        ("https://blog.web.example", "https://web.example", True),
        ("https://WEB.example:8443", "https://web.example", True),
        ("http://web.example", "https://web.example", False),
        ("https://web.example", "https://as.example", False),
        ("http://127.0.0.1:51004", "http://127.0.0.1:8000", True),
        ("http://10.0.0.1", "http://127.0.0.1", False),
        ("http://[::1]:80", "http://[::2]", False),
        ("com.example.app:/callback", "com.example.news:/callback", False),
        ("http://localhost", "http://127.0.0.1", False),
    ],
)
def test_a_site_is_a_scheme_and_a_name_that_can_be_registered(one: str, other: str, same: bool) -> None:
    assert same_site(one, other) is same_site(other, one) is same
    assert (site_of(one) == site_of(other)) is same


def test_who_began_a_request_and_the_page_around_it_make_it_cross_site() -> None:
    assert not cross_site(SITE, "")
    assert not cross_site(SITE, "https://blog.web.example/page", "https://web.example")
    assert cross_site(SITE, OTHER)
    assert cross_site(SITE, "", OTHER)
    assert cross_site(SITE, SITE, OTHER)


@pytest.mark.parametrize(
    ("header", "name", "value", "marked", "secure", "over"),
    [
        ("a=b", "a", "b", "Default", False, False),
        ("__Host-a=b=c; Path=/; Secure; HttpOnly; SameSite=Lax", "__Host-a", "b=c", "Lax", True, False),
        ("a=; samesite=NONE;secure", "a", "", "None", True, False),
        ("a=b; SameSite=strict; Max-Age=0", "a", "b", "Strict", False, True),
        ("a=b; SameSite=Odd; Max-Age=-5", "a", "b", "Default", False, True),
        ("a=b; SameSite; Max-Age=10", "a", "b", "Default", False, False),
        ("lonely", "lonely", "", "Default", False, False),
    ],
)
def test_a_set_cookie_header_is_read(header: str, name: str, value: str, marked: str, secure: bool, over: bool) -> None:
    cookie = read(header)
    assert (cookie.name, cookie.value, cookie.same_site, cookie.secure, cookie.over) == (
        name,
        value,
        marked,
        secure,
        over,
    )


# ---- The browser


def answer(*cookies: str) -> Response:
    return Response(status=200, headers=tuple(("Set-Cookie", one) for one in cookies), body="")


def test_a_browser_keeps_what_fills_the_window_and_of_another_sites_frame_what_is_marked_for_it() -> None:
    every = [f"{marked}=1; SameSite={marked}; Secure" for marked in MARKED]
    device = browser.keep_cookies(Browser(owner=VICTIM), SITE, answer(*every), initiator=OTHER)
    assert set(device.cookies[SITE]) == set(MARKED)
    device = browser.keep_cookies(Browser(owner=VICTIM), SITE, answer(*every), top=OTHER)
    assert set(device.cookies.get(SITE, ())) == {"None"}
    device = browser.keep_cookies(Browser(owner=VICTIM), SITE, answer("None=1; SameSite=None"))
    assert not device.cookies.get(SITE)


def test_a_cookie_is_as_old_as_the_one_whose_place_it_takes() -> None:
    device = browser.keep_cookies(Browser(owner=VICTIM), SITE, answer("a=1"), now=100)
    device = browser.keep_cookies(device, SITE, answer("a=2"), now=500)
    assert (device.cookies[SITE]["a"], device.marks[SITE]["a"].created) == ("2", 100)
    device = browser.keep_cookies(device, SITE, answer("a=2; Max-Age=0"), now=600)
    assert not device.cookies[SITE]
    assert not device.marks[SITE]
    device = browser.keep_cookies(device, SITE, answer("a=3"), now=700)
    assert device.marks[SITE]["a"].created == 700


# What a frame of the server's page in a page of the app has of the cookies that the server has set before in a tab, and
# what it has of those that it sets itself.
THIRD = {"allowed": ({"old", "new"}, True), "blocked": (set(), False), "partitioned": ({"new"}, False)}


@pytest.mark.parametrize("rule", THIRD)
def test_a_frame_of_another_site_has_the_cookies_that_the_browser_lets_it_have(rule: Any) -> None:
    page = "https://spa.example/"
    device = Browser(owner=VICTIM, third_party=rule)
    device = browser.keep_cookies(device, OTHER, answer("old=1; SameSite=None; Secure", "lax=1; SameSite=Lax"))
    device = browser.keep_cookies(device, OTHER, answer("new=1; SameSite=None; Secure"), top=page)
    here, in_tab = THIRD[rule]
    assert set(browser.open_url(device, OTHER, top=page)[1].cookies) == here
    assert ("new" in browser.open_url(device, OTHER)[1].cookies) is in_tab
    elsewhere = browser.open_url(device, OTHER, top="https://news.example")[1].cookies
    assert set(elsewhere) == (here if rule == "allowed" else set())
    assert {"old", "lax"} <= set(browser.open_url(device, OTHER)[1].cookies)


def test_a_frame_of_the_same_site_is_no_third_party() -> None:
    device = browser.keep_cookies(Browser(owner=VICTIM, third_party="blocked"), SITE, answer("a=1; SameSite=Strict"))
    assert browser.open_url(device, SITE, top="https://blog.web.example")[1].cookies == {"a": "1"}


# ---- The login of a website

# How the cookie is marked, to what comes of the login: after a page of the server (303), where the server asks nothing and
# sends the browser on at once, after a 307, and where the answer is posted.
WORKS = {
    "strict": (False, True, False, False),
    "lax": (True, True, False, False),
    "missing": (True, True, False, False),
    "none": (True, True, True, True),
}
WAYS: tuple[dict[str, Any], ...] = (
    {},
    {"remembered": "consent"},
    {"redirect_status": 307},
    {"response_mode": "form_post"},
)


def played(**settings: Any) -> Trace:
    return Simulation(**{"seed": 7, "client": "web", **settings}).run()


def refused_for_want_of_a_cookie(trace: Trace) -> bool:
    last = trace.events[-1]
    decided = [one.check.id for one in last.checks if one.decides]
    return (last.after, decided) == (State.REDIRECT_REFUSED, ["callback.transaction_exists"])


@pytest.mark.parametrize(("marked", "way"), list(product(WORKS, range(len(WAYS)))))
def test_a_login_works_where_the_cookie_comes_back_with_the_answer(marked: str, way: int) -> None:
    trace = played(cookie_same_site=marked, **WAYS[way])
    if WORKS[marked][way]:
        assert trace.events[-1].after is State.DONE
    else:
        assert refused_for_want_of_a_cookie(trace)


@pytest.mark.parametrize(("wait", "works"), [("after 4: 2m", True), ("after 4: 121s", False), ("after 6: 2m", True)])
def test_an_unmarked_cookie_goes_with_a_form_for_two_minutes_in_a_browser_that_does_so(wait: str, works: bool) -> None:
    settings = {"cookie_same_site": "missing", "response_mode": "form_post", "posts_new_cookies": True}
    trace = played(**settings, later=wait, code_lifetime=600)
    assert (trace.events[-1].after is State.DONE) is works
    assert works or refused_for_want_of_a_cookie(trace)


@pytest.mark.parametrize("marked", ["strict", "lax", "missing", "none"])
def test_without_tls_no_browser_keeps_a_cookie_for_other_sites(marked: str) -> None:
    there = {"cleartext": "app", "without": frozenset({"authorize.redirect_uri_encrypted"})}
    trace = played(cookie_same_site=marked, **there)
    assert (trace.events[-1].after is State.DONE) is (marked in ("lax", "missing"))


@pytest.mark.parametrize("client", ["native-scheme", "native-https", "native-loopback", "spa"])
def test_only_a_website_asks_for_a_posted_answer(client: str) -> None:
    trace = played(client=client, response_mode="form_post")
    assert trace.events[-1].after is State.DONE
    asked = [one.message for e in trace.events for one in e.messages if isinstance(one.message, Request)]
    assert not any(single(one.query, "response_mode") for one in asked)


@pytest.mark.parametrize(
    "more", [{}, {"user": "denies"}, {"par": "required"}, {"remembered": "consent"}, {"scope": "no such scope"}]
)
def test_a_posted_answer_says_in_its_form_what_a_redirect_says_in_its_address(more: dict[str, Any]) -> None:
    def brought(**settings: Any) -> dict[str, str]:
        trace = played(cookie_same_site="none", **settings, **more)
        world = next(world for world in trace.worlds if world.log and world.log[-1].act is Act.STEP_6)
        flying = world.runs[VICTIM].in_flight
        assert flying is not None
        assert isinstance(flying.message, Request)
        return dict(query_or_form(flying.message))

    posted, sent = brought(response_mode="form_post"), brought()
    assert posted == sent
    assert ("code" in posted) is not ("error" in posted)


def query_or_form(message: Request) -> tuple[tuple[str, str], ...]:
    assert bool(message.query) is not bool(message.form)
    return message.query or message.form


def test_a_posted_answer_stands_in_no_address_and_names_no_origin() -> None:
    trace = played(cookie_same_site="none", response_mode="form_post")
    (code,) = {one.value for event in trace.events for one in event.made if one.kind == "code"}
    requests = [sent.message for event in trace.events for sent in event.messages if isinstance(sent.message, Request)]
    assert not any(code in one.url for one in requests)
    (posted,) = [one for one in requests if one.url == "https://web.example/callback"]
    assert (posted.method, posted.header("origin"), posted.header("referer")) == ("POST", "null", None)


def test_a_form_that_comes_back_names_each_of_its_fields_once_more() -> None:
    page = response(200, html='<form method="post" action="https://a.example/cb?x=1&amp;y=2">\n</form>')
    assert form_for_another(page) == ("https://a.example/cb?x=1&y=2", ())
    twice = Request(method="POST", url=SITE, headers=FORM, body="code=1&code=2")
    assert answered_at(twice) == f"{SITE}?code=1&code=2"
    seven = Request(method="POST", url=with_params(SITE, {"code": "1"}), headers=FORM, body="password=2")
    assert answered_at(seven) == f"{SITE}?code=1"


@pytest.mark.parametrize("mode", ["query", "form_post"])
@pytest.mark.parametrize("marked", WORKS)
def test_an_answer_from_the_attackers_page_comes_with_the_cookies_that_go_everywhere(mode: str, marked: str) -> None:
    world = world_in(State.REQUESTED, client="web", cookie_same_site=marked, response_mode=mode)
    address = with_params("https://web.example/callback", {"code": "theirs", "state": "theirs"})
    planted = Move(PLANTED, Act.PLANT_RESPONSE, Opening(url=address), role=Role.LOGIN)
    flying = apply(world, planted).runs[PLANTED].in_flight
    assert flying is not None
    assert isinstance(flying.message, Request)
    assert (flying.message.method, answered_at(flying.message)) == ("GET" if mode == "query" else "POST", address)
    goes = marked == "none" or (mode == "query" and marked != "strict")
    assert bool(flying.message.cookies) is goes


# ---- What is told, written and replayed


@pytest.mark.parametrize(("marked", "way"), list(product(WORKS, range(len(WAYS)))))
def test_the_console_says_which_cookie_was_kept_back_where_one_was(marked: str, way: int) -> None:
    trace = played(cookie_same_site=marked, **WAYS[way])
    lines = [line for one in told(trace) for line in console(one)]
    assert bool(lines) is not WORKS[marked][way]
    assert all("__Host-session" in line and "https://web.example/callback" in line for line in lines)
    named = {"strict": "SameSite=Strict", "lax": "SameSite=Lax", "missing": "it has no SameSite"}
    assert all(named[marked] in line for line in lines)


@pytest.mark.parametrize("settings", [*WAYS, {"response_mode": "form_post", "cookie_same_site": "none"}])
def test_a_file_of_such_a_login_plays_again_and_its_har_holds_every_request(settings: dict[str, Any]) -> None:
    trace = played(**settings)
    assert not differences(json.dumps(trace_json(trace)))
    sent = [sent.message for event in trace.events for sent in event.messages if isinstance(sent.message, Request)]
    assert len(har(trace)["log"]["entries"]) >= len([one for one in sent if one.method == "POST"])


def test_a_browser_opens_the_attackers_link_as_a_request_of_another_site() -> None:
    device = browser.keep_cookies(Browser(owner=VICTIM), SITE, answer("s=1; SameSite=Strict", "l=1; SameSite=Lax"))
    assert set(browser.open_url(device, SITE, initiator=ATTACKERS_ORIGIN)[1].cookies) == {"l"}
