"""What to say about an event: a title one can say aloud, a short label for the diagram, a few plain sentences.

All of it is computed from the event, its messages, its checks and the settings of the run, so that it cannot contradict
what is on the screen. The words for each step stand in the words_of_*.py beside this file, those for what only an attacker
does on the record of that act. Here they are looked up, and what holds for every event is added: which check stopped it,
and which one failed and was switched off.
"""

from collections.abc import Collection, Iterable

from flowsim.attacks.toolkit import OWN_VERIFIER
from flowsim.engine.handlers import ATTACKER_ACTS
from flowsim.model.on_the_way import BY_THE_BROWSER, ON_THE_WAY
from flowsim.model.states import Act, Outcome
from flowsim.model.steps import step
from flowsim.model.telling import Telling, tellings
from flowsim.model.world import Event
from flowsim.protocol.messages import Message, Opening, Request, Response, form_for_another, query_of
from flowsim.simulation.simulation import Trace
from flowsim.views.text import (
    words_of_behind,
    words_of_device,
    words_of_discovery,
    words_of_later,
    words_of_live,
    words_of_login,
    words_of_logout,
    words_of_mcp,
    words_of_own_client,
    words_of_pages,
    words_of_popup,
    words_of_proxy,
    words_of_the_attacker,
    words_of_the_browser,
    words_of_the_network,
    words_of_the_page,
    words_of_tokens,
)
from flowsim.views.text.words import Table, Words, listed, prose, whose_run
from flowsim.views.text.words_for_speakers import IN_BETWEEN, STEPS_REFUSED, STEPS_TAKEN

_TELLERS: Table = {
    **words_of_discovery.TELLERS,
    **words_of_mcp.TELLERS,
    **words_of_behind.TELLERS,
    **words_of_device.TELLERS,
    **words_of_login.TELLERS,
    **words_of_pages.TELLERS,
    **words_of_popup.TELLERS,
    **words_of_proxy.TELLERS,
    **words_of_tokens.TELLERS,
    **words_of_later.TELLERS,
    **words_of_logout.TELLERS,
    **words_of_the_network.TELLERS,
    **words_of_the_page.TELLERS,
    **words_of_the_attacker.TELLERS,
    **words_of_the_browser.TELLERS,
    **words_of_live.TELLERS,
    **words_of_own_client.TELLERS,
}
_LACKED = {
    "token.verifier_present": "code_verifier",
    "token.verifier_fits": "code_verifier",
    "token.client_authenticated": "client_secret",
    "code_assertion.present": "client_assertion",
}
_SHOWN = (
    "code_challenge",
    "code",
    "code_verifier",
    "refresh_token",
    "token",
    "client_secret",
    "client_assertion",
    "error",
    "request_uri",
)


def told(trace: Trace) -> tuple[Telling, ...]:
    """Every event of this trace, ready to be told."""
    return tellings(trace.worlds)


def words(telling: Telling) -> Words:
    """What to say of this event: the words for this run and this end first, then those for any."""
    event = telling.event
    if record := ATTACKER_ACTS.get(event.act):
        return Words(record.title_of(event), record.text_of(event), record.label_of(event) or None)
    for whose in (whose_run(telling), "anybody"):
        for after in (event.after, None):
            teller = _TELLERS.get((whose, event.act, after))
            if teller is not None:
                return teller(telling)
    raise KeyError(f"nobody tells {event.act.name} that ends in {event.after.name}")


def title(telling: Telling) -> str:
    """A title one can say aloud."""
    return words(telling).title


def text(telling: Telling) -> str:
    """What happened and why, in a few sentences; names of secrets stand in `backquotes`."""
    elsewhere = words_of_the_browser.told_elsewhere(telling)
    return prose(words(telling).text, elsewhere, _let_through(telling), _stopped(telling))


def _let_through(telling: Telling) -> str:
    """Which checks have failed and were switched off."""
    names = [f"“{one.check.title}”" for one in telling.event.checks if one.passed is False and not one.on]
    if len(names) == 1:
        return f"It does not hold that {names[0]}, but that check is off."
    return f"These do not hold, but their checks are off: {listed(names)}." if names else ""


def _stopped(telling: Telling) -> str:
    stopped = next((one for one in telling.event.checks if one.decides), None)
    return f"Here it stops: “{stopped.check.title}” does not hold." if stopped else ""


def notes(telling: Telling) -> str:
    """What to say and to ask where this event is presented; empty for a step whose own notes (`Step.notes`) serve.

    Those of an attacker's act stand beside it. Where an attacker takes a step of the flow, or is refused, that is said.
    """
    event = telling.event
    record = ATTACKER_ACTS.get(event.act)
    if not (record or event.by_attacker or between(event)):
        return ""
    own = record.notes if record else ""
    if not own and event.by_attacker:
        own = STEPS_REFUSED if failed(event) else STEPS_TAKEN.get(event.act, STEPS_TAKEN[Act.STEP_1])
    return prose(own or IN_BETWEEN, _to_point_at(telling))


def _to_point_at(telling: Telling) -> str:
    """What to point at in the room: the check that stopped it, one that would have, or what the attacker got."""
    event = telling.event
    if stopped := next((one for one in event.checks if one.decides), None):
        return f"Point at the check that stops it, “{stopped.check.title}”, and ask what it takes to pass it."
    if any(one.passed is False and not one.on for one in event.checks):
        return "A check would have stopped this and is off: ask which, before you open the details with D."
    gained = [f"`{one.kind}`" for one in event.made if event.by_attacker]
    return f"Point at the attacker's column: {listed(gained)} came into being here." if gained else ""


def clauses(telling: Telling) -> tuple[str, ...]:
    """The clauses behind this event: that of the check that decided first, then those of the step."""
    event = telling.event
    decided = [result.check.clause for result in event.checks if result.decides]
    if record := ATTACKER_ACTS.get(event.act):
        return tuple(dict.fromkeys((*decided, *record.clauses)))
    if event.act in _CLAUSES:
        return _CLAUSES[event.act]
    planned = [one for one in step(event.step).clauses if telling.uses_pkce or not one.startswith("RFC 7636")]
    if telling.proved:
        planned = ["RFC 9449 §7.1" if one.startswith("RFC 6750 §2") else one for one in planned]
    return tuple(dict.fromkeys((*decided, *planned)))


def secrets(events: Iterable[Event]) -> frozenset[tuple[str, str]]:
    """Kind and value of every secret that somebody made in these events."""
    return frozenset((made.kind, made.value) for event in events for made in event.made)


def label(telling: Telling, made: Collection[tuple[str, str]]) -> str:
    """A few words for the arrow in the diagram, taken from the message itself where there is one.

    `made` are the `secrets` of the whole run: a `code_verifier` that nobody made is called a guess.
    """
    event, said = telling.event, words(telling)
    if said.label is not None:
        return said.label
    if not telling.messages:
        return said.title
    message = telling.messages[-1]
    if event.act in (Act.STEP_9, Act.STEP_R3) or (event.act is Act.STEP_7 and event.step == 6):
        message = telling.messages[0]
    return _message_label(message, made)


def failed(event: Event) -> bool:
    """True where the event is a refusal or an error. Neither is what leads on in another way: a question, a last page."""
    return event.outcome not in _NO_FAILURE


def between(event: Event) -> bool:
    """True for what lies between two steps: time that passes, an attacker's act. Sending a stolen code is a step 7."""
    if record := ATTACKER_ACTS.get(event.act):
        return not record.is_step
    return event.act in ON_THE_WAY | BY_THE_BROWSER or event.act in _BETWEEN


def lacked(event: Event) -> str | None:
    """The kind of secret whose lack got this event refused; None if it was not refused, or for something else."""
    return next((_LACKED.get(result.check.id) for result in event.checks if result.decides), None)


def _message_label(message: Message, made: Collection[tuple[str, str]]) -> str:
    match message:
        case Request(method=method, url=url):
            path = url.partition("?")[0].partition("://")[2].partition("/")[2]
            sent = [(name, value) for name, value in (*message.query, *message.form) if name in _SHOWN]
            names = [
                _unmade(value, made) if name == "code_verifier" and (name, value) not in made else name
                for name, value in sent
            ]
            scheme = (message.header("authorization") or "").partition(" ")[0]
            names += {"Bearer": ["access_token"], "DPoP": ["access_token"], "Basic": ["client_secret"]}.get(scheme, [])
            return f"{method} /{path} {', '.join(names)}".strip()
        case Opening(url=url, posted_by=by):
            names = [name for name, _ in query_of(url) if name in _SHOWN]
            did = "post" if by else f"open {url.partition('?')[0]}"
            return f"{did} {', '.join(names)}".strip()
        case Response(status=status):
            error = str(message.json().get("error", "")) or _bearer_error(message)
            if message.location:
                names = [name for name, _ in query_of(message.location) if name in _SHOWN]
                return f"{status} {message.location.partition('?')[0]} {', '.join(names)}".strip()
            if posted := form_for_another(message):
                names = [name for name, _ in posted[1] if name in _SHOWN]
                return f"{status} form for {posted[0]} {', '.join(names)}".strip()
            tokens = [name for name in message.json() if name.endswith("_token")]
            return f"{status} {error or ', '.join(tokens) or 'data'}"


def _unmade(verifier: str, made: Collection[tuple[str, str]]) -> str:
    """What to call a `code_verifier` that no app made."""
    if ("code_challenge", verifier) in made:
        return "the challenge"
    return "own verifier" if verifier == OWN_VERIFIER else "a guess"


def _bearer_error(message: Response) -> str:
    challenge = message.header("www-authenticate") or ""
    return challenge.partition('error="')[2].partition('"')[0]


_NO_FAILURE = (Outcome.OK, Outcome.SILENT, Outcome.ASKED, Outcome.STAYS, Outcome.ONWARD, Outcome.MORE, Outcome.TOOL)
_BETWEEN = (Act.EXCHANGE, Act.WAIT, Act.CHANGE_PASSWORD, Act.ROTATE_KEYS, Act.RUN_ACTION)
_CLAUSES: dict[Act, tuple[str, ...]] = {
    Act.WAIT: (),
    Act.GO_WITHOUT: ("RFC 6749 §7",),
    Act.RUN_ACTION: ("OIDC Core §5.1.2",),
    Act.CHANGE_PASSWORD: ("RFC 9700 §4.14.2",),
    Act.ROTATE_KEYS: ("OIDC Core §10.1.1",),
    Act.RENEW_SILENTLY: ("OIDC Core §3.1.2.1", "RFC 6265bis §7.1"),
    Act.OPEN_AHEAD: ("RFC 9110 §9.2.1",),
    Act.LOAD_AGAIN: ("RFC 6265bis §5.2",),
    **dict.fromkeys((Act.LOSE_REQUEST, Act.LOSE_ANSWER, Act.DUPLICATE, Act.RETRY, Act.TIME_OUT), ("RFC 9110 §9.2.2",)),
}
