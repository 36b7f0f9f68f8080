"""What parsing costs beside mail-parser, in the same run, and how much memory a large mail takes: `make bench-parse`.

The mails are those of the standard mix (60 % short text, 24 % text and HTML of 15 KB, 12 % with 100 KB attached, 4 %
with 2 MB), made from a fixed seed. mail-parser is given each mail's bytes and asked for nothing else; ours gives
everything, decoded. Both are measured in turns, so that a busy machine slows both; the figure is the ratio.
"""

from __future__ import annotations

import base64
import gc
import multiprocessing
import random
import statistics
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Final

from bench.large_mails import KINDS, measure, peak_memory

WANTED_RATIO: Final = 1.6
WANTED_MEMORY: Final = 6.0
WANTED_SECONDS: Final = 1.0
_LARGE: Final = 40_000_000
_WORDS: Final = ("pay", "slip", "October", "office", "month", "question", "please", "thanks", "hours", "form", "bank")
_ROUNDS: Final = 15

_HEAD: Final = """\
Return-Path: <kim.lee@acme.example>\r
Received: from mail.acme.example (mail.acme.example [192.0.2.10])\r
 by inbound-smtp.eu-central-1.amazonaws.com with SMTP id 8v6dsqmmgfrv9pd3vdqvf3bzbxcvmvj5ss0ms6o1\r
 for payroll@in.acme-cases.example; Tue, 03 Nov 2026 09:00:01 +0000 (UTC)\r
Received: from AM0PR04MB1.eurprd04.prod.outlook.com ([fe80::1]) by AM0PR04MB1.eurprd04.prod.outlook.com\r
 ([fe80::1%6]) with mapi id 15.20.1; Tue, 3 Nov 2026 09:00:00 +0000\r
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=acme.example; s=selector1;\r
 h=From:Date:Subject:Message-ID:Content-Type:MIME-Version;\r
 bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=abcdefghijklmnopqrstuvwxyz0123456789\r
From: =?utf-8?Q?Kim_L=C3=A9e?= <kim.lee@acme.example>\r
To: Payroll <payroll@acme.example>, "Smith, Bob" <bob@acme.example>\r
Subject: =?utf-8?Q?Gehalt_f=C3=BCr_Oktober?=\r
Date: Tue, 3 Nov 2026 10:00:00 +0100\r
Message-ID: <{number}.AM0PR04MB1@eurprd04.prod.outlook.com>\r
In-Reply-To: <0100018b-{number}@eu-west-1.amazonses.com>\r
References: <0100018b-{number}@eu-west-1.amazonses.com>\r
MIME-Version: 1.0\r
"""


def short_text(chance: random.Random) -> bytes:
    """A mail of one part, 1 to 2 KB with its headers."""
    return _head(chance) + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + _text(chance, 600)


def text_and_html(chance: random.Random) -> bytes:
    """Text and HTML side by side, 15 KB."""
    html = "".join(
        f'<p class=3D"MsoNormal" style=3D"margin:0cm">{_text(chance, 90).decode()}</p>\r\n' for _ in range(75)
    )
    return (
        _head(chance)
        + b"Content-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\n"
        + b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
        + _text(chance, 3_000)
        + b"\r\n--a\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        + html.encode()
        + b"\r\n--a--\r\n"
    )


def with_attachment(chance: random.Random, size: int = 100_000) -> bytes:
    """A short text and a file of `size` bytes before its encoding."""
    return (
        _head(chance)
        + b"Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        + _text(chance, 600)
        + b'\r\n--m\r\nContent-Type: application/pdf; name="slip.pdf"\r\n'
        + b'Content-Disposition: attachment; filename="slip.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        + base64.encodebytes(chance.randbytes(size)).replace(b"\n", b"\r\n")
        + b"--m--\r\n"
    )


def with_large_attachment(chance: random.Random) -> bytes:
    """The same with 2 MB."""
    return with_attachment(chance, 2_000_000)


_MIX: Final[tuple[tuple[str, float, Callable[[random.Random], bytes], int], ...]] = (
    ("short text", 0.60, short_text, 100),
    ("text and HTML", 0.24, text_and_html, 40),
    ("100 KB attached", 0.12, with_attachment, 10),
    ("2 MB attached", 0.04, with_large_attachment, 2),
)


def main() -> int:
    """The command. Exit status 1 where a figure is not as wanted."""
    from email_channels.mail.parsing import parse_message
    from mailparser import parse_from_bytes  # type: ignore[import-untyped]  # it has no stubs

    chance = random.Random(2026)
    print("CPU for one mail, milliseconds")
    print(f"{'':18}{'ours':>9}{'mail-parser':>13}{'ratio':>8}")
    mixed_ours = mixed_theirs = 0.0
    for name, share, make, count in _MIX:
        mails = [make(chance) for _ in range(count)]
        ours, theirs, ratio = _compare(parse_message, parse_from_bytes, mails)
        mixed_ours += share * ours
        mixed_theirs += share * theirs
        print(f"{name:18}{ours * 1000:9.3f}{theirs * 1000:13.3f}{ratio:8.2f}")
    ratio = mixed_ours / mixed_theirs
    print(f"{'the standard mix':18}{mixed_ours * 1000:9.3f}{mixed_theirs * 1000:13.3f}{ratio:8.2f}")
    print(f"{'wanted at most':18}{WANTED_RATIO:30.2f}")

    print("\nA mail of 40 MB: peak memory over the idle process, in sizes of the mail, and CPU")
    peaks: dict[str, float] = {}
    for name in ("ours", "mail-parser", "stdlib"):
        peaks[name], took = _large(name)
        print(f"{name:18}{peaks[name]:9.2f}{took:10.2f} s")
    print(f"{'wanted at most':18}{WANTED_MEMORY:9.2f}")

    print("\nMails of 40 MB, from their bytes to the visible reply: peak memory in their sizes, CPU seconds for a MB")
    worst = slowest = 0.0
    for kind in KINDS:
        peak, seconds = measure(kind, _LARGE)
        worst, slowest = max(worst, peak), max(slowest, seconds)
        print(f"{kind:18}{peak:9.2f}{seconds:10.3f}")
    print(f"{'wanted at most':18}{WANTED_MEMORY:9.2f}{WANTED_SECONDS:10.3f}")
    good = ratio <= WANTED_RATIO and max(worst, peaks["ours"]) <= WANTED_MEMORY and slowest <= WANTED_SECONDS
    return 0 if good else 1


def _head(chance: random.Random) -> bytes:
    return _HEAD.format(number=chance.randrange(10**9)).encode()


def _text(chance: random.Random, size: int) -> bytes:
    lines: list[str] = []
    length = 0
    while length < size:
        lines.append(" ".join(chance.choices(_WORDS, k=10)))
        length += len(lines[-1]) + 2
    return "\r\n".join(lines).encode()


def _compare(
    ours: Callable[[bytes], object], theirs: Callable[[bytes], object], mails: list[bytes]
) -> tuple[float, float, float]:
    """CPU seconds for one mail of each, and the median of the rounds' ratios."""
    for mail in mails[:3]:  # what is imported on first use
        ours(mail)
        theirs(mail)
    rounds = []
    gc.disable()
    for _ in range(_ROUNDS):
        rounds.append((_time(ours, mails), _time(theirs, mails)))
        gc.collect()
    gc.enable()
    return (
        min(one for one, _ in rounds) / len(mails),
        min(other for _, other in rounds) / len(mails),
        statistics.median(one / other for one, other in rounds),
    )


def _time(read: Callable[[bytes], object], mails: list[bytes]) -> float:
    begin = time.process_time()
    for mail in mails:
        read(mail)
    return time.process_time() - begin


def _large(name: str) -> tuple[float, float]:
    """Peak memory in sizes of the mail, and CPU seconds, in a process of its own."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_read_large, args=(name, there))
    process.start()
    peak, took = here.recv()
    process.join()
    return float(peak), float(took)


def _read_large(name: str, answer: Connection) -> None:
    """The idle process is one that has read a small mail, and holds no other: then comes the large one."""
    reader = _reader(name)
    chance = random.Random(1)
    reader(with_attachment(chance, 1_000))
    idle = peak_memory()
    raw = with_attachment(chance, _LARGE * 3 // 4)
    gc.collect()
    begin = time.process_time()
    message = reader(raw)
    took = time.process_time() - begin
    answer.send(((peak_memory() - idle) / len(raw), took))
    del message


def _reader(name: str) -> Callable[[bytes], object]:
    if name == "ours":
        from email_channels.mail.parsing import parse_message

        return parse_message
    if name == "mail-parser":
        from mailparser import parse_from_bytes

        return parse_from_bytes  # type: ignore[no-any-return]  # it has no stubs
    from email import message_from_bytes, policy

    return lambda raw: message_from_bytes(raw, policy=policy.default)


if __name__ == "__main__":
    sys.exit(main())
