"""The user adds the attacker's MCP server to an app, and it takes its tokens from the server that an honest one uses.

Nothing in its metadata is false. The user logs in at the honest authorization server, and allows the app to call the
attacker's MCP server. The token is made for that one, the app shows it there, and the attacker shows it to the honest MCP
server. That one has to look whom the token is for: `aud` names the `resource` that the app has asked for.

It takes an authorization server that issues tokens for a `resource` that it does not know. One that compares the
`resource` with those it serves answers `invalid_target`; and where many servers share one, and anybody may add theirs, it
knows the attacker's too. An authorization server that ignores `resource` makes all tokens for the same API, and then the
honest MCP server has nothing to tell them apart by.

Source: RFC 8707 sections 2 and 3, RFC 9068 section 4; Model Context Protocol, revision 2026-07-28, authorization.
"""

from flowsim.attacks.borrowed_resource import BorrowedResource
from flowsim.model.states import Act


class WrongAudience(BorrowedResource):
    """Keeps the token that the app shows to the attacker's MCP server, and shows it to the honest one."""

    __slots__ = ()
    answers = Act.SHARE_SERVER


ATTACKER = WrongAudience(
    name="wrong-audience",
    title="an MCP server uses the token at another one",
    positions=("A1",),
    about="The user adds the attacker's MCP server. It shows the token to one with the same authorization server.",
    prize="access_token",
    too_late="the app has asked for the metadata already. Go back to a position up to 1, and inject it there",
)
