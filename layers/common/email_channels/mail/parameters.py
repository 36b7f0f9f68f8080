"""A structured field's value (Content-Type, Content-Disposition) -> its main word and its parameters.

RFC 2045, section 5.1, RFC 2231, and the many ways in which mail programs write file names. Nothing here raises.
"""

from __future__ import annotations

import re
from typing import Final

from email_channels.mail.charsets import codec_name, decode
from email_channels.mail.headers import CONTROLS, decode_words, raw_text
from email_channels.mail.limits import MAX_PARAMETERS

_COMMENT: Final = re.compile(r"(?:^|(?<=\s))\([^()]{0,200}\)")
_SECTION: Final = re.compile(r"([^*]{1,60})(?:\*(\d{1,3}))?(\*)?$")
_FORGOTTEN_STAR: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{2,30}'[A-Za-z-]{0,10}'.")
_PERCENT: Final = re.compile(rb"%([0-9A-Fa-f]{2})")


def parameters(value: bytes, hint: str | None = None) -> tuple[str, dict[str, str]]:
    """What stands before the first semicolon (in lower case), and the parameters by their lower-case names.

    RFC 2231's continued and encoded values are put together and preferred; encoded words in values, which RFC 2047
    forbids and most programs write, are decoded. Of a name that is given twice the first counts.
    """
    pieces = _split_parameters(raw_text(value, hint))
    main = re.sub(r"\s", "", _COMMENT.sub("", pieces[0])).lower().strip('"') if pieces else ""
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[bool, str]]] = {}
    for piece in pieces[1 : MAX_PARAMETERS + 1]:
        key, equals, content = piece.partition("=")
        match = _SECTION.match(key.strip().lower())
        if not equals or match is None:
            continue
        name = match[1].strip()
        if "(" in content and not name.endswith("name"):  # a file's name may hold brackets, whatever the RFC says
            content = _COMMENT.sub("", content)
        content = _unquote(content.strip())
        if match[2] is None and match[3] is None:
            plain.setdefault(name, content)
        else:
            sections.setdefault(name, {}).setdefault(int(match[2] or 0), (match[3] is not None, content))
    values = {name: _plain_value(content, hint) for name, content in plain.items()}
    for name, numbered in sections.items():
        joined = _join_sections(numbered, hint)
        if joined.strip() or name not in values:
            values[name] = joined
    return main, values


def _plain_value(content: str, hint: str | None) -> str:
    """A parameter that is not marked as encoded; some programs forget the star of RFC 2231, and write all the rest."""
    if "%" in content and _FORGOTTEN_STAR.match(content) and codec_name(content.split("'", 1)[0]) is not None:
        return _join_sections({0: (True, content)}, hint)
    return decode_words(content)


def _split_parameters(text: str) -> list[str]:
    """`text` at its semicolons outside quotes. A quote that never closes ends with its parameter."""
    if '"' not in text:
        return text.split(";")
    pieces: list[str] = []
    start = position = 0
    while position < len(text):
        char = text[position]
        if char == ";":
            pieces.append(text[start:position])
            start = position + 1
        elif char == '"' and text[max(start, position - 20) : position].rstrip().endswith("="):
            close = position + 1
            while close < len(text) and text[close] != '"':
                # A backslash before the last quote is a Windows path's, not an escape.
                escapes = text[close] == "\\" and close + 1 < len(text) and text[close + 1] in '"\\'
                close += 2 if escapes else 1
            if close >= len(text):
                close = text.find(";", position)
                close = len(text) if close < 0 else close - 1
            position = close
        position += 1
    pieces.append(text[start:])
    return pieces


def _unquote(content: str) -> str:
    """A parameter's value without its quotes. Lone backslashes are kept: they are Windows paths."""
    if content.startswith('"'):
        end = len(content) - 1
        while end > 0 and content[end] != '"':
            end -= 1
        content = content[1:end] if end > 0 else content[1:]
        if len(content) > 2 and content[0] == content[-1] == '"' and content[-2] != "\\":  # `""a.pdf""`
            content = content[1:-1]
        return content.replace("\\\\", "\\").replace('\\"', '"')
    return content[:-1] if content.endswith('"') and content.count('"') == 1 else content  # `a.pdf"`


def _join_sections(numbered: dict[int, tuple[bool, str]], hint: str | None) -> str:
    """RFC 2231, sections 3 and 4: the sections in order; the first may name the charset."""
    charset: str | None = None
    data = bytearray()
    plain_words: list[str] = []
    for number in sorted(numbered):
        encoded, content = numbered[number]
        if encoded:
            if charset is None and content.count("'") >= 2:
                charset, _, content = content.split("'", 2)
            elif charset is None and "'" in content and codec_name(content.split("'", 1)[0]) is not None:
                charset, _, content = content.partition("'")  # the language and its quote are missing
            raw = content.encode("utf-8", "replace")
            data += _PERCENT.sub(lambda match: bytes((int(match[1], 16),)), raw)
        else:
            data += content.encode("utf-8", "replace")
            plain_words.append(content)
    if charset is None and len(plain_words) == len(numbered):
        return decode_words("".join(plain_words))
    text = decode(bytes(data), charset or "utf-8", hint)[0]
    return decode_words(CONTROLS.sub("", text))
