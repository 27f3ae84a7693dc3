"""What an attacker does with a login of its own that a link can take to another browser: it has the victim's open the link.

Source: RFC 6749 section 10.12; Security Topics Update section 2.3 (draft-ietf-oauth-security-topics-update).
"""

from flowsim.actors import browser, client
from flowsim.engine.effect import Effect
from flowsim.engine.handlers.registry import attacker_act
from flowsim.engine.turn import Turn
from flowsim.model.positions import WEB
from flowsim.model.states import Act, Outcome, State
from flowsim.model.steps import ATTACKER, BROWSER, CLIENT, USER
from flowsim.model.world import VICTIM, Sent
from flowsim.protocol.messages import Opening, query_of, response, single


def _opened(turn: Turn, address: str) -> Opening:
    """The link that the victim's browser opens, recorded."""
    opening = turn.opened_at(address)
    if turn.world.runs[VICTIM].state in (State.LOGIN_SHOWN, State.LOGIN_SHOWN_AGAIN):
        raise turn.illegal("the user has the login page of another login before them, and fills that in first")
    turn.context.record_secret(USER, "password", turn.person.password)
    turn.context.record_message(ATTACKER, BROWSER, opening)
    return opening


@attacker_act(
    Act.OPEN_LINK,
    takes=WEB,
    clauses=("Security Topics Update §2.3.1",),
    label="open this link",
    title=lambda event: (
        "The victim's browser is given the attacker's session"
        if event.outcome is Outcome.OK
        else "The app does not take the link from the victim's browser"
    ),
    text=lambda event: (
        "The app has made this link for a login that the attacker has begun, and the link names the session. "
        + (
            "The app gives that session to the browser that opens it, and sends the browser on to the server."
            if event.outcome is Outcome.OK
            else "The browser that opens it is another one than the link was made for."
        )
    ),
    notes="Ask: what in this link says whose it is? What would have to come along from the browser that opens it?",
)
def open_link(turn: Turn) -> Effect:
    """The victim's browser opens the link that the app has made for the attacker's own login."""
    context = turn.context
    opening = _opened(turn, f"{turn.run.client}{client.LINK}")
    if single(query_of(opening.url), "session") not in turn.app.transactions:
        raise turn.illegal("the link names no login that is under way at the app")
    seen, asked = browser.open_url(turn.browser, opening.url)
    context.record_message(BROWSER, CLIENT, asked)
    onward = client.follow_link(turn.app, asked, context)
    if onward is None:
        refused = response(403, headers={"Cache-Control": "no-store"}, html=_REFUSED)
        context.record_message(CLIENT, BROWSER, refused)
        return Effect(Outcome.STOPPED, browser=seen, sender=ATTACKER, receiver=BROWSER, step=2)
    return Effect(in_flight=Sent(CLIENT, BROWSER, onward), browser=seen, sender=ATTACKER, receiver=BROWSER, step=2)


_REFUSED = (
    "<!doctype html><title>Begin again</title><p>This link was made for another browser. Begin again in the app.</p>"
)


@attacker_act(
    Act.OPEN_LOGIN_PAGE,
    takes=WEB,
    clauses=("RFC 6749 §10.12",),
    label="open this link",
    title="The victim's browser opens the attacker's own login",
    text=(
        "The attacker has begun a login at the app, and stopped at the server. The address of the server's page names that "
        "login. The attacker gives the address to the victim: to the user it is a page of the server like any other."
    ),
    notes="Say: it is the server's own page, and all that it says is so. Ask: what does it not say?",
)
def open_login_page(turn: Turn) -> Effect:
    """The victim's browser opens the address of the server's page that names the attacker's own login."""
    opening = _opened(turn, f"{turn.run.server}/login")
    return Effect(in_flight=Sent(ATTACKER, BROWSER, opening), sender=ATTACKER, receiver=BROWSER, step=3)
