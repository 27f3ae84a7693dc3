"""The suite “APIs”: which tokens an API takes, with which proof, and what it says where it refuses."""

from flowsim.mutants.doors import (
    Door,
    another_algorithm,
    dates_that_are_no_json,
    first_of_each_kid,
    refuses,
    without_header,
)
from flowsim.mutants.specimens import Mutant, without
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Request


def _htu_as_written(request: Request) -> bool:
    proof = signed_tokens.read(request.header("dpop") or "")
    return proof is None or proof.claims.get("htu") == request.url


def _scheme_as_written(request: Request) -> bool:
    scheme = (request.header("authorization") or "").partition(" ")[0]
    return scheme in ("", "Bearer", "DPoP") or scheme.lower() not in ("bearer", "dpop")


APIS: tuple[Mutant, ...] = (
    Mutant(name="usual", about="keeps messages"),
    Mutant(
        name="photos",
        about="keeps photos",
        settings={"api": "photos", "scope": "openid profile read:photos offline_access"},
    ),
    Mutant(
        name="two-algorithms",
        about="has PS256 on its list beside RS256, and a key for RS256 only: so it takes RS256",
        defect={"algorithms": ("RS256", "PS256")},
    ),
    Mutant(
        name="audience-ignored",
        about="takes a token that was made for another API",
        clause="RFC 9068 §4",
        seen="tableau/tableau-mcp#369",
        off=without("api.audience"),
    ),
    Mutant(
        name="type-ignored",
        about="takes an ID token for an access token, if its audience fits",
        clause="RFC 9068 §4",
        off=without("api.token_type"),
    ),
    Mutant(
        name="issuer-ignored",
        about="takes a token that names another server as its issuer",
        clause="RFC 9068 §4",
        off=without("api.issuer"),
    ),
    Mutant(
        name="signature-ignored",
        about="takes a token whoever has signed it",
        clause="RFC 9068 §4",
        off=without("api.signature"),
    ),
    Mutant(
        name="alg-none",
        about="takes a token with no signature, if its header says so",
        clause="RFC 9068 §4",
        seen="kjur/jsjws#25",
        defect={"algorithms": ("RS256", "none")},
    ),
    Mutant(
        name="public-key-as-secret",
        about="takes a token that is signed with the public key as a secret",
        clause="RFC 8725 §3.1",
        seen="benmcollins/libjwt#200",
        defect={"algorithms": ("RS256", "HS256")},
    ),
    Mutant(
        name="one-key-for-two",
        about="takes PS256 as well, made with the very key that is meant for RS256",
        clause="RFC 8725 §3.1",
        door=Door(tokens=another_algorithm),
    ),
    Mutant(
        name="for-ever",
        about="does not look whether a token has expired",
        clause="RFC 9068 §4",
        off=without("api.not_expired"),
    ),
    Mutant(
        name="no-end-in-sight",
        about="takes a token whose exp is NaN or Infinity, which JSON does not have",
        clause="RFC 7519 §7.2",
        door=Door(tokens=dates_that_are_no_json),
    ),
    Mutant(
        name="too-early",
        about="takes a token before the time from which it is good",
        clause="RFC 7519 §4.1.5",
        off=without("api.not_before"),
    ),
    Mutant(
        name="scope-ignored",
        about="does not look at the scope of a token",
        clause="RFC 6749 §7",
        off=without("api.scope"),
    ),
    Mutant(
        name="first-key",
        about="takes the first key with the kid of a token, also where it is of another kind, and then refuses the token",
        clause="RFC 7517 §5",
        door=Door(keys=first_of_each_kid),
    ),
    Mutant(
        name="mere-bearer",
        about="takes a token that is bound to a key as a mere bearer token",
        clause="RFC 9449 §7.2",
        off=without("api_proof.scheme", "api_proof.present"),
    ),
    Mutant(
        name="any-key",
        about="takes a proof that was made with another key than the token is bound to",
        clause="RFC 9449 §4.3",
        off=without("api_proof.key"),
    ),
    Mutant(
        name="proof-for-another",
        about="takes a proof that was made for another access token",
        clause="RFC 9449 §4.3",
        off=without("api_proof.token_hash"),
    ),
    Mutant(
        name="address-as-written",
        about="refuses a proof whose htu is the same address, written in another way",
        clause="RFC 9449 §4.3",
        door=refuses(_htu_as_written, 401, "invalid_dpop_proof"),
    ),
    Mutant(
        name="one-space",
        about="refuses a token with two spaces before it",
        clause="RFC 6750 §2.1",
        door=refuses(lambda request: "  " not in (request.header("authorization") or ""), 400, "invalid_request"),
    ),
    Mutant(
        name="scheme-as-written",
        about="knows the scheme Bearer, and not bearer",
        clause="RFC 9110 §11.1",
        door=refuses(_scheme_as_written, 401, "invalid_token"),
    ),
    Mutant(
        name="says-nothing",
        about="refuses with 401 and no WWW-Authenticate",
        clause="RFC 6750 §3",
        door=Door(after=lambda request, answer: without_header(answer, "www-authenticate")),
    ),
)
