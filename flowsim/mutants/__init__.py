"""The bug zoo: servers, apps and APIs, some sound and some with one defect, and a detector to be written by the reader.

This is mutation testing turned round: the mutants are given, and what is tested is the reader's test. Most of the defects
were found in somebody's server, app or API; `defects` says where. A detector is a function that tries a system out and says
whether it is defective. `grade` shows it every system of a suite. It counts which defects the detector catches, and which
sound systems it accuses wrongly: one that accuses everybody catches everything and is good for nothing.

A system under test is no model of a defect. It is the code of flowsim itself with one check off, or with one setting wrong,
so whatever it answers is computed.

The zoo judges by the specifications in force: RFC 6749, 7519, 7636, 8725, 9068, 9207 and 9700, and OIDC Core. What they
leave open is sound here. The draft of OAuth 2.1 asks for more: it would, for example, have a server refuse a public client
without PKCE. Where a defect breaks a draft only, its clause names the draft. That is how it is with the two that hand a
stranger a way to keep the user out: the draft says that a wrong request should not revoke tokens, and a code that is
thrown away for a wrong request is the same trouble one step earlier.

Source: the clause of each defect.
"""

from flowsim.mutants.catalogue import SUITES, Mutant
from flowsim.mutants.grading import Detector, Grade, defects, grade, system_under_test
from flowsim.mutants.under_test import CHALLENGE, VERIFIER, ApiUnderTest, AppUnderTest, ServerUnderTest

__all__ = [
    "CHALLENGE",
    "SUITES",
    "VERIFIER",
    "ApiUnderTest",
    "AppUnderTest",
    "Detector",
    "Grade",
    "Mutant",
    "ServerUnderTest",
    "defects",
    "grade",
    "system_under_test",
]
