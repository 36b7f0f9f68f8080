"""Which records of the table's stream are followed up."""

from __future__ import annotations

from typing import Any

import pytest
from email_channels.aws.ses_client import NO_TIME_LEFT
from email_channels.errors import SendOutcomeUnknown, SendRefused
from email_channels.followup.table_stream import NewItem, StreamFollowUp, new_item_in


def record(new: str | None, old: str | None = None, sk: str = "CASE") -> dict[str, Any]:
    change: dict[str, Any] = {"Keys": {"pk": {"S": "CASE#7K3F92QDX0"}, "sk": {"S": sk}}}
    if new:
        change["NewImage"] = {"kind": {"S": new}}
    if old:
        change["OldImage"] = {"kind": {"S": old}}
    return {"eventName": "INSERT" if old is None else "MODIFY", "dynamodb": change}


@pytest.mark.parametrize("kind", ["case", "unprocessed"])
def test_new_record(kind: str) -> None:
    """A new record is followed up; its later changes are not."""
    assert new_item_in(record(kind)) == NewItem(kind, "7K3F92QDX0", "")
    assert new_item_in(record(kind, kind)) is None
    assert new_item_in(record(None, kind)) is None


def test_unprocessed_to_case() -> None:
    """An unprocessed email that becomes a case is a new case."""
    assert new_item_in(record("case", "unprocessed")) == NewItem("case", "7K3F92QDX0", "")


def test_another_reason() -> None:
    """An email that is unprocessed for another reason is a new one: the admins are notified again."""
    changed = record("unprocessed", "unprocessed")
    changed["dynamodb"]["NewImage"]["reason"] = {"S": "sender_blocked"}
    changed["dynamodb"]["OldImage"]["reason"] = {"S": "sender_not_found"}
    assert new_item_in(changed) == NewItem("unprocessed", "7K3F92QDX0", "")
    changed["dynamodb"]["OldImage"]["reason"] = {"S": "sender_blocked"}
    assert new_item_in(changed) is None


def test_entry() -> None:
    assert new_item_in(record("entry", sk="EMAIL#06H0")) == NewItem("entry", "7K3F92QDX0", "06H0")


def test_other_items() -> None:
    """All other items are ignored."""
    assert new_item_in(record("pointer")) is None
    assert new_item_in(record("employee")) is None
    assert new_item_in({"dynamodb": {"Keys": {}, "NewImage": {}}}) is None


def handle(kind: str, error: Exception | None = None, old: str | None = None) -> list[object]:
    """What is followed up for a record of this kind; the follow-up raises the error."""
    done: list[object] = []

    def follow(*what: object) -> None:
        done.append(what)
        if error is not None:
            raise error

    StreamFollowUp(follow, follow, follow).handle(record(kind, old, "EMAIL#06H0" if kind == "entry" else "CASE"))
    return done


def test_followed_up() -> None:
    assert handle("unprocessed") == [("7K3F92QDX0",)]
    assert handle("case") == [("7K3F92QDX0", None)]
    assert handle("entry") == [("7K3F92QDX0", "06H0")]
    assert handle("case", old="case") == []


@pytest.mark.parametrize("kind", ["unprocessed", "case", "entry"])
def test_ses_takes_no_email_now(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    """`reconcile` will send it: a record that is retried would hold up all behind it."""
    assert len(handle(kind, SendRefused("TooManyRequestsException", "too many", throttled=True))) == 1
    assert "follow-up left to reconcile" in caplog.text


@pytest.mark.parametrize(
    "error",
    [
        SendRefused(NO_TIME_LEFT, "no time", throttled=True),
        SendRefused("MessageRejected", "not verified"),
        SendOutcomeUnknown("no answer"),
        OSError("no answer"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_retried(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    """Any other failure is reported. The next invocation has time for what this one had none for."""
    with pytest.raises(type(error)):
        handle("case", error)
    assert "follow-up failed" in caplog.text
