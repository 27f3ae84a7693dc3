"""The user: reads a page, fills in a form, presses a button.

Source: RFC 6749 section 3.1 (how the user is authenticated is not the protocol's business).
"""

from collections.abc import Sequence

from flowsim.model.scenario import LoginOption, UserBehaviour
from flowsim.model.world import Person
from flowsim.protocol import totp

WRONG_PASSWORD = "letmein"


def option_on(shown: Sequence[str], usual: LoginOption) -> LoginOption:
    """How the user logs in: as usual where the page has a form for it, else in the way that it has one for."""
    if usual in shown or not shown:
        return usual
    return "password" if "password" in shown else "one-time-code"


def credentials(person: Person, option: LoginOption, behaviour: UserBehaviour, now: int) -> dict[str, str]:
    """What the user types into the login page; somebody who does not know the password types a wrong one."""
    wrong = behaviour == "wrong-password"
    if option == "one-time-code":
        typed = "000000" if wrong else totp.code_at(person.one_time_secret, now)
        return {"username": person.username, "one_time_code": typed}
    return {"username": person.username, "password": WRONG_PASSWORD if wrong else person.password}


def decision(behaviour: UserBehaviour, began_it: bool, warned: bool) -> str:
    """The button the user presses on the consent page; a careful user asks themselves whether they began this login.

    An attentive one does so where the page has `warned` them.
    """
    asks = behaviour == "careful" or (behaviour == "attentive" and warned)
    refuses = behaviour == "denies" or (asks and not began_it)
    return "deny" if refuses else "allow"


def believes_a_copy(behaviour: UserBehaviour) -> bool:
    """True where the user logs in at a page that looks like the server's; a careful one looks at the address first."""
    return behaviour != "careful"
