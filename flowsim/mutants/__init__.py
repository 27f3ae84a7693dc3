"""The bug zoo: servers, apps and APIs, some sound and some with one defect, and a detector to be written by the reader.

This is mutation testing turned round: the mutants are given, and what is tested is the reader's test. Many of the defects
were found in somebody's server, app or API; `defects` says where. A detector is a function that tries a system out and says
whether it is defective. `grade` shows it every system of a suite. It counts which defects the detector catches, and which
sound systems it accuses wrongly: one that accuses everybody catches everything and is good for nothing.

A system under test is no model of a defect. It is the code of flowsim itself with one check off, with one setting wrong, or
with something before it that drops or changes a part of a message; so whatever it answers is computed.

The zoo judges by the specifications in force: RFC 6749, 6750, 7009, 7517, 7519, 7523, 7636, 8414, 8725, 9068, 9110, 9207,
9449 and 9700, OIDC Core and OIDC Discovery. What breaks a clause of one of these is a defect, and what they leave open is
sound. A third group is advice: what these documents do not forbid, or even ask for, and what a draft or experience advises
otherwise. Such systems are shown, with what is said of them, and a detector may call them either way; `advice` lists them.

Source: the clause of each defect.
"""

from flowsim.mutants.api_under_test import ApiUnderTest
from flowsim.mutants.app_under_test import AppUnderTest
from flowsim.mutants.catalogue import SUITES, Mutant
from flowsim.mutants.grading import Detector, Grade, advice, defects, grade, system_under_test
from flowsim.mutants.server_under_test import ServerUnderTest
from flowsim.mutants.under_test import CHALLENGE, VERIFIER

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
    "advice",
    "defects",
    "grade",
    "system_under_test",
]
