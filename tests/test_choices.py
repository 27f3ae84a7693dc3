"""Where the server is stricter or laxer than a SHOULD stands in one table, and what the table says is so."""

from typing import Any

import pytest

from flowsim.analysis.counterexamples import why
from flowsim.analysis.counterexamples.edits import played, world_in
from flowsim.analysis.counterexamples.requests import ask, get, post
from flowsim.checks import CHECKS
from flowsim.cli import main
from flowsim.model.choices import BY_ID, CHOICES, Choice, choices_of
from flowsim.model.scenario import ISSUER, SETTINGS
from flowsim.model.states import State
from flowsim.model.steps import clause_url
from flowsim.protocol.messages import query_of
from tests.kit.worlds import CALLBACK
from tests.test_login_parameters import AGREED, ONE_TIME, PASSWORD, opened, seen

EVERY = pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: choice.id)


@EVERY
def test_a_choice_names_a_clause_checks_that_there_are_and_its_setting(choice: Choice) -> None:
    assert clause_url(choice.clause).startswith("https://")
    assert set(choice.checks) <= set(CHECKS)
    assert not choice.setting or choice.setting in SETTINGS
    assert all(choices_of(check) for check in choice.checks)
    for said in (choice.asks, choice.does, choice.why):
        assert said
        assert not said.endswith(".")


def test_no_choice_stands_twice() -> None:
    assert len(BY_ID) == len(CHOICES)


def test_no_choice_is_about_what_a_clause_demands() -> None:
    """A MUST that stands in `asks` is of another case, which is named beside it."""
    assert [choice.id for choice in CHOICES if "MUST" in choice.asks] == ["pkce.required"]


# Choice → what is asked, with these settings of the server, and what the user or the app sees.
SEEN: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("scope.unknown", {}, {"scope": "openid admin"}, "login"),
    ("scope.unknown", {"unknown_scopes": "refused"}, {"scope": "openid admin"}, "invalid_scope"),
    ("scope.omitted", {}, {"scope": None}, "login"),
    ("redirect_uri.omitted", {}, {"scope": "profile", "redirect_uri": None}, "login"),
    ("prompt.unknown", {}, {"prompt": "create"}, "invalid_request"),
    ("prompt.select_account", AGREED, {"prompt": "select_account"}, "login"),
    ("display", {}, {"display": "wap"}, "login"),
    ("display", {}, {"display": "hologram"}, "invalid_request"),
    ("ui_locales", AGREED, {"ui_locales": "xx", "claims_locales": "yy"}, "code"),
    ("acr_values", AGREED, {"acr_values": ONE_TIME}, "login"),
    ("acr_values", AGREED, {"acr_values": f"gold {PASSWORD}"}, "code"),
    ("acr_values", {}, {"acr_values": "gold"}, "unmet_authentication_requirements"),
    ("resource.several", {}, {"resource": ("https://api.example", "https://photos.example")}, "invalid_target"),
    ("pkce.required", {}, {"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
    ("pkce.required", {"pkce_required": False}, {"code_challenge": None, "code_challenge_method": None}, "login"),
    ("pkce.plain", {}, {"code_challenge_method": "plain"}, "invalid_request"),
    ("pkce.plain", {"plain_allowed": True}, {"code_challenge_method": "plain"}, "login"),
]


@pytest.mark.parametrize(("choice", "settings", "changes", "expected"), SEEN, ids=str)
def test_the_server_does_what_its_choice_says(
    choice: str, settings: dict[str, Any], changes: dict[str, Any], expected: str
) -> None:
    assert choice in BY_ID
    assert seen(opened(settings, changes)) == expected


def test_a_request_uri_is_good_once() -> None:
    world = world_in(State.PREPARED, par="optional")
    form = {"response_type": "code", "client_id": "photo-app", "redirect_uri": CALLBACK, "scope": "openid"}
    pushed = ask(
        world, post(f"{ISSUER}/oauth/par", form | {"code_challenge": "c" * 43, "code_challenge_method": "S256"})
    )
    url = f"{ISSUER}/authorize?client_id=photo-app&request_uri={pushed.response.json()['request_uri']}"
    first = ask(pushed.world, get(url))
    assert first.decided is None
    assert ask(first.world, get(url)).decided == "authorize.request_uri_unused"
    assert not query_of(ask(first.world, get(url)).response.location)


@pytest.mark.parametrize("any_replay", [False, True])
def test_a_replayed_code_revokes_only_where_all_else_is_right_unless_the_server_is_told_otherwise(
    any_replay: bool,
) -> None:
    """The attacker who knows the used code and has no verifier wants the app's tokens revoked."""
    trace = played(attacker="logout-by-replay", revokes_any_replay=any_replay)
    assert trace.verdict.attack_succeeded is any_replay
    assert BY_ID["code.replayed"].setting == "revokes_any_replay"


def test_the_command_line_shows_the_choices(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["checks"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert all(f" {choice.id} " in told and choice.does in told for choice in CHOICES)
    assert "by choice     OIDC Core §3.1.2.1: scope values" in repr(why("authorize.scope_allowed"))
