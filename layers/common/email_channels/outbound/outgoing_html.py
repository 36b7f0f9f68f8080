"""Removes scripts and forms from the HTML of agents' emails, and finds what cannot be sent.

That is HTML with too many tags to parse quickly, and pictures that the recipients would not see.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from email_channels.expressions import expression
from email_channels.outbound.ad_hoc.images import plain_url, scheme_of

MAX_OUTGOING_HTML_TAGS = 15_000
"""The time to parse grows with the square of the depth of nested tags. A long newsletter has about 5,000 tags."""

_TAG = expression(r"<[A-Za-z]")
# A backslash may hide `url(` in a style.
_PERHAPS_PICTURE = expression(
    r"<(?:img|image|picture|svg|canvas|object|embed|video|input|v:)|background|url\(|\\", re.IGNORECASE
)
# Of a `picture`, only its `img` stays.
_DROPPED_PICTURES = (
    "svg, canvas, object, embed, video, v\\:imagedata, input[type=image i], "
    'picture:has(source):not(:has(img[src]:not([src=""])))'
)
"""Elements with pictures that `outgoing_html` removes, as a CSS selector."""
_PERHAPS_TEXT = expression(r"<(?:math|input)", re.IGNORECASE)
_FIELDS = (
    "input[value]:not("
    + ", ".join(
        f"[type={kind} i]" for kind in ("hidden", "checkbox", "radio", "submit", "button", "reset", "image", "password")
    )
    + ")"
)
"""Fields of forms that show their value as text, as a CSS selector."""
_STYLE_URL = expression(r"url\(\s{0,20}[\"']?\s{0,20}([^\"')]{0,2000})", re.IGNORECASE)
_CSS_ESCAPE = expression(r"\\(?:(0{0,2}[0-9a-f]{1,4})\s?|([^0-9a-f\n]))", re.IGNORECASE)
_ADDRESSES = {"href", "cite", "src"}
_IMAGE_SCHEMES = {"cid", "data"}
_MOST_SHOWN = 20


def has_too_many_tags(html: str) -> bool:
    """Whether the HTML has more than MAX_OUTGOING_HTML_TAGS tags."""
    return sum(1 for _ in _TAG.finditer(html)) > MAX_OUTGOING_HTML_TAGS


def outgoing_html(html: str) -> str:
    """The HTML without scripts, forms and other active content. Even an agent's email may quote a stranger's HTML.

    Images at web addresses stay as they are: recipients' mail programs ask before they load them. `lost_picture` finds
    all others.
    """
    return _clean(html, {"http", "https", "mailto", "tel"}, None)


def inline_html(html: str, place: Callable[[str], str | None]) -> str:
    """As `outgoing_html`, for HTML with inline images.

    `place` is called with the address of each image, in their order. It returns the address that the image gets, or
    None if the image is left out. It must not raise.
    """

    def filtered(tag: str, attribute: str, value: str) -> str | None:
        if (tag, attribute) == ("img", "src"):
            return place(value)
        # Only images may name other parts of the email, or hold data.
        return None if attribute in _ADDRESSES and scheme_of(value) in _IMAGE_SCHEMES else value

    return _clean(html, {"http", "https", "mailto", "tel", *_IMAGE_SCHEMES}, filtered)


def lost_picture(html: str, *, inline: bool = False) -> str | None:
    """What the first picture is that recipients would not see, in a few words; None if they can see all pictures.

    Pictures can be sent as links to the web; with `inline`, also as `cid:` and `data:` in images, which `inline_html`
    reads. Nothing that an agent wrote or pasted may be lost in silence.
    """
    if not _PERHAPS_PICTURE.search(html):
        return None
    from selectolax.lexbor import LexborHTMLParser  # loaded only when needed

    page = LexborHTMLParser(html)
    for node in page.css("img, [background], [style]"):
        attributes = node.attributes
        if background := attributes.get("background"):
            return _shown(background)  # the attribute is removed, whatever it holds
        for address in _STYLE_URL.findall(_without_escapes(attributes.get("style") or "")):
            if address.strip() and not _is_on_the_web(address):
                return _shown(address)
        if node.tag == "img" and (lost := _lost_image(attributes, inline)) is not None:
            return _shown(lost)
    dropped = page.css_first(_DROPPED_PICTURES)
    return None if dropped is None else f"<{dropped.tag}>"


def lost_text(html: str) -> str | None:
    """The first element that `outgoing_html` removes together with text that is read in it; None if there is none."""
    if not _PERHAPS_TEXT.search(html):
        return None
    from selectolax.lexbor import LexborHTMLParser  # loaded only when needed

    page = LexborHTMLParser(html)
    if any(formula.text().strip() for formula in page.css("math")):
        return "<math>"
    return "<input>" if any((field.attributes["value"] or "").strip() for field in page.css(_FIELDS)) else None


def _clean(html: str, schemes: set[str], attribute_filter: Callable[[str, str, str], str | None] | None) -> str:
    import nh3  # loaded only when needed, because most emails are text

    attributes = {name: set(allowed) for name, allowed in nh3.ALLOWED_ATTRIBUTES.items()}
    attributes["*"] = {"style", "align", "valign", "width", "height", "bgcolor", "dir", "lang", "title"}
    attributes["font"] = {"color", "face", "size"}
    attributes["table"] |= {"border", "cellpadding", "cellspacing"}
    return nh3.clean(
        html,
        tags=nh3.ALLOWED_TAGS | {"font", "big", "tfoot"},
        attributes=attributes,
        attribute_filter=attribute_filter,
        url_schemes=schemes,
        link_rel=None,
    )


def _lost_image(attributes: Mapping[str, str | None], inline: bool) -> str | None:
    """The address of an image that would be lost. `srcset` is removed, so it does not replace a missing `src`."""
    source = attributes.get("src") or ""
    if not source.strip():
        return (attributes.get("srcset") or "").strip() or None
    if _is_on_the_web(source) or (inline and scheme_of(source) in _IMAGE_SCHEMES):
        return None
    return source


def _without_escapes(style: str) -> str:
    """The style with the characters that its escapes stand for: `\\75rl(` is `url(`."""
    return _CSS_ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else found[2], style)


def _is_on_the_web(address: str) -> bool:
    return plain_url(address).lower().startswith(("http://", "https://"))


def _shown(address: str) -> str:
    """The scheme of an address, or its beginning."""
    clean = "".join(char for char in address if char.isprintable()).strip()
    scheme, colon, _ = clean.partition(":")
    return f"{scheme}:" if colon and scheme.isalnum() and len(scheme) <= _MOST_SHOWN else clean[:_MOST_SHOWN]
