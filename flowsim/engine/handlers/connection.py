"""Before and after the login of an app that calls the tools of an MCP server: the steps M, C and T, and D1 and D2 there.

Source: Model Context Protocol, revision 2026-07-28, authorization; RFC 9728, RFC 8414, RFC 7591.
"""

from dataclasses import replace
from typing import Any

from flowsim.actors import api, app_proofs, authorization_server, mcp_client
from flowsim.engine import attackers_tools, key_lookup, network
from flowsim.engine.effect import Effect
from flowsim.engine.handlers.login import send_again, tries_again
from flowsim.engine.handlers.registry import attacker_act, handles
from flowsim.engine.honest_moves import login_before, met_in, tools_called
from flowsim.engine.initial_world import second_metadata
from flowsim.engine.turn import Turn
from flowsim.model.positions import WEB
from flowsim.model.states import Act, Outcome
from flowsim.model.steps import API, ATTACKER, CLIENT, SERVER
from flowsim.model.world import ATTACKERS_TOOLS, DISCOVERY, SECOND_SERVER, Api, Sent, Server
from flowsim.protocol.fetching import MOST_HOPS, next_hop
from flowsim.protocol.messages import Opening, Request, Response, response


@handles(Act.STEP_M1)
def call_without_token(turn: Turn) -> Effect:
    address = met_in(turn.world, turn.run)
    return _sent(turn, mcp_client.first_call(address, turn.scenario.mcp_revision), _whose(address))


@handles(Act.STEP_M2)
def demand_token(turn: Turn) -> Effect:
    called, answer = _answer_of_api(turn)
    turn.context.checks.clear()  # that there is no token is what the app wants to hear of, and no refusal
    address = met_in(turn.world, turn.run)
    app, goes_on = mcp_client.hear_challenge(turn.app, address, answer, turn.context)
    return Effect(Outcome.OK if goes_on else Outcome.STOPPED, app=app, api=called, sender=_whose(address))


@handles(Act.STEP_M3)
def ask_for_resource(turn: Turn) -> Effect:
    asked = mcp_client.ask_for_resource(turn.app, met_in(turn.world, turn.run))
    numbers, again = network.look_up(asked.url), network.look_up(asked.url, again=True)
    if not mcp_client.may_fetch(asked.url, numbers, again, turn.context):
        return Effect(Outcome.STOPPED, receiver=CLIENT)
    return _sent(turn, asked, network.answers_at(turn.world, asked.url))


@handles(Act.STEP_M4)
def receive_resource(turn: Turn) -> Effect:
    called, answer = _answer_of_api(turn)
    address = met_in(turn.world, turn.run)
    url = mcp_client.connection_to(turn.app, address).places[0]
    sender = network.answers_at(turn.world, url)
    for _ in range(MOST_HOPS):
        onward = next_hop(url, answer)
        if onward is None:
            break
        if not mcp_client.may_follow(onward, network.look_up(onward), turn.context):
            return Effect(Outcome.STOPPED, api=called, sender=sender)
        asked, sender = Request(method="GET", url=onward), network.answers_at(turn.world, onward)
        turn.context.record_message(CLIENT, sender, asked)
        called, answer = _answered(turn, called, asked, sender)
        turn.context.record_message(sender, CLIENT, answer)
        url = onward
    app, outcome = mcp_client.receive_resource(turn.app, address, answer, turn.context)
    return Effect(outcome, app=app, api=called, sender=sender)


@attacker_act(
    Act.NAME_INSIDE,
    takes=WEB,
    clauses=("RFC 9728 §7.7",),
    label="name an address inside the network",
    title="The attacker's MCP server names an address inside",
    text=(
        "The app has called the attacker's MCP server, which answers 401. The address that it names for its metadata "
        "leads to a machine which the attacker cannot reach itself, and the app can."
    ),
    notes="Ask: who has chosen the address that the app will fetch? What does it know of where that leads?",
)
def name_inside(turn: Turn) -> Effect:
    """A 401 that names the address which the attacker has written (RFC 9728 section 7.7)."""
    if _whose(met_in(turn.world, turn.run)) != ATTACKER:
        raise turn.illegal("the app has called another MCP server, and that one answers itself")
    if not isinstance(turn.written, Opening):
        raise turn.illegal("it must say which address: message=Opening(url=…)")
    answer = attackers_tools.demands_token(turn.written.url)
    return Effect(in_flight=Sent(ATTACKER, CLIENT, answer), sender=ATTACKER, receiver=ATTACKER, step=23)


@attacker_act(
    Act.BORROW_RESOURCE,
    takes=WEB,
    clauses=("RFC 9728 §3.3", "RFC 9728 §7.3"),
    label="claim to be the honest MCP server",
    title="The attacker's server names the honest one as its resource",
    text=(
        "The app asks the attacker's MCP server who it is. What it gets names the honest MCP server as the "
        "`resource`, and the honest authorization server. A token that is made for that `resource` would be good there."
    ),
    notes="Ask: to whom would the app show the token? To the server that the user has added.",
)
def borrow_resource(turn: Turn) -> Effect:
    """Metadata of the attacker's MCP server, under the name of the honest one (RFC 9728 section 7.3)."""
    return _lied(turn, attackers_tools.under_another_name(turn.api.identifier, turn.run.server))


@attacker_act(
    Act.SHARE_SERVER,
    takes=WEB,
    clauses=("RFC 9728 §2", "RFC 8707 §3"),
    label="name the honest authorization server",
    title="The attacker's MCP server uses the honest server's tokens",
    text=(
        "The app asks the attacker's MCP server who it is. What it gets is true: its own name as the `resource`, and "
        "the authorization server that the honest MCP server uses as well. The user will log in there as ever."
    ),
    notes="Ask: what is false in this answer? Then: what in the token says at which of the two servers it is good?",
)
def share_server(turn: Turn) -> Effect:
    """Metadata of the attacker's MCP server, which takes its tokens from the honest authorization server."""
    return _lied(turn, attackers_tools.of_another_server(turn.run.server))


def _lied(turn: Turn, said: dict[str, Any]) -> Effect:
    """The metadata that the attacker has its MCP server answer with."""
    if _whose(met_in(turn.world, turn.run)) != ATTACKER:
        raise turn.illegal("the app has asked another MCP server, and that one answers itself")
    sent = Sent(ATTACKER, CLIENT, response(200, json=said))
    return Effect(in_flight=sent, sender=ATTACKER, receiver=ATTACKER, step=25)


def ask_for_server(turn: Turn) -> Effect:
    """Step D1, where an MCP server has named the server that is asked."""
    issuer = _issuer(turn)
    asked = mcp_client.ask_for_server(turn.app, mcp_client.asked_for(turn.app, issuer))
    return _sent(turn, asked, ATTACKER if issuer == SECOND_SERVER else SERVER)


def receive_server(turn: Turn) -> Effect:
    """Step D2, likewise. The attacker's server says the truth, if nobody has it say anything else."""
    issuer, server = _issuer(turn), turn.server
    theirs = issuer == SECOND_SERVER
    if theirs:
        said = turn.in_flight
        answer = said if isinstance(said, Response) else response(200, json={**second_metadata(server)})
        turn.context.record_message(ATTACKER, CLIENT, answer)
    else:
        server, answer = _answer_of_server(turn)
    app, outcome = mcp_client.receive_server(turn.app, mcp_client.asked_for(turn.app, issuer), answer, turn.context)
    return Effect(outcome, app=app, server=server, sender=ATTACKER if theirs else SERVER)


@handles(Act.STEP_C1)
def ask_to_register(turn: Turn) -> Effect:
    return _sent(turn, mcp_client.ask_to_register(turn.app), SERVER)


@handles(Act.STEP_C2)
def receive_registration(turn: Turn) -> Effect:
    server, answer = _answer_of_server(turn)
    app, done = mcp_client.receive_registration(turn.app, answer, turn.context)
    return Effect(Outcome.OK if done else Outcome.STOPPED, app=app, server=server)


@handles(Act.STEP_T1)
def send_message(turn: Turn) -> Effect:
    login, revision = login_before(turn.world, turn.run), turn.scenario.mcp_revision
    address = tools_called(turn.world, login)
    asked = mcp_client.next_message(turn.app, login.who, address, revision, turn.context)
    return replace(_sent(turn, asked, _whose(address)), who=login.who)


@handles(Act.STEP_T2)
def answer_message(turn: Turn) -> Effect:
    if turn.run.in_flight and turn.run.in_flight.receiver == ATTACKER:
        turn.context.record_message(ATTACKER, CLIENT, attackers_tools.answer(turn.asked))
        return Effect(Outcome.ERROR, sender=ATTACKER)
    called, answer = api.handle(key_lookup.of_api(turn), turn.asked, turn.context)
    if tries_again(turn, answer) and (again := send_again(turn, API, answer, api=called)):
        return again
    turn.context.record_message(API, CLIENT, answer)
    app = app_proofs.keep_nonce(turn.app, turn.asked.url, answer)
    app, outcome = mcp_client.hear_answer(app, turn.run.who, answer, turn.scenario.mcp_revision)
    return Effect(outcome, app=app, api=called)


@attacker_act(
    Act.GET_TOOL_MESSAGE,
    takes=WEB,
    clauses=("RFC 8707 §3",),
    label="keep the access_token",
    title="The attacker's MCP server keeps the token",
    text=(
        "The app sends its message to the server that the user has added, with the `access_token` in its header. That "
        "server is the attacker's, and keeps it."
    ),
    notes="Ask: at which server is this token good? Look at its audience.",
)
def get_tool_message(turn: Turn) -> Effect:
    """The access token that the app shows to the attacker's MCP server."""
    if turn.run.in_flight is None or turn.run.in_flight.receiver != ATTACKER:
        raise turn.illegal("the app has sent its message to another MCP server")
    shown = (turn.asked.header("authorization") or "").partition(" ")[2]
    return Effect(loot={"access_token": shown}, sender=ATTACKER, receiver=ATTACKER, step=29)


def _issuer(turn: Turn) -> str:
    """The authorization server that this run is about, as the MCP server has named it."""
    return turn.server.issuer if turn.run.name == DISCOVERY else turn.run.name.removeprefix(f"{DISCOVERY} ")


def _whose(address: str) -> str:
    """Who answers at this address of an MCP server."""
    return ATTACKER if address == ATTACKERS_TOOLS else API


def _sent(turn: Turn, asked: Request, receiver: str) -> Effect:
    turn.context.record_message(CLIENT, receiver, asked)
    return Effect(in_flight=Sent(CLIENT, receiver, asked), receiver=receiver)


def _answer_of_api(turn: Turn) -> tuple[Api, Response]:
    """The MCP server's answer to the request in flight, or the one that is on its way already; it has arrived."""
    sent, called = turn.run.in_flight, turn.api
    assert sent is not None, "the table allows this only where a message is in flight"
    theirs = sent.receiver if sent.sender == CLIENT else sent.sender
    if isinstance(sent.message, Response):
        answer = sent.message
    else:
        called, answer = _answered(turn, called, turn.asked, theirs)
    turn.context.record_message(theirs, CLIENT, answer)
    return called, answer


def _answered(turn: Turn, called: Api, asked: Request, whom: str) -> tuple[Api, Response]:
    """What this party answers to a request of the app's, and the MCP server that has perhaps done so."""
    if whom == API:
        return api.handle(called, asked, turn.context)
    return called, attackers_tools.answer(asked) if whom == ATTACKER else network.answer(asked)


def _answer_of_server(turn: Turn) -> tuple[Server, Response]:
    """That of the authorization server, likewise."""
    server, answer = turn.server, turn.in_flight
    if not isinstance(answer, Response):
        server, answer = authorization_server.handle(server, turn.asked, turn.context)
    turn.context.record_message(SERVER, CLIENT, answer)
    return server, answer
