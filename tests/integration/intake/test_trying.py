"""A try predicts what intake does with an email, and writes nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from email_channels.aws import clients
from email_channels.bootstrap.retrying import genuine
from email_channels.cases.channels import Channel
from email_channels.cases.directory import Employee, UserMapping
from email_channels.cases.mailboxes import Mailbox
from email_channels.cases.outcomes import Outcome
from email_channels.cases.reasons import Reason
from email_channels.cases.references import case_reference
from email_channels.cases.trials.question import Assumptions, Question
from email_channels.cases.trials.trial import Trial
from email_channels.errors import Invalid, NotFound
from email_channels.intake.resource_limits import time_limit
from email_channels.intake.trying.trials import ReadingLimits, Trying, is_email
from email_channels.mail.ses_headers import Verdict
from email_channels.settings import IdentifySender

from tests.support.in_process.aws import Aws
from tests.support.in_process.aws_calls import AwsCalls, watch
from tests.support.in_process.inbound_emails import FORMS, FROM_FORMS, MANUAL, QUESTION, ROUTING, answer
from tests.support.in_process.inbox import KEYS, MARCUS, NOW, ZOE, Inbox, add_employees, configure, scan
from tests.support.messages import FORM
from tests.support.originals import received
from tests.support.parameters import inbound_settings

TO_FORMS: dict[str, Any] = {**FROM_FORMS}
READS = {"BatchGetItem", "Query", "GetObject", "GetSecretValue"}


@pytest.fixture
def calls(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsCalls]:
    """The calls of a test. Unless the test drops some, all of them must be reads that leave everything as it was."""
    before = everything(inbox)
    made = watch(monkeypatch)
    yield made
    assert {name.rpartition(".")[2] for name in made.names} <= READS
    made.begin()
    assert everything(inbox) == before


def everything(inbox: Inbox) -> Any:
    """All items of the table, and all objects of the bucket with their tags."""
    items = sorted(scan(), key=lambda item: (item["pk"]["S"], item["sk"]["S"]))
    tags = {
        key: clients.s3().get_object_tagging(Bucket=inbox.aws.bucket_name, Key=key)["TagSet"]
        for key in inbox.objects("")
    }
    return items, {key: inbox.mail.read_original(key) for key in tags}, tags


def trying(aws: Aws, inbox: Inbox, seconds: float = 20, megabytes: int = 0, **settings: str) -> Trying:
    settings = {"tag_key_secret": aws.tag_key_secret, **settings}
    limits = ReadingLimits(seconds, megabytes)
    return Trying(inbound_settings(**settings), inbox.mail, genuine(aws.tag_key_secret), lambda: NOW, limits)


def text(message: str) -> bytes:
    return message.lstrip("\n").replace("\n", "\r\n").encode()


def said(trial: Trial) -> tuple[Outcome, Reason | None]:
    return trial.outcome, trial.reason


def test_manual_email(aws: Aws, inbox: Inbox, calls: AwsCalls) -> None:
    """The case is the one that intake then makes; two batch reads are enough."""
    trial = trying(aws, inbox).try_message(received(MANUAL), Question())
    assert len(calls.made) <= 2
    assert trial.outcome is Outcome.CASE
    assert trial.case is not None
    assert [row.evidence.get("assumed") for row in trial.trace] == [None] * len(trial.trace)


def test_as_intake_decides(aws: Aws, inbox: Inbox) -> None:
    """Outcome, id, case and trace are those of intake."""
    trial = trying(aws, inbox).try_message(received(MANUAL), Question())
    result = inbox.receive(MANUAL)
    assert (trial.outcome, trial.reason, trial.case_id, trial.trace) == (
        result.outcome,
        result.reason,
        result.case_id,
        result.trace,
    )
    stored = inbox.case(result.case_id)
    assert trial.case is not None
    assert stored.email is not None
    assert trial.case.email is not None
    same = {"version", "email", "emails", "size", "issue"}
    assert replace(trial.case, **{name: getattr(stored, name) for name in same}) == stored
    assert trial.case.issue.strip() == stored.issue.strip()


def test_without_block(aws: Aws, inbox: Inbox, calls: AwsCalls) -> None:
    """An email that SES has not seen counts as passed, and the trace says that this is assumed."""
    trial = trying(aws, inbox).try_message(text(MANUAL), Question())
    assert trial.outcome is Outcome.CASE
    marked = {row.rule: row.evidence["assumed"] for row in trial.trace if "assumed" in row.evidence}
    assert marked == {
        "virus": ["virus"],
        "spam": ["spam"],
        "authentication": ["dkim", "dmarc", "spf"],
        "sender_trust": ["dkim"],
    }
    assert trial.envelope.diagnosis == (
        "To is payroll@acme.example, arrived as payroll@in.acme-cases.example. DKIM survived the redirect. "
        "SPF passed for the server that delivered it. "
        "SES has not given these verdicts, they are assumed: dkim, dmarc, spam, spf, virus."
    )


def test_fields_above_a_signed_email(aws: Aws, inbox: Inbox) -> None:
    """The diagnosis says why a signature that passed proves nothing."""
    trial = trying(aws, inbox).try_message(received(f"Subject: Dismissal\n{MANUAL.lstrip()}"), Question())
    assert not trial.envelope.aligned
    assert "fields such as Subject or To are there twice, and it covers only one of each." in trial.envelope.diagnosis


@pytest.mark.parametrize("field", ["To", "Cc", "Delivered-To", "X-Original-To"])
@pytest.mark.parametrize("address", ["payroll", "answers"])
def test_named_in_any_field(aws: Aws, inbox: Inbox, field: str, address: str) -> None:
    """The address that an email would arrive at is found in each field in which intake looks for it."""
    message = f"{field}: {address}@acme.example\n" + MANUAL.lstrip().replace("To: Payroll <payroll@", "To: Bob <bob@")
    trial = trying(aws, inbox).try_message(text(message), Question())
    assert trial.envelope.arrived_as == f"{address}@in.acme-cases.example"
    shown = f"{address}@acme.example" if field in ("To", "Cc") else "bob@acme.example"
    assert trial.envelope.to == shown


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ({"spam": "FAIL"}, (Outcome.UNPROCESSED, Reason.SPAM)),
        ({"virus": "FAIL"}, (Outcome.UNPROCESSED, Reason.VIRUS)),
        ({"dkim": "FAIL", "dmarc": "FAIL"}, (Outcome.CASE, None)),
        ({"dkim": "GRAY"}, (Outcome.CASE, None)),
    ],
)
@pytest.mark.parametrize("block", [True, False])
def test_assumed_verdicts(
    aws: Aws, inbox: Inbox, calls: AwsCalls, verdicts: dict[str, str], expected: Any, *, block: bool
) -> None:
    """Assumed verdicts count, in an email with or without a block of SES."""
    assumed = Assumptions(verdicts={name: Verdict(value) for name, value in verdicts.items()})
    raw = received(MANUAL) if block else text(MANUAL)
    trial = trying(aws, inbox).try_message(raw, Question(assumed=assumed))
    assert said(trial) == expected
    assert (trial.envelope.dkim == "PASS") == trial.envelope.aligned == ("dkim" not in verdicts)
    flags = trial.case.flags if trial.case else ()
    assert ("authentication_failed" in flags) == (verdicts.get("dkim") == "FAIL")


def test_form_values(aws: Aws, inbox: Inbox) -> None:
    """Values on the four lines, for a mailbox that is configured, and for one whose property is assumed otherwise."""
    configure(FORMS, routing=ROUTING)
    add_employees(ZOE, MARCUS)
    use = trying(aws, inbox)
    trial = use.try_message(received(FORM, **TO_FORMS), Question())
    assert [(value.line, value.text, value.taken) for value in trial.values] == [
        (1, "[543457]", True),
        (2, "[Employee Relations]", True),
        (3, "[Yes]", True),
        (4, "[874112]", True),
    ]
    by_from = replace(FORMS, identify_sender=IdentifySender.FROM_ADDRESS, variable_topic=False)
    trial = use.try_message(received(FORM, **TO_FORMS), Question(assumed=Assumptions(mailbox=by_from)))
    assert said(trial) == (Outcome.UNPROCESSED, Reason.SENDER_NOT_FOUND)
    assert [value.taken for value in trial.values] == [False, False, True, True]
    distrusting = replace(FORMS, trusted_senders=("other.example",))
    trial = use.try_message(received(FORM, **TO_FORMS), Question(assumed=Assumptions(mailbox=distrusting)))
    assert said(trial) == (Outcome.UNPROCESSED, Reason.SENDER_NOT_TRUSTED)
    assert {value.taken for value in trial.values} == {False}
    elsewhere = FORM.replace("\n\n[543457]", "\n\nHello,\n\n[543457]")
    trial = use.try_message(received(elsewhere, **TO_FORMS), Question())
    assert [(value.line, value.taken) for value in trial.values] == [(None, False)] * len(trial.values)
    assert trial.values


def test_assumed_mailbox(aws: Aws, inbox: Inbox, calls: AwsCalls) -> None:
    """A mailbox that does not exist yet."""
    new = Mailbox("hr@acme.example", "hr@in.acme-cases.example", default_topic="People")
    question = Question("hr@acme.example", assumed=Assumptions(mailbox=new))
    for raw in (received(MANUAL), text(MANUAL)):
        trial = trying(aws, inbox).try_message(raw, question)
        assert trial.case is not None
        assert (trial.case.mailbox, trial.case.topic) == ("hr@acme.example", "People")
        assert trial.envelope.arrived_as == "hr@in.acme-cases.example"
    with pytest.raises(Invalid):
        trying(aws, inbox).try_message(text(MANUAL), Question("hr@acme.example"))


def test_moved_mailbox(aws: Aws, inbox: Inbox) -> None:
    """A mailbox that is assumed to receive elsewhere does not receive where it did."""
    configure(FORMS)
    moved = Assumptions(mailbox=replace(FORMS, receiving_address="new@in.acme-cases.example"))
    to_nobody = FORM.replace("To: forms@acme.example", "To: nobody@acme.example")
    trial = trying(aws, inbox).try_message(received(to_nobody, **TO_FORMS), Question(assumed=moved))
    assert said(trial) == (Outcome.UNPROCESSED, Reason.MAILBOX_NOT_FOUND)
    trial = trying(aws, inbox).try_message(
        received(to_nobody, **TO_FORMS | {"recipient": "new@in.acme-cases.example"}), Question(assumed=moved)
    )
    assert said(trial) == (Outcome.CASE, None)


def test_assumed_employee(aws: Aws, inbox: Inbox, calls: AwsCalls) -> None:
    """An employee who does not exist yet is found by address; one who is blocked or lost the address is not."""
    new = Employee("1", "New", ("New@Elsewhere.example",))
    raw = received(MANUAL.replace("Zoe.Hartmann@ACME.example", "new@elsewhere.example"))
    trial = trying(aws, inbox).try_message(raw, Question(assumed=Assumptions(employee=new)))
    assert trial.case is not None
    assert trial.case.employee is not None
    assert trial.case.employee.user_id == "1"
    for changed, reason in (
        (replace(ZOE, blocked=True), Reason.SENDER_BLOCKED),
        (replace(ZOE, emails=()), Reason.SENDER_NOT_FOUND),
        (Employee("1", "Other", ZOE.emails), Reason.SENDER_MISMATCH),
    ):
        trial = trying(aws, inbox).try_message(received(MANUAL), Question(assumed=Assumptions(employee=changed)))
        assert said(trial) == (Outcome.UNPROCESSED, reason)


def test_assumed_user_mapping(aws: Aws, inbox: Inbox) -> None:
    """A mapping that does not exist yet, or that is changed; the more specific one still wins."""
    box, sender = "payroll@acme.example", "zoe.hartmann@acme.example"
    configure(mappings=[UserMapping("any", box, None, ZOE.user_id)])
    add_employees(ZOE, MARCUS)

    def employee(mapping: UserMapping) -> str | None:
        trial = trying(aws, inbox).try_message(received(MANUAL), Question(assumed=Assumptions(user_mapping=mapping)))
        return trial.case.employee.user_id if trial.case and trial.case.employee else None

    assert employee(UserMapping("one", box, sender, MARCUS.user_id)) == MARCUS.user_id
    assert employee(UserMapping("any", box, None, MARCUS.user_id)) == MARCUS.user_id
    assert employee(UserMapping("any", box, "other@acme.example", MARCUS.user_id)) == ZOE.user_id
    assert employee(UserMapping("one", box, sender, "unknown")) is None


def test_duplicates(aws: Aws, inbox: Inbox) -> None:
    """A copy of a case is a duplicate. A copy of an unprocessed email becomes a case, if it now can."""
    made = inbox.receive(QUESTION)
    trial = trying(aws, inbox).try_message(text(QUESTION), Question())
    assert (trial.outcome, trial.case_id, trial.case) == (Outcome.DUPLICATE, made.case_id, None)
    stranger = MANUAL.replace("Zoe.Hartmann@ACME.example", "new@elsewhere.example")
    refused = inbox.receive(stranger)
    use = trying(aws, inbox)
    assert use.try_message(received(stranger), Question()).outcome is Outcome.DUPLICATE
    new = Question(assumed=Assumptions(employee=Employee("1", "New", ("new@elsewhere.example",))))
    trial = use.try_message(received(stranger), new)
    assert (trial.outcome, trial.case_id) == (Outcome.CASE, refused.record_id)


def test_reply(aws: Aws, inbox: Inbox) -> None:
    """A signed reference leads to its case; the signing keys are read for it."""
    case_id = inbox.receive(QUESTION).case_id
    assert case_id is not None
    message = text(answer(subject=f"Re: Wrong salary {case_reference(case_id, KEYS)}"))
    for question in (Question(), Question("answers@acme.example"), Question(channel=Channel.AD_HOC)):
        trial = trying(aws, inbox).try_message(message, question)
        assert (trial.outcome, trial.case_id, trial.case) == (Outcome.ENTRY, case_id, None)
        assert trial.envelope.arrived_as == "answers@in.acme-cases.example"
    with pytest.raises(Invalid):
        trying(aws, inbox).try_message(message, Question("payroll@acme.example", Channel.AD_HOC))


@pytest.mark.parametrize("limit", ["2", "300"])
def test_rate_limit(aws: Aws, inbox: Inbox, limit: str) -> None:
    """The sender's cases of this hour count, and the try does not count among them."""
    intake = inbox.with_settings(max_cases_per_sender_per_hour=limit)
    use = trying(aws, inbox, max_cases_per_sender_per_hour=limit)
    mails = [MANUAL.replace("<1@", f"<{n}@") for n in range(12)]
    for mail in mails[:2]:
        assert use.try_message(received(mail), Question()).outcome is Outcome.CASE
        assert use.try_message(received(mail), Question()).outcome is Outcome.CASE
        assert intake.process(inbox.put(mail))
    trial = use.try_message(received(mails[2]), Question())
    expected = (Outcome.UNPROCESSED, Reason.RATE_LIMITED) if limit == "2" else (Outcome.CASE, None)
    assert said(trial) == expected
    result = intake.process(inbox.put(mails[2]))
    assert result is not None
    assert (result.outcome, result.reason, result.trace) == (*expected, trial.trace)


def test_stored_email(aws: Aws, inbox: Inbox) -> None:
    """A stored email is decided again: it is no duplicate of itself, and has no limit. Without its original, it cannot
    be tried."""
    intake = inbox.with_settings(max_cases_per_sender_per_hour="1")
    key = ""
    for n in range(2):
        key = inbox.put(MANUAL.replace("<1@", f"<{n}@"))
        result = intake.process(key)
    assert result is not None
    assert result.reason is Reason.RATE_LIMITED
    use = trying(aws, inbox, max_cases_per_sender_per_hour="1")
    trial = use.try_stored(key, Channel.CASE_CREATION, Question())
    assert (trial.outcome, trial.case_id) == (Outcome.CASE, result.record_id)
    clients.s3().delete_object(Bucket=inbox.aws.bucket_name, Key=key)
    with pytest.raises(NotFound):
        use.try_stored(key, Channel.CASE_CREATION, Question())


@pytest.mark.parametrize("harm", ["raises", "stalls", "kills"])
def test_unreadable(aws: Aws, inbox: Inbox, calls: AwsCalls, monkeypatch: pytest.MonkeyPatch, harm: str) -> None:
    """An email that cannot be read is predicted as what it becomes, and ends neither the process nor the try."""

    def read(*_: object) -> None:
        if harm == "stalls":
            while True:
                pass
        raise RecursionError

    if harm == "kills":
        run = subprocess.run
        dying = [sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"]
        monkeypatch.setattr(subprocess, "run", lambda _, **options: run(dying, **options))
    else:
        monkeypatch.setattr("email_channels.intake.limited_reading.read_arrival", read)
    with time_limit(30):
        trial = trying(aws, inbox, seconds=1.5).try_message(received(MANUAL), Question())
    assert said(trial) == (Outcome.UNPROCESSED, Reason.PROCESSING_FAILED)
    assert [row.rule for row in trial.trace] == ["processing"]
    assert trial.envelope.to == "payroll@acme.example"


def test_stalls_while_deciding(aws: Aws, inbox: Inbox, calls: AwsCalls, monkeypatch: pytest.MonkeyPatch) -> None:
    """An email that stalls after it was read becomes unprocessed on its last attempt."""

    def decide(_: object) -> None:
        while True:
            pass

    monkeypatch.setattr("email_channels.intake.policy.decide", decide)
    monkeypatch.setattr("email_channels.intake.trying.trials._DECIDING_SECONDS", 0.2)
    trial = trying(aws, inbox).try_message(received(MANUAL), Question())
    assert said(trial) == (Outcome.UNPROCESSED, Reason.PROCESSING_FAILED)
    assert trial.trace[0].evidence == {"error": "Stalled"}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"Subject: x\r\n\r\n", True),
        (b"From a@b Mon Nov 23\nSubject: x\n\n", True),
        (b"hello world", False),
        (b"\x89PNG\r\n\x1a\n\x00\x00", False),
        (b"<html><body>x</body></html>", False),
        (b"", False),
    ],
)
def test_is_email(raw: bytes, expected: bool) -> None:
    assert is_email(raw) is expected
