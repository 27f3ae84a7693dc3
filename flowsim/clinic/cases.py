"""All cases of the clinic, in the order in which they are met."""

from collections.abc import Mapping

from flowsim.clinic import (
    cases_of_assistants,
    cases_of_browsers,
    cases_of_order,
    cases_of_requests,
    cases_of_settings,
    cases_of_tokens,
)
from flowsim.clinic.case import Case, played, repaired, works
from flowsim.model.settings import unknown

__all__ = ["CASES", "GROUPS", "Case", "case_named", "played", "repaired", "works"]

# What the cases of one file have in common, as a list of them says it, which must not say who was at fault.
GROUPS: Mapping[str, tuple[Case, ...]] = {
    "Pages, lifetimes and permissions": cases_of_settings.CASES,
    "What goes to the server": cases_of_requests.CASES,
    "Clocks, keys and names": cases_of_tokens.CASES,
    "Two at a time": cases_of_order.CASES,
    "Browsers, windows and devices": cases_of_browsers.CASES,
    "Assistants and MCP servers": cases_of_assistants.CASES,
}
CASES: Mapping[str, Case] = {case.name: case for cases in GROUPS.values() for case in cases}


def case_named(name: object) -> Case:
    """The case of this name. Raises ScenarioError, with the nearest name there is, for any other."""
    if isinstance(name, str) and name in CASES:
        return CASES[name]
    raise unknown("case", name, list(CASES))
