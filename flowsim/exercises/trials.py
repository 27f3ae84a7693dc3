"""How that is tried out which a learner made: attackers, settings."""

from collections.abc import Mapping
from typing import Any

from flowsim.attacks.base import Attacker
from flowsim.model.scenario import Scenario, ScenarioError
from flowsim.model.shown import shown
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
