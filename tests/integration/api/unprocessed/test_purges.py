"""Purges are listed with their proof."""

from __future__ import annotations

from datetime import timedelta

from email_channels.aws.mail_bucket import MailBucket
from email_channels.cases.purge_proof import PurgedEmail

from tests.support.in_process.api_client import Api
from tests.support.in_process.stored_emails import RECEIVED, record_unprocessed


def test_purges(api: Api, mail: MailBucket) -> None:
    """Purges are shown with their proof."""
    notified = RECEIVED + timedelta(minutes=1)
    for n in range(3):
        item = record_unprocessed(mail, n, notified_at=notified, purge_after=notified)
        api.stores.purges.mark([item], RECEIVED + timedelta(days=n))
    first = api("admin", "GET", "/purges?limit=2").json
    second = api("admin", "GET", f"/purges?limit=2&cursor={first['next_cursor']}").json
    proofs = first["items"] + second["items"]
    assert [proof["at"] for proof in proofs] == [f"2026-11-{day}T10:00:00.000Z" for day in (25, 24, 23)]
    assert (len(first["items"]), second["next_cursor"]) == (2, None)
    stored, _ = api.stores.purges.proofs(1, None)
    assert proofs[0] == {
        "purge_id": stored[0].purge_id,
        "at": "2026-11-25T10:00:00.000Z",
        "restorable_until": "2026-12-31T10:00:00.000Z",
        "count": 1,
        "items": [
            {
                "id": purged.id,
                "reason": "sender_not_found",
                "received_at": "2026-11-23T10:00:00.000Z",
                "notified_at": "2026-11-23T10:01:00.000Z",
            }
            for purged in stored[0].items
            if isinstance(purged, PurgedEmail)
        ],
    }
