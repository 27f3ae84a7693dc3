"""What a server says in `WWW-Authenticate`: a scheme, and parameters that are tokens or quoted strings.

Source: RFC 9110 section 11.6.1, RFC 6750 section 3.
"""

import re

_PARAMETER = re.compile(r"""([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))""")


def parameters(challenge: str) -> dict[str, str]:
    """The parameters of a header with one challenge, their names in small letters; of one that comes twice the last.

    In a quoted string a backslash stands before a character that is meant as it is.
    """
    found = _PARAMETER.findall(challenge.partition(" ")[2])
    return {name.lower(): re.sub(r"\\(.)", r"\1", quoted) or plain for name, quoted, plain in found}
