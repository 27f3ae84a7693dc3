"""Runs that last as long as one likes: `python -m tests.fuzz NAME --runs 50000` or `--seconds 600`; `make fuzz`."""
