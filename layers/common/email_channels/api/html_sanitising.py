"""Makes HTML from outside safe to show: the result runs no code and fetches nothing.

nh3 (Rust's ammonia) parses HTML as a browser does, and keeps only what is listed here. Viewers must also show the
result in a sandboxed frame under a strict Content-Security-Policy. Remote images keep their address in `data-src`, so
that a viewer can load them when a person asks. `cid:` images stay as they are, and the viewer fills them in.
"""

from __future__ import annotations

import re
import secrets

from email_channels.expressions import expression

# Longer HTML is cut before it is parsed, because the time for nested tags grows with the square of their depth. A long
# newsletter has about 5,000 tags and 100 KB.
MAX_CHARACTERS = 500_000
MAX_TAGS = 15_000
# Cleaning can make HTML longer (`&` becomes five characters), and a response must fit into what Lambda returns.
MAX_CLEAN_CHARACTERS = 1_000_000
CUT = "<p>[...]</p>"

_TAG = expression(r"<[A-Za-z]")
_TAGS = """
    a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del details dfn
    div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre q
    rp rt ruby s samp section small span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul
    var wbr
"""
# These elements contain no text that people wrote, so their content is removed, too. That of forms is kept.
_DROPPED_WITH_CONTENT = """
    script style title noscript template iframe object embed applet svg math textarea select audio video canvas frameset
    noframes noembed xmp plaintext
"""
_EVERYWHERE = {"title", "dir", "lang", "style", "align", "valign", "width", "height", "bgcolor"}
_ATTRIBUTES = {
    "*": _EVERYWHERE,
    "a": {"href", "name"},
    "img": {"src", "alt", "border", "hspace", "vspace"},
    "font": {"color", "face", "size"},
    "ol": {"start", "type", "reversed"},
    "ul": {"type"},
    "li": {"value"},
    "table": {"border", "cellpadding", "cellspacing", "summary"},
    "td": {"colspan", "rowspan", "nowrap", "headers", "scope", "abbr"},
    "th": {"colspan", "rowspan", "nowrap", "headers", "scope", "abbr"},
    "col": {"span"},
    "colgroup": {"span"},
    "hr": {"size", "color", "noshade"},
    "time": {"datetime"},
    "details": {"open"},
}
# None of these properties loads an image or a font, moves an element out of its place, or hides it behind another.
_STYLES = """
    color background-color font-family font-size font-style font-weight font-variant line-height letter-spacing
    text-align text-decoration text-indent text-transform vertical-align white-space word-break overflow-wrap
    border border-top border-right border-bottom border-left border-color border-style border-width border-collapse
    border-spacing border-radius margin margin-top margin-right margin-bottom margin-left padding padding-top
    padding-right padding-bottom padding-left width max-width min-width height max-height min-height direction
    list-style-type table-layout
"""
# Values that fetch something. No property above should allow them; they are removed in case a browser does.
_FETCHING_STYLE = expression(r"url|image|expression|element|attr|var\s*\(|[\\@]", re.IGNORECASE)
_LINK_SCHEMES = ("http:", "https:", "mailto:", "tel:")
# `data:` only for image types that cannot contain a script, so not for SVG.
_INLINE_IMAGE = expression(r"data:image/(?:png|jpe?g|gif|webp|bmp);base64,[A-Za-z0-9+/=\s]*", re.IGNORECASE)
_REMOTE_IMAGE = expression(r"(?:https?:)?//", re.IGNORECASE)


def sanitise(html: str) -> str:
    """HTML without active or remote content. Links open in a new window and send no referrer. Never raises."""
    import nh3  # only needed to show an email with its content

    # nh3 can change the value of an attribute, but not its name. So remote addresses get a random mark, and the
    # attributes with that mark are renamed afterwards. The sender cannot guess the mark, so every mark is ours.
    mark = f"remote-{secrets.token_hex(16)}:"

    def safe_value(_tag: str, attribute: str, value: str) -> str | None:
        if attribute == "src":
            if _REMOTE_IMAGE.match(value.strip()):
                return mark + value.strip()
            inline = value.strip()[:4].lower() == "cid:" or _INLINE_IMAGE.fullmatch(value.strip())
            return value.strip() if inline else None
        if attribute == "href":
            return value if value.strip().lower().startswith(_LINK_SCHEMES) else None
        if attribute == "style":
            parts = (part.partition(":") for part in value.split(";") if not _FETCHING_STYLE.search(part))
            # The list is in lower case; mail programs write upper case, too.
            return ";".join(f"{name.lower()}:{text}" for name, _, text in parts)
        return value

    cleaner = nh3.Cleaner(
        tags=set(_TAGS.split()),
        clean_content_tags=set(_DROPPED_WITH_CONTENT.split()),
        attributes=_ATTRIBUTES,
        attribute_filter=safe_value,
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
        filter_style_properties=set(_STYLES.split()),
    )
    shown = _cut(html.encode("utf-8", "replace").decode())
    whole = len(shown) == len(html)
    while len(clean := cleaner.clean(shown)) > MAX_CLEAN_CHARACTERS:
        shown = shown[: len(shown) // 2]
        whole = False
    return clean.replace(f'src="{mark}', 'data-src="') + ("" if whole else CUT)


def _cut(html: str) -> str:
    """The beginning of the HTML, up to the maximum of tags and characters."""
    shown = html[:MAX_CHARACTERS]
    for count, tag in enumerate(_TAG.finditer(shown)):
        if count == MAX_TAGS:
            return shown[: tag.start()]
    return shown
