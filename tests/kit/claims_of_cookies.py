"""What may be said of cookies, of answers that are posted, and of frames of the app's own page."""

import re

from flowsim.model.states import Act
from flowsim.model.steps import BROWSER, CLIENT
from flowsim.protocol.addresses import origin_of
from flowsim.protocol.messages import Request, Response
from tests.kit.facts import Facts, posted_by
from tests.kit.rules import Rule, all_names, rule, rule_of

_TWO_MINUTES = 120


def _jar(facts: Facts) -> set[str]:
    """The names of the cookies that the browser has for where it has come to."""
    assert isinstance(facts.flown, Request)
    return set(facts.before.browsers[facts.run.at].cookies.get(origin_of(facts.flown.url), {}))


def _lacks(facts: Facts) -> bool:
    """The browser has a cookie of the app's that it has not sent along."""
    name = facts.scenario.profile.session_cookie
    return isinstance(facts.flown, Request) and name in _jar(facts) and name not in facts.flown.cookies


def _set(facts: Facts) -> tuple[int, str]:
    """When the app has set its cookie last in this browser, and with which header."""
    found = [
        (event.now, header)
        for event in facts.log
        if facts.after.runs[event.run].at == facts.run.at
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


def _in_frame(facts: Facts) -> bool:
    return any(one.act is Act.RENEW_SILENTLY and one.run == facts.run.name for one in facts.log)


def _for_frames(facts: Facts) -> bool:
    return facts.scenario.cookies_in_frames or facts.scenario.allows_framing


def _of_server(facts: Facts) -> set[str]:
    """The names of the cookies that the browser has of the server's, set in a tab."""
    return set(facts.before.browsers[facts.run.at].cookies.get(facts.run.server, {}))


def _same_as_before(facts: Facts, url: str) -> bool:
    """The browser has brought this address to the app before."""
    return any(
        sent.sender == BROWSER and sent.receiver == CLIENT and getattr(sent.message, "url", "") == url
        for event in facts.before.log
        for sent in event.messages
    )


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
    rule_of(r"with the form, because it is marked `SameSite=None`", lambda f: _marked(f) == "None"),
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
    # ---- What a page loads from another site
    rule_of(
        r"The page loads a picture of another site, and tells that site nothing of its own address",
        lambda f: f.picture is not None and f.picture.header("referer") is None,
    ),
    rule_of(
        r"and the browser names the page there in `Referer`",
        lambda f: f.picture is not None and "code=" not in (f.picture.header("referer") or "code="),
    ),
    rule_of(
        r"and the browser writes the whole address of the page into `Referer`",
        lambda f: f.picture is not None and "?" in (f.picture.header("referer") or ""),
    ),
    rule(
        r"So that site knows the (.*) in it",
        lambda f, m: all(f"{name}=" in str(f.picture and f.picture.header("referer")) for name in all_names(m[1])),
    ),
    # ---- Frames, requests ahead of time, reloads
    rule_of(
        r"makes? a frame that shows nothing|^a frame that shows nothing$",
        lambda f: f.event.act is Act.RENEW_SILENTLY and not f.event.messages and f.scenario.profile.in_browser,
    ),
    rule_of(
        r"In that frame the server is another site than the page around it, so all hangs on its cookies there",
        lambda f: f.run.server.split(".")[-2:] != f.run.client.split(".")[-2:],
    ),
    rule_of(r"The frame goes to the authorization server", _in_frame),
    rule_of(r"says `prompt=none`: the server may show no page", lambda f: f.value("prompt") == "none"),
    rule_of(
        r"The request that was pushed allows no page",
        lambda f: f.has("request_uri") and f.asked(f.event.run)["prompt"] == "none",
    ),
    rule_of(
        r"The browser sends the server's cookie along, because it is marked `SameSite=None`",
        lambda f: f.header("cookie") != "" and f.scenario.third_party_cookies == "allowed" and _for_frames(f),
    ),
    rule_of(
        r"The browser sends no cookie of the server's along", lambda f: not f.header("cookie") and bool(_of_server(f))
    ),
    rule_of(
        r"it blocks them, and this is a frame in a page of another site",
        lambda f: _in_frame(f) and f.scenario.third_party_cookies == "blocked",
    ),
    rule_of(
        r"it is marked `SameSite=Lax`, and this is a frame in a page of another site",
        lambda f: _in_frame(f) and not _for_frames(f),
    ),
    rule_of(
        r"it keeps those of a frame apart for each site around it, and this one was set in a tab",
        lambda f: _in_frame(f) and f.scenario.third_party_cookies == "partitioned" and _for_frames(f),
    ),
    rule_of(
        r"The server has set no cookie by which it could know the user",
        lambda f: not any("user" in name for name in _of_server(f)),
    ),
    rule_of(r"Without a page the app gets no further", lambda f: f.has("error") and _in_frame(f)),
    rule_of(
        r"To open this one has an effect: there is a `code` in it",
        lambda f: (
            isinstance(f.in_flight, Request) and "code" in dict(f.in_flight.query) and f.in_flight.method == "GET"
        ),
    ),
    rule_of(
        r"The browser sends the cookies along that it has for the app, and says in `Sec-Purpose` that it comes ahead",
        lambda f: (
            isinstance(f.in_flight, Request)
            and (f.in_flight.header("sec-purpose") or "").startswith("prefetch")
            and (bool(f.in_flight.cookies) or not f.before.browsers[f.run.at].cookies.get(f.run.client))
        ),
    ),
    rule_of(
        r"It is no part of the browser, and has no cookie of it",
        lambda f: isinstance(f.in_flight, Request) and not f.in_flight.cookies,
    ),
    rule_of(
        r"The scanner has no cookie of the app's",
        lambda f: isinstance(f.flown, Request) and not f.flown.cookies and "scanner" in str(f.flown.headers),
    ),
    rule_of(
        r"the browser sends the same request once more", lambda f: _same_as_before(f, getattr(f.in_flight, "url", ""))
    ),
    rule_of(r"once more, the form with it", lambda f: isinstance(f.in_flight, Request) and bool(f.in_flight.form)),
    rule_of(
        r"once more, with all that stands in the address",
        lambda f: isinstance(f.in_flight, Request) and bool(f.in_flight.query) and not f.in_flight.form,
    ),
    rule_of(r"loads? (?:the address of the redirect|it) once more$", lambda f: f.event.act is Act.LOAD_AGAIN),
    rule_of(
        r"The same answer has been here before, and the app has used up the login that it belongs to",
        lambda f: _same_as_before(f, getattr(f.flown, "url", "")),
    ),
    rule_of(
        r"The request says that it comes ahead of its user, and the app does not look at what is in it",
        lambda f: (
            bool(f.header("sec-purpose")) and not any(e.check.id.startswith("callback.st") for e in f.event.checks)
        ),
    ),
)
