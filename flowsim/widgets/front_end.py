"""The front ends that ask the kernel for a run, as text: what they share stands in common.js and common.css.

How many things are one Tab stop (roving.js) they share with the pages that need no kernel.
"""

from pathlib import Path

from flowsim.player.source import roving_source

_HERE = Path(__file__).parent


def module(name: str, *, roving: bool = False) -> str:
    """Return the JavaScript of this widget as a module that needs no other file, for anywidget."""
    return "\n".join([_read("common.js"), *([roving_source()] if roving else []), _read(f"{name}.js")])


def style(name: str) -> str:
    """Return the style sheet of this widget; every class in it begins with `fs-`."""
    return _read("common.css") + "\n" + _read(f"{name}.css")


def _read(file: str) -> str:
    return (_HERE / file).read_text(encoding="utf-8")
