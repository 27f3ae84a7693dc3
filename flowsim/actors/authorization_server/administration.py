"""What happens inside the authorization server without a message: its owner's actions, a new password, a new key.

Source: OIDC Core section 10.1.1 (keys), RFC 9700 section 4.14.2 (what ends a refresh token); of actions no specification
knows.
"""

from frozendict import frozendict

from flowsim.actors.authorization_server.authorization_endpoint import redirect_error
from flowsim.actors.authorization_server.login_pages import scrypt
from flowsim.actors.authorization_server.revocation import end_family
from flowsim.model import hooks
from flowsim.model.refusal import OAuthError
from flowsim.model.world import Server, ServerKey, evolve
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Response


def run_action(server: Server, name: str, code: str, now: int) -> tuple[Server, Response | None]:
    """The server after this action ran on the login that ended with this code, and an answer where it denied it.

    The answer with the code has not left the server yet. Where the login is denied, the code goes and an error is sent.
    """
    grant = server.grants[code]
    account = next((one for one in server.accounts.values() if one.sub == grant.sub), None)
    told = hooks.Login(
        sub=grant.sub,
        username=account.username if account else grant.sub,
        email=account.email if account else "",
        client_id=grant.request.client_id,
        scope=tuple(grant.request.scope.split(" ")),
        time=hooks.at(now),
        acr=grant.claims.get("acr"),
    )
    said = hooks.run(name, told)
    if isinstance(said, hooks.Deny):
        return deny(server, code, said.reason)
    claims = frozendict({**grant.claims, **said.claims})
    return evolve(server, grants=server.grants.set(code, evolve(grant, claims=claims))), None


def deny(server: Server, code: str, reason: str) -> tuple[Server, Response]:
    """The server without this code, and the answer that tells the app in its place why the login is denied."""
    kept = evolve(server, grants=server.grants.delete(code))
    return kept, redirect_error(server, server.grants[code].request, OAuthError("access_denied"), reason)


def change_password(server: Server, username: str, password: str) -> Server:
    """The server after this user chose a new password: every refresh token of theirs is revoked (RFC 9700 §4.14.2)."""
    account = evolve(server.accounts[username], password_hash=scrypt(password, server.accounts[username].salt))
    kept = evolve(server, accounts=server.accounts.set(username, account))
    for family in {record.family for record in server.refresh_tokens.values() if record.sub == account.sub}:
        kept = end_family(kept, family, access_too=False)
    return kept


def rotate_keys(server: Server, now: int) -> Server:
    """The server with a fresh signing key; the old one stays listed until no token signed with it is alive any more.

    Raises ValueError where every published key has been used.
    """
    used = {key.kid for key in server.keys}
    fresh = next((key for key in signed_tokens.published_keys() if key.kid not in used), None)
    if fresh is None:
        raise ValueError(f"there are {len(used)} published keys, and this server has used all of them")
    retired = ServerKey(server.keys[0].kid, now + server.settings.access_token_lifetime)
    return evolve(server, keys=(ServerKey(fresh.kid), retired, *server.keys[1:]))
