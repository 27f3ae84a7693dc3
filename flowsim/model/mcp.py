"""What an app and an MCP server know of each other, beside what every app and every API knows.

Source: Model Context Protocol, revision 2026-07-28, authorization; RFC 9728 section 2.
"""

from dataclasses import dataclass
from typing import Any, Literal

from frozendict import frozendict

Behind = Literal["none", "own-token", "passed-on"]
ClientIdentity = Literal["metadata-document", "pre-registered", "registered"]
OpensWith = Literal["opener", "shell", "window"]
ResourceMetadata = Literal["named", "at-the-path", "at-the-root"]
Revision = Literal["2026-07-28", "2025-11-25"]
Tool = Literal["read_messages", "send_message"]

MCP_ORIGIN = "https://mcp.example"
MCP_PATH = "mcp"
MCP_URL = f"{MCP_ORIGIN}/{MCP_PATH}"
DATA = "messages"  # what its tools are about
CONTACTS = "contacts"  # what the API behind it keeps, which its tools need besides
CONTACTS_ORIGIN = "https://contacts.example"
TOOLS_CLIENT = "messages-server"  # what it is itself at the authorization server, where it has a token of its own
ISSUED_ID = "photo-assistant"  # the client_id of an app that was registered beforehand
SCOPES: dict[str, str] = {"read_messages": f"read:{DATA}", "send_message": f"write:{DATA}"}
LEAST_SCOPE = SCOPES["read_messages"]  # what it takes to get in


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolServer:
    """What makes an API an MCP server.

    `authorization_servers` are those whose tokens it takes, and `metadata` says how its own is found. `sessions` are those
    of the older revision that are open, each with the `sub` of whom it belongs to. Where it asks an API behind it, `behind`
    says with which token.
    """

    authorization_servers: tuple[str, ...]
    metadata: ResourceMetadata
    sessions: frozendict[str, str] = frozendict()
    behind: Behind = "none"


@dataclass(frozen=True, kw_only=True)
class Connection:
    """What the app has learnt of one MCP server, before it has a token for it.

    `scopes` are those of its challenge, None where it named none, and `named` is the address of its metadata in there.
    `places` are the addresses that are still to be asked, the next one first: for the metadata of the resource, then for
    that of the authorization server `issuer`. `resource` is the document of the MCP server, once it is believed.
    """

    url: str
    scopes: tuple[str, ...] | None = None
    named: str | None = None
    places: tuple[str, ...] = ()
    resource: frozendict[str, Any] = frozendict()
    issuer: str = ""
    server: frozendict[str, Any] = frozendict()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """How far the app has come with an MCP server for one browser: messages sent, its session, and the tools it knows."""

    sent: int = 0
    session: str | None = None
    tools: tuple[str, ...] = ()
