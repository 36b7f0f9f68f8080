"""The content of a message: the segments of its body, its attachments, and the defects that were found."""

from __future__ import annotations

from dataclasses import field
from typing import Final

from email_channels.expressions import expression
from email_channels.mail.headers import decoded_text
from email_channels.mail.html import html_to_text
from email_channels.mail.limits import MAX_BODY_BYTES, MAX_COMPARED_PIECES
from email_channels.mail.message import Attachment
from email_channels.mail.parts import Part
from email_channels.values import dataclass

_NOT_LETTERS: Final = expression(r"[\W_]+")
_COMPARED_LETTERS: Final = 300


@dataclass(slots=True)
class Segment:
    """One segment of the body, as text, as HTML, or as both."""

    text: str | None = None
    html: str | None = None

    @property
    def own_text(self) -> str | None:
        """The text; None if there is no text, or if it is blank and there is HTML too."""
        is_blank = self.text is None or not (self.text.strip() or self.html is None)
        return None if is_blank else self.text


@dataclass(slots=True)
class BodyBudget:
    """The bytes that the body of a message may still use. All alternatives share them."""

    text: int = MAX_BODY_BYTES
    html: int = MAX_BODY_BYTES
    cut_texts: int = 0
    """How many texts did not fit."""

    def take(self, size: int, *, is_html: bool) -> int:
        """Takes up to `size` bytes from the budget. Returns how many bytes it took."""
        taken = min(size, self.html if is_html else self.text)
        if is_html:
            self.html -= taken
        else:
            self.text -= taken
        return taken


@dataclass(slots=True)
class Content:
    """Body and attachments. `parts` will become attachments; `files` were unpacked, and are attachments already.

    `root` is the message. `containers` counts the parts that were opened because they may contain the message itself.
    """

    segments: list[Segment] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    files: list[Attachment] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    root: Part | None = None
    containers: int = 0
    budget: BodyBudget = field(default_factory=BodyBudget)

    @property
    def subject(self) -> str:
        """The subject of the message. It is seldom needed, so it is decoded each time."""
        return decoded_text(self.root.field("subject") or b"") if self.root else ""

    @property
    def has_body(self) -> bool:
        """Whether the body has anything but white space."""
        return any((one.text or "").strip() or (one.html or "").strip() for one in self.segments)

    @property
    def html(self) -> str | None:
        """All HTML of the body, or None."""
        found = [segment.html for segment in self.segments if segment.html is not None]
        return "\n".join(found) if found else None

    @property
    def text(self) -> str | None:
        """The body as text: the text of each segment, or the text that is made from its HTML."""
        pieces = [text for segment in self.segments if (text := segment.own_text) is not None]
        is_compared = len(self.segments) <= MAX_COMPARED_PIECES
        for index, segment in enumerate(self.segments):
            if segment.html is not None and segment.own_text is None:
                converted = html_to_text(segment.html)
                if not (is_compared and _repeats(converted, pieces)):
                    pieces.insert(min(index, len(pieces)), converted)
        if not pieces:
            return None
        joined = [piece if piece.endswith("\n") or piece is pieces[-1] else piece + "\n" for piece in pieces]
        return "".join(joined)


def _repeats(converted: str, pieces: list[str]) -> bool:
    """Whether `converted`, the text of an HTML part, only repeats `pieces`, the texts of the body.

    Careless programs send both as separate parts, and not as alternatives.
    """
    if not pieces:
        return False
    letters = _NOT_LETTERS.sub("", converted)
    texts = filter(None, (_NOT_LETTERS.sub("", piece) for piece in pieces))
    return any(letters.startswith(text[:_COMPARED_LETTERS]) or text in letters for text in texts)
