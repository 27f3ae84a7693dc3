"""What an attacker does with a proxy: it allows a request itself, and has the victim's browser go on from there.

Source: Model Context Protocol, Security Best Practices (OAuth state parameter validation).
"""

from flowsim.actors import authorization_server, browser
from flowsim.engine import client_document
from flowsim.engine.effect import Effect
from flowsim.engine.handlers.login import leads_behind
from flowsim.engine.handlers.registry import attacker_act
from flowsim.engine.turn import Turn
from flowsim.model.positions import WEB
from flowsim.model.states import Act, Outcome, State
from flowsim.model.steps import ATTACKER, BROWSER, SERVER, USER
from flowsim.model.world import ATTACKER_USER, VICTIM, Browser, Event, Sent
from flowsim.protocol.messages import REDIRECTS


def _was_sent_on(event: Event) -> bool:
    return event.outcome is Outcome.OK


@attacker_act(
    Act.CONSENT_ALONE,
    takes=WEB,
    clauses=("RFC 6749 §10.12",),
    label="allow a request of its own",
    title=lambda event: (
        "The attacker allows its own request at the proxy"
        if _was_sent_on(event)
        else "The proxy does not send the attacker's request on"
    ),
    text=lambda event: (
        "The attacker has a client of its own at the proxy, as anybody may. It opens a request for it "
        + (
            "and says yes to whatever the proxy asks. The proxy answers with the address of the server behind, and with a "
            "`state` in it. There the attacker stops."
            if _was_sent_on(event)
            else "and gets no further."
        )
    ),
    notes="Ask: who has said yes here? And what in the address of the server behind says so?",
)
def consent_alone(turn: Turn) -> Effect:
    """A program of the attacker's plays a browser at the proxy, as far as the redirect to the server behind."""
    opening = turn.opened_at(f"{turn.run.server}/authorize")
    context, server, url = turn.context, turn.server, opening.url
    own = Browser(owner=ATTACKER_USER)
    own, asked = browser.open_url(own, url)
    for _ in range(_MOST_REQUESTS):
        context.record_message(ATTACKER, SERVER, asked)
        server, unbelieved = client_document.read(turn, server, asked)
        server, answer = (server, unbelieved) if unbelieved else authorization_server.handle(server, asked, context)
        context.record_message(SERVER, ATTACKER, answer)
        own = browser.receive(own, asked.url, answer)
        if leads_behind(server, answer.location):
            return Effect(server=server, sender=ATTACKER, receiver=SERVER, step=3)
        if answer.status in REDIRECTS and answer.location.startswith(f"{turn.run.server}/"):
            own, asked = browser.open_url(own, answer.location)
        elif browser.form_shown(own) == "/consent" and asked.method == "GET":
            own, asked = browser.submit(own, asked.url, {"decision": "allow"})
        else:
            break
    return Effect(Outcome.ERROR, server=server, sender=ATTACKER, receiver=SERVER, step=3)


_MOST_REQUESTS = 4  # the request, the page, the consent, and one redirect more


@attacker_act(
    Act.OPEN_UPSTREAM,
    takes=WEB,
    clauses=("RFC 6749 §10.12",),
    label="open this address",
    title="The victim's browser goes on where the attacker has stopped",
    text=(
        "The address is that of the server behind, with the `state` of the attacker's own request. A link on any page does "
        "it. The proxy has asked the victim nothing before."
    ),
    notes="Ask: the proxy will get a state that is right. What would show it that this is another browser?",
)
def open_upstream(turn: Turn) -> Effect:
    """The victim's browser opens the address to which the proxy has sent the attacker on."""
    proxy = turn.server.upstream
    if proxy is None:
        raise turn.illegal("it takes a server that is a proxy (proxy=True)")
    opening = turn.opened_at(f"{proxy.issuer}/authorize")
    if turn.world.runs[VICTIM].state in (State.LOGIN_SHOWN, State.LOGIN_SHOWN_AGAIN):
        raise turn.illegal("the user has the login page of another login before them, and fills that in first")
    turn.context.record_secret(USER, "password", turn.person.password)
    turn.context.record_message(ATTACKER, BROWSER, opening)
    return Effect(in_flight=Sent(ATTACKER, BROWSER, opening), sender=ATTACKER, receiver=BROWSER, step=5)
