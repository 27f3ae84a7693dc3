"""`flowsim serve`: the authorization server of the lessons and an API on a port of this machine, until Ctrl-C.

What goes into an app's configuration is printed on the standard output, and a line for each request on the error output.
Exit status 0 after Ctrl-C or SIGTERM.
"""

import argparse
import logging
import os
import re
import secrets
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flowsim.checks import known_check
from flowsim.cli.run import add_settings, settled
from flowsim.engine.initial_world import ALICE, ATTACKERS_ACCOUNT
from flowsim.live.attackers import THIEVES
from flowsim.model.clients import MCP, PROFILES
from flowsim.model.mcp import ISSUED_ID, MCP_PATH
from flowsim.model.scenario import SETTINGS, Scenario, ScenarioError
from flowsim.model.shown import one_line, safe, shown
from flowsim.model.steps import API, API_BEHIND, SERVER
from flowsim.model.world import Person, RegisteredClient
from flowsim.protocol import keys
from flowsim.protocol.addresses import OWN_MACHINE, host_of, names_a_host, origin_of, split
from flowsim.simulation.names import check_names

if TYPE_CHECKING:
    from flowsim.live.port.certificate import Tls
    from flowsim.live.port.configuration import Configuration
    from flowsim.live.world import LiveWorld

PORT = 9000
EXAMPLES = (
    (
        "flowsim serve --client-id my-app --redirect-uri http://127.0.0.1:5173/callback",
        "for a page or a program of yours",
    ),
    (
        "flowsim serve --client-id my-app --redirect-uri com.example.app:/callback --tls",
        "with TLS, for an app on a phone",
    ),
    ("flowsim serve --client-id web --client-secret s3cret --redirect-uri https://app.example/cb", "for a website"),
    ("flowsim serve --config env > .env", "the values alone, for a program to read"),
    (
        "flowsim serve --profile mcp",
        "an MCP server at /mcp with its authorization server, for a client of that protocol",
    ),
    (
        "flowsim serve --profile mcp --judge",
        "an exam for such a client: servers that lie to it, and what it did wrong at each",
    ),
    (
        "flowsim serve --attack code-interception",
        "somebody takes the redirect; --without token.verifier_fits helps them",
    ),
)
_OWNERS = ("the authorization server", "the API")
_PRIVATE_USE = re.compile(r"[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+", re.IGNORECASE)
_NAME = re.compile(r"[^\s:\x00-\x1f\x7f]{1,100}")
_ASCII = re.compile(r"[\x20-\x7e]{1,200}")  # what an identifier or a secret is made of (RFC 6749 appendix A)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.usage = "%(prog)s [OPTION ...]"
    where = parser.add_argument_group("where")
    where.add_argument(
        "--port",
        metavar="N",
        type=int,
        help=f"the port; 0 takes any that is free; default: that of the issuer, or {PORT}",
    )
    where.add_argument(
        "--issuer",
        metavar="URL",
        help="the server's name and address, which may end in a /; default: http://127.0.0.1 and the port. With "
        "http://[::1]:N it answers at [::1]; it never answers to another machine",
    )
    where.add_argument("--tls", action="store_true", help="use TLS, with a certificate of its own for this machine")
    where.add_argument(
        "--ca-file",
        metavar="FILE",
        help="with --tls: write the certificate that clients are to trust into this file, and leave it there; default: "
        "a file that is removed at the end",
    )
    who = parser.add_argument_group("who")
    who.add_argument(
        "--client-id", metavar="ID", help="the app that will log in; default: the desktop app of the lessons"
    )
    who.add_argument(
        "--redirect-uri",
        metavar="URI",
        action="append",
        default=[],
        help="where the browser comes back to: https, a loopback address (with any port), or a private-use scheme; may "
        "be repeated",
    )
    who.add_argument("--client-secret", metavar="SECRET", help="makes it a confidential client, which has this secret")
    who.add_argument(
        "--user",
        metavar="NAME:PASSWORD",
        dest="accounts",
        action="append",
        default=[],
        help="one more account besides alice and mallory; may be repeated",
    )
    what = parser.add_argument_group("what happens")
    what.add_argument(
        "--profile",
        metavar="NAME",
        choices=(MCP,),
        help="what is served besides; mcp: an MCP server at /mcp, which tells its clients where to log in (RFC 9728)",
    )
    what.add_argument(
        "--judge",
        action="store_true",
        help="with --profile mcp: serve an exam for a client of yours, a server for each thing that it must be ready for, "
        "each at a port of its own, and tell what it did wrong there",
    )
    attacks = "\n".join(f"  {name}: {thief.title}" for name, thief in THIEVES.items())
    what.add_argument(
        "--attack",
        metavar="NAME",
        help=f"turn this attacker loose on the logins; the page to watch can do so too\n{attacks}",
    )
    output = parser.add_argument_group("output")
    output.add_argument(
        "--record",
        metavar="FILE",
        help="at the end, write what was recorded: the player as .html, the traces as .json, the HTTP messages as .har",
    )
    output.add_argument(
        "--with-secrets", action="store_true", help="with --record: leave passwords, codes and tokens in the file"
    )
    output.add_argument(
        "--config",
        metavar="FORM",
        choices=("lines", "env", "json"),
        default="lines",
        help="how to print what goes into the app's configuration:\n"
        "  lines: for people\n  env: NAME=value, for a shell or a .env file\n  json: one object on one line",
    )
    output.add_argument("--quiet", action="store_true", help="print the address alone, and no line for each request")
    add_settings(parser, [one for one in SETTINGS.values() if one.owner in _OWNERS or one.name == "without"])


def execute(options: argparse.Namespace) -> int:
    reason = keys.why_plain()
    if reason is not None:
        raise ScenarioError(f"`serve` needs the package cryptography: {reason}")
    try:
        from flowsim.live.port.application import Port
        from flowsim.live.port.configuration import Configuration
        from flowsim.live.port.server import Server, listen, run_until_stopped
        from flowsim.live.port.watch_access import WatchAccess
        from flowsim.live.port.watching import Watching
        from flowsim.live.recording import checked_path, record
    except ModuleNotFoundError as error:
        if error.name not in ("starlette", "uvicorn"):
            raise
        raise ScenarioError(f"`serve` needs {error.name}: `pip install 'flowsim[serve]'` brings it") from None
    if options.with_secrets and not options.record:
        raise ScenarioError("--with-secrets is for the file of --record; give both")
    if options.record:
        checked_path(options.record)
    scenario = _scenario(options)
    client, people = _client(options), _people(options.accounts)
    issuer = _issuer(options)
    host, wanted = _where(options, issuer)
    if options.judge:
        from flowsim.cli import serve_exam

        if options.profile != MCP:
            raise ScenarioError("--judge examines clients of an MCP server; give --profile mcp too")
        serve_exam.execute(options, scenario, client, wanted)
        return 0
    try:
        sockets = listen(host, wanted)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else one_line(error, 200)
        raise ScenarioError(f"cannot listen at port {wanted}: {why}; choose another with --port") from None
    port = sockets[0].getsockname()[1]
    address = issuer or f"{'https' if options.tls else 'http'}://127.0.0.1:{port}"
    with ExitStack() as stack:
        for one in sockets:
            stack.enter_context(one)
        tls = _tls(options, address, stack)
        world = _world(address, scenario, client, people, options.attack)
        access = WatchAccess(Watching(world).app, origin_of(address))
        app = Port(world, address, ports=(port,), policy=world.scenario.policy, watch=access)
        server = Server(app, tls.context if tls else None)
        found = Configuration(
            world=world, client=client, people=people, ca_file=tls.ca_file if tls else None, watch=access.address
        )

        def begun() -> None:
            _tell(options, found)

        _log_to_error_output(quiet=options.quiet)
        run_until_stopped(server, sockets, begun)
    if options.record:
        file = record(world, options.record, redact=not options.with_secrets)
        within = "with their secrets" if options.with_secrets else "without their secrets"
        print(f"wrote {safe(str(file))}: the logins, {within}", file=sys.stderr)
    return 0


def _world(
    issuer: str, scenario: Scenario, client: RegisteredClient, people: tuple[Person, ...], attack: str | None
) -> "LiveWorld":
    from flowsim.live.documents import over_the_network
    from flowsim.live.world import LiveWorld

    base = issuer.removesuffix("/")
    apis = {"messages": f"{base}/api", "photos": f"{base}/photos", MCP_PATH: origin_of(issuer)}
    fetch = over_the_network(own_machine=host_of(issuer) in OWN_MACHINE) if scenario.speaks_mcp else None
    world = LiveWorld(scenario, issuer=issuer, apis=apis, people=people, documents=fetch)
    world.register(client)
    world.attack = attack
    return world


def _tell(options: argparse.Namespace, found: "Configuration") -> None:
    """Print what goes into an app's configuration."""
    if options.config == "env":
        print(found.environment(), flush=True)
    elif options.config == "json":
        print(found.json(), flush=True)
    else:
        print(f"flowsim serves {found.world.issuer}", flush=True)
        if not options.quiet:
            print(f"\n{safe_lines(found.lines())}\n\nCtrl-C ends it. The accounts are for learning only.", flush=True)


def safe_lines(text: str) -> str:
    """These lines without what steers a terminal."""
    return "\n".join(safe(line) for line in text.split("\n"))


def _log_to_error_output(*, quiet: bool) -> None:
    from flowsim.live.port.exchange_log import LOG

    handler = _Handler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    LOG.handlers[:] = [handler]
    LOG.propagate = False
    LOG.setLevel(logging.ERROR if quiet else logging.INFO)


class _Handler(logging.StreamHandler[Any]):
    """Writes to the error output; where nobody reads that any more, the server lives on."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Nothing can be said."""


# ---- What was asked for


def _scenario(options: argparse.Namespace) -> Scenario:
    given = {name: value for name, value in vars(options).items() if name in SETTINGS}
    chosen: dict[str, Any] = {"client": MCP} if options.profile == MCP else {}
    scenario = Scenario(**settled(given), **chosen)
    check_names(scenario)
    for name in scenario.without:
        actor = known_check(name).actor
        if actor not in (SERVER, API):
            whose = "an API behind, and there is none" if actor == API_BEHIND else "the app, which is yours"
            raise ScenarioError(f"{name} is a check of {whose} here; expected one of the server or the API")
    return scenario


def _client(options: argparse.Namespace) -> RegisteredClient:
    from flowsim.actors.authorization_server import register

    if options.client_id is None:
        if options.redirect_uri or options.client_secret:
            raise ScenarioError("--redirect-uri and --client-secret are those of a client; name it with --client-id")
        usual = PROFILES[MCP if options.profile == MCP else "native-loopback"]
        client_id = ISSUED_ID if options.profile == MCP else usual.client_id
        return register(client_id, usual.app_name, ("http://127.0.0.1/callback",), None, confidential=False)
    if not options.redirect_uri:
        raise ScenarioError("--client-id needs a --redirect-uri, to which the browser comes back")
    for option, value in (("--client-id", options.client_id), ("--client-secret", options.client_secret)):
        if value is not None and not _ASCII.fullmatch(value):
            raise ScenarioError(f"{option} must be 1 to 200 visible ASCII characters or spaces (RFC 6749 appendix A)")
    uris = tuple(_redirect_uri(uri) for uri in options.redirect_uri)
    secret = options.client_secret
    return register(options.client_id, options.client_id, uris, secret, confidential=secret is not None)


def _redirect_uri(uri: str) -> str:
    """This address, once a browser may be sent there with a code."""
    parts = split(uri)
    scheme = (parts.scheme or "").lower()
    named = names_a_host(uri)
    fits = {"https": named, "http": named and host_of(uri) in OWN_MACHINE}.get(
        scheme, bool(_PRIVATE_USE.fullmatch(scheme))
    )
    if not fits or parts.fragment is not None or not uri.isascii() or not uri.isprintable() or " " in uri:
        raise ScenarioError(
            f"--redirect-uri must be https, http at a loopback address, or a private-use scheme with a dot in it, without "
            f"a fragment (RFC 6749 §3.1.2, RFC 8252 §7), not {shown(uri)}"
        )
    return uri


def _people(given: list[str]) -> tuple[Person, ...]:
    """The people of the lessons and those who were named; a name that is there already gets the new password."""
    people = {one.username: one for one in (ALICE, ATTACKERS_ACCOUNT)}
    for text in given:
        name, colon, password = text.partition(":")
        if not colon or not password or not _NAME.fullmatch(name) or not safe(password) == password:
            raise ScenarioError(f"--user must be a name, a colon and a password, such as bob:secret, not {shown(name)}")
        people[name] = Person(username=name, password=password, one_time_secret=secrets.token_hex(10))
    return tuple(people.values())


def _issuer(options: argparse.Namespace) -> str | None:
    """The issuer that was named (RFC 8414 section 2: no query, no fragment)."""
    issuer: str | None = options.issuer
    if options.ca_file and not options.tls:
        raise ScenarioError("--ca-file is for the certificate of --tls; give both")
    if issuer is None:
        return None
    parts = split(issuer)
    plain = issuer.isascii() and issuer.isprintable() and " " not in issuer and "@" not in (parts.authority or "")
    if parts.scheme not in ("http", "https") or not host_of(issuer) or parts.query is not None or not plain:
        raise ScenarioError(
            f"--issuer must be such as http://127.0.0.1:9000 or http://127.0.0.1:9000/, not {shown(issuer)}"
        )
    if parts.fragment is not None or _port_of(issuer) is None:
        raise ScenarioError(
            f"--issuer must be an address without a fragment, and with a port there is, not {shown(issuer)}"
        )
    if (parts.scheme == "https") != options.tls and host_of(issuer) in OWN_MACHINE:
        raise ScenarioError("an --issuer of this machine begins with https where there is --tls, and only there")
    return issuer


def _port_of(issuer: str) -> int | None:
    """The port in this address, or that of its scheme; None where it is no port."""
    authority = split(origin_of(issuer)).authority or ""
    port = authority.rpartition("]")[2].partition(":")[2]
    if not port:
        return 443 if issuer.startswith("https:") else 80
    return int(port) if port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65_536 else None


def _where(options: argparse.Namespace, issuer: str | None) -> tuple[str, int]:
    """The host and the port to listen at. Who is called otherwise than this machine is reached by way of another port."""
    if options.port is not None and not 0 <= options.port < 65_536:
        raise ScenarioError(f"--port must be 0 to 65535, not {options.port}")
    host = host_of(issuer) if issuer else "127.0.0.1"
    local = host in OWN_MACHINE
    named = _port_of(issuer) if issuer and local else PORT
    port = named if options.port is None else options.port
    assert port is not None
    return host if local else "127.0.0.1", port


def _tls(options: argparse.Namespace, address: str, stack: ExitStack) -> "Tls | None":
    """The certificate, as long as the stack lasts."""
    if not options.tls:
        return None
    from flowsim.live.port.certificate import own_certificate

    file = Path(options.ca_file) if options.ca_file else None
    try:
        return stack.enter_context(own_certificate(file, also=(host_of(address),)))
    except (OSError, ValueError) as error:
        why = one_line(getattr(error, "strerror", None) or error, 200)
        named = shown(options.ca_file) if options.ca_file else f"a certificate for {shown(host_of(address))}"
        raise ScenarioError(f"cannot write {named}: {why}") from None
