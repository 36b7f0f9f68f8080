"""Builds the use cases of the function `reconcile`, which finishes what no event will finish."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from email_channels.aws import clients
from email_channels.aws.inbound_queue import InboundQueue
from email_channels.aws.jobs_queue import JobsQueue
from email_channels.aws.stores.jobs.job_store import JobStore
from email_channels.aws.stores.mailbox_store import MailboxStore
from email_channels.aws.stores.outbound_store import OutboundStore
from email_channels.aws.stores.probes.probe_store import ProbeStore
from email_channels.aws.stores.reconcile_store import ReconcileStore
from email_channels.bootstrap.notify import follow_up, notifier, ses_client, signing_keys
from email_channels.bootstrap.process import mail_bucket, read_settings
from email_channels.followup.arrivals import Arrivals
from email_channels.followup.late_failures import notice_failures
from email_channels.followup.probing import Probing
from email_channels.followup.reconcile import Reconcile
from email_channels.jobs.standing_still import wake_jobs
from email_channels.outbound.stuck_sends import close_stuck_sends
from email_channels.settings import ReconcileSettings

NEEDED_MILLISECONDS = 60_000
"""The time that the function must have left to begin another original."""


def reconcile() -> Reconcile:
    """The use case that finishes overdue work, on a schedule."""
    settings = read_settings(ReconcileSettings)
    mail = mail_bucket(settings)

    def close_sends(now: datetime) -> int:
        return close_stuck_sends(OutboundStore(mail), now)

    def notice(now: datetime) -> int:
        return notice_failures(OutboundStore(mail), follow_up().follow, now)

    def wake(now: datetime) -> int:
        return wake_jobs(JobStore(), JobsQueue(clients.sqs(), settings.jobs_queue_url), now)

    probing = Probing(settings, ProbeStore(), MailboxStore(), ses_client().send, signing_keys().read)
    return Reconcile(notifier().notify_overdue, close_sends, notice, wake, probing.run)


def arrivals(milliseconds_left: Callable[[], int]) -> Arrivals:
    """The use case that checks originals after they arrived. `milliseconds_left` returns the invocation's time left."""
    settings = read_settings(ReconcileSettings)
    return Arrivals(
        ReconcileStore(),
        mail_bucket(settings),
        InboundQueue(clients.sqs(), settings.inbound_queue_url, settings.bucket_name),
        follow_up().follow_late,
        lambda: milliseconds_left() > NEEDED_MILLISECONDS,
    )
