"""The suite “apps”: what an app sends, which redirect it believes, which tokens it keeps, which metadata it goes by."""

from flowsim.mutants.doors import Door, state_in_any_case
from flowsim.mutants.specimens import Mutant, without

APPS: tuple[Mutant, ...] = (
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
        off=without("callback.state_same"),
    ),
    Mutant(
        name="one-server",
        about="does not compare the iss of the answer, because it has one server only",
        off=without("callback.issuer_same"),
    ),
    Mutant(
        name="trusts-tls",
        about="does not verify the ID token's signature, because the token comes from the server itself, over TLS",
        off=without("id_token.signature"),
    ),
    Mutant(
        name="state-ignored",
        about="sends no code_challenge and no nonce, and does not compare the state that comes back",
        clause="RFC 6749 §10.12",
        seen="18F/identity-oidc-sinatra#52",
        settings={"pkce": "none", "nonce": False},
        off=without("callback.state_same"),
    ),
    Mutant(
        name="state-any-case",
        about="sends no code_challenge and no nonce, and compares the state without regard to the case of its letters",
        clause="RFC 6749 §1.9",
        settings={"pkce": "none", "nonce": False},
        door=Door(redirect=state_in_any_case),
    ),
    Mutant(
        name="plain",
        about="sends its code_verifier as the code_challenge, with the method plain",
        clause="RFC 7636 §4.2",
        settings={"pkce": "plain"},
    ),
    Mutant(
        name="one-challenge",
        about="makes its code_verifier from the time of day, so that two logins of one second have the same",
        clause="RFC 9700 §2.1.1",
        settings={"verifier": "clock"},
        off=without("prepare.values_fresh"),
    ),
    Mutant(
        name="nonce-ignored",
        about="sends a nonce, and does not look for it in the ID token",
        clause="OIDC Core §3.1.3.7",
        seen="BlockedPath/pi-xai-oauth#67",
        off=without("id_token.nonce"),
    ),
    Mutant(
        name="issuer-ignored",
        about="offers two servers, and does not compare the iss of the answer",
        clause="RFC 9207 §2.4",
        settings={"second_server": True},
        off=without("callback.issuer_same"),
    ),
    Mutant(
        name="audience-ignored",
        about="takes an ID token that was issued to another app",
        clause="OIDC Core §3.1.3.7",
        off=without("id_token.audience"),
    ),
    Mutant(
        name="anybodys-id-token",
        about="takes an ID token that another server has issued, if the signature fits",
        clause="OIDC Core §3.1.3.7",
        off=without("id_token.issuer"),
    ),
    Mutant(
        name="expired-id-token",
        about="takes an ID token that has expired",
        clause="OIDC Core §3.1.3.7",
        off=without("id_token.not_expired"),
    ),
    Mutant(
        name="another-user",
        about="takes refreshed tokens that speak of another user than before",
        clause="OIDC Core §12.2",
        off=without("refreshed.subject"),
    ),
    Mutant(
        name="any-metadata",
        about="believes metadata that names another issuer than the one that it asked",
        clause="RFC 8414 §3.3",
        off=without("discovery.issuer_same"),
    ),
    Mutant(
        name="metadata-without-tls",
        about="believes metadata whose token endpoint is no https address",
        clause="OIDC Discovery §3",
        off=without("discovery.endpoints_https"),
    ),
)
