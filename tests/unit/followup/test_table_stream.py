from __future__ import annotations

from typing import Any

import pytest
from email_channels.followup.table_stream import Recorded, what_was_recorded


def record(new: str | None, old: str | None = None, sk: str = "CASE") -> dict[str, Any]:
    change: dict[str, Any] = {"Keys": {"pk": {"S": "CASE#7K3F92QDX0"}, "sk": {"S": sk}}}
    if new:
        change["NewImage"] = {"kind": {"S": new}}
    if old:
        change["OldImage"] = {"kind": {"S": old}}
    return {"eventName": "INSERT" if old is None else "MODIFY", "dynamodb": change}


@pytest.mark.parametrize("kind", ["case", "unprocessed"])
def test_a_new_record_is_recorded_and_its_changes_are_not(kind: str) -> None:
    assert what_was_recorded(record(kind)) == Recorded(kind, "7K3F92QDX0", "")
    assert what_was_recorded(record(kind, kind)) is None
    assert what_was_recorded(record(None, kind)) is None


def test_an_unprocessed_email_that_becomes_a_case_is_a_new_case() -> None:
    assert what_was_recorded(record("case", "unprocessed")) == Recorded("case", "7K3F92QDX0", "")


def test_an_entry_has_its_email_id() -> None:
    assert what_was_recorded(record("entry", sk="EMAIL#06H0")) == Recorded("entry", "7K3F92QDX0", "06H0")


def test_other_items_are_nothing_to_follow() -> None:
    assert what_was_recorded(record("pointer")) is None
    assert what_was_recorded(record("employee")) is None
    assert what_was_recorded({"dynamodb": {"Keys": {}, "NewImage": {}}}) is None
