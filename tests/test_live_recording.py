"""A recorded login, exported: no secret is left in any form of it, and all else that one learns from it is."""

import json
import random
import re
import time
from base64 import b64encode
from dataclasses import dataclass, field
from html import escape, unescape
from pathlib import Path
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from flowsim.actors.authorization_server import register
from flowsim.engine.initial_world import ALICE, ATTACKERS_ACCOUNT
from flowsim.live.attackers import THIEVES
from flowsim.live.recording import record, recorded_har, recorded_json, recorded_payload
from flowsim.live.redaction import WINDOW, RedactedTrace, Redactor
from flowsim.live.user import User, UserError
from flowsim.live.world import LiveWorld
from flowsim.model.scenario import Scenario, ScenarioError
from flowsim.model.steps import CLIENT
from flowsim.protocol import dpop, pkce
from flowsim.protocol.messages import Request, Response, query_of, request, single
from flowsim.views.formats.mermaid import mermaid
from flowsim.views.formats.replay import TraceFileError, differences, read
from flowsim.views.formats.trace_json import trace_json
from flowsim.views.pictures.picture import sequence_svg
from flowsim.views.text.transcript import transcript
from tests.kit.pages import payload_in

AT = "http://127.0.0.1:9000"
LOOPBACK, WEBSITE = "http://127.0.0.1:51004/callback", "https://app.example/callback?kept=1"
SECRET = "the website's own: secret/+%ü"
_PIECE = re.compile(rf"[A-Za-z0-9_~+/-]{{{WINDOW},}}")


@dataclass
class Tapped:
    """A live world, and every secret that went in or out of it, found without the code that is tested."""

    world: LiveWorld
    secrets: set[str] = field(default_factory=set)

    @property
    def origins(self) -> frozenset[str]:
        return self.world.origins

    def handle(self, asked: Request, *, by: str = CLIENT) -> Response:
        answer = self.world.handle(asked, by=by)
        self.secrets |= {value for _, value in asked.cookies.items()}
        for name in ("password", "code_verifier", "client_secret", "code", "refresh_token", "token", "csrf", "state"):
            self.secrets |= {value for one, value in (*asked.form, *asked.query) if one == name}
        for line in answer.all_of("set-cookie"):
            self.secrets.add(line.partition(";")[0].partition("=")[2])
        self.secrets |= {unescape(one) for one in re.findall(r'name="csrf" value="([^"]+)"', answer.body)}
        self.secrets |= {value for name, value in query_of(answer.location) if name in ("code", "state")}
        for name, value in answer.json().items():
            if name.endswith("_token") and isinstance(value, str):
                self.secrets.add(value)
                self.secrets |= set(value.split("."))
        if proof := asked.header("dpop"):
            self.secrets |= {proof, *proof.split(".")}
        if nonce := answer.header("dpop-nonce"):
            self.secrets.add(nonce)
        if basic := asked.header("authorization"):
            self.secrets.add(basic.partition(" ")[2])
        return answer


@dataclass
class Client:
    """A client and a user who do something different each time."""

    door: Tapped
    chance: random.Random
    client_id: str = "desktop"
    pkce: str | None = "S256"
    state: str = "a state"
    proves: bool = False
    basic: bool = False
    pushes: bool = False

    def log_in(self) -> None:
        there = self.door
        confidential = self.client_id == "website"
        uri = WEBSITE if confidential else LOOPBACK
        verifier, nonce = self._drawn(43), self._drawn(22)
        there.secrets |= {self.state, nonce, verifier, SECRET}
        params = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": uri,
            "scope": "openid offline_access read:messages",
            "state": self.state,
            "nonce": nonce,
        }
        if self.pkce:
            challenge = pkce.challenge_for(verifier, "S256" if self.pkce == "S256" else "plain")
            params |= {"code_challenge": challenge, "code_challenge_method": self.pkce}
        if self.pushes:
            answer = self._post("/oauth/par", params)
            params = {"client_id": self.client_id, "request_uri": answer["request_uri"]}
            there.secrets.add(answer["request_uri"].rpartition(":")[2])
        person = self.chance.choice([ALICE, ALICE, ATTACKERS_ACCOUNT])
        try:
            back = User(there, person).log_in(
                f"{AT}/authorize?{urlencode(params)}", self.chance.choice(["allow", "allow", "allow", "deny"])
            )
        except UserError:
            return
        code = single(query_of(back), "code")
        if code is None:
            return
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": uri}
        form |= {"code_verifier": verifier} if self.pkce else {}
        tokens = self._post("/oauth/token", form)
        for _ in range(self.chance.randrange(3)):
            if "access_token" not in tokens:
                break
            self._call(str(tokens["access_token"]))
            more = {"grant_type": "refresh_token", "refresh_token": str(tokens["refresh_token"])}
            tokens |= self._post("/oauth/token", more)
        if self.chance.random() < 0.3:
            self._post("/oauth/token", form)
        if self.chance.random() < 0.3 and "refresh_token" in tokens:
            self._post("/oauth/revoke", {"token": str(tokens["refresh_token"])})

    def _drawn(self, length: int) -> str:
        return "".join(
            self.chance.choices("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~", k=length)
        )

    def _post(self, path: str, form: dict[str, str]) -> dict[str, str]:
        headers = {}
        if self.client_id == "website" and self.basic:
            pair = f"{quote_plus(self.client_id)}:{quote_plus(SECRET)}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        elif self.client_id == "website":
            form = {**form, "client_id": self.client_id, "client_secret": SECRET}
        else:
            form = {**form, "client_id": self.client_id}
        answer = self.door.handle(request("POST", AT + path, form=form, headers=headers))
        return {name: value for name, value in answer.json().items() if isinstance(value, str)}

    def _call(self, token: str) -> None:
        self.door.handle(request("GET", f"{AT}/api/messages", headers={"Authorization": f"Bearer {token}"}))
        self.door.handle(request("GET", f"{AT}/userinfo", headers={"Authorization": f"Bearer {token}"}))


def world(**changed: object) -> Tapped:
    clients = [
        register("desktop", "Desktop", ("http://127.0.0.1/callback",), None, confidential=False),
        register("website", "Website", (WEBSITE,), SECRET, confidential=True),
    ]
    scenario = Scenario(**{"pkce_required": False, "plain_allowed": True, **changed})  # type: ignore[arg-type]
    there = LiveWorld(scenario, issuer=AT, apis={"messages": f"{AT}/api", "photos": f"{AT}/photos"}, clients=clients)
    return Tapped(there)


def exported(there: LiveWorld, *, redact: bool = True) -> dict[str, str]:
    """Everything that can be exported of this world, as text."""
    branches = recorded_payload(there, redact=redact)["branches"]  # of the rest no word depends on what was recorded
    found = {
        "player": json.dumps(branches, ensure_ascii=False),
        "json": json.dumps(recorded_json(there, redact=redact), ensure_ascii=False),
        "har": json.dumps(recorded_har(there, redact=redact), ensure_ascii=False),
    }
    traces = [login.trace for login in there.logins.values()]
    redactor = Redactor(traces)
    for trace in (redactor.trace(one) for one in traces) if redact else traces:
        found |= {
            f"transcript of {trace.name}": transcript(trace),
            f"mermaid of {trace.name}": mermaid(trace),
            f"svg of {trace.name}": sequence_svg(trace),
        }
    return found


def leaks(texts: dict[str, str], secrets: set[str]) -> list[str]:
    """Where a secret, another way of writing it, or a piece of it stands in one of these texts."""
    ways: dict[str, str] = {}
    pieces: dict[str, str] = {}
    for secret in secrets:
        if len(secret) < 8:
            continue
        forms = {
            secret,
            quote(secret),
            quote(secret, safe=""),
            quote_plus(secret),
            quote(quote(secret, safe=""), safe=""),
            escape(secret),
            json.dumps(secret)[1:-1],
            b64encode(secret.encode()).decode().rstrip("="),
        }
        for form in forms:
            ways[form] = secret
            for run in _PIECE.findall(form):
                pieces |= {run[at : at + WINDOW]: secret for at in range(len(run) - WINDOW + 1)}
    found = [
        f"{where}: {way!r} of {secret!r}"
        for where, text in texts.items()
        for way, secret in ways.items()
        if way in text
    ]
    for where, text in texts.items():
        inside = {text[at : at + WINDOW] for at in range(len(text) - WINDOW + 1)}
        found += [f"{where}: {piece!r} of {pieces[piece]!r}" for piece in inside & pieces.keys()]
    return found


STATES = st.one_of(
    st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=16, max_size=40),
    st.text(st.characters(min_codepoint=33, max_codepoint=0x17F), min_size=12, max_size=30),
    st.just('{"to":"/inbox?x=1&y=2","s":"Zq8WvT5rPmL3"}'),
    st.just("https://app.example/after?state=Qr7Yb2Kx9Wm4&x=1#Tt6Pn3Zs8Ld5"),
)


_WORLD = world(par="optional")


@settings(max_examples=12, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(
    seed=st.integers(0, 2**32),
    states=st.lists(STATES, min_size=1, max_size=3),
    client=st.sampled_from(["desktop", "website"]),
    method=st.sampled_from(["S256", "plain", None]),
    basic=st.booleans(),
    pushes=st.booleans(),
    attack=st.sampled_from([None, None, *THIEVES]),
)
def test_nothing_that_is_exported_holds_a_secret_or_a_piece_of_one(
    seed: int, states: list[str], client: str, method: str | None, basic: bool, pushes: bool, attack: str | None
) -> None:
    there = _WORLD
    there.world._recorder.logins.clear()
    there.secrets.clear()
    there.world.attack = attack
    chance = random.Random(seed)
    for state in states:
        Client(there, chance, client, method, f"{state}{seed}-{chance.random()}", basic=basic, pushes=pushes).log_in()
    assert len(there.secrets) > 5
    assert leaks(exported(there.world), there.secrets) == []


def test_without_redaction_everything_is_there() -> None:
    there = world()
    Client(there, random.Random(1), state="a state to be looked for").log_in()
    texts = exported(there.world, redact=False)
    assert "a state to be looked for" in texts["json"]
    assert leaks({"json": texts["json"]}, there.secrets)


def test_the_same_secret_has_the_same_name_wherever_it_stands() -> None:
    there = world()
    there.world.attack = "code-interception-copy"
    Client(there, random.Random(4), state="the state of this login").log_in()
    (login,) = there.world.logins.values()
    trace = Redactor([login.trace]).trace(login.trace)
    sent = [
        single(one.message.form, "code")
        for event in trace.events
        for one in event.messages
        if isinstance(one.message, Request) and one.message.form
    ]
    assert {one for one in sent if one} == {"code-1"}
    assert len([one for one in sent if one]) >= 2
    assert "code=code-1" in json.dumps(trace_json(trace))
    assert {secret.value for secret in trace.ledger.secrets if secret.kind == "code"} == {"code-1"}


@pytest.mark.parametrize("attack", [None, *THIEVES])
def test_what_happened_who_knows_what_and_the_verdict_are_those_of_the_real_login(attack: str | None) -> None:
    there = world()
    there.world.attack = attack
    Client(there, random.Random(7), pkce=None, state="the state of this login").log_in()
    (login,) = there.world.logins.values()
    redacted = Redactor([login.trace]).trace(login.trace)
    assert isinstance(redacted, RedactedTrace)
    assert redacted.verdict == login.trace.verdict
    assert redacted.ledger.table() == login.trace.ledger.table()
    plain, hidden = trace_json(login.trace), trace_json(redacted)
    for one, other in zip(plain["events"], hidden["events"], strict=True):
        same = ("act", "title", "text", "before", "after", "outcome", "clauses", "run", "failed", "lacked")
        assert [one[name] for name in same] == [other[name] for name in same]  # type: ignore[literal-required]
        assert [check["passed"] for check in one["checks"]] == [check["passed"] for check in other["checks"]]


@pytest.mark.parametrize(
    "state", ["victim", "code", "1", "login", "attacker", AT, LOOPBACK, "/login", "state", "desktop"]
)
def test_a_state_that_is_an_everyday_word_spoils_nothing(state: str) -> None:
    there = world()
    there.world.attack = "code-replay"
    Client(there, random.Random(3), state=state).log_in()
    assert '"trace"' in exported(there.world)["json"]
    (login,) = there.world.logins.values()
    told = trace_json(Redactor([login.trace]).trace(login.trace))
    assert f"state={quote_plus(state)}&" not in json.dumps(told)


def test_what_the_api_answers_stays() -> None:
    there = world()
    client = Client(there, random.Random(11))
    while not any("data" in login.trace.ledger.table() for login in there.world.logins.values()):
        client.log_in()
    text = exported(there.world)["json"]
    assert "The key is under the blue pot." in text or "Buy rope." in text


def test_a_proof_of_possession_and_its_nonce_are_secrets() -> None:
    there = world(dpop_nonce=True)
    key, nonce = bytes(range(32)), ""
    address = f"{AT}/authorize?" + urlencode(
        {
            "response_type": "code",
            "client_id": "desktop",
            "redirect_uri": LOOPBACK,
            "state": "the state of this login",
            "code_challenge": pkce.challenge_for("v" * 43, "S256"),
            "code_challenge_method": "S256",
            "dpop_jkt": dpop.thumbprint(key),
        }
    )
    form = {
        "grant_type": "authorization_code",
        "client_id": "desktop",
        "redirect_uri": LOOPBACK,
        "code_verifier": "v" * 43,
        "code": single(query_of(User(there).log_in(address)), "code") or "",
    }
    for number in range(2):
        proof = dpop.proof(
            key, "POST", f"{AT}/oauth/token", now=int(time.time()), jti=f"proof {number}", nonce=nonce or None
        )
        answer = there.handle(request("POST", f"{AT}/oauth/token", form=form, headers={"DPoP": proof}))
        nonce = answer.header("dpop-nonce") or ""
    assert answer.status == 200
    texts = exported(there.world)
    assert leaks(texts, there.secrets) == []
    assert "dpop_proof-2" in texts["json"]


# ---- Files


def recorded() -> LiveWorld:
    there = world()
    Client(there, random.Random(5), state="the state of this login").log_in()
    return there.world


@pytest.mark.parametrize("ending", [".json", ".html", ".har", ".HAR"])
def test_a_recording_is_written_in_the_form_of_its_ending(ending: str, tmp_path: Path) -> None:
    file = tmp_path / f"login{ending}"
    assert record(recorded(), file) == file
    text = file.read_text(encoding="utf-8")
    assert "the state of this login" not in text
    if ending == ".html":
        assert text.startswith("<!doctype html>")
        assert "the+state+of+this+login" not in json.dumps(payload_in(text))
    else:
        assert json.loads(text)
    assert [one.name for one in tmp_path.iterdir()] == [file.name]
    record(recorded(), str(file), redact=False)
    text = file.read_text(encoding="utf-8")
    assert "the+state+of+this+login" in (json.dumps(payload_in(text)) if ending == ".html" else text)


@pytest.mark.parametrize("ending", [".json", ".html", ".har"])
def test_a_world_at_which_nobody_has_logged_in_can_be_written_as_well(ending: str, tmp_path: Path) -> None:
    file = record(world().world, tmp_path / f"nobody{ending}")
    assert file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("login.txt", "ends in one of .html, .json, .har"),
        ("login", "ends in one of"),
        ("nowhere/login.json", "there is no folder"),
        ("folder.json", "is a folder"),
        ("nul\0.json", "cannot write"),
    ],
)
def test_a_file_that_cannot_be_written_is_named_in_one_sentence(name: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(ScenarioError, match=re.escape(said)) as error:
        record(world().world, f"{tmp_path}/{name}")
    assert "\n" not in str(error.value)
    assert [one.name for one in tmp_path.iterdir()] == ["folder.json"]


def test_what_cannot_be_completed_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "login.json"
    file.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("flowsim.live.recording.os.replace", full)
    with pytest.raises(ScenarioError, match="No space left"):
        record(recorded(), file)
    assert file.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["login.json"]


@pytest.mark.parametrize("redact", [True, False])
def test_a_recorded_login_cannot_be_played_again_and_says_so(redact: bool) -> None:
    there = recorded()
    (login,) = there.logins.values()
    for text in (json.dumps(trace_json(login.trace)), json.dumps(recorded_json(there, redact=redact))):
        for reader in (read, differences):
            with pytest.raises(TraceFileError, match="recorded of a real login"):
                reader(text)


def test_an_archive_says_that_the_login_was_real_and_its_pages_are_told_apart() -> None:
    there = world()
    for number in range(2):
        Client(there, random.Random(number), state=f"the state of login {number}").log_in()
    log = recorded_har(there.world)["log"]
    assert "A real login" in log["comment"]
    assert "simulated" not in log["comment"]
    ids = [one["id"] for one in log["pages"]]
    assert len(ids) == len(set(ids))
    assert {entry["pageref"] for entry in log["entries"]} <= set(ids)


def test_a_long_text_of_a_stranger_is_redacted_in_no_time() -> None:
    world = LiveWorld()
    body = '<input name="a" ' * 4000
    headers = (("Content-Type", "text/plain"),)
    world.handle(Request(method="POST", url=f"{world.issuer}/authorize", headers=headers, body=body))
    assert "<input name=" in json.dumps(recorded_json(world), ensure_ascii=False).replace('\\"', '"')
