"""A backend for the frontend: the page has a cookie, its own server the tokens, and other pages try it on.

The page calls `/api/messages` at its own server with the cookie, and that server calls the API with the access token. So
whoever makes the user's browser send this cookie acts for the user: cross-site request forgery (CSRF). Here are the rules
of a browser for a cookie, the server with and without its defences, and requests from wherever a page can be.

The API's answer comes from its real code.

Source: RFC 10017 sections 6.1.3.2 and 6.1.3.3 (cookies and CSRF), RFC 6265bis section 5.6.7 (SameSite); Fetch (CORS).
"""

from dataclasses import dataclass
from typing import Literal, get_args

from flowsim.lessons.table import Table
from flowsim.lessons.token_storage import Network
from flowsim.model.scenario import ScenarioError, unknown
from flowsim.model.settings import names_in
from flowsim.model.world import VICTIM
from flowsim.protocol import cookies, cross_origin
from flowsim.protocol.messages import Request, Response, request, response
from flowsim.simulation.simulation import Trace

SameSite = Literal["Strict", "Lax", "None"]
How = Literal["fetch with the header", "fetch", "form", "link"]
SAME_SITE: tuple[SameSite, ...] = get_args(SameSite)
COOKIE, HEADER = "__Host-bff", "X-Requested-By"
CROSS_SITE, SUBDOMAIN, OWN_PAGE = "another site", "a subdomain of the same site", "the page itself"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A request that a page has the user's browser send, and what came of it.

    `cookie` tells whether the browser sent the cookie along, `acted` whether the server called the API for it, and `read`
    whether the page that asked could read the answer. `why` says what stood in the way; empty where nothing did.
    """

    place: str
    how: How
    cookie: bool
    acted: bool
    read: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """The server of the page: how its cookie is marked, and whether it wants a header that no form can send.

    `answers` are the origins that it lets call it from their pages. Raises ScenarioError for another SameSite than the
    three there are, and for a trace in which the app is no website with tokens.
    """

    trace: Trace
    same_site: SameSite = "Strict"
    wants_header: bool = True
    answers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.same_site not in SAME_SITE:
            raise unknown("SameSite", self.same_site, list(SAME_SITE))
        object.__setattr__(self, "answers", names_in("answers", self.answers))
        world = self.trace.worlds[-1]
        run = world.runs[VICTIM]
        if world.scenario.profile.kind != "website" or run.who not in world.clients[run.client].tokens:
            raise ScenarioError(
                "a backend holds the tokens of a login that went well; expected a run with client='web'"
            )

    @property
    def origin(self) -> str:
        return self.trace.worlds[-1].runs[VICTIM].client

    def handle(self, asked: Request) -> Response:
        """What the server answers: 401 without the cookie, 403 without the header, else what the API says."""
        if cross_origin.is_preflight(asked):
            allowed = asked.header("origin") if asked.header("origin") in self.answers else None
            return cross_origin.preflight_answer("POST", HEADER, allowed)
        world = self.trace.worlds[-1]
        run = world.runs[VICTIM]
        if asked.cookies.get(COOKIE) != run.who:
            return response(401, json={"error": "no session"})
        if self.wants_header and asked.header(HEADER) is None:
            return response(403, json={"error": f"no header {HEADER}"})
        return Network(world).call(world.apis[run.api].url)

    def attempt(self, place: str, how: How) -> Attempt:
        """What comes of a request from a page in this place, sent in this way by the user's browser."""
        page = {CROSS_SITE: "https://other.example", SUBDOMAIN: self.origin.replace("://", "://blog.")}.get(
            place, self.origin
        )
        # What a script fetches fills no window, so for a cookie it is what a frame is.
        cookie = cookies.sent_along(
            cookies.Mark(self.same_site),
            "GET" if how == "link" else "POST",
            cross=not cookies.same_site(page, self.origin),
            framed=how not in ("link", "form"),
        )
        headers = {"Origin": page, **({HEADER: "page"} if how == "fetch with the header" else {})}
        headers |= {"Cookie": f"{COOKIE}={self.trace.worlds[-1].runs[VICTIM].who}"} if cookie else {}
        asked = request("GET" if how == "link" else "POST", f"{self.origin}/api/messages", headers=headers)
        foreign = page != self.origin
        if foreign and how == "fetch with the header":
            question = request("OPTIONS", asked.url, headers={"Origin": page, "Access-Control-Request-Method": "POST"})
            if self.handle(question).header("access-control-allow-origin") != page:
                return Attempt(place=place, how=how, cookie=False, acted=False, read=False, why="the preflight")
        answer = self.handle(asked)
        why = {401: "no cookie came", 403: "the header is missing"}.get(answer.status, "")
        acted = answer.status == 200
        return Attempt(place=place, how=how, cookie=cookie, acted=acted, read=acted and not foreign, why=why)


TRIED: tuple[tuple[str, How], ...] = (
    (OWN_PAGE, "fetch with the header"),
    (CROSS_SITE, "form"),
    (CROSS_SITE, "link"),
    (CROSS_SITE, "fetch with the header"),
    (SUBDOMAIN, "form"),
    (SUBDOMAIN, "fetch with the header"),
)


def table(**backends: Backend) -> Table:
    """What comes of each attempt at each of these servers, one column a server; `_` in a name is a blank."""
    rows = []
    for place, how in TRIED:
        tried = [backend.attempt(place, how) for backend in backends.values()]
        rows.append((f"{place}, {how}", *(_word(one) for one in tried)))
    head = ("the request", *(name.replace("_", " ") for name in backends))
    return Table(caption="Whether the server acts for the user", head=head, rows=tuple(rows))


def _word(one: Attempt) -> str:
    if not one.acted:
        return f"stopped: {one.why}"
    return "acts, as it should" if one.place == OWN_PAGE else "✗ acts"
