"""The exercises of the lesson about a backend for the frontend."""

from functools import cache
from typing import Any

from flowsim.exercises.kinds import Choice, Exercise, Made, Option, Verdict
from flowsim.lessons.backend import CROSS_SITE, OWN_PAGE, SUBDOMAIN, TRIED, Backend
from flowsim.simulation.simulation import Simulation, Trace


@cache
def _login() -> Trace:
    return Simulation(client="web", seed=7).run()


def _who_gets_through() -> str:
    """Who is served by a backend whose cookie is marked Strict, and that looks at nothing else."""
    strict = Backend(trace=_login(), wants_header=False)
    served = {place for place, how in TRIED if strict.attempt(place, how).acted} - {OWN_PAGE}
    return "both" if served == {CROSS_SITE, SUBDOMAIN} else "subdomain" if served == {SUBDOMAIN} else "nobody"


def _tries_the_settings(made: Any) -> Verdict:
    unknown = set(made) - {"same_site", "wants_header", "answers"}
    if unknown:
        return Verdict(False, "It takes same_site, wants_header and answers.", "other names")
    own = Backend(trace=_login(), **made)
    tried = {(place, how): own.attempt(place, how) for place, how in TRIED}
    if not tried[SUBDOMAIN, "fetch with the header"].acted:
        return Verdict(False, "The page of the blog, which you own as well, does not get through.", "blog kept out")
    others = [place for (place, how), one in tried.items() if one.acted and place == CROSS_SITE]
    if others or tried[SUBDOMAIN, "form"].acted:
        return Verdict(False, "A page that does not send the header gets through as well.", "too open")
    return Verdict(True, "The blog's page gets through with the header, and nobody without it.")


EXERCISES: tuple[Exercise, ...] = (
    Choice(
        id="backend-for-frontend.1",
        question="A backend marks its cookie `SameSite=Strict` and does nothing else. Whose form does it act on?",
        hint="Which of the two is of the same *site*?",
        options=(
            Option(
                "nobody", "nobody else's", "A page of a subdomain is of the same site, and its form brings the cookie."
            ),
            Option("subdomain", "that of a subdomain's page", "SameSite looks at the site, and not at the origin."),
            Option("both", "everybody's", "From another site the browser does not send this cookie."),
        ),
        computed=_who_gets_through,
        reason=lambda: (
            "A blog, a shop or a forgotten test server below the same domain is enough (RFC 10017 §6.1.3.3)."
        ),
    ),
    Made(
        id="backend-for-frontend.2",
        question=(
            "Your blog at `https://blog.web.example` shall be allowed to call this backend from its own script. Make the "
            "settings, as a dict: `same_site`, `wants_header`, and `answers`, the origins whose pages may call it. No form "
            "of anybody's may get through."
        ),
        hint="A script can send the header where the backend answers the preflight for its origin.",
        wants="a dict such as {'same_site': 'Strict'}",
        is_one=lambda made: isinstance(made, dict),
        trial=_tries_the_settings,
        reason=lambda: "From then on a script in a page of the blog can do all that the page itself can.",
    ),
)
