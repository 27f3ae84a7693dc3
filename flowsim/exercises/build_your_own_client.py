"""The exercises of the lesson in which one writes a client: one for each function, graded by what the servers see."""

from collections.abc import Callable
from inspect import isfunction
from typing import Any

from flowsim.exercises.kinds import Exercise, Made, Verdict
from flowsim.judge.judgement import judge_client


def _judged(*functions: str) -> Callable[[Any], Verdict]:
    """Judge the client as far as these functions of it, and say what fails first."""

    def trial(made: Any) -> Verdict:
        judgement = judge_client(list(made), only=functions)
        for name in functions:
            row = judgement[name.replace("_", "-")]
            if row.outcome == "not tried":
                return Verdict(False, f"`{name}`: {row.said}.", "not there yet")
        if judgement.failed:
            row = judgement[judgement.failed[0]]
            return Verdict(
                False, f"Asked is this: {row.duty.title} ({row.duty.clause}). What came: {row.said}.", row.id
            )
        passed = [judgement[one].duty.title for one in judgement.let_pass]
        may = f" It does not look at this, and may do so: {'; '.join(passed)}." if passed else ""
        return Verdict(True, f"The servers have seen what they should: {', '.join(judgement.held)}.{may}")

    return trial


def _is_list(made: object) -> bool:
    return isinstance(made, list | tuple) and bool(made) and all(map(isfunction, made))


def _written(number: int, question: str, hint: str, reason: str, *functions: str) -> Made:
    return Made(
        id=f"build-your-own-client.{number}",
        question=question,
        hint=hint,
        wants="a list of functions, such as [discover]",
        is_one=_is_list,
        trial=_judged(*functions),
        reason=lambda: reason,
    )


EXERCISES: tuple[Exercise, ...] = (
    _written(
        1,
        "Write `discover(app)`: get the metadata of `app.issuer`, look at its `issuer`, and keep it with the keys.",
        "Whoever writes the metadata says where your codes go. Which member of it says who has written it?",
        "Metadata that is about another issuer would lead your users and their codes to another server.",
        "discover",
    ),
    _written(
        2,
        "Write `verifier_and_challenge()`: a new verifier and its challenge for `S256`.",
        "`secrets` makes random text. The challenge is base64url of the SHA-256, and has no `=` at its end.",
        "The verifier is a secret for one login, and the challenge shows nothing of it.",
        "verifier_and_challenge",
    ),
    _written(
        3,
        "Write `authorization_url`, which gets `app`: begin a login, keep what is compared later, and give the address.",
        "Keep the verifier, the state and the nonce in `app`. What does the metadata say of `S256`?",
        "All that a later message is compared with was made here, anew for this login.",
        "authorization_url",
    ),
    _written(
        4,
        "Write `take_redirect(app, url)`: decide whether this is the answer to your login, and give the code.",
        "Compare the state, and the iss where the metadata promises one. How often may one redirect be taken?",
        "Anybody can have a browser open this address, so nothing in it is believed before it was compared.",
        "take_redirect",
    ),
    _written(
        5,
        "Write `request_tokens(app, code)`: exchange the code and the verifier for tokens, keep them, and give them.",
        "A POST with a form, and nothing in its address. What does the `token_type` of the answer say?",
        "The code and the verifier meet at the token endpoint, and nowhere else.",
        "request_tokens",
    ),
    _written(
        6,
        "Write `validate_id_token(app, tokens)`: believe the ID token or refuse it, and give its claims.",
        "PyJWT compares much, and only what you ask for. The nonce and a second audience are yours to look at. "
        "In a browser PyJWT has no RS256 of its own; there `rs256_key` of flowsim.protocol.for_pyjwt takes the place of "
        "jwt.PyJWK.",
        "The claims say who has logged in, for your app, in this login and at this server.",
        "validate_id_token",
    ),
    _written(
        7,
        "Write `call_api(app, url)` and `refresh(app)`: use the access token, and get new tokens in time.",
        "The token goes into a header. After a refresh the old refresh token is worth nothing.",
        "A new ID token must speak of the same user, and a new refresh token takes the place of the old one.",
        "call_api",
        "refresh",
    ),
)
