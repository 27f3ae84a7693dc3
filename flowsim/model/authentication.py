"""How a user can log in, and the names under which a token says how: authentication context class and methods.

Source: OIDC Core section 2 (`acr`, `amr`), RFC 8176 section 2 (the values of `amr`), RFC 9470 section 5.
"""

from typing import Any, Literal

LoginOption = Literal["password", "one-time-code"]
ContextClass = Literal["any", "password", "one-time-code"]

OPTIONS: tuple[LoginOption, ...] = ("password", "one-time-code")
CLASSES = {"any": "any way is good enough", "password": "with a password", "one-time-code": "with a one-time code"}
# The value of `acr` that a login of each kind gives: an absolute URI, as OIDC Core section 2 wants.
ACR: dict[str, str] = {option: f"https://as.example/acr/{option}" for option in OPTIONS}
AMR: dict[str, str] = {"password": "pwd", "one-time-code": "otp"}


def acr_of(wanted: ContextClass) -> str | None:
    """The `acr` that is wanted; None where any is good enough."""
    return ACR.get(wanted)


def options_for(acr_values: tuple[str, ...]) -> tuple[LoginOption, ...]:
    """The ways to log in that give one of these, all of them where none is named."""
    return tuple(option for option in OPTIONS if not acr_values or ACR[option] in acr_values)


def claims_of(option: LoginOption) -> dict[str, Any]:
    """What a token says of a login of this kind."""
    return {"acr": ACR[option], "amr": (AMR[option],)}
