"""What to say of a search and of what it has gone through: the answer, what was left out, each decision in a few words.

All of it is computed from the exploration. Texts that an attacker wrote are cut to a length, and whoever draws them makes
them inert.
"""

from collections.abc import Iterable, Sequence

from flowsim.explorer.decision_tree import Branch
from flowsim.explorer.exploring import Exploration
from flowsim.explorer.idle import idle_positions
from flowsim.explorer.wording import phrase
from flowsim.model.positions import POSITIONS
from flowsim.model.scenario import Scenario
from flowsim.model.steps import step_name
from flowsim.model.world import Event
from flowsim.protocol.messages import Opening, Request, query_of
from flowsim.views.text.experiment import experiment
from flowsim.views.text.words import listed

_LONGEST = 34  # characters of a value in a message
_SELDOM = 3  # values of a message that are named


def question(exploration: Exploration) -> str:
    """What was asked, in one sentence."""
    return asked(app(exploration.scenario), exploration.positions, exploration.goals, exploration.depth)


def app(scenario: Scenario) -> str:
    """The app and the server in which an attack is searched for."""
    return experiment(scenario)


def asked(app: str, positions: Iterable[str], goals: Iterable[str], depth: int) -> str:
    """What is searched for: the app, where the attacker stands, what it is after, and how far one looks."""
    stands = listed(list(dict.fromkeys(("A1", *positions))))
    return (
        f"{app}. An attacker with {stands} and at most {depth} move{'' if depth == 1 else 's'}. "
        f"Its goal: {' or '.join(goals)}."
    )


def positions_in_words(positions: Iterable[str]) -> list[tuple[str, str]]:
    """Each position of the attacker's and what it can do there; A1, the web, comes with all of them."""
    return [(name, POSITIONS[name]) for name in dict.fromkeys(("A1", *positions))]


def answer(exploration: Exploration) -> str:
    """The answer as a sentence."""
    text = exploration.sentence
    return f"{text[0].upper()}{text[1:]}."


def meaning(exploration: Exploration) -> str:
    """What the answer says, and what it does not."""
    if exploration.decisions == 0:
        return (
            "So this goal says nothing of an attacker; choose one that the honest parties do not reach by themselves."
        )
    if exploration.found is not None:
        return (
            "No attack of fewer moves reaches a goal, as far as moves are tried at all. There may be others of as many, "
            "and longer ones."
        )
    if not exploration.finished:
        return "The search was ended before it was through, so this says nothing about what was not tried."
    nothing = nothing_to_do(exploration.scenario, exploration.positions)
    return (
        f"{nothing} This holds for attackers with these positions, for at most {_moves(exploration.depth)}, for the "
        "messages that are tried, and for this model of the app and the server. It is no proof that the app is safe."
    ).strip()


def nothing_to_do(scenario: Scenario, positions: Iterable[str]) -> str:
    """Which of these positions are of no use here, in one sentence; empty where all are."""
    idle = idle_positions(scenario, positions)
    if not idle:
        return ""
    verb = "gives" if len(idle) == 1 else "give"
    return f"{listed(list(idle))} {verb} the attacker nothing to do here while nobody disturbs the login."


def by_depth(exploration: Exploration) -> list[tuple[str, str]]:
    """How many worlds were met after each number of moves."""
    return [(_moves(number), f"{count:,}") for number, count in enumerate(exploration.by_depth)]


def _moves(count: int) -> str:
    return f"{count} move{'' if count == 1 else 's'}"


def worlds_in_words(count: int) -> str:
    """So many worlds."""
    return f"{count:,} world{'' if count == 1 else 's'}"


# ---- The branches of the tree


def decision(branch: Branch) -> str:
    """What the attacker decides."""
    return phrase(_events(branch))


def moment(branch: Branch) -> str:
    """When it does: after which step."""
    steps = [event.step for event in branch.before.log if event.act.step]
    return f"after step {step_name(steps[-1])}" if steps else "at the start"


def outcome(branch: Branch) -> str:
    """Which check has stopped it; empty where none has."""
    stopped = next((one for event in reversed(_events(branch)) for one in event.checks if one.decides), None)
    return f"refused: {stopped.check.title}" if stopped else ""


def kind_in_words(branch: Branch) -> str:
    """How it goes on after this decision."""
    worlds = worlds_in_words(branch.worlds)
    return {
        "attack": "the goal is reached",
        "way": f"on the way to the attack · {worlds}",
        "open": worlds,
        "dead end": "nothing new after it",
        "untried": "not gone on with",
        "met": "the same world was met elsewhere",
    }[branch.kind]


def differences(branches: Sequence[Branch]) -> list[str]:
    """For each of these branches the values in its message in which it is unlike the others."""
    values = [_values(branch) for branch in branches]
    names = dict.fromkeys(name for one in values for name in one)
    differ = [name for name in names if len({one.get(name) for one in values}) > 1]
    return [", ".join(_said(name, one.get(name)) for name in differ[:_SELDOM]) for one in values]


def message(branch: Branch) -> str:
    """What is sent or opened, as one line; empty for a decision that writes no message."""
    values = _values(branch)
    address = values.pop("to", "")
    return " ".join([address, *(f"{name}={value}" for name, value in values.items())]).strip()


def _said(name: str, value: str | None) -> str:
    if value is None:
        return f"no {name}"
    short = value if len(value) <= _LONGEST else f"{value[: _LONGEST // 2]}…{value[-_LONGEST // 2 + 1 :]}"
    return f"{name} {short}"


def _values(branch: Branch) -> dict[str, str]:
    written = branch.moves[0].message
    if isinstance(written, Opening):
        return {"to": written.url.partition("?")[0], **dict(query_of(written.url))}
    if isinstance(written, Request):
        shown = {"authorization": written.header("authorization") or "", "dpop": written.header("dpop") or ""}
        return {"to": written.url.partition("?")[0], **dict(written.form), **{k: v for k, v in shown.items() if v}}
    return {"for": f"{branch.moves[0].seconds} seconds"} if branch.moves[0].seconds else {}


def _events(branch: Branch) -> tuple[Event, ...]:
    return branch.after.log[len(branch.before.log) :]
