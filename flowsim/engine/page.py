"""The requests of an app that runs in the browser: sent by its page, asked for and judged by the browser.

Every request of the app goes through here, at whatever step. An app that is no page sends it as it is, and reads what comes
back. For a page the browser names the origin, asks beforehand where it has to, and hides an answer that the page may not
read. Only an honest browser does that: the attacker's own, in a login of its own, hides nothing from its owner. There the
attacker reads every message of the page, whatever the page makes of it.

Source: RFC 10017 section 6.3.3.4.
"""

from flowsim.actors import api, authorization_server, browser
from flowsim.actors.mistakes import app as mistakes
from flowsim.checks.cross_origin import Preflight, PreflightFacts, Reading, ReadingFacts
from flowsim.engine import client_document
from flowsim.engine.effect import Effect
from flowsim.engine.turn import Turn
from flowsim.model.check import evaluate
from flowsim.model.states import Outcome
from flowsim.model.steps import API, ATTACKER, BROWSER, CLIENT, SERVER
from flowsim.model.world import ATTACKER_USER, VICTIM, Server, reads_its_page
from flowsim.protocol import cross_origin, signed_tokens
from flowsim.protocol.messages import Request, Response

TOKENS = ("access_token", "id_token", "refresh_token")


def send(turn: Turn, asked: Request, receiver: str, before: Preflight) -> Request | None:
    """This request of the app as it leaves, recorded; None where the browser does not send it for the page."""
    asked = mistakes.leaving(turn.app, asked)
    if turn.app.profile.in_browser:
        asked = cross_origin.by_page(asked, turn.run.client, browser.HEADERS["User-Agent"])
        if not _may_be_sent(turn, asked, receiver, before):
            return None
    turn.context.record_message(CLIENT, receiver, asked)
    return asked


def receive(turn: Turn, answer: Response, sender: str, after: Reading) -> bool:
    """Record this answer where it arrives. False where that is the browser, which hides it from the page."""
    readable = True
    if turn.app.profile.in_browser and _is_honest(turn):
        readable = turn.context.evaluate(after, ReadingFacts(turn.run.client, answer)) is None
    turn.context.record_message(sender, CLIENT if readable else BROWSER, answer)
    return readable


def may_read(turn: Turn, answer: Response, after: Reading) -> bool:
    """Whether the app would get this answer; nothing is recorded."""
    if not turn.app.profile.in_browser or not _is_honest(turn):
        return True
    return evaluate(after, ReadingFacts(turn.run.client, answer), turn.scenario.policy)[1] is None


def to_be_read(turn: Turn, answer: Response) -> Response:
    """This answer of the attacker's server: it lets any page read what it wants to be believed."""
    return cross_origin.with_leave(answer, cross_origin.ANY_ORIGIN) if turn.app.profile.in_browser else answer


def seen_by_its_owner(turn: Turn, answer: Response) -> dict[str, str]:
    """The victim's tokens in this answer, kind to value, where the page runs in the attacker's own browser; else none."""
    if not reads_its_page(turn.world, turn.run):
        return {}
    tokens = {name: value for name, value in answer.json().items() if name in TOKENS and isinstance(value, str)}
    read = [token for value in tokens.values() if (token := signed_tokens.read(value))]
    victim = f"user-{turn.world.people[VICTIM].username}"
    return tokens if any(token.claims.get("sub") == victim for token in read) else {}


def not_sent(receiver: str) -> Effect:
    """What comes of a request that the browser has not sent to this party."""
    return Effect(Outcome.NOT_SENT, sender=BROWSER, receiver=receiver)


def hidden(sender: str) -> Effect:
    """What comes of an answer of this party's that the browser has hidden from the page."""
    return Effect(Outcome.HIDDEN, sender=sender, receiver=BROWSER)


def _may_be_sent(turn: Turn, asked: Request, receiver: str, before: Preflight) -> bool:
    question = cross_origin.preflight(asked)
    if question is None:
        return True
    turn.context.record_message(BROWSER, receiver, question)
    answer = _answer_to_preflight(turn, question, receiver)
    turn.context.record_message(receiver, BROWSER, answer)
    return not _is_honest(turn) or turn.context.evaluate(before, PreflightFacts(asked, answer)) is None


def _answer_to_preflight(turn: Turn, question: Request, receiver: str) -> Response:
    if receiver == API:
        return api.handle(turn.api, question, turn.context)[1]
    if receiver == SERVER:
        return authorization_server.handle(turn.server, question, turn.context)[1]
    assert receiver == ATTACKER, "an app calls an authorization server or an API"
    # Whoever wants the request lets the page send it.
    wanted = question.header("access-control-request-headers") or ""
    return cross_origin.preflight_answer("POST", wanted, question.header("origin"))


def _is_honest(turn: Turn) -> bool:
    return turn.run.owner != ATTACKER_USER


def fetch(
    turn: Turn, server: Server, asked: Request, before: Preflight, after: Reading
) -> tuple[Server, Response | None, bool]:
    """A request of the app to its server and the answer to it, at one step: the server, the answer, whether it was sent.

    The answer is None where the app gets none: the browser has not sent the request, or hides what came back. A plain GET
    needs no leave, so `before` is empty for it.
    """
    sent = send(turn, asked, SERVER, before)
    if sent is None:
        return server, None, False
    server, _ = client_document.read(turn, server, sent)
    server, answer = authorization_server.handle(server, sent, turn.context)
    return server, answer if receive(turn, answer, SERVER, after) else None, True
