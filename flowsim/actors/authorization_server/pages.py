"""The HTML pages of the authorization server, and the headers they are sent with.

Every value is escaped by the template engine. The pages load nothing, run nothing and may not be framed.
Source: RFC 9700 sections 4.2.4 and 4.16, RFC 6749 section 10.12.
"""

import hashlib
import secrets
from base64 import b64encode
from collections.abc import Hashable, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from flowsim.protocol.messages import Response, response

if TYPE_CHECKING:  # loaded with the first page
    from jinja2 import Environment, Template

PAGE_HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
SCOPES = {
    "openid": "know who you are",
    "profile": "see your name",
    "email": "see your email address",
    "offline_access": "keep access while you are away",
    "read:messages": "read your messages",
    "write:messages": "send messages for you",
}


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        auto_reload=False,
    )


@cache
def _template(name: str) -> "Template":
    return _environment().get_template(name)


def page(
    name: str, status: int = 200, headers: Mapping[str, str] | None = None, csrf: str = "", **values: Hashable
) -> Response:
    """A page from `templates/`, filled in, with the headers every page of the server carries.

    `csrf` is the secret of its form, in base64url. All else that a page says it says again and again.
    """
    html = _filled(name, tuple(values.items())).replace(_CSRF, csrf)
    return response(status, headers={**PAGE_HEADERS, **(headers or {})}, html=html)


_CSRF = f"csrf-{secrets.token_hex(16)}"  # where the secret stands; it is in no page that is sent


@lru_cache(maxsize=64)
def _filled(name: str, values: tuple[tuple[str, Hashable], ...]) -> str:
    return _template(name).render(**dict(values), csrf=_CSRF, wide=_is_wide(dict(values)))


def _is_wide(values: Mapping[str, Hashable]) -> bool:
    """Whether a word of a name on the page is longer than a phone is wide; the page then breaks it."""
    return any(len(word) > most for name, most in _LONGEST.items() for word in str(values.get(name, "")).split())


# Letters of a word that a window of 390 pixels has room for: the app's name stands in the heading. No app, user or server
# of a lesson has so long a name, so the pages of traces that were written before stay as they were, byte for byte.
_LONGEST = {"client": 18, "user": 34, "issuer": 34, "behind": 34}


# The one script that a page of the server has, and its SHA-256, by which the page's policy lets it run.
SENDS_ITSELF = "document.forms[0].submit()"
_ITS_HASH = b64encode(hashlib.sha256(SENDS_ITSELF.encode()).digest()).decode()


def form_for_app(redirect_uri: str, answer: Mapping[str, str]) -> Response:
    """The page whose form brings the answer to the app, and sends itself (OAuth Form Post section 2)."""
    policy = f"default-src 'none'; script-src 'sha256-{_ITS_HASH}'; frame-ancestors 'none'; base-uri 'none'"
    headers = {"Content-Security-Policy": policy}
    return page(
        "form_post.html", headers=headers, action=redirect_uri, answer=tuple(answer.items()), script=SENDS_ITSELF
    )


def with_referrer_policy(answer: Response, policy: str) -> Response:
    """This page with another policy for `Referer`; what is no page of the server's stays as it is (RFC 9700 §4.2.4)."""
    usual = ("Referrer-Policy", PAGE_HEADERS["Referrer-Policy"])
    if policy == usual[1] or not answer.body or usual not in answer.headers:
        return answer
    return replace(answer, headers=tuple((usual[0], policy) if one == usual else one for one in answer.headers))


def without_frame_rules(answer: Response) -> Response:
    """This page as a server sends it that lets everybody frame it. No server should (RFC 9700 section 4.16)."""
    headers = []
    for name, value in answer.headers:
        if name == "Content-Security-Policy":
            rules = (rule.strip() for rule in value.split(";"))
            value = "; ".join(rule for rule in rules if not rule.startswith("frame-ancestors"))
        if name != "X-Frame-Options":
            headers.append((name, value))
    return replace(answer, headers=tuple(headers))


def cutting_openers(answer: Response) -> Response:
    """This answer as a server sends it that lets no page of another origin keep a hold on its windows (HTML).

    Browsers look at it in pages and in the redirects that lead to them.
    """
    return replace(answer, headers=(*answer.headers, ("Cross-Origin-Opener-Policy", "same-origin")))


def error_page(status: int, title: str, text: str, headers: Mapping[str, str] | None = None) -> Response:
    """The page for an error that must not be sent to the app (RFC 6749 section 4.1.2.1)."""
    return page("error.html", status, headers, title=title, text=text)
