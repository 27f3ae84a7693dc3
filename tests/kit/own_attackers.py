"""Attackers made of one function, for tests of what a rule can say and what it cannot reach."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flowsim.attacks.base import Attacker
from flowsim.attacks.view import View
from flowsim.model.scenario import Scenario
from flowsim.model.transitions import Move
from flowsim.protocol.messages import Request, request

Rule = Callable[[View], Move | None]
SERVER = "https://as.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled(Attacker):
    """Does what this function says; presupposes these settings."""

    rule: Rule
    presupposes: dict[str, Any] | None = None

    def next_move(self, view: View) -> Move | None:
        return self.rule(view)

    def needs(self, scenario: Scenario) -> dict[str, Any]:
        return {} if self.presupposes is None else self.presupposes


def ruled(rule: Rule, *positions: str, **fields: Any) -> Ruled:
    """An attacker called "mine" with this rule and these positions."""
    return Ruled(rule=rule, positions=positions or ("A1",), **{"name": "mine", "title": "my own"} | fields)


def post(path: str, form: dict[str, str], **headers: str) -> Request:
    """A form for the honest server."""
    return request("POST", f"{SERVER}{path}", form=form, headers=headers)


def redeem(view: View, code: str, **more: str) -> Request:
    """The token request of the honest app with this code."""
    profile = view.scenario.profile
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": profile.redirect_uri}
    return post("/oauth/token", {**form, "client_id": profile.client_id, **more})
