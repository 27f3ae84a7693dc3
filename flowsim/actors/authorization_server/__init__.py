"""The authorization server: its endpoints, its pages, and what its owner does without a message.

Everything the world needs of it is here; which request goes where stands in endpoints.py.
"""

from flowsim.actors.authorization_server.authorization_endpoint import LOGIN_COOKIE, REMEMBER_COOKIE, redirect_error
from flowsim.actors.authorization_server.discovery import metadata
from flowsim.actors.authorization_server.endpoints import handle, register
from flowsim.actors.authorization_server.login_pages import scrypt

__all__ = ["LOGIN_COOKIE", "REMEMBER_COOKIE", "handle", "metadata", "redirect_error", "register", "scrypt"]
