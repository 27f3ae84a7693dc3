"""All cases of the clinic, in the order in which they are met."""

from collections.abc import Mapping

from flowsim.clinic import cases_of_browsers, cases_of_order, cases_of_requests, cases_of_settings, cases_of_tokens
from flowsim.clinic.case import Case, played, repaired, works
from flowsim.model.settings import unknown

__all__ = ["CASES", "Case", "case_named", "played", "repaired", "works"]

_PARTS = (cases_of_settings, cases_of_requests, cases_of_tokens, cases_of_order, cases_of_browsers)
CASES: Mapping[str, Case] = {case.name: case for part in _PARTS for case in part.CASES}


def case_named(name: object) -> Case:
    """The case of this name. Raises ScenarioError, with the nearest name there is, for any other."""
    if isinstance(name, str) and name in CASES:
        return CASES[name]
    raise unknown("case", name, list(CASES))
