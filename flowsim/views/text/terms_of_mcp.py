"""The words of a login at an MCP server, for the glossary: what is published, how the client is known, what goes wrong.

Source: RFC 9728, RFC 8707, RFC 7591, Client ID Metadata Document, MCP Security Best Practices.
"""

from flowsim.views.text.term import Term

OF_MCP = (
    Term(
        "MCP server",
        "An API of the Model Context Protocol: a program that offers tools to assistants, such as one that reads messages. "
        "It says itself which authorization server its tokens come from.",
        "MCP Authorization",
        ("Model Context Protocol", "MCP", "MCP client", "tool"),
    ),
    Term(
        "protected-resource metadata",
        "A document in which an API tells of itself: what it is called, and which authorization servers issue its tokens. "
        "A 401 may name its address.",
        "RFC 9728 §2",
        ("resource metadata", "PRM"),
    ),
    Term(
        "resource indicator",
        "The parameter `resource` of an authorization request and a token request: the API that the token is wanted for. "
        "The server should make it the audience of the token.",
        "RFC 8707 §2",
    ),
    Term(
        "metadata document",
        "What an app says of itself at an https address, such as its name and where its answers go. The address is its "
        "`client_id`, so no server has to register it.",
        "Client ID Metadata Document §4",
        ("client ID metadata document", "CIMD"),
    ),
    Term(
        "dynamic client registration",
        "An app tells a server of itself by a request, and gets a `client_id` for that server. MCP keeps it for servers "
        "that read no metadata documents.",
        "RFC 7591 §3",
        ("dynamic registration", "DCR"),
    ),
    Term(
        "confused deputy",
        "A program with rights of its own that uses them for somebody who has none: a proxy that the user has said yes to "
        "gets a code for an attacker's client as well.",
        "MCP Security Best Practices",
    ),
    Term(
        "token passthrough",
        "An MCP server hands on the token it was shown to another API, which takes it, although it was not made for that "
        "one. MCP forbids it.",
        "MCP Security Best Practices",
    ),
)
