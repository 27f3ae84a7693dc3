"""One simulated learner at a hub: what a browser with JupyterLab would send, and how long each answer took.

Messages to the kernel are those of Jupyter's protocol, as JSON on one websocket. The exercise is answered as its widget
does it: with a message on the comm that the kernel has opened for the widget.
"""

import json
import random
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import websocket

PASSWORD = "one class, one day"
LESSON = "notebooks/00-start.ipynb"
EXERCISE, ANSWER = "start.1", "token.verifier_fits"
SECONDS = 300  # that a learner waits for one thing

Message = Mapping[str, Any]


class Learner:
    """Somebody of the class; `times` has the seconds of each action, by its name."""

    def __init__(self, url: str, name: str, pause: float = 0) -> None:
        self.url, self.name, self.pause = url, name, pause
        self.server = f"/user/{quote(name)}/"
        self.http = httpx.Client(base_url=url, follow_redirects=True, timeout=SECONDS)
        self.times: dict[str, list[float]] = {}
        self.session = uuid.uuid4().hex
        self.comm = ""

    def lesson(self) -> None:
        """Do the first lesson, from the log-in to handing in. Raises RuntimeError where something does not work."""
        with self.http:
            with self._timed("log in"):
                self._log_in()
            with self._timed("start the server"):
                self._wait_for_server()
            with self._timed("open the lesson"):
                cells = self._open()
            with self._timed("start a kernel"):
                socket = self._kernel()
            try:
                self._work(socket, cells)
            finally:
                socket.close()

    @contextmanager
    def _timed(self, action: str) -> Iterator[None]:
        start = time.monotonic()
        yield
        self.times.setdefault(action, []).append(time.monotonic() - start)

    def _log_in(self) -> None:
        self.http.get("/hub/login")
        form = {"username": self.name, "password": PASSWORD, "_xsrf": self._xsrf("/hub/")}
        answer = self.http.post("/hub/login", data=form, follow_redirects=False)
        if answer.status_code != 302:
            raise RuntimeError(f"{self.name} cannot log in: {answer.status_code}")

    def _wait_for_server(self) -> None:
        deadline = time.monotonic() + SECONDS
        self.http.get("/hub/spawn")
        while time.monotonic() < deadline:
            answer = self.http.get(f"{self.server}lab")
            if answer.is_success and answer.url.path.startswith(httpx.URL(self.url + self.server).path):
                return
            time.sleep(0.5)
        raise RuntimeError(f"the server of {self.name} has not started: {answer.status_code} {answer.url}")

    def _open(self) -> list[str]:
        answer = self.http.get(f"{self.server}api/contents/{LESSON}").raise_for_status().json()
        cells = [cell for cell in answer["content"]["cells"] if cell["cell_type"] == "code"]
        return ["".join(cell["source"]) for cell in cells]

    def _kernel(self) -> websocket.WebSocket:
        asked = {"path": LESSON, "name": "", "type": "notebook", "kernel": {"name": "python3"}}
        headers = {"X-XSRFToken": self._xsrf(self.server)}
        answer = self.http.post(f"{self.server}api/sessions", json=asked, headers=headers).raise_for_status().json()
        address = f"ws://{urlsplit(self.url).netloc}{self.server}api/kernels/{answer['kernel']['id']}/channels"
        jar = self.http.cookies.jar
        cookies = "; ".join(f"{one.name}={one.value}" for one in jar if self.server.startswith(one.path))
        socket = websocket.create_connection(
            f"{address}?session_id={self.session}", timeout=SECONDS, cookie=cookies, origin=self.url
        )
        self._ask(socket, "kernel_info_request", {})
        return socket

    def _work(self, socket: websocket.WebSocket, cells: list[str]) -> None:
        for cell in cells:
            self._think()
            with self._timed("run a cell"):
                self._run(socket, cell)
        if not self.comm:
            raise RuntimeError(f"{self.name} sees no widget of exercise {EXERCISE}")
        self._think()
        with self._timed("answer an exercise"):
            said = {"method": "custom", "content": {"said": ANSWER}}
            self._ask(socket, "comm_msg", {"comm_id": self.comm, "data": said})
        with self._timed("hand in"):
            self._run(socket, f"from flowsim.exercises import hand_in\nhand_in({self.name!r})")

    def _think(self) -> None:
        time.sleep(self.pause * random.uniform(0.5, 1.5))

    def _run(self, socket: websocket.WebSocket, code: str) -> None:
        for told in self._ask(socket, "execute_request", {"code": code, "silent": False, "store_history": True}):
            if told["msg_type"] == "error":
                raise RuntimeError(f"{self.name}: {told['content']['evalue']} in the cell {code!r}")
            if told["msg_type"] in ("comm_open", "comm_msg"):
                view = told["content"]["data"].get("state", {}).get("view", {})
                if view.get("id") == EXERCISE:
                    self.comm = told["content"]["comm_id"]

    def _ask(self, socket: websocket.WebSocket, kind: str, content: Message) -> list[dict[str, Any]]:
        """Send this to the kernel and give all that it says to it, until it is idle again and has replied."""
        id = uuid.uuid4().hex
        header = {"msg_id": id, "msg_type": kind, "username": self.name, "session": self.session, "version": "5.3"}
        sent = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        socket.send(json.dumps({**sent, "buffers": []}))
        told: list[dict[str, Any]] = []
        waits_for = {"idle"} if kind == "comm_msg" else {"idle", "reply"}
        while waits_for:
            message = _read(socket.recv())
            if message["parent_header"].get("msg_id") != id:
                continue
            told.append(message)
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                waits_for.discard("idle")
            elif message["channel"] == "shell":
                waits_for.discard("reply")
        return told

    def _xsrf(self, path: str) -> str:
        """The token against forged requests that was set for this path."""
        return next((one.value or "" for one in self.http.cookies.jar if (one.name, one.path) == ("_xsrf", path)), "")


def _read(octets: str | bytes) -> dict[str, Any]:
    """A message of the kernel; one with binary buffers has its JSON first, at an offset that stands ahead of it."""
    if isinstance(octets, str):
        return dict(json.loads(octets))
    count = int.from_bytes(octets[:4], "big")
    ends = [int.from_bytes(octets[4 * n : 4 * n + 4], "big") for n in range(1, count + 1)]
    return dict(json.loads(octets[ends[0] : ends[1] if count > 1 else len(octets)]))
