"""A test for a class, in two parallel forms: one before the lesson and one after it. Every answer is decided by runs.

The question at one place of a form is about the same subject as the one at that place of the other, and is asked in the
same way, so a class that takes one form before and the other after can be compared with itself. Which form comes first
is the trainer's choice. No answer is written down here: statements are decided by `analysis/statements.py`, and who stops
an attack by the cell of the matrix.
"""

from dataclasses import dataclass
from functools import cache

from flowsim.analysis.defences import DEFENCES
from flowsim.analysis.matrix import cell
from flowsim.analysis.statements import statement
from flowsim.attacks import ATTACKERS
from flowsim.checks import CHECKS
from flowsim.model.steps import ACTOR_BY_ID, API, CLIENT, SERVER

FORMS = ("A", "B")
TRUE, FALSE = "True", "False"
NOBODY = "Nobody: the attack works"
_WHO = {actor: f"The {ACTOR_BY_ID[actor].name[0].lower()}{ACTOR_BY_ID[actor].name[1:]}" for actor in (CLIENT, SERVER)}
_WHO[API] = "The API"

# Subject, and the statement of each form.
_STATEMENTS = (
    ("what PKCE proves", "pkce-proves-the-app", "the-verifier-can-be-handed-over"),
    ("a stolen code", "stolen-code-is-worthless", "pkce-outlives-the-secret"),
    ("what the app compares", "state-stops-attackers", "nonce-protects-the-code"),
    ("PKCE beside state", "a-planted-code-is-refused", "pkce-replaces-state"),
    ("plain", "plain-stops-a-reader-of-the-redirect", "plain-is-broken"),
    ("refresh tokens", "rotation-ends-the-family", "rotation-prevents-theft"),
    ("what others see", "dpop-stops-code-theft", "https-hides-the-challenge"),
    ("code injection", "a-secret-does-not-stop-injection", "nonce-comes-after-the-tokens"),
)
# Subject, and the attack and the one defence of each form.
_CASES = (
    ("an attacker who gets through", ("code-interception", "none"), ("code-and-request", "plain")),
    ("an attacker before the token endpoint", ("code-interception", "S256"), ("code-injection", "S256")),
    ("an attacker before the app", ("login-csrf", "state"), ("code-injection", "nonce")),
    ("a stolen token", ("access-token-theft", "dpop"), ("api-replay", "audience")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question: its subject, what is asked, what can be ticked, what the runs say, and why."""

    subject: str
    text: str
    options: tuple[str, ...]
    answer: str
    why: str
    clause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One of the two forms."""

    name: str
    questions: tuple[Question, ...]


@cache
def forms() -> tuple[Form, Form]:
    """Both forms; every run that decides an answer is played now."""
    first, second = (
        Form(
            name=name,
            questions=(
                *(_true_or_false(subject, pair[at]) for subject, *pair in _STATEMENTS),
                *(_who_stops_it(subject, *pair[at]) for subject, *pair in _CASES),
            ),
        )
        for at, name in enumerate(FORMS)
    )
    return first, second


def _true_or_false(subject: str, name: str) -> Question:
    decision = statement(name).decide()
    return Question(
        subject=subject,
        text=decision.statement.text,
        options=(TRUE, FALSE),
        answer=TRUE if decision.holds else FALSE,
        why=f"{decision.statement.reason} In the run “{decision.lines[0].partition(':')[0]}”: {decision.came[0][2]}",
        clause=decision.statement.clause,
    )


def _who_stops_it(subject: str, attack: str, defence: str) -> Question:
    one = cell(attack, *(() if defence == "none" else (defence,)))
    check = CHECKS[one.verdict.stopped_by] if one.verdict.stopped_by and not one.works else None
    has = f"have one defence and no other: {DEFENCES[defence].title}" if defence != "none" else "have no defence at all"
    return Question(
        subject=subject,
        text=f"“{ATTACKERS[attack].title}”: {ATTACKERS[attack].about} The app and the server {has}. Who stops the attack?",
        options=(*_WHO.values(), NOBODY),
        answer=_WHO[check.actor] if check else NOBODY,
        why=one.verdict.sentence,
        clause=check.clause if check else DEFENCES[defence].clause,
    )
