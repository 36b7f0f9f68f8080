"""The reconcile function: each part runs, even if others fail."""

from __future__ import annotations

import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.stores.notification_store import NotificationStore
from email_channels.errors import Fault

from functions.reconcile import app
from tests.support.in_process.notifying_functions import sent
from tests.support.in_process.stored_emails import record_unprocessed
from tests.support.lambda_context import lambda_context

pytestmark = pytest.mark.usefixtures("reconcile_environment")

LATER = {"time": "2100-01-01T03:00:00Z"}


def test_run(mail: MailBucket) -> None:
    """Late notifications are sent, and originals are checked once a day."""
    item = record_unprocessed(mail, 1)
    originals = {"looked_at": 0, "requeued": 0, "followed_up": 0, "complete": True}
    assert app.handler(LATER, lambda_context(900_000)) == {"notified": 1, "sends_closed": 0, "originals": originals}
    assert app.handler(LATER, lambda_context(900_000)) == {"notified": 0, "sends_closed": 0, "originals": None}
    assert len(sent()) == 1
    notified = NotificationStore(mail).read(item.id)
    assert notified is not None
    assert notified.notified_at is not None


def test_failing_part(mail: MailBucket, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """A part that fails does not stop the others."""
    record_unprocessed(mail, 1)

    def fail(*_: object) -> None:
        raise OSError("no answer")

    with monkeypatch.context() as patched:
        patched.setattr("email_channels.bootstrap.reconcile.close_stuck_sends", fail)
        with pytest.raises(Fault, match="not done: sends_closed"):
            app.handler(LATER, lambda_context(900_000))
    assert len(sent()) == 1
    assert "part failed" in caplog.text
    assert app.handler(LATER, lambda_context(900_000))["originals"] is None
