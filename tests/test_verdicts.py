"""The verdict says what the world bears out: it agrees with an oracle that shares no code with it (kit/world_oracle.py).

On every cell of the matrix, on stories at random, and on attackers who do at random what they can. `python -m tests.fuzz
verdicts` plays as many as one likes.
"""

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from flowsim.actors.client import api_request
from flowsim.analysis.counterexamples.edits import world_in
from flowsim.analysis.defences import ROWS, columns, possible, scenario_of
from flowsim.analysis.matrix import NO_LOGIN, Matrix, cell
from flowsim.attacks import ATTACKERS
from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import OWN_CHALLENGE, call_the_api, data_at, has_done, redeem_the_code, steal_the_redirect
from flowsim.attacks.view import View
from flowsim.engine.apply import apply
from flowsim.engine.honest_moves import honest_move
from flowsim.model.scenario import ISSUER, Scenario
from flowsim.model.states import Act, Role, State
from flowsim.model.transitions import Move
from flowsim.model.world import (
    ATTACKER_CALL,
    ATTACKER_INITIATED,
    ATTACKERS_CLIENT,
    ATTACKERS_REDIRECT,
    OWN_LOGIN,
    VICTIM,
)
from flowsim.protocol.messages import Opening, Request, with_params
from flowsim.simulation.simulation import Simulation, Trace
from flowsim.simulation.without_attacker import login_refused
from tests.fuzz.verdicts import one
from tests.kit.agreement import differences
from tests.kit.random_stories import story
from tests.kit.world_oracle import look

OFFLINE = "openid profile read:messages offline_access"


def played(**settings: Any) -> Trace:
    """The whole story with these settings and seed 7."""
    return Simulation(seed=7, **settings).run()


# ---- The oracle and the verdict agree


@pytest.mark.parametrize("attack", ROWS)
def test_verdict_and_world_agree_on_every_cell(attack: str) -> None:
    names = columns(attack)
    found = {name: differences(cell(attack, *([name] if name != "none" else [])).simulation().run()) for name in names}
    assert {name: texts for name, texts in found.items() if texts} == {}


@pytest.mark.parametrize("seed", [22419, 45054])
def test_a_story_that_was_told_wrongly_once_is_told_rightly(seed: int) -> None:
    """Several tokens in one hand: the sentence is about the one that opened the data. No cookie, no account."""
    assert one(seed)[1] == []


@pytest.mark.parametrize("part", range(4))
def test_verdict_and_world_agree_on_stories_at_random(part: int) -> None:
    seeds = range(part * 100, part * 100 + 100)
    found = {seed: texts for seed in seeds if (texts := one(seed)[1])}
    assert found == {}


@pytest.mark.parametrize(
    "claim",
    [
        {"attack_succeeded": False, "tone": "good"},
        {"attacker_reads_data": False},
        {"accounts": {VICTIM: "user-mallory"}},
        {"sentence": "Nothing came of the attack.", "attack_succeeded": False},
    ],
)
def test_a_verdict_that_the_world_does_not_bear_out_is_noticed(claim: dict[str, Any]) -> None:
    trace = played(attacker="code-interception", pkce="none")
    assert differences(trace) == []
    told = replace(trace)
    told.__dict__["verdict"] = replace(trace.verdict, **claim)
    assert differences(told)


def test_a_stop_that_is_put_down_to_the_check_of_somebody_else_is_noticed() -> None:
    trace = played(attacker="code-interception")
    told = replace(trace)
    told.__dict__["verdict"] = replace(trace.verdict, stopped_by="token.code_unused")
    assert any("stopped by token.code_unused" in text for text in differences(told))


# ---- What is in hand


class Stopping(Attacker):
    """Redeems the stolen code, and does nothing with what it gets."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        if "code" not in world.attacker.loot:
            return steal_the_redirect(world)
        return redeem_the_code(world, None) if "access_token" not in world.attacker.loot else None


class Keeping(Attacker):
    """Takes the code, and does not even redeem it."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        return steal_the_redirect(world) if "code" not in world.attacker.loot else None


def test_whoever_holds_a_token_that_works_has_what_it_takes() -> None:
    own = Stopping(name="stopping", title="stops with the tokens", positions=("A3",))
    verdict = Simulation(pkce="none", scope=OFFLINE, seed=7).inject(own).run().verdict
    assert (verdict.attack_succeeded, verdict.tone, verdict.stopped_by) == (True, "bad", None)
    assert not verdict.attacker_reads_data
    assert "refresh token of the user's that the server still takes" in verdict.sentence


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        ("read:messages", "an access token of the user's that an API takes"),
        ("openid", "Userinfo takes it"),
        ("read:messages offline_access", "a refresh token of the user's"),
    ],
)
def test_what_a_held_token_is_still_good_for_is_told(scope: str, words: str) -> None:
    own = Stopping(name="stopping", title="stops with the tokens", positions=("A3",))
    assert words in Simulation(pkce="none", scope=scope, seed=7).inject(own).run().verdict.sentence


def test_a_token_that_works_nowhere_any_more_is_no_success() -> None:
    own = Stopping(name="stopping", title="stops with the tokens", positions=("A3",))
    late = Simulation(client="spa", pkce="none", later="after 6: 30s 91d", seed=7).inject(own)
    assert not late.run().verdict.attack_succeeded or look(late.world).tokens


def test_whoever_holds_a_code_that_works_is_not_told_that_nothing_came_of_it() -> None:
    own = Keeping(name="keeping", title="keeps the code", positions=("A3",))
    open_, bound = (Simulation(pkce=pkce, seed=7).inject(own).run().verdict for pkce in ("none", "S256"))
    assert (open_.attack_succeeded, open_.tone) == (False, "neutral")
    assert "holds a code of the user's that it could still redeem" in open_.sentence
    assert bound.sentence.startswith("Nothing came of the attack")


def test_a_refresh_token_that_was_read_and_not_used_is_a_success_as_long_as_it_works() -> None:
    live, revoked = (
        played(attacker="refresh-theft-late", later=later, scope=OFFLINE).verdict for later in ("61m", "logout")
    )
    assert (live.attack_succeeded, revoked.attack_succeeded) == (True, False)


def test_a_theft_of_all_there_was_has_not_failed() -> None:
    """The API wants a scope that nobody has asked for, and the refresh token and userinfo are open."""
    verdict = played(attacker="code-interception", pkce="none", scope="openid profile email offline_access").verdict
    assert verdict.attack_succeeded
    assert "failed" not in verdict.sentence


def test_an_api_is_no_thief_of_its_own_data() -> None:
    """It reads what it keeps without any token, so a token counts for it where it takes it elsewhere."""
    assert cell("api-replay", "audience").verdict.stopped_by == "api.audience"
    assert cell("api-replay").works


def test_the_world_is_as_it_was_after_the_tries() -> None:
    trace = played(attacker="refresh-theft-late", later="61m", scope=OFFLINE)
    before = trace.worlds[-1]
    assert trace.verdict.attack_succeeded
    assert trace.worlds[-1] is before
    assert look(before) == look(before)


# ---- Attacks that do not give up too early


@pytest.mark.parametrize("attack", ["chosen-challenge", "silent-login"])
def test_state_is_no_help_against_an_attacker_who_has_read_the_answer(attack: str) -> None:
    """RFC 9700 section 4.5.4: the request was pushed, and the state of its own session stands in the answer it has read."""
    assert cell(attack, "par-with-secret", "state").works


PHOTOS: list[tuple[str, dict[str, Any]]] = [
    ("access-token-theft", {}),
    ("malicious-client", {}),
    ("chosen-challenge", {"remembered": "consent"}),
    ("silent-login", {"client": "spa"}),
    ("app-impersonation", {}),
    ("redirect-manipulation", {"client": "spa", "redirect_match": "prefix"}),
    ("clickjacking", {"remembered": "login", "allows_framing": True}),
    ("proof-replay", {"without": frozenset({"api_proof.not_seen"})}),
]


@pytest.mark.parametrize(("attack", "settings"), PHOTOS, ids=[row[0] for row in PHOTOS])
@pytest.mark.parametrize("api", ["messages", "photos"])
def test_it_makes_no_difference_to_an_attack_which_api_the_app_calls(
    attack: str, settings: dict[str, Any], api: Any
) -> None:
    assert played(attacker=attack, api=api, **settings).verdict.attacker_reads_data


def test_a_verifier_from_the_clock_is_tried_at_the_server_second_by_second() -> None:
    for later in ("after 2: 5s", "after 4: 5s", "after 6: 20s"):
        trace = played(attacker="weak-verifier", verifier="clock", par="required", later=later)
        assert trace.verdict.attacker_reads_data, later
        assert "tried them at the server" in trace.verdict.sentence
    tries = {event.run for event in trace.events if event.act is Act.SEND_CODE}
    assert len(tries) <= 60


@pytest.mark.parametrize("client", ["native-scheme", "native-https", "native-loopback", "spa"])
def test_an_address_that_begins_like_the_apps_can_be_had_for_every_kind_of_app(client: str) -> None:
    settings: dict[str, Any] = {"attacker": "redirect-manipulation", "client": client, "redirect_match": "prefix"}
    if client == "native-loopback":  # it goes without TLS, so there a server has to look away twice
        assert played(**settings).verdict.stopped_by == "authorize.redirect_uri_encrypted"
        settings["without"] = frozenset({"authorize.redirect_uri_encrypted"})
    verdict = played(**settings).verdict
    assert verdict.attacker_reads_data
    told = "A check was off" if "without" in settings else "an address that only begins like the app's"
    assert told in verdict.sentence


@pytest.mark.parametrize("user", ["denies", "wrong-password", "careful"])
def test_what_the_user_does_is_not_what_an_attacker_does_who_logs_in(user: Any) -> None:
    open_ = {"client": "web", "pkce": "none", "nonce": False, "state": False}
    trace = played(attacker="login-csrf", user=user, **open_)
    assert trace.worlds[-1].runs[OWN_LOGIN].state is State.CODE_TAKEN
    assert trace.verdict.accounts[VICTIM] == "user-mallory"


# ---- Denial, and whose doing it is


@pytest.mark.parametrize(
    "settings",
    [
        {"scope": OFFLINE, "later": "password refresh"},
        {"scope": OFFLINE, "later": "91d refresh"},
        {"invalidates_code_on_failure": True, "later": "after 6: 2m"},
    ],
)
def test_what_comes_to_nothing_without_the_attacker_as_well_is_not_its_doing(settings: dict[str, Any]) -> None:
    verdict = played(attacker="code-burning", **settings).verdict
    assert not verdict.attack_succeeded
    assert "kept out" not in verdict.sentence
    assert "logged out" not in verdict.sentence


@pytest.mark.parametrize(
    ("attack", "settings", "words"),
    [
        ("code-burning", {"invalidates_code_on_failure": True}, "refuses the code of the honest app as well"),
        ("logout-by-replay", {"revokes_any_replay": True}, "revoked the app's tokens"),
        ("displaced-login", {}, "the login that the attacker began has taken the place of the user's"),
    ],
)
def test_what_only_the_attacker_has_spoilt_is_its_success(attack: str, settings: dict[str, Any], words: str) -> None:
    verdict = played(attacker=attack, **settings).verdict
    assert verdict.attack_succeeded
    assert words in verdict.sentence


@pytest.mark.parametrize("client", ["spa", "web", "native-scheme"])
def test_a_server_that_keeps_logins_apart_loses_none_of_them(client: str) -> None:
    """Whatever else is open in the browser, the user's own login comes to its end."""
    trace = played(attacker="displaced-login", client=client, logins_per_browser="many")
    assert trace.worlds[-1].runs[VICTIM].state is State.DONE
    assert trace.worlds[-1].runs[ATTACKER_INITIATED].state is State.CODE_IN_BROWSER
    assert not trace.verdict.attack_succeeded


def test_a_login_that_is_not_yet_at_the_server_loses_its_place_to_none() -> None:
    """The last request that comes is the one that counts, and here it is the user's own."""
    world = world_in(State.PREPARED, client="spa")
    asked = {"client_id": ATTACKERS_CLIENT, "redirect_uri": ATTACKERS_REDIRECT, "response_type": "code"}
    asked |= {"code_challenge": OWN_CHALLENGE, "code_challenge_method": "S256"}
    opened = Opening(url=with_params(f"{ISSUER}/authorize", asked))
    world = apply(world, Move(ATTACKER_INITIATED, Act.OPEN_REQUEST, opened, role=Role.LOGIN))
    while move := honest_move(world):
        world = apply(world, move)
    assert world.runs[VICTIM].state is State.DONE


class FirstWithAProof(Attacker):
    """Copies a request to the API, and is there with it before the app's own one is answered."""

    __slots__ = ()

    def next_move(self, view: View) -> Move | None:
        if "access_token" not in view.loot:
            waits = view.runs[VICTIM].state is State.API_ASKED
            return Move(VICTIM, Act.READ_API_REQUEST) if waits else None
        asked = api_request(data_at(view.runs[VICTIM].api), view.loot["access_token"], proof=view.loot["dpop_proof"])
        return call_the_api(view, asked)


def test_who_is_first_with_a_stolen_proof_is_not_said_to_have_come_second() -> None:
    """The API takes each proof once, and it has: the app came second, and was refused."""
    own = FirstWithAProof(name="first", title="first", positions=("A5",))
    trace = Simulation(client="spa", dpop="tokens", seed=7, attacker=own).run()
    assert trace.worlds[-1].runs[VICTIM].state is State.API_UNAUTHORIZED
    told = ATTACKERS["proof-replay"].reason(trace.worlds[-1])
    assert told == "Its proof was stolen with it, and the attacker came with both before the app did."
    late = ATTACKERS["proof-replay"].reason(played(attacker="proof-replay", without={"api_proof.not_seen"}).worlds[-1])
    assert late == "Its proof was stolen with it, and the API let the same proof pass twice."


class Taking(Attacker):
    """Wants nothing but that the user does not get in, and takes the redirect."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        return steal_the_redirect(world) if "code" not in world.attacker.loot else None


def test_a_login_whose_redirect_was_taken_is_kept_out() -> None:
    own = Taking(name="taking", title="takes the redirect", positions=("A3",), aim="denial")
    verdict = Simulation(seed=7).inject(own).run().verdict
    assert verdict.attack_succeeded
    assert verdict.sentence == "The user is kept out: the attacker has taken the code, and the app waits in vain."


def test_tokens_of_nobody_are_not_the_attackers_account() -> None:
    """RFC 6749 section 4.1.3: the check that the server knows the code is off, so the tokens name nobody."""
    off = frozenset({"token.code_known", "id_token.readable"})
    verdict = played(attacker="code-burning", invalidates_code_on_failure=True, without=off).verdict
    assert "attacker's account" not in verdict.sentence


# ---- The reason is what happened


def test_whether_the_user_was_asked_is_read_in_what_was_sent() -> None:
    asked, silent, unasked, ignored = (
        played(attacker="malicious-client", **settings).verdict.sentence
        for settings in (
            {},
            {"remembered": "login", "asks_consent": False},
            {"asks_consent": False},
            {"user": "denies", "without": frozenset({"consent.allowed"})},
        )
    )
    assert "The user allowed it when the server asked" in asked
    assert "The server approved without asking" in silent
    assert "the server did not ask whether they allow it" in unasked
    assert "A check was off that would have stopped it: “the user allows it”" in ignored


def test_a_check_that_was_off_is_named_wherever_it_was_not_passed() -> None:
    off = frozenset({"authorize.redirect_uri_registered"})
    sentence = played(attacker="redirect-manipulation", without=off).verdict.sentence
    assert (
        "A check was off that would have stopped it: “the redirect_uri is exactly one that was registered”" in sentence
    )
    assert "begins like" not in sentence


def test_a_refusal_that_a_later_try_got_past_has_stopped_nobody() -> None:
    """One that the attacker has got past in a later try is not what stopped it."""
    trace = played(attacker="weak-verifier", verifier="clock", par="required", later="after 2: 5s", scope="read:photos")
    assert trace.verdict.stopped_by == "api.scope"
    assert "PKCE held" not in trace.verdict.sentence


class CallingAgain(Attacker):
    """Calls the API with a stolen token, and once more when it has expired."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        first = ATTACKERS["access-token-theft"].next_move(world)
        name = f"{ATTACKER_CALL} 2"
        if first is not None or not has_done(world, Act.WAIT):
            return first
        if name in world.runs:
            return Move(name, Act.STEP_11) if world.runs[name].state is State.API_ASKED else None
        sent = next(
            one.message
            for event in world.log
            if event.run == f"{ATTACKER_CALL} 1"
            for one in event.messages
            if isinstance(one.message, Request)
        )
        return Move(name, Act.STEP_10, sent, role=Role.CALL, by_attacker=True)


def test_data_that_was_read_stays_read_whatever_is_refused_later() -> None:
    own = CallingAgain(name="calling-again", title="calls again", positions=("A5",))
    simulation = Simulation(seed=7, access_token_lifetime=600)
    verdict = simulation.inject(own).run().verdict
    assert verdict.attacker_reads_data


# ---- A login that is refused, whoever attacks


def test_a_defence_that_refuses_the_login_itself_has_stopped_nothing() -> None:
    """PKCE required of an app that has none (RFC 9700 section 2.1.1): there is no login to attack."""
    broken = cell("code-interception", "pkce-required")
    assert (broken.works, broken.stopped) == (False, False)
    assert broken.login_refused is not None
    assert broken.text == f"{NO_LOGIN} 3 authorize.challenge_present"
    assert "The login itself ended at step 3" in broken.verdict.sentence
    whole = Matrix(cells={("code-interception", "pkce-required"): broken})
    assert whole.mark("code-interception", "pkce-required") == NO_LOGIN
    assert "code-interception,pkce-required,no login,authorize.challenge_present,3," in whole.to_csv()
    assert dict(whole.legend)[NO_LOGIN]
    assert cell("code-interception", "pkce-required", "S256").stopped


@pytest.mark.parametrize("attack", ROWS)
def test_the_honest_login_works_with_each_defence_or_is_told_as_refused(attack: str) -> None:
    """It is refused where PKCE is required of an app that has none, where its answer would go without TLS, and where it
    comes to a website as a form of another site, without the cookie."""
    for name in possible(attack):
        scenario = Simulation(scenario_of(attack, name)).scenario
        refused = login_refused(scenario)
        no_pkce = scenario.pkce == "none" and scenario.requires_pkce and not _waits(scenario)
        no_tls = scenario.cleartext == "app" and "authorize.redirect_uri_encrypted" not in scenario.without
        no_cookie = scenario.client == "web" and scenario.redirect_status == 307
        assert (refused is not None) is (no_pkce or no_tls or no_cookie), name
        if refused is not None:
            assert not cell(attack, name).stopped


def _waits(scenario: Scenario) -> bool:
    """The user has chosen the attacker's server, and nobody answers there; an MCP server of its own is the attack."""
    return scenario.second_server and not scenario.speaks_mcp


# ---- More checks never help


def test_a_check_that_is_switched_on_never_helps_an_attacker() -> None:
    """Stories at random that have checks off: what works with them all works as well with one of them fewer."""
    worse = []
    for seed in range(150):
        trace = story(Random(seed))
        scenario = trace.scenario
        if not scenario.without or trace.verdict.attack_succeeded or scenario.attacker is None:
            continue
        for check in sorted(scenario.without):
            fewer = replace(scenario, without=scenario.without - {check})
            if Simulation(scenario).run().verdict.attack_succeeded:
                continue
            if Simulation(fewer).run().verdict.attack_succeeded:
                worse.append((seed, check))
    assert worse == []


# ---- A mistake of the app is no defence


@pytest.mark.parametrize("attack", [name for name in ROWS if name not in ("code-interception", "code-and-request")])
def test_a_secret_that_is_shipped_with_an_app_stops_nobody_who_may_look_into_it(attack: str) -> None:
    """RFC 8252 section 8.5. The two that only get at messages do not look, and are told that they have not."""
    bare = scenario_of(attack)
    if bare.profile.confidential or bare.speaks_mcp:  # an app that tells the server of itself has none to ship
        return
    shipped = Simulation(replace(bare, shipped_secret=True)).run()
    assert shipped.verdict.attack_succeeded, shipped.verdict.sentence


@pytest.mark.parametrize("attack", ["code-interception", "code-and-request"])
def test_who_has_not_looked_into_the_app_is_told_so(attack: str) -> None:
    assert "this attacker has not looked" in played(attacker=attack, pkce="none", shipped_secret=True).verdict.sentence


def test_two_devices_may_make_the_same_verifier_in_the_same_second() -> None:
    """An app knows of no other device; a website has one memory for all (RFC 7636 section 7.1)."""
    bare = scenario_of("pkce-downgrade")
    assert Simulation(replace(bare, verifier="clock")).run().verdict.attack_succeeded


def test_a_used_code_logs_out_an_app_that_the_api_has_refused_as_well() -> None:
    settings: dict[str, Any] = {"scope": OFFLINE, "later": "refresh", "revokes_any_replay": True, "api": "photos"}
    assert played(attacker="logout-by-replay", **settings).verdict.attack_succeeded


def test_an_app_that_gives_up_the_login_that_an_api_asks_for_does_not_try_for_ever() -> None:
    """RFC 9470 section 4. A clock gives the same verifier twice in a second, and the app's own check refuses it."""
    trace = played(verifier="clock", remembered="login", api_max_age=600)
    assert len(trace.events) < 30
    assert not trace.verdict.attack_succeeded
