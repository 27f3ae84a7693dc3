"""A token endpoint as a note on a piece of paper: what it gives for codes and refresh tokens, in whatever order they come.

It is written from RFC 6749 sections 4.1.2, 5.2 and 6, RFC 7009 section 2.1 and RFC 9700 section 4.14.2 alone, and shares
nothing with flowsim. A request is looked up and judged. The atomic server looks when it judges; the careless one has looked
before, judges by the copy that it took then, and writes on the paper as it is now.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["code", "refresh", "revoke"]


@dataclass
class Token:
    """A refresh token: the code it goes back to, the how manieth it is, and what has become of it."""

    code: str
    number: int
    used: bool = False
    revoked: bool = False


@dataclass
class Paper:
    """All that is written down: which codes are used up, the refresh tokens, and the access tokens for each code."""

    used: dict[str, bool] = field(default_factory=dict)
    refresh: dict[str, Token] = field(default_factory=dict)
    access: dict[str, list[bool]] = field(default_factory=dict)  # for each code, whether each token was revoked


@dataclass
class Model:
    """The endpoint. `grace` lets a refresh token pass that was just exchanged, `revokes` is for a code that comes again."""

    careless: bool
    rotates: bool = True
    grace: bool = False
    revokes: bool = True
    paper: Paper = field(default_factory=Paper)
    copies: dict[str, Paper] = field(default_factory=dict)

    def look(self, request: str) -> None:
        self.copies[request] = deepcopy(self.paper)

    def judge(self, request: str, kind: Kind, name: str, new: Callable[[], str]) -> bool:
        """Whether tokens are given, or revoked where that was asked; `new` names a refresh token that is given."""
        seen = self.copies.pop(request) if self.careless and kind != "revoke" else self.paper
        if kind == "revoke":
            if name in seen.refresh:
                self._end(seen.refresh[name].code, also_access=True)
            return True
        if kind == "code":
            if seen.used[name]:
                if self.revokes:
                    self._end(name, also_access=True)
                return False
            self.paper.used[name] = True
            self._give(name, 1, new)
            return True
        old = seen.refresh[name]
        newest = max(one.number for one in seen.refresh.values() if one.code == old.code)
        if old.revoked:
            return False
        if old.used and not (self.grace and old.number == newest - 1):
            self._end(old.code, also_access=False)
            return False
        if self.rotates:
            self.paper.refresh[name].used = True
            self._give(old.code, old.number + 1, new)
        else:
            self.paper.access[old.code].append(False)
        return True

    def _give(self, code: str, number: int, new: Callable[[], str]) -> None:
        self.paper.access.setdefault(code, []).append(False)
        self.paper.refresh[new()] = Token(code, number)

    def _end(self, code: str, *, also_access: bool) -> None:
        for token in self.paper.refresh.values():
            token.revoked = token.revoked or token.code == code
        if also_access and code in self.paper.access:
            self.paper.access[code] = [True] * len(self.paper.access[code])
