"""Carries out what follows from a new case or entry: links to sibling cases, alerts, acknowledgement, activity; and
what follows from a handover, from an email that left a case, and from an agent's email that was not delivered.

Every step except the acknowledgement can be repeated. The acknowledgement is claimed before it is sent, so that it is
never sent twice; a crash between the two loses it. Sibling cases are cases that the same email made in other mailboxes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import cache

from email_channels.addresses import address_or_domain, is_among, normalise
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.stores.follow_up_store import FollowUpStore, NewCase, NewEntry
from email_channels.cases.case import Case
from email_channels.cases.history import Direction, EntryKind, StoredEmail
from email_channels.cases.references import SigningKeys
from email_channels.cases.templates import SystemText
from email_channels.cases.warnings import EmailWarning
from email_channels.errors import SendRefused
from email_channels.followup.acknowledgements import Acknowledgements
from email_channels.followup.case_word_index import CaseWordIndex
from email_channels.followup.group_alerts import GroupAlerts
from email_channels.followup.notice_texts import texts_of
from email_channels.followup.notifications import SendEmail
from email_channels.outbound.case_notices import AlertReason
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
        self._alerts = GroupAlerts(settings, send, signing_keys, now, api_url)

    def follow(self, case_id: str, email_id: str | None) -> bool:
        """Follows up an entry of a case, or the case itself if `email_id` is None. Ignores what no longer exists.

        What a merged case still has is moved to the case into which it was merged.

        Returns whether a step was missing. Raises errors of SES and AWS; the caller then retries all steps.
        """
        if email_id is None:
            new_case = self._store.new_case(case_id)
            if new_case is None:
                return False
            case = new_case.case
            if case.email is not None and case.merged_into is None:
                self._keep_for_retention(case.email.raw_key)
            # This is the second step, and the links, the alert and the acknowledgement come last, because `reconcile`
            # sees by them whether all steps are done.
            indexed = self._words.index_case(new_case)
            if case.merged_into is not None:
                return self._store.finish_merge(case_id, self._now()) or indexed
            self._store.note_departures(new_case)
            return self._case_changed(new_case) or indexed
        new_entry = self._store.new_entry(case_id, email_id)
        if new_entry is None:
            return False
        if new_entry.case.merged_into:
            # It arrived while its case was merged. As an entry of the other case, it is followed up there.
            self._store.move_on(new_entry, self._now())
            return True
        indexed = self._words.index_entry(new_entry)
        return self._entry_added(new_entry) or indexed

    def follow_late(self, case_id: str, email_id: str | None) -> bool:
        """As `follow`, for an email that has most probably been followed up: looks for that first, at a fraction of the
        price, and changes nothing then.

        Only what leaves no mark on the case needs this look: its group has no address, and so got no alert.
        """
        return not (email_id is None and self._is_done(case_id)) and self.follow(case_id, email_id)

    def _is_done(self, case_id: str) -> bool:
        late = self._store.late_case(case_id)
        if late is None or not late.complete:
            return False
        return late.case.alerted_at is not None or not self._alerts.has_address(late.case.service_group, late.routing)

    def _case_changed(self, new: NewCase) -> bool:
        """Follows up a case that was made, or handed over to another group."""
        case = new.case
        told = case.handed_over_at is not None and self._handed_over(new)
        if told:
            new = replace(new, case=replace(case, alerted_at=case.alerted_at or self._now()))
        if case.email is not None:
            return self._case_created(new, case.email) or told
        # A person has made the case.
        alerted = self._alert_of_new_case(new, lambda: self._texts(case))
        if alerted is not None:
            self._store.note_alert(case.case_id, alerted)
        return told or alerted is not None

    def _handed_over(self, new: NewCase) -> bool:
        """Alerts the group that has the case now. Returns whether it has been told. A group that gets a case at once,
        while it is new, is alerted of the handover only."""
        case = new.case
        assert case.handed_over_at is not None
        if case.merged_into is not None:
            alerted = None
        else:
            alerted = self._alerts.alert(case, new.routing, lambda: self._texts(case), AlertReason.HANDOVER)
        self._store.note_handover(case.case_id, case.handed_over_at, alerted=alerted)
        return alerted is not None

    def _alert_of_new_case(self, new: NewCase, texts: Callable[[], MailboxTexts]) -> datetime | None:
        if new.case.alerted_at is not None or new.case.merged_into is not None:
            return None
        return self._alerts.alert(new.case, new.routing, texts, AlertReason.NEW_CASE)

    def _case_created(self, new: NewCase, email: StoredEmail) -> bool:
        """Follows up an email that became a case. The alert and the acknowledgement are the last steps, because
        `reconcile` takes their marks as the sign that all steps are done."""
        case = new.case
        linked = self._store.link_siblings(new)
        # One call reads the texts of both notices, if one of them is needed.
        texts = cache(lambda: self._texts(case))
        alerted = self._alert_of_new_case(new, texts)
        to = email.from_
        if case.acknowledge and case.acknowledged_at is None and to is not None:
            self._acknowledgements.acknowledge(new, to, alerted, texts)
            return True
        if alerted is not None:
            self._store.note_alert(case.case_id, alerted)
        return linked or alerted is not None

    def _entry_added(self, new: NewEntry) -> bool:
        """Follows up an email that was added to a case, or an agent's email that was not delivered.

        The alert comes first: what notes it also notes everything else. If SES does not take it, everything else is
        noted all the same, and then SendRefused is raised.
        """
        email, reopens = new.entry.email, self._settings.replies_reopen
        if email.direction is not Direction.INBOUND:
            alerted = self._alert_of(new, AlertReason.FAILURE)
            return self._store.note_failure(new, reopens=reopens, alerted=alerted)
        self._keep_for_retention(email.raw_key)
        # Automatic replies and delivery reports are only shown in the history. They do not count as activity.
        if email.kind is not EntryKind.NORMAL:
            return self._store.note_entry(new, None, reopens=reopens)
        people = self._store.people_among(new, self._named(email))
        try:
            alerted = self._alert_of(new, AlertReason.REPLY)
        except SendRefused:
            # Agents see the reply in the case at once. `reconcile` sends the alert when SES takes it.
            self._store.note_entry(new, people, reopens=reopens, owed=True)
            raise
        noted = self._store.note_entry(new, people, reopens=reopens, alerted=alerted)
        if new.row.acknowledge and email.from_ is not None:
            self._acknowledgements.acknowledge_moved(new, email.from_, lambda: self._texts(new.case_value))
            return True
        return noted

    def _alert_of(self, new: NewEntry, reason: AlertReason) -> datetime | None:
        """Alerts the group of a reply or a failure, unless it was alerted of another one shortly before."""
        if not new.alert_is_due:
            return None
        case = new.case_value
        return self._alerts.alert(case, self._store.routing(), lambda: self._texts(case), reason, new.entry.email)

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
        return frozenset(one for one in addresses if not is_among(one, never))

    def _keep_for_retention(self, raw_key: str | None) -> None:
        if self._settings.processed_retention_days and raw_key:
            self._mail.mark_processed(raw_key)

    def _texts(self, case: Case) -> MailboxTexts:
        return texts_of(case.mailbox, self._settings, SystemText.GROUP_ALERT, SystemText.ACKNOWLEDGEMENT)
