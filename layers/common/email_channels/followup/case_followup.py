"""Carries out what follows from a new case or entry: links to sibling cases, group alert, acknowledgement, activity.

Every step except the acknowledgement can be repeated. The acknowledgement is claimed before it is sent, so that it is
never sent twice; a crash between the two loses it. Sibling cases are cases that the same email made in other mailboxes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from email_channels.addresses import normalise
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.stores.follow_up_store import FollowUpStore
from email_channels.cases.case import Case
from email_channels.cases.history import Direction, Entry, EntryKind
from email_channels.cases.outgoing import OutgoingKind, ses_tags
from email_channels.cases.references import SigningKeys, plus_address, with_case_reference
from email_channels.cases.routing import Routing
from email_channels.errors import SendRefused
from email_channels.followup.notifications import SendEmail
from email_channels.mail.message import Address
from email_channels.mail.subjects import reply_subject
from email_channels.observability import logger
from email_channels.outbound.loop_marks import signed_loop_mark
from email_channels.outbound.notices import acknowledgement, can_receive_notices, group_alert
from email_channels.outbound.own_addresses import own_addresses
from email_channels.settings import NotifySettings


class CaseFollowUp:
    """Follows up cases and entries. `routing` and `signing_keys` are called only when needed.

    `now` returns the current time, with a time zone.
    """

    def __init__(
        self,
        settings: NotifySettings,
        store: FollowUpStore,
        mail: MailBucket,
        send: SendEmail,
        routing: Callable[[], Routing],
        signing_keys: Callable[[], SigningKeys],
        now: Callable[[], datetime],
        api_url: str,
    ) -> None:
        self._settings = settings
        self._store = store
        self._mail = mail
        self._send = send
        self._routing = routing
        self._signing_keys = signing_keys
        self._now = now
        self._api_url = api_url.rstrip("/")

    def follow(self, case_id: str, email_id: str | None) -> None:
        """Follows up an entry of a case, or the case itself if `email_id` is None. Ignores what no longer exists."""
        if email_id is not None:
            if entry := self._store.entry(case_id, email_id):
                self.entry_added(entry)
        elif case := self._store.case(case_id):
            self.case_created(case)

    def case_created(self, case: Case) -> None:
        """Follows up an email that became a case. Raises errors of SES and AWS; the caller then retries all steps.

        The alert and the acknowledgement are the last steps, because `reconcile` takes them as the sign that all steps
        are done: it looks for `alerted_at` and, if an acknowledgement is due, for its claim.
        """
        if case.email is None:
            return
        self._keep_for_retention(case.email.raw_key)
        self._store.link_siblings(case.case_id)
        if case.alerted_at is None:
            self._alert(case)
        if case.acknowledge and case.acknowledged_at is None:
            self._acknowledge(case)

    def entry_added(self, entry: Entry) -> None:
        """Follows up an email that was added to a case."""
        if entry.email.direction is not Direction.INBOUND:
            return
        self._keep_for_retention(entry.email.raw_key)
        # Automatic replies and delivery reports are only shown in the history. They do not count as activity.
        case = self._store.case(entry.case_id) if entry.email.kind is EntryKind.NORMAL else None
        if case is None:
            return
        email = entry.email
        named = [*([email.from_] if email.from_ else []), *email.to, *email.cc]
        participants = {normalise(address.address) for address in named} - own_addresses(self._settings)
        self._store.note_activity(case, email.at, participants)

    def _keep_for_retention(self, raw_key: str | None) -> None:
        if self._settings.processed_retention_days and raw_key:
            self._mail.mark_processed(raw_key)

    def _alert(self, case: Case) -> None:
        """Alerts the service group if its address is not one of this system. Marks the step as done in any case."""
        address = self._group_address(case.service_group)
        if address is not None and normalise(address) not in own_addresses(self._settings):
            self._send_alert(case, address)
        self._store.mark_alerted(case.case_id, self._now())

    def _send_alert(self, case: Case, address: str) -> None:
        if not can_receive_notices(address):
            logger().error("group alert not possible", extra={"record": case.case_id})
            return
        settings = self._settings
        message = group_alert(
            case,
            from_=Address(settings.notification_from_name, settings.notification_from_address),
            to=address,
            where=f"GET {self._api_url}/cases/{case.case_id}, with an agent's token",
            loop_mark=signed_loop_mark(OutgoingKind.ALERT, case.case_id, self._signing_keys()),
        )
        tags = ses_tags(OutgoingKind.ALERT, case.case_id)
        try:
            self._send(message, source=settings.notification_from_address, destinations=[address], tags=tags)
        except SendRefused as refused:
            if refused.throttled:
                raise
            logger().error("group alert refused", extra={"record": case.case_id, "code": refused.code})

    def _group_address(self, group_id: str) -> str | None:
        group = self._routing().service_groups.get(group_id)
        if group is not None:
            return group.address
        if group_id == self._settings.default_service_group:
            return self._settings.default_service_group_address
        return None

    def _acknowledge(self, case: Case) -> None:
        to = case.email.from_ if case.email else None
        if to is None or normalise(to.address) in own_addresses(self._settings):
            return
        if not can_receive_notices(to.address):
            if self._store.claim_acknowledgement(case.case_id, self._now()):
                logger().error("acknowledgement not possible", extra={"record": case.case_id})
            return
        # The message is written before the claim, so that a failure here (such as reading the keys) is retried.
        from_, message = self._acknowledgement(case, to)
        if not self._store.claim_acknowledgement(case.case_id, self._now()):
            return
        tags = ses_tags(OutgoingKind.ACKNOWLEDGEMENT, case.case_id)
        try:
            message_id = self._send(message, source=from_.address, destinations=[to.address], tags=tags)
        except SendRefused as refused:
            if refused.throttled:
                self._store.return_acknowledgement(case.case_id)
                raise
            logger().error("acknowledgement refused", extra={"record": case.case_id, "code": refused.code})
            return
        self._store.record_sent(message_id, case.case_id)

    def _acknowledgement(self, case: Case, to: Address) -> tuple[Address, bytes]:
        settings = self._settings
        subject = reply_subject(case.subject)
        keys = self._signing_keys()
        loop_mark = signed_loop_mark(OutgoingKind.ACKNOWLEDGEMENT, case.case_id, keys)
        if not settings.ad_hoc_enabled or not settings.ad_hoc_from_address or not settings.ad_hoc_reply_to:
            from_ = Address(settings.notification_from_name, settings.notification_from_address)
            return from_, acknowledgement(case, from_=from_, to=to, reply_to=None, subject=subject, loop_mark=loop_mark)
        from_ = Address(settings.ad_hoc_from_name or "", settings.ad_hoc_from_address)
        reply_to = settings.ad_hoc_reply_to
        if settings.plus_addressing:
            reply_to = plus_address(reply_to, case.case_id, keys)
        tagged = with_case_reference(subject, case.case_id, keys)
        return from_, acknowledgement(case, from_=from_, to=to, reply_to=reply_to, subject=tagged, loop_mark=loop_mark)
