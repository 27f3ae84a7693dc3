"""What to put into the configuration of an app that logs in at a served world: as lines, for an environment, as JSON."""

import json
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from flowsim.live.world import LiveWorld
from flowsim.model.world import Person, RegisteredClient

SCOPE = "openid profile offline_access read:messages"
_API = "messages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """The values that an app needs to log in at `world` as this client. `people` are the accounts to log in with."""

    world: LiveWorld
    client: RegisteredClient
    people: tuple[Person, ...]
    ca_file: Path | None = None
    watch: str | None = None

    @property
    def api(self) -> str:
        """The address of the API, which is also the audience of the tokens for it."""
        return next(origin for origin, api in self.world.apis.items() if api.keeps == _API)

    def lines(self) -> str:
        """For people."""
        client, metadata = self.client, self.world.metadata
        secret = [("client secret", client.secret)] if client.secret else []
        rows = [
            *([("MCP server", self.world.mcp_server)] if self.world.mcp_server else []),
            ("issuer", self.world.issuer),
            ("discovery", f"{self.world.issuer.removesuffix('/')}/.well-known/openid-configuration"),
            ("client id", f"{client.client_id}{'' if client.secret else ', a public client: it has no secret'}"),
            *secret,
            *(("redirect URI", uri) for uri in client.redirect_uris),
            ("scope", SCOPE),
            ("API", f"{self.api}/{_API}"),
            ("its audience", self.api),
            *([("registration", metadata["registration_endpoint"])] if "registration_endpoint" in metadata else []),
            *(("account", f"{one.username}, password {one.password}") for one in self.people),
            *([("trust this CA", str(self.ca_file))] if self.ca_file else []),
            *([("attacker", self.world.attacks[self.world.attack])] if self.world.attack else []),
            *([("watch it here", self.watch)] if self.watch else []),
        ]
        width = max(len(name) for name, _ in rows)
        return "\n".join(f"  {name:{width}}  {value}" for name, value in rows)

    def environment(self) -> str:
        """As `NAME=value` lines, which a shell and a `.env` file take."""
        return "\n".join(f"{name}={shlex.quote(value)}" for name, value in self._variables())

    def json(self) -> str:
        """As one JSON object on one line, with the names of the specifications."""
        client = self.client
        found = {
            "issuer": self.world.issuer,
            "client_id": client.client_id,
            "client_secret": client.secret,
            "token_endpoint_auth_method": "client_secret_basic" if client.confidential else "none",
            "redirect_uris": list(client.redirect_uris),
            "scope": SCOPE,
            "code_challenge_method": "S256",
            "mcp_server": self.world.mcp_server,
            "api": f"{self.api}/{_API}",
            "audience": self.api,
            "accounts": [{"username": one.username, "password": one.password} for one in self.people],
            "ca_file": None if self.ca_file is None else str(self.ca_file),
            "watch": self.watch,
        }
        return json.dumps({name: value for name, value in found.items() if value is not None}, ensure_ascii=False)

    def _variables(self) -> Iterable[tuple[str, str]]:
        client = self.client
        yield "OIDC_ISSUER", self.world.issuer
        yield "OIDC_CLIENT_ID", client.client_id
        if client.secret:
            yield "OIDC_CLIENT_SECRET", client.secret
        yield "OIDC_REDIRECT_URI", client.redirect_uris[0]
        yield "OIDC_SCOPE", SCOPE
        yield "API_URL", f"{self.api}/{_API}"
        yield "API_AUDIENCE", self.api
        if self.world.mcp_server is not None:
            yield "MCP_SERVER_URL", self.world.mcp_server
        if self.ca_file is not None:  # for Python with httpx or requests, and for Node
            for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"):
                yield name, str(self.ca_file)
