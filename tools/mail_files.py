"""Finds the mails in a folder (.eml files, maildirs) or in a mailbox file (RFC 4155), which may be of any size."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

_MOST_BYTES: Final = 64 * 1024 * 1024  # SES accepts 40 MB
_LONGEST_LINE: Final = 1024 * 1024
# The line before each mail of a mailbox file. It has a time in it; a sentence that begins with "From " has none.
_POSTMARK: Final = re.compile(rb"From [^\r\n]{1,200}\d{1,2}:\d{2}")
# A line of a mail that would look like a postmark: mailbox files put a ">" before it.
_MARKED: Final = re.compile(rb">{1,100}From ")
_FIELD: Final = re.compile(rb"(?:\xef\xbb\xbf)?[\r\n]{0,4}[A-Za-z][A-Za-z0-9-]{0,60}:[ \t\r\n]")


@dataclass(slots=True)
class LeftOut:
    """The files that were not read: the number of files without a mail, and a message for each unreadable file."""

    other_files: int = 0
    unreadable: list[str] = field(default_factory=list)


def mails(source: Path, left_out: LeftOut | None = None) -> Iterator[tuple[str, bytes]]:
    """The name and the bytes of every mail in a folder and its sub-folders, or in a file with one mail or many.

    Hidden files are not read. Of a mail that is larger than `_MOST_BYTES`, only the beginning is returned. Files that
    were not read are noted in `left_out`.
    """
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
            # Folders also have other files in them: indexes, pictures, .msg files of Outlook.
            elif path.suffix.lower() == ".eml" or _FIELD.match(head):
                yield name, head + file.read(_MOST_BYTES - len(head))
            else:
                left_out.other_files += 1
    except OSError as error:
        left_out.unreadable.append(f"{name} cannot be read: {error.strerror}.")


def _of_mailbox(file: BinaryIO, name: str) -> Iterator[tuple[str, bytes]]:
    """The mails of a mailbox file, without the ">" that such files put before a "From " at the start of a line."""
    lines: list[bytes] = []
    number, size, blank, whole = 1, 0, True, True
    # A file of junk may be one endless line. Such lines are read in pieces. Only the first piece can begin a mail.
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
