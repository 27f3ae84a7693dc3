"""The settings of the API: which pages may read what it answers, and what it demands of the login behind a token.

Source: RFC 9470 section 3, RFC 10017 section 6.3.3.4.
"""

from dataclasses import dataclass

from flowsim.model.authentication import CLASSES, ContextClass
from flowsim.model.clients import ONLY_MCP
from flowsim.model.mcp import ResourceMetadata
from flowsim.model.server_settings import Cors
from flowsim.model.settings import setting
from flowsim.model.timeline import LAST_SECOND


@dataclass(frozen=True, kw_only=True)
class ApiSettings:
    """What the API allows and demands. An app that is told of a demand has the user log in once more."""

    api_cors: Cors = setting(
        "apps",
        title="CORS of the API",
        help="Which pages the API lets call it from a browser (RFC 10017 §6.3.3.4)",
        choices={
            "apps": "pages of the apps that are registered with the authorization server",
            "any": "every page",
            "another": "pages of another origin only",
            "none": "no page",
        },
    )
    api_max_age: int | None = setting(
        None,
        title="oldest login for the API",
        help="How long ago the user may have logged in, for the API to answer (RFC 9470 §3)",
        unset="however long ago",
        unit="seconds",
        least=0,
        most=LAST_SECOND,
    )
    api_acr: ContextClass = setting(
        "any",
        title="login for the API",
        help="How the user must have logged in, for the API to answer (RFC 9470 §3)",
        choices=CLASSES,
    )
    resource_metadata: ResourceMetadata = setting(
        "named",
        title="metadata of the MCP server",
        help="How an app without a token finds the metadata of the MCP server (RFC 9728 §3)",
        choices={
            "named": "the 401 names its address",
            "at-the-path": "the 401 does not: it is where the path of the MCP server leads",
            "at-the-root": "the 401 does not: it is at the root of the host, and speaks of the host",
        },
        only=ONLY_MCP,
    )
