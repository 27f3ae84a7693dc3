"""What an attacker on the network does: it reads what goes there without TLS, and puts something else in its place.

What goes over TLS it neither reads nor changes. What an app is handed on the device, and what goes to a loopback address,
never comes to a network. So there is something to do only where an app leaves TLS out.

Source: RFC 9700 sections 2.6 and 3 (A2), RFC 8252 section 8.3, RFC 6750 section 5.3.
"""

from dataclasses import replace

from flowsim.engine.effect import Effect
from flowsim.engine.handlers.attacker_requests import put_in_its_place
from flowsim.engine.handlers.registry import attacker_act
from flowsim.engine.turn import Turn
from flowsim.model.positions import NETWORK
from flowsim.model.states import Act, State
from flowsim.model.steps import ATTACKER, BROWSER, CLIENT
from flowsim.model.world import Event
from flowsim.protocol.addresses import unencrypted
from flowsim.protocol.messages import Opening, Request, Response, answered_at, leads_to, query_of


def _on_the_network(turn: Turn) -> Request | Response:
    """The message in flight, where it goes over the network without TLS. Raises IllegalMove where it does not."""
    flying, run = turn.in_flight, turn.run
    where = run.client if isinstance(flying, Response) else flying.url
    if isinstance(flying, Opening) or not where.startswith(("http:", "https:")):
        raise turn.illegal("what is handed over on the device does not come to a network")
    if not unencrypted(where):
        raise turn.illegal(
            "it goes over TLS, which tells an attacker on the network nothing"
            if where.startswith("https:")
            else "it goes to the user's own machine, and never comes to a network (RFC 8252 section 8.3)"
        )
    return flying


def _what(event: Event) -> str:
    return {State.PREPARED: "request", State.CODE_IN_BROWSER: "redirect"}.get(event.before, "call of the API")


def _read(event: Event) -> str:
    match event.before:
        case State.PREPARED:
            return "It holds the address of the request, with all that the app has written into it."
        case State.CODE_IN_BROWSER:
            return (
                "It holds the `code`, and the cookie by which the website knows this browser. Here the attacker uses the "
                "`code` only."
            )
        case _:
            message = event.messages[-1].message
            proof = isinstance(message, Request) and message.header("dpop")
            return f"It holds the `access_token`{', and the proof that goes with it' if proof else ''}."


@attacker_act(
    Act.WIRETAP,
    takes=NETWORK,
    clauses=("RFC 9700 §3", "RFC 9700 §2.6", "RFC 6750 §5.3"),
    label=lambda event: f"a copy of the {_what(event)}",
    title=lambda event: f"The attacker on the network reads the {_what(event)}",
    text=lambda event: (
        f"This message goes over the network without TLS, so it can be read on its way. {_read(event)} Nobody notices."
    ),
)
def wiretap(turn: Turn) -> Effect:
    """Everybody on the way of a message that is not encrypted can read it; it still arrives."""
    message = _on_the_network(turn)
    sender = BROWSER if turn.run.state is State.CODE_IN_BROWSER else CLIENT
    turn.context.record_message(sender, ATTACKER, message)
    found = dict(query_of(leads_to(message) if isinstance(message, Response) else answered_at(message)))
    if isinstance(message, Request) and (shown := message.header("authorization")):
        found["access_token"] = shown.partition(" ")[2]
        found |= {"dpop_proof": proof} if (proof := message.header("dpop")) else {}
    step = {State.PREPARED: 2, State.CODE_IN_BROWSER: 6}.get(turn.run.state, 10)
    return Effect(in_flight=turn.run.in_flight, loot=found, sender=sender, receiver=ATTACKER, step=step)


@attacker_act(
    Act.REPLACE_REQUEST,
    takes=NETWORK,
    clauses=("RFC 9700 §3", "RFC 6749 §3.1.2.1"),
    label=lambda event: "another redirect" if event.detail else "the same redirect",
    title=lambda event: (
        "The attacker on the network replaces the request"
        if event.detail
        else "The attacker on the network lets the request pass"
    ),
    text=lambda event: (
        "The website's answer goes over the network without TLS. The attacker takes the address of the request out of it "
        "and puts another there, and the browser cannot tell."
        if event.detail
        else "The website's answer goes over the network without TLS, so the attacker could change it. The address that it "
        "puts there is the same."
    ),
)
def replace_request(turn: Turn) -> Effect:
    """The website's redirect to the server is not encrypted, so whoever is on its way puts another address into it."""
    _on_the_network(turn)
    written = turn.opened_at(f"{turn.run.server}/authorize")
    effect = put_in_its_place(turn, written, "" if written.url == leads_to(turn.in_flight) else "another")
    return replace(effect, receiver=BROWSER)
