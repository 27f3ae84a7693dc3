"""The browser and its device: opens addresses, keeps cookies and a history, fills in forms, follows redirects.

It also plays the operating system, which decides which app is handed an address like `com.example.app:/callback`. Any
app may claim such a scheme, and several can claim the same one (RFC 8252 section 8.1).
"""

import re
from collections.abc import Mapping
from html import unescape

from frozendict import frozendict

from flowsim.model.steps import ATTACKER
from flowsim.model.world import ATTACKERS_DOMAIN, Browser, evolve
from flowsim.protocol.addresses import host_of, origin_of
from flowsim.protocol.messages import Request, Response, request

HEADERS = {
    "User-Agent": "Mozilla/5.0 (flowsim)",
    "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
}
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')
# A form and the hidden fields that it begins with.
_FORM = re.compile(r'<form method="post" action="([^"]*)">\s*((?:<input type="hidden" [^>]*>\s*)*)')


def open_url(browser: Browser, url: str, framed: bool = False) -> tuple[Browser, Request]:
    """The browser with this address in its history, and the GET request it sends; `framed` in somebody else's page."""
    asked = request("GET", url, headers=_headers(browser, url, framed))
    return evolve(browser, history=(*browser.history, url)), asked


def follow(browser: Browser, redirect: Response, answered: Request | None) -> tuple[Browser, Request]:
    """Go where this redirect leads. After a 307 the browser repeats what it had sent, form and all (RFC 9110 §15.4.8)."""
    browser, asked = open_url(browser, redirect.location)
    if redirect.status != 307 or answered is None or answered.method != "POST":
        return browser, asked
    form = dict(answered.form)
    return browser, request("POST", redirect.location, form=form, headers=_headers(browser, redirect.location))


def receive(browser: Browser, url: str, answer: Response, framed: bool = False) -> Browser:
    """The browser after this answer from that address: the cookie kept, the page on the screen."""
    browser = keep_cookies(browser, url, answer, framed)
    return evolve(browser, page=answer.body) if answer.body else browser


def keep_cookies(browser: Browser, url: str, answer: Response, framed: bool = False) -> Browser:
    """The browser with the cookie of this answer; in a frame of somebody else's page, only one marked SameSite=None."""
    cookie = answer.header("set-cookie")
    anywhere = "samesite=none" in (cookie or "").lower()
    if cookie is not None and (anywhere or not framed):
        name, _, value = cookie.partition(";")[0].partition("=")
        jar = browser.cookies.get(origin_of(url), frozendict())
        over = "max-age=0" in cookie.lower()
        jar = jar.delete(name) if over and name in jar else jar if over else jar.set(name, value)
        marked = browser.cross_site | {name} if anywhere else browser.cross_site - {name}
        browser = evolve(browser, cookies=browser.cookies.set(origin_of(url), jar), cross_site=marked)
    return browser


def submit(
    browser: Browser, url: str, typed: Mapping[str, str], option: str | None = None, framed: bool = False
) -> tuple[Browser, Request]:
    """The POST that sends the form on the screen, filled in; `option` chooses the form where the page has several.

    Raises ValueError where the page shows no such form.
    """
    for action, hidden in _FORM.findall(browser.page):
        fields = {unescape(name): unescape(value) for name, value in _HIDDEN.findall(hidden)}
        if option is None or fields.get("option") == option:
            target = origin_of(url) + unescape(action)
            headers = {**_headers(browser, target, framed), "Origin": origin_of(url)}
            return browser, request("POST", target, form={**fields, **typed}, headers=headers)
    raise ValueError(f"the page at {url} shows no form{f' for {option}' if option else ''}")


def press(browser: Browser, url: str) -> Request:
    """The POST that a button on a page of this site sends, which is about nothing but the cookies that go with it."""
    return request("POST", url, form={}, headers={**_headers(browser, url), "Origin": origin_of(url)})


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
    """Where the form on the screen goes, for example `/consent`; None where the page has none."""
    found = _FORM.search(browser.page)
    return unescape(found[1]) if found else None


def options_shown(browser: Browser) -> tuple[str, ...]:
    """The ways to log in for which the page on the screen has a form."""
    forms = (dict(_HIDDEN.findall(hidden)) for _, hidden in _FORM.findall(browser.page))
    return tuple(fields["option"] for fields in forms if "option" in fields)


def claim(browser: Browser, origin: str, app: str) -> Browser:
    """The device after this app was installed and claimed these addresses."""
    return evolve(browser, apps=browser.apps.set(origin, (*browser.apps.get(origin, ()), app)))


def _headers(browser: Browser, url: str, framed: bool = False) -> dict[str, str]:
    jar: Mapping[str, str] = browser.cookies.get(origin_of(url), frozendict())
    sent = [f"{name}={value}" for name, value in jar.items() if not framed or name in browser.cross_site]
    return {**HEADERS, **({"Cookie": "; ".join(sent)} if sent else {})}
