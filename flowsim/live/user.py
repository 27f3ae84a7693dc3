"""A scripted user with a browser: it opens an address, logs in, decides, and hands over where it is sent to at the end.

    user = User(world)
    address = user.log_in(authorization_url)  # the app's own address, with `code` and `state`

The browser does what a browser without JavaScript does: cookies, redirects, forms with their hidden fields. Every page it
opens fills the window, so it sends cookies of `SameSite=Lax` along (RFC 6265bis section 5.2). To this machine it sends
`Secure` cookies over http as well, as Chromium and Firefox do. Whatever leads to another host than that of the server is
handed over and not opened: that is the app's.

The pages may be those of another server. The user goes by what stands there: a field for a password is filled in, and of
several buttons the one is pressed whose words say yes, or no.
"""

import time
from dataclasses import dataclass
from http.cookiejar import Cookie, CookieJar, DefaultCookiePolicy
from typing import Any, Literal
from urllib.parse import urldefrag, urlencode, urljoin

import httpx

from flowsim.engine.initial_world import ALICE
from flowsim.live.forms import Form, Page, read_page
from flowsim.live.transport import Door, WorldTransport
from flowsim.model.shown import shorten
from flowsim.model.world import Person
from flowsim.protocol import totp
from flowsim.protocol.addresses import OWN_MACHINE, host_of, origin_of
from flowsim.protocol.messages import FORM

Decision = Literal["allow", "deny"]
MOST_REDIRECTS, MOST_PAGES = 20, 10  # as many as browsers follow; more pages than any login has
_LONGEST_TEXT = 300  # characters of a page in a message
_WORDS: dict[Decision, tuple[str, ...]] = {
    "allow": ("allow", "accept", "authorize", "authorise", "approve", "agree", "grant", "yes", "continue", "confirm"),
    "deny": ("deny", "cancel", "reject", "decline", "refuse", "disagree", "no", "abort"),
}


class _CookieRules(DefaultCookiePolicy):
    """The rules of Netscape's cookies, which are those of RFC 6265 but for the place of a `Secure` one."""

    def return_ok_secure(self, cookie: Cookie, request: Any) -> bool:
        """Whether this cookie may be sent with this request: over TLS, or to this machine."""
        return not cookie.secure or request.type == "https" or host_of(request.full_url) in OWN_MACHINE


class UserError(Exception):
    """The user cannot go on: what was expected, and the page it came to."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """Where the browser is: on a `page`, or, where that is None, at an address that belongs to the app."""

    address: str
    page: Page | None


class User:
    """A user with a browser of their own, in which cookies stay from one login to the next.

    `door` is a live world, the address of a server on a port, or an `httpx.Client` that reaches one. `person` is who
    logs in, alice where nobody is named. To log in at a server that serves https with a certificate of its own, give a
    client that trusts it: `httpx.Client(verify=…)`.
    """

    def __init__(self, door: Door | str | httpx.Client, person: Person = ALICE) -> None:
        self.person = person
        self._origins: frozenset[str] = frozenset()
        if isinstance(door, httpx.Client):
            self._client = door
        elif isinstance(door, str):
            self._origins = frozenset([origin_of(door)])
            self._client = httpx.Client(trust_env=False)
        else:
            self._origins = door.origins
            self._client = httpx.Client(transport=WorldTransport(door))
        self._cookies = httpx.Cookies(CookieJar(_CookieRules()))

    def log_in(self, address: str, decision: Decision = "allow") -> str:
        """Open this address of the authorization endpoint, log in, decide, and give the address of the app at the end.

        Where the server knows the user already there is no page, or only that with the question. Raises UserError where
        a page comes that this user can do nothing with, such as an error page.
        """
        here = self.open(address)
        seen: list[str] = []
        for _ in range(MOST_PAGES):
            if here.page is None:
                return here.address
            here = self._answer(here.page, decision, seen)
        raise UserError(f"expected to be sent back to the app after {MOST_PAGES} pages, and came to {_told(here.page)}")

    def open(self, address: str) -> Arrived:
        """Open this address, as if it stood in a link of the app, and follow its redirects."""
        if not self._origins:
            self._origins = frozenset([origin_of(address)])
        if origin_of(address) not in self._origins:
            there = " or ".join(sorted(self._origins))
            raise UserError(f"the user was to open {_short(address)}; expected an address at {there}")
        return self._follow("GET", address, "", {})

    def submit(self, form: Form, values: dict[str, str], button: str | None = None) -> Arrived:
        """Send this form with these values in it, by the button with these words, or by its first one."""
        pairs = form.filled(values, button)
        body = urlencode(pairs)
        if form.method == "GET":
            address = urldefrag(form.action)[0].partition("?")[0]
            return self._follow("GET", f"{address}?{body}", "", {})
        origin = "null" if form.page_keeps_quiet else origin_of(form.page)
        return self._follow("POST", form.action, body, {"Origin": origin, "Sec-Fetch-Site": "same-origin"})

    def _follow(self, method: str, address: str, body: str, headers: dict[str, str]) -> Arrived:
        """Where this request leads (RFC 9110 section 15.4): after 303, and after 302 to a POST, on goes a GET."""
        for _ in range(MOST_REDIRECTS + 1):
            if origin_of(address) not in self._origins:
                return Arrived(address, None)
            answer = self._send(method, urldefrag(address)[0], body, headers)
            location = answer.headers.get("location")
            if location is None or not 300 < answer.status_code < 400:
                return Arrived(address, read_page(answer, address))
            address = urljoin(address, location)
            if answer.status_code == 303 or (answer.status_code in (301, 302) and method == "POST"):
                method, body, headers = "GET", "", {}
        raise UserError(
            f"expected a page after at most {MOST_REDIRECTS} redirects; the next leads to {_short(address)}"
        )

    def _send(self, method: str, address: str, body: str, headers: dict[str, str]) -> httpx.Response:
        fields = {"Accept": "text/html", **headers, **({"Content-Type": FORM} if method == "POST" else {})}
        try:
            request = self._client.build_request(
                method, address, content=body.encode() if method == "POST" else None, headers=fields
            )
            request.headers.pop("cookie", None)  # those of the client are not those of this browser
            self._cookies.set_cookie_header(request)
            answer = self._client.send(request, follow_redirects=False)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            why = str(error) or type(error).__name__
            raise UserError(f"the user wanted to open {_short(address)}: {shorten(why, _LONGEST_TEXT)}") from error
        self._cookies.extract_cookies(answer)
        return answer

    def _answer(self, page: Page, decision: Decision, seen: list[str]) -> Arrived:
        """What this user does with this page; `seen` holds what was done before."""
        login = next((form for form in page.forms if form.asks_who and self._can_fill(form)), None)
        if login is not None:
            if "login" in seen:
                who = f"{self.person.username!r} with the password of this user"
                raise UserError(f"expected the server to take {who}, and came back to {_told(page)}")
            seen.append("login")
            return self.submit(login, self._credentials(login))
        for form in page.forms:
            words = [*_WORDS[decision]]
            button = next((one for word in words for one in form.buttons if one.says(word)), None)
            if button is not None:
                return self.submit(form, {}, button.words)
        raise UserError(f"expected a form to log in with or to {decision} with, and came to {_told(page)}")

    def _can_fill(self, form: Form) -> bool:
        return form.code is None or bool(self.person.one_time_secret)

    def _credentials(self, form: Form) -> dict[str, str]:
        values = {form.name_field: self.person.username} if form.name_field else {}
        if form.password:
            values[form.password] = self.person.password
        if form.code:
            values[form.code] = totp.code_at(self.person.one_time_secret, int(time.time()))
        return values


def _told(page: Page | None) -> str:
    if page is None:
        return "an address of the app"
    said = f"{_short(page.address)}, status {page.status}"
    title = f", “{shorten(page.title, _LONGEST_TEXT)}”" if page.title else ""
    return f"{said}{title}: {shorten(page.text, _LONGEST_TEXT) or 'an empty page'}"


def _short(address: str) -> str:
    return shorten(address.partition("?")[0], _LONGEST_TEXT)
