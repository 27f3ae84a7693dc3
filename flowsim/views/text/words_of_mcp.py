"""What to say of an app that calls the tools of an MCP server: how it finds out where to log in, and what it says there.

Source: Model Context Protocol, revision 2026-07-28, authorization; RFC 9728, RFC 7591.
"""

from functools import partial

from flowsim.actors import mcp_client
from flowsim.engine.honest_moves import met_in
from flowsim.model.shown import safe
from flowsim.model.states import Act, State
from flowsim.model.steps import ATTACKER
from flowsim.model.telling import Telling
from flowsim.model.world import ATTACKERS_TOOLS
from flowsim.protocol import challenges, json_rpc, strict_json, well_known
from flowsim.protocol.addresses import split
from flowsim.protocol.json_rpc import Call
from flowsim.protocol.messages import Request
from flowsim.views.text.words import Table, Words, listed, prose, tells

TELLERS: Table = {}
tell = partial(tells, TELLERS)
_SAYS = {
    "server/discover": "asks which revisions the server speaks",
    "initialize": "asks for a session",
    "notifications/initialized": "says that it is ready",
    "tools/list": "asks which tools there are",
    "tools/call": "calls a tool",
}


@tell(Act.STEP_M1)
def calls_without_token(told: Telling) -> Words:
    url = told.requests[-1].url
    knows = f"The app was given one address, `{url}`, and knows of no authorization server."
    says = f"It {_SAYS.get(_method(told), 'sends a message')}, as if no token were needed, and waits for the answer."
    return Words(f"The app calls {_whose(told)} without a token", prose(knows, says), _method(told))


@tell(Act.STEP_M2)
def demands_token(told: Telling) -> Words:
    said = challenges.of_scheme(told.answer.all_of("www-authenticate"), "bearer") if told.answer else {}
    named, scope = said.get("resource_metadata"), said.get("scope")
    where = "It names the address of its metadata." if named else "It does not say where its metadata is."
    which = f"To get in, a token has to have the scope `{scope}`." if scope else ""
    return Words(_capital(f"{_whose(told)} demands a token"), prose("It answers 401.", where, which), "401")


@tell(Act.STEP_M2, State.CONNECTION_STOPPED)
def demands_nothing(told: Telling) -> Words:
    status = told.answer.status if told.answer else "nothing"
    text = f"The app has waited for a 401, and got {status}. It has nothing to go by, and begins no login."
    return Words("The app hears of no token, and gives up", text, f"{status}")


@tell(Act.STEP_M3)
def asks_for_resource(told: Telling) -> Words:
    known = mcp_client.connection_to(told.client, met_in(told.before, told.run)) if told.client else None
    path = split(told.requests[-1].url).path if told.requests else ""
    if known is not None and known.named:
        why = "It asks at the address that the challenge has named."
    elif path == well_known.RESOURCE:
        why = f"It asks at the root of the host, `{path}`: at the path of the MCP server there was nothing."
    else:
        why = f"The challenge has named no address, so it puts `{well_known.RESOURCE}` between host and path."
    return Words(f"The app asks {_whose(told)} for its metadata", prose(why, told_inside(told)))


def told_inside(told: Telling) -> str:
    """That what was fetched in this event has come to a machine inside the network; empty where it has not."""
    if told.after.obeyed == told.before.obeyed:
        return ""
    return (
        f"At `{told.after.obeyed[-1]}` answers a machine inside the network. It does what the address says, and asks "
        "nobody who they are."
    )


@tell(Act.STEP_M3, State.CONNECTION_STOPPED)
def fetches_nothing(told: Telling) -> Words:
    text = "The app looks at the address before it fetches anything, and this one it does not fetch."
    return Words("The app fetches nothing from that address", text, "not fetched")


@tell(Act.STEP_M4)
def answers_with_resource(told: Telling) -> Words:
    document = told.answer.json() if told.answer else {}
    about = f"The document is about `{document.get('resource')}`."
    same = "That is what the app has asked about." if told.holds("resource.same") else ""
    servers = [f"`{one}`" for one in document.get("authorization_servers", ())]
    takes = f"Tokens come from {listed(servers)}." if servers else ""
    title = _capital(f"{_whose(told)} answers with its metadata")
    return Words(title, prose(about, same, takes), "metadata of the MCP server")


@tell(Act.STEP_M4, State.TOKEN_DEMANDED)
def has_no_resource(told: Telling) -> Words:
    text = "There is nothing at this address. The app looks at the next place where the metadata may be."
    return Words("The MCP server has no metadata there", text, "404")


@tell(Act.STEP_M4, State.RESOURCE_REFUSED)
def refuses_resource(told: Telling) -> Words:
    there = told.holds("resource.answered")
    said = "The app believes nothing in this document." if there else "There is no document here that the app can read."
    text = f"{said} It asks no authorization server, and sends the user nowhere."
    return Words("The app refuses the metadata of the MCP server", prose(told_inside(told), text), "metadata refused")


def asks_for_server(told: Telling) -> Words:
    """What to say of step D1 here: the issuer comes from the MCP server, and there are several places to look at."""
    url = told.requests[-1].url
    path = split(url).path
    named = [one.issuer for one in told.client.connections.values() if one.issuer] if told.client else []
    right = any(url.startswith(f"{one}/") for one in named)
    what = "the `issuer` of this server" if right else listed([f"`{one}`" for one in named])
    knows = f"The MCP server has named {what}, and no more."
    place = "where RFC 8414 has it" if path.startswith(well_known.SERVER) else "where OpenID Connect has it"
    theirs = ATTACKER in (told.event.sender, told.event.receiver)
    whose = "the attacker's" if theirs else "the"
    return Words(f"The app asks {whose} server for its metadata", f"{knows} The app asks at `{path}`, {place}.")


@tell(Act.STEP_D2, State.START)
def has_no_metadata(told: Telling) -> Words:
    text = "There is nothing at this address. The app looks at the next place where the metadata may be."
    return Words("The server has no metadata there", text, "404")


def ran(told: Telling) -> str:
    """That a program in the address has run where the app had it opened; empty where none has."""
    before, after = (world.browsers[told.run.at].ran for world in (told.before, told.after))
    if after == before:
        return ""
    how = {
        "shell": "The app opens the address with a command line, and the shell runs what stands in it",
        "window": "The app opens the address in a window of its own page, which runs it as the app's own script",
    }
    return f"{how[told.scenario.opens_with]}: `{after[-1].partition('?')[0]}`."


@tell(Act.STEP_C1)
def registers(told: Telling) -> Words:
    kind = strict_json.parse_object(told.requests[-1].body).get("application_type")
    native = ", and that it is a native app" if kind == "native" else "" if kind else ", and not what kind of app it is"
    text = (
        f"The app has no `client_id` at this server. It sends its name and where its answers go{native}. In MCP this way "
        "is deprecated: a `client_id` that is an address needs no registration."
    )
    return Words("The app registers itself", text)


@tell(Act.STEP_C2)
def is_registered(told: Telling) -> Words:
    given = told.answer.json().get("client_id") if told.answer else None
    text = (
        f"From now on the app is `{given}` at this server, and at no other: it keeps that under the server's `issuer`."
    )
    return Words("The server gives the app a client_id", text, "client_id")


@tell(Act.STEP_C2, State.REGISTRATION_REFUSED)
def is_not_registered(told: Telling) -> Words:
    status = told.answer.status if told.answer else "nothing"
    error = told.answer.json().get("error") if told.answer else None
    why = f"The error is `{safe(error)}`." if isinstance(error, str) and error else ""
    text = prose(why, "Without a `client_id` the app has nothing to begin a login with.")
    return Words("The server does not register the app", text, f"{status}")


@tell(Act.STEP_T1)
def sends_message(told: Telling) -> Words:
    method = _method(told)
    title = f"The app {_SAYS.get(method, 'sends a message')}"
    session = told.requests[-1].header("mcp-session-id")
    carried = (
        "The message carries the session that the server has named. It says nothing of the user." if session else ""
    )
    text = "The `access_token` goes along in the header, as with every message."
    return Words(title, prose(f"The message is `{method}`.", text, carried), method)


@tell(Act.STEP_T2)
def answers_message(told: Telling) -> Words:
    app = told.after.clients.get(told.run.client)
    talk = app.conversations.get(told.run.who) if app else None
    tools = f"The tools are {listed(f'`{one}`' for one in talk.tools)}." if talk and talk.tools else ""
    return Words("The MCP server answers the message", prose("It has judged the token first.", tools))


@tell(Act.STEP_T2, State.START)
def answers_and_waits(told: Telling) -> Words:
    session = told.answer.header("mcp-session-id") if told.answer else None
    named = "It names a session, which all further messages carry." if session else ""
    return Words("The MCP server answers the message", prose("It has judged the token first.", named))


@tell(Act.STEP_T2, State.MESSAGE_SENT)
def wants_a_nonce(told: Telling) -> Words:
    text = (
        "The MCP server wants a nonce of its own in the proof. The app sends the message once more, with such a proof."
    )
    return Words("The MCP server wants a nonce; the app sends it all again", text)


@tell(Act.STEP_T2, State.SESSION_REFUSED)
def refuses_message(told: Telling) -> Words:
    status = told.answer.status if told.answer else "nothing"
    return Words("The MCP server refuses the message", "The app learns of no tools.", f"{status}")


def _whose(told: Telling) -> str:
    """Which MCP server the app speaks with in this event."""
    theirs = ATTACKER in (told.event.sender, told.event.receiver) or told.run.name.endswith(ATTACKERS_TOOLS)
    return "the attacker's MCP server" if theirs else "the MCP server"


def _capital(title: str) -> str:
    return title[0].upper() + title[1:]


def _method(told: Telling) -> str:
    sent = next((one for one in reversed(told.requests) if isinstance(one, Request)), None)
    message = json_rpc.parse(sent.body) if sent else None
    return message.method if isinstance(message, Call) else "a message"
