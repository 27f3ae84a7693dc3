"""The fixtures that pytest finds: they judge a client in somebody else's project, and disturb nobody who wants none."""

import inspect
import os
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from tests.kit import clients

ROOT = Path(__file__).parents[1]
PLUGIN = "flowsim.judge.pytest_plugin"
pytest_plugins = ["pytester"]


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project of somebody else's, in which no plugin but this one is found."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(my_client=inspect.getsource(clients))
    return pytester


def run(project: pytest.Pytester, test: str, *arguments: str) -> pytest.RunResult:
    project.makepyfile(test_mine=test)
    return project.runpytest_subprocess("-p", PLUGIN, "-p", "no:cacheprovider", *arguments)


def test_a_client_is_judged_in_a_test_of_its_own(project: pytest.Pytester) -> None:
    ran = run(
        project,
        """
        from my_client import GoodClient

        def test_my_client(judge_client):
            judgement = judge_client(GoodClient)
            assert not judgement.failed, judgement.problems
        """,
    )
    ran.assert_outcomes(passed=1)


def test_a_test_that_fails_shows_which_duty_was_not_held(project: pytest.Pytester) -> None:
    ran = run(
        project,
        """
        from my_client import GoodClient, bad, nothing

        def test_my_client(judge_client):
            judgement = judge_client(bad(check_iss=nothing), only=["validate_id_token"])
            assert not judgement.failed, judgement.problems
        """,
    )
    ran.assert_outcomes(failed=1)
    ran.stdout.fnmatch_lines(
        ["*issuer (OIDC Core §3.1.3.7): the iss is the issuer that was asked – it lets pass: *names another issuer*"]
    )


def test_a_world_is_there_to_be_asked(project: pytest.Pytester) -> None:
    ran = run(
        project,
        """
        from flowsim.protocol.messages import request

        def test_my_app(live_world):
            answer = live_world.handle(request("GET", f"{live_world.issuer}/.well-known/openid-configuration"))
            assert answer.json()["issuer"] == live_world.issuer
        """,
    )
    ran.assert_outcomes(passed=1)


def test_both_fixtures_say_what_they_are_for(project: pytest.Pytester) -> None:
    shown = run(project, "", "--fixtures").stdout.str()
    assert "judge_client -- " in shown and "live_world -- " in shown and "no docstring" not in shown.split(PLUGIN)[-1]


def test_a_run_that_uses_neither_loads_nothing_of_flowsim_but_the_plugin(project: pytest.Pytester) -> None:
    ran = run(
        project,
        """
        import sys

        def test_what_is_loaded():
            assert sorted(name for name in sys.modules if name.startswith("flowsim")) == [
                "flowsim",
                "flowsim.judge",
                "flowsim.judge.pytest_plugin",
                "flowsim.model",
                "flowsim.model.display",
                "flowsim.model.long_tasks",
            ]
            assert not {"httpx", "jwt", "cryptography", "frozendict"} & sys.modules.keys()
        """,
    )
    ran.assert_outcomes(passed=1)


def test_the_package_names_it_so_that_pytest_finds_it() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]["pytest11"]
    assert declared == {"flowsim": PLUGIN}
    assert callable(import_module(PLUGIN).judge_client)


def test_flowsim_itself_does_not_need_pytest() -> None:
    program = "import sys; sys.modules['pytest'] = None; from flowsim import judge_client; print(judge_client.__name__)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    assert ran.stdout == "judge_client\n"
