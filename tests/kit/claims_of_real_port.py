"""The runs behind what the lesson about a real port says, one function for each sentence. See notebook_claims.py."""

from functools import cache, partial

import httpx

from flowsim.lessons.marked_lines import marked_difference
from flowsim.live.login import LiveTrace
from flowsim.live.transport import WorldTransport
from flowsim.live.world import LiveWorld
from flowsim.model.hooks import ACTIONS, Claims, Deny, action
from flowsim.model.scenario import Scenario
from flowsim.model.steps import API, BROWSER, CLIENT, SERVER
from flowsim.model.world import Event, Sent
from flowsim.protocol.messages import Request
from tests.kit.native_app import CLIENT as DESKTOP_APP
from tests.kit.native_app import SOURCE, logged_in, robbed, the_app, without_pkce
from tests.kit.notebook_claims import claim

port = partial(claim, "real-port")
MESSAGES = "https://api.example/messages"


def one_world(**settings: object) -> LiveWorld:
    return LiveWorld(Scenario(**settings), clients=[DESKTOP_APP])  # type: ignore[arg-type]


@cache
def recorded() -> LiveTrace:
    """A login of the desktop app, a call of the API, and a refresh."""
    world = one_world()
    app = logged_in(world)
    app.call(MESSAGES)
    app.refresh()
    (login,) = world.logins.values()
    return login.trace


def at(step: int) -> Event:
    return next(event for event in recorded().events if event.step == step)


def requests(step: int) -> list[Sent]:
    return [one for one in at(step).messages if isinstance(one.message, Request)]


@port(
    "Three things differ: its random values come from the operating system, its time is the clock's, and its key was made "
    "a moment ago. So no two runs are alike, and this page prints the names of parameters and not their values."
)
def no_two_runs_are_alike() -> bool:
    one, other = one_world(), one_world()
    tokens = [logged_in(world).tokens for world in (one, other)]
    return one.server.keys != other.server.keys and not {*tokens[0].values()} & {
        value for name, value in tokens[1].items() if name.endswith("_token")
    }


@port("**Step 2** sends nothing.")
def step_2_sends_nothing() -> bool:
    return not at(2).messages and at(2).unseen


@port("The browser opens it; the SDK waits.")
def step_3_is_the_browsers() -> bool:
    return {one.sender for one in requests(3)} == {BROWSER}


@port("**Step 7** is the SDK's own request, past the browser: the code, and now the verifier.")
def step_7_is_the_apps() -> bool:
    ((sender, form),) = [
        (one.sender, dict(one.message.form)) for one in requests(7) if isinstance(one.message, Request)
    ]
    return sender == CLIENT and {"code", "code_verifier"} <= form.keys()


@port("and a server that asks for it refuses an app without it before there is a code.")
def refused_before_there_is_a_code() -> bool:
    world = one_world()
    try:
        logged_in(world, without_pkce())
    except without_pkce().LoginFailed:
        added = [line for line in marked_difference(SOURCE, "PKCE").splitlines() if line.endswith("# PKCE")]
        return not world.server.grants and len(added) < 10
    return False


@port(
    "Now a server that does not insist on PKCE, and on this machine a program of a thief's that gets the redirect before"
)
@port("It sends the code to the token endpoint itself.")
def the_thief_reads_where_there_is_no_pkce() -> bool:
    verdicts = [robbed(one) for one in (the_app(), without_pkce())]
    return [one.attacker_reads_data for one in verdicts] == [False, True] and verdicts[0].stopped_at_step == 8


@port("The tokens are there. The SDK adds one header, and the API answers.")
@port("That is what a signed access token is for")
def the_api_asks_nobody() -> bool:
    sent = [(one.sender, one.receiver) for event in recorded().events for one in event.messages]
    (call,) = [one.message for one in requests(10) if isinstance(one.message, Request)]
    return not {(API, SERVER), (SERVER, API)} & {*sent} and call.header("Authorization") is not None


@port("The first answer names no error, because nothing was wrong yet")
@port("The ID token is for the app, and its header says that it is no access token.")
def two_mistakes() -> bool:
    world = one_world()
    app = logged_in(world)
    told = []
    with httpx.Client(transport=WorldTransport(world)) as http:
        for headers in ({}, {"Authorization": f"Bearer {app.tokens['id_token']}"}):
            told.append(http.get(MESSAGES, headers=headers).headers["WWW-Authenticate"])
    return "error=" not in told[0] and 'error="invalid_token"' in told[1] and "not an ID token" in told[1]


@port("the SDK sends the refresh token to the token endpoint, without a browser and without the user:")
def the_refresh_is_the_apps() -> bool:
    return [(one.sender, one.receiver) for event in recorded().events[-3:] for one in event.messages] == [
        (CLIENT, SERVER),
        (SERVER, CLIENT),
    ]


@port("An action cannot ask the user again. It denies with a reason, and the app begins once more")
@port("An action adds claims or denies, when the user has agreed")
def an_action_denies_with_a_reason() -> bool:
    name = "claims of the notebook"
    action(name)(lambda login: Claims({"https://as.example/in": True}) if login.acr else Deny("say how"))
    try:
        world = one_world(actions=(name,))
        let_in = logged_in(world, acr_values="https://as.example/acr/password").claims["https://as.example/in"]
        try:
            logged_in(world)
        except the_app().LoginFailed as failed:
            return let_in is True and "say how" in str(failed)
        return False
    finally:
        del ACTIONS[name]
