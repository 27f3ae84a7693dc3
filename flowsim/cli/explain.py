"""`flowsim explain TERM`: what a word means, a check, a setting, an attack, an error code or a clause."""

import argparse
from textwrap import fill

from flowsim.model.steps import clause_url
from flowsim.views.text.explain import Entry, explain

_WIDTH = 100
_EXAMPLES = 'for example PKCE, "resource owner", invalid_grant, token.verifier_fits, code-injection, "RFC 9700 §4.5"'


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("term", metavar="TERM", nargs="+", help=_EXAMPLES)


def execute(options: argparse.Namespace) -> int:
    print("\n\n".join(_told(entry) for entry in explain(" ".join(options.term))))
    return 0


def _told(entry: Entry) -> str:
    lines = [f"{entry.name} ({entry.kind})"]
    if entry.text:
        lines.append(_fill(entry.text.replace("`", "")))
    if entry.also:
        lines.append(_fill(f"Also: {', '.join(entry.also)}."))
    lines += [f"  {clause}  {clause_url(clause)}" for clause in entry.clauses]
    if entry.cited_by:
        lines.append(
            _fill(
                f"Behind it: {', '.join(entry.cited_by)}."
                if entry.kind != "clause"
                else f"It stands behind: {', '.join(entry.cited_by)}."
            )
        )
    return "\n".join(lines)


def _fill(text: str) -> str:
    return fill(
        text, _WIDTH, initial_indent="  ", subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )
