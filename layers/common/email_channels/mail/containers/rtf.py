"""Reads rich text (RTF) that Outlook puts into winmail.dat: its text, or the HTML that it was made from.

The HTML is restored as described in [MS-OXRTFEX]. Only visible text is read: no fonts, no pictures. Takes any bytes and
raises nothing. The time is proportional to the size.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from email_channels.expressions import expression
from email_channels.mail.charsets import decode
from email_channels.values import dataclass

_TOKEN: Final = expression(
    rb"\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-f]{2})|\\([^a-z])|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.IGNORECASE
)
# Groups ("destinations") that contain no text of the document.
# fmt: off
_UNSEEN_DESTINATIONS: Final = frozenset((
    b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"object", b"header", b"footer", b"headerl", b"headerr",
    b"footerl", b"footerr", b"footnote", b"listtable", b"listoverridetable", b"themedata", b"generator", b"fldinst",
    b"bkmkstart", b"bkmkend", b"nonshppict", b"revtbl", b"rsidtbl", b"datastore", b"latentstyles", b"xmlnstbl",
))
# fmt: on
# Control words that stand for characters.
_CHARACTERS: Final = {
    b"par": "\n",
    b"line": "\n",
    b"row": "\n",
    b"sect": "\n",
    b"page": "\n",
    b"tab": "\t",
    b"cell": "\t",
    b"lquote": "\u2018",
    b"rquote": "\u2019",
    b"ldblquote": "\u201c",
    b"rdblquote": "\u201d",
    b"bullet": "\u2022",
    b"endash": "\u2013",
    b"emdash": "\u2014",
    b"emspace": " ",
    b"enspace": " ",
}
# Windows code pages by the number of a font's character set (\\fcharset).
_CODE_PAGES: Final = {
    77: 10000,
    128: 932,
    129: 949,
    134: 936,
    136: 950,
    161: 1253,
    162: 1254,
    163: 1258,
    177: 1255,
    178: 1256,
    186: 1257,
    204: 1251,
    222: 874,
    238: 1250,
}
_MAX_DEPTH: Final = 1_000
_MAX_FALLBACK_BYTES: Final = 8


@dataclass(slots=True)
class _Group:
    """The settings within a pair of braces. An inner group inherits all fields but the last one."""

    is_unseen: bool = False
    is_html_tag: bool = False
    is_hidden: bool = False
    fallback_bytes: int = 1
    """How many bytes after each Unicode character are a replacement for programs that cannot show it (\\uc)."""
    font: int = -1
    is_font_table: bool = False

    def inner(self) -> _Group:
        return _Group(self.is_unseen, self.is_html_tag, self.is_hidden, self.fallback_bytes, self.font)


def read_rtf(rtf: bytes) -> tuple[str | None, str | None]:
    """(text, None), or (None, HTML) if Outlook wrapped HTML in the document; (None, None) if `rtf` is not RTF."""
    if rtf.lstrip()[:5] != b"{\\rtf":
        return None, None
    reader = _Reader(rtf)
    reader.read()
    text = "".join(reader.output)
    return (None, text) if reader.wraps_html else (text, None)


class _Reader:
    """Reads a document once, token by token."""

    def __init__(self, rtf: bytes) -> None:
        self.rtf = rtf
        self.output: list[str] = []
        self.wraps_html = b"\\fromhtml1" in rtf[:2_000]
        self.code_page = "cp1252"
        self.fonts: dict[int, str] = {}
        """The codec of each font."""
        self.group = _Group()
        self.outer_groups: list[_Group] = []
        self.undecoded = bytearray()
        """Bytes that will be decoded together, because a character may have several bytes."""
        self.bytes_to_skip = 0
        self.is_optional = False
        """Whether the next word begins a destination that readers may ignore (\\*)."""
        self.is_in_font_table = False
        self.described_font = -1
        self.high_surrogate = ""

    def read(self) -> None:
        for match in _TOKEN.finditer(self.rtf):
            word, number, escaped, symbol, brace, text = match.groups()
            if escaped is not None:
                self.add_bytes(bytes((int(escaped, 16),)))
            elif text is not None:
                self.add_bytes(text)
            else:
                self.decode_bytes()
                if brace:
                    self.read_brace(brace)
                elif symbol is not None:
                    self.read_symbol(symbol)
                elif word is not None:
                    self.read_word(word.lower(), int(number) if number else None)
        self.decode_bytes()

    def read_brace(self, brace: bytes) -> None:
        if brace == b"{":
            if len(self.outer_groups) < _MAX_DEPTH:
                self.outer_groups.append(self.group)
                self.group = self.group.inner()
        else:
            self.is_in_font_table = self.is_in_font_table and not self.group.is_font_table
            if self.outer_groups:
                self.group = self.outer_groups.pop()
        self.is_optional = False

    def read_symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self.is_optional = True
        elif symbol in b"\\{}":
            self.add_bytes(symbol)
        elif symbol == b"~":
            self.add_text("\u00a0")
        elif symbol == b"_":
            self.add_text("-")
        elif symbol in b"\r\n":
            self.add_text("\n")

    def read_word(self, word: bytes, number: int | None) -> None:
        """Read a control word. `\\bin` needs no special case: its data belongs to pictures, whose groups are unseen."""
        if self.is_optional:
            self.is_optional = False
            self.begin_optional_destination(word)
        elif word in _UNSEEN_DESTINATIONS:
            self.group.is_unseen = True
            if word == b"fonttbl":
                self.is_in_font_table = self.group.is_font_table = True
        elif (setting := _SETTINGS.get(word)) is not None:
            setting(self, number)
        elif (character := _CHARACTERS.get(word)) is not None:
            self.add_text("\r\n" if self.group.is_html_tag and character == "\n" else character)

    def begin_optional_destination(self, word: bytes) -> None:
        """Begin a destination that readers may ignore. Only the tags of HTML that Outlook wrapped are not ignored."""
        if word == b"htmltag" and self.wraps_html:
            self.group.is_html_tag = True
            self.group.is_unseen = False
        else:
            self.group.is_unseen = True

    def set_htmlrtf(self, number: int | None) -> None:
        """Begin (or end, with 0) a passage that only RTF readers show. It is not part of the HTML."""
        self.group.is_hidden = number != 0

    def set_hidden(self, number: int | None) -> None:
        self.group.is_hidden = self.group.is_hidden or (number != 0 and not self.wraps_html)

    def set_code_page(self, number: int | None) -> None:
        if number:
            self.code_page = f"cp{number}"

    def set_font(self, number: int | None) -> None:
        if number is None:
            return
        if self.is_in_font_table:
            self.described_font = number
        else:
            self.group.font = number

    def set_font_charset(self, number: int | None) -> None:
        if self.is_in_font_table and number in _CODE_PAGES:
            self.fonts[self.described_font] = f"cp{_CODE_PAGES[number]}"

    def set_fallback_bytes(self, number: int | None) -> None:
        if number is not None:
            self.group.fallback_bytes = min(max(number, 0), _MAX_FALLBACK_BYTES)

    def add_unicode(self, number: int | None) -> None:
        """Add a UTF-16 code unit. Units above 32,767 are written as negative numbers."""
        if number is None:
            return
        unit = number & 0xFFFF
        if 0xD800 <= unit < 0xDC00:
            self.high_surrogate = chr(unit)
        elif 0xDC00 <= unit < 0xE000:
            pair = self.high_surrogate + chr(unit)
            self.add_text(pair.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
            self.high_surrogate = ""
        else:
            self.add_text(chr(unit))
        self.bytes_to_skip = self.group.fallback_bytes

    def add_bytes(self, data: bytes) -> None:
        if self.bytes_to_skip:
            skipped = min(self.bytes_to_skip, len(data))
            self.bytes_to_skip -= skipped
            data = data[skipped:]
        if not (self.group.is_unseen or self.group.is_hidden):
            self.undecoded += data

    def decode_bytes(self) -> None:
        if self.undecoded:
            codec = self.code_page if self.group.is_html_tag else self.fonts.get(self.group.font, self.code_page)
            self.output.append(decode(bytes(self.undecoded), codec)[0])
            self.undecoded.clear()

    def add_text(self, text: str) -> None:
        if not (self.group.is_unseen or self.group.is_hidden):
            self.output.append(text)


# Control words that change how the document is read, or that take a number.
_SETTINGS: Final[dict[bytes, Callable[[_Reader, int | None], None]]] = {
    b"htmlrtf": _Reader.set_htmlrtf,
    b"v": _Reader.set_hidden,
    b"ansicpg": _Reader.set_code_page,
    b"f": _Reader.set_font,
    b"fcharset": _Reader.set_font_charset,
    b"uc": _Reader.set_fallback_bytes,
    b"u": _Reader.add_unicode,
}
