"""What runs inside the browser's Python: cells as JupyterLite runs them, and commands as a terminal does."""

import contextlib
import io
import json
import os
import traceback
from importlib import import_module
from typing import Any

Message = dict[str, Any]


class Cells:
    """The kernel of JupyterLite, and what it sends to the page."""

    def __init__(self) -> None:
        pyodide_kernel = import_module("pyodide_kernel")

        self.kernel = pyodide_kernel.kernel_instance
        self.shell = pyodide_kernel.ipython_shell
        self.sent: list[Message] = []
        self.kernel._parent_header = {"header": {}}
        self.shell.send_comm = lambda *message: None  # no page listens
        for stream in (pyodide_kernel.stdout_stream, pyodide_kernel.stderr_stream):
            stream.publish_stream_callback = lambda name, text: self.send("stream", name=name, text=text)
        publisher, hook = self.shell.display_pub, self.shell.displayhook
        publisher.clear_output_callback = lambda wait: self.send("clear_output", wait=wait)
        publisher.display_data_callback = lambda data, metadata, transient: self.send(
            "display_data", data=data, metadata=metadata, id=(transient or {}).get("display_id")
        )
        publisher.update_display_data_callback = lambda data, metadata, transient: self.update(
            transient["display_id"], data
        )
        hook.publish_execution_result = lambda count, data, metadata: self.send(
            "execute_result", data=data, metadata=metadata, execution_count=count
        )

    def send(self, kind: str, **content: Any) -> None:
        self.sent.append({"msg_type": kind, "content": content})

    def update(self, id: str, data: Message) -> None:
        """What was displayed under this name is this from now on, as in a page."""
        for one in self.sent:
            if one["msg_type"] == "display_data" and one["content"]["id"] == id:
                one["content"]["data"] = data

    async def run(self, code: str) -> list[Message]:
        self.sent.clear()
        result = await self.kernel.run(code)
        if result["status"] == "error":
            self.send("error", **{name: result[name] for name in ("ename", "evalue", "traceback")})
        # A line that told how far a task was is empty at the end, and nothing is left of it.
        return [one for one in self.sent if "data" not in one["content"] or any(one["content"]["data"].values())]


_cells: list[Cells] = []


async def notebook(folder: str) -> None:
    """A kernel at its start, in this folder."""
    if not _cells:
        _cells.append(Cells())
    os.chdir(folder)
    _cells[0].shell.reset(new_session=True)


async def cell(code: str) -> list[Message]:
    """What this cell sends."""
    return await _cells[0].run(code)


async def command(*arguments: str) -> Message:
    """What flowsim prints in a terminal, and its exit code."""
    from flowsim.cli import main

    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code: object = main(list(arguments))
        except SystemExit as exit:
            code = exit.code or 0
    return {"code": code, "out": out.getvalue(), "err": err.getvalue()}


async def value(code: str) -> Any:
    """What `answer` is after this code."""
    names: dict[str, Any] = {}
    exec(code, names)
    return names["answer"]


async def answer(line: str) -> str:
    function, *arguments = json.loads(line)
    try:
        return json.dumps({"answer": await globals()[function](*arguments)})
    except Exception:
        return json.dumps({"error": traceback.format_exc()})
