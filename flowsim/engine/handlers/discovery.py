"""Discovery: the app asks a server for its metadata, before it sends anybody there; and what an attacker's server answers.

Source: RFC 8414 sections 3 and 6.2, OIDC Discovery section 4, RFC 9700 section 4.4.
"""

from dataclasses import replace

from flowsim.actors import authorization_server, client
from flowsim.checks import cross_origin
from flowsim.engine import page
from flowsim.engine.effect import Effect
from flowsim.engine.handlers import connection
from flowsim.engine.handlers.registry import attacker_act, handles
from flowsim.engine.honest_moves import discovery_of
from flowsim.engine.initial_world import second_metadata, under_the_honest_endpoint, under_the_honest_name
from flowsim.engine.turn import Turn
from flowsim.model.positions import WEB
from flowsim.model.states import Act, Outcome
from flowsim.model.steps import ATTACKER, CLIENT, SERVER
from flowsim.model.world import ATTACKER_USER, SECOND_SERVER, Sent
from flowsim.protocol.messages import Opening, Response, response


def asks_the_second(turn: Turn) -> bool:
    """True where it is the app's other server that is asked, which is the attacker's."""
    return turn.run.name == discovery_of(SECOND_SERVER)


@handles(Act.STEP_D1)
def ask_for_metadata(turn: Turn) -> Effect:
    if turn.scenario.speaks_mcp:
        return connection.ask_for_server(turn)
    second = asks_the_second(turn)
    issuer, receiver = (SECOND_SERVER, ATTACKER) if second else (turn.app.metadata["issuer"], SERVER)
    asked = client.ask_for_metadata(issuer, turn.scenario)
    sent = page.send(turn, asked, receiver, cross_origin.NO_PREFLIGHT)
    assert sent is not None, "a page may send such a request without asking"
    return Effect(in_flight=Sent(CLIENT, receiver, sent), receiver=receiver)


@handles(Act.STEP_D2)
def receive_metadata(turn: Turn) -> Effect:
    """The server answers, and the app judges. The attacker's server says the truth, if nobody has it say anything else."""
    if turn.scenario.speaks_mcp:
        return connection.receive_server(turn)
    second = asks_the_second(turn)
    issuer, sender = (SECOND_SERVER, ATTACKER) if second else (turn.app.metadata["issuer"], SERVER)
    server = turn.server
    if isinstance(turn.in_flight, Response):
        answer = turn.in_flight
    elif second:
        answer = page.to_be_read(turn, response(200, json={**second_metadata(server)}))
    else:
        server, answer = authorization_server.handle(server, turn.asked, turn.context)
    if not page.receive(turn, answer, sender, cross_origin.METADATA):
        return replace(page.hidden(sender), server=server)
    app, believed = client.receive_metadata(turn.app, issuer, answer, turn.scenario, turn.context)
    return Effect(Outcome.OK if believed else Outcome.STOPPED, app=app, server=server, sender=sender)


@attacker_act(
    Act.ANSWER_METADATA,
    takes=WEB,
    clauses=("RFC 8414 §6.2", "RFC 9700 §4.4"),
    label="claim to be the honest server",
    title="The attacker's server names the honest one as its issuer",
    text=(
        "The app asks the attacker's server who it is. What it gets has the endpoints of the attacker's server, "
        "and the honest server's name as `issuer`. With that name an `iss` of the honest server would fit."
    ),
    notes=("Say: a server may claim any name. Ask: with which address must the app compare that name?"),
)
def answer_metadata(turn: Turn) -> Effect:
    """Metadata of the attacker's server, under the name of the honest one (RFC 8414 section 6.2)."""
    if not asks_the_second(turn):
        raise turn.illegal("the app has asked another server, and that one answers itself")
    answer = page.to_be_read(turn, response(200, json={**under_the_honest_name(turn.server)}))
    return Effect(in_flight=Sent(ATTACKER, CLIENT, answer), sender=ATTACKER, receiver=ATTACKER, step=17)


@attacker_act(
    Act.CLAIM_ENDPOINT,
    takes=WEB,
    clauses=("Security Topics Update §2.1.1",),
    label="name the honest token endpoint",
    title="The attacker's server names the honest token endpoint",
    text=(
        "The app has asked the attacker's server where its endpoints are. The answer names that server as the `issuer`, "
        "which is so, and an endpoint of its own for requests that are pushed. Only the token endpoint is the honest "
        "server's."
    ),
    notes="Ask: which of these addresses can the app compare with anything? What would it use the token endpoint for?",
)
def claim_endpoint(turn: Turn) -> Effect:
    """Metadata under the attacker's own name, in which the token endpoint is the honest server's."""
    if not asks_the_second(turn):
        raise turn.illegal("the app has asked another server, and that one answers itself")
    answer = page.to_be_read(turn, response(200, json={**under_the_honest_endpoint(turn.server)}))
    return Effect(in_flight=Sent(ATTACKER, CLIENT, answer), sender=ATTACKER, receiver=ATTACKER, step=17)


@attacker_act(
    Act.NAME_PROGRAM,
    takes=WEB,
    clauses=("RFC 8414 §2",),
    label="name a program for an address",
    title="The attacker's server names a program for an address",
    text=(
        "The app has asked the attacker's server where its endpoints are. What stands in the answer as the "
        "`authorization_endpoint` holds a text that something on the user's machine may run: a script, or a command."
    ),
    notes="Ask: who chooses the address that the app opens? Who reads it before a browser does?",
)
def name_program(turn: Turn) -> Effect:
    """Metadata under the attacker's own name, whose authorization endpoint is the one that it has written."""
    if not asks_the_second(turn):
        raise turn.illegal("the app has asked another server, and that one answers itself")
    if not isinstance(turn.written, Opening):
        raise turn.illegal("it must say which address: message=Opening(url=…)")
    document = {**second_metadata(turn.server), "authorization_endpoint": turn.written.url}
    answer = page.to_be_read(turn, response(200, json=document))
    return Effect(in_flight=Sent(ATTACKER, CLIENT, answer), sender=ATTACKER, receiver=ATTACKER, step=17)


@attacker_act(
    Act.CHOOSE_SERVER,
    takes=WEB,
    clauses=("RFC 9700 §4.4",),
    label="choose the other server",
    title="The attacker chooses its own server at the app",
    text=(
        "The app offers two authorization servers, and one is the attacker's. In its own login the attacker chooses that "
        "one, as any user could."
    ),
    notes="Ask: what will the app send to the server that it was told to use?",
)
def choose_server(turn: Turn) -> Effect:
    """In the attacker's own login, the choice of the app's other server."""
    if turn.run.owner != ATTACKER_USER:
        raise turn.illegal("the login is not the attacker's own")
    if turn.app.second is None:
        raise turn.illegal("it takes an app that offers another server (second_server=True)")
    return Effect(sender=ATTACKER, receiver=CLIENT, step=1)
