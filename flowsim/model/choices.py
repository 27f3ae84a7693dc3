"""Where this authorization server is stricter or laxer than a SHOULD, or chooses what a specification leaves to it.

A MUST is never a matter of choice and has no place here. What stands here must not be taken for a defect, in either
direction: a server that chose the other way would be as sound. The checks that carry a choice out name it, and the zoo
asks here what may differ between sound systems.
"""

from dataclasses import dataclass
from typing import Literal

Stance = Literal["stricter", "laxer", "as asked", "left open"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One choice: the clause, what it asks, what this server does, and why.

    `stance` compares the two: stricter or laxer than the clause asks, just as it asks where others often do not, or one
    of several ways that it leaves open. `checks` are those that carry it out, and `setting` the one by which the server
    chooses the other way; empty where there is none.
    """

    id: str
    clause: str
    asks: str
    does: str
    why: str
    stance: Stance
    checks: tuple[str, ...] = ()
    setting: str = ""


CHOICES: tuple[Choice, ...] = (
    Choice(
        id="scope.unknown",
        clause="OIDC Core §3.1.2.1",
        asks="scope values that the server does not understand SHOULD be ignored",
        does="leaves them out, and says in the token response what it granted; one that is told to refuses the request",
        why="an app that is ahead of this server still gets what there is, and reads there what it got",
        stance="as asked",
        checks=("authorize.scope_allowed",),
        setting="unknown_scopes",
    ),
    Choice(
        id="scope.omitted",
        clause="RFC 6749 §3.3",
        asks="a request without scope is answered with a default, or with invalid_scope",
        does="takes it for a request for profile",
        why="an app that names nothing gets next to nothing, and need not fail",
        stance="left open",
        checks=("authorize.scope_allowed",),
    ),
    Choice(
        id="redirect_uri.omitted",
        clause="RFC 6749 §3.1.2.3",
        asks="a client with one complete registered address may leave redirect_uri out",
        does="takes the registered address; never with openid, where the parameter is required (OIDC Core §3.1.2.1)",
        why="both documents are in force, and each says which requests it speaks of",
        stance="as asked",
        checks=("authorize.redirect_uri_registered",),
    ),
    Choice(
        id="prompt.unknown",
        clause="OIDC Core §3.1.2.1",
        asks="a prompt value that is not understood MAY lead to an error or be ignored",
        does="refuses it with invalid_request",
        why="what is accepted is done: an app must not believe that its user was asked for something",
        stance="left open",
        checks=("authorize.prompt_understood",),
    ),
    Choice(
        id="prompt.select_account",
        clause="OIDC Core §3.1.2.1",
        asks="the user SHOULD be asked to select an account",
        does="shows the login page, which asks for the account and for its credentials",
        why="the server keeps one account for each browser, so there is no list to choose from",
        stance="stricter",
    ),
    Choice(
        id="display",
        clause="OIDC Core §3.1.2.1",
        asks="a display value that is not understood MAY lead to an error or be ignored",
        does="fits its pages to page, popup, touch and wap, and refuses any other with invalid_request",
        why="what is accepted is done",
        stance="left open",
        checks=("authorize.display_understood",),
    ),
    Choice(
        id="ui_locales",
        clause="OIDC Core §3.1.2.1",
        asks="a language that the server does not have SHOULD NOT lead to an error",
        does="answers every ui_locales and claims_locales in English",
        why="its metadata says that it has no other language",
        stance="as asked",
    ),
    Choice(
        id="acr_values",
        clause="RFC 9470 §5",
        asks="it is RECOMMENDED that the acr asked for is required; OIDC Core §5.5.1.1 lets a server give another",
        does="shows only ways to log in that give one of them, and refuses a request for none that it knows",
        why="an app that was sent by an API would come back with a token that is refused again",
        stance="as asked",
        checks=("authorize.context_class_possible", "login.context_class_given"),
    ),
    Choice(
        id="resource.several",
        clause="RFC 8707 §2",
        asks="an app MAY name several resources; a server that does not accept them answers invalid_target",
        does="gives tokens for one API, and refuses a request that names two",
        why="of a bearer token for two APIs each could use it at the other (RFC 8707 §3)",
        stance="stricter",
        checks=("authorize.resource_known", "token.resource_granted", "refresh.resource_granted"),
    ),
    Choice(
        id="id_token_hint.expired",
        clause="OIDC Core §3.1.2.1",
        asks="nothing about a hint that has expired",
        does="takes it as long as the signature is this server's",
        why="it only names a user, who has to be logged in anyway",
        stance="left open",
        checks=("authorize.hint_issued_here",),
    ),
    Choice(
        id="pkce.required",
        clause="RFC 9700 §2.1.1",
        asks="a public client MUST use PKCE; for a confidential client it is RECOMMENDED",
        does="requires it of every client, unless it is told not to",
        why="one rule for all clients leaves no way to ask for less",
        stance="stricter",
        checks=("authorize.challenge_present",),
        setting="pkce_required",
    ),
    Choice(
        id="pkce.plain",
        clause="RFC 9700 §2.1.1",
        asks="methods that do not expose the verifier SHOULD be used",
        does="takes S256 only, unless it is told to take plain",
        why="plain shows the verifier to whoever reads the request",
        stance="as asked",
        checks=("authorize.method_supported",),
        setting="plain_allowed",
    ),
    Choice(
        id="request_uri.once",
        clause="RFC 9126 §4",
        asks="a request_uri SHOULD be good once; a reload by the user MAY be let through",
        does="takes it once, and no reload",
        why="what cannot come twice cannot be replayed",
        stance="stricter",
        checks=("authorize.request_uri_unused",),
    ),
    Choice(
        id="assertion.audience",
        clause="RFC 7523 §3",
        asks="the audience must name the server; the address of its token endpoint MAY be used",
        does="takes its issuer, its token endpoint and, for a pushed request, that one (RFC 9126 §2), and no other beside",
        why="an assertion for two servers could be used by each at the other; newer texts want the issuer alone, which is "
        "what the app here sends",
        stance="stricter",
        checks=tuple(f"{endpoint}_assertion.audience" for endpoint in ("push", "code", "refresh", "revoke")),
    ),
    Choice(
        id="assertion.lifetime",
        clause="RFC 7523 §3",
        asks="an assertion that expires unreasonably far in the future MAY be refused",
        does="refuses one that would live for more than ten minutes",
        why="the server has to remember each assertion for as long as it could come again",
        stance="left open",
        checks=tuple(f"{endpoint}_assertion.not_expired" for endpoint in ("push", "code", "refresh", "revoke")),
    ),
    Choice(
        id="assertion.once",
        clause="RFC 7523 §3",
        asks="the server MAY see to it that an assertion does not come twice; OIDC Core §9 says that its jti is used once",
        does="takes each assertion once",
        why="whoever reads a request cannot use the assertion in it again",
        stance="stricter",
        checks=tuple(f"{endpoint}_assertion.not_seen" for endpoint in ("push", "code", "refresh", "revoke")),
    ),
    Choice(
        id="code.replayed",
        clause="RFC 6749 §4.1.2",
        asks="tokens that were issued for a code SHOULD be revoked when the code comes again",
        does="revokes them only where the second request is right in everything else",
        why="whoever merely knows the used code could otherwise log the user out (OAuth 2.1 §7.5.2, a draft)",
        stance="laxer",
        checks=("token.code_unused",),
        setting="revokes_any_replay",
    ),
    Choice(
        id="refresh.overlap",
        clause="RFC 9700 §4.14.2",
        asks="with rotation the token before is invalid once it was exchanged",
        does="so it is, unless an overlap is set, in which it may come once more",
        why="a lost answer is common, and many servers allow for it",
        stance="as asked",
        checks=("refresh.not_used",),
        setting="overlap",
    ),
)
BY_ID = {choice.id: choice for choice in CHOICES}


def choices_of(check: str) -> tuple[Choice, ...]:
    """The choices that this check carries out, by its id; empty where what it does is no choice."""
    return tuple(choice for choice in CHOICES if check in choice.checks)
