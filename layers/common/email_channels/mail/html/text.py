"""Converts HTML to the text that a person would see, or to the lines that a program filled in.

Lexbor (through selectolax) parses the HTML and builds the same tree as a browser, even for broken HTML. This module
reads that tree. Both functions take any string and raise nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from email_channels.expressions import expression
from email_channels.mail.html.cost import is_cheap_to_parse, strip_tags
from email_channels.mail.html.elements import BLOCKS, CELLS, LEAVES, LISTS, MARGINS, UNSEEN
from email_channels.mail.html.line_writer import LineWriter
from email_channels.mail.limits import MAX_HTML_CHARACTERS
from email_channels.values import dataclass

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_WITH_ATTRIBUTES: Final = frozenset(("a", "img", "blockquote", "p", "div"))
"""Elements whose attributes are always read. Those of other elements are read only if needed, because it takes time."""

_SPACES: Final = expression(r"[ \t\r\n\f]+")
_BLANK_LINES: Final = expression(r"\n{3,}")
# Styles of hidden lines, which newsletters write for previews in the list of emails: not displayed, hidden by Outlook's
# own property, transparent, or without height.
_HIDDEN: Final = expression(
    r"display\s{0,5}:\s{0,5}none"
    r"|mso-hide\s{0,5}:\s{0,5}all"
    r"|(?<![a-z-])opacity\s{0,5}:\s{0,5}0(?![.\d])"
    r"|max-height\s{0,5}:\s{0,5}0(?![.\d]).{0,100}overflow\s{0,5}:\s{0,5}hidden"
    r"|overflow\s{0,5}:\s{0,5}hidden.{0,100}max-height\s{0,5}:\s{0,5}0(?![.\d])",
    re.IGNORECASE | re.DOTALL,
)
_KEEPS_SPACES: Final = expression(r"white-space\s{0,5}:\s{0,5}(?:pre|break-spaces)", re.IGNORECASE)
_NO_MARGIN: Final = expression(r"margin(?:-top)?\s{0,5}:\s{0,5}0(?![.\d])", re.IGNORECASE)
_NO_BORDER: Final = expression(r"border(?:-left)?\s{0,5}:\s{0,5}(?:none|0)", re.IGNORECASE)
_RULE: Final = "_" * 32
_LONGEST_LINK: Final = 2_000
_LINK_SCHEMES: Final = ("http://", "https://", "ftp://")
_CUT: Final = "[...]"


def html_to_text(html: str) -> str:
    """The plain text of an HTML body: blank lines between paragraphs, quotes as `> `, links as `text <url>`."""
    text = "\n".join(_Reader(html, for_people=True).read())
    return _BLANK_LINES.sub("\n\n", text).strip("\n") + "\n" if text.strip() else ""


def html_lines(html: str) -> list[str]:
    """The lines of an HTML body that a program filled in: one for each block or `<br>`, blank for an empty block."""
    return _Reader(html, for_people=False).read()


@dataclass(slots=True)
class _OpenElement:
    """An element that is being read, with the state that its end has to restore."""

    start: int
    """The number of lines when the element began."""
    is_block: bool = False
    is_cell: bool = False
    is_leaf: bool = False
    has_blocks: bool = False
    has_margin: bool = False
    is_quote: bool = False
    is_list: bool = False
    keeps_spaces: bool = False
    link: str = ""
    column: int = 0
    """The number of pieces of text on the line when a link began."""


class _Reader:
    """Walks the tree once, without recursion."""

    def __init__(self, html: str, *, for_people: bool) -> None:
        self.html = html[:MAX_HTML_CHARACTERS]
        self.is_cut = len(html) > MAX_HTML_CHARACTERS
        self.for_people = for_people
        self.writer = LineWriter(for_people=for_people)
        self.lists: list[int | None] = []
        """The number of the next item of each open list; None for a list without numbers."""
        self.open: list[_OpenElement] = []
        self.has_styles = bool(_HIDDEN.search(self.html)) or bool(_KEEPS_SPACES.search(self.html))

    def read(self) -> list[str]:
        """The lines of the document."""
        from selectolax.lexbor import LexborHTMLParser  # only mail without a text part needs it

        if not is_cheap_to_parse(self.html):
            return strip_tags(self.html)
        self.walk(LexborHTMLParser(self.html.replace("\x00", "")).root)
        self.writer.end_used_line()
        if self.is_cut:
            self.writer.lines.append(_CUT)
        return self.writer.lines

    def walk(self, node: LexborNode | None) -> None:
        while node is not None:
            if self.enter(node):
                if (child := node.first_child) is not None:
                    node = child
                    continue
                self.leave()
            node = self.following(node)

    def following(self, node: LexborNode) -> LexborNode | None:
        """The node after `node`, or None at the end. Calls `leave` for each element that ends before that node."""
        while (following := node.next) is None:
            parent = node.parent
            if parent is None or not self.open:
                return None
            self.leave()
            node = parent
        return following

    def enter(self, node: LexborNode) -> bool:
        """Read the beginning of `node`. Returns whether its content must be read too."""
        tag = node.tag or ""
        if tag == "-text":
            self.writer.add_text(node.text_content or "")
            return False
        if tag in UNSEEN or tag.startswith("!"):
            return False
        attributes = node.attributes if self.has_styles or tag in _WITH_ATTRIBUTES else {}
        style = attributes.get("style") or ""
        if self.has_styles and (_HIDDEN.search(style) or "hidden" in attributes):
            return False
        if tag == "br":
            self.writer.end_line()
            return False
        if tag == "img":
            self.add_image(attributes)
            return False
        self.open_element(tag, attributes, style)
        return True

    def open_element(self, tag: str, attributes: dict[str, str | None], style: str) -> None:
        opened = _OpenElement(len(self.writer.lines))
        if tag == "a":
            opened.link, opened.column = attributes.get("href") or "", len(self.writer.line)
        elif tag in CELLS:
            opened.is_cell = True
            if self.writer.line and not self.writer.line[-1].endswith((" ", "\t")):
                self.writer.line.append(" ")
        elif tag in BLOCKS:
            self.begin_block(tag, attributes, style, opened)
        if tag == "pre" or (self.has_styles and _KEEPS_SPACES.search(style)):
            opened.keeps_spaces = True
            self.writer.kept_spaces += 1
        self.open.append(opened)

    def begin_block(self, tag: str, attributes: dict[str, str | None], style: str, opened: _OpenElement) -> None:
        """Begin a new line, with a blank line above it if a browser leaves space there."""
        self.writer.end_used_line()
        opened.start = len(self.writer.lines)
        opened.is_block = True
        opened.is_leaf = tag in LEAVES
        around = next((element for element in reversed(self.open) if element.is_block or element.is_cell), None)
        if around is not None:
            around.has_blocks = True
        if tag in MARGINS and not (self.lists and tag in ("ul", "ol")):
            classes = attributes.get("class") or ""
            opened.has_margin = not (tag == "p" and ("Mso" in classes or _NO_MARGIN.search(style)))
            self.writer.wants_blank_line = self.writer.wants_blank_line or opened.has_margin
        if tag in LISTS:
            opened.is_list = True
            self.lists.append(1 if tag == "ol" else None)
        if self.for_people:
            self.begin_shown_block(tag, attributes, style, opened)

    def begin_shown_block(self, tag: str, attributes: dict[str, str | None], style: str, opened: _OpenElement) -> None:
        """Add the visible marks of a block: quote marks, item marks, rules."""
        if tag == "blockquote" and _is_quote(attributes, style):
            opened.is_quote = True
            self.writer.quote_depth += 1
        elif tag == "li":
            self.add_item_mark()
        elif tag == "hr":
            self.writer.line.append(_RULE)
            self.writer.end_line()

    def leave(self) -> None:
        """End the element that was opened last."""
        closed = self.open.pop()
        self.writer.kept_spaces -= closed.keeps_spaces
        if closed.link:
            self.add_link_target(closed)
        if not closed.is_block:
            return
        self.writer.end_used_line()
        if not self.for_people and closed.is_leaf and not closed.has_blocks and len(self.writer.lines) == closed.start:
            self.writer.lines.append("")
        self.writer.quote_depth -= closed.is_quote
        if closed.is_list:
            self.lists.pop()
        self.writer.wants_blank_line = self.writer.wants_blank_line or closed.has_margin

    def add_item_mark(self) -> None:
        number = self.lists[-1] if self.lists else None
        if number is None:
            self.writer.line.append("- ")
        else:
            self.writer.line.append(f"{number}. ")
            self.lists[-1] = number + 1

    def add_image(self, attributes: dict[str, str | None]) -> None:
        """Add an image's alternative text, unless the image is a tracking pixel."""
        alternative = _SPACES.sub(" ", attributes.get("alt") or "").strip()
        if self.for_people and alternative and attributes.get("width") not in ("0", "1"):
            self.writer.add_text(alternative)

    def add_link_target(self, closed: _OpenElement) -> None:
        """Add the target of a link, unless the text of the link contains it already."""
        target = _SPACES.sub("", closed.link)[:_LONGEST_LINK]
        if not self.for_people or not target.lower().startswith(_LINK_SCHEMES):
            return
        shown = (
            "".join(self.writer.line[closed.column if len(self.writer.lines) == closed.start else 0 :]).strip().lower()
        )
        if shown and not _says_target(shown, target):
            self.writer.line.append(f" <{target}>")


def _is_quote(attributes: dict[str, str | None], style: str) -> bool:
    """Whether a blockquote is a quote. Mail programs also use it to indent text, but then without a border."""
    named = f"{attributes.get('type') or ''} {attributes.get('class') or ''}".lower()
    return "cite" in named or "quote" in named or not _NO_BORDER.search(style)


def _says_target(shown: str, target: str) -> bool:
    """Whether the text of a link contains its target. Scheme, `www.` and a final slash are ignored.

    `shown` is the text in lower case.
    """
    bare = target.lower().partition("://")[2].rstrip("/")
    if bare.split("?")[0] in shown or shown.rstrip("/") in (bare, bare.removeprefix("www.")):
        return True
    return shown.partition("://")[2].rstrip("/") in (bare, "www." + bare)
