"""Gathers the facts that the rules need.

One batch read fetches all items that the email itself mentions. A second one is rarely needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from email_channels.addresses import address_or_domain, is_among, without_tag
from email_channels.aws.rows import keys
from email_channels.aws.rows.keys import Key
from email_channels.aws.stores.intake_lookup import ExistingRecord, IntakeLookup
from email_channels.aws.stores.rate_store import RateSlot, rate_slot
from email_channels.cases.channels import Channel
from email_channels.cases.identity import sent_message_id_key
from email_channels.cases.mailboxes import Mailbox, first_mailbox
from email_channels.cases.matches import Match, MatchedBy, MatchStrength
from email_channels.cases.referenced import ReferencedCase, ReferencedEntry
from email_channels.cases.references import SignedReference
from email_channels.intake.arrival import Arrival
from email_channels.intake.facts import CaseReference, Facts
from email_channels.intake.matching import is_employee, proven_match, with_match
from email_channels.intake.mentions import read_mentions
from email_channels.mail.classification import Kind
from email_channels.outbound.own_addresses import own_addresses
from email_channels.settings import IntakeSettings

# The first read includes the user mappings of this many addresses, as it is not known yet which one is the mailbox.
_MAX_LIKELY_MAILBOXES = 4
# Received emails are looked up for at most this many Message-IDs, because each lookup is a query of its own.
_MAX_RECEIVED_LOOKUPS = 8


class FactGathering:
    """Gathers the facts about one email (`arrival`). `genuine` returns whether we signed a reference.

    `lookup` reads the items; without one, they are read as they are stored. `server_assumed`: see `Facts`.
    """

    def __init__(
        self,
        arrival: Arrival,
        settings: IntakeSettings,
        genuine: Callable[[SignedReference], bool],
        lookup: IntakeLookup | None = None,
        *,
        server_assumed: bool = False,
    ) -> None:
        self.arrival = arrival
        self._settings = settings
        self._genuine = genuine
        self._lookup = lookup or IntakeLookup()
        self._server_assumed = server_assumed
        self._sender = arrival.sender
        self._creates = arrival.channel is Channel.CASE_CREATION
        self._mentions = read_mentions(arrival, own_addresses(settings) if settings.plus_addressing else frozenset())

    def facts(self, record_id: str, chosen: Iterable[str] = ()) -> tuple[Facts, ExistingRecord | None]:
        """The facts, and the record that exists under this id (None if there is none yet). Raises what AWS raises.

        `chosen` are ids of further cases: those that a person has chosen for the email.
        """
        lookup, mentions = self._lookup, self._mentions
        slot = self._slot(record_id)
        chosen = [*chosen]
        lookup.fetch([keys.record(record_id), *map(keys.record, chosen), *self._first_keys(slot)])
        mailbox, others = self._mailbox() if self._creates else (None, ())
        sent = tuple(found for found in map(lookup.sent, mentions.message_ids) if found is not None)
        lookup.fetch(self._second_keys(mailbox, sent))
        mapping = lookup.user_mapping(mailbox.address, self._sender) if mailbox else None
        user_ids = [*mentions.user_ids]
        if mapping is not None:
            lookup.fetch([keys.employee(mapping.user_id)])
            user_ids.append(mapping.user_id)
        facts = Facts(
            arrival=self.arrival,
            settings=self._settings,
            mailbox=mailbox,
            other_mailboxes=others,
            routing=lookup.routing(),
            sender_employees=lookup.employees_at(self._sender),
            mapping=mapping,
            employees={user_id: found for user_id in user_ids if (found := lookup.employee(user_id)) is not None},
            references=tuple(self._references()),
            numbers=mentions.numbers,
            sent=sent,
            received=(),
            cases=self._cases([*chosen, *mentions.case_ids, *(entry.case_id for entry in sent)]),
            opened_this_hour=lookup.opened(slot, record_id),
            server_assumed=self._server_assumed,
        )
        return self._with_system_sender(with_match(self._with_received(facts))), lookup.existing(record_id)

    def has_room(self, record_id: str) -> bool:
        """Whether the sender may open this case in this hour, after `facts`: what counting it would say."""
        return self._lookup.has_room(self._slot(record_id), record_id)

    def _slot(self, record_id: str) -> RateSlot:
        arrival, most = self.arrival, self._settings.max_cases_per_sender_per_hour
        return rate_slot(self._sender, arrival.received_at, record_id, most, proven=arrival.proven)

    def _references(self) -> Iterator[CaseReference]:
        """The signed references. What can be two ordinary words is one only if the signature is right."""
        for method, reference in self._mentions.claimed_references:
            genuine = self._genuine(reference)
            if genuine or reference.explicit:
                yield CaseReference(method, reference.case_id, genuine)

    def _first_keys(self, slot: RateSlot) -> Iterator[Key]:
        """The keys of the first read: those that the email itself gives."""
        mentions = self._mentions
        for message_id in mentions.message_ids:
            yield keys.sent(sent_message_id_key(message_id))
        yield from map(keys.record, mentions.case_ids)
        if self._sender:
            yield keys.address(self._sender)
        if not self._creates:
            return
        yield keys.routing()
        if self._sender:
            yield slot.key
        for address in mentions.addresses:
            yield keys.mailbox(address)
        if mentions.addresses and self.arrival.ses_headers.recipient:
            yield keys.receiving(mentions.addresses[0])
        first = first_mailbox(self._settings)
        if first is not None:
            yield keys.mailbox(first.address)
        yield from map(keys.employee, mentions.user_ids)
        for address in self._likely_mailboxes():
            yield from _user_mapping_keys(address, self._sender)

    def _second_keys(self, mailbox: Mailbox | None, sent: Iterable[ReferencedEntry]) -> Iterator[Key]:
        """The keys that are known only after the first read, which usually has fetched their items already."""
        if mailbox is not None:
            yield from _user_mapping_keys(mailbox.address, self._sender)
        for entry in sent:
            yield keys.record(entry.case_id)

    def _likely_mailboxes(self) -> Iterator[str]:
        """The addresses that are likely to be the mailbox. To read their user mappings early saves the second read."""
        first = first_mailbox(self._settings)
        recipient = self.arrival.ses_headers.recipient
        if first is not None and recipient and without_tag(recipient) == first.receiving_address:
            yield first.address
        # The envelope recipient comes first. It is a receiving address, and the mailbox is one of the next addresses.
        start = 1 if recipient else 0
        yield from self._mentions.addresses[start : start + _MAX_LIKELY_MAILBOXES]

    def _mailbox(self) -> tuple[Mailbox | None, tuple[str, ...]]:
        """The mailbox that the email is for, and the addresses of other mailboxes that it was sent to."""
        lookup, addresses = self._lookup, self._mentions.addresses
        first = first_mailbox(self._settings)
        if first is not None and lookup.mailbox(first.address) is not None:
            first = None  # a stored mailbox with the same address replaces it
        by_address = {address: found for address in addresses if (found := lookup.mailbox(address)) is not None}
        if first is not None and first.address in addresses:
            by_address[first.address] = first
        recipient = self.arrival.ses_headers.recipient
        redirected = [lookup.receiving(addresses[0])] if addresses and recipient else []
        if first is not None and recipient and without_tag(recipient) == first.receiving_address:
            redirected.append(first)
        candidates = [mailbox for mailbox in redirected if mailbox is not None]
        # If two mailboxes have this receiving address, the headers say which one the email is for.
        candidates.sort(key=lambda mailbox: mailbox.address not in by_address)
        in_order = [by_address[address] for address in addresses if address in by_address]
        chosen = next(iter([*candidates, *in_order]), None)
        others = (address for address in by_address if chosen is not None and address != chosen.address)
        return chosen, tuple(sorted(others))

    def _cases(self, case_ids: Iterable[str]) -> dict[str, ReferencedCase]:
        """The cases that exist among these case ids, by case id. A merged case stands for the case that got its emails,
        which is also there by its own id."""
        case_ids = list(dict.fromkeys(case_ids))
        self._lookup.follow_merges(case_ids)
        if self._sender:
            self._lookup.fetch_participants(case_ids, self._sender)
        found = {case_id: case for case_id in case_ids if (case := self._lookup.case(case_id)) is not None}
        return {case.case_id: case for case in found.values()} | found

    def _with_received(self, facts: Facts) -> Facts:
        """The facts with `received` filled in.

        Nothing is looked up if matching makes no use of received emails: for believed form lines, for bounces, and
        while the ad hoc channel is off. If a proof gives the case already, only emails that people have moved from that
        case to another one count, and only those that this email answers rather than one of ours.
        """
        if facts.form_believed or facts.arrival.classification.kind is Kind.BOUNCE or not self._settings.ad_hoc_enabled:
            return facts
        message_ids = self._mentions.message_ids[:_MAX_RECEIVED_LOOKUPS]
        if (proven := proven_match(facts)) is not None:
            if not proven.case.moved_out:
                return facts
            ours = (n for n, message_id in enumerate(message_ids) if self._lookup.sent(message_id) is not None)
            message_ids = message_ids[: next(ours, len(message_ids))]
        if not message_ids:
            return facts
        answered = self._lookup.received(message_ids)
        cases = self._cases(entry.case_id for entry in answered)
        received = tuple(entry for entry in answered if entry.case_id in cases)
        return replace(facts, received=received, cases={**facts.cases, **cases})

    def _with_system_sender(self, facts: Facts) -> Facts:
        """The facts with `system_sender` filled in, and matched again, if the match rests on nothing but the sender.

        Mailboxes, trusted senders, admins and groups get into the history of cases: emails name them in Cc and
        Reply-To, and agents write to them. Which ones they are can change at any time, so it is looked up when an email
        claims to come from a participant.
        """
        match facts.match:
            case Match(case, MatchedBy(strength=MatchStrength.PARTICIPANT)) if not is_employee(facts, case):
                system = is_among(self._sender, self._systems())
                return with_match(replace(facts, system_sender=True)) if system else facts
        return facts

    def _systems(self) -> frozenset[str]:
        """The addresses and domains that take part in no case. Makes two calls at most."""
        self._lookup.fetch([keys.routing()])
        first, settings = first_mailbox(self._settings), self._settings
        mailboxes = [*self._lookup.mailboxes(), *([first] if first is not None else [])]
        groups = (group.address for group in self._lookup.routing().service_groups.values())
        named = (name for one in mailboxes for name in (one.address, one.receiving_address, *one.trusted_senders))
        others = (*settings.admin_email_addresses, settings.default_service_group_address, *groups, *named)
        return own_addresses(settings) | frozenset(address_or_domain(one) for one in others if one)


def _user_mapping_keys(mailbox: str, sender: str) -> tuple[Key, Key]:
    return keys.user_mapping_slot(mailbox, sender), keys.user_mapping_slot(mailbox, None)
