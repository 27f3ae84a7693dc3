"""All cases of the clinic, in the order in which they are met."""

from collections.abc import Mapping

from flowsim.clinic import cases_of_order, cases_of_settings
from flowsim.clinic.case import Case, played, repaired, works
from flowsim.model.settings import unknown

__all__ = ["CASES", "Case", "case_named", "played", "repaired", "works"]

_ALL = (*cases_of_settings.CASES, *cases_of_order.CASES)
CASES: Mapping[str, Case] = {case.name: case for case in _ALL}


def case_named(name: object) -> Case:
    """The case of this name. Raises ScenarioError, with the nearest name there is, for any other."""
    if isinstance(name, str) and name in CASES:
        return CASES[name]
    raise unknown("case", name, list(CASES))
