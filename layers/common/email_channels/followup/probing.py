"""Probes the redirects of mailboxes: sends an email to each, and tells the admins which of them do not come back.

`inbound` notes what comes back. Admins hear once of a silent mailbox, and once when it is back. What they were told is
noted afterwards, so a crash in between repeats one notice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from email_channels.addresses import normalise
from email_channels.aws.stores.mailbox_store import MailboxStore
from email_channels.aws.stores.probes.probe_store import ProbeStore
from email_channels.cases.mailboxes import mailbox_id
from email_channels.cases.outgoing import PROBE_RECORD, OutgoingKind, ses_tags
from email_channels.cases.probes.mark import probe_mark
from email_channels.cases.probes.probe import Probe
from email_channels.cases.references import SigningKeys
from email_channels.errors import Fault, SendRefused
from email_channels.followup.notifications import SendEmail
from email_channels.mail.message import Address
from email_channels.observability import logger, raised
from email_channels.outbound.probe_emails import back_notice, probe_email, silent_notice
from email_channels.settings import ReconcileSettings
from email_channels.times import to_milliseconds

MAILBOXES_PER_RUN = 100
"""The most mailboxes that one run looks at, besides those of the parameters. The next run goes on after them."""


class _Notice(Protocol):
    def __call__(self, probes: Sequence[Probe], *, from_: Address, to: Sequence[str]) -> bytes: ...


class Probing:
    """Probes the redirects of mailboxes. `signing_keys` returns the keys of the marks."""

    def __init__(
        self,
        settings: ReconcileSettings,
        probes: ProbeStore,
        mailboxes: MailboxStore,
        send: SendEmail,
        signing_keys: Callable[[], SigningKeys],
    ) -> None:
        self._settings = settings
        self._probes = probes
        self._mailboxes = mailboxes
        self._send = send
        self._signing_keys = signing_keys
        self._from = Address(settings.notification_from_name, settings.notification_from_address)

    def run(self, now: datetime) -> int:
        """Sends the probes that are due at `now`, after the notices about earlier ones. Returns how many it sent.

        Raises Fault at the end if a probe could not be sent for now.
        """
        if not self._settings.probe_minutes:
            return 0
        now = to_milliseconds(now)
        place = self._probes.place()
        targets, following = self._targets(place)
        probes = self._probes.read(targets).values()
        told = [
            self._tell([probe for probe in probes if probe.came_back], back_notice, self._probes.back),
            self._tell([probe for probe in probes if probe.became_silent(now)], silent_notice, self._probes.silent),
        ]
        due = [probe for probe in probes if probe.is_due(now, self._settings.probe_minutes)]
        failed = [probe for probe in due if not self._probe(probe, now)]
        if following != place:
            self._probes.keep_place(following)
        if failed:
            raise Fault(f"{len(failed)} probes could not be sent")
        if not all(told):
            raise Fault("a notice about probes could not be sent")
        return len(due)

    def _targets(self, place: str | None) -> tuple[list[str], str | None]:
        """The mailboxes of this run, and the place of the next one."""
        settings = self._settings
        found: list[str] = []
        if settings.ad_hoc_enabled and settings.ad_hoc_reply_to:
            found.append(normalise(settings.ad_hoc_reply_to))
        following = None
        if settings.case_creation_enabled:
            if settings.mailbox_address:
                found.append(normalise(settings.mailbox_address))
            page, more = self._mailboxes.page(MAILBOXES_PER_RUN, place)
            found += [mailbox.address for mailbox in page]
            following = page[-1].address if page and more else None
        return list(dict.fromkeys(found)), following

    def _probe(self, probe: Probe, now: datetime) -> bool:
        """Sends one probe; false if it must be tried again. One that SES refuses for good counts as sent: it does not
        come back either."""
        message = probe_email(
            probe.mailbox, from_=self._from, mark=probe_mark(probe.mailbox, now, self._signing_keys())
        )
        about = {"mailbox": mailbox_id(probe.mailbox)}
        try:
            self._deliver(message, [probe.mailbox])
        except SendRefused as refused:
            if refused.throttled:
                logger().warning("probe not sent", extra={**about, "code": refused.code})
                return False
            logger().error("probe refused", extra={**about, "code": refused.code})
        except Fault as error:
            logger().warning("probe not sent", extra={**about, "error": type(error).__name__})
            return False
        self._probes.sent(probe, now)
        return True

    def _tell(self, probes: Sequence[Probe], notice: _Notice, noted: Callable[[Probe], bool]) -> bool:
        """Sends one notice about these mailboxes, and then notes that. Returns false if it could not be sent: the next
        run tries again."""
        if not probes:
            return True
        admins = self._settings.admin_email_addresses
        try:
            self._deliver(notice(probes, from_=self._from, to=admins), admins)
        except (SendRefused, Fault) as error:
            logger().error("notice about probes not sent", extra=raised(error))
            return False
        for probe in probes:
            noted(probe)
        logger().warning("probes changed", extra={"mailboxes": [mailbox_id(probe.mailbox) for probe in probes]})
        return True

    def _deliver(self, message: bytes, to: Sequence[str]) -> None:
        tags = ses_tags(OutgoingKind.PROBE, PROBE_RECORD)
        self._send(message, source=self._from.address, destinations=to, tags=tags)
