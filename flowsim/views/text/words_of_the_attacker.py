"""What to say of the steps that the attacker takes like an app or a user, and of a login that the attacker has begun.

Three kinds of run are told here: the attacker's own program that plays the app, the login of the attacker's own account,
and the login of the user's that began with a request the attacker wrote. What only an attacker does is told elsewhere.

Source: RFC 9700 sections 3 and 4.
"""

from collections.abc import Iterator
from functools import partial

from flowsim.model.states import Act, State
from flowsim.model.steps import API, ATTACKER
from flowsim.model.telling import Telling
from flowsim.model.world import ATTACKERS_CLIENT, IN_FRAME
from flowsim.protocol.messages import Request
from flowsim.views.text import words_of_proxy
from flowsim.views.text.words import Table, Words, listed, prose, tells
from flowsim.views.text.words_of_later import what_a_refresh_shows
from flowsim.views.text.words_of_login import by_link, led_on, pushes, pushes_to_the_attacker, sent_on, what_a_code_is
from flowsim.views.text.words_of_pages import consent_page, framing, given, proof, warning
from flowsim.views.text.words_of_the_page import asked_for_leave
from flowsim.views.text.words_of_tokens import looks_at_the_token, shows, tokens_refused

TELLERS: Table = {}
tell = partial(tells, TELLERS)

_NO_TOKEN = "The attacker gets an error and no token."
_GENUINE = "To the server this is a login like every other."


# ---- The attacker plays the app


@tell(Act.STEP_9, State.TOKENS_HELD, whose="attacker")
def gives_the_attacker_tokens(told: Telling) -> Words:
    names = listed(f"`{name}`" for name in ("access_token", "id_token", "refresh_token") if told.sent(name))
    theirs = any(("client_id", ATTACKERS_CLIENT) in one.form for one in _requests(told))
    why = (
        "To the server this is an app like any other" if theirs else "The server cannot tell the attacker from the app"
    )
    go = "goes" if told.sent("id_token") is None and told.sent("refresh_token") is None else "go"
    return Words(
        "The server gives the attacker the tokens", f"{why}. The {names} {go} to whoever showed what was asked for."
    )


@tell(Act.STEP_9, State.TOKEN_REQUEST_FAILED, whose="attacker")
def refuses_the_attacker(told: Telling) -> Words:
    return Words("The server refuses the attacker", _NO_TOKEN)


@tell(Act.STEP_R1, whose="attacker")
def attacker_refreshes(told: Telling) -> Words:
    stolen = "stolen " if told.done(Act.READ_STORAGE) else ""
    text = f"The attacker sends a `refresh_token` as if it were the app. {what_a_refresh_shows(told)}"
    return Words(f"The attacker sends the {stolen}refresh_token", text)


@tell(Act.STEP_R3, State.TOKENS_HELD, whose="attacker")
def gives_the_attacker_new_tokens(told: Telling) -> Words:
    text = "The server cannot tell the attacker from the app: whoever has the `refresh_token` may use it."
    return Words("The server gives the attacker new tokens", text)


@tell(Act.STEP_R3, State.REFRESH_FAILED, whose="attacker")
def refuses_to_refresh(told: Telling) -> Words:
    return Words("The server refuses the attacker", _NO_TOKEN)


@tell(Act.STEP_10, whose="attacker")
def attacker_calls(told: Telling) -> Words:
    if is_forged(told):
        shown = "The attacker shows an `access_token` that it has written itself."
    else:
        shown = "The attacker shows the `access_token` as if it were its own."
    proof = " The stolen proof goes with it." if told.proved else ""
    return Words("The attacker calls the API", f"{shown}{proof}")


def is_forged(told: Telling) -> bool:
    """True where no server has made the token that this run shows to the API."""
    made = {one.value for event in told.after.log for one in event.made}
    sent = (one for event in told.earlier() for one in event.messages if (one.sender, one.receiver) == (ATTACKER, API))
    calls = (one.message for one in sent if isinstance(one.message, Request) and one.message.method == "GET")
    shown = [(one.header("authorization") or "").partition(" ")[2] for one in calls]
    return any(text not in made for text in shown)


def _requests(told: Telling) -> Iterator[Request]:
    """What the attacker has sent in this run so far."""
    for event in told.earlier():
        yield from (
            one.message for one in event.messages if isinstance(one.message, Request) and one.sender == ATTACKER
        )


@tell(Act.STEP_11, State.DONE, whose="attacker")
def gives_the_attacker_the_data(told: Telling) -> Words:
    why = (
        "The API takes the token for genuine, so it answers."
        if is_forged(told)
        else "The token is genuine, so the API answers. It has no way to see who stands behind it."
    )
    return Words("The API gives the attacker the user's data", f"{looks_at_the_token(told)} {why}")


# ---- The login of the attacker's own account


@tell(Act.STEP_1, whose="own login")
def attacker_clicks(told: Telling) -> Words:
    text = "The attacker is a user of the same app, in a browser of its own."
    return Words("The attacker clicks “Log in”, too", text, "click “Log in”")


@tell(Act.STEP_2, State.PREPARED, whose="own login")
def prepares_for_the_attacker(told: Telling) -> Words:
    names = [name for name in ("code_verifier", "state", "nonce") if told.made(name)]
    drawn = (
        f"The app makes a new {listed(f'`{name}`' for name in names)} for this login."
        if names
        else "The app makes nothing new."
    )
    pushed = ""
    if pushes(told):
        signed = ", with a `client_assertion`" if told.sent("client_assertion") else ""
        here = f"It pushes the request to the attacker's server{signed}."
        pushed = here if pushes_to_the_attacker(told) else "It sends the request straight to the server."
    text = prose(drawn, pushed, by_link(told), "It cannot know what this user is up to.")
    kinds = [made.kind for made in told.event.made if made.kind.startswith("code_") or "code_verifier" not in names]
    return Words(
        "The app prepares the attacker's login", text, f"make {', '.join(kinds)}" if kinds else "prepare the request"
    )


@tell(Act.STEP_3, State.REQUESTED, whose="own login")
def attacker_asks(told: Telling) -> Words:
    return Words("The attacker's browser takes the request to the server", _GENUINE)


@tell(Act.STEP_4, State.LOGIN_SHOWN, whose="own login")
def shows_the_attacker_its_page(told: Telling) -> Words:
    return Words("The server shows the attacker its login page", _GENUINE, "login page")


def _allowed_elsewhere(told: Telling) -> bool:
    """True where the victim has allowed this login in another browser."""
    return any(run.state is State.APPROVED_FOR_ANOTHER for run in told.before.runs.values())


@tell(Act.STEP_4, State.APPROVED, whose="own login")
def goes_on_for_the_attacker(told: Telling) -> Words:
    text = "This login was allowed in another browser, by another user. The server goes on with it here, as that user."
    return Words("The server goes on in the attacker's browser", text, "allowed elsewhere, no page")


@tell(Act.STEP_5, State.APPROVED, whose="own login")
def attacker_logs_in(told: Telling) -> Words:
    right = "What it types is right and the account" if told.holds("login.credentials_fit") else "The account"
    text = f"{right} is the attacker's own, so the server agrees."
    return Words("The attacker logs in with its own account", text, given(told))


@tell(Act.STEP_6, State.CODE_IN_BROWSER, whose="own login")
def sends_the_attacker_back(told: Telling) -> Words:
    whose = "victim's" if _allowed_elsewhere(told) else "attacker's own"
    text = f"The redirect holds a `code` for the {whose} account. It is in the attacker's hands now."
    return Words("The server sends the attacker's browser back", prose(text, sent_on(told)))


@tell(Act.STEP_7, State.CODE_SENT, whose="own login")
def app_sends_the_stolen_code(told: Telling) -> Words:
    right = (
        "The `state` is right, so the app goes on." if told.holds("callback.state_same") and told.sent("state") else ""
    )
    goes_on = right or "The app goes on with what it was handed."
    what = "the code and the code_verifier" if told.sent("code_verifier") else "the code"
    title = f"The app sends {what}" if _allowed_elsewhere(told) else "The app sends the stolen code"
    return Words(title, prose(goes_on, shows(told), asked_for_leave(told)))


@tell(Act.STEP_9, State.TOKENS_HELD, whose="own login")
def app_gets_the_victims_tokens(told: Telling) -> Words:
    nonce = told.holds("id_token.nonce")
    wonder = (
        "Even the `nonce` is the one it sent, so it has no reason to wonder."
        if nonce
        else "Whether it wonders, the wire does not show."
        if told.scenario.live
        else "The app has no reason to wonder."
    )
    return Words("The app gets the victim's tokens", f"The `code` was the victim's, so the tokens are. {wonder}")


@tell(Act.STEP_9, State.TOKENS_REFUSED, whose="own login")
def refuses_in_the_own_login(told: Telling) -> Words:
    words = tokens_refused(told)
    if not told.app.in_browser:
        return words
    read = "The app is a page, and the browser is the attacker's own: it has read what the page throws away."
    return Words(words.title, prose(words.text, read), words.label)


@tell(Act.STEP_10, whose="own login")
def app_calls_for_the_attacker(told: Telling) -> Words:
    return Words(
        "The app calls the API for the attacker",
        prose("The app believes that the attacker is the victim.", asked_for_leave(told)),
    )


@tell(Act.STEP_11, State.DONE, whose="own login")
def app_shows_the_attacker_the_data(told: Telling) -> Words:
    text = "The token is genuine, so the API answers."
    return Words("The app gets the victim's data, and shows it to the attacker", text)


# ---- A login of the user's that the attacker has begun


@tell(Act.STEP_3, State.REQUESTED, whose="lured")
def takes_the_attackers_request(told: Telling) -> Words:
    text = "The server sees a request like every other. It cannot tell who wrote the address."
    return Words("The browser takes the attacker's request to the server", text)


@tell(Act.STEP_4, State.LOGIN_SHOWN, whose="lured")
def shows_the_victim_its_page(told: Telling) -> Words:
    if told.server.upstream is not None:
        return words_of_proxy.shows_consent(told, "The page is the genuine one, at the genuine address.")
    consent = told.page == "/consent"
    if told.event.detail == IN_FRAME:
        asks = (
            "The server knows the user by its cookie, so it asks only for consent."
            if consent
            else "It is a login page."
        )
        text = f"{asks} It is the genuine page, it {framing(told)}, and nobody can see it."
        return Words("The server's page opens in the frame", text, "the server's page, in a frame")
    name = "consent page" if consent else "login page"
    known = f"{consent_page(told)} " if consent else ""
    text = f"{known}The page is the genuine one, at the genuine address. It names the app that the request names."
    return Words(f"The server shows the victim its {name}", text, name)


@tell(Act.STEP_5, State.APPROVED, whose="lured")
def victim_agrees(told: Telling) -> Words:
    if told.event.detail == IN_FRAME:
        text = (
            "The user clicks on what they see. The browser gives the click to the page that lies on top, and that is the "
            "server's."
        )
        return Words("The user presses “allow” without seeing it", text, given(told))
    agrees = {"": "", "allow": "agrees"}.get(told.sent("decision") or "", "says no")
    did = [what for what in ("logs in" if told.typed else "", agrees) if what]
    text = (
        f"{warned} This user allows it all the same."
        if (warned := warning(told))
        else "The user has no reason to wonder about the page. What it asks for is what the attacker's request asks for."
        if told.sent("decision")
        else "The user has no reason to wonder about the page. This server asks for no consent."
    )
    return Words(f"The victim {listed(did)}", prose(proof(told), text), given(told))


@tell(Act.STEP_6, State.CODE_IN_BROWSER, whose="lured")
def sends_the_victim_back(told: Telling) -> Words:
    what = "answer" if told.posted else "redirect"
    text = f"The {what} goes to the `redirect_uri` of the request, with a `code` for the victim's account."
    return Words(
        "The server sends the victim's browser back", prose(text, what_a_code_is(told), sent_on(told), led_on(told))
    )
