"""Whoever knows the name of an attack knows its file, and why it worked is said beside it."""

import importlib
from pkgutil import iter_modules
from typing import Any

import pytest

from flowsim import attacks
from flowsim.analysis.counterexamples.edits import played, world_in
from flowsim.attacks import ATTACKERS, Attacker
from flowsim.attacks.mix_up import MixUp
from flowsim.attacks.web_view import WebView
from flowsim.model.states import State
from flowsim.model.world import World
from flowsim.simulation.simulation import Simulation, Trace

TWO_APIS = "openid profile read:photos read:messages"
NO_ATTACKS = {"base", "brute_force", "referee", "secrets", "toolkit", "view"}


def attacks_of(module: str) -> list[str]:
    """The names of the attacks in this file."""
    found = importlib.import_module(f"flowsim.attacks.{module}")
    several = getattr(found, "ATTACKERS", None)
    return [one.name for one in several or (found.ATTACKER,)]


def test_an_attack_stands_in_a_file_of_its_name_or_of_the_name_it_begins_with() -> None:
    files = {module.name for module in iter_modules(attacks.__path__)} - NO_ATTACKS
    there = {name: file for file in files for name in attacks_of(file)}
    assert set(there) == set(ATTACKERS)
    for name, file in there.items():
        assert name.startswith(file.replace("_", "-")), f"{name} is in {file}.py"


@pytest.mark.parametrize("file", ["login_csrf", "refresh_theft"])
def test_a_file_with_several_attacks_names_them_all(file: str) -> None:
    said = importlib.import_module(f"flowsim.attacks.{file}").__doc__ or ""
    assert len(attacks_of(file)) > 1
    assert all(f"`{name}`" in said for name in attacks_of(file))


@pytest.mark.parametrize("name", ATTACKERS)
def test_no_attack_gives_a_reason_where_nothing_has_happened(name: str) -> None:
    assert ATTACKERS[name].reason(world_in(State.START, attacker=name)) is None
    assert ATTACKERS[name].reason(played(client="spa").worlds[-1]) is None


class Quiet(MixUp):
    """Does a mix-up and says nothing of it."""

    __slots__ = ()

    def reason(self, world: World) -> str | None:
        return None


class Boastful(WebView):
    """Reads the password and has its own words for it."""

    __slots__ = ()

    def reason(self, world: World) -> str | None:
        return "I was the app all along." if super().reason(world) else None


def of_ones_own(kind: type[Attacker], positions: tuple[str, ...], **settings: Any) -> Trace:
    mine = kind(name="mine", title="mine", positions=positions, aim="password" if kind is Boastful else "account")
    return Simulation(seed=7, **settings).inject(mine).run()


def test_a_reason_is_found_by_what_has_happened_whoever_did_it() -> None:
    trace = of_ones_own(Quiet, ("A1",), second_server=True, iss=False)
    assert "The app brought the code and its verifier to the attacker's server" in trace.verdict.sentence


def test_an_attack_of_ones_own_may_say_itself_why_it_worked() -> None:
    trace = of_ones_own(Boastful, ("web_view",), web_view=True)
    assert trace.verdict.sentence == "The attacker has the user's password. I was the app all along."


# Attack, settings, words that only what has happened can have brought there.
TRUE: list[tuple[str, dict[str, Any], str]] = [
    ("app-impersonation", {"remembered": "consent"}, "the server approved without asking"),
    ("app-impersonation", {"remembered": "nothing"}, "the user allowed it when the server asked"),
    ("request-stripping", {"pkce": "none"}, "Nothing tied the code to the app"),
    ("weak-verifier", {"verifier": "clock", "pkce": "plain", "par": "required"}, "The verifier was a time of day"),
    ("lasting-access", {"client": "spa", "pkce": "none", "replay_revokes": False}, "its own login has failed"),
    ("lasting-access", {"client": "native-scheme", "pkce": "none"}, "The app has never got the code"),
    (
        "lasting-access",
        {"client": "spa", "pkce": "none", "without": frozenset({"token.code_unused"})},
        "So does the app: the code worked twice",
    ),
    (
        "access-token-theft",
        {"api": "photos", "without": frozenset({"api.audience"})},
        "It is a bearer token",
    ),
    (
        "api-replay",
        {"scope": TWO_APIS, "without": frozenset({"api.audience"})},
        "was made for another API",
    ),
]


@pytest.mark.parametrize(("attack", "settings", "words"), TRUE, ids=[f"{row[0]} {row[2]}" for row in TRUE])
def test_a_reason_says_what_was_so(attack: str, settings: dict[str, Any], words: str) -> None:
    verdict = played(attacker=attack, **settings).verdict
    assert verdict.attack_succeeded
    assert words in verdict.sentence
