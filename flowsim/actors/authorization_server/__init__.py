"""The authorization server: its endpoints, its pages, and what its owner does without a message.

Everything the world needs of it is here; which request goes where is the business of endpoints.py.
"""

from flowsim.actors.authorization_server.endpoints import (
    LOGIN_COOKIE,
    REMEMBER_COOKIE,
    handle,
    metadata,
    redirect_error,
    register,
    scrypt,
)

__all__ = ["LOGIN_COOKIE", "REMEMBER_COOKIE", "handle", "metadata", "redirect_error", "register", "scrypt"]
