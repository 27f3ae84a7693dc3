"""Who lives in the zoo: three suites, in each some sound systems and some with one defect.

The sound ones differ, too. They differ in what the specifications leave open, so a detector that takes every difference for
a defect will accuse one of them. What is left open is what the RFCs in force leave open (see `flowsim.mutants`). Where a
draft asks for more, `about` says so.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flowsim.model.scenario import Scenario
from flowsim.mutants.under_test import EVERYTHING, ApiUnderTest, AppUnderTest, ServerUnderTest

SystemUnderTest = ServerUnderTest | AppUnderTest | ApiUnderTest


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One system of a suite: its name, what it does, and how it is made. A sound one has no `clause`: it breaks none.

    `seen` says where such a defect was found. `settings` are those of a scenario, `off` the checks that are missing, and
    `defect` what is wrong in its memory.
    """

    name: str
    about: str
    clause: str = ""
    seen: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    off: frozenset[str] = frozenset()
    defect: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sound(self) -> bool:
        return not self.clause


def _scenario(mutant: Mutant) -> Scenario:
    return Scenario(**{"client": "spa", "seed": 7, "scope": EVERYTHING, **mutant.settings}, without=mutant.off)


def _server(mutant: Mutant) -> ServerUnderTest:
    return ServerUnderTest(_scenario(mutant), **mutant.defect)


def _app(mutant: Mutant) -> AppUnderTest:
    return AppUnderTest(_scenario(mutant))


def _api(mutant: Mutant) -> ApiUnderTest:
    return ApiUnderTest(_scenario(mutant), **mutant.defect)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A suite of mutants, and how the system of one of them is made."""

    name: str
    make: Callable[[Mutant], SystemUnderTest]
    mutants: tuple[Mutant, ...]


def _without(*checks: str) -> frozenset[str]:
    return frozenset(checks)


SUITES: dict[str, Suite] = {
    suite.name: suite
    for suite in (
        Suite(
            name="servers",
            make=_server,
            mutants=(
                Mutant(name="usual", about="PKCE is required, with S256"),
                Mutant(
                    name="older",
                    about="PKCE is optional, plain is taken, no iss in the answer (OAuth 2.1, a draft, allows none of it)",
                    settings={"pkce_required": False, "plain_allowed": True, "iss": False},
                ),
                Mutant(name="hasty", about="a code lives for ten seconds", settings={"code_lifetime": 10}),
                Mutant(
                    name="patient",
                    about="a refresh token that was just used may come again for thirty seconds",
                    settings={"overlap": 30},
                ),
                Mutant(name="old-fashioned", about="redirects with 302", settings={"redirect_status": 302}),
                Mutant(
                    name="missing-verifier",
                    about="compares the code_verifier only if one comes",
                    clause="RFC 9700 §2.1.1",
                    seen="spring-attic/spring-authorization-server#465",
                    off=_without("token.verifier_present"),
                ),
                Mutant(
                    name="length-only",
                    about="looks at the length of the code_verifier, and not whether it fits",
                    clause="RFC 7636 §4.6",
                    off=_without("token.verifier_fits"),
                ),
                Mutant(
                    name="downgrade",
                    about="takes a code_verifier for a code that has no challenge",
                    clause="RFC 9700 §4.8.2",
                    seen="thephpleague/oauth2-server#1323",
                    settings={"pkce_required": False},
                    off=_without("token.verifier_unexpected"),
                ),
                Mutant(
                    name="defaults-to-plain",
                    about="says that it takes S256 only, takes any code_challenge_method, and none at all as plain",
                    clause="RFC 7636 §4.4.1",
                    seen="JSONbored/metagraphed#9638",
                    off=_without("authorize.method_supported"),
                ),
                Mutant(
                    name="code-reusable",
                    about="takes the same code again",
                    clause="RFC 6749 §4.1.2",
                    seen="FriendsOfSymfony/FOSOAuthServerBundle#143",
                    off=_without("token.code_unused"),
                ),
                Mutant(
                    name="code-burning",
                    about="throws the code away when a request with a wrong code_verifier comes",
                    clause="OAuth 2.1 §7.5.3",
                    seen="grafana/mcp-grafana#851",
                    settings={"invalidates_code_on_failure": True},
                ),
                Mutant(
                    name="revokes-for-nothing",
                    about="revokes the app's tokens when a used code comes again in a request that is wrong otherwise",
                    clause="OAuth 2.1 §7.5.3",
                    settings={"revokes_any_replay": True},
                ),
                Mutant(
                    name="prefix-match",
                    about="takes every redirect_uri that begins like the registered one",
                    clause="RFC 9700 §2.1",
                    seen="gravitee-io/issues#2190",
                    settings={"redirect_match": "prefix"},
                ),
                Mutant(
                    name="family-lives-on",
                    about="refuses a used refresh token, and leaves the others of its family alone",
                    clause="RFC 9700 §4.14.2",
                    seen="giantswarm/mcp-oauth#17",
                    defect={"ends_families": False},
                ),
                Mutant(
                    name="redirect-307",
                    about="answers the login form with 307, and the browser repeats it at the app, password and all",
                    clause="RFC 9700 §4.12",
                    seen="louketo/louketo-proxy#628",
                    settings={"redirect_status": 307, "asks_consent": False},
                ),
            ),
        ),
        Suite(
            name="apps",
            make=_app,
            mutants=(
                Mutant(name="usual", about="sends state, nonce and a code_challenge"),
                Mutant(name="on-a-phone", about="the same, on a phone", settings={"client": "native-https"}),
                Mutant(
                    name="no-login",
                    about="wants no ID token, and so sends no nonce",
                    settings={"scope": "read:messages"},
                ),
                Mutant(name="no-nonce", about="relies on PKCE and sends no nonce", settings={"nonce": False}),
                Mutant(
                    name="website",
                    about="a website with a secret: it relies on the nonce instead of PKCE",
                    settings={"client": "web", "pkce": "none"},
                ),
                Mutant(
                    name="state-unused",
                    about="does not compare the state, because PKCE protects it from CSRF",
                    off=_without("callback.state_same"),
                ),
                Mutant(
                    name="one-server",
                    about="does not compare the iss of the answer, because it has one server only",
                    off=_without("callback.issuer_same"),
                ),
                Mutant(
                    name="state-ignored",
                    about="sends no code_challenge and no nonce, and does not compare the state that comes back",
                    clause="RFC 6749 §10.12",
                    seen="18F/identity-oidc-sinatra#52",
                    settings={"pkce": "none", "nonce": False},
                    off=_without("callback.state_same"),
                ),
                Mutant(
                    name="nonce-ignored",
                    about="sends a nonce, and does not look for it in the ID token",
                    clause="OIDC Core §3.1.3.7",
                    seen="BlockedPath/pi-xai-oauth#67",
                    off=_without("id_token.nonce"),
                ),
                Mutant(
                    name="issuer-ignored",
                    about="offers two servers, and does not compare the iss of the answer",
                    clause="RFC 9207 §2.4",
                    settings={"second_server": True},
                    off=_without("callback.issuer_same"),
                ),
                Mutant(
                    name="audience-ignored",
                    about="takes an ID token that was issued to another app",
                    clause="OIDC Core §3.1.3.7",
                    off=_without("id_token.audience"),
                ),
            ),
        ),
        Suite(
            name="APIs",
            make=_api,
            mutants=(
                Mutant(name="usual", about="keeps messages"),
                Mutant(
                    name="photos",
                    about="keeps photos",
                    settings={"api": "photos", "scope": "openid profile read:photos offline_access"},
                ),
                Mutant(
                    name="two-algorithms",
                    about="would take another signature with a key pair as well",
                    defect={"algorithms": ("RS256", "PS256")},
                ),
                Mutant(
                    name="audience-ignored",
                    about="takes a token that was made for another API",
                    clause="RFC 9068 §4",
                    seen="tableau/tableau-mcp#369",
                    off=_without("api.audience"),
                ),
                Mutant(
                    name="type-ignored",
                    about="takes an ID token for an access token, if its audience fits",
                    clause="RFC 9068 §4",
                    off=_without("api.token_type"),
                ),
                Mutant(
                    name="alg-none",
                    about="takes a token with no signature, if its header says so",
                    clause="RFC 8725 §3.1",
                    seen="kjur/jsjws#25",
                    defect={"algorithms": ("RS256", "none")},
                ),
                Mutant(
                    name="public-key-as-secret",
                    about="takes a token that is signed with the public key as a secret",
                    clause="RFC 8725 §3.1",
                    seen="benmcollins/libjwt#200",
                    defect={"algorithms": ("RS256", "HS256")},
                ),
                Mutant(
                    name="for-ever",
                    about="does not look whether a token has expired",
                    clause="RFC 9068 §4",
                    off=_without("api.not_expired"),
                ),
                Mutant(
                    name="too-early",
                    about="takes a token before the time from which it is good",
                    clause="RFC 7519 §4.1.5",
                    off=_without("api.not_before"),
                ),
            ),
        ),
    )
}
