"""The app's session, the server's and another app's are three things; so are the tokens, which no session ends."""

from typing import Any

import pytest

from flowsim.actors.authorization_server import REMEMBER_COOKIE, handle
from flowsim.analysis.counterexamples import sessions
from flowsim.analysis.counterexamples.edits import OFFLINE, played, server_of, with_server, world_in
from flowsim.engine.apply import apply
from flowsim.lessons.alive import alive
from flowsim.model.context import Context
from flowsim.model.scenario import ISSUER, Policy
from flowsim.model.states import Act, Outcome, State
from flowsim.model.transitions import Move
from flowsim.model.world import VICTIM, World
from flowsim.protocol.messages import Request, Response, query_of, request, single
from flowsim.simulation.simulation import Trace
from tests.kit.worlds import CLIENTS

KEPT: dict[str, Any] = {"remembered": "from-now"}


def pages(trace: Trace, run: str) -> list[str]:
    """The pages of the server that the user sees in this run."""
    sent = (
        one.message for event in trace.events if event.run == run for one in event.messages if one.receiver == "browser"
    )
    return [one.body for one in sent if isinstance(one, Response) and one.body and "https://as.example" in one.body]


def in_the_end(trace: Trace, run: str) -> State:
    return trace.worlds[-1].runs[run].state


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("plan", ["", "app-logout "])
def test_a_server_that_knows_the_browser_asks_for_no_password_whatever_the_app_has_ended(
    client: str, plan: str
) -> None:
    trace = played(client=client, later=f"{plan}login", **KEPT)
    assert in_the_end(trace, "login 1") is State.DONE
    assert not any(
        made.kind == "password" for e in trace.events if e.run == "login 1" for made in e.made if e.act is Act.STEP_5
    )
    assert Outcome.SILENT in {event.outcome for event in trace.events if event.run == "login 1"}


@pytest.mark.parametrize("client", CLIENTS)
def test_after_a_logout_at_the_server_the_user_has_to_log_in_again(client: str) -> None:
    trace = played(client=client, later="server-logout login", **KEPT)
    (step,) = (event for event in trace.events if event.run == "login 1" and event.act is Act.STEP_5)
    assert any(single(sent.message.form, "password") for sent in step.messages if isinstance(sent.message, Request))
    back = State.SIGNED_OUT_PAGE if client == "native-loopback" else State.LOGGED_OUT
    assert in_the_end(trace, "server-logout 1") is back


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(("remembered", "typed"), [("from-now", False), ("login", False), ("nothing", True)])
def test_another_app_of_the_server_needs_no_password_where_the_server_keeps_a_session(
    client: str, remembered: str, typed: bool
) -> None:
    trace = played(client=client, later="other-app", remembered=remembered)
    assert in_the_end(trace, "other-app 1") is State.DONE
    posted = [
        s.message for e in trace.events if e.run == "other-app 1" for s in e.messages if isinstance(s.message, Request)
    ]
    assert any(single(one.form, "password") for one in posted) is typed
    asked = next(one for one in posted if one.path == "/authorize")
    assert single(asked.query, "client_id") != trace.scenario.profile.client_id


def test_consent_is_asked_for_each_app_and_the_first_ones_is_not_good_for_the_second() -> None:
    trace = played(later="other-app other-app", **KEPT)
    assert any("/consent" in page for page in pages(trace, "other-app 1"))
    assert not pages(trace, "other-app 2")


@pytest.mark.parametrize("client", CLIENTS)
def test_what_each_logout_ends_and_what_goes_on(client: str) -> None:
    settings = {"client": client, "scope": OFFLINE, **KEPT}
    before = alive(played(**settings, later="other-app"))
    assert all(before.values())
    app = alive(played(**settings, later="other-app app-logout"))
    assert [name for name in app if not app[name]] == ["session of the app"]
    server = alive(played(**settings, later="other-app server-logout"))
    assert [name for name in server if not server[name]] == ["session of the app", "session of the server"]
    revoked = alive(played(**settings, later="other-app logout"))
    assert [name for name in revoked if not revoked[name]] == ["refresh token of the app"]
    late = alive(played(**settings, later="other-app server-logout 2h"))
    assert {name for name in late if late[name]} == {"session of another app", "refresh token of the app"}


def test_who_asks_without_an_id_token_makes_the_server_ask_the_user() -> None:
    world = played(**KEPT).worlds[-1]
    cookie = world.browsers[VICTIM].cookies[ISSUER][REMEMBER_COOKIE]
    server, answer = asked(world, f"{ISSUER}/logout", cookie)
    assert (answer.status, "Do you want to log out" in answer.body) == (200, True)
    assert cookie in server.servers[ISSUER].known_users
    _, unasked = asked(world, f"{ISSUER}/logout", cookie, off=frozenset({"logout.user_named"}))
    assert "You are logged out" in unasked.body


@pytest.mark.parametrize(("decision", "stays"), [("logout", False), ("stay", True), ("", True)])
def test_only_a_yes_ends_the_session(decision: str, stays: bool) -> None:
    world = world_in(State.LOGOUT_QUESTION, sessions.RUN, later="server-logout", scope="read:messages", **KEPT)
    (cookie, question), *_ = server_of(world).logouts.items()
    form = {"csrf": question.csrf, "decision": decision}
    after, answer = asked(world, f"{ISSUER}/logout/answer", cookie, form=form)
    assert (cookie in after.servers[ISSUER].known_users) is stays
    assert ("still logged in" in answer.body) is stays


@pytest.mark.parametrize("address", ["https://evil.example/", "com.example.app:/signed-out/", "com.example.app:/"])
def test_the_browser_is_sent_back_only_to_what_was_registered_letter_by_letter(address: str) -> None:
    world = world_in(State.LOGOUT_PREPARED, sessions.RUN, later="server-logout", **KEPT)
    after = apply(sessions.asked(post_logout_redirect_uri=address)(world), Move(sessions.RUN, Act.STEP_L2))
    assert after.log[-1].outcome is Outcome.ERROR_PAGE
    assert server_of(after).known_users


def test_an_id_token_that_has_expired_still_names_its_user() -> None:
    trace = played(later="2h server-logout", **KEPT)
    assert in_the_end(trace, sessions.RUN) is State.LOGGED_OUT


def test_a_logout_request_may_come_as_a_form_and_where_nobody_is_logged_in() -> None:
    world = played(**KEPT).worlds[-1]
    _, answer = asked(world, f"{ISSUER}/logout", "", form={})
    assert (answer.status, "You are logged out" in answer.body) == (200, True)
    gone = with_server(world, known_users=type(server_of(world).known_users)())
    held = next(iter(world.clients.values())).tokens[VICTIM]
    _, back = asked(
        gone,
        f"{ISSUER}/logout",
        "",
        form={
            "id_token_hint": held.id_token or "",
            "post_logout_redirect_uri": "com.example.app:/signed-out",
            "state": "a b",
        },
    )
    assert (back.status, dict(query_of(back.location))) == (303, {"state": "a b"})


def asked(
    world: World, url: str, cookie: str, form: dict[str, str] | None = None, off: frozenset[str] = frozenset()
) -> tuple[World, Response]:
    """The world after this request of a browser with this cookie, and the answer."""
    headers = {"Cookie": f"{REMEMBER_COOKIE}={cookie}"} if cookie else {}
    sent = request("GET" if form is None else "POST", url, form=form, headers=headers)
    context = Context(7, world.now, Policy(off=off), "test", world.draws)
    server, answer = handle(server_of(world), sent, context)
    return world.__class__(**{**vars(world), "servers": world.servers.set(ISSUER, server)}), answer


def test_a_server_takes_its_own_id_token_back_where_the_audience_is_a_list_of_one() -> None:
    login = Simulation(quirks={"audience-list"}, remembered="from-now", later="server-logout", seed=7)
    assert login.run().worlds[-1].runs["server-logout 1"].state is State.LOGGED_OUT
