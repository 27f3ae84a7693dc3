"""The duties that a fault of the server shows: what a client must not believe, and what it may.

Faults with one duty are one row: whoever lets one of them pass does not hold it.
"""

from collections.abc import Callable, Iterator, Mapping

from flowsim.judge.baseline import Baseline
from flowsim.judge.client_under_test import Refused
from flowsim.judge.court import API_URL, Case, without_pkce
from flowsim.judge.duties import Duty, Found, Trial
from flowsim.live.faults import FAULTS, Fault, Faulty, Place
from flowsim.protocol.messages import query_of, single

_FUNCTIONS: dict[Place, str] = {
    "metadata": "discover",
    "redirect": "take_redirect",
    "token response": "validate_id_token",
    "userinfo": "userinfo",
    "refresh": "refresh",
}
_IDS = {
    "iss-wrong": "issuer",
    "aud-other": "audience",
    "azp-other": "authorized-party",
    "nonce-wrong": "nonce",
    "expired": "expiry",
    "exp-missing": "expiry-said",
    "iat-future": "issued-recently",
    "iat-missing": "issue-said",
    "sub-missing": "subject-said",
    "at-hash-wrong": "access-token-hash",
    "changed-claims": "signature",
    "alg-none": "algorithm",
    "id-token-missing": "id-token-there",
    "token-type-unknown": "token-type",
    "state-wrong": "state",
    "redirect-iss-wrong": "redirect-issuer",
    "redirect-iss-missing": "redirect-issuer-promised",
    "userinfo-sub-other": "userinfo-subject",
    "refresh-sub-other": "refresh-subject",
    "refresh-iss-other": "refresh-issuer",
    "refresh-aud-other": "refresh-audience",
    "metadata-issuer-other": "metadata-issuer",
}
_STRICTEST = ("must", "should", "may")
_TOKEN_TYPE = "token-type-unknown"
_USES = "it may make no use of that ID token"


def believes(fault: Fault, case: Case, known: Baseline) -> bool:
    """Whether a client goes on in spite of this fault, as far as it is written."""
    party, redirect = case.party(), ""
    try:
        party.do("discover")
        if fault.place == "metadata" and not known.works("authorization_url"):
            return True
        url = party.address()
        if fault.place == "metadata":
            return True
        redirect = case.browse(url)
        taken = party.do("take_redirect", redirect)
        if not known.works("request_tokens"):
            return True
        tokens = party.do("request_tokens", taken)
        if fault.place == "redirect":
            return True
        if known.works("validate_id_token") and not party.claims(tokens):
            return False
        if fault.name == _TOKEN_TYPE and known.works("call_api"):
            party.do("call_api", API_URL)
        if fault.place in ("userinfo", "refresh"):
            said = party.do(fault.place)
            return fault.place == "refresh" or (isinstance(said, Mapping) and bool(said))
        return True
    except Refused:
        # What counts is what the server sees: a code that was sent was believed.
        code = single(query_of(redirect), "code") if fault.place == "redirect" else None
        return code is not None and bool(case.token_requests(code))


def against_csrf(trial: Trial) -> str:
    """What this client may rely on instead of the state (RFC 9700 section 2.1); empty where there is nothing."""
    known = trial.known
    if known.uses_pkce and _begins_only_with_pkce(trial):
        return "it relies on PKCE, and begins no login where the server has none (RFC 9700 §2.1)"
    if not (known.sends_nonce and known.works("validate_id_token")):
        return ""
    wrong = [Faulty(trial.court.usual, name) for name in ("nonce-wrong", "nonce-missing")]
    compares = not any(believes(one.fault, trial.case(one), known) for one in wrong)
    return "it relies on the nonce (RFC 9700 §2.1)" if compares else ""


def _begins_only_with_pkce(trial: Trial) -> bool:
    """Whether it has made sure that the server supports PKCE: at one that does not, it begins no login."""
    try:
        trial.court.case(without_pkce(trial.court)).party().begin()
    except Refused:
        return True
    return False


def _tried(faults: tuple[Fault, ...]) -> Callable[[Trial], Found]:
    def trial(trial: Trial) -> Found:
        known = trial.known
        if faults[0].name.startswith("nonce-") and not known.sends_nonce:
            return Found(None, "it sends no nonce")
        passed = [one for one in faults if believes(one, trial.case(Faulty(trial.court.usual, one.name)), known)]
        if not passed:
            return Found(True, f"it refuses {_counted(faults)}")
        return Found(False, f"it lets pass: {'; '.join(one.title for one in passed)}", _excuse(passed[0], trial))

    return trial


def _counted(faults: tuple[Fault, ...]) -> str:
    return "it" if len(faults) == 1 else f"all {len(faults)} kinds"


def _excuse(fault: Fault, trial: Trial) -> str:
    """Why the clause asks nothing of this client here; empty where it does."""
    known = trial.known
    if not fault.unless:
        return ""
    if fault.place == "redirect" and fault.name.startswith("state-"):
        return against_csrf(trial)
    if fault.place == "redirect":
        wrong = Faulty(trial.court.usual, "redirect-iss-wrong")
        supports = fault.name != "redirect-iss-wrong" and not believes(wrong.fault, trial.case(wrong), known)
        return "" if supports else "a client that does not support RFC 9207 ignores what it does not know"
    if fault.place == "refresh":
        return _USES
    return "" if fault.name.startswith("nonce-") else fault.unless


def _grouped() -> Iterator[tuple[Fault, ...]]:
    """The faults with one duty, together."""
    seen: dict[tuple[str, str], list[Fault]] = {}
    for fault in FAULTS.values():
        seen.setdefault((fault.duty, fault.place), []).append(fault)
    return map(tuple, seen.values())


def _function(fault: Fault) -> str:
    return "request_tokens" if fault.name == _TOKEN_TYPE else _FUNCTIONS[fault.place]


def _needs(fault: Fault) -> tuple[str, ...]:
    if fault.place in ("userinfo", "refresh"):
        return ("validate_id_token", fault.place)
    return (_function(fault),)


GROUPS = tuple(_grouped())
DUTIES = tuple(
    Duty(
        id=_IDS.get(faults[0].name, faults[0].name),
        title=faults[0].duty,
        clause=faults[0].clause,
        function=_function(faults[0]),
        need=min((one.need for one in faults), key=_STRICTEST.index),
        needs=_needs(faults[0]),
        trial=_tried(faults),
    )
    for faults in GROUPS
)
