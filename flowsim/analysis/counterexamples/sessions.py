"""The cases of what can be wrong with a logout: the request, the user's answer, and what comes back to the app."""

from typing import Any

from frozendict import frozendict

from flowsim.analysis.counterexamples.case import Counterexample, move
from flowsim.analysis.counterexamples.edits import (
    Change,
    Edit,
    flying,
    flying_response,
    forged,
    server_of,
    with_flying,
    with_query,
    with_server,
)
from flowsim.analysis.counterexamples.login import other_csrf
from flowsim.analysis.forged_tokens import by_forger
from flowsim.model.states import State
from flowsim.model.world import AskedLogout, World, evolve
from flowsim.protocol.messages import Opening, query_of, see_other, single, with_params, without_query

RUN = "server-logout 1"
# Without an ID token to show the app is not known for certain, and the user is asked.
ASKED: dict[str, Any] = {"scope": "read:messages"}


def asked(**changes: Change) -> Edit:
    """The logout request with other parameters."""

    def edit(world: World) -> World:
        message = flying(world, RUN)
        assert isinstance(message, Opening), "a native app opens the browser itself"
        return with_flying(world, with_query(message, **changes), RUN)

    return edit


def hint_of_a_forger(world: World) -> World:
    message = flying(world, RUN)
    assert isinstance(message, Opening)
    hint = single(query_of(message.url), "id_token_hint") or ""
    return asked(id_token_hint=forged(hint, sign=by_forger), post_logout_redirect_uri=None)(world)


def another_state(world: World) -> World:
    message = flying_response(world, RUN)
    return with_flying(world, see_other(with_params(without_query(message.location), {"state": "other"})), RUN)


def somebody_else(world: World) -> World:
    """By now another user is logged in at the server than the one whom the app's ID token names."""
    known = {name: evolve(one, sub="user-mallory") for name, one in server_of(world).known_users.items()}
    return with_server(world, known_users=frozendict(known))


def no_question(world: World) -> World:
    return with_server(world, logouts=frozendict[str, AskedLogout]())


def logout(check: str, state: State, edit: Edit, **settings: Any) -> Counterexample:
    return Counterexample(
        check, move(state, edit, RUN, **{"later": "server-logout", "remembered": "from-now", **settings})
    )


CASES: list[Counterexample] = [
    logout("logout.hint_issued_here", State.LOGOUT_PREPARED, hint_of_a_forger, remembered="nothing"),
    logout("logout.hint_of_client", State.LOGOUT_PREPARED, asked(client_id="photo-page")),
    logout(
        "logout.redirect_registered", State.LOGOUT_PREPARED, asked(post_logout_redirect_uri="https://evil.example/")
    ),
    logout("logout.user_named", State.LOGOUT_PREPARED, lambda world: world, **ASKED),
    logout("logout_form.question_asked", State.LOGOUT_QUESTION, no_question, **ASKED),
    logout("logout_form.answer_genuine", State.LOGOUT_QUESTION, other_csrf, **ASKED),
    logout("signed_out.state_same", State.LOGOUT_DONE, another_state),
]
