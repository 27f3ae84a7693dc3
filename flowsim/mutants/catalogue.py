"""Who lives in the zoo: four suites, in each some sound systems, some with one defect, and some that advice speaks of.

The sound ones differ, too. They differ in what the specifications leave open, so a detector that takes every difference for
a defect will accuse one of them. What is left open is what the documents in force leave open (see `flowsim.mutants`), and
what flowsim's own server chooses there stands in flowsim/model/choices.py.
"""

from flowsim.mutants.api_under_test import ApiUnderTest
from flowsim.mutants.app_under_test import AppUnderTest
from flowsim.mutants.catalogue_of_apis import APIS
from flowsim.mutants.catalogue_of_apps import APPS
from flowsim.mutants.catalogue_of_endpoints import ENDPOINTS
from flowsim.mutants.catalogue_of_servers import SERVERS
from flowsim.mutants.server_under_test import ServerUnderTest
from flowsim.mutants.specimens import Mutant, Suite, SystemUnderTest

__all__ = ["SUITES", "Mutant", "Suite", "SystemUnderTest"]

SUITES: dict[str, Suite] = {
    suite.name: suite
    for suite in (
        Suite(name="servers", kind=ServerUnderTest, mutants=SERVERS),
        Suite(
            name="endpoints",
            kind=ServerUnderTest,
            mutants=ENDPOINTS,
            settings={"par": "optional", "dpop": "tokens"},
        ),
        Suite(name="apps", kind=AppUnderTest, mutants=APPS),
        Suite(name="APIs", kind=ApiUnderTest, mutants=APIS),
    )
}
