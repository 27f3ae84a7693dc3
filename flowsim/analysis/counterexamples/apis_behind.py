"""The cases of an API behind an MCP server: what the MCP server shows to it in the place of an access token made for it."""

from collections.abc import Callable
from typing import Any

from flowsim.analysis.counterexamples.case import Counterexample, Judged, access_token, header, move
from flowsim.analysis.counterexamples.edits import Edit
from flowsim.analysis.forged_tokens import by_forger
from flowsim.model.states import State
from flowsim.protocol import signed_tokens

OWN_TOKEN: dict[str, Any] = {"client": "mcp", "behind": "own-token"}


def shown(edit: Edit) -> Callable[[frozenset[str]], Judged]:
    """The API behind judges a request that was changed on its way."""
    return move(State.BEHIND_ASKED, edit, **OWN_TOKEN)


CASES: tuple[Counterexample, ...] = (
    Counterexample("behind.token_present", shown(header(authorization=None))),
    Counterexample("behind.is_jwt", shown(header(authorization="Bearer garbage"))),
    Counterexample("behind.token_type", shown(access_token(head={"typ": "JWT"}))),
    Counterexample("behind.algorithm", shown(access_token(head={"alg": "none"}, sign=signed_tokens.no_signature))),
    Counterexample("behind.issuer", shown(access_token({"iss": "https://evil.example"}))),
    Counterexample("behind.audience", move(State.BEHIND_ASKED, client="mcp", behind="passed-on")),
    Counterexample("behind.signature", shown(access_token(sign=by_forger))),
    Counterexample("behind.not_expired", shown(access_token({"exp": 1}))),
    Counterexample("behind.proved", shown(access_token({"cnf": {"jkt": "a key of the app's"}}))),
)
