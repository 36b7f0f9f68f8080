"""Acknowledges the email that a case was made from: to its sender, with an entry in the history of the case.

`docs/data-model.md` ("After a case is made") has the order of writes. The acknowledgement is claimed before it is sent,
so it is never sent twice; a crash between the two loses it, and its entry then says that SES did not confirm it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from email_channels.aws.mail_bucket import MailBucket, sent_key
from email_channels.aws.stores.automatic_email_store import AutomaticEmailStore
from email_channels.aws.stores.follow_up_store import FollowUpStore, NewCase, NewEntry
from email_channels.aws.stores.moving.moved_acknowledgements import claim_moved, give_back_moved
from email_channels.aws.stores.outbound_store import OutboundStore
from email_channels.cases.case import Case, short_subject
from email_channels.cases.history import Entry, StoredEmail
from email_channels.cases.identity import record_id_in
from email_channels.cases.outgoing import OutgoingKind, ses_tags
from email_channels.cases.references import SigningKeys, case_reference, plus_address, without_case_reference
from email_channels.cases.sent_emails import confirm_sent, wire_message_id
from email_channels.errors import SendRefused
from email_channels.followup.acknowledgement_entry import acknowledgement_ids, queued_acknowledgement
from email_channels.followup.notifications import SendEmail
from email_channels.mail.message import Address
from email_channels.mail.subjects import reply_subject, subject_or
from email_channels.observability import log_unsent_automatic_email, logger
from email_channels.outbound.automatic_recipients import may_get_automatic_email
from email_channels.outbound.case_notices import acknowledgement
from email_channels.outbound.composing import OutgoingEmail, compose
from email_channels.outbound.own_addresses import own_addresses
from email_channels.outbound.replaced_texts import MailboxTexts
from email_channels.outbound.stuck_sends import failed_email
from email_channels.settings import NotifySettings
from email_channels.times import to_milliseconds
from email_channels.values import dataclass


@dataclass(frozen=True, slots=True)
class _Claims:
    """How the acknowledgement of an email is claimed, and how the claim is withdrawn. `made` is the id of the case that
    the email made."""

    made: str
    claim: Callable[[Entry | None, datetime, bool], bool]
    give_back: Callable[[], None]


class Acknowledgements:
    """Sends acknowledgements. `now` returns the current time, with a time zone; `region` is that of SES."""

    def __init__(
        self,
        settings: NotifySettings,
        store: FollowUpStore,
        mail: MailBucket,
        send: SendEmail,
        signing_keys: Callable[[], SigningKeys],
        now: Callable[[], datetime],
        region: str,
    ) -> None:
        self._settings = settings
        self._store = store
        self._outbound = OutboundStore()
        self._mail = mail
        self._send = send
        self._signing_keys = signing_keys
        self._now = now
        self._region = region

    def acknowledge(
        self, new: NewCase, to: Address, alerted: datetime | None, texts: Callable[[], MailboxTexts]
    ) -> None:
        """Claims the acknowledgement, and sends it. The same write notes that the group was alerted at `alerted`."""
        case_id = new.case.case_id

        def claim(entry: Entry | None, at: datetime, sending: bool) -> bool:
            return self._store.claim_acknowledgement(new, entry, alerted=alerted, at=at, sending=sending)

        claims = _Claims(case_id, claim, lambda: self._store.return_acknowledgement(case_id))
        self._acknowledge(new.case, to, texts, claims)

    def acknowledge_moved(self, new: NewEntry, to: Address, texts: Callable[[], MailboxTexts]) -> None:
        """Claims and sends the acknowledgement of an email that left the case that it had made.

        It says what that email said, and not what is in the case where the email is now.
        """
        email, case, neutral = new.entry.email, new.case_value, bool(new.row.neutral)
        subject = subject_or(without_case_reference(email.subject).strip(), case.subject)
        case = replace(case, subject=short_subject(subject), email=email, neutral=neutral)

        def claim(entry: Entry | None, _: datetime, sending: bool) -> bool:
            return claim_moved(case.case_id, email.email_id, entry, sending=sending)

        def give_back() -> None:
            give_back_moved(case.case_id, email.email_id, neutral=neutral)

        self._acknowledge(case, to, texts, _Claims(record_id_in(email.email_id), claim, give_back))

    def _acknowledge(self, case: Case, to: Address, texts: Callable[[], MailboxTexts], claims: _Claims) -> None:
        possible = may_get_automatic_email(to.address, own_addresses(self._settings))
        # The message is written before the claim, so that a failure here (such as reading the keys) is retried.
        outgoing = self._written(case, to, texts()) if possible else None
        now = to_milliseconds(self._now())
        too_many = possible and not AutomaticEmailStore.count(now, self._settings.max_automatic_emails_per_hour)
        if too_many or outgoing is None:
            if not claims.claim(None, now, not too_many):
                return
            if too_many:
                log_unsent_automatic_email(case.case_id)
            else:
                logger().error("acknowledgement not possible", extra={"record": case.case_id})
            return
        entry, message = self._prepared(case, claims.made, outgoing, now)
        if claims.claim(entry, now, True):
            self._hand_over(entry, message, now, claims)

    def _prepared(self, case: Case, made: str, outgoing: OutgoingEmail, now: datetime) -> tuple[Entry, bytes]:
        """Writes the entry before the claim: alone, it does no harm, and whoever claims finds it."""
        entry_id, storage_id = acknowledgement_ids(case, made)
        message = compose(replace(outgoing, boundary=storage_id))
        email = replace(
            queued_acknowledgement(entry_id, now, outgoing, case.email.email_id if case.email else None),
            size=len(message),
            raw_key=sent_key(storage_id),
        )
        self._mail.write(sent_key(storage_id), message, "message/rfc822")
        return self._store.prepare_acknowledgement(Entry(case.case_id, email), storage_id), message

    def _hand_over(self, entry: Entry, message: bytes, counted_at: datetime, claims: _Claims) -> None:
        email, case_id = entry.email, entry.case_id
        assert email.from_ is not None
        try:
            ses_id = self._send(
                message,
                source=email.from_.address,
                destinations=[row.address for row in email.to],
                tags=ses_tags(OutgoingKind.ACKNOWLEDGEMENT, case_id, email.email_id),
            )
        except SendRefused as refused:
            if refused.throttled:
                claims.give_back()
                AutomaticEmailStore.give_back(counted_at)
                raise
            logger().error("acknowledgement refused", extra={"record": case_id, "code": refused.code})
            why = f"Amazon SES refused the email: {refused.detail or refused.code}"
            self._record(entry, lambda seen: failed_email(seen, why, to_milliseconds(self._now())))
            return
        message_id = wire_message_id(ses_id, self._region)
        self._record(entry, lambda seen: confirm_sent(seen, message_id, to_milliseconds(self._now())))

    def _record(self, entry: Entry, change: Callable[[StoredEmail], StoredEmail]) -> None:
        """Records the outcome. After a crash before this, the events of SES report it again."""
        self._outbound.change(entry.case_id, entry.email.email_id, change, self._now())

    def _written(self, case: Case, to: Address, texts: MailboxTexts) -> OutgoingEmail:
        settings = self._settings
        from_ = Address(settings.notification_from_name, settings.notification_from_address)
        reply_to = reference = None
        keys = self._signing_keys()
        if settings.ad_hoc_enabled and settings.ad_hoc_from_address and settings.ad_hoc_reply_to:
            from_ = Address(settings.ad_hoc_from_name or "", settings.ad_hoc_from_address)
            reply_to = settings.ad_hoc_reply_to
            if settings.plus_addressing:
                reply_to = plus_address(reply_to, case.case_id, keys)
            reference = case_reference(case.case_id, keys)
        return acknowledgement(
            case,
            texts=texts,
            from_=from_,
            to=to,
            reply_to=reply_to,
            subject=without_case_reference(reply_subject(case.subject)),
            reference=reference,
            neutral=case.neutral,
        )
