"""Sends that SES has not confirmed are closed, each on its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

import pytest
from email_channels.aws.stores.outbound_store import Change, OutboundStore
from email_channels.cases.history import Direction, Entry, EntryKind, StoredEmail
from email_channels.cases.recipients import Recipient, RecipientRole, RecipientState
from email_channels.errors import ConcurrentChange, Fault
from email_channels.outbound.stuck_sends import NO_CONFIRMATION, close_stuck_sends

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


class Store:
    """In the place of OutboundStore. The index names four emails: one fails, one is gone."""

    def __init__(self) -> None:
        self.closed: list[str] = []

    def unconfirmed(self, _: datetime) -> Iterator[tuple[str, str]]:
        yield from [("case", "first"), ("case", "fails"), ("case", "gone"), ("case", "last")]

    def change(self, case_id: str, email_id: str, change: Change, now: datetime) -> Entry | None:
        assert now == NOW
        if email_id == "gone":
            return None
        if email_id == "fails":
            raise ConcurrentChange("others keep changing it")
        if email_id == "confirmed":
            return Entry(case_id=case_id, email=replace(queued(email_id), message_id="sent@acme.example"), version=2)
        changed = change(queued(email_id))
        assert [(row.state, row.detail) for row in changed.recipients] == [(RecipientState.FAILED, NO_CONFIRMATION)]
        self.closed.append(email_id)
        return Entry(case_id=case_id, email=changed, version=2)


def queued(email_id: str) -> StoredEmail:
    recipient = Recipient("zoe@acme.example", "", RecipientRole.TO, RecipientState.QUEUED, None, None)
    return StoredEmail(
        email_id=email_id,
        direction=Direction.OUTBOUND,
        kind=EntryKind.NORMAL,
        from_=None,
        to=(),
        cc=(),
        bcc=(),
        subject="",
        at=NOW,
        preview="",
        attachments=(),
        recipients=(recipient,),
        matched_by=None,
        message_id=None,
        references=(),
        in_reply_to=None,
        raw_key=None,
        content=None,
    )


def test_failing_send() -> None:
    """A send that fails, or whose entry is gone, does not stop the others; the failure is raised in the end."""
    store = Store()
    with pytest.raises(Fault, match="1 sends"):
        close_stuck_sends(cast("OutboundStore", store), NOW)
    assert store.closed == ["first", "last"]


@pytest.mark.parametrize("email_id", ["gone", "confirmed"])
def test_lagging_index(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, email_id: str) -> None:
    """The index lags behind the items: it may name an entry that was moved, or that SES has just confirmed."""
    store = Store()
    monkeypatch.setattr(store, "unconfirmed", lambda _: iter([("case", email_id), ("case", "last")]))
    assert close_stuck_sends(cast("OutboundStore", store), NOW) == 1
    assert store.closed == ["last"]
    assert caplog.text.count("send without confirmation closed") == 1
