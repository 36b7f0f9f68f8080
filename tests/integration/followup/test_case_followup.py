"""What follows a new case or a new entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import boto3
import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import keys
from email_channels.aws.rows.outbound_rows import SentRow
from email_channels.aws.rows.table import read_rows
from email_channels.aws.stores.follow_up_store import FollowUpStore
from email_channels.cases.case import Case
from email_channels.cases.history import Direction, Entry, EntryKind
from email_channels.cases.identity import email_id, sent_message_id_key
from email_channels.cases.references import (
    SigningKeys,
    case_reference,
    plus_address_reference,
    subject_references,
    verify,
)
from email_channels.cases.routing import Routing, ServiceGroup
from email_channels.errors import SendOutcomeUnknown, SendRefused
from email_channels.followup.case_followup import CaseFollowUp
from email_channels.mail.message import Address
from email_channels.settings import NotifySettings

from tests.support.in_process.aws import Aws
from tests.support.in_process.notify_settings import SETTINGS
from tests.support.in_process.stored_emails import RECEIVED, identity_of, record_case, stored_email
from tests.support.in_process.stored_records import read_record

NOW = RECEIVED + timedelta(minutes=1)
KEYS = SigningKeys("key")


@dataclass
class Ses:
    """Takes what is sent; raises what stands next in `faults`."""

    faults: list[Exception] = field(default_factory=list)
    sent: list[tuple[EmailMessage, str, list[str], dict[str, str]]] = field(default_factory=list)

    def __call__(self, message: bytes, *, source: str, destinations: Sequence[str], tags: Mapping[str, str]) -> str:
        if self.faults:
            raise self.faults.pop(0)
        self.sent.append((message_from_bytes(message, policy=default), source, list(destinations), dict(tags)))
        return f"ses-{len(self.sent)}"

    def of(self, kind: str) -> list[tuple[EmailMessage, str, list[str], dict[str, str]]]:
        return [sent for sent in self.sent if sent[3]["kind"] == kind]


@pytest.fixture
def ses() -> Ses:
    return Ses()


def follow_up(
    mail: MailBucket, ses: Ses, settings: NotifySettings = SETTINGS, routing: Routing | None = None
) -> CaseFollowUp:
    return CaseFollowUp(
        settings,
        FollowUpStore(mail),
        mail,
        ses,
        lambda: routing or Routing(),
        lambda: KEYS,
        lambda: NOW,
        "https://api.example/",
    )


def read(mail: MailBucket, case: Case) -> Case:
    found = FollowUpStore(mail).case(case.case_id)
    assert found is not None
    return found


def test_the_default_group_is_alerted_once(mail: MailBucket, ses: Ses) -> None:
    case = record_case(mail, 1)
    follow_up(mail, ses).case_created(case)
    follow_up(mail, ses).case_created(read(mail, case))
    ((message, source, destinations, tags),) = ses.sent
    assert (source, destinations) == ("cases@acme.example", ["group@acme.example"])
    assert tags == {"kind": "alert", "record": case.case_id}
    assert case.case_id[:4] in message["Subject"]
    assert read(mail, case) == replace(case, alerted_at=NOW)


def test_the_group_of_the_case_is_alerted_if_it_has_an_address(mail: MailBucket, ses: Ses) -> None:
    routing = Routing(
        service_groups={
            "payroll": ServiceGroup("payroll", "Payroll", "payroll-group@acme.example"),
            "quiet": ServiceGroup("quiet", "Quiet"),
            "ours": ServiceGroup("ours", "Ours", "answers@acme.example"),
        }
    )
    for n, group in enumerate(("payroll", "quiet", "ours", "gone")):
        follow_up(mail, ses, routing=routing).case_created(record_case(mail, n, service_group=group))
    assert [destinations for _, _, destinations, _ in ses.sent] == [["payroll-group@acme.example"]]


@pytest.mark.parametrize("plus_addressing", [False, True])
def test_the_sender_is_acknowledged_once_and_can_answer(mail: MailBucket, ses: Ses, plus_addressing: bool) -> None:
    case = record_case(mail, 1, acknowledge=True)
    settings = replace(SETTINGS, plus_addressing=plus_addressing)
    for _ in range(2):
        follow_up(mail, ses, settings).case_created(read(mail, case))
    ((message, source, destinations, tags),) = ses.of("acknowledgement")
    assert (source, destinations) == ("service@acme.example", ["jo@elsewhere.example"])
    assert tags["record"] == case.case_id
    assert message["In-Reply-To"] == "<1@elsewhere.example>"
    (reference,) = subject_references(message["Subject"])
    assert reference.case_id == case.case_id
    assert verify(reference, KEYS)
    if plus_addressing:
        tagged = plus_address_reference(message["Reply-To"])
        assert tagged is not None
        assert verify(tagged, KEYS)
    else:
        assert message["Reply-To"] == "answers@acme.example"
    key = keys.sent(sent_message_id_key("ses-2"))
    row = read_rows([key])[key]
    assert isinstance(row, SentRow)
    assert row.case_id == case.case_id
    assert read(mail, case).acknowledged_at == NOW


@pytest.mark.parametrize("subject", ["Re: Leave", "AW: Urlaub", "Antwort: Urlaub", "回复：休假", "Re[2]: AW: Leave"])
def test_the_acknowledgement_of_an_answer_gets_no_second_prefix(mail: MailBucket, ses: Ses, subject: str) -> None:
    case = record_case(mail, 1, acknowledge=True, subject=subject)
    follow_up(mail, ses).case_created(case)
    ((message, _, _, _),) = ses.of("acknowledgement")
    assert message["Subject"] == f"{subject} {case_reference(case.case_id, KEYS)}"


def test_without_ad_hoc_the_acknowledgement_cannot_be_answered(mail: MailBucket, ses: Ses) -> None:
    follow_up(mail, ses, replace(SETTINGS, ad_hoc_enabled=False)).case_created(record_case(mail, 1, acknowledge=True))
    ((message, source, _, _),) = ses.of("acknowledgement")
    assert source == "cases@acme.example"
    assert message["Reply-To"] is None
    assert subject_references(message["Subject"]) == ()


def test_own_addresses_are_not_acknowledged(mail: MailBucket, ses: Ses) -> None:
    case = record_case(mail, 1, acknowledge=True)
    assert case.email is not None
    own = replace(case, email=replace(case.email, from_=Address("", "PAYROLL@acme.example")))
    follow_up(mail, ses).case_created(own)
    assert ses.of("acknowledgement") == []


def test_an_acknowledgement_whose_fate_is_unknown_is_not_sent_again(mail: MailBucket, ses: Ses) -> None:
    case = record_case(mail, 1, acknowledge=True, alerted_at=NOW)
    ses.faults = [SendOutcomeUnknown("no answer")]
    with pytest.raises(SendOutcomeUnknown):
        follow_up(mail, ses).case_created(case)
    follow_up(mail, ses).case_created(read(mail, case))
    assert ses.sent == []


@pytest.mark.parametrize("address", ["jö@elsewhere.example", "jo doe@elsewhere.example"])
def test_nobody_is_written_to_at_an_address_that_no_header_holds(mail: MailBucket, ses: Ses, address: str) -> None:
    """The follow-up is done all the same: a stream record that keeps failing would hold up the others."""
    routing = Routing(service_groups={"default": ServiceGroup("default", "Default", address)})
    case = record_case(mail, 1, acknowledge=True)
    assert case.email is not None
    stranger = replace(case.email, from_=Address("", address))
    follow_up(mail, ses, routing=routing).case_created(replace(case, email=stranger))
    assert ses.sent == []
    after = read(mail, case)
    assert (after.alerted_at, after.acknowledged_at) == (NOW, NOW)


def test_a_throttled_acknowledgement_is_sent_later(mail: MailBucket, ses: Ses) -> None:
    case = record_case(mail, 1, acknowledge=True, alerted_at=NOW)
    ses.faults = [SendRefused("Throttling", "slow", throttled=True)]
    with pytest.raises(SendRefused):
        follow_up(mail, ses).case_created(case)
    follow_up(mail, ses).case_created(read(mail, case))
    assert len(ses.of("acknowledgement")) == 1


def test_the_same_email_in_two_mailboxes_names_the_other_case_whichever_comes_last(mail: MailBucket, ses: Ses) -> None:
    one = record_case(mail, 1)
    follow_up(mail, ses).case_created(one)
    assert read(mail, one).siblings == ()
    two = record_case(mail, 1, "benefits@in.example")
    unrelated = record_case(mail, 2)
    for case in (two, unrelated, two):
        follow_up(mail, ses).case_created(case)
    assert read(mail, one).siblings == (two.case_id,)
    assert read(mail, two).siblings == (one.case_id,)
    assert read(mail, unrelated).siblings == ()


def entry_for(case: Case, n: int, minutes: int, **changes: object) -> Entry:
    record_id = identity_of(n).record_id()
    at = RECEIVED + timedelta(minutes=minutes)
    email = replace(
        stored_email(record_id, "raw/ad_hoc/1", n),
        email_id=email_id(at, record_id),
        at=at,
        cc=(Address("", "Lawyer@Elsewhere.example"), Address("", "answers@acme.example")),
    )
    return Entry(case.case_id, replace(email, **changes))  # type: ignore[arg-type]  # as in emails.py


def test_an_answer_moves_the_case_to_the_top_without_changing_its_version(mail: MailBucket, ses: Ses) -> None:
    case = record_case(mail, 1)
    follow_up(mail, ses).entry_added(entry_for(case, 2, 5))
    follow_up(mail, ses).entry_added(entry_for(case, 3, 4))
    after = read(mail, case)
    assert after.updated_at == RECEIVED + timedelta(minutes=5)
    assert after.version == case.version
    assert after.participants == {"jo@elsewhere.example", "lawyer@elsewhere.example"}


def test_automatic_answers_make_nobody_a_participant_and_outbound_ones_change_nothing(
    mail: MailBucket, ses: Ses
) -> None:
    case = record_case(mail, 1)
    follow_up(mail, ses).entry_added(entry_for(case, 2, 5, kind=EntryKind.AUTOMATIC_REPLY))
    assert read(mail, case) == case
    follow_up(mail, ses).entry_added(entry_for(case, 3, 6, direction=Direction.OUTBOUND))
    assert read(mail, case) == case


def test_originals_are_tagged_for_deletion_only_under_a_retention(aws: Aws, mail: MailBucket, ses: Ses) -> None:
    case = record_case(mail, 1)
    assert case.email is not None
    assert case.email.raw_key is not None
    tags = []
    for days in (0, 7):
        follow_up(mail, ses, replace(SETTINGS, processed_retention_days=days)).case_created(case)
        answered = boto3.client("s3").get_object_tagging(Bucket=aws.bucket_name, Key=case.email.raw_key)
        tags.append(answered["TagSet"])
    assert tags == [[], [{"Key": "retention", "Value": "processed"}]]


def test_a_case_that_an_agent_made_has_no_follow_up(mail: MailBucket, ses: Ses) -> None:
    follow_up(mail, ses).case_created(record_case(mail, 1, email=None))
    assert ses.sent == []
    assert read_record(mail, identity_of(1).record_id()) is not None
