"""The suite “servers”: a code, its verifier, the tokens for it, and what comes of a refresh token."""

from flowsim.mutants.specimens import Mutant, without

SERVERS: tuple[Mutant, ...] = (
    Mutant(name="usual", about="PKCE is required, with S256", choice="pkce.required"),
    Mutant(
        name="older",
        about="PKCE is optional, plain is taken, no iss in the answer (the draft of OAuth 2.1 asks for more)",
        choice="pkce.plain",
        settings={"pkce_required": False, "plain_allowed": True, "iss": False},
    ),
    Mutant(name="hasty", about="a code lives for ten seconds", settings={"code_lifetime": 10}),
    Mutant(name="old-fashioned", about="redirects with 302", settings={"redirect_status": 302}),
    Mutant(
        name="patient",
        about="a refresh token that was just used may come again for thirty seconds",
        advice="RFC 9700 §4.14.2 says that the token before is invalidated; many allow some seconds for a lost answer",
        choice="refresh.overlap",
        settings={"overlap": 30},
    ),
    Mutant(
        name="code-burning",
        about="throws the code away when a request with a wrong code_verifier comes",
        advice="no RFC speaks of it; but whoever has only the code can keep the user out that way",
        seen="grafana/mcp-grafana#851",
        settings={"invalidates_code_on_failure": True},
    ),
    Mutant(
        name="revokes-for-nothing",
        about="revokes the app's tokens when a used code comes again in a request that is wrong otherwise",
        advice="RFC 6749 §10.5 asks for it after any attempt; OAuth 2.1 §7.5.2, a draft, advises against it",
        choice="code.replayed",
        settings={"revokes_any_replay": True},
    ),
    Mutant(
        name="missing-verifier",
        about="compares the code_verifier only if one comes",
        clause="RFC 9700 §2.1.1",
        seen="spring-attic/spring-authorization-server#465",
        off=without("token.verifier_present"),
    ),
    Mutant(
        name="length-only",
        about="looks at the length of the code_verifier, and not whether it fits",
        clause="RFC 7636 §4.6",
        off=without("token.verifier_fits"),
    ),
    Mutant(
        name="downgrade",
        about="takes a code_verifier for a code that has no challenge",
        clause="RFC 9700 §4.8.2",
        seen="thephpleague/oauth2-server#1323",
        settings={"pkce_required": False},
        off=without("token.verifier_unexpected"),
    ),
    Mutant(
        name="defaults-to-plain",
        about="says that it takes S256 only, takes any code_challenge_method, and none at all as plain",
        clause="RFC 7636 §4.4.1",
        seen="JSONbored/metagraphed#9638",
        off=without("authorize.method_supported"),
    ),
    Mutant(
        name="code-reusable",
        about="takes the same code again",
        clause="RFC 6749 §4.1.2",
        seen="FriendsOfSymfony/FOSOAuthServerBundle#143",
        off=without("token.code_unused"),
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
)
