"""Where the browser comes back to: a free port of this machine's own, for one answer (RFC 8252 section 7.3)."""

import time
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer
from urllib.parse import parse_qsl, urlsplit

CLOSING_PAGE = b"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Back to the app</title>
<style>:root { color-scheme: light dark } body { font: 1.1rem/1.6 system-ui, sans-serif; margin: 0 auto;
padding: 25vh 1.5rem 0; max-width: 24rem } h1 { font-weight: 600; font-size: 1.4rem }</style>
<h1>Back to the app</h1><p>The app goes on in its own window. You can close this page.</p></html>"""


STRANGE_PAGE = CLOSING_PAGE.replace(
    b"The app goes on in its own window.", b"It did not ask for this, and waits for another answer."
)


class NoAnswer(Exception):
    """Says in one sentence what came in place of an answer."""


class Callback(BaseHTTPRequestHandler):
    """Answers the browser when it comes back, with a page that says so."""

    timeout = 5  # seconds; a browser also opens connections on which it then says nothing
    server: "Listener"

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path != "/callback":  # an icon, for example
            self.send_error(404)
            return
        answer = parse_qsl(address.query, keep_blank_values=True)
        ours = ("state", self.server.state) in answer
        if ours:
            self.server.answer = answer
        page = CLOSING_PAGE if ours else STRANGE_PAGE
        self.send_response(200 if ours else 400)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_: object) -> None:
        """Nothing is written: the address holds the code."""


class Listener(TCPServer):
    """Takes the redirect with this `state`. The operating system chooses the port, and only this machine reaches it.

    Any page can send a browser here with any answer. One with another state does not end the wait: else it would be
    enough to cancel the login.
    """

    answer: list[tuple[str, str]] | None = None

    def __init__(self, state: str) -> None:
        super().__init__(("127.0.0.1", 0), Callback)
        self.state = state
        self.redirect_uri = f"http://127.0.0.1:{self.server_address[1]}/callback"

    def wait(self, patience: float) -> dict[str, str]:
        """The parameters of the redirect. Raises NoAnswer where it does not come within `patience` seconds."""
        until = time.monotonic() + patience
        while self.answer is None:
            self.timeout = max(0, until - time.monotonic())
            if self.timeout == 0:
                raise NoAnswer(f"no answer to this login came within {patience:g} seconds")
            self.handle_request()
        if len(self.answer) != len(dict(self.answer)):
            raise NoAnswer("the browser came back with a parameter twice (RFC 6749 section 3.1)")
        return dict(self.answer)

    def handle_error(self, *_: object) -> None:
        """Whatever else comes to the port is no answer, and the app waits on."""
