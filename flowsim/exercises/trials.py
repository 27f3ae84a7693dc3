"""How that is tried out which a learner made: attackers, settings, tests of systems."""

from collections.abc import Mapping
from typing import Any

from flowsim.attacks.base import Attacker
from flowsim.exercises.kinds import Verdict
from flowsim.model.own_code import result_of
from flowsim.model.scenario import Scenario, ScenarioError
from flowsim.model.shown import shown
from flowsim.mutants.grading import system_under_test
from flowsim.protocol.messages import Request
from flowsim.simulation.simulation import Simulation


def as_attacker(made: Any, positions: tuple[str, ...]) -> Attacker:
    """This attacker; a class is made one with these positions. Raises ScenarioError where it takes others."""
    attacker: Attacker = (
        made(name="mine", title="my own attacker", positions=positions) if isinstance(made, type) else made
    )
    if not {*attacker.positions} <= {*positions}:
        extra = ", ".join(one for one in attacker.positions if one not in positions)
        raise ScenarioError(f"this attacker has {extra}, and the exercise allows {', '.join(positions)}")
    return attacker


def sent_request(login: Simulation, moment: int | str, number: int) -> Request:
    """The message of this number, a request, of the event at this moment of the login."""
    event = login.at_step(moment) if isinstance(moment, int) else login.until(moment)
    message = event.messages[number].message if event is not None else None
    assert isinstance(message, Request)
    return message


def attackers_win(attack: str, settings: Mapping[str, Any]) -> str:
    """What the verdict says where this attack works against these settings; empty where it does not."""
    verdict = Simulation(Scenario(**{**settings, "attacker": attack, "seed": 7})).run().verdict
    return verdict.sentence if verdict.attack_succeeded else ""


def changed_settings(made: Any, allowed: tuple[str, ...]) -> dict[str, Any]:
    """These settings. Raises ScenarioError for one that the exercise does not allow."""
    for name in made:
        if name not in allowed:
            raise ScenarioError(f"{shown(name)} may not be changed here; expected some of: {', '.join(allowed)}")
    return dict(made)


def one_caught(test: Any, suite: str, names: tuple[str, ...], defect: str) -> Verdict:
    """Whether this test says True for the system with this defect, and for no other of those named."""
    for name in sorted(names, key=lambda one: one != defect):
        said = result_of("your test", lambda name=name: test(system_under_test(suite, name)))
        if not isinstance(said, bool):
            return Verdict(False, f"It must say True or False, and said {shown(said)}.", "neither True nor False")
        if said is not (name == defect):
            wrong = f"It misses `{name}`" if name == defect else f"It accuses `{name}`, which does not have this defect"
            return Verdict(False, f"{wrong}.", f"{'misses' if name == defect else 'accuses'} {name}")
    return Verdict(True, f"It catches `{defect}`, and accuses none of the {len(names) - 1} others.")


def repaired(made: Any, broken: Mapping[str, Any], attacks: tuple[str, ...], allowed: tuple[str, ...]) -> Verdict:
    """Whether with these changes of a broken app none of the attacks works, and a user can still log in.

    Raises ScenarioError for a setting that the exercise does not allow.
    """
    settings = {**broken, **changed_settings(made, allowed)}
    for attack in attacks:
        if won := attackers_win(attack, settings):
            return Verdict(False, f"`{attack}` still works: {won}", f"{attack} still works")
    login = Simulation(Scenario(**settings, seed=7)).run()
    if "client" not in login.ledger.table().get("data", ()):
        return Verdict(False, f"Now the user cannot log in either: {login.verdict.sentence}", "no login")
    return Verdict(True, f"None of the {len(attacks)} works any more, and the login does.")
