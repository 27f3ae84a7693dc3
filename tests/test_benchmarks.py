"""The benchmarks measure what they say: the peer does a whole login, and the tables can be made. No test asserts a time."""

import pytest
from authlib.oauth2.rfc6750 import InvalidTokenError
from joserfc.errors import BadSignatureError, InvalidClaimError

from benchmarks import cells, imports, logins, parts, served, sizes, world_login
from benchmarks.__main__ import SECTIONS, main
from benchmarks.authlib_login import Peer
from benchmarks.rounds import Rounds, in_turns, percentile, table
from flowsim.model.scenario import ISSUER
from flowsim.model.states import State
from flowsim.protocol import signed_tokens
from flowsim.protocol.keys import with_cryptography

WITH_AND_WITHOUT_A_CLIENT = pytest.mark.parametrize("bare", [False, True])


@WITH_AND_WITHOUT_A_CLIENT
def test_the_peer_logs_in_again_and_again(bare: bool) -> None:
    peer = Peer(bare)
    first, second = peer.login(), peer.login()
    assert first.data["owner"] == first.claims["sub"] == "user-alice"
    assert first.claims["nonce"] != second.claims["nonce"]
    assert not peer.server.codes


def test_the_tokens_of_the_peer_are_of_the_same_kind_as_ours() -> None:
    peer = Peer()
    redirect = peer.authorize()
    answer = peer.redeem(redirect.code, redirect.code_verifier).json()
    ours = logins.login().events[7].made
    jwks = {"keys": [signed_tokens.published_keys()[0].public_jwk()]}
    for made in ours:
        mine, theirs = signed_tokens.read(made.value), signed_tokens.read(answer[made.kind])
        assert mine and theirs
        assert theirs.header["alg"] == mine.header["alg"] == "RS256"
        assert set(mine.claims) == set(theirs.claims)
        assert [mine.claims[name] for name in ("iss", "sub", "aud")] == [
            theirs.claims[name] for name in ("iss", "sub", "aud")
        ]
        theirs.header["kid"] = signed_tokens.published_keys()[0].kid
        assert signed_tokens.signature_fits(theirs, jwks)
    assert [made.kind for made in ours] == ["access_token", "id_token"]


@pytest.mark.parametrize(
    ("verifier", "error"),
    [(None, "invalid_request"), ("", "invalid_request"), ("x" * 43, "invalid_grant"), ("short", "invalid_request")],
)
def test_an_attacker_with_the_code_and_without_the_verifier_gets_nothing(verifier: str | None, error: str) -> None:
    peer = Peer()
    redirect = peer.authorize()
    stolen = peer.redeem(redirect.code, verifier)
    assert (stolen.status_code, stolen.json()["error"]) == (400, error)
    assert peer.redeem(redirect.code, redirect.code_verifier).status_code == 200
    assert peer.redeem(redirect.code, redirect.code_verifier).json()["error"] == "invalid_grant"


def test_the_peer_believes_no_other_token_and_no_other_nonce() -> None:
    peer = Peer()
    redirect = peer.authorize()
    answer = peer.redeem(redirect.code, redirect.code_verifier).json()
    assert peer.verified(answer, redirect.nonce)["iss"] == ISSUER
    with pytest.raises(InvalidClaimError):
        peer.verified(answer, "another nonce")
    head, _, signature = answer["id_token"].rpartition(".")
    with pytest.raises(BadSignatureError):
        peer.verified({**answer, "id_token": f"{head}.{signature[::-1]}"}, redirect.nonce)
    with pytest.raises(InvalidTokenError):
        peer.api(f"{answer['access_token'].rpartition('.')[0]}.{signature}")
    assert peer.api(answer["access_token"])["owner"] == "user-alice"


def test_our_login_is_complete_and_no_two_are_the_same() -> None:
    first, second = logins.login(), logins.login()
    assert [event.step for event in first.events] == [*range(1, 12)]
    assert sum(len(event.checks) for event in first.events) == 97
    assert first.scenario.seed != second.scenario.seed
    assert "worked" in logins.login_and_verdict()


def test_the_table_of_logins_names_every_contender() -> None:
    shown = logins.report(quick=True)
    assert all(name in shown for name in logins.contenders())


def test_the_table_of_cells_names_every_way_to_compute_them() -> None:
    shown = cells.report(quick=True)
    assert all(name in shown for name in ("one login", "one process", "threads", "processes"))


def test_a_login_that_is_measured_makes_and_verifies_both_its_signatures_anew() -> None:
    counted = (with_cryptography.rs256, with_cryptography.rs256_fits)
    before = [one.cache_info().misses for one in counted]
    for _ in range(3):
        logins.login()
    assert [one.cache_info().misses for one in counted] == [number + 6 for number in before]


def test_the_share_of_the_cryptography_is_said() -> None:
    assert 0 < logins.share(quick=True) < 1


def test_the_parts_of_a_login_are_the_whole_of_it() -> None:
    seconds = parts.profile(logins=3)
    assert set(parts.PARTS) <= set(seconds) <= {*parts.PARTS, parts.OTHER}
    assert all(spent > 0 for spent in seconds.values())
    shown = parts.report(quick=True)
    assert all(part in shown for part in parts.PARTS)


def test_what_is_not_of_a_part_counts_for_whoever_called_it() -> None:
    assert parts.part_of("<built-in method builtins.isinstance>") is None
    assert parts.part_of("<method 'sign' of 'cryptography.hazmat.bindings._rust.openssl.rsa.RSAPrivateKey' objects>")
    assert parts.part_of(signed_tokens.sign.__code__) == "JWTs"


def test_a_trace_with_an_attacker_is_measured_as_it_is_exported() -> None:
    largest = sizes.largest_with_an_attacker()
    assert largest["scenario"]["attacker"]
    assert max(event["step"] for event in largest["events"]) == 11


def test_contenders_take_turns_after_one_round_to_warm_up() -> None:
    called: list[str] = []
    measured = in_turns({"a": lambda: called.append("a"), "b": lambda: called.append("b")}, rounds=2, calls=2)
    assert called == ["a", "a", "b", "b"] * 3
    assert [len(values) for values in measured.seconds.values()] == [2, 2]


def test_a_ratio_is_the_median_of_the_rounds() -> None:
    measured = Rounds({"us": [1.0, 2.0, 10.0], "peer": [2.0, 6.0, 10.0]})
    assert (measured.median("us"), measured.times_as_fast("us", "peer")) == (2, 2)
    assert [percentile([3, 1, 2, 4], percent) for percent in (50, 95, 100)] == [2, 4, 4]


def test_a_table_is_aligned_and_has_its_notes_below() -> None:
    assert table("T", ("", "ms"), [("long name", "1"), ("b", "10")], "Note.") == (
        "T\n\n           ms\n---------  --\nlong name   1\nb          10\n\nNote."
    )


def test_one_section_is_printed_when_it_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    main(["sizes", "--quick"])
    assert capsys.readouterr().out.startswith("Sizes\n")
    with pytest.raises(SystemExit):
        main(["speed"])
    complaint = capsys.readouterr().err
    assert "no section 'speed'" in complaint
    assert all(name in complaint for name in SECTIONS)


def test_every_program_whose_start_is_timed_runs() -> None:
    for arguments in imports.PROGRAMS.values():
        imports.run(arguments)


def test_one_driver_logs_in_at_the_served_world_and_at_its_peer() -> None:
    told = served.beside_the_peer(rounds=1, calls=1)
    assert served.FLOWSIM in told
    assert served.PEER in told


def test_a_login_in_process_goes_through_a_client_to_the_world() -> None:
    world_login.login()
    world = world_login._world()[0]
    assert [*world.logins.values()][-1].state is State.DONE
