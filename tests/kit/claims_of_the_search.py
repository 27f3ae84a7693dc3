"""The searches behind what the lesson on the machine as attacker says. See notebook_claims.py."""

from functools import cache, partial
from typing import Any

from flowsim.exercises.the_machine_as_attacker import redirect_is_read, token_of_our_app, within
from flowsim.explorer.decisions import decisions
from flowsim.explorer.exploring import Exploration
from flowsim.explorer.minimal import minimal_defences
from flowsim.explorer.search import search
from flowsim.model.states import Act
from flowsim.model.world import ATTACKERS_CLIENT
from flowsim.protocol.messages import Opening, Request, query_of, single
from tests.kit.claims_of_notebooks import run
from tests.kit.notebook_claims import claim

here = partial(claim, "the-machine-as-attacker")


def acts(found: Exploration) -> tuple[Act, ...]:
    """What each decision of the attack begins with."""
    simulation = found.simulation()
    assert simulation is not None
    return tuple(one[0].act for one in decisions(simulation.run().events))


def verifiers(found: Exploration) -> list[str | None]:
    """The `code_verifier` of each token request of the attack."""
    assert found.found is not None
    sent = (one.move.message for one in found.found.moves)
    return [single(one.form, "code_verifier") for one in sent if isinstance(one, Request)]


@cache
def three_moves() -> Exploration:
    return search(pkce="S256", positions="A3", goals=token_of_our_app, depth=3)


@here("To get the access token takes one move less.")
def the_call_of_the_api_is_a_move_of_its_own() -> bool:
    taken = decisions(run(pkce="none", attacker="code-interception").events)
    return len(taken) == 3 and taken[-1][0].act is Act.STEP_10


@here("which is registered at the server like any other.")
def it_brings_an_app_of_its_own() -> bool:
    found = within(2).found
    assert found is not None
    opened = [one.move.message for one in found.moves if isinstance(one.move.message, Opening)]
    return [single(query_of(one.url), "client_id") for one in opened] == [ATTACKERS_CLIENT]


@here("Every message is as it should be, and every check passes:")
def every_check_passes() -> bool:
    simulation = within(2).simulation()
    assert simulation is not None
    return all(one.passed is not False for event in simulation.run().events for one in event.checks)


@here("the attacker reads the redirect, and the `code` alone is enough.")
def the_code_alone_is_enough() -> bool:
    found = search(pkce="none", positions="A3", goals=token_of_our_app, depth=2)
    return acts(found) == (Act.READ_RESPONSE, Act.SEND_CODE) and verifiers(found) == [None]


here("“None within two moves” says nothing about three.")(
    lambda: redirect_is_read().found is None and three_moves().decisions == 3
)
here("It finds one of three moves.")(lambda: acts(three_moves()) == (Act.OPEN_REQUEST, Act.INSTALL_APP, Act.SEND_CODE))


@here("The victim logs in, the attacker gets the redirect, and shows its own verifier, which fits.")
def the_attacker_shows_its_own_verifier() -> bool:
    simulation = three_moves().simulation()
    assert simulation is not None
    sent = [one for event in simulation.run().events for one in event.checks if one.check.id == "token.verifier_fits"]
    return bool(sent) and all(one.passed for one in sent) and None not in verifiers(three_moves())


@here("against a website with a secret the same search finds nothing within three moves.")
def a_secret_keeps_it_out() -> bool:
    website = search(client="web", pkce="S256", positions="A3", goals=token_of_our_app, depth=3)
    return website.found is None and website.finished and website.scenario.client_auth == "secret"


@here("shuts a hostile app out, and not one who reads the redirect in another way.")
def the_redirect_can_be_read_without_an_app() -> bool:
    claimed = search(client="native-https", pkce="S256", positions="A3", goals=token_of_our_app, depth=3)
    return acts(claimed) == (Act.OPEN_REQUEST, Act.READ_RESPONSE, Act.SEND_CODE)


here("Here are four, each with one position, against an app that uses `S256`:")(
    lambda: (
        all(
            search(pkce="S256", depth=1, **asked).found is not None
            for asked in (
                {"positions": "A5", "goals": "access-token"},
                {
                    "positions": "storage",
                    "goals": "refresh-token",
                    "scope": "openid profile read:messages offline_access",
                },
                {"positions": "web_view", "goals": "password", "web_view": True},
            )
        )
        and within(2).found is not None
    )
)
here("It leaves the login that the attacker begins, the app that the attacker brings,")(
    lambda: acts(three_moves())[0] is Act.OPEN_REQUEST and acts(within(2))[0] is Act.OPEN_REQUEST
)
here("The first thing it finds is often an attack that you did not mean.")(
    lambda: acts(search(pkce="none", positions="A3", goals="access-token", depth=2)) != (Act.INSTALL_APP, Act.SEND_CODE)
)


@here("`S256` alone is not in the list: an attack that was known by then works there as well.")
def a_known_attack_refutes_s256_alone() -> bool:
    asked: dict[str, Any] = {"client": "native-scheme", "positions": "A3", "goals": token_of_our_app, "depth": 2}
    enough = minimal_defences(**asked, among=("S256", "state", "exact-redirect-uri"), largest=2)
    listed = [names for names, _ in enough.attacks]
    return ("S256",) not in [*listed, *enough.sets] and search(**asked, defences=["S256"]).found is not None
