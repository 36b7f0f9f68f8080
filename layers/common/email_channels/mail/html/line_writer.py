"""Writes the lines of a text that is made from HTML, with white space, blank lines and quote marks."""

from __future__ import annotations

from typing import Final

from email_channels.expressions import expression

_SPACES: Final = expression(r"[ \t\r\n\f]+")
_MAX_QUOTE_MARKS: Final = 20


class LineWriter:
    """Collects pieces of text and ends lines. For people, it adds quote marks and blank lines between paragraphs."""

    def __init__(self, *, for_people: bool) -> None:
        self.for_people = for_people
        self.lines: list[str] = []
        self.line: list[str] = []
        """The pieces of the current line, which has not ended yet."""
        self.quote_depth = 0
        self.kept_spaces = 0
        """The number of open elements that keep white space."""
        self.wants_blank_line = False

    def add_text(self, text: str) -> None:
        """Adds characters. White space is collapsed as in a browser."""
        if self.kept_spaces:
            first, *others = text.replace("\r\n", "\n").split("\n")
            self.line.append(first)
            for other in others:
                self.end_line()
                self.line.append(other)
            return
        text = _SPACES.sub(" ", text)
        if not self.line or self.line[-1].endswith(" "):
            text = text.lstrip(" ")
        if text:
            self.line.append(text)

    def end_line(self) -> None:
        """Ends the line, even if it is empty."""
        text = "".join(self.line).replace("\xa0", " ").rstrip()
        self.line = []
        if self.wants_blank_line and text and self.for_people:
            self.add_blank_line()
        if text or not self.for_people:
            self.wants_blank_line = False
        prefix = "> " * min(self.quote_depth, _MAX_QUOTE_MARKS)
        self.lines.append((prefix + text).rstrip())

    def add_blank_line(self) -> None:
        """Adds a blank line below a line with text. It has the quote marks that both its neighbours have."""
        above = self.lines[-1] if self.lines else ""
        if above.strip("> "):
            shared = min(self.quote_depth, (len(above) - len(above.lstrip("> "))) // 2)
            self.lines.append(("> " * shared).rstrip())

    def end_used_line(self) -> None:
        """Ends the line if it has content. No-break spaces are content: somebody wanted that blank line."""
        if any(piece.strip(" \t\r\n") for piece in self.line):
            self.end_line()
        else:
            self.line = []
