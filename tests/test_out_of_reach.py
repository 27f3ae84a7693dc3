"""What takes a position that the attacker has not, or one that nobody has, cannot be done, however the rule is written.

The rules here cheat: they look into the live simulation behind the view's back, or make up what they were never told. The
view keeps them from seeing it; and whoever has come by a secret in another way is refused where it is written down.
"""

import base64
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from flowsim.analysis.defences import ROWS, scenario_of
from flowsim.attacks import known_attacker
from flowsim.attacks.referee import PositionError
from flowsim.attacks.toolkit import log_in_oneself, lure, own_request, redeem_the_code, steal_the_redirect
from flowsim.attacks.view import View, seen
from flowsim.engine.initial_world import ALICE
from flowsim.model import steps
from flowsim.model.scenario import Scenario, ScenarioError
from flowsim.model.states import Act, Role, State
from flowsim.model.transitions import Move
from flowsim.model.world import (
    ATTACKER_INITIATED,
    ATTACKER_RUN,
    ATTACKERS_CLIENT,
    ATTACKERS_REDIRECT,
    OWN_LOGIN,
    VICTIM,
    World,
)
from flowsim.protocol import dpop, pkce, signed_tokens, totp
from flowsim.protocol.messages import Opening, Request, Response, request, with_params
from flowsim.simulation.simulation import Simulation
from tests.kit.own_attackers import SERVER, Rule, Ruled, post, redeem, ruled

Knowing = Callable[[View, World], Move | None]


def knowing(rule: Knowing, *positions: str, moves: int = 60, **settings: Any) -> Simulation:
    """A simulation whose attacker's rule has the live world as well, which no rule should have."""
    held: list[Simulation] = []
    mine = ruled(lambda view: rule(view, held[0].world) if held else None, *positions)
    held.append(Simulation(attacker=mine, seed=7, **settings))
    return held[0]


def refusal(simulation: Simulation) -> str:
    with pytest.raises(PositionError) as caught:
        simulation.run()
    assert not simulation.verdict.attack_succeeded
    assert "\n" not in str(caught.value)
    return str(caught.value)


def code_of(world: World) -> str | None:
    return next((code for server in world.servers.values() for code in server.grants), None)


# ---- Secrets that nobody has told it


def test_a_redirect_that_leads_to_the_attacker_is_there_when_the_browser_has_it() -> None:
    def rule(view: View, world: World) -> Move | None:
        if ATTACKER_INITIATED not in view.runs:
            return lure(view, own_request(view, ATTACKERS_CLIENT, ATTACKERS_REDIRECT))
        ready = world.runs[ATTACKER_INITIATED].state is State.APPROVED
        sent = redeem(view, code_of(world) or "", client_id=ATTACKERS_CLIENT)
        return Move(ATTACKER_RUN, Act.SEND_CODE, sent) if ready else None

    assert "writes a code into its message that nobody has told it" in refusal(knowing(rule, "A1", pkce="none"))


@pytest.mark.parametrize("attack", ROWS)
def test_no_answer_of_a_server_is_in_the_attackers_hands_before_somebody_elses_browser_has_it(attack: str) -> None:
    for world in Simulation(scenario_of(attack)).run().worlds:
        for run in seen(world, known_attacker(attack).positions, quiet=True).runs.values():
            assert run.owner != VICTIM or run.in_flight is None or run.in_flight.sender != steps.SERVER


@pytest.mark.parametrize("client", ["spa", "native-scheme"])
def test_a_code_is_a_secret_from_the_moment_at_which_the_server_has_made_it(client: str) -> None:
    def rule(view: View, world: World) -> Move | None:
        code = code_of(world)
        ready = code is not None and world.runs[VICTIM].state is State.APPROVED
        return Move(ATTACKER_RUN, Act.SEND_CODE, redeem(view, code or "")) if ready else None

    said = refusal(knowing(rule, "A1", client=client, pkce="none"))
    assert "writes a code into its message that nobody has told it. It takes position A3 to see one" in said


ENCODINGS: dict[str, Callable[[str, str], dict[str, str]]] = {
    "as everybody writes it": lambda name, secret: {"Authorization": f"Basic {b64(f'{name}:{secret}')}"},
    "in small letters": lambda name, secret: {"Authorization": f"basic {b64(f'{name}:{secret}')}"},
    "in letters of both kinds": lambda name, secret: {"Authorization": f"bAsIc {b64(f'{name}:{secret}')}"},
    "with percent signs in it": lambda name, secret: {"Authorization": f"Basic {b64(f'{name}:{escaped(secret)}')}"},
}


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def escaped(text: str) -> str:
    """Every sign of it with a percent sign, as a form may write it."""
    return "".join(f"%{ord(sign):02X}" for sign in text)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_secret_of_a_website_is_found_in_whatever_way_it_is_written(encoding: str) -> None:
    def rule(view: View, world: World) -> Move | None:
        if "code" not in view.loot:
            return steal_the_redirect(view)
        (app,) = world.clients.values()
        asked = redeem(view, view.loot["code"])
        headers = ENCODINGS[encoding](view.scenario.profile.client_id, app.secret or "")
        return Move(ATTACKER_RUN, Act.SEND_CODE, replace(asked, headers=(*asked.headers, *headers.items())))

    said = refusal(knowing(rule, "A3", client="web", pkce="none"))
    assert "writes a client_secret into its message that nobody has told it. No position shows that" in said


def test_the_secret_in_a_form_is_found_with_percent_signs_in_place_of_its_letters() -> None:
    def rule(view: View, world: World) -> Move | None:
        if "code" not in view.loot:
            return steal_the_redirect(view)
        (app,) = world.clients.values()
        asked = redeem(view, view.loot["code"])
        body = f"{asked.body}&client_secret={escaped(app.secret or '')}"
        return Move(ATTACKER_RUN, Act.SEND_CODE, replace(asked, body=body))

    assert "writes a client_secret" in refusal(knowing(rule, "A3", client="web", pkce="none"))


@pytest.mark.parametrize("layers", [1, 2, 3, 4])
def test_a_code_is_found_under_escapes_in_escapes(layers: int) -> None:
    """A server undoes one layer; what it then repeats in an answer would count as told."""

    def rule(view: View, world: World) -> Move | None:
        code = code_of(world)
        if code is None:
            return None
        for _ in range(layers):
            code = escaped(code)
        asked = redeem(view, "made-up-code")
        return Move(ATTACKER_RUN, Act.SEND_CODE, replace(asked, body=f"{asked.body}&state={code}"))

    assert "writes a code into its message" in refusal(knowing(rule, "A1", client="spa", pkce="none"))


def test_the_request_of_the_app_in_ones_own_login_is_between_the_app_and_its_server() -> None:
    """A website sends its secret from its own server. The attacker's login is its own, and that request is not."""
    seen: list[object] = []

    def rule(view: View) -> Move | None:
        own = view.runs.get(OWN_LOGIN)
        if own is not None and own.state is State.CODE_SENT:
            seen.append(own.in_flight)
            return None
        return log_in_oneself(view, State.CODE_SENT)

    Simulation(attacker=ruled(rule), client="web", seed=7).run()
    assert seen
    assert set(seen) == {None}


def test_a_verifier_or_a_state_or_a_cookie_of_somebody_elses_cannot_be_written() -> None:
    def written(find: Callable[[World], str | None]) -> str:
        def rule(view: View, world: World) -> Move | None:
            value = find(world) if world.runs[VICTIM].state is State.CODE_IN_BROWSER else None
            if value is None:
                return None
            return Move(ATTACKER_RUN, Act.SEND_CODE, redeem(view, "made-up-code", code_verifier=value))

        return refusal(knowing(rule, "A3", client="web"))

    def pending(world: World) -> Any:
        return next(iter(next(iter(world.clients.values())).transactions.values()))

    assert "a code_verifier" in written(lambda world: pending(world).code_verifier)
    assert "a state into its message that nobody has told it. It takes position A4" in written(
        lambda world: pending(world).state
    )
    assert "a nonce" in written(lambda world: pending(world).nonce)
    assert "a cookie" in written(lambda world: next(iter(world.browsers[VICTIM].cookies[SERVER].values())))


@pytest.mark.parametrize("bound_by", ["code_challenge", "dpop_jkt"])
def test_what_ties_a_code_to_somebody_elses_login_cannot_be_put_into_ones_own_request(bound_by: str) -> None:
    """With it the attacker's own code would go through in the victim's login, without a look at the victim's request."""

    def of_the_victim(world: World) -> str:
        pending = next(iter(next(iter(world.clients.values())).transactions.values()))
        if bound_by == "code_challenge":
            return pkce.challenge_for(pending.code_verifier or "", "S256")
        return dpop.thumbprint(pending.dpop_key or b"")

    def rule(view: View, world: World) -> Move | None:
        if view.runs[VICTIM].state is not State.PREPARED:
            return None
        asked = {**own_request(view), bound_by: of_the_victim(world)}
        own = view.runs.get(OWN_LOGIN)
        if own is None or own.state is not State.PREPARED:
            return log_in_oneself(view, State.PREPARED)
        return Move(OWN_LOGIN, Act.WRITE_REQUEST, Opening(url=with_params(f"{SERVER}/authorize", asked)))

    said = refusal(knowing(rule, "A1", client="native-https", state=False, dpop="code"))
    assert f"a {bound_by} into its message that nobody has told it. It takes position A4 to see one" in said


@pytest.mark.parametrize("run", ["an access token", "a proof"])
def test_what_is_signed_with_a_key_of_somebody_elses_is_refused_though_it_was_never_issued(run: str) -> None:
    def token(view: View, world: World) -> str:
        key = signed_tokens.signing_key(world.servers[SERVER].keys[0].kid)
        claims = {"iss": SERVER, "sub": "user-alice", "aud": "https://api.example", "client_id": "photo-app"}
        claims |= {"scope": "read:messages", "jti": "1"}
        return signed_tokens.sign(
            {**claims, "iat": view.now, "exp": view.now + 600}, key, type_=signed_tokens.ACCESS_TOKEN_TYPE
        )

    def rule(view: View, world: World) -> Move | None:
        url = "https://api.example/messages"
        if run == "an access token":
            headers = {"Authorization": f"Bearer {token(view, world)}"}
        else:
            held = next((one for app in world.clients.values() for one in app.tokens.values()), None)
            if held is None or held.dpop_key is None:
                return None
            made = dpop.proof(held.dpop_key, "GET", url, now=view.now, jti="again")
            headers = {"Authorization": "DPoP made-up", "DPoP": made}
        return Move("mine", Act.STEP_10, request("GET", url, headers=headers), role=Role.CALL, by_attacker=True)

    said = refusal(knowing(rule, "A1", dpop="tokens"))
    assert ("signed with the server's key" if run == "an access token" else "made with the app's key") in said
    assert "No position shows that" in said


def test_the_page_of_the_app_in_the_attackers_own_browser_makes_proofs_for_it_and_a_program_there_does_not() -> None:
    def rule(view: View, world: World) -> Move | None:
        if (move := log_in_oneself(view, State.PREPARED)) is not None or "mine" in view.runs:
            return move
        mine = world.clients[world.runs[OWN_LOGIN].client].transactions
        key = next(one.dpop_key for one in mine.values() if one.dpop_key is not None)
        made = dpop.proof(key, "GET", "https://api.example/messages", now=view.now, jti="mine")
        asked = request("GET", "https://api.example/messages", headers={"Authorization": "DPoP mine", "DPoP": made})
        return Move("mine", Act.STEP_10, asked, role=Role.CALL, by_attacker=True)

    in_a_page = knowing(rule, "A1", client="spa", dpop="tokens").run()
    assert any(event.run == "mine" and event.act is Act.STEP_10 for event in in_a_page.events)
    assert "made with the app's key" in refusal(knowing(rule, "A1", client="native-scheme", dpop="tokens"))


def test_a_token_that_was_told_may_be_sent_again_and_one_that_was_not_may_not() -> None:
    def rule(view: View, world: World) -> Move | None:
        held = next((one for app in world.clients.values() for one in app.tokens.values()), None)
        if held is None:
            return None
        asked = request("GET", "https://api.example/messages", headers={"Authorization": f"Bearer {held.access_token}"})
        return Move("mine", Act.STEP_10, asked, role=Role.CALL, by_attacker=True)

    assert "It takes position A5 to see one" in refusal(knowing(rule, "A1"))


# ---- Somebody else's password


@pytest.mark.parametrize("path", ["/login", "/consent", "/authorize", "/oauth/token", "/userinfo", "/oauth/revoke"])
@pytest.mark.parametrize("act", [Act.PUSH_REQUEST, Act.SEND_CODE])
def test_what_is_pushed_or_redeemed_goes_to_the_endpoint_that_is_for_it(path: str, act: Act) -> None:
    sent = post(path, {"username": ALICE.username, "password": "guess"})
    if (path, act) == ("/oauth/token", Act.SEND_CODE):
        return
    said = refusal(Simulation(attacker=ruled(lambda view: Move(ATTACKER_RUN, act, sent)), par="optional", seed=7))
    assert f"no position takes it to '{SERVER}{path}'" in said


def test_the_password_and_the_secret_of_the_authenticator_app_are_known_to_the_user_alone() -> None:
    def guessing(value: str) -> str:
        return refusal(
            Simulation(
                attacker=ruled(lambda view: Move(ATTACKER_RUN, Act.SEND_CODE, redeem(view, "code", password=value))),
                seed=7,
            )
        )

    assert "a password into its message that nobody has told it. It takes position web_view" in guessing(ALICE.password)
    assert "a one-time secret into its message" in guessing(ALICE.one_time_secret)


def test_a_one_time_code_brings_nobody_in_because_no_act_brings_it_to_the_login_page() -> None:
    def rule(view: View) -> Move | None:
        code = totp.code_at(ALICE.one_time_secret, view.now)
        form = {"option": "one-time-code", "username": ALICE.username, "code": code}
        return Move("mine", Act.STEP_R1, post("/login", form), role=Role.REFRESH, by_attacker=True)

    assert "no position takes it to" in refusal(Simulation(attacker=ruled(rule), login="one-time-code", seed=7))


# ---- What no position gives


@pytest.mark.parametrize("client", ["native-https", "spa", "web"])
def test_an_https_address_cannot_be_claimed(client: str) -> None:
    def rule(view: View) -> Move | None:
        ready = view.runs[VICTIM].state is State.CODE_IN_BROWSER
        return Move(VICTIM, Act.TAKE_RESPONSE) if ready else None

    said = refusal(Simulation(attacker=ruled(rule, "A3"), client=client, pkce="none", seed=7))
    assert "an https address can be claimed only by the app of its website's owner" in said
    assert "A3 lets a copy be read" in said


@pytest.mark.parametrize("client", ["native-scheme", "native-loopback"])
def test_an_app_that_claims_the_victims_address_gets_the_response_and_takes_the_position_for_it(client: str) -> None:
    def rule(view: View) -> Move | None:
        if not view.claimed:
            return Move(ATTACKER_RUN, Act.INSTALL_APP)
        if "code" in view.loot:
            return redeem_the_code(view, None)
        return Move(VICTIM, Act.GET_RESPONSE) if view.runs[VICTIM].state is State.CODE_IN_BROWSER else None

    settings: dict[str, Any] = {"client": client, "pkce": "none", "seed": 7}
    said = refusal(Simulation(attacker=ruled(rule, "A1"), **settings))
    assert "install an app that claims the app's address, which takes position A3" in said
    assert Simulation(attacker=ruled(rule, "A3"), **settings).run().verdict.attack_succeeded


def test_nobody_holds_the_others_up_by_waiting() -> None:
    def rule(view: View) -> Move | None:
        late = view.runs[VICTIM].state is State.CODE_IN_BROWSER
        return Move("pause", Act.WAIT, role=Role.WAIT, by_attacker=True, seconds=3600) if late else None

    assert "no position holds them up" in refusal(Simulation(attacker=ruled(rule), seed=7))


@pytest.mark.parametrize("name", ["call 1", "refresh 2", "wait 1", "lured", "planted", "discovery", "keys 1"])
def test_a_run_of_its_own_does_not_stand_in_for_one_of_the_victims(name: str) -> None:
    def rule(view: View) -> Move | None:
        return Move(name, Act.SEND_CODE, redeem(view, "x"), role=Role.THEFT, by_attacker=True)

    simulation = Simulation(attacker=ruled(rule), later="call", seed=7)
    with pytest.raises(ScenarioError, match="is that of a run of the victim's"):
        simulation.run()


def test_a_second_login_of_its_own_is_no_way_to_a_password() -> None:
    def rule(view: View) -> Move | None:
        return Move("mine", Act.STEP_1, role=Role.LOGIN, by_attacker=True) if "mine" not in view.runs else None

    simulation = Simulation(attacker=ruled(rule), seed=7)
    with pytest.raises(ScenarioError, match="is called 'own login'"):
        simulation.run()
    assert not simulation.verdict.attack_succeeded


def test_the_servers_own_actions_are_no_step_of_an_attackers() -> None:
    def rule(view: View) -> Move | None:
        own = view.runs.get(OWN_LOGIN)
        if own is not None and own.state is State.APPROVED:
            return Move(OWN_LOGIN, Act.RUN_ACTION)
        return log_in_oneself(view, State.CODE_IN_BROWSER)

    assert "somebody else's" in refusal(Simulation(attacker=ruled(rule), actions=("add-role",), seed=7))


# ---- What an attack presupposes


@pytest.mark.parametrize(
    "needs",
    [
        {"pkce": "none"},
        {"state": False},
        {"without": frozenset({"token.verifier_fits"})},
        {"redirect_match": "prefix"},
        {"user": "accepts", "iss": False},
        {"web_view": True},
        {"allows_framing": True},
        {"seed": 8},
        {"no such setting": 1},
    ],
    ids=str,
)
def test_an_attack_presupposes_no_weaker_defence(needs: dict[str, Any]) -> None:
    mine = ruled(steal_the_redirect, "A3", presupposes=needs)
    with pytest.raises(ScenarioError, match=r"the attacker 'mine' needs .* and weaken no defence"):
        Simulation(attacker=mine, par="optional", seed=7)
    with pytest.raises(ScenarioError, match=r"the attacker 'mine' needs .* and weaken no defence"):
        login().inject(mine)


def login(**settings: Any) -> Simulation:
    simulation = Simulation(seed=7, **settings)
    simulation.goto(2)
    return simulation


@pytest.mark.parametrize(
    ("settings", "needs"), [({"dpop": "code"}, {"dpop": "tokens"}), ({"client": "web"}, {"client": "spa"})]
)
def test_what_protects_already_is_not_presupposed_away(settings: dict[str, Any], needs: dict[str, Any]) -> None:
    with pytest.raises(ScenarioError, match="weaken no defence"):
        Simulation(attacker=ruled(steal_the_redirect, "A3", presupposes=needs), seed=7, **settings)


def test_what_an_attack_presupposes_is_told_without_the_seed_and_stands_in_the_scenario() -> None:
    told: list[Any] = []

    class Curious(Ruled):
        __slots__ = ()

        def needs(self, scenario: Scenario) -> dict[str, Any]:
            told.append((scenario.seed, scenario.start))
            vars(scenario)["pkce"] = "none"
            return {"remembered": "consent"}

    mine = Curious(name="mine", title="mine", positions=("A3",), rule=steal_the_redirect)
    played = Simulation(attacker=mine, seed=7).run()
    assert set(told) == {(None, None)}
    assert (played.scenario.remembered, played.scenario.pkce) == ("consent", "S256")


# ---- The view


def test_there_is_no_seed_in_a_view_and_no_memory_of_anybody_else() -> None:
    found: list[View] = []

    def rule(view: View) -> Move | None:
        found.append(view)
        return None

    world = Simulation(attacker=ruled(rule, "A1", "A3", "A4", "A5"), client="web", seed=987654321).run().worlds[-1]
    text = repr(found)
    (app,) = world.clients.values()
    (held,) = app.tokens.values()
    for secret in ("987654321", ALICE.password, app.secret or "-", held.access_token, *world.servers[SERVER].grants):
        assert secret not in text
    for name in ("clients", "servers", "people", "browsers", "apis", "draws", "seed"):
        with pytest.raises(AttributeError, match=f"an attacker's view has no '{name}'"):
            getattr(found[0], name)
    assert not hasattr(found[0].scenario, "seed")
    assert not hasattr(found[0].scenario, "without")


def test_nothing_that_a_rule_does_to_its_view_reaches_the_world() -> None:
    """However it goes about it: by attributes, by `vars`, by the methods of the classes that things are made of."""

    def spoil(view: View) -> Move | None:
        for thing in (view, view.attacker, view.scenario, *view.runs.values(), *view.log):
            assert not hasattr(thing, "__dict__")
            with pytest.raises(AttributeError):
                object.__setattr__(thing, "loot", {"data": "mine"})
        mappings: tuple[Any, ...] = (view.loot, view.runs, view.metadata)
        for mapping in mappings:
            with pytest.raises(TypeError):
                dict.__setitem__(mapping, "data", "mine")
        object.__setattr__(view.scenario.profile, "kind", "scheme")
        for event in view.log:
            for sent in event.messages:
                object.__setattr__(sent.message, "url" if isinstance(sent.message, Opening) else "body", "spoilt")
                object.__setattr__(sent, "sender", "spoilt")
        for run in view.runs.values():
            if run.in_flight is not None:
                flying = run.in_flight.message
                object.__setattr__(flying, "body" if isinstance(flying, Response) else "url", "spoilt")
        return log_in_oneself(view, State.DONE)

    def behave(view: View) -> Move | None:
        return log_in_oneself(view, State.DONE)

    settings: dict[str, Any] = {"client": "spa", "seed": 7}
    spoilt = Simulation(attacker=ruled(spoil), **settings).run()
    assert spoilt.events == Simulation(attacker=ruled(behave), **settings).run().events
    assert Simulation(**settings).scenario.profile.kind == "page"
    assert not spoilt.verdict.attack_succeeded


def test_a_message_that_was_given_back_is_not_changed_afterwards() -> None:
    asked: list[Request] = []

    def rule(view: View) -> Move | None:
        if asked:
            object.__setattr__(asked[0], "body", "something else")
            return None
        asked.append(redeem(view, "made-up-code"))
        return Move(ATTACKER_RUN, Act.SEND_CODE, asked[0])

    events = Simulation(attacker=ruled(rule), seed=7).run().events
    sent = next(one.message for event in events if event.act is Act.SEND_CODE for one in event.messages)
    assert isinstance(sent, Request)
    assert "made-up-code" in sent.body


class Sly(str):
    """A text that says something else when it is looked at."""

    def __str__(self) -> str:
        return "harmless"

    def __contains__(self, other: object) -> bool:
        return False


def test_a_text_that_lies_about_itself_is_read_as_what_it_is() -> None:
    def rule(view: View, world: World) -> Move | None:
        code = code_of(world)
        if code is None:
            return None
        asked = redeem(view, "x")
        sly = Request(method="POST", url=asked.url, headers=asked.headers, body=Sly(redeem(view, code).body))
        return Move(ATTACKER_RUN, Act.SEND_CODE, sly)

    assert "writes a code into its message" in refusal(knowing(rule, "A1", client="spa", pkce="none"))


def always(move: Move) -> Rule:
    return lambda view: move


def test_whoever_is_lured_is_lured_to_the_server_and_nowhere_else() -> None:
    for url in ("https://as.example/login?x=1", "https://as.example.evil.example/authorize", f"{SERVER}/consent"):
        move = Move("lured", Act.OPEN_REQUEST, Opening(url=url), role=Role.LOGIN)
        assert "is one to https://as.example/authorize" in refusal(Simulation(attacker=ruled(always(move)), seed=7))


def test_a_planted_address_leads_to_the_app() -> None:
    move = Move("planted", Act.PLANT_RESPONSE, Opening(url=f"{SERVER}/logout?code=1"), role=Role.LOGIN)
    assert "does not lead to the app" in refusal(Simulation(attacker=ruled(lambda view: move), seed=7))


def test_a_user_with_a_login_page_before_them_is_not_lured_elsewhere() -> None:
    def rule(view: View) -> Move | None:
        if view.runs[VICTIM].state is not State.LOGIN_SHOWN:
            return None
        bad = with_params(f"{SERVER}/authorize", {"client_id": "nobody"})
        return Move("lured", Act.OPEN_REQUEST, Opening(url=bad), role=Role.LOGIN)

    assert "has the login page of another login before them" in refusal(Simulation(attacker=ruled(rule), seed=7))


def test_whatever_is_quoted_in_a_refusal_is_on_one_line() -> None:
    move = Move(ATTACKER_RUN, Act.SEND_CODE, post("/x", {}))
    mine = ruled(lambda view: replace(move, message=Request(method="POST", url=f"{SERVER}/\n{'x' * 9999}")))
    assert len(refusal(Simulation(attacker=mine, seed=7))) < 500


def test_luring_works_where_it_is_allowed() -> None:
    mine = ruled(lambda view: lure(view, own_request(view)))
    assert any(event.act is Act.OPEN_REQUEST for event in Simulation(attacker=mine, seed=7).run().events)
