"""What may be said in a verdict: the same kind of rule, about a whole run."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from flowsim.model.states import Act, Outcome, Role, State
from flowsim.model.steps import API, ATTACKER, CLIENT
from flowsim.model.world import ATTACKER_INITIATED, ATTACKER_USER, OWN_LOGIN, VICTIM, World
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Request, Response, leads_to
from flowsim.simulation.simulation import Simulation, Trace
from tests.kit.claims_of_accidents import OF_VERDICTS
from tests.kit.world_oracle import look


def _typed(world: World) -> bool:
    """The user has sent the password in a form."""
    forms = [one.message for event in world.log if event.run == VICTIM for one in event.messages]
    return any(isinstance(one, Request) and "password" in dict(one.form) for one in forms)


def _received(trace: Trace, actor: str, name: str) -> bool:
    messages = [one for event in trace.events for one in event.messages if one.receiver == actor]
    return any(isinstance(one.message, Request) and name in dict(one.message.form) for one in messages)


def _received_at_the_server(trace: Trace, name: str) -> set[str]:
    """The values of this parameter in the authorization requests that reached a server, brought by a browser or pushed."""
    sent = (one.message for event in trace.events for one in event.messages if isinstance(one.message, Request))
    pairs = (pair for one in sent for pair in ((*one.query,) if one.path == "/authorize" else one.form))
    return {value for key, value in pairs if key == name}


def _ended_by(trace: Trace, outcome: Outcome) -> bool:
    return any(event.outcome is outcome and not event.by_attacker for event in trace.events)


def _stolen_token(trace: Trace) -> dict[str, object]:
    """The claims of the token with which the attacker has called the API."""
    for event in trace.events:
        for one in event.messages:
            shown = one.message.header("authorization") if isinstance(one.message, Request) else None
            if one.sender == ATTACKER and event.act is Act.STEP_10:
                token = signed_tokens.read((shown or "").partition(" ")[2])
                return dict(token.claims) if token else {}
    return {}


def _refreshed(trace: Trace) -> int:
    runs = trace.worlds[-1].runs.values()
    return sum(run.role is Role.REFRESH and run.owner != ATTACKER and run.state is State.TOKENS_HELD for run in runs)


LIVE = (
    (r"a refresh token of the user's that the server still takes", ("refresh",)),
    (r"an access token of the user's that an API takes", ("api",)),
    (r"Userinfo takes it", ("userinfo",)),
    (r"a code of the user's that it could still redeem|still holds a code that the server would take", ("code",)),
)


def _stepped_up(trace: Trace) -> bool:
    """The API has told the app that it wants another login, and later gave data for the token of one that came after."""
    answers = [
        (event.index, sent.message.status, str(sent.message.headers))
        for event in trace.events
        for sent in event.messages
        if sent.sender == API and sent.receiver == CLIENT and isinstance(sent.message, Response)
    ]
    wanted = {401: "insufficient_user_auth", 403: "insufficient_scope"}
    demanded = [index for index, status, said in answers if status in wanted and wanted[status] in said]
    logins = [event.index for event in trace.events if event.act is Act.STEP_1 and event.index > min(demanded)]
    return any(status == 200 and index > min(logins) for index, status, _ in answers)


def _live(*names: str) -> Callable[[Trace], bool]:
    return lambda trace: look(trace.worlds[-1]).live.issuperset(names)


def _alone(trace: Trace) -> World:
    """The last world of the same story without the attacker."""
    return Simulation(replace(trace.scenario, attacker=None)).run().worlds[-1]


def _messages(trace: Trace, run: str | None = None) -> list[Request]:
    """The requests of this run, or of all."""
    sent = [one.message for event in trace.events if run in (None, event.run) for one in event.messages]
    return [message for message in sent if isinstance(message, Request)]


def _answered(trace: Trace) -> list[str]:
    """What the user has answered in the login that the attacker has had them begin."""
    return [dict(one.form)["decision"] for one in _messages(trace, ATTACKER_INITIATED) if "decision" in dict(one.form)]


def _begins_alike(trace: Trace) -> bool:
    host = trace.scenario.profile.redirect_uri.partition("://")[2].partition("/")[0].partition(":")[0]
    begins = f"{trace.scenario.profile.redirect_uri.partition(':')[0]}{f'://{host}' if host else ''}"
    grants = trace.worlds[-1].servers["https://as.example"].grants.values()
    named = [one.request.redirect_uri for one in grants]
    return any(uri.startswith(begins) and uri != trace.scenario.profile.redirect_uri for uri in named)


def _prepared(world: World) -> str:
    """The address of the request that the app has prepared for the attacker's own login."""
    sent = world.runs[OWN_LOGIN].in_flight
    return leads_to(sent.message) if sent else ""


def _sent(trace: Trace, name: str) -> bool:
    return any(name in dict(one.form) for one in _messages(trace) if one.header("user-agent") == ATTACKER)


def _proofs(trace: Trace) -> list[str]:
    """The proofs that have come to APIs, once for each time; an app that is asked for a nonce sends its request again."""
    came = [one.message for event in trace.events for one in event.messages if one.receiver == API]
    return [proof for one in came if isinstance(one, Request) and (proof := one.header("dpop"))]


def _header(trace: Trace) -> dict[str, object]:
    """The header of the token with which the attacker got the data."""
    for event in trace.events:
        for one in event.messages:
            if one.sender == ATTACKER and event.act is Act.STEP_10 and isinstance(one.message, Request):
                token = signed_tokens.read((one.message.header("authorization") or "").partition(" ")[2])
                return dict(token.header) if token else {}
    return {}


RULES: tuple[tuple[re.Pattern[str], Callable[[Trace], bool]], ...] = tuple(
    (re.compile(pattern), holds)
    for pattern, holds in (
        (
            r"and never saw the password",
            lambda t: not _received(t, CLIENT, "password") and not (t.scenario.web_view and _typed(t.worlds[-1])),
        ),
        (
            r"MCP forbids it all the same: the request had no code_challenge",
            lambda t: t.scenario.speaks_mcp and not _received_at_the_server(t, "code_challenge"),
        ),
        (
            r"MCP forbids it all the same: the code_challenge was made with plain",
            lambda t: t.scenario.speaks_mcp and _received_at_the_server(t, "code_challenge_method") == {"plain"},
        ),
        (
            r"goes no further: the (?:user|server)",
            lambda t: (
                t.scenario.second_server
                and t.scenario.attacker is None
                and t.worlds[-1].runs[VICTIM].in_flight is not None
            ),
        ),
        (r"and the password as well", lambda t: _received(t, CLIENT, "password")),
        (r"could read the password, which was typed into", lambda t: t.scenario.web_view and _typed(t.worlds[-1])),
        (r"the browser hid the answer from the page", lambda t: _ended_by(t, Outcome.HIDDEN)),
        (r"the browser did not send the page's request", lambda t: _ended_by(t, Outcome.NOT_SENT)),
        (
            r"The server had issued tokens, and the app has none",
            lambda t: (
                any(one.kind == "access_token" for event in t.events for one in event.made)
                and not t.worlds[-1].clients[t.worlds[-1].runs[VICTIM].client].tokens
            ),
        ),
        (r"The attacker has the user's password", lambda t: _received(t, ATTACKER, "password")),
        (r"new tokens (?:once|twice)", lambda t: _refreshed(t) in (1, 2)),
        (r"The API demanded another login, and took the token of that one", _stepped_up),
        (
            r"The app refused the tokens, but it is a page: they had come into the attacker's own browser",
            lambda t: (
                t.scenario.client == "spa"
                and t.worlds[-1].runs[OWN_LOGIN].owner == ATTACKER_USER
                and not t.worlds[-1].clients[t.worlds[-1].runs[OWN_LOGIN].client].tokens.get(ATTACKER_USER)
                and any(
                    event.run == OWN_LOGIN and sent.receiver == CLIENT and '"access_token"' in sent.message.text()
                    for event in t.events
                    for sent in event.messages
                )
            ),
        ),
        (r"It is a bearer token", lambda t: "cnf" not in _stolen_token(t)),
        (r"The token is bound to a key", lambda t: "cnf" in _stolen_token(t)),
        (r"a token it has written itself", lambda t: _stolen_token(t)["jti"] == "written-by-the-attacker"),
        *((pattern, _live(*names)) for pattern, names in LIVE),
        (r"can use it no more", lambda t: not look(t.worlds[-1]).live),
        (r"It was read in the app's storage", lambda t: any(event.act is Act.READ_STORAGE for event in t.events)),
        (
            r"It was read in a request to the API",
            lambda t: any(event.act is Act.READ_API_REQUEST for event in t.events),
        ),
        (r"The user is (?:kept|logged) out", lambda t: look(t.worlds[-1]).denial),
        (
            r"has taken the code, and the app waits in vain",
            lambda t: t.worlds[-1].runs[VICTIM].state is State.CODE_TAKEN,
        ),
        (
            r"would have come to nothing without it as well|The login itself ended at step",
            lambda t: _alone(t).runs[VICTIM].state is not State.DONE,
        ),
        (r"as the victim", lambda t: look(t.worlds[-1]).account),
        (r"with the attacker's account", lambda t: look(t.worlds[-1]).planted),
        (r"the user has changed it later", lambda t: any(event.act is Act.CHANGE_PASSWORD for event in t.events)),
        (
            r"(?:[Tt]he server approved without asking|the server asked nobody)",
            lambda t: any(event.outcome is Outcome.SILENT for event in t.events) and not _answered(t),
        ),
        (r"[Tt]he user allowed it when the server asked", lambda t: set(_answered(t)) == {"allow"}),
        (r"[Tt]he user said no, and the server did not care", lambda t: set(_answered(t)) == {"deny"}),
        (r"did not ask whether they allow it", lambda t: not _answered(t)),
        (r"an address that only begins like the app's", lambda t: _begins_alike(t)),
        (
            r"in the app's files, and this attacker has not looked",
            lambda t: t.scenario.shipped_secret and not any(event.act is Act.READ_APP for event in t.events),
        ),
        (
            r"tried them at the server",
            lambda t: "code_challenge" not in t.worlds[-1].attacker.loot and _sent(t, "code_verifier"),
        ),
        (r"let the same proof pass twice", lambda t: max(Counter(_proofs(t)).values(), default=0) > 1),
        (r"Its header says that there is no signature", lambda t: _header(t)["alg"] == "none"),
        (r"It is signed with the public key", lambda t: _header(t)["alg"] == "HS256"),
        (r"Without rotation", lambda t: not t.scenario.rotation),
        (r"Within the overlap", lambda t: t.scenario.rotation and t.scenario.overlap > 0),
        (r"With plain, the challenge is the verifier", lambda t: t.scenario.pkce == "plain"),
        (r"The verifier was a time of day", lambda t: t.scenario.verifier == "clock"),
        (r"after a 30[23] the browser sent no form on", lambda t: t.scenario.redirect_status != 307),
        (r"with a 307", lambda t: t.scenario.redirect_status == 307),
        (r"The user said no", lambda t: any(dict(one.form).get("decision") == "deny" for one in _messages(t))),
        (
            r"The (?:redirect|call) went over the network without TLS",
            lambda t: any(
                event.act is Act.WIRETAP and leads_to(event.messages[-1].message).startswith("http:")
                for event in t.events
            ),
        ),
        (
            r"The request of the attacker's own login stood in place of the victim's",
            lambda t: any(
                event.act is Act.REPLACE_REQUEST
                and leads_to(event.messages[-1].message) == _prepared(t.worlds[event.index])
                for event in t.events
            ),
        ),
        (
            r"Nothing in the request told the victim's login from the attacker's own",
            lambda t: not t.scenario.state and not t.scenario.nonce and t.scenario.pkce == "none",
        ),
        (
            r"The app's own website sent the code on to the attacker",
            lambda t: any(
                sent.sender == CLIENT
                and "code=" in leads_to(sent.message)
                and "attacker.example" in leads_to(sent.message)
                for event in t.events
                if event.act is Act.STEP_6
                for sent in event.messages
            ),
        ),
        (
            r"The server sent the browser on to the attacker's page, and the user took that for the server's",
            lambda t: any(
                one.receiver == ATTACKER and isinstance(one.message, Request) and one.message.method == "POST"
                for event in t.events
                if event.act is Act.SHOW_COPY
                for one in event.messages
            ),
        ),
        (
            r"looked at the address of the copied page, and typed nothing there",
            lambda t: any(event.act is Act.SHOW_COPY for event in t.events) and not _received(t, ATTACKER, "username"),
        ),
        (r"The app showed the login page itself", lambda t: t.scenario.web_view),
        (r"The browser showed the login page", lambda t: not t.scenario.web_view),
        (
            r"PKCE held",
            lambda t: any(
                one.decides and one.check.id in ("token.verifier_present", "token.verifier_fits")
                for event in t.events
                for one in event.checks
            ),
        ),
        (
            r"A check was off that would have stopped it",
            lambda t: any(one.passed is False and not one.on for event in t.events for one in event.checks),
        ),
        (
            r"stopped at step (?:\w+) by",
            lambda t: any(one.decides for event in t.events for one in event.checks),
        ),
    )
)


OF_ACCIDENTS = tuple((re.compile(pattern), holds) for pattern, holds in OF_VERDICTS)


def verdict_faults(trace: Trace) -> list[str]:
    """What is not so in the sentence of this verdict."""
    sentence = trace.verdict.sentence
    wrong = [found[0] for pattern, holds in RULES if (found := pattern.search(sentence)) and not holds(trace)]
    return wrong + [m[0] for pattern, holds in OF_ACCIDENTS for m in pattern.finditer(sentence) if not holds(trace, m)]
