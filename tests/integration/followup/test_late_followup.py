"""A quarter of an hour later, a case whose follow-up left no mark is looked at, at little cost, and mended."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import boto3
import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import keys
from email_channels.aws.rows.configuration_rows import routing_row
from email_channels.aws.stores.follow_up_store import FollowUpStore
from email_channels.cases.case import Case
from email_channels.cases.references import SigningKeys
from email_channels.cases.routing import Routing, ServiceGroup
from email_channels.followup.case_followup import CaseFollowUp

from tests.support.in_process.aws import Aws
from tests.support.in_process.aws_calls import AwsCalls, Killed, watch
from tests.support.in_process.notify_settings import SETTINGS
from tests.support.in_process.ses_stand_in import SesStandIn
from tests.support.in_process.stored_emails import RECEIVED, record_case

GROUPLESS = replace(SETTINGS, default_service_group_address=None)
NOW = RECEIVED + timedelta(minutes=15)


@pytest.fixture
def ses() -> SesStandIn:
    return SesStandIn()


@pytest.fixture
def followed(mail: MailBucket, ses: SesStandIn) -> CaseFollowUp:
    store = FollowUpStore(mail)
    return CaseFollowUp(GROUPLESS, store, mail, ses, lambda: SigningKeys("key"), lambda: NOW, "https://a/", "eu-west-1")


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> AwsCalls:
    return watch(monkeypatch)


def words(aws: Aws, case: Case) -> set[str]:
    """The words that have items."""
    found = boto3.client("dynamodb").scan(TableName=aws.table_name)["Items"]
    named = [keys.case_word_of(one["sk"]["S"]) for one in found if one["pk"]["S"].startswith(keys.CASE_WORDS)]
    return {word for word, case_id in named if case_id == case.case_id}


def test_done(mail: MailBucket, followed: CaseFollowUp, calls: AwsCalls) -> None:
    """Nothing is written, and nothing is read at the full price."""
    case = record_case(mail, 1)
    assert followed.follow(case.case_id, None)
    calls.begin()
    assert not followed.follow_late(case.case_id, None)
    assert sorted(calls.names) == ["BatchGetItem", "BatchGetItem", "Query"]
    requests = [one for _, given in calls.made for one in given.get("RequestItems", {}).values()]
    assert not any(one.get("ConsistentRead") for one in requests)


def test_gone(followed: CaseFollowUp) -> None:
    """A case that was erased needs nothing."""
    assert not followed.follow_late("0" * 10, None)


def test_never_followed_up(aws: Aws, mail: MailBucket, followed: CaseFollowUp) -> None:
    """The stream has given up the case."""
    case = record_case(mail, 1)
    assert followed.follow_late(case.case_id, None)
    assert words(aws, case) == {"leave", "jo@elsewhere.example", "doe", "elsewhere.example"}


def test_crash_at_each_write(aws: Aws, mail: MailBucket, followed: CaseFollowUp, calls: AwsCalls) -> None:
    """After a crash anywhere in the follow-up, the look finds that something is missing, or nothing is."""
    whole = record_case(mail, 1)
    followed.follow(whole.case_id, None)
    expected, made = words(aws, whole), len(calls.names)
    for n in range(2, made + 2):
        case = record_case(mail, n)
        calls.begin()
        calls.kill = (n - 2, "after")
        with suppress(Killed):
            followed.follow(case.case_id, None)
        calls.kill = None
        followed.follow_late(case.case_id, None)
        assert words(aws, case) == expected, f"killed after {calls.names[: n - 1]}"


def test_part_of_a_batch(aws: Aws, mail: MailBucket, followed: CaseFollowUp, calls: AwsCalls) -> None:
    """A batch that DynamoDB has written in part is not taken for a whole one, whichever item is missing."""
    case = record_case(mail, 1)
    followed.follow(case.case_id, None)
    (batch,) = (given["RequestItems"][aws.table_name] for name, given in calls.made if name == "BatchWriteItem")
    assert len(batch) == 4
    table = boto3.client("dynamodb")
    for request in batch:
        key = {name: request["PutRequest"]["Item"][name] for name in ("pk", "sk")}
        table.delete_item(TableName=aws.table_name, Key=key)
        assert followed.follow_late(case.case_id, None)
        assert len(words(aws, case)) == 4


def test_alert(mail: MailBucket, ses: SesStandIn, followed: CaseFollowUp) -> None:
    """The group of the case got an address before the look: it is alerted, once."""
    case = record_case(mail, 1)
    followed.follow(case.case_id, None)
    assert ses.sent == []
    groups = {"default": ServiceGroup("default", "Default", "group@acme.example")}
    routing_row(Routing(service_groups=groups)).save()
    assert followed.follow_late(case.case_id, None)
    assert [one.destinations for one in ses.sent] == [["group@acme.example"]]
    assert not followed.follow_late(case.case_id, None)


def test_siblings(mail: MailBucket, followed: CaseFollowUp) -> None:
    """A case that the same email made in another mailbox, and that the index did not show then, is linked."""
    case = record_case(mail, 1)
    followed.follow(case.case_id, None)
    other = record_case(mail, 1, recipient="second@in.example")
    assert followed.follow_late(case.case_id, None)
    found = FollowUpStore(mail).new_case(other.case_id)
    assert found is not None
    assert found.case.siblings == (case.case_id,)
