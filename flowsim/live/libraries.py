"""Which faults of a server real libraries notice: found out by a login for each fault and each library.

    which_notice()  # every fault, every library that is installed

Nothing is written down here of what a library does. Each run is a whole login of the app in apps.py, up to a refresh, at a
server with this one fault. The app checks nothing by itself that its library leaves to it; so "goes on" says what is left
to whoever writes an app with this library.
"""

import logging
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from flowsim.actors.authorization_server import register
from flowsim.lessons.table import Table
from flowsim.live.apps import LIBRARIES, ClientAuth, Library, Site
from flowsim.live.faults import FAULTS, Faulty, place_of
from flowsim.live.user import User, UserError
from flowsim.live.world import LiveWorld
from flowsim.model.scenario import APIS, DEFAULT_API, unknown
from flowsim.model.shown import shorten
from flowsim.model.steps import CLIENT
from flowsim.protocol.messages import Request, Response

Said = Literal["refuses", "goes on", "not asked"]
_SECRET = "a-secret-of-the-library-bench"
_STAGES = {
    "begin": "before it sends the browser away",
    "finish": "when the browser is back",
    "userinfo": "at userinfo",
    "call": "at the API",
    "refresh": "after a refresh",
}
_LONGEST_WHY = 160  # characters of what a library says


@dataclass(frozen=True, slots=True)
class Seen:
    """What one library did at a server with one fault.

    `said` is `not asked` where the app never had the answer that the fault changes. Where it refuses, `at` tells when,
    and `why` is what the library says.
    """

    said: Said
    at: str = ""
    why: str = ""


@dataclass(frozen=True)
class Noticed:
    """What was seen, by fault and library. `left_out` names the libraries that could not run, with the reason."""

    faults: tuple[str, ...]
    libraries: tuple[str, ...]
    seen: Mapping[tuple[str, str], Seen]
    left_out: Mapping[str, str]

    def table(self) -> Table:
        """A row for each fault; ✗ where a library goes on although the clause says that a client must refuse."""
        said = "; ".join(f"{name}: {why}" for name, why in self.left_out.items())
        return Table(
            caption=f"Which faults of a server each library refuses{f' (left out: {said})' if said else ''}",
            head=("The fault", "A client", *self.libraries),
            rows=tuple(
                (
                    FAULTS[fault].title,
                    f"{FAULTS[fault].need} refuse{', on a condition' if FAULTS[fault].unless else ''}",
                    *(_cell(fault, self.seen[fault, library]) for library in self.libraries),
                )
                for fault in self.faults
            ),
        )

    def __repr__(self) -> str:
        return repr(self.table())

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


def which_notice(faults: Iterable[str] | None = None, libraries: Iterable[str | Library] | None = None) -> Noticed:
    """Log in with each of these libraries at a server with each of these faults; all of them where none are named.

    A library that is not installed, or does not log in where there is no fault, is left out, and `left_out` says why.
    Raises ScenarioError for a fault or a library that there is not.
    """
    wanted = tuple(FAULTS if faults is None else faults)
    for fault in wanted:
        if fault not in FAULTS:
            raise unknown("fault", fault, list(FAULTS))
    apps = [_library(one) for one in (LIBRARIES if libraries is None else libraries)]
    left_out: dict[str, str] = {}
    seen: dict[tuple[str, str], Seen] = {}
    able: list[str] = []
    for library in apps:
        if library.missing:
            left_out[library.name] = f"not installed: pip install {' '.join(library.missing)}"
            continue
        bench = _Bench(library)
        honest = bench.log_in(None)
        if honest.said == "refuses":
            left_out[library.name] = f"it refuses an honest server {honest.at}: {honest.why}"
            continue
        able.append(library.name)
        seen |= {(fault, library.name): bench.log_in(fault) for fault in wanted}
    return Noticed(wanted, tuple(able), seen, left_out)


def _library(one: str | Library) -> Library:
    if isinstance(one, Library):
        return one
    if one not in LIBRARIES:
        raise unknown("library", one, list(LIBRARIES))
    return LIBRARIES[one]


class _Bench:
    """A live world for this library, with one user, who is known there after the first login.

    It answers with the fault of the moment. The app has a secret where its library knows what to do with one.
    """

    def __init__(self, library: Library) -> None:
        auth: ClientAuth = next((way for way in library.auth if way.startswith("client_secret")), "none")
        self._library = library
        self._site = Site(
            issuer=library.issuer,
            api=f"{APIS[DEFAULT_API]}/{DEFAULT_API}",
            client_id="library-bench",
            redirect_uri="https://library-bench.example/callback",
            auth=auth,
            secret=None if auth == "none" else _SECRET,
            door=self,
        )
        site = self._site
        app = register(site.client_id, "Library bench", (site.redirect_uri,), site.secret, site.secret is not None)
        self._world = LiveWorld(issuer=library.issuer, clients=[app])
        self._door: LiveWorld | Faulty = self._world
        self._places: set[str] = set()
        self._user = User(self)

    @property
    def origins(self) -> frozenset[str]:
        return self._world.origins

    def handle(self, request: Request, *, by: str = CLIENT) -> Response:
        answer = self._door.handle(request, by=by)
        self._places.add(place_of(self._world, request, answer) or "")
        return answer

    def log_in(self, fault: str | None) -> Seen:
        """One whole login of the app, up to a refresh."""
        self._door = Faulty(self._world, fault) if fault else self._world
        self._places = set()
        for name in ("idpyoidc", "cryptojwt", "requests_oauthlib", "authlib"):
            logging.getLogger(name).addHandler(logging.NullHandler())  # what it says is in `why`
        with warnings.catch_warnings(record=True):  # a library may want its warnings printed whatever the filter says
            warnings.simplefilter("ignore")
            seen = self._whole_login()
        if fault and seen.said == "goes on" and FAULTS[fault].place not in self._places:
            return Seen("not asked")
        return seen

    def _whole_login(self) -> Seen:
        stage = "begin"
        try:
            app = self._library.app(self._site)
            address = self._user.log_in(app.begin())
            stage = "finish"
            app.finish(address)
            stage = "userinfo"
            app.userinfo()
            stage = "call"
            app.call()
            stage = "refresh"
            app.refresh()
        except UserError:
            raise
        except Exception as error:  # whatever a library raises is its refusal
            said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            return Seen("refuses", _STAGES[stage], shorten(" ".join(said.split()), _LONGEST_WHY))
        return Seen("goes on")


def _cell(fault: str, seen: Seen) -> str:
    if seen.said == "refuses":
        return f"refuses {seen.at}"
    must = FAULTS[fault].need == "must" and not FAULTS[fault].unless
    return f"✗ {seen.said}" if must and seen.said == "goes on" else seen.said
