"""What an item holds of an email is bounded: exactly at the bound is kept whole, one more is cut."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from email_channels.cases.channels import Channel
from email_channels.cases.history import MAX_ATTACHMENTS
from email_channels.intake import storage_limits
from email_channels.intake.arrival import read_arrival
from email_channels.intake.records import stored_attachments
from email_channels.intake.storage_limits import first_addresses, limit_filename, limit_text, thread_message_ids
from email_channels.mail.message import Address

from tests.support.originals import received

NOW = datetime(2026, 11, 29, tzinfo=UTC)


def bytes_of(*texts: str) -> int:
    return sum(len(json.dumps(text)) for text in texts)


@pytest.mark.parametrize("letter", ["x", "ü", "名", "😀"])
def test_limit_text(letter: str) -> None:
    """Sizes are those of ASCII JSON."""
    text = letter * 50
    size = bytes_of(text)
    assert limit_text(text, size) == text
    assert limit_text(text, size - 1) == letter * 49


@pytest.mark.parametrize("ending", [".pdf", ".tar", ".docx"])
def test_limit_filename(ending: str) -> None:
    """A long name keeps its extension."""
    name = "文" * 60 + ending
    assert limit_filename(name, bytes_of(name)) == name
    cut = limit_filename(name, bytes_of(name) - 1)
    assert cut == "文" * 59 + ending
    assert bytes_of(limit_filename(name, 250)) <= 250


@pytest.mark.parametrize("name", ["文" * 60, "文" * 60 + ".", "." + "x" * 300, "a." + "文" * 60])
def test_limit_filename_without_extension(name: str) -> None:
    """What is not an extension is cut as any text."""
    assert bytes_of(limit_filename(name, 250)) <= 250


@pytest.mark.parametrize("count", [1, 10, MAX_ATTACHMENTS - 1, MAX_ATTACHMENTS, MAX_ATTACHMENTS + 1])
def test_attachment_names(count: int) -> None:
    """The names of all attachments together are bounded, for as many as an item lists."""
    parts = "".join(
        f'--b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename="{n} {"😀" * 55}.pdf"\n\n{n}\n'
        for n in range(count)
    )
    message = f"From: zoe@acme.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n{parts}--b--\n"
    arrival = read_arrival(received(message), "raw/case_creation/1", Channel.CASE_CREATION, NOW)
    stored = stored_attachments(arrival, "7K3F92QDX0")
    assert len(stored) == min(count, MAX_ATTACHMENTS)
    assert all(row.filename.endswith(".pdf") for row in stored)
    assert bytes_of(*(row.filename for row in stored)) <= storage_limits.MAX_ATTACHMENT_NAMES_BYTES


def test_smallest_names_fit() -> None:
    """Even the names that every attachment may have fit together."""
    smallest = storage_limits.MIN_ATTACHMENT_NAME_BYTES * MAX_ATTACHMENTS
    assert smallest <= storage_limits.MAX_ATTACHMENT_NAMES_BYTES


def test_addresses() -> None:
    """To and Cc keep the first addresses."""
    one = Address("", "a" * 90)  # 96 bytes as JSON: ["", "aaa"]
    size = len(json.dumps(["", one.address]))
    fitting = storage_limits.MAX_ADDRESSES_BYTES // size
    assert len(first_addresses([one] * fitting)) == fitting
    assert len(first_addresses([one] * (fitting + 1))) == fitting
    exact = Address("", "a" * (storage_limits.MAX_ADDRESS_CHARACTERS))
    assert storage_limits.limit_address(exact) == exact
    assert storage_limits.limit_address(Address("", exact.address + "a")) == exact


def test_references() -> None:
    """A thread keeps its first and its last Message-IDs, and none that is too long."""
    longest = "m" * storage_limits.MAX_MESSAGE_ID_CHARACTERS
    assert thread_message_ids([longest]) == (longest,)
    assert thread_message_ids([longest + "m"]) == ()
    ids = [f"{n:098d}" for n in range(storage_limits.MAX_REFERENCES_BYTES // 100)]
    assert thread_message_ids(ids) == tuple(ids)
    assert thread_message_ids([*ids, f"{1:098d}"]) == (ids[0], *ids[2:], f"{1:098d}")
    assert thread_message_ids(["first", *ids]) == ("first", *ids[1:])
