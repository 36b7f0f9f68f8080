"""Preset dictionaries of zlib (RFC 1950, section 2.2): strings that a stream refers to without storing them.

Most emails are short, so most of what they say to a compressor is new to it. A dictionary tells it beforehand what all
emails have in common. The stream names its dictionary (DICTID, the Adler-32 of its bytes), so each stream can be read
for as long as its dictionary is kept here.

A released dictionary never changes: what was written with it could not be read any more. To improve it:

1. Write `dictionary_<n>.txt` (at most 32 KB: a match of zlib reaches back no further). Add its DICTID to `FILES`
   and to `tests/unit/aws/test_compression.py`. This prints it:
   `python -c "import zlib; from email_channels.aws.rows.dictionaries import build; print(hex(zlib.adler32(build(2))))"`
2. Release that, so that all code that runs can read it.
3. Set `CURRENT` to the DICTID in the next release. Old files stay for as long as items written with them.
"""

from __future__ import annotations

import zlib
from functools import cache
from pathlib import Path

FILES = {0xFC339430: 1}
"""The number of the file of each dictionary, by its DICTID."""

CURRENT = 0xFC339430
"""The DICTID of the dictionary that new streams use."""

_PRESET_DICTIONARY = 0x20  # FDICT, a bit of the second byte of a stream


def build(number: int) -> bytes:
    """The bytes of a dictionary: the lines of `dictionary_<number>.txt` without comments, with a space between them."""
    text = Path(__file__).with_name(f"dictionary_{number}.txt").read_text("utf-8")
    return " ".join(line for line in text.splitlines() if line and not line.startswith("#")).encode()


@cache
def _dictionary(wanted: int) -> bytes:
    return build(FILES[wanted])


@cache
def _primed() -> zlib._Compress:
    return zlib.compressobj(zdict=_dictionary(CURRENT))


def compressor() -> zlib._Compress:
    """A compressor that knows the current dictionary. It is a copy, because reading the dictionary takes longer."""
    return _primed().copy()


def decompressor(stream: bytes) -> zlib._Decompress:
    """A decompressor with the dictionary that the stream names, if it names one. Raises ValueError if it is unknown."""
    if len(stream) < 6 or not stream[1] & _PRESET_DICTIONARY:
        return zlib.decompressobj()
    named = int.from_bytes(stream[2:6], "big")
    if named not in FILES:
        raise ValueError(f"stored content needs the unknown dictionary {named:#010x}")
    return zlib.decompressobj(zdict=_dictionary(named))
