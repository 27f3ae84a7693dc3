"""The exercises of the lesson about refresh tokens."""

from functools import cache
from typing import Any

from flowsim.exercises.kinds import Choice, Exercise, Made, Option, Value, Verdict, check_option
from flowsim.model.scenario import ScenarioError
from flowsim.simulation.simulation import Simulation, Trace
from flowsim.views.pictures.refresh_families import family_tree

_OFFLINE = "openid profile read:messages offline_access"


@cache
def _thief_first() -> Trace:
    return Simulation(scope=_OFFLINE, attacker="refresh-theft", seed=7).run()


@cache
def _greedy() -> Trace:
    return Simulation(scope=_OFFLINE, later="refresh=write:messages", seed=7).run()


def _decides(trace: Trace) -> str:
    return next(result.check.id for event in trace.events for result in event.checks if result.decides)


def _refreshes() -> int:
    busy = Simulation(scope=_OFFLINE, later="20d refresh " * 6, seed=7).run()
    return len(family_tree(busy).text.split("exchanges")) - 1


def _tries_the_plan(plan: Any) -> Verdict:
    words = plan.split()
    if "call" not in words:
        raise ScenarioError("in this plan the user never uses the app; it must have a `call` in it")
    trace = Simulation(scope=_OFFLINE, attacker="refresh-theft", later=plan, seed=7).run()
    noticed = any(
        result.check.id == "refresh.not_used" and result.decides for event in trace.events for result in event.checks
    )
    if noticed:
        return Verdict(False, f"It is noticed. {trace.verdict.sentence}", "the app refreshes")
    return Verdict(trace.verdict.attacker_reads_data, trace.verdict.sentence, "the attacker gets nothing")


EXERCISES: tuple[Exercise, ...] = (
    Choice(
        id="refresh-token-rotation.1",
        question="In the theft where the attacker went first, which check told the server?",
        hint="Look at the checks of the app's own step R2.",
        options=(
            check_option(
                "refresh.not_used",
                "The attacker had exchanged `RT 1` already, so the honest app came second with it.",
            ),
            check_option("refresh.token_known", "It is genuine, whoever sends it."),
            check_option("refresh.token_of_client", "Both send the same `client_id`."),
            check_option("api.not_expired", "That is the API, about access tokens."),
        ),
        computed=lambda: _decides(_thief_first()),
        reason=lambda: (
            "The server sees that a token came twice. It cannot see who of the two is the thief (RFC 9700 §4.14.2)."
        ),
    ),
    Value(
        id="refresh-token-rotation.2",
        question="The app refreshes every 20 days. After how many refreshes does the server refuse one?",
        hint="Draw `lifetimes(busy)` and look at the last column.",
        wants="a whole number",
        example="3",
        computed=_refreshes,
        meanings={
            "1": "20 days are less than the 30 for which a token may stay unused.",
            "5": "The fifth would come 100 days after the login. How long may a family live?",
            "6": "No exchange moves the end of the family. When does it come?",
        },
        reason=lambda: "The family ends 90 days after the login, however often the app refreshes.",
    ),
    Choice(
        id="refresh-token-rotation.3",
        question=(
            "An attacker has the refresh token, and asks for more scope than the user granted. Which error does the"
            " server answer?"
        ),
        hint="Its name says what is wrong.",
        options=(
            Option("invalid_grant", "`invalid_grant`", "The token itself is good."),
            Option(
                "invalid_scope", "`invalid_scope`", "A refresh may ask for less than was granted and never for more."
            ),
            Option("insufficient_scope", "`insufficient_scope`", "That is what an API answers to a token."),
            Option("access_denied", "`access_denied`", "Nobody was asked: a refresh has no user in it."),
        ),
        computed=lambda: str(_greedy().verdict.error),
        reason=lambda: "RFC 6749 §6.",
    ),
    Made(
        id="refresh-token-rotation.4",
        question=(
            "Write a plan of what the user's app does later, as a text such as `'1d refresh call'`, in which the thief"
            " of `refresh-theft` is *never* noticed, although the user goes on using the app: there must be a `call`."
        ),
        hint="When does a token come twice? What would the app have to leave out?",
        wants="a text",
        is_one=lambda made: isinstance(made, str),
        trial=_tries_the_plan,
        reason=lambda: "Rotation finds out nothing where only one of the two goes on refreshing.",
    ),
)
