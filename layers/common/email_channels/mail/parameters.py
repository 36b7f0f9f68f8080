"""Reads the main value and the parameters of a structured field (Content-Type, Content-Disposition).

It follows RFC 2045, section 5.1, and RFC 2231, and accepts the many ways in which mail programs write file names.
Nothing here raises.
"""

from __future__ import annotations

from typing import Final

from email_channels.expressions import expression
from email_channels.mail.charsets import codec_name, decode
from email_channels.mail.comments import end_of_comment
from email_channels.mail.encoded_words import decode_words, without_controls
from email_channels.mail.headers import raw_text
from email_channels.mail.limits import MAX_PARAMETERS

_WHITE_SPACE: Final = expression(r"\s")
_SEMICOLON_OR_QUOTE: Final = expression('[;"]')
_SEMICOLON_QUOTE_OR_BRACKET: Final = expression('[;"(]')
_LONGEST_SPACE_BEFORE_QUOTE: Final = 20
_LONGEST_NAME: Final = 100
# `name`, `name*`, `name*0`, `name*0*`
_NAME: Final = expression(r"([^*]{1,60})(?:\*(\d{1,3}))?(\*)?$")
_EXTENDED_VALUE: Final = expression(r"[A-Za-z][A-Za-z0-9_-]{2,30}'[A-Za-z-]{0,10}'.")
_PERCENT: Final = expression(rb"%([0-9A-Fa-f]{2})")

_Sections = dict[int, tuple[bool, str]]
"""The sections (RFC 2231) of one parameter by number: whether the section is percent-encoded, and its text."""


def parse_parameters(value: bytes, hint: str | None = None) -> tuple[str, dict[str, str]]:
    """The text before the first semicolon in lower case, and the parameters by their lower-case names.

    Continued and encoded values (RFC 2231) are joined, and preferred to plain values. Encoded words in values are
    decoded: RFC 2047 forbids them, but most programs write them. If a name occurs twice, its first value counts. `hint`
    is the charset of the rest of the message.
    """
    main, *pieces = _split(_with_semicolon(_without_comments(raw_text(value, hint))))
    plain: dict[str, str] = {}
    sections: dict[str, _Sections] = {}
    for piece in pieces[:MAX_PARAMETERS]:
        key, equals, content = piece.partition("=")
        match = _NAME.match(key.strip().lower())
        if not equals or match is None:
            continue
        name = match[1].strip()
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
    return _WHITE_SPACE.sub("", main).lower().strip('"'), values


def _without_comments(text: str) -> str:
    """The value without its comments. Brackets in quotes, in file names and inside words are not comments."""
    if "(" not in text:
        return text
    output: list[str] = []
    kept = start = position = 0  # the offsets of what was not copied yet, of the parameter, of what was not read yet
    while (special := _SEMICOLON_QUOTE_OR_BRACKET.search(text, position)) is not None:
        at = special.start()
        position = at + 1
        if special[0] == ";":
            start = position
        elif special[0] == '"':
            if _opens_quote(text, start, at):
                position = _end_of_quoted_value(text, at) + 1
        elif _may_be_comment(text, start, at):
            if (end := end_of_comment(text, at)) is None:
                break
            output += (text[kept:at], " ")
            kept = position = end
    return "".join((*output, text[kept:]))


def _may_be_comment(text: str, start: int, at: int) -> bool:
    """Whether the bracket at `at` opens a comment. The parameter, or the main value, begins at `start`."""
    head = text[start : min(at, start + _LONGEST_NAME)]
    name, equals, content = (head + text[max(start + len(head), at - 9) : at]).partition("=")
    if not equals:
        return True
    if name.partition("*")[0].strip().lower().endswith("name") and not content.rstrip().endswith('"'):
        return not content.strip()  # file names contain brackets: `name=Report (draft).pdf`
    return not content or content[-1].isspace() or content[-1] == '"'


def _with_semicolon(value: str) -> str:
    """`text/plain charset=utf-8` -> `text/plain; charset=utf-8`."""
    head, semicolon, rest = value.partition(";")
    if "=" in head and '"' not in head.split("=", 1)[0]:
        first, _, second = head.strip().partition(" ")
        if second and "=" not in first:
            return f"{first}; {second.strip()}{semicolon}{rest}"
    return value


def _split(text: str) -> list[str]:
    """`text`, split at the semicolons outside quotes. A quote that never closes ends with its parameter."""
    if '"' not in text:
        return text.split(";")
    pieces: list[str] = []
    start = position = 0
    while (special := _SEMICOLON_OR_QUOTE.search(text, position)) is not None:
        position = special.start()
        if special[0] == ";":
            pieces.append(text[start:position])
            start = position + 1
        elif _opens_quote(text, start, position):
            position = _end_of_quoted_value(text, position)
        position += 1
    pieces.append(text[start:])
    return pieces


def _opens_quote(text: str, start: int, at: int) -> bool:
    """Whether the quote at `at` opens the value of the parameter that begins at `start`."""
    return text[max(start, at - _LONGEST_SPACE_BEFORE_QUOTE) : at].rstrip().endswith("=")


def _end_of_quoted_value(text: str, opening: int) -> int:
    """The offset of the last character of a value whose quote opens at `opening`."""
    position = opening + 1
    while position < len(text):
        if text[position] == '"':
            return position
        # A backslash before the last quote is part of a Windows path, not an escape.
        escapes = text[position] == "\\" and text[position + 1 : position + 2] in ('"', "\\")
        position += 2 if escapes else 1
    semicolon = text.find(";", opening)
    return len(text) if semicolon < 0 else semicolon - 1


def _unquote(content: str) -> str:
    """A parameter's value without its quotes. Single backslashes are kept, because they are parts of Windows paths."""
    if not content.startswith('"'):
        return content[:-1] if content.endswith('"') and content.count('"') == 1 else content  # `a.pdf"`
    end = content.rfind('"', 1)
    content = content[1:end] if end > 0 else content[1:]
    if len(content) > 2 and content[0] == content[-1] == '"' and content[-2] != "\\":  # `""a.pdf""`
        content = content[1:-1]
    return content.replace("\\\\", "\\").replace('\\"', '"')


def _plain_value(content: str, hint: str | None) -> str:
    """The value of a parameter that has no star (RFC 2231).

    Some programs forget only the star, and encode the value.
    """
    if "%" in content and _EXTENDED_VALUE.match(content) and codec_name(content.split("'", 1)[0]) is not None:
        return _join_sections({0: (True, content)}, hint)
    return decode_words(content)


def _join_sections(numbered: _Sections, hint: str | None) -> str:
    """The value of sections (RFC 2231, sections 3 and 4). The first encoded section may name the charset."""
    ordered = [numbered[number] for number in sorted(numbered)]
    if not any(encoded for encoded, _ in ordered):
        return decode_words("".join(content for _, content in ordered))
    charset: str | None = None
    data = bytearray()
    for encoded, content in ordered:
        if encoded and charset is None:
            charset, content = _charset_and_rest(content)
        raw = content.encode("utf-8", "replace")
        data += _PERCENT.sub(lambda match: bytes((int(match[1], 16),)), raw) if encoded else raw
    text = decode(bytes(data), charset or "utf-8", hint)[0]
    return decode_words(without_controls(text))


def _charset_and_rest(content: str) -> tuple[str | None, str]:
    """Charset and text of `utf-8'de'text`; the charset is None if none is named."""
    if content.count("'") >= 2:
        charset, _, text = content.split("'", 2)
        return charset, text
    charset, quote, text = content.partition("'")
    if quote and codec_name(charset) is not None:  # the language and its quote are missing
        return charset, text
    return None, content
