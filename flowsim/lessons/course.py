"""The course: its lessons in the order in which they are read, which stands here and nowhere else.

The number of a lesson is its place in the list. `make course` gives each notebook its number anew, and mends every link.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Part = Literal["The flow", "After the login", "Beyond PKCE", "Practice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A lesson: its name, the question that it answers, what it is about, and what one should have read before.

    `minutes` is what reading, running and the exercises take; `needs` are the slugs of other lessons. `in_a_browser` says
    what does not run where Python runs in the reader's own browser; empty where all of it does.
    """

    slug: str
    title: str
    question: str
    about: str
    minutes: int
    part: Part
    needs: tuple[str, ...] = ()
    in_a_browser: str = ""

    @property
    def number(self) -> int:
        """Its place in the course, from 0."""
        return LESSONS.index(self)

    @property
    def name(self) -> str:
        """The name of its notebook without the ending, such as `00-start`."""
        return f"{self.number:02}-{self.slug}"


LESSONS: tuple[Lesson, ...] = (
    Lesson(
        slug="start",
        title="Start here: one login, one theft, one defence",
        question="Somebody gets hold of the code of my login. What can they do with it?",
        about="one login, one theft, one defence",
        minutes=20,
        part="The flow",
    ),
    Lesson(
        slug="which-flow",
        title="Which flow?",
        question="I am building an app. Which flow is mine?",
        about="which flow for which app, which to leave alone, and where PKCE applies",
        minutes=15,
        part="The flow",
        needs=("start",),
    ),
    Lesson(
        slug="eleven-steps",
        title="The eleven steps, one message at a time",
        question="What exactly goes over the wire when I log in, and who looks at it?",
        about="every message of the login, every field, every check, and the clause behind it",
        minutes=90,
        part="The flow",
        needs=("start",),
    ),
    Lesson(
        slug="public-clients",
        title="An app that cannot keep a secret",
        question="Why can my app not simply have a password of its own?",
        about="a secret pulled out of a real page and a real Android package, and used; who gets which redirect, and what "
        "a page may read",
        minutes=30,
        part="The flow",
        needs=("eleven-steps",),
    ),
    Lesson(
        slug="steal-the-code",
        title="Steal the code",
        question="How would somebody take over a login, and which defence stops them?",
        about="seven attacks on the code, each defence alone, the matrix, an attacker of your own",
        minutes=35,
        part="The flow",
        needs=("eleven-steps", "public-clients"),
    ),
    Lesson(
        slug="verifier-and-challenge",
        title="The verifier and the challenge, by hand",
        question="How do I make a code_verifier, and what makes a bad one?",
        about="PKCE by hand: verifier and challenge made octet by octet, what the server takes, and how a weak verifier "
        "is guessed",
        minutes=50,
        part="The flow",
        needs=("eleven-steps",),
    ),
    Lesson(
        slug="tokens",
        title="Tokens: who may do what with which",
        question="I have three tokens now. Which one goes where?",
        about="what each token is for: take it apart, forge it, steal it, hand it to the wrong party",
        minutes=40,
        part="After the login",
        needs=("eleven-steps",),
    ),
    Lesson(
        slug="refresh-token-rotation",
        title="The weeks after the login: refresh tokens",
        question="How does the user stay logged in, and what if the token for that is stolen?",
        about="a stolen refresh token, with and without rotation: who goes first, and what nobody notices",
        minutes=35,
        part="After the login",
        needs=("tokens",),
    ),
    Lesson(
        slug="sessions-and-logout",
        title="Sessions and logout: what ends, and what goes on",
        question="My users log out and are in again with one click. What did the logout end?",
        about="the app's session, the server's, another app's, and the tokens: which logout ends which",
        minutes=25,
        part="After the login",
        needs=("refresh-token-rotation",),
    ),
    Lesson(
        slug="step-up",
        title="When the login is not good enough: step-up",
        question="The user is logged in. How do I make sure that it is really them, now, before they send money?",
        about="an API that wants a younger login, or another kind: max_age, acr_values, and who must check",
        minutes=25,
        part="After the login",
        needs=("refresh-token-rotation",),
    ),
    Lesson(
        slug="backend-for-frontend",
        title="A backend for the frontend",
        question="We move the tokens from the page to our own server. What can go wrong with the cookie that is left?",
        about="tokens on the app's own server, a cookie in the browser, and the requests that other pages try with it",
        minutes=20,
        part="After the login",
        needs=("tokens", "sessions-and-logout"),
    ),
    Lesson(
        slug="storage-on-a-phone",
        title="Storage on a phone",
        question="Where does my app put the refresh token, so that a lost phone or a backup does not give it away?",
        about="five places for a refresh token, four readers, and what each gets",
        minutes=15,
        part="After the login",
        needs=("refresh-token-rotation",),
    ),
    Lesson(
        slug="beyond-pkce",
        title="Beyond PKCE",
        question="PKCE is on. Which attacks are left, and what stops those?",
        about="what PKCE does not stop, and what does",
        minutes=25,
        part="Beyond PKCE",
        needs=("steal-the-code", "tokens"),
    ),
    Lesson(
        slug="consent-phishing",
        title="Consent phishing",
        question="The login page is genuine, the address is right, and I have a passkey. Can I still be robbed?",
        about="an attacker's own app to which the user says yes, and what helps where no parameter does",
        minutes=15,
        part="Beyond PKCE",
        needs=("beyond-pkce",),
    ),
    Lesson(
        slug="open-redirectors",
        title="Open redirectors",
        question="The link leads to a page that I trust. How can it end at the attacker's?",
        about="an app's own website that carries the code off, and a server that sends its users to a copied page",
        minutes=20,
        part="Beyond PKCE",
        needs=("beyond-pkce",),
    ),
    Lesson(
        slug="network-attacker",
        title="The attacker on the network",
        question="I am on a café's Wi-Fi. What can somebody there do with my login?",
        about="a code, a token and a request that go without TLS, and what PKCE and DPoP still do there",
        minutes=20,
        part="Beyond PKCE",
        needs=("beyond-pkce",),
    ),
    Lesson(
        slug="pushed-requests",
        title="Pushed requests: nothing to read, nothing to change",
        question="Our authorization request stands in the address bar. Who can read it there, and who can change it?",
        about="the request that goes past the browser: what is left in the address, for how long, and whom that stops",
        minutes=25,
        part="Beyond PKCE",
        needs=("beyond-pkce",),
    ),
    Lesson(
        slug="private-key-jwt",
        title="A key instead of a secret: private_key_jwt",
        question="Our website has a client_secret. The auditor wants a key pair. What do we get for it?",
        about="an assertion for each request: made by hand, read by the server, and carried to the wrong one",
        minutes=30,
        part="Beyond PKCE",
        needs=("tokens", "beyond-pkce"),
    ),
    Lesson(
        slug="dpop",
        title="Tokens with a key: DPoP",
        question="Somebody copied our access token out of a log. Why did it work for them?",
        about="a proof with each request: made by hand, stolen, made for later; what a nonce adds, and what it does not",
        minutes=30,
        part="Beyond PKCE",
        needs=("tokens", "refresh-token-rotation"),
    ),
    Lesson(
        slug="attack-lab",
        title="The attack lab",
        question="Would this attack work against my app?",
        about="choose an attack and defences, predict, run, compare; why each check is there",
        minutes=30,
        part="Practice",
        needs=("beyond-pkce",),
    ),
    Lesson(
        slug="true-or-false",
        title="True or false?",
        question="Which of the sentences that people say about OAuth are true?",
        about="a quiz whose answers are decided by runs",
        minutes=15,
        part="Practice",
        needs=("tokens", "refresh-token-rotation", "beyond-pkce"),
    ),
    Lesson(
        slug="bug-zoo",
        title="The bug zoo",
        question="How do I find out from outside whether a server does its checks?",
        about="sound servers and defective ones, and a test of yours that tells them apart",
        minutes=30,
        part="Practice",
        needs=("beyond-pkce",),
    ),
    Lesson(
        slug="capstone",
        title="The closing project: review an app",
        question="Somebody hands me an app and asks: is this login all right?",
        about="read the messages of an app, find what is missing, attack it, repair it, and write a program that reviews",
        minutes=35,
        part="Practice",
        needs=("steal-the-code", "refresh-token-rotation", "beyond-pkce"),
    ),
    Lesson(
        slug="real-port",
        title="A real port",
        question="My app has to log in at a real server. Can it practise here?",
        about="the same server on a port: a desktop app logs in, what one call of its SDK sends, actions, and the server's "
        "faults one at a time",
        minutes=45,
        part="Practice",
        needs=("eleven-steps", "tokens"),
        in_a_browser="there are no ports, so the cells about the app do not run. The exercises do.",
    ),
    Lesson(
        slug="build-your-own-client",
        title="Build your own client, and have it attacked",
        question="I have to write the OAuth client myself. How do I find out whether it is right?",
        about="a client in small functions, judged by what the servers see; then attacked; then a library in its place",
        minutes=90,
        part="Practice",
        needs=("verifier-and-challenge", "tokens", "beyond-pkce"),
        in_a_browser="the cells with Authlib do not run, for it needs the compiled package `cryptography`.",
    ),
    Lesson(
        slug="when-login-fails",
        title="When nobody attacks and the login fails",
        question="The login fails for some of our users. I have a HAR file and two lines of a log. Where do I begin?",
        about="a clinic of failing logins: which step, whose mistake, which repair; two tabs, two refreshes, a HAR file",
        minutes=75,
        part="Practice",
        needs=("eleven-steps", "refresh-token-rotation", "public-clients"),
    ),
    Lesson(
        slug="the-machine-as-attacker",
        title="The machine as attacker",
        question="We have read about thirty attacks, and our app withstands all of them. How do I know that there is no "
        "other?",
        about="a search through every sequence of moves: the shortest attack, a check taken away, what “none found” proves",
        minutes=40,
        part="Practice",
        needs=("verifier-and-challenge", "beyond-pkce"),
    ),
    Lesson(
        slug="mcp-login",
        title="An MCP login",
        question="My program calls the tools of MCP servers that it has never met. What does such a login add to the "
        "eleven steps?",
        about="a client that is told one address: how it finds out where to log in, as whom, for what; and who lies to it",
        minutes=60,
        part="Practice",
        needs=("eleven-steps", "tokens", "beyond-pkce"),
        in_a_browser="there are no ports, so the cells about a server on a port do not run. All else does.",
    ),
)

BY_SLUG = {lesson.slug: lesson for lesson in LESSONS}


def parts() -> Iterator[tuple[Part, tuple[Lesson, ...]]]:
    """Yield each part of the course with its lessons, in order."""
    for part in dict.fromkeys(lesson.part for lesson in LESSONS):
        yield part, tuple(lesson for lesson in LESSONS if lesson.part == part)
