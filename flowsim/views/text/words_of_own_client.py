"""What to say of a login of the lesson's app at a server that somebody else wrote: what that server looks at, nobody sees.

Source: RFC 6749 section 4.1, OIDC Core sections 3.1.3.7, 5.3 and 12.2, OIDC Discovery section 4.
"""

from functools import partial

from flowsim.model.states import Act, Outcome
from flowsim.model.telling import Telling
from flowsim.views.text.words import Table, Words, listed, prose, tells

TELLERS: Table = {}
tell = partial(tells, TELLERS, whose="own client")

_UNSEEN = "No message of the app's shows it."


@tell(Act.STEP_1)
def begins(told: Telling) -> Words:
    return Words("The user begins a login", f"The user has wanted to log in to the app. {_UNSEEN}", "a login begins")


@tell(Act.STEP_2)
def prepares(told: Telling) -> Words:
    made = [f"`{one.kind}`" for one in told.event.made]
    return Words("The app prepares its request", f"It makes a new {listed(made)}." if made else "It sends no request.")


@tell(Act.STEP_3)
def asks(told: Telling) -> Words:
    text = f"The browser opens the address that the app has made. {_UNSEEN}"
    return Words("The browser brings the app's request", text, "unseen: the request")


@tell(Act.STEP_4)
def shows_its_page(told: Telling) -> Words:
    return Words(
        "The server asks who the user is", f"It shows a page of its own. {_UNSEEN}", "unseen: the server's page"
    )


@tell(Act.STEP_5)
def answers(told: Telling) -> Words:
    return Words(
        "The user answers the server", f"What the user typed there, the app never sees. {_UNSEEN}", "unseen: the user"
    )


@tell(Act.STEP_6)
def comes_back(told: Telling) -> Words:
    text = "The redirect brings a `code`." if told.event.made else "The redirect brings no `code`."
    return Words("The browser comes back to the app", text)


@tell(Act.STEP_7)
def sends_the_code(told: Telling) -> Words:
    if told.event.outcome is not Outcome.OK:
        return Words("The app sends no code", "It does not go on.")
    with_verifier = " and the code_verifier" if told.sent("code_verifier") else ""
    return Words(f"The app sends the code{with_verifier}", "The app has looked at the redirect before.")


@tell(Act.STEP_8)
def judged_there(told: Telling) -> Words:
    return Words(
        "The server judges the request", f"What it looks at is its own business. {_UNSEEN}", "unseen: the server"
    )


@tell(Act.STEP_9)
def gets_tokens(told: Telling) -> Words:
    names = [name for name in ("access_token", "id_token", "refresh_token") if told.sent(name)]
    brings = f"The answer brings the {listed(f'`{name}`' for name in names)}." if names else ""
    return Words("The app looks at the answer", brings or "The answer brings no token.")


@tell(Act.STEP_10)
def calls(told: Telling) -> Words:
    return Words("The app calls the API", "It shows its `access_token`.")


@tell(Act.STEP_11)
def hears(told: Telling) -> Words:
    good = told.event.outcome is Outcome.OK
    return Words("The API answers", "The app gets the data." if good else "The app gets no data.")


@tell(Act.STEP_R1)
def refreshes(told: Telling) -> Words:
    return Words("The app sends its refresh_token", "It wants new tokens, and the user is not asked.")


@tell(Act.STEP_R2)
def judged_again(told: Telling) -> Words:
    return Words(
        "The server judges the request", f"What it looks at is its own business. {_UNSEEN}", "unseen: the server"
    )


@tell(Act.STEP_R3)
def gets_new_tokens(told: Telling) -> Words:
    good = told.event.outcome is Outcome.OK
    return Words("The app looks at the answer", "It has new tokens." if good else "It has no new tokens.")


@tell(Act.STEP_V1)
def revokes(told: Telling) -> Words:
    return Words("The app revokes its refresh_token", "It sends the `refresh_token` for the last time.")


@tell(Act.STEP_V2)
def revoked(told: Telling) -> Words:
    good = told.event.outcome is Outcome.OK
    return Words("The server answers", "It has taken the request." if good else "It has refused the request.")


@tell(Act.STEP_D1)
def asks_for_metadata(told: Telling) -> Words:
    return Words("The app asks for the server's metadata", "It knows no more of this server than its issuer.")


@tell(Act.STEP_D2)
def looks_at_metadata(told: Telling) -> Words:
    good = told.event.outcome is Outcome.OK
    return Words("The app looks at the metadata", "It knows the endpoints." if good else "It believes none of it.")


@tell(Act.EXCHANGE)
def another(told: Telling) -> Words:
    shows = any(one.header("authorization") for one in told.requests)
    text = "It shows its `access_token`." if shows else "It needs no token for that."
    good = told.answer is not None and told.answer.status < 400
    title = "The app asks who the user is" if shows else "The app asks for the server's keys"
    return Words(title, prose(text, "The server answers." if good else "The server refuses."))
