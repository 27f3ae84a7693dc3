"""What to say where an app asks a server for its metadata, before the login; and of keys that are fetched.

Source: RFC 8414 section 3, OIDC Discovery section 4, OIDC Core section 10.1.1.
"""

from functools import partial

from flowsim.model.states import Act, State
from flowsim.model.steps import ATTACKER
from flowsim.model.telling import Telling
from flowsim.views.text import words_of_mcp
from flowsim.views.text.words import Table, Words, prose, tells
from flowsim.views.text.words_of_mistakes import well_known

TELLERS: Table = {}
tell = partial(tells, TELLERS)


@tell(Act.STEP_D1)
def asks_for_metadata(told: Telling) -> Words:
    if told.scenario.speaks_mcp:
        return words_of_mcp.asks_for_server(told)
    knows = "Of this server the app knows only the `issuer`, which is its name and an https address."
    return Words(_title(told, "The app asks {} for its metadata"), prose(knows, well_known(told)))


def _title(told: Telling, text: str) -> str:
    theirs = ATTACKER in (told.event.sender, told.event.receiver)
    return text.format("the attacker's server" if theirs else "the server")


@tell(Act.STEP_D2)
def answers_with_metadata(told: Telling) -> Words:
    said = "The document says where the server's endpoints and keys are, and what the server can do."
    compared = "Its `issuer` is the one that the app has asked." if told.holds("discovery.issuer_same") else ""
    kept = "The app keeps it, and does not ask this server again."
    title = _title(told, "{} answers with its metadata")
    return Words(title[0].upper() + title[1:], prose(said, compared, kept), "metadata")


@tell(Act.STEP_D2, State.METADATA_REFUSED)
def refuses_metadata(told: Telling) -> Words:
    text = "The app believes nothing in this document, and knows no endpoint of this server: it can send nobody there."
    return Words("The app refuses the metadata", text, "metadata refused")
