"""The mails in a mailbox file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import mail_files

MAIL = b"From: Kim <kim@acme.example>\nSubject: Secret matter\nDate: Tue, 3 Nov 2026 10:00:00 +0100\n\nA secret text\n"
POSTMARK = b"From kim@acme.example Tue Nov  3 10:00:00 2026\n"


def test_escaped_from_lines(tmp_path: Path) -> None:
    """The `>` that a mailbox file adds to `From` lines is removed."""
    mailbox = tmp_path / "archive.mbox"
    mailbox.write_bytes(POSTMARK + MAIL + b">From Monday on, 9:00\n>>From there\n> From\n")

    ((_, raw),) = mail_files.mails(mailbox)

    assert raw.endswith(b"\nFrom Monday on, 9:00\n>From there\n> From\n")


def test_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Junk between the emails of a mailbox file is not held in memory."""
    monkeypatch.setattr(mail_files, "_MOST_BYTES", 500)
    monkeypatch.setattr(mail_files, "_LONGEST_LINE", 200)
    mailbox = tmp_path / "archive"
    mailbox.write_bytes(POSTMARK + MAIL + b"x" * 10_000 + b"\n\n" + POSTMARK + MAIL)

    (first, long), (second, short) = mail_files.mails(mailbox)

    assert (first, second) == ("archive #1", "archive #2")
    assert len(long) <= 500
    assert long.startswith(POSTMARK + MAIL)
    assert short == POSTMARK + MAIL
