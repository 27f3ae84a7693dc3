"""What to say of a message that is not as it should be: of a verifier, a form, a token, where nobody attacks.

Nothing here asks whether a mistake was planned: each sentence is read off the messages.

Source: RFC 7636 sections 4.1 and 4.2, RFC 6749 section 4.1.3, RFC 6750 section 2.1, RFC 8414 section 3.
"""

from flowsim.model.telling import Telling
from flowsim.protocol import pkce
from flowsim.protocol.addresses import split
from flowsim.protocol.messages import FORM, Request, content_type
from flowsim.views.text.words import prose


def drawn(told: Telling, verifier: str) -> str:
    """How the app has made its verifier."""
    if told.scenario.verifier == "clock":
        made = "The app writes the time of day with zeros before it: that is its `code_verifier`."
    elif len(verifier) < 43:
        made = "The app draws random octets and writes them as text: the `code_verifier`."
    else:
        made = "The app draws 32 random octets and writes them as text: the `code_verifier`."
    good = pkce.well_formed(verifier)
    return prose(made, "" if good else "It has another length or other characters than a `code_verifier` may have.")


def hashed(verifier: str, challenge: str) -> str:
    """What the app has made of the verifier that it draws."""
    if challenge == pkce.challenge_for(verifier, "S256"):
        return "Its SHA-256 hash is the `code_challenge`."
    return "From it the app makes the `code_challenge`, and comes to another one than S256 does."


def not_read(told: Telling) -> str:
    """Why a server sees none of the parameters of a request; empty where it has a form."""
    asked = told.delivered
    if not isinstance(asked, Request) or asked.form or (asked.method == "POST" and content_type(asked) == FORM):
        return ""
    if asked.method != "POST":
        return f"The request comes with {asked.method}, so the server sees no form."
    kind = content_type(asked)
    said = f"says that its body is {kind}" if kind else "does not say what its body is"
    return f"The request {said}, so the server sees no form."


def sent_twice(told: Telling) -> str:
    """That the app has not waited for the answer to the first request of two."""
    asked = told.delivered
    again = [one for one in told.requests if isinstance(asked, Request) and one.form == asked.form != ()]
    if not again or told.event.outcome.value == "again":
        return ""
    return "The app sends the same request once more before it has used the answer, and goes by the second answer."


def shown_to_api(told: Telling) -> str:
    """How the app shows its token to the API."""
    asked = told.requests[-1]
    header = asked.header("authorization")
    if header is None:
        return "The app puts the `access_token` into the address, and sends no `Authorization` header."
    scheme, _, shown = header.partition(" ")
    held = told.client.tokens.get(told.run.who) if told.client else None
    if scheme not in ("Bearer", "DPoP"):
        return "The app puts the `access_token` into the `Authorization` header, and names no scheme."
    if held is not None and held.id_token is not None and shown == held.id_token != held.access_token:
        return "The app puts its `id_token` into the `Authorization` header."
    quoted = ", with quotes around it" if shown.startswith('"') else ""
    return f"The app puts the `access_token` into the `Authorization` header{quoted}."


def shows_its_token(told: Telling) -> bool:
    """False where the app shows something else in the header than the token that it holds for the API, and nothing more."""
    held = told.client.tokens.get(told.run.who) if told.client else None
    header = told.requests[-1].header("authorization") or ""
    return held is None or header.partition(" ")[2] == held.access_token


def well_known(told: Telling) -> str:
    """Where the app asks for the metadata of a server."""
    path = split(told.requests[-1].url).path
    if told.scenario.discovery == "openid" and path.endswith("/.well-known/openid-configuration"):
        return "OpenID Connect appends `/.well-known/openid-configuration` to it."
    if told.scenario.discovery == "oauth" and path.startswith("/.well-known/oauth-authorization-server"):
        return "RFC 8414 puts `/.well-known/oauth-authorization-server` behind its host."
    return f"The app asks at `{path}`, where no specification has it."
