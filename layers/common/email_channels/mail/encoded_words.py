"""Decodes the encoded words of header fields (RFC 2047), even if they break the rules. Nothing here raises."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple

from email_channels.expressions import expression
from email_channels.mail.charsets import codec_name, decode
from email_channels.mail.lenient_base64 import decode_base64
from email_channels.mail.limits import MAX_ENCODED_WORDS

_CONTROLS: Final = expression(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LINE_ENDS: Final = expression(r"[\r\n]+")
_WHITE_SPACE: Final = expression(r"\s")
_HEAD: Final = expression(r"=\?([^?\s=]{0,60})\?([bBqQ])\?")
_LONGEST_PAYLOAD: Final = 20_000
"""Characters. RFC 2047 allows 75 for a word, but some programs write a whole subject in one word."""

# `?=41`: this looks like the end of a word, but its `=41` may be the first escape of the word.
_END_OR_ESCAPE: Final = expression(r"\?=[0-9A-Fa-f]{2}")
_Q_ESCAPE: Final = expression(rb"=([0-9A-Fa-f]{2})")
_SOFT_BREAK: Final = expression(r"=[ \t]{1,20}")
_URL_SAFE_BASE64: Final = {ord("-"): "+", ord("_"): "/"}
_MAX_GUESSES: Final = 50
"""How often a charset is guessed in one value, if words are not in the charset that they name. A guess is slow."""

_STATEFUL: Final = ("iso2022", "hz")
_SHIFTS_TO_ASCII: Final = expression(rb"[^\x1b]{0,2000}\x1b\([BJ]")


class _EncodedWord(NamedTuple):
    charset: str
    """In lower case."""
    encoding: str
    """"B" or "Q"."""
    payload: str
    start: int
    end: int


def without_controls(text: str) -> str:
    """`text` without the control characters that no header field may contain. Tabs and line ends are kept."""
    return _CONTROLS.sub("", text)


def decode_words(text: str) -> str:
    """`text` with its encoded words decoded.

    The bytes of neighbouring words in one charset are joined before they are decoded, because many programs split a
    text inside a character (against section 5), and some inside a group of base64. Words are found even within quotes,
    without white space around them, or with spaces inside.
    """
    if "=?" not in text:
        return text
    decoder = _Decoder()
    run: list[_EncodedWord] = []
    position = 0
    for word in islice(_find_words(text), MAX_ENCODED_WORDS):
        between = text[position : word.start]
        if not run or between.strip():
            decoder.add_run(run)
            decoder.output.append(between)
            run = []
        run.append(word)
        position = word.end
    decoder.add_run(run)
    decoder.output.append(text[position:])
    return _unfold(without_controls("".join(decoder.output)))


def _unfold(text: str) -> str:
    if "\n" not in text and "\r" not in text:
        return text
    # A substitution would need a pattern with white space on both sides, which takes time quadratic in the length.
    return " ".join(line.strip(" \t") for line in _LINE_ENDS.split(text))


def _find_words(text: str) -> Iterator[_EncodedWord]:
    position = 0
    closing = -1  # the position of the next "?=": one search serves all words that begin before it and never end
    while (start := text.find("=?", position)) >= 0:
        position = start + 2
        if (head := _HEAD.match(text, start)) is None:
            continue
        if closing < head.end():
            closing = text.find("?=", head.end())
            closing = len(text) if closing < 0 else closing
        if (word := _read_word(text, head, closing)) is not None:
            yield word
            position = word.end


def _read_word(text: str, head: re.Match[str], end: int) -> _EncodedWord | None:
    """The encoded word that begins with `head`, with its payload up to `end`; None if it is too long or has no end."""
    if end - head.end() > _LONGEST_PAYLOAD or end >= len(text):
        return None
    encoding = head[2].upper()
    # "?Q?=41?=": the first "?=" does not end the word, because the hex digits of the escape "=41" follow.
    if end == head.end() and encoding == "Q" and _END_OR_ESCAPE.match(text, end):
        again = text.find("?=", end + 2, end + _LONGEST_PAYLOAD)
        end = again if again > 0 and not _WHITE_SPACE.search(text, end, again) else end
    charset = head[1].partition("*")[0].lower()  # without the language (RFC 2231, section 5)
    return _EncodedWord(charset, encoding, text[head.end() : end], head.start(), end + 2)


class _Decoder:
    """Decodes the runs of words of one value, and counts the runs that are not in the charset that they name."""

    def __init__(self) -> None:
        self.output: list[str] = []
        self.guesses = 0

    def add_run(self, run: list[_EncodedWord]) -> None:
        """Add the text of a run: words with only white space between them."""
        start = 0
        for end, word in enumerate(run, start=1):
            if end == len(run) or run[end].charset != word.charset:
                self.output.append(self.text_of(_payloads(run[start:end]), word.charset))
                start = end

    def text_of(self, payloads: list[bytes], charset: str) -> str:
        """The text of neighbouring words in one charset."""
        codec = codec_name(charset) or ""
        if self.guesses > _MAX_GUESSES:
            lossy = b"".join(payloads).decode(codec or "utf-8", "replace")
            return lossy.encode("utf-8", "replace").decode()  # some codecs produce surrogates
        text, defect = decode(b"".join(payloads), charset)
        self.guesses += defect is not None
        # Each word should begin in ASCII (RFC 2047, section 3), so it need not shift to ASCII first. A word that does
        # continues in the state of the word before it, and their bytes must be decoded together.
        if len(payloads) == 1 or (codec.startswith("iso2022") and any(map(_SHIFTS_TO_ASCII.match, payloads[1:]))):
            return text
        if defect is not None or codec.startswith(_STATEFUL):
            apart = [decode(payload, charset) for payload in payloads]
            if all(problem is None for _, problem in apart):
                return "".join(piece for piece, _ in apart)
        return text


def _payloads(words: list[_EncodedWord]) -> list[bytes]:
    """The bytes of neighbouring words in one charset. A group of base64 that was split between words is joined."""
    found: list[bytes] = []
    carried = ""  # the beginning of a group that ends in the next word
    for number, word in enumerate(words, start=1):
        if word.encoding == "Q":
            found.append(_decode_q(word.payload))
            continue
        text = carried + _WHITE_SPACE.sub("", word.payload).translate(_URL_SAFE_BASE64)
        carried = ""
        if number < len(words) and words[number].encoding == "B" and "=" not in text:
            whole = len(text) - len(text) % 4
            text, carried = text[:whole], text[whole:]
        found.append(decode_base64(text.encode("ascii", "ignore")))
    return found


def _decode_q(payload: str) -> bytes:
    if "= " in payload or "=\t" in payload:  # PHP's quoted_printable_encode broke the line, and a gateway indented it
        payload = _SOFT_BREAK.sub("", payload)
    raw = payload.replace("_", " ").encode("utf-8", "replace")
    return _Q_ESCAPE.sub(lambda match: bytes((int(match[1], 16),)), raw)
