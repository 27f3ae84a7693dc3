"""What an actor may use while it acts: the clock, random values, the policy. And where it reports what it did.

Random values repeat with the seed. The n-th value of a label is the SHA-256 of one line of text, so anybody can
recompute it: `sha256(b"flowsim 7 victim.code_verifier 1")` is the first verifier of the lesson with seed 7.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from frozendict import frozendict

from flowsim.model.check import AnyCheck, Check, CheckResult, Facts, Failure
from flowsim.model.check import evaluate as evaluate_table
from flowsim.model.scenario import Policy
from flowsim.model.world import Made, Sent
from flowsim.protocol.messages import Message
from flowsim.protocol.pkce import base64url


@dataclass(slots=True)
class Context:
    """One move's surroundings. `draws` counts the values drawn so far under each label.

    `stand_ins` says who somebody really is: the user and the browser of an attacker's own login are the attacker.
    """

    seed: int | str
    now: int
    policy: Policy
    run: str
    draws: frozendict[str, int] = frozendict()
    stand_ins: frozendict[str, str] = frozendict()
    checks: list[CheckResult] = field(default_factory=list)
    messages: list[Sent] = field(default_factory=list)
    made: list[Made] = field(default_factory=list)

    def random_bytes(self, label: str, size: int = 32) -> bytes:
        """The next random octets under this label, at most 32."""
        label = f"{self.run}.{label}"
        count = self.draws.get(label, 0) + 1
        self.draws = self.draws.set(label, count)
        return hashlib.sha256(f"flowsim {self.seed} {label} {count}".encode()).digest()[:size]

    def random_token(self, label: str, size: int = 32) -> str:
        """The next random text under this label: `size` octets in base64url."""
        return base64url(self.random_bytes(label, size))

    @contextmanager
    def by_clock(self, ahead: int) -> Iterator[None]:
        """Let the party that acts meanwhile go by a clock that is so many seconds ahead."""
        self.now += ahead
        try:
            yield
        finally:
            self.now -= ahead

    def evaluate(
        self, table: Sequence[Check[Facts, Failure]], facts: Facts, after: AnyCheck | None = None
    ) -> Check[Facts, Failure] | None:
        """Evaluate and record a whole table; the check that decides, or None where all that count have passed.

        `after` is the check that has decided in the table before, if one has: then none of this table does.
        """
        results, decided = evaluate_table(table, facts, self.policy, after)
        self.checks.extend(results)
        return decided

    def record_message(self, sender: str, receiver: str, message: Message) -> None:
        """Record a message that was sent and has arrived."""
        if names := self.stand_ins:
            sender, receiver = names.get(sender, sender), names.get(receiver, receiver)
        self.messages.append(Sent(sender, receiver, message))

    def record_secret(self, actor: str, kind: str, value: str | None) -> None:
        """Record a secret that this actor made or brought along."""
        if value:
            self.made.append(Made(self.stand_ins.get(actor, actor), kind, value))
