"""What an attacker does with codes: it puts one login's into another, keeps its own back, plants it, or redeems one.

Source: RFC 9700 sections 4.5 and 4.7, RFC 6749 sections 4.1.3, 10.5 and 10.12.
"""

from dataclasses import replace

from flowsim.actors import browser
from flowsim.engine.effect import Effect
from flowsim.engine.handlers.registry import attacker_act
from flowsim.engine.turn import Turn
from flowsim.model.positions import WEB
from flowsim.model.states import Act, State
from flowsim.model.steps import ATTACKER, BROWSER, CLIENT, SERVER
from flowsim.model.world import ATTACKER_USER, ATTACKERS_CLIENT, ATTACKERS_ORIGIN, Browser, Event, Sent
from flowsim.protocol.addresses import origin_of
from flowsim.protocol.messages import (
    Opening,
    Request,
    Response,
    answered_at,
    leads_to,
    query_of,
    single,
    with_params,
    without_query,
)

MADE_UP = "made up"
READ_STATE = "state read"


def _injected_text(event: Event) -> str:
    with_state = "state" in dict(query_of(leads_to(event.messages[-1].message)))
    if event.before is State.PREPARED:
        whose = "the one that it has read" if event.detail == READ_STATE else "that of its request"
        rest = f" The `state` in it is {whose}." if with_state else ""
        return (
            "The attacker does not wait for an answer. In its own browser it opens the redirect that its own request would "
            f"get, with the victim's `code` in it.{rest}"
        )
    rest = "and leaves the `state` alone: that one is genuine, it belongs to this login."
    return (
        "In its own browser the attacker can change every address. It puts the victim's `code` where its own was, "
        f"{rest if with_state else 'and leaves all else alone.'}"
    )


@attacker_act(
    Act.INJECT_CODE,
    takes=WEB,
    clauses=("RFC 9700 §4.5",),
    label="put the stolen code in",
    title="The attacker puts the stolen code into its own redirect",
    text=_injected_text,
    notes=(
        "Say: the attacker needs no program of its own, the honest app does the work. Ask: what would have to"
        " tie the code to the browser in which the login began?"
    ),
)
def inject_code(turn: Turn) -> Effect:
    """In the attacker's own browser: the code in the address is replaced by the stolen one, all else stays.

    Where no redirect has come yet the attacker writes one: every value in it is known, from its own request.
    """
    _only_in_an_own_login(turn)
    if "code" not in turn.world.attacker.loot:
        raise turn.illegal("the attacker has no stolen code yet")
    arrived, seen, detail = turn.in_flight, turn.browser, ""
    opening: Opening | Request
    if turn.run.state is State.PREPARED:
        url, detail = _own_answer(turn)
        if isinstance(arrived, Response):
            seen = browser.receive(seen, turn.run.client, arrived)
        opening = Opening(url=url)
        if browser.app_for(seen, url) is None:
            seen, opening = _opened(turn, seen, url)
    else:
        assert not isinstance(arrived, Response)
        query = {**dict(query_of(answered_at(arrived))), "code": turn.world.attacker.loot["code"]}
        url = with_params(without_query(arrived.url), query)
        posted = isinstance(arrived, Request) and turn.scenario.posts_answer
        _, opening = _opened(turn, seen, url) if posted else (seen, replace(arrived, url=url))
    turn.context.record_message(ATTACKER, ATTACKER, Opening(url=url))
    return Effect(
        in_flight=Sent(BROWSER, CLIENT, opening),
        browser=seen,
        sender=ATTACKER,
        receiver=ATTACKER,
        step=6,
        detail=detail,
    )


def _own_answer(turn: Turn) -> tuple[str, str]:
    """The redirect that would answer the attacker's own request, with the stolen code; and how it knows the `state`."""
    asked = dict(query_of(leads_to(turn.in_flight)))
    answer = {"code": turn.world.attacker.loot["code"]}
    # Of a request that was pushed the address shows no state; the answer to it does, where the attacker has seen that.
    read = turn.world.attacker.loot.get("state") if "state" not in asked else None
    if state := asked.get("state", read):
        answer["state"] = state
    if turn.server.settings.iss:
        answer["iss"] = turn.run.server
    url = with_params(asked.get("redirect_uri", turn.scenario.profile.redirect_uri), answer)
    return url, READ_STATE if read else ""


@attacker_act(
    Act.KEEP_RESPONSE,
    takes=WEB,
    clauses=("RFC 9700 §4.7", "RFC 6749 §10.12"),
    label="keep the redirect",
    title="The attacker keeps the redirect of its own login",
    text=(
        "The redirect with the attacker's own `code` is in the attacker's browser. The attacker does not hand it to the "
        "app, and keeps the address for somebody else."
    ),
    notes=(
        "Say: this time the attacker gives something away, its own login. Ask: who could gain from that, and "
        "what would the victim do in an account that is not theirs?"
    ),
)
def keep_response(turn: Turn) -> Effect:
    """The attacker does not deliver the redirect of the own login, and keeps its address."""
    _only_in_an_own_login(turn)
    arrived = turn.in_flight
    assert not isinstance(arrived, Response)
    return Effect(loot={"redirect": answered_at(arrived)}, sender=ATTACKER, receiver=ATTACKER, step=6)


def _only_in_an_own_login(turn: Turn) -> None:
    """Raises IllegalMove where the browser is not the attacker's own: to change what is in another's takes more power."""
    if turn.run.owner != ATTACKER_USER:
        raise turn.illegal("the browser is not the attacker's own")


@attacker_act(
    Act.PLANT_RESPONSE,
    takes=WEB,
    clauses=("RFC 9700 §4.7", "RFC 6749 §10.12"),
    label="open this address",
    title="The victim's browser opens the attacker's redirect",
    text=(
        "A link, a picture or a redirect on any page makes a browser open an address. The victim's browser opens this one, "
        "and adds the victim's cookies, if the app has set any."
    ),
    notes=(
        "Point at the address: which value in it says in whose browser the login began? Ask the room whether "
        "they would notice that they are in another account."
    ),
)
def plant_response(turn: Turn) -> Effect:
    """The victim's browser opens an address that the attacker chose: a link, a picture, a redirect does it."""
    address = turn.written.url if isinstance(turn.written, Opening) else turn.world.attacker.loot.get("redirect")
    if address is None:
        raise turn.illegal("the attacker has kept no redirect, and says no other: message=Opening(…)")
    if turn.run.owner == ATTACKER_USER:
        raise turn.illegal("the browser is the attacker's own; there it opens an address with Act.OPEN_ADDRESS")
    _leads_to_the_app(turn, address)
    turn.context.record_message(ATTACKER, BROWSER, Opening(url=address))
    seen, opening = turn.browser, Opening(url=address)
    if browser.app_for(seen, address) is not None:
        return Effect(in_flight=Sent(BROWSER, CLIENT, opening), sender=ATTACKER, receiver=BROWSER, step=6)
    seen, asked = _opened(turn, seen, address, ATTACKERS_ORIGIN)
    return Effect(in_flight=Sent(BROWSER, CLIENT, asked), browser=seen, sender=ATTACKER, receiver=BROWSER, step=6)


def _opened(turn: Turn, seen: Browser, address: str, initiator: str = "") -> tuple[Browser, Request]:
    """The browser that opens this address, or posts what stands in it where the app takes posted answers only."""
    if turn.scenario.posts_answer:
        url, now = without_query(address), turn.context.now
        return browser.post(seen, url, dict(query_of(address)), initiator=initiator, now=now)
    return browser.open_url(seen, address, initiator=initiator, now=turn.context.now)


@attacker_act(
    Act.OPEN_ADDRESS,
    takes=WEB,
    clauses=("RFC 9700 §3", "RFC 9700 §4.5"),
    label="open this address",
    title="The attacker opens an address of the app in its own browser",
    text=(
        "In its own browser the attacker can open any address that it can write. It opens this one, as if the server had "
        "sent it there, and the browser adds the cookies that the app has set in it, if there are any."
    ),
    notes=(
        "Say: what arrives at a redirect URI is only an address, and anybody can write one. Ask: how could "
        "the app know that the server sent it?"
    ),
)
def open_address(turn: Turn) -> Effect:
    """An address of the app, opened in the attacker's own browser: it need not be one that any server has answered with."""
    _only_in_an_own_login(turn)
    if not isinstance(turn.written, Opening):
        raise turn.illegal("it must say which address: message=Opening(url=…)")
    address, seen = turn.written.url, turn.browser
    _leads_to_the_app(turn, address)
    if turn.run.in_flight and isinstance(turn.in_flight, Response):
        seen = browser.receive(seen, turn.run.client, turn.in_flight)
    turn.context.record_message(ATTACKER, ATTACKER, Opening(url=address))
    opening: Opening | Request = Opening(url=address)
    if browser.app_for(seen, address) is None:
        seen, opening = _opened(turn, seen, address)
    return Effect(in_flight=Sent(BROWSER, CLIENT, opening), browser=seen, sender=ATTACKER, receiver=ATTACKER, step=6)


def _leads_to_the_app(turn: Turn, address: str) -> None:
    """Raises IllegalMove for an address that a browser would not take to the app."""
    app = browser.app_for(turn.browser, address)
    if turn.run.client != (app or origin_of(address)):
        raise turn.illegal(f"the address {address[:100]!r} does not lead to the app, which is at {turn.run.client}")


# ---- Redeeming a code


def _is_own_app(event: Event) -> bool:
    sent = event.messages[-1].message
    return isinstance(sent, Request) and single(sent.form, "client_id") == ATTACKERS_CLIENT


def _sent_title(event: Event) -> str:
    if event.detail == MADE_UP:
        return "The attacker sends a code that it has made up"
    return "The attacker's app sends its code" if _is_own_app(event) else "The attacker sends the stolen code"


def _sent_text(event: Event) -> str:
    if _is_own_app(event):
        return "The attacker's app is registered like any other, and sends its `code` to the token endpoint like any other."
    what = "a `code` of its own making" if event.detail == MADE_UP else "the stolen `code`"
    return (
        f"The attacker sends {what} to the token endpoint, as if it were the app. It knows the app's name and address, for "
        "they are public. What it adds, the message shows."
    )


@attacker_act(
    Act.SEND_CODE,
    takes=WEB,
    is_step=True,
    clauses=("RFC 6749 §4.1.3", "RFC 6749 §10.5"),
    label=lambda event: "",
    title=_sent_title,
    text=_sent_text,
    notes=(
        "Before you go on, let the room vote: will the server give out tokens? Then ask what this request "
        "lacks that the app's own request would have."
    ),
)
def send_code(turn: Turn) -> Effect:
    """Step 7 of an attacker. The arrow in the diagram says what the message says."""
    asked = turn.asked_at(f"{turn.run.server}/oauth/token")
    turn.context.record_message(ATTACKER, SERVER, asked)
    known = single(asked.form, "code") == turn.world.attacker.loot.get("code")
    return Effect(
        in_flight=Sent(ATTACKER, SERVER, asked),
        sender=ATTACKER,
        receiver=SERVER,
        step=7,
        detail="" if known else MADE_UP,
    )
