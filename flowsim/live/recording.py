"""A live world as a file: what was recorded of its logins, without their secrets unless they are asked for.

The ending of the name says in which form: `.html` is the player with all logins in it, `.json` their traces, `.har` the
HTTP messages for the network panel of a browser.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any, cast

from flowsim.front_end.page import page
from flowsim.live.payload import branch_of, live_payload_of
from flowsim.live.redaction import Redactor
from flowsim.model.scenario import ScenarioError
from flowsim.model.shown import one_line, shown
from flowsim.views.formats.har import har
from flowsim.views.formats.trace_json import VERSION, trace_json

if TYPE_CHECKING:
    from flowsim.live.login import LiveLogin, LiveTrace
    from flowsim.live.world import LiveWorld

Json = dict[str, Any]
_NOBODY = "Nobody had begun a login when this was written."
_EMPTY = (
    f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>No login</title></head><p>{_NOBODY}</p></html>'
)


def recorded_payload(world: "LiveWorld", *, redact: bool = True) -> Json:
    """What the player shows of this world, to be kept: it no longer follows."""
    named, redactor = _taken(world, redact=redact)
    branches = [branch_of(login.name, login.title, trace) for login, trace in named]
    payload = cast(
        Json, live_payload_of([trace for _, trace in named], branches, "Nobody had logged in when this was written.")
    )
    payload.pop("attacks", None)
    payload.pop("attack", None)
    payload["branches"] = _checked(payload["branches"], redactor)
    return payload


def recorded_json(world: "LiveWorld", *, redact: bool = True) -> Json:
    """The traces of all logins, the oldest first."""
    named, redactor = _taken(world, redact=redact)
    logins = [
        {"name": login.name, "title": login.title, "trace": cast(Json, trace_json(trace))} for login, trace in named
    ]
    said = {"version": VERSION, "live": True, "redacted": redact, "issuer": world.issuer, "logins": logins}
    return cast(Json, _checked(said, redactor))


def recorded_har(world: "LiveWorld", *, redact: bool = True) -> Json:
    """The messages of all logins as one HTTP Archive; the pages of each login bear its name."""
    named, redactor = _taken(world, redact=redact)
    logs = [(login, har(trace)["log"]) for login, trace in named]
    pages, entries = [], []
    for login, log in logs:
        title = redactor.text(login.title) if redactor else login.title
        pages += [
            one | {"id": f"{login.name}_{one['id']}", "title": f"{title}: {one['title']}"} for one in log["pages"]
        ]
        entries += [one | {"pageref": f"{login.name}_{one['pageref']}"} for one in log["entries"]]
    first = logs[0][1] if logs else {"version": "1.2", "creator": {"name": "flowsim", "version": "live"}}
    said = " ".join(str(log["comment"]) for _, log in logs) or _NOBODY
    log = {"version": first["version"], "creator": first["creator"], "pages": pages, "entries": entries}
    return cast(Json, _checked({"log": log | {"comment": said}}, redactor))


def recorded_page(world: "LiveWorld", *, redact: bool = True) -> str:
    """The player with all logins in it, as one page that needs no network."""
    payload = recorded_payload(world, redact=redact)
    return page(payload) if payload["branches"] else _EMPTY


def record(world: "LiveWorld", path: str | os.PathLike[str], redact: bool = True) -> Path:
    """Write what was recorded into this file, in the form that its ending names, and give the file.

    The file is there whole or not at all: what was in it before stays until the new one is complete. Raises ScenarioError
    for an ending that names no form, for a folder that is not there, and where the file cannot be written.
    """
    file = checked_path(path)
    text = _FORMS[file.suffix.lower()](world, redact)
    part = None
    try:
        with NamedTemporaryFile(
            "w", encoding="utf-8", errors="replace", dir=file.parent, prefix=f".{file.name[:40]}.", delete=False
        ) as made:
            part = Path(made.name)
            made.write(text)
        os.replace(part, file)
    except (OSError, ValueError) as error:
        if part is not None:
            part.unlink(missing_ok=True)
        why = one_line(getattr(error, "strerror", None) or error, 200)
        raise ScenarioError(f"cannot write {shown(str(file))}: {why}; choose another file") from None
    return file


def checked_path(path: str | os.PathLike[str]) -> Path:
    """This path, once a recording can go there: its ending names a form, and its folder is there. Else ScenarioError."""
    file = Path(path)
    if file.suffix.lower() not in _FORMS:
        endings = ", ".join(_FORMS)
        raise ScenarioError(
            f"a recording is written to a file whose name ends in one of {endings}, not {shown(str(path))}"
        )
    try:
        if file.is_dir():
            raise ScenarioError(f"{shown(str(file))} is a folder; name a file in it")
        if not file.parent.is_dir():
            raise ScenarioError(f"there is no folder {shown(str(file.parent))}; make it first, or choose another file")
    except (OSError, ValueError) as error:  # a name with a NUL in it is a ValueError
        raise ScenarioError(f"cannot write {shown(str(path))}: {one_line(error, 200)}; choose another file") from None
    return file


def _taken(world: "LiveWorld", *, redact: bool) -> "tuple[Sequence[tuple[LiveLogin, LiveTrace]], Redactor | None]":
    """The logins as they are at this moment, each with its trace."""
    taken = world.taken()
    if not redact:
        return taken, None
    redactor = Redactor(trace for _, trace in taken)
    return [(login, redactor.trace(trace)) for login, trace in taken], redactor


def _checked(said: Any, redactor: Redactor | None) -> Any:
    """This once more without secrets: what is made of redacted messages holds none, and this makes sure of it."""
    return redactor.value(said) if redactor else said


def _as_json(world: "LiveWorld", redact: bool) -> str:
    return json.dumps(recorded_json(world, redact=redact), ensure_ascii=False, indent=1) + "\n"


def _as_har(world: "LiveWorld", redact: bool) -> str:
    return json.dumps(recorded_har(world, redact=redact), ensure_ascii=False, indent=1) + "\n"


def _as_page(world: "LiveWorld", redact: bool) -> str:
    return recorded_page(world, redact=redact)


_FORMS: Mapping[str, Callable[["LiveWorld", bool], str]] = {".html": _as_page, ".json": _as_json, ".har": _as_har}
