"""Watching a live world in a notebook: the player follows the logins while they happen.

The world is served by other threads than the notebook's own. What has changed is handed to the notebook's event loop, which
sends it to the browser: at most a few times a second, and all of it that is new by then.

Source: none of the protocol's; ipywidgets' manual on updating widgets from another thread.
"""

import asyncio
from pathlib import Path
from threading import Timer
from typing import Any

import anywidget
import traitlets

from flowsim.front_end.bundle import bundle, style
from flowsim.front_end.live_page import LIVE_STYLES
from flowsim.front_end.page import frame, stored
from flowsim.live.world import LiveWorld
from flowsim.model.scenario import ScenarioError

_PAUSE = 0.3  # seconds between two messages to the browser


class Watch(anywidget.AnyWidget):
    """A player that follows a live world. Close it with `close()`, and it hears of nothing any more."""

    _esm = bundle(Path(__file__).with_suffix(".js"))
    _css = style(*LIVE_STYLES)

    payload = traitlets.Dict().tag(sync=True)
    attack = traitlets.Unicode(None, allow_none=True).tag(sync=True)

    def __init__(self, world: LiveWorld) -> None:
        self._world = world
        self._loop = _running_loop()
        self._timer: Timer | None = None
        super().__init__(payload=world.payload(), attack=world.attack)
        self._end = world.subscribe(self._changed)

    def close(self) -> None:
        """Take the player away; the world goes on."""
        self._end()
        super().close()

    def refresh(self) -> None:
        """Show what there is by now. Without a running event loop, nothing else does so."""
        self._timer = None
        self.payload = self._world.payload()

    def _changed(self) -> None:
        """Something has changed, says a thread of the world."""
        if self._timer is None and self._loop is not None and not self._loop.is_closed():
            self._timer = Timer(_PAUSE, self._loop.call_soon_threadsafe, [self.refresh])
            self._timer.daemon = True
            self._timer.start()

    @traitlets.observe("attack")
    def _turned_loose(self, change: Any) -> None:
        try:
            self._world.attack = change["new"]
        except ScenarioError as error:
            self.attack = self._world.attack
            raise traitlets.TraitError(str(error)) from None

    def __repr__(self) -> str:
        """Return how many logins there are; the same in every session, so that a stored notebook can be compared."""
        count = len(self.payload["branches"])
        return f"Watch({count} {'login' if count == 1 else 'logins'})"

    def _repr_mimebundle_(self, **settings: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Add a page with what there was, for a notebook that no kernel runs."""
        data, metadata = super()._repr_mimebundle_(**settings) or ({}, {})
        shown = frame(self.payload) if self.payload["branches"] else ""
        return {**data, "text/plain": repr(self), "text/html": stored(shown, needs_a_kernel="Watching")}, metadata


def _running_loop() -> asyncio.AbstractEventLoop | None:
    """The event loop of the notebook's kernel; None in a program without one."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
