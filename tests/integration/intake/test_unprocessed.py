"""Unprocessed emails are stored with their reason."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from email_channels.cases.channels import Channel
from email_channels.cases.history import Content, Direction, EntryKind, StoredAttachment, StoredEmail
from email_channels.cases.outcomes import Outcome
from email_channels.cases.reasons import Reason
from email_channels.cases.trace import RuleVerdict
from email_channels.cases.unprocessed import Unprocessed
from email_channels.mail.message import Address

from tests.support.in_process.aws import Aws
from tests.support.in_process.aws_calls import watch
from tests.support.in_process.inbound_emails import STRANGER
from tests.support.in_process.inbox import ZOE, Inbox, add_employees
from tests.support.originals import RECEIVED_AT

ZOES = STRANGER.replace("Eve <eve@elsewhere.example>", "zoe.hartmann@acme.example")


@pytest.fixture
def inbox(aws: Aws) -> Inbox:
    add_employees(ZOE)
    return Inbox(aws)


def test_stranger(inbox: Inbox) -> None:
    """An email of a stranger is stored as unprocessed."""
    result = inbox.receive(STRANGER, sender="eve@elsewhere.example", signer="elsewhere.example")
    assert (result.outcome, result.reason, result.case_id) == (Outcome.UNPROCESSED, Reason.SENDER_NOT_FOUND, None)
    assert inbox.unprocessed(result.record_id) == Unprocessed(
        id=result.record_id,
        channel=Channel.CASE_CREATION,
        mailbox="payroll@acme.example",
        reason=Reason.SENDER_NOT_FOUND,
        received_at=RECEIVED_AT,
        envelope_sender="eve@elsewhere.example",
        proven=True,
        automatic=False,
        email=StoredEmail(
            email_id=f"1M84VGZY0{result.record_id}",
            direction=Direction.INBOUND,
            kind=EntryKind.NORMAL,
            from_=Address("Eve", "eve@elsewhere.example"),
            to=(Address("", "payroll@acme.example"),),
            cc=(),
            bcc=(),
            subject="Hello",
            at=RECEIVED_AT,
            preview="Is anybody there?",
            attachments=(),
            recipients=(),
            matched_by=None,
            message_id="1@elsewhere.example",
            references=(),
            in_reply_to=None,
            size=len(STRANGER.strip().encode()) + STRANGER.strip().count("\n") + 2,
            raw_key=inbox.objects("raw/")[0],
            content=Content(
                text="Is anybody there?\n",
                html=None,
                headers=(
                    ("From", "Eve <eve@elsewhere.example>"),
                    ("To", "payroll@acme.example"),
                    ("Subject", "Hello"),
                    ("Message-ID", "<1@elsewhere.example>"),
                    ("Date", "Mon, 23 Nov 2026 19:43:00 +0100"),
                ),
                trace=result.trace,
            ),
        ),
    )
    assert (result.trace[-1].rule, result.trace[-1].verdict) == ("employee", RuleVerdict.STOP)


@pytest.mark.parametrize(
    ("message", "envelope", "settings", "reason"),
    [
        (ZOES, {}, {"case_creation_enabled": "false"}, Reason.CHANNEL_DISABLED),
        ("", {}, {}, Reason.MALFORMED),
        ("\x00" * 1000, {}, {}, Reason.MALFORMED),
        (ZOES, {"virus": "FAIL"}, {}, Reason.VIRUS),
        (ZOES, {"spam": "FAIL"}, {}, Reason.SPAM),
        (ZOES, {"dkim": "fail", "dmarc": "fail"}, {"authentication_action": "reject"}, Reason.AUTHENTICATION_FAILED),
        (ZOES.replace("To:", "X-Email-Channels: alert\nTo:"), {}, {}, Reason.MAIL_LOOP),
        (ZOES.replace("Hello", "Automatic reply: Hello"), {"sender": ""}, {}, Reason.AUTOMATIC_REPLY),
    ],
)
def test_reasons(
    inbox: Inbox, message: str, envelope: dict[str, str], settings: dict[str, str], reason: Reason
) -> None:
    """Each reason, with an email that has it."""
    inbox.intake = inbox.with_settings(**settings)
    result = inbox.receive(message, **envelope)
    item = inbox.unprocessed(result.record_id)
    assert (result.reason, item.reason) == (reason, reason)
    assert item.envelope_sender == envelope.get("sender", "zoe.hartmann@acme.example")
    assert item.automatic == (reason is Reason.AUTOMATIC_REPLY)


def test_not_an_email(inbox: Inbox) -> None:
    """An object that is not an email is stored, too."""
    for n, raw in enumerate((b"", b"\xff\xfe\x00", b"\r\n" * 5000, b"X" * 100_000)):
        key = f"raw/case_creation/{n}"
        inbox.mail.write(key, raw)
        result = inbox.intake.process(key)
        assert result is not None
        assert result.reason is Reason.MALFORMED
        assert inbox.unprocessed(result.record_id).envelope_sender is None


def test_attachment_limit(inbox: Inbox) -> None:
    """Of too many attachments the first ones are stored."""
    part = '--b\nContent-Type: image/png\nContent-Disposition: attachment; filename="{n}.png"\n\n{n}\n'
    head = "From: zoe.hartmann@acme.example\nContent-Type: multipart/mixed; boundary=b\n\n"
    result = inbox.receive(head + "".join(part.format(n=n) for n in range(201)) + "--b--\n")
    assert result.reason is Reason.TOO_LARGE
    attachments = inbox.unprocessed(result.record_id).email.attachments
    assert (len(attachments), len(inbox.objects("attachments/"))) == (200, 200)
    assert replace(attachments[199], sha256="") == StoredAttachment(
        200, "199.png", "image/png", 3, "", inline=False, content_id=None, key=f"attachments/{result.record_id}/200"
    )


def test_concurrent_deliveries(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five deliveries at once are one unprocessed email."""
    watch(monkeypatch)
    key = inbox.put(STRANGER)
    with ThreadPoolExecutor(5) as pool:
        results = [result for result in pool.map(lambda _: inbox.intake.process(key), range(5)) if result]
    assert sorted(result.outcome for result in results) == [*[Outcome.DUPLICATE] * 4, Outcome.UNPROCESSED]
    assert inbox.records_by_kind()["unprocessed"] == 1
