"""The suite “endpoints”: the parameters of the authorization endpoint, and all the doors that a server has beside it.

A rule that one endpoint keeps is often missing at the next that takes the same thing, and a parameter is often accepted and
forgotten.
"""

from flowsim.mutants.doors import (
    Door,
    any_case,
    drops,
    drops_header,
    in_redirects,
    with_members,
    without_header,
    writes,
)
from flowsim.mutants.server_under_test import OPENID
from flowsim.mutants.specimens import Mutant, without
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Request, Response, response, single

_CALLBACK = "https://spa.example/callback"


def _revokes_no_jwt(request: Request) -> Request | Response:
    """Access tokens are JWTs here, and refresh tokens are not."""
    is_jwt = signed_tokens.read(single(request.form, "token") or "") is not None
    return response(200) if request.path == "/oauth/revoke" and is_jwt else request


def _revokes_no_refresh_token(request: Request) -> Request | Response:
    is_jwt = signed_tokens.read(single(request.form, "token") or "") is not None
    return response(200) if request.path == "/oauth/revoke" and not is_jwt else request


ENDPOINTS: tuple[Mutant, ...] = (
    Mutant(name="usual", about="takes pushed requests and DPoP, and says so in its metadata"),
    Mutant(
        name="modest",
        about="takes no pushed requests and no DPoP, and says so in its metadata",
        settings={"par": "off", "dpop": "off"},
    ),
    Mutant(name="anonymous", about="sends no iss, and does not promise one", settings={"iss": False}),
    Mutant(
        name="code-for-anybody",
        about="gives tokens for a code to a client that it was not issued to",
        clause="RFC 6749 §4.1.3",
        off=without("token.code_of_client"),
    ),
    Mutant(
        name="redirect-not-compared",
        about="does not compare the redirect_uri of the token request with that of the login",
        clause="RFC 6749 §4.1.3",
        off=without("token.redirect_uri_same"),
    ),
    Mutant(
        name="code-never-expires",
        about="takes a code after an hour",
        clause="RFC 6749 §4.1.2",
        off=without("token.code_fresh"),
    ),
    Mutant(
        name="redirect-any-case",
        about="compares the redirect_uri without regard to the case of its letters",
        clause="RFC 9700 §2.1",
        door=any_case("/authorize", "redirect_uri", _CALLBACK),
    ),
    Mutant(
        name="first-of-two",
        about="takes a request in which a parameter comes twice",
        clause="RFC 6749 §3.1",
        off=without("authorize.parameters_once"),
    ),
    Mutant(
        name="prompt-dropped",
        about="takes prompt=login, and lets a user pass whom it remembers",
        clause="OIDC Core §3.1.2.3",
        door=drops("/authorize", "prompt", unless=("none",)),
    ),
    Mutant(
        name="asks-all-the-same",
        about="takes prompt=none, and shows its pages",
        clause="OIDC Core §3.1.2.3",
        door=drops("/authorize", "prompt", unless=("login", "consent", "select_account")),
    ),
    Mutant(
        name="max-age-dropped",
        about="takes max_age, and lets a user pass whose login is older",
        clause="OIDC Core §3.1.2.1",
        door=drops("/authorize", "max_age"),
    ),
    Mutant(
        name="nonce-dropped",
        about="takes a nonce, and leaves it out of the ID token",
        clause="OIDC Core §3.1.2.1",
        door=drops("/authorize", "nonce"),
    ),
    Mutant(
        name="state-trimmed",
        about="gives the state back in small letters",
        clause="RFC 6749 §4.1.2",
        door=in_redirects(lambda params: params | ({"state": params["state"].lower()} if "state" in params else {})),
    ),
    Mutant(
        name="iss-promised",
        about="says that it sends iss, and does not",
        clause="RFC 9207 §3",
        door=in_redirects(lambda params: {name: value for name, value in params.items() if name != "iss"}),
    ),
    Mutant(
        name="quotes-in-errors",
        about="quotes in error_description what it does not like, in “quotation marks”",
        clause="RFC 6749 §4.1.2.1",
        door=in_redirects(
            lambda params: params | ({"error_description": "what is “that”?"} if "error" in params else {})
        ),
    ),
    Mutant(
        name="other-issuer",
        about="names in its metadata an issuer with a slash at the end, which is another one",
        clause="RFC 8414 §3.3",
        door=writes(OPENID, lambda answer: with_members(answer, issuer=f"{answer.json().get('issuer')}/")),
    ),
    Mutant(
        name="tokens-in-a-cache",
        about="lets a cache keep its token responses",
        clause="RFC 6749 §5.1",
        door=writes("/oauth/token", lambda answer: without_header(answer, "cache-control")),
    ),
    Mutant(
        name="more-than-before",
        about="gives more scope at a refresh than the user has agreed to",
        clause="RFC 6749 §6",
        off=without("refresh.scope_not_wider"),
    ),
    Mutant(
        name="refresh-for-anybody",
        about="takes a refresh token from a client that it was not issued to",
        clause="RFC 6749 §6",
        off=without("refresh.token_of_client"),
    ),
    Mutant(
        name="not-rotated",
        about="gives a public client refresh tokens that are bound to no key, and takes each of them again and again",
        clause="RFC 9700 §4.14.2",
        settings={"rotation": False},
    ),
    Mutant(
        name="revokes-nothing",
        about="answers 200 to a request to revoke a refresh token, and does nothing",
        clause="RFC 7009 §2.1",
        door=Door(before=_revokes_no_refresh_token),
    ),
    Mutant(
        name="anybody-revokes",
        about="revokes a token for a client that it was not issued to",
        clause="RFC 7009 §2.1",
        off=without("revoke.token_of_client"),
    ),
    Mutant(
        name="any-method-proved",
        about="takes a DPoP proof that was made for another method",
        clause="RFC 9449 §4.3",
        off=without("code_proof.method"),
    ),
    Mutant(
        name="old-proofs",
        about="takes a DPoP proof that is a year old",
        clause="RFC 9449 §4.3",
        off=without("code_proof.recent"),
    ),
    Mutant(
        name="another-key",
        about="gives tokens for a code that is bound to a key to whoever proves another one",
        clause="RFC 9449 §10",
        off=without("code_proof.key"),
    ),
    Mutant(
        name="assertion-for-others",
        about="takes a client assertion that was made for another server",
        clause="RFC 7523 §3",
        off=without("code_assertion.audience"),
    ),
    Mutant(
        name="assertion-again",
        about="takes a client assertion a second time",
        clause="OIDC Core §9",
        off=without("code_assertion.not_seen"),
    ),
    Mutant(
        name="any-signer",
        about="takes a client assertion that is signed with a key which the client has not registered",
        clause="RFC 7523 §3",
        off=without("code_assertion.signature"),
    ),
    Mutant(
        name="key-not-asked-for",
        about="gives tokens to a client that has registered a key and shows no assertion",
        clause="RFC 6749 §3.2.1",
        off=without("code_assertion.present"),
    ),
    Mutant(
        name="access-token-lives-on",
        about="answers 200 to a request to revoke an access token, and takes the token as before",
        clause="RFC 7009 §2.2.1",
        door=Door(before=_revokes_no_jwt),
    ),
    Mutant(
        name="userinfo-for-bearers",
        about="shows at userinfo who the user is, also for a bound token that comes as a mere bearer token",
        clause="RFC 9449 §7.2",
        off=without("userinfo_proof.scheme", "userinfo_proof.present"),
    ),
    Mutant(
        name="pushed-and-not-bound",
        about="does not look at the DPoP header of a pushed request, so that the code is bound to no key",
        clause="RFC 9449 §10.1",
        door=drops_header("/oauth/par", "dpop"),
    ),
)
