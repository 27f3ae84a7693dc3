"""What may be said of what only an attacker does."""

from base64 import b64decode
from urllib.parse import unquote_plus

from flowsim.model.states import Act, State
from flowsim.model.steps import ATTACKER, CLIENT, SERVER
from flowsim.model.world import ATTACKERS_CLIENT, ATTACKERS_DOMAIN, OWN_LOGIN, SECOND_SERVER
from flowsim.protocol.addresses import origin_of
from flowsim.protocol.messages import Request, Response, leads_to, query_of
from tests.kit.facts import Facts
from tests.kit.rules import Rule, all_names, rule, rule_of


def _shows_secret(facts: Facts) -> bool:
    """Whether the app's request that the attacker's server got has the app's secret in its header."""
    sent = facts.before.runs[facts.event.run].in_flight
    shown = sent.message.header("authorization") if sent is not None and isinstance(sent.message, Request) else None
    secret = facts.before.clients[facts.run.client].secret
    return bool(shown and secret and secret in unquote_plus(b64decode(shown.removeprefix("Basic ")).decode()))


def _came(facts: Facts, name: str) -> bool:
    """The attacker has received this name in this event."""
    sent = [one.message for one in facts.event.messages if one.receiver == ATTACKER]
    return any(name in dict(query_of(leads_to(one))) for one in sent)


def _address(facts: Facts) -> dict[str, str]:
    return dict(query_of(leads_to(facts.event.messages[-1].message)))


def _victims(facts: Facts, code: str) -> bool:
    """This code was issued in a login of the user's own account."""
    return any(one.value == code and event.run != OWN_LOGIN for event in facts.log for one in event.made)


def _chosen(facts: Facts, names: list[str]) -> bool:
    """These names, and no other of the three, are in the address; and the app has not written it."""
    address = _address(facts)
    own = [leads_to(sent.message) for event in facts.log if event.run == OWN_LOGIN for sent in event.messages]
    there = [name for name in ("client_id", "redirect_uri", "code_challenge") if name in address]
    return names == there and leads_to(facts.event.messages[-1].message) not in own


def _plain(facts: Facts) -> str:
    """Where the message in flight before this event goes: an answer of the website's to the browser that has asked it."""
    flown = facts.flown
    assert flown is not None
    return facts.scenario.profile.home + "/" if isinstance(flown, Response) else leads_to(flown)


def _typed_for_the_attacker(facts: Facts) -> bool:
    """The user has sent a form with a name in it to the attacker in this event."""
    sent = [one.message for one in facts.event.messages if one.receiver == ATTACKER]
    return any(isinstance(one, Request) and dict(one.form).get("username") for one in sent)


RULES: tuple[Rule, ...] = (
    # ---- Requests
    rule_of(r"^open (?:this|another) request(?: in a (?:window|frame))?$", lambda f: f.has("client_id")),
    rule_of(r"^open this address$", lambda f: f.event.act in (Act.PLANT_RESPONSE, Act.OPEN_ADDRESS, Act.OPEN_UPSTREAM)),
    rule_of(r"an address of the app in its own browser", lambda f: f.event.run == OWN_LOGIN),
    rule_of(r"before it is sent|sees it on the way", lambda f: f.event.before is State.PREPARED),
    rule_of(
        r"read the request in the history|in its history and often in a log",
        lambda f: f.event.before is not State.PREPARED,
    ),
    rule_of(
        r"(?:in a|a) hidden frame|^open this request in a frame$|a frame that nobody can see",
        lambda f: f.event.act is Act.FRAME_REQUEST,
    ),
    rule(
        r"All that is in the address was chosen by the attacker: (?:`\w+`(?:, | and |))+\.",
        lambda f, m: _chosen(f, all_names(m[0])),
    ),
    rule_of(
        r"only names a request, which was pushed|holds no more than a name for the request, which was pushed beforehand"
        r"|The new address names a request that was pushed",
        lambda f: set(_address(f)) == {"client_id", "request_uri"} and f.scenario.par != "off",
    ),
    rule_of(
        r"With this one comes the app's secret, so it passes for the app's",
        lambda f: f.secret and f.has("request_uri"),
    ),
    rule_of(
        r"An app without a secret cannot be told from somebody who knows its `client_id`",
        lambda f: f.has("client_id") and f.has("request_uri") and not f.secret,
    ),
    rule_of(
        r"That server answers with a redirect to the honest server, with the app's own `client_id` there"
        r"|^303 to the honest server$",
        lambda f: (
            _address(f)["client_id"] == f.scenario.profile.client_id
            and [sent.message.status for sent in f.event.messages if isinstance(sent.message, Response)][-1] == 303
        ),
    ),
    rule(
        r"^take (code_challenge)?(?:, )?(dpop_jkt)? ?out$",
        lambda f, m: all(name in f.asked_before() and name not in _address(f) for name in m.groups() if name),
    ),
    rule(
        r"takes the challenge out of (its own|the victim's) request",
        lambda f, m: (
            "code_challenge" in f.asked_before()
            and "code_challenge" not in _address(f)
            and (m[1] == "its own") == (f.event.run == OWN_LOGIN)
        ),
    ),
    rule_of(
        r"takes the name of the key out of",
        lambda f: "code_challenge" not in f.asked_before() and "dpop_jkt" in f.asked_before(),
    ),
    rule(
        r"finds no challenge in |[Tt]here is no `code_challenge` in it, so there is nothing to take out",
        lambda f, m: "code_challenge" not in f.asked_before(),
    ),
    rule(
        r"Without a `code_challenge`(, and without the name of a key,)? the server will bind the `code` to nothing, unless "
        r"it insists on PKCE",
        lambda f, m: "code_challenge" not in _address(f) and bool(m[1]) == ("dpop_jkt" in f.asked_before()),
    ),
    rule_of(r"reads the `code_challenge` in it", lambda f: _came(f, "code_challenge")),
    # ---- Links to a login that the attacker has begun
    rule(
        r"pushes the request to the attacker's server(, with a `client_assertion`)?",
        lambda f, m: f.sent_to(ATTACKER, "response_type") and f.sent_to(ATTACKER, "client_assertion") == bool(m[1]),
    ),
    rule_of(
        r"With this one comes a `client_assertion` that the app has signed",
        lambda f: (
            f.has("client_assertion") and any(f.value("client_assertion") == one.value for e in f.log for one in e.made)
        ),
    ),
    rule_of(
        r"The answer names that server as the `issuer`, which is so, and an endpoint of its own for requests that are "
        r"pushed|Only the token endpoint is the honest server's",
        lambda f: (
            f.flying_document["issuer"] == SECOND_SERVER
            and f.flying_document["pushed_authorization_request_endpoint"].startswith(SECOND_SERVER)
            and f.flying_document["token_endpoint"].startswith("https://as.example/")
        ),
    ),
    rule_of(
        r"The redirect holds a `code` for the victim's account",
        lambda f: f.before.servers[f.run.server].grants[f.value("code")].sub == "user-alice",
    ),
    # ---- Secrets that lie about
    rule_of(
        r"A secret that is shipped with an app is known to all its users",
        lambda f: bool(f.made("client_secret")) and f.scenario.shipped_secret,
    ),
    rule_of(r"No secret is there", lambda f: not f.made("client_secret")),
    rule_of(
        r"A `refresh_token` has to outlive the app's next start, so the app keeps it in storage",
        lambda f: bool(f.made("refresh_token")),
    ),
    rule_of(r"There is no `refresh_token` among it", lambda f: not f.made("refresh_token")),
    rule(
        r"has the whole request, with the `access_token` in it( and the proof that goes with it)?",
        lambda f, m: bool(f.token) and bool(m[1]) == f.proof,
    ),
    rule_of(
        r"The app can read every key that is pressed there|The login page is shown in a window of the app's own",
        lambda f: f.scenario.web_view,
    ),
    # ---- Codes and redirects
    rule_of(r"gets a copy of the redirect with the `code`, before the app has used it", lambda f: _came(f, "code")),
    rule_of(
        r"(?:hands|brings) the redirect with the `code` to the attacker(?:'s app)?"
        r"|The redirect with the `code` reaches the attacker",
        lambda f: _came(f, "code"),
    ),
    rule_of(r"The operating system has to choose", lambda f: f.scenario.profile.kind in ("scheme", "claimed-https")),
    rule_of(r"listens at the port where the app would", lambda f: f.scenario.profile.kind == "loopback"),
    rule_of(
        r"The address in the redirect is the attacker's own",
        lambda f: f.flown is not None and origin_of(leads_to(f.flown)).endswith(ATTACKERS_DOMAIN),
    ),
    rule_of(
        r"The server has sent the browser to the app's own website, and the website has sent it on"
        r"|Everything that came with the redirect came along",
        lambda f: (
            _came(f, "code")
            and any(
                sent.sender == CLIENT and leads_to(sent.message) == leads_to(f.event.messages[-1].message)
                for event in f.log
                if event.act is Act.STEP_6
                for sent in event.messages
            )
        ),
    ),
    rule_of(
        r"logs in at a copy|now types what opens the account, and the attacker has it",
        _typed_for_the_attacker,
    ),
    rule_of(r"leaves a copy|This user looks at the address", lambda f: not _typed_for_the_attacker(f)),
    rule_of(
        r"The link led to the genuine server, which has sent the browser on by itself",
        lambda f: any(
            sent.sender == SERVER and ATTACKERS_DOMAIN in origin_of(leads_to(sent.message))
            for event in f.log
            if event.run == f.event.run
            for sent in event.messages
        ),
    ),
    rule_of(
        r"goes over the network without TLS|The website's answer goes over the network without TLS",
        lambda f: _plain(f).startswith("http://") and "127.0.0.1" not in _plain(f),
    ),
    rule(
        r"(?:a copy of|reads) the (request|redirect|call of the API)$",
        lambda f, m: (
            f.event.before
            is {"request": State.PREPARED, "redirect": State.CODE_IN_BROWSER, "call of the API": State.API_ASKED}[m[1]]
        ),
    ),
    rule_of(
        r"It holds the address of the request, with all that the app has written into it",
        lambda f: _came(f, "client_id"),
    ),
    rule_of(
        r"It holds the `code`, and the cookie by which the website knows this browser",
        lambda f: _came(f, "code") and "session=" in f.header("cookie"),
    ),
    rule_of(
        r"Here the attacker uses the `code` only",
        lambda f: (
            not any(one.sender == ATTACKER and "session=" in one.message.text() for e in f.log for one in e.messages)
        ),
    ),
    rule(
        r"It holds the `access_token`(, and the proof that goes with it)?",
        lambda f, m: bool(f.token) and bool(m[1]) == f.proof,
    ),
    rule_of(
        r"The address that it puts there is the same|lets the request pass$|^the same redirect$",
        lambda f: f.asked_before() == _address(f),
    ),
    rule_of(r"Nobody notices", lambda f: f.in_flight is f.flown),
    rule_of(
        r"takes the address of the request out of it and puts another there"
        r"|network replaces the request$|^another redirect$",
        lambda f: f.asked_before() != _address(f),
    ),
    rule_of(r"The honest app notices nothing", lambda f: f.in_flight is f.flown),
    rule_of(r"app waits in vain", lambda f: f.in_flight is None),
    rule_of(r"Nothing is stolen: the server was told to send it there", lambda f: f.event.act is Act.GET_RESPONSE),
    rule_of(
        r"After a 307 the browser repeats what it had sent",
        lambda f: isinstance(f.flown, Request) and f.flown.method == "POST" and f.scenario.redirect_status == 307,
    ),
    rule_of(
        r"(?:puts|put) the stolen code in|puts the victim's `code` where its own was|with the victim's `code` in it",
        lambda f: _victims(f, f.value("code")),
    ),
    rule_of(
        r"leaves the `state` alone: that one is genuine, it belongs to this login|The `state` in it is that of its request"
        r"|The `state` in it is the one that it has read",
        lambda f: any(one.kind == "state" and one.value == f.value("state") for e in f.log for one in e.made),
    ),
    rule_of(r"leaves all else alone", lambda f: not f.has("state")),
    rule_of(
        r"The redirect with the attacker's own `code` is in the attacker's browser",
        lambda f: f.event.run == OWN_LOGIN and isinstance(f.flown, object),
    ),
    rule_of(
        r"The attacker sends the stolen `?code`?",
        lambda f: _victims(f, f.value("code")) and f.value("client_id") != ATTACKERS_CLIENT,
    ),
    rule_of(
        r"sends a `code` of its own making|sends a code that it has made up",
        lambda f: not any(one.kind == "code" and one.value == f.value("code") for e in f.log for one in e.made),
    ),
    rule_of(
        r"The attacker's app is registered like any other, and sends its `code`|The attacker's app sends its code",
        lambda f: f.value("client_id") == ATTACKERS_CLIENT,
    ),
    rule_of(
        r"The app believes that the attacker's server issued the `code`",
        lambda f: "code" in dict(f.judged) and f.scenario.second_server,
    ),
    rule(
        r"So it sends the `code` there(, and with it the `code_verifier` that goes with it)?",
        lambda f, m: "code" in f.judged and bool(m[1]) == ("code_verifier" in f.judged),
    ),
    rule(
        r"^keep code(?:, code_verifier| and code_verifier)?( and client_assertion)?( and client_secret)?$",
        lambda f, m: (
            "code" in f.judged
            and bool(m[2]) == _shows_secret(f)
            and ("code_verifier" in m[0]) == ("code_verifier" in f.judged)
            and bool(m[1]) == ("client_assertion" in f.judged)
        ),
    ),
    rule_of(r"The secret that another server had given the app comes along", _shows_secret),
    rule_of(
        r"A `client_assertion` comes along, in which stands which server it was made for",
        lambda f: "client_assertion" in f.judged,
    ),
)
