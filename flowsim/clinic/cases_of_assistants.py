"""Cases of an assistant that is given the address of an MCP server: what it finds there, and who it says that it is.

Source: the clause of each case.
"""

from flowsim.clinic.case import Case
from flowsim.model.steps import API, CLIENT, SERVER

_MENDED = {"mistakes": ()}

CASES: tuple[Case, ...] = (
    Case(
        name="two-names-look-alike",
        title="The assistant stops before any browser opens",
        symptom="We gave the assistant the address of our own MCP server. It says “issuer mismatch”, and no browser "
        "opens. Both names in its log look the same to us. Our website logs in at the same server every day.",
        settings={"client": "mcp", "mistakes": ("issuer-with-slash-in-the-metadata",)},
        repair=_MENDED,
        remedy="The authorization server writes its issuer into its metadata without the slash, as everywhere else.",
        party=SERVER,
        step=18,
        cause="issuer-with-slash-in-the-metadata",
        hints=(
            "An issuer is compared as a text. Where does the assistant have it from, and where does it see it again?",
            "Read both texts from their ends. A library for addresses may have tidied one of them up.",
        ),
        clause="RFC 8414 §3.3",
        seen="modelcontextprotocol/python-sdk#1919",
    ),
    Case(
        name="copied-from-the-browser",
        title="One of two MCP servers finds no server to log in at",
        symptom="We run two MCP servers with one authorization server. With the first all assistants get in. The second "
        "was set up last week, the address copied out of a browser. There each of them stops at once.",
        settings={"client": "mcp", "mistakes": ("server-named-with-slash",)},
        repair=_MENDED,
        remedy="The second MCP server names the authorization server exactly as that names itself in its metadata.",
        party=API,
        step=26,
        cause="server-named-with-slash",
        hints=(
            "Both lead to the same authorization server. What do they say of it?",
            "A browser shows an address in its own way. Compare what stands in the two documents, letter by letter.",
        ),
        clause="RFC 8414 §3.3",
    ),
    Case(
        name="home-with-a-wrong-name",
        title="Back from the login, and the assistant does not trust the answer",
        symptom="The metadata are right, we have compared every letter. The browser opens, the user logs in and agrees. "
        "Then newer assistants say: this answer is from another server. Older ones go on, and all is well.",
        settings={"client": "mcp", "mistakes": ("iss-with-slash",)},
        repair=_MENDED,
        remedy="The server sends as iss the very text that its metadata have as issuer.",
        party=SERVER,
        step=5,
        cause="iss-with-slash",
        hints=(
            "How does an assistant know from whom an answer is? Look at the parameters of the callback.",
            "There is a third place in which the server writes its name.",
        ),
        clause="RFC 9207 §2.4",
    ),
    Case(
        name="another-port-each-time",
        title="An error page at one server, for every assistant on a computer",
        symptom="The assistant publishes a document about itself, and gets in nearly everywhere. Our server shows an error "
        "page: redirect_uri. We have read the document. We think that we are right: the specification says “exact”.",
        settings={"client": "mcp", "compares_ports": True},
        repair={"compares_ports": False},
        remedy="The server takes any port of a loopback IP address, as RFC 8252 demands; MCP says “exact” and makes no "
        "exception, so the two have to be read together.",
        party=SERVER,
        step=3,
        cause="document-port-compared",
        hints=(
            "Compare the redirect_uri of the request with the one in the document. What differs, and when would it not?",
            "Who decides which port is free on the user's computer? And which specification speaks of just that?",
        ),
        clause="RFC 8252 §7.3",
        seen="getsentry/sentry-mcp#1190",
    ),
    Case(
        name="any-port-does-not-help",
        title="The server takes any port, and still not this one",
        symptom="Our server looks past the ports of loopback addresses, and with three assistants that works. The fourth "
        "gets an error page. Its makers say: it is the same machine, is it not?",
        settings={"client": "mcp", "mistakes": ("localhost-without-a-port",)},
        repair=_MENDED,
        remedy="The assistant is called back at http://127.0.0.1, and has that in its document.",
        party=CLIENT,
        step=2,
        cause="localhost-without-a-port",
        hints=(
            "For which addresses does RFC 8252 free the port? Read section 7.3 closely.",
            "A name is resolved by somebody. A number is not.",
        ),
        clause="RFC 8252 §8.3",
        seen="anthropics/claude-code#90370",
    ),
    Case(
        name="one-parameter-too-many",
        title="Without one parameter it works",
        symptom="The browser opens and comes back at once with invalid_target. If we delete one parameter from the address "
        "by hand, the login page appears. The makers of the assistant say that they must send it.",
        settings={"client": "mcp", "mistakes": ("resource-not-known",)},
        repair=_MENDED,
        remedy="The authorization server is told of the MCP server, and issues tokens for it.",
        party=SERVER,
        step=3,
        cause="resource-not-known",
        hints=(
            "Whose name does that parameter carry, and who has to know it?",
            "What would a token be good for that names no MCP server? See what the specification says of leaving it out.",
        ),
        clause="RFC 8707 §2",
        seen="getsentry/sentry-mcp#837",
    ),
    Case(
        name="registered-long-ago",
        title="The MCP server is registered, and the server does not know it",
        symptom="The answer is invalid_target. But our MCP server is registered at the authorization server: the "
        "administrator has sent a screenshot of the form, and its address stands there.",
        settings={"client": "mcp", "mistakes": ("resource-with-slash-at-the-server",)},
        repair=_MENDED,
        remedy="In the form of the authorization server the address is written as the MCP server's metadata write it.",
        party=SERVER,
        step=3,
        cause="resource-with-slash-at-the-server",
        hints=(
            "Which text does the assistant send, and where does it have it from?",
            "Compare it with what the server would have taken: its log says so.",
        ),
        clause="RFC 8707 §2",
    ),
    Case(
        name="logged-in-and-shut-out",
        title="The login succeeds, and the first message gets 401",
        symptom="Everything is green at the authorization server: code, token, no error. The assistant shows the token to "
        "our MCP server and gets 401. It logs in again, and so on.",
        settings={"client": "mcp", "mistakes": ("resource-ignored",)},
        repair=_MENDED,
        remedy="The authorization server writes the resource that was asked for into the audience of the token.",
        party=SERVER,
        step=8,
        cause="resource-ignored",
        hints=(
            "A token says for whom it was made. Take this one apart.",
            "Compare that with a parameter of step 3. The MCP server does right to refuse; who has to do otherwise?",
        ),
        clause="RFC 8707 §2",
    ),
    Case(
        name="a-login-for-the-login",
        title="Since the new protection nobody can begin",
        symptom="Operations put a protection before the whole host of our MCP server. Those who were logged in go on. New "
        "users get “cannot find authorization server”. The 401 has the right header, we have looked.",
        settings={"client": "mcp", "mistakes": ("resource-metadata-guarded",)},
        repair=_MENDED,
        remedy="The protection lets everybody read the document below /.well-known.",
        party=API,
        step=26,
        cause="resource-metadata-guarded",
        hints=(
            "Follow the address in that header, as the assistant does. What does it have with it by then?",
            "What comes first: the token, or the document that says where tokens are to be had?",
        ),
        clause="RFC 9728 §3.1",
    ),
    Case(
        name="in-the-wrong-drawer",
        title="The metadata are there, and the assistant does not find them",
        symptom="Our framework serves the metadata below the path of the MCP server, as all that belongs to it. In a "
        "browser we can read them. The assistant says that there are none.",
        settings={
            "client": "mcp",
            "resource_metadata": "at-the-path",
            "mistakes": ("resource-metadata-missing",),
        },
        repair=_MENDED,
        remedy="The MCP server publishes its metadata with /.well-known before its path, and not behind it.",
        party=API,
        step=26,
        cause="resource-metadata-missing",
        hints=(
            "At which addresses does the assistant look? The network view has both.",
            "RFC 9728 says where the well-known part goes if an address has a path.",
        ),
        clause="RFC 9728 §3.1",
    ),
    Case(
        name="name-of-the-whole-house",
        title="The metadata are found, and not believed",
        symptom="The document is where it has to be, it is valid JSON, it names our authorization server. Some assistants "
        "take it, the strict ones say: resource does not match. We are sure of our host.",
        settings={"client": "mcp", "mistakes": ("resource-names-the-origin",)},
        repair=_MENDED,
        remedy="The metadata name as resource the address that users enter, with its path.",
        party=API,
        step=26,
        cause="resource-names-the-origin",
        hints=(
            "Which address has the user given to the assistant? Which one does the document speak of?",
            "Think of a host with two MCP servers, of which one belongs to somebody else.",
        ),
        clause="RFC 9728 §3.3",
        seen="modelcontextprotocol/python-sdk#1400",
    ),
    Case(
        name="a-no-without-a-hint",
        title="The assistant says: access denied, and asks for no login",
        symptom="A call without a token is refused by our MCP server, as it should be. The makers of the assistant say "
        "that they never hear that a login would help. With a token that we paste in by hand it works.",
        settings={"client": "mcp", "mistakes": ("no-token-demanded",)},
        repair=_MENDED,
        remedy="The MCP server answers a call without a token with 401, and says in the header where its metadata are.",
        party=API,
        step=24,
        cause="no-token-demanded",
        hints=(
            "There are two ways to refuse. Which of them says “come back with a token”?",
            "Look at the status of the first answer, and at its headers.",
        ),
        clause="RFC 9728 §5.1",
    ),
    Case(
        name="well-known-to-nobody",
        title="The server's metadata are at none of two addresses",
        symptom="The MCP server names our authorization server, rightly. Its metadata are documented in our handbook, and "
        "our own app has the address built in. Assistants ask twice, get 404 twice, and give up.",
        settings={"client": "mcp", "mistakes": ("metadata-elsewhere",)},
        repair=_MENDED,
        remedy="The authorization server publishes its metadata at an address that RFC 8414 or OpenID Connect names.",
        party=SERVER,
        step=18,
        cause="metadata-elsewhere",
        hints=(
            "Which addresses did the assistant ask? How did it come to them, if it has read no handbook?",
            "RFC 8414 section 3.1 and OpenID Connect Discovery section 4 know three places between them.",
        ),
        clause="RFC 8414 §3.1",
    ),
    Case(
        name="silent-about-its-methods",
        title="Strict assistants refuse our server, the others log in",
        symptom="Two assistants log in at our server without trouble, with PKCE: we see it in our log. A third one stops "
        "before the browser opens, and says that our server may not know PKCE. But it does.",
        settings={"client": "mcp", "mistakes": ("methods-not-named",)},
        repair=_MENDED,
        remedy="The server lists S256 among the challenge methods in its metadata.",
        party=SERVER,
        step=18,
        cause="methods-not-named",
        hints=(
            "From what could an assistant know, before the login, whether a server looks at a verifier?",
            "Go through the members of the metadata. Which one is missing?",
        ),
        clause="RFC 8414 §2",
    ),
    Case(
        name="counter-closed",
        title="The server offers a registration, and takes nobody",
        symptom="The assistant asks our server for a client_id, where the metadata say, and gets 401. Our own apps were "
        "entered by hand, so nobody has noticed. The policy is: whoever registers shows a token of ours.",
        settings={"client": "mcp", "client_identity": "registered", "mistakes": ("registration-closed",)},
        repair=_MENDED,
        remedy="The server takes registrations without a token, or leaves their address out of its metadata.",
        party=SERVER,
        step=28,
        cause="registration-closed",
        hints=(
            "Where would an assistant that has never met this server get such a token?",
            "What do the metadata promise, and to whom?",
        ),
        clause="RFC 7591 §3",
    ),
    Case(
        name="one-server-wants-https",
        title="One server says that the assistant's address must be https",
        symptom="The assistant registers itself at every server, with one piece of JSON. All take it. A new one answers "
        "400, invalid_redirect_uri, and speaks of https. But there is no https at 127.0.0.1.",
        settings={
            "client": "mcp",
            "client_identity": "registered",
            "quirks": ("web-by-default",),
            "mistakes": ("application-type-left-out",),
        },
        repair=_MENDED,
        remedy="The assistant says in its registration that it is a native app.",
        party=CLIENT,
        step=27,
        cause="application-type-left-out",
        hints=(
            "For what kind of app would https be right to demand? Why may the server take this one for such an app?",
            "There is a member of the registration that has two values, and a default that few know.",
        ),
        clause="MCP Client Registration",
        seen="openstory-so/openstory#1692",
    ),
    Case(
        name="anyone-can-read-it",
        title="In the browser the document is there, for the server it is not",
        symptom="Our client_id is the address of a document. Everybody can open it in a browser and read the JSON. The "
        "authorization server shows an error page: it gets no document. Its makers say that they get 200.",
        settings={"client": "mcp", "mistakes": ("document-as-page",)},
        repair=_MENDED,
        remedy="The website serves the document with the type application/json.",
        party=CLIENT,
        step=3,
        cause="document-as-page",
        hints=(
            "By what does a program tell JSON from a page? The server's log names it.",
            "Where do web servers have that from, for a file without a known ending?",
        ),
        clause="Client ID Metadata Document §4",
    ),
    Case(
        name="same-ticket-next-door",
        title="The assistant is let in, and the tool has nothing to say",
        symptom="Users log in, the assistant lists our tools, and each call comes back as failed: “The API behind answered "
        "401.” Our own server has let them in, we see it in the log. With last year's version of that API it worked.",
        settings={"client": "mcp", "behind": "passed-on"},
        repair={"behind": "own-token"},
        remedy="The MCP server gets an access token of its own for the API behind it, and shows that one there.",
        party=API,
        step=34,
        cause="token-passed-on",
        hints=(
            "Two APIs were called. Which token has each of them seen, and for whom was it made?",
            "The API behind has begun to look at one more claim. It is right to do so: what would follow if it took every "
            "token of the same server?",
        ),
        clause="MCP Security Considerations",
    ),
    Case(
        name="website-tidied-up",
        title="Marketing moved the website, and nobody can log in",
        symptom="Since Monday the website has one address for all, and whoever comes to the old one is sent on. "
        "Browsers do not mind. The assistant's client_id is an address there, and servers show error pages now.",
        settings={"client": "mcp", "mistakes": ("document-redirected",)},
        repair=_MENDED,
        remedy="The old address answers with the document itself again.",
        party=CLIENT,
        step=3,
        cause="document-redirected",
        hints=(
            "Who else than a browser reads that address, and what does it get now?",
            "If the document may be anywhere, what is its address worth as a name?",
        ),
        clause="Client ID Metadata Document §4",
    ),
    Case(
        name="since-the-new-logo",
        title="Since the new logo servers do not know the assistant",
        symptom="We have put our new logo into the document about our assistant, so that users see it on the consent page. "
        "The JSON is valid. Since then there is no consent page any more, but an error.",
        settings={"client": "mcp", "mistakes": ("document-too-long",)},
        repair=_MENDED,
        remedy="The document names the address of the logo, and does not hold the picture.",
        party=CLIENT,
        step=3,
        cause="document-too-long",
        hints=(
            "What does a server risk that fetches a document from anybody's address?",
            "Count the octets.",
        ),
        clause="Client ID Metadata Document §4",
    ),
)
