"""What people say about PKCE and its neighbours, and the runs that decide whether it is so.

A statement claims something of some runs: that an attack is stopped, or that it works. `decide()` plays them. Where it
claims that of every run, a single one that comes out otherwise refutes it; where all come out as it claims, it holds for
these runs, which is less than a proof: there may be a run that nobody has thought of. Where it says that something *can*
happen, it is the other way round. No truth value is written down here.

Source: RFC 9700 section 4, RFC 7636 sections 1 and 7, and the clause of each statement.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from flowsim.analysis.defences import ROWS, scenario_of
from flowsim.model.scenario import unknown
from flowsim.protocol.messages import Response
from flowsim.simulation.simulation import Simulation, Trace


@dataclass(frozen=True, slots=True)
class Claim:
    """What is claimed of a run, in words; the words where it is otherwise; and how one tells."""

    words: str
    otherwise: str
    holds: Callable[[Trace], bool]


@dataclass(frozen=True, slots=True)
class Case:
    """An attack against defences, as in the matrix; with `later` another plan of what follows the login, named `told`."""

    attack: str
    defences: tuple[str, ...] = ()
    later: str = ""
    told: str = ""

    @property
    def against(self) -> str:
        """The defences, with the PKCE that the attack's row begins with."""
        had = ROWS[self.attack].needs.get("pkce")
        return " + ".join([had, *self.defences] if had else self.defences) or "no defence"

    @property
    def name(self) -> str:
        return f"{self.attack} against {self.against}{self._told}"

    @property
    def _told(self) -> str:
        return f", {self.told}" if self.told else ""

    def short_name(self, others: tuple["Case", ...]) -> str:
        """As much of its name as tells it from these others."""
        if all(one.attack == self.attack and not one.told for one in others) and not self.told:
            return self.against
        if all(one.against == self.against for one in others):
            return f"{self.attack}{self._told}"
        return self.name

    def simulation(self) -> Simulation:
        """The run, at its start, under its name."""
        scenario = scenario_of(self.attack, *self.defences)
        return Simulation(replace(scenario, later=self.later or scenario.later), name=self.name)


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence that may be true or not, its clause, what to think of, and the cases of which it claims something.

    It claims the same of every case, or, where it says that something `can` happen, of any one of them. `beside` is
    a case to compare with, of which nothing is claimed.
    """

    name: str
    text: str
    clause: str
    reason: str
    claim: Claim
    cases: tuple[Case, ...]
    beside: Case | None = None
    can: bool = False

    def decide(self) -> "Decision":
        """Play the cases, and give what came of them."""
        traces = tuple(one.simulation().run() for one in self.cases)
        return Decision(statement=self, traces=traces)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What came of a statement's cases, in their order."""

    statement: Statement
    traces: tuple[Trace, ...]

    @property
    def holds(self) -> bool:
        """True where every run came out as the statement claims; where something can happen, where any run did."""
        as_claimed = [self.statement.claim.holds(trace) for trace in self.traces]
        return any(as_claimed) if self.statement.can else all(as_claimed)

    @property
    def proved(self) -> bool:
        """True where a single run settles it."""
        return self.holds is self.statement.can

    @property
    def deciding(self) -> Trace:
        """The run that settles it, or the first of those that together speak for the answer."""
        claim = self.statement.claim
        return next(trace for trace in self.traces if claim.holds(trace) is self.holds)

    @property
    def cases(self) -> tuple[Case, ...]:
        """The cases: the one that decides first, and at the end the one to compare with."""
        statement, first = self.statement, self.deciding.name
        ordered = sorted(statement.cases, key=lambda one: one.name != first)
        return (*ordered, statement.beside) if statement.beside else tuple(ordered)

    @property
    def runs(self) -> tuple[Simulation, ...]:
        """The runs for a player, at their start, in the order of `cases`."""
        return tuple(one.simulation() for one in self.cases)

    @property
    def came(self) -> tuple[tuple[str, str, str], ...]:
        """For each run, the one that decides first: its name, whether it is as claimed, in words, and its verdict."""
        claim = self.statement.claim
        return tuple(
            (trace.name, claim.words if claim.holds(trace) else claim.otherwise, trace.verdict.sentence)
            for trace in sorted(self.traces, key=lambda trace: trace is not self.deciding)
        )

    @property
    def lines(self) -> tuple[str, ...]:
        """One line of text for each run."""
        return tuple(f"{name}: {came}. {sentence}" for name, came, sentence in self.came)

    @property
    def answer(self) -> str:
        """Whether it holds, and how much that says."""
        if self.proved:
            return "True. Here is a run in which it happens." if self.holds else "False. Here is a run that refutes it."
        if len(self.traces) == 1:
            return f"{self.holds} in this run (one run is no proof)."
        return f"{self.holds} in these {len(self.traces)} runs (runs are no proof)."

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        statement = self.statement
        yield f"“{statement.text}”"
        yield self.answer
        yield from (f"  {line}" for line in self.lines)
        yield f"{statement.reason} ({statement.clause})"


def statement(name: str) -> Statement:
    """The statement of this name. Raises ScenarioError, with the nearest name, for one there is not."""
    found = {one.name: one for one in STATEMENTS}
    if not isinstance(name, str) or name not in found:
        raise unknown("statement", name, list(found))
    return found[name]


def _ends_the_family(trace: Trace) -> bool:
    """The attacker's token is refused because it was used before, and later the app's own because its family has ended."""
    refused = {
        (result.check.id, event.by_attacker) for event in trace.events for result in event.checks if result.decides
    }
    return {("refresh.not_used", True), ("refresh.not_revoked", False)} <= refused


def _comes_after_the_tokens(trace: Trace) -> bool:
    """The nonce is what stops it, and the message in which it is found wrong has brought the access token."""
    for event in trace.events:
        if any(result.decides and result.check.id == "id_token.nonce" for result in event.checks):
            answers = [sent.message for sent in event.messages if isinstance(sent.message, Response)]
            return any(answer.status == 200 and "access_token" in answer.json() for answer in answers)
    return False


_STOPPED = Claim("it is stopped", "it works", lambda trace: not trace.verdict.attack_succeeded)
_WORKS = Claim("it works", "it is stopped", lambda trace: trace.verdict.attack_succeeded)
_UNSEEN = Claim(
    "the attacker does not learn the code_challenge",
    "the attacker learns the code_challenge",
    lambda trace: "code_challenge" not in trace.verdict.attacker_holds,
)
_ENDS_THE_FAMILY = Claim("attacker and app are both refused", "one of the two can go on", _ends_the_family)
_AFTER_THE_TOKENS = Claim(
    "the tokens have come when it is stopped",
    "it is stopped before any token came, or not at all",
    _comes_after_the_tokens,
)


def _try(attack: str, *defences: str) -> Case:
    return Case(attack, defences)


STATEMENTS: tuple[Statement, ...] = (
    Statement(
        name="pkce-proves-the-app",
        text="PKCE proves to the server which app is asking.",
        clause="RFC 8252 §8.6",
        reason="A verifier that fits ties the code to the request it was issued for, and says nothing of who wrote that "
        "request. Here it is the attacker's app, with the client_id of the honest one.",
        claim=_STOPPED,
        cases=(_try("app-impersonation", "S256"),),
    ),
    Statement(
        name="stolen-code-is-worthless",
        text="With PKCE a stolen code is worth nothing.",
        clause="RFC 7636 §7.2",
        reason="Without the verifier it is. But with plain the request shows the verifier, one that follows a pattern "
        "can be guessed, and whoever writes the request chooses it.",
        claim=_STOPPED,
        cases=(
            _try("code-interception", "S256"),
            _try("code-and-request", "plain"),
            _try("weak-verifier"),
            _try("chosen-challenge", "S256"),
        ),
    ),
    Statement(
        name="state-stops-attackers",
        text="An app that checks state is safe from stolen codes.",
        clause="RFC 9700 §4.5",
        reason="It is the app that compares state. An attacker who redeems the code never meets the app, and one who puts "
        "it into a login of their own brings the state of that login.",
        claim=_STOPPED,
        cases=(_try("code-injection", "state"), _try("code-interception", "state")),
        beside=_try("code-injection", "S256"),
    ),
    Statement(
        name="nonce-protects-the-code",
        text="The nonce protects the code.",
        clause="RFC 9700 §4.5.3.2",
        reason="It is the app that compares the nonce. An attacker who redeems the code of an app without a secret never "
        "meets the app. So the nonce may stand in for PKCE only at an app with a secret (RFC 9700 §2.1.1).",
        claim=_STOPPED,
        cases=(_try("code-injection", "nonce"), _try("code-interception", "nonce")),
    ),
    Statement(
        name="pkce-replaces-state",
        text="An app that uses PKCE has no need of state, whatever the server does.",
        clause="RFC 9700 §4.8",
        reason="A server that takes requests without a challenge may ignore the verifier that comes with such a code. "
        "The app compares state whatever the server does. To prevent CSRF an app may rely on PKCE alone only if it has "
        "made sure that the server supports it (RFC 9700 §2.1 and §4.7.1); one that keeps to §4.8.2 refuses that verifier.",
        claim=_STOPPED,
        cases=(_try("pkce-downgrade"),),
        beside=_try("pkce-downgrade", "state"),
    ),
    Statement(
        name="plain-is-broken",
        text="PKCE with plain stops nobody.",
        clause="RFC 7636 §7.2",
        reason="With plain the verifier stands in the request, but not in the redirect with the code. It falls to whoever "
        "sees the request, and that is why S256 is the one to use.",
        claim=_WORKS,
        cases=(
            _try("code-interception", "plain"),
            _try("code-injection", "plain"),
            _try("login-csrf", "plain"),
            _try("code-and-request", "plain"),
        ),
    ),
    Statement(
        name="rotation-prevents-theft",
        text="Where refresh tokens rotate, a stolen one cannot be used.",
        clause="RFC 9700 §4.14.2",
        reason="Rotation notices a token that comes twice. An attacker who goes first has new tokens by then, and where "
        "the app never refreshes again, no token comes twice.",
        claim=_STOPPED,
        cases=(
            Case("refresh-theft", ("rotation",), later="1h", told="app closed"),
            _try("refresh-theft", "rotation"),
            _try("refresh-theft-late", "rotation"),
        ),
    ),
    Statement(
        name="dpop-stops-code-theft",
        text="DPoP stops an attacker who has stolen the code.",
        clause="RFC 9449 §10",
        reason="DPoP binds tokens to the key of whoever redeems the code, and the attacker has a key too. What binds the "
        "code is dpop_jkt.",
        claim=_STOPPED,
        cases=(_try("code-interception", "dpop"),),
        beside=_try("code-interception", "dpop-bound-code"),
    ),
    Statement(
        name="https-hides-the-challenge",
        text="HTTPS keeps the code_challenge from every attacker.",
        clause="RFC 7636 §1",
        reason="HTTPS protects the request on its way. On the device it stands in histories and logs. S256 is made for "
        "that: its challenge may be seen.",
        claim=_UNSEEN,
        cases=(_try("code-and-request", "S256"),),
    ),
    Statement(
        name="pkce-replaces-exact-match",
        text="With PKCE a server need not compare the redirect_uri as a whole.",
        clause="RFC 9700 §2.1",
        reason="The attacker writes the request: an address of its own that begins like the registered one, and a "
        "challenge of its own. The code goes to that address, and the verifier fits.",
        claim=_STOPPED,
        cases=(_try("redirect-manipulation", "S256"),),
        beside=_try("redirect-manipulation", "exact-redirect-uri"),
    ),
    Statement(
        name="plain-stops-a-reader-of-the-redirect",
        text="PKCE with plain stops an attacker who has seen the redirect with the code and nothing else.",
        clause="RFC 7636 §7.2",
        reason="The redirect carries the code and no verifier, so this attacker would have to guess it.",
        claim=_STOPPED,
        cases=(_try("code-interception", "plain"),),
        beside=_try("code-and-request", "plain"),
    ),
    Statement(
        name="a-planted-code-is-refused",
        text="With S256, and a server that insists on it, a code planted in the victim's browser is of no use.",
        clause="RFC 9700 §4.7.1",
        reason="The planted code belongs to another challenge than that of the victim's login, and without a challenge "
        "the server issues none.",
        claim=_STOPPED,
        cases=(_try("login-csrf", "S256", "pkce-required"), _try("pkce-downgrade", "pkce-required")),
    ),
    Statement(
        name="a-secret-does-not-stop-injection",
        text="A website that keeps its secret can still be made to redeem a stolen code.",
        clause="RFC 9700 §4.5",
        reason="It redeems the code itself, with its own secret and for its own address. A secret says which app is "
        "asking; it does not say in which browser the login began.",
        claim=_WORKS,
        cases=(_try("code-injection", "secret"),),
        can=True,
        beside=_try("code-injection", "S256"),
    ),
    Statement(
        name="rotation-ends-the-family",
        text="Where refresh tokens rotate, and an attacker sends a used one, the honest app gets no new tokens either.",
        clause="RFC 9700 §4.14.2",
        reason="The server cannot tell which of the two is the attacker. It ends the whole family of refresh tokens. The "
        "access token that the app has works until it expires; then the user has to log in again.",
        claim=_ENDS_THE_FAMILY,
        cases=(_try("refresh-theft-late", "rotation"),),
    ),
    Statement(
        name="the-verifier-can-be-handed-over",
        text="An app that uses S256 can be led to bring its code and its verifier to the attacker.",
        clause="RFC 9700 §4.4",
        reason="An app that deals with several servers has to know which of them has answered. PKCE does not say it; "
        "iss does.",
        claim=_WORKS,
        cases=(_try("mix-up", "S256"),),
        can=True,
        beside=_try("mix-up", "iss"),
    ),
    Statement(
        name="nonce-comes-after-the-tokens",
        text="When the nonce gives an injected code away, the tokens have been issued already.",
        clause="RFC 9700 §4.5.3.2",
        reason="The nonce stands in the ID token, which comes together with the access token. The app has to throw both "
        "away, and of a page the attacker's own browser has them by then. PKCE is checked before any token is made.",
        claim=_AFTER_THE_TOKENS,
        cases=(_try("code-injection", "nonce"),),
        beside=_try("code-injection", "S256"),
    ),
    Statement(
        name="pkce-outlives-the-secret",
        text="With S256 an attacker who has dug the secret out of an app still cannot redeem a stolen code.",
        clause="RFC 8252 §8.5",
        reason="A secret that is shipped is the same in every copy. The verifier is a new one in each login, and it leaves "
        "the app only with the code.",
        claim=_STOPPED,
        cases=(_try("decompiled-secret", "S256"),),
    ),
)
