"""What may be said of cookies, of answers that are posted, and of frames of the app's own page."""

import re

from flowsim.model.steps import CLIENT
from flowsim.protocol.addresses import origin_of
from flowsim.protocol.messages import Request, Response
from tests.kit.facts import Facts, posted_by
from tests.kit.rules import Rule, rule, rule_of

_TWO_MINUTES = 120


def _jar(facts: Facts) -> set[str]:
    """The names of the cookies that the browser has for where it has come to."""
    assert isinstance(facts.flown, Request)
    return set(facts.before.browsers[facts.run.owner].cookies.get(origin_of(facts.flown.url), {}))


def _lacks(facts: Facts) -> bool:
    """The browser has a cookie of the app's that it has not sent along."""
    name = facts.scenario.profile.session_cookie
    return isinstance(facts.flown, Request) and name in _jar(facts) and name not in facts.flown.cookies


def _set(facts: Facts) -> tuple[int, str]:
    """When the app has set its cookie last in this browser, and with which header."""
    found = [
        (event.now, header)
        for event in facts.log
        if facts.after.runs[event.run].owner == facts.run.owner
        for sent in event.messages
        if sent.sender == CLIENT and isinstance(sent.message, Response)
        for header in sent.message.all_of("set-cookie")
    ]
    return found[-1]


def _marked(facts: Facts) -> str:
    found = re.search(r"SameSite=(\w+)", _set(facts)[1])
    return found[1] if found else ""


def _posted(facts: Facts) -> bool:
    return isinstance(facts.flown, Request) and facts.flown.method == "POST" and not facts.flown.query


RULES: tuple[Rule, ...] = (
    rule_of(
        r"The answer is a page with a form for the app's address, with a `code` in it, and the form sends itself",
        lambda f: any(
            posted_by(sent.message) and f.has("code") and "form" in str(sent.message) for sent in f.event.messages
        ),
    ),
    rule_of(
        r"the `code` stands in no address, no history and no `Referer`",
        lambda f: isinstance(f.in_flight, Request) and "code" not in f.in_flight.url and "code" in f.in_flight.body,
    ),
    rule_of(
        r"The answer is a page that posts a form to (?:the app's address|the address of the request) with an error in it",
        lambda f: f.has("error") and any(posted_by(sent.message) for sent in f.event.messages),
    ),
    rule(
        r"^200 form for (\S+) ?(.*)$",
        lambda f, m: (
            any(m[1] in str(sent.message) for sent in f.event.messages)
            and all(f.has(name) for name in m[2].split(", ") if name)
        ),
    ),
    rule_of(r"The browser has kept the app's cookie back", _lacks),
    rule_of(r"it is marked `SameSite=Strict`, and a page of another site began", lambda f: _marked(f) == "Strict"),
    rule_of(
        r"it is marked `SameSite=Lax`, and this is a form from a page of another site",
        lambda f: _marked(f) == "Lax" and getattr(f.flown, "method", "") == "POST",
    ),
    rule_of(
        r"it has no `SameSite`, which counts as `Lax`, and this is a form from a page of another site",
        lambda f: not _marked(f) and getattr(f.flown, "method", "") == "POST",
    ),
    rule_of(
        r"and it is older than two minutes",
        lambda f: f.scenario.posts_new_cookies and f.event.now - _set(f)[0] > _TWO_MINUTES,
    ),
    rule_of(
        r"The app's cookie came along with the form",
        lambda f: _posted(f) and f.scenario.profile.session_cookie in f.flown.cookies,  # type: ignore[union-attr]
    ),
    rule_of(r"because it is marked `SameSite=None`", lambda f: _marked(f) == "None"),
    rule_of(
        r"it has no `SameSite`, and it is less than two minutes old",
        lambda f: not _marked(f) and f.event.now - _set(f)[0] <= _TWO_MINUTES and f.scenario.posts_new_cookies,
    ),
    rule_of(
        r"The browser has kept no cookie of the app's: one that is marked `SameSite=None` has to be `Secure`, and without "
        r"TLS it is not",
        lambda f: "SameSite=None" in _set(f)[1] and "Secure" not in _set(f)[1] and not _jar(f),
    ),
    rule_of(
        r"The answer came in a form, which stands in no history and in no header",
        lambda f: f.event.messages[-1].message.method == "POST",  # type: ignore[union-attr]
    ),
    rule_of(
        r"Whoever reads what comes back to the app all the same, from its log for example, has the `code`", _posted
    ),
    rule_of(r"The server's page sends its form to the address that the request has named", _posted),
)
