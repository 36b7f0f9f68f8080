"""The permissions of the template's functions, as far as they can be judged without a call."""

import json
from pathlib import Path

import pytest

from local.judging.call_record import CallRecord
from local.judging.policies import allowing
from local.judging.required_permissions import RequiredPermission
from tests.support import permissions, used_permissions

FUNCTIONS = sorted(permissions.functions())


@pytest.mark.parametrize("function", FUNCTIONS)
def test_lambda_may_do_what_it_does_with_the_role(function: str) -> None:
    granted = permissions.permissions(function)
    refused = [need for need in permissions.needs_of_lambda(function) if allowing(granted, need) is None]
    assert refused == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_nothing_outside_the_stack_is_allowed(function: str) -> None:
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


def test_only_addresses_of_the_deployment_send() -> None:
    identity = f"arn:aws:ses:{permissions.REGION}:{permissions.ACCOUNT_ID}:identity/acme-cases.example"
    senders = {"cases@acme-cases.example": {"notify", "reconcile"}}
    senders |= {"service@acme-cases.example": {"adhoc_send", "notify", "reconcile"}, "ceo@acme-cases.example": set()}
    for sender, wanted in senders.items():
        need = RequiredPermission("ses:SendRawEmail", identity, {"ses:FromAddress": sender})
        assert {each for each in FUNCTIONS if allowing(permissions.permissions(each), need)} == wanted


def test_a_permission_that_nobody_used_is_named(tmp_path: Path) -> None:
    unused = used_permissions.unused(tmp_path)
    queue = f"arn:aws:sqs:{permissions.REGION}:{permissions.ACCOUNT_ID}"
    assert f"reconcile: sqs:SendMessage on {queue}:inbound" in unused
    # Lambda itself uses it, for events that failed.
    assert f"reconcile: sqs:SendMessage on {queue}:FailureQueue" not in unused

    need = RequiredPermission("sqs:SendMessage", f"{queue}:inbound")
    permission = allowing(permissions.permissions("reconcile"), need)
    assert permission is not None
    CallRecord(tmp_path / "gw1").used("reconcile", permission, need)
    assert set(unused) - set(used_permissions.unused(tmp_path)) == {f"reconcile: sqs:SendMessage on {queue}:inbound"}


def test_moto_has_the_last_word_on_what_was_allowed(tmp_path: Path) -> None:
    note = {"function": "purge", "permission": "0", "pattern": ["s3:GetObject", "arn:aws:s3:::a/*"]}
    (tmp_path / "used-1.jsonl").write_text(json.dumps(note | {"need": ["s3:GetObject", "arn:aws:s3:::b/c"]}))
    with pytest.raises(AssertionError):
        used_permissions.unused(tmp_path)
