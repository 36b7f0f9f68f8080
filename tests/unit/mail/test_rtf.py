"""Rich text of Outlook is decompressed, and read as text or as the HTML that it was made from."""

from __future__ import annotations

import random
import struct

import pytest
from email_channels.mail.containers.rtf import read_rtf
from email_channels.mail.containers.rtf_compression import decompress_rtf
from email_channels.mail.limits import MAX_RTF_BYTES


def uncompressed(rtf: bytes) -> bytes:
    return struct.pack("<II4sI", len(rtf) + 12, len(rtf), b"MELA", 0) + rtf


def test_specified_example() -> None:
    # Like the example of [MS-OXRTFCP], section 4.1: literals, and references into the dictionary.
    stream = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )

    assert decompress_rtf(stream) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


def test_overlapping_reference() -> None:
    """A reference may include the bytes that it writes itself."""
    # "ab", then ten bytes from two bytes ago, then the end of the stream.
    write = 207
    body = bytes((0b0000_1100,)) + b"ab" + struct.pack(">HH", write << 4 | 8, (write + 12) << 4)

    assert decompress_rtf(struct.pack("<II4sI", len(body) + 12, 12, b"LZFu", 0) + body) == b"ab" * 6


@pytest.mark.parametrize(
    ("rtf", "text"),
    [
        (rb"{\rtf1\ansi\ansicpg1252 Gr\'fc\'dfe\par\u8364?\emdash\lquote a\rquote}", "Grüße\n€—‘a’"),
        (rb"{\rtf1{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset204 B;}}\f1\'cf {\f0\'fc}}", "П ü"),
        (rb"{\rtf1{\*\generator x;}{\pict 00ff}{\field{\*\fldinst HYPERLINK y}{\fldrslt link}}}", "link"),
        (rb"{\rtf1\uc2\u-10179\'3f\'3f\u-8704??x\{\}\\}", "\U0001f600x{}\\"),
        (rb"{\rtf1 a{\v hidden}b", "ab"),
    ],
)
def test_text(rtf: bytes, text: str) -> None:
    assert read_rtf(rtf) == (text, None)


def test_html() -> None:
    """The HTML that the rich text was made from is restored."""
    rtf = rb"{\rtf1\fromhtml1 {\*\htmltag64 <p>}\htmlrtf \par \htmlrtf0 Hi"
    rtf += rb"{\*\htmltag84 &nbsp;}\htmlrtf \'a0\htmlrtf0 you}"

    assert read_rtf(rtf) == (None, "<p>Hi&nbsp;you")


def test_damaged_or_large() -> None:
    """Damaged input raises nothing, and the size of the output is limited."""
    chance = random.Random(7)
    assert read_rtf(b"not rich text") == (None, None)
    assert decompress_rtf(b"short") == b""
    assert len(decompress_rtf(uncompressed(b"{\\rtf1 " + b"a" * 2 * MAX_RTF_BYTES))) == MAX_RTF_BYTES
    for _ in range(300):
        stream = struct.pack("<II4sI", 0, chance.randrange(10_000), b"LZFu", 0) + chance.randbytes(500)
        read_rtf(b"{\\rtf1 " + decompress_rtf(stream))
        read_rtf(b"{\\rtf1" + bytes(chance.choices(b"{}\\*u'f1 -0ab\n", k=300)))
