"""A header section's bytes -> its fields, and what stands in them: text, message ids.

RFC 5322 section 2.2 (fields and folding), RFC 2047 (encoded words), and the many ways in which real mail breaks them.
Nothing here raises. Parameters are read by `parameters`, which stands on this.
"""

from __future__ import annotations

import binascii
import re
from typing import Final

from email_channels.mail.charsets import codec_name, decode
from email_channels.mail.limits import MAX_ENCODED_WORDS, MAX_HEADER_BYTES, MAX_HEADER_FIELDS, MAX_HEADER_VALUE

Fields = list[tuple[str, bytes]]
"""Name as written, and the unfolded value's bytes without surrounding white space, in order."""

_FIELD: Final = re.compile(rb"([!-9;-~]{1,200})[ \t]{0,40}:(.*)", re.DOTALL)
# What only stands in headers: seen further down, the section has not ended at a line that is no field.
_SURELY_HEADER: Final = re.compile(
    rb"(?:from|to|cc|subject|date|message-id|mime-version|content-type|content-transfer-encoding|received|reply-to"
    rb"|return-path|dkim-signature|x-[a-z0-9-]{2,60}):",
    re.IGNORECASE,
)
_LINE_ENDS: Final = re.compile(r"[\r\n]+")
CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BRACKETED: Final = re.compile(r"<([^<>]{1,2000})>")
_UNCLOSED_ID: Final = re.compile(r"<([^<>\s@]{1,1000}@[^<>\s@]{1,1000})(?=[\s<]|$)")
_QUOTED_LEFT: Final = re.compile(r'\s{0,20}("[^"]{0,900}")')
_WORD_HEAD: Final = re.compile(r"=\?([^?\s=]{0,60})\?([bBqQ])\?")
_MOST_GUESSED: Final = 50
"""Encoded words of one value whose charset is guessed where they are not in the one that they name; a guess is dear."""

_LONGEST_WORD: Final = 20_000  # characters; RFC 2047 allows 75, and programs write whole subjects in one
_Q_ESCAPE: Final = re.compile(rb"=([0-9A-Fa-f]{2})")
_SHIFTS_TO_ASCII: Final = re.compile(rb"[^\x1b]{0,2000}\x1b\([BJ]")
_SOFT_BREAK: Final = re.compile(r"=[ \t]{1,20}")
_URL_SAFE: Final = {ord("-"): "+", ord("_"): "/"}
_BASE64_PIECE: Final = re.compile(rb"[^=]+")


def read_fields(buffer: bytes, start: int, end: int) -> tuple[Fields, int, list[str]]:
    """The fields of the section that begins at `start`, the offset of the body, and what was wrong.

    A line that is no field ends the section (the blank line is missing), unless a header that mail cannot do without
    follows: then it is a fold that lost its indent, and belongs to the field above. A line `From ` on top is a
    mailbox file's.
    """
    fields: Fields = []
    defects: list[str] = []
    parts: list[bytes] = []
    name = ""
    position = start
    stop = min(end, start + MAX_HEADER_BYTES)

    def finish() -> None:
        if name and len(fields) >= MAX_HEADER_FIELDS:
            defects.append("too many header fields: the rest was not read")
        elif name:
            value = b" ".join(filter(None, parts)) if len(parts) > 1 else parts[0]
            if len(value) > MAX_HEADER_VALUE:
                defects.append(f"header field {name[:60]} cut")
                value = value[:MAX_HEADER_VALUE]
            fields.append((name, value))

    while position < stop:
        newline = buffer.find(b"\n", position, end)
        following = end if newline < 0 else newline + 1
        line = buffer[position : min(following, position + MAX_HEADER_VALUE + 400)].rstrip(b"\r\n")
        if not line:
            finish()
            return fields, following, defects
        if line[0] in b" \t":
            if not name:
                defects.append("header section begins with a folded line")
                if not line.strip():
                    return fields, following, defects
            elif line.strip() or _continues(buffer, following, stop):
                parts.append(line.strip())
            else:  # a "blank" line of spaces before the body
                finish()
                return fields, following, [*defects, "header section ends with a line of spaces"]
        elif (match := _FIELD.match(line)) is not None:
            finish()
            name, parts = match[1].decode("ascii"), [match[2].strip()]
        elif line.startswith((b"From ", b">From ")) and (not fields or line.startswith(b">")):
            pass
        elif _header_follows(buffer, following, stop):
            defects.append("header line without a name")
            if name:
                parts.append(line.strip())
        else:
            finish()
            return fields, position, [*defects, "no blank line between headers and body"]
        position = following
    finish()
    if position < end:
        defects.append("header section too long: the rest was not read")
        blank = buffer.find(b"\n\r\n", position, end)
        bare = buffer.find(b"\n\n", position, end)
        ends = [found + width for found, width in ((blank, 3), (bare, 2)) if found >= 0]
        position = min(ends, default=end)
    return fields, position, defects


def _header_follows(buffer: bytes, position: int, stop: int) -> bool:
    """Whether one of the next five lines surely is a header."""
    for _ in range(5):
        if position >= stop or buffer[position : position + 1] in (b"\r", b"\n"):
            return False
        if _SURELY_HEADER.match(buffer, position):
            return True
        newline = buffer.find(b"\n", position, min(stop, position + 4096))
        if newline < 0:
            return False
        position = newline + 1
    return False


def _continues(buffer: bytes, position: int, stop: int) -> bool:
    """Whether headers go on after a line of spaces."""
    head = buffer[position : min(stop, position + 300)]
    return head[:1] in (b" ", b"\t", b"\r", b"\n") or _FIELD.match(head.split(b"\n", 1)[0]) is not None


def raw_text(value: bytes, hint: str | None = None) -> str:
    """A field's bytes as characters, encoded words left alone: UTF-8 (RFC 6532), else the likeliest legacy charset."""
    if value.isascii() and b"\x1b" not in value:
        text = value.decode("ascii")
    elif _is_damaged_utf8(value):
        text = value.decode("utf-8", "replace")
    else:
        text = decode(value, None, hint)[0]
    return CONTROLS.sub("", text)


def _is_damaged_utf8(value: bytes) -> bool:
    """Whether a field was UTF-8 before somebody cut it or folded it inside a character."""
    whole = value.decode("utf-8", "ignore")
    good = sum(1 for char in whole if char > "\x7f")
    lost = len(value) - len(whole.encode())
    return 0 < lost <= 3 and good >= 3


def decoded_text(value: bytes, hint: str | None = None) -> str:
    """An unstructured field's value (RFC 5322, section 3.6.5) as people read it."""
    return decode_words(raw_text(value, hint)).strip()


def decode_words(text: str) -> str:
    """`text` with its encoded words (RFC 2047) decoded.

    Bytes of neighbouring words in one charset are joined before they are decoded, since many programs split inside a
    character (against section 5) and some inside a group of base64. Words are also found in quotes, without white
    space around them, and with spaces inside.
    """
    if "=?" not in text:
        return text
    output: list[str] = []
    pending: list[tuple[str, str, str]] = []
    guessed = [0]
    position = words = 0
    closing = -1  # where the next "?=" is: looked for once, however many words begin and do not end
    while words < MAX_ENCODED_WORDS:
        start = text.find("=?", position)
        if start < 0:
            break
        if (head := _WORD_HEAD.match(text, start)) is not None and closing < head.end():
            closing = text.find("?=", head.end())
            closing = len(text) if closing < 0 else closing
        found = _word_at(text, head, closing) if head is not None else None
        if found is None:
            if pending:
                output.append(_decode_run(pending, guessed))
                pending = []
            output.append(text[position : start + 2])
            position = start + 2
            continue
        between = text[position:start]
        if not (pending and not between.strip()):
            if pending:
                output.append(_decode_run(pending, guessed))
                pending = []
            output.append(between)
        charset, encoding, payload, position = found
        pending.append((charset, encoding, payload))
        words += 1
    if pending:
        output.append(_decode_run(pending, guessed))
    output.append(text[position:])
    decoded = CONTROLS.sub("", "".join(output))
    if "\n" not in decoded and "\r" not in decoded:
        return decoded
    # Split rather than substituted: a pattern with white space on both sides takes the square of its length.
    return " ".join(line.strip(" \t") for line in _LINE_ENDS.split(decoded))


def _word_at(text: str, head: re.Match[str], end: int) -> tuple[str, str, str, int] | None:
    """Charset, encoding, text and end of the encoded word that begins with `head` and closes at `end`, or None."""
    if end - head.end() > _LONGEST_WORD or end >= len(text):
        return None
    # "?Q?=41?=": the first "?=" may be the payload's own "=41". A payload that is empty is followed by no hex digits.
    if end == head.end() and head[2] in "qQ" and re.match(r"\?=[0-9A-Fa-f]{2}", text[end : end + 4]):
        again = text.find("?=", end + 2, end + _LONGEST_WORD)
        end = again if again > 0 and not re.search(r"\s", text[end:again]) else end
    return head[1].split("*", 1)[0], head[2].upper(), text[head.end() : end], end + 2


def _decode_run(words: list[tuple[str, str, str]], guessed: list[int]) -> str:
    """Text of encoded words that follow one another; `guessed` counts those that are not in the charset they name."""
    output: list[str] = []
    group: list[bytes] = []
    carry = ""
    for index, (charset, encoding, payload) in enumerate(words):
        following = words[index + 1] if index + 1 < len(words) else None
        joins = following is not None and following[0].lower() == charset.lower()
        if encoding == "Q":
            group.append(_decode_q(payload))
        else:
            text = carry + re.sub(r"\s", "", payload).translate(_URL_SAFE)
            carry = ""
            if joins and following is not None and following[1] == "B" and "=" not in text and len(text) % 4:
                cut = len(text) - len(text) % 4
                text, carry = text[:cut], text[cut:]
            group.append(decode_base64(text.encode("ascii", "ignore")))
        if not joins:
            output.append(_join(group, charset, guessed))
            group = []
    return "".join(output)


def _join(group: list[bytes], charset: str, guessed: list[int]) -> str:
    codec = codec_name(charset) or ""
    if guessed[0] > _MOST_GUESSED:
        lossy = b"".join(group).decode(codec or "utf-8", "replace")
        return lossy.encode("utf-8", "replace").decode()  # some codecs make up surrogates
    text, defect = decode(b"".join(group), charset)
    guessed[0] += defect is not None
    # A word that begins in ASCII (RFC 2047, section 3) does not shift to it: these go on in the state of those before.
    if codec.startswith("iso2022") and any(_SHIFTS_TO_ASCII.match(data) for data in group[1:]):
        return text
    if len(group) > 1 and (defect is not None or codec.startswith(("iso2022", "hz"))):
        single = [decode(data, charset) for data in group]
        if all(problem is None for _, problem in single):
            return "".join(piece for piece, _ in single)
    return text


def _decode_q(payload: str) -> bytes:
    if "= " in payload or "=\t" in payload:  # PHP's quoted_printable_encode broke the line, a gateway indented it
        payload = _SOFT_BREAK.sub("", payload)
    raw = payload.replace("_", " ").encode("utf-8", "replace")
    return _Q_ESCAPE.sub(lambda match: bytes((int(match[1], 16),)), raw)


def decode_base64(data: bytes) -> bytes:
    """Base64's bytes, as much as there is: other characters are skipped, missing padding is added.

    Padding in the middle ends a piece, not the text: some encode piece by piece.
    """
    if b"=" in data and b"=" in data.rstrip(b"=\r\n\t "):
        return b"".join(_decode_piece(piece) for piece in _BASE64_PIECE.findall(data))
    return _decode_piece(data)


def _decode_piece(data: bytes) -> bytes:
    for padding in (b"", b"=", b"=="):
        try:
            return binascii.a2b_base64(data + padding)
        except binascii.Error:
            continue
    kept = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    try:
        return binascii.a2b_base64(kept[: len(kept) - (len(kept) % 4 == 1)] + b"==")
    except binascii.Error:
        return b""


def message_ids(value: bytes) -> tuple[str, ...]:
    """Message ids without angle brackets, in order, each once (RFC 5322, section 3.6.4).

    Where nothing is bracketed, each word with an @ is taken; some programs write no brackets, or a sentence.
    """
    text = decode_words(raw_text(value))
    found = [_without_spaces(match) for match in _BRACKETED.findall(text)]
    if found and (text.count("<") > text.count(">")):
        found = [_without_spaces(match) for match in _BRACKETED.findall(_UNCLOSED_ID.sub(r"<\1>", text))]
    if not found:
        found = [word.strip("<>,;\"'") for word in text.split() if "@" in word]
    return tuple(dict.fromkeys(filter(None, found)))


def message_id(value: bytes) -> str | None:
    """The id of a Message-ID field without angle brackets, or None where there is none."""
    text = decode_words(raw_text(value)).strip()
    if match := _BRACKETED.search(text):
        text = match[1]
    elif words := [word for word in text.split() if "@" in word]:  # no brackets, but perhaps a comment
        text = words[0].strip("\"',;")
    return _without_spaces(text.strip("<> \t"))[:2000] or None


def _without_spaces(identifier: str) -> str:
    """An id as it was before somebody folded it; what stands in quotes keeps its spaces (RFC 5322, section 3.2.4)."""
    if '"' in identifier and (quoted := _QUOTED_LEFT.match(identifier)) is not None:
        return quoted[1] + re.sub(r"\s", "", identifier[quoted.end() :])
    return re.sub(r"\s", "", identifier)
