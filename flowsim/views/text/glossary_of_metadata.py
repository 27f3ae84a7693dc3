"""What each member of a server's metadata says, for the glossary.

Source: RFC 8414 section 2, OIDC Discovery section 3, and the clause beside each member.
"""

METADATA: dict[str, tuple[str, str]] = {
    "issuer": ("The server's own name, an https address: the app compares it with the one it asked.", "RFC 8414 §3.3"),
    "authorization_endpoint": ("Where the app sends the browser, so that the user logs in.", "RFC 8414 §2"),
    "token_endpoint": ("Where the app sends a code or a refresh token, to get tokens.", "RFC 8414 §2"),
    "revocation_endpoint": ("Where the app says that it needs a token no more.", "RFC 8414 §2"),
    "end_session_endpoint": (
        "Where the app sends the browser, so that the user logs out at the server as well.",
        "OIDC RP-Initiated Logout §2.1",
    ),
    "userinfo_endpoint": ("Where the app can ask who the user is, with an access token.", "OIDC Discovery §3"),
    "jwks_uri": ("Where the server's public keys are, with which its signatures are verified.", "RFC 8414 §2"),
    "pushed_authorization_request_endpoint": (
        "Where the app can push its request beforehand, so that it stands in no address.",
        "RFC 9126 §5",
    ),
    "require_pushed_authorization_requests": (
        "Whether the server takes only requests that were pushed.",
        "RFC 9126 §5",
    ),
    "scopes_supported": ("The scopes that an app may ask for; a server may leave some out.", "RFC 8414 §2"),
    "response_types_supported": (
        "What an app may ask for at the authorization endpoint; `code` is the flow of these steps.",
        "RFC 8414 §2",
    ),
    "response_modes_supported": (
        "How the answer may reach the app; `query` means in the address of the redirect.",
        "RFC 8414 §2",
    ),
    "grant_types_supported": ("For what the token endpoint gives tokens.", "RFC 8414 §2"),
    "acr_values_supported": ("The ways to log in that an app can ask for, by name.", "OIDC Discovery §3"),
    "prompt_values_supported": ("What an app can say in `prompt`.", "OIDC Core §3.1.2.1"),
    "display_values_supported": ("The shapes in which the server can show its pages.", "OIDC Discovery §3"),
    "ui_locales_supported": ("The languages of the server's pages.", "OIDC Discovery §3"),
    "subject_types_supported": (
        "Whether a user has the same `sub` for every app (`public`) or another for each (`pairwise`).",
        "OIDC Discovery §3",
    ),
    "id_token_signing_alg_values_supported": (
        "The algorithms with which the server signs ID tokens.",
        "OIDC Discovery §3",
    ),
    "token_endpoint_auth_methods_supported": (
        "How an app may prove at the token endpoint who it is; `none` is a public client.",
        "RFC 8414 §2",
    ),
    "revocation_endpoint_auth_methods_supported": (
        "How an app may prove at the revocation endpoint who it is; `none` is a public client.",
        "RFC 8414 §2",
    ),
    "token_endpoint_auth_signing_alg_values_supported": (
        "The algorithms with which an app may sign the assertion that says at the token endpoint who it is.",
        "RFC 8414 §2",
    ),
    "revocation_endpoint_auth_signing_alg_values_supported": (
        "The algorithms with which an app may sign the assertion that says at the revocation endpoint who it is.",
        "RFC 8414 §2",
    ),
    "code_challenge_methods_supported": (
        "The PKCE methods that the server takes; without this member it supports no PKCE.",
        "RFC 8414 §2",
    ),
    "authorization_response_iss_parameter_supported": (
        "Whether the server names itself with `iss` in every answer to the app.",
        "RFC 9207 §3",
    ),
    "request_parameter_supported": (
        "Whether a request may come as a signed object in `request`.",
        "OIDC Discovery §3",
    ),
    "request_uri_parameter_supported": (
        "Whether a request may name an address where the server fetches a signed object.",
        "OIDC Discovery §3",
    ),
    "dpop_signing_alg_values_supported": ("The algorithms with which a DPoP proof may be signed.", "RFC 9449 §5.1"),
}
