"""Watching a live world: the page, what it shows, and word that something has changed.

Of what is shown only what has changed is sent. Who has the token may watch (watch_access.py); that many at a time.

Source: HTML Living Standard section 9.2 (server-sent events).
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from threading import Lock
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from flowsim.front_end.live_page import POLICY, live_page, live_script, live_style
from flowsim.live.payload import part_since
from flowsim.live.world import LiveWorld
from flowsim.model.scenario import ScenarioError

MOST_WATCHERS = 20
_BEAT = 15  # seconds after which a silent stream says that it lives
_PAUSE = 0.2  # seconds between two words of change
_LONGEST = 1000  # octets of a request to turn an attacker loose


class Watching:
    """The endpoints below `/flowsim/` for one world."""

    def __init__(self, world: LiveWorld) -> None:
        self._world = world
        self._watchers = 0
        self._lock = Lock()
        self.app = Starlette(
            routes=[
                Route("/", self._page),
                Route("/live.js", self._script),
                Route("/live.css", self._style),
                Route("/payload", self._payload),
                Route("/changes", self._changes),
                Route("/attack", self._attack, methods=["POST"]),
            ]
        )

    async def _page(self, request: Request) -> Response:
        return Response(live_page(self._world.issuer), media_type="text/html", headers=_headers())

    async def _script(self, request: Request) -> Response:
        return Response(live_script(), media_type="text/javascript", headers=_headers())

    async def _style(self, request: Request) -> Response:
        return Response(live_style(), media_type="text/css", headers=_headers())

    async def _payload(self, request: Request) -> Response:
        """What is shown. `since` is what the last answer said under that name: then only what has changed comes."""
        since = request.query_params.get("since", "")
        told = await run_in_threadpool(self._told, since)
        return JSONResponse(told, headers=_headers())

    def _told(self, since: str) -> dict[str, Any]:
        with self._lock:  # one at a time draws
            return part_since(*self._world.shown(), since)

    async def _changes(self, request: Request) -> Response:
        if self._watchers >= MOST_WATCHERS:
            return PlainTextResponse(f"Expected at most {MOST_WATCHERS} watchers at a time.\n", 503, _headers())
        return StreamingResponse(self._stream(request), media_type="text/event-stream", headers=_headers())

    async def _stream(self, request: Request) -> AsyncIterator[str]:
        """A line for each change, and now and then one that says nothing, until whoever listens has gone."""
        changed, loop = asyncio.Event(), asyncio.get_running_loop()
        changed.set()

        def heard() -> None:
            with suppress(RuntimeError):  # the server has stopped meanwhile
                loop.call_soon_threadsafe(changed.set)

        end = self._world.subscribe(heard)
        self._watchers += 1
        gone = asyncio.create_task(_left(request))
        try:
            while not gone.done():
                news = asyncio.create_task(changed.wait())
                await asyncio.wait([news, gone], timeout=_BEAT, return_when=asyncio.FIRST_COMPLETED)
                news.cancel()
                yield f"data: {self._world.version}\n\n" if changed.is_set() else ": still here\n\n"
                changed.clear()
                await asyncio.sleep(_PAUSE)
        finally:
            gone.cancel()
            self._watchers -= 1
            end()

    async def _attack(self, request: Request) -> Response:
        """Turn an attacker loose, or with null nobody. A form of another page cannot send this type of body."""
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return PlainTextResponse("Expected application/json.\n", 415, _headers())
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > _LONGEST:
                return PlainTextResponse(f"Expected at most {_LONGEST} octets.\n", 413, _headers())
        try:
            name = json.loads(body)["name"]
            if not isinstance(name, str | None):
                raise TypeError(name)
            self._world.attack = name
        except ScenarioError as error:
            return PlainTextResponse(f"{error}\n", 400, _headers())
        except (ValueError, KeyError, TypeError, RecursionError):
            return PlainTextResponse('Expected {"name": "code-interception"} or {"name": null}.\n', 400, _headers())
        return JSONResponse({"attack": self._world.attack}, headers=_headers())


async def _left(request: Request) -> None:
    """Wait until whoever sent this request listens no more."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _headers() -> dict[str, str]:
    return {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
