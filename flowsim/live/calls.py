"""What one call of an SDK did: the messages that a live world has seen since somebody looked last, a line each.

A line names the parameters of a message and none of their values, so that it reads the same in every login.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from flowsim.live.world import LiveWorld
from flowsim.model.steps import API, BROWSER, CLIENT, SERVER, step_name
from flowsim.model.world import Event
from flowsim.protocol.messages import Opening, Request, Response, content_type, query_of

_MOST = 8  # members of an answer that are named
_NAMES = {BROWSER: "browser", CLIENT: "app", SERVER: "server", API: "API"}


class Messages:
    """The messages of a live world, as they come. `news()` tells those since the last time, or since this was made."""

    def __init__(self, world: LiveWorld) -> None:
        self._world = world
        self._told: dict[str, int] = {}
        self.news()

    def news(self) -> str:
        """A line for each message: its step, who sent it to whom, and what it holds, by name."""
        lines: list[str] = []
        for name, login in self._world.logins.items():
            events = login.trace.events
            for event in events[self._told.get(name, 0) :]:
                lines += _lines(event)
            self._told[name] = len(events)
        return "\n".join(lines)


def _lines(event: Event) -> Iterator[str]:
    for sent in event.messages:
        way = f"{_NAMES.get(sent.sender, sent.sender)} → {_NAMES.get(sent.receiver, sent.receiver)}"
        yield f"{step_name(event.step):>3}  {way:18} {_what(sent.message)}"


def _what(message: Request | Response | Opening) -> str:
    if isinstance(message, Opening):
        return f"opens {_address(message.url)}"
    if isinstance(message, Request):
        form = ", ".join(name for name, _ in message.form)
        shown = " with an access token" if message.header("authorization") else ""
        return f"{message.method} {_address(message.url)}{': ' if form else ''}{form}{shown}"
    if message.location:
        return f"{message.status} to {_address(message.location)}"
    if members := [*message.json()]:
        more = f" and {len(members) - _MOST} more" if len(members) > _MOST else ""
        return f"{message.status}: {', '.join(members[:_MOST])}{more}"
    return f"{message.status}{', a page' if content_type(message) == 'text/html' else ''}"


def _address(url: str) -> str:
    """The path of this address, and the names of its parameters."""
    names = "&".join(name for name, _ in query_of(url))
    return f"{urlsplit(url).path or '/'}{'?' if names else ''}{names}"
