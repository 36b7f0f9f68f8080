"""An admin retries an email while the daily run purges it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from email_channels.aws.stores.assignment_store import AssignmentStore
from email_channels.aws.stores.notification_store import NotificationStore
from email_channels.aws.stores.purge_store import PurgeStore

from tests.support.in_process.api_client import Api
from tests.support.in_process.aws import Aws
from tests.support.in_process.inbound_emails import EVE, STRANGER
from tests.support.in_process.inbox import NOW, Inbox, add_employees
from tests.support.messages import LONG


def test_nothing_is_left(api: Api, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """The email is gone, and so are the objects that the retry has written since."""
    inbox = Inbox(aws)
    record_id = inbox.receive(STRANGER + LONG).record_id
    add_employees(EVE)
    make_case = AssignmentStore.make_case

    def crossed(self: AssignmentStore, item: Any, case: Any, *rest: Any) -> None:
        monkeypatch.setattr(AssignmentStore, "make_case", make_case)
        _purge(inbox, record_id)
        make_case(self, item, case, *rest)

    monkeypatch.setattr(AssignmentStore, "make_case", crossed)
    answer = api("admin", "POST", f"/unprocessed/{record_id}/retry")
    assert (answer.status, answer.json["type"]) == (404, "/problems/not_found")
    assert inbox.objects("") == []
    assert api("admin", "GET", f"/cases/{record_id}").status == 404


def _purge(inbox: Inbox, record_id: str) -> None:
    notifications, purges = NotificationStore(inbox.mail), PurgeStore()
    item = notifications.read(record_id)
    assert item is not None
    notifications.mark_notified(item, NOW, NOW + timedelta(days=30), "notification-1")
    marked = purges.mark([inbox.unprocessed(record_id)], NOW + timedelta(days=31))
    inbox.mail.delete([str(one.email.raw_key) for one in marked])
    purges.delete(marked)
