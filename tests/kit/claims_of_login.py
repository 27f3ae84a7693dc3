"""What may be said of the steps up to the redirect, and of every event."""

import re

from flowsim.model.states import Act, Outcome, State
from flowsim.model.steps import ATTACKER, BROWSER, CLIENT, SERVER
from flowsim.model.world import SECOND_SERVER, Made
from flowsim.protocol import pkce
from flowsim.protocol.messages import Request, Response
from tests.kit.facts import Facts, pairs_of
from tests.kit.rules import Rule, all_names, made_names, no_names, rule, rule_of, seconds


def _off(facts: Facts, match: re.Match[str]) -> bool:
    said = set(re.findall("“(.*?)”", match[0]))
    return said == {one.check.title for one in facts.event.checks if one.passed is False and not one.on}


def _sole_receiver(facts: Facts, name: str) -> bool:
    """Only the server has got this in this event, and the form it stands in will not be sent on."""
    to_others = any(
        name in dict(pairs_of(sent.message)) for sent in facts.event.messages if sent.receiver not in (SERVER, BROWSER)
    )
    last = [one.message for one in facts.event.messages if isinstance(one.message, Request)][-1]
    flying = facts.in_flight
    sent_on = isinstance(flying, Response) and flying.status == 307 and name in dict(last.form)
    return facts.sent_to(SERVER, name) and not to_others and not sent_on and not facts.scenario.web_view


def _in_a_cookie(facts: Facts) -> bool:
    """The answer in flight sets a cookie that holds the verifier of this event, and the app has kept none."""
    answer, verifier = facts.in_flight, facts.made("code_verifier")
    said = answer.header("set-cookie") or "" if isinstance(answer, Response) else ""
    kept = [one for app in facts.after.clients.values() for one in app.transactions.values()]
    return f"code_verifier={verifier}&" in said and not any(one.code_verifier == verifier for one in kept)


def _made(facts: Facts) -> list[Made]:
    return [one for event in facts.log for one in event.made]


def _shown(facts: Facts, name: str) -> bool:
    """What a label names is in the message; a guess is a verifier that no app has made."""
    if name == "the challenge":
        return any(one.kind == "code_challenge" and one.value == facts.value("code_verifier") for one in _made(facts))
    if name in ("a guess", "own verifier"):
        verifier = facts.value("code_verifier")
        return bool(verifier) and not any(one.value == verifier for one in _made(facts))
    return facts.has(name) or {
        "access_token": facts.header("authorization").startswith(("Bearer ", "DPoP ")),
        "client_secret": facts.secret,
    }.get(name, False)


FORM_NAME = {"password": "password", "one-time code": "one_time_code"}

RULES: tuple[Rule, ...] = (
    # ---- What stopped it, and what would have
    rule(
        r"Here it stops: “(.*?)” does not hold\.",
        lambda f, m: next(one.check.title for one in f.event.checks if one.decides) == m[1],
    ),
    rule(r"It does not hold that “[^”]*”, but that check is off\.", _off),
    rule(r"These do not hold, but their checks are off: (?:“[^”]*”(?:, | and |))+\.", _off),
    # ---- Labels: what is in the message, what was made
    rule(r"^make [\w, ]+$", lambda f, m: all(f.made(name) for name in m[0].removeprefix("make ").split(", "))),
    rule(
        r"^(?:GET /|POST /|open \S+:)\S* ?(.*)$", lambda f, m: all(_shown(f, name) for name in m[1].split(", ") if name)
    ),
    rule(
        r"^(\d\d\d) (?!to the|form for )(\S+:\S* )?(.*)$",
        lambda f, m: (
            any(getattr(sent.message, "status", 0) == int(m[1]) for sent in f.event.messages)
            and all(f.has(name) or name == "data" or name in str(f.event.messages) for name in m[3].split(", ") if name)
        ),
    ),
    rule_of(r"^an error page$|shows an error page$", lambda f: f.event.after is State.ERROR_PAGE),
    # ---- Step 1
    rule_of(
        r"No secret of this login exists yet", lambda f: not any(f.made(k) for k in ("code_verifier", "state", "nonce"))
    ),
    rule_of(
        r"offers two of them, and the user chooses the one that is the attacker's", lambda f: f.scenario.second_server
    ),
    # ---- Steps D1 and D2
    rule(
        r"asks (the attacker's|the) server for its metadata",
        lambda f, m: (
            f.page.startswith("/.well-known/") and (m[1] == "the attacker's") == (f.event.receiver == ATTACKER)
        ),
    ),
    rule_of(
        r"Of this server the app knows only the `issuer`",
        lambda f: set(f.known_of_asked) == {"issuer"} and not f.before.clients[f.run.client].tokens,
    ),
    rule(
        r"(OpenID Connect appends|RFC 8414 puts) `(/\.well-known/[a-z-]+)`",
        lambda f, m: f.page == m[2] and (m[1][0] == "O") == (f.scenario.discovery == "openid"),
    ),
    rule(
        r"(The attacker's|The) server answers with its metadata",
        lambda f, m: f.has("token_endpoint") and (m[1] == "The attacker's") == (f.event.sender == ATTACKER),
    ),
    rule_of(
        r"where the server's endpoints and keys are, and what the server can do",
        lambda f: all(f.has(name) for name in ("token_endpoint", "jwks_uri", "grant_types_supported")),
    ),
    rule_of(r"Its `issuer` is the one that the app has asked", lambda f: f.passed("discovery.issuer_same")),
    rule_of(
        r"keeps it, and does not ask this server again",
        lambda f: f.known_of_asked_after.get("token_endpoint") == f.value("token_endpoint"),
    ),
    rule_of(
        r"believes nothing in this document|metadata refused",
        lambda f: f.event.after in (State.METADATA_REFUSED, State.RESOURCE_REFUSED),
    ),
    rule_of(
        r"knows no endpoint of this server|does not know where the server's endpoints are",
        lambda f: "token_endpoint" not in f.known_of_asked_after,
    ),
    rule_of(
        r"endpoints of the attacker's server, and the honest server's name as `issuer`|names the honest one as its issuer",
        lambda f: (
            f.event.act is Act.ANSWER_METADATA
            and f.flying_document["issuer"] == f.run.server
            and f.flying_document["token_endpoint"].startswith(SECOND_SERVER)
        ),
    ),
    rule_of(
        r"With that name an `iss` of the honest server would fit",
        lambda f: f.flying_document["issuer"] == f.run.server == f.after.servers[f.run.server].issuer,
    ),
    # ---- Step 2
    rule_of(r"32 random octets", lambda f: bool(f.made("code_verifier")) and f.scenario.verifier == "random"),
    rule_of(
        r"the time of day with zeros before it: that is its `code_verifier`",
        lambda f: f.made("code_verifier") == str(f.event.now).zfill(43),
    ),
    rule_of(r"writes them as text: the `code_verifier`", lambda f: bool(f.made("code_verifier"))),
    rule_of(r"The verifier goes into a cookie that the app signs: the browser keeps it, and can read it", _in_a_cookie),
    rule_of(
        r"(?:Its|the verifier's) SHA-256 hash is the `code_challenge`|makes the code_verifier and its hash",
        lambda f: f.made("code_challenge") == pkce.challenge_for(f.made("code_verifier"), "S256"),
    ),
    rule_of(r"makes the code_verifier$", lambda f: bool(f.made("code_verifier"))),
    rule_of(
        r"Under `plain` the `code_challenge` is the verifier itself",
        lambda f: bool(f.made("code_verifier")) and f.made("code_verifier") == f.made("code_challenge"),
    ),
    rule_of(
        r"keeps the verifier to itself",
        lambda f: not any(f.made("code_verifier") in value for _, value in f.pairs) and f.scenario.pkce == "S256",
    ),
    rule(
        r"draws (?:a `\w+`(?: and )?)+",
        made_names,
    ),
    rule(
        r"so that it can recognise the answers? to this one login",
        lambda f, m: (
            all(
                f.on({"state": "callback.state_same", "nonce": "id_token.nonce"}[name])
                for name in ("state", "nonce")
                if f.made(name)
            )
            and (m[0].count("answers") == (bool(f.made("state")) and bool(f.made("nonce"))))
        ),
    ),
    rule(
        r"will not look at the (?:`\w+`(?: or )?)+ that comes back",
        lambda f, m: all(
            not f.on({"state": "callback.state_same", "nonce": "id_token.nonce"}[name]) for name in all_names(m[0])
        ),
    ),
    rule_of(
        r"makes no `code_verifier`(?:: this is the flow without PKCE)?",
        lambda f: not f.made("code_verifier") and not f.has("code_challenge"),
    ),
    rule(r"draws no `\w+`(?: and no `\w+`)?", no_names),
    rule(
        r"makes a key as well, to which (the `code` and )?the tokens shall be bound",
        lambda f, m: bool(f.made("dpop_key")) and (f.scenario.dpop == "code") == bool(m[1]),
    ),
    rule(
        r"has a key from an earlier login, to which (the `code` and )?the tokens shall be bound",
        lambda f, m: (
            not f.made("dpop_key")
            and (f.scenario.dpop == "code") == bool(m[1])
            and any(one.kind == "dpop_key" for event in f.log if event.act is Act.STEP_2 for one in event.made)
        ),
    ),
    rule_of(r"will use that key for its later logins, too", lambda f: not f.scenario.dpop_key_per_login),
    rule(
        r"sends the whole request (straight|from the browser that it runs in) to the attacker's server, and gets a"
        r" `request_uri` for it",
        lambda f, m: (
            (m[1] != "straight") == f.scenario.profile.in_browser
            and "/oauth/par" in f.pages
            and f.has("request_uri")
            and f.sent_to(ATTACKER, "response_type")
        ),
    ),
    rule_of(
        r"The secret that another server had given the app goes with it",
        lambda f: f.secret and f.sent_to(ATTACKER, "response_type"),
    ),
    rule_of(
        r"sends the whole request straight to the server, and gets a `request_uri` for it",
        lambda f: "/oauth/par" in f.pages and f.has("request_uri"),
    ),
    rule_of(
        r"With it goes a `client_assertion`, signed with the app's key",
        lambda f: bool(f.made("client_assertion")) and f.value("client_assertion") == f.made("client_assertion"),
    ),
    rule_of(
        r"sent its request straight to the server, and the server has refused it",
        lambda f: "/oauth/par" in f.pages and not f.has("request_uri"),
    ),
    rule_of(r"It sends the request straight to the server", lambda f: "/oauth/par" in f.pages),
    rule_of(
        r"It sends the browser to a link of its own that names the session",
        lambda f: f.pages[-1:] == ["/begin"] and f.has("session"),
    ),
    rule(r"makes a new [^.]* for this login", made_names),
    rule_of(r"makes nothing new", lambda f: not any(f.made(k) for k in ("code_verifier", "state", "nonce"))),
    rule(
        r"that the user has logged in (?:for this request|no longer ago than (\d+ \w+)) \(`max_age`\)",
        lambda f, m: f.transaction.max_age == (seconds(m[1]) if m[1] else 0),
    ),
    rule(
        r"that the login was with a (password|one-time code) \(`acr_values`\)",
        lambda f, m: f.transaction.acr_values == (f"https://as.example/acr/{m[1].replace(' ', '-')}",),
    ),
    rule_of(
        r"The API has said what it demands of the login, and the token that the app holds is of another",
        lambda f: f.challenged and f.run.who in f.before.clients[f.run.client].tokens,
    ),
    rule_of(
        r"will ask the server for what the API demands|asks the user to log in once more|^log in once more$",
        lambda f: f.challenged,
    ),
    # ---- Step 3
    rule_of(
        r"opens the authorization server's page in the browser",
        lambda f: not f.scenario.web_view and not f.changed_on_its_way,
    ),
    rule_of(r"page in a window of its own", lambda f: f.scenario.web_view),
    rule_of(r"The app's own server sends the browser on", lambda f: f.scenario.profile.kind == "website"),
    rule_of(r"The page has the browser go", lambda f: f.scenario.profile.kind == "page"),
    rule_of(r"The attacker's server has sent the browser on to this one", lambda f: f.did(Act.MISDIRECT, f.event.run)),
    rule_of(
        r"somebody has changed it on its way",
        lambda f: f.changed_on_its_way,
    ),
    rule_of(
        r"carries who is asking, where to send the answer, and the `code_challenge`",
        lambda f: f.has("client_id") and f.has("redirect_uri") and f.has("code_challenge"),
    ),
    rule_of(r"says who is asking and where to send the answer", lambda f: f.has("client_id") and f.has("redirect_uri")),
    rule_of(
        r"Under `plain` that is the `code_verifier` itself, so whoever reads the address has it",
        lambda f: f.value("code_challenge_method") == "plain",
    ),
    rule(r"There is no `code_challenge` in it", no_names),
    rule_of(
        r"names the app and, by its `request_uri`, the request that was pushed: nothing else is in it",
        lambda f: {name for name, _ in f.pairs} == {"client_id", "request_uri"},
    ),
    rule_of(r"(?:stores|and stores) the challenge", lambda f: f.stored_now()),
    rule_of(r"checks[^.]* the app's name", lambda f: f.passed("authorize.client_known")),
    rule_of(
        r"checks[^.]*(?:and|checks) the redirect address",
        lambda f: f.passed("authorize.redirect_uri_registered") and f.scenario.redirect_match == "exact",
    ),
    rule_of(
        r"checks[^.]* how the redirect address begins",
        lambda f: f.passed("authorize.redirect_uri_registered") and f.scenario.redirect_match == "prefix",
    ),
    rule_of(
        r"checks[^.]* the origin of the redirect address",
        lambda f: f.passed("authorize.redirect_uri_registered") and f.scenario.redirect_match == "origin",
    ),
    rule_of(
        r"The server checks[^.]*(?: first|before anything else)",
        lambda f: f.event.checks[0].check.id in ("authorize.client_known", "authorize.redirect_uri_registered"),
    ),
    rule_of(
        r"As long as the app's name or the redirect address is in doubt",
        lambda f: f.decided in ("authorize.client_known", "authorize.redirect_uri_registered"),
    ),
    rule_of(
        r"takes only requests that were pushed to it beforehand",
        lambda f: f.scenario.par == "required" and not f.has("request_uri"),
    ),
    rule_of(
        r"sees an error page, and the app hears nothing",
        lambda f: (
            f.event.after is State.ERROR_PAGE
            and not any(sent.receiver == CLIENT for sent in f.event.messages)
            and f.in_flight is None
        ),
    ),
    rule_of(
        r"The app and its address are known, so the error may travel back",
        lambda f: f.passed("authorize.client_known") and f.passed("authorize.redirect_uri_registered"),
    ),
    # ---- Step 4
    rule_of(r"(?:its|the) login page", lambda f: f.page == "/login" and 'name="username"' in f.html),
    rule_of(r"It is a login page", lambda f: f.page == "/login" and 'name="username"' in f.html),
    rule_of(
        r"It knows the user by a cookie, but that login is not what the app asks for",
        lambda f: (
            any(f"__Host-user={one}" in f.header("cookie") for one in f.server.known_users)
            and 'name="username"' in f.html
        ),
    ),
    rule_of(r"^login page$", lambda f: f.page == "/login"),
    rule_of(r"its consent page|^consent page$", lambda f: f.page == "/consent" and 'name="decision"' in f.html),
    rule_of(
        r"The server knows the user by the cookie of an earlier visit\.?$|knows the user by its cookie",
        lambda f: "__Host-user=" in f.header("cookie") and bool(f.server.known_users),
    ),
    rule_of(
        r"So it asks for consent, and for no password|so it asks only for consent",
        lambda f: 'name="decision"' in f.html and 'name="password"' not in f.html,
    ),
    rule_of(
        r"The app shows it in a window of its own, so it can read what is typed there", lambda f: f.scenario.web_view
    ),
    rule_of(
        r"The app cannot read what the user types there|The app cannot read it, so the app never sees the password",
        lambda f: not f.scenario.web_view,
    ),
    rule_of(r"forbids other sites to frame it", lambda f: "frame-ancestors 'none'" in f.page_headers),
    rule_of(
        r"lets other sites frame it",
        lambda f: "frame-ancestors" not in f.page_headers and "X-Frame-Options" not in f.page_headers,
    ),
    rule_of(
        r"its form carries a secret against forged forms",
        lambda f: 'name="csrf"' in f.html,
    ),
    rule_of(
        r"The browser shows a cookie of an earlier visit",
        lambda f: "__Host-user=" in f.header("cookie"),
    ),
    rule_of(
        r"this user has agreed to this app before",
        lambda f: any(f.asked(f.event.run)["client_id"] in one.agreed_to for one in f.server.known_users.values()),
    ),
    rule_of(r"[Tt]his server asks for no consent", lambda f: not f.scenario.asks_consent),
    rule_of(
        r"issues a `code`",
        lambda f: isinstance(f.in_flight, Response) and "code" in dict(pairs_of(f.in_flight)),
    ),
    rule_of(
        r"takes both for granted",
        lambda f: f.event.outcome is Outcome.SILENT and f.scenario.remembered in ("consent", "from-now"),
    ),
    rule_of(r"known user, no page|asks nothing$", lambda f: f.event.outcome is Outcome.SILENT),
    rule_of(
        r"says who may show it in a frame, and this site may not|leaves the frame empty",
        lambda f: "frame-ancestors 'none'" in f.page_headers and f.decided == "frame.allowed",
    ),
    rule_of(
        r"the server's page, in a frame|opens in the frame|nobody can see it|The browser gives the click to the page",
        lambda f: f.did(Act.FRAME_REQUEST, f.event.run) or f.did(Act.RENEW_SILENTLY, f.event.run),
    ),
    rule_of(
        r"The page comes from the authorization server",
        lambda f: f.event.messages[-1].sender == SERVER and "<html" in f.html,
    ),
    rule_of(
        r"The page is the genuine one, at the genuine address|It is the genuine page",
        lambda f: f.event.messages[-1].sender == SERVER,
    ),
    rule_of(r"finds no login under way in this browser", lambda f: "No login under way" in f.html),
    # ---- Step 5
    rule_of(r"The user logs in|The victim logs in", lambda f: f.has("username")),
    rule_of(
        r"(?:and |user )consents|consent$|(?:and |victim )agrees|Then the user sees what the app asks for, and says yes"
        r"|The user sees what the app asks for, and says yes|says yes or no",
        lambda f: f.value("decision") == "allow",
    ),
    rule_of(r"(?:user|victim)[^.]* says no|consent denied", lambda f: f.value("decision") == "deny"),
    rule(
        r"proves who they are with a `(password|one_time_code)`",
        lambda f, m: f.has(m[1]),
    ),
    rule_of(
        r", and it is wrong",
        lambda f: [c.passed for c in f.event.checks if c.check.id == "login.credentials_fit"] == [False],
    ),
    rule_of(r"from their authenticator app", lambda f: f.has("one_time_code")),
    rule_of(
        r"The server knows this user already", lambda f: "__Host-user=" in f.header("cookie") and not f.has("username")
    ),
    rule_of(
        r"(?:asks for no consent, and|so the server) issues the `code` at once",
        lambda f: not f.has("decision") and isinstance(f.in_flight, Response) and "code=" in f.in_flight.location,
    ),
    rule(
        r"Only the authorization server sees the `?(password|one_time_code)`?",
        lambda f, m: _sole_receiver(f, m[1]),
    ),
    rule(r"^The `(password|one_time_code)` goes to the authorization server", lambda f, m: f.sent_to(SERVER, m[1])),
    rule(
        r"the app's own window, so the app can read the `(password|one_time_code)`, too",
        lambda f, m: f.scenario.web_view and f.has(m[1]),
    ),
    rule_of(
        r"No code is issued", lambda f: not isinstance(f.in_flight, Response) or "code=" not in f.in_flight.location
    ),
    rule(
        r"The (password|one-time code) is wrong(?: again)?$",
        lambda f, m: f.has(FORM_NAME[m[1]]) and f.decided == "login.credentials_fit",
    ),
    rule(r"^(password|one-time-code)(?:, |$)", lambda f, m: f.has(m[1].replace("-", "_"))),
    rule_of(r", wrong$", lambda f: f.event.outcome is Outcome.WRONG_CREDENTIALS),
    rule_of(
        r"The server shows its page again|The user gives up",
        lambda f: f.event.outcome is Outcome.WRONG_CREDENTIALS,
    ),
    rule_of(
        r"The app learns nothing about it|and learns nothing about it",
        lambda f: not f.scenario.web_view and not any(one.receiver == CLIENT for one in f.event.messages),
    ),
    rule_of(r"which can see it in its own window", lambda f: f.scenario.web_view),
    rule_of(r"Nobody is logged in by it", lambda f: f.event.after is State.ERROR_PAGE),
    rule_of(r"What it types is right", lambda f: f.passed("login.credentials_fit")),
    rule_of(
        r"presses “allow” without seeing it", lambda f: f.did(Act.FRAME_REQUEST) and f.value("decision") == "allow"
    ),
    # ---- Step 6
    rule_of(
        r"a redirect to the app's address with a `code` in it",
        lambda f: f.has("code") and f.run.in_flight is not None and f.run.in_flight.receiver != ATTACKER,
    ),
    rule_of(r"back with a code$", lambda f: f.has("code")),
    rule_of(r"works once", lambda f: f.on("token.code_unused")),
    rule_of(r"works as often as it comes", lambda f: not f.on("token.code_unused")),
    rule(
        r"(?:works once|as often as it comes), for LIFE",
        lambda f, m: f.on("token.code_fresh") and seconds(m[1]) == f.scenario.code_lifetime,
    ),
    rule_of(r"never grows too old", lambda f: not f.on("token.code_fresh")),
    rule_of(r"On that way it can be stolen", lambda f: f.has("code") and f.in_flight is not None),
    rule_of(r"which `code_challenge` it belongs to", lambda f: bool(f.stored)),
    rule_of(r"to which key it is bound", lambda f: bool((f.request_of_code or {}).get("dpop_jkt"))),
    rule_of(
        r"It is a 307, so the browser sends the last form along",
        lambda f: isinstance(f.in_flight, Request) and f.in_flight.method == "POST",
    ),
    rule_of(
        r"The address is the app's open redirector: it sends the browser on to the address that stands in it, and hands on "
        r"the `code`",
        lambda f: (
            f.scenario.open_redirector
            and isinstance(f.in_flight, Request)
            and "code" in dict(f.in_flight.query)
            and f.in_flight.url.startswith(
                next(
                    dict(one.message.query)["to"]
                    for one in f.event.messages
                    if isinstance(one.message, Request) and "to" in dict(one.message.query)
                )
            )
        ),
    ),
    rule_of(r"with an error in it|back with an error$", lambda f: f.has("error")),
    rule_of(r"with the `state` of the request|with the app's own `state`", lambda f: f.has("state")),
    rule_of(r"There is no code\.", lambda f: not f.has("code")),
    rule_of(
        r"goes to the `redirect_uri` of the request, with a `code`",
        lambda f: f.asked(f.event.run)["redirect_uri"] in str(next(iter(f.event.messages)).message) and f.has("code"),
    ),
    rule_of(r"holds a `code` for the attacker's own account", lambda f: f.has("code")),
    rule_of(
        r"The `code` that was about to leave is gone, and the app will get an error",
        lambda f: f.event.outcome is Outcome.DENIED,
    ),
)
