"""Gathers the facts by which the rules decide: one call for all that the email itself names, seldom a second."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import islice

from email_channels.addresses import normalise, without_tag
from email_channels.aws.rows import keys
from email_channels.aws.rows.keys import Key
from email_channels.aws.stores.intake_lookup import ExistingRecord, IntakeLookup
from email_channels.aws.stores.rate_store import RateSlot, rate_slot
from email_channels.cases.channels import Channel
from email_channels.cases.identity import sent_message_id_key
from email_channels.cases.mailboxes import Mailbox, first_mailbox
from email_channels.cases.matches import MatchMethod
from email_channels.cases.referenced import ReferencedCase, ReferencedEntry
from email_channels.cases.references import (
    BareReference,
    SignedReference,
    bare_references,
    plus_address_reference,
    subject_references,
)
from email_channels.intake.arrival import Arrival
from email_channels.intake.facts import CaseReference, Facts
from email_channels.intake.matching import proven_match, with_match
from email_channels.mail.addresses import parse_addresses
from email_channels.mail.classification import Kind
from email_channels.mail.form_lines import Form
from email_channels.settings import InboundSettings

# Bounds on what one email can make us look up. People name one mailbox, answer one email, write one case number.
_MOST_MAILBOXES = 12
_MOST_MAPPED_MAILBOXES = 4
_MOST_REFERENCES = 20
_MOST_CLAIMS = 4
_MOST_PLUS_ADDRESSES = 200
_MOST_SUBJECT = 2000
_MOST_NUMBERS = 6
_MOST_THREADS = 8


class FactGathering:
    """One email's facts. `genuine` says whether we signed a reference."""

    def __init__(
        self,
        arrival: Arrival,
        settings: InboundSettings,
        genuine: Callable[[SignedReference], bool],
    ) -> None:
        self._arrival = arrival
        self._settings = settings
        self._genuine = genuine
        self._known = IntakeLookup()
        message = arrival.message
        self._sender = normalise(message.from_.address) if message.from_ else ""
        self._creates = arrival.channel is Channel.CASE_CREATION
        self._named = list(islice(_named_addresses(arrival), _MOST_MAILBOXES)) if self._creates else []
        self._answered = _answered_ids(arrival)
        self._claims = list(islice(_claims(arrival, plus_addresses=settings.plus_addressing), _MOST_CLAIMS))
        # Anybody can write a number; only the ad hoc channel asks what it is.
        numbers = () if self._creates else bare_references(message.subject[:_MOST_SUBJECT])
        self._numbers: tuple[BareReference, ...] = numbers[:_MOST_NUMBERS]

    def facts(self, record_id: str) -> tuple[Facts, ExistingRecord | None]:
        """The facts, and what stands under the email's record id."""
        known, settings = self._known, self._settings
        slot = rate_slot(self._sender, self._arrival.received_at, record_id, settings.max_cases_per_sender_per_hour)
        known.fetch([keys.record(record_id), *self._first_keys(slot)])
        mailbox, others = self._mailbox() if self._creates else (None, ())
        sent = tuple(found for found in map(known.sent, self._answered) if found is not None)
        known.fetch(self._second_keys(mailbox, sent))
        mapping = known.user_mapping(mailbox.address, self._sender) if mailbox else None
        named = self._named_user_ids()
        if mapping is not None:
            known.fetch([keys.employee(mapping.user_id)])
            named.append(mapping.user_id)
        facts = Facts(
            arrival=self._arrival,
            settings=settings,
            mailbox=mailbox,
            other_mailboxes=others,
            routing=known.routing(),
            sender_employees=known.employees_at(self._sender),
            mapping=mapping,
            employees={user_id: found for user_id in named if (found := known.employee(user_id)) is not None},
            references=self._references(),
            numbers=self._numbers,
            sent=sent,
            received=(),
            cases=self._cases([*self._named_cases(), *(entry.case_id for entry in sent)]),
            opened_this_hour=known.opened(slot, record_id),
        )
        return with_match(self._with_received(facts)), known.existing(record_id)

    def _first_keys(self, slot: RateSlot) -> Iterator[Key]:
        """What the email names by itself."""
        for message_id in self._answered:
            yield keys.sent(sent_message_id_key(message_id))
        yield from map(keys.record, self._named_cases())
        if self._sender:
            yield keys.address(self._sender)
        if not self._creates:
            return
        yield keys.routing()
        if self._sender:
            yield slot.key
        for address in self._named:
            yield keys.mailbox(address)
        if self._named and self._arrival.ses_headers.recipient:
            yield keys.receiving(self._named[0])
        first = first_mailbox(self._settings)
        if first is not None:
            yield keys.mailbox(first.address)
        yield from map(keys.employee, self._named_user_ids())
        # The mailbox is one of those that the email names, nearly always the first: its mappings can be asked for now.
        for address in self._likely_mailboxes():
            yield from _slots(address, self._sender)

    def _second_keys(self, mailbox: Mailbox | None, sent: Iterable[ReferencedEntry]) -> Iterator[Key]:
        """What the first answers have brought up."""
        if mailbox is not None:
            yield from _slots(mailbox.address, self._sender)
        for entry in sent:
            yield keys.record(entry.case_id)

    def _likely_mailboxes(self) -> Iterator[str]:
        first = first_mailbox(self._settings)
        recipient = self._arrival.ses_headers.recipient
        if first is not None and recipient and without_tag(recipient) == first.receiving_address:
            yield first.address
        yield from self._named[1 : 1 + _MOST_MAPPED_MAILBOXES] if recipient else self._named[:_MOST_MAPPED_MAILBOXES]

    def _mailbox(self) -> tuple[Mailbox | None, tuple[str, ...]]:
        """The mailbox that the email is for, and the addresses of others that it names."""
        known = self._known
        first = first_mailbox(self._settings)
        if first is not None and known.mailbox(first.address) is not None:
            first = None  # one with the same address was stored, and replaces it
        by_address = {address: found for address in self._named if (found := known.mailbox(address)) is not None}
        if first is not None and first.address in self._named:
            by_address[first.address] = first
        recipient = self._arrival.ses_headers.recipient
        redirected = [known.receiving(self._named[0])] if self._named and recipient else []
        if first is not None and recipient and without_tag(recipient) == first.receiving_address:
            redirected.append(first)
        candidates = [mailbox for mailbox in redirected if mailbox is not None]
        # Two mailboxes with one receiving address: the headers tell which.
        candidates.sort(key=lambda mailbox: mailbox.address not in by_address)
        in_order = [by_address[address] for address in self._named if address in by_address]
        chosen = next(iter([*candidates, *in_order]), None)
        others = (address for address in by_address if chosen is not None and address != chosen.address)
        return chosen, tuple(sorted(others))

    def _named_user_ids(self) -> list[str]:
        form = self._arrival.form_lines.form if self._creates else Form()
        return [user_id for user_id in (form.user_id, form.regarding) if user_id]

    def _named_cases(self) -> list[str]:
        claimed = (claim.case_id for _, claim in self._claims)
        return list(dict.fromkeys([*claimed, *(number.case_id for number in self._numbers)]))

    def _references(self) -> tuple[CaseReference, ...]:
        return tuple(CaseReference(method, claim.case_id, self._genuine(claim)) for method, claim in self._claims)

    def _cases(self, case_ids: Iterable[str]) -> dict[str, ReferencedCase]:
        return {case_id: case for case_id in case_ids if (case := self._known.case(case_id)) is not None}

    def _with_received(self, facts: Facts) -> Facts:
        """The facts with the received emails that this one answers, where nothing better leads to a case."""
        if self._creates or facts.arrival.classification.kind is Kind.BOUNCE or not self._settings.ad_hoc_enabled:
            return facts
        if proven_match(facts) is not None:
            return facts
        answered = self._known.received(self._answered[:_MOST_THREADS])
        cases = self._cases(entry.case_id for entry in answered)
        # What stands there may be an email that made no case: an answer to it names none.
        received = tuple(entry for entry in answered if entry.case_id in cases)
        return replace(facts, received=received, cases={**facts.cases, **cases})


def _named_addresses(arrival: Arrival) -> Iterator[str]:
    """The addresses that the email was sent to, without tags: the envelope's first, then those of the headers."""
    named = {}
    for address in _addressed(arrival):
        if "@" in address and (plain := without_tag(address)) not in named:
            named[plain] = True
            yield plain


def _addressed(arrival: Arrival) -> Iterator[str]:
    """The addresses as written. Delivered-To and X-Original-To are how Postfix and others name the mailbox."""
    message = arrival.message
    if arrival.ses_headers.recipient:
        yield arrival.ses_headers.recipient
    for address in (*message.to, *message.cc):
        yield address.address
    for name in ("delivered-to", "x-original-to"):
        for value in message.all_headers(name):
            for address in parse_addresses(value[:1000]):
                yield address.address


def _claims(arrival: Arrival, *, plus_addresses: bool) -> Iterator[tuple[MatchMethod, SignedReference]]:
    """The signed references that the email claims to carry, each once; those on addresses only if `plus_addresses`."""
    addresses = islice(_addressed(arrival), _MOST_PLUS_ADDRESSES) if plus_addresses else ()
    found = [reference for address in addresses if (reference := plus_address_reference(address)) is not None]
    for reference in dict.fromkeys(found):
        yield MatchMethod.PLUS_ADDRESS, reference
    for reference in subject_references(arrival.message.subject[:_MOST_SUBJECT]):
        yield MatchMethod.CASE_REFERENCE, reference


def _answered_ids(arrival: Arrival) -> list[str]:
    """The Message-IDs that the email answers or reports on, the likeliest first.

    Of long References, the first and the last are kept, as mail programs do (RFC 5322, section 3.6.4).
    """
    message, original = arrival.message, arrival.classification.original_message_id
    references = message.references
    if len(references) >= _MOST_REFERENCES:
        references = (references[0], *references[1 - _MOST_REFERENCES :])
    ids = [*([original] if original else []), *message.in_reply_to[:_MOST_REFERENCES], *reversed(references)]
    return list(dict.fromkeys(ids))[: _MOST_REFERENCES + 1]


def _slots(mailbox: str, sender: str) -> tuple[Key, Key]:
    return keys.user_mapping_slot(mailbox, sender), keys.user_mapping_slot(mailbox, None)
