"""What a browser does of its own accord, or its user with it, without malice: frames, requests ahead of time, reloads.

Each of them opens a run of its own, which goes on from there by the steps of a login.

Source: OIDC Core section 3.1.2.1 (prompt), RFC 6265bis section 5.2 (reloads), Fetch standard (`Sec-Purpose`).
"""

from dataclasses import replace

from flowsim.actors import browser
from flowsim.engine.effect import Effect
from flowsim.engine.handlers.login import initiator_of
from flowsim.engine.handlers.registry import handles
from flowsim.engine.honest_moves import called_back
from flowsim.engine.turn import Turn
from flowsim.model.order import kind_of
from flowsim.model.states import Act, Outcome, State
from flowsim.model.steps import BROWSER, CLIENT, USER
from flowsim.model.world import SCAN, VICTIM, Sent
from flowsim.protocol.messages import Request, answered_at, query_of, request, single

SCANNER = "Mozilla/5.0 (flowsim link scanner)"


@handles(Act.RENEW_SILENTLY)
def renew_silently(turn: Turn) -> Effect:
    """The page of the app makes a frame that shows nothing, and will ask the server in it. Nothing is sent yet."""
    if not turn.app.profile.in_browser:
        raise turn.illegal("only the page of an app has a frame to ask the server in")
    return Effect(sender=CLIENT, receiver=BROWSER, step=1)


@handles(Act.OPEN_AHEAD)
def open_ahead(turn: Turn) -> Effect:
    """The address that is in the browser's hands is opened before the user has come there.

    The browser itself sends its cookies along and says that it does so ahead of time; a link scanner elsewhere has none.
    """
    first = turn.world.runs[VICTIM]
    sent = first.in_flight
    if first.state is not State.CODE_IN_BROWSER or sent is None or sent.receiver != CLIENT:
        raise turn.illegal("there is no address that leads to the app in the browser's hands")
    came = sent.message
    if not isinstance(came, Request) or came.method != "GET":
        raise turn.illegal("only an address can be opened ahead of time, and what waits here is none")
    if kind_of(turn.run.name) == SCAN:
        headers = {**browser.HEADERS, "User-Agent": SCANNER}
        asked, detail = request("GET", came.url, headers=headers), SCAN
    else:
        purpose = "prefetch;prerender" if turn.app.profile.in_browser else "prefetch"
        asked, detail = replace(came, headers=(*came.headers, ("Sec-Purpose", purpose))), ""
    return Effect(in_flight=Sent(BROWSER, CLIENT, asked), sender=BROWSER, receiver=CLIENT, step=6, detail=detail)


@handles(Act.LOAD_AGAIN)
def load_again(turn: Turn) -> Effect:
    """The last address at which an app of this browser was called back is loaded once more: with the form, if it had one.

    Whether the request counts as one of another site is as it was the first time (RFC 6265bis section 5.2).
    """
    found = called_back(turn.world, turn.run.at)
    if found is None:
        raise turn.illegal("no app has been called back in this browser yet")
    run, came = found
    initiator, now = initiator_of(turn.world, run), turn.context.now
    if came.method == "POST":
        seen, again = browser.post(turn.browser, came.url, came.form, initiator=initiator, now=now)
    else:
        seen, again = browser.open_url(turn.browser, came.url, initiator=initiator, now=now)
    failed = single(query_of(answered_at(came)), "error") is not None
    return Effect(
        Outcome.ERROR if failed else Outcome.OK,
        in_flight=Sent(BROWSER, CLIENT, again),
        browser=seen,
        sender=USER,
        receiver=BROWSER,
        step=6,
    )
