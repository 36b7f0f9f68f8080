"""Measures memory and CPU time for emails of 40 MB. Each kind of email is large in a different way.

Each email is read in a process of its own. It is read as the function `inbound` does it: from the bytes to the visible
reply.
"""

from __future__ import annotations

import base64
import binascii
import gc
import multiprocessing
import random
import struct
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from bench.peak_memory import peak_memory

_HEAD: Final = (
    b"From: Kim Lee <kim@acme.example>\r\nTo: payroll@acme.example\r\nSubject: Export\r\n"
    b"Date: Tue, 3 Nov 2026 10:00:00 +0100\r\nMessage-ID: <large@acme.example>\r\nMIME-Version: 1.0\r\n"
)
# The block that SES puts on top. What is below it is copied.
_SES: Final = b"Return-Path: <kim@acme.example>\r\nX-SES-RECEIPT: AEFBQUFBQUFB\r\n"
_EMOJI: Final = "Gr\u00fc\u00dfe \U0001f600 aus K\u00f6ln an alle.\r\n".encode()
_QUOTED: Final = b"Gr=C3=BC=C3=9Fe =F0=9F=98=80 aus K=C3=B6ln an=\r\n alle.\r\n"


def _repeated(piece: bytes, size: int) -> bytes:
    return piece * (size // len(piece))


def _one(content_type: bytes, body: bytes, encoding: bytes = b"8bit") -> bytes:
    header = b"Content-Type: " + content_type + b"\r\nContent-Transfer-Encoding: " + encoding + b"\r\n\r\n"
    return _HEAD + header + body


def _many(body: bytes) -> bytes:
    return _HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + body + b"--b--\r\n"


def _attachment(size: int) -> bytes:
    data = base64.encodebytes(random.Random(1).randbytes(size * 3 // 4))
    return _many(
        b"--b\r\n\r\nHi\r\n--b\r\nContent-Type: application/pdf; name=a.pdf\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + data
    )


def _base64_text(size: int) -> bytes:
    return _one(b"text/plain; charset=utf-8", base64.encodebytes(_repeated(_EMOJI, size * 3 // 4)), b"base64")


def _uuencoded(size: int, line_end: bytes = b"\n") -> bytes:
    data = random.Random(1).randbytes(size * 45 // (61 + len(line_end)))
    lines = (binascii.b2a_uu(data[at : at + 45]).rstrip(b"\n") + line_end for at in range(0, len(data), 45))
    return b"begin 644 a.bin\r\n" + b"".join(lines) + b"`" + line_end + b"end\r\n"


def _tnef(size: int) -> bytes:
    wrapped = struct.pack("<IH", 0x223E9F78, 1)
    for attribute, value in (
        (0x00069002, bytes(14)),
        (0x00018010, b"a.bin\x00"),
        (0x0006800F, random.Random(1).randbytes(size * 3 // 4)),
    ):
        wrapped += struct.pack("<BII", 2, attribute, len(value)) + value + bytes(2)
    return _one(b"application/ms-tnef; name=winmail.dat", base64.encodebytes(wrapped), b"base64")


def _messages_within(size: int) -> bytes:
    message = _repeated(b"The quick brown fox.\r\n", size)
    for _ in range(30):
        message = _HEAD + b"Content-Type: message/rfc822\r\n\r\n" + message
    return message


def _multiparts_within(size: int) -> bytes:
    body = b"\r\n" + _repeated(b"The quick brown fox.\r\n", size)
    for depth in range(60):
        mark = b"b%d" % depth
        body = b"Content-Type: multipart/mixed; boundary=" + mark + b"\r\n\r\n--" + mark + b"\r\n" + body
    return _HEAD + body


KINDS: Final[dict[str, Callable[[int], bytes]]] = {
    "one attachment": _attachment,
    "text, 7 bits": lambda size: _one(b"text/plain", _repeated(b"The quick brown fox jumps over it.\r\n", size)),
    "text with emoji": lambda size: _one(b"text/plain; charset=utf-8", _repeated(_EMOJI, size)),
    "text, undeclared": lambda size: _one(b"text/plain", _repeated(_EMOJI, size)),
    "flowed quotes": lambda size: _one(b"text/plain; format=flowed", _repeated(b"> The quick brown fox \r\n", size)),
    "HTML": lambda size: _one(b"text/html; charset=utf-8", _repeated(b"<p>" + _EMOJI + b"</p>", size)),
    "quoted-printable": lambda size: _one(b"text/plain; charset=utf-8", _repeated(_QUOTED, size), b"quoted-printable"),
    "base64 text": _base64_text,
    "uuencoded file": lambda size: _one(b"text/plain", b"See file.\r\n" + _uuencoded(size)),
    "the same, from SES": lambda size: _SES + _one(b"text/plain", b"See file.\r\n" + _uuencoded(size, b"\r\n")),
    "uuencoded part": lambda size: _many(
        b"--b\r\n\r\nHi\r\n--b\r\nContent-Type: application/pdf; name=a.pdf\r\n"
        b"Content-Transfer-Encoding: x-uuencode\r\n\r\n" + _uuencoded(size, b"\r\n")
    ),
    "winmail.dat": _tnef,
    "messages within": _messages_within,
    "multiparts within": _multiparts_within,
    "header fields": lambda size: _HEAD + _repeated(b"X-Note: not very long at all\r\n", size) + b"\r\nHi\r\n",
    "one header field": lambda size: _HEAD + b"Cc:" + _repeated(b" Ann <ann@acme.example>,\r\n", size) + b"\r\nHi\r\n",
    "tiny parts": lambda size: _many(_repeated(b"--b\r\nContent-Type: text/plain\r\n\r\nhi\r\n", size)),
    "2,000 texts": lambda size: _many(_repeated(b"--b\r\n\r\n" + _repeated(_EMOJI, size // 1_900), size)),
    "uuencoded files": lambda size: _one(b"text/plain", _repeated(b"begin 644 a.bin\r\n#0V%T\r\n`\r\nend\r\n", size)),
}


def measure(kind: str, size: int) -> tuple[float, float]:
    """Returns (memory, CPU time) for reading the mail: a multiple of the mail's size, and seconds for each megabyte."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_measure, args=(kind, size, there))
    process.start()
    peak, seconds = here.recv()
    process.join()
    return float(peak), float(seconds)


def _measure(kind: str, size: int, answer: Connection) -> None:
    """Reads the mail in this process. Memory is the growth of the peak after a small mail of the same kind was read.

    A second process makes the large mail, because that takes memory, too.
    """
    _read(KINDS[kind](20_000))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.eml"
        maker = multiprocessing.get_context("spawn").Process(target=_make, args=(kind, size, path))
        maker.start()
        maker.join()
        gc.collect()
        idle = peak_memory()
        raw = path.read_bytes()
    begin = time.process_time()
    message = _read(raw)
    seconds = time.process_time() - begin
    answer.send(((peak_memory() - idle) / len(raw), seconds * 1_000_000 / len(raw)))
    del message


def _make(kind: str, size: int, path: Path) -> None:
    path.write_bytes(KINDS[kind](size))


def _read(raw: bytes) -> object:
    from email_channels.cases.channels import Channel
    from email_channels.intake.arrival import read_arrival
    from email_channels.mail.replies import visible_reply

    arrival = read_arrival(raw, "raw/case_creation/large", Channel.CASE_CREATION, datetime.now(UTC))
    return arrival, visible_reply(arrival.message.text or "")
