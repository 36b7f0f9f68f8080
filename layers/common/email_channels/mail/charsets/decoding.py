"""Decodes bytes to text, with the charset that the sender declared.

The declared charset is used unless the bytes contradict it. Nothing here raises.
"""

from __future__ import annotations

import codecs
from typing import Final

from email_channels.expressions import expression
from email_channels.mail.charsets.guessing import guess_codec
from email_channels.mail.charsets.iso2022 import (
    decode_code_page_50221,
    decode_iso2022_cn,
    decode_undeclared_iso2022,
    is_iso2022_cn,
)
from email_channels.mail.charsets.names import codec_name
from email_channels.mail.charsets.strict import decode_strictly, without_surrogates
from email_channels.mail.charsets.utf8 import (
    EAST_ASIAN,
    FIRST_OF_THREE_BYTES,
    count_high_bytes,
    decode_damaged_utf8,
    decode_if_utf8,
    decode_misdeclared_utf8,
    decode_windows_1252,
)

_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Other codecs of the same family, which are tried if the first one fails. Some are stricter than others.
_SECOND_TRY: Final = {
    "iso2022_jp_ext": ("iso2022_jp_3", "iso2022_jp_2"),
    "cp932": ("shift_jis_2004", "shift_jisx0213"),
    "cp950": ("big5hkscs",),
    "cp949": ("johab",),
    "euc_jp": ("euc_jisx0213", "euc_jis_2004"),
}
# The Windows code page to use if an ISO charset is declared but the bytes contain C1 control characters. Nobody writes
# control characters: in the Windows code page, these bytes are quotes, dashes and the euro. WHATWG Encoding replaces
# only ISO-8859-1, -9 and -11 in this way.
_WINDOWS_PAGE: Final = {
    "iso8859-2": "cp1250",
    "iso8859-6": "cp1256",
    "iso8859-7": "cp1253",
    "iso8859-8": "cp1255",
    "iso8859-13": "cp1257",
}
_C1_CONTROL: Final = expression(rb"[\x80-\x9f]")
_SEVEN_BIT_STATEFUL: Final = ("iso2022", "hz", "utf-7")
# Text in these charsets may consist of ASCII bytes only, and still not be ASCII text.
_MADE_OF_ASCII: Final = (
    "iso2022", "iso-2022", "hz", "utf-7", "utf-16", "utf-32", "cp037", "cp500", "cp1140",
)  # fmt: skip
# The charsets of 8 bits that programs use for the same language, the strictest first.
_EIGHT_BIT_SIBLINGS: Final = (
    ("iso2022_jp", ("euc_jp", "cp932")),
    ("iso2022_kr", ("cp949",)),
    ("hz", ("gb18030",)),
)
_FOUR_HIGH_BYTES: Final = expression(rb"[\x80-\xff]{4}")
_MAX_NAME_SHOWN: Final = 40


def decode(data: bytes, declared: str | None, hint: str | None = None) -> tuple[str, str | None]:
    """The text of `data`, and the defect that was found (None if nothing was wrong).

    `declared` is the charset that the sender declared, or None. `hint` is the charset of the rest of the message, for
    header fields that declare none.
    """
    if is_iso2022_cn(data, declared):
        return decode_iso2022_cn(data), None
    if data.isascii() and not (declared and _may_hide_in_ascii(declared)):
        return _decode_ascii(data, declared)
    if marked := _decode_by_byte_order_mark(data):
        return marked, None
    codec = codec_name(declared) if declared else None
    if declared is None or codec is None:
        return _decode_unknown(data, hint), f"unknown charset {declared[:_MAX_NAME_SHOWN]!r}" if declared else None
    if codec == "ascii":
        return _decode_unknown(data, hint), "8-bit text declared as us-ascii"
    if codec != "utf-8" and (text := decode_misdeclared_utf8(data, codec)) is not None:
        return text, "UTF-8 text declared as another charset"
    if codec in _WINDOWS_PAGE and _C1_CONTROL.search(data):
        codec = _WINDOWS_PAGE[codec]
    if (text := _decode_as_declared(data, codec)) is not None:
        return text, None
    return (
        _decode_contradicting(data, codec, hint),
        f"text is not in its declared charset {declared[:_MAX_NAME_SHOWN]!r}",
    )


def _decode_ascii(data: bytes, declared: str | None) -> tuple[str, str | None]:
    """The text and the defect of ASCII bytes, which may be text in ISO 2022 that is declared as something else."""
    if text := decode_undeclared_iso2022(data):
        return text, None if declared is None else "ISO 2022 text declared as another charset"
    return data.decode("ascii"), None


def _may_hide_in_ascii(declared: str) -> bool:
    codec = codec_name(declared)
    return codec is not None and codec.replace("_", "-").startswith(_MADE_OF_ASCII)


def _decode_by_byte_order_mark(data: bytes) -> str | None:
    """The text without the byte-order mark; None if `data` does not begin with one."""
    for mark, codec in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return without_surrogates(data.decode(codec, "replace").removeprefix("\ufeff"))
    return None


def _decode_as_declared(data: bytes, codec: str) -> str | None:
    """The text if all of `data` is in `codec` or in a codec of its family; None otherwise."""
    for candidate in (codec, *_SECOND_TRY.get(codec, ())):
        if (text := decode_strictly(data, candidate)) is not None:
            return text
    if codec == "iso2022_jp_ext":
        return decode_code_page_50221(data)
    return decode_windows_1252(data) if codec == "cp1252" else None


def _decode_contradicting(data: bytes, codec: str, hint: str | None) -> str:
    """The text of bytes that are not in their declared charset: they are damaged, or in another charset."""
    if codec == "utf-8":
        in_sequences, high = count_high_bytes(data)
        return _decode_unknown(data, hint) if in_sequences * 2 < high else decode_damaged_utf8(data)
    if (text := decode_if_utf8(data)) is not None:
        return text
    if text := decode_undeclared_iso2022(data):
        return text
    lossy = data.decode(codec, "replace")
    # If only a few characters of a long text are broken, the declaration was right. If many are, it was wrong.
    if lossy.count("\ufffd") * 20 <= len(lossy) or codec.startswith(_SEVEN_BIT_STATEFUL):
        return without_surrogates(lossy)
    return _decode_unknown(data, hint)


def _decode_unknown(data: bytes, hint: str | None) -> str:
    """The most likely text of bytes in an unknown charset."""
    if text := decode_undeclared_iso2022(data):
        return text
    codec = _codec_of_hint(data, hint)
    hinted = decode_strictly(data, codec) if codec is not None else None
    if (text := decode_strictly(data, "utf-8")) is not None:
        # A few Chinese or Korean characters may look like UTF-8, but then like letters with accents or Cyrillic ones.
        is_by_chance = hinted is not None and codec in EAST_ASIAN and max(text) < FIRST_OF_THREE_BYTES
        return hinted if is_by_chance and hinted is not None else text
    if hinted is not None:
        return hinted
    if (codec := guess_codec(data)) is not None and (text := decode_strictly(data, codec)) is not None:
        return text
    in_sequences, high = count_high_bytes(data)
    if in_sequences * 2 > high:
        return without_surrogates(data.decode("utf-8", "replace"))
    return decode_windows_1252(data)


def _codec_of_hint(data: bytes, hint: str | None) -> str | None:
    """The codec of `hint`, if `data` may be in it too; None otherwise."""
    codec = codec_name(hint) if hint else None
    for family, siblings in _EIGHT_BIT_SIBLINGS:
        if codec is not None and codec.startswith(family):
            return next((sibling for sibling in siblings if decode_strictly(data, sibling) is not None), None)
    if codec == "cp1252" and _FOUR_HIGH_BYTES.search(data):
        return None  # programs declare Latin-1 for everything, but four such bytes in a row are not Latin letters
    return None if codec in ("ascii", "utf-8") else codec
