"""What may be said of the steps from the redirect to the data."""

import re

from flowsim.model.states import Act, Outcome
from flowsim.model.steps import ATTACKER, CLIENT
from flowsim.model.world import ATTACKERS_CLIENT
from flowsim.protocol import pkce, signed_tokens
from flowsim.protocol.messages import Request, Response
from tests.kit.facts import Facts
from tests.kit.rules import Rule, all_names, rule, rule_of, seconds


def _fits(facts: Facts, verifier: str) -> bool:
    method: pkce.Method = "plain" if facts.method == "plain" else "S256"
    return bool(verifier and facts.stored) and pkce.challenge_for(verifier, method) == facts.stored


def _checks_said(facts: Facts, match: re.Match[str]) -> bool:
    """The named properties of the code are those of the checks that are on."""
    names = {
        "known": "token.code_known",
        "fresh": "token.code_fresh",
        "unused": "token.code_unused",
        "belongs to this app": "token.code_of_client",
    }
    return all((word in match[0]) == (facts.on(name) and facts.check(name) is not None) for word, name in names.items())


_ASKED_OF_A_TOKEN = {
    "who issued it": "api.issuer",
    "for which API": "api.audience",
    "until when": "api.not_expired",
    "for which scope": "api.scope",
}


def _api_checks_said(facts: Facts, match: re.Match[str]) -> bool:
    asked = _ASKED_OF_A_TOKEN.items()
    return all((word in match[0]) == (facts.on(name) and facts.check(name) is not None) for word, name in asked)


def _claims(facts: Facts) -> str:
    token = signed_tokens.read(facts.value("access_token"))
    return str(token.claims) if token else ""


def _shown_claims(facts: Facts) -> dict[str, object]:
    token = signed_tokens.read(facts.token)
    return dict(token.claims) if token else {}


def _nonces(facts: Facts) -> list[str]:
    """The nonces that were given out in this event."""
    answers = (sent.message for sent in facts.event.messages if isinstance(sent.message, Response))
    return [nonce for one in answers if (nonce := one.header("dpop-nonce"))]


def _proofs(facts: Facts) -> list[dict[str, object]]:
    """What the proof says that was judged, and then what the proofs say that were sent in this event."""
    flown = [facts.flown] if isinstance(facts.flown, Request) else []
    sent = [sent.message for sent in facts.event.messages if isinstance(sent.message, Request)]
    read = [signed_tokens.read(one.header("dpop") or "") for one in (*flown, *sent)]
    return [dict(one.claims) for one in read if one is not None]


def _but_the_assertion(asked: Request) -> dict[str, str]:
    """The form of this request without what its sender signs anew for each."""
    return {name: value for name, value in asked.form if name != "client_assertion"}


RULES: tuple[Rule, ...] = (
    # ---- A nonce for the proof
    rule(
        r"(?:The (server|API) wants a nonce in the proof|The (server|API) has looked at the proof)",
        lambda f, m: (
            f.decided.endswith("_proof.nonce") and ((m[1] or m[2]) == "API") == f.decided.startswith("api_proof")
        ),
    ),
    rule_of(r"there is no nonce in it", lambda f: "nonce" not in _proofs(f)[0]),
    rule_of(
        r"another nonce in it than those that are good now",
        lambda f: _proofs(f)[0]["nonce"] not in _nonces(f),
    ),
    rule_of(
        r"the error `use_dpop_nonce`, and a fresh nonce|use_dpop_nonce, and a nonce",
        lambda f: len(_nonces(f)) == 1 and any("use_dpop_nonce" in sent.message.text() for sent in f.event.messages),
    ),
    rule(
        r"makes a new proof with that nonce(, signs another `client_assertion`)?, and sends its request once more",
        lambda f, m: (
            isinstance(f.flown, Request)
            and isinstance(f.in_flight, Request)
            and f.flown.header("dpop") != f.in_flight.header("dpop")
            and f.flown.url == f.in_flight.url
            and _but_the_assertion(f.flown) == _but_the_assertion(f.in_flight)
            and bool(m[1]) == (dict(f.flown.form) != dict(f.in_flight.form))
            and _proofs(f)[-1]["nonce"] == _nonces(f)[0]
        ),
    ),
    # ---- Step 7
    rule_of(r"sends the code and the code_verifier", lambda f: f.has("code_verifier") and f.has("code")),
    rule_of(r"sends the code(?:$| to the attacker)", lambda f: f.has("code") and not f.has("code_verifier")),
    rule_of(
        r"(?:code|code_verifier) to the attacker$|takes the attacker's server for the one that has answered",
        lambda f: f.event.receiver == ATTACKER or f.event.sender == ATTACKER or f.event.act is Act.GET_RESPONSE,
    ),
    rule_of(r"checks[^.]*that it has begun a login in this browser", lambda f: f.passed("callback.transaction_exists")),
    rule_of(
        r"does not check that it has begun a login in this browser, that the `iss` is the issuer it expects or that the "
        r"`state` is the one it sent",
        lambda f: (
            not f.passed("callback.transaction_exists")
            and not (f.passed("callback.issuer_same") and f.has("iss"))
            and not (f.passed("callback.state_same") and f.has("state"))
        ),
    ),
    rule_of(
        r"checks[^.]*that the `iss` is the issuer it expects",
        lambda f: f.passed("callback.issuer_same") and f.has("iss"),
    ),
    rule_of(
        r"checks[^.]*that the `state` is the one it sent",
        lambda f: f.passed("callback.state_same") and f.has("state") and not f.scenario.state_not_bound_to_browser,
    ),
    rule_of(
        r"looks the login up by its `state` alone, whichever browser brings it",
        lambda f: f.scenario.state_not_bound_to_browser and f.has("state"),
    ),
    rule_of(
        r"With it came the form that the user sent to the server",
        lambda f: isinstance(f.flown, Request) and f.flown.method == "POST",
    ),
    rule_of(r"and so the app has the `password`", lambda f: f.sent_to(CLIENT, "password")),
    rule_of(
        r"its own server talks to the authorization server, without the browser",
        lambda f: f.scenario.profile.kind == "website",
    ),
    rule_of(r"from the browser that it runs in", lambda f: f.scenario.profile.kind == "page"),
    rule_of(
        r"talks to the server directly, without the browser",
        lambda f: f.scenario.profile.kind not in ("page", "website"),
    ),
    rule_of(r"^It sends the `code`", lambda f: f.has("code")),
    rule_of(
        r"the `code_verifier` behind the challenge of step 3",
        lambda f: _fits(f, f.value("code_verifier")),
    ),
    rule_of(r"(?<!is )its `code_verifier`", lambda f: f.has("code_verifier")),
    rule_of(
        r"sends the stolen code$",
        lambda f: (f.has("code") and f.did(Act.INJECT_CODE, f.event.run)) or f.by_the_attacker,
    ),
    rule_of(r"its `client_secret`|the app's `client_secret`", lambda f: f.secret),
    rule_of(
        r"a `client_assertion` signed for this request|a new `client_assertion`",
        lambda f: bool(f.made("client_assertion")) and f.value("client_assertion") == f.made("client_assertion"),
    ),
    rule_of(r"a proof that (?:it|the app) holds its key", lambda f: f.proof),
    rule_of(
        r"has nothing else to show that it asked for it",
        lambda f: not f.secret and not f.proof and not f.has("code_verifier") and not f.has("client_assertion"),
    ),
    rule_of(
        r"The login that it has begun in this browser stays open",
        lambda f: any(key.partition("#")[0] == f.run.who for key in f.after.clients[f.run.client].transactions),
    ),
    rule_of(
        r"No request follows",
        lambda f: not any(s.sender == CLIENT and isinstance(s.message, Request) for s in f.event.messages),
    ),
    rule_of(r"is told about the error$", lambda f: f.has("error")),
    rule_of(r"The (?:redirect|answer) says that there will be no code", lambda f: f.has("error") and not f.has("code")),
    rule_of(r"The app has the `code` and sends it nowhere", lambda f: f.has("code") and f.in_flight is None),
    rule_of(r"The `state` is right, so the app goes on", lambda f: f.passed("callback.state_same") and f.has("state")),
    # ---- Step 8
    rule_of(
        r"[Tt]he server hashes the `code_verifier` it received, and compares the result with the `code_challenge` it stored"
        r"|hashes the `code_verifier` it received and compares the result with the `code_challenge` it stored",
        lambda f: f.method == "S256" and "code_verifier" in f.judged and f.check("token.verifier_fits") is not None,
    ),
    rule_of(
        r"compares the `code_verifier` it received with the `code_challenge` it stored, as they are",
        lambda f: f.method == "plain" and "code_verifier" in f.judged and f.check("token.verifier_fits") is not None,
    ),
    rule_of(r"They fit\.", lambda f: _fits(f, f.judged.get("code_verifier", ""))),
    rule_of(r"They do not fit\.", lambda f: not _fits(f, f.judged.get("code_verifier", ""))),
    rule_of(
        r"has stored a `code_challenge`, and no `code_verifier` has come",
        lambda f: bool(f.stored) and "code_verifier" not in f.judged,
    ),
    rule(
        r"No `code_challenge` was stored(, and a `code_verifier` has come)?",
        lambda f, m: f.request_of_code is not None and not f.stored and bool(m[1]) == ("code_verifier" in f.judged),
    ),
    rule(r"also checks that the code (?:is|belongs)[^.]*", _checks_said),
    rule_of(r"The server checks the verifier", lambda f: bool(f.stored) and "code_verifier" in f.judged),
    rule_of(r"verifier fits challenge\?", lambda f: bool(f.stored) and "code_verifier" in f.judged),
    rule_of(r"The server checks the code", lambda f: "code" in f.judged),
    rule(
        r"^code ([a-z, ]+)\?$",
        lambda f, m: all(
            (word in m[1]) == (f.on(name) and f.check(name) is not None)
            for word, name in {
                "known": "token.code_known",
                "fresh": "token.code_fresh",
                "unused": "token.code_unused",
            }.items()
        ),
    ),
    rule_of(
        r"The `client_secret` is the app's",
        lambda f: f.passed("token.client_authenticated"),
    ),
    rule(
        r"The `client_assertion` is signed with the app's key(, and has not come before)?",
        lambda f, m: f.passed("code_assertion.signature") and bool(m[1]) == f.passed("code_assertion.not_seen"),
    ),
    rule_of(
        r"The `code` is bound to a key, so the server wants a proof that is made with it",
        lambda f: (
            bool((f.request_of_code or {}).get("dpop_jkt"))
            and f.check("code_proof.present") is not None
            and f.on("code_proof.present")
        ),
    ),
    rule_of(
        r"The server checks the proof, to bind the tokens to the key in it",
        lambda f: f.check("code_proof.present") is not None and not (f.request_of_code or {}).get("dpop_jkt"),
    ),
    rule_of(
        r"The server checks the proof, and knows no such code",
        lambda f: f.check("code_proof.present") is not None and f.judged["code"] not in f.server.grants,
    ),
    # ---- Step 9
    rule_of(r"The `access_token` is for the API", lambda f: f.has("access_token")),
    rule(
        r"The `access_token` is for the API, and lives for LIFE",
        lambda f, m: seconds(m[1]) == int(f.value("expires_in")),
    ),
    rule_of(r"It is bound to the app's key", lambda f: f.value("token_type") == "DPoP"),
    rule_of(r"The `id_token` is for the app", lambda f: f.has("id_token")),
    rule_of(
        r"checks (?:it|the ID token) before it uses any of them",
        lambda f: any(one.check.id.startswith("id_token.") and one.on and one.passed for one in f.event.checks),
    ),
    rule_of(
        r"grants less `scope` than the app asked for",
        lambda f: not set(f.scenario.scope.split()) <= set(f.value("scope").split()),
    ),
    rule_of(
        r"There is no `id_token`, for the scope does not say `openid`",
        lambda f: not f.has("id_token") and "openid" not in f.value("scope").split(" "),
    ),
    rule_of(r"With the `refresh_token` the app can get new ones later", lambda f: f.has("refresh_token")),
    rule_of(r"gets an error and no token", lambda f: f.has("error") and not f.has("access_token")),
    rule_of(
        r"answers with (?:new )?tokens|gives the attacker (?:the|new) tokens|The tokens have arrived",
        lambda f: f.has("access_token"),
    ),
    rule_of(r"the ID token is not what the app asked for", lambda f: f.decided.startswith("id_token.")),
    rule_of(
        r"the app cannot use them|not what the app can use", lambda f: f.decided.startswith(("tokens.", "refreshed."))
    ),
    rule(
        r"The ((?:`\w+`(?:, | and |))+) go(?:es)? to whoever showed what was asked for",
        lambda f, m: set(all_names(m[1])) == {n for n, _ in f.pairs if n.endswith("_token")},
    ),
    rule_of(r"this is an app like any other", lambda f: any(ATTACKERS_CLIENT in str(e.messages) for e in f.log)),
    rule_of(r"Even the `nonce` is the one it sent", lambda f: f.passed("id_token.nonce")),
    rule_of(r"The `code` was the victim's, so the tokens are", lambda f: "user-alice" in _claims(f)),
    rule_of(r"gets the victim's tokens$", lambda f: "user-alice" in _claims(f)),
    rule_of(
        r"refuses (?:the (?:app|attacker|request|redirect|posted answer|tokens|new tokens|token)|to revoke the token)$",
        lambda f: f.event.outcome not in (Outcome.OK, Outcome.SILENT),
    ),
    # ---- Steps 10 and 11
    rule_of(
        r"puts the `access_token` into the `Authorization` header(?=\.?$)",
        lambda f: (
            f.header("authorization").partition(" ")[0] in ("Bearer", "DPoP")
            and f.header("authorization").partition(" ")[2] == f.held.access_token
        ),
    ),
    rule_of(
        r"It is a bearer token",
        lambda f: f.header("authorization").startswith("Bearer ") and "cnf" not in _shown_claims(f),
    ),
    rule_of(
        r"A proof goes with it: whoever sends this token has to show that they hold the key it is bound to",
        lambda f: f.proof and "cnf" in _shown_claims(f),
    ),
    rule_of(r"The stolen proof goes with it", lambda f: f.proof),
    rule_of(r"shows the `access_token` as if it were its own", lambda f: f.genuine),
    rule_of(r"shows an `access_token` that it has written itself", lambda f: not f.genuine),
    rule_of(r"The token is genuine", lambda f: f.genuine),
    rule_of(r"takes the token for genuine", lambda f: not f.genuine),
    rule(r"The API checks the token by itself: [^.]*", _api_checks_said),
    rule(
        r"The API does not ask of the token [^.]*",
        lambda f, m: (
            all(word in m[0] for word in _ASKED_OF_A_TOKEN)
            and not any(one.on for one in f.event.checks if one.check.id in _ASKED_OF_A_TOKEN.values())
        ),
    ),
    rule_of(r"also checks the proof", lambda f: f.check("api_proof.present") is not None and f.on("api_proof.present")),
    rule_of(
        r"Then it answers|so it answers|so the API answers|with the data$", lambda f: f.event.outcome is Outcome.OK
    ),
    rule_of(r"gives the attacker the user's data$|gets the victim's data, and", lambda f: bool(f.made("data"))),
    rule_of(r"gives no data|an error and no data", lambda f: f.event.outcome is not Outcome.OK and not f.made("data")),
)
