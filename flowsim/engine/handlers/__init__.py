"""What each move does: the steps of a login, what comes after it, and an attacker's acts."""

from flowsim.engine.handlers import (
    after_login,
    attacker_at_the_proxy,
    attacker_codes,
    attacker_links,
    attacker_on_the_network,
    attacker_reads,
    attacker_requests,
    attacker_steps,
    behind,
    connection,
    discovery,
    login,
    logout,
    of_the_browser,
    on_the_way,
    proxy,
)
from flowsim.engine.handlers.registry import ATTACKER_ACTS, AttackerAct, handler_of

__all__ = [
    "ATTACKER_ACTS",
    "AttackerAct",
    "after_login",
    "attacker_at_the_proxy",
    "attacker_codes",
    "attacker_links",
    "attacker_on_the_network",
    "attacker_reads",
    "attacker_requests",
    "attacker_steps",
    "behind",
    "connection",
    "discovery",
    "handler_of",
    "login",
    "logout",
    "of_the_browser",
    "on_the_way",
    "proxy",
]
