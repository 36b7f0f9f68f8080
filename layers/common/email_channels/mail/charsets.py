"""Bytes and the charset that somebody says they are in -> text.

The declared charset is believed unless the bytes contradict it. Names are read as mail programs mean them, not as
IANA lists them (`gb2312` is GB 18030, `iso-8859-1` is Windows-1252: WHATWG Encoding, section 4.2), because that is
what the senders' programs do. Nothing here raises.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache
from typing import Final

from email_channels.mail.charset_guess import guess_codec
from email_channels.mail.limits import MAX_DETECTION_BYTES

_ALIASES: Final = {
    # The names that browsers and mail programs treat as the larger set of the family.
    "us-ascii": "ascii",
    "ansi_x3.4-1968": "ascii",
    "646": "ascii",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "l1": "cp1252",
    "ansi": "cp1252",
    "x-ansi": "cp1252",
    "ansi_x3.110-1983": "cp1252",
    "windows-1252": "cp1252",
    "cp-1252": "cp1252",
    "iso-8859-9": "cp1254",
    "latin5": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "dos-874": "cp874",
    "iso-8859-8-i": "iso8859_8",
    "iso-8859-8-e": "iso8859_8",
    "logical": "iso8859_8",
    "visual": "iso8859_8",
    "iso-8859-6-i": "iso8859_6",
    "iso-8859-6-e": "iso8859_6",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "ms936": "gb18030",
    "windows-936": "gb18030",
    "euc-cn": "gb18030",
    "euccn": "gb18030",
    "hz-gb-2312": "hz",
    "big5": "cp950",
    "big-5": "cp950",
    "x-x-big5": "cp950",
    "cn-big5": "cp950",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "ks_c_5601-1989": "cp949",
    "ksc5601": "cp949",
    "ksc_5601": "cp949",
    "korean": "cp949",
    "euc-kr": "cp949",
    "euckr": "cp949",
    "windows-949": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "ms_kanji": "cp932",
    "windows-31j": "cp932",
    "x-euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp_ext",
    "cp50220": "iso2022_jp_ext",
    "cp50221": "iso2022_jp_ext",
    "iso-2022-jp-ms": "iso2022_jp_ext",
    "csiso2022jp": "iso2022_jp_ext",
    "unicode-1-1-utf-8": "utf-8",
    "utf8": "utf-8",
    "utf-8-bom": "utf-8",
    "utf8mb4": "utf-8",
    "x-utf-8": "utf-8",
    "utf-8-sig": "utf-8",
    "utf_8": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "x-unicode-2-0-utf-7": "utf-7",
    "x-unicode-1-1-utf-7": "utf-7",
    "unicode": "utf-16",
    "ucs-2": "utf-16",
    "iso-10646-ucs-2": "utf-16",
    "macintosh": "mac_roman",
    "x-mac-roman": "mac_roman",
    "mac": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-mac-ce": "mac_latin2",
    "x-mac-greek": "mac_greek",
    "x-mac-turkish": "mac_turkish",
    "koi8": "koi8_r",
    "koi": "koi8_r",
    "koi8-ru": "koi8_u",
    "x-cp1250": "cp1250",
    "x-cp1251": "cp1251",
    "x-cp1252": "cp1252",
    "win-1251": "cp1251",
    "win1251": "cp1251",
    "ibm866": "cp866",
}
# Codecs of Python that are not charsets: a sender must not choose "zlib" or "idna".
_NOT_CHARSETS: Final = frozenset(
    {"base64", "bz2", "hex", "quopri", "rot13", "uu", "zlib", "idna", "punycode", "undefined", "mbcs", "oem", "palmos"}
    | {"raw-unicode-escape", "unicode-escape", "unicode_escape", "raw_unicode_escape"}
)
# Where Python has a stricter and a looser codec of one family: the second is tried when the first fails.
_SECOND_TRY: Final = {
    "iso2022_jp_ext": ("iso2022_jp_3", "iso2022_jp_2"),
    "cp932": ("shift_jis_2004", "shift_jisx0213"),
    "cp950": ("big5hkscs",),
    "cp949": ("johab",),
    "euc_jp": ("euc_jisx0213", "euc_jis_2004"),
    "ascii": (),
}
_SEVEN_BIT_STATEFUL: Final = ("iso2022", "hz", "utf-7")
_ESCAPED_JAPANESE: Final = re.compile(rb"\x1b(?:\$[@B]|\$\([DOP]|\([IJ])")
_ESCAPED_KOREAN: Final = b"\x1b$)C"
# C1 controls appear in no mail that people write; their presence says that Windows-1252 was meant, their five holes
# (0x81 and others) that it was not.
_CP1252_HOLES: Final = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_UTF8_SEQUENCE: Final = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_THREE_OF_UTF8: Final = re.compile(rb"(?:[\xe0-\xef][\x80-\xbf]{2}){3}")
_HIGH: Final = re.compile(rb"[\x80-\xff]")
_C1: Final = re.compile(rb"[\x80-\x9f]")
# ISO's code pages have controls where those of Windows have quotes, dashes and the euro, and nobody writes controls:
# where they come, the Windows page was meant (WHATWG Encoding takes only -1, -9 and -11 for it).
_OF_WINDOWS: Final = {
    "iso8859-2": "cp1250",
    "iso8859-6": "cp1256",
    "iso8859-7": "cp1253",
    "iso8859-8": "cp1255",
    "iso8859-13": "cp1257",
}
_SINGLE_BYTE: Final = ("cp125", "iso8859", "koi8", "mac-", "mac_", "cp437", "cp85", "cp86")
_SHIFTED_CHINESE: Final = re.compile(rb"\x1b\$\)A|\x0e([\x21-\x7e\r\n]{0,2000})\x0f?")
_HALVES: Final = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")
_FOREIGN_RUN: Final = re.compile(rb"[\x80-\xff]{4}")
_MOST_LINES_APART: Final = 100_000
_SURROGATES: Final = re.compile("[\ud800-\udfff]")


@lru_cache(maxsize=256)
def codec_name(charset: str) -> str | None:
    """The Python codec that a charset name of a mail stands for, or None if there is none."""
    name = charset.strip().strip("\"'").strip().lower()
    name = name.split("*", 1)[0].split(";", 1)[0].strip()
    if not name or len(name) > 60 or not name.isascii():
        return None
    name = _ALIASES.get(name) or _ALIASES.get(name.replace("_", "-")) or name
    if match := re.fullmatch(r"(?:windows|win|cp|x-cp|ibm|microsoft-cp)[-_ ]?(\d{3,5})", name):
        name = _ALIASES.get(f"windows-{match[1]}") or f"cp{match[1]}"
        name = {"cp65001": "utf-8", "cp28591": "cp1252", "cp20127": "ascii"}.get(name, name)
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        stripped = re.sub(r"[^a-z0-9]", "", name)
        if (again := {"utf8": "utf-8", "iso88591": "cp1252", "usascii": "ascii"}.get(stripped)) is None:
            return None
        info = codecs.lookup(again)
    if info.name in _NOT_CHARSETS or not getattr(info, "_is_text_encoding", True):
        return None
    return {"iso8859-1": "cp1252", "latin_1": "cp1252"}.get(info.name, info.name)


def decode(data: bytes, declared: str | None, hint: str | None = None) -> tuple[str, str | None]:
    """Text of `data`, and what was wrong (None if nothing).

    `declared` is what the sender says, `hint` what the rest of the message is in (for raw headers).
    """
    if b"\x1b$)A" in data and declared and declared.lower().startswith("iso-2022-cn"):
        return _shifted_chinese(data), None
    if data.isascii() and not (declared and _may_hide_in_ascii(declared)):
        if b"\x1b" in data and (found := _escaped(data)):
            return found, None if declared is None else "charset misdeclared"
        return data.decode("ascii"), None
    if marked := _byte_order_mark(data):
        return marked, None
    codec = codec_name(declared) if declared else None
    if codec is None:
        text = _guess(data, hint)
        return text, None if not declared else f"unknown charset {declared[:40]!r}"
    if codec == "ascii":
        return _guess(data, hint), "8-bit text declared as us-ascii"
    if _may_be_utf8(data, codec) and (text_or_none := _really_utf8(data)) is not None:
        return text_or_none, "UTF-8 text declared as another charset"
    if (windows := _OF_WINDOWS.get(codec)) and _C1.search(data):
        codec = windows
    for candidate in (codec, *_SECOND_TRY.get(codec, ())):
        if (text_or_none := _strictly(data, candidate)) is not None:
            return text_or_none, None
    if codec == "iso2022_jp_ext" and (text_or_none := _japanese_of_windows(data)) is not None:
        return text_or_none, None
    if codec == "cp1252":
        return _latin(data), None
    defect = f"text is not in its declared charset {declared[:40] if declared else ''!r}"
    if codec == "utf-8":
        return _damaged_utf8(data, hint), defect
    if (text_or_none := _really_utf8(data)) is not None:
        return text_or_none, defect
    if b"\x1b" in data and (found := _escaped(data)):
        return found, defect
    lossy = data.decode(codec, "replace")
    # A few broken characters in a long text: the declaration was right. Else somebody lied.
    if lossy.count("\ufffd") * 20 <= len(lossy) or codec.startswith(_SEVEN_BIT_STATEFUL):
        return _scalar(lossy), defect
    return _guess(data, hint), defect


def _may_hide_in_ascii(declared: str) -> bool:
    codec = codec_name(declared)
    return codec is not None and codec.replace("_", "-").startswith(
        ("iso2022", "iso-2022", "hz", "utf-7", "utf-16", "utf-32", "cp037", "cp500", "cp1140")
    )


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        text = data.decode(codec)
    except (LookupError, ValueError):
        return None
    return None if _SURROGATES.search(text) else text


def _scalar(text: str) -> str:
    """`text` without surrogates, which some codecs make up and no UTF-8 sink takes."""
    return _SURROGATES.sub("\ufffd", text)


def _really_utf8(data: bytes) -> str | None:
    """Text if the bytes are UTF-8 with at least one multi-byte character: no other charset's text is, by chance."""
    return _strictly(data, "utf-8") if _UTF8_SEQUENCE.search(data) else None


def _may_be_utf8(data: bytes, codec: str) -> bool:
    """Whether text declared in another charset would be UTF-8 not by chance, if it is UTF-8."""
    if codec in ("cp1252", "cp1254"):
        return True
    if codec.startswith(_SINGLE_BYTE):
        return len(_UTF8_SEQUENCE.findall(data[:MAX_DETECTION_BYTES])) > 1
    # Two Chinese characters of two bytes each can look like UTF-8; nine such bytes in a row do not.
    return codec in ("gb18030", "cp950", "cp949", "cp932", "euc_jp", "shift_jis") and bool(_THREE_OF_UTF8.search(data))


def _shifted_chinese(data: bytes) -> str:
    """ISO-2022-CN (RFC 1922) with GB 2312 between shift-out and shift-in; Python has no codec for it."""
    shifted = _SHIFTED_CHINESE.sub(
        lambda match: bytes(byte | 0x80 if byte > 0x20 else byte for byte in match[1] or b""), data
    )
    return _scalar(shifted.decode("gb18030", "replace"))


def _latin(data: bytes) -> str:
    """Windows-1252 with its five holes read as Latin-1's controls, so that no byte is lost."""
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return _CP1252_HOLES.sub(b"", data).decode("cp1252", "replace")


def _byte_order_mark(data: bytes) -> str | None:
    for mark, codec in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            text = data.decode(codec, "replace")
            return _scalar(text.removeprefix("\ufeff"))
    return None


def _escaped(data: bytes) -> str | None:
    """ISO-2022 text that nobody declared: its escape sequences cannot be anything else."""
    if _ESCAPED_JAPANESE.search(data):
        return _strictly(data, "iso2022_jp_ext") or _strictly(data, "iso2022_jp_3") or _japanese_of_windows(data)
    if _ESCAPED_KOREAN in data:
        return _strictly(data, "iso2022_kr")
    return None


def _japanese_of_windows(data: bytes) -> str | None:
    """ISO-2022-JP with the characters of Windows-31J that JIS lacks (a number in a circle), as Outlook writes them.

    It is Microsoft's code page 50221, which Python does not have: each pair of bytes is put as Shift JIS.
    """
    output = bytearray()
    double = kana = False
    position = 0
    while position < len(data):
        if data[position] == 0x1B:
            escape = data[position : position + 3]
            double, kana = escape in (b"\x1b$@", b"\x1b$B"), escape == b"\x1b(I"
            if not (double or kana or escape in (b"\x1b(B", b"\x1b(J")):
                return None
            position += 3
        elif double and data[position] > 0x20 and position + 1 < len(data):
            row, cell = data[position], data[position + 1]
            if not (row <= 0x7E and 0x21 <= cell <= 0x7E):
                return None
            lead = (row + 1) // 2 + (0x70 if row < 0x5F else 0xB0)
            output += bytes((lead, cell + (0x1F + (cell > 0x5F) if row % 2 else 0x7E)))
            position += 2
        else:
            output.append(data[position] | (0x80 if kana and data[position] > 0x20 else 0))
            position += 1
    return _strictly(bytes(output), "cp932")


def _damaged_utf8(data: bytes, hint: str | None) -> str:
    """Bytes declared as UTF-8 that are not: damaged UTF-8, CESU-8, another charset, or one below the other?"""
    good = sum(len(match) for match in _UTF8_SEQUENCE.findall(data[:MAX_DETECTION_BYTES]))
    high = len(_HIGH.findall(data[:MAX_DETECTION_BYTES]))
    if good * 2 < high:
        return _guess(data, hint)
    if _HALVES.search(data):
        data = _HALVES.sub(_joined_halves, data)
    if (text := _strictly(data, "utf-8")) is not None:
        return text
    # List servers add a footer in their own charset: a line without any UTF-8 in
    lines = data.split(b"\n") if data.count(b"\n") < _MOST_LINES_APART else [data]
    return "\n".join(map(_line_of_damaged_utf8, lines))


def _line_of_damaged_utf8(line: bytes) -> str:
    if len(_HIGH.findall(line)) > 1 and not _UTF8_SEQUENCE.search(line):
        return _latin(line)
    return _scalar(line.decode("utf-8", "replace"))


def _joined_halves(match: re.Match[bytes]) -> bytes:
    """A character beyond the first plane that was encoded as two surrogates (CESU-8), as Java and Oracle do."""
    return match[0].decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16").encode()


def _guess(data: bytes, hint: str | None) -> str:
    """The most likely text of bytes in an unknown charset."""
    if b"\x1b" in data and (found := _escaped(data)):
        return found
    if (text := _strictly(data, "utf-8")) is not None:
        return text
    codec = codec_name(hint) if hint else None
    if codec == "cp1252" and _FOREIGN_RUN.search(data):
        codec = None  # programs say Latin-1 of everything; four such letters in a row are another alphabet's
    if codec not in (None, "ascii", "utf-8") and (text := _strictly(data, str(codec))) is not None:
        return text
    if (codec := guess_codec(data)) is not None and (text := _strictly(data, codec)) is not None:
        return text
    good = sum(len(match) for match in _UTF8_SEQUENCE.findall(data[:MAX_DETECTION_BYTES]))
    if good * 2 > len(_HIGH.findall(data[:MAX_DETECTION_BYTES])):
        return _scalar(data.decode("utf-8", "replace"))
    return _latin(data)
