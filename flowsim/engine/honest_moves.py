"""What the honest parties do next: the login step by step, then what the plan says comes later.

Where an API demands another login, the app begins one before anything else (RFC 9470 section 4). Where the user has
several logins under way, the order says whose turn it is (turns_left.py), and what it leaves open is played after it.

Source: none of the protocol's. A plan (model/timeline.py) belongs to the settings: whoever plays them plays the same story.
"""

from collections.abc import Callable, Iterable

from flowsim.actors import browser, client, mcp_client
from flowsim.engine.turns_left import turns_left
from flowsim.model import order, timeline
from flowsim.model.order import Turn
from flowsim.model.scenario import ISSUER
from flowsim.model.states import Act, Role, State
from flowsim.model.steps import ATTACKER, BROWSER, CLIENT, SERVER
from flowsim.model.transitions import Move, acts, honest_act, is_terminal
from flowsim.model.world import (
    ATTACKER_INITIATED,
    ATTACKERS_ORIGIN,
    ATTACKERS_TOOLS,
    CONNECTION,
    DISCOVERY,
    PLANTED,
    REGISTRATION,
    SECOND_SERVER,
    SESSION,
    SILENT_RENEWAL,
    STEP_UP,
    VICTIM,
    Run,
    World,
    browser_of,
    session_of,
)
from flowsim.protocol.addresses import split
from flowsim.protocol.messages import Message, Request, leads_to

_OPENING: dict[timeline.Kind, tuple[Role, Act]] = {
    "wait": (Role.WAIT, Act.WAIT),
    "call": (Role.CALL, Act.STEP_10),
    "refresh": (Role.REFRESH, Act.STEP_R1),
    "logout": (Role.LOGOUT, Act.STEP_V1),
    "keys": (Role.KEYS, Act.ROTATE_KEYS),
    "login": (Role.LOGIN, Act.STEP_1),
    "other-app": (Role.LOGIN, Act.STEP_1),
    "app-logout": (Role.APP_LOGOUT, Act.STEP_L1),
    "server-logout": (Role.SERVER_LOGOUT, Act.STEP_L1),
    "silent-renewal": (Role.LOGIN, Act.RENEW_SILENTLY),
    "prefetch": (Role.LOGIN, Act.OPEN_AHEAD),
    "scan": (Role.LOGIN, Act.OPEN_AHEAD),
    "reload": (Role.LOGIN, Act.LOAD_AGAIN),
    "password": (Role.PASSWORD, Act.CHANGE_PASSWORD),
}


def honest_move(world: World) -> Move | None:
    """The next move of the honest parties; None where all is done, or where they wait for something that never comes.

    What an attacker has the victim's browser open goes first, and a user who was lured into a login does not begin
    another one.
    """
    ordered, runs = bool(world.scenario.order), world.runs
    several = len(runs) > 1  # beside the first login of the victim's, which there always is
    led_on = [runs[name] for name in (PLANTED, ATTACKER_INITIATED) if name in runs] if several else []
    if asked := _discovery(world, led_on if ordered else runs.values()):
        return asked
    for one in led_on:
        act = _next_act(world, one)
        if act is not None:
            return Move(one.name, act)
    victim = runs[VICTIM]
    if ATTACKER_INITIATED in runs and victim.state is State.START:
        return None
    items = timeline.parse(world.scenario.later)
    for item in items:
        if item.after is not None and item.run not in runs and _taken(world) >= item.after:
            return _opening(item)
    if ordered and (move := _in_turn(world)):
        return move
    if several and (move := _copies(world)):
        return move
    if ordered and (move := _discovery(world, world.runs.values()) or _begun(world)):
        return move
    if items and not ordered and (move := _ahead(world, items)):
        return move
    if move := _login_goes_on(world, victim):
        return move
    if not is_terminal(victim.role, victim.state):
        return None
    for run in runs.values():
        if is_step_up(run) and not is_terminal(run.role, run.state):
            return _login_goes_on(world, run)
    if move := _step_up(world):
        return move
    if not items:
        return None
    # What was left out, because it was not possible, is not made up for when a later login has made it so.
    named = {turn.run for turn in order.parse(world.scenario.order)} | {item.run for item in items if item.after}
    begun = max(
        (place for place, item in enumerate(items) if item.run in world.runs and item.run not in named), default=-1
    )
    for place, item in enumerate(items):
        opened = world.runs.get(item.run)
        if opened is None and place > begun and item.after is None and _possible(world, item):
            return _opening(item)
        move = _goes_on(world, opened) if opened else None
        if move is not None:
            return move
    return None


def _taken(world: World) -> int:
    """The last of the steps that the user's first login has taken; 0 before the first."""
    return max((event.step for event in world.log if event.run == VICTIM and event.act.step), default=0)


def chosen_server(world: World, run: Run) -> str:
    """The issuer of the server that the user of this login has chosen, or the attacker in its own."""
    app = world.clients.get(run.client)
    if app is None or app.second is None:
        return run.server
    if world.scenario.speaks_mcp:
        named = mcp_client.connection_to(app, tools_called(world, run)).issuer
        return SECOND_SERVER if named == SECOND_SERVER else run.server
    return SECOND_SERVER if _is_chosen(world, run) else run.server


def tools_called(world: World, run: Run) -> str:
    """The address of the MCP server that the user of this login has the app call: the attacker's, where they chose that."""
    app = world.clients.get(run.client)
    theirs = app is not None and app.second is not None and _is_chosen(world, run)
    return ATTACKERS_TOOLS if theirs else world.apis[run.api].url


def connection_to(address: str) -> str:
    """The name of the run in which the app meets the MCP server at this address."""
    return f"{CONNECTION} {address}" if address == ATTACKERS_TOOLS else CONNECTION


def met_in(world: World, run: Run) -> str:
    """The address of the MCP server that the app meets in this run."""
    return world.apis[run.api].url if run.name == CONNECTION else run.name.removeprefix(f"{CONNECTION} ")


def _is_chosen(world: World, run: Run) -> bool:
    """True where the user of this login has chosen the app's other server, or the attacker in its own."""
    return run.name == VICTIM or any(one.act is Act.CHOOSE_SERVER and one.run == run.name for one in world.log)


def discovery_of(issuer: str) -> str:
    """The name of the run in which the app asks this server for its metadata."""
    return DISCOVERY if issuer == ISSUER else f"{DISCOVERY} {issuer}"


def waits_for_metadata(world: World, run: Run) -> bool:
    """True where the app of this login needs to know where a server's endpoints are, and has not yet asked in vain."""
    if world.scenario.speaks_mcp:
        return _prelude(world, run) is not None
    if world.scenario.discovery == "off" or run.role is not Role.LOGIN or run.client not in world.clients:
        return False
    if run.state not in (State.CLICKED, State.CODE_IN_BROWSER):
        return False
    issuer = chosen_server(world, run)
    asked = world.runs.get(discovery_of(issuer))
    over = asked is not None and is_terminal(asked.role, asked.state)
    return not over and not client.knows(world.clients[run.client], issuer)


def _prelude(world: World, run: Run) -> tuple[str, Role, Act] | None:
    """What comes before the next step of this login at an app that calls an MCP server: the run, its role, its first act.

    None where all has been learnt that was to be learnt, or the app has given up on it.
    """
    if run.role is not Role.LOGIN or run.client not in world.clients:
        return None
    app, scenario = world.clients[run.client], world.scenario
    if run.state is State.CLICKED:
        address = tools_called(world, run)
        if not _is_over(world, connection_to(address)):
            return connection_to(address), Role.CONNECTION, Act.STEP_M1
        issuer = mcp_client.connection_to(app, address).issuer
        if issuer and not _is_over(world, discovery_of(issuer)):
            return discovery_of(issuer), Role.DISCOVERY, Act.STEP_D1
        registers = scenario.client_identity == "registered" and "registration_endpoint" in app.metadata
        registers = registers and chosen_server(world, run) == run.server
        if registers and run.server not in app.identities and not _is_over(world, REGISTRATION):
            return REGISTRATION, Role.REGISTRATION, Act.STEP_C1
    if run.state is State.TOKENS_HELD and run.who in app.tokens:
        name = session_with_tools(run.name)
        if not mcp_client.is_ready(app, run.who, scenario.mcp_revision) and not _is_over(world, name):
            return name, Role.SESSION, Act.STEP_T1
    return None


def session_with_tools(login: str) -> str:
    """The name of the run in which the app of this login says to the MCP server what comes before its call."""
    return SESSION if login == VICTIM else f"{SESSION} of {login}"


def login_before(world: World, run: Run) -> Run:
    """The login whose token such a run goes on with."""
    return next(one for name, one in world.runs.items() if session_with_tools(name) == run.name)


def _is_over(world: World, name: str) -> bool:
    run = world.runs.get(name)
    return run is not None and is_terminal(run.role, run.state)


def _in_turn(world: World) -> Move | None:
    """The move of the first run whose turn it is, as the order says, and that can move."""
    return next((move for turn in turns_left(world) if (move := _move_of(world, turn))), None)


def _move_of(world: World, turn: Turn) -> Move | None:
    """The move with which this turn would begin; None where its run cannot move now."""
    run = world.runs.get(turn.run)
    if run is None:
        return _begins(world, turn.run)
    if turn.act is not None and turn.act in acts(run.role, run.state) and not stands_against(run, turn.act):
        return Move(run.name, turn.act)
    return _discovery(world, [run]) or _goes_on(world, run)


def may_move(world: World) -> tuple[str, ...]:
    """The runs of the honest parties that are under way, or could begin, and whose turn could be next."""
    planned = [item.run for item in timeline.parse(world.scenario.later)]
    named = [turn.run for turn in order.parse(world.scenario.order)]
    begun = [
        run.name for run in world.runs.values() if run.owner == VICTIM and run.name not in (PLANTED, ATTACKER_INITIATED)
    ]
    known = dict.fromkeys((*begun, *named, *planned))
    return tuple(run for run in known if order.has_turn(run) and _move_of(world, Turn(run)) is not None)


def _begins(world: World, name: str) -> Move | None:
    """The move with which the run of this name begins; None where it cannot, or cannot yet."""
    if order.kind_of(name) == order.COPY:
        return None
    if order.kind_of(name) in order.LOGINS:
        return Move(name, Act.STEP_1, role=Role.LOGIN)
    if order.kind_of(name) == STEP_UP:
        asked = _step_up(world)
        return asked if asked is not None and asked.run == name else None
    item = next(one for one in timeline.parse(world.scenario.later) if one.run == name)
    return _opening(item) if item.after is None and _possible(world, item) else None


def _begun(world: World) -> Move | None:
    """The next move of the login that has begun first, of those that the user has begun and that can go on."""
    for run in [world.runs[name] for name in dict.fromkeys(event.run for event in world.log)]:
        if run.role is Role.LOGIN and run.owner == VICTIM and (move := _login_goes_on(world, run)):
            return move
    return None


def _step_up(world: World) -> Move | None:
    """The beginning of another login, where an API has demanded one of the app."""
    victim = world.runs[VICTIM]
    if session_of(world) not in world.clients[victim.client].challenges:
        return None
    number = 1 + sum(map(is_step_up, world.runs.values()))
    return Move(f"{STEP_UP} {number}", Act.STEP_1, role=Role.LOGIN)


def _discovery(world: World, runs: Iterable[Run]) -> Move | None:
    """What the app does first where one of these logins of its own waits for a server's metadata: it asks for it."""
    if world.scenario.discovery == "off" and not world.scenario.speaks_mcp:
        return None
    for run in runs:
        if not waits_for_metadata(world, run):
            continue
        if world.scenario.speaks_mcp and (before := _prelude(world, run)):
            name, role, first = before
            begun = world.runs.get(name)
            act = honest_act(begun.role, begun.state) if begun else first
            return Move(name, act, role=None if begun else role) if act else None
        name = discovery_of(chosen_server(world, run))
        asked = world.runs.get(name)
        if asked is None:
            return Move(name, Act.STEP_D1, role=Role.DISCOVERY)
        act = honest_act(asked.role, asked.state)
        return Move(name, act) if act else None
    return None


def is_step_up(run: Run) -> bool:
    """True for a login that the app began because an API has asked for it (RFC 9470 section 4)."""
    return run.name.startswith(STEP_UP)


def _goes_on(world: World, run: Run) -> Move | None:
    """The next move of a run that the plan has opened; None where it has ended."""
    if run.role is Role.LOGIN:
        return _login_goes_on(world, run)
    act = _next_step(world, run)
    return Move(run.name, act) if act is not None else None


def _login_goes_on(world: World, run: Run) -> Move | None:
    """The next move of this login: an action of the server, or the next step."""
    actions = world.scenario.actions if run.state is State.APPROVED else ()
    if actions and actions_run(world, run) < len(actions):
        return Move(run.name, Act.RUN_ACTION)
    act = _next_act(world, run)
    return Move(run.name, act) if act is not None else None


def actions_run(world: World, run: Run) -> int:
    """How many actions of the server have run in this login."""
    return sum(event.act is Act.RUN_ACTION and event.run == run.name for event in world.log)


def in_frame(world: World, run: Run) -> bool:
    """True for a login that is shown in a frame of somebody else's page."""
    return any(event.act is Act.FRAME_REQUEST and event.run == run.name for event in world.log)


def frame_of(world: World, run: Run) -> str:
    """The origin of the page in whose frame this login is shown; empty for one in a tab of its own."""
    if renews_silently(run):
        return run.client
    return ATTACKERS_ORIGIN if in_frame(world, run) else ""


def renews_silently(run: Run) -> bool:
    """True for a login that the page of the app has begun in a frame of its own, and that shows nothing."""
    return order.kind_of(run.name) == SILENT_RENEWAL


def called_back(world: World, at: str) -> tuple[Run, Request] | None:
    """The last login in this browser that has come back to an app, and the request with which it did; None if none has."""
    for event in reversed(world.log):
        first = event.messages[0] if event.messages else None
        came = first.message if first is not None and first.sender == BROWSER else None
        run = world.runs[event.run]
        first_time = order.kind_of(run.name) not in (*timeline.AHEAD, "reload")
        if event.act is Act.STEP_7 and run.at == at and first_time and isinstance(came, Request):
            return run, came
    return None


def tab_of(world: World, run: Run) -> str:
    """The name of the login in whose tab this one takes place: what a page keeps for a tab, it finds there."""
    kind = order.kind_of(run.name)
    if kind in timeline.AHEAD:
        return VICTIM
    before = called_back(world, run.at) if kind == "reload" else None
    return before[0].name if before else run.name


def _ahead(world: World, items: tuple[timeline.Occurrence, ...]) -> Move | None:
    """What opens the address of the redirect before the user does: it begins as soon as it can, and goes on to its end."""
    for item in items:
        if item.kind not in timeline.AHEAD:
            continue
        run = world.runs.get(item.run)
        if run is None and _possible(world, item):
            return _opening(item)
        if run is not None and (move := _login_goes_on(world, run)):
            return move
    return None


def _next_act(world: World, run: Run) -> Act | None:
    """The next step of this run; None where it has ended, or where what is in flight goes to the attacker."""
    if is_out_of_hands(world, run):
        return None
    if run.state is State.LOGIN_SHOWN and _nobody_types(world, run):
        return None
    return _next_step(world, run)


def _next_step(world: World, run: Run) -> Act | None:
    """The next numbered step, or what comes before it: a server looks something up, an app that hears nothing acts."""
    before = _BEFORE.get(run.state)
    act = before(world, run) if before else None
    return act or honest_act(run.role, run.state)


def _unanswered(world: World, run: Run) -> Act:
    tries = world.scenario.retries and not has_retried(world, run) and holds_what_it_sent(world, run)
    return Act.RETRY if tries else Act.TIME_OUT


def _request_sent(world: World, run: Run) -> Act | None:
    return Act.LOOK_UP if looks_up(world, run) else None


def _copy_sent(world: World, run: Run) -> Act:
    return Act.LOOK_UP if looks_up(world, run) else Act.ANSWER_COPY


def _tokens_held(world: World, run: Run) -> Act | None:
    return Act.GO_WITHOUT if has_no_token(world, run) else None


# What may come before the next numbered step, by the state in which it may.
_BEFORE: dict[State, Callable[[World, Run], Act | None]] = {
    State.UNANSWERED: _unanswered,
    State.API_UNANSWERED: _unanswered,
    State.CODE_SENT: _request_sent,
    State.REFRESH_SENT: _request_sent,
    State.COPY_SENT: _copy_sent,
    State.TOKENS_HELD: _tokens_held,
}


def has_no_token(world: World, run: Run) -> bool:
    """True where the app of this login holds its tokens no more: the user has logged out of the app meanwhile."""
    if run.role is not Role.LOGIN or run.state is not State.TOKENS_HELD:
        return False
    app = world.clients.get(run.client)
    return app is not None and run.who not in app.tokens


def is_of_same_session(one: Run, other: Run) -> bool:
    """True where the app keeps the tokens of both in one place."""
    return (one.client, one.who) == (other.client, other.who)


def has_been_replaced(world: World, run: Run) -> bool:
    """True where another login has put tokens in the place of those that this run's last request is about."""
    sent = max((one.index for one in world.log if one.run == run.name and one.act.step in _SENDING), default=0)
    return any(
        event.index > sent
        and event.run != run.name
        and event.act is Act.STEP_9
        and event.after is State.TOKENS_HELD
        and is_of_same_session(world.runs[event.run], run)
        for event in world.log
    )


def holds_what_it_sent(world: World, run: Run) -> bool:
    """True where the app still has what the last request of this run was made with: a code, or the tokens of a session."""
    if run.role is Role.LOGIN and run.state in (State.CODE_SENT, State.UNANSWERED):
        return True
    app = world.clients.get(run.client)
    return app is not None and run.who in app.tokens and not has_been_replaced(world, run)


def looks_up(world: World, run: Run) -> bool:
    """True where a server that is not atomic has yet to look up the code or the refresh token of this request."""
    sent = run.in_flight
    if run.state not in (State.CODE_SENT, State.REFRESH_SENT, State.COPY_SENT) or sent is None:
        return False
    ours = sent.receiver == SERVER and isinstance(sent.message, Request) and sent.message.path == "/oauth/token"
    return ours and run.read is None and not world.servers[run.server].settings.server_atomic


def has_retried(world: World, run: Run) -> bool:
    """True where the app of this run has sent the request that it waits for twice."""
    own = [event for event in world.log if event.run == run.name]
    since = max((place for place, event in enumerate(own) if event.act.step in _SENDING), default=0)
    return any(event.act is Act.RETRY for event in own[since:])


def _copies(world: World) -> Move | None:
    """The second delivery of a request: it is answered when the first has been."""
    for run in world.runs.values():
        if run.role is not Role.COPY or is_terminal(run.role, run.state):
            continue
        act = None if _first_waits(world, run) else _next_step(world, run)
        if act is not None:
            return Move(run.name, act)
    return None


def stands_against(run: Run, act: Act) -> str:
    """Why the network cannot do this to the message of this run, where the table allows it; empty where it can."""
    sent = run.in_flight
    if run.owner == ATTACKER or sent is None:
        return "the network of flowsim loses and repeats only what honest apps send and wait for"
    if ATTACKER in (sent.sender, sent.receiver):
        return "what goes to the attacker's server is not lost or repeated here"
    if act is Act.LOSE_REQUEST and run.read is not None:
        return "the server has the request already"
    if act is Act.DUPLICATE and sent.receiver != SERVER:
        return "only a request to the user's authorization server is delivered twice here"
    return ""


def _first_waits(world: World, copy: Run) -> bool:
    """True where the server has not yet answered the first delivery of this request."""
    first = next(event.run for event in world.log if event.act is Act.DUPLICATE and event.detail == copy.name)
    return world.runs[first].in_flight == copy.in_flight


_SENDING = (7, 10, 12, 15, 29)  # the steps by which an app sends a request and then waits


def _nobody_types(world: World, run: Run) -> bool:
    """True where a login form stands in a frame that nobody can see: one may press a button there, and no more."""
    return in_frame(world, run) and browser.form_shown(browser_of(world, run)) != "/consent"


def is_out_of_hands(world: World, run: Run) -> bool:
    """True where what is in flight goes to the attacker, or leads where none of the honest parties is."""
    sent = run.in_flight
    return sent is not None and (
        sent.receiver == ATTACKER or (run.state is State.PREPARED and _leads_to_attacker(world, run, sent.message))
    )


def _leads_to_attacker(world: World, run: Run, message: Message) -> bool:
    """True where the app has the browser open a page of the attacker's, or what is an address of nobody's."""
    url = leads_to(message)
    nobodys = (split(url).scheme or "").lower() not in ("http", "https")
    return nobodys or browser.belongs_to_attacker(world.browsers[run.at], url)


def _opening(item: timeline.Occurrence) -> Move:
    role, act = _OPENING[item.kind]
    return Move(item.run, act, role=role, seconds=item.seconds)


def _possible(world: World, item: timeline.Occurrence) -> bool:
    """An app without the token that it takes leaves the item out, and one without a session cannot end it."""
    victim = world.runs[VICTIM]
    held = world.clients[victim.client].tokens.get(session_of(world))
    if item.kind in ("call", "app-logout", "server-logout"):
        return held is not None
    if item.kind in timeline.AHEAD:
        sent = victim.in_flight
        waits = victim.state is State.CODE_IN_BROWSER and sent is not None and sent.receiver == CLIENT
        return waits and sent is not None and isinstance(sent.message, Request) and sent.message.method == "GET"
    if item.kind == "reload":
        return called_back(world, victim.at) is not None
    if item.kind in ("refresh", "logout"):
        # An app that has learnt of another server only, which sent it to this one, does not know where to go.
        told = client.knows(world.clients[victim.client], victim.server)
        return held is not None and held.refresh_token is not None and told
    return True
