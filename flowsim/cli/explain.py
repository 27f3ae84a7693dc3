"""`flowsim explain TERM`: what a word means, a check, a setting, an attack, an error code or a clause."""

import argparse

from flowsim.cli.terminal import say
from flowsim.model.steps import clause_url
from flowsim.views.text.explain import Entry, explain

EXAMPLES = (
    ("flowsim explain PKCE", "a term"),
    ("flowsim explain resource owner", "several words need no quotes"),
    ("flowsim explain token.verifier_fits", "a check; so is a setting, an attack or an error code"),
    ('flowsim explain "RFC 9700 §4.5"', "a clause, and what stands on it"),
)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("term", metavar="TERM", nargs="+", help="a word, a name or a clause")


def execute(options: argparse.Namespace) -> int:
    say("\n\n".join(_told(entry) for entry in explain(" ".join(options.term))))
    return 0


def _told(entry: Entry) -> str:
    lines = [f"{entry.name} ({entry.kind})"]
    if entry.text:
        lines.append(f"  {entry.text.replace('`', '')}")
    if entry.also:
        lines.append(f"  Also: {', '.join(entry.also)}.")
    lines += [f"  {clause}  {clause_url(clause)}" for clause in entry.clauses]
    if entry.cited_by:
        stands = "It stands behind" if entry.kind == "clause" else "Behind it"
        lines.append(f"  {stands}: {', '.join(entry.cited_by)}.")
    return "\n".join(lines)
