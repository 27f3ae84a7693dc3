"""What each error code of the protocol says to the app, in one sentence, with its clause."""

from collections.abc import Mapping

from flowsim.model.refusal import ErrorCode

ERRORS: Mapping[ErrorCode, tuple[str, str]] = {
    "invalid_request": (
        "The request cannot be read as one: something is missing, comes twice, or has the wrong form. Trying again helps "
        "nothing; the app must send another request.",
        "RFC 6749 §5.2",
    ),
    "invalid_client": (
        "The server does not know this app, or the app has not shown that it is the one that it says.",
        "RFC 6749 §5.2",
    ),
    "invalid_grant": (
        "The code or the refresh token is not good, or not for this app: expired, used, revoked, bound to another verifier "
        "or another redirect_uri. The app must have the user log in again.",
        "RFC 6749 §5.2",
    ),
    "invalid_scope": ("The app asks for a scope that it cannot have.", "RFC 6749 §5.2"),
    "unauthorized_client": ("The app is known, and may not use this flow.", "RFC 6749 §5.2"),
    "unsupported_grant_type": ("The server has no such flow.", "RFC 6749 §5.2"),
    "unsupported_response_type": ("The server gives no such answer to a redirect.", "RFC 6749 §4.1.2.1"),
    "access_denied": ("The user said no, or the server said it for them.", "RFC 6749 §4.1.2.1"),
    "invalid_token": (
        "The API does not take this token: expired, revoked, for somebody else, or not made by the server that it trusts. "
        "The app may get another and try again.",
        "RFC 6750 §3.1",
    ),
    "insufficient_scope": ("The token is good, and its scope does not allow this.", "RFC 6750 §3.1"),
    "login_required": (
        "The app asked for no page at all, and without one the server cannot tell who the user is.",
        "OIDC Core §3.1.2.6",
    ),
    "consent_required": (
        "The app asked for no page at all, and without one the user cannot say yes.",
        "OIDC Core §3.1.2.6",
    ),
    "request_not_supported": ("The server takes no signed request object.", "OIDC Core §3.1.2.6"),
    "request_uri_not_supported": ("The server fetches no request from an address.", "OIDC Core §3.1.2.6"),
    "registration_not_supported": ("The server takes no registration inside a request.", "OIDC Core §3.1.2.6"),
    "unmet_authentication_requirements": (
        "The app wants a kind of login that this server, or this user, does not have.",
        "RFC 9470 §5",
    ),
    "insufficient_user_authentication": (
        "The token is good, and the login behind it is too weak or too long ago. The app sends the user to log in again.",
        "RFC 9470 §3",
    ),
    "invalid_target": ("The app names an API for which it can have no token.", "RFC 8707 §2"),
    "invalid_dpop_proof": ("The proof of possession is missing or not good for this request.", "RFC 9449 §5"),
    "use_dpop_nonce": (
        "The server wants its nonce in the proof. It stands in the answer's header, and the app sends the request again.",
        "RFC 9449 §8",
    ),
}
