"""What may be said of messages that are lost or come twice, and of a server that reads before it writes."""

import re
from collections import Counter
from collections.abc import Callable

from flowsim.model.states import Act, Role, State
from flowsim.model.steps import API
from flowsim.model.world import VICTIM
from flowsim.protocol.messages import Request
from flowsim.simulation.simulation import Trace
from tests.kit.facts import Facts
from tests.kit.rules import Rule, rule, rule_of


def _waits(facts: Facts) -> bool:
    return facts.run.state in (State.UNANSWERED, State.API_UNANSWERED) and facts.run.in_flight is None


def _record(facts: Facts, kind: str) -> str:
    """What the server has written down of this code or token."""
    if kind == "code":
        grant = facts.server.grants.get(facts.judged["code"])
        return "" if grant is None else "used" if grant.used else "good"
    token = facts.server.refresh_tokens.get(facts.judged["refresh_token"])
    if token is None:
        return ""
    return "revoked" if token.revoked else "good" if token.rotated is None else "used"


_SAID = {
    "not used yet": "good",
    "used before": "used",
    "not exchanged yet": "good",
    "exchanged before": "used",
    "revoked": "revoked",
    "there is none such": "",
}


def _run_called(facts: Facts, name: str) -> str:
    """The run of this name: the first tab, window or device is that of the user's first login."""
    return VICTIM if name in ("tab 1", "window 1", "device 1", "the login") else name


def _remembers_another(facts: Facts, name: str, since: bool) -> bool:
    """The app keeps the login of that run for this browser, and its request is the later one where so said."""
    other = _run_called(facts, name)
    made = {e.run: (e.index, m.value) for e in facts.log for m in e.made if m.kind == "state"}
    kept = facts.before.clients[facts.run.client].transactions.get(facts.run.who)
    later = made[other][0] > made[facts.run.name][0]
    return kept is not None and kept.state == made[other][1] and later is since


def _cookie_of_another(facts: Facts, name: str) -> bool:
    """The cookie of the server in this browser was set in answer to the last request of that run."""
    run = facts.before.runs[_run_called(facts, name)]
    answer = next(
        s.message
        for e in reversed(facts.before.log)
        if e.run == run.name and e.act is Act.STEP_3
        for s in (*e.messages, *([facts.before.runs[e.run].in_flight] if e.index == len(facts.before.log) else []))
        if s is not None and isinstance(s.message, Request)
    )
    asked = dict(answer.query)
    jar = facts.before.browsers[facts.run.at].cookies["https://as.example"]
    held = facts.server.sessions.get(jar.get("__Host-login", ""))
    return run.at == facts.run.at and (held is None or held.request.state == asked.get("state"))


def _earlier_request(facts: Facts) -> Request:
    """The request of this run before the last one."""
    sent = [
        one.message
        for event in facts.before.log
        if event.run == facts.event.run
        for one in event.messages
        if isinstance(one.message, Request) and one.message.method != "OPTIONS"
    ]
    return sent[-1]


def _again(facts: Facts, *changed: str) -> bool:
    """This event sends the same request as before, but for these parts."""
    (now,) = [
        s.message for s in facts.event.messages if isinstance(s.message, Request) and s.message.method != "OPTIONS"
    ]
    before = _earlier_request(facts)
    same = [pair for pair in now.form if pair[0] not in changed] == [p for p in before.form if p[0] not in changed]
    return same and (now.method, now.url) == (before.method, before.url)


def _revoked(facts: Facts) -> set[str]:
    """Which kinds of token the server has revoked in this event."""
    kinds = set()
    for kind, before, after in (
        ("access_token", facts.server.access_tokens, facts.server_after.access_tokens),
        ("refresh_token", facts.server.refresh_tokens, facts.server_after.refresh_tokens),
    ):
        if any(one.revoked and not before[name].revoked for name, one in after.items() if name in before):
            kinds.add(kind)
    return kinds


def _has_changed(facts: Facts) -> bool:
    """What the server has read of the code or the token of this request is not what is written there now."""
    read, now = facts.before.runs[facts.event.run].read, facts.server
    assert read is not None
    code, token = facts.judged.get("code", ""), facts.judged.get("refresh_token", "")
    return read.grants.get(code) != now.grants.get(code) or read.refresh_tokens.get(token) != now.refresh_tokens[token]


def _issued(facts: Facts) -> bool:
    """Tokens were made in the event before in this run, and no message has brought them to anybody."""
    made = {
        one.value
        for event in facts.log
        if event.run == facts.event.run
        for one in event.made
        if one.kind == "access_token"
    }
    texts = "".join(sent.message.text() for event in facts.log for sent in event.messages)
    return any(value not in texts for value in made)


RULES: tuple[Rule, ...] = (
    rule_of(
        r"The (?:request|answer) is lost on the way|network loses the|The app hears nothing",
        lambda f: _waits(f) and not f.event.messages and not f.event.by_attacker,
    ),
    rule(
        r"The (API|server) (never sees it|has answered)",
        lambda f, m: (
            (m[1] == "API") == (API in (f.event.sender, f.event.receiver))
            and (m[2] == "has answered") == (f.event.act is Act.LOSE_ANSWER)
            and (f.after.servers == f.before.servers or m[2] == "has answered")
        ),
    ),
    rule_of(r"The `code` is used up, and the tokens that were issued for it are with nobody", _issued),
    rule_of(
        r"The `refresh_token` that the app still holds is used up, and its successor is with nobody",
        lambda f: f.server.refresh_tokens[f.held.refresh_token or ""].rotated is not None and _issued(f),
    ),
    rule_of(r"The tokens in it are with nobody|they are with nobody", _issued),
    rule_of(r"It was an error", lambda f: "error" in f.judged),
    rule_of(
        r"What it says about the `refresh_token` the app never learns",
        lambda f: f.run.role is Role.LOGOUT and _waits(f),
    ),
    rule_of(
        r"The request is delivered twice|delivers the same bytes to the server a second time|the same request again",
        lambda f: (
            [s.message for s in f.event.messages] == [f.flown] and f.after.runs[f.event.detail].in_flight is not None
        ),
    ),
    rule_of(r"the second delivery|this is another request", lambda f: f.run.role is Role.COPY),
    rule_of(r"Nobody waits for its answer", lambda f: f.run.in_flight is None and not f.event.messages),
    rule_of(r"It issues tokens for it", lambda f: bool(f.made("access_token"))),
    rule(
        r"The server looks the (code|refresh_token) up$",
        lambda f, m: m[1] in f.judged and f.server == f.server_after and not f.scenario.server_atomic,
    ),
    rule(
        r"^(?:second delivery, )?(?:The server reads what it knows of the `)?(code|refresh_token)`?: "
        r"(not used yet|used before|not exchanged yet|exchanged before|revoked|there is none such)",
        lambda f, m: _record(f, m[1]) == _SAID[m[2]],
    ),
    rule_of(
        r"The server goes by what it read before",
        lambda f: (
            not f.scenario.server_atomic
            and any(e.run == f.event.run and e.act is Act.LOOK_UP for e in f.before.log)
            and ("code" in f.judged or "refresh_token" in f.judged)
        ),
    ),
    rule_of(r"What it read is no longer so", _has_changed),
    rule(
        r"It cannot tell an accident from a theft, and revokes (.*)\.",
        lambda f, m: {name for name in ("access_token", "refresh_token") if name in m[1]} == _revoked(f),
    ),
    rule_of(
        r"The user has logged out of the app meanwhile",
        lambda f: f.did(Act.STEP_L1) and f.run.who not in f.before.clients[f.run.client].tokens,
    ),
    rule_of(
        r"The app has no token to call the API with|the tokens of this login have gone with that|no token left",
        lambda f: f.run.state is State.SESSION_OVER and f.run.who not in f.after.clients[f.run.client].tokens,
    ),
    rule_of(
        r"Another login has brought tokens in the place of those that the app has refreshed",
        lambda f: (
            f.held.refresh_token
            != next(
                dict(sent.message.form)["refresh_token"]
                for event in f.log
                for sent in event.messages
                if event.run == f.event.run and isinstance(sent.message, Request) and sent.message.form
            )
            and f.after.clients[f.run.client].tokens == f.before.clients[f.run.client].tokens
        ),
    ),
    rule_of(
        r"This is another device of the same user: no cookie of the first one is there",
        lambda f: f.run.owner == VICTIM and f.run.at != VICTIM and f.run.at not in f.before.browsers,
    ),
    rule(
        r"This is another (tab|window) of the same browser: it sends the same cookies",
        lambda f, m: f.run.owner == VICTIM and f.run.at == VICTIM and f.run.name.startswith(f"{m[1]} "),
    ),
    rule(
        r"The login that it remembers for this browser is the one in (.*), which has begun( since)?\.",
        lambda f, m: _remembers_another(f, m[1], bool(m[2])),
    ),
    rule(
        r"The server knows this browser by one cookie, and the one it has now is that of (.*)\.",
        lambda f, m: _cookie_of_another(f, m[1]),
    ),
    rule_of(
        r"The answer has come in a new tab, whose sessionStorage is empty",
        lambda f: (
            f.scenario.answer_tab == "new"
            and f"{f.run.who}#{f.run.name}" in f.before.clients[f.run.client].transactions
            and f.decided == "callback.transaction_exists"
        ),
    ),
    rule_of(r"No answer has come in time", lambda f: f.event.before in (State.UNANSWERED, State.API_UNANSWERED)),
    rule_of(
        r"[Ss]ends (?:the same|its) request once more",
        lambda f: f.event.act is not Act.RETRY or (_again(f, "client_assertion") and f.scenario.retries),
    ),
    rule_of(
        r"with a new proof",
        lambda f: f.event.act is not Act.RETRY or f.header("dpop") not in ("", _earlier_request(f).header("dpop")),
    ),
    rule_of(
        r"with a new `client_assertion`|a new proof and a new `client_assertion`",
        lambda f: f.value("client_assertion") not in ("", dict(_earlier_request(f).form).get("client_assertion")),
    ),
    rule_of(r"gives up waiting|no answer: given up", lambda f: f.run.state is State.TIMED_OUT and not f.event.messages),
    rule_of(
        r"The app has no token to call the API with|nothing to call the API with|no token: given up"
        r"|the tokens of this login have gone with that",
        lambda f: f.run.state is State.SESSION_OVER and f.run.who not in f.before.clients[f.run.client].tokens,
    ),
    rule_of(r"The app goes without the data", lambda f: f.event.before is State.API_UNANSWERED),
    rule_of(
        r"No tokens have come for this login|The user has to begin it again",
        lambda f: not any(event.run == f.event.run and event.act is Act.STEP_9 for event in f.log),
    ),
    rule_of(r"The app keeps the tokens that it has", lambda f: f.after.clients == f.before.clients),
    rule_of(
        r"The app forgets the `refresh_token` all the same",
        lambda f: f.after.clients[f.run.client].tokens[f.run.who].refresh_token is None,
    ),
    rule_of(
        r"waits for the (?:other )?refresh|a refresh under way, and the `refresh_token` that it holds is in that request",
        lambda f: (
            f.scenario.single_flight
            and not f.event.messages
            and any(
                f.held.refresh_token in sent.message.text()
                for event in f.log
                for sent in event.messages
                if event.act is Act.STEP_R1 and f.held.refresh_token
            )
        ),
    ),
)


def _done(trace: Trace, act: Act) -> int:
    return sum(event.act is act for event in trace.events)


def _times(word: str | None) -> int:
    return {None: 1, "twice": 2}.get(word) or int((word or "").split()[0])


def _revoked_at_the_end(trace: Trace) -> bool:
    server = trace.worlds[-1].servers["https://as.example"]
    return any(one.revoked for one in (*server.refresh_tokens.values(),)) or any(
        one.revoked for one in server.access_tokens.values()
    )


def _sets_for_one_code(trace: Trace) -> int:
    """The most sets of tokens that were issued for one code: told by the requests that were under way."""
    counted = Counter[str]()
    for before, after in zip(trace.worlds, trace.worlds[1:], strict=False):
        event = after.log[-1]
        flown = before.runs[event.run].in_flight if event.run in before.runs else None
        code = dict(flown.message.form).get("code") if flown and isinstance(flown.message, Request) else None
        if (
            code
            and event.act in (Act.STEP_8, Act.ANSWER_COPY)
            and any(one.kind == "access_token" for one in event.made)
        ):
            counted[code] += 1
    return max(counted.values(), default=0)


def _successors(trace: Trace) -> int:
    """The most refresh tokens that were issued for one."""
    counted = Counter[str]()
    for before, after in zip(trace.worlds, trace.worlds[1:], strict=False):
        event = after.log[-1]
        flown = before.runs[event.run].in_flight if event.run in before.runs else None
        token = dict(flown.message.form).get("refresh_token") if flown and isinstance(flown.message, Request) else None
        if token and event.act in (Act.STEP_R2, Act.ANSWER_COPY):
            counted[token] += sum(one.kind == "refresh_token" for one in event.made)
    return max(counted.values(), default=0)


def _out(trace: Trace) -> bool:
    """The app holds no refresh token that the server would take."""
    world = trace.worlds[-1]
    records = world.servers["https://as.example"].refresh_tokens
    held = [one.refresh_token for one in world.clients[world.runs[VICTIM].client].tokens.values()]
    return not any(token and token in records and not records[token].revoked for token in held)


def _refused_twice(trace: Trace, *acts: Act) -> bool:
    return any(
        one.decides and one.check.id in ("token.code_unused", "refresh.not_used")
        for event in trace.events
        if event.act in acts
        for one in event.checks
    )


Claim = Callable[[Trace, re.Match[str]], bool]
OF_VERDICTS: tuple[tuple[str, Claim], ...] = (
    (r"lost a request(?: (twice|\d+ times))?", lambda t, m: _done(t, Act.LOSE_REQUEST) == _times(m[1])),
    (r"lost an answer(?: (twice|\d+ times))?", lambda t, m: _done(t, Act.LOSE_ANSWER) == _times(m[1])),
    (r"delivered a request twice(?: (twice|\d+ times))?", lambda t, m: _done(t, Act.DUPLICATE) == _times(m[1])),
    (r"The app sent what nobody answered once more", lambda t, _: _done(t, Act.RETRY) > 0),
    (
        r"no answer came, and the app gave up|The app gave up waiting",
        lambda t, _: any(run.state is State.TIMED_OUT for run in t.worlds[-1].runs.values()),
    ),
    (r"One code gave two sets of tokens", lambda t, _: _sets_for_one_code(t) > 1),
    (r"One refresh token has two successors", lambda t, _: _successors(t) > 1),
    (
        r"The server took the second (delivery|try|use)",
        lambda t, m: (
            _revoked_at_the_end(t)
            and _refused_twice(t, *((Act.ANSWER_COPY,) if m[1] == "delivery" else (Act.STEP_8, Act.STEP_R2)))
            and (m[1] != "try" or _done(t, Act.RETRY) > 0)
        ),
    ),
    (
        r"The server refused the second \w+.*, and revoked nothing",
        lambda t, _: not _revoked_at_the_end(t) and _refused_twice(t, Act.ANSWER_COPY, Act.STEP_8, Act.STEP_R2),
    ),
    (r"The user has to log in again", lambda t, _: _out(t)),
    (r"In that browser the user has to log in again", lambda t, _: not _out(t) and _revoked_at_the_end(t)),
)
