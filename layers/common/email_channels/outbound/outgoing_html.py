"""Removes scripts and forms from the HTML of agents' emails, and finds what cannot be sent.

That is HTML with too many tags to parse quickly, and pictures that the recipients would not see.
"""

from __future__ import annotations

import re

MAX_OUTGOING_HTML_TAGS = 15_000
"""The time to parse grows with the square of the depth of nested tags. A long newsletter has about 5,000 tags."""

_TAG = re.compile(r"<[A-Za-z]")
_PERHAPS_PICTURE = re.compile(r"<(?:img|image|svg|canvas|object|embed|video|input|v:)|background|url\(", re.IGNORECASE)
_DROPPED_PICTURES = "svg, canvas, object, embed, video, v\\:imagedata, input[type=image i]"
"""Elements with pictures that `outgoing_html` removes, as a CSS selector."""
_STYLE_URL = re.compile(r"url\(\s{0,20}[\"']?\s{0,20}([^\"')]{0,2000})", re.IGNORECASE)
_IGNORED_IN_URLS = str.maketrans("", "", "\t\r\n")
_MOST_SHOWN = 20


def has_too_many_tags(html: str) -> bool:
    """Whether the HTML has more than MAX_OUTGOING_HTML_TAGS tags."""
    return sum(1 for _ in _TAG.finditer(html)) > MAX_OUTGOING_HTML_TAGS


def outgoing_html(html: str) -> str:
    """The HTML without scripts, forms and other active content. Even an agent's email may quote a stranger's HTML.

    Images at web addresses stay as they are: recipients' mail programs ask before they load them. `lost_picture` finds
    all others.
    """
    import nh3  # loaded only when needed, because most emails are text

    attributes = {name: set(allowed) for name, allowed in nh3.ALLOWED_ATTRIBUTES.items()}
    attributes["*"] = {"style", "align", "valign", "width", "height", "bgcolor", "dir", "lang", "title"}
    attributes["font"] = {"color", "face", "size"}
    attributes["table"] |= {"border", "cellpadding", "cellspacing"}
    return nh3.clean(
        html,
        tags=nh3.ALLOWED_TAGS | {"font", "big", "tfoot"},
        attributes=attributes,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )


def lost_picture(html: str) -> str | None:
    """What the first picture is that recipients would not see, in a few words; None if they can see all pictures.

    Pictures can be sent only as links to the web. Nothing that an agent wrote or pasted may be lost in silence.
    """
    if not _PERHAPS_PICTURE.search(html):
        return None
    from selectolax.lexbor import LexborHTMLParser  # loaded only when needed

    page = LexborHTMLParser(html)
    for node in page.css("img, [background], [style]"):
        attributes = node.attributes
        if background := attributes.get("background"):
            return _shown(background)  # the attribute is removed, whatever it holds
        addresses = _STYLE_URL.findall(attributes.get("style") or "")
        if node.tag == "img":
            addresses.append(attributes.get("src") or attributes.get("srcset") or "")
        for address in addresses:
            if address.strip() and not _is_on_the_web(address):
                return _shown(address)
    dropped = page.css_first(_DROPPED_PICTURES)
    return None if dropped is None else f"<{dropped.tag}>"


def _is_on_the_web(address: str) -> bool:
    return address.translate(_IGNORED_IN_URLS).strip().lower().startswith(("http://", "https://"))


def _shown(address: str) -> str:
    """The scheme of an address, or its beginning."""
    clean = "".join(char for char in address if char.isprintable()).strip()
    scheme, colon, _ = clean.partition(":")
    return f"{scheme}:" if colon and scheme.isalnum() and len(scheme) <= _MOST_SHOWN else clean[:_MOST_SHOWN]
