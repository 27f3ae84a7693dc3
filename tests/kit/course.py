"""Gives each lesson its number, its time and its way on, and the README its table: `python -m tests.kit.course`.

It renames the notebooks and mends every mention of them. The order stands in flowsim/lessons/course.py. To add a lesson,
put it into that list and its notebook into notebooks/ and notebooks/solutions/, as `99-slug.ipynb`; to move one, move its
line. Then call this.
"""

import json
import re
import subprocess
from pathlib import Path

from flowsim.lessons.course import BY_SLUG, LESSONS, Lesson, parts

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "notebooks", ROOT / "notebooks" / "solutions")
BEGIN, END = "<!-- the course, made by `make course` -->\n", "<!-- the end of the course -->\n"
# A slug ends where its name does: `tokens` is no part of `tokens-and-more`.
NAMED = re.compile(rf"(?<![\w-])\d\d-({'|'.join(sorted(BY_SLUG, key=len, reverse=True))})(?![\w-])")

BEGIN_AT_ONCE = (
    "Nothing needs to be run to begin. When you want to change something: choose *Run → Run All Cells*, "
    "then scroll back up."
)
# JupyterLite stops there, whatever a cell says of itself.
ONE_BY_ONE = (
    "*Run All Cells* stops at the first that does not: then click the next one, and choose "
    "*Run → Run Selected Cell and All Below*."
)


def time_of(lesson: Lesson) -> str:
    """The lines of a lesson's first cell that say how long it takes, and what of it does not run in a browser."""
    lines = [f"* **It takes** about {lesson.minutes} minutes. {BEGIN_AT_ONCE}"]
    if lesson.in_a_browser:
        told = f"{lesson.in_a_browser} {ONE_BY_ONE}"
        lines.append(f"* **In JupyterLite**, where Python runs in your own browser, {told}")
    return "\n".join(lines)


def way_on(lesson: Lesson) -> str:
    """The last paragraph of a lesson: which comes next, and the question that it answers."""
    if lesson is LESSONS[-1]:
        return "**This is the end of the course.**"
    after = LESSONS[lesson.number + 1]
    return f"**Read next:** [{after.name}.ipynb]({after.name}.ipynb). *“{after.question}”*"


def table() -> str:
    """The lessons, a table for each part, as Markdown."""
    lines = []
    for part, lessons in parts():
        lines += ["", f"**{part}**", "", "| lesson | what it is about | time |", "|---|---|---|"]
        lines += [
            f"| [{one.name}](notebooks/{one.name}.ipynb) | {one.about} | {one.minutes} minutes |" for one in lessons
        ]
    return "\n".join([*lines[1:], ""])


def written(readme: str) -> str:
    """This README with today's table in it."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table()}{END}{after}"


def renamed(text: str) -> str:
    """This text with today's number in each name of a lesson."""
    return NAMED.sub(lambda found: BY_SLUG[found[1]].name, text)


def renumber() -> None:
    """Rename the notebooks, then write their new names wherever a file of the project has an old one."""
    for folder in FOLDERS:
        # First to names that nothing has, so that two may change places.
        moved = {path: folder / f"new-{renamed(path.name)}" for path in folder.glob("*.ipynb")}
        for path, new in moved.items():
            path.rename(new)
        for new in moved.values():
            new.rename(folder / new.name.removeprefix("new-"))
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for path in (ROOT / name for name in listed.stdout.decode().split("\0") if name):
        if path.suffix in {".py", ".ipynb", ".md", ".json", ".csv", ".js"} and path.is_file():
            text = path.read_text("utf-8")
            if (new_text := renamed(text)) != text:
                path.write_text(new_text, "utf-8")


def frame(lesson: Lesson) -> None:
    """Write the time into the first cell of a lesson, and the way on into its last."""
    path = FOLDERS[0] / f"{lesson.name}.ipynb"
    notebook = json.loads(path.read_text("utf-8"))
    first, last = notebook["cells"][0], notebook["cells"][-1]
    opening = "".join(first["source"]).split("\n")
    kept = [line for line in opening if not line.startswith(("* **It takes**", "* **In JupyterLite**"))]
    (needed,) = [at for at, line in enumerate(kept) if line.startswith("* **You need:**")]
    below = next((at for at in range(needed + 1, len(kept)) if not kept[at].startswith("  ")), len(kept))
    first["source"] = _lines("\n".join([*kept[:below], time_of(lesson), *kept[below:]]))
    ending = re.split(r"\n*\*\*(?:Read next|This is the end)", "".join(last["source"]))[0]
    last["source"] = _lines(f"{ending}\n\n{way_on(lesson)}")
    path.write_text(f"{json.dumps(notebook, indent=1, ensure_ascii=False)}\n", "utf-8")


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


if __name__ == "__main__":
    renumber()
    for lesson in LESSONS:
        frame(lesson)
    readme = ROOT / "README.md"
    readme.write_text(written(readme.read_text("utf-8")), "utf-8")
    print(f"{len(LESSONS)} lessons")
