"""What to say of what follows a login: time that passes, new tokens, a logout, a new password, a new key.

Source: RFC 6749 section 6, RFC 7009, RFC 9700 section 4.14.2, OIDC Core sections 10.1.1 and 12.2.
"""

from functools import partial

from flowsim.engine.honest_moves import has_been_replaced
from flowsim.model.states import Act, State
from flowsim.model.telling import Telling
from flowsim.model.timeline import in_words
from flowsim.protocol.messages import Request, single
from flowsim.views.text.words import Table, Words, for_so_long, prose, tells
from flowsim.views.text.words_of_mistakes import sent_twice
from flowsim.views.text.words_of_the_network import by_what_it_read
from flowsim.views.text.words_of_the_page import asked_for_leave
from flowsim.views.text.words_of_tokens import has_secret, wants_a_nonce

TELLERS: Table = {}
tell = partial(tells, TELLERS)


@tell(Act.WAIT)
def time_passes(told: Telling) -> Words:
    words = in_words(told.event.elapsed)
    title = f"{words} {'passes' if words.startswith('1 ') else 'pass'}"
    return Words(
        title, "Nothing is sent. Codes, tokens and login sessions grow older, and the time of some may be up.", title
    )


# ---- Steps R1 to R3


@tell(Act.STEP_R1)
def sends_its_refresh_token(told: Telling) -> Words:
    return Words(
        "The app sends its refresh_token", prose(_short_lived(told), what_a_refresh_shows(told), asked_for_leave(told))
    )


def _short_lived(told: Telling) -> str:
    held = told.client.tokens.get(told.run.who) if told.client else None
    lives = (
        f" lives for {for_so_long(held.expires_in)} only"
        if held and held.expires_in
        else " lives for a short time only"
    )
    less = " This time it asks for less `scope`." if told.sent("scope") else ""
    return (
        f"The `access_token`{lives}. To get a new one without the user, the app sends the `refresh_token` that came with "
        f"it.{less}"
    )


def what_a_refresh_shows(told: Telling) -> str:
    """What the request holds besides the token, and what it does not."""
    with_it = [
        *(["the app's `client_secret`"] if has_secret(told) else []),
        *(["a new `client_assertion`"] if told.sent("client_assertion") else []),
        *(["a proof that the app holds its key"] if told.proved else []),
    ]
    bare = "There is no `code` in this request, no `code_verifier` and no redirect."
    return f"{bare} With it goes {' and '.join(with_it)}." if with_it else bare


@tell(Act.STEP_R2)
def checks_the_refresh_token(told: Telling) -> Words:
    label = (
        "refresh_token unused?"
        if told.server.settings.rotation and told.on("refresh.not_used")
        else "refresh_token still good?"
    )
    looks = by_what_it_read(told) or "The server looks the `refresh_token` up."
    text = prose(sent_twice(told), looks, _good_for(told), _ended(told))
    return Words("The server checks the refresh_token", text, label)


def _good_for(told: Telling) -> str:
    """How often a refresh token may come."""
    if not told.server.settings.rotation:
        return "Without rotation the same token is good again and again, until its time is up or it is revoked."
    if not told.on("refresh.not_used"):
        return "The tokens rotate, but one that comes a second time is let through."
    overlap = (
        f", and for {in_words(told.server.settings.overlap)} after it for another one"
        if told.server.settings.overlap
        else ""
    )
    return (
        f"With rotation each token is good for one exchange{overlap}. One that comes again after that may mean that two "
        "parties hold it."
    )


def _ended(told: Telling) -> str:
    """What the server has done about a token that came a second time."""
    now = told.after.servers[told.run.server].refresh_tokens
    ended = any(now[text].revoked and not record.revoked for text, record in told.server.refresh_tokens.items())
    return "This one has come before, so the server ends the whole family." if ended else ""


tell(Act.STEP_R2, State.REFRESH_SENT)(wants_a_nonce)


@tell(Act.STEP_R3)
def gives_new_tokens(told: Telling) -> Words:
    return Words("The server answers with new tokens", prose(_renewed(told), _same_login(told)))


def _renewed(told: Telling) -> str:
    if told.sent("refresh_token") is None:
        return "The app gets a new `access_token`, and keeps the `refresh_token` that it has."
    overlap = told.server.settings.overlap
    used = f"is used up {in_words(overlap)} after its first exchange" if overlap else "is used up"
    return f"The app gets a new `access_token` and a new `refresh_token`. The one it sent {used}."


def _same_login(told: Telling) -> str:
    looked = told.holds("refreshed.subject") and told.holds("refreshed.login")
    return "The ID token speaks of the same user and of the same login as before." if looked else ""


@tell(Act.STEP_R3, State.REFRESH_FAILED)
def refresh_refused(told: Telling) -> Words:
    before = told.before.clients.get(told.run.client)
    had, held = (app.tokens.get(told.run.who) if app else None for app in (before, told.client))
    forgotten = had is not None and had.refresh_token is not None and (held is None or held.refresh_token is None)
    end = "It forgets the `refresh_token`: to go on, the user has to log in again." if forgotten else ""
    return Words("The server refuses the refresh_token", prose("The app gets an error and no token.", end))


@tell(Act.STEP_R3, State.TOKENS_REFUSED)
def new_tokens_refused(told: Telling) -> Words:
    if told.stopped_by in ("refreshed.subject", "refreshed.login"):
        about = "The new ID token does not speak of the same user and the same login as before."
    elif told.client is not None and told.run.who not in told.client.tokens:
        about = "The user has logged out of the app meanwhile."
    elif has_been_replaced(told.before, told.run):
        about = "Another login has brought tokens in the place of those that the app has refreshed."
    else:
        about = "The new tokens are not what the app can use."
    return Words("The app refuses the new tokens", f"{about} The app throws the new tokens away.")


# ---- Steps V1 and V2


@tell(Act.STEP_V1)
def asks_to_revoke(told: Telling) -> Words:
    text = "The user logs out. The app tells the server that nobody needs the `refresh_token` any more."
    return Words("The app asks the server to revoke its refresh_token", prose(text, asked_for_leave(told)))


@tell(Act.STEP_V2)
def token_is_gone(told: Telling) -> Words:
    asked = told.delivered
    token = single(asked.form, "token") if isinstance(asked, Request) else None
    known = (
        ""
        if token in told.server.refresh_tokens
        else " It never knew this one: what matters is that it is not good now."
    )
    text = f"The server answers 200.{known} An API that checks tokens by itself hears nothing of it."
    return Words("The server answers that the token is gone", text)


@tell(Act.STEP_V2, State.REVOCATION_FAILED)
def not_revoked(told: Telling) -> Words:
    text = "The server did not revoke the token. The app forgets it all the same."
    return Words("The server refuses to revoke the token", text)


# ---- What happens inside the server


@tell(Act.CHANGE_PASSWORD)
def changes_the_password(told: Telling) -> Words:
    ends = "Whoever holds one gets no new tokens for it. " if told.on("refresh.not_revoked") else ""
    text = (
        f"The server revokes every `refresh_token` of this user. {ends}An `access_token` that was issued before is not "
        "called back: an API that checks tokens by itself hears nothing of this."
    )
    return Words("The user changes the password", text, "new password")


@tell(Act.ROTATE_KEYS)
def changes_the_key(told: Telling) -> Words:
    text = (
        "From now on the server signs with another key, under another `kid`. It tells nobody. Whoever meets a token with a "
        "`kid` they do not know asks the server for its keys, once. The old key stays in the list until no token is alive "
        "that was signed with it."
    )
    return Words("The server changes its signing key", text, "new signing key")
