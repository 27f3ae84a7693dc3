"""The settings of an app that calls the tools of an MCP server, beside those that every app has.

Source: Model Context Protocol, Authorization; RFC 7591, Client ID Metadata Document.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from frozendict import frozendict

from flowsim.model.app_settings import AppSettings
from flowsim.model.clients import MCP, ONLY_MCP, Profile, known_as
from flowsim.model.mcp import MCP_ORIGIN, MCP_URL, Behind, ClientIdentity, OpensWith, Revision, Tool
from flowsim.model.settings import setting

_PRE_REGISTERED: Mapping[str, Any] = frozendict({**ONLY_MCP, "client_identity": "pre-registered"})
_PROXY: Mapping[str, Any] = frozendict({**ONLY_MCP, "proxy": True})


@dataclass(frozen=True, kw_only=True)
class AssistantSettings(AppSettings):
    """How an app that calls tools is known to the server, which tool it calls, and how it speaks with the MCP server."""

    client_identity: ClientIdentity = setting(
        "metadata-document",
        title="identity of the assistant",
        help="Where the client_id of the client mcp comes from (MCP Client Registration)",
        choices={
            "metadata-document": "it is the address of a document on its makers' website, which the server reads",
            "pre-registered": "somebody registered the app with this server, by hand and beforehand",
            "registered": "the app registers itself when it meets the server (RFC 7591), which is deprecated there",
        },
        only=ONLY_MCP,
    )
    entered_secret: bool = setting(
        False,
        title="secret that the user has entered",
        help="Whether the client mcp has a secret beside the client_id, if it is pre-registered, which nobody else has",
        only=_PRE_REGISTERED,
    )
    opens_with: OpensWith = setting(
        "opener",
        title="how the assistant opens an address",
        help="With what the client mcp opens the address of step 2 (MCP Security Best Practices)",
        choices={
            "opener": "what the system has for it, with no shell before it: an https address comes to the browser",
            "shell": "a command line, which a shell reads first",
            "window": "a window of its own page, which runs an address that is a script",
        },
        only=ONLY_MCP,
    )
    tool: Tool = setting(
        "read_messages",
        title="tool that is called",
        help="Which tool of the MCP server the client mcp calls",
        choices={
            "read_messages": "one that reads, for which the scope of the first login is enough",
            "send_message": "one that writes, for which the MCP server demands another scope (403)",
        },
        only=ONLY_MCP,
    )
    mcp_revision: Revision = setting(
        "2026-07-28",
        title="revision of MCP",
        help="Which revision of the Model Context Protocol the client mcp speaks with the MCP server",
        choices={
            "2026-07-28": "the one in force: no session, and headers repeat what stands in the body",
            "2025-11-25": "the one before: it begins with initialize, and the server names a session",
        },
        only=ONLY_MCP,
    )

    proxy: bool = setting(
        False,
        title="proxy before another service",
        help="The server of the client mcp lets another server log the user in, and has one client_id there for all "
        "(MCP Security Best Practices)",
        only=ONLY_MCP,
    )
    proxy_asks: bool = setting(
        True,
        title="consent at the proxy",
        help="The proxy asks the user about each app itself, before it sends the browser on (MCP Security Best Practices)",
        only=_PROXY,
    )
    behind: Behind = setting(
        "none",
        title="API behind the MCP server",
        help="Whether a tool needs an API behind the MCP server, and which token that one is shown (MCP Security "
        "Considerations)",
        choices={
            "none": "there is none: the MCP server has all that its tools need",
            "own-token": "the MCP server asks it with a token of its own, which was issued for that API",
            "passed-on": "the MCP server passes on the token that the app has shown, which it must not",
        },
        only=ONLY_MCP,
    )

    @property
    def profile(self) -> Profile:
        known = super().profile
        return known_as(known, self.client_identity) if self.speaks_mcp else known

    @property
    def speaks_mcp(self) -> bool:
        """Whether the app calls the tools of an MCP server, and learns from it where to log in."""
        return self.client == MCP

    @property
    def has_entered_secret(self) -> bool:
        """Whether the user has entered a secret: there is one only where somebody has registered the app beforehand."""
        return self.entered_secret and self.speaks_mcp and self.client_identity == "pre-registered"

    @property
    def mcp_url(self) -> str:
        """The address of the MCP server, which is all that the client mcp is given."""
        return MCP_URL

    @property
    def api_called(self) -> str:
        """The origin of the API that the app calls."""
        return MCP_ORIGIN if self.speaks_mcp else super().api_called
