"""A program without the lines that are there for one thing: those that end in a comment which names it, and nothing else.

What one defence takes is then seen at a glance, and the two versions cannot drift apart, because one is made of the other.
"""

import re
from difflib import unified_diff


def without_marked(program: str, mark: str) -> str:
    """This Python or JavaScript program less each line that ends in the comment `# mark` or `// mark`."""
    marked = re.compile(rf"(#|//) {re.escape(mark)}\s*\Z")
    return "".join(line for line in program.splitlines(keepends=True) if not marked.search(line))


def marked_difference(program: str, mark: str, around: int = 1) -> str:
    """What `mark` adds to this program, as a unified diff with so many unchanged lines around each change."""
    without = without_marked(program, mark).splitlines()
    lines = unified_diff(without, program.splitlines(), f"without {mark}", f"with {mark}", lineterm="", n=around)
    return "\n".join(lines)
