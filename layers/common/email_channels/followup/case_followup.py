"""Carries out what follows from a new case or entry: links to sibling cases, group alert, acknowledgement, activity.

Every step except the acknowledgement can be repeated. The acknowledgement is claimed before it is sent, so that it is
never sent twice; a crash between the two loses it. Sibling cases are cases that the same email made in other mailboxes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache

from email_channels.addresses import address_or_domain, domain_of, normalise, without_tag
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.stores.follow_up_store import FollowUpStore, NewCase, NewEntry
from email_channels.cases.case import Case
from email_channels.cases.history import Direction, EntryKind, StoredEmail
from email_channels.cases.outgoing import OutgoingKind, ses_tags
from email_channels.cases.references import SigningKeys
from email_channels.cases.routing import Routing
from email_channels.cases.templates import SystemText
from email_channels.cases.warnings import EmailWarning
from email_channels.errors import SendRefused
from email_channels.followup.acknowledgements import Acknowledgements
from email_channels.followup.case_word_index import CaseWordIndex
from email_channels.followup.notice_texts import texts_of
from email_channels.followup.notifications import SendEmail
from email_channels.mail.message import Address
from email_channels.observability import logger
from email_channels.outbound.case_notices import group_alert
from email_channels.outbound.console_links import ConsoleLinks
from email_channels.outbound.loop_marks import signed_loop_mark
from email_channels.outbound.notices import can_receive_notices
from email_channels.outbound.own_addresses import own_addresses
from email_channels.outbound.replaced_texts import MailboxTexts
from email_channels.settings import NotifySettings


class CaseFollowUp:
    """Follows up cases and entries. `signing_keys` is called only when needed.

    `now` returns the current time, with a time zone. `region` is that of SES.
    """

    def __init__(
        self,
        settings: NotifySettings,
        store: FollowUpStore,
        mail: MailBucket,
        send: SendEmail,
        signing_keys: Callable[[], SigningKeys],
        now: Callable[[], datetime],
        api_url: str,
        region: str,
    ) -> None:
        self._words = CaseWordIndex(store, own_addresses(settings))
        self._settings = settings
        self._store = store
        self._mail = mail
        self._send = send
        self._signing_keys = signing_keys
        self._now = now
        self._acknowledgements = Acknowledgements(settings, store, mail, send, signing_keys, now, region)
        self._links = ConsoleLinks(api_url if settings.console_enabled else None)

    def follow(self, case_id: str, email_id: str | None) -> bool:
        """Follows up an entry of a case, or the case itself if `email_id` is None. Ignores what no longer exists.

        What a merged case still has is moved to the case into which it was merged.

        Returns whether a step was missing. Raises errors of SES and AWS; the caller then retries all steps.
        """
        if email_id is None:
            new_case = self._store.new_case(case_id)
            if new_case is None:
                return False
            # The other steps come last, because `reconcile` sees by them whether all steps are done.
            indexed = self._words.index_case(new_case)
            if new_case.case.merged_into is not None:
                return self._store.finish_merge(case_id, self._now()) or indexed
            return self._case_created(new_case) or indexed
        new_entry = self._store.new_entry(case_id, email_id)
        if new_entry is None:
            return False
        if new_entry.case.merged_into:
            # It arrived while its case was merged. As an entry of the other case, it is followed up there.
            self._store.move_on(new_entry, self._now())
            return True
        indexed = self._words.index_entry(new_entry)
        return self._entry_added(new_entry) or indexed

    def _case_created(self, new: NewCase) -> bool:
        """Follows up an email that became a case. The alert and the acknowledgement are the last steps, because
        `reconcile` takes their marks as the sign that all steps are done."""
        case = new.case
        if case.email is None:
            return False
        self._keep_for_retention(case.email.raw_key)
        linked = self._store.link_siblings(new)
        # One call reads the texts of both notices, if one of them is needed.
        texts = cache(lambda: self._texts(case))
        alerted = self._now() if case.alerted_at is None and self._alert(case, new.routing, texts) else None
        to = case.email.from_
        if case.acknowledge and case.acknowledged_at is None and to is not None:
            self._acknowledgements.acknowledge(new, to, alerted, texts)
            return True
        if alerted is not None:
            self._store.note_alert(case.case_id, alerted)
        return linked or alerted is not None

    def _entry_added(self, new: NewEntry) -> bool:
        """Follows up an email that was added to a case."""
        email = new.entry.email
        if email.direction is not Direction.INBOUND:
            return False
        self._keep_for_retention(email.raw_key)
        # Automatic replies and delivery reports are only shown in the history. They do not count as activity.
        if email.kind is not EntryKind.NORMAL:
            return self._store.note_entry(new, None)
        return self._store.note_entry(new, self._store.people_among(new, self._named(email)))

    def _named(self, email: StoredEmail) -> frozenset[str]:
        """The addresses that an email makes participants of its case, if they are people's.

        An email whose From address is in doubt names nobody.
        """
        if EmailWarning.AUTHENTICATION_FAILED in email.warnings:
            return frozenset()
        named = [*([email.from_] if email.from_ else []), *email.reply_to, *email.to, *email.cc]
        settings = self._settings
        groups_and_systems = (settings.default_service_group_address or "", *settings.trusted_senders)
        others = {*settings.admin_email_addresses, *groups_and_systems}
        never = own_addresses(settings) | frozenset(map(address_or_domain, others))
        addresses = (normalise(one.address) for one in named)
        return frozenset(one for one in addresses if never.isdisjoint((one, without_tag(one), domain_of(one))))

    def _keep_for_retention(self, raw_key: str | None) -> None:
        if self._settings.processed_retention_days and raw_key:
            self._mail.mark_processed(raw_key)

    def _texts(self, case: Case) -> MailboxTexts:
        return texts_of(case.mailbox, self._settings, SystemText.GROUP_ALERT, SystemText.ACKNOWLEDGEMENT)

    def _alert(self, case: Case, routing: Routing, texts: Callable[[], MailboxTexts]) -> bool:
        """Alerts the service group. Returns false if it has no address, or one of this system: nothing is noted then.

        An alert that SES refuses for good counts as sent.
        """
        address = self._group_address(case.service_group, routing)
        if address is None or normalise(address) in own_addresses(self._settings):
            return False
        if not can_receive_notices(address):
            logger().error("group alert not possible", extra={"record": case.case_id})
            return True
        settings = self._settings
        message = group_alert(
            case,
            texts=texts(),
            from_=Address(settings.notification_from_name, settings.notification_from_address),
            to=address,
            group=group.name if (group := routing.service_groups.get(case.service_group)) else case.service_group,
            link=self._links.case(case.case_id),
            loop_mark=signed_loop_mark(OutgoingKind.ALERT, case.case_id, self._signing_keys()),
        )
        tags = ses_tags(OutgoingKind.ALERT, case.case_id)
        try:
            self._send(message, source=settings.notification_from_address, destinations=[address], tags=tags)
        except SendRefused as refused:
            if refused.throttled:
                raise
            logger().error("group alert refused", extra={"record": case.case_id, "code": refused.code})
        return True

    def _group_address(self, group_id: str, routing: Routing) -> str | None:
        group = routing.service_groups.get(group_id)
        if group is not None:
            return group.address
        if group_id == self._settings.default_service_group:
            return self._settings.default_service_group_address
        return None
