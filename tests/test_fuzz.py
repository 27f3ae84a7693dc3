"""What the fuzzers have found once is tried each time, and so is a sample of what they make at random.

More of it: `make fuzz`.
"""

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from flowsim import cli
from flowsim.actors.authorization_server import back_channel, login_pages, token_endpoint
from flowsim.attacks import known_attacker, referee
from flowsim.checks import authorize, parameters
from flowsim.cli import files
from flowsim.cli import replay as replay_command
from flowsim.model import hooks, timeline
from flowsim.model.own_code import TookTooLong
from flowsim.model.settings import Setting
from flowsim.mutants import grading
from flowsim.protocol import addresses, credentials, messages
from flowsim.simulation.simulation import Simulation
from flowsim.views.formats import har
from tests.fuzz import inputs, own_code, requests

Patch = pytest.MonkeyPatch


@pytest.mark.parametrize(("kind", "number"), inputs.corpus())
def test_what_was_found_once_is_mended(kind: str, number: int) -> None:
    became, found = inputs.tried(kind, number)
    assert not found, f"{became}: {found}"


@pytest.mark.parametrize("kind", inputs.KINDS)
def test_inputs_at_random_end_well_or_in_a_sentence(kind: str) -> None:
    wrong = {number: found for number in range(1, 20) if (found := inputs.tried(kind, number)[1])}
    assert not wrong


def test_a_command_line_at_random_leaves_no_file_where_one_stands(tmp_path: Path, monkeypatch: Patch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(inputs, "_arguments", lambda random: ["run", "--seed", "7", "--har", "60"])
    assert {inputs.tried("command lines", number) for number in range(5)} >= {("status 0", "")}
    assert [*tmp_path.iterdir()] == []


def test_own_code_at_random_works_or_is_refused_in_a_line() -> None:
    cases = islice(own_code.cases(1), 60)
    assert not {case: found for case in cases if (found := own_code.tried(*case)[1])}


# ---- Faults that were mended once, put back, and found


def forks_without_the_attacker(patch: Patch) -> None:
    """A branch of an attacked one, from before the attack, goes on without its attacker."""
    right = Simulation.fork

    def fork(self: Simulation, name: str, **changes: Any) -> Simulation:
        branch = right(self, name, **changes)
        branch._enters = 10**9
        return branch

    patch.setattr(Simulation, "fork", fork)


def takes_addresses_apart_with_urlsplit(patch: Patch) -> None:
    def split(url: str) -> addresses.Address:
        parts = urlsplit(url)
        return addresses.Address(parts.scheme, parts.netloc, parts.path, parts.query, parts.fragment)

    patch.setattr(messages, "split", split)


def compares_origins_with_urlsplit(patch: Patch) -> None:
    patch.setattr(authorize, "origin_of", lambda url: f"{urlsplit(url).scheme}://{urlsplit(url).netloc}")


def has_no_time_after_the_year_9999(patch: Patch) -> None:
    """An action is told of the hour after the last one, where there is none."""
    patch.setattr(hooks, "at", lambda now: datetime.fromtimestamp(now + 3600, UTC))


def writes_times_after_the_year_9999(patch: Patch) -> None:
    patch.setattr(har, "_time", lambda second: datetime.fromtimestamp(second + 3600, UTC).isoformat())


def reads_a_file_before_it_looks_at_its_size(patch: Patch) -> None:
    patch.setattr(replay_command, "read", lambda name, most: Path(name).read_text("latin-1"))


def counts_parameters_one_by_one(patch: Patch) -> None:
    def repeated(pairs: Any) -> tuple[str, ...]:
        names = [name for name, _ in pairs]
        return tuple(sorted({name for name in names if names.count(name) > 1}))

    patch.setattr(parameters, "repeated", repeated)


def reads_a_plan_before_it_looks_at_its_length(patch: Patch) -> None:
    patch.setattr(timeline, "MOST_CHARACTERS", 10**9)
    patch.setattr(timeline, "MOST_ITEMS", 10**9)


def has_no_word_for_an_output_that_fails(patch: Patch) -> None:
    patch.setattr(inputs, "command_line", cli._run)


def takes_two_dashes_for_no_value(patch: Patch) -> None:
    patch.delattr(cli.Parser, "_get_values")


def prints_what_steers_a_terminal(patch: Patch) -> None:
    for module in (cli, files):
        patch.setattr(module, "one_line", lambda text, width: str(text))
        patch.setattr(module, "safe", lambda text: text)


def takes_a_garbled_header_for_none(patch: Patch) -> None:
    right = back_channel.back_channel_request

    def without(server: Any, request: messages.Request, context: Any) -> Any:
        shown = [credentials.read(value).shown for value in request.all_of("authorization")]
        garbled = [one for one in shown if credentials.name_and_secret(one) is None]
        kept = tuple(pair for pair in request.headers if not (garbled and pair[0] == "Authorization"))
        return right(server, replace(request, headers=kept), context)

    patch.setattr(token_endpoint, "back_channel_request", without)


def leaves_the_branch_of_a_rule_that_failed(patch: Patch) -> None:
    def inject(self: Simulation, attacker: Any) -> Simulation:
        mine = known_attacker(attacker)
        branch = self._fork(mine.name, mine, referee.settings_needed(mine, self.scenario))
        branch.played()
        return branch

    patch.setattr(Simulation, "inject", inject)


def lets_through_what_a_rule_raises(patch: Patch) -> None:
    patch.setattr(referee, "asked", lambda attacker, what, function, given: function(given))


def lets_through_what_an_action_raises(patch: Patch) -> None:
    patch.setattr(hooks, "result_of", lambda what, function: function())


def lets_through_what_a_judge_raises(patch: Patch) -> None:
    patch.setattr(grading, "BaseException", TookTooLong, raising=False)


def takes_settings_of_any_type(patch: Patch) -> None:
    patch.setattr(Setting, "refuse", lambda self, value, beside: None)


def takes_nuls_behind_a_password_for_nothing(patch: Patch) -> None:
    right = login_pages._scrypt
    patch.setattr(login_pages, "_scrypt", lambda password, salt: right(password.rstrip("\0"), salt))


def in_requests(number: int) -> bool:
    try:
        requests.play(number)
    except Exception:
        return True
    return False


def in_(*kinds: str) -> Callable[[int], bool]:
    def found(number: int) -> bool:
        return any((inputs if kind in inputs.KINDS else own_code).tried(kind, number)[1] for kind in kinds)

    return found


FAULTS: list[tuple[Callable[[Patch], None], Callable[[int], bool]]] = [
    (forks_without_the_attacker, in_("branches")),
    (takes_addresses_apart_with_urlsplit, in_requests),
    (compares_origins_with_urlsplit, in_requests),
    (has_no_time_after_the_year_9999, in_("scenarios")),
    (writes_times_after_the_year_9999, in_("scenarios")),
    (reads_a_file_before_it_looks_at_its_size, in_("large files")),
    (counts_parameters_one_by_one, in_requests),
    (reads_a_plan_before_it_looks_at_its_length, in_("plans")),
    (has_no_word_for_an_output_that_fails, in_("command lines")),
    *([] if sys.version_info >= (3, 13) else [(takes_two_dashes_for_no_value, in_("command lines"))]),
    (prints_what_steers_a_terminal, in_("command lines")),
    (takes_a_garbled_header_for_none, in_requests),
    (leaves_the_branch_of_a_rule_that_failed, in_("rules")),
    (lets_through_what_a_rule_raises, in_("rules")),
    (lets_through_what_an_action_raises, in_("actions")),
    (lets_through_what_a_judge_raises, in_("judges")),
    (takes_settings_of_any_type, in_("scenarios", "files")),
    (takes_nuls_behind_a_password_for_nothing, in_requests),
]


@pytest.mark.parametrize(("fault", "found"), FAULTS, ids=[one.__name__ for one, _ in FAULTS])
def test_a_fault_that_is_put_back_is_found(fault: Callable[[Patch], None], found: Callable[[int], bool]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        fault(patch)
        assert any(found(number) for number in range(300)), "300 runs of the fuzzer found nothing"


def test_a_bound_token_that_is_taken_as_a_mere_bearer_token_is_found() -> None:
    off = frozenset({"userinfo_proof.scheme", "userinfo_proof.present"})
    with pytest.raises(requests.Fault, match="data where the book says otherwise"):
        sum(requests.play(number, off).total() for number in range(300))
