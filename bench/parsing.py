"""Compares our CPU time for parsing with that of mail-parser, and measures memory for large emails: `make bench-parse`.

The emails are those of `bench/standard_mix.py`. Our parser also decodes everything; mail-parser does not. The two
parsers run in turns, so that a busy machine slows down both. The target is the ratio of their CPU times.
"""

from __future__ import annotations

import gc
import multiprocessing
import random
import statistics
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Final

from bench.large_mails import KINDS, measure
from bench.peak_memory import peak_memory
from bench.standard_mix import MIX, with_attachment

WANTED_RATIO: Final = 1.6
WANTED_MEMORY: Final = 6.0
WANTED_SECONDS: Final = 1.0
LARGE: Final = 40_000_000
_ROUNDS: Final = 15


def main() -> int:
    """The command. Exit status 1 if a figure misses its target."""
    from email_channels.mail.parsing import parse_message
    from mailparser import parse_from_bytes  # type: ignore[import-untyped]  # it has no stubs

    chance = random.Random(2026)
    print("CPU time for one mail, in milliseconds")
    print(f"{'':18}{'ours':>9}{'mail-parser':>13}{'ratio':>8}")
    mixed_ours = mixed_theirs = 0.0
    for name, share, make, count in MIX:
        mails = [make(chance) for _ in range(count)]
        ours, theirs, ratio = _compare(parse_message, parse_from_bytes, mails)
        mixed_ours += share * ours
        mixed_theirs += share * theirs
        print(f"{name:18}{ours * 1000:9.3f}{theirs * 1000:13.3f}{ratio:8.2f}")
    ratio = mixed_ours / mixed_theirs
    print(f"{'the standard mix':18}{mixed_ours * 1000:9.3f}{mixed_theirs * 1000:13.3f}{ratio:8.2f}")
    print(f"{'wanted at most':18}{WANTED_RATIO:30.2f}")

    print("\nA mail of 40 MB: memory as a multiple of its size, and CPU time")
    peaks: dict[str, float] = {}
    for name in ("ours", "mail-parser", "stdlib"):
        peaks[name], took = read_large(name)
        print(f"{name:18}{peaks[name]:9.2f}{took:10.2f} s")
    print(f"{'wanted at most':18}{WANTED_MEMORY:9.2f}")

    print("\nMails of 40 MB, from their bytes to the visible reply: memory as a multiple of the size, seconds per MB")
    worst = slowest = 0.0
    for kind in KINDS:
        peak, seconds = measure(kind, LARGE)
        worst, slowest = max(worst, peak), max(slowest, seconds)
        print(f"{kind:18}{peak:9.2f}{seconds:10.3f}")
    print(f"{'wanted at most':18}{WANTED_MEMORY:9.2f}{WANTED_SECONDS:10.3f}")
    good = ratio <= WANTED_RATIO and max(worst, peaks["ours"]) <= WANTED_MEMORY and slowest <= WANTED_SECONDS
    return 0 if good else 1


def _compare(
    ours: Callable[[bytes], object], theirs: Callable[[bytes], object], mails: list[bytes]
) -> tuple[float, float, float]:
    """CPU seconds for one mail with `ours` and with `theirs`, and the median of the ratios of all rounds."""
    for mail in mails[:3]:  # some modules are imported on first use
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


def read_large(name: str) -> tuple[float, float]:
    """Reads a mail of 40 MB in a process of its own: memory as a multiple of the mail's size, and CPU seconds."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_read_large, args=(name, there))
    process.start()
    peak, took = here.recv()
    process.join()
    return float(peak), float(took)


def _read_large(name: str, answer: Connection) -> None:
    """Reads the mail in this process. Memory is the growth of the peak after a small mail was read."""
    reader = _reader(name)
    chance = random.Random(1)
    reader(with_attachment(chance, 1_000))
    idle = peak_memory()
    raw = with_attachment(chance, LARGE * 3 // 4)
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
