"""A trace as HTTP Archive (HAR), the format in which browsers save what their network panel shows.

Whoever knows the developer tools of a browser can look at a login there: import the file into the network panel. Each
event that has messages, or a line in the console, is a page, each HTTP request an entry beside its response. What is no
HTTP message, an address that is opened inside the device or a copy that leaks to the attacker, is told in the comment of
its page. A request that nobody answered has status 0, as in the browsers' own files. What a browser writes to its console
stands in `_console` of the page, for the format leaves such names to programs. All times come from the clock of the
simulation, or of the live world that has recorded a real login.

Source: HTTP Archive 1.2 (a frozen format; its document is "HAR 1.2 Spec" by Jan Odvarko).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

from flowsim.model import order
from flowsim.model.scenario import Scenario
from flowsim.model.shown import safe
from flowsim.model.states import Act, Outcome
from flowsim.model.steps import ACTOR_BY_ID, BROWSER, CLIENT, USER, step_name
from flowsim.model.telling import Telling
from flowsim.model.world import Event, Sent
from flowsim.protocol.messages import Opening, Pairs, Request, Response, content_type
from flowsim.simulation.simulation import Trace
from flowsim.views.text import narration
from flowsim.views.text.words_of_console import console
from flowsim.views.text.words_of_tabs import name_of

VERSION = "1.2"
Json = dict[str, Any]

_HTTP = "HTTP/1.1"
_COPIES = (Act.READ_REQUEST, Act.READ_RESPONSE)
_SIMULATED = "A simulated login: no request in it was ever sent."
_RECORDED = "A real login, as a live server of flowsim has recorded it."
_NO_TYPE = "x-unknown"  # what browsers write


@dataclass(slots=True)
class _Exchange:
    """A request and what became of it: the event it was sent in, and its answer with the second at which that came."""

    event: Event
    sent: Sent
    request: Request
    started: int
    response: Response | None = None
    answered: int = 0


def har(trace: Trace) -> Json:
    """The trace as a HAR 1.2 log: one page for each event with messages, one entry for each HTTP request.

    Times are ISO 8601 in UTC, durations milliseconds, sizes octets; -1 stands for what a simulation cannot know.
    """
    clocks = [world.now for world in trace.worlds[1:]]
    return {
        "log": {
            "version": VERSION,
            "creator": {"name": "flowsim", "version": _version()},
            "pages": [_page(one, one.after.now) for one in narration.told(trace) if one.event.messages or console(one)],
            "entries": [
                _entry(exchange, trace.scenario) for exchange in _exchanges(zip(trace.events, clocks, strict=True))
            ],
            "comment": safe(f"{_RECORDED if trace.scenario.live else _SIMULATED} {trace.verdict.sentence}"),
        }
    }


def capture(trace: Trace) -> Json:
    """The trace as a browser or a capture program on the user's device has saved it, and hands it to a support engineer.

    Nothing in it is ours: no verdict, no comment. Nor is there what did not pass through the device: what a website's own
    server sends, and what an API asks the authorization server. The password, the code and the tokens are in it, as in
    any such file that nobody has cleaned.
    """
    here = {USER, BROWSER} if trace.scenario.profile.kind == "website" else {USER, BROWSER, CLIENT}
    clocks = [world.now for world in trace.worlds[1:]]
    seen = [one for one in _exchanges(zip(trace.events, clocks, strict=True)) if one.sent.sender in here]
    tabs = list(dict.fromkeys(_tab_of(one, trace.scenario) for one in seen))
    entries = [
        _entry(one, trace.scenario) | {"pageref": f"page_{1 + tabs.index(_tab_of(one, trace.scenario))}"}
        for one in seen
    ]
    for entry in entries:
        del entry["comment"]
    pages = []
    for number in range(1, 1 + len(tabs)):
        entry = next(one for one in entries if one["pageref"] == f"page_{number}")
        pages.append(
            {
                "startedDateTime": entry["startedDateTime"],
                "id": f"page_{number}",
                "title": entry["request"]["url"],
                "pageTimings": {"onContentLoad": -1, "onLoad": -1},
            }
        )
    creator = {"name": "flowsim", "version": _version()}
    return {"log": {"version": VERSION, "creator": creator, "pages": pages, "entries": entries}}


def _tab_of(exchange: _Exchange, scenario: Scenario) -> str:
    """In which tab it was; where the user has one login, all is in the same. What comes later is in the first."""
    run = exchange.event.run
    return name_of(scenario, run) if order.kind_of(run) in order.LOGINS else ""


def _exchanges(log: Iterable[tuple[Event, int]]) -> list[_Exchange]:
    """Every HTTP request in the order of sending. A response answers the oldest open request of its receiver."""
    exchanges: list[_Exchange] = []
    given_up = set[int]()
    for event, now in log:
        if event.act in (Act.LOSE_REQUEST, Act.LOSE_ANSWER):
            given_up.update(id(one) for one in exchanges if one.event.run == event.run)
        for sent in event.messages:
            match sent.message:
                case Request() as request if event.act not in _COPIES:
                    exchanges.append(_Exchange(event, sent, request, now))
                case Response() as response:
                    waiting = (one for one in exchanges if id(one) not in given_up)
                    asked = next((one for one in waiting if _is_answer(event, sent, one)), None)
                    if asked is not None:
                        asked.response, asked.answered = response, now
    return exchanges


def _is_answer(event: Event, sent: Sent, asked: _Exchange) -> bool:
    """An answer that the browser hides from the page is an answer to the page's request all the same."""
    hidden = event.outcome is Outcome.HIDDEN and sent.receiver == BROWSER and asked.request.method != "OPTIONS"
    receiver = CLIENT if hidden else sent.receiver
    parties = (asked.event.run, asked.sent.receiver, asked.sent.sender)
    return asked.response is None and parties == (event.run, sent.sender, receiver)


def _page(telling: Telling, now: int) -> Json:
    event = telling.event
    mark, name = "☠ " if event.by_attacker else "", name_of(telling.scenario, event.run)
    page = {
        "startedDateTime": _time(now),
        "id": _page_id(event, telling.scenario),
        "title": f"{mark}{f'[{name}] ' if name else ''}{step_name(event.step)}. {narration.title(telling)}",
        "pageTimings": {"onContentLoad": -1, "onLoad": -1},
    }
    aside = " ".join(_asides(event))
    lines = console(telling)
    more: Json = {"_console": [safe(line) for line in lines]} if lines else {}
    return page | ({"comment": aside} if aside else {}) | more


def _page_id(event: Event, scenario: Scenario) -> str:
    """Where one user has several logins, each page is that of a tab: `tab_2_event_5`."""
    name = name_of(scenario, event.run)
    return f"{name.replace(' ', '_')}_event_{event.index}" if name else f"event_{event.index}"


def _asides(event: Event) -> Iterator[str]:
    """What travelled without HTTP, in words."""
    for sent in event.messages:
        if isinstance(sent.message, Response) or (isinstance(sent.message, Request) and event.act not in _COPIES):
            continue
        how = "A copy leaks" if event.act in _COPIES else "Opened inside the device, no HTTP"
        posted = isinstance(sent.message, Opening) and sent.message.posted_by
        yield f"{'Posted to a page, no HTTP' if posted else how}, {_way(sent)}: {safe(sent.message.url)}"


def _way(sent: Sent) -> str:
    return f"{ACTOR_BY_ID[sent.sender].name} → {ACTOR_BY_ID[sent.receiver].name}"


def _entry(exchange: _Exchange, scenario: Scenario) -> Json:
    waited = max(0, exchange.answered - exchange.started) * 1000
    comment = _way(exchange.sent)
    if exchange.response is None:
        comment += "; never answered in this trace"
    return {
        "pageref": _page_id(exchange.event, scenario),
        "startedDateTime": _time(exchange.started),
        "time": waited,
        "request": _request(exchange.request),
        "response": _response(exchange.response) if exchange.response else _no_response(),
        "cache": {},
        "timings": {"send": 0, "wait": waited, "receive": 0},
        "comment": comment,
    }


def _request(request: Request) -> Json:
    shown: Json = {
        "method": request.method,
        "url": request.url.partition("#")[0],
        "httpVersion": _HTTP,
        "cookies": _named(request.cookies.items()),
        "headers": _named(request.headers),
        "queryString": _named(request.query),
        "headersSize": -1,
        "bodySize": _size(request.body),
    }
    if request.body:
        # The format calls `params` and `text` exclusive. Browsers write both, and show a form only by its `text`.
        posted = {"params": _named(request.form), "text": request.body}
        shown["postData"] = {"mimeType": content_type(request), **posted}
    return shown


def _response(response: Response) -> Json:
    content: Json = {"size": _size(response.body), "mimeType": response.header("content-type") or _NO_TYPE}
    if response.body:
        content["text"] = response.body
    return {
        "status": response.status,
        "statusText": response.reason,
        "httpVersion": _HTTP,
        "cookies": list(_cookies_set(response.headers)),
        "headers": _named(response.headers),
        "content": content,
        "redirectURL": response.location,
        "headersSize": -1,
        "bodySize": _size(response.body),
    }


def _no_response() -> Json:
    return {
        "status": 0,
        "statusText": "",
        "httpVersion": _HTTP,
        "cookies": [],
        "headers": [],
        "content": {"size": 0, "mimeType": _NO_TYPE},
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": -1,
    }


def _cookies_set(headers: Pairs) -> Iterator[Json]:
    """The cookies that a response sets, with the attributes the format knows."""
    for header, line in headers:
        if header.lower() != "set-cookie":
            continue
        first, *rest = (part.partition("=") for part in line.split(";"))
        attributes = {name.strip().lower(): value.strip() for name, _, value in rest}
        where: Json = {name: attributes[name] for name in ("path", "domain") if name in attributes}
        flags = {"httpOnly": "httponly" in attributes, "secure": "secure" in attributes}
        yield {"name": first[0].strip(), "value": first[2].strip(), **where, **flags}


def _named(pairs: Iterable[tuple[str, str]]) -> list[Json]:
    return [{"name": name, "value": value} for name, value in pairs]


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _time(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat(timespec="milliseconds")


def _version() -> str:
    try:
        return metadata.version("flowsim")
    except metadata.PackageNotFoundError:  # run from its folder, without being installed
        return "unknown"
