"""What to say of cookies: which of them the browser has sent along with an answer to the app, which not, and why.

Source: RFC 6265bis sections 5.6.7 (SameSite) and 5.7 (which cookies a browser keeps).
"""

from flowsim.model.order import kind_of
from flowsim.model.steps import BROWSER
from flowsim.model.telling import Telling
from flowsim.model.world import SCAN, Browser
from flowsim.protocol import cookies
from flowsim.protocol.addresses import origin_of
from flowsim.protocol.cookies import Mark
from flowsim.protocol.messages import Request, Response, without_query

_LAX = Mark("Lax")


def came_along(told: Telling) -> str:
    """That the app's cookie has come with a posted answer, which only one of this kind does."""
    came = told.delivered
    if not told.posted or not isinstance(came, Request) or told.app.session_cookie not in came.cookies:
        return ""
    if mark_of(told, came).same_site == "None":
        return "The app's cookie came along with the form, because it is marked `SameSite=None`."
    return "The app's cookie came along with the form: it has no `SameSite`, and it is less than two minutes old."


def kept_back(told: Telling) -> str:
    """Why the app's cookie has not come along with this answer, where the browser has one or was to have one."""
    came, browser = told.delivered, told.before.browsers.get(told.run.at)
    if told.app.kind != "website" or not isinstance(came, Request) or browser is None:
        return ""
    if kind_of(told.run.name) == SCAN:
        return "The scanner has no cookie of the app's."
    if told.app.session_cookie in came.cookies:
        return ""
    if told.app.session_cookie in browser.cookies.get(origin_of(came.url), {}):
        return f"The browser has kept the app's cookie back: {why_kept_back(told, came)}."
    return _NEVER_KEPT if _never_kept(told, browser) else ""


def console(told: Telling) -> tuple[str, ...]:
    """What the browser writes to its console of the app's cookie: that it has kept it back, or has not kept it at all."""
    came, name = told.delivered, told.app.session_cookie
    browser = told.before.browsers.get(told.run.at)
    if told.app.kind != "website" or browser is None or told.scenario.live or kind_of(told.run.name) == SCAN:
        return ()
    if not isinstance(came, Request | Response):
        return ()
    if isinstance(came, Request):
        kept = name in browser.cookies.get(origin_of(came.url), {})
        to_app = told.event.sender == BROWSER or (told.event.messages and told.event.messages[0].message is came)
        if not to_app or not kept or name in came.cookies or origin_of(came.url) != told.run.client:
            return ()
        return (f"The cookie {name} was not sent to {without_query(came.url)}: {plain(why_kept_back(told, came))}.",)
    read = [one for one in map(cookies.read, came.all_of("set-cookie")) if one.name == name]
    if not read or cookies.kept(read[0], cross=False, framed=False):
        return ()
    return (f"The cookie {name} was not kept: it is marked SameSite=None, and it is not Secure.",)


def plain(text: str) -> str:
    """This text without the marks for names of the protocol, which no console has."""
    return text.replace("`", "")


def why_kept_back(told: Telling, came: Request) -> str:
    """How the cookie is marked, and what about this request keeps it back."""
    mark = mark_of(told, came)
    began = "a page of another site began this request"
    match mark.same_site:
        case "Strict":
            return f"it is marked `SameSite=Strict`, and {began}"
        case "Lax":
            return "it is marked `SameSite=Lax`, and this is a form from a page of another site"
        case _:
            old = ", and it is older than two minutes" if told.scenario.posts_new_cookies else ""
            return "it has no `SameSite`, which counts as `Lax`, and this is a form from a page of another site" + old


def mark_of(told: Telling, came: Request) -> Mark:
    """How the browser has noted the app's cookie before this request."""
    marks = told.before.browsers[told.run.at].marks.get(origin_of(came.url))
    return _LAX if marks is None else marks.get(told.app.session_cookie, _LAX)


def _never_kept(told: Telling, browser: Browser) -> bool:
    """True where the app has set a cookie in this run that the browser would not keep."""
    answers = (sent.message for event in told.earlier() for sent in event.messages)
    headers = (header for one in answers if isinstance(one, Response) for header in one.all_of("set-cookie"))
    read = [one for one in map(cookies.read, headers) if one.name == told.app.session_cookie]
    return bool(read) and not cookies.kept(read[0], cross=False, framed=False)


_NEVER_KEPT = (
    "The browser has kept no cookie of the app's: one that is marked `SameSite=None` has to be `Secure`, and without TLS "
    "it is not."
)
