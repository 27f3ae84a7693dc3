"""What the names in the messages of an MCP login mean, for the glossary: of headers, of metadata, of an app's description.

Source: RFC 9728, RFC 7591, and the transport of the Model Context Protocol, revisions 2026-07-28 and 2025-11-25.
"""

_SESSION = "Which session a message belongs to, in the older revision; it says nothing of who the user is."

HEADERS_OF_REQUESTS: dict[str, tuple[str, str]] = {
    "MCP-Protocol-Version": ("Which revision of the Model Context Protocol the message speaks.", "MCP Transports"),
    "Mcp-Method": ("The method of the message once more, for whoever does not read the body.", "MCP Transports"),
    "Mcp-Name": ("The tool that is called, once more, for whoever does not read the body.", "MCP Transports"),
    "Mcp-Session-Id": (_SESSION, "MCP Transports"),
}
HEADERS_OF_ANSWERS: dict[str, tuple[str, str]] = {"Mcp-Session-Id": (_SESSION, "MCP Transports")}
CHALLENGES: dict[str, tuple[str, str]] = {
    "resource_metadata": (
        "The address of the API's metadata, which says where tokens for it come from.",
        "RFC 9728 §5.1",
    ),
}
BODIES: dict[str, tuple[str, str]] = {
    "resource": (
        "The name of the API that the document is about: the app compares it with the one it asked.",
        "RFC 9728 §2",
    ),
    "authorization_servers": ("The issuers of the servers whose tokens this API takes.", "RFC 9728 §2"),
    "bearer_methods_supported": (
        "How a token can be shown to this API; `header` is the only one that MCP allows.",
        "RFC 9728 §2",
    ),
    "client_id_metadata_document_supported": (
        "Whether the `client_id` can be the address of a document about the app, which nobody has to register.",
        "Client ID Metadata Document §5",
    ),
    "registration_endpoint": ("Where an app can register itself.", "RFC 8414 §2"),
    "client_id": ("The name of the app at this server, or in its own document the address of that.", "RFC 7591 §3.2.1"),
    "client_id_issued_at": ("When the server gave out this name, in seconds since 1970.", "RFC 7591 §3.2.1"),
    "client_name": ("What the app calls itself; the server shows it to the user.", "RFC 7591 §2"),
    "application_type": (
        "`native` for an app on a user's device, to which a loopback address belongs.",
        "MCP Client Registration",
    ),
    "redirect_uris": ("Where the answers to this app may go; the server compares with these.", "RFC 7591 §2"),
    "grant_types": ("What the app will bring to the token endpoint.", "RFC 7591 §2"),
    "response_types": ("What the app will ask the authorization endpoint for.", "RFC 7591 §2"),
    "token_endpoint_auth_method": (
        "How the app will show the token endpoint who it is; `none` is a public client.",
        "RFC 7591 §2",
    ),
    "jwks": ("The app's public keys, with which the server verifies what the app signs.", "RFC 7591 §2"),
    "done": (
        "Which order a machine inside has obeyed, because nobody had kept the app from carrying it.",
        "RFC 9728 §7.7",
    ),
    "jsonrpc": ("That the body is a message of JSON-RPC 2.0, in which apps and MCP servers speak.", "MCP Transports"),
    "id": ("Which message this is the answer to.", "MCP Transports"),
    "result": ("What the MCP server has to say: the tools it has, or what a tool has found.", "MCP Transports"),
}
