"""HTML elements, grouped by their effect on the text of a document."""

from __future__ import annotations

from typing import Final

# fmt: off
UNSEEN: Final = frozenset((
    "head", "style", "script", "title", "meta", "link", "template", "noframes", "object", "applet", "audio",
    "video", "canvas", "svg", "math", "map", "select", "datalist", "iframe", "-comment",
))
"""Elements whose content nobody sees. `-comment` is Lexbor's name for a comment."""

BLOCKS: Final = frozenset((
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir",
    "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6",
    "header", "hr", "li", "main", "menu", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "tfoot",
    "thead", "tr", "ul",
))
"""Elements that begin a new line."""

MARGINS: Final = frozenset((
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "blockquote", "pre", "hr",
))
"""Blocks with space above and below them."""

LEAVES: Final = frozenset((
    "p", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6", "dd", "dt", "pre", "address", "section", "article", "tr",
))
"""Blocks that count as a blank line if they are empty."""

CELLS: Final = frozenset(("td", "th"))
LISTS: Final = frozenset(("ul", "ol", "menu", "dir"))

FORMATTING: Final = frozenset((
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
))
"""Elements that a browser opens again in the next block, if they were not closed."""

NEVER_NESTED: Final = frozenset((
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
    "p", "li", "dd", "dt", "option", "td", "th", "tr", "tbody", "thead", "tfoot", "html", "head", "body",
))
"""Void elements, and elements that are closed by the next element of the same kind."""
