"""The permissions of the template's functions, checked without making calls."""

import json
from pathlib import Path

import pytest

from local.judging.call_record import CallRecord
from local.judging.policies import allowing
from local.judging.required_permissions import RequiredPermission
from tests.support import permissions, used_permissions

FUNCTIONS = sorted(permissions.functions())


@pytest.mark.parametrize("function", FUNCTIONS)
def test_needs_of_lambda(function: str) -> None:
    """The role allows what Lambda itself does with it."""
    granted = permissions.permissions(function)
    refused = [need for need in permissions.needs_of_lambda(function) if allowing(granted, need) is None]
    assert refused == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_outside_the_stack(function: str) -> None:
    """The role allows nothing outside the stack."""
    granted = permissions.permissions(function)
    others = [
        RequiredPermission(
            "dynamodb:BatchGetItem", f"arn:aws:dynamodb:{permissions.REGION}:{permissions.ACCOUNT_ID}:table/other"
        ),
        RequiredPermission("s3:GetObject", "arn:aws:s3:::other/raw/a"),
        RequiredPermission("sqs:SendMessage", f"arn:aws:sqs:{permissions.REGION}:{permissions.ACCOUNT_ID}:other"),
        RequiredPermission("kms:Decrypt", f"arn:aws:kms:{permissions.REGION}:{permissions.ACCOUNT_ID}:key/other"),
    ]
    assert [need for need in others if allowing(granted, need)] == []


def test_from_addresses() -> None:
    """Functions send only from the addresses of the deployment."""
    identity = f"arn:aws:ses:{permissions.REGION}:{permissions.ACCOUNT_ID}:identity/acme-cases.example"
    senders = {"cases@acme-cases.example": {"notify", "reconcile"}}
    senders |= {"service@acme-cases.example": {"adhoc_send", "notify", "reconcile"}, "ceo@acme-cases.example": set()}
    for sender, wanted in senders.items():
        need = RequiredPermission("ses:SendRawEmail", identity, {"ses:FromAddress": sender})
        assert {each for each in FUNCTIONS if allowing(permissions.permissions(each), need)} == wanted


def test_unused_permission(tmp_path: Path) -> None:
    """A permission that no call used is named."""
    unused = used_permissions.unused(tmp_path)
    queue = f"arn:aws:sqs:{permissions.REGION}:{permissions.ACCOUNT_ID}"
    assert f"reconcile: sqs:SendMessage on {queue}:inbound" in unused
    # Lambda itself uses it, for failed events.
    assert f"reconcile: sqs:SendMessage on {queue}:FailureQueue" not in unused

    need = RequiredPermission("sqs:SendMessage", f"{queue}:inbound")
    permission = allowing(permissions.permissions("reconcile"), need)
    assert permission is not None
    CallRecord(tmp_path / "gw1").used("reconcile", permission, need)
    assert set(unused) - set(used_permissions.unused(tmp_path)) == {f"reconcile: sqs:SendMessage on {queue}:inbound"}


def test_moto_disagrees(tmp_path: Path) -> None:
    """If moto does not allow a recorded use, the check fails."""
    note = {"function": "purge", "permission": "0", "pattern": ["s3:GetObject", "arn:aws:s3:::a/*"]}
    (tmp_path / "used-1.jsonl").write_text(json.dumps(note | {"need": ["s3:GetObject", "arn:aws:s3:::b/c"]}))
    with pytest.raises(AssertionError):
        used_permissions.unused(tmp_path)
