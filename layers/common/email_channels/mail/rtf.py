"""Rich text as Outlook puts it into winmail.dat -> the text, or the HTML that it was made of.

Decompression follows [MS-OXRTFCP], getting back HTML [MS-OXRTFEX]. Only what a person would see is read: no fonts,
no pictures. Both functions take any bytes, raise nothing, and take time in proportion to what they read.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import Final

from email_channels.mail.charsets import decode
from email_channels.mail.limits import MAX_RTF_BYTES

_COMPRESSED: Final = b"LZFu"
_UNCOMPRESSED: Final = b"MELA"
_WINDOW: Final = 4096
# What the window holds at the beginning, so that short texts compress, too ([MS-OXRTFCP], section 2.1.2.1).
_DICTIONARY: Final = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
    b"\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_TOKEN: Final = re.compile(
    rb"\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-f]{2})|\\([^a-z])|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.IGNORECASE
)
# Groups that hold no text of the document.
# fmt: off
_UNSEEN: Final = frozenset((
    b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"object", b"header", b"footer", b"headerl", b"headerr",
    b"footerl", b"footerr", b"footnote", b"listtable", b"listoverridetable", b"themedata", b"generator", b"fldinst",
    b"bkmkstart", b"bkmkend", b"nonshppict", b"revtbl", b"rsidtbl", b"datastore", b"latentstyles", b"xmlnstbl",
))
# fmt: on
_SAID_BY: Final = {
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
_CODE_PAGES: Final = {0: 1252, 77: 10000, 128: 932, 129: 949, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258} | {
    177: 1255,
    178: 1256,
    186: 1257,
    204: 1251,
    222: 874,
    238: 1250,
}
_DEEPEST: Final = 1_000


def decompressed(data: bytes) -> bytes:
    """The RTF in the property PidTagRtfCompressed; what comes before damage, if there is any."""
    if len(data) < 16:
        return b""
    _, size, kind = struct.unpack_from("<II4s", data)
    size = min(size, MAX_RTF_BYTES)
    if kind == _UNCOMPRESSED:
        return data[16 : 16 + size]
    if kind != _COMPRESSED:
        return b""
    output = bytearray(_DICTIONARY)
    skipped = len(_DICTIONARY)
    position = 16
    while position < len(data) and len(output) - skipped < size:
        control = data[position]
        position += 1
        for bit in range(8):
            if not control >> bit & 1:
                output += data[position : position + 1]
                position += 1
                continue
            if position + 2 > len(data):
                break
            token = data[position] << 8 | data[position + 1]
            position += 2
            # An offset into a ring of 4,096 bytes, of which `output` is the roll that it was cut from.
            back = (len(output) - (token >> 4)) % _WINDOW
            if back == 0:
                return bytes(output[skipped:])
            length = (token & 15) + 2
            start = len(output) - back
            # A stretch longer than its distance repeats itself; before the roll's beginning there is nothing.
            stretch = output[start : start + length] if start >= 0 else b" " * length
            output += (stretch * (length // back + 1))[:length] if back < length else stretch
    return bytes(output[skipped : skipped + size])


@dataclass(slots=True)
class _Group:
    """What holds within a pair of braces."""

    unseen: bool = False
    tag: bool = False
    hidden: bool = False
    bytes_of_unicode: int = 1
    font: int = -1
    is_font_table: bool = False


def read_rtf(rtf: bytes) -> tuple[str | None, str | None]:
    """Text and HTML: the text of a document, or the HTML or text that Outlook wrapped in one; None for the other."""
    if rtf.lstrip()[:5] != b"{\\rtf":
        return None, None
    reader = _Reader(rtf)
    reader.read()
    text = "".join(reader.output)
    return (None, text) if reader.from_html else (text, None)


class _Reader:
    def __init__(self, rtf: bytes) -> None:
        self.rtf = rtf
        self.output: list[str] = []
        self.from_html = b"\\fromhtml1" in rtf[:2_000]
        self.code_page = "cp1252"
        self.fonts: dict[int, str] = {}
        self.group = _Group()
        self.outer: list[_Group] = []
        self.pending = bytearray()  # of one character, perhaps
        self.to_skip = 0
        self.starred = False
        self.in_fonts = False
        self.font_described = -1
        self.high = ""

    def read(self) -> None:
        for match in _TOKEN.finditer(self.rtf):
            word, number, escaped, symbol, brace, text = match.groups()
            if escaped is not None:
                self.bytes(bytes((int(escaped, 16),)))
                continue
            if text is not None:
                self.bytes(text)
                continue
            self.flush()
            if brace == b"{":
                if len(self.outer) < _DEEPEST:
                    group = self.group
                    self.outer.append(group)
                    self.group = _Group(group.unseen, group.tag, group.hidden, group.bytes_of_unicode, group.font)
            elif brace == b"}":
                self.in_fonts = self.in_fonts and not self.group.is_font_table
                if self.outer:
                    self.group = self.outer.pop()
            elif symbol is not None:
                self.symbol(symbol)
            elif word is not None:
                self.word(word.lower(), int(number) if number else None)
            if brace:
                self.starred = False
        self.flush()

    def symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self.starred = True
        elif symbol in b"\\{}":
            self.bytes(symbol)
        elif symbol == b"~":
            self.say("\u00a0")
        elif symbol == b"_":
            self.say("-")
        elif symbol in b"\r\n":
            self.say("\n")

    def word(self, word: bytes, number: int | None) -> None:
        group = self.group
        if self.starred:
            self.starred = False
            if word == b"htmltag" and self.from_html:
                group.tag = True
                group.unseen = False
            else:
                group.unseen = True
        elif word in _UNSEEN:
            group.unseen = True
            if word == b"fonttbl":
                self.in_fonts = True
                group.is_font_table = True
        elif word == b"htmlrtf":
            group.hidden = number != 0
        elif word == b"ansicpg" and number:
            self.code_page = f"cp{number}"
        elif word == b"f" and number is not None:
            if self.in_fonts:
                self.font_described = number
            else:
                group.font = number
        elif word == b"fcharset" and self.in_fonts:
            if (page := _CODE_PAGES.get(number or 0)) is not None and number:
                self.fonts[self.font_described] = f"cp{page}"
        elif word == b"uc" and number is not None:
            group.bytes_of_unicode = min(max(number, 0), 8)
        elif word == b"u" and number is not None:
            self.unicode(number & 0xFFFF)
        elif word == b"v":
            group.hidden = group.hidden or (number != 0 and not self.from_html)
        elif word == b"bin" and number:
            pass  # binary data, of pictures: its bytes are in a group that is not seen
        elif (said := _SAID_BY.get(word)) is not None:
            self.say("\r\n" if group.tag and said == "\n" else said)

    def unicode(self, unit: int) -> None:
        if 0xD800 <= unit < 0xDC00:
            self.high = chr(unit)
        elif 0xDC00 <= unit < 0xE000:
            pair = (self.high + chr(unit)).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            self.say(pair)
            self.high = ""
        else:
            self.say(chr(unit))
        self.to_skip = self.group.bytes_of_unicode

    def bytes(self, data: bytes) -> None:
        if self.to_skip:  # what older programs show in place of the character above
            skipped = min(self.to_skip, len(data))
            self.to_skip -= skipped
            data = data[skipped:]
        if not (self.group.unseen or self.group.hidden):
            self.pending += data

    def flush(self) -> None:
        if self.pending:
            codec = self.code_page if self.group.tag else self.fonts.get(self.group.font, self.code_page)
            self.output.append(decode(bytes(self.pending), codec)[0])
            self.pending.clear()

    def say(self, text: str) -> None:
        if not (self.group.unseen or self.group.hidden):
            self.output.append(text)
