"""A connection, as uvicorn and h11 handle it, and with the limits that they do not have: how many, how slow, how long.

Whatever is no HTTP is answered with the error that fits, and with a line in the log that holds nothing of what was sent.
"""

import asyncio
import logging
import sys
from contextlib import suppress
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol

from flowsim.live.port import exchange_log
from flowsim.live.port.application import WATCH, Port
from flowsim.live.port.several import Several

_FAILURES = exchange_log.LOG.getChild("uvicorn")
_FAILURES.setLevel(logging.ERROR)  # of what else uvicorn tells, the lines here say more
_SECONDS_TO_LEAVE = 1
_SAID = {
    408: "The request took too long to arrive.",
    414: "The address is too long.",
    431: "The headers are too long.",
    501: "This transfer coding is not known here.",
    503: "Too many connections at once.",
}


class CarefulProtocol(H11Protocol):
    """One connection to a `Port`."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        assert isinstance(self.app, Port | Several), "it knows the limits"
        self._limits = self.app.limits
        self._deadline: asyncio.TimerHandle | None = None
        self._asking = self._leaving = False
        self._unread: asyncio.TimerHandle | None = None
        self.logger = _FAILURES

    @property
    def _peer(self) -> str:
        return self.client[0] if self.client else ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self._limits.connections:
            self.connections.discard(self)
            exchange_log.malformed(self._peer, 503, "too many connections")
            transport.write(self._error(503))
            transport.close()
            return
        self._wait_for(self._limits.seconds_to_begin)

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._deadline, self._unread):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._leaving or self.transport.is_closing():
            return  # it was answered already, and what still comes is not read
        super().data_received(data)
        self._keep_time()

    def eof_received(self) -> bool | None:  # type: ignore[override]
        """Answer what was asked, although the peer says nothing more; over TLS that cannot be.

        Whoever watches has gone: a stream of changes has no end by which they could wait for it.
        """
        if self._leaving:
            return None
        answering = self.cycle is not None and not self.cycle.response_complete and not self.cycle.more_body
        if self._asking and not answering:
            self._give_up(400, "a request that ended too early")
        watching = answering and self.scope["path"].startswith(f"{WATCH}/")
        if not answering or watching or self.scheme == "https":
            return None
        self.cycle.keep_alive = False
        return True

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._keep_time()

    def send_400_response(self, msg: str) -> None:
        """Answer what h11 cannot read; uvicorn calls this while it handles the error."""
        error = sys.exc_info()[1]
        status = error.error_status_hint if isinstance(error, h11.RemoteProtocolError) else 400
        if status == 431 and b"\n" not in self.conn.trailing_data[0]:
            status = 414
        # What stands behind the colon may be what was sent.
        why = str(error or msg).partition(":")[0]
        self._give_up(status, f"malformed request ({why})")

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread = self.loop.call_later(self._limits.seconds_to_read, self._does_not_read)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def shutdown(self) -> None:
        """End this connection now; who is still being answered hears as much as if the peer had gone."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self.transport.abort()
            return
        with suppress(h11.LocalProtocolError):
            self.conn.send(h11.ConnectionClosed())
        self.transport.close()

    def _keep_time(self) -> None:
        """Start the clock with the first octet of a request, and stop it with the last one."""
        if self._leaving or self.transport.is_closing():
            return
        begun = self.conn.their_state is h11.IDLE and bool(self.conn.trailing_data[0])
        asking = begun or self.conn.their_state is h11.SEND_BODY
        if asking and not self._asking:
            self._wait_for(self._limits.seconds_to_ask)
        elif not asking and self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        self._asking = asking

    def _wait_for(self, seconds: float) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(seconds, self._too_slow)

    def _too_slow(self) -> None:
        if self.transport.is_closing():
            return
        if self._asking and not self._leaving:
            self._give_up(408, "a request that did not end in time")
        else:
            self.transport.close()

    def _does_not_read(self) -> None:
        exchange_log.ended(self._peer, "an answer that was not read in time")
        self.transport.abort()

    def _give_up(self, status: int, why: str) -> None:
        """Answer with this status, where an answer has not begun, and end the connection."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            exchange_log.malformed(self._peer, status, why)
            self.transport.write(self._error(status))
            if self.cycle is not None and not self.cycle.response_complete:
                self.cycle.disconnected = True
                self.cycle.message_event.set()
            self._leave()
        else:
            exchange_log.ended(self._peer, why)
            self.transport.close()

    def _leave(self) -> None:
        """End the connection once the peer has had the time to hear why: if octets are left unread it hears nothing."""
        if not self.transport.can_write_eof():  # over TLS
            self.transport.close()
            return
        self._leaving = True
        self.transport.write_eof()
        self.flow.resume_reading()
        self._wait_for(_SECONDS_TO_LEAVE)

    def _error(self, status: int) -> bytes:
        body = f"{_SAID.get(status, 'This is no request that HTTP allows.')}\n".encode()
        lines = [
            b"HTTP/1.1 %d %s" % (status, STATUS_PHRASES[status]),
            b"content-type: text/plain; charset=utf-8",
            b"content-length: %d" % len(body),
            b"connection: close",
        ]
        return b"\r\n".join([*lines, b"", body])
