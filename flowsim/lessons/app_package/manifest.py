"""Which addresses an Android app asks the browser for, read out of its package.

Every package has a manifest, in a binary form of XML. There an *intent filter* says which addresses the app opens. For a
private-use scheme such as `com.example.app:` the system asks nobody whether the app may have it, so two apps can ask for
the same one, and it is not said which of them gets the redirect.

Source: RFC 8252 sections 7.1 and 8.1.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flowsim.lessons.app_package.strings import member
from flowsim.model.scenario import ScenarioError

# The chunks of the binary form that are read here: kind, as its first two octets say it.
_XML, _TEXTS, _OPENS, _CLOSES = 0x0003, 0x0001, 0x0102, 0x0103
_UTF8, _NONE, _TEXT_VALUE = 1 << 8, 0xFFFFFFFF, 0x03
_BROWSABLE = "android.intent.category.BROWSABLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """An opening tag: its name, its attributes without their namespace, and the names of the elements around it."""

    name: str
    attributes: dict[str, str]
    within: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Claims:
    """An app's package, its name on the screen, and the addresses it asks the browser for."""

    package: str
    label: str
    addresses: tuple[str, ...]

    def __repr__(self) -> str:
        return f"{self.label} ({self.package}) asks for {' and '.join(self.addresses) or 'no address'}"


def claims(path: str | Path) -> Claims:
    """What the app in this Android package asks the browser for: `com.example.app:`, or `https://app.example`.

    Raises ScenarioError where the file is no Android package.
    """
    try:
        elements = tuple(elements_of(member(path, "AndroidManifest.xml")))
    except (struct.error, IndexError, UnicodeDecodeError, ValueError) as error:
        # A ScenarioError is a ValueError, and says what is wrong already.
        said = error if isinstance(error, ScenarioError) else "its manifest is not in Android's binary form"
        raise ScenarioError(f"expected an Android package: {said}") from None
    first = {one.name: one.attributes for one in reversed(elements)}
    return Claims(
        package=first.get("manifest", {}).get("package", "no package"),
        label=first.get("application", {}).get("label", "no name"),
        addresses=tuple(dict.fromkeys(address for one in _filters(elements) for address in _addresses(one))),
    )


def elements_of(octets: bytes) -> Iterator[Element]:
    """Each opening tag of a binary manifest, in its order. Raises ValueError or struct.error where it is none."""
    kind, head, size = _chunk(octets, 0)
    if kind != _XML or size != len(octets):
        raise ValueError("no binary XML")
    names: tuple[str, ...] = ()
    open_now: list[str] = []
    at = head
    while at < size:
        kind, head, length = _chunk(octets, at)
        chunk = octets[at : at + length]
        if kind == _TEXTS:
            names = tuple(_pool(chunk, head))
        elif kind == _OPENS:
            name, attributes = _opening(chunk, head, names)
            yield Element(name=name, attributes=attributes, within=tuple(open_now))
            open_now.append(name)
        elif kind == _CLOSES:
            open_now.pop()
        at += length


def _chunk(octets: bytes, at: int) -> tuple[int, int, int]:
    """Kind, length of the head, and length of the chunk that begins here."""
    kind, head, length = struct.unpack_from("<HHI", octets, at)
    if not 8 <= head <= length <= len(octets) - at:
        raise ValueError("a chunk reaches beyond the end")
    return kind, head, length


def _pool(chunk: bytes, head: int) -> Iterator[str]:
    """The texts of a pool, which all names and values are numbers of."""
    count, _, flags, begin = struct.unpack_from("<IIII", chunk, 8)
    for offset in struct.unpack_from(f"<{count}I", chunk, head):
        yield _text(chunk, begin + offset, utf8=bool(flags & _UTF8))


def _text(chunk: bytes, at: int, *, utf8: bool) -> str:
    """One text: its length, in two numbers if it is UTF-8, then the text. A long length takes twice the octets."""
    unit, code = (1, "<B") if utf8 else (2, "<H")
    long = 1 << (8 * unit - 1)
    for _ in range(2 if utf8 else 1):
        (length,) = struct.unpack_from(code, chunk, at)
        at += unit
        if length & long:
            (low,) = struct.unpack_from(code, chunk, at)
            length, at = (length ^ long) << (8 * unit) | low, at + unit
    return chunk[at : at + length * unit].decode("utf-8" if utf8 else "utf-16-le")


def _opening(chunk: bytes, head: int, names: tuple[str, ...]) -> tuple[str, dict[str, str]]:
    """Name and attributes of an opening tag. A value that is no text is given as a number."""
    _, name, begin, size, count = struct.unpack_from("<IIHHH", chunk, head)
    attributes = {}
    for number in range(count):
        at = head + begin + number * size
        _, key, raw, _, _, kind, data = struct.unpack_from("<IIIHBBI", chunk, at)
        text = data if kind == _TEXT_VALUE else raw
        attributes[names[key]] = names[text] if text != _NONE else f"@{data:#010x}"
    return names[name], attributes


def _filters(elements: tuple[Element, ...]) -> Iterator[list[Element]]:
    """What stands in each intent filter that a browser may use."""
    inside: list[Element] = []
    for one in (*elements, Element(name="intent-filter", attributes={}, within=())):
        if one.name == "intent-filter":
            if any(part.attributes.get("name") == _BROWSABLE for part in inside):
                yield inside
            inside = []
        elif "intent-filter" in one.within:
            inside.append(one)


def _addresses(inside: list[Element]) -> Iterator[str]:
    """Every scheme of this filter with every host of it, as Android puts them together; without a host the scheme."""
    data = [one.attributes for one in inside if one.name == "data"]
    schemes = [one["scheme"] for one in data if "scheme" in one]
    hosts = [one["host"] for one in data if "host" in one]
    for scheme in schemes:
        yield from (f"{scheme}://{host}" for host in hosts) if hosts else (f"{scheme}:",)
