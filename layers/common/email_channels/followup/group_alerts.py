"""Alerts service groups of what happens in their cases: a new case, a reply, a handover, an email that failed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from email_channels.addresses import is_among, normalise
from email_channels.cases.case import Case
from email_channels.cases.history import StoredEmail
from email_channels.cases.outgoing import OutgoingKind, ses_tags
from email_channels.cases.references import SigningKeys
from email_channels.cases.routing import Routing
from email_channels.errors import SendRefused
from email_channels.followup.notifications import SendEmail
from email_channels.mail.message import Address
from email_channels.observability import logger
from email_channels.outbound.automatic_recipients import can_receive_notices
from email_channels.outbound.case_notices import AlertReason, group_alert
from email_channels.outbound.console_links import ConsoleLinks
from email_channels.outbound.loop_marks import signed_loop_mark
from email_channels.outbound.own_addresses import own_addresses
from email_channels.outbound.replaced_texts import MailboxTexts
from email_channels.settings import NotifySettings


class GroupAlerts:
    """Sends the alerts. `signing_keys` is called only when needed. `now` returns the current time, with a time zone."""

    def __init__(
        self,
        settings: NotifySettings,
        send: SendEmail,
        signing_keys: Callable[[], SigningKeys],
        now: Callable[[], datetime],
        api_url: str,
    ) -> None:
        self._settings = settings
        self._send = send
        self._signing_keys = signing_keys
        self._now = now
        self._links = ConsoleLinks(api_url if settings.console_enabled else None)

    def alert(
        self,
        case: Case,
        routing: Routing,
        texts: Callable[[], MailboxTexts],
        reason: AlertReason,
        email: StoredEmail | None = None,
    ) -> datetime | None:
        """Alerts the service group of a case, and returns the time.

        Returns None if the group has no address, or one of this system: nothing is noted then. An alert that SES
        refuses for good counts as sent. Raises errors of SES and AWS.
        """
        address = self._address(case.service_group, routing)
        if address is None:
            return None
        if not can_receive_notices(address):
            logger().error("group alert not possible", extra={"record": case.case_id})
            return self._now()
        settings, links = self._settings, self._links
        group = routing.service_groups.get(case.service_group)
        message = group_alert(
            case,
            texts=texts(),
            from_=Address(settings.notification_from_name, settings.notification_from_address),
            to=address,
            group=group.name if group else case.service_group,
            link=links.email(case.case_id, email.email_id) if email else links.case(case.case_id),
            loop_mark=signed_loop_mark(OutgoingKind.ALERT, case.case_id, self._signing_keys()),
            reason=reason,
            email=email,
        )
        tags = ses_tags(OutgoingKind.ALERT, case.case_id)
        try:
            self._send(message, source=settings.notification_from_address, destinations=[address], tags=tags)
        except SendRefused as refused:
            if refused.throttled:
                raise
            logger().error("group alert refused", extra={"record": case.case_id, "code": refused.code})
        return self._now()

    def has_address(self, group_id: str, routing: Routing) -> bool:
        """Whether the group has an address that may get alerts."""
        return self._address(group_id, routing) is not None

    def _address(self, group_id: str, routing: Routing) -> str | None:
        group = routing.service_groups.get(group_id)
        address = group.address if group is not None else None
        if group is None and group_id == self._settings.default_service_group:
            address = self._settings.default_service_group_address
        if address is None or is_among(normalise(address), own_addresses(self._settings)):
            return None
        return address
