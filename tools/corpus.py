"""Reads your own emails (a folder or a mailbox file) as the system would, and reports problems: `make corpus DIR=...`.

It reports the kinds of emails, what is wrong with them, which ones are slow, and which ones make the code fail (none
should). It prints file names and figures, never contents. It stores and sends nothing.

Exit status: 0 if all is well, 1 if an email made the code fail, 2 if there is nothing to read.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from email_channels.mail.classification import classify
from email_channels.mail.form_lines import read_form_lines
from email_channels.mail.parsing import parse_message
from email_channels.mail.replies import visible_reply

_MOST_BYTES: Final = 64 * 1024 * 1024  # SES takes 40 MB
_LONGEST_LINE: Final = 1024 * 1024
_SHOWN: Final = 15
# The line that parts the mails of a mailbox file (RFC 4155); a sentence that begins with "From " holds no time.
_POSTMARK: Final = re.compile(rb"From [^\r\n]{1,200}\d{1,2}:\d{2}")
# Mailbox files put a ">" before lines of a mail that would look like that.
_MARKED: Final = re.compile(rb">{1,100}From ")
_FIELD: Final = re.compile(rb"(?:\xef\xbb\xbf)?[\r\n]{0,4}[A-Za-z][A-Za-z0-9-]{0,60}:[ \t\r\n]")


@dataclass(slots=True)
class Findings:
    """What was seen of all mails so far."""

    kinds: Counter[str] = field(default_factory=Counter)
    defects: Counter[str] = field(default_factory=Counter)
    example: dict[str, str] = field(default_factory=dict)
    attachments: int = 0
    without: Counter[str] = field(default_factory=Counter)
    size: int = 0
    slowest: list[tuple[float, str, int]] = field(default_factory=list)
    crashes: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class LeftOut:
    """Files that were not read: how many are no mails, and which ones could not be opened and why."""

    no_mails: int = 0
    unreadable: list[str] = field(default_factory=list)


def main(arguments: list[str] | None = None) -> int:
    """The command."""
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


def mails(source: Path, left_out: LeftOut | None = None) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of every mail below a folder, or in a file: one mail, or a mailbox of many."""
    left_out = left_out or LeftOut()
    if not source.is_dir():
        yield from _of_file(source, source.name, left_out)
        return
    for path in sorted(source.rglob("*")):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(source).parts):
            yield from _of_file(path, str(path.relative_to(source)), left_out)


def _of_file(path: Path, name: str, left_out: LeftOut) -> Iterator[tuple[str, bytes]]:
    try:
        with path.open("rb") as file:
            head = file.read(400)
            if _POSTMARK.match(head) is not None:
                file.seek(0)
                yield from _of_mailbox(file, name)
            # Folders hold other things too: indexes, pictures, Outlook's own .msg files.
            elif path.suffix.lower() == ".eml" or _FIELD.match(head):
                yield name, head + file.read(_MOST_BYTES - len(head))
            else:
                left_out.no_mails += 1
    except OSError as error:
        left_out.unreadable.append(f"{name} cannot be read: {error.strerror}.")


def _of_mailbox(file: BinaryIO, name: str) -> Iterator[tuple[str, bytes]]:
    """The mails of a mailbox file, each at most as long as SES would take; of longer ones the beginning."""
    lines: list[bytes] = []
    number, size, blank, whole = 1, 0, True, True
    # Junk may be one line: it is read in pieces, of which only the first can begin a mail.
    while line := file.readline(_LONGEST_LINE):
        if whole and blank and lines and _POSTMARK.match(line):
            yield f"{name} #{number}", b"".join(lines)
            lines, size = [], 0
            number += 1
        size += len(line)
        if size <= _MOST_BYTES:
            lines.append(line[1:] if whole and _MARKED.match(line) else line)
        blank = whole and not line.strip()
        whole = line.endswith(b"\n")
    yield f"{name} #{number}", b"".join(lines)


def look_at(name: str, raw: bytes, findings: Findings) -> None:
    """Read one mail and count what it is."""
    begin = time.process_time()
    try:
        message = parse_message(raw)
        kind = classify(message)
        visible_reply(message.text or "")
        read_form_lines(message)
    except Exception as error:  # noqa: BLE001  # this command is here to find out whether there are any
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
    """The findings as lines for people."""
    count = sum(findings.kinds.values()) + len(findings.crashes)
    yield (
        f"{_counted(count, 'mail')}, {findings.size / 1e6:.1f} MB, {_counted(findings.attachments, 'attachment')}"
        + (f"; {_counted(left_out.no_mails, 'other file')} left out" if left_out.no_mails else "")
    )
    yield "\nKinds"
    yield from (f"  {number:7}  {kind}" for kind, number in findings.kinds.most_common())
    missing = [f"{number} without {what}" for what, number in findings.without.items() if number]
    yield "\nMissing\n  " + (", ".join(missing) or "nothing")
    yield "\nWhat was wrong with them, and the first of each"
    yield from (
        f"  {number:7}  {defect}  ({findings.example[defect]})" for defect, number in findings.defects.most_common(40)
    )
    if not findings.defects:
        yield "        nothing"
    yield "\nSlowest (CPU)"
    yield from (f"  {took * 1000:7.1f} ms  {size / 1000:9.1f} kB  {name}" for took, name, size in findings.slowest)
    yield "\nMails that the code cannot take"
    yield from (f"  {name}: {problem}" for name, problem in findings.crashes)
    if not findings.crashes:
        yield "  none"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


if __name__ == "__main__":
    sys.exit(main())
