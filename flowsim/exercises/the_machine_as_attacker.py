"""The exercises on the machine as attacker: what keeps an attack out, what a bound says, what PKCE leaves, a goal."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from flowsim.exercises.kinds import Choice, Exercise, Made, Option, Verdict, check_option
from flowsim.explorer.decision_tree import DecisionTree
from flowsim.explorer.exploring import Exploration
from flowsim.explorer.knowledge import known
from flowsim.explorer.search import search
from flowsim.model.own_code import result_of
from flowsim.model.shown import shown
from flowsim.model.states import Act
from flowsim.model.world import OWN_LOGIN, World
from flowsim.protocol.signed_tokens import read
from flowsim.views.text.words_of_search import decision, moment

_CHECKS = ("token.verifier_present", "token.redirect_uri_same", "callback.state_same")
_REFRESHING = "openid profile read:messages offline_access"
# What an attacker does against an app with S256: what it is after, where it stands, how many moves it gets.
_LEFT: Mapping[str, Mapping[str, Any]] = {
    "api": {"positions": "A5", "goals": "access-token", "depth": 1},
    "storage": {"positions": "storage", "goals": "refresh-token", "depth": 1, "scope": _REFRESHING},
    "form": {"positions": "web_view", "goals": "password", "depth": 1, "web_view": True},
}


def token_of_our_app(world: World) -> bool:
    """True where the attacker knows an access token of the victim's that was issued to the app, not to one of its own."""
    ours = world.scenario.profile.client_id
    tokens = (read(token) for token in known(world).access_tokens)
    return any(token is not None and token.claims.get("client_id") == ours for token in tokens)


@cache
def redirect_is_read(*without: str) -> Exploration:
    """What an attacker that reads redirects comes to within two moves, against S256 and without these checks."""
    return search(pkce="S256", positions="A3", goals=token_of_our_app, depth=2, without=frozenset(without))


@cache
def within(depth: int) -> Exploration:
    """What an attacker with nothing but the web comes to within so many moves."""
    return search(pkce="S256", goals="access-token", depth=depth)


@cache
def _appears_without() -> tuple[str, ...]:
    return tuple(check for check in _CHECKS if redirect_is_read(check).found is not None)


def _what_it_shows() -> str:
    none, more = within(1), within(2)
    assert none.found is None and none.finished and more.found is not None
    return "bound"


@cache
def _found_with_pkce() -> tuple[str, ...]:
    found = [name for name, asked in _LEFT.items() if search(pkce="S256", **asked).found is not None]
    return (*found, *(["redirect"] if redirect_is_read().found is not None else []))


@cache
def _worlds() -> tuple[tuple[str, World], ...]:
    """Worlds to show to a goal, each with how it came about: after one decision, and some of the attacker's own login."""
    return tuple(_gathered())


def _gathered() -> Iterator[tuple[str, World]]:
    tree = DecisionTree(search(pkce="S256", positions="A3", goals=_nothing, depth=2))
    for first in tree.branches(0):
        yield f"“{decision(first)}” {moment(first)}", first.after
        if first.moves[0].act is Act.STEP_1 and first.number is not None:
            for second in tree.branches(first.number):
                yield f"“{decision(first)}”, then “{decision(second)}”", second.after


def _nothing(world: World) -> bool:
    return False


def knows_a_code_of_the_victims(world: World) -> bool:
    """True where the attacker knows a code that is not of its own login."""
    return any(code.run != OWN_LOGIN for code in known(world).codes)


def _tries_the_goal(made: Callable[[World], object]) -> Verdict:
    """Show the function worlds in which the attacker has decided something; then have the machine search for it."""
    for told, world in _worlds():
        said, right = result_of("your function", made, world), knows_a_code_of_the_victims(world)
        if said is not right:
            wrong = "counts its own code" if said and known(world).codes else "another answer"
            return Verdict(False, f"In the world after {told} it says {shown(said)}, and it is {right}.", wrong)
    found = search(pkce="S256", positions="A3", goals=lambda world: bool(made(world)), depth=1)
    return Verdict(True, f"It is right in {len(_worlds())} worlds. The machine, with your goal: {found.sentence}.")


EXERCISES: tuple[Exercise, ...] = (
    Choice(
        id="the-machine-as-attacker.1",
        question="Which of these checks, each taken away alone, lets this attack appear within two moves? Choose all.",
        hint="Search with `without={…}`. Without PKCE, what is sent with the stolen code, and what is not?",
        several=True,
        options=(
            check_option("token.verifier_present", "Without it the code may come with no verifier at all."),
            check_option("token.redirect_uri_same", "The attacker sends the app's own address, so nothing is noticed."),
            check_option("callback.state_same", "The stolen redirect never comes back to the app."),
        ),
        computed=lambda: _appears_without(),
        reason=lambda: f"With all checks: {redirect_is_read().sentence}.",
    ),
    Choice(
        id="the-machine-as-attacker.2",
        question='`search(pkce="S256", goals="access-token", depth=1)` finds nothing. What does that show?',
        hint="What came of the same search with `depth=2`?",
        options=(
            Option("safe", "there is no such attack on this app", "With one move more there is one."),
            Option(
                "pkce",
                "PKCE has stopped the attack",
                "Without PKCE one move is not enough either.",
            ),
            Option("bound", "of the moves that are tried, no single one is enough", "And no more than that."),
            Option(
                "nothing", "nothing, for the search was too short", "For one move everything that is tried was tried."
            ),
        ),
        computed=lambda: _what_it_shows(),
        reason=lambda: f"With two moves: {within(2).sentence}.",
    ),
    Choice(
        id="the-machine-as-attacker.3",
        question="Which of these does an attacker come to, though the app uses S256? Choose all; each was searched for.",
        hint="PKCE looks at one moment: when the code is redeemed. Which of these need no stolen code?",
        several=True,
        options=(
            Option(
                "api", "an access token, as the API it is shown to", "The token is out, and whoever has it may use it."
            ),
            Option("storage", "a refresh token, in the app's storage", "It lies there after the login is over."),
            Option("form", "the password, as the app that shows the login page", "It is typed before there is a code."),
            Option(
                "redirect",
                "within two moves, a token of the app, by reading the redirect",
                "The code in it is bound to a verifier that the attacker has not.",
            ),
        ),
        computed=lambda: _found_with_pkce(),
        reason=lambda: f"Of the last one: {redirect_is_read().sentence}.",
    ),
    Made(
        id="the-machine-as-attacker.4",
        question=(
            "Write `knows_a_code(world)`: it returns True where the attacker knows a code that is not of its own login, "
            "and False anywhere else."
        ),
        hint="`known(world).codes` has each code with the `run` it came in; the attacker's own login is `own login`.",
        wants="a function",
        is_one=callable,
        trial=_tries_the_goal,
        reason=lambda: "A code is no token yet. Whether it is enough is what the token endpoint decides.",
    ),
)
