"""Pages as a browser without JavaScript reads them: a title, what stands there, and forms to fill in.

Source: the HTML standard, sections “Form control infrastructure” and “Constructing the entry list”.
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx

_UNSEEN = ("script", "style", "template", "noscript", "head")
_NEVER_SENT = ("button", "reset", "image", "file")
_LINE_END = re.compile(r"\r\n|\r|\n")
_WORD = re.compile(r"\w+")
_NAMES = ("username", "login", "email", "user", "sub")


@dataclass(slots=True)
class Control:
    """A field of a form, or a button that sends it. `sent` is False for a box that is not ticked, and for a button."""

    kind: str
    name: str
    value: str
    sent: bool = True
    purpose: str = ""
    text: str = ""

    @property
    def words(self) -> str:
        """What stands on a button."""
        return _one_line(self.text)

    def says(self, word: str) -> bool:
        """Whether the words on a button, or the value that it sends, hold this word."""
        return word in _WORD.findall(f"{self.text} {self.value}".lower())


@dataclass(slots=True)
class Form:
    """A form: where it is sent to, and its fields. `page` is the address of the page it stands on."""

    page: str
    action: str
    method: str
    name: str = ""
    page_keeps_quiet: bool = False  # a page with `Referrer-Policy: no-referrer` does not name its origin either
    controls: list[Control] = field(default_factory=list)

    @property
    def buttons(self) -> list[Control]:
        """The buttons that send it."""
        return [one for one in self.controls if one.kind == "submit"]

    @property
    def password(self) -> str | None:
        """The name of the field for a password."""
        return next((one.name for one in self.controls if one.kind == "password"), None)

    @property
    def code(self) -> str | None:
        """The name of the field for a one-time code."""
        return next((one.name for one in self.controls if one.purpose == "one-time-code"), None)

    @property
    def name_field(self) -> str | None:
        """The name of the field for the user's name: one that is called so, or the first with room for a text."""
        texts = [one for one in self.controls if one.kind in ("text", "email") and one.purpose != "one-time-code"]
        usual = (one for one in texts if one.purpose == "username" or one.name.lower() in _NAMES)
        return next((one.name for one in (*usual, *texts)), None)

    @property
    def asks_who(self) -> bool:
        """Whether it asks who the user is."""
        return bool(self.password or self.code or self.name_field)

    def filled(self, values: dict[str, str], button: str | None = None) -> list[tuple[str, str]]:
        """The pairs that are sent, in the order of the page. Raises KeyError for a value without a field."""
        if missing := values.keys() - {one.name for one in self.controls}:
            raise KeyError(f"there is no field {', '.join(sorted(missing))} in this form")
        pressed = next((one for one in self.buttons if button in (None, one.words)), None)
        return [
            (one.name, _LINE_END.sub("\r\n", values.get(one.name, one.value)))
            for one in self.controls
            if one.name and (one.sent or one is pressed)
        ]


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its address, its status, its title, its text on one line, its forms."""

    address: str
    status: int
    title: str
    text: str
    forms: tuple[Form, ...]


def read_page(answer: httpx.Response, address: str) -> Page:
    """The page in this answer. Of one that is no HTML only the text is read."""
    text = answer.text
    if "html" not in answer.headers.get("content-type", ""):
        return Page(address, answer.status_code, "", _one_line(text), ())
    quiet = answer.headers.get("referrer-policy", "").strip().lower() == "no-referrer"
    reader = _Reader(address, quiet)
    reader.feed(text)
    reader.close()
    return Page(address, answer.status_code, _one_line(reader.title), _one_line(reader.text), tuple(reader.forms))


class _Reader(HTMLParser):
    """Collects what a page holds. HTMLParser takes any text."""

    def __init__(self, address: str, quiet: bool) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.title = ""
        self.text = ""
        self._base = address
        self._address = address
        self._quiet = quiet
        self._open: list[str] = []  # those open elements whose text is not shown, and the title
        self._form: Form | None = None
        self._named: dict[str, Form] = {}
        self._button: Control | None = None
        self._area: Control | None = None
        self._choice: Control | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in reversed(attrs)}
        if tag in (*_UNSEEN, "title"):
            self._open.append(tag)
        elif tag == "base" and "href" in given:
            self._base = urljoin(self._address, given["href"])
        elif tag == "body":
            self._open.clear()
        elif tag == "form" and self._form is None:
            action = urljoin(self._base, given["action"]) if given.get("action") else self._address
            method = "POST" if given.get("method", "").strip().lower() == "post" else "GET"
            self._form = Form(self._address, action, method, given.get("id", ""), self._quiet)
            self.forms.append(self._form)
            self._named.setdefault(self._form.name, self._form)
        elif tag in ("input", "button", "textarea", "select"):
            self._add(tag, given)
        elif tag == "option" and self._choice is not None:
            chosen = "selected" in given
            if chosen or not self._choice.sent:
                self._choice.value, self._choice.sent = given.get("value", ""), True

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            del self._open[self._open.index(tag) :]
        elif tag == "form":
            self._form = None
        elif tag == "button":
            self._button = None
        elif tag == "textarea":
            self._area = None
        elif tag == "select":
            self._choice = None
        if tag not in ("b", "i", "em", "strong", "code", "span", "a"):
            self.text += " "

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.value += data
        elif "title" in self._open:
            self.title += data
        elif not self._open:
            self.text += data
            if self._button is not None:
                self._button.text += data

    def _add(self, tag: str, given: dict[str, str]) -> None:
        form = self._named.get(given["form"]) if "form" in given else self._form
        kind = given.get("type", "").strip().lower() if tag in ("input", "button") else tag
        kind = kind or ("submit" if tag == "button" else "text")
        if form is None or "disabled" in given:
            return
        if kind in _NEVER_SENT:
            return
        value, name = given.get("value", ""), given.get("name", "")
        purpose = given.get("autocomplete", "").strip().lower()
        if kind == "submit":
            control = Control(kind, name, value, sent=False, text=value if tag == "input" else "")
        elif kind in ("checkbox", "radio"):
            control = Control(kind, name, given.get("value", "on"), sent="checked" in given)
        else:
            control = Control(kind, name, value, sent=tag != "select", purpose=purpose)
        form.controls.append(control)
        self._button = control if tag == "button" else self._button
        self._area = control if tag == "textarea" else self._area
        self._choice = control if tag == "select" else self._choice


def _one_line(text: str) -> str:
    return " ".join(text.split())
