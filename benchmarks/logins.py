"""How many logins a second: flowsim's, with everything recorded, beside Authlib's and beside the cryptography alone.

A flowsim login is `Simulation(seed=…).run()` with a seed that was not used before: eleven moves, seven HTTP exchanges,
76 checks with expected and received value, every message and every world kept. The next line of the table also works
out who knows what, and the verdict.

The Authlib login (see `authlib_login`) has the same app, user, scope and PKCE method, the same seven exchanges, pages from
the same templates, and the same two tokens: signed with RS256 by the same key, each verified once by whom it is for.
Not the same: Authlib records nothing, has fewer rules, and stops at the first that fails. flowsim's requests are frozen
and handed from actor to actor; Authlib's go through an `httpx.Client` with a cookie jar, and on the line without a
client straight to the server. Both remember the password's scrypt hash, or it would be all there
is to measure. Random values come from a hash of the seed here, from the operating system there.

The cryptography alone is what no login can do without: two RS256 signatures over 600 octets, two verifications, one
SHA-256, by `cryptography`, with no JWT around it. flowsim remembers signatures, and what it found of them; that makes no
login of this table faster, because each has a seed of its own, so that both its tokens are new (a test counts that). The
last line says which share of a login's CPU time its cryptography takes, both measured in turns: on a machine that others
use as well, the clock on the wall says less. How long it takes depends on the processor: with AVX-512 IFMA OpenSSL
takes half the time, so everything else weighs twice as much. `OPENSSL_ia32cap=:~0x200000` hides that from
OpenSSL and shows the ratio of the other processors.
"""

import itertools
import time
from collections.abc import Callable
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPrivateNumbers,
    RSAPublicKey,
    RSAPublicNumbers,
)

from benchmarks.authlib_login import Peer
from benchmarks.rounds import in_turns, table
from flowsim import Simulation
from flowsim.protocol.signed_tokens import published_keys
from flowsim.simulation.simulation import Trace

FLOWSIM = "flowsim, everything recorded"
JUDGED = "flowsim, with ledger and verdict"
AUTHLIB = "Authlib, through httpx.Client"
BARE = "Authlib, without a client"
CRYPTOGRAPHY = "the cryptography alone"
SHARE = 0.5
GOALS = {AUTHLIB: 1.5, CRYPTOGRAPHY: SHARE}
_SEEDS = itertools.count(1_000_000)  # that nobody else plays
_SIGNED = bytes(600)


def login() -> Trace:
    """One recorded login with a seed of its own."""
    return Simulation(seed=next(_SEEDS)).run()


def login_and_verdict() -> str:
    """One recorded login, and what follows from its record."""
    trace = login()
    assert trace.ledger.learned
    return trace.verdict.sentence


@cache
def _keys() -> tuple[RSAPrivateKey, RSAPublicKey]:
    key = published_keys()[0].private
    public = RSAPublicNumbers(key.public.e, key.public.n)
    private = RSAPrivateNumbers(key.p, key.q, key.d, key.dp, key.dq, key.qi, public).private_key()
    return private, private.public_key()


def cryptography() -> None:
    """Two signatures, two verifications, one hash."""
    private, public = _keys()
    for _ in range(2):
        signature = private.sign(_SIGNED, PKCS1v15(), hashes.SHA256())
        public.verify(signature, _SIGNED, PKCS1v15(), hashes.SHA256())
    digest = hashes.Hash(hashes.SHA256())
    digest.update(_SIGNED[:43])
    digest.finalize()


def contenders() -> dict[str, Callable[[], Any]]:
    """What is measured, by the name in the table."""
    return {
        FLOWSIM: login,
        JUDGED: login_and_verdict,
        AUTHLIB: Peer().login,
        BARE: Peer(bare=True).login,
        CRYPTOGRAPHY: cryptography,
    }


def report(quick: bool) -> str:
    rounds, calls = (1, 2) if quick else (25, 100)
    measured = in_turns(contenders(), rounds=rounds, calls=calls)
    rows = []
    for name in measured.seconds:
        seconds, ratio = measured.median(name), measured.times_as_fast(FLOWSIM, name)
        goal = f">= {GOALS[name]}" if name in GOALS else ""
        rows.append((name, f"{seconds * 1000:.2f}", f"{1 / seconds:.0f}", f"{ratio:.2f}", goal))
    return table(
        "Logins",
        ("", "ms", "logins a second", "flowsim's rate to this one", "goal"),
        rows,
        f"{rounds} rounds in turns, {calls} calls each; medians. How the processor matters: see benchmarks/logins.py.",
        f"Share of the cryptography in the CPU time of a recorded login: {share(quick):.2f} (goal >= {SHARE}).",
    )


def share(quick: bool) -> float:
    """Which share of the CPU time of a recorded login its cryptography takes: the median of many short rounds."""
    rounds, calls = (1, 2) if quick else (150, 8)
    found = in_turns({FLOWSIM: login, CRYPTOGRAPHY: cryptography}, rounds=rounds, calls=calls, clock=time.process_time)
    return found.times_as_fast(FLOWSIM, CRYPTOGRAPHY)
