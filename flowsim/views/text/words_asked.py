"""Where in a sentence one may ask for a word of the glossary: by names that mean the term, and are no everyday words."""

from flowsim.views.text.terms import Term

# Names that are everyday words too: a sentence would be full of them, so one asks about them where they stand alone.
_EVERYDAY = frozenset(
    word
    for line in (
        "user you browser app server API page website code plain state check event chip claim position inject secret",
        "grant flow approval session family matrix zoo defence verdict branch fork memory verifier challenge origin",
        "localhost scope callback bearer detector downgrade claims guessing metadata client",
    )
    for word in line.split()
)


def in_prose(term: Term) -> tuple[str, ...]:
    """The names of this term that mean it wherever they stand in a sentence."""
    return tuple(name for name in (term.name, *term.also) if name not in _EVERYDAY and not name.startswith("the "))
