"""The anatomy of a token: its three parts, each name in it explained, and which checks read it.

Which check reads a claim is found out by trying: the claim is changed, and then left out, the token is signed again with
the server's key, and the app or the API judges it. Every check that says something else than before has read the claim.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Literal

from flowsim.analysis import token_substitution
from flowsim.analysis.forged_tokens import by_server, rewritten
from flowsim.lessons.table import CELL
from flowsim.model.check import AnyCheck
from flowsim.model.scenario import Scenario, ScenarioError, unknown
from flowsim.model.shown import safe, shorten
from flowsim.model.steps import BROWSER, clause_url
from flowsim.model.world import VICTIM, Event
from flowsim.protocol import signed_tokens
from flowsim.simulation.simulation import Trace
from flowsim.views.text.fields import explain

Kind = Literal["id_token", "access_token"]
_NAMES = {"id_token": "ID token", "access_token": "access token"}
_READERS = {"id_token": "the app", "access_token": "the API"}
# These read the token as a whole, so they say nothing about one of its parts.
_OF_THE_WHOLE = ("id_token.readable", "api.header_well_formed", "api.is_jwt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One name in a token: the part it stands in, its value as JSON, its explanation and clause, who reads it."""

    part: str
    name: str
    value: str
    text: str
    clause: str
    read_by: tuple[AnyCheck, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Anatomy:
    """A token taken apart; `signed` are the checks that read the signature."""

    kind: Kind
    text: str
    parts: tuple[Part, ...]
    signed: tuple[AnyCheck, ...]

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{_NAMES[self.kind]}, read by {_READERS[self.kind]}"
        for title in ("header", "claims"):
            yield f"  {title}"
            for part in (part for part in self.parts if part.part == title):
                yield f"    {part.name}: {shorten(safe(part.value))}"
                yield from (f"        {check.title}  [{check.clause}]" for check in part.read_by)
        yield "  signature"
        yield from (f"        {check.title}  [{check.clause}]" for check in self.signed)

    def _repr_html_(self) -> str:
        return _html(self)


def anatomy(trace: Trace, kind: Kind = "id_token") -> Anatomy:
    """The token of this kind that the app of this trace holds. Raises ScenarioError where it holds none."""
    if not isinstance(kind, str) or kind not in _NAMES:
        raise unknown("kind of token", kind, list(_NAMES))
    world = trace.worlds[-1]
    held = world.clients[world.runs[VICTIM].client].tokens.get(world.runs[VICTIM].who)
    text = getattr(held, kind, None)
    token = signed_tokens.read(text) if text else None
    if token is None or text is None:
        raise ScenarioError(
            f"this app holds no {_NAMES[kind]}: expected a login that went well, with openid in its scope"
        )
    return Anatomy(
        kind=kind,
        text=text,
        parts=tuple(_parts(trace.scenario, kind, token)),
        signed=_readers(trace.scenario, kind, text.rpartition(".")[0] + ".AAAA"),
    )


def _parts(scenario: Scenario, kind: Kind, token: signed_tokens.Token) -> Iterator[Part]:
    for part, place, values in (("header", "token header", token.header), ("claims", _NAMES[kind], token.claims)):
        for name, value in values.items():
            known = explain(place, name)
            yield Part(
                part=part,
                name=name,
                value=json.dumps(value, ensure_ascii=False),
                text=known.text if known else "A claim that an action of the server added.",
                clause=known.clause if known else "OIDC Core §5.1.2",
                read_by=_readers(scenario, kind, *_variants(token, part, name)),
            )


def _variants(token: signed_tokens.Token, part: str, name: str) -> Iterator[str]:
    """This token with one value changed, and with it left out, signed again with the server's key."""
    value = (token.header if part == "header" else token.claims)[name]
    for other in (None, value + 10**6 if isinstance(value, int) else f"not {value}"):
        changed = {name: other}
        header, claims = (changed, {}) if part == "header" else ({}, changed)
        yield rewritten(token, by_server, claims, header)


def _readers(scenario: Scenario, kind: Kind, *variants: str) -> tuple[AnyCheck, ...]:
    """The checks that judge one of these otherwise than the genuine token; those of the genuine one, and no others."""
    before = _findings(_judged(scenario, kind, getattr(token_substitution.genuine(scenario), kind)))
    found: dict[str, AnyCheck] = {}
    for text in variants:
        event = _judged(scenario, kind, text)
        after = _findings(event)
        found |= {
            one.check.id: one.check
            for one in event.checks
            if one.check.id in after and before.get(one.check.id, after[one.check.id]) != after[one.check.id]
        }
    return tuple(check for name, check in found.items() if name not in _OF_THE_WHOLE)


def _findings(event: Event) -> dict[str, tuple[str, str, bool | None]]:
    judged = (one for one in event.checks if one.check.actor != BROWSER)  # a browser does not look into a token
    return {one.check.id: (one.expected, one.received, one.passed) for one in judged}


def _judged(scenario: Scenario, kind: Kind, text: str) -> Event:
    if kind == "id_token":
        return token_substitution.to_app(scenario, {"id_token": text})
    return token_substitution.to_api(scenario, text)


# ---- As HTML

_EDGE = {"header": "solid", "claims": "dashed", "signature": "dotted"}
_NOBODY = '<span style="color:var(--jp-ui-font-color2,#5b6675)">none</span>'


def _html(token: Anatomy) -> str:
    rows = []
    for title in ("header", "claims"):
        rows += [_heading(title), *(_row(part) for part in token.parts if part.part == title)]
    signature = Part(
        part="signature",
        name="",
        value=token.text.rpartition(".")[2],
        text="Made with the server's private key over the two parts above. It hides nothing; it proves who wrote them.",
        clause="RFC 7515 §5.2",
        read_by=token.signed,
    )
    rows += [_heading("signature"), _row(signature)]
    head = "".join(
        f'<th scope="col" style="{CELL}">{title}</th>'
        for title in ("name", "value", "what it says", f"which check of {_READERS[token.kind]} reads it")
    )
    title = f"The {_NAMES[token.kind]}, three parts with dots between them"
    caption = f'<caption style="{CELL};font-weight:600">{title}</caption>'
    return (
        f'<table style="border-collapse:collapse;font-size:inherit;max-width:70em">{caption}'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _heading(title: str) -> str:
    edge = f"border-left:4px {_EDGE[title]} currentColor"
    return f'<tr><th colspan="4" scope="rowgroup" style="{CELL};{edge}">{title}</th></tr>'


def _row(part: Part) -> str:
    edge = f"border-left:4px {_EDGE[part.part]} currentColor"
    checks = "<br>".join(f"{escape(check.title)} {_link(check.clause)}" for check in part.read_by)
    return (
        f'<tr><th scope="row" style="{CELL};{edge}"><code>{escape(part.name)}</code></th>'
        f'<td style="{CELL}"><code style="overflow-wrap:anywhere">{escape(shorten(safe(part.value)))}</code></td>'
        f'<td style="{CELL}">{_prose(part.text)} {_link(part.clause)}</td>'
        f'<td style="{CELL}">{checks or _NOBODY}</td></tr>'
    )


def _link(clause: str) -> str:
    return f'<a href="{escape(clause_url(clause))}" style="white-space:nowrap">{escape(clause)}</a>'


def _prose(text: str) -> str:
    """A sentence in which `backquotes` mark literal text."""
    plain = escape(text).split("`")
    return "".join(f"<code>{piece}</code>" if number % 2 else piece for number, piece in enumerate(plain))
