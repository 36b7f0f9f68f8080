"""The follow-up of new cases and new entries: alert, acknowledgement, activity."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import boto3
import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import CaseRow
from email_channels.aws.rows.configuration_rows import mailbox_row, routing_row
from email_channels.aws.rows.entry_rows import entry_row
from email_channels.aws.rows.outbound_rows import SentRow
from email_channels.aws.rows.table import read_rows
from email_channels.aws.stores.follow_up_store import FollowUpStore
from email_channels.cases.case import Case, participant_keys
from email_channels.cases.history import Direction, Entry, EntryKind
from email_channels.cases.identity import email_id, sent_message_id_key
from email_channels.cases.mailboxes import Mailbox
from email_channels.cases.references import (
    SigningKeys,
    case_reference,
    plus_address_reference,
    subject_references,
    verify,
)
from email_channels.cases.routing import Routing, ServiceGroup
from email_channels.cases.warnings import EmailWarning
from email_channels.errors import SendOutcomeUnknown, SendRefused
from email_channels.followup.case_followup import CaseFollowUp
from email_channels.mail.message import Address
from email_channels.settings import NotifySettings

from tests.support.in_process.aws import Aws
from tests.support.in_process.notify_settings import ADMINS, SETTINGS
from tests.support.in_process.ses_stand_in import SesStandIn
from tests.support.in_process.stored_emails import RECEIVED, identity_of, record_case, stored_email
from tests.support.in_process.stored_records import read_record

NOW = RECEIVED + timedelta(minutes=1)
KEYS = SigningKeys("key")


@pytest.fixture
def ses() -> SesStandIn:
    return SesStandIn()


def follow_up(
    mail: MailBucket, ses: SesStandIn, settings: NotifySettings = SETTINGS, routing: Routing | None = None
) -> CaseFollowUp:
    if routing is not None:
        routing_row(routing).save()
    return CaseFollowUp(
        settings,
        FollowUpStore(mail),
        mail,
        ses,
        lambda: KEYS,
        lambda: NOW,
        "https://api.example/",
        "eu-west-1",
    )


def read(mail: MailBucket, case: Case) -> Case:
    found = FollowUpStore(mail).new_case(case.case_id)
    assert found is not None
    return found.case


def case_created(followed: CaseFollowUp, case: Case) -> None:
    followed.follow(case.case_id, None)


def add_entry(mail: MailBucket, ses: SesStandIn, entry: Entry) -> bool:
    """Stores an entry and follows it up."""
    entry_row(entry, None, entry.email.email_id[-10:], mail).save()
    return follow_up(mail, ses).follow(entry.case_id, entry.email.email_id)


def test_alert(mail: MailBucket, ses: SesStandIn) -> None:
    """The default group gets one alert."""
    case = record_case(mail, 1)
    case_created(follow_up(mail, ses), case)
    case_created(follow_up(mail, ses), read(mail, case))
    (alert,) = ses.sent
    assert (alert.source, alert.destinations) == ("cases@acme.example", ["group@acme.example"])
    assert alert.tags == {"kind": "alert", "record": case.case_id}
    assert case.case_id[:4] in alert.message["Subject"]
    assert read(mail, case) == replace(case, alerted_at=NOW)


def test_alert_of_the_group(mail: MailBucket, ses: SesStandIn) -> None:
    """The group of the case gets the alert if it has an address."""
    routing = Routing(
        service_groups={
            "payroll": ServiceGroup("payroll", "Payroll", "payroll-group@acme.example"),
            "quiet": ServiceGroup("quiet", "Quiet"),
            "ours": ServiceGroup("ours", "Ours", "answers@acme.example"),
        }
    )
    for n, group in enumerate(("payroll", "quiet", "ours", "gone")):
        case_created(follow_up(mail, ses, routing=routing), record_case(mail, n, service_group=group))
    assert [alert.destinations for alert in ses.sent] == [["payroll-group@acme.example"]]


@pytest.mark.parametrize("plus_addressing", [False, True])
def test_acknowledgement(mail: MailBucket, ses: SesStandIn, plus_addressing: bool) -> None:
    """The sender gets one acknowledgement, and can answer it."""
    case = record_case(mail, 1, acknowledge=True)
    settings = replace(SETTINGS, plus_addressing=plus_addressing)
    for _ in range(2):
        case_created(follow_up(mail, ses, settings), read(mail, case))
    (sent,) = ses.of("acknowledgement")
    message = sent.message
    assert (sent.source, sent.destinations) == ("service@acme.example", ["jo@elsewhere.example"])
    assert sent.tags["record"] == case.case_id
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
def test_acknowledgement_prefix(mail: MailBucket, ses: SesStandIn, subject: str) -> None:
    """The acknowledgement of an answer gets no second prefix."""
    case = record_case(mail, 1, acknowledge=True, subject=subject)
    case_created(follow_up(mail, ses), case)
    (sent,) = ses.of("acknowledgement")
    assert sent.message["Subject"] == f"{subject} {case_reference(case.case_id, KEYS)}"


@pytest.mark.parametrize("subject", ["x" * 998, "ü" * 400, "word " * 100, "[#0000000000-abcdef] " * 20 + "Leave"])
def test_acknowledgement_of_long_subject(mail: MailBucket, ses: SesStandIn, subject: str) -> None:
    """The subject is cut, but the reference stays: without it, the answer would not find the case."""
    case = record_case(mail, 1, acknowledge=True, subject=subject)
    case_created(follow_up(mail, ses), case)
    (sent,) = ses.of("acknowledgement")
    assert len(sent.message["Subject"]) < 250
    assert sent.message["Subject"].endswith(f" {case_reference(case.case_id, KEYS)}")
    (reference,) = subject_references(sent.message["Subject"])
    assert reference.case_id == case.case_id


def test_acknowledgement_without_ad_hoc(mail: MailBucket, ses: SesStandIn) -> None:
    """Without the ad hoc channel, answers to the acknowledgement go nowhere."""
    case_created(follow_up(mail, ses, replace(SETTINGS, ad_hoc_enabled=False)), record_case(mail, 1, acknowledge=True))
    (sent,) = ses.of("acknowledgement")
    assert sent.source == "cases@acme.example"
    assert sent.message["Reply-To"] is None
    assert subject_references(sent.message["Subject"]) == ()


def test_own_addresses(mail: MailBucket, ses: SesStandIn) -> None:
    """Our own addresses get no acknowledgement."""
    own = Address("", "PAYROLL@acme.example")
    case_created(follow_up(mail, ses), record_case(mail, 1, sender=own, acknowledge=True))
    assert ses.of("acknowledgement") == []


def test_neutral_acknowledgement(mail: MailBucket, ses: SesStandIn) -> None:
    """To an unproven sender, the acknowledgement repeats nothing of the email. Its answer still finds the case."""
    case = record_case(mail, 1, acknowledge=True, neutral=True, subject="Call +44 5550 now")
    case_created(follow_up(mail, ses), read(mail, case))
    (sent,) = ses.of("acknowledgement")
    assert sent.message["Subject"] == f"We have received your email {case_reference(case.case_id, KEYS)}"
    assert not {"In-Reply-To", "References", "X-Email-Channels"} & set(sent.message.keys())
    assert b"5550" not in sent.raw


@pytest.mark.parametrize(
    ("neutral", "subject"),
    [(False, "Re: Löhne und Gehälter im Oktober, " + "ß" * 60), (True, "We have received your email")],
)
def test_subject_of_an_acknowledgement(mail: MailBucket, ses: SesStandIn, neutral: bool, subject: str) -> None:
    """It is kept with the id of the acknowledgement: an answer under it has not changed its subject."""
    case = record_case(mail, 1, acknowledge=True, neutral=neutral, subject=subject.removeprefix("Re: "))
    case_created(follow_up(mail, ses), read(mail, case))
    row = SentRow.get(*keys.sent(sent_message_id_key(f"ses-{len(ses.sent)}")))
    assert row.subject == f"{subject} {case_reference(case.case_id, KEYS)}"


@pytest.mark.parametrize("address", ["no-reply@elsewhere.example", "MAILER-DAEMON@elsewhere.example"])
def test_no_reply_address(mail: MailBucket, ses: SesStandIn, address: str) -> None:
    case_created(follow_up(mail, ses), record_case(mail, 1, sender=Address("", address), acknowledge=True))
    assert ses.of("acknowledgement") == []


def test_most_acknowledgements(mail: MailBucket, ses: SesStandIn, caplog: pytest.LogCaptureFixture) -> None:
    """Beyond the limit of an hour, over all recipients: not sent, and the case says so. An alarm can see it."""
    settings = replace(SETTINGS, max_automatic_emails_per_hour=2)
    cases = [record_case(mail, n, sender=Address("", f"jo{n}@elsewhere.example"), acknowledge=True) for n in range(4)]
    for case in cases:
        case_created(follow_up(mail, ses, settings), case)
        case_created(follow_up(mail, ses, settings), read(mail, case))
    assert len(ses.of("acknowledgement")) == 2
    assert [read(mail, case).flags for case in cases] == [(), (), ("not_acknowledged",), ("not_acknowledged",)]
    assert [line.message for line in caplog.records] == ["automatic email not sent: too many in this hour"] * 2


def test_unknown_outcome(mail: MailBucket, ses: SesStandIn) -> None:
    """An acknowledgement with an unknown outcome is not sent again."""
    case = record_case(mail, 1, acknowledge=True, alerted_at=NOW)
    ses.faults = [SendOutcomeUnknown("no answer")]
    with pytest.raises(SendOutcomeUnknown):
        case_created(follow_up(mail, ses), case)
    case_created(follow_up(mail, ses), read(mail, case))
    assert ses.sent == []


@pytest.mark.parametrize("address", ["jö@elsewhere.example", "jo doe@elsewhere.example"])
def test_unwritable_address(mail: MailBucket, ses: SesStandIn, address: str) -> None:
    """The follow-up still ends, because a stream record that keeps failing would hold up the others."""
    routing = Routing(service_groups={"default": ServiceGroup("default", "Default", address)})
    case = record_case(mail, 1, sender=Address("", address), acknowledge=True)
    case_created(follow_up(mail, ses, routing=routing), case)
    assert ses.sent == []
    after = read(mail, case)
    assert (after.alerted_at, after.acknowledged_at) == (NOW, NOW)


def test_throttled(mail: MailBucket, ses: SesStandIn) -> None:
    """A throttled acknowledgement is sent later, and does not count until then."""
    case = record_case(mail, 1, acknowledge=True, alerted_at=NOW)
    settings = replace(SETTINGS, max_automatic_emails_per_hour=1)
    for _ in range(3):
        ses.faults = [SendRefused("Throttling", "slow", throttled=True)]
        with pytest.raises(SendRefused):
            case_created(follow_up(mail, ses, settings), read(mail, case))
    case_created(follow_up(mail, ses, settings), read(mail, case))
    assert len(ses.of("acknowledgement")) == 1


def test_siblings(mail: MailBucket, ses: SesStandIn) -> None:
    """The cases of one email in two mailboxes name each other, in any order."""
    one = record_case(mail, 1)
    case_created(follow_up(mail, ses), one)
    assert read(mail, one).siblings == ()
    two = record_case(mail, 1, "benefits@in.example")
    unrelated = record_case(mail, 2)
    for case in (two, unrelated, two):
        case_created(follow_up(mail, ses), case)
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


def test_activity(mail: MailBucket, ses: SesStandIn) -> None:
    """An answer moves the case to the top, and does not change its version."""
    case = record_case(mail, 1)
    add_entry(mail, ses, entry_for(case, 2, 5))
    add_entry(mail, ses, entry_for(case, 3, 4))
    after = read(mail, case)
    assert after.updated_at == RECEIVED + timedelta(minutes=5)
    assert after.version == case.version
    assert after.participants == participant_keys({"jo@elsewhere.example", "lawyer@elsewhere.example"})


def test_owed_alert(mail: MailBucket, ses: SesStandIn) -> None:
    """SES takes no alert of an answer: the case has the answer at once, and the alert is sent later, once."""
    case = record_case(mail, 1, alerted_at=NOW)
    answer = entry_for(case, 2, 5)
    ses.faults = [SendRefused("Throttling", "slow", throttled=True)]
    with pytest.raises(SendRefused):
        add_entry(mail, ses, answer)
    assert (read(mail, case).updated_at, owed(case)) == (answer.email.at, True)
    for _ in range(2):
        follow_up(mail, ses).follow(case.case_id, answer.email.email_id)
        assert (len(ses.of("alert")), owed(case)) == (1, False)


def owed(case: Case) -> bool:
    return bool(CaseRow.get(*keys.record(case.case_id)).alert_owed)


@pytest.mark.parametrize("doubtful", [False, True])
def test_who_takes_no_part(mail: MailBucket, ses: SesStandIn, doubtful: bool) -> None:
    """An answer adds people, and no mailboxes, their trusted senders, groups and admins; one in doubt adds nobody."""
    mailbox_row(Mailbox("tax@acme.example", "tax@in.example", trusted_senders=("hr@x.example",)), 1).save()
    groups = {"tax": ServiceGroup("tax", "Tax", "tax-group@acme.example")}
    routing_row(Routing(service_groups=groups)).save()
    case = record_case(mail, 1)
    never = ("tax@acme.example", "tax@in.example", "hr@x.example", "tax-group@acme.example", ADMINS[0])
    named = tuple(Address("", address) for address in ("kim@elsewhere.example", *never))
    warnings = (EmailWarning.AUTHENTICATION_FAILED,) if doubtful else ()
    entry = entry_for(case, 2, 5)
    add_entry(mail, ses, replace(entry, email=replace(entry.email, cc=named, warnings=warnings)))
    added = read(mail, case).participants - case.participants
    assert added == (frozenset() if doubtful else participant_keys({"kim@elsewhere.example"}))


def test_no_activity(mail: MailBucket, ses: SesStandIn) -> None:
    """An automatic answer is counted, and adds no participant; an outbound email changes nothing."""
    case = record_case(mail, 1)
    add_entry(mail, ses, entry_for(case, 2, 5, kind=EntryKind.AUTOMATIC_REPLY))
    assert read(mail, case) == replace(case, emails=2)
    add_entry(mail, ses, entry_for(case, 3, 6, direction=Direction.OUTBOUND))
    assert read(mail, case) == replace(case, emails=2)


def test_tags(aws: Aws, mail: MailBucket, ses: SesStandIn) -> None:
    """Originals are tagged for deletion only if a retention is set."""
    case = record_case(mail, 1)
    assert case.email is not None
    assert case.email.raw_key is not None
    tags = []
    for days in (0, 7):
        case_created(follow_up(mail, ses, replace(SETTINGS, processed_retention_days=days)), case)
        answered = boto3.client("s3").get_object_tagging(Bucket=aws.bucket_name, Key=case.email.raw_key)
        tags.append(answered["TagSet"])
    assert tags == [[], [{"Key": "retention", "Value": "processed"}]]


def test_manual_case(mail: MailBucket, ses: SesStandIn) -> None:
    """The group is alerted of a case that an agent created, once; nobody gets an acknowledgement."""
    case = record_case(mail, 1, email=None, acknowledge=True)
    for _ in range(2):
        case_created(follow_up(mail, ses), case)
    assert [one.tags["kind"] for one in ses.sent] == ["alert"]
    assert read_record(mail, identity_of(1).record_id()) is not None
