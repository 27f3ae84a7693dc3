"""What to say of a login with a client that somebody else wrote: what its messages show, and what they do not.

Source: RFC 6749 section 4.1, RFC 7636 section 4, RFC 9700 section 2.1.1, OIDC Core sections 3.1.3.7 and 5.3.
"""

from functools import partial

from flowsim.actors.authorization_server.discovery import METADATA_PATHS
from flowsim.model.states import Act, State
from flowsim.model.steps import BROWSER
from flowsim.model.telling import Telling
from flowsim.model.world import OWN_LOGIN
from flowsim.protocol.messages import Request, single
from flowsim.views.text.words import Table, Words, listed, prose, tells
from flowsim.views.text.words_of_later import what_a_refresh_shows
from flowsim.views.text.words_of_tokens import how_it_is_shown, shows

TELLERS: Table = {}
tell = partial(tells, TELLERS, whose="live")

_UNSEEN = "The wire does not show it."


@tell(Act.STEP_1)
def begins(told: Telling) -> Words:
    if told.event.run == OWN_LOGIN:
        text = "It has an account at the same server, and wants a `code` for it."
        return Words("The attacker begins a login of its own", text, "begin an own login")
    return Words("Somebody begins a login", f"Somebody has wanted to log in to an app. {_UNSEEN}", "a login begins")


@tell(Act.STEP_2)
def prepares(told: Telling) -> Words:
    if told.event.run == OWN_LOGIN:
        text = "Anybody can write a request with the app's `client_id` and `redirect_uri`: both are public."
        return Words("The attacker writes a request in the app's name", text, "write a request")
    if told.requests:
        text = "The app sends its whole request straight to the server, and gets a `request_uri` for it."
        return Words("The app pushes its request", text)
    text = f"The app prepares its request, and keeps what it needs for later. {_UNSEEN} What it made shows in step 3."
    return Words("The app prepares its request", text, "unseen: the app prepares")


@tell(Act.STEP_3)
def asks(told: Telling) -> Words:
    return Words("The browser brings the app's request", prose(_pkce(told), _recognising(told)))


def _pkce(told: Telling) -> str:
    if told.sent("request_uri"):
        return "The address names the app and the request that was pushed."
    if told.sent("code_challenge") is None:
        return "No `code_challenge` has arrived in it."
    method = told.sent("code_challenge_method")
    if method == "S256":
        return "It holds a `code_challenge` with the method `S256`. Of the `code_verifier` it shows nothing."
    if method in (None, "plain"):
        return "It holds a `code_challenge` with the method `plain`: that is the `code_verifier` itself."
    return "It holds a `code_challenge` with a method that RFC 7636 does not know."


def _recognising(told: Telling) -> str:
    there = [name for name in ("state", "nonce") if told.sent(name)]
    lacking = [name for name in ("state", "nonce") if name not in there]
    if told.sent("request_uri"):
        return ""
    if not there:
        return "There is no `state` and no `nonce` in it."
    has = f"There is a {listed(f'`{name}`' for name in there)} in it"
    return f"{has}, and no `{lacking[0]}`." if lacking else f"{has}."


@tell(Act.STEP_7)
def sends_the_code(told: Telling) -> Words:
    title = f"The app sends the code{' and the code_verifier' if told.sent('code_verifier') else ''}"
    looks = "Whether it has looked at the redirect before, the wire does not show."
    return Words(title, prose("The redirect has reached the app.", shows(told), looks))


@tell(Act.STEP_9)
def gives_tokens(told: Telling) -> Words:
    names = [name for name in ("access_token", "id_token", "refresh_token") if told.sent(name)]
    looks = "Whether the app checks them, the wire does not show." if "id_token" in names else ""
    text = prose(f"The answer brings the {listed(f'`{name}`' for name in names)}." if names else "", looks)
    return Words("The server answers with tokens", text)


@tell(Act.STEP_9, State.TOKEN_REQUEST_FAILED)
def refused(told: Telling) -> Words:
    return Words("The server refuses the app", "The app gets an error and no token.")


@tell(Act.STEP_10)
def calls(told: Telling) -> Words:
    return Words("The app calls the API", prose("It shows its `access_token`.", how_it_is_shown(told)))


@tell(Act.STEP_R1)
def refreshes(told: Telling) -> Words:
    return Words("The app sends its refresh_token", what_a_refresh_shows(told))


@tell(Act.STEP_R3)
def gives_new_tokens(told: Telling) -> Words:
    rotated = "`refresh_token`" if told.sent("refresh_token") else ""
    names = [name for name in ("`access_token`" if told.sent("access_token") else "", rotated) if name]
    text = f"The app gets a new {listed(names)}." if names else "The server answers."
    return Words("The server answers with new tokens", text)


@tell(Act.STEP_R3, State.REFRESH_FAILED)
def refresh_refused(told: Telling) -> Words:
    return Words("The server refuses the refresh_token", "The app gets an error and no token.")


@tell(Act.STEP_D1)
def asks_for_metadata(told: Telling) -> Words:
    return Words("Somebody asks for the server's metadata", _NAMES_NOBODY)


@tell(Act.STEP_D2)
def gives_metadata(told: Telling) -> Words:
    text = "It says where the endpoints and the keys are. Whether the app compares the issuer, the wire does not show."
    return Words("The server answers with its metadata", text)


@tells(TELLERS, Act.EXCHANGE, whose="attacker")
def another_of_the_attackers(told: Telling) -> Words:
    """What somebody else sends to an endpoint that the attacks of the lessons do not go to."""
    asked = next((one for one in reversed(told.requests)), None)
    path = asked.path if asked else ""
    good = told.answer is not None and told.answer.status < 400
    if path.endswith("/userinfo"):
        gets = "The server says what it knows of the user." if good else "The server does not take the token."
        return Words("The attacker asks who the user is", prose("It shows an `access_token` at userinfo.", gets))
    if path.endswith("/oauth/revoke"):
        # RFC 7009 section 2.2: the answer is the same for a token that was no good.
        ends = "The server says that the token is not good any more." if good else "The server refuses it."
        return Words("The attacker has a token of the app's revoked", ends, "revoke")
    return Words("The attacker sends another request", "The server answers it." if good else "The server refuses it.")


_NAMES_NOBODY = "The request does not say for which login: it is told here because of its time."


@tell(Act.EXCHANGE)
def another(told: Telling) -> Words:
    """What the eleven steps have no place for, by the endpoint that was asked."""
    asked = next((one for one in reversed(told.requests)), None)
    path = asked.path if asked else ""
    good = told.answer is not None and told.answer.status < 400
    if path.endswith(METADATA_PATHS):
        return Words("Somebody asks for the server's metadata", _NAMES_NOBODY)
    if path.endswith("/jwks.json"):
        return Words("Somebody asks for the server's keys", _NAMES_NOBODY)
    if path.endswith("/userinfo"):
        gets = "The server says what it knows of the user." if good else "The server does not take the token."
        return Words("The app asks who the user is", prose("It shows its `access_token` at userinfo.", gets))
    if path.endswith("/oauth/register"):
        text = "The server registers the app." if good else "The server does not register the app."
        return Words("An app registers itself", prose(_NAMES_NOBODY, text))
    if path.endswith("/oauth/token"):
        return _token_again(told, asked, good=good)
    if told.event.sender == BROWSER:
        shown = "" if good else "The server does not take it."
        text = prose("It belongs to no step of this login.", shown)
        return Words("The browser asks for a page again", text, "a page again")
    return Words("Another request to the server", "The server answers it." if good else "The server refuses it.")


def _token_again(told: Telling, asked: Request | None, *, good: bool) -> Words:
    if asked is not None and single(asked.form, "code"):
        text = "The server takes it." if good else "The server refuses it: a `code` is good for one try."
        if told.stopped_by and told.stopped_by != "token.code_unused":
            text = "The server refuses it."
        return Words("The code is sent once more", text)
    text = "The server answers with tokens." if good else "The server refuses it."
    return Words("A refresh_token is sent", text)
