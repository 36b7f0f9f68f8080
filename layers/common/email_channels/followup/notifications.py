"""Notifies the admins about emails that did not become cases.

A notification is sent at least once. It is recorded after SES accepted it, so a crash between the two sends it again.
If many emails make no case within an hour, the later ones wait for a digest, which lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from email_channels.addresses import normalise
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.stores.notification_delivery_store import NotificationDeliveryStore
from email_channels.aws.stores.notification_store import NotificationStore
from email_channels.cases.outgoing import DIGEST_RECORD, OutgoingKind, ses_tags
from email_channels.cases.reasons import Reason
from email_channels.cases.references import SigningKeys
from email_channels.cases.unprocessed import Unprocessed
from email_channels.errors import ConcurrentChange, Fault, NotFound, SendRefused
from email_channels.mail.message import Address
from email_channels.mail.ses_headers import SesHeaders, Verdict, read_ses_headers
from email_channels.observability import logger
from email_channels.outbound.loop_marks import (
    LOOP_MARK_HEADER,
    loop_marks_in_references,
    signed_loop_mark,
    verified_kind,
)
from email_channels.outbound.notices import MAX_DIGEST_ROWS, can_receive_notices, digest, error_notification
from email_channels.outbound.own_addresses import own_addresses
from email_channels.settings import NotifySettings

# Larger originals are not attached, because SES or the admins' mail servers might refuse the notification.
MAX_ATTACHED_ORIGINAL_BYTES = 7_000_000
# The most notifications about single emails in an hour. Further emails wait for a digest.
MAX_SINGLE_NOTIFICATIONS_PER_HOUR = 50
# The table's stream normally causes a notification at once. `reconcile` leaves newer emails to the stream.
STREAM_GRACE_PERIOD = timedelta(minutes=2)
# An admin may change the item between our read and our write. Twice in a row is very unlikely.
MARK_TRIES = 3

# The sender gets no copy for these reasons: the email comes from a program, or its sender may be forged.
_NEVER_COPIED = {
    Reason.AUTOMATIC_REPLY,
    Reason.BOUNCE_UNMATCHED,
    Reason.MAIL_LOOP,
    Reason.SPAM,
    Reason.VIRUS,
    Reason.AUTHENTICATION_FAILED,
}


class SendEmail(Protocol):
    """`SesClient.send`: sends a whole message and returns SES's id. Raises SendRefused or SendOutcomeUnknown."""

    def __call__(self, message: bytes, *, source: str, destinations: Sequence[str], tags: Mapping[str, str]) -> str: ...


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
        self._api_url = api_url.rstrip("/")
        self._from = Address(settings.notification_from_name, settings.notification_from_address)

    def notify(self, record_id: str) -> bool:
        """Notifies the admins about one email, unless they were notified already or the email waits for the digest.

        Returns whether a notification was sent. Raises errors of SES and AWS; the notification then stays due.
        """
        item = self._store.read(record_id)
        if item is None or item.notified_at is not None or self._is_own_email(item):
            return False
        if not self._store.count_single(self._now(), MAX_SINGLE_NOTIFICATIONS_PER_HOUR):
            logger().info("notification left to the digest", extra={"record": record_id, "reason": item.reason.value})
            return False
        self._notify_single(item)
        return True

    def notify_overdue(self, now: datetime) -> int:
        """Notifies about all emails that the stream missed, or that wait for the digest. Returns their number.

        An email that fails does not stop the others. Raises Fault at the end if any failed: those are still due.
        """
        notified = 0
        failures: list[Exception] = []
        batch: list[Unprocessed] = []
        for item in self._store.due(now - STREAM_GRACE_PERIOD):
            try:
                if self._is_own_email(item):
                    continue
            except Exception as error:  # noqa: BLE001 - whatever it is, the other emails are not to blame
                failures.append(_logged(error, item))
                continue
            batch.append(item)
            if len(batch) == MAX_DIGEST_ROWS:
                notified += self._notify_batch(batch, failures)
                batch = []
        notified += self._notify_batch(batch, failures)
        if failures:
            raise Fault(f"{len(failures)} notifications failed") from failures[0]
        return notified

    def _is_own_email(self, item: Unprocessed) -> bool:
        """Whether this email is our own, came back, and needs no notification. If so, marks it as notified.

        - A notification that comes back has reached the admins. A notification about it would come back too, without
          end.
        - An acknowledgement that comes back needs no action, because its case exists. And a sender whose mail is
          redirected to us would cause a notification with each email.
        - An alert or an agent's email that comes back has not reached its recipient. Only an admin can repair that, so
          the admins are notified.
        """
        if item.reason is not Reason.MAIL_LOOP:
            return False
        whole = item if item.email.content is not None else self._store.read(item.id)
        content = whole.email.content if whole is not None else None
        if content is None:
            return False
        # Anybody can copy the mark of an acknowledgement to another email, and a reply repeats the mark in References.
        # So these two count only if From is an address of this system.
        from_us = item.email.from_ is not None and normalise(item.email.from_.address) in own_addresses(self._settings)
        values = [value for name, value in content.headers if name.lower() == LOOP_MARK_HEADER.lower()]
        if not values and from_us:
            values = loop_marks_in_references(item.email.references)
        kind = verified_kind(values[0], self._signing_keys()) if len(values) == 1 else None
        if kind is not OutgoingKind.NOTIFICATION and not (kind is OutgoingKind.ACKNOWLEDGEMENT and from_us):
            return False
        logger().info("own email came back", extra={"record": item.id, "kind": kind.value})
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
            if len(batch) == 1:
                self._notify_single(batch[0])
                return 1
            message = self._digest(batch, keys)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other emails are not to blame
            if len(batch) == 1:
                failures.append(_logged(error, batch[0]))
                return 0
            half = len(batch) // 2
            return self._notify_batch(batch[:half], failures) + self._notify_batch(batch[half:], failures)
        return self._send_digest(message, batch, failures)

    def _digest(self, batch: Sequence[Unprocessed], keys: SigningKeys) -> bytes:
        return digest(
            batch,
            from_=self._from,
            to=self._settings.admin_email_addresses,
            where=f"GET {self._api_url}/unprocessed, with an admin's token",
            purge_after=self._purge_after(self._now()),
            loop_mark=signed_loop_mark(OutgoingKind.NOTIFICATION, DIGEST_RECORD, keys),
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
            logger().exception("digest failed", extra={"emails": len(batch)})
            failures.append(error)
            return 0
        marked = 0
        for item in batch:
            try:
                self._mark_notified(item, message_id)
                marked += 1
            except Exception as error:  # noqa: BLE001 - see above
                failures.append(_logged(error, item))
        return marked

    def _notify_single(self, item: Unprocessed) -> None:
        original, ses_headers = self._original(item)
        to = self._settings.admin_email_addresses
        cc = self._copied(item, ses_headers)
        tags = ses_tags(OutgoingKind.NOTIFICATION, item.id)
        attached = None if item.reason is Reason.VIRUS or _has_virus(ses_headers) else original
        try:
            message_id = self._deliver(self._message(item, to, cc, attached), [*to, *cc], tags)
        except SendRefused as refused:
            if refused.throttled or (attached is None and not cc):
                raise
            # SES refuses some types of attachments, also inside attached emails, and may refuse the address in Cc.
            logger().warning("notification sent without original", extra={"record": item.id, "code": refused.code})
            message_id = self._deliver(self._message(item, to, [], None), to, tags)
        self._mark_notified(item, message_id)

    def _message(self, item: Unprocessed, to: Sequence[str], cc: Sequence[str], original: bytes | None) -> bytes:
        return error_notification(
            item,
            from_=self._from,
            to=to,
            cc=cc,
            original=original,
            where=f"GET {self._api_url}/unprocessed/{item.id}, with an admin's token",
            purge_after=self._purge_after(self._now()),
            loop_mark=signed_loop_mark(OutgoingKind.NOTIFICATION, item.id, self._signing_keys()),
        )

    def _deliver(self, message: bytes, destinations: Sequence[str], tags: Mapping[str, str]) -> str:
        return self._send(
            message, source=self._settings.notification_from_address, destinations=destinations, tags=tags
        )

    def _mark_notified(self, item: Unprocessed, message_id: str) -> None:
        """Marks the item as notified. Retries if somebody changes it at the same time (an admin puts it on hold)."""
        at = self._now()
        current: Unprocessed | None = item
        for _ in range(MARK_TRIES):
            if current is None or current.notified_at is not None:
                return
            try:
                self._store.mark_notified(current, at, self._purge_after(at), message_id)
            except ConcurrentChange:
                current = self._store.read(item.id)
            else:
                return
        raise ConcurrentChange(f"unprocessed email {item.id} keeps changing")

    def _purge_after(self, notified_at: datetime) -> datetime:
        return notified_at + timedelta(days=self._settings.purge_after_days)

    def _original(self, item: Unprocessed) -> tuple[bytes | None, SesHeaders | None]:
        """Returns the original without the SES headers (None if it cannot be attached), and the SES headers."""
        if item.email.raw_key is None:
            return None, None
        try:
            raw = self._mail.read(item.email.raw_key)
        except NotFound:
            return None, None
        ses_headers, start = read_ses_headers(raw)
        sent = raw[start:]
        return (sent if len(sent) <= MAX_ATTACHED_ORIGINAL_BYTES else None), ses_headers

    def _copied(self, item: Unprocessed, ses_headers: SesHeaders | None) -> list[str]:
        """The sender's address if the sender gets a copy of the notification, else an empty list."""
        sender = item.email.from_
        if not self._settings.cc_sender_on_error or sender is None or ses_headers is None:
            return []
        never = (
            item.reason in _NEVER_COPIED
            or item.automatic
            or not item.envelope_sender
            or _suspicious(ses_headers)
            or not can_receive_notices(sender.address)
            or normalise(sender.address) in own_addresses(self._settings)
            or normalise(sender.address) in {normalise(address) for address in self._settings.admin_email_addresses}
        )
        return [] if never else [sender.address]


def _logged(error: Exception, item: Unprocessed) -> Exception:
    """The error, after it was logged."""
    logger().error("notification failed", extra={"record": item.id, "error": type(error).__name__})
    return error


def _has_virus(ses_headers: SesHeaders | None) -> bool:
    return ses_headers is not None and ses_headers.virus is Verdict.FAIL


def _suspicious(ses_headers: SesHeaders) -> bool:
    """Whether SES found spam, a virus or a forged sender, even if the settings accept such emails.

    If the sender is forged, a copy would reach somebody who did not write the email.
    """
    return Verdict.FAIL in {ses_headers.spam, ses_headers.virus, ses_headers.dmarc, ses_headers.dkim}
