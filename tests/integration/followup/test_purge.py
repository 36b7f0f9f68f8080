"""The purge deletes only what is due, and leaves a proof. (`tests/reliability` covers crashes.)"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import boto3
import pytest
from email_channels.aws.mail_bucket import MailBucket, attachment_key
from email_channels.aws.rows import keys
from email_channels.aws.rows.table import read_rows
from email_channels.aws.rows.unprocessed_rows import unprocessed_objects
from email_channels.aws.stores.purge_store import BATCH, PurgeStore
from email_channels.cases.history import MAX_ATTACHMENTS
from email_channels.cases.purge_proof import PurgedEmail, PurgeProof
from email_channels.cases.reasons import Reason
from email_channels.cases.unprocessed import Hold, Unprocessed
from email_channels.errors import Fault
from email_channels.followup.purge import Purge, PurgeResult

from tests.support.in_process.aws import Aws
from tests.support.in_process.stored_emails import RECEIVED, record_case, record_unprocessed
from tests.support.in_process.stored_records import read_record

NOTIFIED = RECEIVED + timedelta(minutes=1)
DUE = NOTIFIED + timedelta(days=3)


def notified(mail: MailBucket, n: int, **changes: object) -> Unprocessed:
    return record_unprocessed(mail, n, **({"notified_at": NOTIFIED, "purge_after": DUE} | changes))


def run(mail: MailBucket, now: datetime, time_left: Callable[[], bool] = lambda: True) -> PurgeResult:
    return Purge(PurgeStore(), mail, time_left).run(now)


def objects(aws: Aws) -> set[str]:
    """The keys of all objects, also of those of which only old versions and delete markers are left."""
    listed = boto3.client("s3").list_object_versions(Bucket=aws.bucket_name)
    return {version["Key"] for version in [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]}


def exists(item: Unprocessed) -> bool:
    return bool(read_rows([keys.record(item.id)]))


def test_purge(aws: Aws, mail: MailBucket) -> None:
    """An email that is due is deleted with all versions of its objects, and leaves a proof."""
    item = notified(mail, 1)
    mail.write(item.email.raw_key or "", b"a second version")
    boto3.client("s3").delete_object(Bucket=aws.bucket_name, Key=item.email.raw_key or "")  # as a lifecycle rule does
    assert objects(aws) == set(unprocessed_objects(item)) - {f"bodies/{item.id}"}

    assert run(mail, DUE) == PurgeResult(purged=1, complete=True)

    assert not exists(item)
    assert objects(aws) == set()
    proofs, more = PurgeStore().proofs(10, None)
    purged = PurgedEmail(item.id, Reason.SENDER_NOT_FOUND, RECEIVED, NOTIFIED)
    assert proofs == [PurgeProof(proofs[0].purge_id, DUE, (purged,))]
    assert more is None
    assert run(mail, DUE) == PurgeResult(purged=0, complete=True)


def test_not_due(aws: Aws, mail: MailBucket) -> None:
    """An email that is not due, not notified or held stays, and so does a case."""
    early = notified(mail, 1, purge_after=DUE + timedelta(milliseconds=1))
    unnotified = record_unprocessed(mail, 2)
    held = notified(mail, 3, held=Hold("legal", "admin", NOTIFIED))
    case = record_case(mail, 4)
    before = objects(aws)

    assert run(mail, DUE) == PurgeResult(purged=0, complete=True)

    assert all(exists(item) for item in (early, unnotified, held))
    assert read_rows([keys.record(case.case_id)])
    assert objects(aws) == before
    assert PurgeStore().proofs(10, None) == ([], None)


def test_lagging_index(mail: MailBucket) -> None:
    """An index that lags behind does not cause a wrong purge."""
    item = notified(mail, 1)
    (stale,) = list(PurgeStore().due(DUE))
    assert stale[0].id == item.id
    # Held after the list was read: the item decides, and the others of the batch are purged.
    other = notified(mail, 2)
    changed = replace(item, version=item.version + 1)
    marked = PurgeStore().mark([changed, other], DUE)
    ((proof,), _) = PurgeStore().proofs(10, None)
    assert marked == [replace(other, purge_id=proof.purge_id, version=2)]
    assert [purged.id for purged in proof.items] == [other.id]


def test_entry_of_a_failed_email(aws: Aws, mail: MailBucket) -> None:
    """What an earlier attempt wrote for a failed email is deleted, too."""
    item = notified(mail, 1, reason=Reason.PROCESSING_FAILED)
    for n in (1, 2, MAX_ATTACHMENTS):
        mail.write(attachment_key(item.id, n), b"of a try before the last")
    run(mail, DUE)
    assert objects(aws) == set()


@pytest.mark.slow
def test_time_is_up(mail: MailBucket) -> None:
    """The purge stops when its time is up, and the next run continues."""
    for n in range(BATCH + 1):
        notified(mail, n)
    left = iter([True, False])
    assert run(mail, DUE, lambda: next(left)) == PurgeResult(purged=BATCH, complete=False)
    assert run(mail, DUE) == PurgeResult(purged=1, complete=True)
    assert [len(proof.items) for proof in PurgeStore().proofs(10, None)[0]] in ([1, BATCH], [BATCH, 1])


def test_two_faults(mail: MailBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """Erasures that fail do not hide how many emails S3 did not delete."""
    notified(mail, 1)
    monkeypatch.setattr(MailBucket, "delete", lambda _, keys: frozenset(keys))

    def failing(_: Callable[[], bool]) -> None:
        raise Fault("2 erasures were not finished")

    with pytest.raises(Fault, match="S3 did not delete the objects of 1") as raised:
        Purge(PurgeStore(), mail, lambda: True, failing).run(DUE)
    assert "2 erasures" in str(raised.value.__context__)


def test_proofs(mail: MailBucket) -> None:
    """Proofs are paged, newest first."""
    for n in range(3):
        notified(mail, n)
        run(mail, DUE + timedelta(days=n))
    first, more = PurgeStore().proofs(2, None)
    second, end = PurgeStore().proofs(2, more)
    assert [proof.at for proof in first + second] == [DUE + timedelta(days=n) for n in (2, 1, 0)]
    assert end is None


def test_round_trip(mail: MailBucket) -> None:
    """Proofs are read as they were written."""
    item = notified(mail, 1, held=Hold("legal", "admin", NOTIFIED), notification_attempts=2)
    record = read_record(mail, item.id)
    assert record is not None
    assert record.value == item
    case = record_case(mail, 2, flags=("topic_defaulted",), siblings=("0000000000",))
    record = read_record(mail, case.case_id)
    assert record is not None
    assert record.value == case
