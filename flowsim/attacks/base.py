"""What an attacker is: a position, which says what it can see, and a rule that chooses its next move.

The rule is a function of the world, so an attacker has no hidden memory: what it has got is its `loot`, what it has done
is in the log. When the rule has no move, the honest run goes on.

Source: RFC 9700 section 3 (A1 to A5).
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Literal

from flowsim.actors import client
from flowsim.attacks.referee import known_positions
from flowsim.model.scenario import Scenario
from flowsim.model.states import Act, Role, State
from flowsim.model.transitions import Move, acts, honest_act
from flowsim.model.world import ATTACKER_RUN, VICTIM, World
from flowsim.protocol.messages import Request

GUESS = ("guess-" * 8)[:43]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attacker(ABC):
    """An attack: its name on the command line, its card, its title, its positions, and what it is about.

    It is after the victim's account or data, after the password, or after the `denial` of the victim's login. `prize` is
    the kind of secret it goes after, unless it `forges_prize` itself; `too_late` says what to do where that is out of
    reach already.
    """

    name: str
    card: str = ""
    title: str
    positions: tuple[str, ...]
    about: str = ""
    prize: str = "code"
    forges_prize: bool = False
    aim: Literal["account", "password", "denial"] = "account"
    too_late: str = (
        "the redirect with the code has left the browser, or never came. Go back to a position up to 6, for example "
        "with goto(6), and inject it there"
    )

    def __post_init__(self) -> None:
        known_positions(self.positions)

    @abstractmethod
    def next_move(self, world: World) -> Move | None:
        """The attacker's next move in this world; None where it waits or has finished."""

    def needs(self, scenario: Scenario) -> dict[str, Any]:
        """The settings this attack presupposes, as changes of the scenario."""
        return {}


def steal_the_redirect(world: World, run: str = VICTIM) -> Move | None:
    """Get at the redirect while it is in the browser.

    A private-use scheme or a loopback port can be claimed by the attacker's app, which then gets the redirect instead
    of the honest one. An https address cannot, but a copy of it can leak: from a history, a log or a `Referer` header.
    """
    if run not in world.runs or world.runs[run].state is not State.CODE_IN_BROWSER:
        return None
    claimable = world.scenario.profile.kind in ("scheme", "loopback")
    return Move(run, Act.TAKE_RESPONSE if claimable else Act.READ_RESPONSE)


def read_the_request(world: World) -> Move | None:
    """Read the authorization request on the device, once it is there and as long as the login lasts."""
    victim = world.runs[VICTIM]
    return Move(VICTIM, Act.READ_REQUEST) if Act.READ_REQUEST in acts(Role.LOGIN, victim.state) else None


def redeem_the_code(
    world: World,
    code_verifier: str | None,
    secret: str | None = None,
    client_id: str | None = None,
    redirect_uri: str | None = None,
) -> Move | None:
    """Send the stolen code to the token endpoint, and go on to the API if tokens come back; None as long as there is none.

    Where nothing else is said the request is for the app's own `client_id` and `redirect_uri`.
    """
    thief = world.runs[ATTACKER_RUN]
    if "code" not in world.attacker.loot:
        return None
    if thief.state is State.START:
        return Move(ATTACKER_RUN, Act.SEND_CODE, _stolen(world, code_verifier, secret, client_id, redirect_uri))
    act = honest_act(thief.role, thief.state)
    return Move(ATTACKER_RUN, act) if act else None


def uses_pkce(world: World) -> bool:
    """Anybody can install the app and see whether it uses PKCE."""
    return world.scenario.pkce != "none"


def has_done(world: World, act: Act, run: str | None = None) -> bool:
    """True where this act has happened, in this run if one is named."""
    return any(event.act is act and run in (None, event.run) for event in world.log)


def _stolen(
    world: World, code_verifier: str | None, secret: str | None, client_id: str | None, redirect_uri: str | None
) -> Request:
    profile = world.scenario.profile
    return client.token_request(
        f"{world.runs[ATTACKER_RUN].server}/oauth/token",
        client_id=client_id or profile.client_id,
        redirect_uri=redirect_uri or profile.redirect_uri,
        code=world.attacker.loot["code"],
        code_verifier=code_verifier,
        secret=secret,
        user_agent="thief",
    )
