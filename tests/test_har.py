"""A trace as HAR is what the format's document demands, and says what the messages said, no more and no less."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsim.analysis.counterexamples.edits import played
from flowsim.model.scenario import LAST_SECOND, LESSON_TIME
from flowsim.model.states import Act
from flowsim.model.world import Sent, evolve
from flowsim.protocol.messages import Opening, Request, Response
from flowsim.simulation.simulation import Trace
from flowsim.views.formats.har import har
from tests.kit.worlds import CLIENTS, event_of, simulation

TEXT, NUMBER, FLAG = (str,), (int, float), (bool,)

# The objects of HAR 1.2: member → its type, `?` where the member may be missing. A type in brackets is a list of it.
FORMAT: dict[str, dict[str, Any]] = {
    "log": {"version": TEXT, "creator": "creator", "browser?": "creator", "pages?": ["page"], "entries": ["entry"]},
    "creator": {"name": TEXT, "version": TEXT},
    "page": {"startedDateTime": TEXT, "id": TEXT, "title": TEXT, "pageTimings": "pageTimings"},
    "pageTimings": {"onContentLoad?": NUMBER, "onLoad?": NUMBER},
    "entry": {
        "pageref?": TEXT,
        "startedDateTime": TEXT,
        "time": NUMBER,
        "request": "request",
        "response": "response",
        "cache": "cache",
        "timings": "timings",
        "serverIPAddress?": TEXT,
        "connection?": TEXT,
    },
    "request": {
        "method": TEXT,
        "url": TEXT,
        "httpVersion": TEXT,
        "cookies": ["cookie"],
        "headers": ["pair"],
        "queryString": ["pair"],
        "postData?": "postData",
        "headersSize": NUMBER,
        "bodySize": NUMBER,
    },
    "response": {
        "status": NUMBER,
        "statusText": TEXT,
        "httpVersion": TEXT,
        "cookies": ["cookie"],
        "headers": ["pair"],
        "content": "content",
        "redirectURL": TEXT,
        "headersSize": NUMBER,
        "bodySize": NUMBER,
    },
    "cookie": {
        "name": TEXT,
        "value": TEXT,
        "path?": TEXT,
        "domain?": TEXT,
        "expires?": TEXT,
        "httpOnly?": FLAG,
        "secure?": FLAG,
    },
    "pair": {"name": TEXT, "value": TEXT},
    "postData": {"mimeType": TEXT, "params": ["param"], "text": TEXT},
    "param": {"name": TEXT, "value?": TEXT, "fileName?": TEXT, "contentType?": TEXT},
    "content": {"size": NUMBER, "compression?": NUMBER, "mimeType": TEXT, "text?": TEXT, "encoding?": TEXT},
    "cache": {},
    "timings": {
        "blocked?": NUMBER,
        "dns?": NUMBER,
        "connect?": NUMBER,
        "send": NUMBER,
        "wait": NUMBER,
        "receive": NUMBER,
        "ssl?": NUMBER,
    },
}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(Z|[+-]\d\d:\d\d)")


def wrong_in(value: Any, kind: Any, path: str) -> list[str]:
    """What in this value is not as the format demands."""
    if isinstance(kind, list):
        if not isinstance(value, list):
            return [f"{path} is no list"]
        return [fault for number, one in enumerate(value) for fault in wrong_in(one, kind[0], f"{path}[{number}]")]
    if isinstance(kind, tuple):
        return [] if isinstance(value, kind) and (kind is FLAG) == isinstance(value, bool) else [f"{path} is {value!r}"]
    if not isinstance(value, dict):
        return [f"{path} is no object"]
    members = {name.rstrip("?"): one for name, one in FORMAT[kind].items()} | {"comment": TEXT}
    if kind == "page":  # whatever begins with an underscore is a member of one's own
        members["_console"] = [TEXT]
    faults = [f"{path} lacks {name}" for name in FORMAT[kind] if not name.endswith("?") and name not in value]
    for name, inner in value.items():
        faults += wrong_in(inner, members[name], f"{path}.{name}") if name in members else [f"{path} has {name}"]
    return faults


def checked(trace: Trace) -> dict[str, Any]:
    """The log of this trace, after everything the format demands was checked on its JSON text."""
    document = json.loads(json.dumps(har(trace)))
    assert list(document) == ["log"]
    log: dict[str, Any] = document["log"]
    assert not wrong_in(log, "log", "log")
    assert log["version"] == "1.2"
    pages = [page["id"] for page in log["pages"]]
    assert len(pages) == len(set(pages))
    assert {entry["pageref"] for entry in log["entries"]} <= set(pages)
    for timed in (log["pages"], log["entries"]):
        assert all(MOMENT.fullmatch(one["startedDateTime"]) for one in timed)
        assert timed == sorted(timed, key=lambda one: str(one["startedDateTime"]))
    for entry in log["entries"]:
        check_entry(entry)
    return log


def check_entry(entry: Mapping[str, Any]) -> None:
    times = entry["timings"].values()
    assert all(time >= 0 for time in times)
    assert entry["time"] == sum(times)
    request, response, content = entry["request"], entry["response"], entry["response"]["content"]
    assert "#" not in request["url"]
    assert re.match(r"https?://", request["url"])
    assert request["headersSize"] == response["headersSize"] == -1
    assert ("postData" in request) == (request["bodySize"] > 0)
    assert content["size"] == max(0, response["bodySize"]) == len(content.get("text", "").encode())


@pytest.mark.parametrize(
    "settings", [{"user": "denies"}, {"user": "wrong-password"}, {"scope": "unheard-of"}, {"scope": "openid"}]
)
@pytest.mark.parametrize("client", CLIENTS)
def test_every_trace_that_ends_early_is_valid_har(client: str, settings: dict[str, Any]) -> None:
    checked(played(client=client, **settings))


@pytest.mark.parametrize("client", CLIENTS)
def test_every_part_of_a_trace_is_valid_har(client: str) -> None:
    login = simulation(client=client, attacker="code-and-request")
    login.run()
    for position in range(len(login.trace.worlds)):
        login.goto(position)
        log = checked(login.trace)
        assert len(log["pages"]) == sum(1 for event in login.trace.events if event.messages)


@pytest.mark.parametrize("client", CLIENTS)
def test_every_request_stands_beside_its_own_answer(client: str) -> None:
    """Taken from a browser's point of view: the redirect leads to where the next request goes."""
    entries = checked(played(client=client))["entries"]
    answered = [entry["response"]["status"] for entry in entries]
    asked = [f"{entry['request']['method']} {entry['request']['url'].partition('?')[0]}" for entry in entries]
    found = dict(zip(asked, answered, strict=True))
    assert found["GET https://as.example/authorize"] == 303
    assert found["GET https://as.example/login"] == 200
    assert found["POST https://as.example/login"] == 303
    assert found["POST https://as.example/consent"] == 303
    assert found["POST https://as.example/oauth/token"] == 200
    assert found["GET https://api.example/messages"] == 200
    assert 0 not in answered
    for entry in entries:
        target = entry["response"]["redirectURL"]
        if target.startswith("https://") and not target.endswith(".example/"):
            assert target in {other["request"]["url"] for other in entries} or client == "native-https"
    callback = [entry for entry in entries if "/callback?" in entry["request"]["url"]]
    assert [entry["response"]["status"] for entry in callback] == {
        "native-scheme": [],
        "native-https": [],
        "native-loopback": [200],
        "spa": [200],
        "web": [303],
    }[client]


def test_nothing_that_was_sent_is_missing_and_nothing_is_added() -> None:
    for client in CLIENTS:
        trace = played(client=client, attacker="code-interception", pkce="none")
        sent = [one.message for event in trace.events if event.act is not Act.READ_RESPONSE for one in event.messages]
        entries = checked(trace)["entries"]
        requests = [one for one in sent if isinstance(one, Request)]
        responses = [one for one in sent if isinstance(one, Response)]
        assert [entry["request"]["url"] for entry in entries] == [one.url for one in requests]
        for entry, request in zip(entries, requests, strict=True):
            pairs = [(pair["name"], pair["value"]) for pair in entry["request"]["headers"]]
            assert pairs == list(request.headers)
            assert entry["request"].get("postData", {}).get("text", "") == request.body
            params = [(one["name"], one["value"]) for one in entry["request"].get("postData", {}).get("params", ())]
            assert params == list(request.form)
            assert [(one["name"], one["value"]) for one in entry["request"]["queryString"]] == list(request.query)
        answered = [entry["response"] for entry in entries if entry["response"]["status"]]
        assert sorted(one["content"].get("text", "") for one in answered) == sorted(one.body for one in responses)


def test_a_cookie_has_the_attributes_it_was_set_with() -> None:
    entries = checked(played(client="web"))["entries"]
    set_ = [cookie for entry in entries for cookie in entry["response"]["cookies"]]
    assert [cookie["name"] for cookie in set_] == ["__Host-session", "__Host-login"]
    for cookie in set_:
        assert (cookie["path"], cookie["httpOnly"], cookie["secure"]) == ("/", True, True)
    sent_back = {cookie["name"]: cookie["value"] for entry in entries for cookie in entry["request"]["cookies"]}
    assert sent_back == {cookie["name"]: cookie["value"] for cookie in set_}


def test_what_is_no_http_is_told_in_the_comment_of_its_page() -> None:
    log = checked(played(attacker="code-and-request"))
    comments = {page["title"]: page.get("comment", "") for page in log["pages"]}
    code = event_of(played(), Act.STEP_6).messages[0].message
    assert isinstance(code, Response)
    told = comments["☠ 6. The redirect goes to the wrong app"]
    assert told == f"Opened inside the device, no HTTP, Browser → Attacker: {code.location}"
    assert comments["☠ 3. The attacker reads the request in the history"].startswith(
        "A copy leaks, Browser → Attacker: "
    )
    assert not any("com.example.app" in entry["request"]["url"].partition("?")[0] for entry in log["entries"])


def test_a_copy_that_leaks_is_no_request() -> None:
    entries = checked(played(client="spa", attacker="code-interception"))["entries"]
    callbacks = [entry for entry in entries if "/callback?" in entry["request"]["url"]]
    assert [entry["comment"] for entry in callbacks] == ["Browser → App"]


def test_a_request_that_nobody_answers_has_status_0_and_says_so() -> None:
    entries = checked(played(client="native-loopback", attacker="code-interception"))["entries"]
    taken = next(entry for entry in entries if "/callback?" in entry["request"]["url"])
    assert taken["response"]["status"] == 0
    assert taken["comment"] == "Browser → Attacker; never answered in this trace"


def test_times_are_those_of_the_simulation() -> None:
    entries = checked(played())["entries"]
    assert LESSON_TIME == 1_767_268_800
    assert {entry["startedDateTime"] for entry in entries} == {"2026-01-01T12:00:00.000+00:00"}
    assert {entry["time"] for entry in entries} == {0}


def test_an_answer_that_comes_later_shows_how_long_it_took() -> None:
    trace = played()
    late = [evolve(world, now=world.now + 2 * number) for number, world in enumerate(trace.worlds)]
    entries = checked(Trace("late", tuple(late)))["entries"]
    waited = {f"{one['request']['method']} {one['request']['url'].partition('?')[0]}": one["time"] for one in entries}
    assert waited["POST https://as.example/oauth/token"] == 4000  # sent by move 7, answered by move 9
    assert waited["GET https://as.example/login"] == 0


@pytest.mark.parametrize("start", [0, LAST_SECOND])
def test_any_time_a_simulation_can_start_at_is_a_time_of_the_calendar(start: int) -> None:
    entries = checked(simulation(start=start).run())["entries"]
    assert {entry["startedDateTime"][:4] for entry in entries} == {"1970" if start == 0 else "9999"}


@given(st.text(), st.text(), st.text())
def test_any_text_in_a_message_stays_text(name: str, value: str, body: str) -> None:
    trace = played()
    last = trace.worlds[-1]
    said = Response(status=200, headers=((name, value), ("Set-Cookie", value), ("Location", "x:" + value)), body=body)
    opened = Opening(url="com.example.app:/" + value.replace("[", ""))
    asked = Request(method="POST", url="https://api.example/#" + value, headers=(("Cookie", value),), body=body)
    messages = (Sent("client", "api", asked), Sent("api", "client", said), Sent("browser", "client", opened))
    log = (*last.log[:-1], replace(last.log[-1], messages=messages))
    checked(Trace("odd", (*trace.worlds[:-1], evolve(last, log=log))))
