"""The schedule that finishes what no event will: late notifications, stuck sends, lost originals and follow-ups."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from email_channels.aws import clients, timeouts
from email_channels.aws.inbound_queue import InboundQueue
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import table
from email_channels.aws.ses_client import SesClient
from email_channels.aws.signing_keys import SigningKeyStore
from email_channels.aws.stores.follow_up_store import FollowUpStore
from email_channels.aws.stores.notification_store import NotificationStore
from email_channels.aws.stores.outbound_store import OutboundStore
from email_channels.aws.stores.reconcile_store import ReconcileStore
from email_channels.aws.stores.routing_store import RoutingStore
from email_channels.errors import Fault
from email_channels.followup.case_followup import FollowUp
from email_channels.followup.notifications import Notifier
from email_channels.followup.reconcile import Originals
from email_channels.observability import logger
from email_channels.outbound.sending import close_stuck_sends
from email_channels.settings import ReconcileSettings, load
from email_channels.times import from_text

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

NEEDED_MILLISECONDS = 60_000


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Does each part as of the schedule's time, and answers how much there was to do (None: not its turn today).

    A part that fails does not keep the others from being done; then the function fails, and Lambda calls it again.
    """
    log = logger()
    log.set_correlation_id(context.aws_request_id)
    timeouts.set_deadline(context.get_remaining_time_in_millis() / 1000)
    now = from_text(event["time"])
    parts: dict[str, Callable[[], Any]] = {
        "notified": lambda: _notifier().notify_overdue(now),
        "sends_closed": lambda: close_stuck_sends(OutboundStore(_mail()), now),
        "originals": lambda: _look_at_originals(now, context),
    }
    done, failed = {}, []
    for name, part in parts.items():
        try:
            done[name] = part()
        except Exception:
            log.exception("part failed", extra={"part": name})
            failed.append(name)
    log.info("reconciled", extra=done)
    if failed:
        raise Fault(f"not done: {', '.join(failed)}")
    return done


def _look_at_originals(now: datetime, context: LambdaContext) -> dict[str, Any] | None:
    settings = _settings()
    result = Originals(
        ReconcileStore(),
        _mail(),
        InboundQueue(clients.sqs(), settings.inbound_queue_url, settings.bucket_name),
        _follow_up().follow,
        lambda: context.get_remaining_time_in_millis() > NEEDED_MILLISECONDS,
    ).run_daily(now)
    return asdict(result) if result else None


@lru_cache(maxsize=1)
def _settings() -> ReconcileSettings:
    settings = load(ReconcileSettings, os.environ)
    table.bind(settings.table_name)
    return settings


@lru_cache(maxsize=1)
def _mail() -> MailBucket:
    return MailBucket(clients.s3(), _settings().bucket_name)


@lru_cache(maxsize=1)
def _notifier() -> Notifier:
    return Notifier(
        _settings(), NotificationStore(_mail()), _mail(), _ses().send, _tag_keys().read, _now, _settings().api_url
    )


@lru_cache(maxsize=1)
def _follow_up() -> FollowUp:
    return FollowUp(
        _settings(),
        FollowUpStore(_mail()),
        _mail(),
        _ses().send,
        RoutingStore().read,
        _tag_keys().read,
        _now,
        _settings().api_url,
    )


@lru_cache(maxsize=1)
def _ses() -> SesClient:
    return SesClient(clients.ses(), _settings().configuration_set)


@lru_cache(maxsize=1)
def _tag_keys() -> SigningKeyStore:
    return SigningKeyStore(clients.secrets_manager(), _settings().tag_key_secret)


def _now() -> datetime:
    return datetime.now(UTC)
