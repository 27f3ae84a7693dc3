"""A desktop app that calls a tool of an MCP server, with the official Python SDK (`pip install mcp`).

    python tools.py http://127.0.0.1:9000/mcp read_messages

It is told one address. The SDK finds out where to log in, registers the app, and asks for the user when it needs one.
"""

import argparse
import asyncio
import sys
import webbrowser
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
from listener import Listener, NoAnswer
from mcp import Client
from mcp.client.auth import OAuthClientProvider, OAuthFlowError
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata
from mcp.shared.exceptions import MCPError

PATIENCE = 300  # seconds that the user has for a login


class Memory:
    """Where the SDK keeps what it is given: for as long as the program runs."""

    tokens: Any = None
    client: Any = None

    async def get_tokens(self) -> Any:
        return self.tokens

    async def set_tokens(self, tokens: Any) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> Any:
        return self.client

    async def set_client_info(self, client_info: Any) -> None:
        self.client = client_info


async def call(endpoint: str, *tools: str, open_browser: Callable[[str], object] = webbrowser.open) -> list[str]:
    """The names of the server's tools, and below them what each of these tools says."""
    listener = Listener("")

    async def open_it(address: str) -> None:
        listener.state, listener.answer = dict(parse_qsl(urlsplit(address).query))["state"], None
        open_browser(address)

    async def wait_for_it() -> AuthorizationCodeResult:
        answer = await asyncio.to_thread(listener.wait, PATIENCE)
        if "code" not in answer:
            raise NoAnswer(f"no code came: {answer.get('error')!a}")
        return AuthorizationCodeResult(code=answer["code"], state=answer["state"], iss=answer.get("iss"))

    about = OAuthClientMetadata.model_validate(
        {
            "client_name": "A desktop app",
            "application_type": "native",
            "redirect_uris": [listener.redirect_uri],
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": "none",
        }
    )
    auth = OAuthClientProvider(endpoint, about, Memory(), open_it, wait_for_it)
    with listener:
        async with (
            httpx2.AsyncClient(auth=auth, trust_env=False) as http,
            Client(streamable_http_client(endpoint, http_client=http), mode="auto") as client,
        ):
            there = await client.list_tools()
            said: list[Any] = [await client.call_tool(name, {}) for name in tools]
    return [*(tool.name for tool in there.tools), *(f"  {one.content[0].text}" for one in said)]


def main(arguments: list[str] | None = None, open_browser: Callable[[str], object] = webbrowser.open) -> None:
    parser = argparse.ArgumentParser(description="Log in where an MCP server says, and call tools of it.")
    parser.add_argument("endpoint", help="the address of the MCP server")
    parser.add_argument("tool", nargs="*", help="a tool to call")
    options = parser.parse_args(arguments)
    failed: list[str] = []
    try:
        print(*asyncio.run(call(options.endpoint, *options.tool, open_browser=open_browser)), sep="\n")
    except* (OAuthFlowError, MCPError, NoAnswer, httpx2.HTTPError) as errors:
        failed = [str(error) for error in _single(errors)]
    if failed:
        sys.exit(f"It did not work: {'; '.join(failed)}")


def _single(errors: BaseExceptionGroup[Any]) -> Iterator[BaseException]:
    """The errors themselves: the SDK's tasks put them into groups of groups."""
    for error in errors.exceptions:
        yield from _single(error) if isinstance(error, BaseExceptionGroup) else (error,)


if __name__ == "__main__":
    main()
