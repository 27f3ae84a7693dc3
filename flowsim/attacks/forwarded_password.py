"""The server redirects with 307, and the browser sends the password on to the app.

After a 303 a browser fetches the new address with GET. After a 307 it repeats what it had sent. If that was the login
form, then the next address gets the username and the password, and the next address is the app's. So the attacker only
needs an app of its own, and a user who logs in to it, willingly and at the genuine server. It takes a server that asks
for no consent after the login: otherwise the form that is repeated is the one with the button in it.

An app on a phone that is called back by a private-use scheme gets an address and no form, so there nothing leaks.

Source: RFC 9700 section 4.12, RFC 9110 sections 15.4.4 and 15.4.8.
"""

from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import TOO_LATE, lure, own_request, receive_at_own_address
from flowsim.attacks.view import View
from flowsim.model.states import Act
from flowsim.model.transitions import Move
from flowsim.model.world import ATTACKER_INITIATED, ATTACKERS_CLIENT, ATTACKERS_REDIRECT, Event, World
from flowsim.protocol.messages import Request, single


class ForwardedPassword(Attacker):
    """Has the user log in to an app of the attacker's own, and waits for what the browser brings."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        if ATTACKER_INITIATED in world.runs:
            return receive_at_own_address(world)
        return lure(world, own_request(world, ATTACKERS_CLIENT, ATTACKERS_REDIRECT))

    def reason(self, world: World) -> str | None:
        brought = [event.act for event in world.log if event.act in _BROUGHT and _password_in(event)]
        if not brought:
            return None
        leaked = "with the redirect, and that has leaked"
        whose = "to the attacker's app" if Act.GET_RESPONSE in brought else leaked
        return f"The server answered the login form with a 307, so the browser sent the form on {whose}."


_BROUGHT = (Act.GET_RESPONSE, Act.READ_RESPONSE, Act.TAKE_RESPONSE)


def _password_in(event: Event) -> bool:
    """True where the message that came to the attacker is a form with a password in it."""
    sent = event.messages[-1].message
    return isinstance(sent, Request) and single(sent.form, "password") is not None


ATTACKER = ForwardedPassword(
    name="forwarded-password",
    title="a 307 sends the password on to the app",
    positions=("A1",),
    about="The user logs in to the attacker's app, and the server's redirect has the browser send the form on.",
    prize="password",
    aim="password",
    too_late=TOO_LATE,
)
