"""What the lesson `build-your-own-client` says of the judge, of the careless client, and of the one with a library."""

import json
from functools import cache, partial
from typing import Any

from flowsim.exercises.own_client_answers import PARTS, up_to
from flowsim.judge.judgement import Judgement, judge_client
from flowsim.lessons.course import BY_SLUG
from flowsim.model.steps import CLIENT
from tests.kit.clauses import ROOT
from tests.kit.clients import BAD
from tests.kit.notebook_claims import claim

SLUG = "build-your-own-client"
own = partial(claim, SLUG)


@cache
def cell(id: str) -> str:
    """The source of this cell of the lesson."""
    stored = json.loads((ROOT / "notebooks" / f"{BY_SLUG[SLUG].name}.ipynb").read_text("utf-8"))["cells"]
    return next("".join(one["source"]) for one in stored if one["id"] == id)


@cache
def judged(id: str, name: str) -> Judgement:
    """The judgement of the client that this cell of the lesson makes."""
    names: dict[str, Any] = {}
    exec(cell(id), names)
    return judge_client(names[name] if isinstance(names[name], type) else [names[name]])


@cache
def solved() -> Judgement:
    """The judgement of the client of the solutions."""
    source, listed = up_to(len(PARTS))
    names: dict[str, Any] = {}
    exec(source, names)
    return judge_client(eval(listed, names))


def careless() -> Judgement:
    return judged("byo-81", "Trusting")


def _without_state() -> Judgement:
    return judge_client(BAD["no state is compared"][0])


def library() -> Judgement:
    return judged("byo-91", "WithAuthlib")


def _unknown_to_the_server(judgement: Judgement, id: str) -> bool:
    """Whether every check of the app in these logins is one that nobody here can see."""
    events = [event for login in judgement.trace(id) for event in login.trace.events]
    checks = [one for event in events for one in event.checks if one.check.actor == CLIENT]
    return bool(checks) and all(one.unknown for one in checks)


own("One row fails.")(
    lambda: judged("byo-02", "discover").of("discover", "verifier_and_challenge").failed == ("metadata-issuer",)
)
own(
    "In the row `login-csrf` the attacker has had the victim's browser open the redirect of a login of their own, and the "
    "victim is now logged in as the attacker."
)(lambda: careless()["login-csrf"].said == "it logs in as user-mallory")
own(
    "In `code-injection` it is the other way round: the attacker has put a stolen code into a login of their own, and is "
    "logged in as the victim."
)(lambda: careless()["code-injection"].said == "it logs in as user-alice")
own("What the client compares, no message shows, so the player leaves it open.")(
    lambda: _unknown_to_the_server(careless(), "code-injection")
)
own("This client logs in, calls the API and refreshes. It compares nothing.")(
    lambda: (
        {"validate-id-token", "call-api", "refresh"} <= {*careless().held}
        and {"state", "issuer", "audience", "expiry", "algorithm", "login-csrf"} <= {*careless().failed}
    )
)
own("Two ways to be safe look alike in this table and are not.")(
    lambda: solved()["login-csrf"].outcome == _without_state()["login-csrf"].outcome == "holds"
)
own("A client that compares the `state` stops a planted redirect itself.")(
    lambda: solved()["login-csrf"].said.startswith("take_redirect refuses")
)
own(
    "A client that does not sends the planted code, and the server refuses it, since this code and this verifier do not "
    "belong together: then PKCE has stopped it, at a server that does PKCE."
)(lambda: _without_state()["login-csrf"].said.startswith("the client sends the code, and the server answers"))
own("RFC 9700 §2.1 allows a client to rely on that.")(lambda: _without_state().let_pass == ("state",))
own("It makes the verifier, compares the `state` and reads the ID token.")(
    lambda: {"verifier-form", "verifier-fresh", "state", "nonce", "signature", "expiry"} <= {*library().held}
)
own(
    "It does not know your app: which redirect has been used already, which of two servers a login was begun with, whose "
    "data userinfo should be about."
)(lambda: {"replayed-redirect", "mix-up", "userinfo-subject"} <= {*library().failed})
