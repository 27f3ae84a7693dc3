"""What to say about an event: a title one can say aloud, a short label for the diagram, two or three plain sentences.

The words are chosen by what happened: which secrets were made, which parameters a message carried, how a check ended.
Where nothing special happened they are those of the step.
"""

from collections.abc import Collection, Iterable

from flowsim.attacks.toolkit import OWN_VERIFIER
from flowsim.engine.handlers import ATTACKER_ACTS
from flowsim.model.states import Act, Outcome, State
from flowsim.model.steps import step
from flowsim.model.timeline import in_words
from flowsim.model.world import ATTACKER_INITIATED, IN_FRAME, OWN_LOGIN, Event
from flowsim.protocol.messages import Opening, Request, Response, query_of, single
from flowsim.views.text import narration_table

_LACKED = {
    "token.verifier_present": "code_verifier",
    "token.verifier_fits": "code_verifier",
    "token.client_authenticated": "client_secret",
}
_SHOWN = ("code_challenge", "code", "code_verifier", "refresh_token", "token", "client_secret", "error")


def title(event: Event) -> str:
    """A title one can say aloud."""
    if event.act is Act.WAIT:
        words = in_words(event.elapsed)
        return f"{words} {'passes' if words.startswith('1 ') else 'pass'}"
    if record := ATTACKER_ACTS.get(event.act):
        return record.title_of(event)
    if _in_own_login(event):
        return narration_table.OWN_LOGIN[event.act][0]
    if _lured(event):
        return _words_of_lured(event)[0]
    if event.act is Act.RUN_ACTION:
        denied = event.after is State.DENIED
        return (
            f"The action “{event.detail}” denies the login"
            if denied
            else f"The server runs the action “{event.detail}”"
        )
    key = (event.act, event.after)
    special = (_THEFT.get(key) if _theft(event) else None) or _TITLES.get(key)
    if special:
        return special
    if not event.pkce and event.step in _WITHOUT_PKCE:
        return _WITHOUT_PKCE[event.step][0]
    return step(event.step).title


def _in_own_login(event: Event) -> bool:
    """True in the login that is the attacker's own, as long as all goes well there."""
    return event.run == OWN_LOGIN and event.outcome is Outcome.OK and event.act in narration_table.OWN_LOGIN


def _lured(event: Event) -> bool:
    """True for a step of the victim's that goes well, in a login that the attacker began."""
    return (
        event.run == ATTACKER_INITIATED
        and event.act in narration_table.ATTACKER_INITIATED
        and event.outcome is Outcome.OK
    )


def _words_of_lured(event: Event) -> tuple[str, str]:
    framed = event.detail == IN_FRAME and event.act in narration_table.FRAMED
    return (narration_table.FRAMED if framed else narration_table.ATTACKER_INITIATED)[event.act]


def text(event: Event) -> str:
    """What happens and why, in two or three sentences; names of secrets stand in `backquotes`."""
    stopped = next((result for result in event.checks if result.decides), None)
    parts = [_text(event)]
    if stopped is not None:
        parts.append(f"Here it stops: “{stopped.check.title}” does not hold.")
    return " ".join(parts)


def clauses(event: Event) -> tuple[str, ...]:
    """The clauses behind this event: that of the check that decided first, then those of the step."""
    decided = [result.check.clause for result in event.checks if result.decides]
    if record := ATTACKER_ACTS.get(event.act):
        return tuple(dict.fromkeys((*decided, *record.clauses)))
    if event.act in _CLAUSES:
        return _CLAUSES[event.act]
    planned = [clause for clause in step(event.step).clauses if event.pkce or not clause.startswith("RFC 7636")]
    return tuple(dict.fromkeys((*decided, *planned)))


def secrets(events: Iterable[Event]) -> frozenset[tuple[str, str]]:
    """Kind and value of every secret that somebody made in these events."""
    return frozenset((made.kind, made.value) for event in events for made in event.made)


def label(event: Event, made: Collection[tuple[str, str]]) -> str:
    """A few words for the arrow in the diagram, taken from the message itself where there is one.

    `made` are the `secrets` of the whole run: a `code_verifier` that nobody made is called a guess.
    """
    if event.act is Act.WAIT:
        return title(event)
    if event.act is Act.RUN_ACTION:
        return f"action {event.detail}"
    if event.act is Act.STEP_4 and event.outcome is Outcome.SILENT:
        return "known user, no page"
    if event.act is Act.STEP_4 and event.detail == IN_FRAME:
        return "the server's page, in a frame"
    record = ATTACKER_ACTS.get(event.act)
    if record and (said := record.label_of(event)):
        return said
    if event.act in _LABELS:
        return _LABELS[event.act]
    match event.act:
        case Act.STEP_2:
            kinds = [made.kind for made in event.made if made.kind.startswith("code_") or not event.pkce]
            return f"make {', '.join(kinds)}" if kinds else "prepare the request"
        case Act.STEP_5:
            ways = [name for name in ("password", "one_time_code") if _sent(event, name)]
            return f"{', '.join(ways).replace('_', '-')}, {_decision(event)}"
        case Act.STEP_8:
            return "verifier fits challenge?" if event.pkce else "code known and unused?"
    if not event.messages:
        return step(event.step).title
    message = event.messages[-1].message
    if event.act in (Act.STEP_9, Act.STEP_R3) or (event.act is Act.STEP_7 and event.step == 6):
        message = event.messages[0].message
    return _message_label(message, made)


def failed(event: Event) -> bool:
    """True where the event is a refusal or an error. To approve in silence is neither."""
    return event.outcome not in (Outcome.OK, Outcome.SILENT)


def between(event: Event) -> bool:
    """True for what lies between two steps: time that passes, an attacker's act. Sending a stolen code is a step 7."""
    record = ATTACKER_ACTS.get(event.act)
    if record:
        return not record.is_step
    return event.act in (Act.WAIT, Act.CHANGE_PASSWORD, Act.ROTATE_KEYS, Act.RUN_ACTION)


def lacked(event: Event) -> str | None:
    """The kind of secret whose lack got this event refused; None if it was not refused, or for something else."""
    return next((_LACKED.get(result.check.id) for result in event.checks if result.decides), None)


def _message_label(message: Request | Response | Opening, made: Collection[tuple[str, str]]) -> str:
    match message:
        case Request(method=method, url=url):
            path = url.partition("?")[0].partition("://")[2].partition("/")[2]
            sent = [(name, value) for name, value in (*message.query, *message.form) if name in _SHOWN]
            names = [
                _unmade(value) if name == "code_verifier" and (name, value) not in made else name
                for name, value in sent
            ]
            if (message.header("authorization") or "").startswith("Bearer "):
                names.append("access_token")
            if (message.header("authorization") or "").startswith("Basic "):
                names.append("client_secret")
            return f"{method} /{path} {', '.join(names)}".strip()
        case Opening(url=url):
            names = [name for name, _ in query_of(url) if name in _SHOWN]
            return f"open {url.partition('?')[0]} {', '.join(names)}".strip()
        case Response(status=status):
            error = str(message.json().get("error", "")) or _bearer_error(message)
            if message.location:
                names = [name for name, _ in query_of(message.location) if name in _SHOWN]
                return f"{status} {message.location.partition('?')[0]} {', '.join(names)}".strip()
            tokens = [name for name in message.json() if name.endswith("_token")]
            return f"{status} {error or ', '.join(tokens) or 'data'}"


def _unmade(verifier: str) -> str:
    """What to call a `code_verifier` that no app made."""
    return "own verifier" if verifier == OWN_VERIFIER else "a guess"


def _bearer_error(message: Response) -> str:
    challenge = message.header("www-authenticate") or ""
    return challenge.partition('error="')[2].partition('"')[0]


def _theft(event: Event) -> bool:
    return event.by_attacker and event.run != OWN_LOGIN


def _sent(event: Event, name: str) -> bool:
    return any(isinstance(sent.message, Request) and single(sent.message.form, name) for sent in event.messages)


def _decision(event: Event) -> str:
    if event.outcome is Outcome.WRONG_CREDENTIALS:
        return "wrong"
    return "consent denied" if event.outcome is Outcome.DENIED else "consent"


def _text(event: Event) -> str:
    if record := ATTACKER_ACTS.get(event.act):
        return record.text_of(event)
    if _in_own_login(event):
        return narration_table.OWN_LOGIN[event.act][1]
    if _lured(event):
        return _words_of_lured(event)[1]
    key = (event.act, event.after)
    special = (_THEFT_TEXTS.get(key) if _theft(event) else None) or _TEXTS.get(key)
    if special:
        return special
    if not event.pkce and event.step in _WITHOUT_PKCE:
        return _WITHOUT_PKCE[event.step][1]
    return step(event.step).text


_LABELS = {
    Act.STEP_1: "click “Log in”",
    Act.STEP_4: "login page",
    Act.STEP_R2: "refresh_token unused?",
    Act.CHANGE_PASSWORD: "new password",
    Act.ROTATE_KEYS: "new signing key",
}

_CLAUSES: dict[Act, tuple[str, ...]] = {
    Act.WAIT: (),
    Act.RUN_ACTION: ("OIDC Core §5.1.2",),
    Act.CHANGE_PASSWORD: ("RFC 9700 §4.14.2",),
    Act.ROTATE_KEYS: ("OIDC Core §10.1.1",),
}

_WITHOUT_PKCE = {
    2: (
        "The app prepares its request",
        "The app draws a `state` and a `nonce`, so that it can recognise the answers to this one login. "
        "It makes no `code_verifier`: this is the flow without PKCE.",
    ),
    3: (
        "The browser takes the request to the server",
        "The app opens the authorization server's page in the browser. The address says who is asking and where to send "
        "the answer. There is no `code_challenge` in it. The server checks the app's name and the redirect address "
        "before anything else.",
    ),
    6: (
        "The server sends the browser back with a code",
        "The answer is a redirect to the app's address with a `code` in it. The code is not a token: it works once, "
        "for a minute. The browser now has to hand it to the app. On that way it can be stolen.",
    ),
    7: (
        "The app sends the code",
        "The app checks that the redirect answers its own request. Then it talks to the server directly, without the "
        "browser: here is the `code`. It has nothing else to show that it asked for it.",
    ),
    8: (
        "The server checks the code",
        "The server checks that the `code` is known, fresh, unused and belongs to this app. No `code_challenge` was "
        "stored, so there is nothing that ties the code to whoever made the request.",
    ),
}

_TITLES = {
    (Act.STEP_2, State.PREPARATION_STOPPED): "The app stops before it asks",
    (Act.STEP_3, State.ERROR_PAGE): "The server shows an error page",
    (Act.STEP_4, State.FRAME_EMPTY): "The browser leaves the frame empty",
    (Act.STEP_4, State.APPROVED): "The server knows the user, and asks nothing",
    (Act.STEP_3, State.REQUEST_REFUSED): "The server refuses the request",
    (Act.STEP_5, State.DENIED): "The user says no",
    (Act.STEP_5, State.LOGIN_SHOWN_AGAIN): "The password is wrong",
    (Act.STEP_5, State.LOGIN_FAILED): "The password is wrong again",
    (Act.STEP_6, State.ERROR_IN_BROWSER): "The server sends the browser back with an error",
    (Act.STEP_7, State.REDIRECT_REFUSED): "The app refuses the redirect",
    (Act.STEP_7, State.AUTHORIZATION_FAILED): "The app is told about the error",
    (Act.STEP_7, State.SENDING_STOPPED): "The app keeps the code back",
    (Act.STEP_9, State.TOKENS_REFUSED): "The app refuses the tokens",
    (Act.STEP_11, State.API_BAD_REQUEST): "The API does not understand the request",
    (Act.STEP_11, State.API_UNAUTHORIZED): "The API refuses the token",
    (Act.STEP_11, State.API_FORBIDDEN): "The token is not allowed to do this",
    (Act.STEP_R3, State.REFRESH_FAILED): "The server refuses the refresh_token",
    (Act.STEP_R3, State.TOKENS_REFUSED): "The app refuses the new tokens",
    (Act.STEP_V2, State.REVOCATION_FAILED): "The server refuses to revoke the token",
    (Act.CHANGE_PASSWORD, State.PASSWORD_CHANGED): "The user changes the password",
    (Act.ROTATE_KEYS, State.KEYS_CHANGED): "The server changes its signing key",
}

_TEXTS = {
    (Act.STEP_4, State.FRAME_EMPTY): "The server's page says who may show it in a frame, and this site may not. So the "
    "browser shows nothing, and there is no button to press.",
    (Act.STEP_3, State.ERROR_PAGE): "As long as the app's name or the redirect address is in doubt, the server must "
    "not send anybody there. So the user sees an error page, and the app hears nothing.",
    (Act.STEP_3, State.REQUEST_REFUSED): "The app and its address are known, so the error may travel back to the app.",
    (
        Act.STEP_4,
        State.APPROVED,
    ): "The browser shows a cookie of an earlier visit, and this user has agreed to this app "
    "before. So the server takes both for granted and issues a `code` without a page.",
    (Act.STEP_5, State.DENIED): "The user logs in, reads what the app asks for, and says no. No code is issued.",
    (Act.STEP_5, State.LOGIN_SHOWN_AGAIN): "The server shows its page again. The app learns nothing about it.",
    (Act.STEP_5, State.LOGIN_FAILED): "The user gives up. The app is still waiting, and learns nothing about it.",
    (Act.STEP_6, State.ERROR_IN_BROWSER): "The answer is a redirect to the app's address with an error in it, and "
    "with the app's own `state`. There is no code.",
    (Act.STEP_7, State.REDIRECT_REFUSED): "The redirect has reached the app. The app asks: did I start this login, "
    "in this browser, with this server? No request follows, and its own login stays open.",
    (Act.STEP_7, State.AUTHORIZATION_FAILED): "The redirect answers the app's own request, and it says that there "
    "will be no code. For another try the app has to begin again, with new random values.",
    (Act.STEP_9, State.TOKENS_REFUSED): "The tokens have arrived, and the ID token is not what the app asked for. "
    "The app throws all of them away.",
    (Act.STEP_R3, State.REFRESH_FAILED): "The app gets an error and no token. It forgets the `refresh_token`: "
    "to go on, the user has to log in again.",
    (Act.STEP_R3, State.TOKENS_REFUSED): "The new ID token does not speak of the same user and the same login as "
    "before. The app throws the new tokens away.",
    (Act.STEP_V2, State.REVOCATION_FAILED): "The server did not revoke the token. The app forgets it all the same.",
    (
        Act.RUN_ACTION,
        State.APPROVED,
    ): "After a login the server runs what its owner has written. An action may add claims "
    "to the tokens, under names of its own. No specification knows of it, and the app sees only the result.",
    (
        Act.RUN_ACTION,
        State.DENIED,
    ): "What the server's owner has written says no. The `code` that was about to leave is "
    "gone, and the app will get an error.",
    (
        Act.ROTATE_KEYS,
        State.KEYS_CHANGED,
    ): "From now on the server signs with another key, under another `kid`. It tells "
    "nobody. Whoever meets a token with a `kid` they do not know asks the server for its keys, once. The old key stays in "
    "the list until no token is alive that was signed with it.",
    (Act.CHANGE_PASSWORD, State.PASSWORD_CHANGED): "The server revokes every `refresh_token` of this user. Whoever "
    "holds one gets no new tokens for it. An `access_token` that was issued before lives until it expires.",
    (Act.WAIT, State.TIME_PASSED): "Nothing is sent. Codes, tokens and login sessions grow older, and those whose time "
    "is up are good for nothing from now on.",
}

_THEFT = {
    (Act.STEP_9, State.TOKENS_HELD): "The server gives the thief the tokens",
    (Act.STEP_9, State.TOKEN_REQUEST_FAILED): "The server refuses the thief",
    (Act.STEP_R1, State.REFRESH_SENT): "The thief sends the stolen refresh_token",
    (Act.STEP_R3, State.TOKENS_HELD): "The server gives the thief new tokens",
    (Act.STEP_R3, State.REFRESH_FAILED): "The server refuses the thief",
    (Act.STEP_10, State.API_ASKED): "The thief calls the API",
    (Act.STEP_11, State.DONE): "The API gives the thief the user's data",
}

_THEFT_TEXTS = {
    (Act.STEP_9, State.TOKENS_HELD): "The server cannot tell the thief from the app. The `access_token` and the "
    "`id_token` go to whoever showed what was asked for.",
    (Act.STEP_9, State.TOKEN_REQUEST_FAILED): "The thief gets an error and no token.",
    (Act.STEP_R1, State.REFRESH_SENT): "The thief sends a `refresh_token` as if it were the app. It needs no code, no "
    "verifier and no browser for that.",
    (
        Act.STEP_R3,
        State.TOKENS_HELD,
    ): "The server cannot tell the thief from the app: the `refresh_token` is a bearer token "
    "too, unless it is bound to a key or to a client that has a secret.",
    (Act.STEP_R3, State.REFRESH_FAILED): "The thief gets an error and no token.",
    (
        Act.STEP_10,
        State.API_ASKED,
    ): "The thief shows the `access_token` as if it were its own. What it adds, the message shows.",
    (Act.STEP_11, State.DONE): "The token is genuine, so the API answers. It has no way to see who stands behind it.",
}
