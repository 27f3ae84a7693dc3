"""The whole of it on one page for the wall: the steps, the secrets, the checks that matter, the errors, which flow.

Every line is read from the tables of this package or computed by a run, so the page says what this version does.
docs/cheat-sheet.pdf is this page, printed.
"""

from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path

from flowsim.analysis.matrix import cell
from flowsim.checks import CHECKS
from flowsim.lessons.flow_chooser.table import FLOWS, QUESTIONS
from flowsim.model.refusal import ErrorCode
from flowsim.model.steps import ATTACKER, LANE_OF, LANES, STEPS, step_name
from flowsim.simulation.ledger import NAMES
from flowsim.simulation.simulation import Simulation, Trace
from flowsim.views.text.error_words import ERRORS
from flowsim.views.text.narration import label, secrets, told
from flowsim.views.text.terms import TERMS

TITLE = "The Authorization Code Flow with PKCE, on one page"

# What decides most logins: an attack, and the defence that is there for it. Which check stops it, a run says.
_DECIDED = (
    ("code-interception", "S256"),
    ("code-injection", "S256"),
    ("login-csrf", "state"),
    ("mix-up", "iss"),
    ("redirect-manipulation", "exact-redirect-uri"),
    ("code-replay", "single-use-code"),
)
_BEYOND = (
    "chosen-challenge",
    "malicious-client",
    "mix-up",
    "redirect-manipulation",
    "clickjacking",
    "session-fixation",
)
_ERRORS: tuple[ErrorCode, ...] = (
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "access_denied",
    "login_required",
    "invalid_token",
    "insufficient_scope",
    "insufficient_user_authentication",
    "use_dpop_nonce",
)
_SECRETS = ("state", "nonce", "code_verifier", "code_challenge", "code", "access_token", "id_token", "refresh_token")
_HAS, _NOT = "●", "–"
_PARTIES = {lane: name for lane, name in LANES if lane != ATTACKER}


def cheat_sheet() -> str:
    """The page as HTML, made to be printed on one side of A4; it loads nothing from elsewhere."""
    login = Simulation(client="native-scheme", scope="openid profile read:messages offline_access", seed=7).run()
    style = Path(__file__).with_name("cheat_sheet.css").read_text("utf-8")
    parts = [
        _part(
            "The eleven steps", _table(("", "from → to", "what happens", "what it shows"), _steps(login), names=True)
        ),
        _part(
            "Who has what, after the login of a phone app",
            _table(("", *_PARTIES.values(), "what it is"), _secrets(login), names=True),
        ),
        _part("The check that stops it", _table(("attack", "stopped by", "step", "clause"), _checks(), names=True)),
        _part("What PKCE alone does not stop", f"<p>{escape(_beyond())}</p>"),
        _part("What an error says", _table(("error", "what it means"), _errors(), names=True)),
        _part("Which flow", _table(("the app", "the flow"), _flows())),
    ]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{TITLE}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{style}</style></head>'
        f'<body><main><h1>{TITLE}</h1><div class="parts">{"".join(parts)}</div></main></body></html>'
    )


def _steps(login: Trace) -> Iterator[tuple[str, ...]]:
    for at, (step, telling) in enumerate(zip(STEPS, told(login), strict=True)):
        ends = dict.fromkeys(_PARTIES[LANE_OF[end]] for end in (step.sender, step.receiver))
        yield str(step.number), " → ".join(ends), step.title, label(telling, secrets(login.events[: at + 1]))


def _secrets(login: Trace) -> Iterator[tuple[str, ...]]:
    who = login.ledger.table()
    terms = {name: term.text for term in TERMS for name in (term.name, *term.also)}
    for kind in _SECRETS:
        marks = (_HAS if lane in who[kind] else _NOT for lane in _PARTIES)
        yield NAMES.get(kind, kind), *marks, _first(terms[kind if kind in terms else kind.replace("_", " ")])


def _checks() -> Iterator[tuple[str, ...]]:
    for attack, defence in _DECIDED:
        check = CHECKS[cell(attack, defence).verdict.stopped_by or ""]
        yield attack, check.title, step_name(check.step), check.clause


def _beyond() -> str:
    works = [attack for attack in _BEYOND if cell(attack, "S256").works]
    return f"These work although the app uses S256 and nothing else: {', '.join(works)}."


def _errors() -> Iterator[tuple[str, ...]]:
    return ((code, _first(ERRORS[code][0])) for code in _ERRORS)


def _flows() -> Iterator[tuple[str, ...]]:
    for flow in FLOWS.values():
        *_, (question, answer) = ((q, a) for q in QUESTIONS.values() for a in q.answers if a.to == flow.name)
        yield f"{question.text} {answer.text}" if answer.text in ("yes", "no") else answer.text, flow.title


def _first(text: str) -> str:
    return text.partition(". ")[0].partition(": ")[0].rstrip(".") + "."


def _part(heading: str, content: str) -> str:
    return f"<section><h2>{escape(heading)}</h2>{content}</section>"


def _table(heads: Iterable[str], rows: Iterable[tuple[str, ...]], *, names: bool = False) -> str:
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in heads)
    body = "".join(f"<tr>{''.join(f'<td>{escape(one)}</td>' for one in row)}</tr>" for row in rows)
    kept = ' class="names"' if names else ""
    return f"<table{kept}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
