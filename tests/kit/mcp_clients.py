"""Official clients of the Model Context Protocol, each logging in at a server and calling a tool of it.

The packages `mcp` and `fastmcp` are Python; the TypeScript SDK is a program in tests/clients. A user is whoever gets the
address of the authorization endpoint and gives the one where the browser came back to.
"""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Literal

from flowsim.protocol.messages import query_of, single
from tests.kit.node_clients import Program, Refused, program

LogIn = Callable[[str], str]
Era = Literal["modern", "legacy"]
REDIRECT_URI = "http://127.0.0.1:8400/callback"
_METADATA: dict[str, Any] = {
    "client_name": "A client",
    "redirect_uris": [REDIRECT_URI],
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "none",
    "application_type": "native",
}


@dataclass(frozen=True)
class Called:
    """What a client came to know: the names of the tools, and what each tool that it called has said."""

    tools: tuple[str, ...]
    said: tuple[str, ...]


@dataclass
class Memory:
    """Where the Python SDK keeps what it is given. A client that was registered beforehand has `client` from the start."""

    client: Any = None
    tokens: Any = None

    async def get_tokens(self) -> Any:
        return self.tokens

    async def set_tokens(self, tokens: Any) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> Any:
        return self.client

    async def set_client_info(self, client_info: Any) -> None:
        self.client = client_info


@dataclass
class Browser:
    """The user's browser, as the Python SDK asks for it: the address is opened, and it comes back with an answer."""

    log_in: LogIn
    opened: list[str] = field(default_factory=list)

    async def open(self, address: str) -> None:
        self.opened.append(address)

    async def came_back(self) -> Any:
        from mcp.shared.auth import AuthorizationCodeResult

        answer = query_of(await asyncio.to_thread(self.log_in, self.opened[-1]))
        found: dict[str, Any] = {name: single(answer, name) for name in ("code", "state", "iss")}
        return AuthorizationCodeResult(**found)


def python_sdk(
    endpoint: str,
    log_in: LogIn,
    *calls: str,
    era: Era = "modern",
    client_id: str | None = None,
    document: str | None = None,
) -> Called:
    """The package `mcp` logs in at this server and calls these tools, one after the other.

    It has a `client_id` from before, or a `document` about it is at this address; else it registers itself.
    """
    import httpx2
    from mcp import Client
    from mcp.client.auth import OAuthClientProvider
    from mcp.client.streamable_http import streamable_http_client
    from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata

    async def run() -> Called:
        browser = Browser(log_in)
        known = OAuthClientInformationFull(client_id=client_id, **_METADATA) if client_id else None
        about, memory = OAuthClientMetadata(**_METADATA), Memory(known)
        auth = OAuthClientProvider(
            endpoint, about, memory, browser.open, browser.came_back, client_metadata_url=document
        )
        async with AsyncExitStack() as stack:
            http = await stack.enter_async_context(httpx2.AsyncClient(auth=auth, trust_env=False))
            transport = streamable_http_client(endpoint, http_client=http)
            client = await stack.enter_async_context(Client(transport, mode="auto" if era == "modern" else "legacy"))
            return await _called(client, calls)

    return asyncio.run(run())


def fastmcp(endpoint: str, log_in: LogIn, *calls: str) -> Called:
    """The package `fastmcp` does the same."""
    from fastmcp import Client
    from fastmcp.client.auth import OAuth

    browser = Browser(log_in)

    class InTheTest(OAuth):
        async def redirect_handler(self, authorization_url: str) -> None:
            await browser.open(authorization_url)

        async def callback_handler(self) -> Any:
            return await browser.came_back()

    async def run() -> Called:
        auth = InTheTest(endpoint, callback_port=8400, callback_host="127.0.0.1")
        async with Client(endpoint, auth=auth) as client:
            return await _called(client, calls)

    return asyncio.run(run())


def typescript_sdk(endpoint: str, log_in: LogIn, *calls: str) -> Called:
    """The package `@modelcontextprotocol/sdk` does the same, in Node; it speaks the legacy revision."""
    node: Program = program("mcp_sdk")
    address = node.do("begin", {"endpoint": endpoint, "metadata": _METADATA}, None)
    found = node.do("finish", {"address": log_in(address), "calls": list(calls)}, None)
    return Called(tuple(found["tools"]), tuple(found["said"]))


async def _called(client: Any, calls: tuple[str, ...]) -> Called:
    listed = await client.list_tools()
    said = [await client.call_tool(name, {}) for name in calls]
    named = tuple(one.name for one in getattr(listed, "tools", listed))
    return Called(named, tuple(one.content[0].text for one in said))


__all__ = ["REDIRECT_URI", "Called", "Refused", "fastmcp", "python_sdk", "typescript_sdk"]
