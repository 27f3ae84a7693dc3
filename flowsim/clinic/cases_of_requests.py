"""Cases in which the app sends something else than it should: addresses, the challenge, the token request, the wrong token.

Source: the clause of each case.
"""

from flowsim.clinic.case import Case
from flowsim.model.steps import CLIENT

_OFFLINE = "openid profile read:messages offline_access"
_MENDED = {"mistakes": ()}

CASES: tuple[Case, ...] = (
    Case(
        name="new-provider-says-no",
        title="The old provider took it, the new one does not",
        symptom="The app worked for years. The new provider answers the browser at once, without a login page: "
        "invalid_request, and something about the challenge. But there is one, and its method is S256.",
        settings={"mistakes": ("challenge-padded",)},
        repair=_MENDED,
        remedy="The app cuts the = off the end of the challenge.",
        party=CLIENT,
        step=2,
        cause="challenge-padded",
        hints=(
            "How long is the challenge? A hash of 32 octets has 43 characters in base64url.",
            "Look at the last character of it in the address.",
        ),
        clause="RFC 7636 §4.2",
        seen="googleapis/oauth2client#674",
    ),
    Case(
        name="error-page-at-once",
        title="An error page where the login page should be",
        symptom="On the staging system “Log in” leads to an error page of the server: the address is not registered. "
        "But it is, we have the screenshot of the console here. On the developers' machines it works.",
        settings={"client": "spa", "mistakes": ("redirect-uri-with-slash",)},
        repair=_MENDED,
        remedy="The app sends its redirect_uri without the slash at its end, as it was registered.",
        party=CLIENT,
        step=3,
        cause="redirect-uri-with-slash",
        hints=(
            "The server compares letter by letter. Do that, too: the request and the screenshot side by side.",
            "Look at the last character.",
        ),
        clause="RFC 9700 §2.1",
    ),
    Case(
        name="renamed-by-marketing",
        title="No login since the page was renamed",
        symptom="Marketing has made our addresses prettier. Since then the server shows an error page. Our own web "
        "server does not care how one writes the path; both ways lead to the page.",
        settings={"client": "spa", "mistakes": ("redirect-uri-in-other-case",)},
        repair=_MENDED,
        remedy="The app writes the path of its redirect_uri in the small letters in which it was registered.",
        party=CLIENT,
        step=3,
        cause="redirect-uri-in-other-case",
        hints=(
            "What a web server takes for the same is not the same to somebody who compares texts.",
            "Compare redirect_uri with the registered one, letter by letter.",
        ),
        clause="RFC 9700 §2.1",
    ),
    Case(
        name="behind-the-new-ingress",
        title="It broke with the new ingress",
        symptom="The app builds its address from what the ingress tells it. Since we have a new one, the "
        "authorization server shows an error page. In the browser's address bar our app looks the same as ever.",
        settings={"client": "spa", "mistakes": ("redirect-uri-with-port",)},
        repair=_MENDED,
        remedy="The app leaves the port out of its redirect_uri.",
        party=CLIENT,
        step=3,
        cause="redirect-uri-with-port",
        hints=(
            "A browser does not show everything that is in an address. What does it leave out?",
            "Compare the host in redirect_uri with the registered one.",
        ),
        clause="RFC 9700 §2.1",
    ),
    Case(
        name="since-the-library-update",
        title="A library was updated, and the login is gone",
        symptom="We updated the HTTP library. Now the authorization server shows an error page. The address that our "
        "code puts together is the same as before, we have printed it.",
        settings={"mistakes": ("redirect-uri-encoded-twice",)},
        repair=_MENDED,
        remedy="The app hands its plain redirect_uri to the library, which encodes it once.",
        party=CLIENT,
        step=3,
        cause="redirect-uri-encoded-twice",
        hints=(
            "Print what goes over the wire, and not what goes into the library.",
            "What does %25 stand for?",
        ),
        clause="RFC 6749 appendix B",
    ),
    Case(
        name="works-by-its-number",
        title="The command-line tool cannot log in any more",
        symptom="Somebody tidied up our command-line tool. The browser opens, and shows an error page. It is the "
        "same machine and the same port as before, and both names lead to it.",
        settings={"client": "native-loopback", "mistakes": ("localhost-for-loopback",)},
        repair=_MENDED,
        remedy="The tool writes 127.0.0.1 in its redirect_uri, as it was registered.",
        party=CLIENT,
        step=3,
        cause="localhost-for-loopback",
        hints=(
            "At a loopback address the server looks past the port. At nothing else.",
            "A name is no address, whatever it leads to.",
        ),
        clause="RFC 8252 §8.3",
    ),
    Case(
        name="only-on-new-laptops",
        title="The tool works on old laptops only",
        symptom="Our tool opens a port for the answer. On the new laptops the browser shows an error page of the "
        "server. There the tool listens as well, `netstat` shows it.",
        settings={"client": "native-loopback", "mistakes": ("ipv6-for-loopback",)},
        repair=_MENDED,
        remedy="The tool listens on 127.0.0.1, the address that was registered.",
        party=CLIENT,
        step=3,
        cause="ipv6-for-loopback",
        hints=(
            "There is more than one way to say “this device”.",
            "Compare the host in redirect_uri with the registered one. Does the server know both?",
        ),
        clause="RFC 8252 §7.3",
    ),
    Case(
        name="modern-http-client",
        title="The new HTTP client gets 400",
        symptom="We replaced the old HTTP client by a modern one. The login page comes, the user logs in, and the "
        "token endpoint answers 400, invalid_request. All parameters are there, we have logged them.",
        settings={"mistakes": ("token-request-as-json",)},
        repair=_MENDED,
        remedy="The app sends its token request as a form.",
        party=CLIENT,
        step=7,
        cause="token-request-as-json",
        hints=(
            "All parameters are there. How are they written?",
            "Look at the Content-Type of the request.",
        ),
        clause="RFC 6749 §4.1.3",
    ),
    Case(
        name="new-secret-no-login",
        title="The new secret does not work, and it is right",
        symptom="We changed our website's client_secret, as one should. Since then: 401, invalid_client. The secret "
        "is right, copied twice and compared. The old one worked for years, and had letters and digits only.",
        settings={"client": "web", "quirks": ("secrets-with-signs",), "mistakes": ("basic-not-form-encoded",)},
        repair=_MENDED,
        remedy="The website form-encodes its client_id and its secret before they go into Basic.",
        party=CLIENT,
        step=7,
        cause="basic-not-form-encoded",
        hints=(
            "What has the new secret that the old one had not?",
            "HTTP Basic is base64 of two values with a colon between them. OAuth asks for one step more before that.",
        ),
        clause="RFC 6749 §2.3.1",
        seen="openid/AppAuth-Android#337",
    ),
    Case(
        name="fails-for-developers",
        title="It fails on developers' machines, and nowhere else",
        symptom="On our own machines the login ends with invalid_grant, and sometimes the user is in and out again. "
        "In production it works. The framework there is the same; here it runs in its development mode.",
        settings={"client": "spa", "mistakes": ("code-sent-twice",)},
        repair=_MENDED,
        remedy="The callback marks the code as taken before it sends it, so that it is sent once whatever runs twice.",
        party=CLIENT,
        step=7,
        cause="code-sent-twice",
        hints=(
            "Count the requests to the token endpoint.",
            "A development mode may run an effect twice, to find out whether it minds.",
        ),
        clause="RFC 6749 §4.1.2",
        seen="soofstad/react-oauth2-pkce#39",
    ),
    Case(
        name="valid-and-refused",
        title="The token is valid, and the API does not take it",
        symptom="Our new app logs in and calls the API with its token. 401. We pasted the token into a decoder: "
        "signed by the right server, not expired, with the user's name in it. The API's team says: not for us.",
        settings={"mistakes": ("id-token-for-access-token",)},
        repair=_MENDED,
        remedy="The app shows the API its access token.",
        party=CLIENT,
        step=10,
        cause="id-token-for-access-token",
        hints=(
            "The token response has more than one token. Which is for whom?",
            "Read `aud` and `typ` in the token that was shown.",
        ),
        clause="RFC 9068 §4",
    ),
    Case(
        name="photos-say-no",
        title="Messages yes, photos no",
        symptom="Our app got a second API. The messages work as ever. For the photos the same login gives a token "
        "that the API of the photos answers with 401, although read:photos stands in its scope.",
        settings={"api": "photos", "mistakes": ("resource-left-out",)},
        repair=_MENDED,
        remedy="The app names the API of the photos as the resource when the login begins.",
        party=CLIENT,
        step=3,
        cause="resource-left-out",
        hints=(
            "A scope says what one may do. What says where?",
            "Read `aud` in the access token, and compare it with the address that was called.",
        ),
        clause="RFC 8707 §2",
    ),
)
