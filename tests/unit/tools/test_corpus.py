"""`make corpus` reads a folder or a mailbox file of the user as the system would."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import corpus, mail_files

MAIL = b"From: Kim <kim@acme.example>\nSubject: Secret matter\nDate: Tue, 3 Nov 2026 10:00:00 +0100\n\nA secret text\n"
POSTMARK = b"From kim@acme.example Tue Nov  3 10:00:00 2026\n"


def test_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "cur").mkdir()
    (tmp_path / "one.eml").write_bytes(MAIL)
    (tmp_path / "cur" / "1762164003.M1.host:2,S").write_bytes(MAIL.replace(b"Date", b"X-Date"))
    (tmp_path / ".index").write_bytes(b"not a mail")
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff")

    assert corpus.main([str(tmp_path)]) == 0

    printed = capsys.readouterr().out
    assert printed.startswith("2 mails, 0.0 MB, 0 attachments; 1 other file left out")
    assert "no Date" in printed
    assert "ecret" not in printed, "the text of an email must not be printed"


def test_mailbox_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A mailbox file has many emails."""
    mailbox = tmp_path / "archive.mbox"
    mailbox.write_bytes((POSTMARK + MAIL + b"\nFrom here on, it is text.\n\n") * 3)

    names = [name for name, _ in mail_files.mails(mailbox)]

    assert names == ["archive.mbox #1", "archive.mbox #2", "archive.mbox #3"]
    assert corpus.main([str(mailbox)]) == 0
    assert capsys.readouterr().out.startswith("3 mails")


def test_crash(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """An email on which the code fails is named, and its text is not printed."""

    def fails(raw: bytes) -> None:
        raise RuntimeError("Secret text")

    monkeypatch.setattr(corpus, "parse_message", fails)
    (tmp_path / "bad.eml").write_bytes(MAIL)

    assert corpus.main([str(tmp_path)]) == 1

    printed = capsys.readouterr().out
    assert "bad.eml: RuntimeError at test_corpus.py" in printed
    assert "Secret" not in printed


@pytest.mark.parametrize("name", ["missing", "empty"])
def test_nothing_to_read(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()

    assert corpus.main([str(tmp_path / name)]) == 2

    assert "There is no" in capsys.readouterr().err


def test_unreadable_file(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that cannot be opened is named."""
    (tmp_path / "one.eml").write_bytes(MAIL)
    (tmp_path / "two.eml").write_bytes(MAIL)
    opened = Path.open

    def refuses(path: Path, mode: str) -> object:
        if path.name == "two.eml":
            raise PermissionError(13, "Permission denied")
        return opened(path, mode)

    monkeypatch.setattr(Path, "open", refuses)

    assert corpus.main([str(tmp_path)]) == 0

    printed = capsys.readouterr()
    assert printed.out.startswith("1 mail, ")
    assert printed.err == "two.eml cannot be read: Permission denied.\n"
