"""Watching a live world in a notebook: the player follows the logins while they happen.

The world is served by other threads than the notebook's own. That something has changed is handed to the notebook's event
loop, which tells the browser, a few times a second at most; each view of the widget then asks for what it has not got.

Source: none of the protocol's; ipywidgets' manual on custom messages and on updating widgets from another thread.
"""

import asyncio
from contextlib import suppress
from typing import Any

import traitlets

from flowsim.front_end.page import frame, stored
from flowsim.live.payload import part_since
from flowsim.live.world import LiveWorld
from flowsim.model.scenario import ScenarioError
from flowsim.widgets.module import FrontEnd

_PAUSE = 0.3  # seconds in which several changes become one


class Watch(FrontEnd):
    """A player that follows a live world. Close it with `close()`, and it hears of nothing any more."""

    front_end = traitlets.Unicode("watching").tag(sync=True)
    first = traitlets.Dict().tag(sync=True)
    changes = traitlets.Int(0).tag(sync=True)
    attack = traitlets.Unicode(None, allow_none=True).tag(sync=True)

    def __init__(self, world: LiveWorld) -> None:
        self._world = world
        self._loop = _running_loop()
        self._soon: asyncio.TimerHandle | None = None
        super().__init__(first=part_since(*world.shown()), attack=world.attack)
        self.on_msg(self._asked)
        self._end = world.subscribe(self._changed)

    def close(self) -> None:
        """Take the player away; the world goes on."""
        self._end()
        if self._soon is not None:
            self._soon.cancel()
        super().close()

    def _changed(self) -> None:
        """Something has changed, says a thread of the world. Without an event loop nobody is told."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended, and the notebook with it
                self._loop.call_soon_threadsafe(self._tell_soon)

    def _tell_soon(self) -> None:
        if self._soon is None and self._loop is not None:
            self._soon = self._loop.call_later(_PAUSE, self._tell)

    def _tell(self) -> None:
        self._soon = None
        self.attack = self._world.attack
        self.changes += 1

    def _asked(self, _widget: Any, asked: Any, _buffers: Any) -> None:
        """A view asks for what is new since the moment of that name."""
        part = part_since(*self._world.shown(), str(asked.get("since", "")))
        self.send({"to": asked.get("view"), "part": part})

    @traitlets.observe("attack")
    def _turned_loose(self, change: Any) -> None:
        if change["new"] == self._world.attack:
            return
        try:
            self._world.attack = change["new"]
        except ScenarioError as error:
            self.attack = self._world.attack
            raise traitlets.TraitError(str(error)) from None

    def __repr__(self) -> str:
        """Return how many logins there are; the same in every session, so that a stored notebook can be compared."""
        count = len(self._world.logins)
        return f"Watch({count} {'login' if count == 1 else 'logins'})"

    def _repr_mimebundle_(self, **settings: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Add a page with what there was, for a notebook that no kernel runs."""
        data, metadata = super()._repr_mimebundle_(**settings) or ({}, {})
        payload = self._world.payload()
        shown = frame(payload) if payload["branches"] else ""
        return {**data, "text/plain": repr(self), "text/html": stored(shown, needs_a_kernel="Watching")}, metadata


def _running_loop() -> asyncio.AbstractEventLoop | None:
    """The event loop of the notebook's kernel; None in a program without one."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
