"""A JupyterHub for one class, on one machine in one room; docs/hub.md says how it is set up and what it is not good for.

Everything lies in one folder, FLOWSIM_CLASS, or `class-hub` where the hub was started:

    notebooks/       the lessons of this class, read-only; made from the course when there are none
    learners/NAME/   the learner's home, with an own copy of each lesson and the file of the learner's answers
    handed-in/NAME/  what `hand_in(…)` of this learner has written; `flowsim results` reads the folder above
    hub/             what the hub keeps for itself

FLOWSIM_CLASS_PASSWORD is the password of the class. FLOWSIM_LEARNER_MB is the memory that each process of a learner may
have, that is, the server and every kernel (Linux only).
"""

import os
import re
import shutil
import sys
from pathlib import Path

import nbformat
from nbformat.sign import NotebookNotary

ROOT = Path(__file__).resolve().parents[2]
COURSE = ROOT / "notebooks"
NAME = r"\w(?:[\w .'-]{0,38}\w)?\Z"  # letters of any script; nothing that leads out of a folder
SHORTEST_PASSWORD = 8  # JupyterHub refuses a shorter one
TRUST = ("nbsignatures.db", "notebook_secret")


def make_class(folder):
    """Make the folders of a class. What is there stays; the lessons are copied from the course where there are none."""
    lessons = folder / "notebooks"
    for name in ("learners", "handed-in", "hub"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "hub").chmod(0o700)
    if not lessons.exists():
        leave_out = shutil.ignore_patterns("solutions", "conftest.py", ".*", "flowsim-progress*", "__pycache__")
        shutil.copytree(COURSE, lessons, ignore=leave_out)
    for path in files_of(lessons):
        path.chmod(0o444)
    sign(folder)


def sign(folder):
    """Sign the lessons: JupyterLab hides the stored players of a notebook that nobody has signed."""
    notary = NotebookNotary(data_dir=str(folder / "hub"))
    for path in files_of(folder / "notebooks"):
        if path.suffix == ".ipynb":
            notary.sign(nbformat.read(path, as_version=4))
    notary.store.close()


def files_of(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def make_learner(folder, name):
    """Make the home of a learner, with a copy of each lesson that is not there yet. Raises ValueError for a bad name."""
    if not re.match(NAME, name):
        raise ValueError(f"{name!r} is no name for a learner; expected letters, digits, spaces, and . ' - between them")
    home, lessons = folder / "learners" / name, folder / "notebooks"
    for path in files_of(lessons):
        own = home / "notebooks" / path.relative_to(lessons)
        if not own.exists():
            own.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, own)
    data = home / ".local" / "share" / "jupyter"
    data.mkdir(parents=True, exist_ok=True)
    for kept in TRUST:
        if not (data / kept).exists() and (folder / "hub" / kept).exists():
            shutil.copyfile(folder / "hub" / kept, data / kept)
            (data / kept).chmod(0o600)
    (folder / "handed-in" / name).mkdir(parents=True, exist_ok=True)
    return home


def before_spawn(spawner):
    """Give this learner's server its folder, and the place that `hand_in` writes to."""
    name = spawner.user.name
    home = make_learner(CLASS, name)
    spawner.home_dir = spawner.notebook_dir = str(home)
    spawner.environment = {
        "JUPYTER_CONFIG_PATH": str(ROOT / "binder" / "jupyter"),
        "FLOWSIM_HAND_IN": str(CLASS / "handed-in" / name),
    }


def limits(megabytes):
    """The words put before a learner's server: its processes get so much memory, and step back behind the hub."""
    memory = ["prlimit", f"--data={megabytes * 1024 * 1024}"] if shutil.which("prlimit") else []
    return [*memory, "nice", "-n", "5"]


CLASS = Path(os.environ.get("FLOWSIM_CLASS", "class-hub")).resolve()
PASSWORD = os.environ.get("FLOWSIM_CLASS_PASSWORD", "")
MEGABYTES = os.environ.get("FLOWSIM_LEARNER_MB", "1024")
if len(PASSWORD) < SHORTEST_PASSWORD:
    sys.exit(f"FLOWSIM_CLASS_PASSWORD has {len(PASSWORD)} characters; give the class a password of at least 8")
if not re.fullmatch(r"[1-9][0-9]{2,5}", MEGABYTES):
    sys.exit(f"FLOWSIM_LEARNER_MB is {MEGABYTES!r}; expected megabytes from 100 to 999999, such as 1024")
make_class(CLASS)

c = get_config()  # noqa: F821 – JupyterHub provides it

c.JupyterHub.bind_url = "http://:8000"
c.JupyterHub.db_url = f"sqlite:///{CLASS / 'hub' / 'jupyterhub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(CLASS / "hub" / "cookie_secret")
c.ConfigurableHTTPProxy.pid_file = str(CLASS / "hub" / "proxy.pid")

c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = PASSWORD
c.Authenticator.allow_all = True
c.Authenticator.username_pattern = NAME

c.JupyterHub.spawner_class = "simple"
c.Spawner.pre_spawn_hook = before_spawn
c.Spawner.default_url = "/lab/tree/notebooks/00-start.ipynb"
c.Spawner.cmd = [*limits(int(MEGABYTES)), sys.executable, "-m", "jupyterhub.singleuser"]
c.Spawner.args = [
    "--MappingKernelManager.cull_idle_timeout=1800",  # seconds; a kernel whose notebook is open stays
    "--MappingKernelManager.cull_interval=300",
    *(["--allow-root"] if os.geteuid() == 0 else []),
]
c.Spawner.start_timeout = c.Spawner.http_timeout = 180  # seconds: a whole class logs in at the same minute

c.JupyterHub.load_roles = [
    {
        "name": "idle-culler",
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
        "services": ["idle-culler"],
    }
]
c.JupyterHub.services = [
    {"name": "idle-culler", "command": [sys.executable, "-m", "jupyterhub_idle_culler", "--timeout=3600"]}
]
