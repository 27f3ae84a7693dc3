"""What may be said of sessions: of another login, and of a logout."""

from flowsim.model.states import Act, Outcome, State
from flowsim.model.world import OTHER_APP
from flowsim.protocol.messages import leads_to
from tests.kit.facts import Facts
from tests.kit.rules import Rule, rule, rule_of

COOKIE = "__Host-user"


def _value(facts: Facts) -> str:
    jar = facts.before.browsers[facts.run.owner].cookies.get(facts.run.server)
    return jar.get(COOKIE, "") if jar else ""


def session_before(facts: Facts) -> bool:
    """The server would know the user's browser before the event."""
    return _value(facts) in facts.server.known_users


def session_now(facts: Facts) -> bool:
    """It would know it by the same cookie after it."""
    return _value(facts) in facts.server_after.known_users


def shows_a_hint(facts: Facts) -> bool:
    return facts.in_flight is not None and "id_token_hint=ey" in leads_to(facts.in_flight)


def _tokens(facts: Facts, after: bool = False) -> int:
    return len((facts.after if after else facts.before).clients[facts.run.client].tokens)


def _came_before(facts: Facts) -> bool:
    """True for a login of the plan, where the same user has begun another one at the same app."""
    began = {event.run for event in facts.before.log if event.act is Act.STEP_1}
    others = [facts.before.runs[name] for name in began]
    same = [one for one in others if one.owner == facts.run.owner and one.client == facts.run.client]
    return facts.event.run.startswith("login ") and bool(same)


RULES: tuple[Rule, ...] = (
    rule_of(
        r"in another app",
        lambda f: f.event.run.startswith(OTHER_APP) and f.run.client != f.before.runs["victim"].client,
    ),
    rule_of(r"clicks “Log in” again", _came_before),
    rule(
        r"This app is called ([\w ]+), and it (has a session of its own|has no session) with the user",
        lambda f, m: (
            f.before.clients[f.run.client].profile.app_name == m[1] and (m[2] == "has no session") == (not _tokens(f))
        ),
    ),
    rule_of(
        r"The app has a session with the user, and begins another login",
        lambda f: f.run.who in f.before.clients[f.run.client].tokens,
    ),
    rule_of(r"The app has no session with the user", lambda f: f.run.who not in f.before.clients[f.run.client].tokens),
    rule_of(r"The server has a session with this browser", session_before),
    rule_of(r"The server has no session with this browser", lambda f: not session_before(f)),
    rule_of(r"The server has no session to end|nothing to end", lambda f: not session_before(f)),
    rule_of(r"throws away the tokens that it holds for this browser", lambda f: _tokens(f, True) < _tokens(f)),
    rule_of(
        r"The browser gets another session cookie, with nobody behind it",
        lambda f: f.run.who not in f.after.clients[f.run.client].tokens and f.run.who != f.before.runs["victim"].who,
    ),
    rule_of(
        r"Nobody else is told",
        lambda f: all(s.receiver in ("browser", "client") for s in f.event.messages) and f.in_flight is None,
    ),
    rule_of(
        r"The session of the server goes on: it knows this browser by a cookie of its own",
        lambda f: session_before(f) and session_now(f),
    ),
    rule_of(
        r"to the server, to log out there as well|logs out at the app and at the server|of app and server",
        lambda f: f.in_flight is not None and f.event.after is State.LOGOUT_PREPARED,
    ),
    rule_of(r"shows its ID token there, as `id_token_hint`", shows_a_hint),
    rule_of(r"It has no ID token to show there", lambda f: not shows_a_hint(f)),
    rule_of(
        r"An ID token of its own names the user who is logged in, so the server asks nothing",
        lambda f: f.passed("logout.user_named"),
    ),
    rule_of(
        r"It ends its session with this browser|[Tt]he server ends its session|session ended",
        lambda f: session_before(f) and not session_now(f),
    ),
    rule_of(
        r"It will send the browser back to the address that the app has registered",
        lambda f: (
            f.in_flight is not None
            and leads_to(f.in_flight).partition("?")[0]
            in f.server.clients[f.before.clients[f.run.client].profile.client_id].signed_out_uris
        ),
    ),
    rule_of(
        r"It shows a page of its own that says so", lambda f: "You are logged out" in f.html and f.in_flight is None
    ),
    rule_of(r"No ID token names the user who is logged in", lambda f: f.decided == "logout.user_named"),
    rule_of(r"its form carries a secret against forged forms", lambda f: 'name="csrf"' in f.html),
    rule_of(
        r"asks (?:the user )?whether to log out|log out\?",
        lambda f: f.event.outcome is Outcome.ASKED and session_now(f),
    ),
    rule_of(
        r"The user says yes(?! at the proxy)|wants to log out|yes, log out", lambda f: f.value("decision") == "logout"
    ),
    rule_of(
        r"The server's session goes on, and the browser is sent nowhere",
        lambda f: f.in_flight is None and session_now(f) == session_before(f),
    ),
    rule_of(
        r"refuses the logout request",
        lambda f: "400" in str([getattr(s.message, "status", "") for s in f.event.messages]) or f.has("decision"),
    ),
    rule_of(r"nobody is logged in there", lambda f: f.run.who not in f.after.clients[f.run.client].tokens),
    rule_of(r"The `state` is the one that the app has sent", lambda f: f.passed("signed_out.state_same")),
    rule_of(
        r"No token was called back by this: whoever kept one can use it until it expires",
        lambda f: f.server_after.access_tokens == f.server.access_tokens,
    ),
    rule_of(r"begun no logout with this `state`", lambda f: f.decided == "signed_out.state_same"),
)
