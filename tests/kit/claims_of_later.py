"""What may be said of what follows a login."""

from flowsim.model.states import Act
from tests.kit.rules import Rule, no_names, rule, rule_of, seconds

RULES: tuple[Rule, ...] = (
    # ---- Later
    rule(r"^(\d+ \w+) pass(?:es)?$", lambda f, m: seconds(m[1]) == f.event.elapsed == f.after.now - f.before.now),
    rule_of(r"Nothing is sent", lambda f: not f.event.messages),
    rule(
        r"The `access_token` lives for (?:LIFE only|a short time only)",
        lambda f, m: m[1] is None or seconds(m[1]) == f.held.expires_in,
    ),
    rule_of(
        r"the app sends the `refresh_token` that came with it",
        lambda f: f.value("refresh_token") == f.held.refresh_token,
    ),
    rule_of(r"asks for less `scope`", lambda f: f.has("scope")),
    rule(r"There is no `code` in this request, no `code_verifier` and no redirect", no_names),
    rule_of(r"looks the `refresh_token` up", lambda f: "refresh_token" in f.judged),
    rule_of(
        r"sends (?:its|the (?:stolen )?)\s?refresh_token|sends a `refresh_token`", lambda f: f.has("refresh_token")
    ),
    rule_of(r"stolen refresh_token", lambda f: f.did(Act.READ_STORAGE)),
    rule_of(r"The server checks the refresh_token", lambda f: "refresh_token" in f.judged),
    rule(
        r"refresh_token (unused|still good)\?",
        lambda f, m: (m[1] == "unused") == (f.scenario.rotation and f.on("refresh.not_used")),
    ),
    rule(
        r"With rotation each token is good for one exchange(?:, and for (\d+ \w+) after it for another one)?",
        lambda f, m: (
            f.scenario.rotation and f.on("refresh.not_used") and (seconds(m[1]) if m[1] else 0) == f.scenario.overlap
        ),
    ),
    rule_of(r"With rotation", lambda f: f.scenario.rotation),
    rule_of(r"Without rotation the same token is good again and again", lambda f: not f.scenario.rotation),
    rule_of(
        r"one that comes a second time is let through", lambda f: f.scenario.rotation and not f.on("refresh.not_used")
    ),
    rule_of(
        r"This one has come before, so the server ends the whole family",
        lambda f: f.decided == "refresh.not_used",
    ),
    rule(
        r"gets a new `access_token` and a new `refresh_token`",
        lambda f, m: f.has("access_token") and f.value("refresh_token") not in ("", f.held.refresh_token),
    ),
    rule_of(
        r"gets a new `access_token`, and keeps the `refresh_token` that it has",
        lambda f: f.has("access_token") and not f.has("refresh_token"),
    ),
    rule(
        r"The one it sent is used up(?: (\d+ \w+) after its first exchange)?",
        lambda f, m: f.scenario.rotation and (seconds(m[1]) if m[1] else 0) == f.scenario.overlap,
    ),
    rule_of(
        r"The ID token speaks of the same user and of the same login as before",
        lambda f: f.passed("refreshed.subject") and f.passed("refreshed.login"),
    ),
    rule_of(
        r"It forgets the `refresh_token`",
        lambda f: (
            f.held.refresh_token is not None and f.after.clients[f.run.client].tokens[f.run.who].refresh_token is None
        ),
    ),
    rule_of(r"whoever has the `refresh_token` may use it", lambda f: f.has("access_token")),
    rule_of(r"does not speak of the same user", lambda f: f.decided in ("refreshed.subject", "refreshed.login")),
    rule_of(r"refuses the refresh_token", lambda f: f.has("error")),
    rule_of(r"nobody needs the `refresh_token` any more|revoke its refresh_token", lambda f: f.has("token")),
    rule_of(
        r"The server answers 200",
        lambda f: any("200" in str(getattr(s.message, "status", "")) for s in f.event.messages),
    ),
    rule_of(r"It never knew this one", lambda f: f.judged["token"] not in f.server.refresh_tokens),
    rule_of(
        r"revokes every `refresh_token` of this user",
        lambda f: all(r.revoked for r in f.server_after.refresh_tokens.values()),
    ),
    rule_of(r"Whoever holds one gets no new tokens for it", lambda f: f.on("refresh.not_revoked")),
    rule_of(r"An `access_token` that was issued before", lambda f: f.event.act is Act.CHANGE_PASSWORD),
    rule_of(
        r"signs with another key, under another `kid`",
        lambda f: f.server_after.keys[0] != f.server.keys[0],
    ),
    rule_of(
        r"a token with a `kid` they do not know asks the server for its keys, once|old key stays in the list|signing key",
        lambda f: f.event.act is Act.ROTATE_KEYS,
    ),
    rule_of(r"changes the password|new password", lambda f: f.event.act is Act.CHANGE_PASSWORD),
    rule_of(
        r"[Aa]n API that checks tokens by itself hears nothing of (?:it|this)",
        lambda f: f.after.apis == f.before.apis,
    ),
    rule_of(r"login sessions", lambda f: f.event.act is Act.WAIT),
)
