"""What `explain` says: each word, secret, check, setting, attack, error code and clause has an entry, and is found."""

import re
from html.parser import HTMLParser

import pytest

from flowsim.attacks import ATTACKERS
from flowsim.checks import CHECKS
from flowsim.cli import main
from flowsim.front_end.glossary_page import glossary_markdown, glossary_page
from flowsim.model.refusal import OAuthError
from flowsim.model.scenario import SETTINGS
from flowsim.model.settings import ScenarioError
from flowsim.simulation.ledger import KINDS
from flowsim.views.text.error_words import ERRORS
from flowsim.views.text.explain import ENTRIES, explain
from flowsim.views.text.terms import TERMS
from tests.kit.glossary import PAGE, linked, written
from tests.kit.notebook_claims import NOTEBOOKS


@pytest.mark.parametrize("name", [*CHECKS, *ATTACKERS, *SETTINGS, *KINDS, *ERRORS, "step 7", "R1", "D2", "A3"])
def test_whatever_has_a_name_is_explained(name: str) -> None:
    if name in ("password", "data"):
        return  # everyday words
    assert all(entry.text for entry in explain(name))


def test_every_error_code_that_a_check_can_give_is_explained() -> None:
    codes = {check.on_failure.code for check in CHECKS.values() if isinstance(check.on_failure, OAuthError)}
    assert codes <= set(ERRORS)


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
def test_a_term_is_found_by_each_of_its_names_in_any_letter_case(term) -> None:  # type: ignore[no-untyped-def]
    for name in (term.name, *term.also):
        for spelt in (name, name.upper(), name.replace(" ", "_"), f" {name} "):
            assert term.text in [entry.text for entry in explain(spelt)]
    assert len(term.text.split()) <= 45
    assert term.text.endswith(".")


def test_a_title_of_a_check_leads_to_it() -> None:
    assert [entry.name for entry in explain("the verifier fits the challenge")] == ["token.verifier_fits"]


@pytest.mark.parametrize("spelt", ["RFC 7636 §4.6", "rfc7636 §4.6", "RFC 7636 section 4.6", "RFC 7636 4.6"])
def test_a_clause_says_what_it_stands_behind(spelt: str) -> None:
    (entry,) = explain(spelt)
    assert entry.name == "RFC 7636 §4.6"
    assert "token.verifier_fits" in entry.cited_by


def test_a_document_alone_gives_its_clauses_in_their_order() -> None:
    names = [entry.name for entry in explain("RFC 9700")]
    assert names.index("RFC 9700 §4.4") < names.index("RFC 9700 §4.14.2")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("pcke", "did you mean pkce?"),
        (f"RFC 7636 §{99}", "what is cited of it: §"),
        ("RFC 9999", "the documents are"),
        ("", "expected one of"),
        ("<script>\n", "unknown word"),
    ],
)
def test_an_unknown_word_is_one_sentence(name: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(said)) as error:
        explain(name)
    assert "\n" not in str(error.value)


def test_the_command_takes_a_word_of_several_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "resource", "owner"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("resource owner (term)\n")
    assert "rfc6749#section-1.1" in told
    assert main(["explain", "pcke"]) == 2


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.wanted: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        fields = dict(attrs)
        self.ids += [fields["id"] or ""] if "id" in fields else []
        target = fields.get("href") or ""
        self.wanted += [target[1:]] if target.startswith("#") else []


@pytest.mark.parametrize("page", [glossary_page, glossary_markdown], ids=["html", "markdown"])
def test_every_entry_has_a_place_of_its_own_and_every_link_leads_to_one(page) -> None:  # type: ignore[no-untyped-def]
    text = page()
    parsed = _Links()
    parsed.feed(re.sub(r"\]\((#[^)]*)\)", r'<a href="\1">', text))
    headings = {"terms", "steps", "names-in-messages", "error-codes", "checks", "settings", "attacks", "clauses"}
    ids = [*parsed.ids, *({} if page is glossary_page else headings)]
    assert len(set(ids)) == len(ids)
    allowed = {*ids, "positions-of-an-attacker", "defences", "what-the-server-does-by-choice"}
    assert set(parsed.wanted) <= allowed
    assert len(ids) >= len({(entry.kind, entry.name) for entry in ENTRIES})


def test_the_page_loads_nothing_from_elsewhere() -> None:
    assert not re.search(r"<(script|link|img|iframe)[^>]+(src|href)=", glossary_page())


def test_the_committed_glossary_is_todays() -> None:
    assert PAGE.read_text("utf-8") == glossary_markdown(), "make map writes it anew"


@pytest.mark.parametrize(
    ("texts", "links"),
    [
        (["An access token. An access token."], ["access-token"]),
        (["Two access tokens and a bearer token."], ["access-token", "bearer-token"]),
        (["`access token`, [access token](x.md)", "# An access token", "| access token |"], []),
        (["```\naccess token\n```"], []),
        (["# An access token\n\nAn access token."], ["access-token"]),
        (["| access token |\n|---|\n\nAn access token."], ["access-token"]),
        (["*“What is an access token?”*\n\nAn access token."], ["access-token"]),
        (["**Read next:** of an access token.\n\nAn access token."], ["access-token"]),
        (["[access token](../docs/glossary.md#access-token)", "access token"], ["access-token"]),
    ],
)
def test_the_first_mention_of_a_term_is_its_link(texts: list[str], links: list[str]) -> None:
    assert re.findall(r"glossary\.md#([\w-]+)", "\n".join(linked(texts))) == links
    assert linked(linked(texts)) == linked(texts)


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_in_a_lesson_the_first_mention_of_each_term_leads_to_the_glossary(notebook: str) -> None:
    text = (PAGE.parents[1] / "notebooks" / f"{notebook}.ipynb").read_text("utf-8")
    assert written(text) == text, "make map writes the links anew"
    anchors = {*re.findall(r'<a id="([\w-]+)">', PAGE.read_text("utf-8"))}
    assert {*re.findall(r"docs/glossary\.md#([\w-]+)", text)} <= anchors
