"""Builds the use cases of the function `jobs`: the runner, and the work of each kind of job."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from email_channels.aws import clients
from email_channels.aws.arrivals_queue import ArrivalsQueue
from email_channels.aws.jobs_queue import JobsQueue
from email_channels.aws.stores.audit.audit_store import AuditStore
from email_channels.aws.stores.directory_store import DirectoryStore
from email_channels.aws.stores.erasure.person_traces import PersonTraceStore
from email_channels.aws.stores.jobs.job_store import JobStore
from email_channels.aws.stores.purge_store import PurgeStore
from email_channels.aws.stores.unprocessed_store import UnprocessedStore
from email_channels.aws.stores.user_mapping_store import UserMappingStore
from email_channels.bootstrap.process import mail_bucket, now, read_settings
from email_channels.cases.jobs.job import JobKind
from email_channels.followup.erasing import Erasure
from email_channels.jobs.discarding import Discarding
from email_channels.jobs.erasing import Erasing
from email_channels.jobs.runner import JobRunner, JobWork
from email_channels.jobs.selection import Selection
from email_channels.settings import JobsSettings

NEEDED_MILLISECONDS = 90_000
"""No further step begins with less time left. A step takes some seconds; one in which AWS is slow, a minute."""

READING_SECONDS = 30.0
"""The most time that reading one original may take, as in `inbound`."""


def job_runner(milliseconds_left: Callable[[], int]) -> JobRunner:
    """The use case that works on jobs. `milliseconds_left` returns how much time the invocation has left."""
    settings = _settings()
    return JobRunner(
        JobStore(),
        JobsQueue(clients.sqs(), settings.jobs_queue_url),
        WORKS,
        now,
        lambda: milliseconds_left() > NEEDED_MILLISECONDS,
    )


@cache
def _settings() -> JobsSettings:
    return read_settings(JobsSettings)


def _discarding() -> JobWork:
    mail = mail_bucket(_settings())
    unprocessed = UnprocessedStore(mail)
    days = _settings().audit_retention_days
    return Discarding(Selection(JobStore(), unprocessed), unprocessed, PurgeStore(), mail, now, days)


def _retrying() -> JobWork:
    # Imported here, because other jobs need no parser of emails, which takes some tenths of a second to load.
    from email_channels.bootstrap.retrying import make_retry
    from email_channels.jobs.retrying import Retrying

    settings = _settings()
    mail = mail_bucket(settings)
    arrivals = ArrivalsQueue(clients.sqs(), settings.arrivals_queue_url)
    retry = make_retry(settings, mail, arrivals, READING_SECONDS)
    return Retrying(Selection(JobStore(), UnprocessedStore(mail)), retry, now, settings.audit_retention_days)


def _erasing() -> JobWork:
    mail, most_cases = mail_bucket(_settings()), _settings().max_cases_per_sender_per_hour
    stores = PersonTraceStore(mail), UnprocessedStore(mail), DirectoryStore(), UserMappingStore()
    return Erasing(Erasure(mail, now), *stores, most_cases)


def _importing() -> JobWork:
    from email_channels.jobs.employee_import.importing import EmployeeImport  # other jobs need no rules for addresses

    return EmployeeImport(DirectoryStore(), mail_bucket(_settings()), AuditStore())


def _trying() -> JobWork:
    from email_channels.bootstrap.trying import make_trying
    from email_channels.jobs.trying import TryingMany

    mail = mail_bucket(_settings())
    selection = Selection(JobStore(), UnprocessedStore(mail))
    return TryingMany(selection, make_trying(_settings(), mail))


WORKS: dict[JobKind, Callable[[], JobWork]] = {
    JobKind.RETRY: _retrying,
    JobKind.DISCARD: _discarding,
    JobKind.ERASURE: _erasing,
    JobKind.IMPORT: _importing,
    JobKind.TRY: _trying,
}
"""How the work of each kind is built."""
