"""The schedule that finishes what no event will: late notifications, stuck sends, lost originals."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from email_channels.aws import clients, rows
from email_channels.aws.inbound_queue import InboundQueue
from email_channels.aws.mail_store import MailStore
from email_channels.aws.notification_store import NotificationStore
from email_channels.aws.reconcile_store import ReconcileStore
from email_channels.aws.sender import Sender
from email_channels.notifying import Notifier
from email_channels.observability import logger
from email_channels.reconciling import Originals
from email_channels.settings import ReconcileSettings, load
from email_channels.times import from_text

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

NEEDED_MILLISECONDS = 60_000


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Does each part as of the schedule's time; answers how much there was to do."""
    log = logger()
    log.set_correlation_id(context.aws_request_id)
    now = from_text(event["time"])
    settings, mail = _settings(), _mail()
    done: dict[str, Any] = {"notified": _notifier().notify_overdue(now)}
    queue = InboundQueue(clients.sqs(), settings.inbound_queue_url, settings.bucket_name)
    originals = Originals(
        ReconcileStore(), mail, queue, lambda: context.get_remaining_time_in_millis() > NEEDED_MILLISECONDS
    ).run_daily(now)
    if originals is not None:
        done["originals"] = {
            "looked_at": originals.looked_at,
            "requeued": originals.requeued,
            "complete": originals.complete,
        }
    log.info("reconciled", extra=done)
    return done


@lru_cache(maxsize=1)
def _settings() -> ReconcileSettings:
    settings = load(ReconcileSettings, os.environ)
    rows.bind(settings.table_name)
    return settings


@lru_cache(maxsize=1)
def _mail() -> MailStore:
    return MailStore(clients.s3(), _settings().bucket_name)


@lru_cache(maxsize=1)
def _notifier() -> Notifier:
    settings = _settings()
    send = Sender(clients.ses(), settings.configuration_set).send
    return Notifier(settings, NotificationStore(_mail()), _mail(), send, _now, os.environ["API_URL"])


def _now() -> datetime:
    return datetime.now(UTC)
