"""Finds the Python codec for a charset name in an email.

A name means what mail programs mean by it, not what IANA lists. Often this is the largest charset of the family:
`gb2312` is GB 18030, and `iso-8859-1` is Windows-1252 (WHATWG Encoding, section 4.2).
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache
from typing import Final

from email_channels.expressions import expression

_ALIASES: Final = {
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
# Code pages whose codec has another name in Python.
_CODE_PAGES: Final = {"cp65001": "utf-8", "cp28591": "cp1252", "cp20127": "ascii"}
_CODE_PAGE: Final = expression(r"(?:windows|win|cp|x-cp|ibm|microsoft-cp)[-_ ]?(\d{3,5})")
# Names that Python still does not know, reduced to their letters and digits.
_REDUCED: Final = {"utf8": "utf-8", "iso88591": "cp1252", "usascii": "ascii"}
# Python's own names of Latin-1.
_LATIN_1: Final = frozenset(("iso8859-1", "latin_1"))
# Codecs of Python that are not charsets: a sender must not choose "zlib" or "idna".
_NOT_CHARSETS: Final = frozenset(
    {"base64", "bz2", "hex", "quopri", "rot13", "uu", "zlib", "idna", "punycode", "undefined", "mbcs", "oem", "palmos"}
    | {"raw-unicode-escape", "unicode-escape", "unicode_escape", "raw_unicode_escape"}
)
_LONGEST_NAME: Final = 60


@lru_cache(maxsize=256)
def codec_name(charset: str) -> str | None:
    """The name of the Python codec for a declared charset; None if the charset is unknown."""
    name = charset.strip().strip("\"'").strip().lower()
    name = name.split("*", 1)[0].split(";", 1)[0].strip()
    if not name or len(name) > _LONGEST_NAME or not name.isascii():
        return None
    info = _lookup(_without_alias(name))
    if info is None or info.name in _NOT_CHARSETS or not getattr(info, "_is_text_encoding", True):
        return None
    return "cp1252" if info.name in _LATIN_1 else info.name


def _without_alias(name: str) -> str:
    """The name that Python knows, for a name that mail programs use."""
    name = _ALIASES.get(name) or _ALIASES.get(name.replace("_", "-")) or name
    if match := _CODE_PAGE.fullmatch(name):
        name = _ALIASES.get(f"windows-{match[1]}") or f"cp{match[1]}"
        name = _CODE_PAGES.get(name, name)
    return name


def _lookup(name: str) -> codecs.CodecInfo | None:
    try:
        return codecs.lookup(name)
    except (LookupError, ValueError):
        again = _REDUCED.get(re.sub(r"[^a-z0-9]", "", name))
        return codecs.lookup(again) if again is not None else None
