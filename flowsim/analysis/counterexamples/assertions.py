"""The cases of what can be wrong with a client assertion, at each endpoint that takes one.

Source: RFC 7523 section 3, OIDC Core section 9.
"""

from collections.abc import Callable
from typing import Any

from flowsim.analysis.counterexamples.case import Counterexample, Judged, asked, move
from flowsim.analysis.counterexamples.edits import OFFLINE, client_of, with_flying, with_form
from flowsim.model.scenario import ISSUER, LAST_SECOND
from flowsim.model.states import State
from flowsim.model.world import VICTIM, World
from flowsim.protocol import client_assertions, dpop, signed_tokens
from flowsim.protocol.messages import Request

OTHER_KEY = bytes(range(32))
WEB: dict[str, Any] = {"client": "web", "client_auth": client_assertions.METHOD}
REFRESH, LOGOUT = "refresh 1", "logout 1"

Changed = Callable[[World, Request], Request]


def made(world: World, *, key: bytes | None = None, head: dict[str, Any] | None = None, **claims: Any) -> str:
    """An assertion of the app for the server, with these things in it changed; None takes a claim away."""
    app = client_of(world)
    own = app.key or b""
    said = {
        "iss": app.profile.client_id,
        "sub": app.profile.client_id,
        "aud": ISSUER,
        "jti": "fresh",
        "iat": world.now,
        "exp": world.now + client_assertions.LIFETIME,
        **claims,
    }
    header = {"alg": client_assertions.ALGORITHM, "typ": "JWT", **(head or {})}
    present = {name: value for name, value in said.items() if value is not None}
    return signed_tokens.compact(header, present, lambda text: dpop.sign(key or own, text))


def shows(**changes: Any) -> Changed:
    """The same request with another assertion: one of the app's own with this in it changed."""
    return lambda world, sent: with_form(sent, client_assertion=made(world, **changes))


def says(**parameters: str | None) -> Changed:
    """The same request with other parameters, and the client named in one of them."""
    return lambda world, sent: with_form(sent, **{"client_id": client_of(world).profile.client_id, **parameters})


def of_another(world: World, sent: Request) -> Request:
    """The request of this client with a statement about another one."""
    return says(client_assertion=made(world, sub="photo-page"))(world, sent)


def in_flight(state: State, run: str, **settings: Any) -> Callable[[Changed], Callable[[frozenset[str]], Judged]]:
    """The next step of this run, once the assertion in its request was changed."""

    def judged(change: Changed) -> Callable[[frozenset[str]], Judged]:
        def edit(world: World) -> World:
            sent = world.runs[run].in_flight
            assert sent is not None
            assert isinstance(sent.message, Request)
            return with_flying(world, change(world, sent.message), run)

        return move(state, edit, run, **WEB, **settings)

    return judged


def pushed(change: Changed) -> Callable[[frozenset[str]], Judged]:
    """The request that the app pushed at step 2, once more, and the assertion in it changed."""

    def again(world: World) -> Request:
        sent = (one.message for event in world.log for one in event.messages)
        first = next(one for one in sent if isinstance(one, Request) and one.path == "/oauth/par")
        return change(world, with_form(first, client_assertion=made(world)))

    return asked(again, State.PREPARED, par="optional", **WEB)


PLACES = (
    ("push", pushed),
    ("code", in_flight(State.CODE_SENT, VICTIM)),
    ("refresh", in_flight(State.REFRESH_SENT, REFRESH, scope=OFFLINE, later="refresh")),
    ("revoke", in_flight(State.REVOCATION_SENT, LOGOUT, scope=OFFLINE, later="logout")),
)
ROWS: tuple[tuple[str, Changed], ...] = (
    ("present", says(client_assertion=None, client_assertion_type=None)),
    ("type", says(client_assertion_type="urn:ietf:params:oauth:client-assertion-type:saml2-bearer")),
    ("readable", says(client_assertion="garbage")),
    ("algorithm", shows(head={"alg": "ES256"})),
    ("signature", shows(key=OTHER_KEY)),
    ("issuer", shows(iss="photo-page")),
    ("subject", of_another),
    ("audience", shows(aud="https://as.attacker.example")),
    ("not_expired", shows(exp=1)),
    ("not_before", shows(nbf=LAST_SECOND)),
    ("not_seen", shows(jti="")),
)
CASES: list[Counterexample] = [
    Counterexample(f"{place}_assertion.{name}", judged(change)) for place, judged in PLACES for name, change in ROWS
]
