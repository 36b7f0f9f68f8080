"""The limits of what intake looks at in an email, and of what is kept of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from email_channels.aws.stores.intake_lookup import IntakeLookup
from email_channels.cases.channels import Channel
from email_channels.cases.directory import Employee
from email_channels.cases.history import StoredEmail
from email_channels.cases.probes.mark import probe_mark
from email_channels.cases.referenced import ReferencedEntry
from email_channels.cases.references import ID_LENGTH, SIGNATURE_LENGTH, SigningKeys, verify
from email_channels.intake.arrival import read_headers
from email_channels.intake.fact_gathering import FactGathering
from email_channels.intake.mentions import Mentions, read_mentions
from email_channels.intake.probe_returns import returned_probe
from email_channels.intake.records import stored_email
from email_channels.intake.rules.employee import _clash
from email_channels.intake.trying.way_in import _addresses
from email_channels.mail.parsing import parse_message

from tests.support.originals import received
from tests.support.parameters import inbound_settings
from tests.support.rule_facts import facts_of

_PLAIN = "From: Zoe Hartmann <zoe.hartmann@acme.example>\nTo: payroll@acme.example\nSubject: s\n\nHello\n"
_PLUS_ADDRESSED = frozenset({"cases@acme.example"})


def _id(n: int, length: int = ID_LENGTH) -> str:
    return f"{n:0{length}}"


def _stored(message: str) -> StoredEmail:
    return stored_email(facts_of(message), "7K3F92QDX0", ())


def _mentions(message: str) -> Mentions:
    return read_mentions(facts_of(message).arrival, _PLUS_ADDRESSED)


def subject_characters(count: int) -> bool:
    return _stored(_PLAIN.replace("Subject: s", f"Subject: {'x' * count}")).subject == "x" * count


def headers(count: int) -> bool:
    email = _stored("X: y\n" * (count - 1) + "X-Last: y\n\nHello\n")
    assert email.content is not None
    return ("X-Last", "y") in email.content.headers


def header_characters(count: int) -> bool:
    email = _stored(f"X-Long: {'x' * count}\n{_PLAIN}")
    assert email.content is not None
    return ("X-Long", "x" * count) in email.content.headers


def preview_characters(count: int) -> bool:
    return _stored(_PLAIN.replace("Hello", "x" * count)).preview == "x" * count


def _with_attachment(content_type: str = "application/pdf", content_id: str | None = None) -> StoredEmail:
    facts = facts_of(_PLAIN)
    part = parse_message(
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: application/pdf\r\n"
        b"Content-Disposition: attachment; filename=a.pdf\r\n\r\nx\r\n--b--\r\n"
    ).attachments[0]
    part = replace(part, content_type=content_type, content_id=content_id)
    message = replace(facts.arrival.message, attachments=(part,))
    return stored_email(replace(facts, arrival=replace(facts.arrival, message=message)), "7K3F92QDX0", ())


def type_characters(count: int) -> bool:
    """Of the media type of an attachment."""
    email = _with_attachment(content_type="x" * count)
    return email.attachments[0].content_type == "x" * count


def content_id_bytes(count: int) -> bool:
    """Of an attachment's content id, as JSON with its quotes."""
    email = _with_attachment(content_id="x" * (count - 2))
    return email.attachments[0].content_id == "x" * (count - 2)


def mentioned_addresses(count: int) -> bool:
    """With the envelope recipient."""
    to = ", ".join(f"a{n}@acme.example" for n in range(count - 1))
    return len(_mentions(f"From: zoe@acme.example\nTo: {to}\n\nHello\n").addresses) == count


def tried_addresses(count: int) -> bool:
    """Of an email that an admin tries."""
    to = ", ".join(f"a{n}@acme.example" for n in range(count))
    return len(_addresses(parse_message(f"To: {to}\n\nHello\n".encode()))) == count


def _references(count: int) -> str:
    return "References: " + " ".join(f"<m{n}@acme.example>" for n in range(count)) + "\n"


def message_ids(count: int) -> bool:
    """Of References: all are looked up."""
    return len(_mentions(_references(count) + _PLAIN).message_ids) == count


def claimed_references(count: int) -> bool:
    claimed = " ".join(f"[#{_id(n)}-{'a' * SIGNATURE_LENGTH}]" for n in range(count))
    return len(_mentions(_PLAIN.replace("Subject: s", f"Subject: {claimed}")).claimed_references) == count


def plus_addresses(count: int) -> bool:
    """The last of the addresses, with the envelope recipient, is the one that has the reference."""
    others = [f"a{n}@acme.example" for n in range(count - 2)]
    to = ", ".join([*others, f"cases+{_id(1)}-{'a' * SIGNATURE_LENGTH}@acme.example"])
    return len(_mentions(f"From: zoe@acme.example\nTo: {to}\n\nHello\n").claimed_references) == 1


def numbers(count: int) -> bool:
    subject = " ".join(_id(n) for n in range(count))
    return len(_mentions(_PLAIN.replace("Subject: s", f"Subject: {subject}")).numbers) == count


def searched_subject(count: int) -> bool:
    """A case number at the end is found."""
    subject = "- " * ((count - ID_LENGTH) // 2) + "-" * ((count - ID_LENGTH) % 2)
    return len(_mentions(_PLAIN.replace("Subject: s", f"Subject: -{subject[1:]}{_id(7)}")).numbers) == 1


def header_bytes(count: int) -> bool:
    """Of an email of which only the headers are read: they end with this byte."""
    head, last = "From: zoe@acme.example\n", "Subject: end"
    filler = "X: " + "x" * (count - len(head) - len("X: \n") - len(last)) + "\n"
    raw = received(f"{head}{filler}{last}\n\nHello".encode())
    return read_headers(raw, "raw/case_creation/1", Channel.CASE_CREATION, datetime.now(UTC)).message.subject == "end"


def received_lookups(count: int) -> bool:
    """The last of the Message-IDs is looked up."""
    asked: list[str] = []

    class Lookup(IntakeLookup):
        def received(self, message_ids: Iterable[str]) -> list[ReferencedEntry]:
            asked.extend(message_ids)
            return []

    facts = facts_of(_references(count) + _PLAIN)
    FactGathering(facts.arrival, facts.settings, lambda _: False, Lookup())._with_received(facts)
    return len(asked) == count


def references_of_a_probe(count: int) -> bool:
    """The last one is its mark."""
    keys, now = SigningKeys("a key"), datetime.now(UTC)
    settings = inbound_settings()
    ids = [*(f"m{n}@b" for n in range(count - 1)), f"{probe_mark('payroll@acme.example', now, keys)}@b"]
    references = " ".join(f"<{one}>" for one in ids)
    arrival = facts_of(f"From: {settings.notification_from_address}\nReferences: {references}\n\nHello\n").arrival
    return returned_probe(arrival, settings, lambda reference: verify(reference, keys), now) is not None


def named_employees(count: int) -> bool:
    """The trace names all employees that have the address."""
    employees = tuple(Employee(str(n), "Zoe", ("zoe.hartmann@acme.example",)) for n in range(count))
    clash = _clash(facts_of(_PLAIN, sender_employees=employees))
    assert isinstance(clash["employees"], list)
    return len(clash["employees"]) == count


BOUNDS: Sequence[tuple[str, Callable[[int], bool]]] = (
    ("cases.history.PREVIEW_LENGTH", preview_characters),
    ("intake.storage_limits.MAX_SUBJECT_CHARACTERS", subject_characters),
    ("intake.records._MAX_HEADERS", headers),
    ("intake.records._MAX_HEADER_CHARACTERS", header_characters),
    ("intake.records._MAX_TYPE_CHARACTERS", type_characters),
    ("intake.records._MAX_CONTENT_ID_BYTES", content_id_bytes),
    ("intake.mentions._MAX_ADDRESSES", mentioned_addresses),
    ("intake.mentions._MAX_MESSAGE_IDS", message_ids),
    ("intake.mentions._MAX_CLAIMED_REFERENCES", claimed_references),
    ("intake.mentions._MAX_PLUS_ADDRESSES", plus_addresses),
    ("intake.mentions._MAX_NUMBERS", numbers),
    ("intake.mentions._MAX_SUBJECT_CHARACTERS", searched_subject),
    ("intake.trying.way_in._MAX_ADDRESSES", tried_addresses),
    ("intake.arrival._MAX_HEADER_BYTES", header_bytes),
    ("intake.fact_gathering._MAX_RECEIVED_LOOKUPS", received_lookups),
    ("intake.probe_returns._MAX_REFERENCES", references_of_a_probe),
    ("intake.rules.employee.MAX_NAMED", named_employees),
)
