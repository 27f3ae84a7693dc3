"""What an attacker is: positions, which say what it can see and do, and a rule that chooses its next move.

    class Mine(Attacker):
        def next_move(self, view: View) -> Move | None:
            if "code" not in view.loot:
                return Move("victim", Act.READ_RESPONSE) if … else None

The rule is a function of its *view* (view.py): where the runs stand, what the attacker was sent, what it has got hold of
(`view.loot`), and what anybody can look up. So an attacker has no hidden memory, and sees no more than it has received.
When the rule has no move, the honest run goes on. Tools that rules are made of are in toolkit.py.

A move names a run, an act, and the message where the attacker writes one. What it can do, and in which run:

- in `"victim"`: `WIRETAP`, and `REPLACE_REQUEST` with `Opening(url=…)`, where the message goes without TLS (A2);
  `READ_REQUEST`, as soon as the app has made the request (A4); `READ_RESPONSE` and `TAKE_RESPONSE` (A3);
  `STRIP_CHALLENGE`, and `WRITE_REQUEST` with `Opening(url=…)`, which puts another request in place of the app's (rewrite);
  `READ_API_REQUEST` and `SERVE_BEHIND` (A5); `READ_WEB_VIEW` (web_view); `MISDIRECT`, `GET_RESPONSE` and
  `GET_TOKEN_REQUEST` for what comes to the attacker's own servers;
- in the victim's browser, each opened with `role=Role.LOGIN` and `Opening(url=…)`: `OPEN_REQUEST` and `FRAME_REQUEST` in
  `"lured"`, `OPEN_WINDOW` and then `READ_WINDOW` there (script), `PLANT_RESPONSE` in `"planted"`; `SHOW_COPY`, once an
  error has brought the browser to a website of the attacker's;
- in `"own login"`, the attacker's own login at the app, opened with `Act.STEP_1, role=Role.LOGIN, by_attacker=True`: its
  steps, `WRITE_REQUEST`, `INJECT_CODE`, `KEEP_RESPONSE`, and `OPEN_ADDRESS` with `Opening(url=…)`, which opens an address
  of the app in the attacker's own browser, at the start as well. Where the app is a page, that browser shows the attacker
  all that the page gets, also what it refuses: the messages are in the view, and the victim's tokens in the loot;
- in `"attacker"`, its own program: `READ_APP`, `READ_STORAGE` (storage), `INSTALL_APP` (A3), `PUSH_REQUEST` and `SEND_CODE`
  with `Request(…)`, and the steps that follow;
- in more runs of its own, of any name, opened with `by_attacker=True`: `SEND_CODE` with `role=Role.THEFT`, `STEP_R1` with
  `Role.REFRESH`, `STEP_10` with `Role.CALL`, each with its `Request(…)`; `WAIT` with `Role.WAIT` and `seconds=…`, once the
  others have nothing left to do.

The engine refuses what no position gives, and the referee (referee.py) what a position takes that the attacker has not.

Source: RFC 9700 section 3 (A1 to A5).
"""

from abc import ABC, ABCMeta, abstractmethod
from dataclasses import dataclass
from inspect import signature
from typing import Any, Literal, get_args

from flowsim.attacks.view import View
from flowsim.model.positions import known_positions
from flowsim.model.scenario import Scenario, ScenarioError
from flowsim.model.shown import shown
from flowsim.model.transitions import Move
from flowsim.model.world import World

LONGEST_NAME = 200  # characters; a branch is called after its attacker
Aim = Literal["account", "password", "denial", "program", "inside"]


class _Declared(ABCMeta):
    """Says in a sentence what is wrong where an attacker is made with fields that its class does not have."""

    def __call__(cls, *args: Any, **fields: Any) -> Any:
        if getattr(cls, "__abstractmethods__", None):
            raise ScenarioError(f"{cls.__name__} has no rule: it must define next_move(self, view)")
        taken = signature(type.__getattribute__(cls, "__init__"))
        try:
            taken.bind(None, *args, **fields)
        except TypeError as error:
            known = ", ".join(f"{name}=…" for name in [*taken.parameters][1:])
            raise ScenarioError(
                f"{cls.__name__}(…) takes {known}; here it is: {error}. A field of your own takes "
                "@dataclass(frozen=True, kw_only=True) above the class"
            ) from None
        return super().__call__(*args, **fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attacker(ABC, metaclass=_Declared):
    """An attack: its name on the command line, its title, its positions, and what it is about.

    It is after the victim's account or data, after the password, after the `denial` of the victim's login, or it wants a
    `program` of its own to run on the user's machine, or something done `inside` a network that it cannot reach. `prize` is
    the kind of secret it goes after, unless it `forges_prize` itself; `too_late` says what to do where that is out of
    reach already. Raises ScenarioError for a position or an aim that there is not, for a text that is
    none, and for a name that cannot be seen.
    """

    name: str
    title: str
    positions: tuple[str, ...]
    about: str = ""
    prize: str = "code"
    forges_prize: bool = False
    aim: Aim = "account"
    too_late: str = (
        "the redirect with the code has left the browser, or never came. Go back to a position up to 6, for example "
        "with goto(6), and inject it there"
    )

    def __post_init__(self) -> None:
        for field in ("name", "title", "about", "prize", "too_late", "aim"):
            value = getattr(self, field)
            if not isinstance(value, str):
                raise ScenarioError(f"the {field} of an attacker is a text, not {shown(value)}")
            object.__setattr__(self, field, str.__str__(value))
        object.__setattr__(self, "positions", known_positions(self.positions))
        if not 0 < len(self.name) <= LONGEST_NAME or not self.name.isprintable():
            raise ScenarioError(
                f"the name of an attacker is a text of 1 to {LONGEST_NAME} characters that can be seen, "
                f"not {shown(self.name)}"
            )
        if self.aim not in get_args(Aim):
            raise ScenarioError(f"the aim of an attacker is one of: {', '.join(get_args(Aim))}, not {shown(self.aim)}")

    @abstractmethod
    def next_move(self, view: View) -> Move | None:
        """The attacker's next move where it sees this; None where it waits or has finished."""

    def needs(self, scenario: Scenario) -> dict[str, Any]:
        """The settings this attack presupposes, as changes of the scenario: which app, what it asks for, what comes later.

        No defence may be weakened so (referee.py). The scenario comes without its seed.
        """
        return {}

    def reason(self, world: World) -> str | None:
        """Why an attack of this kind has worked in this world, in a sentence or two; None where it is not what happened.

        It is read off the log and the memories, and never off the attack's name: an attack that comes upon the same thing
        in another way is told so, too. The verdict says before it what the attacker has got.
        """
        return None
