"""The mistakes of honest parties that a scenario can have, by name: `MISTAKES["challenge-padded"]`."""

from collections.abc import Mapping

from frozendict import frozendict

from flowsim.model.mistakes.clocks import ANOTHER_CLIENT_ID, ANOTHER_ISSUER, SKEWS
from flowsim.model.mistakes.mistake import Mistake, Party
from flowsim.model.mistakes.of_assistants import OF_ASSISTANTS
from flowsim.model.mistakes.of_calls import OF_CALLS
from flowsim.model.mistakes.of_memories import OF_MEMORIES
from flowsim.model.mistakes.of_requests import OF_REQUESTS
from flowsim.model.mistakes.of_servers import OF_SERVERS
from flowsim.model.mistakes.of_setting_up import OF_SETTING_UP
from flowsim.model.mistakes.of_token_requests import OF_TOKEN_REQUESTS
from flowsim.model.settings import unknown

__all__ = [
    "ANOTHER_CLIENT_ID",
    "ANOTHER_ISSUER",
    "MISTAKES",
    "SKEWS",
    "Mistake",
    "Party",
    "known_mistake",
    "mistakes_of",
]

_ALL = (*OF_REQUESTS, *OF_MEMORIES, *OF_TOKEN_REQUESTS, *OF_CALLS, *OF_SETTING_UP, *OF_SERVERS, *OF_ASSISTANTS)
MISTAKES: Mapping[str, Mistake] = frozendict({one.name: one for one in _ALL})


def known_mistake(name: str) -> Mistake:
    """The mistake of this name. Raises ScenarioError for any other, with the nearest name there is."""
    if name not in MISTAKES:
        raise unknown("mistake", name, list(MISTAKES))
    return MISTAKES[name]


def mistakes_of(party: Party, names: frozenset[str]) -> frozenset[str]:
    """Those of these mistakes that are this party's own; a name that is none of flowsim's is nobody's."""
    return frozenset(name for name in names if name in MISTAKES and MISTAKES[name].party == party)
