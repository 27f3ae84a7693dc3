"""The addresses that an Android app asks for, read out of real packages and of manifests written here."""

import re
import struct
import tempfile
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsim import ScenarioError
from flowsim.lessons.app_package.manifest import claims, elements_of
from flowsim.lessons.app_package.strings import member
from flowsim.model.clients import PROFILES
from tests.test_app_files import APP, APPS, HELPER, PAGE, zipped

ANDROID = "{http://schemas.android.com/apk/res/android}"
NOT_BINARY = "expected an Android package: its manifest is not in Android's binary form"
BROWSABLE: dict[str, Any] = {"category": {"name": "android.intent.category.BROWSABLE"}}


def test_two_apps_of_two_makers_ask_for_the_scheme_of_the_simulated_app() -> None:
    ours, other = claims(APP), claims(HELPER)
    assert ours.addresses == other.addresses == (PROFILES["native-scheme"].home,)
    assert (ours.package, ours.label) == ("com.example.app", "Photo App")
    assert (other.package, other.label) == ("com.example.helper", "Photo Helper")
    assert str(other) == "Photo Helper (com.example.helper) asks for com.example.app:"


@pytest.mark.parametrize("app", ["photo-app", "photo-helper"])
def test_the_binary_manifest_has_every_element_of_its_source(app: str) -> None:
    source = ElementTree.parse(APPS / app / "AndroidManifest.xml")
    read = list(elements_of(member(APPS / f"{app}.apk", "AndroidManifest.xml")))
    assert [one.name for one in read] == [element.tag for element in source.iter()]
    for one, element in zip(read, source.iter(), strict=True):
        for key, value in element.attrib.items():
            got = one.attributes[key.removeprefix(ANDROID)]
            assert got == value or got.startswith("@0x"), (one.name, key)


# A manifest in binary form: the texts, then one chunk for each tag.


def manifest(*filters: list[dict[str, dict[str, str]]], utf8: bool = False) -> bytes:
    """An app with these intent filters; each is a list of `{tag: attributes}`."""
    tags: list[tuple[str, dict[str, str]] | str] = [("manifest", {"package": "com.example.test"})]
    for one in filters:
        tags.append(("intent-filter", {}))
        for part in one:
            for name, attributes in part.items():
                tags += [(name, attributes), name]
        tags.append("intent-filter")
    tags.append("manifest")
    words = {word for tag in tags if not isinstance(tag, str) for word in (tag[0], *tag[1], *tag[1].values())}
    pool = sorted(words)
    chunks = b"".join(tag_chunk(tag, pool) for tag in tags)
    body = pool_chunk(pool, utf8=utf8) + chunks
    return struct.pack("<HHI", 3, 8, 8 + len(body)) + body


def pool_chunk(pool: list[str], *, utf8: bool) -> bytes:
    texts = [length(word, utf8=utf8) + word.encode("utf-8" if utf8 else "utf-16-le") + b"\x00\x00" for word in pool]
    offsets = [sum(map(len, texts[:number])) for number in range(len(texts))]
    octets = b"".join(texts) + bytes(-sum(map(len, texts)) % 4)
    begin = 28 + 4 * len(pool)
    head = struct.pack("<HHIIIIII", 1, 28, begin + len(octets), len(pool), 0, 0x100 if utf8 else 0, begin, 0)
    return head + struct.pack(f"<{len(pool)}I", *offsets) + octets


def length(word: str, *, utf8: bool) -> bytes:
    if utf8:
        return b"".join(
            bytes([size >> 8 | 0x80, size & 0xFF]) if size > 0x7F else bytes([size])
            for size in (len(word), len(word.encode()))
        )
    return struct.pack("<H", len(word))


def tag_chunk(tag: tuple[str, dict[str, str]] | str, pool: list[str]) -> bytes:
    if isinstance(tag, str):
        return struct.pack("<HHIIIII", 0x103, 16, 24, 0, 0xFFFFFFFF, 0xFFFFFFFF, pool.index(tag))
    name, attributes = tag
    head = struct.pack("<IIHHHHHH", 0xFFFFFFFF, pool.index(name), 20, 20, len(attributes), 0, 0, 0)
    parts = b"".join(
        struct.pack("<IIIHBBI", 0xFFFFFFFF, pool.index(key), pool.index(value), 8, 0, 3, pool.index(value))
        for key, value in attributes.items()
    )
    size = 16 + len(head) + len(parts)
    return struct.pack("<HHIII", 0x102, 16, size, 0, 0xFFFFFFFF) + head + parts


@pytest.mark.parametrize("utf8", [False, True])
@pytest.mark.parametrize(
    ("filters", "addresses"),
    [
        ([], ()),
        ([[BROWSABLE, {"data": {"scheme": "com.example.app"}}]], ("com.example.app:",)),
        ([[{"data": {"scheme": "com.example.app"}}]], ()),
        ([[BROWSABLE, {"data": {"scheme": "https", "host": "app.example"}}]], ("https://app.example",)),
        (
            [
                [
                    BROWSABLE,
                    {"data": {"scheme": "https"}},
                    {"data": {"host": "a.example"}},
                    {"data": {"host": "b.example"}},
                ]
            ],
            ("https://a.example", "https://b.example"),
        ),
        (
            [
                [BROWSABLE, {"data": {"scheme": "x.y"}}],
                [BROWSABLE, {"data": {"scheme": "x.z"}}],
                [{"data": {"scheme": "n"}}],
            ],
            ("x.y:", "x.z:"),
        ),
        ([[BROWSABLE, {"data": {"scheme": "s" * 200}}]], ("s" * 200 + ":",)),
    ],
    ids=["none", "scheme", "not for browsers", "https", "two hosts", "two filters", "long"],
)
def test_only_what_a_browser_may_open_counts(
    filters: list[list[dict[str, dict[str, str]]]], addresses: tuple[str, ...], utf8: bool, tmp_path: Path
) -> None:
    package = zipped(tmp_path, {"AndroidManifest.xml": manifest(*filters, utf8=utf8)})
    assert claims(package).addresses == addresses
    assert claims(package).package == "com.example.test"


@pytest.mark.parametrize(
    ("members", "said"),
    [
        (
            {"classes.dex": b"dex"},
            "expected an Android package: app.zip has no AndroidManifest.xml; it has: classes.dex",
        ),
        (
            {"AndroidManifest.xml": b"<manifest/>"},
            "expected an Android package: its manifest is not in Android's binary form",
        ),
        ({"AndroidManifest.xml": b""}, NOT_BINARY),
    ],
    ids=["no manifest", "a manifest as text", "an empty manifest"],
)
def test_what_is_no_android_package_is_refused(members: dict[str, bytes], said: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=re.escape(said)):
        claims(zipped(tmp_path, members))


def test_a_page_is_no_android_package() -> None:
    with pytest.raises(ScenarioError, match=r"photo-page\.js has no AndroidManifest\.xml"):
        claims(PAGE)


@given(st.data())
def test_a_spoilt_manifest_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    octets = bytearray(member(APP, "AndroidManifest.xml"))
    for _ in range(data.draw(st.integers(1, 4))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        del octets[data.draw(st.integers(0, len(octets))) :]
    with tempfile.NamedTemporaryFile(suffix=".apk") as file:
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("AndroidManifest.xml", bytes(octets))
        file.flush()
        try:
            assert "asks for" in repr(claims(file.name))
        except ScenarioError:
            return
