"""Reads your own emails (a folder or a mailbox file) as the system would, and reports problems: `make corpus DIR=...`.

It reports the kinds of emails, what is wrong with them, which ones are slow, and which ones make the code fail (none
should). It prints file names and figures, never contents. It stores and sends nothing.

Exit status: 0 if all is well, 1 if an email made the code fail, 2 if there is nothing to read.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from email_channels.mail.classification import classify
from email_channels.mail.form_lines import read_form_lines
from email_channels.mail.parsing import parse_message
from email_channels.mail.replies import visible_reply

from tools.mail_files import LeftOut, mails

_SHOWN: Final = 15  # slowest emails


@dataclass(slots=True)
class Findings:
    """The findings about the mails that were read so far."""

    kinds: Counter[str] = field(default_factory=Counter)
    defects: Counter[str] = field(default_factory=Counter)
    example: dict[str, str] = field(default_factory=dict)  # the first mail with each defect
    attachments: int = 0
    without: Counter[str] = field(default_factory=Counter)  # how many mails lack a sender, a date, ...
    size: int = 0  # bytes
    slowest: list[tuple[float, str, int]] = field(default_factory=list)  # CPU seconds, name, bytes
    crashes: list[tuple[str, str]] = field(default_factory=list)  # name, exception and place


def main(arguments: list[str] | None = None) -> int:
    """The command. Returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="make corpus", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "source", type=Path, help="a folder (with all below it: .eml files, maildirs) or a mailbox file"
    )
    source: Path = parser.parse_args(arguments).source
    if not source.exists():
        print(
            f"There is no {source}. Give a folder of .eml files or a mailbox file: make corpus DIR=...", file=sys.stderr
        )
        return 2
    findings, left_out = Findings(), LeftOut()
    for count, (name, raw) in enumerate(mails(source, left_out), start=1):
        look_at(name, raw, findings)
        if count % 500 == 0 and sys.stderr.isatty():
            print(f"{count} mails ...", end="\r", file=sys.stderr)
    for problem in left_out.unreadable:
        print(problem, file=sys.stderr)
    if not findings.kinds and not findings.crashes:
        print(f"There is no mail in {source}.", file=sys.stderr)
        return 2
    print("\n".join(report(findings, left_out)))
    return 1 if findings.crashes else 0


def look_at(name: str, raw: bytes, findings: Findings) -> None:
    """Reads one mail, and adds what it is to `findings`."""
    begin = time.process_time()
    try:
        message = parse_message(raw)
        kind = classify(message)
        visible_reply(message.text or "")
        read_form_lines(message)
    except Exception as error:  # noqa: BLE001  # the command looks for exceptions
        where = traceback.extract_tb(error.__traceback__)[-1]
        findings.crashes.append((name, f"{type(error).__name__} at {Path(where.filename).name}:{where.lineno}"))
        return
    findings.slowest.append((time.process_time() - begin, name, len(raw)))
    findings.slowest = sorted(findings.slowest, reverse=True)[:_SHOWN]
    findings.size += len(raw)
    findings.kinds[f"{kind.kind}{' (not to be answered)' if kind.automatic and kind.kind == 'normal' else ''}"] += 1
    findings.attachments += len(message.attachments)
    for what, there in (
        ("sender", message.from_),
        ("date", message.date),
        ("Message-ID", message.message_id),
        ("text", (message.text or "").strip()),
    ):
        findings.without[what] += not there
    for defect in message.defects:
        findings.defects[defect] += 1
        findings.example.setdefault(defect, name)


def report(findings: Findings, left_out: LeftOut) -> Iterator[str]:
    """The lines to print."""
    count = sum(findings.kinds.values()) + len(findings.crashes)
    yield (
        f"{_counted(count, 'mail')}, {findings.size / 1e6:.1f} MB, {_counted(findings.attachments, 'attachment')}"
        + (f"; {_counted(left_out.other_files, 'other file')} left out" if left_out.other_files else "")
    )
    yield "\nKinds"
    yield from (f"  {number:7}  {kind}" for kind, number in findings.kinds.most_common())
    missing = [f"{number} without {what}" for what, number in findings.without.items() if number]
    yield "\nMissing\n  " + (", ".join(missing) or "nothing")
    yield "\nDefects, each with the first mail that has it"
    yield from (
        f"  {number:7}  {defect}  ({findings.example[defect]})" for defect, number in findings.defects.most_common(40)
    )
    if not findings.defects:
        yield "        nothing"
    yield "\nSlowest (CPU)"
    yield from (f"  {took * 1000:7.1f} ms  {size / 1000:9.1f} kB  {name}" for took, name, size in findings.slowest)
    yield "\nMails that make the code fail"
    yield from (f"  {name}: {problem}" for name, problem in findings.crashes)
    if not findings.crashes:
        yield "  none"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


if __name__ == "__main__":
    sys.exit(main())
