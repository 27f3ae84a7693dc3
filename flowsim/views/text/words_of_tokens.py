"""What to say of the steps from the redirect to the data: the app redeems the code, the server checks, the API answers.

Source: RFC 6749 sections 4.1.3 and 5, RFC 7636 sections 4.5 and 4.6, RFC 6750, RFC 9068 section 4, RFC 9449, OIDC Core.
"""

from collections.abc import Mapping
from functools import partial

from flowsim.actors import pending_logins
from flowsim.engine.honest_moves import renews_silently
from flowsim.model.states import Act, State
from flowsim.model.steps import ATTACKER
from flowsim.model.telling import Telling
from flowsim.model.world import call_of
from flowsim.protocol import dpop, pkce
from flowsim.protocol.messages import Request, single
from flowsim.views.text import words_of_cookies, words_of_tabs, words_of_the_browser
from flowsim.views.text.words import Table, Words, for_so_long, listed, prose, tells
from flowsim.views.text.words_of_mistakes import not_read, sent_twice, shown_to_api, shows_its_token
from flowsim.views.text.words_of_popup import posted
from flowsim.views.text.words_of_the_network import by_what_it_read
from flowsim.views.text.words_of_the_page import asked_for_leave

TELLERS: Table = {}
tell = partial(tells, TELLERS)

# What the app asks itself about a redirect, and what it finds where all is well.
_ISSUER = "that the `iss` is the issuer it expects"
_BELIEVED = {
    "callback.transaction_exists": "that it has begun a login in this browser",
    "callback.issuer_same": _ISSUER,
    "callback.state_same": "that the `state` is the one it sent",
}
_OF_THE_CODE = {
    "token.code_known": "known",
    "token.code_fresh": "fresh",
    "token.code_unused": "unused",
    "token.code_of_client": "of this app",
}
_OF_THE_TOKEN = {
    "api.issuer": "who issued it",
    "api.audience": "for which API",
    "api.not_expired": "until when",
    "api.scope": "for which scope",
}


# ---- Step 7: the app and its token request


@tell(Act.STEP_7)
def sends_the_code(told: Telling) -> Words:
    verifier = told.sent("code_verifier")
    elsewhere = told.event.receiver == ATTACKER
    title = f"The app sends the code{' and the code_verifier' if verifier else ''}"
    text = prose(
        _comes_back(told),
        words_of_cookies.came_along(told),
        _believes(told),
        _with_the_form(told),
        _way(told, elsewhere),
        shows(told),
        asked_for_leave(told),
    )
    return Words(f"{title} to the attacker" if elsewhere else title, text)


def _comes_back(told: Telling) -> str:
    return posted(told) or (
        "At this address the browser gets the page of the app, and its script goes on." if told.app.in_browser else ""
    )


def _believes(told: Telling) -> str:
    """What the app has looked at before it believes the redirect; or which of these questions it does not ask."""
    looked = {name: what for name, what in _BELIEVED.items() if told.holds(name) and _is_there(told, name)}
    if told.scenario.state_not_bound_to_browser:
        found = "The app looks the login up by its `state` alone, whichever browser brings it."
        return f"{found} It checks {_ISSUER}." if "callback.issuer_same" in looked else found
    if not looked:
        *most, last = _BELIEVED.values()
        return f"The app does not check {', '.join(most)} or {last}."
    return f"The app checks {listed(list(looked.values()))}."


def _is_there(told: Telling, check: str) -> bool:
    """False where the check has passed because there is nothing to compare."""
    name = {"callback.issuer_same": "iss", "callback.state_same": "state"}.get(check)
    return name is None or told.sent(name) is not None


def _with_the_form(told: Telling) -> str:
    """What came along with the redirect, where the server has answered with a 307."""
    arrived = told.delivered
    if not isinstance(arrived, Request) or arrived.method != "POST" or told.posted:
        return ""
    typed = single(arrived.form, "password")
    seen = ", and so the app has the `password`" if typed else ""
    return f"With it came the form that the user sent to the server{seen}."


def _way(told: Telling, elsewhere: bool) -> str:
    if elsewhere:
        return "It takes the attacker's server for the one that has answered, and sends its request there."
    match told.app.kind:
        case "website":
            return "Then its own server talks to the authorization server, without the browser."
        case "page":
            return "Then it asks the server by itself, from the browser that it runs in."
        case _:
            return "Then it talks to the server directly, without the browser."


def shows(told: Telling) -> str:
    """What the app shows besides the code."""
    verifier, secret = told.sent("code_verifier"), has_secret(told)
    asked = told.asked
    fits = (
        verifier is not None
        and asked is not None
        and asked.code_challenge is not None
        and pkce.verify(verifier, asked.code_challenge, "plain" if asked.code_challenge_method == "plain" else "S256")
    )
    given = ["the `code`"]
    if verifier:
        given.append("the `code_verifier` behind the challenge of step 3" if fits else "its `code_verifier`")
    given += ["its `client_secret`"] if secret else []
    given += ["a `client_assertion` signed for this request"] if told.sent("client_assertion") else []
    given += ["a proof that it holds its key"] if told.proved else []
    if len(given) == 1:
        return "It sends the `code`, and has nothing else to show that it asked for it."
    return f"It sends {listed(given)}."


def has_secret(told: Telling) -> bool:
    """True where a request of this event carries the app's secret."""
    basic = any((one.header("authorization") or "").startswith("Basic ") for one in told.requests)
    return basic or told.sent("client_secret") is not None


@tell(Act.STEP_7, State.REDIRECT_REFUSED)
def refuses_the_redirect(told: Telling) -> Words:
    if told.stopped_by == "popup.sender_origin":
        return takes_no_post(told)
    under_way = map(pending_logins.browser_of, told.client.transactions if told.client else ())
    open_still, what = told.run.who in under_way, "answer" if told.posted else "redirect"
    text = prose(
        f"The {what} has reached the app. The app asks: did I start this login, in this browser, with this server?",
        words_of_the_browser.left_unanswered(told) or words_of_cookies.kept_back(told),
        words_of_the_browser.was_here_before(told),
        words_of_tabs.began_since(told),
        words_of_tabs.in_a_new_tab(told),
        "No request follows.",
        "The login that it has begun in this browser stays open." if open_still else "",
    )
    return Words(f"The app refuses the {'posted answer' if told.posted else 'redirect'}", text)


def takes_no_post(told: Telling) -> Words:
    text = (
        "A page of another origin has posted an answer to the app. The app takes one from pages of its own origin only, "
        "and does not look at what was posted."
    )
    return Words("The app takes no answer from that page", text)


@tell(Act.STEP_7, State.AUTHORIZATION_FAILED)
def hears_of_the_error(told: Telling) -> Words:
    again = "For another try the app has to begin again, with new random values."
    if renews_silently(told.run):
        again = "Without a page the app gets no further: it has to send the user to the server in a tab."
    what = "answer" if told.posted else "redirect"
    return Words("The app is told about the error", f"The {what} says that there will be no code. {again}")


@tell(Act.STEP_7, State.SENDING_STOPPED)
def keeps_the_code_back(told: Telling) -> Words:
    return Words("The app keeps the code back", "The app has the `code` and sends it nowhere. No request follows.")


# ---- Step 8: the token endpoint


@tell(Act.STEP_8)
def checks_the_code(told: Telling) -> Words:
    fits = told.result("token.verifier_fits")
    of_the_verifier = not told.stopped_by or told.stopped_by.startswith("token.verifier_")
    compared = fits is not None and fits.passed is not None and of_the_verifier
    unread = not_read(told)
    title = (
        "The server looks at the request" if unread else f"The server checks the {'verifier' if compared else 'code'}"
    )
    looked = [what for name, what in _OF_THE_CODE.items() if told.on(name) and told.result(name)]
    label = f"code {listed(one for one in looked if one != 'of this app')}?" if looked else "the code?"
    found = prose(_proved(told), unread or _compares(told), _of_the_app(told), "" if unread else _of_the_code(looked))
    return Words(
        title,
        prose(sent_twice(told), by_what_it_read(told), found) or "The server refuses it unseen.",
        "a form?" if unread else "verifier fits challenge?" if compared else label,
    )


def _compares(told: Telling) -> str:
    """What the server does with verifier and challenge, as the checks that it made show it."""
    fits = told.result("token.verifier_fits")
    if fits is None or told.asked is None:
        return ""
    verifier = single(told.delivered.form, "code_verifier") if isinstance(told.delivered, Request) else None
    if fits.passed is None:
        if told.asked.code_challenge is not None:
            return "The server has stored a `code_challenge`, and no `code_verifier` has come."
        sent = ", and a `code_verifier` has come" if verifier else ""
        return f"No `code_challenge` was stored{sent}: nothing ties the code to whoever made the request."
    end = "They fit." if fits.passed else "They do not fit."
    if told.asked.code_challenge_method == "plain":
        how = "compares the `code_verifier` it received with the `code_challenge` it stored, as they are"
    else:
        how = "hashes the `code_verifier` it received, and compares the result with the `code_challenge` it stored"
    return f"The server {how}. {end}"


def _of_the_app(told: Telling) -> str:
    if told.holds("code_assertion.signature"):
        fresh = ", and has not come before" if told.holds("code_assertion.not_seen") else ""
        return f"The `client_assertion` is signed with the app's key{fresh}."
    return "The `client_secret` is the app's." if told.holds("token.client_authenticated") else ""


def _proved(told: Telling) -> str:
    """What the server finds out about the proof, and about the key that the code is bound to."""
    if told.result("code_proof.present") is None or not told.on("code_proof.present"):
        return ""
    if not_read(told):
        return "The server checks the proof."
    if told.asked is None:
        return "The server checks the proof, and knows no such code."
    if told.asked.dpop_jkt is not None:
        return "The `code` is bound to a key, so the server wants a proof that is made with it."
    return "The server checks the proof, to bind the tokens to the key in it."


def _of_the_code(looked: list[str]) -> str:
    if not looked:
        return ""
    *rest, last = looked
    end = "belongs to this app" if last == "of this app" else ""
    found = [f"is {', '.join(rest)}" if end else f"is {listed(looked)}", end] if rest or not end else [end]
    return f"It also checks that the code {' and '.join(one for one in found if one)}."


@tell(Act.STEP_8, State.CODE_SENT)
def wants_a_nonce(told: Telling) -> Words:
    """Also at a refresh and at the API: whoever got the proof gives out a nonce, and the app makes another proof."""
    who = "API" if told.event.act in (Act.STEP_11, Act.STEP_B1) else "server"
    lacking = "another nonce in it than those that are good now" if _had_a_nonce(told) else "no nonce in it"
    sent = isinstance(told.delivered, Request) and single(told.delivered.form, "client_assertion")
    assertion = ", signs another `client_assertion`" if sent else ""
    text = prose(
        f"The {who} has looked at the proof, and there is {lacking}.",
        "Its answer is the error `use_dpop_nonce`, and a fresh nonce.",
        f"The app makes a new proof with that nonce{assertion}, and sends its request once more.",
    )
    return Words(f"The {who} wants a nonce in the proof", text, "use_dpop_nonce, and a nonce")


def _had_a_nonce(told: Telling) -> bool:
    """True where the proof that was refused holds a nonce."""
    asked = told.delivered
    shown = dpop.read(asked.header("dpop") or "") if isinstance(asked, Request) else None
    return shown is not None and shown.claims.get("nonce") is not None


tell(Act.STEP_11, State.API_ASKED)(wants_a_nonce)


# ---- Step 9: the tokens


@tell(Act.STEP_9)
def gives_tokens(told: Telling) -> Words:
    return Words("The server answers with tokens", prose(_access(told), _less(told), _id_token(told), _refresh(told)))


def _access(told: Telling) -> str:
    life = told.sent("expires_in")
    lives = f", and lives for {for_so_long(int(life))}" if life and life.isdigit() and int(life) else ""
    bound = " It is bound to the app's key." if told.sent("token_type") == "DPoP" else ""
    return f"The `access_token` is for the API{lives}.{bound}"


def _less(told: Telling) -> str:
    """That the server has granted less than the app asked for."""
    client = told.before.clients.get(told.run.client)
    asked = client.redeeming.get(call_of(told.run, told.run.who)) if client else None
    granted = (told.sent("scope") or "").split(" ")
    less = asked is not None and any(word not in granted for word in asked.scope.split(" ") if word)
    return "The server grants less `scope` than the app asked for." if less else ""


def _id_token(told: Telling) -> str:
    if told.sent("id_token") is None:
        return "There is no `id_token`, for the scope does not say `openid`."
    looked = any(told.holds(one.check.id) for one in told.event.checks if one.check.id.startswith("id_token."))
    checks = " The app checks it before it uses any of them." if looked else ""
    return f"The `id_token` is for the app: it says who logged in.{checks}"


def _refresh(told: Telling) -> str:
    return "With the `refresh_token` the app can get new ones later." if told.sent("refresh_token") else ""


@tell(Act.STEP_9, State.TOKEN_REQUEST_FAILED)
def app_refused(told: Telling) -> Words:
    text = "The app gets an error and no token. For another try it has to begin again, with new random values."
    return Words("The server refuses the app", text)


@tell(Act.STEP_9, State.TOKENS_REFUSED)
def tokens_refused(told: Telling) -> Words:
    if told.sent("access_token") is None:
        text = "The answer has no `access_token` that the app can find. It throws all of it away."
        return Words("The app refuses the answer", text)
    about = (
        "the ID token is not what the app asked for"
        if told.stopped_by.startswith("id_token.")
        else "the app cannot use them"
    )
    return Words(
        "The app refuses the tokens", f"The tokens have arrived, and {about}. The app throws all of them away."
    )


# ---- Steps 10 and 11: the API


@tell(Act.STEP_10)
def calls(told: Telling) -> Words:
    return Words(
        "The app calls the API",
        prose(
            shown_to_api(told),
            how_it_is_shown(told),
            asked_for_leave(told),
        ),
    )


def how_it_is_shown(told: Telling) -> str:
    if told.proved:
        if not shows_its_token(told):
            return "A proof goes with it."
        return "A proof goes with it: whoever sends this token has to show that they hold the key it is bound to."
    bearer = any((one.header("authorization") or "").startswith("Bearer ") for one in told.requests)
    return "It is a bearer token: whoever has it may use it." if bearer else ""


@tell(Act.STEP_11)
def answers(told: Telling) -> Words:
    return Words("The API answers with the data", prose(looks_at_the_token(told), "Then it answers."))


def looks_at_the_token(told: Telling) -> str:
    """What the API checks, as far as those checks are on and were made; or that it has done so before."""
    if told.event.before is State.TOOL_ANSWERED:
        return "The MCP server has looked at the token before."
    proved = " It also checks the proof." if told.result("api_proof.present") and told.on("api_proof.present") else ""
    return asked_of_the_token(told, "The API", _OF_THE_TOKEN) + proved


def asked_of_the_token(told: Telling, who: str, questions: Mapping[str, str]) -> str:
    """Which of these questions this party asks of a token, each by the name of its check; or that it asks none of them."""
    looked = [what for name, what in questions.items() if told.on(name) and told.result(name)]
    if looked:
        return f"{who} checks the token by itself: {', '.join(looked)}."
    *most, last = questions.values()
    return f"{who} does not ask of the token {', '.join(most)} or {last}."


@tell(Act.STEP_11, State.API_BAD_REQUEST)
def not_understood(told: Telling) -> Words:
    return Words("The API does not understand the request", "The API answers with an error and no data.")


@tell(Act.STEP_11, State.API_UNAUTHORIZED)
def not_let_in(told: Telling) -> Words:
    demand = "It demands another login than the one behind this token, and says which."
    other = demand if told.stopped_by in ("api.login_recent", "api.context_class") else ""
    return Words("The API refuses the token", prose(looks_at_the_token(told), other, "It gives no data."))


@tell(Act.STEP_11, State.API_FORBIDDEN)
def not_allowed(told: Telling) -> Words:
    return Words("The token is not allowed to do this", f"{looks_at_the_token(told)} It gives no data.")
