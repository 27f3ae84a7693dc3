"""The browser and its device: opens addresses, keeps cookies and a history, fills in forms, follows redirects.

It also plays the operating system, which decides which app is handed an address like `com.example.app:/callback`. Any
app may claim such a scheme, and several can claim the same one (RFC 8252 section 8.1).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import unescape

from frozendict import frozendict

from flowsim.model.steps import ATTACKER
from flowsim.model.world import ATTACKERS_DOMAIN, OTHER_ORIGIN, Browser, evolve
from flowsim.protocol import cookies
from flowsim.protocol.addresses import host_of, origin_of
from flowsim.protocol.messages import Pairs, Request, Response, form_for_another, leads_to, request
from flowsim.protocol.records import quickly_made
from flowsim.protocol.referrer import REFERRER_POLICIES, ReferrerPolicy, referer

HEADERS = {
    "User-Agent": "Mozilla/5.0 (flowsim)",
    "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
}
WEB_VIEW = "Mozilla/5.0 (flowsim; wv)"  # a web view that says so, in the way of Android's
PICTURE = f"{OTHER_ORIGIN}/picture.png"
DEFAULT_POLICY: ReferrerPolicy = "strict-origin-when-cross-origin"  # where a page says nothing
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')
# A form and the hidden fields that it begins with.
_FORM = re.compile(r'<form method="post" action="([^"]*)">\s*((?:<input type="hidden" [^>]*>\s*)*)')


def open_url(
    browser: Browser, url: str, *, top: str = "", initiator: str = "", now: int = 0
) -> tuple[Browser, Request]:
    """The browser with this address in its history, and the GET request it sends.

    `top` is the page in whose frame it is shown, empty in a tab of its own. `initiator` is the page that has the browser
    do so, empty where the user or another program does; `now` the second in which it is.
    """
    asked = request("GET", url, headers=_headers(browser, url, "GET", Where(top, initiator, now)))
    return evolve(browser, history=(*browser.history, url)), asked


def follow(
    browser: Browser, redirect: Response, answered: Request | None, *, top: str = "", initiator: str = "", now: int = 0
) -> tuple[Browser, Request]:
    """Go where this redirect leads. After a 307 the browser repeats what it had sent, form and all (RFC 9110 §15.4.8)."""
    browser, asked = open_url(browser, redirect.location, top=top, initiator=initiator, now=now)
    if redirect.status != 307 or answered is None or answered.method != "POST":
        return browser, asked
    headers = _headers(browser, redirect.location, "POST", Where(top, initiator, now))
    return browser, request("POST", redirect.location, form=dict(answered.form), headers=headers)


def answer_to_app(answer: Response, server: str) -> str | None:
    """The address that this answer of the server sends the browser to, with the answer to the app as its query.

    None where the browser stays at the server. The address is that of a redirect, or of a form that sends itself.
    """
    url = leads_to(answer)
    return url if url and not url.startswith(f"{server}/") else None


def post_answer(browser: Browser, page: Response, server: str, now: int) -> tuple[Browser, Request]:
    """The browser with this page, and the form of the page as it sends itself to the app.

    The page lets no address of the server's out, and so not its origin either (Fetch, “append a request Origin header”).
    """
    posted = form_for_another(page)
    assert posted is not None, "only a page with a form for the app is posted"
    return post(evolve(browser, page=page.body), *posted, initiator=server, now=now)


def load_picture(page: Response, url: str) -> Request:
    """The request for a picture of another site that this page, at this address, shows."""
    said = page.header("referrer-policy") or DEFAULT_POLICY
    policy: ReferrerPolicy = said if said in REFERRER_POLICIES else DEFAULT_POLICY  # type: ignore[assignment]
    named = referer(policy, url, PICTURE)
    headers = {**HEADERS, "Accept": "image/*", **({"Referer": named} if named else {})}
    return request("GET", PICTURE, headers=headers)


def post(
    browser: Browser, url: str, form: Mapping[str, str] | Pairs, *, initiator: str = "", now: int = 0
) -> tuple[Browser, Request]:
    """The browser with this address in its history, and the form that it posts there for a page that names no origin."""
    headers = {**_headers(browser, url, "POST", Where("", initiator, now)), "Origin": "null"}
    return evolve(browser, history=(*browser.history, url)), request("POST", url, form=form, headers=headers)


def receive(
    browser: Browser, url: str, answer: Response, *, top: str = "", initiator: str = "", now: int = 0
) -> Browser:
    """The browser after this answer from that address: the cookie kept, the page on the screen."""
    browser = keep_cookies(browser, url, answer, top=top, initiator=initiator, now=now)
    return evolve(browser, page=answer.body) if answer.body else browser


def keep_cookies(
    browser: Browser, url: str, answer: Response, *, top: str = "", initiator: str = "", now: int = 0
) -> Browser:
    """The browser with the cookies of this answer that it keeps (RFC 6265bis section 5.7)."""
    where = Where(top, initiator, now)
    for header in answer.all_of("set-cookie"):
        cookie = cookies.read(header)
        if where.third_party(url) and browser.third_party == "blocked":
            continue
        if cookies.kept(cookie, cross=where.cross_site(url), framed=bool(top)):
            browser = _with(browser, _jar(browser, url, where), cookie, now)
    return browser


def _with(browser: Browser, place: str, cookie: cookies.SetCookie, now: int) -> Browser:
    """The browser with this cookie in this jar, or without it where it is over."""
    jar = browser.cookies.get(place, _NO_COOKIES)
    marks = browser.marks.get(place, _NO_MARKS)
    before = marks.get(cookie.name)
    if before is not None:
        marks = marks.delete(cookie.name)
    if cookie.over:
        jar = jar.delete(cookie.name) if cookie.name in jar else jar
    else:
        # A cookie that takes the place of another one is as old as that (RFC 6265bis section 5.7).
        created = before.created if before is not None and cookie.name in jar else now
        jar = jar.set(cookie.name, cookie.value)
        if cookie.same_site != "Lax":
            marks = marks.set(cookie.name, cookies.Mark(cookie.same_site, created))
    return evolve(browser, cookies=browser.cookies.set(place, jar), marks=browser.marks.set(place, marks))


def submit(
    browser: Browser, url: str, typed: Mapping[str, str], option: str | None = None, *, top: str = "", now: int = 0
) -> tuple[Browser, Request]:
    """The POST that sends the form on the screen, filled in; `option` chooses the form where the page has several.

    Raises ValueError where the page shows no such form.
    """
    for action, hidden in _forms_of(browser.page):
        fields = dict(hidden)
        if option is None or fields.get("option") == option:
            target = origin_of(url) + action
            headers = {**_headers(browser, target, "POST", Where(top, url, now)), "Origin": origin_of(url)}
            return browser, request("POST", target, form={**fields, **typed}, headers=headers)
    raise ValueError(f"the page at {url} shows no form{f' for {option}' if option else ''}")


def press(browser: Browser, url: str) -> Request:
    """The POST that a button on a page of this site sends, which is about nothing but the cookies that go with it."""
    headers = {**_headers(browser, url, "POST", Where("", url)), "Origin": origin_of(url)}
    return request("POST", url, form={}, headers=headers)


def app_for(browser: Browser, url: str) -> str | None:
    """Who gets this address: the app that claimed it last; None where it belongs to the web."""
    claimants = browser.apps.get(origin_of(url), ())
    return claimants[-1] if claimants else None


def belongs_to_attacker(browser: Browser, url: str) -> bool:
    """True where this address is answered by the attacker: by an app on this device, or by a website.

    A private-use scheme that ends like the attacker's domain is one that only an app of the attacker's has claimed.
    """
    host = host_of(url) or url.partition(":")[0].lower()
    owned = host == ATTACKERS_DOMAIN or host.endswith(f".{ATTACKERS_DOMAIN}")
    return app_for(browser, url) == ATTACKER or (owned and app_for(browser, url) is None)


def form_shown(browser: Browser) -> str | None:
    """Where the form on the screen goes, for example `/consent`, without a query; None where the page has none."""
    forms = _forms_of(browser.page)
    return forms[0][0].partition("?")[0] if forms else None


def warns(page: str) -> bool:
    """True where this page has a warning for who is about to press a button."""
    return '<p class="warning" role="alert">' in page


def options_shown(browser: Browser) -> tuple[str, ...]:
    """The ways to log in for which the page on the screen has a form."""
    forms = [dict(hidden) for _, hidden in _forms_of(browser.page)]
    return tuple([fields["option"] for fields in forms if "option" in fields])


@lru_cache(maxsize=64)
def _forms_of(page: str) -> tuple[tuple[str, Pairs], ...]:
    """The forms of this page that are posted: where each goes, and the hidden fields that it begins with."""
    return tuple(
        [
            (unescape(action), tuple([(unescape(name), unescape(value)) for name, value in _HIDDEN.findall(hidden)]))
            for action, hidden in _FORM.findall(page)
        ]
    )


def claim(browser: Browser, origin: str, app: str) -> Browser:
    """The device after this app was installed and claimed these addresses."""
    return evolve(browser, apps=browser.apps.set(origin, (*browser.apps.get(origin, ()), app)))


@quickly_made
@dataclass(frozen=True, slots=True)
class Where:
    """From where a request is sent: the page around the frame, the page that began it (each empty if none), and when."""

    top: str
    initiator: str
    now: int = 0

    def cross_site(self, url: str) -> bool:
        return cookies.cross_site(url, self.initiator, self.top)

    def third_party(self, url: str) -> bool:
        """Whether this address is shown in a frame of another site's page."""
        return bool(self.top) and not cookies.same_site(self.top, url)


def _jar(browser: Browser, url: str, where: Where) -> str:
    """Where the cookies of this address are kept: those of a frame apart for each site around it, where browsers do so."""
    apart = browser.third_party == "partitioned" and where.third_party(url)
    return f"{origin_of(url)} in {cookies.site_of(where.top)}" if apart else origin_of(url)


def _headers(browser: Browser, url: str, method: str, where: Where) -> dict[str, str]:
    """The headers of a request to this address, with the cookies that go along (RFC 6265bis section 5.8.3)."""
    if where.third_party(url) and browser.third_party == "blocked":
        return _named(browser)
    place, cross = _jar(browser, url, where), where.cross_site(url)
    marks = browser.marks.get(place, _NO_MARKS)
    sent = [
        f"{name}={value}"
        for name, value in browser.cookies.get(place, _NO_COOKIES).items()
        if cookies.sent_along(
            marks.get(name, _LAX),
            method,
            cross=cross,
            framed=bool(where.top),
            now=where.now,
            posts_new=browser.posts_new,
        )
    ]
    return {**_named(browser), **({"Cookie": "; ".join(sent)} if sent else {})}


_LAX = cookies.Mark("Lax")
_NO_COOKIES: frozendict[str, str] = frozendict()
_NO_MARKS: frozendict[str, cookies.Mark] = frozendict()


def _named(browser: Browser) -> dict[str, str]:
    return {**HEADERS, "User-Agent": browser.agent} if browser.agent else dict(HEADERS)
