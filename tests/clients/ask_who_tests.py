"""The command that the conformance suite starts as the client: it hands on what it was told to the test that has one.

So no scenario waits for a Python of its own to start. `python -S -E ask_who_tests.py PORT URL`
"""

import json
import os
import socket
import sys

with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as there:
    told = {name: value for name, value in os.environ.items() if name.startswith("MCP_CONFORMANCE_")}
    there.sendall(json.dumps({"url": sys.argv[2], **told}).encode() + b"\n")
    said = there.makefile(encoding="utf-8").read()
sys.exit(said or 0)
