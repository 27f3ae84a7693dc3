"""The way by the server behind a proxy: the steps U1 to U3, between the proxy's own page and its code.

Source: Model Context Protocol, Security Best Practices (confused deputy problem); RFC 6749 section 4.1.
"""

from dataclasses import replace

from flowsim.actors import authorization_server, browser
from flowsim.engine.effect import Effect
from flowsim.engine.handlers.login import step_5
from flowsim.engine.handlers.registry import handles
from flowsim.engine.honest_moves import frame_of
from flowsim.engine.turn import Turn
from flowsim.model.states import Act, Outcome
from flowsim.model.steps import BROWSER, SERVER, UPSTREAM
from flowsim.model.world import Sent, Server, evolve
from flowsim.protocol.messages import REDIRECTS, Response, leads_to, query_of, single


def _behind(turn: Turn) -> Server:
    """The server behind the proxy of this run."""
    proxy = turn.server.upstream
    assert proxy is not None, "only a proxy sends a login on"
    return turn.world.servers[proxy.issuer]


@handles(Act.STEP_U1)
def sent_on(turn: Turn) -> Effect:
    """The browser goes on to the server behind, which shows a page; or it knows the user and the proxy, and shows none."""
    context, arrived, behind, seen = turn.context, turn.in_flight, _behind(turn), turn.browser
    top, by_link = frame_of(turn.world, turn.run), not isinstance(arrived, Response)
    sender = BROWSER if by_link else None
    if isinstance(arrived, Response):
        context.record_message(SERVER, BROWSER, arrived)
        seen = browser.keep_cookies(seen, f"{turn.server.base}/", arrived, top=top, now=context.now)
    url = leads_to(arrived)
    for _ in range(_MOST_REDIRECTS):
        seen, asked = browser.open_url(seen, url, top=top)
        context.record_message(BROWSER, UPSTREAM, asked)
        behind, answer = authorization_server.handle(behind, asked, context)
        if browser.answer_to_app(answer, behind.issuer):
            kept = browser.keep_cookies(seen, url, answer, top=top, now=context.now)
            flying = Sent(UPSTREAM, BROWSER, answer)
            return Effect(Outcome.SILENT, in_flight=flying, browser=kept, behind=behind, sender=sender)
        context.record_message(UPSTREAM, BROWSER, answer)
        seen = browser.receive(seen, url, answer, top=top, now=context.now)
        if answer.status not in REDIRECTS:
            break
        url = answer.location
    shown = Outcome.OK if answer.status == 200 else Outcome.ERROR_PAGE
    return Effect(shown, browser=seen, behind=behind, sender=sender)


_MOST_REDIRECTS = 3  # from the authorization endpoint to the login page, and to the consent page


@handles(Act.STEP_U2)
def log_in_behind(turn: Turn) -> Effect:
    """The two forms of step 5, at the server behind."""
    behind = _behind(turn)
    there = replace(turn, run=evolve(turn.run, server=behind.issuer))
    effect = step_5(there)
    names = {SERVER: UPSTREAM}
    turn.context.messages[:] = [
        Sent(names.get(sent.sender, sent.sender), names.get(sent.receiver, sent.receiver), sent.message)
        for sent in turn.context.messages
    ]
    flying = None if effect.in_flight is None else Sent(UPSTREAM, BROWSER, effect.in_flight.message)
    return replace(effect, in_flight=flying, server=None, behind=effect.server)


@handles(Act.STEP_U3)
def come_back(turn: Turn) -> Effect:
    """The browser comes back to the proxy, which asks the server behind who the user is, and issues a code of its own."""
    context, redirect, behind = turn.context, turn.answer, _behind(turn)
    top = frame_of(turn.world, turn.run)
    context.record_message(UPSTREAM, BROWSER, redirect)
    seen = browser.keep_cookies(turn.browser, f"{behind.issuer}/", redirect, top=top, now=context.now)
    seen, asked = browser.open_url(seen, redirect.location, top=top, initiator=behind.issuer, now=context.now)
    context.record_message(BROWSER, SERVER, asked)
    server, answer, away, asks = authorization_server.come_back(turn.server, asked, context)
    if asks is not None and away is not None:
        context.record_message(SERVER, UPSTREAM, asks)
        behind, told = authorization_server.handle(behind, asks, context)
        context.record_message(UPSTREAM, SERVER, told)
        server, answer = authorization_server.finish(server, away, asked, told, context)
    assert answer is not None, "a proxy either answers or asks the server behind"
    left = browser.answer_to_app(answer, turn.run.server)
    if left is None:
        context.record_message(SERVER, BROWSER, answer)
        seen = browser.receive(seen, asked.url, answer, top=top, now=context.now)
        return Effect(Outcome.ERROR_PAGE, browser=seen, server=server, behind=behind)
    seen = browser.keep_cookies(seen, asked.url, answer, top=top, now=context.now)
    outcome = Outcome.DENIED if single(query_of(left), "error") else Outcome.OK
    return Effect(outcome, in_flight=Sent(SERVER, BROWSER, answer), browser=seen, server=server, behind=behind)
