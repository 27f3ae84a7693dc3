"""Watching a live world: what its page asks for and is told, who may do so, and the widget of a notebook."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from flowsim.front_end.live_page import live_page, live_script
from flowsim.live.payload import MOST_SHOWN, part_since
from flowsim.live.port.server import Served, served
from flowsim.live.port.watching import MOST_WATCHERS
from flowsim.live.world import LiveWorld
from flowsim.widgets import watch
from tests.kit.live_login import login

AT = "http://127.0.0.1:9000"


def world(issuer: str = AT) -> LiveWorld:
    return LiveWorld(issuer=issuer, apis={"messages": f"{issuer}/api"})


@pytest.fixture
def at_port() -> Iterator[Served]:
    with served(world) as there:
        yield there


@pytest.fixture
def page(at_port: Served) -> Iterator[httpx.Client]:
    """Who has opened the page on which the world is watched."""
    with httpx.Client(follow_redirects=True, trust_env=False) as http:
        shown = http.get(at_port.watch)
        assert shown.status_code == 200
        http.base_url = shown.url
        yield http


def payload(page: httpx.Client, since: str = "") -> Any:
    return page.get("payload", params={"since": since}).raise_for_status().json()


def sizes(part: Any) -> dict[str, int]:
    return {one["name"]: len(one["trace"]["events"]) for one in part["branches"]}


# ---- What is told


def test_before_the_first_login_the_page_says_where_to_point_an_app(at_port: Served, page: httpx.Client) -> None:
    there = at_port.world
    told = payload(page)
    assert told["branches"] == []
    for client in there.server.clients.values():
        assert client.client_id in told["waiting"]
        assert all(uri in told["waiting"] for uri in client.redirect_uris)
    assert there.issuer in told["waiting"]
    assert there.metadata["registration_endpoint"] in told["waiting"]


def test_who_asks_again_is_told_what_has_changed_and_nothing_else(at_port: Served, page: httpx.Client) -> None:
    there = at_port.world
    first, second = login(there), login(there)
    next(first)
    whole = payload(page)
    assert whole["order"] == ["login-1"]
    assert whole["words"]
    next(second)
    part = payload(page, whole["since"])
    assert (part["order"], [*sizes(part)], part["words"]) == (["login-1", "login-2"], ["login-2"], [])
    list(first)
    later = payload(page, part["since"])
    assert [*sizes(later)] == ["login-1"]
    assert sizes(later)["login-1"] == len(there.logins["login-1"].trace.events)
    assert payload(page, later["since"])["branches"] == []


@pytest.mark.parametrize(
    "since", ["", "[]", "7", "{", "null", '{"login-1": "x"}', '{"login-1": -1}', "[" * 5000, "\x00"]
)
def test_who_asks_since_nothing_that_was_said_is_told_all(since: str) -> None:
    there = world()
    list(login(there))
    assert sizes(part_since(*there.shown(), since)) == sizes(there.payload())


def test_of_very_many_logins_the_latest_are_shown() -> None:
    there = world()
    for _ in range(MOST_SHOWN + 2):
        next(login(there))
    assert part_since(*there.shown())["order"] == [*there.logins][2:]


def test_a_part_and_what_was_there_make_the_whole() -> None:
    there = world()
    going = login(there)
    next(going)
    known = {one["name"]: one for one in there.payload()["branches"]}
    versions = there.shown()[1]
    for _ in going:
        part = part_since(*there.shown(), json.dumps(versions))
        known.update({one["name"]: one for one in part["branches"]})
        versions = there.shown()[1]
    assert [known[name] for name in part["order"]] == there.payload()["branches"]


# ---- The page


def test_the_page_runs_its_own_files_only(at_port: Served, page: httpx.Client) -> None:
    for path, kind in (("", "text/html"), ("live.js", "text/javascript"), ("live.css", "text/css")):
        answer = page.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(kind)
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
    text = page.get("").text
    assert text.count("<script") == 1
    assert "http" not in text.replace(at_port.address, "")
    assert "import(" not in live_script()


def test_an_issuer_cannot_write_into_the_page() -> None:
    assert "<b>" not in live_page('http://127.0.0.1/<b>"')


# ---- Turning an attacker loose


ASKED = [
    (b'{"name": null}', "application/json", 200),
    (b'{"name": null}', "application/json; charset=utf-8", 200),
    (b'{"name": "nobody"}', "application/json", 400),
    (b'{"name": "\\ud800"}', "application/json", 400),
    (b'{"name": 7}', "application/json", 400),
    (b'{"name": []}', "application/json", 400),
    (b"{}", "application/json", 400),
    (b"[]", "application/json", 400),
    (b"", "application/json", 400),
    (b"\xff", "application/json", 400),
    (b"[" * 990, "application/json", 400),
    (b" " * 100_000, "application/json", 413),
    (b"name=null", "application/x-www-form-urlencoded", 415),
    (b'{"name": null}', "text/plain", 415),
]


def test_only_a_name_in_json_turns_an_attacker_loose(at_port: Served, page: httpx.Client) -> None:
    answers = [page.post("attack", content=body, headers={"Content-Type": kind}) for body, kind, _ in ASKED]
    assert [one.status_code for one in answers] == [status for _, _, status in ASKED]
    assert all(one.text.count("\n") == 1 for one in answers if one.is_error)
    assert at_port.world.attack is None


def test_a_link_turns_nobody_loose(page: httpx.Client) -> None:
    assert page.get("attack").status_code == 405


def test_each_attacker_of_the_world_can_be_turned_loose_and_called_back(at_port: Served, page: httpx.Client) -> None:
    there = at_port.world
    assert {one["name"]: one["title"] for one in payload(page)["attacks"]} == there.attacks
    for name in [*there.attacks, None]:
        assert page.post("attack", json={"name": name}).json() == {"attack": name}
        assert there.attack == payload(page)["attack"] == name


# ---- On a port


def test_only_who_has_the_token_may_watch(at_port: Served, page: httpx.Client) -> None:
    paths = ("", "live.js", "live.css", "payload", "changes")
    for path in paths:
        assert httpx.get(f"{at_port.address}/flowsim/{path}", trust_env=False).status_code == 403
        assert httpx.get(page.base_url.join(path), trust_env=False).status_code == 403
    for path in paths[:-1]:
        assert page.get(path).status_code == 200
    attack = page.base_url.join("attack")
    assert httpx.post(attack, json={"name": None}, trust_env=False).status_code == 403


def test_a_page_of_somebody_else_may_do_nothing(page: httpx.Client) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert page.post("attack", json={"name": None}, headers=headers).status_code == 403
        assert page.get("payload", headers=headers).status_code == 403


def lines(answer: httpx.Response) -> Iterator[str]:
    return (line for line in answer.iter_lines() if line.startswith("data:"))


def test_word_of_each_change_comes_while_one_listens(at_port: Served, page: httpx.Client) -> None:
    with page.stream("GET", "changes") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        told = lines(answer)
        assert next(told) == "data: 0"
        for _ in login(at_port.world):
            assert next(told).startswith("data:")


def test_word_comes_to_so_many_watchers_and_a_place_is_free_again_when_one_leaves(
    at_port: Served, page: httpx.Client
) -> None:
    cookies = dict(page.cookies)
    url = page.base_url.join("changes")
    with httpx.Client(cookies=cookies, trust_env=False, limits=httpx.Limits(max_connections=None)) as many:
        streams = [many.send(many.build_request("GET", url), stream=True) for _ in range(MOST_WATCHERS)]
        told = [lines(one) for one in streams]
        assert all(next(one).startswith("data:") for one in told)
        refused = many.get(url)
        assert refused.status_code == 503
        assert str(MOST_WATCHERS) in refused.text
        streams[0].close()
        while True:
            with many.stream("GET", url) as again:
                if again.status_code == 200:
                    break
            time.sleep(0.02)


def test_a_server_with_watchers_stops(at_port: Served, page: httpx.Client) -> None:
    with served(lambda issuer: LiveWorld(issuer=issuer)) as other:
        http = httpx.Client(trust_env=False, follow_redirects=True)
        shown = http.get(other.watch).raise_for_status()
        stream = http.send(http.build_request("GET", shown.url.join("changes")), stream=True)
        told = lines(stream)
        next(told)
    with pytest.raises(httpx.ConnectError):
        http.get(other.watch)
    stream.close()
    next(login(other.world))  # the world lives on, and nobody hears of it
    http.close()


# ---- In a notebook


def test_the_widget_begins_with_what_there_is_and_hears_of_changes_from_any_thread() -> None:
    there = world()
    going = login(there)
    next(going)

    async def watched() -> tuple[dict[str, int], list[int], list[int]]:
        widget = watch(there)
        asked: list[Any] = []
        widget.send = asked.append
        before, heard, on = sizes(widget.first), [widget.changes], threading.get_ident()
        told = asyncio.Event()
        where: list[int] = []

        def changed(_change: object) -> None:
            where.append(threading.get_ident())
            told.set()

        widget.observe(changed, "changes")
        worker = threading.Thread(target=lambda: list(going))
        worker.start()
        await asyncio.wait_for(told.wait(), 60)
        worker.join()
        heard.append(widget.changes)
        widget._asked(widget, {"view": "one", "since": widget.first["since"]}, [])
        assert set(where) == {on}
        assert asked[0]["to"] == "one"
        assert sizes(asked[0]["part"]) == sizes(there.payload())
        widget.close()
        after = widget.changes
        next(login(there))
        await asyncio.sleep(0)
        assert there._listeners == []
        return before, heard, [after, widget.changes]

    before, heard, after = asyncio.run(watched())
    assert before["login-1"] < sizes(there.payload())["login-1"]
    assert heard[1] > heard[0]
    assert after[0] == after[1]


def test_without_a_kernel_the_widget_shows_the_page_that_was_stored() -> None:
    there = world()
    widget = watch(there)
    assert repr(widget) == "Watch(0 logins)"
    list(login(there))
    bundle = widget._repr_mimebundle_()
    assert bundle is not None
    assert bundle[0]["text/plain"] == "Watch(1 login)"
    assert "<iframe" in bundle[0]["text/html"]
    widget.close()
