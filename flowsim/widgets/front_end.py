"""The front ends that ask the kernel for a run, as text: what they share stands in common.js and common.css."""

from pathlib import Path

_HERE = Path(__file__).parent


def module(*names: str) -> str:
    """Return the JavaScript of a widget, with its own file last, as a module that needs no other file, for anywidget."""
    return "\n".join(_read(f"{name}.js") for name in ("common", *names))


def style(name: str) -> str:
    """Return the style sheet of this widget; every class in it begins with `fs-`."""
    return _read("common.css") + "\n" + _read(f"{name}.css")


def _read(file: str) -> str:
    return (_HERE / file).read_text(encoding="utf-8")
