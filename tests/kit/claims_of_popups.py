"""What may be said of a login in a popup: who has opened it, who posts to whom, and who has cut off whom."""

from flowsim.model.states import Act, Outcome
from flowsim.model.steps import BROWSER, CLIENT, SERVER
from flowsim.protocol.messages import Opening, Request, Response, query_of
from tests.kit.facts import Facts
from tests.kit.rules import Rule, rule, rule_of


def _popup(facts: Facts) -> bool:
    return facts.scenario.login_window == "popup" and facts.run.client == "https://spa.example"


def _post(facts: Facts) -> Opening:
    (posted,) = (one for one in facts.event.messages if isinstance(one.message, Opening))
    assert isinstance(posted.message, Opening)
    assert (posted.sender, posted.receiver) == (CLIENT, CLIENT)
    return posted.message


def _posts_what_came(facts: Facts) -> bool:
    """The parameters that the browser has come back with, and no others, are posted by a page of the app."""
    came = next(one.message for one in facts.event.messages if isinstance(one.message, Request))
    return query_of(_post(facts).url) == came.query and _post(facts).posted_by == facts.run.client and _popup(facts)


def _comes_back(facts: Facts) -> bool:
    """The popup has come to a page of the app, and nothing goes on from there."""
    asked, shown = (one.message for one in facts.event.messages)
    return (
        isinstance(asked, Request)
        and asked.url.startswith(f"{facts.run.client}/callback?")
        and isinstance(shown, Response)
        and facts.event.outcome is Outcome.UNDELIVERED
        and facts.in_flight is None
    )


def _arrived(facts: Facts) -> dict[str, str]:
    asked = facts.event.messages[0].message
    assert isinstance(asked, Request)
    return dict(asked.query)


def _of_run(facts: Facts) -> list[Response]:
    """What the server has shown in the window of this login."""
    own = (one for event in facts.before.log if event.run == facts.event.run for one in event.messages)
    shown = (one.message for one in own if (one.sender, one.receiver) == (SERVER, BROWSER))
    return [one for one in shown if isinstance(one, Response)]


def _cut(facts: Facts) -> bool:
    return any(one.header("cross-origin-opener-policy") == "same-origin" for one in _of_run(facts))


def _opened_by_the_app(facts: Facts) -> bool:
    return any(event.run == facts.event.run and event.act is Act.STEP_2 for event in facts.before.log)


def _no_window(facts: Facts) -> bool:
    return _popup(facts) and not facts.scenario.popup_by_click and facts.in_flight is None


RULES: tuple[Rule, ...] = (
    rule_of(
        r"The server's page will open in a popup, and the page of the app stays where it is",
        lambda f: _popup(f) and f.event.act is Act.STEP_2 and f.in_flight is not None,
    ),
    rule_of(
        r"In the popup the browser gets a page of the app, whose script posts the answer to the page that opened the popup",
        _posts_what_came,
    ),
    rule_of(
        r"It names no receiver \(`\*`\): whatever page had opened the popup would get it",
        lambda f: _post(f).posted_to == "*" and f.scenario.popup_target == "any",
    ),
    rule(r"It is for a page of `([^`]+)` and for no other", lambda f, m: _post(f).posted_to == m[1] != "*"),
    rule_of(
        r"The app looks at the origin of the page that has posted it",
        lambda f: "popup.sender_origin" not in f.scenario.without and _post(f).posted_by == f.run.client,
    ),
    rule_of(r"The browser blocks the popup|A browser opens no window that nobody has clicked for", _no_window),
    rule_of(r"asks for it when its request is ready: the click is over by then", _no_window),
    rule_of(r"The page of the app stays as it is, and nothing happens", _no_window),
    rule_of(r"The `code` is in the popup, and nobody uses it", lambda f: _comes_back(f) and "code" in _arrived(f)),
    rule_of(r"What the server says is lost with it", lambda f: f.event.outcome is Outcome.UNDELIVERED),
    rule_of(
        r"The app waits for a message that never comes: the login hangs, and no error is shown",
        lambda f: _comes_back(f) and _opened_by_the_app(f),
    ),
    rule_of(r"The server has sent the popup back to a page of the app", _comes_back),
    rule_of(
        r"posts the answer to an origin that the page which opened the popup does not have",
        lambda f: f.scenario.popup_target == "another" and _opened_by_the_app(f),
    ),
    rule_of(r"So the browser delivers it to nobody|The browser delivers the answer to nobody", _comes_back),
    rule_of(r"A page of the server has said `Cross-Origin-Opener-Policy`", _cut),
    rule_of(r"cut the popup off from the page that opened it", lambda f: _cut(f) and _opened_by_the_app(f)),
    rule_of(r"But no page has opened it: it is no popup of the app's", lambda f: not _opened_by_the_app(f)),
    rule_of(r"Its script has nobody to post the answer to|The popup has no opener to post to", _comes_back),
)
