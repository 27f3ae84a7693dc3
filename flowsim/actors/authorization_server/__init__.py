"""The authorization server: its endpoints, its pages, and what its owner does without a message.

Everything the world needs of it is here; which request goes where stands in endpoints.py, and what a page of another
origin is told in cross_origin.py.
"""

from flowsim.actors.authorization_server.authorization_endpoint import (
    LOGIN_COOKIE,
    REMEMBER_COOKIE,
    cookie_name,
    redirect_error,
)
from flowsim.actors.authorization_server.cross_origin import handle, page_origins
from flowsim.actors.authorization_server.discovery import metadata
from flowsim.actors.authorization_server.endpoints import register
from flowsim.actors.authorization_server.login_pages import scrypt
from flowsim.actors.authorization_server.proxy import CALLBACK
from flowsim.actors.authorization_server.token_endpoint import own_token
from flowsim.actors.authorization_server.upstream_login import come_back, finish

__all__ = [
    "CALLBACK",
    "LOGIN_COOKIE",
    "REMEMBER_COOKIE",
    "come_back",
    "cookie_name",
    "finish",
    "handle",
    "metadata",
    "own_token",
    "page_origins",
    "redirect_error",
    "register",
    "scrypt",
]
