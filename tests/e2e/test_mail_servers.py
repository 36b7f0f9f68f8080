"""Postfix and Exim, set up as docs/mail-server-setup.md says, redirect their mailboxes to the running system.

tests/support/system/debian.py checks whether these tests can run; if not, tests/conftest.py prints the reason.
"""

from __future__ import annotations

import re
import smtplib
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import SMTP, default
from pathlib import Path

import pytest

from local.smtp.certificates import Certificates
from tests.support.system.mail import address_in, email, unique
from tests.support.system.mail_servers import OUTGOING, SERVERS, MailServer, Postfix, running
from tests.support.system.receivers import Line, Receiver, Taken, context_of
from tests.support.system.system_client import Person, SystemClient, system

# The first test also fetches the packages, once for a machine.
pytestmark = [pytest.mark.mail_servers, pytest.mark.timeout(400)]

PAYROLL, BENEFITS, ANSWERS = "payroll@acme.example", "benefits@acme.example", "answers@acme.example"
MISSPELT = "misspelt@acme.example"
"""A mailbox that is redirected to where nobody is."""
TIMEOUT_SECONDS = 60
LARGEST = 40 * 1024 * 1024

DEFERRED = re.compile(r"status=deferred (.*)| == (.*)")


@dataclass(frozen=True)
class Client:
    """The client's side: a mail server, its connection to the system, and the mailboxes of the employees."""

    server: MailServer
    line: Line
    inside: Receiver
    system: SystemClient

    def submit(self, message: bytes, *recipients: str, sender: str | None = None) -> None:
        """An employee's mail program submits an email."""
        self.server.submit(message, address_in(message) if sender is None else sender, *recipients or (PAYROLL,))

    def finish(self) -> None:
        """Waits until neither the server nor the system has anything left to do."""
        wait(lambda: not self.server.queue(), self.server.log)
        self.system.settle()

    def send(self, message: bytes, *recipients: str, sender: str | None = None) -> None:
        self.submit(message, *recipients, sender=sender)
        self.finish()

    def deferred(self, submit: Callable[[], None]) -> str:
        """Submits an email that the server defers; returns what the server has logged since."""
        before = len(self.server.log())
        submit()
        wait(lambda: self._deferred_since(before), self.server.log)
        assert self.server.queue(), self.server.log()
        self.system.settle()
        return self.server.log()[before:]

    def flush_in_vain(self) -> None:
        """After the block, makes the server retry the emails in its queue."""
        before = len(self.server.log())
        wait(lambda: self._deferred_since(before), self.server.log, self.server.flush)
        assert self.server.queue(), self.server.log()
        self.system.settle()

    def flush(self) -> None:
        """Makes the server retry until nothing is left."""
        wait(lambda: not self.server.queue(), self.server.log, self.server.flush)
        self.system.settle()

    def _deferred_since(self, before: int) -> bool:
        return DEFERRED.search(self.server.log()[before:]) is not None

    def returned(self, subject: str, to: Person) -> Taken:
        """The only bounce that the sender gets; it comes from the null sender."""
        (report,) = self.inside.about(subject)
        assert (report.sender, report.recipients) == ("", [to.address])
        return report

    def outcomes(self, subject: str) -> int:
        return len(self.system.cases_with(subject)) + len(self.system.all_unprocessed_with(subject))


def wait(until: Callable[[], bool], log: Callable[[], str], nudge: Callable[[], None] | None = None) -> None:
    """Flushes at once and each second, because a server misses a flush while it puts an email back into the queue."""
    end, nudged = time.monotonic() + TIMEOUT_SECONDS, float("-inf")
    while nudged == float("-inf") or not until():
        now = time.monotonic()
        assert now < end, log()[-5000:]
        if now - nudged >= 1:
            nudged = now
            if nudge is not None:
                nudge()
        time.sleep(0.05)


@pytest.fixture(scope="module")
def allowing() -> Iterator[SystemClient]:
    """The system for the example domain of the page; only the address that the servers send from is allowed."""
    with system(
        AllowedIpRanges=f"{OUTGOING}/32",
        MailboxAddress=PAYROLL,
        CaseCreationRecipients="payroll@in.acme.example,benefits@in.acme.example",
        AdHocReplyTo=ANSWERS,
        AdHocRecipients="answers@in.acme.example",
        PlusAddressing="true",
    ) as started:
        mailbox = started.admin.get(f"/mailboxes/{PAYROLL}")
        writable = {name: value for name, value in mailbox.items() if name != "address"}
        started.admin.put(f"/mailboxes/{BENEFITS}", writable | {"receiving_address": "benefits@in.acme.example"})
        yield started


@pytest.fixture(scope="module", params=SERVERS)
def client(allowing: SystemClient, request: pytest.FixtureRequest) -> Iterator[Client]:
    line = Line(allowing.smtp_port)
    try:
        with (
            Receiver().running() as inside,
            running(request.param, line.port, inside.port, allowing.ca_file) as server,
        ):
            yield Client(server, line, inside, allowing)
    finally:
        line.close()


def awkward(person: Person, subject: str) -> bytes:
    """An email with everything that a server might rewrite. Each change would break a DKIM signature."""
    lines = [
        "DKIM-Signature: v=1; a=rsa-sha256; c=simple/simple; d=acme.example; s=one;",
        "\th=from:to:subject; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;",
        "  b=dzdVyOfAKCdLXdJOc9G2q8LoXSlEniSbav+yuU4zGeeruD00lszZ",
        f'From:   "{person.name}"   <{person.address}>',
        "to: PAYROLL@Acme.Example ,",
        "\tbenefits@acme.example",
        f"SUBJECT: {subject}",
        "X-Twice: one",
        "X-Twice:two  ",
        "Date: Mon, 2 Nov 2026 09:15:00 +0100 (CET)",
        f"Message-Id: <{person.user_id}.awkward@acme.example>",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        "",
        "",
        "Grüße, naïve 🕐 text with trailing blanks  ",
        ".",
        "..two dots",
        "From here on a mailbox file would be quoted",
        "\t tab \t",
        "x" * 998,
        "-- ",
        "",
        "",
    ]
    return "\r\n".join(lines).encode() + b"\r\n"


def test_employees_email(client: Client) -> None:
    """An employee's email becomes a case, unaltered."""
    robin = client.system.employ()
    subject = unique("Unaltered")
    raw = awkward(robin, subject)

    client.send(raw, sender="Robin.Bounces+x@acme.example")

    case = client.system.case_with(subject)
    assert (case["employee"]["user_id"], case["mailbox"]) == (robin.user_id, PAYROLL)
    (entry,) = client.system.history(case["case_id"])
    original = client.system.original(case["case_id"], entry["email_id"])
    assert original.endswith(raw)
    added = message_from_bytes(original[: -len(raw)], policy=default)
    assert added["Return-Path"] == "<Robin.Bounces+x@acme.example>"
    by_ses, by_client = added.get_all("Received", [])
    assert f"[{OUTGOING}]" in by_ses
    assert "for payroll@in.acme.example;" in by_ses
    assert "by mail.acme.example" in by_client
    assert client.inside.about(subject) == []


def test_null_sender(client: Client) -> None:
    """A null sender stays null."""
    subject = unique("Null")

    client.send(email("MAILER-DAEMON@elsewhere.example", subject).as_bytes(policy=SMTP), sender="")

    item = client.system.unprocessed_with(subject)
    assert client.system.download(item["original"]).startswith(b"Return-Path: <>\r\n")


def test_two_mailboxes(client: Client) -> None:
    """An email to two mailboxes is two cases that name each other."""
    robin = client.system.employ()
    subject = unique("Two mailboxes")
    message = email(robin.mailbox, subject, To=f"{PAYROLL}, {BENEFITS}").as_bytes(policy=SMTP)

    client.send(message, PAYROLL, BENEFITS)

    cases = client.system.cases_with(subject)
    assert {case["mailbox"] for case in cases} == {PAYROLL, BENEFITS}
    assert len(cases) == 2
    one, other = (client.system.admin.get(f"/cases/{case['case_id']}") for case in cases)
    assert (one["siblings"], other["siblings"]) == ([other["case_id"]], [one["case_id"]])


def test_plus_address(client: Client) -> None:
    """An answer to a plus address reaches its case."""
    robin = client.system.employ()
    subject = unique("Asked")
    client.send(email(robin.mailbox, subject).as_bytes(policy=SMTP))
    case_id = client.system.case_with(subject)["case_id"]
    with client.system.sending() as sent:
        body = {"to": [robin.address], "subject": "Which month?", "text": "Which month?\n"}
        client.system.agent.post(f"/cases/{case_id}/emails", body, headers={"Idempotency-Key": "one"})
    (question,) = sent
    reply_to = str(question.message["Reply-To"].addresses[0].addr_spec)
    assert reply_to.startswith("answers+")
    answer = email(robin.mailbox, unique("October"), To=reply_to).as_bytes(policy=SMTP)

    client.send(answer, reply_to)

    newest = client.system.history(case_id)[0]
    assert newest["direction"] == "inbound"
    assert newest["matched_by"] == {"how": "plus_tag", "certainty": "signed"}


def test_receiver_is_down(client: Client) -> None:
    """An email that comes while the receiver is down arrives once the receiver is back."""
    robin = client.system.employ()
    subject = unique("Kept")
    message = email(robin.mailbox, subject).as_bytes(policy=SMTP)

    with client.line.down():
        noted = client.deferred(lambda: client.submit(message))
        client.flush_in_vain()
    assert "refused" in noted
    assert client.outcomes(subject) == 0

    client.flush()

    assert len(client.system.history(client.system.case_with(subject)["case_id"])) == 1
    client.flush()
    assert client.outcomes(subject) == 1


def test_lost_answer(client: Client) -> None:
    """The system took the email, but the server did not learn this and sends it again."""
    robin = client.system.employ()
    subject = unique("Twice")
    message = email(robin.mailbox, subject, "A long line of text.\n" * 20_000).as_bytes(policy=SMTP)
    objects = len(client.system.keys("raw/"))

    client.line.drop_answer_after = 300_000  # bytes, of more than 400,000: the answer to the end of the message
    client.deferred(lambda: client.submit(message))
    assert client.outcomes(subject) == 1
    client.flush()

    assert len(client.system.keys("raw/")) == objects + 2
    assert len(client.system.history(client.system.case_with(subject)["case_id"])) == 1
    assert client.outcomes(subject) == 1


def test_without_tls(client: Client) -> None:
    """Nothing is sent to a receiver without TLS."""
    robin = client.system.employ()
    subject = unique("Secret")

    with Receiver().running() as plain, client.line.leading_to(plain.port):
        noted = client.deferred(lambda: client.submit(email(robin.mailbox, subject).as_bytes(policy=SMTP)))
        client.flush_in_vain()
        assert plain.taken == []
    assert "TLS" in noted
    assert client.outcomes(subject) == 0

    client.flush()

    assert client.outcomes(subject) == 1


def another_authority(client: Client, folder: Path) -> ssl.SSLContext:
    return Certificates(folder).server_context()


def another_name(client: Client, folder: Path) -> ssl.SSLContext:
    """A certificate of the right authority for another name."""
    return context_of("elsewhere.example", client.system.ca_file)


@pytest.mark.parametrize("impostors_context", [another_authority, another_name])
def test_wrong_certificate(
    client: Client, impostors_context: Callable[[Client, Path], ssl.SSLContext], tmp_path: Path
) -> None:
    """Nothing is sent to a receiver with another certificate."""
    robin = client.system.employ()
    subject = unique("Secret")
    context = impostors_context(client, tmp_path)

    with Receiver(context).running() as impostor, client.line.leading_to(impostor.port):
        noted = client.deferred(lambda: client.submit(email(robin.mailbox, subject).as_bytes(policy=SMTP)))
        client.flush_in_vain()
        assert impostor.taken == []
    assert "certificate" in noted
    assert client.outcomes(subject) == 0

    client.flush()

    assert client.outcomes(subject) == 1


def test_address_not_allowed(client: Client) -> None:
    """An email from an address that is not allowed is returned."""
    robin = client.system.employ()
    subject = unique("Foreign")

    with client.line.coming_from("127.0.0.2"):
        client.send(email(robin.mailbox, subject).as_bytes(policy=SMTP))

    assert b"554 5.7.1" in client.returned(subject, robin).content
    assert client.outcomes(subject) == 0


def test_unknown_receiving_address(client: Client) -> None:
    """An email to an unknown receiving address is returned."""
    robin = client.system.employ()
    subject = unique("Misspelt")

    client.send(email(robin.mailbox, subject, To=MISSPELT).as_bytes(policy=SMTP), MISSPELT)

    assert b"550 5.1.1" in client.returned(subject, robin).content
    assert client.outcomes(subject) == 0


def test_too_large(client: Client) -> None:
    """The sender learns of an email that only the line that the server adds makes too large.

    Postfix refuses the email itself, because it counts the envelope. Exim counts line ends as one byte.
    """
    robin = client.system.employ()
    subject = unique("Large")
    head = email(robin.mailbox, subject, "").as_bytes(policy=SMTP)
    line = b"x" * 70 + b"\r\n"
    filled = head + line * ((LARGEST - len(head)) // len(line))

    if isinstance(client.server, Postfix):
        with pytest.raises(smtplib.SMTPDataError, match="552"):
            client.submit(filled)
    else:
        client.send(filled)
        assert b"552" in client.returned(subject, robin).content
    assert client.outcomes(subject) == 0


def test_long_line(client: Client) -> None:
    """RFC 5321, section 4.5.3.1.6: 1,000 bytes with its end. Postfix breaks the line, Exim returns the email."""
    robin = client.system.employ()
    subject = unique("Long line")

    client.send(email(robin.mailbox, subject).as_bytes(policy=SMTP) + b"y" * 5000 + b"\r\n")

    if isinstance(client.server, Postfix):
        issue = str(client.system.case_with(subject)["issue"])
        assert issue.count("y") == 5000
    else:
        assert b"lines too long" in client.returned(subject, robin).content
        assert client.outcomes(subject) == 0


def test_far_too_large(client: Client) -> None:
    """An email that is far too large is refused at once."""
    with smtplib.SMTP("127.0.0.1", client.server.port, timeout=30) as program:
        program.ehlo()
        assert program.mail("robin@acme.example", [f"SIZE={LARGEST + 1}"])[0] == 552
