"""What follows where a check fails: the app stops, the user sees an error page, or an OAuth error goes back.

A refusal is a type, so that nobody can take an error page for an error code. Each has a `slug`, by which exported traces
name it, and `words` that end the sentence "When it fails, …".
"""

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

ErrorCode = Literal[
    # RFC 6749 sections 4.1.2.1 and 5.2
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "invalid_scope",
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_response_type",
    "access_denied",
    # RFC 6750 section 3.1
    "invalid_token",
    "insufficient_scope",
    # OIDC Core section 3.1.2.6
    "login_required",
    "consent_required",
    "request_not_supported",
    "request_uri_not_supported",
    "registration_not_supported",
    # OpenID Connect Unmet Authentication Requirements 1.0, RFC 9470 section 5
    "unmet_authentication_requirements",
    # RFC 9470 section 3
    "insufficient_user_authentication",
    # RFC 8707 section 2
    "invalid_target",
    # RFC 9449 sections 5 and 8
    "invalid_dpop_proof",
    "use_dpop_nonce",
]


@dataclass(frozen=True, slots=True)
class Stop:
    """The app goes no further, and answers nobody."""

    slug: ClassVar[str] = "stop"
    words: ClassVar[str] = "the app stops"


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """The server shows the user an error page and sends nothing to the app (RFC 6749 section 4.1.2.1)."""

    slug: ClassVar[str] = "error_page"
    words: ClassVar[str] = "the user sees an error page"


@dataclass(frozen=True, slots=True)
class LoginAgain:
    """The server shows its login page once more."""

    slug: ClassVar[str] = "login_again"
    words: ClassVar[str] = "the login page is shown again"


@dataclass(frozen=True, slots=True)
class AskUser:
    """The server asks the user before it does anything (OIDC RP-Initiated Logout section 2)."""

    slug: ClassVar[str] = "ask_user"
    words: ClassVar[str] = "the user is asked first"


@dataclass(frozen=True, slots=True)
class EmptyFrame:
    """The browser shows nothing in the frame (CSP Level 3 section 6.4.2)."""

    slug: ClassVar[str] = "empty_frame"
    words: ClassVar[str] = "the frame stays empty"


@dataclass(frozen=True, slots=True)
class NotSent:
    """The browser does not send what a page wants to send to another origin (Fetch, CORS-preflight fetch)."""

    slug: ClassVar[str] = "not_sent"
    words: ClassVar[str] = "the browser does not send the request"


@dataclass(frozen=True, slots=True)
class Hidden:
    """The browser hides an answer from the page that asked for it (Fetch, CORS check)."""

    slug: ClassVar[str] = "hidden"
    words: ClassVar[str] = "the browser hides the answer from the page"


@dataclass(frozen=True, slots=True)
class NoWindow:
    """The browser opens no window for the page (HTML, user activation)."""

    slug: ClassVar[str] = "no_window"
    words: ClassVar[str] = "the browser opens no window"


@dataclass(frozen=True, slots=True)
class Undelivered:
    """The answer of the server has come to the browser, and does not get from there to the app."""

    slug: ClassVar[str] = "undelivered"
    words: ClassVar[str] = "the answer does not reach the app"


@dataclass(frozen=True, slots=True)
class Unauthorized:
    """401 with no error code, for a request that shows no credentials at all (RFC 6750 section 3.1)."""

    slug: ClassVar[str] = "unauthorized"
    words: ClassVar[str] = "the request is refused without an error code"


@dataclass(frozen=True, slots=True)
class OAuthError:
    """An error code of the protocol, in a redirect (RFC 6749 §4.1.2.1), in JSON (§5.2) or in a header (RFC 6750 §3)."""

    code: ErrorCode

    @property
    def slug(self) -> str:
        return self.code

    @property
    def words(self) -> str:
        return f"the answer is the error {self.code}"


Refusal: TypeAlias = (
    Stop
    | ErrorPage
    | LoginAgain
    | AskUser
    | EmptyFrame
    | NotSent
    | Hidden
    | NoWindow
    | Undelivered
    | Unauthorized
    | OAuthError
)
