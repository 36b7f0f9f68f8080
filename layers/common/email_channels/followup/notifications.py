"""Notifies the admins about emails that did not become cases.

A notification is sent at least once. It is recorded after SES accepted it, so a crash between the two sends it again.

A storm begins with the 21st email that makes no case within ten minutes, and lasts until fewer than that came within
ten minutes. Its emails get no notifications of their own, and their senders no copies. A schedule of `notify` sends a
digest each minute, which names all emails that have waited for STREAM_GRACE_PERIOD. `reconcile` does the same every
quarter of an hour, if that schedule fails. The digest of a minute is claimed, so that two runs do not send it twice.

Emails of some reasons (NAMED_ONCE_A_DAY) become due at the end of the day, for a digest, even if there is only one.

The sender's copy is an email of its own, and is sent at most once: it is claimed in the write that records the
notification. A copy that fails is lost, and never holds up a notification.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from email_channels.addresses import normalise
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.stores.automatic_email_store import AutomaticEmailStore
from email_channels.aws.stores.notification_delivery_store import NotificationDeliveryStore
from email_channels.aws.stores.notification_store import NotificationStore
from email_channels.cases.outgoing import DIGEST_RECORD, OutgoingKind, ses_tags
from email_channels.cases.reasons import NAMED_ONCE_A_DAY, Reason
from email_channels.cases.references import SigningKeys
from email_channels.cases.templates import SystemText
from email_channels.cases.unprocessed import Unprocessed
from email_channels.errors import ConcurrentChange, Fault, NotFound, SendRefused
from email_channels.followup.notice_texts import texts_of
from email_channels.mail.message import Address
from email_channels.mail.ses_headers import SesHeaders, Verdict, read_ses_headers
from email_channels.observability import log_unsent_automatic_email, logger, raised
from email_channels.outbound.automatic_recipients import may_get_automatic_email
from email_channels.outbound.case_notices import sender_copy
from email_channels.outbound.console_links import ConsoleLinks
from email_channels.outbound.loop_marks import (
    LOOP_MARK_HEADER,
    loop_marks_in_references,
    notified_record,
    signed_digest_mark,
    signed_loop_mark,
)
from email_channels.outbound.notices import MAX_DIGEST_ROWS, digest, error_notification
from email_channels.outbound.own_addresses import own_addresses
from email_channels.settings import NotifySettings
from email_channels.values import dataclass

# Larger originals are not attached, because SES or the admins' mail servers might refuse the notification.
MAX_ATTACHED_ORIGINAL_BYTES = 7_000_000
# The most notifications about single emails in ten minutes. Further emails are a storm, and wait for a digest.
MOST_SINGLE_NOTIFICATIONS = 20
# The table's stream normally causes a notification at once. The schedules leave newer emails to it.
STREAM_GRACE_PERIOD = timedelta(minutes=2)
# An admin may change the item between our read and our write. Twice in a row is very unlikely.
MARK_TRIES = 3

_DOWNLOAD = "You can download it from there."
_INFECTED = f"The original is not attached because it contains a virus. {_DOWNLOAD}"
_NOT_SCANNED = f"The original is not attached because SES could not check it for viruses. {_DOWNLOAD}"
_TOO_LARGE = f"The original is not attached because it is too large. {_DOWNLOAD}"
_REFUSED = f"The original is not attached because SES refused it. {_DOWNLOAD}"
_MISSING = "The original is not attached because it no longer exists."

# The sender gets no copy for these reasons: the email comes from a program, its sender may be forged, or there are very
# many.
_NEVER_COPIED = {
    Reason.AUTOMATIC_REPLY,
    Reason.BOUNCE_UNMATCHED,
    Reason.MAIL_LOOP,
    Reason.SPAM,
    Reason.VIRUS,
    Reason.AUTHENTICATION_FAILED,
    Reason.RATE_LIMITED,
    Reason.SERVER_NOT_ALLOWED,
}


class SendEmail(Protocol):
    """`SesClient.send`: sends a whole message and returns SES's id. Raises SendRefused or SendOutcomeUnknown."""

    def __call__(self, message: bytes, *, source: str, destinations: Sequence[str], tags: Mapping[str, str]) -> str: ...


@dataclass(frozen=True, slots=True)
class _Original:
    """The original without the SES headers; None if it must not be attached or cannot be, and `missing` says why."""

    content: bytes | None
    missing: str
    ses_headers: SesHeaders


class Notifier:
    """Notifies the admins. `now` returns the current time with a time zone, `signing_keys` the keys for loop marks."""

    def __init__(
        self,
        settings: NotifySettings,
        store: NotificationStore,
        mail: MailBucket,
        send: SendEmail,
        signing_keys: Callable[[], SigningKeys],
        now: Callable[[], datetime],
        api_url: str,
    ) -> None:
        self._settings = settings
        self._store = store
        self._mail = mail
        self._send = send
        self._signing_keys = signing_keys
        self._now = now
        self._links = ConsoleLinks(api_url if settings.console_enabled else None)
        self._from = Address(settings.notification_from_name, settings.notification_from_address)

    def notify(self, record_id: str) -> bool:
        """Notifies the admins about one email, unless they were notified already or the email waits for the digest.

        Returns whether a notification was sent. Raises errors of SES and AWS; the notification then stays due.
        """
        item = self._store.read(record_id)
        if item is None or item.notified_at is not None or self._is_own_email(item):
            return False
        if item.reason in NAMED_ONCE_A_DAY:
            logger().info("notification left to the daily digest", extra={"record": record_id})
            return False
        if self._store.count(self._now()) > MOST_SINGLE_NOTIFICATIONS:
            logger().info("notification left to the digest", extra={"record": record_id, "reason": item.reason.value})
            return False
        self._notify_single(item)
        return True

    def notify_overdue(self, now: datetime) -> int:
        """Notifies about all emails that the stream missed, or that wait for the digest. Returns their number.

        `now` is the time for which the schedule runs. An email that is alone gets a notification of its own. Further
        ones wait for the digest of the next minute if there are more than MAX_DIGEST_ROWS, or if another run has sent a
        digest within the last minute.

        An email that fails does not stop the others. Raises Fault at the end if any failed: those are still due.
        """
        notified = 0
        failures: list[Exception] = []
        batch: list[Unprocessed] = []

        def failed(error: Exception, record_id: str) -> None:
            failures.append(_logged(error, record_id))

        for item in self._store.due(now - STREAM_GRACE_PERIOD, failed):
            try:
                if self._is_own_email(item):
                    continue
            except Exception as error:  # noqa: BLE001 - whatever it is, the other emails are not to blame
                failed(error, item.id)
                continue
            batch.append(item)
            if len(batch) == MAX_DIGEST_ROWS:
                break
        if (batch and _singly(batch)) or (batch and self._store.claim_digest(now, self._now())):
            notified += self._notify_batch(batch, failures)
        if failures:
            raise Fault(f"{len(failures)} notifications failed") from failures[0]
        return notified

    def _is_own_email(self, item: Unprocessed) -> bool:
        """Whether this email is a notification of ours that came back. If so, marks it as notified.

        It has reached the admins. A notification about it would come back too, without end. All other emails that come
        back are notified: they have not reached their recipients, and only an admin can repair that.

        Whoever got a notification can copy its mark. So the mark counts only if From is the address of notifications,
        and if the admins were notified of the email that the mark names.
        """
        from_, ours = item.email.from_, normalise(self._settings.notification_from_address)
        if item.reason is not Reason.MAIL_LOOP or from_ is None or normalise(from_.address) != ours:
            return False
        whole = item if item.email.content is not None else self._store.read(item.id)
        content = whole.email.content if whole is not None else None
        if content is None:
            return False
        values = [value for name, value in content.headers if name.lower() == LOOP_MARK_HEADER.lower()]
        values = values or loop_marks_in_references(item.email.references)
        named = notified_record(values[0], self._signing_keys()) if len(values) == 1 else None
        notified = self._store.read(named) if named is not None else None
        if notified is None or notified.notified_at is None:
            return False
        logger().info("notification came back", extra={"record": item.id, "about": named})
        self._mark_notified(item, item.email.message_id or "unknown")
        return True

    def _notify_batch(self, batch: Sequence[Unprocessed], failures: list[Exception]) -> int:
        """Notifies about a batch in one email. Returns how many emails are done, and adds to `failures`.

        If no digest can be written of the batch, each half is tried alone, down to the email that is to blame.
        """
        if not batch:
            return 0
        # Not in the attempt: without the keys nothing can be sent, whatever the batch.
        keys = self._signing_keys()
        try:
            if _singly(batch):
                storm = self._store.asked(self._now()) > MOST_SINGLE_NOTIFICATIONS
                self._notify_single(batch[0], copy=not storm)
                return 1
            message = self._digest(batch, keys)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other emails are not to blame
            if len(batch) == 1:
                failures.append(_logged(error, batch[0].id))
                return 0
            half = len(batch) // 2
            return self._notify_batch(batch[:half], failures) + self._notify_batch(batch[half:], failures)
        return self._send_digest(message, batch, failures)

    def _digest(self, batch: Sequence[Unprocessed], keys: SigningKeys) -> bytes:
        return digest(
            batch,
            from_=self._from,
            to=self._settings.admin_email_addresses,
            link=self._links.unprocessed,
            purge_after=self._purge_after(self._now()),
            loop_mark=signed_digest_mark(batch[0].id, secrets.token_hex(5), keys),
        )

    def _send_digest(self, message: bytes, batch: Sequence[Unprocessed], failures: list[Exception]) -> int:
        """Sends a digest and marks its emails, each on its own: one that cannot be marked must not repeat the others.

        Returns how many emails are done.
        """
        try:
            tags = ses_tags(OutgoingKind.NOTIFICATION, DIGEST_RECORD)
            message_id = self._deliver(message, self._settings.admin_email_addresses, tags)
            # The events of SES name only the digest. They need this list to find its emails.
            NotificationDeliveryStore.note_digest(message_id, [item.id for item in batch], self._now())
        except Exception as error:  # noqa: BLE001 - there may be further batches
            logger().exception("digest failed", extra={"emails": len(batch)} | raised(error))
            failures.append(error)
            return 0
        marked = 0
        for item in batch:
            try:
                self._mark_notified(item, message_id)
                marked += 1
            except Exception as error:  # noqa: BLE001 - see above
                failures.append(_logged(error, item.id))
        return marked

    def _notify_single(self, item: Unprocessed, *, copy: bool = True) -> None:
        original = self._original(item)
        to = self._settings.admin_email_addresses
        copying = copy and self._may_be_copied(item, original.ses_headers)
        tags = ses_tags(OutgoingKind.NOTIFICATION, item.id)
        try:
            message_id = self._deliver(self._message(item, original.content, original.missing), to, tags)
        except SendRefused as refused:
            if refused.throttled or original.content is None:
                raise
            # SES refuses some types of attachments, also inside attached emails.
            logger().warning("notification sent without original", extra={"record": item.id, "code": refused.code})
            message_id = self._deliver(self._message(item, None, _REFUSED), to, tags)
        if self._mark_notified(item, message_id, copying=copying):
            self._copy_to_sender(item)

    def _message(self, item: Unprocessed, original: bytes | None, no_original: str) -> bytes:
        return error_notification(
            item,
            from_=self._from,
            to=self._settings.admin_email_addresses,
            original=original,
            no_original=no_original,
            link=self._links.unprocessed(item.id),
            purge_after=self._purge_after(self._now()),
            loop_mark=signed_loop_mark(OutgoingKind.NOTIFICATION, item.id, self._signing_keys()),
        )

    def _deliver(self, message: bytes, destinations: Sequence[str], tags: Mapping[str, str]) -> str:
        return self._send(
            message, source=self._settings.notification_from_address, destinations=destinations, tags=tags
        )

    def _mark_notified(self, item: Unprocessed, message_id: str, *, copying: bool = False) -> bool:
        """Marks the item as notified, and claims the sender's copy if `copying`. Returns whether it claimed the copy:
        only one worker does, and only once, however often admins are notified.

        Retries if somebody changes it at the same time (an admin puts it on hold). If it is unprocessed for another
        reason now, it stays due: the admins have not been notified of that.
        """
        at = self._now()
        current: Unprocessed | None = item
        for _ in range(MARK_TRIES):
            if current is None or current.notified_at is not None or current.reason is not item.reason:
                return False
            copies = copying and current.copied_at is None
            try:
                self._store.mark_notified(current, at, self._purge_after(at), message_id, copying=copies)
            except ConcurrentChange:
                current = self._store.read(item.id)
            else:
                return copies
        raise ConcurrentChange(f"unprocessed email {item.id} keeps changing")

    def _purge_after(self, notified_at: datetime) -> datetime:
        return notified_at + timedelta(days=self._settings.purge_after_days)

    def _original(self, item: Unprocessed) -> _Original:
        """Reads the original. It is attached only if SES found no virus in it, or does not scan by choice."""
        if item.email.raw_key is None:
            return _Original(None, _MISSING, SesHeaders())
        try:
            raw = self._mail.read(item.email.raw_key)
        except NotFound:
            return _Original(None, _MISSING, SesHeaders())
        ses_headers, start = read_ses_headers(raw)
        # Where SES does not scan, its block is there without the verdict. Without a block, nothing is known.
        scanned = ses_headers.virus is Verdict.PASS or (ses_headers.virus is Verdict.DISABLED and start > 0)
        if item.reason is Reason.VIRUS or ses_headers.virus is Verdict.FAIL:
            return _Original(None, _INFECTED, ses_headers)
        if not scanned:
            return _Original(None, _NOT_SCANNED, ses_headers)
        if len(raw) - start > MAX_ATTACHED_ORIGINAL_BYTES:
            return _Original(None, _TOO_LARGE, ses_headers)
        return _Original(raw[start:], "", ses_headers)

    def _may_be_copied(self, item: Unprocessed, ses_headers: SesHeaders) -> bool:
        """Whether the sender may get a copy. Only proven senders may: others might not have written the email."""
        sender = item.email.from_
        if not self._settings.cc_sender_on_error or sender is None or not item.proven:
            return False
        return not (
            item.reason in _NEVER_COPIED
            or item.automatic
            or not item.envelope_sender
            or _suspicious(ses_headers)
            or normalise(sender.address) in {normalise(address) for address in self._settings.admin_email_addresses}
        ) and may_get_automatic_email(sender.address, own_addresses(self._settings))

    def _copy_to_sender(self, item: Unprocessed) -> None:
        """Sends the sender's copy, which was claimed, unless too many automatic emails were sent in this hour."""
        sender = item.email.from_
        assert sender is not None
        try:
            if not AutomaticEmailStore.count(self._now(), self._settings.max_automatic_emails_per_hour):
                log_unsent_automatic_email(item.id)
                return
            message = sender_copy(
                texts=texts_of(item.mailbox, self._settings, SystemText.SENDER_COPY),
                from_=self._from,
                to=sender,
                mailbox=item.mailbox,
                received_at=item.received_at,
            )
            self._deliver(message, [sender.address], ses_tags(OutgoingKind.SENDER_COPY, item.id))
        except Exception as error:  # noqa: BLE001 - the admins were notified, and a copy is not sent twice
            logger().error("sender's copy failed", extra={"record": item.id} | raised(error))


def _singly(batch: Sequence[Unprocessed]) -> bool:
    """Whether the batch is one email with a notification of its own."""
    return len(batch) == 1 and batch[0].reason not in NAMED_ONCE_A_DAY


def _logged(error: Exception, record_id: str) -> Exception:
    """The error, after it was logged."""
    logger().error("notification failed", extra={"record": record_id} | raised(error))
    return error


def _suspicious(ses_headers: SesHeaders) -> bool:
    """Whether SES found spam, a virus or a failed signature, even if the settings accept such emails."""
    return Verdict.FAIL in {ses_headers.spam, ses_headers.virus, ses_headers.dmarc, ses_headers.dkim}
