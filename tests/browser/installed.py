"""Finds the browsers that the tests drive, Chromium and Firefox.

Nothing is ever downloaded by Playwright or Puppeteer: each browser is the one of the operating system, or the one that an
environment variable names. Run as a program, this file says where they are, and on a Debian machine where it may install
packages it first installs what is missing.
"""

import os
import shutil
import subprocess
import sys
from typing import NamedTuple


class Program(NamedTuple):
    """A browser: what it is called, the variable that names another one, its Debian package, and where it may be."""

    name: str
    variable: str
    package: str
    places: tuple[str, ...]


CHROMIUM = Program(
    "Chromium",
    "CHROMIUM",
    "chromium",
    ("chromium", "chromium-browser", "google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
)
FIREFOX = Program(
    "Firefox", "FIREFOX", "firefox-esr", ("firefox-esr", "firefox", "/Applications/Firefox.app/Contents/MacOS/firefox")
)
BROWSERS = (CHROMIUM, FIREFOX)

# The fonts give the screenshots the letters, arrows and signs that the notebooks use.
DEBIAN_PACKAGES = (*(one.package for one in BROWSERS), "graphviz", "fonts-noto-core", "fonts-noto-mono")

ADVICE = """\
No {0.name} was found. The browser tests need one:
  Debian           sudo apt-get install {1}
  Ubuntu, macOS    install Chromium and Firefox, and Graphviz, as usual there
  any machine      {0.variable}=/path/to/one make test"""


def find(program: Program) -> str:
    """Return the path of this browser; FileNotFoundError, with advice, if there is none."""
    named = os.environ.get(program.variable)
    for name in (named,) if named else program.places:
        if path := shutil.which(name):
            return path
    advice = ADVICE.format(program, " ".join(DEBIAN_PACKAGES))
    raise FileNotFoundError(f"{program.variable}={named} is no program\n{advice}" if named else advice)


def _may_install() -> bool:
    return sys.platform == "linux" and os.geteuid() == 0 and shutil.which("apt-get") is not None


def _install() -> None:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    print("installing", *DEBIAN_PACKAGES, flush=True)
    subprocess.run(["apt-get", "update", "-qq"], check=True, env=quiet)
    subprocess.run(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *DEBIAN_PACKAGES],
        check=True,
        env=quiet,
        stdout=subprocess.DEVNULL,
    )


def _lacks(program: Program) -> bool:
    try:
        find(program)
    except FileNotFoundError:
        return program.variable not in os.environ
    return False


if __name__ == "__main__":
    if (shutil.which("dot") is None or any(map(_lacks, BROWSERS))) and _may_install():
        _install()
    try:
        for browser in BROWSERS:
            print(f"{browser.name}:", find(browser))
    except FileNotFoundError as error:
        sys.exit(str(error))
    print("dot:", shutil.which("dot") or "none, the graphviz-pure package draws instead")
