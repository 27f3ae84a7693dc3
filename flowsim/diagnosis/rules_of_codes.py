"""What a refused answer or code says of its cause: state, issuer, verifier, how often and when the code came."""

from collections.abc import Mapping
from urllib.parse import unquote, unquote_plus

from flowsim.diagnosis.clues import Clues, Rule, Suspicion, called, parameters
from flowsim.diagnosis.compared import difference, how_it_was_made
from flowsim.diagnosis.rules_of_requests import verifier_malformed
from flowsim.diagnosis.times import lasted, seconds_in, skew
from flowsim.model.check import NOTHING
from flowsim.model.states import Act
from flowsim.model.steps import CLIENT
from flowsim.protocol import pkce
from flowsim.protocol.messages import Request, Response, single

# ---- The answer that came back


def no_transaction(clues: Clues) -> Suspicion:
    """The app remembers no login for this answer: it was used up, it was overwritten, or the cookie did not come."""
    came = clues.callbacks()
    same = [one for one in came if single(parameters(one.message), "code") == _answered(clues, "code")]
    if len(same) > 1:
        return Suspicion(
            "callback-twice", f"this answer has come to the app {len(same)} times, and it used up its login the first"
        )
    if cookie := _missing_cookie(clues):
        how = came[-1].message.method if came and isinstance(came[-1].message, Request) else "GET"
        seen = f"the app's website has set the cookie {cookie}, and the browser did not send it with this {how}"
        return Suspicion("cookie-not-sent", seen)
    if others := begun_since(clues):
        return Suspicion("transaction-overwritten", f"{others} began in the same browser before this answer came")
    if clues.authorization_requests(clues.run):
        return Suspicion("login-forgotten", "the app began this login, and does not remember it")
    return Suspicion("login-not-begun", "no request of this app led to this answer", "login-forgotten")


def answer_address(clues: Clues) -> Suspicion:
    how = difference(clues.expected, clues.received)
    seen = f"the app takes the answer to have come to {clues.received}, and it had named {clues.expected}"
    return Suspicion("callback-seen-as-http" if how == "scheme" else "redirect-uri-other", seen)


def answer_issuer(clues: Clues) -> Suspicion:
    if clues.received == NOTHING:
        if dropped := _dropped(clues):
            return dropped
        return Suspicion("iss-not-sent", f"the answer has no iss, and the app waits for {clues.expected}")
    if difference(clues.expected, clues.received) == "slash" and not clues.expected.endswith("/"):
        seen = f"the iss of the answer is {clues.received}, and {clues.expected} was expected"
        return Suspicion("iss-with-slash", f"{seen}: they differ by the slash at the end")
    return issuers(clues, "the iss of the answer")


def issuers(clues: Clues, what: str) -> Suspicion:
    """Two names of an issuer: the one that the app or the API expects, and the one that `what` has."""
    wanted, named = clues.expected, clues.received
    seen = f"{what} is {named}, and {wanted} was expected"
    at_the_api = clues.event.act in (Act.STEP_11, Act.STEP_T2)
    if difference(wanted, named) == "slash":
        if wanted.endswith("/"):
            name = "issuer-with-slash-at-the-api" if at_the_api else "issuer-with-slash"
        else:
            name = "issuer-other" if at_the_api else "id-token-issuer-with-slash"
        return Suspicion(name, f"{seen}: they differ by the slash at the end")
    if named in _origins(clues):
        return Suspicion("api-of-another-environment" if at_the_api else "issuer-of-another-environment", seen)
    return Suspicion("issuer-other", seen)


def _origins(clues: Clues) -> set[str]:
    """Where authorization and token requests have gone: the servers that the app has really talked to."""
    asked = (*clues.authorization_requests(), *clues.token_requests())
    return {one.message.origin for one in asked if isinstance(one.message, Request)}


def _dropped(clues: Clues) -> Suspicion | None:
    """Where the browser brought an answer in the address, and the app saw none of it."""
    came = clues.callbacks(clues.run)
    if came and all(one.passed is not True for one in (clues.check("code_or_error"),) if one):
        return Suspicion(
            "callback-query-dropped", "the browser brought the answer in the address, and the app saw no query"
        )
    return None


def state(clues: Clues) -> Suspicion:
    sent, came = clues.expected, clues.received
    if came == NOTHING:
        if dropped := _dropped(clues):
            return dropped
        if clues.asked("state") is None:
            return Suspicion("state-left-out", "the app waits for a state, and its request had none")
        return Suspicion("state-not-sent-back", "the answer has no state, and the request had one")
    if sent.startswith("no state"):
        if clues.asked("state") == came:
            return Suspicion("state-not-kept", "the app sent this state, and takes it that it sent none")
        return Suspicion("login-not-begun", "the answer has a state, and the app had sent none")
    if came != sent and sent in (unquote(came), unquote_plus(came), came.replace(" ", "+"), unquote(unquote(came))):
        return Suspicion(
            "state-changed", f"the state that came back is {came}, the one that was sent in another encoding"
        )
    own, other = clues.asked("state"), _run_with_state(clues, came)
    latest = _run_with_state(clues, sent)
    if own == came and latest is None:
        return Suspicion(
            "login-begun-twice", "the answer has the state of the request, and the app waits for one it never sent"
        )
    if own == came or (other and other != clues.run):
        seen = f"the app remembers the state of {called(latest)}, and the answer has that of {called(other)}"
        return Suspicion("transaction-overwritten", seen)
    if came.lower() == sent.lower() or came in sent or sent in came:
        return Suspicion("state-changed", f"the state that was sent is {sent}, and {came} came back")
    return Suspicion(
        "state-changed", "the state that came back belongs to no login of this app", "transaction-overwritten"
    )


def code_or_error(clues: Clues) -> Suspicion:
    if dropped := _dropped(clues):
        return dropped
    return Suspicion("answer-malformed", f"the answer has {clues.received}, where {clues.expected} is due")


def code_sent_before(clues: Clues) -> Suspicion:
    return Suspicion("callback-twice", "the answer with this code has come to the app before")


def other_endpoint(clues: Clues) -> Suspicion:
    return Suspicion("code-at-another-server", f"the code is for {clues.expected}, and would go to {clues.received}")


# ---- The code at the token endpoint


def verifier(clues: Clues) -> Suspicion:
    return verifier_of(clues, clues.sent("code_verifier") or "", clues.expected)


def verifier_of(clues: Clues, shown: str, challenge: str) -> Suspicion:
    """The verifier of the token request hashed in every wrong way, and compared with the challenge."""
    named = clues.asked("code_challenge_method")
    right = pkce.challenge_for(shown, "S256")
    if challenge == right:
        if named is None:
            return Suspicion(
                "method-left-out", "the challenge is the hash of the verifier, and the request named no method"
            )
        return Suspicion("method-left-out", f"the challenge is the hash of the verifier, and the request named {named}")
    if made := how_it_was_made(shown, challenge):
        return Suspicion(made, f"the right challenge of this verifier is {right}, and step 3 sent {challenge}")
    for one in clues.authorization_requests():
        if single(parameters(one.message), "code_challenge") in (right, shown) and one.event.run != clues.run:
            seen = f"the verifier belongs to the challenge of {called(one.event.run)}"
            return Suspicion("transaction-overwritten", seen)
    if how_it_was_made(shown.rstrip("="), challenge) or pkce.challenge_for(shown.strip(), "S256") == challenge:
        return Suspicion("verifier-changed", "without the signs at its end the verifier would fit")
    padded = shown + "=" * (-len(shown) % 4)
    if pkce.challenge_for(padded, "S256") == challenge:
        return Suspicion("verifier-changed", "with = signs at its end the verifier would fit")
    seen = "no way to hash this verifier leads to the challenge of step 3"
    return Suspicion("verifier-of-another-login", seen, None if clues.asked("state") else "login-begun-twice")


def verifier_missing(clues: Clues) -> Suspicion:
    return Suspicion("verifier-left-out", "step 3 sent a code_challenge, and the token request has no code_verifier")


def verifier_unexpected(clues: Clues) -> Suspicion:
    if clues.asked("code_challenge"):
        return Suspicion(
            "verifier-unexpected", "the app sent a code_challenge, and the server has none", "challenge-not-sent"
        )
    return Suspicion("challenge-not-sent", "the token request has a code_verifier, and step 3 had no code_challenge")


def code_unknown(clues: Clues) -> Suspicion:
    sent, answered = clues.sent("code"), _answered(clues, "code")
    if answered and sent and sent != answered:
        if answered in (unquote(sent), unquote_plus(sent)) or sent in (unquote(answered), unquote_plus(answered)):
            name = "code-not-decoded" if answered in (unquote(sent), unquote_plus(sent)) else "code-decoded-twice"
            return Suspicion(name, f"the answer brought the code {answered}, and the app sent {sent}")
        return Suspicion("code-changed", f"the answer brought the code {answered}, and the app sent {sent}")
    servers = {
        one.message.origin for one in clues.authorization_requests(clues.run) if isinstance(one.message, Request)
    }
    asked = clues.refused_request
    if asked and servers and asked.origin not in servers:
        return Suspicion("code-at-another-server", f"the code is from {' '.join(servers)} and went to {asked.origin}")
    return Suspicion("code-unknown", "the app sent the code as it came, and the server does not know it")


def code_expired(clues: Clues) -> Suspicion:
    """The time between the code and its exchange; where little went by, a clock is wrong."""
    code = clues.sent("code")
    made = next(
        (one.event for one in clues.redirects() if code and single(parameters(one.message), "code") == code), None
    )
    end, said = seconds_in(clues.expected), seconds_in(clues.received)
    if made is None:
        return Suspicion("code-expired", "the code was good until a moment that has passed")
    age = clues.event.now - made.now
    off = skew("server", None, None, "server", said, clues.event.now)
    if off is not None:
        return Suspicion(off.cause, off.told)
    lifetime = f" and was good for {lasted(end - made.now)}" if end is not None and end >= made.now else ""
    return Suspicion("code-expired", f"the code was {lasted(age)} old when it came{lifetime}")


def code_of_another(clues: Clues) -> Suspicion:
    seen = f"the code was issued to {clues.expected}, and {clues.received} sent it"
    return Suspicion("client-unknown" if clues.received == NOTHING else "code-of-another-client", seen)


def code_used(clues: Clues) -> Suspicion:
    """Who sent the code before: the same login again, another tab, the network, or somebody who opened the address."""
    code = clues.sent("code")
    before = [one for one in clues.token_requests() if single(parameters(one.message), "code") == code][:-1]
    brought = [one for one in clues.callbacks() if single(parameters(one.message), "code") == code]
    if not before:
        return Suspicion("code-sent-twice", "the server has seen this code before")
    first = before[0]
    if first.event.run != clues.run:
        seen = f"{called(first.event.run)} has sent this code before, and {called(clues.run)} sent it again"
        return Suspicion("callback-twice" if len(brought) > 1 else "code-sent-twice", seen)
    if not clues.answered(first):
        return Suspicion(
            "answer-lost", "the code was redeemed, its answer never came to the app, and the app sent it again"
        )
    if len(brought) > 1:
        return Suspicion("callback-twice", f"the answer with this code was opened {len(brought)} times")
    return Suspicion("code-sent-twice", "the app sent the same code twice")


# ---- What the rules share


def _answered(clues: Clues, name: str) -> str | None:
    """This parameter of the answer that the refused run brought to the app."""
    for one in reversed(clues.callbacks(clues.run)):
        if value := single(parameters(one.message), name):
            return value
    return None


def _missing_cookie(clues: Clues) -> str | None:
    """The name of a cookie of the app's that a browser had been given, and that did not come with the answer."""
    came = [one.message for one in clues.callbacks(clues.run) if isinstance(one.message, Request)]
    if not came:
        return None
    brought = came[-1].cookies
    for one in clues.own:
        if not isinstance(one.message, Response) or one.sender != CLIENT:
            continue
        for value in one.message.all_of("set-cookie"):
            name, sign, content = value.partition(";")[0].partition("=")
            if sign and name.strip() and content.strip() and name.strip() not in brought:
                return name.strip()
    return None


def begun_since(clues: Clues) -> str | None:
    """Another login that was begun after this one and before its answer."""
    own = [one.event.index for one in clues.authorization_requests(clues.run)]
    for one in clues.authorization_requests():
        if own and one.event.run != clues.run and one.event.index > own[0]:
            return called(one.event.run)
    return None


def _run_with_state(clues: Clues, value: str) -> str | None:
    for one in clues.authorization_requests():
        if single(parameters(one.message), "state") == value:
            return one.event.run
    return None


RULES: Mapping[str, Rule] = {
    "callback.transaction_exists": no_transaction,
    "callback.not_ahead": lambda clues: Suspicion("callback-twice", f"the request says {clues.received}"),
    "callback.redirect_uri_same": answer_address,
    "callback.issuer_same": answer_issuer,
    "callback.state_same": state,
    "callback.code_or_error": code_or_error,
    "send.code_new": code_sent_before,
    "send.endpoint_of_issuer": other_endpoint,
    "signed_out.state_same": state,
    "token.verifier_fits": verifier,
    "token.verifier_present": verifier_missing,
    "token.verifier_unexpected": verifier_unexpected,
    "token.verifier_well_formed": verifier_malformed,
    "token.code_known": code_unknown,
    "token.code_fresh": code_expired,
    "token.code_of_client": code_of_another,
    "token.code_unused": code_used,
}
