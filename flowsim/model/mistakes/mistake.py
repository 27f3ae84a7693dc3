"""What a mistake of an honest party is: something that people really get wrong when they build or set up such a login.

Nobody attacks. One party sends, keeps, expects or registers something else than it should, or its clock is wrong, and a
check of another party refuses what comes of it. Each mistake is carried out at one of a few seams (actors/mistakes.py): in
the messages, keys, clocks and memories of the party, and nowhere else. What follows is computed like everything else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from frozendict import frozendict

from flowsim.model.mistakes.settings import always
from flowsim.model.scenario import Scenario

Party = Literal["app", "authorization server", "API", "browser", "proxy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One mistake: its name, a title, whose it is, the step where it is made and the steps where it can show.

    `shows` are the steps at which it can come to light: which of them it is depends on the settings. `clause` is what the
    party at fault does not follow, and `seen` names public reports of it, `owner/repo#number`, with spaces between them;
    empty where none is known. `applies` says whether it makes a difference under these settings, and `beside` are settings
    beside which it does. `repair_words` says what an implementer changes in real code. Where `sometimes` is true, it
    depends on the values that are drawn as well.
    """

    name: str
    title: str
    party: Party
    step: int
    shows: tuple[int, ...]
    clause: str
    repair_words: str
    seen: str = ""
    applies: Callable[[Scenario], bool] = always
    beside: Mapping[str, Any] = frozendict()
    sometimes: bool = False
