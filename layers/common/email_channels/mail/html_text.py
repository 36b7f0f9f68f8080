"""HTML -> the text that a person would see, and the lines that a program meant.

The parsing is done by Lexbor (through selectolax), which builds the tree that a browser would, whatever the HTML is
like; here the tree is read out. Both functions take any string and raise nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from email_channels.mail.html_bounds import is_cheap_to_parse, tags_taken_out
from email_channels.mail.limits import MAX_HTML_CHARACTERS

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_UNSEEN: Final = frozenset(
    [
        "head",
        "style",
        "script",
        "title",
        "meta",
        "link",
        "template",
        "noframes",
        "object",
        "applet",
        "audio",
        "video",
        "canvas",
        "svg",
        "math",
        "map",
        "select",
        "datalist",
        "iframe",
        "-comment",
    ]
)
_BLOCKS: Final = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "tr",
        "ul",
    ]
)
_MARGINS: Final = frozenset(["p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "blockquote", "pre", "hr"])
_LEAVES: Final = frozenset(
    ["p", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6", "dd", "dt", "pre", "address", "section", "article", "tr"]
)
_CELLS: Final = frozenset(("td", "th"))
_SPACES: Final = re.compile(r"[ \t\r\n\f]+")
# The lines that newsletters show in a list of mails only: also invisible, or mso-hide, or without any height.
_HIDDEN: Final = re.compile(
    r"display\s{0,5}:\s{0,5}none|mso-hide\s{0,5}:\s{0,5}all|(?<![a-z-])opacity\s{0,5}:\s{0,5}0(?![.\d])"
    r"|max-height\s{0,5}:\s{0,5}0(?![.\d]).{0,100}overflow\s{0,5}:\s{0,5}hidden"
    r"|overflow\s{0,5}:\s{0,5}hidden.{0,100}max-height\s{0,5}:\s{0,5}0(?![.\d])",
    re.IGNORECASE | re.DOTALL,
)
_TIGHT: Final = re.compile(r"margin(?:-top)?\s{0,5}:\s{0,5}0(?![.\d])", re.IGNORECASE)
_KEEPS_SPACES: Final = re.compile(r"white-space\s{0,5}:\s{0,5}(?:pre|break-spaces)", re.IGNORECASE)
_NO_BORDER: Final = re.compile(r"border(?:-left)?\s{0,5}:\s{0,5}(?:none|0)", re.IGNORECASE)
_RULE: Final = "_" * 32
_DEEPEST_QUOTE: Final = 20
_WITH_ATTRIBUTES: Final = frozenset(("a", "img", "blockquote", "p", "div"))


def html_to_text(html: str) -> str:
    """Plain text of an HTML body: blocks as lines, paragraphs apart, quotes with `> `, links as `text <url>`."""
    text = "\n".join(_Reader(html, for_people=True).read())
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n" if text.strip() else ""


def html_lines(html: str) -> list[str]:
    """The lines of an HTML body that a program filled: each block or `<br>` is a line, an empty block a blank one."""
    return _Reader(html, for_people=False).read()


@dataclass(slots=True)
class _Open:
    """An element that is being read: what its end has to undo."""

    start: int
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


class _Reader:
    """Walks the tree once, without recursion."""

    def __init__(self, html: str, *, for_people: bool) -> None:
        self.html = html[:MAX_HTML_CHARACTERS]
        self.for_people = for_people
        self.lines: list[str] = []
        self.line: list[str] = []
        self.depth = 0
        self.kept_spaces = 0
        self.blank_wanted = False
        self.lists: list[int | None] = []
        self.open: list[_Open] = []
        self.styled = bool(_HIDDEN.search(self.html)) or bool(_KEEPS_SPACES.search(self.html))

    def read(self) -> list[str]:
        """The lines of the document."""
        from selectolax.lexbor import LexborHTMLParser  # only mail without a text part needs it

        if not is_cheap_to_parse(self.html):
            return tags_taken_out(self.html)
        root = LexborHTMLParser(self.html.replace("\x00", "")).root
        node = root
        while node is not None:
            if self.enter(node):
                if (child := node.first_child) is not None:
                    node = child
                    continue
                self.leave()
            while node is not None and (following := node.next) is None:
                node = node.parent
                if not self.open:
                    node = None
                elif node is not None:
                    self.leave()
            node = following if node is not None else None
        self.flush()
        if len(self.html) == MAX_HTML_CHARACTERS:
            self.lines.append("[...]")
        return self.lines

    def enter(self, node: LexborNode) -> bool:
        """Take in what begins; False where nothing inside is seen."""
        tag = node.tag or ""
        if tag == "-text":
            self.text(node.text_content or "")
            return False
        if tag in _UNSEEN or tag.startswith("!"):
            return False
        attributes = node.attributes if self.styled or tag in _WITH_ATTRIBUTES else {}
        style = attributes.get("style") or ""
        if self.styled and (_HIDDEN.search(style) or "hidden" in attributes):
            return False
        if tag == "br":
            self.newline()
            return False
        if tag == "img":
            self.image(attributes)
            return False
        opened = _Open(len(self.lines))
        if tag == "a":
            opened.link, opened.column = attributes.get("href") or "", len(self.line)
        elif tag in _CELLS:
            opened.is_cell = True
            if self.line and not self.line[-1].endswith((" ", "\t")):
                self.line.append(" ")
        elif tag in _BLOCKS:
            self.begin_block(tag, attributes, style, opened)
        if tag == "pre" or (self.styled and _KEEPS_SPACES.search(style)):
            opened.keeps_spaces = True
            self.kept_spaces += 1
        self.open.append(opened)
        return True

    def begin_block(self, tag: str, attributes: dict[str, str | None], style: str, opened: _Open) -> None:
        """A new line begins, with a blank one above it where a browser leaves space."""
        self.flush()
        opened.start = len(self.lines)
        opened.is_block = True
        opened.is_leaf = tag in _LEAVES
        for around in reversed(self.open):
            if around.is_block or around.is_cell:
                around.has_blocks = True
                break
        if tag in _MARGINS and not (self.lists and tag in ("ul", "ol")):
            classes = attributes.get("class") or ""
            opened.has_margin = not (tag == "p" and ("Mso" in classes or _TIGHT.search(style)))
            self.blank_wanted = self.blank_wanted or opened.has_margin
        if tag == "blockquote" and self.for_people and _quotes(attributes, style):
            opened.is_quote = True
            self.depth += 1
        elif tag in ("ul", "ol", "menu", "dir"):
            opened.is_list = True
            self.lists.append(1 if tag == "ol" else None)
        elif tag == "li" and self.for_people:
            self.item()
        elif tag == "hr" and self.for_people:
            self.line.append(_RULE)
            self.newline()

    def leave(self) -> None:
        """Take in what ends: the element that was opened last."""
        closed = self.open.pop()
        self.kept_spaces -= closed.keeps_spaces
        if closed.link:
            self.link(closed)
        if not closed.is_block:
            return
        self.flush()
        if not self.for_people and closed.is_leaf and not closed.has_blocks and len(self.lines) == closed.start:
            self.lines.append("")
        self.depth -= closed.is_quote
        if closed.is_list:
            self.lists.pop()
        self.blank_wanted = self.blank_wanted or closed.has_margin

    def item(self) -> None:
        """The mark of a list's item."""
        number = self.lists[-1] if self.lists else None
        if number is None:
            self.line.append("- ")
        else:
            self.line.append(f"{number}. ")
            self.lists[-1] = number + 1

    def image(self, attributes: dict[str, str | None]) -> None:
        """What an image says to those who do not see it; pixels that count readers say nothing."""
        alternative = _SPACES.sub(" ", attributes.get("alt") or "").strip()
        if self.for_people and alternative and attributes.get("width") not in ("0", "1"):
            self.text(alternative)

    def link(self, closed: _Open) -> None:
        """The target of a link, where its text does not say it already."""
        target = _SPACES.sub("", closed.link)[:2000]
        if not self.for_people or not target.lower().startswith(("http://", "https://", "ftp://")):
            return
        shown = "".join(self.line[closed.column if len(self.lines) == closed.start else 0 :]).strip().lower()
        bare = target.lower().partition("://")[2].rstrip("/")
        if (
            shown
            and bare.split("?")[0] not in shown
            and shown.partition("://")[2].rstrip("/") not in (bare, "www." + bare)
        ):
            if shown.rstrip("/") in (bare, bare.removeprefix("www.")):
                return
            self.line.append(f" <{target}>")

    def text(self, text: str) -> None:
        """Characters, white space collapsed as a browser would."""
        if self.kept_spaces:
            first, *others = text.replace("\r\n", "\n").split("\n")
            self.line.append(first)
            for other in others:
                self.newline()
                self.line.append(other)
            return
        text = _SPACES.sub(" ", text)
        if not self.line or self.line[-1].endswith(" "):
            text = text.lstrip(" ")
        if text:
            self.line.append(text)

    def newline(self) -> None:
        """End the line, be it empty."""
        text = "".join(self.line).replace("\xa0", " ").rstrip()
        self.line = []
        prefix = "> " * min(self.depth, _DEEPEST_QUOTE)
        if self.blank_wanted and text and self.for_people and self.lines and self.lines[-1].strip("> "):
            above = self.lines[-1]
            shared = min(self.depth, (len(above) - len(above.lstrip("> "))) // 2)
            self.lines.append(("> " * shared).rstrip())
        if text or not self.for_people:
            self.blank_wanted = False
        self.lines.append((prefix + text).rstrip())

    def flush(self) -> None:
        """End the line if something stands on it. A line of no-break spaces is one that somebody wanted blank."""
        if any(piece.strip(" \t\r\n") for piece in self.line):
            self.newline()
        else:
            self.line = []


def _quotes(attributes: dict[str, str | None], style: str) -> bool:
    """Whether a blockquote quotes; mail programs also indent with it, then without a border."""
    named = f"{attributes.get('type') or ''} {attributes.get('class') or ''}".lower()
    return "cite" in named or "quote" in named or not _NO_BORDER.search(style)
