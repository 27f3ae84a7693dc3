"""The workflow that puts the site on GitHub Pages: what it calls is there, and it may do no more than it needs."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
WORKFLOW = ROOT / ".github" / "workflows" / "pages.yml"


@pytest.fixture
def workflow() -> dict[Any, Any]:
    told: dict[Any, Any] = yaml.safe_load(WORKFLOW.read_text("utf-8"))
    return told


def steps(workflow: dict[Any, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def test_what_it_runs_is_there(workflow: dict[Any, Any]) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    ran = [step["run"] for step in steps(workflow) if "run" in step]
    assert ran
    for command in ran:
        program, target = command.split()
        assert program == "make"
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"the Makefile has no target {target!r}"


def test_every_action_is_one_of_github_pinned_by_its_major_version(workflow: dict[Any, Any]) -> None:
    used = [step["uses"] for step in steps(workflow) if "uses" in step]
    assert [one for one in used if not re.fullmatch(r"actions/[a-z-]+@v\d+", one)] == []
    named = {one.partition("@")[0] for one in used}
    assert {"actions/checkout", "actions/upload-pages-artifact", "actions/deploy-pages"} <= named


def test_it_may_only_read_the_repository_and_write_pages(workflow: dict[Any, Any]) -> None:
    assert workflow["permissions"] == {"contents": "read"}
    may = {name: job.get("permissions") for name, job in workflow["jobs"].items()}
    assert may == {"build": None, "deploy": {"pages": "write", "id-token": "write"}}


def test_what_is_uploaded_is_what_is_built_with_a_python_that_flowsim_takes(workflow: dict[Any, Any]) -> None:
    given = {step["uses"].partition("@")[0]: step.get("with", {}) for step in steps(workflow) if "uses" in step}
    assert given["actions/upload-pages-artifact"]["path"] == "build/site"
    major, minor = map(int, given["actions/setup-python"]["python-version"].split("."))
    assert (major, minor) >= (3, 11)
    assert workflow["jobs"]["deploy"]["needs"] == "build"
