"""Finds the Chromium that the browser tests drive.

Nothing is ever downloaded by Playwright: the browser is the one of the operating system, or the one
that the environment variable CHROMIUM names. Run as a program, this file says where the browser is,
and on a Debian machine where it may install packages it first installs what is missing.
"""

import os
import shutil
import subprocess
import sys

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)

# The fonts give the screenshots the letters, arrows and signs that the notebooks use.
DEBIAN_PACKAGES = ("chromium", "graphviz", "fonts-noto-core", "fonts-noto-mono")

ADVICE = """\
No Chromium was found. The browser tests need one:
  Debian, Ubuntu   sudo apt-get install chromium graphviz fonts-noto-core fonts-noto-mono
  macOS            brew install --cask chromium
  any machine      CHROMIUM=/path/to/a/chrome make test"""


def find() -> str:
    """Return the path of a Chromium or Chrome; FileNotFoundError, with advice, if there is none."""
    named = os.environ.get("CHROMIUM")
    for name in (named,) if named else NAMES:
        if path := shutil.which(name):
            return path
    raise FileNotFoundError(f"CHROMIUM={named} is no program\n{ADVICE}" if named else ADVICE)


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


def _needed() -> bool:
    try:
        find()
    except FileNotFoundError:
        return "CHROMIUM" not in os.environ
    return shutil.which("dot") is None


if __name__ == "__main__":
    if _needed() and _may_install():
        _install()
    try:
        print("Chromium:", find())
    except FileNotFoundError as error:
        sys.exit(str(error))
    print("dot:", shutil.which("dot") or "none, the graphviz-pure package draws instead")
