"""What may be said of an app that is a page, and of the browser that asks for it and hides from it."""

import re
from collections.abc import Callable

from flowsim.model.states import Act, Outcome
from flowsim.model.steps import API, ATTACKER, BROWSER, CLIENT, SERVER
from flowsim.model.world import OWN_LOGIN
from flowsim.protocol.messages import Request, Response
from tests.kit.facts import Facts
from tests.kit.rules import Rule, rule, rule_of


def _question(facts: Facts) -> Request | None:
    sent = (one.message for one in facts.event.messages)
    return next((one for one in sent if isinstance(one, Request) and one.method == "OPTIONS"), None)


def _is_error(facts: Facts) -> bool:
    answers = [one.message for one in facts.event.messages if isinstance(one.message, Response)]
    return answers[-1].status >= 400


def _asks_about(facts: Facts, match: re.Match[str]) -> bool:
    """The browser has asked this party, in a preflight, for these headers, and nothing of the app's stands in it."""
    question = _question(facts)
    if question is None:
        return False
    named = sorted(name.lower() for name in re.findall(r"`([\w-]+)`", match[0]))
    (asker,) = {(one.sender, one.receiver) for one in facts.event.messages if one.message is question}
    whom = {"the API": API, "the server": SERVER, "the attacker's server": ATTACKER}[match[1]]
    asked = (question.header("access-control-request-headers") or "").split(",")
    stand_in = ATTACKER if facts.event.run == OWN_LOGIN else BROWSER
    return named == asked and asker == (stand_in, whom) and question.header("authorization") is None


def _sent_by_the_page(facts: Facts) -> list[Request]:
    sent = [one.message for one in facts.event.messages if one.sender == CLIENT]
    return [one for one in sent if isinstance(one, Request)]


def _wanted(facts: Facts) -> tuple[str | None, str | None]:
    question = _question(facts)
    assert question is not None
    return question.header("access-control-request-method"), question.header("access-control-request-headers")


def _not_sent(facts: Facts) -> bool:
    return (
        facts.event.outcome is Outcome.NOT_SENT
        and not _sent_by_the_page(facts)
        and facts.in_flight is None
        and facts.decided.endswith("_be_sent") | facts.decided.endswith("_be_pushed")
    )


def _hidden(facts: Facts) -> bool:
    """The last answer has come to the browser and to nobody else, and names no origin that is the page's."""
    last = facts.event.messages[-1]
    origin = facts.run.client
    return (
        isinstance(last.message, Response)
        and last.receiver == BROWSER
        and last.message.header("access-control-allow-origin") not in (origin, "*")
        and facts.event.outcome is Outcome.HIDDEN
    )


def _spent(facts: Facts) -> bool:
    sent = [one.message for event in facts.log for one in event.messages if event.run == facts.event.run]
    code = next(
        dict(one.form)["code"] for one in reversed(sent) if isinstance(one, Request) and "code" in dict(one.form)
    )
    return facts.server_after.grants[code].used


def _holds_tokens(facts: Facts) -> bool:
    return facts.run.who in facts.after.clients[facts.run.client].tokens


_WANTED: dict[str, tuple[Act, Callable[[Facts], bool]]] = {
    "code": (Act.STEP_7, lambda f: f.has("code")),
    "access_token": (Act.STEP_10, _holds_tokens),
    "refresh_token": (Act.STEP_R1, lambda f: f.held.refresh_token is not None),
}

RULES: tuple[Rule, ...] = (
    rule_of(
        r"loads the page of the app: its script is the app|gets the page of the app, and its script goes on",
        lambda f: any(
            one.sender == CLIENT and isinstance(one.message, Response) and "<script" in one.message.body
            for one in f.event.messages
        ),
    ),
    rule(
        r"No form can send (?:the headers? |a body of this )[^.]*, so the browser asks (.*) first whether this page may",
        _asks_about,
    ),
    rule_of(
        r"It gets no leave, but the browser is the attacker's own and sends the request all the same",
        lambda f: f.event.run == OWN_LOGIN and bool(_sent_by_the_page(f)),
    ),
    rule_of(
        r"The app is a page, and the browser is the attacker's own: it has read what the page throws away",
        lambda f: (
            f.scenario.client == "spa"
            and f.event.run == OWN_LOGIN
            and f.event.messages[-1].receiver == CLIENT
            and f.after.attacker.loot["access_token"] in f.event.messages[-1].message.text()
            and f.after.clients[f.run.client].tokens == f.before.clients[f.run.client].tokens
        ),
    ),
    rule(
        r"The page wants to send (?:the|its) `(\w+)`\.",
        lambda f, m: f.event.act is _WANTED[m[1]][0] and _WANTED[m[1]][1](f),
    ),
    rule_of(
        r"wants to send its authorization request", lambda f: f.event.act is Act.STEP_2 and f.scenario.par != "off"
    ),
    rule_of(
        r"wants to send the `refresh_token` that is to be revoked",
        lambda f: f.event.act is Act.STEP_V1 and f.held.refresh_token is not None,
    ),
    rule_of(r"gives it no leave, and the browser sends nothing more|does not send the page's request$", _not_sent),
    rule(
        r"^preflight: may I (\w+) with ([\w, -]+)\? no leave$",
        lambda f, m: _not_sent(f) and _wanted(f) == (m[1], m[2].replace(", ", ",")),
    ),
    rule_of(r"browser hides the answer from the page$|It does not say that this page may read it", _hidden),
    rule_of(
        r"The `code` is used up, and the app has no token", lambda f: _hidden(f) and _spent(f) and not _holds_tokens(f)
    ),
    rule_of(
        r"has issued new tokens, and the app has none of them",
        lambda f: len(f.server.refresh_tokens) > 0 and f.after.clients == f.before.clients and "_token" in f.html,
    ),
    rule_of(
        r"The app forgets its `refresh_token`, and does not learn what the server says about it",
        lambda f: f.after.clients[f.run.client].tokens[f.run.who].refresh_token is None and _hidden(f),
    ),
    rule_of(
        r"has kept the request, and the app does not learn its name",
        lambda f: len(f.server_after.pushed) == len(f.server.pushed) + 1 and _hidden(f),
    ),
    rule_of(r"What it says is an error, and the app does not learn which", lambda f: _is_error(f) and _hidden(f)),
    rule_of(
        r"knows no endpoint of this server, and can send nobody there",
        lambda f: "token_endpoint" not in f.after.clients[f.run.client].metadata and _hidden(f),
    ),
    rule_of(r"The app has no data to show", lambda f: not f.made("data") and _hidden(f)),
    rule_of(
        r"cannot check the ID token, and throws the tokens away",
        lambda f: (
            f.decided in ("page.keys_readable", "page.new_keys_readable")
            and f.after.clients[f.run.client].tokens == f.before.clients[f.run.client].tokens
        ),
    ),
    rule_of(r"a program that is no browser asks nobody", lambda f: f.scenario.client == "spa"),
    rule_of(
        r"Then it sends the whole request from the browser that it runs in, and gets a `request_uri` for it",
        lambda f: f.scenario.client == "spa" and f.has("request_uri"),
    ),
)
