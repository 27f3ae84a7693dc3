"""A move as JSON values, and back: for a file of attacks that were found, which are played again before anybody says so.

    ["victim", "read_response"]
    ["lured", "open_request", {"role": "login", "opens": "https://as.example/authorize?…"}]
    ["attacker", "send_code", {"sends": ["POST", "https://as.example/oauth/token", [["Host", "…"]], "grant_type=…"]}]

Source: RFC 8259 (JSON); the shape is flowsim's own.
"""

from typing import Any

from flowsim.model.settings import ScenarioError
from flowsim.model.shown import shown
from flowsim.model.states import Act, Role
from flowsim.model.transitions import Move, Written
from flowsim.protocol.messages import Opening, Request

_ACTS = {act.value: act for act in Act}
_ROLES = {role.value: role for role in Role}


def move_json(move: Move) -> list[Any]:
    """This move as JSON values: its run, its act and, where there is more to it, the rest."""
    rest: dict[str, Any] = {}
    if move.role is not None:
        rest["role"] = move.role.value
    if move.by_attacker:
        rest["by_attacker"] = True
    if move.seconds:
        rest["seconds"] = move.seconds
    match move.message:
        case Opening(url=url):
            rest["opens"] = url
        case Request(method=method, url=url, headers=headers, body=body):
            rest["sends"] = [method, url, [[*pair] for pair in headers], body]
    return [move.run, move.act.value, *([rest] if rest else [])]


def read_move(value: Any) -> Move:
    """The move that these JSON values are. Raises ScenarioError for what is none."""
    try:
        run, act, *more = value
        rest = more[0] if more else {}
        role = _ROLES[rest["role"]] if "role" in rest else None
        return Move(str(run), _ACTS[act], _message(rest), role, rest.get("by_attacker") is True, rest.get("seconds", 0))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ScenarioError(
            f'expected a move as JSON, such as ["victim", "read_response"], not {shown(value)}'
        ) from None


def _message(rest: dict[str, Any]) -> Written | None:
    if "opens" in rest:
        return Opening(url=rest["opens"])
    if "sends" not in rest:
        return None
    method, url, headers, body = rest["sends"]
    return Request(method=method, url=url, headers=tuple((name, text) for name, text in headers), body=body)
