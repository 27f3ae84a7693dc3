"""A browser and an app in one, over bare sockets: the driver under which servers are compared.

It knows no server. It follows redirects, keeps cookies, fills the first form of a page with what a user would type, and
redeems the code that comes back. What is measured is the time spent waiting: from the first octet of a request that is sent
to the last one of the answer that is read. What the driver itself does in between is not in it.
"""

import json
import re
import secrets
import time
from collections.abc import Mapping
from html import unescape
from http.client import HTTPConnection
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from flowsim.protocol import pkce

CLIENT_ID = "photo-desktop"
REDIRECT_URI = "http://127.0.0.1:51004/callback"
SCOPE = "openid offline_access read:messages"
TYPED = {"username": "alice", "password": "correct horse battery staple", "login": "alice"}
FORM = "application/x-www-form-urlencoded"
_FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
_FIELD = re.compile(r"<(?:input|button)\b([^>]*)>")
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
_MOST_PAGES = 20


class Visitor:
    """One user with one browser at the server under this issuer. `waited` are the seconds of each exchange, by its kind."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.waited: list[tuple[str, float]] = []
        self._connection = HTTPConnection(urlsplit(issuer).netloc, timeout=30)
        self._connection.connect()
        found = self._ask("GET", f"{issuer}/.well-known/openid-configuration")
        self.metadata = json.loads(found[2])

    def close(self) -> None:
        self._connection.close()

    def login(self) -> dict[str, object]:
        """A whole login and one refresh; the last answer of the token endpoint."""
        self._cookies: dict[str, str] = {}
        verifier = pkce.verifier_from(secrets.token_bytes(32))
        params = {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "redirect_uri": REDIRECT_URI,
            "scope": SCOPE,
            "prompt": "consent",
            "state": secrets.token_urlsafe(16),
            "nonce": secrets.token_urlsafe(16),
            "code_challenge": pkce.challenge_for(verifier, "S256"),
            "code_challenge_method": "S256",
        }
        code = self._code(f"{self.metadata['authorization_endpoint']}?{urlencode(params)}", params["state"])
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "code_verifier": verifier,
        }
        tokens = self._tokens(asked, "token")
        return self._tokens({"grant_type": "refresh_token", "refresh_token": str(tokens["refresh_token"])}, "refresh")

    def _tokens(self, asked: Mapping[str, str], kind: str) -> dict[str, object]:
        body = urlencode({**asked, "client_id": CLIENT_ID})
        status, _, text = self._ask("POST", self.metadata["token_endpoint"], body, kind)
        assert status == 200, f"the token endpoint answered {status}: {text[:300]}"
        found: dict[str, object] = json.loads(text)
        assert {"access_token", "id_token", "refresh_token"} <= found.keys(), f"tokens are missing: {sorted(found)}"
        return found

    def _code(self, address: str, state: str) -> str:
        method, body = "GET", ""
        for _ in range(_MOST_PAGES):
            status, location, text = self._ask(method, address, body)
            method, body = "GET", ""
            if 300 <= status < 400:
                address = urljoin(address, location)
                if address.startswith(REDIRECT_URI):
                    answer = dict(parse_qsl(urlsplit(address).query))
                    assert answer.get("state") == state and "code" in answer, f"no code came back: {sorted(answer)}"
                    return answer["code"]
                continue
            form = _FORM.search(text)
            assert status == 200 and form, f"no form at {urlsplit(address).path}: {status} {text[:300]}"
            address, method, body = _filled(address, form), "POST", _typed(form)
        raise AssertionError("the server showed page after page, and never sent the browser back")

    def _ask(self, method: str, url: str, body: str = "", kind: str = "page") -> tuple[int, str, str]:
        """Status, redirect and text of the answer; the wait is noted."""
        parts = urlsplit(url)
        headers = {"Content-Type": FORM} if body else {}
        if cookies := "; ".join(f"{name}={value}" for name, value in getattr(self, "_cookies", {}).items()):
            headers["Cookie"] = cookies
        start = time.perf_counter()
        self._connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), body or None, headers)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        self.waited.append((kind, time.perf_counter() - start))
        for line in answer.headers.get_all("set-cookie") or ():
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer.status, answer.headers.get("location", ""), text


def _filled(page: str, form: re.Match[str]) -> str:
    """Where this form of the page goes."""
    return urljoin(page, unescape(dict(_ATTRIBUTE.findall(form[1])).get("action", page)))


def _typed(form: re.Match[str]) -> str:
    """What a user makes of this form: the fields as they stand, with what is typed, and the first button pressed."""
    fields: dict[str, str] = {}
    for found in _FIELD.findall(form[2]):
        attributes = dict(_ATTRIBUTE.findall(found))
        name = attributes.get("name")
        if name is not None and name not in fields:
            fields[name] = TYPED.get(name) or unescape(attributes.get("value", ""))
    return urlencode(fields)
