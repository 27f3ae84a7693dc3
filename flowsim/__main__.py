"""`python -m flowsim`."""

import sys

try:
    from flowsim.cli import main

    status = main()
except KeyboardInterrupt:  # while the first modules are read
    status = 130
except ModuleNotFoundError as error:
    if error.name is None or error.name.partition(".")[0] == "flowsim":
        raise
    sys.stderr.write(
        f"flowsim: this Python ({sys.executable}) has no {error.name!r}; after `make lab`, `. .venv/bin/activate` brings "
        "one that has all that flowsim needs, and elsewhere `pip install -e .` does\n"
    )
    status = 2
raise SystemExit(status)
