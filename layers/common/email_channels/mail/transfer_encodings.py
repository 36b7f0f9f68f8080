"""Content-Transfer-Encoding undone (RFC 2045, section 6): as many bytes as can be had, whatever is broken."""

from __future__ import annotations

import binascii
import re
from typing import Final

from email_channels.mail.lenient_base64 import decode_base64
from email_channels.mail.limits import MAX_UUENCODED

_TOKEN: Final = re.compile(r"[a-z0-9][a-z0-9-]*")
_PARTED_BASE64: Final = re.compile(r"\bbase[ _]64\b")
_SOFT_BREAK_WITH_SPACES: Final = re.compile(rb"=[ \t]{1,80}(?=\r?\n)")
_NO_ESCAPE: Final = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]{0,80}(?:\r?\n|$))")
_TEXT_BELOW: Final = "text after base64"
_HEAD: Final = 2_000
_LONGEST_FOOTER: Final = 20_000
# A pair at the end of a line may be a sign and a soft break; a row of three or more is a line drawn by somebody.
_EQUALS_AS_IT_IS: Final = re.compile(rb"={3,}|=(?==)")
_URL_SAFE: Final = re.compile(rb"[A-Za-z0-9_\s-]{4,}={0,2}\s*")
_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_NOT_BASE64: Final = re.compile(rb"[^A-Za-z0-9+/=\r\n]")
_SURELY_NOT_BASE64: Final = re.compile(rb"[^A-Za-z0-9+/=\s]")
_BETWEEN_WORDS: Final = re.compile(rb"[^\s] [^\s]|[\x80-\xff]{8}")
_UU_BEGIN: Final = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} ([^\r\n]{1,255}?)[ \t]{0,20}\r?$", re.MULTILINE)
_UU_LENGTH_LINE: Final = re.compile(rb"[ -`]")


def encoding_name(value: str) -> str:
    """The encoding that a header means, without comments, quotes and what else stands there; "" for identity."""
    match = _TOKEN.search(_PARTED_BASE64.sub("base64", value.lower()))
    name = match[0] if match else ""
    name = {"8": "8bit", "7": "7bit", "quoted": "quoted-printable", "b": "base64", "q": "quoted-printable"}.get(
        name, name
    )
    if name in ("uuencode", "x-uuencode", "uue", "x-uue"):
        return "uuencode"
    if name.startswith("quoted"):  # "quoted-printeable"
        return "quoted-printable"
    return {"base-64": "base64", "b64": "base64", "base64": "base64"}.get(name, "")


def decode_text_transfer(data: bytes, encoding: str) -> tuple[bytes, str | None]:
    """`decode_transfer` of a text: what stands as it is below its base64 is text, too."""
    decoded, defect = decode_transfer(data, encoding)
    if defect == _TEXT_BELOW and b"\x00" not in decoded[:_HEAD]:
        _, footer = without_footer(data)
        decoded = decoded.rstrip(b"\r\n") + b"\n\n" + footer.strip()
    return decoded, defect


def decode_transfer(data: bytes, encoding: str) -> tuple[bytes, str | None]:
    """The decoded bytes, and what was wrong. `encoding` is an `encoding_name`."""
    if encoding == "base64":
        return _base64(data)
    if encoding == "quoted-printable":
        broken = _NO_ESCAPE.search(data) is not None
        if b"= " in data or b"=\t" in data:
            data = _SOFT_BREAK_WITH_SPACES.sub(b"=", data)
        if b"==" in data:  # somebody forgot to encode it; Python takes two for one
            data = _EQUALS_AS_IT_IS.sub(lambda match: b"=3D" * len(match[0]), data)
        return binascii.a2b_qp(data), "broken quoted-printable" if broken else None
    if encoding == "uuencode":
        begin = _UU_BEGIN.search(data)
        if begin is None:
            return data, "uuencoded part without a begin line"
        return uudecode(data, begin.end())[0], None
    return data, None


def _base64(data: bytes) -> tuple[bytes, str | None]:
    if _is_plain(data):
        return data, "text declared as base64"
    data, rest = without_footer(data)
    if (b"-" in data or b"_" in data) and _URL_SAFE.fullmatch(data, 0, _HEAD) and b"+" not in data and b"/" not in data:
        data = data.replace(b"-", b"+").replace(b"_", b"/")
    try:
        decoded = binascii.a2b_base64(data)
    except binascii.Error:
        return decode_base64(data), "broken base64"
    if rest:
        return decoded, _TEXT_BELOW
    padding = data.find(b"=")
    if padding >= 0 and padding < len(data) - 4 and (rest := data[padding:].lstrip(b"= \t\r\n")):
        # Some programs encode a file in several goes, each padded: the decoder stops at the first padding.
        return _base64_pieces(data, rest, decoded)
    return decoded, None


def without_footer(data: bytes) -> tuple[bytes, bytes]:
    """Base64, and the text that a list server or a virus scanner put below it, which is not."""
    tail = data[-_HEAD:]
    if not _BETWEEN_WORDS.search(tail) and len(_NOT_BASE64.findall(tail)) < 20:
        return data, b""
    foreign = _SURELY_NOT_BASE64.search(data, max(0, len(data) - _LONGEST_FOOTER))
    if foreign is None:
        return data, b""
    begin = data.rfind(b"\n", 0, foreign.start()) + 1
    blank = max(data.rfind(mark, max(0, begin - 500), begin) for mark in (b"\n\n", b"\n\r\n"))
    begin = blank + 1 if blank >= 0 else begin
    footer = data[begin:]
    if begin < 4 or len(_NOT_BASE64.findall(footer)) * 20 < len(footer) or not data[:begin].strip():
        return data, b""
    return data[:begin], footer


def _is_plain(data: bytes) -> bool:
    """Whether the beginning is sentences rather than base64, which has no spaces between words and no full stops."""
    head = data[:_HEAD]
    if len(_NOT_BASE64.findall(head)) * 10 <= len(head) or len(_BETWEEN_WORDS.findall(head)) < 3:
        return False
    # Is it base64 for all that, with blanks inside or a footer below? Then there is text in it, where words give noise.
    encoded = b"".join(without_footer(head)[0].split())
    if _NOT_BASE64.search(encoded) or len(encoded) < 8:
        return True
    decoded = decode_base64(encoded[: len(encoded) & ~3])
    if not decoded or _CONTROLS.search(decoded):
        return True
    try:
        decoded[: len(decoded) - 3].decode("utf-8")
    except UnicodeDecodeError as problem:
        return problem.start < len(decoded) - 6
    return False


def _base64_pieces(data: bytes, rest: bytes, decoded: bytes) -> tuple[bytes, str | None]:
    if re.fullmatch(rb"[A-Za-z0-9+/=\s]+", rest) is None or (len(rest) < 100 and len(b"".join(rest.split())) % 4):
        return decoded, _TEXT_BELOW
    pieces = [decode_base64(piece) for piece in re.split(rb"=+\s*", data) if piece.strip()]
    return b"".join(pieces), "base64 with padding inside"


def find_uuencoded(data: bytes) -> list[tuple[int, int, str, bytes]]:
    """Files that are uuencoded in the middle of a text: start, end, name as written (Latin-1), content.

    Only what is complete, down to its `end` line, counts: a letter that says "begin 644 something" stays a letter.
    """
    found: list[tuple[int, int, str, bytes]] = []
    position = 0
    while len(found) < MAX_UUENCODED and (begin := _UU_BEGIN.search(data, position)) is not None:
        content, end, complete = uudecode(data, begin.end())
        if complete and content:
            found.append((begin.start(), end, begin[1].decode("latin-1"), content))
            position = end
        else:
            position = begin.end()
    return found


def uudecode(data: bytes, position: int) -> tuple[bytes, int, bool]:
    """The file whose lines begin after `position`, the offset behind its `end` line, and whether that was there."""
    pieces: list[bytes] = []
    newline = data.find(b"\n", position)
    while newline >= 0:
        start = newline + 1
        newline = data.find(b"\n", start)
        stop = len(data) if newline < 0 else newline
        line = data[start : min(stop, start + 200)].rstrip(b"\r")
        if line.strip() == b"end":
            return b"".join(pieces), stop, True
        if not line or line in (b"`", b" "):
            continue
        if _UU_LENGTH_LINE.match(line) is None:
            break
        try:
            pieces.append(binascii.a2b_uu(line))
        except binascii.Error:
            length = (((line[0] - 32) & 63) * 4 + 5) // 3  # Outlook pads lines; Python's own uu module does the same
            try:
                pieces.append(binascii.a2b_uu(line[:length]))
            except binascii.Error:
                break
    return b"".join(pieces), len(data), False
