"""`reconcile` probes redirects: how many in a run, what SES refuses, and what a crash leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from email_channels.aws.stores.mailbox_store import MailboxStore
from email_channels.aws.stores.probes.probe_store import ProbeStore
from email_channels.cases.mailboxes import Mailbox, mailbox_id
from email_channels.cases.outcomes import Outcome
from email_channels.cases.probes.mark import ProbeMark
from email_channels.cases.probes.probe import Probe, ProbeState
from email_channels.cases.references import SigningKeys
from email_channels.errors import Fault, SendOutcomeUnknown, SendRefused
from email_channels.followup import probing as module
from email_channels.followup.probing import Probing
from email_channels.settings import ReconcileSettings
from email_channels.settings_loading import load

from tests.support.in_process.aws import SIGNING_KEYS, Aws
from tests.support.in_process.inbox import NOW, Inbox, configure, scan
from tests.support.parameters import ACME_EXAMPLE

KEYS = SigningKeys(str(SIGNING_KEYS["current"]), tuple(SIGNING_KEYS["previous"]))
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PAYROLL, REPLIES = "payroll@acme.example", "answers@acme.example"


class Outbox:
    """Takes what is sent; `fail` raises for some addresses."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes]] = []
        self.fail: Callable[[str], None] = lambda _: None

    def send(self, message: bytes, *, source: str, destinations: Sequence[str], tags: Any) -> str:
        assert (source, tags) == ("cases@acme.example", {"kind": "probe", "record": "probe"})
        self.fail(destinations[0])
        self.sent.append((destinations[0], message))
        return "0107018f-000000"

    def take(self) -> list[str]:
        """To whom something was sent since the last call."""
        addresses = [address for address, _ in self.sent]
        self.sent.clear()
        return addresses


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


def probing(aws: Aws, outbox: Outbox, minutes: str = "15") -> Probing:
    names = {"TABLE_NAME": aws.table_name, "BUCKET_NAME": aws.bucket_name, "TAG_KEY_SECRET": aws.tag_key_secret}
    queues = {"INBOUND_QUEUE_URL": "https://a.example", "JOBS_QUEUE_URL": "https://b.example"}
    settings = load(ReconcileSettings, ACME_EXAMPLE | names | queues | {"PROBE_MINUTES": minutes})
    return Probing(settings, ProbeStore(), MailboxStore(), outbox.send, lambda: KEYS)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def come_back(mailbox: str, sent_at: datetime, after: float = 0.5) -> bool:
    return ProbeStore.returned(ProbeMark(mailbox_id(mailbox), sent_at), sent_at + timedelta(minutes=after))


def state(mailbox: str = PAYROLL) -> ProbeState:
    return ProbeStore.read([mailbox])[mailbox].state


def test_off(aws: Aws, outbox: Outbox) -> None:
    """Without the parameter, nothing is read, sent or written."""
    assert probing(aws, outbox, "0").run(NOON) == 0
    assert (outbox.sent, scan()) == ([], [])


def test_many_mailboxes(aws: Aws, outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run looks at a bounded number of mailboxes; the next one goes on after them."""
    monkeypatch.setattr(module, "MAILBOXES_PER_RUN", 2)
    boxes = [f"box{n}@acme.example" for n in range(5)]
    configure(*(Mailbox(box, f"box{n}@in.example") for n, box in enumerate(boxes)))
    runs = []
    for n in range(4):
        probing(aws, outbox, "60").run(at(n))
        runs.append(outbox.take())
    assert runs == [[REPLIES, PAYROLL, *boxes[:2]], boxes[2:4], boxes[4:], []]
    probing(aws, outbox, "60").run(at(60))
    assert {REPLIES, PAYROLL} <= set(outbox.take())


def test_one_notice(aws: Aws, outbox: Outbox) -> None:
    """One notice names all silent mailboxes, once; and one those that are back."""
    use = probing(aws, outbox)
    use.run(NOON)
    assert outbox.take() == [REPLIES, PAYROLL]
    use.run(at(15))
    (to, notice), *_ = outbox.sent
    assert to == "ada@acme.example"
    text = str(message_from_bytes(notice, policy=default).get_content())
    assert all(f"{box}: silent since" in text for box in (PAYROLL, REPLIES))
    assert "No test email has ever come back." in text
    assert outbox.take() == ["ada@acme.example", REPLIES, PAYROLL]
    use.run(at(30))
    assert outbox.take() == [REPLIES, PAYROLL]
    assert come_back(PAYROLL, at(30))
    assert (state(), state(REPLIES)) == (ProbeState.OK, ProbeState.SILENT)
    use.run(at(45))
    assert outbox.take() == ["ada@acme.example", REPLIES, PAYROLL]
    use.run(at(50))
    assert outbox.take() == []


def test_repeated_and_old_returns(aws: Aws, outbox: Outbox) -> None:
    """A repeat or an older probe changes nothing; one that comes back before it is noted as sent is not lost."""
    assert come_back(PAYROLL, at(15))
    assert not come_back(PAYROLL, at(15), after=60)
    assert not come_back(PAYROLL, NOON)
    probe = ProbeStore.read([PAYROLL])[PAYROLL]
    assert (probe.returned, probe.seconds) == (at(15), 30)
    ProbeStore.sent(probe, at(15))
    assert state() is ProbeState.OK


def test_crash_between_notice_and_note(aws: Aws, outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The notice is sent once more, and then never again."""
    use = probing(aws, outbox)
    use.run(NOON)
    outbox.take()
    with monkeypatch.context() as patched:
        patched.setattr(use._probes, "silent", lambda _: 1 / 0, raising=False)
        with pytest.raises(ZeroDivisionError):
            use.run(at(15))
    assert outbox.take() == ["ada@acme.example"]
    use.run(at(16))
    assert outbox.take() == ["ada@acme.example", REPLIES, PAYROLL]
    use.run(at(17))
    assert outbox.take() == []


def test_crash_after_sending(aws: Aws, outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A probe that was sent and not noted is sent again; nobody hears of it."""
    use = probing(aws, outbox)
    with monkeypatch.context() as patched:
        patched.setattr(use._probes, "sent", lambda *_: 1 / 0, raising=False)
        with pytest.raises(ZeroDivisionError):
            use.run(NOON)
    assert outbox.take() == [REPLIES]
    use.run(at(1))
    assert outbox.take() == [REPLIES, PAYROLL]


def test_return_beside_the_notice(aws: Aws, outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A probe comes back between the notice and its note. The admins also hear that the mailbox is back."""
    use = probing(aws, outbox)
    use.run(NOON)
    assert come_back(REPLIES, NOON)
    outbox.take()
    noted = use._probes.silent

    def returned_first(probe: Probe) -> bool:
        assert come_back(PAYROLL, NOON, after=16)
        return noted(probe)

    with monkeypatch.context() as patched:
        patched.setattr(use._probes, "silent", returned_first, raising=False)
        use.run(at(15))
    assert outbox.take()[0] == "ada@acme.example"
    use.run(at(30))
    (to, notice), *_ = outbox.sent
    assert to == "ada@acme.example"
    assert PAYROLL in str(message_from_bytes(notice, policy=default).get_content())
    outbox.take()
    use.run(at(31))
    assert outbox.take() == []


@pytest.mark.parametrize("error", [SendRefused("MessageRejected", "no"), SendOutcomeUnknown("no answer")])
def test_failing_notice(aws: Aws, outbox: Outbox, error: Exception) -> None:
    """A notice that cannot be sent stops no probe, is reported, and is tried again by the next run."""
    use = probing(aws, outbox)
    use.run(NOON)
    outbox.take()

    def fail(address: str) -> None:
        if address == "ada@acme.example":
            raise error

    outbox.fail = fail
    with pytest.raises(Fault):
        use.run(at(15))
    assert outbox.take() == [REPLIES, PAYROLL]
    outbox.fail = lambda _: None
    use.run(at(16))
    assert outbox.take() == ["ada@acme.example"]


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (SendRefused("MessageRejected", "no"), False),
        (SendRefused("Throttling", "later", throttled=True), True),
        (SendOutcomeUnknown("no answer"), True),
    ],
)
def test_failing_send(aws: Aws, outbox: Outbox, error: Exception, again: bool) -> None:
    """What SES refuses for good becomes silent; what it may take later is tried again. Other mailboxes are probed."""
    use = probing(aws, outbox)

    def fail(address: str) -> None:
        if address == REPLIES:
            raise error

    outbox.fail = fail
    if again:
        with pytest.raises(Fault):
            use.run(NOON)
        assert outbox.take() == [PAYROLL]
        outbox.fail = lambda _: None
        use.run(at(1))
        assert outbox.take() == [REPLIES]
        return
    use.run(NOON)
    assert outbox.take() == [PAYROLL]
    assert come_back(PAYROLL, NOON)
    use.run(at(15))
    assert outbox.sent[0][0] == "ada@acme.example"
    assert REPLIES.encode() in outbox.sent[0][1]


def test_return(aws: Aws, outbox: Outbox) -> None:
    """`inbound` notes the return of a probe, whatever headers a gateway took away; and tags it to be deleted."""
    inbox = Inbox(aws, notification_from_address="cases@acme.example")
    probing(aws, outbox).run(NOW)
    sent = dict(outbox.sent)[PAYROLL]
    without_header = sent.partition(b"\r\n")[2]
    for raw in (sent, without_header):
        key = inbox.put(b"Message-ID: <a@ses>\r\n" + raw, sender="cases@acme.example")
        for _ in range(2):
            result = inbox.intake.process(key)
            assert result is not None
            assert result.outcome is Outcome.PROBE
        assert inbox.mail.is_duplicate(key)
    assert {item["kind"]["S"] for item in scan()} == {"probe"}
    assert state() is ProbeState.OK


@pytest.mark.parametrize("how", ["other From", "older than a day", "no mark"])
def test_not_a_probe(aws: Aws, outbox: Outbox, how: str) -> None:
    """Everything else is an email like any other."""
    inbox = Inbox(aws, notification_from_address="cases@acme.example")
    sent_at = NOW - timedelta(days=2 if how == "older than a day" else 0)
    probing(aws, outbox).run(sent_at)
    raw = dict(outbox.sent)[PAYROLL]
    if how == "other From":
        raw = raw.replace(b"cases@acme.example>", b"eve@elsewhere.example>", 1)
    if how == "no mark":
        raw = raw.replace(b"probe.", b"prove.")
    before = ProbeStore.read([PAYROLL])
    result = inbox.intake.process(inbox.put(raw))
    assert result is not None
    assert result.outcome is Outcome.UNPROCESSED
    assert ProbeStore.read([PAYROLL]) == before


def test_late_note_of_a_return(aws: Aws) -> None:
    """A slow run that noted a return too late does not end a silence that has begun since."""
    store = ProbeStore()
    first, second = (Probe(PAYROLL, at, at, silent_since=at) for at in (NOON, NOON + timedelta(hours=1)))
    assert store.silent(first)
    assert store.back(first)
    assert store.silent(second)
    assert not store.back(first)
    assert store.read([PAYROLL])[PAYROLL].silent_since == second.silent_since
