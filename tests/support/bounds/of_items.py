"""The limits of what items and objects hold, and of what is sent with one call to AWS."""

from __future__ import annotations

import base64
import hashlib
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from email_channels.aws import event_bus
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import case_rows, email_rows, entry_rows, job_rows, keys
from email_channels.aws.rows.compression import pack_email
from email_channels.aws.rows.email_rows import set_content
from email_channels.aws.rows.entry_rows import EntryRow, entry_row
from email_channels.aws.rows.job_rows import findings_of, findings_row
from email_channels.aws.rows.outbound_rows import sent_row
from email_channels.aws.rows.table import Row, row_bytes
from email_channels.aws.stores import follow_up_store
from email_channels.aws.stores.follow_up_store import FollowUpStore, NewCase
from email_channels.aws.stores.intake_lookup import ExistingRecord
from email_channels.aws.stores.jobs import recent_emails
from email_channels.aws.stores.moving.merged_cases import along_merges
from email_channels.aws.stores.rate_store import rate_slot
from email_channels.cases.history import Content, Direction, Entry, StoredEmail
from email_channels.cases.identity import EmailIdentity
from email_channels.cases.jobs.job import Change, Findings, Rejected, Step, add_findings
from email_channels.cases.routing import Routing
from email_channels.errors import Fault
from email_channels.intake.deciding import decide_email
from email_channels.intake.fact_gathering import FactGathering
from email_channels.intake.facts import Facts

from tests.support.blank_records import blank_case, blank_email
from tests.support.rule_facts import facts_of

if TYPE_CHECKING:
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

AT = datetime(2026, 11, 23, 10, tzinfo=UTC)
_NOISE = "".join(hashlib.sha256(f"{n}".encode()).hexdigest() for n in range(400))
"""Does not compress well: two letters take about one byte."""


def name_of_a_key(count: int) -> bool:
    return keys.bounded("x" * count) == "x" * count


def sent_subject(count: int) -> bool:
    return sent_row("m@x", "7K3F92QDX0", None, "x" * count).subject == "x" * count


class _Bucket:
    """Notes which objects are written."""

    def __init__(self) -> None:
        self.written: list[str] = []

    def write(self, key: str, _content: bytes) -> None:
        self.written.append(key)


def _text_for(size: Callable[[str], int], count: int) -> str:
    """A text with which something has exactly this size. A letter adds a byte, mostly, or none: so texts that begin
    elsewhere are tried until one has the size."""
    for begin in range(100):
        letters = 1
        while (found := size(_NOISE[begin : begin + letters])) < count:
            letters += count - found
        if found == count:
            return _NOISE[begin : begin + letters]
    raise AssertionError(f"no text makes {count} bytes")


def email_bytes(count: int) -> bool:
    """Of an email in an item, compressed."""

    def stored(text: str, most: int) -> tuple[int, list[str]]:
        row, bucket = EntryRow(pk="CASE#1", sk="EMAIL#1"), _Bucket()
        set_content(row, _saying(text), "1", cast("MailBucket", bucket), most)
        return len(row.email), bucket.written

    text = _text_for(lambda text: stored(text, 10**6)[0], count)
    return stored(text, email_rows.MAX_EMAIL_BYTES)[1] == []


def entry_bytes(count: int) -> bool:
    """Of the item of an agent's email."""

    def stored(text: str) -> tuple[int, list[str]]:
        bucket = _Bucket()
        email = replace(_saying(text), direction=Direction.OUTBOUND)
        row = entry_row(Entry("7K3F92QDX0", email), None, "1", cast("MailBucket", bucket))
        return row_bytes(row), bucket.written

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(entry_rows, "MAX_CHANGING_BYTES", 10**6)
        text = _text_for(lambda text: stored(text)[0], count)
    return stored(text)[1] == []


def case_bytes(count: int) -> bool:
    """Of the item of a case with its email. The name of the mailbox fills it."""

    def stored(mailbox: str) -> tuple[int, list[Row]]:
        case = blank_case(subject="s", mailbox=mailbox, email=_saying("x"))
        details, row = case_rows.case_rows(case, None, cast("MailBucket", _Bucket()))
        return row_bytes(row), details

    return stored("x" * (1 + count - stored("x")[0]))[1] == []


def _saying(text: str) -> StoredEmail:
    return blank_email(content=Content(text=text, html=None))


def unpacked_email(count: int) -> bool:
    """Of an email in an item, as JSON."""
    rest = len(json.dumps({"text": ""}, separators=(",", ":")))
    return pack_email(None, Content(text="x" * (count - rest), html=None)) is not None


def rejected_units(count: int) -> bool:
    """Of a job: each is listed."""
    step = Step(None, rejected=tuple(Rejected("Unknown.", line=n) for n in range(count)))
    return len(add_findings(Findings(), step).rejected) == count


def rejection_characters(count: int) -> bool:
    findings = Findings((Rejected("x" * count),))
    return findings_of(findings_row("1", findings, AT)) == findings


def steps_along_merges(count: int) -> bool:
    """So many cases are looked at for the last one."""
    rows = {f"{n}": case_rows.CaseRow(merged_into=f"{n + 1}" if n < count - 1 else None) for n in range(count)}
    return along_merges("0", rows.get) is not None


def entries_of_a_call(count: int) -> bool:
    return _fit_into_one_call(["{}"] * count)


def bytes_of_a_call(count: int) -> bool:
    half = count // 2
    return _fit_into_one_call(["x" * (size - 2 - event_bus._TIME_BYTES) for size in (half, count - half)])


def _fit_into_one_call(details: Sequence[str]) -> bool:
    entries: list[PutEventsRequestEntryTypeDef] = [
        {"Source": "s", "DetailType": "t", "Detail": detail} for detail in details
    ]
    return len(list(event_bus._calls(entries))) == 1


def findings_bytes(count: int) -> bool:
    """Of what a job found, compressed: nothing is left out."""

    def findings(text: str) -> Findings:
        return Findings((Rejected("Unknown.", line=1),), (Change(text, {}, {}),))

    noise = base64.b85encode(random.Random(1).randbytes(400_000)).decode()
    letters = count * 6 // 5
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(job_rows, "_MOST_FINDINGS_BYTES", 10**6)
        while (found := len(findings_row("1", findings(noise[:letters]), AT).findings)) < count:
            letters += count - found
    assert found == count
    return findings_of(findings_row("1", findings(noise[:letters]), AT)) == findings(noise[:letters])


def issue_characters(count: int) -> bool:
    """Of a case whose first email was taken away."""
    return case_rows.kept_issue("x" * count) == "x" * count


def salts(count: int) -> bool:
    """All ids but the last belong to other emails."""
    identity, asked = EmailIdentity("aa", "bb", "cc" * 16), list[str]()

    def facts(record_id: str) -> tuple[Facts, ExistingRecord | None]:
        asked.append(record_id)
        return facts_of("From: jo@b\n\nHello\n"), ExistingRecord("another", None) if len(asked) < count else None

    gathering = cast("FactGathering", SimpleNamespace(arrival=SimpleNamespace(identity=identity), facts=facts))
    try:
        return decide_email(gathering).record_id == identity.record_id(count - 1)
    except Fault:
        return False


def rate_in_one_item(count: int) -> bool:
    """All cases of a sender in an hour are counted in one item."""
    slots = {rate_slot("jo@b", AT, f"{n}", count, proven=True) for n in range(50)}
    return {(slot.key[0], slot.most) for slot in slots} == {(keys.rate("jo@b", "")[0], count)}


def siblings(count: int) -> bool:
    """A case names all others that the email made."""
    own = case_rows.CaseRow(pk="CASE#0", sk="CASE", gsi3pk="T#1", content_identity="cc")
    others = {
        (pk, "CASE"): case_rows.CaseRow(pk=pk, sk="CASE", content_identity="cc")
        for pk in (f"CASE#{n}" for n in range(1, count + 1))
    }
    added: dict[str, set[str]] = {}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(follow_up_store, "received_under", lambda _: [*others])
        patched.setattr(follow_up_store, "read_rows", lambda wanted: {key: others[key] for key in wanted})
        patched.setattr(follow_up_store, "_add_siblings", lambda row, new: bool(added.setdefault(row.pk, new)))
        new = NewCase(blank_case(case_id="0"), Routing(), own, None)
        FollowUpStore(cast("MailBucket", None)).link_siblings(new)
    return len(added["CASE#0"]) == count


def recent_emails_looked_at(count: int) -> bool:
    """The last of them is the only one of the mailbox."""
    places = [(f"CASE#{n}", "CASE") for n in range(count)]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(recent_emails, "_newest", lambda: iter(places))
        patched.setattr(recent_emails, "read_rows", lambda wanted: {key: key[0] for key in wanted})
        patched.setattr(recent_emails, "_record_id", lambda pk, _: pk if pk == places[-1][0] else None)
        return recent_emails.newest_records("payroll@acme.example", 1) == [places[-1][0]]


BOUNDS: Sequence[tuple[str, Callable[[int], bool]]] = (
    ("aws.rows.keys.MAX_NAME_BYTES", name_of_a_key),
    ("aws.rows.outbound_rows._MOST_SUBJECT", sent_subject),
    ("aws.rows.email_rows.MAX_EMAIL_BYTES", email_bytes),
    ("aws.rows.email_rows.MAX_CHANGING_BYTES", case_bytes),
    ("aws.rows.email_rows.MAX_CHANGING_BYTES", entry_bytes),
    ("aws.rows.compression.MAX_UNPACKED_EMAIL_BYTES", unpacked_email),
    ("cases.jobs.job.MAX_REJECTED", rejected_units),
    ("cases.jobs.job.MAX_MESSAGE_CHARACTERS", rejection_characters),
    ("aws.rows.job_rows._MOST_FINDINGS_BYTES", findings_bytes),
    ("aws.rows.case_rows.MOST_ISSUE_CHARACTERS", issue_characters),
    ("aws.stores.rate_store._MOST_IN_AN_ITEM", rate_in_one_item),
    ("aws.stores.follow_up_store.MAX_SIBLINGS", siblings),
    ("aws.stores.jobs.recent_emails.MOST_LOOKED_AT", recent_emails_looked_at),
    ("cases.identity.MAX_SALTS", salts),
    ("aws.stores.moving.merged_cases.MOST_MERGES", steps_along_merges),
    ("aws.event_bus.MOST_ENTRIES", entries_of_a_call),
    ("aws.event_bus.MOST_BYTES", bytes_of_a_call),
)
