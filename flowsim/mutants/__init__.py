"""The bug zoo: servers, apps and APIs, some sound and some with one defect, and a judge to be written by the reader.

Most of the defects were found in somebody's server, app or API; `defects` says where. A judge is a function that tries a
specimen out and says whether it is defective. `grade` shows it every specimen of a house. It counts which defects the
judge catches, and which sound specimens it accuses wrongly: a judge that accuses everybody catches everything and is good
for nothing.

A specimen is no model of a defect. It is the code of flowsim itself with one check off, or with one setting wrong, so
whatever it answers is computed.

The zoo judges by the specifications in force: RFC 6749, 7519, 7636, 8725, 9068, 9207 and 9700, and OIDC Core. What they
leave open is sound here. The draft of OAuth 2.1 asks for more: it would, for example, have a server refuse a public client
without PKCE. Where a defect breaks a draft only, its clause names the draft. That is how it is with the two that hand a
stranger a way to keep the user out: the draft says that a wrong request should not revoke tokens, and a code that is
thrown away for a wrong request is the same trouble one step earlier.

Source: the clause of each defect.
"""

from flowsim.mutants.catalogue import HOUSES, Breed
from flowsim.mutants.grading import Grade, Judge, defects, grade, specimen
from flowsim.mutants.under_test import CHALLENGE, VERIFIER, ApiSpecimen, AppSpecimen, ServerSpecimen

__all__ = [
    "CHALLENGE",
    "HOUSES",
    "VERIFIER",
    "ApiSpecimen",
    "AppSpecimen",
    "Breed",
    "Grade",
    "Judge",
    "ServerSpecimen",
    "defects",
    "grade",
    "specimen",
]
