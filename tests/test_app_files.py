"""The texts that are read out of files and packages; and the built apps of the notebook are what they say they are."""

import hashlib
import re
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsim import ScenarioError, Simulation
from flowsim.lessons.app_package.app_file import app_file
from flowsim.lessons.app_package.strings import LARGEST, member, search, texts

APPS = Path(__file__).parents[1] / "notebooks" / "apps"
PAGE, APP, HELPER = APPS / "photo-page.js", APPS / "photo-app.apk", APPS / "photo-helper.apk"
MODULES = sorted((APPS / "photo-page" / "src").glob("*.js"))
SECRET = re.compile(r'clientSecret: "([^"]+)"')
EXPECTED_MEMBERS = {"AndroidManifest.xml", "classes.dex", "META-INF/MANIFEST.MF"}


def secret_of_the_source() -> str:
    found = SECRET.search((APPS / "photo-page" / "src" / "config.js").read_text())
    assert found
    return found[1]


# What was built.


@pytest.mark.parametrize("client", ["spa", "native-scheme"])
def test_the_secret_in_the_apps_is_the_one_that_the_simulator_gives_that_client(client: str) -> None:
    world = Simulation(client=client, shipped_secret=True, seed=7).world
    assert world.clients[world.scenario.profile.home].secret == secret_of_the_source()


def test_the_notebook_finds_the_secret_of_the_source_in_both_built_apps() -> None:
    in_page = search(PAGE, r'(?<=clientSecret:")[^"]+')
    in_app = search(APP, r"^[\w-]{32}$")
    assert [one.match for one in in_page] == [one.match for one in in_app] == [secret_of_the_source()]
    assert in_app[0].member == "classes.dex"
    assert secret_of_the_source() in (APPS / "photo-app" / "smali" / "Config.smali").read_text()
    assert not search(HELPER, re.escape(secret_of_the_source()))


def test_the_bundle_is_minified_and_keeps_every_text_that_is_sent() -> None:
    sources = "\n".join(path.read_text() for path in MODULES)
    bundle = PAGE.read_text()
    program, _, licence = bundle.partition("\n")
    assert licence.startswith("/*!")
    assert len(program) < len(sources) * 0.6
    assert "import" not in program
    assert "//" not in program.replace("https://", "")
    assert "authorizationRequest" in sources
    assert "authorizationRequest" not in bundle
    for sent in re.findall(r': "([^"]+)"', (APPS / "photo-page" / "src" / "config.js").read_text()):
        assert sent in program


@pytest.mark.parametrize("package", [APP, HELPER], ids=lambda path: path.name)
def test_the_packages_are_whole_and_signed(package: Path) -> None:
    assert package.stat().st_size < 30_000
    with zipfile.ZipFile(package) as archive:
        assert archive.testzip() is None
        assert set(archive.namelist()) >= EXPECTED_MEMBERS
    # The APK Signature Scheme v2 puts its block before the directory of the archive and ends it with this word.
    assert b"APK Sig Block 42" in package.read_bytes()


@pytest.mark.parametrize("package", [APP, HELPER], ids=lambda path: path.name)
def test_their_programs_are_dex_files_with_right_sums(package: Path) -> None:
    """Magic number, Adler-32, SHA-1 and size, as the head of the format has them."""
    dex = member(package, "classes.dex")
    assert re.match(rb"dex\n\d{3}\x00", dex)
    assert struct.unpack_from("<I", dex, 8)[0] == zlib.adler32(dex[12:])
    assert dex[12:32] == hashlib.sha1(dex[32:]).digest()
    assert struct.unpack_from("<I", dex, 32)[0] == len(dex)


@pytest.mark.parametrize("app", ["photo-app", "photo-helper"])
def test_every_text_and_every_class_of_their_sources_is_in_their_programs(app: str) -> None:
    dex = {one.text for one in texts(APPS / f"{app}.apk") if one.member == "classes.dex"}
    sources = "".join(path.read_text() for path in (APPS / app / "smali").glob("*.smali"))
    written = {
        text for text in re.findall(r'= "([^"]+)"|const-string \w+, "([^"]+)"', sources) for text in text if text
    }
    classes = set(re.findall(r"^\.class .* (L\S+;)$", sources, re.MULTILINE))
    assert classes
    assert {text for text in written if len(text) >= 6} | classes <= dex


# How texts are read.


def zipped(folder: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    path = folder / "app.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, octets in members.items():
            archive.writestr(name, octets)
    return path


PRINTABLE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=6, max_size=150)


@given(PRINTABLE, st.sampled_from(["ascii", "utf-16-le"]), st.sampled_from([b"\n", b"\xff\xff"]))
def test_a_text_is_found_whole_whatever_stands_around_it(
    tmp_path_factory: pytest.TempPathFactory, text: str, code: str, around: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.bin"
    path.write_bytes(b"\x00\xff" + around + text.encode(code) + around + b"\xff")
    assert [one.text for one in texts(path)] == [text]


@given(PRINTABLE.filter(lambda text: len(text) < 127))
def test_the_length_that_android_writes_before_a_text_is_no_part_of_it(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "dex.bin"
    path.write_bytes(b"\x00" + bytes([len(text)]) + text.encode() + b"\x00")
    assert [one.text for one in texts(path) if one.text.endswith(text)] == [text]


def test_short_runs_are_left_out_and_the_reader_may_ask_for_them(tmp_path: Path) -> None:
    path = tmp_path / "some.bin"
    path.write_bytes(b"\x01abc\x01abcdef\x01")
    assert [one.text for one in texts(path)] == ["abcdef"]
    assert [one.text for one in texts(path, at_least=3)] == ["abc", "abcdef"]


def test_a_search_gives_each_place_with_what_stands_around_it(tmp_path: Path) -> None:
    path = zipped(tmp_path, {"a/one.js": b"x" * 50 + b"Secret=1;" + b"y" * 50, "b.bin": b"\x00secret=2\x00"})
    found = search(path, r"secret=\d")
    assert [(one.member, one.match) for one in found] == [("a/one.js", "Secret=1"), ("b.bin", "secret=2")]
    assert found[0].excerpt() == ("…" + "x" * 40, "Secret=1", ";" + "y" * 39 + "…")
    assert found[1].excerpt() == ("", "secret=2", "")
    assert "secret=2" in repr(found)
    assert len(search(path, "nothing like it")) == 0


def test_what_a_stranger_put_into_a_package_is_escaped_and_a_long_list_is_cut(tmp_path: Path) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    shown = search(zipped(tmp_path, {hostile: hostile.encode()}), "onerror")._repr_html_()
    assert "<img" not in shown
    assert shown.count("&lt;img") == 2
    assert ">onerror</mark>" in shown
    many = texts(zipped(tmp_path, {"many": b"\n".join(b"line %06d" % number for number in range(50))}))
    assert repr(many).splitlines()[-1] == "  … and 30 more"
    assert many._repr_html_().count("<tr>") == 20


def damaged(folder: Path, method: int) -> Path:
    path = zipped(folder, {"one": b"some text" * 100}, method)
    octets = bytearray(path.read_bytes())
    octets[45] ^= 0xFF  # in the packed octets of each method
    path.write_bytes(bytes(octets))
    return path


# Python can unpack each of these; each says in another way that it cannot.
METHODS = {
    "stored": zipfile.ZIP_STORED,
    "deflate": zipfile.ZIP_DEFLATED,
    "bzip2": zipfile.ZIP_BZIP2,
    "LZMA": zipfile.ZIP_LZMA,
}


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_a_damaged_member_is_refused_however_it_is_packed(method: int, tmp_path: Path) -> None:
    assert [one.text for one in texts(zipped(tmp_path, {"one": b"some text"}, method))] == ["some text"]
    with pytest.raises(ScenarioError, match=r"app\.zip cannot be read"):
        texts(damaged(tmp_path, method))


def locked(folder: Path) -> Path:
    """An archive whose head says that its member is encrypted."""
    path = zipped(folder, {"one": b"some text"})
    octets = path.read_bytes()
    directory = octets.index(b"PK\x01\x02")
    path.write_bytes(octets[:6] + b"\x01" + octets[7 : directory + 8] + b"\x01" + octets[directory + 9 :])
    return path


def misnamed(folder: Path) -> Path:
    """An archive that names its member in UTF-8, with an octet that cannot be."""
    path = zipped(folder, {"é": b"some text"})
    path.write_bytes(path.read_bytes().replace("é".encode(), b"\xff\xff"))
    return path


def swollen(folder: Path) -> Path:
    return zipped(folder, {"zeros": bytes(LARGEST + 1)})


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda folder: folder / "none.apk", "none.apk' does not exist"),
        (lambda folder: folder, "is a folder"),
        (locked, "app.zip cannot be read"),
        (misnamed, "app.zip cannot be read"),
        (swollen, "more than 64 MiB unpacked"),
    ],
    ids=["no file", "a folder", "a locked archive", "a name that is no text", "a swollen archive"],
)
def test_what_cannot_be_read_is_refused_with_a_reason(make: object, said: str, tmp_path: Path) -> None:
    assert callable(make)
    with pytest.raises(ScenarioError, match=re.escape(said)):
        texts(make(tmp_path))


def test_a_pattern_or_a_length_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ScenarioError, match="is no regular expression"):
        search(PAGE, "(")
    for length in (0, 10**10):
        with pytest.raises(
            ScenarioError, match=f"a text has 1 to {LARGEST} characters, so at_least cannot be {length}"
        ):
            texts(PAGE, at_least=length)
    assert len(texts(PAGE, at_least=LARGEST)) == 0
    with pytest.raises(ScenarioError, match=r"photo-app.apk has no assets; it has: AndroidManifest.xml, "):
        member(APP, "assets")


# From wherever a notebook is run.


@pytest.mark.parametrize("folder", ["notebooks", "notebooks/solutions", "."])
def test_an_app_is_found_from_the_folder_of_the_notebooks_the_solutions_and_the_repository(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(APPS.parents[1] / folder)
    assert app_file("photo-app.apk").read_bytes() == APP.read_bytes()


def test_an_app_that_is_not_there_is_told_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ScenarioError, match=r"no app's file 'photo-app\.apk'; looked for it in apps, "):
        app_file("photo-app.apk")
