"""HTML -> the text that a person would see, and the lines that a program meant.

The parsing is done by Lexbor (through selectolax), which builds the tree that a browser would, whatever the HTML is
like; here the tree is read out. Both functions take any string and raise nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from email_channels.limits import MAX_HTML_CHARACTERS

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_UNSEEN: Final = frozenset(
    "head style script title meta link template noframes object applet audio video canvas svg math map "
    "select datalist iframe -comment".split()
)
_BLOCKS: Final = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hr li main menu nav ol p pre section summary table tbody tfoot thead tr ul".split()
)
_MARGINS: Final = frozenset("p h1 h2 h3 h4 h5 h6 ul ol dl blockquote pre hr".split())
_LEAVES: Final = frozenset("p div li h1 h2 h3 h4 h5 h6 dd dt pre address section article tr".split())
_CELLS: Final = frozenset(("td", "th"))
_SPACES: Final = re.compile(r"[ \t\r\n\f]+")
_HIDDEN: Final = re.compile(r"display\s{0,5}:\s{0,5}none", re.IGNORECASE)
_TIGHT: Final = re.compile(r"margin(?:-top)?\s{0,5}:\s{0,5}0(?![.\d])", re.IGNORECASE)
_KEEPS_SPACES: Final = re.compile(r"white-space\s{0,5}:\s{0,5}(?:pre|break-spaces)", re.IGNORECASE)
_NO_QUOTE: Final = re.compile(r"border(?:-left)?\s{0,5}:\s{0,5}(?:none|0)", re.IGNORECASE)
_RULE: Final = "_" * 32


def html_to_text(html: str) -> str:
    """Plain text of an HTML body: blocks as lines, paragraphs apart, quotes with `> `, links as `text <url>`."""
    text = "\n".join(_Reader(html, for_people=True).read())
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n" if text.strip() else ""


def html_lines(html: str) -> list[str]:
    """The lines of an HTML body that a program filled: each block or `<br>` is a line, an empty block a blank one."""
    return _Reader(html, for_people=False).read()


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
        self.links: list[tuple[str, int, int]] = []
        self.blocks: list[tuple[int, bool]] = []
        self.styled = bool(_HIDDEN.search(self.html)) or bool(_KEEPS_SPACES.search(self.html))

    def read(self) -> list[str]:
        from selectolax.lexbor import LexborHTMLParser  # noqa: PLC0415  # only mail without a text part needs it

        root = LexborHTMLParser(self.html.replace("\x00", "")).root
        node = root
        while node is not None:
            enters = self.enter(node)
            following = node.first_child if enters else None
            if following is not None:
                node = following
                continue
            if enters:
                self.leave(node)
            while node is not None and node.next is None:
                node = node.parent
                if node is None or node.mem_id == (root.mem_id if root is not None else 0):
                    node = None
                    break
                self.leave(node)
            node = node.next if node is not None else None
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
        attributes = node.attributes if self.styled or tag in ("a", "img", "blockquote", "p", "ol", "div") else {}
        style = attributes.get("style") or ""
        if _HIDDEN.search(style) or "hidden" in attributes:
            return False
        if tag == "br":
            self.newline()
        elif tag == "img":
            self.image(attributes)
        elif tag == "a":
            self.links.append((attributes.get("href") or "", len(self.lines), len("".join(self.line))))
        elif tag in _CELLS:
            if self.line and not self.line[-1].endswith((" ", "\t")):
                self.line.append(" ")
            self.blocks.append((len(self.lines), False))
        elif tag in _BLOCKS:
            self.begin_block(tag, attributes, style)
        if tag == "pre" or _KEEPS_SPACES.search(style):
            self.kept_spaces += 1
        return True

    def begin_block(self, tag: str, attributes: dict[str, str | None], style: str) -> None:
        self.flush()
        if self.blocks:
            self.blocks[-1] = (self.blocks[-1][0], True)
        self.blocks.append((len(self.lines), False))
        if tag in _MARGINS and not (self.lists and tag in ("ul", "ol")):
            classes = attributes.get("class") or ""
            if not (tag == "p" and ("Mso" in classes or _TIGHT.search(style))):
                self.blank_wanted = True
        if tag == "blockquote" and self._quotes(attributes, style):
            self.depth += 1
        elif tag in ("ul", "ol", "menu", "dir"):
            self.lists.append(1 if tag == "ol" else None)
        elif tag == "li" and self.for_people:
            self.item()
        elif tag == "hr" and self.for_people:
            self.line.append(_RULE)
            self.newline()

    def leave(self, node: LexborNode) -> None:
        """Take in what ends."""
        tag = node.tag or ""
        if tag == "-text":
            return
        attributes = node.attributes if self.styled or tag in ("blockquote", "p") else {}
        style = attributes.get("style") or ""
        if tag == "pre" or _KEEPS_SPACES.search(style):
            self.kept_spaces = max(0, self.kept_spaces - 1)
        if tag == "a" and self.links:
            self.link(*self.links.pop())
        elif tag in _CELLS and self.blocks:
            self.blocks.pop()
        elif tag in _BLOCKS:
            self.flush()
            start, had_blocks = self.blocks.pop() if self.blocks else (0, True)
            if not self.for_people and tag in _LEAVES and not had_blocks and len(self.lines) == start:
                self.lines.append("")
            if tag == "blockquote" and self._quotes(attributes, style):
                self.depth = max(0, self.depth - 1)
            elif tag in ("ul", "ol", "menu", "dir") and self.lists:
                self.lists.pop()
            if tag in _MARGINS and not (self.lists and tag in ("ul", "ol")):
                classes = attributes.get("class") or ""
                if not (tag == "p" and ("Mso" in classes or _TIGHT.search(style))):
                    self.blank_wanted = True

    def _quotes(self, attributes: dict[str, str | None], style: str) -> bool:
        """Whether a blockquote quotes; mail programs also indent with it, then without a border."""
        if not self.for_people:
            return False
        named = f"{attributes.get('type') or ''} {attributes.get('class') or ''}".lower()
        return "cite" in named or "quote" in named or not _NO_QUOTE.search(style)

    def item(self) -> None:
        number = self.lists[-1] if self.lists else None
        if number is None:
            self.line.append("- ")
        else:
            self.line.append(f"{number}. ")
            self.lists[-1] = number + 1

    def image(self, attributes: dict[str, str | None]) -> None:
        alternative = _SPACES.sub(" ", attributes.get("alt") or "").strip()
        if self.for_people and alternative and attributes.get("width") not in ("0", "1"):
            self.text(alternative)

    def link(self, target: str, line: int, column: int) -> None:
        if not self.for_people or not target.lower().startswith(("http://", "https://", "ftp://", "mailto:")):
            return
        shown = "".join(self.line)[column:] if len(self.lines) == line else "".join(self.line)
        bare = re.sub(r"^(?:https?://|ftp://|mailto:)", "", target.strip(), flags=re.IGNORECASE).rstrip("/")
        if not shown.strip() or bare.split("?")[0].lower() in shown.lower() or shown.strip().lower() in bare.lower():
            return
        if not target.lower().startswith("mailto:"):
            self.line.append(f" <{_SPACES.sub('', target)}>")

    def text(self, text: str) -> None:
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
        if self.blank_wanted and text and self.for_people and self.lines and self.lines[-1].strip("> "):
            self.lines.append(("> " * self.depth).rstrip())
        if text or not self.for_people:
            self.blank_wanted = False
        self.lines.append((("> " * self.depth) + text).rstrip())

    def flush(self) -> None:
        """End the line if something stands on it. A line of no-break spaces is one that somebody wanted blank."""
        if any(piece.strip(" \t\r\n") for piece in self.line):
            self.newline()
        else:
            self.line = []
