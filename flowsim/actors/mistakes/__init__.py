"""Where honest parties make their mistakes: the few seams at which they send, keep and expect what real code does.

A seam is a function that a party goes through, with a table of what each mistake does there: for an app in app.py, for a
server and an API in servers.py, for what stands between them in proxies.py, for a login of an MCP client in
assistants.py. A party that makes no mistake gets back what it
gave. What a mistake brings about is nobody's business here: the checks of the others see to it.

Source: none of its own; the clauses that are not followed stand with each mistake in model/mistakes.
"""

from flowsim.actors.mistakes import app, assistants, proxies, servers

__all__ = ["carried_out"]


def carried_out() -> list[str]:
    """The names of the mistakes that are carried out at some seam, as often as they are."""
    return [name for module in (app, servers, proxies, assistants) for table in module.TABLES for name in table]
