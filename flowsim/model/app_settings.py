"""The settings of the app: what kind it is, what it sends, and which mistakes it makes.

Source: RFC 7636 section 4, RFC 7523, RFC 8252, RFC 9449, RFC 9700 section 4.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from flowsim.model.authentication import CLASSES, ContextClass
from flowsim.model.clients import PROFILES, Profile, without_tls
from flowsim.model.settings import setting
from flowsim.model.timeline import LAST_SECOND
from flowsim.protocol.referrer import REFERRER_POLICIES, ReferrerPolicy

PkceMethod = Literal["none", "plain", "S256"]
ApiName = Literal["messages", "photos"]
DpopUse = Literal["off", "tokens", "code"]
LoginWindow = Literal["redirect", "popup"]
PopupTarget = Literal["origin", "any", "another"]
ClientAuth = Literal["secret", "private_key_jwt"]
AssertionAudience = Literal["issuer", "endpoint", "token-endpoint"]
VerifierSource = Literal["random", "clock"]
Cleartext = Literal["nothing", "app", "API"]
Transactions = Literal["browser", "state", "tab", "cookie"]
Discovery = Literal["off", "openid", "oauth"]
CookieSameSite = Literal["lax", "strict", "none", "missing"]
ResponseMode = Literal["query", "form_post"]
PKCE_METHODS: tuple[PkceMethod, ...] = get_args(PkceMethod)

API_ORIGIN = "https://api.example"
APIS = {"messages": API_ORIGIN, "photos": "https://photos.example"}
DEFAULT_API = "messages"
DEFAULT_SCOPE = "openid profile read:messages"
DEFAULT_SCOPES = {"messages": DEFAULT_SCOPE, "photos": "openid profile read:photos"}
LONGEST_SCOPE = 2000  # characters; it must fit into an address


@dataclass(frozen=True, kw_only=True)
class AppSettings:
    """What the app is and does."""

    client: str = setting(
        "native-scheme",
        title="client",
        help="What kind of app logs the user in",
        choices={profile.name: profile.title for profile in PROFILES.values()},
    )
    pkce: PkceMethod = setting(
        "S256",
        title="PKCE method",
        help="What the app sends as code_challenge (RFC 7636 §4.2)",
        choices={
            "none": "the app uses no PKCE",
            "plain": "the code_challenge is the code_verifier itself",
            "S256": "the code_challenge is a hash of the code_verifier",
        },
    )
    verifier: VerifierSource = setting(
        "random",
        title="source of the verifier",
        help="What the app draws its code_verifier from (RFC 7636 §7.1)",
        choices={
            "random": "the operating system's random values",
            "clock": "the time, which an attacker can work out as well",
        },
    )
    state: bool = setting(
        True,
        title="state",
        help="The app sends a state, and wants it back (RFC 6749 §10.12)",
    )
    nonce: bool = setting(
        True,
        title="nonce",
        help="The app sends a nonce, and wants it in the ID token (OIDC Core §3.1.2.1)",
    )
    api: ApiName = setting(
        "messages",
        title="API",
        help="Which API the app wants to call",
        choices={
            "messages": "the user's messages; the server takes it for granted",
            "photos": "the user's photos; the app names it as the resource (RFC 8707)",
        },
    )
    scope: str = setting(
        DEFAULT_SCOPE,
        title="scope",
        help="What the app asks for, in words with one space between them; left as it is, what it wants to read",
        unit="characters",
        most=LONGEST_SCOPE,
    )
    max_age: int | None = setting(
        None,
        title="oldest login for the app",
        help="How long ago the user may have logged in, which the app asks for as max_age (OIDC Core §3.1.2.1)",
        unset="the app does not ask",
        unit="seconds",
        least=0,
        most=LAST_SECOND,
    )
    acr: ContextClass = setting(
        "any",
        title="login for the app",
        help="How the user shall log in, which the app asks for as acr_values (OIDC Core §3.1.2.1)",
        choices=CLASSES,
    )
    dpop: DpopUse = setting(
        "off",
        title="use of DPoP",
        help="What is bound to a key of the app (RFC 9449)",
        choices={"off": "nothing", "tokens": "the tokens", "code": "the tokens and the code"},
    )
    dpop_key_per_login: bool = setting(
        True,
        title="DPoP key per login",
        help="The app makes a key for each login; if not, it has one for all that it remembers (RFC 9449 §10 warns of it)",
    )
    client_auth: ClientAuth = setting(
        "secret",
        title="client authentication",
        help="How a website, or an app whose document names a key, shows the authorization server who it is "
        "(RFC 6749 §2.3); a public client has nothing to show",
        choices={
            "secret": "with a client_secret, which both of them know",
            "private_key_jwt": "with an assertion for each request, signed with a key that only the app has (RFC 7523)",
        },
    )
    assertion_audience: AssertionAudience = setting(
        "issuer",
        title="audience of assertions",
        help="Whom the app names as the audience of an assertion (Security Topics Update §2.1.2)",
        choices={
            "issuer": "the server, by its issuer",
            "endpoint": "the address that the assertion is sent to",
            "token-endpoint": "what the server's metadata call its token endpoint, wherever the assertion is sent to",
        },
    )
    shipped_secret: bool = setting(
        False,
        title="shipped secret",
        help="The app ships with a client_secret, the same for everybody (RFC 8252 §8.5)",
    )
    discovery: Discovery = setting(
        "off",
        title="discovery",
        help="How the app learns where the server's endpoints are, and the app and the API which keys it has",
        choices={
            "off": "they were told when they were set up",
            "openid": "the app asks for the metadata at the address of OpenID Connect; each asks for the keys it needs",
            "oauth": "the same at the address of RFC 8414",
        },
    )
    retries: bool = setting(
        False,
        title="retries",
        help="The app sends a request that nobody has answered once more (RFC 9110 §9.2.2)",
    )
    single_flight: bool = setting(
        False,
        title="single flight",
        help="A refresh that is wanted while another is under way waits for that one, in all tabs and processes",
    )
    web_view: bool = setting(
        False,
        title="web view",
        help="The app shows the login page in a window of its own instead of the browser (RFC 8252 §8.12 forbids it)",
    )
    web_view_named: bool = setting(
        False,
        title="name of the web view",
        help="The app's web view says in its User-Agent that it is one; if not, it looks like a browser (RFC 8252 §8.7)",
    )
    login_window: LoginWindow = setting(
        "redirect",
        title="window of the login",
        help="Where a single-page app has the login take place (RFC 9700 §4.17)",
        choices={
            "redirect": "in its own window: the page leaves, and comes back with the answer",
            "popup": "in a popup, whose last page posts the answer to the page that opened it",
        },
    )
    popup_target: PopupTarget = setting(
        "origin",
        title="receiver of a posted answer",
        help="To whom the last page in the popup posts the answer (RFC 9700 §4.17.2)",
        choices={
            "origin": "to a page of the app's own origin",
            "any": "to whatever page has opened the popup: `*`",
            "another": "to a page of an origin that is not the app's, which is a mistake",
        },
    )
    popup_by_click: bool = setting(
        True,
        title="popup in the click",
        help="The app opens its popup in the click itself; if not, later, and browsers open no window that is not clicked",
    )
    fixed_port: bool = setting(
        False,
        title="fixed port",
        help="A program on a computer listens on one port and no other; it should take any that is free (RFC 8252 §7.3)",
    )
    second_server: bool = setting(
        False,
        title="second server",
        help="The app offers another server, which is the attacker's, and the user chooses it (RFC 9700 §4.4)",
    )
    redirect_uri_per_server: bool = setting(
        False,
        title="redirect_uri per server",
        help="The app is called back by each server at an address of its own (RFC 9700 §4.4.2.2)",
    )
    open_tools: bool = setting(
        False,
        title="tools of anybody",
        help="The other server is that of a tool which anybody may add, and the app takes its name and endpoints as the "
        "author wrote them (Security Topics Update §2.2)",
    )
    redirect_uri_per_tool: bool = setting(
        False,
        title="redirect_uri per tool",
        help="The app is called back for each tool at an address of its own (Security Topics Update §2.2.2)",
    )
    state_not_bound_to_browser: bool = setting(
        False,
        title="state not bound to the browser",
        help="The app looks a login up by its state alone, whichever browser brings it (RFC 6749 §10.12 forbids it)",
    )
    session_in_link: bool = setting(
        False,
        title="session in a link",
        help="A website begins each login by a link that names the session, so that whoever opens it goes on with that "
        "login (Security Topics Update §2.3 warns of it)",
    )
    transactions: Transactions = setting(
        "browser",
        title="memory of logins under way",
        help="Where the app keeps a login from its request until the answer has come",
        choices={
            "browser": "in one place for each browser, which the next login there takes",
            "state": "in a record for each login, which it finds by the state of the answer",
            "tab": "in one place for each tab, the sessionStorage of a page",
            "cookie": "at the browser: a website that keeps nothing signs a cookie for each login",
        },
    )
    open_redirector: bool = setting(
        False,
        title="open redirector",
        help="An app on the web sends browsers on to any address that a parameter names (RFC 9700 §4.11.1 forbids it)",
    )

    cleartext: Cleartext = setting(
        "nothing",
        title="what goes without TLS",
        help="Which messages of the app go over the network as they are",
        choices={
            "nothing": "none: all go over TLS",
            "app": "those to and from a website, its cookies and the redirect with them (RFC 9700 §2.6 forbids it)",
            "API": "calls of the API, the access token with them (RFC 6750 §5.3 forbids it); of a page browsers send none",
        },
    )

    cookie_same_site: CookieSameSite = setting(
        "lax",
        title="SameSite of the app's cookie",
        help="How a website marks the cookie by which it knows a browser again (RFC 6265bis §5.6.7)",
        choices={
            "lax": "it comes along when another site's page leads to the website, and not with a form of that page",
            "strict": "it comes along only where the website's own page, or the user, began the request",
            "none": "it comes along from everywhere; browsers keep it only with TLS",
            "missing": "it says nothing, which browsers take for lax",
        },
    )
    loads_from_elsewhere: bool = setting(
        False,
        title="content of another site in the app's page",
        help="The page at the redirect URI loads a picture of another site (RFC 9700 §4.2.4 says not to)",
    )
    referrer_policy: ReferrerPolicy = setting(
        "no-referrer",
        title="Referrer-Policy of the app",
        help="What the page at the redirect URI lets browsers tell other sites of its address (RFC 9700 §4.2.4)",
        choices=REFERRER_POLICIES,
    )
    refuses_prefetch: bool = setting(
        False,
        title="prefetches refused",
        help="The app answers a request for its redirect URI only where the user comes there (RFC 9110 §9.2.1)",
    )
    response_mode: ResponseMode = setting(
        "query",
        title="response mode",
        help="How the server's answer comes to a website through the browser (OAuth Form Post §2)",
        choices={
            "query": "in the address that the browser opens",
            "form_post": "in a form that the browser posts, so that it stands in no address",
        },
    )

    @property
    def profile(self) -> Profile:
        known = PROFILES[self.client]
        return without_tls(known) if self.cleartext == "app" and known.kind == "website" else known

    @property
    def api_called(self) -> str:
        """The origin of the API that the app calls."""
        return APIS[self.api]

    def address_called(self, api: str) -> str:
        """Where this app sends its calls for data that is at the address `api`."""
        without = self.cleartext == "API" and not self.profile.in_browser
        return f"http:{api.removeprefix('https:')}" if without else api
