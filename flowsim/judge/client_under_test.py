"""What a client has to be to be judged: seven small functions, which may be written one after the other.

A client is a class, or anything that is called with `http`, `issuer`, `client_id` and `redirect_uri` and gives an object
with these methods. `http` is an `httpx.Client`; whatever the client sends by it, the judge's servers see. One object is
the app as one browser sees it: the judge makes a new one for each user. A list of functions will do as well, each of
which takes an `App` first, and keeps in it what it has to remember.

A function refuses what it does not believe by raising an exception, whichever, or by giving False.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from inspect import Parameter, isfunction, signature
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import TYPE_CHECKING, Any, Protocol, cast

from flowsim.model.own_code import TookTooLong, failure, within_time
from flowsim.model.scenario import ScenarioError
from flowsim.model.shown import shown

if TYPE_CHECKING:
    from flowsim.judge.court import Http

FUNCTIONS: Mapping[str, str] = {
    "discover": "ask the server for its metadata and its keys",
    "verifier_and_challenge": "make a new code_verifier and its code_challenge",
    "authorization_url": "make the address that the user's browser opens",
    "take_redirect": "look at the redirect, and take the code out of it",
    "request_tokens": "send the code, and get the tokens",
    "validate_id_token": "look at the ID token, and say who logged in",
    "userinfo": "ask the server about the user",
    "call_api": "call the API with the access token",
    "refresh": "get new tokens for the refresh token",
}
# A client may do without them: a library makes its verifier itself, and not every app asks for userinfo.
OPTIONAL = ("verifier_and_challenge", "userinfo")


class ClientUnderTest(Protocol):
    """A client, as one browser sees it. It need not inherit from this class, and any of its functions may be missing.

    What `take_redirect` gives is handed to `request_tokens`, and what that gives to `validate_id_token`; the judge does not
    look into either. `userinfo` is optional, and `verifier_and_challenge` is for a client that makes them itself.
    """

    def discover(self) -> object:
        """Ask ISSUER/.well-known/openid-configuration, and keep what the rest needs (OIDC Discovery section 4)."""

    def verifier_and_challenge(self) -> tuple[str, str]:
        """A new verifier of 43 to 128 characters, and its challenge for S256 (RFC 7636 sections 4.1 and 4.2)."""

    def authorization_url(self) -> str:
        """Begin a login: the address for the browser (RFC 6749 section 4.1.1). The scope should have offline_access."""

    def take_redirect(self, url: str) -> Any:
        """The whole address that the browser came back to; give the code, or whatever `request_tokens` takes."""

    def request_tokens(self, taken: Any) -> Any:
        """Exchange the code (RFC 6749 section 4.1.3); give the tokens, or whatever `validate_id_token` takes."""

    def validate_id_token(self, tokens: Any) -> Mapping[str, Any]:
        """The claims of the ID token, once they are believed (OIDC Core section 3.1.3.7)."""

    def userinfo(self) -> Mapping[str, Any]:
        """The claims that userinfo gives for the access token (OIDC Core section 5.3)."""

    def call_api(self, url: str) -> object:
        """GET this address with the access token (RFC 6750 section 2.1)."""

    def refresh(self) -> object:
        """Exchange the refresh token, and keep what comes (RFC 6749 section 6)."""


class App:
    """What functions keep things in that are no methods: `http`, `issuer`, `client_id`, `redirect_uri`, and your own."""

    def __init__(
        self, http: "Http", issuer: str, client_id: str, redirect_uri: str, client_secret: str | None = None
    ) -> None:
        self.http = http
        self.issuer = issuer
        self.client_id = client_id
        self.redirect_uri = redirect_uri
        self.client_secret = client_secret

    if TYPE_CHECKING:  # what the functions keep is theirs

        def __getattr__(self, name: str) -> Any: ...
        def __setattr__(self, name: str, value: Any) -> None: ...


Make = Callable[..., Any]


class NotWritten(Exception):
    """The client has no such function yet."""

    def __init__(self, function: str) -> None:
        super().__init__(function)
        self.function = function


class Refused(Exception):
    """The client does not go on: this function of it raised something."""

    def __init__(self, function: str, said: str) -> None:
        super().__init__(said)
        self.function = function
        self.said = said


class Odd(Exception):
    """The client did what no client does: it hung, ended the program, or gave what nobody can use."""


def maker_of(client: object) -> Make:
    """What makes a new client. Raises ScenarioError for what is none."""
    if isinstance(client, list | tuple) and client and all(map(isfunction, client)):
        return _class_of(client)
    make: Any = client
    if callable(make) and getattr(make, "__name__", "") not in FUNCTIONS:
        return cast(Make, make)
    raise ScenarioError(
        f"a client is a class with some of the functions {', '.join(FUNCTIONS)}, or a list of such functions, not "
        f"{shown(client)}"
    )


def _class_of(functions: Iterable[Callable[..., Any]]) -> type[App]:
    """A class with these functions as its methods; one that takes no argument is left alone."""
    methods: dict[str, Any] = {}
    for function in functions:
        bound = any(
            one.kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD, Parameter.VAR_POSITIONAL)
            for one in signature(function).parameters.values()
        )
        methods[function.__name__] = function if bound else staticmethod(function)
    if not methods.keys() & FUNCTIONS.keys():
        raise ScenarioError(f"none of these is a function of a client; expected some of: {', '.join(FUNCTIONS)}")
    return type("YourClient", (App,), methods)


def made(make: Make, **given: Any) -> Any:
    """A new client. Raises ScenarioError where it cannot be made."""
    try:
        return within_time("the making of the client", partial(make, **given))
    except (ScenarioError, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise ScenarioError(
            f"the client cannot be made: {failure(error)}; it is called with {', '.join(given)}, each by name"
        ) from error


def call(client: Any, name: str, *arguments: Any) -> Any:
    """What this function of the client gives. Raises NotWritten, Refused or Odd."""
    function = getattr(client, name, None)
    if not callable(function):
        raise NotWritten(name)
    try:
        result = within_time(f"the function {name}", function, *arguments)
    except (NotImplementedError, NotWritten):
        raise NotWritten(name) from None
    except KeyboardInterrupt:
        raise
    except TookTooLong as error:
        raise Odd(str(error)) from None
    except Exception as error:
        raise Refused(name, failure(error)) from error
    except BaseException as error:  # a client that ends the program has not refused anything
        raise Odd(f"the function {name} wants to end the program ({failure(error)}); raise an ordinary error") from None
    if isinstance(result, CoroutineType | GeneratorType | AsyncGeneratorType):
        result.close() if isinstance(result, CoroutineType) else None
        raise Odd(f"the function {name} gave {shown(result)}; write it with def, and without async, await or yield")
    if result is False:
        raise Refused(name, "it gave False")
    return result
