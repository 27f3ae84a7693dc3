"""Where the repository of a copy of flowsim can be looked at, which links to it and to Binder need.

It is known from the workflow that builds the site, or from the remote that the copy was cloned from. Where neither names a
web server, it is not known, and the links are left out.
"""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit

_SCP = re.compile(r"(?:[^@/\s]+@)?([\w.-]+\.[\w-]+):(?!/)(\S+)")  # git@example.org:owner/name.git
_HOST = re.compile(r"[\w.-]+\.[\w-]+(?::\d+)?")
_PART = re.compile(r"[\w.-]+")
_GITHUB = "https://github.com"


def repository(folder: Path, environment: Mapping[str, str] = os.environ) -> str | None:
    """The address of the page of the repository that this folder is a copy of, or None where nobody says it."""
    if name := environment.get("GITHUB_REPOSITORY"):
        return page_of(f"{environment.get('GITHUB_SERVER_URL') or _GITHUB}/{name}")
    try:
        asked = subprocess.run(
            ["git", "remote", "get-url", "origin"], cwd=folder, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return page_of(asked.stdout.strip())


def page_of(remote: str) -> str | None:
    """The page of a remote in any of the forms that git takes for another machine; None for a folder of this one.

    Who may write there, and with which password, is left out.
    """
    if found := _SCP.fullmatch(remote):
        host, path = found.groups()
    else:
        try:
            parts = urlsplit(remote)
            port = parts.port if parts.scheme in ("http", "https") else None
        except ValueError:
            return None
        if parts.scheme not in ("http", "https", "ssh", "git", "git+ssh") or not parts.hostname:
            return None
        host, path = f"{parts.hostname}{f':{port}' if port else ''}", parts.path
    names = path.strip("/").removesuffix(".git").split("/")
    if len(names) < 2 or not _HOST.fullmatch(host) or not all(map(_PART.fullmatch, names)):
        return None
    return f"https://{host.lower()}/{'/'.join(names)}"


def binder(repository: str | None, notebook: str) -> str | None:
    """The address at which Binder opens this notebook; None for a repository that Binder has no short name for."""
    if not repository or not repository.startswith(f"{_GITHUB}/"):
        return None
    place = quote(f"lab/tree/notebooks/{notebook}.ipynb", safe="")
    return f"https://mybinder.org/v2/gh/{repository.removeprefix(f'{_GITHUB}/')}/HEAD?urlpath={place}"
