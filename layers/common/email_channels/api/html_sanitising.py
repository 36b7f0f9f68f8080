"""HTML from outside -> HTML that can be shown: nothing in it runs, and nothing is fetched.

nh3 (Rust's ammonia) parses as a browser does and keeps only what is listed here. Whoever shows the result does so in a
sandboxed frame under a strict Content-Security-Policy besides. Remote images keep their address in `data-src`, for
when a person asks for them; `cid:` images stay as they are, for the viewer to fill in.
"""

from __future__ import annotations

import re
import secrets

# Beyond these the HTML is cut before it is read: nesting costs parsers the square of its depth. A long newsletter has
# some 5,000 tags and 100 KB.
MAX_CHARACTERS = 500_000
MAX_TAGS = 15_000
# `&` becomes five characters; a whole answer has to fit into what Lambda returns.
MAX_CLEAN_CHARACTERS = 1_000_000
CUT = "<p>[...]</p>"

_TAG = re.compile(r"<[A-Za-z]")
_TAGS = """
    a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del details dfn
    div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre q
    rp rt ruby s samp section small span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul
    var wbr
"""
# What stands in forms is text that people wrote; what stands in these is none.
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
# None of these takes an image or a font from elsewhere, moves things out of place, or hides them behind others.
_STYLES = """
    color background-color font-family font-size font-style font-weight font-variant line-height letter-spacing
    text-align text-decoration text-indent text-transform vertical-align white-space word-break overflow-wrap
    border border-top border-right border-bottom border-left border-color border-style border-width border-collapse
    border-spacing border-radius margin margin-top margin-right margin-bottom margin-left padding padding-top
    padding-right padding-bottom padding-left width max-width min-width height max-height min-height direction
    list-style-type table-layout
"""
# Values that would fetch something in a browser that knows more properties than this list does.
_FETCHING_STYLE = re.compile(r"url|image|expression|element|attr|var\s*\(|[\\@]", re.IGNORECASE)
_LINK_SCHEMES = ("http:", "https:", "mailto:", "tel:")
# `data:` only for pictures that cannot hold a program: no SVG.
_INLINE_IMAGE = re.compile(r"data:image/(?:png|jpe?g|gif|webp|bmp);base64,[A-Za-z0-9+/=\s]*", re.IGNORECASE)
_REMOTE_IMAGE = re.compile(r"(?:https?:)?//", re.IGNORECASE)


def sanitise(html: str) -> str:
    """HTML without anything active or remote; links open elsewhere and tell nobody where they were. Never raises."""
    import nh3  # only who reads an email whole needs it

    # Only an attribute's value can be changed while cleaning, not its name: remote addresses are marked with something
    # that nobody can know beforehand, and renamed in the clean text, where a mark can only be one of ours.
    mark = f"remote-{secrets.token_hex(16)}:"

    def judge(_tag: str, attribute: str, value: str) -> str | None:
        if attribute == "src":
            if _REMOTE_IMAGE.match(value.strip()):
                return mark + value.strip()
            inline = value.strip()[:4].lower() == "cid:" or _INLINE_IMAGE.fullmatch(value.strip())
            return value.strip() if inline else None
        if attribute == "href":
            return value if value.strip().lower().startswith(_LINK_SCHEMES) else None
        if attribute == "style":
            parts = (part.partition(":") for part in value.split(";") if not _FETCHING_STYLE.search(part))
            # Properties are listed in lower case; mail programs write them in any.
            return ";".join(f"{name.lower()}:{text}" for name, _, text in parts)
        return value

    cleaner = nh3.Cleaner(
        tags=set(_TAGS.split()),
        clean_content_tags=set(_DROPPED_WITH_CONTENT.split()),
        attributes=_ATTRIBUTES,
        attribute_filter=judge,
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
    """The beginning of the HTML, before the tag or character that is one too many."""
    shown = html[:MAX_CHARACTERS]
    for count, tag in enumerate(_TAG.finditer(shown)):
        if count == MAX_TAGS:
            return shown[: tag.start()]
    return shown
