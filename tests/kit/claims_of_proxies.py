"""What may be said of an authorization server that is a proxy, of the server behind it, and of the way between them."""

from flowsim.actors.authorization_server.authorization_endpoint import SENT_ON_COOKIE
from flowsim.model.states import Act, State
from flowsim.model.steps import ATTACKER, BROWSER, SERVER, UPSTREAM
from flowsim.model.world import PROXY_CLIENT, UPSTREAM_ISSUER, Upstream, World
from flowsim.protocol.messages import Opening, Request, Response, leads_to, query_of
from tests.kit.facts import Facts
from tests.kit.rules import Rule, rule, rule_of


def _sent(facts: Facts, sender: str, receiver: str) -> list[Request | Response | Opening]:
    return [one.message for one in facts.event.messages if (one.sender, one.receiver) == (sender, receiver)]


def _last_page(facts: Facts) -> str:
    """The page that the user has before them: the last one of this event, or of the one before."""
    pages = [one.body for one in _sent(facts, SERVER, BROWSER) if isinstance(one, Response) and one.body]
    return pages[-1] if pages else facts.before.browsers[facts.run.at].page


def _state(facts: Facts) -> str:
    """The state with which the browser came to the callback of the proxy."""
    (came,) = [one for one in _sent(facts, BROWSER, SERVER) if isinstance(one, Request) and one.path == "/callback"]
    return dict(came.query).get("state", "")


def _cookie(facts: Facts) -> str:
    (came,) = [one for one in _sent(facts, BROWSER, SERVER) if isinstance(one, Request) and one.path == "/callback"]
    return came.cookies.get(SENT_ON_COOKIE, "")


def _proxy(world: World, facts: Facts) -> Upstream:
    known = world.servers[facts.run.server].upstream
    assert known is not None
    return known


def _app(facts: Facts) -> str:
    """What the app of the request is called at the proxy."""
    return facts.server.clients[facts.asked(facts.event.run)["client_id"]].name


def _onward(facts: Facts) -> dict[str, str]:
    """The parameters of the address of the server behind that is in flight, or was given to somebody."""
    address = leads_to(facts.in_flight) if facts.in_flight is not None else leads_to(facts.event.messages[-1].message)
    assert address.startswith(f"{UPSTREAM_ISSUER}/authorize")
    return dict(query_of(address))


def _is_away(facts: Facts) -> bool:
    return _state(facts) in _proxy(facts.before, facts).sent_on


def _has_agreed(facts: Facts) -> bool:
    """A login of the same app has been allowed at the proxy before, or the world began so."""
    jar = facts.before.browsers[facts.run.at].cookies[facts.run.server]
    return facts.asked(facts.event.run)["client_id"] in facts.server.known_users[jar["__Host-user"]].agreed_to


def _asks_as(facts: Facts) -> str:
    first = _sent(facts, BROWSER, UPSTREAM)[0]
    assert isinstance(first, Request)
    return dict(first.query)["client_id"]


def _new_code_is_for(facts: Facts) -> str:
    (code,) = set(facts.server_after.grants) - set(facts.server.grants)
    return facts.server.clients[facts.server_after.grants[code].request.client_id].name


RULES: tuple[Rule, ...] = (
    # ---- At the proxy
    rule_of(
        r"The proxy shows its own consent page|^the proxy's consent page$",
        lambda f: 'action="/consent"' in _last_page(f) and "you log in at" in _last_page(f),
    ),
    rule(
        r"asks about `([^`]+)`, by name, and says where the answer goes",
        lambda f, m: f"Allow {m[1]}?" in _last_page(f) and f.asked(f.event.run)["redirect_uri"] in _last_page(f),
    ),
    rule_of(r"Nobody has logged in yet", lambda f: UPSTREAM_ISSUER in _last_page(f)),
    rule_of(r"^The user says yes at the proxy$|^consent at the proxy$", lambda f: f.value("decision") == "allow"),
    rule(
        r"allows `([^`]+)` at the proxy's own page",
        lambda f, m: f.value("decision") == "allow" and m[1] == _app(f),
    ),
    rule(
        r"Only now the proxy makes a `state`, and sets the cookie (\S+) with it",
        lambda f, m: (
            m[1] == SENT_ON_COOKIE
            and f"{SENT_ON_COOKIE}={_onward(f)['state']};" in (f.in_flight.header("set-cookie") or "")  # type: ignore[union-attr]
            and _onward(f)["state"] not in _proxy(f.before, f).sent_on
            and _onward(f)["state"] in _proxy(f.after, f).sent_on
        ),
    ),
    rule_of(r"Next comes the server behind", lambda f: f.event.after is State.SENT_ON),
    rule_of(
        r"The proxy asks nothing, and sends the browser on|^no page, sent on$",
        lambda f: f.event.after is State.SENT_ON and not f.has("decision"),
    ),
    rule(r"the user has agreed to `([^`]+)` before", lambda f, m: m[1] == _app(f) and _has_agreed(f)),
    rule(
        r"asks nobody whether `([^`]+)` may have what it wants",
        lambda f, m: m[1] == _app(f) and not f.scenario.proxy_asks,
    ),
    # ---- At the server behind
    rule(r"^asks as (\S+)$", lambda f, m: _asks_as(f) == m[1]),
    rule(r"The `client_id` in the request is `([^`]+)`", lambda f, m: _asks_as(f) == m[1]),
    rule_of(r"the proxy's own, for every app", lambda f: _asks_as(f) == _proxy(f.before, f).client_id == PROXY_CLIENT),
    rule_of(r"attacker's link has brought the browser here", lambda f: f.did(Act.OPEN_UPSTREAM, f.event.run)),
    rule_of(
        r"takes the proxy's request to the server behind",
        lambda f: f.event.before is State.SENT_ON and isinstance(f.flown, Response),
    ),
    rule(
        r"server behind shows its (consent|login) page",
        lambda f, m: f.page == f"/{m[1]}" and f.event.after is State.UPSTREAM_SHOWN,
    ),
    rule_of(
        r"a cookie of an earlier visit, and the user has agreed to the proxy before",
        lambda f: any(
            PROXY_CLIENT in user.agreed_to and cookie in f.before.browsers[f.run.at].cookies[UPSTREAM_ISSUER].values()
            for cookie, user in f.before.servers[UPSTREAM_ISSUER].known_users.items()
        ),
    ),
    rule(
        r"Only the server behind sees the `(\w+)`: neither the proxy nor the app does",
        lambda f, m: f.sent_to(UPSTREAM, m[1]) and not f.sent_to(SERVER, m[1]) and not f.sent_to("client", m[1]),
    ),
    rule_of(r"allows the proxy what it asks for", lambda f: f.value("decision") == "allow"),
    rule_of(
        r"says no to what the proxy asks for|says no at the server behind", lambda f: f.value("decision") == "deny"
    ),
    rule_of(r"consents at the server behind", lambda f: f.value("decision") == "allow" and not f.has("password")),
    # ---- Back at the proxy
    rule_of(r"The `state` names a login that the proxy has sent on", _is_away),
    rule_of(r"the cookie in this browser names the same one", lambda f: _cookie(f) == _state(f)),
    rule_of(
        r"The `state` is right, and belongs to a login of another browser",
        lambda f: _is_away(f) and _cookie(f) != _state(f),
    ),
    rule(r"issues a `code` of its own, for `([^`]+)`", lambda f, m: _new_code_is_for(f) == m[1]),
    rule_of(r"server behind has sent no code", lambda f: "code" not in dict(query_of(leads_to(f.flown)))),  # type: ignore[arg-type]
    # ---- What an attacker does there
    rule_of(
        r"answers with the address of the server behind, and with a `state` in it",
        lambda f: _onward(f)["state"] in _proxy(f.after, f).sent_on and f.event.messages[-1].receiver == ATTACKER,
    ),
    rule_of(
        r"that of the server behind, with the `state` of the attacker's own request",
        lambda f: _onward(f)["state"] in _proxy(f.after, f).sent_on and f.did(Act.CONSENT_ALONE),
    ),
)
