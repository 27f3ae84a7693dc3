"""What may be said of a message that is not as it should be, where nobody attacks."""

import re
from base64 import urlsafe_b64encode
from hashlib import sha256

from flowsim.model.states import Act, Outcome
from flowsim.protocol.messages import Request, Response, content_type
from tests.kit.facts import Facts
from tests.kit.rules import Rule, rule, rule_of

_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def _right_challenge(facts: Facts) -> bool:
    digest = sha256(facts.made("code_verifier").encode()).digest()
    return facts.made("code_challenge") == urlsafe_b64encode(digest).decode().strip("=")


def _asked(facts: Facts) -> Request:
    assert isinstance(facts.flown, Request)
    return facts.flown


def _repeated(facts: Facts) -> bool:
    """The same form as before was sent once more in this event, and an answer came before it."""
    messages = [sent.message for sent in facts.event.messages]
    place = next(n for n, one in enumerate(messages) if isinstance(one, Request) and one.form == _asked(facts).form)
    came = any(isinstance(one, Response) and one.status != 204 for one in messages[:place])
    return came and facts.event.outcome is not Outcome.AGAIN


def _shown(facts: Facts) -> str:
    return facts.header("authorization")


RULES: tuple[Rule, ...] = (
    rule_of(
        r"draws random octets and writes them as text: the `code_verifier`",
        lambda f: len(f.made("code_verifier")) < 43 and f.scenario.verifier == "random",
    ),
    rule_of(
        r"another length or other characters than a `code_verifier` may have",
        lambda f: not _UNRESERVED.fullmatch(f.made("code_verifier")),
    ),
    rule_of(
        r"From it the app makes the `code_challenge`, and comes to another one than S256 does",
        lambda f: bool(f.made("code_challenge")) and not _right_challenge(f),
    ),
    rule_of(r"makes the code_verifier and a code_challenge$", lambda f: not _right_challenge(f)),
    rule(r"comes with (\w+), so the server sees no form", lambda f, m: _asked(f).method == m[1] != "POST"),
    rule(
        r"says that its body is ([\w/.-]+), so the server sees no form",
        lambda f, m: content_type(_asked(f)) == m[1] and bool(_asked(f).body),
    ),
    rule_of(
        r"does not say what its body is, so the server sees no form",
        lambda f: bool(_asked(f).body) and _asked(f).header("content-type") is None,
    ),
    rule_of(r"The server looks at the request$|^a form\?$", lambda f: not _asked(f).form),
    rule_of(
        r"so it can look nothing up",
        lambda f: f.event.act is Act.LOOK_UP and not _asked(f).form,
    ),
    rule_of(r"sends the same request once more before it has used the answer", _repeated),
    rule_of(r"goes by the second answer", _repeated),
    rule_of(
        r"puts the `access_token` into the address, and sends no `Authorization` header",
        lambda f: f.has("access_token") and not _shown(f),
    ),
    rule_of(
        r"puts the `access_token` into the `Authorization` header, and names no scheme",
        lambda f: bool(_shown(f)) and " " not in _shown(f),
    ),
    rule_of(
        r"puts its `id_token` into the `Authorization` header", lambda f: _shown(f).partition(" ")[2] == f.held.id_token
    ),
    rule_of(
        r"puts the `access_token` into the `Authorization` header, with quotes around it",
        lambda f: _shown(f).partition(" ")[2] == f'"{f.held.access_token}"',
    ),
    rule(r"asks at `([^`]+)`, where no specification has it", lambda f, m: f.page == m[1] and "_" in m[1]),
    rule_of(r"The answer has no `access_token` that the app can find", lambda f: not f.has("access_token")),
    rule_of(r"The app refuses the answer$", lambda f: f.decided.startswith(("tokens.", "id_token."))),
    rule_of(r"The server checks the proof\.?$", lambda f: f.check("code_proof.present") is not None),
    rule_of(r"A proof goes with it\.?$", lambda f: f.proof),
)
