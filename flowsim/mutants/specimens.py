"""What a specimen of the zoo is, and what a suite of them.

There are three groups. A *defective* system breaks a clause of a document in force: an RFC, or a final specification of the
OpenID Foundation. A *sound* one breaks none. The third group is *advice*: no such document asks for what the system does or
forbids it, or one asks and good advice is otherwise. Of such a system a detector may say either.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from flowsim.model.scenario import Scenario
from flowsim.mutants.api_under_test import ApiUnderTest
from flowsim.mutants.app_under_test import AppUnderTest
from flowsim.mutants.doors import Door
from flowsim.mutants.server_under_test import ServerUnderTest
from flowsim.mutants.under_test import EVERYTHING

SystemUnderTest = ServerUnderTest | AppUnderTest | ApiUnderTest
Group = Literal["sound", "defective", "advice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One system of a suite: its name, what it does, and how it is made.

    A defective one has the `clause` that it breaks, and `seen` says where such a defect was found. One of the third group
    has the `advice` instead. What a sound one chooses among things that are left open may be a `choice` of
    flowsim/model/choices.py, by its id. `settings` are those of a scenario, `off` the checks that are missing, `defect`
    what is wrong in its memory, and `door` what stands before its code.
    """

    name: str
    about: str
    clause: str = ""
    advice: str = ""
    choice: str = ""
    seen: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    off: frozenset[str] = frozenset()
    defect: Mapping[str, Any] = field(default_factory=dict)
    door: Door = field(default_factory=Door)

    @property
    def group(self) -> Group:
        if self.clause:
            return "defective"
        return "advice" if self.advice else "sound"

    @property
    def sound(self) -> bool:
        return self.group == "sound"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A suite of mutants, the settings that they share, and how the system of one of them is made."""

    name: str
    kind: Callable[[Scenario, Mapping[str, Any], Door], SystemUnderTest]
    mutants: tuple[Mutant, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)

    def make(self, mutant: Mutant) -> SystemUnderTest:
        """A fresh system of this kind."""
        shared = {"client": "spa", "seed": 7, "scope": EVERYTHING, **self.settings}
        scenario = Scenario(**{**shared, **mutant.settings}, without=mutant.off)
        return self.kind(scenario, mutant.defect, mutant.door)


def without(*checks: str) -> frozenset[str]:
    """These checks, to be switched off."""
    return frozenset(checks)
