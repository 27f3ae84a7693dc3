"""Pages whose style, script and data are packed with gzip, as base64, and unpacked by the browser that opens them.

Such a page is a quarter as large. Its title, its language and its colours stand in it as they are, and so does a sentence
for a browser that cannot unpack it. What it needs is Chrome or Edge 80, Firefox 113 or Safari 16.4, or anything newer.

Source: Compression Standard section 6 (DecompressionStream); HTML Living Standard section 4.12.1 (scripts).
"""

import gzip
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from functools import cache
from html import escape

from flowsim.front_end.bundle import head

OLD = "This page needs a newer browser: Chrome or Edge 80, Firefox 113, Safari 16.4, or any later one."
NO_SCRIPT = "This page needs JavaScript, and it is switched off here."
# What stands before anything is unpacked: the ground that the page will have, so that a dark page is never white.
_GROUND = """:root { color-scheme: light dark; }
body { margin: 0; }
body.fs-page { background: #fff; background: light-dark(#fff, #12161c); }
@media (scripting: enabled) { .fs-visually-hidden { position: absolute; clip-path: inset(50%); } }
#unpacking, noscript p { font: 16px/1.5 system-ui, sans-serif; margin: 1.5em; }"""
_PAGE = """{head}<body class="{look}">
{body}
<p id="unpacking" role="status" hidden>{old}</p>
<noscript><p>{no_script}</p>{outline}</noscript>
<script nomodule>document.getElementById("unpacking").hidden = false;</script>
{packs}
<script type="module">
const at = (id) => document.getElementById(id);
const opened = async (id) => {{
  const signs = atob(at(id).textContent);
  at(id).remove();
  const octets = new Uint8Array(signs.length);
  for (let index = 0; index < signs.length; index += 1) octets[index] = signs.charCodeAt(index);
  return new Response(new Blob([octets]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
}};
const put = (tag, type, text) => {{
  const made = Object.assign(document.createElement(tag), {{ textContent: text }});
  if (type) made.type = type;
  document.head.append(made);
  return made;
}};
try {{
  const [code, data] = await Promise.all(["packed-code", "packed-data"].map(opened));
  const [style, script] = JSON.parse(code);
  put("style", "", style);
  put("script", "application/json", data).id = "{data_id}";
  put("script", "module", `${{script}}\ndocument.getElementById("unpacking").remove();`);
}} catch (error) {{
  at("unpacking").hidden = false;
  console.error(error);
}}
</script>
</body>
</html>
"""


@cache
def _packed_code(style: str, script: str) -> str:
    return packed(json.dumps([style, script], ensure_ascii=False))


def packed(text: str) -> str:
    """This text packed with gzip, in base64."""
    return b64encode(gzip.compress(text.encode(), mtime=0)).decode("ascii")


def unpacked(page: str, id_: str) -> str | None:
    """The text that is packed in the element of this id; None where the page has none."""
    found = re.search(rf'<script type="text/plain" id="{id_}">([A-Za-z0-9+/=]*)</script>', page)
    return gzip.decompress(b64decode(found[1])).decode() if found else None


def packed_page(
    title: str,
    *,
    style: str,
    script: str,
    data: str,
    data_id: str,
    body: str,
    look: str,
    outline: str = "",
    more: Mapping[str, str] | None = None,
) -> str:
    """The HTML text of a page with this title, as text of HTML, and this body.

    When it is opened, its style comes in, `data`, which is JSON in ASCII, as an element of the id `data_id`, and then its
    script. Where no script runs, `outline` is shown. `more` has what the script unpacks itself, by id.
    """
    packs = {"packed-code": _packed_code(style, script), "packed-data": packed(data), **(more or {})}
    return _PAGE.format(
        head=head(title, _GROUND),
        look=look,
        body=body,
        old=escape(OLD),
        no_script=escape(NO_SCRIPT),
        outline=outline,
        packs="\n".join(f'<script type="text/plain" id="{id_}">{text}</script>' for id_, text in packs.items()),
        data_id=data_id,
    )
